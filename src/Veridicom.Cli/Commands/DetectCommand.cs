using System.CommandLine;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Veridicom.Cli.Detection;
using Veridicom.Cli.Home;
using Veridicom.Cli.Pictures;
using Veridicom.Forensics;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Forensics.Manipulation;

namespace Veridicom.Cli.Commands;

/// <summary>detect: an opinion on images that carry no seal.</summary>
public static class DetectCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var paths = new Argument<string[]>("PATH")
        {
            Description = "What to judge: DICOM, PNG and JPEG files, folders (walked), zip archives, or a DICOMDIR.",
            Arity = ArgumentArity.OneOrMore,
        };
        var picture = new Option<string?>("--picture") { Description = "Draw images with changed parts into this new or empty folder, as PNG files with the parts outlined and a heat map beside.", HelpName = "DIR" };
        var noLocal = new Option<bool>("--no-local") { Description = "Do not look for changed parts, nor compare the slices of series: faster." };
        var site = new Option<string?>("--site") { Description = "Use the thresholds that 'detect calibrate' set for this site.", HelpName = "NAME" };
        var resume = new Option<string?>("--resume") { Description = "Keep results in this file, and leave out what stands there unchanged: an interrupted run goes on where it was.", HelpName = "FILE" };
        var url = new Option<string?>("--model-url") { Description = "Also ask a model elsewhere, over the Open Inference Protocol 2 (REST). Images leave this machine.", HelpName = "URL" };
        var name = new Option<string?>("--model-name") { Description = "With --model-url: name of the model there.", HelpName = "NAME" };
        var authorities = new Option<string?>("--model-ca") { Description = "With --model-url: authorities of the server's certificate, PEM, instead of those of the system.", HelpName = "FILE" };
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("detect", "Gives an opinion on images without a seal: signs of generation, signs of manipulation, inconclusive, or no signs found. Never 'authentic'.")
        {
            paths, picture, site, noLocal, resume, url, name, authorities, json, quiet, DetectCalibrateCommand.Create(surroundings),
        };
        command.SetAction(parsed =>
        {
            (string? address, string? asked, string? ca) = (parsed.GetValue(url), parsed.GetValue(name), parsed.GetValue(authorities));
            if (address is null != asked is null || (ca is not null && address is null)) throw FaultException.Usage("a model elsewhere has an address and a name", "name --model-url URL and --model-name NAME");
            GenerationModel model = GenerationModel.Shipped;
            Thresholds thresholds = parsed.GetValue(site) is { } own ? new SiteFolder(surroundings).Read(own, ModelIdentity.Of(model)).Thresholds : model.ShippedThresholds;
            bool local = !parsed.GetValue(noLocal);
            string? resumed = parsed.GetValue(resume), folder = parsed.GetValue(picture);
            if (folder is not null && !local) throw FaultException.Usage("--picture shows the changed parts that --no-local does not look for", "leave one of them out");
            var detector = new Detector(model, thresholds, local);
            using InferenceModel? elsewhere = address is null ? null : InferenceModel.Find(address, asked!, ca, surroundings.Stop);
            using DetectionLog? log = resumed is null ? null : DetectionLog.Open(resumed, HeaderOf(model, thresholds, local, elsewhere));
            FindingFolder? pictures = folder is null ? null : new FindingFolder(folder, surroundings, goesOn: log is { Earlier: > 0 });
            return new DetectionRun(surroundings, detector, elsewhere, log, pictures, local ? new SeriesLedger(surroundings) : null).Run(parsed.GetRequiredValue(paths), parsed.GetValue(json), parsed.GetValue(quiet));
        });
        return command;
    }

    private static LogHeader HeaderOf(GenerationModel model, Thresholds t, bool local, InferenceModel? elsewhere)
    {
        string thresholds = string.Create(CultureInfo.InvariantCulture, $"{t.Site} {t.Inconclusive:R} {t.Generation:R} {t.Strangeness:R} {DigestOf(t.RealScores)}{(t.Modalities is { } known ? " " + string.Join('/', known) : "")}");
        string models = ModelIdentity.Of(model) + (local ? ", local " + ModelIdentity.Of(LocalModel.Shipped) : "");
        return new LogHeader(CommandLine.VersionText, models, thresholds, (local ? "local" : "no local") + (elsewhere is null ? "" : $", model {elsewhere.Name} at {elsewhere.Address}"));
    }

    // the calibrated score of an image depends on each of them
    private static string DigestOf(IReadOnlyList<double> scores) => Convert.ToHexStringLower(SHA256.HashData(MemoryMarshal.AsBytes<double>(scores.ToArray())))[..12];
}
