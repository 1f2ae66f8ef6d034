using System.Globalization;
using Veridicom.Cli.Audits.Identity;
using Veridicom.Cli.Audits.Labels;
using Veridicom.Forensics;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Metadata;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>What follows from all files together: findings, each with its weight and what to do.</summary>
internal sealed class AuditJudgement(IReadOnlyList<AuditedFile> files, LabelTable labels, Duplicates duplicates, IReadOnlyList<IdentifierCount> identifiers, Detector? detector)
{
    private const int MostFiles = 100;
    private const double BrokenShare = 0.01;
    private static readonly string[] Composites = [MetadataCode.C2paComposite.Code, MetadataCode.CompositeTrace.Code];
    private readonly List<AuditFinding> _findings = [];

    /// <summary>Parts of the data set.</summary>
    public IReadOnlyList<SplitCount> Splits { get; } = CountSplits(files);

    /// <summary>What labels hang together with.</summary>
    public IReadOnlyList<Association> Associations { get; private set; } = [];

    /// <summary>What the detector said.</summary>
    public DetectorCount? Detector { get; private set; }

    /// <summary>All findings, the gravest first, otherwise in the order of the questions.</summary>
    public IReadOnlyList<AuditFinding> Judge()
    {
        Seals();
        Broken();
        Leakage();
        Alike();
        Synthetic();
        Changed();
        Detected();
        Identifiers();
        LabelTables();
        Shortcuts();
        Hygiene();
        return [.. _findings.OrderByDescending(finding => finding.Weight)];
    }

    private static SplitCount[] CountSplits(IReadOnlyList<AuditedFile> files) =>
    [
        .. files.GroupBy(file => file.Label.Split ?? "", StringComparer.Ordinal).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group => new SplitCount(group.Key, group.Count(),
            group.Where(file => file.Patient is not null).Select(file => file.Patient).Distinct().Count(),
            group.GroupBy(file => file.Label.Label ?? "", StringComparer.Ordinal).ToDictionary(label => label.Key, label => label.Count(), StringComparer.Ordinal))),
    ];

    private void Seals()
    {
        Mark("altered", AuditWeight.Unfit, file => file.Verdict == VerdictKind.Altered, n => $"{Files(n, "differs", "differ")} from what was sealed", "take them out, or fetch them again from where they were sealed");
        Mark("unverifiable", AuditWeight.Reservation, file => file.Verdict == VerdictKind.Unverifiable && file.Fault is null, n => $"{Files(n)} can be read in more than one way, or cannot be compared with a seal", "have the program that wrote it write it again");
        Mark("not-fully-sealed", AuditWeight.Note, file => file.Verdict is VerdictKind.Untrusted or VerdictKind.Partial or VerdictKind.Extended or VerdictKind.Redacted, n => $"{Files(n, "has", "have")} a seal or signature that is untrusted, covers a part only, or leaves something open", "see veridicom verify");
        int unsealed = files.Count(file => file.Verdict is VerdictKind.Unsealed or null && file.Fault is null);
        if (unsealed > 0) Add("unsealed", AuditWeight.Note, unsealed, $"{Files(unsealed, "carries", "carry")} no seal: that nothing was changed since it was made cannot be shown");
    }

    private void Broken()
    {
        int broken = files.Count(file => file.Fault?.ExitCode == Fault.BadInput);
        Mark("broken", broken > BrokenShare * files.Count ? AuditWeight.Unfit : AuditWeight.Reservation, file => file.Fault?.ExitCode == Fault.BadInput, n => $"{Files(n)} cannot be read or decoded", "fetch them again, or take them out");
        Mark("not-read", AuditWeight.Reservation, file => file.Fault is not null && file.Fault.ExitCode != Fault.BadInput, n => $"{Files(n)} could not be read for a fault of this machine: nothing is known of them", "mend it and run the audit again");
    }

    private void Leakage()
    {
        var patients = new Dictionary<string, HashSet<string>>(StringComparer.Ordinal);
        foreach (AuditedFile file in files)
        {
            if (file.Patient is null || file.Label.Split is null) continue;
            if (!patients.TryGetValue(file.Patient, out HashSet<string>? splits)) patients[file.Patient] = splits = new HashSet<string>(StringComparer.Ordinal);
            splits.Add(file.Label.Split);
        }
        int leaking = patients.Values.Count(splits => splits.Count > 1);
        Mark("patient-across-splits", AuditWeight.Unfit, file => file.Patient is not null && patients.TryGetValue(file.Patient, out HashSet<string>? splits) && splits.Count > 1,
            n => $"{Count(leaking, "patient is", "patients are")} in more than one part of the data set ({Files(n)}): results on the one part say nothing of new patients", "put all images of a patient into one part");
        bool split = Splits.Count(s => s.Name.Length > 0) > 1;
        int unknown = files.Count(file => file.Patient is null);
        if (split && unknown > 0) Add("patients-unknown", AuditWeight.Reservation, unknown, $"of {Files(unknown)} the patient is not known: whether a patient is in two parts cannot be told", "add a column 'patient' to the labels file, or name --patient-from-name");
        if (!split) Add("no-splits", AuditWeight.Note, files.Count, "no parts for training and testing were recognised: leakage between them was not looked for", "name folders train, validation, test, or add a column 'split' to the labels file");
        Mark("outside-splits", AuditWeight.Reservation, file => split && file.Label.Split is null, n => $"{Files(n, "is", "are")} in no part of the data set");
    }

    private void Alike()
    {
        var groups = new Dictionary<int, List<AuditedFile>>();
        foreach (AuditedFile file in files.Where(file => file.Group > 0))
        {
            if (!groups.TryGetValue(file.Group, out List<AuditedFile>? group)) groups[file.Group] = group = [];
            group.Add(file);
        }
        if (groups.Count == 0) return;
        HashSet<int> splits = Differing(file => file.Label.Split), patients = Differing(file => file.Patient), labelled = Differing(file => file.Label.Label);
        Mark("duplicates-across-splits", AuditWeight.Unfit, file => splits.Contains(file.Group), n => $"{Count(splits.Count, "picture stands", "pictures stand")} in more than one part of the data set, exactly or nearly ({Files(n)}): a model is tested on what it was trained on", "keep each in one part");
        Mark("duplicates-labelled-differently", AuditWeight.Unfit, file => labelled.Contains(file.Group), n => $"{Count(labelled.Count, "picture has", "pictures have")} different labels in different files ({Files(n)})", "find out which label is right");
        Mark("duplicates-across-patients", AuditWeight.Reservation, file => patients.Contains(file.Group), n => $"{Count(patients.Count, "picture belongs", "pictures belong")} to different patients in different files ({Files(n)})", "find out whose it is");
        string how = string.Create(CultureInfo.InvariantCulture, $"{duplicates.Counts[(int)Likeness.Bytes]} pairs alike in every byte, {duplicates.Counts[(int)Likeness.Pixels]} in every pixel, {duplicates.Counts[(int)Likeness.Near]} nearly");
        Mark("duplicates", AuditWeight.Reservation, file => file.Group > 0, n => $"{Count(groups.Count, "picture is", "pictures are")} there more than once ({Files(n)}; {how}): they count more than others", "keep one of each");

        HashSet<int> Differing(Func<AuditedFile, string?> of) => [.. groups.Where(group => group.Value.Select(of).Where(value => value is not null).Distinct(StringComparer.Ordinal).Skip(1).Any()).Select(group => group.Key)];
    }

    private void Synthetic()
    {
        static bool IsSynthetic(AuditedFile file) => file.Synthetic.Any(sign => sign.IsDecisive);
        static bool IsMeant(AuditedFile file) => file.IsMeantGenerated;
        Mark("synthetic-labelled-otherwise", AuditWeight.Unfit, file => IsSynthetic(file) && !IsMeant(file) && file.Label.Label is not null, n => $"a generator made {Files(n)}, as the file says itself, and the label says something else", "label them as generated, or take them out");
        Mark("synthetic", AuditWeight.Reservation, file => IsSynthetic(file) && !IsMeant(file) && file.Label.Label is null, n => $"a generator made {Files(n)}, as the file says itself", "decide whether they belong here, and label them");
        Mark("synthetic-as-labelled", AuditWeight.Note, file => IsSynthetic(file) && IsMeant(file), n => $"a generator made {Files(n)}, as file and label say");
        Mark("synthetic-trace", AuditWeight.Note, file => !IsSynthetic(file) && file.Synthetic.Count > 0 && !IsMeant(file), n => $"{Files(n, "bears", "bear")} a generator's trace that settles nothing", "see veridicom detect");
    }

    private void Changed()
    {
        static bool IsComposite(AuditedFile file) => file.Changes.Any(sign => sign.IsDecisive && Composites.Contains(sign.Code));
        static bool IsChanged(AuditedFile file) => file.Opinion == Opinion.SignsOfManipulation || file.Changes.Any(sign => sign.IsDecisive);
        Mark("composite", AuditWeight.Reservation, file => IsComposite(file) && !file.IsMeantGenerated, n => $"a generator made a part of {Files(n)}, as the file says itself", "ask for the originals, or label them as generated");
        Mark("signs-of-manipulation", AuditWeight.Reservation, file => IsChanged(file) && !IsComposite(file), n => $"{Files(n, "bears", "bear")} signs of manipulation: a part looks changed, or the file says so", "see veridicom detect, and ask for the originals");
        Mark("manipulation-trace", AuditWeight.Note, file => !IsChanged(file) && file.Changes.Count > 0, n => $"{Files(n, "bears", "bear")} a trace of editing, or a contradiction, that settles nothing", "see veridicom detect");
    }

    private void Detected()
    {
        if (detector is null) return;
        AuditedFile[] judged = [.. files.Where(file => file.Score is not null && file.Frames == 1 && !file.Synthetic.Any(sign => sign.IsDecisive) && !file.IsMeantGenerated)];
        if (judged.Length == 0) return;
        (int low, int high) = DetectorExpectation.Range(detector, judged.Length);
        Detector = new DetectorCount(judged.Length, judged.Count(file => file.Opinion == Opinion.SignsOfGeneration), judged.Count(file => file.Opinion == Opinion.Inconclusive), detector.Thresholds.ExpectedAlarms(), low, high, detector.Model.Version, detector.Thresholds.Site);
        bool many = Detector.Flagged > high;
        HashSet<AuditedFile> flagged = [.. judged.Where(file => file.Opinion == Opinion.SignsOfGeneration)];
        Mark("detector-flagged", many ? AuditWeight.Reservation : AuditWeight.Note, flagged.Contains, _ => AuditPage.Sentence(Detector),
            many ? "look at the flagged ones: more than chance makes them look generated, or the images are of a kind that needs thresholds of its own (veridicom detect calibrate)" : "");
        if (Detector.Inconclusive * 4 > judged.Length) Add("detector-inconclusive", AuditWeight.Note, Detector.Inconclusive, $"the detector cannot judge {Files(Detector.Inconclusive)} of {judged.Length}: they are unlike those it knows", "set thresholds on real images of this source: veridicom detect calibrate");
    }

    private void Identifiers()
    {
        foreach (IGrouping<IdentifierKind, IdentifierCount> kind in identifiers.GroupBy(i => i.Kind).OrderBy(group => group.Key))
        {
            int most = kind.Max(i => i.Files);
            string places = string.Join(", ", kind.Take(5).Select(i => i.Place)) + (kind.Count() > 5 ? $" and {kind.Count() - 5} more" : "");
            Add("identifiers-" + kind.Key.Word(), kind.Key.Weight(), most, $"{kind.Key.Words()} in up to {Files(most)}: {places}", kind.Key.Weight() == AuditWeight.Note ? "" : "de-identify the data set again (PS3.15 Annex E)");
        }
        Add("burned-in-text", AuditWeight.Note, files.Count, "text that is part of the pixels was not looked for", "look at some of each device, or search them with a tool for that");
    }

    private void LabelTables()
    {
        if (labels.Count == 0) return;
        Mark("unlabelled", AuditWeight.Reservation, file => file.Label.Label is null, n => $"{Files(n, "has", "have")} no label");
        if (labels.Unused > 0) Add("labels-without-file", AuditWeight.Reservation, labels.Unused, $"of {Count(labels.Unused, "file that is", "files that are")} named in the labels file there is none here", "look whether the data set is whole");
        if (labels.Contradictions > 0) Add("labels-contradict", AuditWeight.Unfit, labels.Contradictions, $"{Count(labels.Contradictions, "file is", "files are")} named twice in the labels file, with different words", "find out which is right");
        string[] known = [.. files.Where(file => file.Label.Label is not null).Select(file => file.Label.Label!).Distinct(StringComparer.Ordinal)];
        foreach (SplitCount split in Splits.Where(split => split.Name.Length > 0))
        {
            int missing = known.Count(label => !split.Labels.ContainsKey(label));
            if (missing > 0 && missing < known.Length) Add("labels-missing-in-split", AuditWeight.Note, missing, $"{Count(missing, "label does", "labels do")} not occur in the part '{split.Name}'");
        }
    }

    private void Shortcuts()
    {
        (string Name, Func<AuditedFile, string?> Of, AuditWeight Entire)[] attributes =
        [
            ("file format", file => file.Format?.ToString(), AuditWeight.Unfit),
            ("picture size", file => file.Rows == 0 ? null : string.Create(CultureInfo.InvariantCulture, $"{file.Columns} x {file.Rows}"), AuditWeight.Unfit),
            ("bits of a sample", file => file.Bits == 0 ? null : file.Bits.ToString(CultureInfo.InvariantCulture), AuditWeight.Unfit),
            ("colour model", file => file.Colour.Length == 0 ? null : file.Colour, AuditWeight.Unfit),
            ("JPEG quality", file => file.Quality == 0 ? null : ((file.Quality + 2) / 5 * 5).ToString(CultureInfo.InvariantCulture), AuditWeight.Unfit),
            ("device", file => file.Device, AuditWeight.Reservation),
            ("source", file => file.Label.Source, AuditWeight.Reservation),
            ("part of the data set", file => file.Label.Split, AuditWeight.Reservation),
        ];
        var found = new List<Association>();
        foreach ((string name, Func<AuditedFile, string?> of, AuditWeight entire) in attributes)
        {
            (string, string)[] pairs = [.. files.Where(file => file.Label.Label is not null && of(file) is not null).Select(file => (file.Label.Label!, of(file)!))];
            if (Association.Of(name, pairs) is not { } association) continue;
            found.Add(association);
            if (association.V < Association.Strong) continue;
            AuditWeight weight = association.V >= Association.Entire ? entire : AuditWeight.Reservation;
            Add("shortcut", weight, association.Images, string.Create(CultureInfo.InvariantCulture, $"labels can be read off the {name} without looking at the picture (Cramer's V {association.V:0.00} over {association.Images} images): a model learns that instead"),
                name is "source" or "device" ? "have images of every label from every source" : "bring all images into one form before training");
        }
        Associations = [.. found.OrderByDescending(association => association.V)];
    }

    private void Hygiene()
    {
        int inverted = files.Count(file => file.Colour == "MONOCHROME1"), usual = files.Count(file => file.Colour == "MONOCHROME2");
        if (inverted > 0 && usual > 0) Add("inversion-mixed", AuditWeight.Reservation, Math.Min(inverted, usual), $"{Files(inverted, "stores", "store")} white as low values (MONOCHROME1) and {usual} as high ones: who reads the values alone sees negatives", "bring all into one form");
        Mark("quantised", AuditWeight.Reservation, file => file.IsQuantised, n => $"{Files(n, "has", "have")} at most 256 levels in more than 8 bits: made of 8-bit pictures", "find the originals");
        int[] depths = [.. files.Where(file => file.Bits > 0).Select(file => file.Bits).Distinct().Order()];
        if (depths.Length > 1) Add("depths-mixed", AuditWeight.Note, depths.Length, $"samples have {string.Join(", ", depths)} bits in different files");
        int without = files.Count(file => file.Rows == 0 && file.Fault is null);
        if (without > 0) Add("without-pixels", AuditWeight.Note, without, $"{Files(without, "holds", "hold")} no pixels");
    }

    private void Mark(string code, AuditWeight weight, Func<AuditedFile, bool> has, Func<int, string> text, string remedy = "")
    {
        var which = new List<int>();
        int count = 0;
        for (int i = 0; i < files.Count; i++)
        {
            if (!has(files[i])) continue;
            count++;
            files[i].Marks.Add(code);
            if (which.Count < MostFiles) which.Add(i);
        }
        if (count > 0) _findings.Add(new AuditFinding(code, weight, count, text(count), remedy) { Files = which });
    }

    private void Add(string code, AuditWeight weight, long count, string text, string remedy = "") => _findings.Add(new AuditFinding(code, weight, count, text, remedy));

    private static string Files(int count, string one, string many) => $"{Files(count)} {(count == 1 ? one : many)}";

    private static string Files(int count) => Count(count, "file", "files");

    private static string Count(int count, string one, string many) => string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? one : many)}");
}
