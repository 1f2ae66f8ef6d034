using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Retrieve;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;
using Veridicom.Reports;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.DicomWeb.Verdicts;

/// <summary>
/// GET /verdicts/...: what 'veridicom verify --json' says of each stored instance, found anew from its bytes; of a whole study what its manifests say, too.
/// Instances in conflict and in quarantine are among them, with their state. The answer waits in a spool until the audit trail has it.
/// </summary>
internal static class VerdictAnswer
{
    private const int Page = 500, HeldInMemory = 1 << 20;

    public static async Task HandleAsync(DicomWebRequest request)
    {
        await request.DemandAsync(Scope.Verify);
        if (!IsAccepted(request)) throw NotJson();
        await using var spool = new FileBufferingWriteStream(HeldInMemory, tempFileDirectoryAccessor: () => request.Source.ScratchFolder);
        var judged = new Judged();
        await using (var json = new Utf8JsonWriter(spool, RetrieveMetadata.Options))
        {
            json.WriteStartObject();
            json.WriteStartArray("instances");
            await foreach (StoredInstance instance in AllAsync(request))
            {
                await WriteAsync(request, json, instance, judged);
                await json.FlushAsync(request.Stop);
            }
            if (judged.Count == 0) throw ProblemException.NotFound(request.SopInstanceUid is not null ? "instance" : request.SeriesUid is not null ? "series" : "study");
            json.WriteEndArray();
            json.WriteStartArray("studies");
            // whoever asks about a part has not lost the rest
            foreach (StudyVerdict study in request.SeriesUid is null ? judged.Ledger.Judge(judged.Options(request).Policy?.RequireManifest == true) : [])
            {
                json.WriteStartObject();
                StudyJson.Write(json, study);
                json.WriteEndObject();
                judged.ExitCode = VerdictWords.Worse(judged.ExitCode, study.ExitCode);
            }
            json.WriteEndArray();
            json.WriteNumber("exitCode", judged.ExitCode);
            json.WriteEndObject();
        }
        await request.RecordAsync(new JournalEntry
        {
            Kind = EntryKind.Verified, At = request.Now, Who = request.Caller.Who, Why = request.Caller.Purpose, StudyUid = request.StudyUid, SeriesUid = request.SeriesUid, SopInstanceUid = request.SopInstanceUid,
            PatientId = await request.PatientAsync(request.StudyUid!), Instances = judged.Count, Verdict = judged.Count == 1 ? judged.Word : null,
            Detail = judged.Count == 1 ? null : $"exit code {judged.ExitCode}",
        });
        request.Http.Response.ContentType = "application/json";
        request.Http.Response.ContentLength = spool.Length;
        await spool.DrainBufferAsync(request.Http.Response.BodyWriter, request.Stop);
    }

    /// <summary>Whether JSON is welcome.</summary>
    public static bool IsAccepted(DicomWebRequest request) => AcceptedMedia.Of(request.Http.Request).Any(media => media.Takes("application/json"));

    /// <summary>406.</summary>
    public static ProblemException NotJson() => ProblemException.NotAcceptable("verdicts are given as application/json", "accept application/json");

    /// <summary>Instances of the path in every state, those that are shown first.</summary>
    private static async IAsyncEnumerable<StoredInstance> AllAsync(DicomWebRequest request)
    {
        foreach (InstanceState state in Enum.GetValues<InstanceState>())
        {
            long after = 0;
            for (IReadOnlyList<StoredInstance> page = [null!]; page.Count > 0;)
            {
                page = await request.Source.Registry.ListAsync(request.StudyUid!, request.SeriesUid, request.SopInstanceUid, state, after, Page, request.Stop);
                foreach (StoredInstance instance in page) yield return instance;
                if (page.Count > 0) after = page[^1].Sequence;
            }
        }
    }

    private static async Task WriteAsync(DicomWebRequest request, Utf8JsonWriter json, StoredInstance instance, Judged judged)
    {
        VerifyOptions options = judged.Options(request);
        string path = $"/dicom-web/studies/{instance.StudyUid}/series/{instance.SeriesUid}/instances/{instance.SopInstanceUid}";
        (Verdict? verdict, Fault? fault, StudyFile? kept) = await request.WorkAsync<(Verdict?, Fault?, StudyFile?)>(() =>
        {
            try
            {
                using StoredObject stored = InstanceSet.Open(request, instance);
                Verdict found = Verifier.Verify(stored, null, options, out DicomFile? file);
                return (found, null, StudyFile.Of(path, "", file, found));
            }
            catch (RegistryException e)
            {
                return (null, new Fault(Fault.World, "disk", null, "the stored file cannot be read", e.CanRetry ? "try again later" : "run 'veridicom registry check'"), null);
            }
            catch (Exception e) when (e is not OperationCanceledException && Fault.From(e) is not null)
            {
                return (null, Fault.From(e), null);
            }
        });
        json.WriteStartObject();
        if (verdict is not null) VerdictJson.Write(json, path, verdict);
        else VerdictJson.Write(json, path, fault!);
        json.WriteString("state", instance.State.ToString().ToLowerInvariant());
        json.WriteString("object", instance.Object.Hex);
        JsonLine.Time(json, "receivedAt", instance.ReceivedAt);
        IReadOnlyList<StoredInstance> same = instance.SopInstanceUid.Length == 0 ? [] : await request.Source.Registry.InstancesAsync(instance.SopInstanceUid, request.Stop);
        json.WriteStartArray("conflicts");
        // the same UID may stand in a study that this caller may not know of
        foreach (StoredInstance other in same.Where(other => other.Sequence != instance.Sequence && other.StudyUid == instance.StudyUid))
        {
            json.WriteStartObject();
            json.WriteString("object", other.Object.Hex);
            json.WriteString("state", other.State.ToString().ToLowerInvariant());
            JsonLine.Time(json, "receivedAt", other.ReceivedAt);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        judged.Add(instance, path, verdict, fault, kept);
    }

    /// <summary>What is known so far of what was asked for.</summary>
    private sealed class Judged
    {
        private VerifyOptions? _options;

        public StudyLedger Ledger { get; } = new();

        public int Count { get; private set; }

        public int ExitCode { get; set; }

        public string? Word { get; private set; }

        /// <summary>One time for all instances of an answer.</summary>
        public VerifyOptions Options(DicomWebRequest request) => _options ??= request.Source.Verification();

        public void Add(StoredInstance instance, string path, Verdict? verdict, Fault? fault, StudyFile? kept)
        {
            int exitCode = verdict?.ExitCode ?? fault!.ExitCode;
            ExitCode = Count == 0 ? exitCode : VerdictWords.Worse(ExitCode, exitCode);
            Count++;
            Word = verdict?.Kind.Word();
            if (instance.State != InstanceState.Accepted) return;
            if (kept is not null) Ledger.Add(kept, path);
            else Ledger.AddUnread(ofTheWorld: true);
        }
    }
}
