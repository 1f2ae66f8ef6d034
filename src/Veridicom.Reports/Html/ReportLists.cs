using System.Globalization;
using Veridicom.Seals.Manifest;

namespace Veridicom.Reports.Html;

/// <summary>Whether studies are whole: what was found against the sealed lists of their images (spec/manifest.md).</summary>
internal static class ReportLists
{
    private const int MostFindings = 50, LongestText = 300;

    /// <summary>The words of a verdict on a study.</summary>
    public static VerdictWord Of(StudyVerdictKind kind) => kind switch
    {
        StudyVerdictKind.Complete => new("Complete", "✓", "good", "Every image on the sealed list of the study is here as it was sealed, and no other image of the study."),
        StudyVerdictKind.Altered => new("Not as listed", "✗", "bad", "Images are missing, added, doubled, out of order, exchanged or changed against the sealed list of the study."),
        StudyVerdictKind.Unverifiable => new("List not verifiable", "?", "bad", "An image on the sealed list cannot be read or verified."),
        StudyVerdictKind.Untrusted => new("No list", "!", "warn", "A sealed list of the study was demanded, and there is none that is believed."),
        _ => new("List not checked", "–", "none", "The list is not believed, or a file could not be read, so nothing is said about the study as a whole."),
    };

    /// <summary>What the answer says of studies as a whole, the gravest first; none where no study has a list.</summary>
    public static IReadOnlyList<(string Sign, string Tone, string Text)> Sentences(IReadOnlyList<StudyVerdict> studies)
    {
        var sentences = new List<(string, string, string)>();
        bool one = studies.Count == 1;
        foreach (StudyVerdictKind kind in (StudyVerdictKind[])[StudyVerdictKind.Altered, StudyVerdictKind.Unverifiable, StudyVerdictKind.Untrusted, StudyVerdictKind.NotChecked, StudyVerdictKind.Complete])
        {
            StudyVerdict[] of = [.. studies.Where(study => study.Kind == kind)];
            if (of.Length == 0) continue;
            VerdictWord word = Of(kind);
            string which = one ? "The study" : of.Length == 1 ? "1 study" : string.Create(CultureInfo.InvariantCulture, $"{of.Length} studies");
            string are = one || of.Length == 1 ? "is" : "are";
            string text = kind switch
            {
                StudyVerdictKind.Complete => $"{which} {are} complete: every image that the sealed list names is here, and no other.",
                StudyVerdictKind.Altered => $"{which} {are} not as listed when sealed: {Findings(of)}.",
                StudyVerdictKind.Unverifiable => $"{which} could not be compared with the sealed list in full: {Findings(of)}.",
                StudyVerdictKind.Untrusted => $"{which} {(are == "is" ? "has" : "have")} no sealed list that is believed, and the policy demands one.",
                _ => $"Whether {which.ToLowerInvariant()} {are} complete could not be checked.",
            };
            sentences.Add((word.Sign, word.Tone, text));
        }
        return sentences;
    }

    /// <summary>The card of one study.</summary>
    public static void Card(HtmlWriter html, StudyVerdict study)
    {
        VerdictWord word = Of(study.Kind);
        html.Open("article", "card " + word.Tone).Open("h3");
        ReportCard.Badge(html, word);
        html.Text("The study as a whole").Close("h3").Line("p", word.Meaning);
        Findings(html, study);
        html.Open("dl", "facts");
        if (study.Instances > 0) html.Line("dt", "On the list").Line("dd", study.Instances == 1 ? "1 image" : string.Create(CultureInfo.InvariantCulture, $"{study.Instances} images"));
        foreach (ManifestInfo manifest in study.Manifests)
        {
            html.Line("dt", "Sealed list").Open("dd").Value(manifest.File, HtmlWriter.LongestValue * 2);
            if (manifest.Signer is { } signer) html.Text(", sealed by ").Value(signer);
            if (manifest.SealedAt is { } at) html.Text(", " + ReportCard.Utc(at));
            html.Text(manifest.State switch
            {
                ManifestState.Superseded => "; replaced by a later list",
                ManifestState.NotBelieved => "; not believed",
                _ => "",
            });
            if (manifest.Reason.Length > 0) html.Text(": ").Value(manifest.Reason, LongestText);
            html.Close("dd");
        }
        html.Close("dl").Close("article");
    }

    private static void Findings(HtmlWriter html, StudyVerdict study)
    {
        if (study.Findings.Count == 0) return;
        html.Open("ul");
        foreach (StudyFinding finding in study.Findings.Take(MostFindings))
        {
            html.Open("li").Line("strong", Of(finding.Code) + ": ").Value(finding.Text, LongestText);
            if ((finding.File ?? finding.Instance) is { } what) html.Text(" ").Code(what);
            html.Close("li");
        }
        html.Close("ul");
        int more = study.Findings.Count - Math.Min(MostFindings, study.Findings.Count) + study.MoreFindings;
        if (more > 0) html.Line("p", string.Create(CultureInfo.InvariantCulture, $"And {more} more, which veridicom verify --json lists."));
    }

    /// <summary>"2 missing, 1 added".</summary>
    private static string Findings(IEnumerable<StudyVerdict> studies) => string.Join(", ", studies.SelectMany(s => s.Findings).Where(f => f.Code != StudyFindingCode.Withdrawn)
        .GroupBy(f => f.Code).OrderBy(g => g.Key).Select(g => string.Create(CultureInfo.InvariantCulture, $"{g.Count()} {Of(g.Key).ToLowerInvariant()}")));

    private static string Of(StudyFindingCode code) => code switch
    {
        StudyFindingCode.Missing => "Missing",
        StudyFindingCode.Added => "Added",
        StudyFindingCode.Duplicated => "Doubled",
        StudyFindingCode.Reordered => "Out of order",
        StudyFindingCode.Swapped => "Exchanged",
        StudyFindingCode.Replaced => "Sealed anew by another",
        StudyFindingCode.Stripped => "Without its seal",
        StudyFindingCode.Changed => "Changed",
        StudyFindingCode.Unverifiable => "Not verifiable",
        StudyFindingCode.Unread => "Perhaps among the files that cannot be read",
        StudyFindingCode.PolicyManifest => "No list",
        _ => "Taken off the list with leave",
    };
}
