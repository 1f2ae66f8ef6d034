using System.Globalization;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>What the report says of one image: a row where there is nothing to tell, a card where there is.</summary>
internal static class ReportCard
{
    private const int MostReasons = 20, LongestReason = 300;

    /// <summary>True where a row of a table says it all.</summary>
    public static bool IsRow(VerdictKind kind) => kind is VerdictKind.Authentic or VerdictKind.Unsealed;

    /// <summary>A row: number, picture, file with what ties the report to its bytes.</summary>
    public static void Row(HtmlWriter html, ReportImage image, bool showThumbnail, ReportSpool spool)
    {
        html.Open("tr").Open("th", ("scope", "row"), ("class", "number")).Value(image.Facts.Number.Length > 0 ? image.Facts.Number : "–", 12).Close("th");
        html.Open("td", "thumb");
        if (showThumbnail && image.Thumbnail is { } picture) html.Picture(spool.Read(picture.Png), picture.Width, picture.Height, picture.Alt);
        else html.Line("span", "none", "soft small");
        html.Close("td").Open("td").Value(image.Name, HtmlWriter.LongestValue * 2);
        html.Open("div", "small soft");
        Ties(html, image, (name, value) => html.Open("div").Text(name + " ").Code(value).Close("div"));
        html.Close("div").Close("td").Close("tr");
    }

    /// <summary>A card: verdict, pictures, why, and all that is known of the file.</summary>
    public static void Card(HtmlWriter html, ReportImage image, Verdict verdict, ReportSpool spool)
    {
        VerdictWord word = ReportWords.Of(verdict.Kind);
        html.Open("article", "card " + word.Tone).Open("h4");
        Badge(html, word);
        html.Value(Title(image));
        if (image.Facts.Number.Length > 0) html.Text(" ").Open("span", "soft small").Value(image.Name).Close("span");
        html.Close("h4");
        if (image.Thumbnail is { } small)
        {
            html.Open("figure").Picture(spool.Read(small.Png), small.Width, small.Height, small.Alt).Close("figure");
        }
        foreach (ReportPicture picture in image.Pictures)
        {
            html.Open("figure").Picture(spool.Read(picture.Png), picture.Width, picture.Height, picture.Alt);
            html.Open("figcaption").Value(picture.Caption, LongestReason).Close("figcaption").Close("figure");
        }
        if (image.PictureNote.Length > 0) html.Open("p", "soft small").Value(image.PictureNote, LongestReason).Close("p");
        Reasons(html, verdict);
        Parts(html, verdict);
        html.Open("dl", "facts");
        Fact(html, "File", image.Name);
        Ties(html, image, (name, value) => html.Line("dt", name).Open("dd").Code(value).Close("dd"));
        if (image.Facts.SopClass.Length > 0) Fact(html, "Kind", image.Facts.SopClass);
        if (verdict.Signer is { } signer) Fact(html, "Signer", signer);
        if (verdict.SealedAt is { } at) Fact(html, "Sealed", When(at, image.DecidingSeal?.ProvenTime));
        html.Close("dl");
        if (verdict.Seals.Count > 1) Chain(html, verdict);
        Checks(html, verdict);
        html.Close("article");
    }

    /// <summary>A verdict as a word with a sign, in a box.</summary>
    public static void Badge(HtmlWriter html, VerdictWord word) =>
        html.Open("span", "badge " + word.Tone).Open("span", ("aria-hidden", "true")).Text(word.Sign + " ").Close("span").Text(word.Title).Close("span").Text(" ");

    /// <summary>A term and a value.</summary>
    public static void Fact(HtmlWriter html, string name, string value) => html.Line("dt", name).Open("dd").Value(value, HtmlWriter.LongestValue * 2).Close("dd");

    /// <summary>"2026-06-01 12:00:00 UTC, proven ...".</summary>
    public static string When(DateTimeOffset at, DateTimeOffset? proven) => proven is { } time
        ? $"{Utc(at)}; a time-stamp authority confirms that the seal existed at {Utc(time)}"
        : $"{Utc(at)} by the signer's own word: no time-stamp proves it";

    /// <summary>"2026-06-01 12:00:00 UTC".</summary>
    public static string Utc(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Title(ReportImage image)
    {
        string what = image.Facts.IsImage || image.Facts.InstanceUid.Length == 0 ? "Image" : "File";
        return image.Facts.Number.Length > 0 ? $"{what} {image.Facts.Number}" : string.IsNullOrWhiteSpace(image.Name) ? what : image.Name;
    }

    private static void Ties(HtmlWriter html, ReportImage image, Action<string, string> write)
    {
        if (image.Facts.InstanceUid.Length > 0) write("Instance UID", image.Facts.InstanceUid);
        if (image.Sha256.Length > 0) write("SHA-256", image.Sha256);
        if (image.SealSha256 is { } seal) write("SHA-256 of the detached seal", seal);
        if (image.DecidingSeal is { } deciding) write("Seal identity", deciding.Identity);
    }

    private static void Reasons(HtmlWriter html, Verdict verdict)
    {
        if (verdict.Reasons.Count == 0) return;
        html.Open("ul");
        foreach (Reason reason in verdict.Reasons.Take(MostReasons))
        {
            html.Open("li").Line("strong", ReportWords.Of(reason.Part) + ": ").Value(reason.Text, LongestReason);
            if (reason.Path is { Length: > 0 } path && !reason.Text.Contains(path, StringComparison.Ordinal)) html.Text(" ").Code(path);
            if (reason.Offset >= 0) html.Text(string.Create(CultureInfo.InvariantCulture, $" (at byte {reason.Offset})"));
            html.Close("li");
        }
        html.Close("ul");
        int more = verdict.Reasons.Count - Math.Min(MostReasons, verdict.Reasons.Count) + verdict.MoreReasons;
        if (more > 0) html.Line("p", string.Create(CultureInfo.InvariantCulture, $"And {more} more, which veridicom verify --json lists."));
    }

    private static void Parts(HtmlWriter html, Verdict verdict)
    {
        var states = Enum.GetValues<Part>().GroupBy(part => verdict.Parts.GetValueOrDefault(part)).OrderByDescending(group => group.Key);
        html.Open("p").Line("strong", "Parts: ");
        html.Text(string.Join("; ", states.Select(group => $"{string.Join(", ", group.Select(ReportWords.Of))} {ReportWords.Of(group.Key)}")) + ".").Close("p");
    }

    private static void Chain(HtmlWriter html, Verdict verdict)
    {
        html.Open("div").Line("strong", "Seals that the file carries, the oldest first").Open("ol");
        foreach (SealInfo seal in verdict.Seals)
        {
            html.Open("li").Value(seal.Signer ?? "unreadable");
            if (seal.Statement is { } statement) html.Text(", " + ReportWords.Of(statement.Claims.Purpose));
            if (seal.SealedAt is { } at) html.Text(", " + Utc(at));
            html.Text($": {ReportWords.Of(seal.Verdict).Title} by itself").Close("li");
        }
        html.Close("ol").Close("div");
    }

    /// <summary>What failed and what was not done, each with its reason; what passed in one sentence.</summary>
    private static void Checks(HtmlWriter html, Verdict verdict)
    {
        html.Open("details", "print").Line("summary", string.Create(CultureInfo.InvariantCulture,
            $"Checks of this file: {verdict.Checks.Count(c => c.Status == CheckStatus.Passed)} passed, {verdict.Checks.Count(c => c.Status == CheckStatus.Failed)} failed, {verdict.Checks.Count(c => c.Status == CheckStatus.NotChecked)} not checked"));
        html.Open("div");
        foreach (CheckStatus status in (CheckStatus[])[CheckStatus.Failed, CheckStatus.NotChecked])
        {
            if (!verdict.Checks.Any(c => c.Status == status)) continue;
            html.Line("p", status == CheckStatus.Failed ? "Failed:" : "Not checked:", "lead").Open("ul");
            foreach (Check check in verdict.Checks.Where(c => c.Status == status))
            {
                html.Open("li").Value(ReportWords.OfCheck(check.Name));
                if (check.Text.Length > 0) html.Text(" (").Value(check.Text, LongestReason).Text(")");
                html.Close("li");
            }
            html.Close("ul");
        }
        if (verdict.Checks.Any(c => c.Status == CheckStatus.Passed))
            html.Open("p").Text("Passed: ").Value(string.Join("; ", verdict.Checks.Where(c => c.Status == CheckStatus.Passed).Select(c => ReportWords.OfCheck(c.Name)).Distinct()), 4000).Text(".").Close("p");
        html.Close("div").Close("details");
    }
}
