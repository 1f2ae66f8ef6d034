using System.Globalization;

namespace Veridicom.Bench;

/// <summary>One table: what was measured, what is required, and whether it was reached.</summary>
internal sealed class Report
{
    private readonly List<(string What, string Measured, string Required, bool? Met)> _rows = [];

    /// <summary>False once a required figure was missed.</summary>
    public bool AllMet => _rows.All(row => row.Met != false);

    /// <summary>A figure with a bound. Progress is shown while the table grows.</summary>
    public void Add(string what, string measured, string required, bool? met)
    {
        _rows.Add((what, measured, required, met));
        Console.Error.WriteLine($"{what}: {measured}");
    }

    /// <summary>A ratio that must reach a bound.</summary>
    public void AtLeast(string what, double value, double bound, string detail, string aim = "") =>
        Add(what, Text($"{value:0.00}  ({detail})"), Text($">= {bound:0.##}{aim}"), value >= bound);

    /// <summary>A value that must not pass a bound.</summary>
    public void AtMost(string what, double value, double bound, string unit, string detail) =>
        Add(what, Text($"{value:0.00}{unit}  ({detail})"), Text($"<= {bound:0.##}{unit}"), value <= bound);

    /// <summary>Something that this machine does not let us measure.</summary>
    public void NotMeasured(string what, string why, string required) => Add(what, why, required, null);

    /// <summary>Writes the table.</summary>
    public void Write(TextWriter output)
    {
        int what = _rows.Max(row => row.What.Length), measured = _rows.Max(row => row.Measured.Length), required = _rows.Max(row => row.Required.Length);
        output.WriteLine($"{"what".PadRight(what)}  {"measured".PadRight(measured)}  {"required".PadRight(required)}  result");
        output.WriteLine($"{new string('-', what)}  {new string('-', measured)}  {new string('-', required)}  ------");
        foreach ((string w, string m, string r, bool? met) in _rows)
            output.WriteLine($"{w.PadRight(what)}  {m.PadRight(measured)}  {r.PadRight(required)}  {(met switch { true => "met", false => "MISSED", null => "-" })}");
    }

    /// <summary>Formats without regard to the machine's language.</summary>
    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
