namespace Veridicom.Seals.Manifest;

/// <summary>An instance in the manifest that lists it.</summary>
internal sealed record Listing(BelievedManifest Manifest, ManifestSeries Series, int Place, ManifestEntry Entry)
{
    public string Study => Manifest.Content.Study;
}

/// <summary>All files and manifests of a run, looked up in every way that judging a study needs.</summary>
internal sealed class StudyIndex
{
    private readonly Dictionary<string, List<StudyFile>> _byInstance = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<StudyFile>> _byStudy = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<StudyFile>> _bySeries = new(StringComparer.Ordinal);
    private readonly Dictionary<SealIdentity, Listing> _listings = [];
    private readonly ILookup<string, BelievedManifest> _manifests;
    private readonly ILookup<string, ManifestInfo> _infos;
    private readonly SeriesHomes _homes;

    public StudyIndex(IReadOnlyList<StudyFile> files, int unreadable, bool fault)
    {
        (Unreadable, Fault) = (unreadable, fault);
        foreach (StudyFile file in files)
        {
            if (file.IsManifest || file.Facts is not { } facts) continue;
            Add(_byInstance, facts.Slice.Instance, file);
            Add(_byStudy, facts.Study, file);
            Add(_bySeries, facts.Series, file);
        }
        List<BelievedManifest> believed = [.. files.Select(f => f.Believed).OfType<BelievedManifest>()];
        _manifests = believed.ToLookup(m => m.Content.Study, StringComparer.Ordinal);
        _infos = files.Where(f => f.IsManifest).ToLookup(f => f.Facts!.Study, f => f.Info!, StringComparer.Ordinal);
        foreach (BelievedManifest manifest in believed)
        {
            foreach (Listing listing in ListingsOf(manifest)) _listings.TryAdd(listing.Entry.Identity, listing);
        }
        _homes = new SeriesHomes(believed, series => _bySeries.GetValueOrDefault(series) ?? []);
    }

    /// <summary>Files that cannot be read, or not as DICOM.</summary>
    public int Unreadable { get; }

    /// <summary>A fault of the world kept one of them from being read.</summary>
    public bool Fault { get; }

    public IReadOnlyList<BelievedManifest> ManifestsOf(string study) => [.. _manifests[study]];

    public IReadOnlyList<ManifestInfo> InfosOf(string study) => [.. _infos[study]];

    public IReadOnlyList<StudyFile> WithInstance(string instance) => _byInstance.GetValueOrDefault(instance) ?? [];

    public IReadOnlyList<StudyFile> OfStudy(string study) => _byStudy.GetValueOrDefault(study) ?? [];

    public IReadOnlyList<StudyFile> OfSeries(string series) => _bySeries.GetValueOrDefault(series) ?? [];

    /// <summary>Where a seal is listed, in whatever study; null where nowhere.</summary>
    public Listing? ListingOf(SealIdentity? identity) => identity is { } known ? _listings.GetValueOrDefault(known) : null;

    /// <summary>True where a file stands outside of the home of its series, and in that of another patient's.</summary>
    public bool StandsWithAnotherPatient(StudyFile file) => _homes.StandsWithAnotherPatient(file);

    public static IEnumerable<Listing> ListingsOf(BelievedManifest manifest)
    {
        foreach (ManifestSeries series in manifest.Content.Series)
        {
            for (int i = 0; i < series.Entries.Count; i++) yield return new Listing(manifest, series, i + 1, series.Entries[i]);
        }
    }

    private static void Add(Dictionary<string, List<StudyFile>> index, string key, StudyFile file)
    {
        if (key.Length == 0) return;
        if (!index.TryGetValue(key, out List<StudyFile>? files)) index[key] = files = [];
        files.Add(file);
    }
}

/// <summary>The folders in which series are at home: all of their files stand there, or all but one, or all but a tenth.</summary>
internal sealed class SeriesHomes
{
    private readonly Dictionary<string, string> _homes = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<StudyManifest>> _residents = new(StringComparer.Ordinal);

    public SeriesHomes(IReadOnlyList<BelievedManifest> manifests, Func<string, IReadOnlyList<StudyFile>> filesOf)
    {
        foreach (StudyManifest manifest in manifests.Select(m => m.Content))
        {
            foreach (ManifestSeries series in manifest.Series)
            {
                IReadOnlyList<StudyFile> files = filesOf(series.Uid);
                if (files.Count == 0) continue;
                IGrouping<string, StudyFile> home = files.GroupBy(f => f.Folder, StringComparer.Ordinal).MaxBy(g => g.Count())!;
                int away = files.Count - home.Count();
                if (away > Math.Max(1, files.Count / 10) || 2 * away >= files.Count) continue;
                _homes[series.Uid] = home.Key;
                if (!_residents.TryGetValue(home.Key, out List<StudyManifest>? residents)) _residents[home.Key] = residents = [];
                if (!residents.Contains(manifest)) residents.Add(manifest);
            }
        }
    }

    public bool StandsWithAnotherPatient(StudyFile file) =>
        file.Facts is { } facts && _homes.TryGetValue(facts.Series, out string? home) && home != file.Folder && _residents.TryGetValue(file.Folder, out List<StudyManifest>? residents)
        && residents.All(r => InstanceFacts.AnotherPatient(r.PatientId, r.PatientName, facts.PatientId, facts.PatientName));
}
