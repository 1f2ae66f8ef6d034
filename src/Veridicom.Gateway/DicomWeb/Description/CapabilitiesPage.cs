using System.Globalization;
using System.Xml;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Veridicom.Gateway.DicomWeb.Description;

/// <summary>What the DICOMweb service can do (PS3.18-2023b 8.9): resources, methods, parameters and media types as WADL, made from the endpoints themselves.</summary>
internal static class CapabilitiesPage
{
    /// <summary>The media type that the standard demands.</summary>
    public const string Wadl = "application/vnd.sun.wadl+xml";

    private const string Namespace = "http://wadl.dev.java.net/2009/02";

    public static async Task HandleAsync(DicomWebRequest request)
    {
        if (!AcceptedMedia.Of(request.Http.Request).Any(media => media.Takes(Wadl) || media.Takes("application/xml")))
            throw ProblemException.NotAcceptable($"capabilities are given as {Wadl}", "accept that, or fetch /openapi/v1.json");
        using var page = new MemoryStream();
        IEnumerable<Endpoint> endpoints = request.Http.RequestServices.GetServices<EndpointDataSource>().SelectMany(source => source.Endpoints);
        using (var xml = XmlWriter.Create(page, new XmlWriterSettings { Indent = true }))
        {
            xml.WriteStartElement("application", Namespace);
            xml.WriteStartElement("resources", Namespace);
            xml.WriteAttributeString("base", request.ServiceUrl);
            foreach (var resource in OpenApiPage.Operations(endpoints).Where(operation => operation.Path.StartsWith("/dicom-web/", StringComparison.Ordinal)).GroupBy(operation => operation.Path))
            {
                xml.WriteStartElement("resource", Namespace);
                xml.WriteAttributeString("path", resource.Key["/dicom-web/".Length..]);
                foreach ((_, IReadOnlyList<string> methods, RouteEndpoint endpoint) in resource)
                {
                    foreach (string method in methods) Write(xml, method, endpoint.Metadata.GetRequiredMetadata<OperationDescription>());
                }
                xml.WriteEndElement();
            }
            xml.WriteEndElement();
            xml.WriteEndElement();
        }
        request.Http.Response.ContentType = Wadl;
        request.Http.Response.ContentLength = page.Length;
        await request.Http.Response.Body.WriteAsync(page.GetBuffer().AsMemory(0, (int)page.Length), request.Stop);
    }

    private static void Write(XmlWriter xml, string method, OperationDescription said)
    {
        xml.WriteStartElement("method", Namespace);
        xml.WriteAttributeString("name", method);
        xml.WriteAttributeString("id", said.Name);
        xml.WriteStartElement("request", Namespace);
        foreach (QueryParameter parameter in said.Query)
        {
            xml.WriteStartElement("param", Namespace);
            xml.WriteAttributeString("name", parameter.Name);
            xml.WriteAttributeString("style", "query");
            xml.WriteEndElement();
        }
        foreach (string type in said.Bodies) Representation(xml, type);
        xml.WriteEndElement();
        foreach (OperationAnswer answer in said.Answers)
        {
            xml.WriteStartElement("response", Namespace);
            xml.WriteAttributeString("status", answer.Status.ToString(CultureInfo.InvariantCulture));
            foreach (string type in answer.MediaTypes) Representation(xml, type);
            xml.WriteEndElement();
        }
        xml.WriteEndElement();
    }

    private static void Representation(XmlWriter xml, string type)
    {
        xml.WriteStartElement("representation", Namespace);
        xml.WriteAttributeString("mediaType", type);
        xml.WriteEndElement();
    }
}
