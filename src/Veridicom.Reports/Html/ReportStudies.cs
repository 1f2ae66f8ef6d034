using System.Globalization;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>The studies, the series below them, and the images below these: what is wrong stands open, what is not is folded away.</summary>
internal sealed class ReportStudies(HtmlWriter html, ReportIndex index, ReportSettings settings, ReportSpool spool)
{
    /// <summary>Cards of one verdict that stand open in a series; the rest is folded.</summary>
    public const int MostOpen = 25;

    /// <summary>Images of one verdict in a series up to which what is folded on the screen is printed as well.</summary>
    public const int MostPrinted = 100;

    private const int FewCards = 5, MostInOverview = 500;

    /// <summary>Writes all studies.</summary>
    public void Write()
    {
        if (index.Studies.Count > 1) Overview();
        for (int i = 0; i < index.Studies.Count; i++)
        {
            StudyIndex study = index.Studies[i];
            string id = "study-" + (i + 1).ToString(CultureInfo.InvariantCulture);
            html.Open("section", ("aria-labelledby", id)).Open("h2", ("id", id));
            if (study.First.StudyUid.Length == 0) html.Text("Files that name no study");
            else
            {
                html.Text(index.Studies.Count > 1 ? $"Study {i + 1} of {index.Studies.Count}" : "Study");
                if (study.First.StudyText.Length > 0) html.Text(": ").Value(study.First.StudyText);
            }
            html.Close("h2");
            Header(study);
            foreach (StudyVerdict whole in index.Whole.Where(verdict => study.First.StudyUid.Length > 0 && verdict.Study == study.First.StudyUid)) ReportLists.Card(html, whole);
            for (int j = 0; j < study.Series.Count; j++) Series(study.Series[j], j + 1, study.Series.Count);
            html.Close("section");
        }
        if (!index.Whole.Any(Elsewhere)) return;
        html.Open("section", ("aria-labelledby", "lists")).Open("h2", ("id", "lists")).Text("Lists of other studies").Close("h2");
        foreach (StudyVerdict whole in index.Whole.Where(Elsewhere)) ReportLists.Card(html, whole);
        html.Close("section");

        bool Elsewhere(StudyVerdict verdict) => verdict.Study.Length == 0 || !index.Studies.Any(study => study.First.StudyUid == verdict.Study);
    }

    private void Header(StudyIndex study)
    {
        ImageFacts facts = study.First;
        if (settings.ShowPatient && study.Patients.Count > 1)
        {
            html.Open("p").Line("strong", "Attention: ").Text($"the images of this study do not agree on who the patient is. {study.Patients.Count} different entries are listed.").Close("p");
        }
        html.Open("dl", "facts");
        if (settings.ShowPatient)
        {
            foreach ((string name, string id, string birth) in study.Patients)
            {
                if (name.Length + id.Length + birth.Length == 0) continue;
                html.Line("dt", "Patient").Open("dd");
                Patient(name, id, birth);
                html.Close("dd");
            }
        }
        if (facts.StudyTime.Length > 0) ReportCard.Fact(html, "Study date", facts.StudyTime);
        if (facts.Accession.Length > 0) ReportCard.Fact(html, "Accession number", facts.Accession);
        if (facts.StudyUid.Length > 0) html.Line("dt", "Study UID").Open("dd").Code(facts.StudyUid).Close("dd");
        html.Line("dt", "Files").Line("dd", Counts(CountsOf(study)));
        html.Close("dl");
    }

    private void Series(SeriesIndex series, int number, int of)
    {
        ImageFacts facts = series.First;
        html.Open("h3");
        if (facts.SeriesUid.Length == 0) html.Text("Files that name no series");
        else
        {
            html.Text("Series ");
            if (facts.SeriesNumber.Length > 0) html.Value(facts.SeriesNumber, 16);
            else html.Text($"{number} of {of}");
            if (facts.Modality.Length > 0) html.Text(", ").Value(facts.Modality, 16);
            if (facts.SeriesText.Length > 0) html.Text(": ").Value(facts.SeriesText);
        }
        html.Close("h3");
        html.Line("p", Counts([.. ReportWords.Order.Select(series.CountOf)]));
        if (facts.SeriesUid.Length > 0) html.Open("p", "small soft").Text("Series UID ").Code(facts.SeriesUid).Close("p");
        foreach (VerdictKind kind in ReportWords.Order.Reverse())
        {
            IReadOnlyList<IndexEntry> images = series.Of(kind);
            if (images.Count == 0) continue;
            if (ReportCard.IsRow(kind)) Table(kind, images, series.First.IsImage ? "image" : "file");
            else Cards(kind, images);
        }
    }

    private void Cards(VerdictKind kind, IReadOnlyList<IndexEntry> images)
    {
        VerdictWord word = ReportWords.Of(kind);
        int open = word.Tone == "bad" ? Math.Min(MostOpen, images.Count) : images.Count <= FewCards ? images.Count : 0;
        for (int i = 0; i < open; i++) Copy(images[i]);
        if (open == images.Count) return;
        int folded = images.Count - open;
        Fold(folded, string.Create(CultureInfo.InvariantCulture, $"{word.Title}: {(open > 0 ? $"{folded} more" : $"{folded}")} {(folded == 1 ? "image" : "images")}"));
        for (int i = open; i < images.Count; i++) Copy(images[i]);
        html.Close("div").Close("details");
    }

    private void Table(VerdictKind kind, IReadOnlyList<IndexEntry> images, string what)
    {
        VerdictWord word = ReportWords.Of(kind);
        string title = string.Create(CultureInfo.InvariantCulture, $"{word.Sign} {word.Title}: {images.Count} {what}{(images.Count == 1 ? "" : "s")}");
        Fold(images.Count, title);
        html.Open("table", "images").Open("thead").Open("tr");
        html.Open("th", ("scope", "col"), ("class", "number")).Text("No.").Close("th");
        html.Open("th", ("scope", "col"), ("class", "thumb")).Text("Picture").Close("th");
        html.Open("th", ("scope", "col")).Text("File, and what ties this report to it").Close("th");
        html.Close("tr").Close("thead").Open("tbody");
        foreach (IndexEntry image in images) Copy(image);
        html.Close("tbody").Close("table").Close("div").Close("details");
    }

    private void Fold(int count, string title)
    {
        if (count <= MostPrinted) html.Open("details", "print");
        else html.Open("details");
        html.Line("summary", title).Open("div");
    }

    private void Copy(IndexEntry entry) => html.Fragment(output => spool.CopyTo(entry.Fragment, output));

    /// <summary>Each value by itself: a name that is written from the right does not turn round what stands beside it.</summary>
    private void Patient(string name, string id, string birth)
    {
        if (name.Length > 0) html.Value(name);
        else html.Text("(no name)");
        if (id.Length > 0) html.Text(", ID ").Value(id);
        if (birth.Length > 0) html.Text(", born ").Value(birth);
    }

    /// <summary>Where there are several studies: which, whose, and how they stand, with the way to each.</summary>
    private void Overview()
    {
        html.Open("section", ("aria-labelledby", "studies")).Open("h2", ("id", "studies")).Text($"{index.Studies.Count} studies").Close("h2");
        html.Open("table").Open("thead").Open("tr");
        html.Open("th", ("scope", "col")).Text("Study").Close("th");
        if (settings.ShowPatient) html.Open("th", ("scope", "col")).Text("Patient").Close("th");
        html.Open("th", ("scope", "col")).Text("Files").Close("th").Close("tr").Close("thead").Open("tbody");
        for (int i = 0; i < index.Studies.Count && i < MostInOverview; i++)
        {
            StudyIndex study = index.Studies[i];
            string number = (i + 1).ToString(CultureInfo.InvariantCulture);
            html.Open("tr").Open("th", ("scope", "row")).Jump("study-" + number, number);
            if (study.First.StudyText.Length > 0) html.Text(" ").Value(study.First.StudyText);
            html.Close("th");
            if (settings.ShowPatient)
            {
                html.Open("td");
                (string name, string id, string birth) = study.Patients.First();
                Patient(name, id, birth);
                if (study.Patients.Count > 1) html.Text(" and others");
                html.Close("td");
            }
            html.Line("td", Counts(CountsOf(study))).Close("tr");
        }
        html.Close("tbody").Close("table");
        if (index.Studies.Count > MostInOverview) html.Line("p", $"And {index.Studies.Count - MostInOverview} more, below.");
        html.Close("section");
    }

    private static int[] CountsOf(StudyIndex study) => [.. ReportWords.Order.Select(kind => study.Series.Sum(series => series.CountOf(kind)))];

    /// <summary>"23 authentic, 1 altered": counts in the order of <see cref="ReportWords.Order"/>.</summary>
    internal static string Counts(IReadOnlyList<int> counts)
    {
        int total = counts.Sum();
        var parts = new List<string>();
        for (int i = 0; i < counts.Count; i++)
        {
            if (counts[i] > 0) parts.Add(string.Create(CultureInfo.InvariantCulture, $"{counts[i]} {ReportWords.Order[i].Word()}"));
        }
        return string.Create(CultureInfo.InvariantCulture, $"{total} in all: {string.Join(", ", parts)}.");
    }
}
