using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.AspNetCore.Http;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Json;
using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.DicomWeb.Retrieve;

/// <summary>WADO-RS metadata (PS3.18-2023b 10.4.1.1.2): an array of data sets in the DICOM JSON model, long values as URLs.</summary>
internal static class RetrieveMetadata
{
    private const int Piece = 32 << 10;

    /// <summary>How all DICOM JSON of the gateway is written: letters of all scripts as they are, what could act in a page escaped.</summary>
    public static JsonWriterOptions Options { get; } = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All), SkipValidation = true };

    public static async Task HandleAsync(DicomWebRequest request)
    {
        await request.DemandAsync(Scope.Read);
        if (!AcceptsJson(request)) throw ProblemException.NotAcceptable("metadata is given as application/dicom+json", "accept application/dicom+json");
        InstanceSet instances = await InstanceSet.FindAsync(request);
        await instances.RecordAsync("metadata");
        HttpResponse http = request.Http.Response;
        http.ContentType = "application/dicom+json";
        await using var json = new Utf8JsonWriter(http.BodyWriter, Options);
        json.WriteStartArray();
        await foreach (StoredInstance instance in instances.AllAsync(request.Stop))
        {
            using StoredObject stored = InstanceSet.Open(request, instance);
            DicomFile file = DicomFile.Parse(stored);
            var data = new DicomJson(file.DataSet, InstanceSet.UrlOf(request, instance) + "/bulkdata");
            for (bool done = false; !done;)
            {
                done = data.Write(json, Piece);
                json.Flush();
                if ((await http.BodyWriter.FlushAsync(request.Stop)).IsCompleted) return;
            }
        }
        json.WriteEndArray();
        json.Flush();
        await http.BodyWriter.FlushAsync(request.Stop);
    }

    /// <summary>Whether JSON is welcome; multipart/related of XML, the other form of the standard, is not given here.</summary>
    public static bool AcceptsJson(DicomWebRequest request) => AcceptedMedia.Of(request.Http.Request).Any(media => media.Takes("application/dicom+json") || media.Takes("application/json"));
}
