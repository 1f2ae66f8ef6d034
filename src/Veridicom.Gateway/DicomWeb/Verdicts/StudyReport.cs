using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Retrieve;
using Veridicom.Registry;
using Veridicom.Registry.Store;
using Veridicom.Reports;
using Veridicom.Reports.Html;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.DicomWeb.Verdicts;

/// <summary>GET /studies/{study}/report: the page of 'veridicom verify --report' over the accepted instances of a study; how many more are held back stands under "Passed over". ?patient=hidden leaves out who it is.</summary>
internal static class StudyReport
{
    private const int HeldInMemory = 4 << 20, MostCounted = 1000;

    public static async Task HandleAsync(DicomWebRequest request)
    {
        await request.DemandAsync(Scope.Verify);
        if (!AcceptedMedia.Of(request.Http.Request).Any(media => media.Takes("text/html"))) throw ProblemException.NotAcceptable("a report is given as text/html", "accept text/html");
        bool hidden = request.Http.Request.Query["patient"].ToString() switch
        {
            "" or "shown" => false,
            "hidden" => true,
            _ => throw ProblemException.BadRequest("patient is neither shown nor hidden", "give patient=hidden to leave out who the patient is"),
        };
        InstanceSet instances = await InstanceSet.FindAsync(request);
        VerifyOptions options = request.Source.Verification();
        string path = $"/dicom-web/studies/{request.StudyUid}";
        using var report = new HtmlReport(new ReportSettings { Options = options, Paths = [path], ShowPatient = !hidden, Program = request.Source.Program }, request.Source.ScratchFolder, request.Source.Jpeg2000);
        var ledger = new StudyLedger();
        await foreach (StoredInstance instance in instances.AllAsync(request.Stop))
        {
            string name = $"series/{instance.SeriesUid}/instances/{instance.SopInstanceUid}";
            (ReportImage image, StudyFile? kept) = await request.WorkAsync(() => Look(request, instance, name, options, report));
            report.Add(image);
            if (kept is not null) ledger.Add(kept, name);
            else ledger.AddUnread(ofTheWorld: true);
        }
        string heldBack = await HeldBackAsync(request);
        await using var page = new FileBufferingWriteStream(HeldInMemory, tempFileDirectoryAccessor: () => request.Source.ScratchFolder);
        await request.WorkAsync(() =>
        {
            report.Write(page, ledger.Judge(options.Policy?.RequireManifest == true), heldBack);
            return true;
        });
        await instances.RecordAsync(hidden ? "report without patient" : "report");
        HttpResponse http = request.Http.Response;
        http.ContentType = "text/html; charset=utf-8";
        http.ContentLength = page.Length;
        http.Headers.ContentSecurityPolicy = ReportStyle.Policy + "; frame-ancestors 'none'";
        http.Headers["Referrer-Policy"] = "no-referrer";
        await page.DrainBufferAsync(http.BodyWriter, request.Stop);
    }

    /// <summary>What of the study the gateway has and the page does not show, in words.</summary>
    private static async Task<string> HeldBackAsync(DicomWebRequest request)
    {
        var words = new List<string>();
        foreach ((InstanceState state, string place) in ((InstanceState, string)[])[(InstanceState.Quarantined, "held in quarantine"), (InstanceState.Conflict, "in conflict with an accepted one of the same UID")])
        {
            int count = (await request.Source.Registry.ListAsync(request.StudyUid!, null, null, state, 0, MostCounted + 1, request.Stop)).Count;
            if (count > 0) words.Add(string.Create(CultureInfo.InvariantCulture, $"{(count > MostCounted ? "more than " : "")}{Math.Min(count, MostCounted)} instance{(count == 1 ? "" : "s")} of this study {place}"));
        }
        return string.Join("; ", words);
    }

    private static (ReportImage Image, StudyFile? Kept) Look(DicomWebRequest request, StoredInstance instance, string name, VerifyOptions options, HtmlReport report)
    {
        try
        {
            using StoredObject stored = InstanceSet.Open(request, instance);
            Verdict verdict = Verifier.Verify(stored, null, options, out DicomFile? file);
            StudyFile kept = StudyFile.Of(name, "", file, verdict);
            return (report.Look(name, stored, file, null, verdict, kept.IsManifest), kept);
        }
        catch (RegistryException)
        {
            return (new ReportImage { Name = name, Fault = new Fault(Fault.World, "disk", null, "the stored file cannot be read", "run 'veridicom registry check'") }, null);
        }
    }
}
