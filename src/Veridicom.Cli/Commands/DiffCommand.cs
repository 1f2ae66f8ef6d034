using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Veridicom.Cli.Files;
using Veridicom.Cli.Reports;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Commands;

/// <summary>diff: attributes and pixels that differ between two files.</summary>
public static class DiffCommand
{
    private const int Differs = 1;

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var first = new Argument<string>("A") { Description = "A DICOM file." };
        var second = new Argument<string>("B") { Description = "The file to compare it with." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("diff", "Shows the attributes and pixels that differ between two files, whatever their transfer syntaxes. Exit code 1 where any do.") { first, second, json };
        command.SetAction(parsed =>
        {
            string a = parsed.GetRequiredValue(first), b = parsed.GetRequiredValue(second);
            using OpenedFile openedA = NamedFile.Open(a), openedB = NamedFile.Open(b);
            DifferenceReport report = Differences.Compare(NamedFile.Parse(a, openedA), NamedFile.Parse(b, openedB), surroundings.Jpeg2000);
            int exitCode = report.IsSame ? 0 : report.Pixels == PixelComparisonState.NotComparable && report.Attributes.Count == 0 ? Fault.BadInput : Differs;
            if (parsed.GetValue(json)) new JsonLine(surroundings.Out).Write(w => Write(w, a, b, report, exitCode));
            else Write(surroundings.Out, report);
            return exitCode;
        });
        return command;
    }

    private static void Write(TextWriter output, DifferenceReport report)
    {
        if (report.IsSame)
        {
            output.WriteLine("no difference");
            return;
        }
        foreach (AttributeDifference d in report.Attributes)
        {
            char sign = d.Kind switch { DifferenceKind.OnlyInA => '-', DifferenceKind.OnlyInB => '+', _ => '~' };
            string value = d.Kind == DifferenceKind.Changed ? $"{d.A}  ->  {d.B}" : d.A ?? d.B ?? "";
            string path = TextDisplay.Escape(d.Path);
            output.WriteLine($"{sign} {path}{(d.Name == d.Path || d.Name.StartsWith('(') ? "" : " " + d.Name)}  {value}");
        }
        if (report.MoreAttributes > 0) output.WriteLine($"  and {report.MoreAttributes} more attributes");
        foreach (FrameDifference f in report.Frames)
        {
            PixelBox box = f.Box;
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"~ pixels of frame {box.Frame}: {f.Cells} cells differ, by at most {f.MaxDifference}, in columns {box.Column} to {box.Column + box.Width - 1}, rows {box.Row} to {box.Row + box.Height - 1}"));
        }
        if (report.MoreFrames > 0) output.WriteLine($"  and {report.MoreFrames} more frames");
        if (report.PixelNote.Length > 0) output.WriteLine($"{(report.Pixels == PixelComparisonState.Same ? ' ' : '~')} pixels: {report.PixelNote}");
        else if (report.Pixels == PixelComparisonState.Same) output.WriteLine("  pixels: the same");
        Each('-', "seal", report.SealsOnlyInA);
        Each('+', "seal", report.SealsOnlyInB);
        Each('-', "signature", report.SignaturesOnlyInA);
        Each('+', "signature", report.SignaturesOnlyInB);

        void Each(char sign, string what, IReadOnlyList<string> names)
        {
            foreach (string name in names) output.WriteLine($"{sign} {what} {name}");
        }
    }

    private static void Write(Utf8JsonWriter json, string a, string b, DifferenceReport report, int exitCode)
    {
        json.WriteString("a", a);
        json.WriteString("b", b);
        json.WriteBoolean("same", report.IsSame);
        json.WriteNumber("exitCode", exitCode);
        json.WriteStartArray("attributes");
        foreach (AttributeDifference d in report.Attributes)
        {
            json.WriteStartObject();
            json.WriteString("kind", d.Kind.Word());
            json.WriteString("path", d.Path);
            json.WriteString("name", d.Name);
            json.WriteString("a", d.A);
            json.WriteString("b", d.B);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (report.MoreAttributes > 0) json.WriteNumber("moreAttributes", report.MoreAttributes);
        json.WriteStartObject("pixels");
        json.WriteString("state", report.Pixels.Word());
        json.WriteString("note", report.PixelNote);
        json.WriteStartArray("frames");
        foreach (FrameDifference f in report.Frames)
        {
            json.WriteStartObject();
            json.WriteNumber("frame", f.Box.Frame);
            json.WriteStartArray("box");
            foreach (int n in (int[])[f.Box.Column, f.Box.Row, f.Box.Width, f.Box.Height]) json.WriteNumberValue(n);
            json.WriteEndArray();
            json.WriteNumber("cells", f.Cells);
            if (double.IsFinite(f.MaxDifference)) json.WriteNumber("maxDifference", f.MaxDifference);
            else json.WriteNull("maxDifference");
            json.WriteEndObject();
        }
        json.WriteEndArray();
        if (report.MoreFrames > 0) json.WriteNumber("moreFrames", report.MoreFrames);
        json.WriteEndObject();
        Names("sealsOnlyInA", report.SealsOnlyInA);
        Names("sealsOnlyInB", report.SealsOnlyInB);
        Names("signaturesOnlyInA", report.SignaturesOnlyInA);
        Names("signaturesOnlyInB", report.SignaturesOnlyInB);

        void Names(string name, IReadOnlyList<string> names)
        {
            json.WriteStartArray(name);
            foreach (string one in names) json.WriteStringValue(one);
            json.WriteEndArray();
        }
    }
}
