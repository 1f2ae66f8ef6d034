using System.Text;
using Veridicom.Dicom.Text;

namespace Veridicom.Cli.Reports;

/// <summary>Columns of text, as wide as they must be. Cells are escaped: what a file says cannot act on the terminal.</summary>
public sealed class ColumnTable(params string[] heads)
{
    private readonly List<string[]> _rows = [];

    /// <summary>Rows added so far.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds a row.</summary>
    public void Add(params string[] cells)
    {
        if (cells.Length != heads.Length) throw new ArgumentException("A row has a cell for every column.", nameof(cells));
        _rows.Add(Array.ConvertAll(cells, TextDisplay.Escape));
    }

    /// <summary>Writes the heads, unless all are empty, and the rows; the last column is not padded.</summary>
    public void WriteTo(TextWriter output)
    {
        var widths = new int[heads.Length];
        foreach (string[] row in _rows.Prepend(heads))
        {
            for (int i = 0; i < row.Length; i++) widths[i] = Math.Max(widths[i], row[i].Length);
        }
        if (heads.Any(h => h.Length > 0)) Line(output, heads, widths);
        foreach (string[] row in _rows) Line(output, row, widths);
    }

    private static void Line(TextWriter output, string[] row, int[] widths)
    {
        var line = new StringBuilder();
        for (int i = 0; i < row.Length; i++)
        {
            line.Append(row[i]);
            if (i < row.Length - 1) line.Append(' ', widths[i] - row[i].Length + 2);
        }
        output.WriteLine(line.ToString().TrimEnd());
    }
}
