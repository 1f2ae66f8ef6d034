using System.Globalization;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>What was checked, what the words mean, what is not said, and how to check all of it without this report.</summary>
internal sealed class ReportExplanations(HtmlWriter html, ReportIndex index, ReportSettings settings)
{
    private const int MostAnchors = 50;

    /// <summary>Every check with its outcomes over all files, and the state of each part.</summary>
    public void Checks()
    {
        Begin("checks", "What was checked, and what was not");
        html.Line("p", "Each file was checked from its first byte to its last, against the seal or signature that it carries. Nothing was fetched from a network.");
        if (index.Checks.Count > 0)
        {
            html.Open("table").Line("caption", "Checks, with the number of files").Open("thead").Open("tr");
            Column("Check");
            Column("Passed", true);
            Column("Failed", true);
            Column("Not checked", true);
            html.Close("tr").Close("thead").Open("tbody");
            foreach ((string check, int[] counts) in index.Checks)
            {
                html.Open("tr").Open("th", ("scope", "row")).Value(check).Close("th");
                foreach (CheckStatus status in (CheckStatus[])[CheckStatus.Passed, CheckStatus.Failed, CheckStatus.NotChecked])
                    html.Line("td", counts[(int)status] == 0 ? "–" : counts[(int)status].ToString(CultureInfo.InvariantCulture), "number");
                html.Close("tr");
            }
            html.Close("tbody").Close("table");
            Parts();
        }
        html.Line("p", "Not checked by any of this: whether a revoked certificate is missing from the revocation lists that are at hand; whether the clock of a signer was right where no time-stamp confirms it; and all that stands below under what this report does not say.");
        End();
    }

    private void Parts()
    {
        html.Open("table").Line("caption", "Parts of the files, with the number of files").Open("thead").Open("tr");
        Column("Part");
        Column("State");
        html.Close("tr").Close("thead").Open("tbody");
        foreach (Part part in Enum.GetValues<Part>())
        {
            html.Open("tr").Open("th", ("scope", "row")).Line("strong", ReportWords.Of(part)).Text(": " + ReportWords.Contents(part)).Close("th");
            var states = Enum.GetValues<PartState>().Reverse().Where(state => index.Parts[(int)part, (int)state] > 0)
                .Select(state => string.Create(CultureInfo.InvariantCulture, $"{index.Parts[(int)part, (int)state]} {ReportWords.Of(state)}"));
            html.Line("td", string.Join(", ", states)).Close("tr");
        }
        html.Close("tbody").Close("table");
    }

    /// <summary>The nine verdicts, a sentence each.</summary>
    public void Verdicts()
    {
        Begin("verdicts", "What the verdicts mean");
        html.Open("dl", "words");
        foreach (VerdictKind kind in ReportWords.Order)
        {
            VerdictWord word = ReportWords.Of(kind);
            html.Open("dt");
            ReportCard.Badge(html, word);
            html.Close("dt").Line("dd", word.Meaning);
        }
        html.Close("dl");
        End();
    }

    /// <summary>What nobody may read into the page.</summary>
    public void NotSaid()
    {
        Begin("not-said", "What this report does not say");
        html.Open("ul");
        foreach (string text in (string[])
        [
            "It is no opinion on whether an image without a seal is real. Such an image is unsealed, and nothing more is known of it: it may be genuine, changed or invented.",
            "It does not say that a picture was true when it was sealed. A seal proves who vouched for these bytes, and that they are still the same.",
            "It is no medical finding and no help in reading images.",
            index.Whole.Count == 0
                ? "It does not say that a study is complete: no sealed list of its images was among the files."
                : "It says that a study is complete only where it says so above; of studies without a sealed list of their images it says nothing of the kind.",
            "What a sealing party says of itself and of its device, software or AI models is its own word. Only the names in the certificate are vouched for, by the trust list.",
            "What files say of patient, study and series is shown as it stands in them. The verdict on the part 'Patient' of each image says whether it is as sealed.",
            "It speaks of the files whose SHA-256 it names, at the time it was made, and of no others.",
        ]) html.Line("li", text);
        html.Close("ul");
        End();
    }

    /// <summary>Commands, and what they must say.</summary>
    public void CheckYourself()
    {
        Begin("yourself", "How to check this yourself");
        html.Line("p", "You need the files, and the certificate of whoever sealed them. Compare its fingerprint with its owner by a way that you know already, such as a telephone number from your own book.");
        html.Open("ol");
        Step("That a file is the one of this report: its SHA-256 must be the one given here (on Windows: certutil -hashfile FILE SHA256).", "sha256sum FILE");
        Step("The verdict, with the same program:", "veridicom verify FILE --trust CERTIFICATE.pem");
        Step("The signature of the seal, with GDCM and OpenSSL and without this program. The SHA-256 of what comes out is the identity of the seal that is given here. A later seal of the same file stands at 7ff1,1101 and so on; a detached seal is read from FILE.seal.",
            "gdcmraw -i FILE -t 7ff1,1001 -o message.der", "openssl cms -verify -cades -purpose any -binary -inform DER -in message.der -CAfile CERTIFICATE.pem -out statement.der",
            "sha256sum statement.der");
        Step("The digital signature of the DICOM standard that stands beside a seal, with DCMTK:", "dcmsign --verify +rg +cf CERTIFICATE.pem FILE");
        html.Close("ol");
        html.Line("p", "The format of seals is public, and a verifier can be written from its description: the specification comes with the program, and a second verifier in Python with its sources.");
        End();
    }

    /// <summary>When, with what and from what the report was made, and where its limits are.</summary>
    public void About(string passedOver)
    {
        VerifyOptions options = settings.Options;
        Begin("about", "About this report");
        html.Open("dl", "facts");
        Say("Made", ReportCard.Utc(options.Now));
        Say("Program", settings.Program);
        html.Line("dt", "Looked at").Open("dd");
        for (int i = 0; i < settings.Paths.Count && i < 20; i++) html.Open("div").Code(settings.Paths[i], HtmlWriter.LongestValue * 2).Close("div");
        if (settings.Paths.Count > 20) html.Text($"and {settings.Paths.Count - 20} more");
        html.Close("dd");
        Say("Passed over", passedOver.Length > 0 ? passedOver : "nothing");
        html.Line("dt", "Trust list").Open("dd");
        if (settings.TrustPaths.Count == 0) html.Text("The organisation's own");
        foreach (string path in settings.TrustPaths.Take(20)) html.Open("div").Code(path, HtmlWriter.LongestValue * 2).Close("div");
        html.Close("dd");
        if (settings.PolicyPath is { } policyPath && options.Policy is { } policy)
        {
            html.Line("dt", "Policy").Open("dd").Code(policyPath).Text(": ");
            html.Text(Demands(policy)).Close("dd");
        }
        Say("Patient", settings.ShowPatient
            ? "Names, IDs and dates are shown as the files state them, so that it is clear whose images these are: treat this page like the images. It can be made without them (--no-patient)."
            : "Names, IDs, dates and descriptions were left out when this page was made. Names of files, numbers of images and pictures are shown, and may still tell who it is.");
        Say("Pictures", string.Create(CultureInfo.InvariantCulture,
            $"Made for the eye from the files as they are, at most {ReportPictures.PictureSide} pixels wide or high, and not for diagnosis. At most {ReportPictures.MostOfImage} altered frames of an image, {ReportPictures.PictureBudget >> 20} MB of them and {ReportPictures.ThumbnailBudget >> 20} MB of small pictures in all. No overlay or annotation is drawn."));
        Say("Printing", string.Create(CultureInfo.InvariantCulture,
            $"Lists of up to {ReportStudies.MostPrinted} images are printed whole. A longer one is printed if it is unfolded before; what is wrong is printed always, up to {ReportStudies.MostOpen} images of one verdict in a series."));
        html.Close("dl");
        Anchors(options.Trust);
        End();
    }

    private void Anchors(TrustList trust)
    {
        html.Line("h3", "Who is on the trust list");
        if (trust.Anchors.Count == 0) html.Line("p", "Nobody: no signer is accepted.");
        else
        {
            html.Open("ul");
            foreach (Certificate anchor in trust.Anchors.Take(MostAnchors))
                html.Open("li").Value(anchor.SubjectText).Text(", fingerprint ").Code(ReportSigners.Grouped(anchor.Fingerprint.ToString())).Close("li");
            html.Close("ul");
            if (trust.Anchors.Count > MostAnchors) html.Line("p", $"And {trust.Anchors.Count - MostAnchors} more.");
        }
        html.Line("p", string.Create(CultureInfo.InvariantCulture, $"Authorities in between: {trust.Intermediates.Count}. Revocation lists: {trust.RevocationLists.Count}{(trust.RevocationLists.Count == 0 ? ", so that no revocation could be seen" : "")}."));
    }

    private static string Demands(Policy policy)
    {
        var demands = new List<string>();
        if (policy.RequireSeal) demands.Add("a seal that holds");
        if (policy.Signers.Count > 0) demands.Add(policy.Signers.Count == 1 ? "a certain signer" : $"one of {policy.Signers.Count} signers");
        if (policy.Purposes.Count > 0) demands.Add("one of these purposes: " + string.Join(", ", policy.Purposes.Select(Seals.Seal.ClaimWords.Word)));
        if (policy.RequireTimestamp) demands.Add("a time-stamp");
        if (policy.RequireManifest) demands.Add("a sealed list of each study");
        return demands.Count == 0 ? "demands nothing more" : "demands " + string.Join("; ", demands);
    }

    private void Begin(string id, string title) => html.Open("section", ("aria-labelledby", id)).Open("h2", ("id", id)).Text(title).Close("h2");

    private void End() => html.Close("section");

    private void Column(string text, bool number = false)
    {
        if (number) html.Open("th", ("scope", "col"), ("class", "number"));
        else html.Open("th", ("scope", "col"));
        html.Text(text).Close("th");
    }

    private void Say(string name, string text) => html.Line("dt", name).Line("dd", text);

    private void Step(string text, params ReadOnlySpan<string> commands) => html.Open("li").Line("p", text).Lines(commands).Close("li");
}
