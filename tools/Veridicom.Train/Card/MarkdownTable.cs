using System.Globalization;
using System.Text;

namespace Veridicom.Train.Card;

/// <summary>A table as Markdown has it; numbers in it look the same on every machine.</summary>
internal sealed class MarkdownTable
{
    private readonly StringBuilder _text = new();

    /// <summary>With its headings; the first column holds words, the others numbers.</summary>
    public MarkdownTable(params string[] headings)
    {
        Row(headings);
        Row([.. headings.Select((_, i) => i == 0 ? "---" : "---:")]);
    }

    /// <summary>One row.</summary>
    public void Row(params string[] cells) => _text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");

    /// <summary>A figure to three places.</summary>
    public static string Figure(double value) => double.IsNaN(value) ? "-" : value.ToString("0.000", CultureInfo.InvariantCulture);

    /// <summary>A share in percent, with the count that it comes from.</summary>
    public static string Share(int count, int of) => of == 0 ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100.0 * count / of:0.0} % ({count})");

    /// <inheritdoc/>
    public override string ToString() => _text.ToString();
}
