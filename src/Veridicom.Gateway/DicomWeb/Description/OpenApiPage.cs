using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.OpenApi;

namespace Veridicom.Gateway.DicomWeb.Description;

/// <summary>/openapi/v1.json: every endpoint that is mapped, as its <see cref="OperationDescription"/> tells it.</summary>
public static class OpenApiPage
{
    private const string Bearer = "bearer", Certificate = "certificate";

    /// <summary>What paths hold, by the names of their parameters.</summary>
    private static readonly Dictionary<string, (string Text, string? Pattern)> PathParameters = new()
    {
        ["study"] = ("Study Instance UID", "^[0-9.]{1,64}$"),
        ["series"] = ("Series Instance UID", "^[0-9.]{1,64}$"),
        ["instance"] = ("SOP Instance UID", "^[0-9.]{1,64}$"),
        ["sequence"] = ("Number of the instance in the journal", "^[0-9]+$"),
        ["frames"] = ("Numbers of frames from 1, apart by commas", "^[0-9]+(,[0-9]+)*$"),
        ["path"] = ("Tags of eight hexadecimal digits and numbers of items from 1 in turn, apart by slashes", "^[0-9A-F]{8}(/[0-9]+/[0-9A-F]{8})*$"),
    };

    /// <summary>Registers the page.</summary>
    public static IServiceCollection AddOpenApiPage(this IServiceCollection services) => services.AddOpenApi("v1", options => options.AddDocumentTransformer(TransformAsync));

    /// <summary>Maps the page.</summary>
    public static void MapOpenApiPage(this IEndpointRouteBuilder app) => app.MapOpenApi("/openapi/{documentName}.json")
        .WithMetadata(new OperationDescription("describe", "Description", "This description") { Answers = [new(200, "The description", "application/json")] });

    /// <summary>Path and methods of each endpoint, the path as OpenAPI writes it.</summary>
    public static IEnumerable<(string Path, IReadOnlyList<string> Methods, RouteEndpoint Endpoint)> Operations(IEnumerable<Endpoint> endpoints) => endpoints.OfType<RouteEndpoint>()
        .Where(endpoint => endpoint.Metadata.GetMetadata<OperationDescription>() is not null)
        .Select(endpoint => (PathOf(endpoint.RoutePattern), endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? ["GET"], endpoint));

    private static Task TransformAsync(OpenApiDocument document, OpenApiDocumentTransformerContext context, CancellationToken stop)
    {
        document.Info = new OpenApiInfo
        {
            Title = "Veridicom gateway", Version = typeof(OpenApiPage).Assembly.GetName().Version?.ToString(3) ?? "",
            Description = "DICOMweb (PS3.18-2023b) in front of an archive, and verdicts on whether images are what was sealed.",
        };
        document.Servers = [];
        document.Paths = [];
        document.Components ??= new OpenApiComponents();
        document.Components.SecuritySchemes = new Dictionary<string, IOpenApiSecurityScheme>
        {
            [Bearer] = new OpenApiSecurityScheme { Type = SecuritySchemeType.Http, Scheme = "bearer", BearerFormat = "JWT", Description = "Scopes read, write, verify and admin, for all studies or narrowed to one." },
            [Certificate] = new OpenApiSecurityScheme { Type = SecuritySchemeType.MutualTLS, Description = "A client certificate that the gateway knows." },
        };
        foreach ((string path, IReadOnlyList<string> methods, RouteEndpoint endpoint) in Operations(context.ApplicationServices.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints)))
        {
            if (!document.Paths.TryGetValue(path, out IOpenApiPathItem? item)) document.Paths[path] = item = new OpenApiPathItem { Operations = [] };
            foreach (string method in methods) item.Operations![HttpMethod.Parse(method)] = Operation(endpoint, document);
        }
        return Task.CompletedTask;
    }

    private static OpenApiOperation Operation(RouteEndpoint endpoint, OpenApiDocument document)
    {
        OperationDescription said = endpoint.Metadata.GetRequiredMetadata<OperationDescription>();
        var operation = new OpenApiOperation
        {
            OperationId = said.Name,
            Summary = said.Summary, Tags = new HashSet<OpenApiTagReference> { new(said.Group, document) },
            Description = said.Scope is null ? null : $"Needs the scope '{said.Scope}'.",
            Parameters = [.. endpoint.RoutePattern.Parameters.Select(Parameter), .. said.Query.Select(Parameter)],
            Responses = [],
        };
        document.Tags ??= new HashSet<OpenApiTag>();
        if (document.Tags.All(tag => tag.Name != said.Group)) document.Tags.Add(new OpenApiTag { Name = said.Group });
        if (said.Bodies.Count > 0) operation.RequestBody = new OpenApiRequestBody { Required = true, Content = Content(said.Bodies) };
        foreach (OperationAnswer answer in said.Answers)
        {
            bool problem = answer.Status >= 400 && answer.MediaTypes.Length == 0;
            operation.Responses[answer.Status.ToString(System.Globalization.CultureInfo.InvariantCulture)] = new OpenApiResponse { Description = answer.Text, Content = Content(problem ? ["application/problem+json"] : answer.MediaTypes) };
        }
        if (said.Scope is not null)
        {
            operation.Security =
            [
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, document)] = [] },
                new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Certificate, document)] = [] },
            ];
        }
        return operation;
    }

    private static OpenApiParameter Parameter(RoutePatternParameterPart part)
    {
        (string text, string? pattern) = PathParameters.TryGetValue(part.Name, out var known) ? known : (part.Name, null);
        return new OpenApiParameter { Name = part.Name, In = ParameterLocation.Path, Required = true, Description = text, Schema = new OpenApiSchema { Type = JsonSchemaType.String, Pattern = pattern } };
    }

    private static OpenApiParameter Parameter(QueryParameter said) => new()
    {
        Name = said.Name, In = ParameterLocation.Query, Description = said.Text, Schema = new OpenApiSchema { Type = said.Number ? JsonSchemaType.Integer : JsonSchemaType.String, Pattern = said.Pattern },
    };

    private static Dictionary<string, OpenApiMediaType> Content(IEnumerable<string> types) =>
        types.ToDictionary(type => type, type => new OpenApiMediaType { Schema = Schema(type) });

    private static OpenApiSchema Schema(string type) => type switch
    {
        "application/dicom+json" => new OpenApiSchema { Description = "DICOM JSON model (PS3.18-2023b Annex F)" },
        "application/json" or "application/problem+json" => new OpenApiSchema { Type = JsonSchemaType.Object },
        _ => new OpenApiSchema { Type = JsonSchemaType.String, Format = type.StartsWith("text/", StringComparison.Ordinal) ? null : "binary" },
    };

    private static string PathOf(RoutePattern pattern) => "/" + string.Join('/', pattern.PathSegments.Select(segment => string.Concat(segment.Parts.Select(part => part switch
    {
        RoutePatternParameterPart parameter => $"{{{parameter.Name}}}",
        RoutePatternLiteralPart literal => literal.Content,
        RoutePatternSeparatorPart separator => separator.Content,
        _ => "",
    }))));
}
