namespace Veridicom.Cli.Audits;

/// <summary>One value of an attribute of images, and how many of each label have it.</summary>
/// <param name="Value">The value.</param>
/// <param name="Counts">Images of each label, in the order of the labels.</param>
internal sealed record AssociationRow(string Value, int[] Counts);

/// <summary>
/// How far labels can be read off something that is no part of the picture, such as the format of the file: Cramer's V from 0, not at all, to 1, entirely; corrected for its bias (Bergsma
/// 2013), since many rare values always seem to say something.
/// </summary>
/// <param name="Attribute">What it is: 'format', 'size'...</param>
/// <param name="Labels">Labels, the most frequent first.</param>
/// <param name="Rows">Values, the most frequent first.</param>
/// <param name="V">0..1.</param>
/// <param name="Images">Images counted.</param>
internal sealed record Association(string Attribute, IReadOnlyList<string> Labels, IReadOnlyList<AssociationRow> Rows, double V, int Images)
{
    /// <summary>From here a label and an attribute hang together enough to be told.</summary>
    public const double Strong = 0.5;

    /// <summary>From here a model needs to look at nothing else.</summary>
    public const double Entire = 0.95;

    /// <summary>Fewer images than this say nothing.</summary>
    public const int FewestImages = 20;

    /// <summary>The most labels and values; rarer ones are counted together.</summary>
    public const int MostValues = 24;

    private const string Others = "(others)";

    /// <summary>Of pairs of a label and a value; null where there are too few images, or only one label or value.</summary>
    public static Association? Of(string attribute, IReadOnlyCollection<(string Label, string Value)> images)
    {
        if (images.Count < FewestImages) return null;
        string[] labels = Frequent(images.Select(image => image.Label)), values = Frequent(images.Select(image => image.Value));
        if (labels.Length < 2 || values.Length < 2) return null;
        var table = new int[values.Length, labels.Length];
        foreach ((string label, string value) in images) table[Place(values, value), Place(labels, label)]++;
        AssociationRow[] rows = [.. values.Select((value, r) => new AssociationRow(value, [.. labels.Select((_, c) => table[r, c])]))];
        return new Association(attribute, labels, rows, Measure(table, images.Count), images.Count);
    }

    private static double Measure(int[,] table, int n)
    {
        int rows = table.GetLength(0), columns = table.GetLength(1);
        var down = new double[rows];
        var across = new double[columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                down[r] += table[r, c];
                across[c] += table[r, c];
            }
        }
        double chi = 0;
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                double expected = down[r] * across[c] / n;
                if (expected > 0) chi += (table[r, c] - expected) * (table[r, c] - expected) / expected;
            }
        }
        double phi = Math.Max(0, chi / n - (rows - 1.0) * (columns - 1.0) / (n - 1.0));
        double r1 = rows - (rows - 1.0) * (rows - 1.0) / (n - 1.0), c1 = columns - (columns - 1.0) * (columns - 1.0) / (n - 1.0);
        double most = Math.Min(r1, c1) - 1;
        return most <= 0 ? 0 : Math.Clamp(Math.Sqrt(phi / most), 0, 1);
    }

    private static string[] Frequent(IEnumerable<string> values)
    {
        List<string> all = [.. values.GroupBy(value => value, StringComparer.Ordinal).OrderByDescending(group => group.Count()).ThenBy(group => group.Key, StringComparer.Ordinal).Select(group => group.Key)];
        return all.Count <= MostValues ? [.. all] : [.. all.Take(MostValues - 1), Others];
    }

    private static int Place(string[] frequent, string value) => Array.IndexOf(frequent, value) is >= 0 and var place ? place : frequent.Length - 1;
}
