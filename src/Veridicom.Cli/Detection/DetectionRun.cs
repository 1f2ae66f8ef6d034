using System.Collections.Concurrent;
using Veridicom.Cli.Files;
using Veridicom.Cli.Pictures;
using Veridicom.Forensics;
using Veridicom.Forensics.Manipulation;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Detection;

/// <summary>One run of detect over many images.</summary>
/// <param name="surroundings">Where to write.</param>
/// <param name="detector">Judges.</param>
/// <param name="elsewhere">A model elsewhere that is asked, too; null for none.</param>
/// <param name="log">Results of this and earlier runs; null where none are kept.</param>
/// <param name="pictures">Where pictures of findings go; null for nowhere.</param>
/// <param name="series">Where slices are taken down to be compared with their neighbours; null where they are not.</param>
internal sealed class DetectionRun(Surroundings surroundings, Detector detector, InferenceModel? elsewhere, DetectionLog? log, FindingFolder? pictures, SeriesLedger? series)
{
    private readonly ConcurrentDictionary<Input, (long Length, long Written)> _stamps = new();
    private int _noImage, _earlier, _earlierCode, _outsideFaults;
    private readonly string? _localModel = series is null ? null : ModelIdentity.Of(LocalModel.Shipped);
    private string? _outsideFault;

    /// <summary>Judges what the paths stand for; the worst exit code of all.</summary>
    public int Run(IReadOnlyList<string> paths, bool asJson, bool quiet)
    {
        var table = new DetectionTable(surroundings, quiet, detailed: paths.Count == 1 && File.Exists(paths[0]));
        var lines = new JsonLine(surroundings.Out);
        int code = FileRun.Run(surroundings, paths, asJson || quiet, Look, Tell, kind: FileKind.Picture, leaveOut: log is null ? null : IsDone);
        code = VerdictWords.Worse(code, _earlierCode);
        pictures?.Complete();
        foreach (SeriesOpinion opinion in series?.Judge() ?? [])
        {
            if (asJson) lines.Write(json => DetectionJson.Write(json, opinion));
            else table.Write(opinion);
            code = VerdictWords.Worse(code, Detected.Code(opinion.Opinion));
        }
        if (!quiet && !asJson)
        {
            if (_noImage > 0) surroundings.Error.WriteLine($"veridicom: passed over {_noImage} DICOM {(_noImage == 1 ? "object" : "objects")} without an image");
            if (_earlier > 0) surroundings.Error.WriteLine($"veridicom: {_earlier} of these files were judged by an earlier run and are not shown again");
            table.WriteSummary(detector.Model, detector.Thresholds);
        }
        if (_outsideFaults > 0) surroundings.Error.WriteLine($"veridicom: the model '{elsewhere!.Name}' said nothing of {_outsideFaults} images: {_outsideFault}");
        return code;

        bool IsDone(Input input)
        {
            if (DetectionLog.StampOf(input) is not { } stamp) return false;
            if (log!.IsDone(input.Place, stamp, out Opinion opinion, out int exitCode))
            {
                table.Count(opinion, 1);
                series?.AddUnread(input);
                _earlier++;
                _earlierCode = VerdictWords.Worse(_earlierCode, exitCode);
                return true;
            }
            _stamps[input] = stamp;
            return false;
        }

        int Tell(Input input, Attempt<Detected> attempt)
        {
            _stamps.TryRemove(input, out (long Length, long Written) stamp);
            if (attempt.Fault is { } fault)
            {
                if (asJson) lines.Write(json => DetectionJson.Write(json, input.Name, fault));
                else table.Write(fault);
                return fault.ExitCode;
            }
            Detected detected = attempt.Value!;
            if (detected.Found is null)
            {
                _noImage++;
                return 0;
            }
            if (detected.Slice is { } slice) series?.Add(slice);
            if (detected.OutsideFault is not null)
            {
                _outsideFaults++;
                _outsideFault ??= detected.OutsideFault;
            }
            if (asJson) lines.Write(json => DetectionJson.Write(json, input.Name, detected, detector.Model.TrainedOn, _localModel));
            else table.Write(input.Name, detected);
            // what lacks an answer of the other model is asked again by the next run
            if (log is not null && detected.OutsideFault is null && input.FilePath is not null) log.Add(input.Place, stamp, json => DetectionJson.Write(json, input.Name, detected, detector.Model.TrainedOn, _localModel));
            return detected.ExitCode;
        }
    }

    private Detected Look(Input input, OpenedFile opened)
    {
        using PictureFile? file = ImageOpening.Open(input, opened, surroundings.Jpeg2000);
        if (file is null) return Detected.NoImage;
        string? fault = null;
        FileOpinion found = detector.Judge(file, elsewhere is null ? null : shown => Ask(shown, ref fault));
        return new Detected(found, pictures?.Draw(input, file, found) ?? [], series is null ? null : SeriesSlice.Of(input, file), fault);
    }

    private Evidence Ask(GrayPicture shown, ref string? fault)
    {
        Evidence evidence = elsewhere!.Judge(shown, out string? problem);
        fault ??= problem;
        return evidence;
    }
}
