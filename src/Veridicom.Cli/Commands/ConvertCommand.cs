using System.CommandLine;
using Veridicom.Cli.Files;
using Veridicom.Cli.Reports;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Veridicom.Pixels.Transcoding;

namespace Veridicom.Cli.Commands;

/// <summary>convert: the same image in another lossless transfer syntax.</summary>
public static class ConvertCommand
{
    private static readonly (string Name, TransferSyntax Syntax)[] Names =
    [
        ("implicit", TransferSyntax.ImplicitVrLittleEndian), ("explicit", TransferSyntax.ExplicitVrLittleEndian), ("big-endian", TransferSyntax.ExplicitVrBigEndian),
        ("deflated", TransferSyntax.DeflatedExplicitVrLittleEndian), ("rle", TransferSyntax.RleLossless), ("jpeg-ls", TransferSyntax.JpegLsLossless),
    ];

    private sealed record Converted(string Output, TransferSyntax From, TransferSyntax To, bool Unchanged, bool FromLossy, long LengthBefore, long Length);

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        Argument<string[]> paths = SharedOptions.Paths("What to convert");
        var to = new Option<string>("--to") { Description = "The transfer syntax to write: " + string.Join(", ", Names.Select(n => n.Name)) + ".", HelpName = "SYNTAX", Required = true };
        Option<string?> outFolder = SharedOptions.Out("Write the files into this folder, under the names they have below the folders named.");
        outFolder.Required = true;
        var lossy = new Option<bool>("--decompress-lossy") { Description = "Also decompress pixels that were compressed with loss; what was lost stays lost, and the files say so. Subsampled colours change their label, so that a seal reports the file as altered." };
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("convert", "Writes files in another lossless transfer syntax: the same pixels, and all else that is not about their encoding. Seals over samples stay valid. Files without pixels are not compressed but copied.") { paths, to, outFolder, lossy, json, quiet };
        command.SetAction(parsed =>
        {
            bool asJson = parsed.GetValue(json), isQuiet = parsed.GetValue(quiet), lossyAllowed = parsed.GetValue(lossy);
            string[] named = parsed.GetRequiredValue(paths);
            TransferSyntax target = SyntaxOf(parsed.GetRequiredValue(to));
            OutputPlan plan = OutputPlan.Of(parsed.GetValue(outFolder), inPlace: false, detached: false, named);
            var output = new AtomicOutput(surroundings.Stop);
            var lines = new JsonLine(surroundings.Out);
            return FileRun.Run(surroundings, named, asJson || isQuiet, Work, Report, output);

            Converted Work(Input input, OpenedFile opened)
            {
                string path = plan.TargetOf(input);
                DicomFile file = DicomFile.Parse(opened.Source);
                Transcoder? transcoder = Open(file);
                long before = opened.Source.Length, length = 0;
                output.Write(path, stream =>
                {
                    if (transcoder is null) file.WriteTo(stream);
                    else transcoder.WriteTo(stream);
                    length = stream.Length;
                }, replace: false, beforeRename: opened.Finish);
                return new Converted(path, file.TransferSyntax, transcoder is null ? file.TransferSyntax : target, transcoder?.IsUnchanged ?? true, transcoder?.IsFromLossy ?? false, before, length);
            }

            // reports and manifests stay with the images of their study, as they are: there is nothing in them to compress
            Transcoder? Open(DicomFile file)
            {
                try
                {
                    return Transcoder.Open(file, target, lossyAllowed, surroundings.Jpeg2000);
                }
                catch (TranscodingException e) when (e.Code == TranscodingError.NoPixels)
                {
                    return null;
                }
            }

            int Report(Input input, Attempt<Converted> attempt)
            {
                if (asJson) lines.Write(w => Write(w, input, attempt));
                if (attempt.Value is not { } done)
                {
                    if (!asJson) surroundings.Error.WriteLine("veridicom: " + attempt.Fault);
                    return attempt.Fault!.ExitCode;
                }
                if (!asJson && !isQuiet) surroundings.Out.WriteLine($"{(done.Unchanged ? "copied" : "converted"),-11}{TextDisplay.Escape(input.Name)}  ->  {TextDisplay.Escape(done.Output)}{(done.FromLossy ? "  (had lost detail before)" : "")}");
                return 0;
            }
        });
        return command;
    }

    private static TransferSyntax SyntaxOf(string name)
    {
        foreach ((string known, TransferSyntax syntax) in Names)
        {
            if (known == name || syntax.Uid == name) return syntax;
        }
        throw FaultException.Usage($"'{name}' is no transfer syntax that is written here", "choose one of " + string.Join(", ", Names.Select(n => n.Name)));
    }

    private static void Write(System.Text.Json.Utf8JsonWriter json, Input input, Attempt<Converted> attempt)
    {
        json.WriteString("path", input.Name);
        if (attempt.Fault is { } fault)
        {
            JsonLine.NotWritten(json, fault);
            return;
        }
        Converted done = attempt.Value!;
        json.WriteString("result", done.Unchanged ? "copied" : "converted");
        json.WriteNumber("exitCode", 0);
        json.WriteString("output", done.Output);
        json.WriteString("from", done.From.Uid);
        json.WriteString("to", done.To.Uid);
        json.WriteBoolean("fromLossy", done.FromLossy);
        json.WriteNumber("lengthBefore", done.LengthBefore);
        json.WriteNumber("length", done.Length);
    }
}
