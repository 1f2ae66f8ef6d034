using Veridicom.Cli.Audits.Identity;
using Veridicom.Cli.Audits.Labels;
using Veridicom.Cli.Files;
using Veridicom.Cli.Reports;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>
/// One audit: walks the folder with several workers, takes the files in by their order, then compares them with each other. Memory: about 2 KB for each file, whatever its size.
/// </summary>
internal sealed class DatasetAudit(AuditRequest request, LabelTable labels, FileLook look, Func<AuditedFile, string> shown)
{
    private const int MostPlaces = 2000;
    private readonly List<AuditedFile> _files = [];
    private readonly Duplicates _duplicates = new();
    private readonly Dictionary<(IdentifierKind Kind, string Place), (int Files, string Masked)> _identifiers = [];

    /// <summary>Looks at everything below the folder. Faults of single files are part of the result.</summary>
    public AuditResult Run(Surroundings surroundings, bool silent)
    {
        var inputs = new Inputs([request.Root], FileKind.Picture) { WithHidden = true };
        ProgressLine? progress = surroundings.ErrorIsTerminal && !silent ? new ProgressLine(surroundings.Error, -1) : null;
        int done = 0;
        Workers<AuditedFile?>.Run(inputs, look.Look, Give, surroundings.Workers, surroundings.Stop);
        progress?.Clear();
        if (_files.Count == 0) throw FaultException.Bad("nothing", request.Root, "holds no DICOM, PNG or JPEG file", "name the folder of a data set");
        _duplicates.Finish(_files, (a, b) => a.Patient is not null && a.Patient == b.Patient && a.Label.Split == b.Label.Split, surroundings.Stop);
        return Conclude(surroundings.Now, inputs.PassedOver);

        void Give(Input input, AuditedFile? file)
        {
            progress?.Set(++done);
            if (file is null) inputs.NotWanted++;
            else Add(file);
        }
    }

    /// <summary>Takes in a file. In order, from one thread.</summary>
    internal void Add(AuditedFile file)
    {
        ImageLabel label = labels.Of(file.Path);
        if (label.Split is null) label = label with { Split = SplitNames.OfPath(file.Path) };
        if (label.Label is null && request.FolderLabels) label = label with { Label = SplitNames.FolderLabel(file.Path) };
        if (label.Patient is { } named) file.Patient = look.Pseudonym(named);
        else if (file.Patient is null && request.PatientSeparator is { } separator)
        {
            string name = Path.GetFileNameWithoutExtension(file.Path);
            file.Patient = look.Pseudonym(name.LastIndexOf(separator, StringComparison.Ordinal) is > 0 and var at ? name[..at] : name);
        }
        file.IsMeantGenerated = AuditRequest.MeansGenerated(label.Label) || AuditRequest.MeansGenerated(label.Source);
        // in clear patients are kept nowhere, and a label may name one as well as a path may
        file.Label = new ImageLabel(look.Masked(label.Label, out IReadOnlyList<IdentifierFinding> inLabel), look.Masked(label.Source, out IReadOnlyList<IdentifierFinding> inSource), look.Masked(label.Split, out IReadOnlyList<IdentifierFinding> inSplit), null);
        file.Identifiers = [.. file.Identifiers, .. inLabel.Concat(inSource).Concat(inSplit).DistinctBy(found => found.Kind)];
        foreach (IdentifierFinding found in file.Identifiers)
        {
            (IdentifierKind, string) key = (found.Kind, found.Place);
            if (!_identifiers.ContainsKey(key) && _identifiers.Count >= MostPlaces) key = (found.Kind, "(other places)");
            (int files, string masked) = _identifiers.GetValueOrDefault(key, (0, found.Masked));
            _identifiers[key] = (files + 1, masked);
            if (found.Kind.Weight() > AuditWeight.Note) file.IdentifierCount++;
        }
        file.Identifiers = [];
        _duplicates.Add(_files.Count, file);
        _files.Add(file);
    }

    /// <summary>Judges what was taken in.</summary>
    private AuditResult Conclude(DateTimeOffset at, string passedOver)
    {
        IdentifierCount[] identifiers = [.. _identifiers.Select(i => new IdentifierCount(i.Key.Kind, i.Key.Place, i.Value.Files, i.Value.Masked))
            .OrderBy(i => i.Kind).ThenByDescending(i => i.Files).ThenBy(i => i.Place, StringComparer.Ordinal)];
        var judgement = new AuditJudgement(_files, labels, _duplicates, identifiers, request.Detector);
        IReadOnlyList<AuditFinding> findings = judgement.Judge();
        return new AuditResult
        {
            Root = request.Root,
            At = at,
            Files = _files,
            Findings = findings,
            Splits = judgement.Splits,
            Verdicts = _files.Where(file => file.Verdict is not null).GroupBy(file => file.Verdict!.Value).ToDictionary(group => group.Key, group => group.Count()),
            Duplicates = _duplicates,
            Identifiers = identifiers,
            Associations = judgement.Associations,
            PassedOver = passedOver,
            Detector = judgement.Detector,
            Shown = shown,
        };
    }
}
