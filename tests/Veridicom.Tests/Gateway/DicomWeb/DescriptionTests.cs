using System.Net;
using System.Text.Json;
using System.Xml.Linq;
using Microsoft.AspNetCore.Routing;
using Veridicom.Gateway.DicomWeb.Description;
using Veridicom.Testing.DicomWeb;
using Veridicom.Tests.Gateway.Hosting;
using Xunit;

namespace Veridicom.Tests.Gateway.DicomWeb;

/// <summary>What the service says of itself is what is mapped.</summary>
public sealed class DescriptionTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task OpenAPI_describes_every_endpoint_with_its_parameters_answers_and_media_types()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        using HttpClient client = host.Client();
        using JsonDocument page = JsonDocument.Parse(await client.GetStringAsync("/openapi/v1.json", Stop));
        JsonElement paths = page.RootElement.GetProperty("paths");

        RouteEndpoint[] mapped = [.. host.Endpoints.OfType<RouteEndpoint>()];
        Assert.All(mapped, endpoint => Assert.NotNull(endpoint.Metadata.GetMetadata<OperationDescription>()));
        string[] expected = [.. mapped.SelectMany(endpoint => (endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? ["GET"]).Select(method => $"{method} {endpoint.RoutePattern.RawText!.Replace("**", "", StringComparison.Ordinal)}")).Order(StringComparer.Ordinal)];
        string[] described = [.. paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => $"{operation.Name.ToUpperInvariant()} {path.Name}")).Order(StringComparer.Ordinal)];
        Assert.Equal(expected.Select(line => line.TrimEnd('/')), described.Select(line => line.TrimEnd('/')));
        Assert.True(described.Length >= 25);

        var names = new HashSet<string>();
        foreach (JsonProperty path in paths.EnumerateObject())
        {
            foreach (JsonProperty operation in path.Value.EnumerateObject())
            {
                Assert.True(names.Add(operation.Value.GetProperty("operationId").GetString()!), operation.Value.GetProperty("operationId").GetString());
                Assert.NotEqual("", operation.Value.GetProperty("summary").GetString());
                string[] parameters = operation.Value.TryGetProperty("parameters", out JsonElement given) ? [.. given.EnumerateArray().Where(p => p.GetProperty("in").GetString() == "path").Select(p => p.GetProperty("name").GetString()!)] : [];
                Assert.Equal(path.Name.Split('/').Where(segment => segment.Contains('{', StringComparison.Ordinal)).Select(segment => segment[(segment.IndexOf('{', StringComparison.Ordinal) + 1)..segment.IndexOf('}', StringComparison.Ordinal)]).Order(), parameters.Order());
                JsonElement responses = operation.Value.GetProperty("responses");
                Assert.NotEmpty(responses.EnumerateObject());
                Assert.All(responses.EnumerateObject().Where(r => r.Name is not ("204" or "304")), response => Assert.NotEmpty(response.Value.GetProperty("content").EnumerateObject()));
                Assert.All(responses.EnumerateObject().Where(r => r.Name[0] is '4' or '5' && r.Name != "409"), response => Assert.True(response.Value.GetProperty("content").TryGetProperty("application/problem+json", out _)));
                Assert.Equal(operation.Name == "post", operation.Value.TryGetProperty("requestBody", out _));
            }
        }
    }

    [Fact]
    public async Task Every_endpoint_of_the_whole_gateway_is_described()
    {
        await using GatewayRoom room = await GatewayRoom.StartAsync();
        JsonElement paths = (await room.JsonAsync("/openapi/v1.json")).GetProperty("paths");

        RouteEndpoint[] mapped = [.. room.Host.Endpoints.OfType<RouteEndpoint>()];
        Assert.Equal([], mapped.Where(endpoint => endpoint.Metadata.GetMetadata<OperationDescription>() is null).Select(endpoint => endpoint.RoutePattern.RawText));
        Assert.Equal(mapped.Sum(endpoint => endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods.Count ?? 1), paths.EnumerateObject().Sum(path => path.Value.EnumerateObject().Count()));
        foreach (string path in (string[])["/healthz", "/readyz", "/metrics", "/audit-trail", "/quarantine/{sequence}/release", "/deliveries/retry", "/dicom-web/studies", "/verdicts"]) Assert.True(paths.TryGetProperty(path, out _), path);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("OPTIONS")]
    public async Task Capabilities_are_given_as_WADL(string method)
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        using HttpClient client = host.Client();
        using var request = new HttpRequestMessage(HttpMethod.Parse(method), "/dicom-web/");
        request.Headers.TryAddWithoutValidation("Accept", "application/vnd.sun.wadl+xml");
        using HttpResponseMessage response = await client.SendAsync(request, Stop);
        Assert.Equal((HttpStatusCode.OK, "application/vnd.sun.wadl+xml"), (response.StatusCode, response.Content.Headers.ContentType?.MediaType));
        XDocument page = XDocument.Parse(await response.Content.ReadAsStringAsync(Stop));
        XNamespace wadl = "http://wadl.dev.java.net/2009/02";
        string[] methods = [.. page.Descendants(wadl + "resource").SelectMany(resource => resource.Elements(wadl + "method").Select(m => $"{m.Attribute("name")!.Value} {resource.Attribute("path")!.Value}"))];
        Assert.Contains("POST studies", methods);
        Assert.Contains("GET studies/{study}/series/{series}/instances/{instance}", methods);
        Assert.Equal(methods.Length, methods.Distinct().Count());
        using HttpResponseMessage refused = await client.SendAsync(new HttpRequestMessage(HttpMethod.Get, "/dicom-web/") { Headers = { { "Accept", "text/html" } } }, Stop);
        Assert.Equal(HttpStatusCode.NotAcceptable, refused.StatusCode);
    }
}
