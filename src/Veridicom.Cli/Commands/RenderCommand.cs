using System.CommandLine;
using System.Globalization;
using Veridicom.Cli.Files;
using Veridicom.Cli.Reports;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Veridicom.Pixels.Rendering;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Commands;

/// <summary>render: one frame as a PNG file.</summary>
public static class RenderCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var file = new Argument<string>("FILE") { Description = "A DICOM file." };
        var frame = new Option<string>("--frame") { Description = "Which frame, from 1.", HelpName = "N", DefaultValueFactory = _ => "1" };
        var target = new Option<string>("--out", "-o") { Description = "The PNG file to write; one that exists is not overwritten.", HelpName = "X.png", Required = true };
        Option<string?> window = Window();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("render", "Writes a frame as a PNG file, mapped to brightness by the file's own window or table; without overlays.") { file, frame, target, window, json };
        command.SetAction(parsed =>
        {
            string path = parsed.GetRequiredValue(file), output = parsed.GetRequiredValue(target);
            int number = ParseFrame(parsed.GetRequiredValue(frame));
            Window? asked = ParseWindow(parsed.GetValue(window));
            if (!output.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) throw FaultException.Usage($"'{output}' is no name of a PNG file", "let it end in .png");
            using OpenedFile opened = NamedFile.Open(path);
            FrameRendering frames = Frames(surroundings, path, NamedFile.Parse(path, opened));
            if (number > frames.Geometry.Frames)
                throw FaultException.Usage(string.Create(CultureInfo.InvariantCulture, $"{path}: there is no frame {number}"),
                    frames.Geometry.Frames == 1 ? "it has one: leave --frame away" : string.Create(CultureInfo.InvariantCulture, $"name one from 1 to {frames.Geometry.Frames}"));
            RenderedFrame rendered = Render(path, frames, number, asked);
            var written = new AtomicOutput(surroundings.Stop);
            written.Write(output, stream => stream.Write(rendered.Picture.ToPng()), replace: false);
            written.Complete();
            if (parsed.GetValue(json)) Report(surroundings, path, number, frames, output, rendered);
            else
            {
                surroundings.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{TextDisplay.Escape(path)} frame {number} of {frames.Geometry.Frames}  ->  {TextDisplay.Escape(output)}  {rendered.Picture.Width} x {rendered.Picture.Height}, {rendered.Windowing.Text}"));
            }
            return 0;
        });
        return command;
    }

    private static Option<string?> Window() => new("--window")
    {
        Description = "Map values around centre C over width W to brightness instead, in the unit of the file (HU in CT): --window 40,400.",
        HelpName = "C,W",
    };

    private static int ParseFrame(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number > 0
        ? number : throw FaultException.Usage($"'{text}' is no number of a frame", "write a number from 1: --frame 12");

    private static Window? ParseWindow(string? text) => text is null ? null : Pixels.Rendering.Window.TryParse(text, out Window window)
        ? window : throw FaultException.Usage($"'{text}' is no window", "write centre and width, the width at least 1: --window 40,400");

    private static FrameRendering Frames(Surroundings surroundings, string path, DicomFile file) =>
        FrameRendering.Open(file, surroundings.Jpeg2000, out string reason) ?? throw FaultException.Bad("no-picture", path, reason, "name a file with pixels that can be shown");

    private static RenderedFrame Render(string path, FrameRendering frames, int number, Window? window)
    {
        try
        {
            RenderedFrame rendered = frames.Render(number - 1, window);
            return window is null || rendered.Windowing.Source != WindowSource.Colour ? rendered
                : throw FaultException.Usage("colours are shown as they are", "leave --window away");
        }
        catch (Exception e) when (Fault.From(e, path) is { } fault)
        {
            throw new FaultException(fault);
        }
    }

    private static void Report(Surroundings surroundings, string path, int number, FrameRendering frames, string output, RenderedFrame rendered) => new JsonLine(surroundings.Out).Write(json =>
    {
        json.WriteString("path", path);
        json.WriteNumber("exitCode", 0);
        json.WriteString("output", output);
        json.WriteNumber("frame", number);
        json.WriteNumber("frames", frames.Geometry.Frames);
        json.WriteNumber("width", rendered.Picture.Width);
        json.WriteNumber("height", rendered.Picture.Height);
        json.WriteBoolean("colour", rendered.Picture.Channels == 3);
        json.WriteStartObject("windowing");
        json.WriteString("source", rendered.Windowing.Source.Word());
        if (rendered.Windowing.Window is { } window)
        {
            json.WriteNumber("centre", window.Centre);
            json.WriteNumber("width", window.Width);
            json.WriteString("function", window.Function.Word());
        }
        json.WriteBoolean("inverted", rendered.Windowing.Inverted);
        json.WriteEndObject();
    });
}
