using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Retrieve;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.DicomWeb.Search;

/// <summary>QIDO-RS (PS3.18-2023b 10.6): searches for studies, series and instances among those that are accepted and that the caller may see.</summary>
internal static class SearchInstances
{
    private const int Piece = 32 << 10;

    public static Func<DicomWebRequest, Task> Handler(SearchLevel level) => request => HandleAsync(request, level);

    private static async Task HandleAsync(DicomWebRequest request, SearchLevel level)
    {
        await request.DemandAsync(Scope.Read);
        if (!RetrieveMetadata.AcceptsJson(request)) throw ProblemException.NotAcceptable("results are given as application/dicom+json", "accept application/dicom+json");
        SearchParameters asked = SearchParameters.Read(request.Http.Request.Query, level);
        SearchResult found = await request.Source.Registry.SearchAsync(new SearchQuery
        {
            Level = level, StudyUid = request.StudyUid, SeriesUid = request.SeriesUid, Matches = asked.Matches, Fuzzy = asked.Fuzzy, AllowedStudies = request.Caller.Studies(Scope.Read),
            Limit = asked.Limit, Offset = asked.Offset,
        }, request.Stop);
        // what was searched by is told, what for is not: values name patients
        string keys = string.Join(",", asked.Matches.Select(match => match.Tag.ToString()));
        await request.RecordAsync(new JournalEntry
        {
            Kind = EntryKind.Queried, At = request.Now, Who = request.Caller.Who, Why = request.Caller.Purpose, StudyUid = request.StudyUid, SeriesUid = request.SeriesUid, Instances = found.Rows.Count,
            Detail = $"{level.ToString().ToLowerInvariant()}{(keys.Length > 0 ? " by " + keys : "")}",
        });
        HttpResponse http = request.Http.Response;
        if (found.More) http.Headers.Append("Warning", $"299 {request.Host} \"There are additional results that can be requested with offset\"");
        if (level != SearchLevel.Instance && (asked.AllFields || asked.Fields.Any(tag => !SearchParameters.Keys(level).Contains(tag))))
            http.Headers.Append("Warning", $"299 {request.Host} \"Of studies and series only attributes that are searched by can be included\"");
        if (found.Rows.Count == 0)
        {
            http.StatusCode = StatusCodes.Status204NoContent;
            return;
        }
        http.ContentType = "application/dicom+json";
        await using var json = new Utf8JsonWriter(http.BodyWriter, RetrieveMetadata.Options);
        json.WriteStartArray();
        foreach (SearchRow row in found.Rows)
        {
            new ResultWriter(request, asked).Write(json, row);
            if (json.BytesPending < Piece) continue;
            json.Flush();
            await http.BodyWriter.FlushAsync(request.Stop);
        }
        json.WriteEndArray();
        json.Flush();
        await http.BodyWriter.FlushAsync(request.Stop);
    }
}
