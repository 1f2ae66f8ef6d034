using System.Globalization;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>The page from its first line to its last.</summary>
internal static class ReportPage
{
    private const int MostFaults = 1000;

    /// <summary>Writes the page.</summary>
    public static void Write(Stream stream, ReportIndex index, ReportSettings settings, ReportSpool spool, string passedOver)
    {
        using var html = new HtmlWriter(stream);
        html.Markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Markup($"<meta http-equiv=\"Content-Security-Policy\" content=\"{ReportStyle.Policy}\">\n");
        html.Markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n");
        html.Line("title", "Image integrity report");
        html.Markup($"\n<style>{ReportStyle.Sheet}</style>\n</head>\n<body>\n");
        Header(html, index, settings);
        html.Open("main");
        Answer(html, index);
        Contents(html, index);
        var signers = new ReportSigners(html, index);
        signers.Write();
        new ReportStudies(html, index, settings, spool).Write();
        Faults(html, index, spool);
        var explanations = new ReportExplanations(html, index, settings);
        explanations.Checks();
        explanations.Verdicts();
        explanations.NotSaid();
        explanations.CheckYourself();
        explanations.About(passedOver);
        html.Close("main");
        html.Open("footer").Line("p", $"Image integrity report, made {ReportCard.Utc(settings.Options.Now)} by {settings.Program}. It holds no script and asks no other computer for anything.", "small soft").Close("footer");
        html.DemandClosed();
        html.Markup("</body>\n</html>\n");
    }

    private static void Header(HtmlWriter html, ReportIndex index, ReportSettings settings)
    {
        html.Open("header").Line("h1", "Image integrity report");
        int lists = index.Lists.Sum();
        string among = lists == 0 ? "" : lists == 1 ? ", one of them a sealed list of a study's images," : string.Create(CultureInfo.InvariantCulture, $", {lists} of them sealed lists of the images of studies,");
        html.Open("p", "soft").Text(string.Create(CultureInfo.InvariantCulture, $"{index.Total} {(index.Total == 1 ? "file" : "files")}{among} looked at on {ReportCard.Utc(settings.Options.Now)} with {settings.Program}"));
        html.Close("p").Close("header");
    }

    private static void Contents(HtmlWriter html, ReportIndex index)
    {
        html.Open("nav", ("aria-label", "On this page")).Open("ul");
        if (index.Signers.Count > 0) Item("signers", "Who sealed");
        if (index.Studies.Count > 0) Item(index.Studies.Count == 1 ? "study-1" : "studies", index.Studies.Count == 1 ? "Study" : $"{index.Studies.Count} studies");
        if (index.Faults.Count > 0) Item("faults", "Files not read");
        Item("checks", "What was checked");
        Item("verdicts", "What the verdicts mean");
        Item("not-said", "What this report does not say");
        Item("yourself", "Check it yourself");
        Item("about", "About this report");
        html.Close("ul").Close("nav");

        void Item(string id, string text) => html.Open("li").Jump(id, text).Close("li");
    }

    private static void Answer(HtmlWriter html, ReportIndex index)
    {
        ReportAnswer answer = ReportAnswer.Of(index);
        html.Open("section", ("class", "answer " + answer.Tone), ("aria-label", "Answer"));
        for (int i = 0; i < answer.Sentences.Count; i++)
        {
            html.Open("p", i == 0 || answer.Sentences[i].Tone == "bad" ? "main" : null).Open("span", ("class", "sign"), ("aria-hidden", "true")).Text(answer.Sentences[i].Sign).Close("span");
            html.Open("span").Text(answer.Sentences[i].Text).Close("span").Close("p");
        }
        html.Close("section");
        html.Open("table").Line("caption", "How many files have each verdict").Open("thead").Open("tr");
        html.Open("th", ("scope", "col")).Text("Verdict").Close("th").Open("th", ("scope", "col"), ("class", "number")).Text("Files").Close("th").Open("th", ("scope", "col")).Text("Meaning").Close("th");
        html.Close("tr").Close("thead").Open("tbody");
        foreach (VerdictKind kind in ReportWords.Order)
        {
            int count = index.Verdicts[(int)kind];
            if (count == 0) continue;
            VerdictWord word = ReportWords.Of(kind);
            html.Open("tr").Open("th", ("scope", "row"));
            ReportCard.Badge(html, word);
            html.Close("th").Line("td", count.ToString(CultureInfo.InvariantCulture), "number").Line("td", word.Meaning).Close("tr");
        }
        if (index.Faults.Count > 0)
            html.Open("tr").Open("th", ("scope", "row")).Text("Not read").Close("th").Line("td", index.Faults.Count.ToString(CultureInfo.InvariantCulture), "number").Line("td", "The file could not be looked at; the reason is given below.").Close("tr");
        html.Close("tbody").Close("table");
    }

    private static void Faults(HtmlWriter html, ReportIndex index, ReportSpool spool)
    {
        if (index.Faults.Count == 0) return;
        html.Open("section", ("aria-labelledby", "faults")).Open("h2", ("id", "faults")).Text("Files that could not be looked at").Close("h2").Open("ul");
        foreach (SpoolSlice slice in index.Faults.Take(MostFaults)) html.Fragment(output => spool.CopyTo(slice, output));
        html.Close("ul");
        if (index.Faults.Count > MostFaults) html.Line("p", $"And {index.Faults.Count - MostFaults} more.");
        html.Close("section");
    }
}
