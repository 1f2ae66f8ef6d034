using System.Globalization;

namespace Veridicom.Reports.Html.Plots;

/// <summary>One bar.</summary>
/// <param name="Label">What it stands for. May come from a file.</param>
/// <param name="Value">Its length, not below 0.</param>
/// <param name="Text">Its value in words.</param>
/// <param name="Style"><c>bar</c>, <c>warnbar</c> or <c>badbar</c>: said by the words beside it, too.</param>
public sealed record PlotBar(string Label, double Value, string Text, string Style = "bar");

/// <summary>
/// Bars from left to right with their labels and values beside them, as a drawing in the page; what is drawn stands in a table behind it, too, for whoever does not see it. No script.
/// </summary>
public static class BarPlot
{
    private const int Width = 640, LabelWidth = 230, ValueWidth = 120, RowHeight = 24, BarHeight = 15, LongestLabel = 28;

    /// <summary>Writes the drawing and the table.</summary>
    /// <param name="html">The page.</param>
    /// <param name="title">What is drawn, of our own words.</param>
    /// <param name="columns">Heads of the two columns of the table.</param>
    /// <param name="bars">The bars, from the top.</param>
    /// <param name="full">Value of a bar of full length; null for the longest.</param>
    /// <param name="marks">Values at which a line is drawn over all bars.</param>
    /// <param name="span">A stretch that is drawn behind all bars, such as what was expected.</param>
    public static void Write(HtmlWriter html, string title, (string Label, string Value) columns, IReadOnlyList<PlotBar> bars, double? full = null, IReadOnlyList<double>? marks = null, (double From, double To)? span = null)
    {
        ArgumentNullException.ThrowIfNull(html);
        double most = full ?? Math.Max(1e-9, Math.Max(bars.Max(bar => bar.Value), span?.To ?? 0)), room = Width - LabelWidth - ValueWidth;
        int height = bars.Count * RowHeight + 6;
        html.Open("figure").Open("svg", ("viewBox", $"0 0 {Width} {height}"), ("role", "img"), ("aria-label", title + ": " + string.Join("; ", bars.Take(12).Select(bar => $"{bar.Label} {bar.Text}"))));
        if (span is { } s) Rect("back", LabelWidth + room * Math.Min(1, s.From / most), 0, Math.Max(2, room * Math.Min(1, (s.To - s.From) / most)), height);
        for (int i = 0; i < bars.Count; i++)
        {
            PlotBar bar = bars[i];
            double length = room * Math.Clamp(bar.Value / most, 0, 1);
            int top = 3 + i * RowHeight;
            Words(LabelWidth - 8, top + 15, "end", bar.Label.Length > LongestLabel ? bar.Label[..LongestLabel] + "…" : bar.Label);
            Rect(bar.Style, LabelWidth, top + 3, Math.Max(bar.Value > 0 ? 1.5 : 0, length), BarHeight);
            Words(LabelWidth + length + 6, top + 15, "start", bar.Text);
        }
        foreach (double mark in marks ?? [])
        {
            string x = Number(LabelWidth + room * Math.Clamp(mark / most, 0, 1));
            html.Open("line", ("class", "mark"), ("x1", x), ("x2", x), ("y1", "0"), ("y2", Number(height))).Close("line");
        }
        html.Close("svg").Line("figcaption", title).Close("figure");
        html.Open("details", "behind").Line("summary", "The same as a table").Open("div").Open("table").Open("thead").Open("tr").Open("th", ("scope", "col")).Text(columns.Label).Close("th").Open("th", ("scope", "col"), ("class", "number")).Text(columns.Value).Close("th").Close("tr").Close("thead").Open("tbody");
        foreach (PlotBar bar in bars) html.Open("tr").Open("th", ("scope", "row")).Value(bar.Label).Close("th").Line("td", bar.Text, "number").Close("tr");
        html.Close("tbody").Close("table").Close("div").Close("details");

        void Rect(string style, double x, double y, double width, double tall) =>
            html.Open("rect", ("class", style), ("x", Number(x)), ("y", Number(y)), ("width", Number(width)), ("height", Number(tall))).Close("rect");

        void Words(double x, double y, string anchor, string text) => html.Open("text", ("x", Number(x)), ("y", Number(y)), ("text-anchor", anchor)).Text(text).Close("text");
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
