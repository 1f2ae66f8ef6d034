using System.Globalization;
using Veridicom.Cli.Audits.Identity;
using Veridicom.Reports.Html;
using Veridicom.Reports.Html.Plots;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>An audit as a page for people: the answer first, then why and what to do, then each question with a drawing and its table. Nothing on it tells who a patient is.</summary>
internal sealed class AuditPage(AuditResult result, string program)
{
    private const int MostFiles = 5, MostPairs = 50, MostPlaces = 8, MostBars = 24;

    /// <summary>Writes the page.</summary>
    public void Write(Stream output) => HtmlPage.Write(output, "Data set audit", html =>
    {
        Head(html);
        html.Open("main");
        Answer(html);
        Findings(html);
        Parts(html);
        Seals(html);
        Alike(html);
        Generated(html);
        Identity(html);
        Shortcuts(html);
        About(html);
        html.Close("main");
        html.Open("footer").Line("p", $"Data set audit, made {Time(result.At)} by {program}. It holds no script and asks no other computer for anything.", "small soft").Close("footer");
    });

    private void Head(HtmlWriter html)
    {
        html.Open("header").Line("h1", "Data set audit");
        html.Open("p", "soft").Code(Path.GetFileName(Path.TrimEndingDirectorySeparator(result.Root))).Text($": {N(result.Files.Count, "image file", "image files")}, looked at on {Time(result.At)}").Close("p").Close("header");
    }

    private void Answer(HtmlWriter html)
    {
        (string tone, string sign, string meaning) = result.Fitness switch
        {
            Fitness.Fit => ("good", "✓", "Nothing was found that speaks against training on this data set. What was not looked for is said below."),
            Fitness.FitWithReservations => ("warn", "!", "A model may be trained on it by somebody who knows these weaknesses:"),
            _ => ("bad", "✗", "Do not train on it before this is mended:"),
        };
        html.Open("section", ("class", "answer " + tone), ("aria-label", "Answer"));
        html.Open("p", "main").Open("span", ("class", "sign"), ("aria-hidden", "true")).Text(sign).Close("span").Open("span").Text(char.ToUpperInvariant(result.Fitness.Words()[0]) + result.Fitness.Words()[1..]).Close("span").Close("p");
        html.Line("p", meaning);
        AuditWeight weight = (AuditWeight)(int)result.Fitness;
        foreach (AuditFinding finding in result.Findings.Where(f => f.Weight == weight && weight > AuditWeight.Note))
            html.Open("p").Open("span", ("class", "sign"), ("aria-hidden", "true")).Text("–").Close("span").Open("span").Value(finding.Text, 400).Text(finding.Remedy.Length > 0 ? ". What to do: " + finding.Remedy + "." : ".").Close("span").Close("p");
        html.Close("section");
    }

    private void Findings(HtmlWriter html)
    {
        Begin(html, "findings", "All findings");
        Table(html, "What was found, the gravest first", ["Weight", "Finding, and the first files", "What to do"]);
        foreach (AuditFinding finding in result.Findings)
        {
            html.Open("tr").Open("th", ("scope", "row")).Open("span", "badge " + Tone(finding.Weight)).Text(Word(finding.Weight)).Close("span").Close("th");
            html.Open("td").Value(finding.Text, 400);
            for (int i = 0; i < Math.Min(MostFiles, finding.Files.Count); i++) html.Open("div").Code(result.Shown(result.Files[finding.Files[i]]), 90).Close("div");
            if (finding.Files.Count > MostFiles) html.Line("div", $"and {finding.Count - MostFiles} more", "soft");
            html.Close("td").Line("td", finding.Remedy).Close("tr");
        }
        End(html);
    }

    private void Parts(HtmlWriter html)
    {
        Begin(html, "parts", "Parts and labels");
        var bars = new List<PlotBar>();
        foreach (SplitCount split in result.Splits)
        {
            string name = split.Name.Length == 0 ? "(no part)" : split.Name;
            foreach ((string label, int count) in split.Labels.OrderByDescending(l => l.Value).ThenBy(l => l.Key, StringComparer.Ordinal).Take(Math.Max(2, MostBars / result.Splits.Count)))
                bars.Add(new PlotBar($"{name}: {(label.Length == 0 ? "no label" : label)}", count, Number(count)));
        }
        BarPlot.Write(html, "Files of each label in each part", ("Part and label", "Files"), bars);
        Table(html, "Parts of the data set", ["Part", "Files", "Patients known"]);
        foreach (SplitCount split in result.Splits)
            html.Open("tr").Open("th", ("scope", "row")).Value(split.Name.Length == 0 ? "(no part)" : split.Name).Close("th").Line("td", Number(split.Files), "number").Line("td", Number(split.Patients), "number").Close("tr");
        End(html);
    }

    private void Seals(HtmlWriter html)
    {
        if (result.Verdicts.Count == 0) return;
        Begin(html, "seals", "Seals");
        BarPlot.Write(html, "DICOM files by what their seals say", ("Verdict", "Files"),
            [.. result.Verdicts.OrderBy(v => v.Key).Select(v => new PlotBar(v.Key.Word(), v.Value, Number(v.Value), v.Key switch { VerdictKind.Altered => "badbar", VerdictKind.Unverifiable or VerdictKind.Untrusted => "warnbar", _ => "bar" }))]);
        html.Line("p", "PNG and JPEG files carry no seal.", "soft small").Close("section");
    }

    private void Alike(HtmlWriter html)
    {
        if (result.Duplicates.Pairs.Count == 0) return;
        Begin(html, "alike", "Pictures that are there more than once");
        BarPlot.Write(html, "Pairs of files that are alike", ("How", "Pairs"), [.. Enum.GetValues<Likeness>().Select(l => new PlotBar(Words(l), result.Duplicates.Counts[(int)l], Number(result.Duplicates.Counts[(int)l])))]);
        Table(html, "Pairs, the first ones", ["Two files", "Alike", "Parts", "Labels"]);
        foreach (LikePair pair in result.Duplicates.Pairs.OrderByDescending(p => Parts(p).Contains(" / ", StringComparison.Ordinal)).Take(MostPairs))
        {
            AuditedFile first = result.Files[pair.First], second = result.Files[pair.Second];
            html.Open("tr").Open("td").Open("div").Code(result.Shown(first), 100).Close("div").Open("div").Code(result.Shown(second), 100).Close("div").Close("td");
            string how = pair.Likeness == Likeness.Near ? string.Create(CultureInfo.InvariantCulture, $"nearly ({pair.Distance} of 255 bits, correlation {pair.Correlation:0.00})") : Words(pair.Likeness);
            html.Line("td", how + (pair.Mirrored ? ", mirrored" : "") + (pair.Inverted ? ", inverted" : "")).Open("td").Value(Parts(pair)).Close("td").Open("td").Value(Both(first.Label.Label, second.Label.Label)).Close("td").Close("tr");
        }
        html.Close("tbody").Close("table");
        if (result.Duplicates.Counts.Sum() > MostPairs) html.Line("p", $"Of {result.Duplicates.Counts.Sum()} pairs.", "soft");
        html.Close("section");

        string Parts(LikePair pair) => Both(result.Files[pair.First].Label.Split, result.Files[pair.Second].Label.Split);
        static string Both(string? a, string? b) => a == b ? a ?? "" : $"{a ?? "(none)"} / {b ?? "(none)"}";
    }

    private void Generated(HtmlWriter html)
    {
        if (result.Detector is not { } detector) return;
        Begin(html, "generated", "Generated images");
        html.Line("p", Sentence(detector));
        BarPlot.Write(html, "Images flagged by their pixels, and what is expected of real ones (the shaded stretch)", ("Images", "Number"),
            [new PlotBar("flagged here", detector.Flagged, Number(detector.Flagged), detector.Flagged > detector.High ? "badbar" : "bar"), new PlotBar("expected were all real", detector.Expected, string.Create(CultureInfo.InvariantCulture, $"{detector.Expected:0.#} ({detector.Low} to {detector.High})")), new PlotBar("inconclusive", detector.Inconclusive, Number(detector.Inconclusive))],
            full: Math.Max(1, Math.Max(detector.High, Math.Max(detector.Flagged, detector.Inconclusive))), span: (detector.Low, detector.High));
        html.Line("p", $"Model {detector.Model}, thresholds '{detector.Thresholds}'. A single flagged image is no proof; images that are labelled as generated, say so themselves, or have several frames are not counted.", "soft small").Close("section");
    }

    /// <summary>The detector's answer in one sentence.</summary>
    internal static string Sentence(DetectorCount detector) => string.Create(CultureInfo.InvariantCulture,
        $"Of {detector.Judged} real images like those of the calibration about {detector.Expected:0.#} would be flagged ({detector.Low} to {detector.High} in 95 of 100 such data sets); here {detector.Flagged} were.{(detector.Thresholds == Forensics.Detector.ShippedName ? "" : " The rate is one of patients: each counted once when the site set its thresholds.")}");

    private void Identity(HtmlWriter html)
    {
        Begin(html, "identity", "Identifiers of patients");
        IdentifierCount[] weighing = [.. result.Identifiers.Where(i => i.Kind.Weight() > AuditWeight.Note)];
        if (weighing.Length == 0) html.Line("p", "None of those that were looked for was found.");
        else
        {
            BarPlot.Write(html, "Files with each kind of identifier", ("Kind", "Files, at most"),
                [.. weighing.GroupBy(i => i.Kind).Select(kind => new PlotBar(kind.Key.Word().Replace('-', ' '), kind.Max(i => i.Files), Number(kind.Max(i => i.Files)), kind.Key.Weight() == AuditWeight.Unfit ? "badbar" : "warnbar"))]);
            Table(html, "Where they stand; the form shows letters as x and digits as 9", ["Kind", "Place", "Files", "Form"]);
            IdentifierCount[] shown = [.. weighing.GroupBy(i => i.Kind).SelectMany(kind => kind.Take(MostPlaces))];
            foreach (IdentifierCount identifier in shown)
            {
                html.Open("tr").Open("th", ("scope", "row")).Text(identifier.Kind.Words()).Close("th").Open("td", "number").Code(identifier.Place).Close("td");
                html.Line("td", Number(identifier.Files), "number").Open("td").Code(identifier.Masked).Close("td").Close("tr");
            }
            html.Close("tbody").Close("table");
            if (weighing.Length > shown.Length) html.Line("p", $"And {weighing.Length - shown.Length} more places.", "soft");
        }
        html.Line("p", "Looked for: attributes of the Basic Application Level Confidentiality Profile (PS3.15 Annex E) that hold values, private elements, and names, numbers, addresses and dates in texts, in PNG and JPEG metadata and in names of files. Text that is part of the pixels was not looked for.", "soft small").Close("section");
    }

    private void Shortcuts(HtmlWriter html)
    {
        if (result.Associations.Count == 0) return;
        Begin(html, "shortcuts", "What labels can be read off without looking");
        BarPlot.Write(html, "Cramer's V between the label and each fact: 0 nothing, 1 entirely; lines at 0.5 and 0.95", ("Fact", "Cramer's V"),
            [.. result.Associations.Select(a => new PlotBar(a.Attribute, a.V, a.V.ToString("0.00", CultureInfo.InvariantCulture), a.V >= Association.Entire ? "badbar" : a.V >= Association.Strong ? "warnbar" : "bar"))], full: 1, marks: [Association.Strong, Association.Entire]);
        foreach (Association association in result.Associations.Where(a => a.V >= Association.Strong).Take(3))
        {
            Table(html, $"Images of each label by {association.Attribute}", [association.Attribute, .. association.Labels.Take(6)], values: association.Labels.Count);
            foreach (AssociationRow row in association.Rows.Take(12))
            {
                html.Open("tr").Open("th", ("scope", "row")).Value(row.Value).Close("th");
                foreach (int count in row.Counts.Take(6)) html.Line("td", Number(count), "number");
                html.Close("tr");
            }
            html.Close("tbody").Close("table");
        }
        html.Close("section");
    }

    private void About(HtmlWriter html)
    {
        Begin(html, "about", "About this audit");
        html.Line("p", "Duplicates are found by bytes, by pixels whatever the format, and to the eye: after compression, resizing, a change of brightness or contrast, a small crop on all sides, mirroring or inversion. A crop on one side, a rotation or an overlay may hide one. Neighbouring slices of one patient in one part count as no duplicates.");
        html.Line("p", "Patients stand in it as keyed hashes with a salt that was made for this run and is kept nowhere; so do names of files that may tell who a patient is.");
        if (result.PassedOver.Length > 0) html.Open("p").Text("Passed over: ").Value(result.PassedOver, 300).Text(".").Close("p");
        html.Close("section");
    }

    private static void Begin(HtmlWriter html, string id, string title) => html.Open("section", ("aria-labelledby", id)).Open("h2", ("id", id)).Text(title).Close("h2");

    private static void Table(HtmlWriter html, string caption, IReadOnlyList<string> heads, int values = 0)
    {
        html.Open("table").Line("caption", caption).Open("thead").Open("tr");
        for (int i = 0; i < heads.Count; i++)
        {
            if ((values > 0 && i > 0) || heads[i] is "Files" or "Patients known" or "Place") html.Open("th", ("scope", "col"), ("class", "number"));
            else html.Open("th", ("scope", "col"));
            html.Value(heads[i], 60).Close("th");
        }
        html.Close("tr").Close("thead").Open("tbody");
    }

    private static void End(HtmlWriter html) => html.Close("tbody").Close("table").Close("section");

    private static string Words(Likeness likeness) => likeness switch { Likeness.Bytes => "in every byte", Likeness.Pixels => "in every pixel", _ => "nearly" };

    private static string Word(AuditWeight weight) => weight switch { AuditWeight.Unfit => "not fit", AuditWeight.Reservation => "reservation", _ => "note" };

    private static string Tone(AuditWeight weight) => weight switch { AuditWeight.Unfit => "bad", AuditWeight.Reservation => "warn", _ => "none" };

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture) + " UTC";

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);

    private static string N(int count, string one, string many) => $"{Number(count)} {(count == 1 ? one : many)}";
}
