using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Veridicom.Cli.Files;
using Veridicom.Cli.Pictures;
using Veridicom.Cli.Reports;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Veridicom.Pixels;
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
        var picture = new Option<string?>("--picture") { Description = "Draw A, B and where they differ: the first frame that does into a .png file, or each into a new or empty folder.", HelpName = "DIR|FILE" };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("diff", "Shows the attributes and pixels that differ between two files, whatever their transfer syntaxes, and finds a picture that was cropped or shifted. Exit code 1 where any do.") { first, second, picture, json };
        command.SetAction(parsed =>
        {
            string a = parsed.GetRequiredValue(first), b = parsed.GetRequiredValue(second);
            using OpenedFile openedA = NamedFile.Open(a), openedB = NamedFile.Open(b);
            DicomFile fileA = NamedFile.Parse(a, openedA), fileB = NamedFile.Parse(b, openedB);
            DifferenceReport report = Differences.Compare(fileA, fileB, surroundings.Jpeg2000);
            int exitCode = report.IsSame ? 0 : report.Pixels == PixelComparisonState.NotComparable && report.Attributes.Count == 0 ? Fault.BadInput : Differs;
            (Registered? registered, IReadOnlyList<string> pictures) = Look(surroundings, fileA, fileB, report, parsed.GetValue(picture));
            if (parsed.GetValue(json)) new JsonLine(surroundings.Out).Write(w => Write(w, a, b, report, registered, pictures, exitCode));
            else
            {
                Write(surroundings.Out, report);
                Write(surroundings.Out, registered, pictures);
            }
            return exitCode;
        });
        return command;
    }

    /// <summary>Looks for B on A where their pixels are not the same, and draws both where that is asked for.</summary>
    private static (Registered? Registered, IReadOnlyList<string> Pictures) Look(Surroundings surroundings, DicomFile a, DicomFile b, DifferenceReport report, string? target)
    {
        bool differ = report.Pixels is PixelComparisonState.Different or PixelComparisonState.NotComparable;
        if (!differ && target is null) return (null, []);
        try
        {
            if (SideBySide.Of(a, b, surroundings.Jpeg2000, out string reason) is not { } both)
                return target is null ? (null, []) : throw FaultException.Bad("no-picture", null, reason, "leave --picture away");
            if (differ) both.Register(report.Frames.Count > 0 ? report.Frames[0].Box.Frame - 1 : 0);
            if (target is null) return (both.Registered, []);
            var output = new AtomicOutput(surroundings.Stop);
            IReadOnlyList<FrameDifference> frames = both.Registered?.Frames ?? report.Frames;
            IReadOnlyList<string> pictures = both.Draw(target, [.. frames.Select(f => f.Box.Frame)], output);
            output.Complete();
            return (both.Registered, pictures);
        }
        catch (PixelException) when (target is null)
        {
            return (null, []); // the report says that the pixels cannot be compared, and why
        }
    }

    private static void Write(TextWriter output, Registered? registered, IReadOnlyList<string> pictures)
    {
        if (registered is not null)
        {
            output.WriteLine("~ pixels: " + registered.Text);
            foreach (FrameDifference f in registered.Frames)
            {
                PixelBox box = f.Box;
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"~ shared pixels of frame {box.Frame}: {f.Cells} differ, by at most {f.MaxDifference}, in columns {box.Column} to {box.Column + box.Width - 1}, rows {box.Row} to {box.Row + box.Height - 1} of B"));
            }
        }
        foreach (string picture in pictures) output.WriteLine("  picture: " + TextDisplay.Escape(picture));
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

    private static void Write(Utf8JsonWriter json, string a, string b, DifferenceReport report, Registered? registered, IReadOnlyList<string> pictures, int exitCode)
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
        Frames(report.Frames, "cells");
        if (report.MoreFrames > 0) json.WriteNumber("moreFrames", report.MoreFrames);
        if (registered is not null)
        {
            json.WriteStartObject("registration");
            json.WriteString("relation", registered.Relation.Word());
            json.WriteNumber("columns", registered.Shift.Columns);
            json.WriteNumber("rows", registered.Shift.Rows);
            json.WriteNumber("shared", registered.Shift.Overlap);
            json.WriteNumber("equal", registered.Shift.Equal);
            json.WriteNumber("alike", registered.Shift.Alike);
            Frames(registered.Frames, "pixels");
            json.WriteEndObject();
        }
        json.WriteEndObject();
        if (pictures.Count > 0) Names("pictures", pictures);
        Names("sealsOnlyInA", report.SealsOnlyInA);
        Names("sealsOnlyInB", report.SealsOnlyInB);
        Names("signaturesOnlyInA", report.SignaturesOnlyInA);
        Names("signaturesOnlyInB", report.SignaturesOnlyInB);

        void Frames(IReadOnlyList<FrameDifference> frames, string counted)
        {
            json.WriteStartArray("frames");
            foreach (FrameDifference f in frames)
            {
                json.WriteStartObject();
                json.WriteNumber("frame", f.Box.Frame);
                json.WriteStartArray("box");
                foreach (int n in (int[])[f.Box.Column, f.Box.Row, f.Box.Width, f.Box.Height]) json.WriteNumberValue(n);
                json.WriteEndArray();
                json.WriteNumber(counted, f.Cells);
                if (double.IsFinite(f.MaxDifference)) json.WriteNumber("maxDifference", f.MaxDifference);
                else json.WriteNull("maxDifference");
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }

        void Names(string name, IReadOnlyList<string> names)
        {
            json.WriteStartArray(name);
            foreach (string one in names) json.WriteStringValue(one);
            json.WriteEndArray();
        }
    }
}
