using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Pixels;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.DicomWeb;

/// <summary>One request to an endpoint of this folder: who asks, for what, and what is written about it.</summary>
public sealed class DicomWebRequest
{
    /// <summary>The longest reason of a refusal that is told.</summary>
    private const int LongestDetail = 400;

    private DicomWebRequest(HttpContext http, DicomWebSource source)
    {
        (Http, Source, Caller) = (http, source, http.Caller());
        try
        {
            Host = http.Request.Host.ToUriComponent();
        }
        catch (ArgumentException)
        {
            // what the server lets pass as a host need not be a name that can stand in a URL
            throw ProblemException.BadRequest("the Host header is no name of a host", "name this gateway as it is known");
        }
    }

    /// <summary>Request and response.</summary>
    public HttpContext Http { get; }

    /// <summary>What endpoints stand on.</summary>
    public DicomWebSource Source { get; }

    /// <summary>Who asks.</summary>
    public Caller Caller { get; }

    /// <summary>Set where the caller has gone.</summary>
    public CancellationToken Stop => Http.RequestAborted;

    /// <summary>Study Instance UID of the path, null where it has none.</summary>
    public string? StudyUid { get; private set; }

    /// <summary>Series Instance UID of the path.</summary>
    public string? SeriesUid { get; private set; }

    /// <summary>SOP Instance UID of the path.</summary>
    public string? SopInstanceUid { get; private set; }

    /// <summary>Host and port as the caller named them, in ASCII.</summary>
    public string Host { get; }

    /// <summary>URL of the DICOMweb service as the caller knows it, without a slash at its end.</summary>
    public string ServiceUrl => $"{Http.Request.Scheme}://{Host}{Http.Request.PathBase.ToUriComponent()}/dicom-web";

    /// <summary>Makes a handler of an operation: errors become problem documents, and where the response has begun already the connection ends.</summary>
    public static RequestDelegate Handler(DicomWebSource source, Func<DicomWebRequest, Task> operation) => async http =>
    {
        try
        {
            http.Response.Headers.XContentTypeOptions = "nosniff";
            http.Response.Headers.CacheControl = "no-store";
            var request = new DicomWebRequest(http, source);
            request.StudyUid = request.Uid("study");
            request.SeriesUid = request.Uid("series");
            request.SopInstanceUid = request.Uid("instance");
            await operation(request);
        }
        catch (OperationCanceledException)
        {
            http.Abort();
        }
        catch (Exception e) when (ProblemOf(e) is { } problem)
        {
            if (http.Response.HasStarted) http.Abort();
            else await WriteAsync(http, problem);
        }
    };

    /// <summary>Demands a scope for the study of the path, or where it names none for any study at all.</summary>
    /// <exception cref="ProblemException">403; 404 where the caller has the scope for other studies, so that it learns nothing of this one.</exception>
    public async Task DemandAsync(Scope scope)
    {
        IReadOnlyCollection<string>? studies = Caller.Studies(scope);
        if (studies is null || (StudyUid is null ? studies.Count > 0 : studies.Contains(StudyUid))) return;
        if (studies.Count == 0) throw ProblemException.Forbidden(scope.ToString().ToLowerInvariant()); // which the access control writes down
        string foreign = $"scope {scope.ToString().ToLowerInvariant()} is for other studies";
        if (Http.Features.Get<Denials>() is { } denials) await denials.RecordAsync(Caller, foreign, StudyUid, Stop); // where a flood is counted and not written
        else await RecordAsync(new JournalEntry { Kind = EntryKind.Denied, At = Now, Who = Caller.Who, Outcome = EntryOutcome.MinorFailure, Why = Caller.Purpose, StudyUid = StudyUid, Detail = foreign });
        throw ProblemException.NotFound("study");
    }

    /// <summary>Milliseconds, UTC.</summary>
    public DateTimeOffset Now
    {
        get
        {
            long ms = Source.Time.GetUtcNow().ToUnixTimeMilliseconds();
            return DateTimeOffset.FromUnixTimeMilliseconds(ms);
        }
    }

    /// <summary>Writes to the audit trail; what it says has not happened yet. No answer is given where this fails.</summary>
    public async Task RecordAsync(JournalEntry entry)
    {
        try
        {
            await Source.Record(entry, Stop);
        }
        catch (Exception e) when (e is RegistryException or IOException)
        {
            throw ProblemException.Unavailable("the audit trail cannot be written, and nothing is given out without it");
        }
    }

    /// <summary>Patient ID of a study for the audit trail, null where it has none (PS3.15-2023b A.5.3).</summary>
    public async Task<string?> PatientAsync(string studyUid)
    {
        SearchResult found = await Source.Registry.SearchAsync(new SearchQuery { Level = SearchLevel.Study, StudyUid = studyUid, Limit = 1 }, Stop);
        string id = found.Rows.Count > 0 ? found.Rows[0].Attributes[new DicomTag(0x0010, 0x0020)] : "";
        return id.Length > 0 ? id : null;
    }

    /// <summary>Does something that takes processor time or a frame's memory; as many at once as <see cref="DicomWebSource.Work"/> has places.</summary>
    public async Task<T> WorkAsync<T>(Func<T> work)
    {
        await Source.Work.WaitAsync(Stop);
        try
        {
            return await Task.Run(work, Stop);
        }
        finally
        {
            Source.Work.Release();
        }
    }

    /// <summary>Writes a problem document.</summary>
    public static async Task WriteAsync(HttpContext http, ProblemException problem)
    {
        StringValues range = problem.Status == StatusCodes.Status416RangeNotSatisfiable ? http.Response.Headers.ContentRange : default;
        http.Response.Clear();
        // the length, for a next attempt (RFC 9110 15.5.17)
        if (range.Count > 0) http.Response.Headers.ContentRange = range;
        http.Response.Headers.XContentTypeOptions = "nosniff";
        http.Response.Headers.CacheControl = "no-store";
        if (problem.Status == StatusCodes.Status503ServiceUnavailable) http.Response.Headers.RetryAfter = "10";
        await Access.Problem.WriteAsync(http, problem.Status, problem.Title, problem.Message.Length > LongestDetail ? problem.Message[..LongestDetail] : problem.Message, problem.Remedy);
    }

    private string? Uid(string name)
    {
        if (Http.Request.RouteValues.GetValueOrDefault(name) is not string text) return null;
        return ScopeText.IsUid(text) ? text : throw ProblemException.BadRequest($"the {name} of the URL is no UID", "a UID has 1 to 64 digits and points");
    }

    /// <summary>What is answered to an exception; null where it is a defect.</summary>
    internal static ProblemException? ProblemOf(Exception e) => e switch
    {
        ProblemException problem => problem,
        BadHttpRequestException bad => new ProblemException(bad.StatusCode, "The request cannot be understood", bad.StatusCode == StatusCodes.Status413PayloadTooLarge
            ? "the body is longer than this gateway takes" : "the body does not come as HTTP demands, or too slowly", "send it again, complete and without delay"),
        RegistryException { CanRetry: true } => ProblemException.Unavailable("store or registry do not answer"),
        RegistryException => new ProblemException(StatusCodes.Status500InternalServerError, "A fault of this gateway", "store or registry fail, and trying again does not help", "tell its operator to run 'veridicom registry check'"),
        DicomException or PixelException => new ProblemException(StatusCodes.Status500InternalServerError, "The stored file cannot be read",
            string.Create(CultureInfo.InvariantCulture, $"{(e is DicomException d ? d.Code.ToString() : e.Message)}"), "tell the operator of this gateway to run 'veridicom registry check'"),
        _ => null,
    };
}
