using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>One image in the index: where what the report says of it waits.</summary>
internal readonly record struct IndexEntry(long Number, SpoolSlice Fragment);

/// <summary>The images of one series by verdict.</summary>
internal sealed class SeriesIndex(ImageFacts first)
{
    private readonly Dictionary<VerdictKind, List<IndexEntry>> _images = [];

    /// <summary>What the first image says of the series.</summary>
    public ImageFacts First => first;

    /// <summary>Images.</summary>
    public int Count => _images.Values.Sum(list => list.Count);

    /// <summary>How many have this verdict.</summary>
    public int CountOf(VerdictKind kind) => _images.TryGetValue(kind, out List<IndexEntry>? list) ? list.Count : 0;

    /// <summary>Adds an image.</summary>
    public void Add(VerdictKind kind, IndexEntry entry)
    {
        if (!_images.TryGetValue(kind, out List<IndexEntry>? list)) _images[kind] = list = [];
        list.Add(entry);
    }

    /// <summary>The images with a verdict by their number, those of one number as they came.</summary>
    public IReadOnlyList<IndexEntry> Of(VerdictKind kind) => _images.TryGetValue(kind, out List<IndexEntry>? list) ? [.. list.OrderBy(e => e.Number)] : [];
}

/// <summary>One study: its series as they came, and whom its images name.</summary>
internal sealed class StudyIndex(ImageFacts first)
{
    private const int MostPatients = 8;
    private readonly Dictionary<string, SeriesIndex> _series = new(StringComparer.Ordinal);
    private readonly List<SeriesIndex> _order = [];
    private readonly HashSet<(string Name, string Id, string Birth)> _patients = [];

    /// <summary>What the first image says of the study.</summary>
    public ImageFacts First => first;

    /// <summary>Series as they came.</summary>
    public IReadOnlyList<SeriesIndex> Series => _order;

    /// <summary>Everybody whom the images of the study name as their patient, eight at most: more than one is told.</summary>
    public IReadOnlyCollection<(string Name, string Id, string Birth)> Patients => _patients;

    /// <summary>Images.</summary>
    public int Count => _order.Sum(series => series.Count);

    /// <summary>The series that this image belongs to.</summary>
    public SeriesIndex SeriesOf(ImageFacts facts)
    {
        if (_patients.Count < MostPatients) _patients.Add((facts.PatientName, facts.PatientId, facts.BirthDate));
        if (!_series.TryGetValue(facts.SeriesUid, out SeriesIndex? series))
        {
            _series[facts.SeriesUid] = series = new SeriesIndex(facts);
            _order.Add(series);
        }
        return series;
    }
}

/// <summary>A signer with what it claims, and how many images it sealed like that.</summary>
internal sealed class SealGroup(string organisation, SealInfo? seal, string signer, bool accepted)
{
    /// <summary>The organisation that the certificate names.</summary>
    public string Organisation => organisation;

    /// <summary>Subject of the certificate.</summary>
    public string Signer => signer;

    /// <summary>The first of these seals; null for a signature of the standard without a seal.</summary>
    public SealInfo? Seal => seal;

    /// <summary>True where the trust list vouches for the signer.</summary>
    public bool Accepted => accepted;

    /// <summary>Images.</summary>
    public int Count { get; private set; }

    /// <summary>How many of them bear a time-stamp that proves when they were sealed.</summary>
    public int Proven { get; private set; }

    /// <summary>First and last time of sealing.</summary>
    public (DateTimeOffset First, DateTimeOffset Last)? Times { get; private set; }

    /// <summary>Latest time that a time-stamp proves.</summary>
    public DateTimeOffset? LastProven { get; private set; }

    /// <summary>Adds an image.</summary>
    public void Add(DateTimeOffset? at, DateTimeOffset? proven)
    {
        Count++;
        if (at is { } time) Times = Times is { } so ? (time < so.First ? time : so.First, time > so.Last ? time : so.Last) : (time, time);
        if (proven is not { } by) return;
        Proven++;
        if (LastProven is null || by > LastProven) LastProven = by;
    }
}

/// <summary>What a report keeps in memory: counts, signers, and for each image where its part of the page waits. Used by one thread.</summary>
internal sealed class ReportIndex
{
    /// <summary>Signers told apart; what is beyond is counted.</summary>
    public const int MostSigners = 40;

    private readonly Dictionary<string, StudyIndex> _studies = new(StringComparer.Ordinal);
    private readonly Dictionary<string, SealGroup> _signers = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int[]> _checks = new(StringComparer.Ordinal);

    /// <summary>Studies as they came.</summary>
    public List<StudyIndex> Studies { get; } = [];

    /// <summary>Signers as they came.</summary>
    public List<SealGroup> Signers { get; } = [];

    /// <summary>Images of signers beyond <see cref="MostSigners"/>.</summary>
    public int OtherSigners { get; private set; }

    /// <summary>Checks by their words: how many failed, were not done, passed. In the order in which they were met.</summary>
    public List<(string Check, int[] Counts)> Checks { get; } = [];

    /// <summary>How many files have each state of each part.</summary>
    public int[,] Parts { get; } = new int[Enum.GetValues<Part>().Length, Enum.GetValues<PartState>().Length];

    /// <summary>How many files have each verdict.</summary>
    public int[] Verdicts { get; } = new int[Enum.GetValues<VerdictKind>().Length];

    /// <summary>Files without a verdict.</summary>
    public List<SpoolSlice> Faults { get; } = [];

    /// <summary>Organisations behind accepted seals, by how often.</summary>
    public IReadOnlyList<string> Organisations(VerdictKind kind) => [.. _organisations.Where(o => o.Key.Kind == kind).OrderByDescending(o => o.Value).Select(o => o.Key.Name)];

    /// <summary>Files that have no pixels, as structured reports have none; lists are counted apart.</summary>
    public int Documents { get; private set; }

    /// <summary>Sealed lists of studies, by verdict: files, but none that a reader would call an image.</summary>
    public int[] Lists { get; } = new int[Enum.GetValues<VerdictKind>().Length];

    /// <summary>What was found against the lists; filled in once all files are known.</summary>
    public IReadOnlyList<StudyVerdict> Whole { get; set; } = [];

    /// <summary>Files that were looked at or could not be.</summary>
    public int Total => Verdicts.Sum() + Faults.Count;

    private readonly Dictionary<(VerdictKind Kind, string Name), int> _organisations = [];

    /// <summary>Counts an image, and keeps where its part of the page waits.</summary>
    public void Add(ReportImage image, Verdict verdict, SpoolSlice fragment)
    {
        ImageFacts facts = image.Facts;
        if (!_studies.TryGetValue(facts.StudyUid, out StudyIndex? study))
        {
            _studies[facts.StudyUid] = study = new StudyIndex(facts);
            Studies.Add(study);
        }
        long number = long.TryParse(facts.Number, NumberStyles.Integer, CultureInfo.InvariantCulture, out long stated) ? stated : long.MaxValue;
        study.SeriesOf(facts).Add(verdict.Kind, new IndexEntry(number, fragment));
        Verdicts[(int)verdict.Kind]++;
        if (image.IsManifest) Lists[(int)verdict.Kind]++;
        else if (!facts.IsImage && facts.InstanceUid.Length > 0) Documents++;
        foreach (Check check in verdict.Checks) Count(check);
        foreach (Part part in Enum.GetValues<Part>()) Parts[(int)part, (int)verdict.Parts.GetValueOrDefault(part)]++;
        Count(image, verdict);
    }

    private void Count(Check check)
    {
        string words = ReportWords.OfCheck(check.Name);
        if (!_checks.TryGetValue(words, out int[]? counts))
        {
            _checks[words] = counts = new int[3];
            Checks.Add((words, counts));
        }
        counts[(int)check.Status]++;
    }

    private void Count(ReportImage image, Verdict verdict)
    {
        SealInfo? seal = image.DecidingSeal;
        if ((seal?.Signer ?? verdict.Signer) is not { } signer) return;
        bool accepted = !verdict.Checks.Any(c => c.Status == CheckStatus.Failed && (c.Name.StartsWith("signer-", StringComparison.Ordinal) || c.Name == "seal-signature"));
        string organisation = OrganisationOf(signer);
        if (accepted && verdict.Kind is VerdictKind.Authentic or VerdictKind.Amended)
        {
            (VerdictKind Kind, string Name) key = (verdict.Kind, organisation);
            if (_organisations.Count < MostSigners || _organisations.ContainsKey(key)) _organisations[key] = _organisations.GetValueOrDefault(key) + 1;
        }
        string identity = $"{seal?.Fingerprint}|{signer}|{accepted}|{(seal?.Statement is { } statement ? ClaimsKey(statement.Claims) : "")}";
        if (!_signers.TryGetValue(identity, out SealGroup? group))
        {
            if (Signers.Count == MostSigners)
            {
                OtherSigners++;
                return;
            }
            _signers[identity] = group = new SealGroup(organisation, seal, signer, accepted);
            Signers.Add(group);
        }
        group.Add(seal?.SealedAt ?? verdict.SealedAt, seal?.ProvenTime);
    }

    private static string ClaimsKey(Claims c) =>
        string.Join('\n', [c.Organisation, c.Purpose.ToString(), c.Device, c.Software, c.Synthetic.ToString(), c.Note, .. c.Models.Select(m => m.Name + "\t" + m.Version)]);

    /// <summary>The first organisation of a certificate's subject, else its common name, else the whole subject.</summary>
    internal static string OrganisationOf(string subject)
    {
        const string organisation = "2.5.4.10", commonName = "2.5.4.3";
        string? best = null;
        try
        {
            // subjects stand in encoded order (Certificate.SubjectText)
            foreach (X500RelativeDistinguishedName name in new X500DistinguishedName(subject, X500DistinguishedNameFlags.None).EnumerateRelativeDistinguishedNames(reversed: false))
            {
                if (name.HasMultipleElements || name.GetSingleElementValue() is not { } value || string.IsNullOrWhiteSpace(value)) continue;
                string? type = name.GetSingleElementType().Value;
                if (type == organisation) return value;
                if (type == commonName) best = value;
            }
        }
        catch (CryptographicException)
        {
            best = null; // no name that can be taken apart: shown whole
        }
        return best ?? (string.IsNullOrWhiteSpace(subject) ? "(no name)" : subject);
    }
}
