using System.CommandLine;
using System.Globalization;
using Veridicom.Cli.Detection;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Forensics;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Seals.Manifest;

namespace Veridicom.Cli.Commands;

/// <summary>detect calibrate: a hospital's own real images set its thresholds.</summary>
public static class DetectCalibrateCommand
{
    private const double UsualRate = 0.05;

    private sealed record Scored(IReadOnlyList<CalibrationSample> Samples, string Modality);

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var folder = new Argument<string>("DIR") { Description = "A folder with real images of the site, of the kinds that will be judged: DICOM, PNG and JPEG." };
        var site = new Option<string>("--site") { Description = "Name of the site: small letters, digits and hyphens. Earlier thresholds of that name are replaced.", HelpName = "NAME", Required = true };
        var rate = new Option<double>("--alarm-rate") { Description = "False alarms promised, as a share of real patients.", HelpName = "RATE", DefaultValueFactory = _ => UsualRate };
        Option<bool> json = SharedOptions.Json(), quiet = SharedOptions.Quiet();
        var command = new Command("calibrate", "Sets a site's thresholds on its own real images, so that the promised rate of false alarms holds there.") { folder, site, rate, json, quiet };
        command.SetAction(parsed => Run(surroundings, parsed.GetRequiredValue(folder), parsed.GetRequiredValue(site), parsed.GetValue(rate), parsed.GetValue(json), parsed.GetValue(quiet)));
        return command;
    }

    private static int Run(Surroundings surroundings, string folder, string name, double rate, bool asJson, bool quiet)
    {
        var sites = new SiteFolder(surroundings);
        string target = sites.PathOf(name); // before hours of work, not after
        if (!(rate is >= ConformalCalibration.LowestRate and <= ConformalCalibration.HighestRate))
            throw FaultException.Usage("--alarm-rate is out of range", string.Create(CultureInfo.InvariantCulture, $"{ConformalCalibration.LowestRate} to {ConformalCalibration.HighestRate}"));
        if (!Directory.Exists(folder)) throw FaultException.World("not-found", folder, "is no folder", "name the folder of the site's real images");
        GenerationModel model = GenerationModel.Shipped;
        var samples = new List<CalibrationSample>();
        var modalities = new SortedSet<string>(StringComparer.Ordinal);
        int images = 0, unjudged = 0;
        int code = FileRun.Run(surroundings, [folder], asJson || quiet, Look, Tell, kind: FileKind.Picture);
        int groups = ConformalCalibration.Groups(samples), fewest = ConformalCalibration.FewestGroups(rate);
        if (groups < fewest)
            throw FaultException.Bad("too-few", folder, string.Create(CultureInfo.InvariantCulture, $"images of {groups} {(groups == 1 ? "patient" : "patients")} that can be judged are too few to promise {rate * 100:0.##} % false alarms: at least {fewest} are needed"),
                "add real images of other patients, or ask for a higher --alarm-rate");
        if (modalities.Count == 0) throw FaultException.Bad("modality", folder, "holds no image whose modality is a word of DICOM", "correct Modality (0008,0060) of the images");
        Thresholds thresholds = ConformalCalibration.Set(name, samples, rate) with { Modalities = [.. modalities.Take(SiteThresholds.MostModalities)] };
        var set = new SiteThresholds(thresholds, ModelIdentity.Of(model), rate, images, surroundings.Now);
        (double low, double high) = ConformalCalibration.Reached(groups, rate);
        IReadOnlyList<LeaveOutPart> parts = ConformalCalibration.LeaveOut(samples, rate);
        sites.Write(set, surroundings.Stop);
        if (asJson) WriteJson(surroundings, set, groups, (low, high), parts, target);
        else if (!quiet) Write(surroundings.Out, set, groups, unjudged, (low, high), parts, target);
        return code;

        Scored Look(Input input, OpenedFile opened)
        {
            using PictureFile? file = ImageOpening.Open(input, opened, surroundings.Jpeg2000);
            if (file is null) return new Scored([], Thresholds.NoModality);
            InstanceFacts? facts = file.Dicom is { } dicom ? InstanceFacts.Read(dicom.DataSet) : null;
            // patients as the file tells them apart; where it does not, each image counts as another
            string group = facts is { PatientId.Length: > 0 } ? "id " + facts.PatientId : facts is { HasStudy: true } ? "study " + facts.Study : "file " + input.Place;
            return new Scored(Detector.FramesToJudge(file.Frames).Select(frame => model.Score(file.Judged(frame))).OfType<GenerationScore>().Select(score => new CalibrationSample(group, score.Raw, score.Strangeness)).ToList(), Detector.ModalityOf(file) ?? Thresholds.NoModality);
        }

        int Tell(Input input, Attempt<Scored> attempt)
        {
            if (attempt.Value is { } scored)
            {
                samples.AddRange(scored.Samples);
                if (scored.Samples.Count > 0)
                {
                    images++;
                    // what is no modality is none that an image may be judged as
                    if (scored.Modality == Thresholds.NoModality || (Detector.IsModality(scored.Modality) && modalities.Count < SiteThresholds.MostModalities)) modalities.Add(scored.Modality);
                }
                else unjudged++;
                return 0;
            }
            if (asJson) new JsonLine(surroundings.Out).Write(json => DetectionJson.Write(json, input.Name, attempt.Fault!));
            else surroundings.Error.WriteLine("veridicom: " + attempt.Fault);
            return attempt.Fault!.ExitCode;
        }
    }

    private static void Write(TextWriter output, SiteThresholds set, int groups, int unjudged, (double Low, double High) reached, IReadOnlyList<LeaveOutPart> parts, string target)
    {
        Thresholds t = set.Thresholds;
        Line($"{t.Site}: thresholds set on {set.Images} real images of {groups} patients (a file that names none counts as one), for {set.AlarmRate * 100:0.##} % false alarms");
        if (unjudged > 0) Line($"left out       {unjudged} files without an image, or with one too small to be judged");
        Line($"modalities     {string.Join(", ", t.Modalities!.Select(one => one == Thresholds.NoModality ? "none named: radiographs" : one))}; the score of others will decide nothing");
        Line($"inconclusive   from raw score {t.Inconclusive:0.0000}");
        Line($"generation     from raw score {t.Generation:0.0000}");
        Line($"strange        above {t.Strangeness:0.0000}: inconclusive, whatever the score");
        Line($"expected       at most {set.AlarmRate * 100:0.##} of 100 real patients flagged, on average over calibrations; this one lies between {reached.Low * 100:0.0} and {reached.High * 100:0.0} of 100 with a probability of 90 %");
        if (parts.Count == 0) Line($"check          too few patients to leave a part out: {ConformalCalibration.FewestGroups(set.AlarmRate)} must be left");
        else Line($"check          a fifth left out at a time, in the order of names, judged by the others: {string.Join(", ", parts.Select(part => string.Create(CultureInfo.InvariantCulture, $"{part.Alarms} of {part.Groups}")))} flagged");
        Line($"model          {set.Model}");
        Line($"kept in        {Dicom.Text.TextDisplay.Escape(target)}");
        output.WriteLine();
        Line($"It holds for images like these: the same devices, projections and processing. Use it: veridicom detect PATH --site {t.Site}");

        void Line(FormattableString text) => output.WriteLine(text.ToString(CultureInfo.InvariantCulture));
    }

    private static void WriteJson(Surroundings surroundings, SiteThresholds set, int groups, (double Low, double High) reached, IReadOnlyList<LeaveOutPart> parts, string target) => new JsonLine(surroundings.Out).Write(json =>
    {
        json.WriteString("site", set.Thresholds.Site);
        json.WriteNumber("exitCode", 0);
        json.WriteString("output", target);
        json.WriteString("model", set.Model);
        json.WriteNumber("alarmRate", set.AlarmRate);
        json.WriteNumber("images", set.Images);
        json.WriteNumber("patients", groups);
        json.WriteStartArray("modalities");
        foreach (string modality in set.Thresholds.Modalities!) json.WriteStringValue(modality);
        json.WriteEndArray();
        json.WriteNumber("inconclusive", set.Thresholds.Inconclusive);
        json.WriteNumber("generation", set.Thresholds.Generation);
        json.WriteNumber("strangeness", set.Thresholds.Strangeness);
        json.WriteStartArray("expected");
        json.WriteNumberValue(reached.Low);
        json.WriteNumberValue(reached.High);
        json.WriteEndArray();
        json.WriteStartArray("leaveOut");
        foreach (LeaveOutPart part in parts)
        {
            json.WriteStartObject();
            json.WriteNumber("patients", part.Groups);
            json.WriteNumber("alarms", part.Alarms);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    });
}
