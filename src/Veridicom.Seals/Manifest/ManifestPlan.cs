using Veridicom.Seals.Seal;

namespace Veridicom.Seals.Manifest;

/// <summary>An instance that was sealed, or found sealed, in a run.</summary>
/// <param name="Facts">What it says of itself.</param>
/// <param name="Identity">Identity of its seal.</param>
/// <param name="Earlier">Identities that its seal names as earlier ones.</param>
public sealed record SealedInstance(InstanceFacts Facts, SealIdentity Identity, IReadOnlyList<SealIdentity> Earlier);

/// <summary>A manifest whose file verification found authentic or amended.</summary>
/// <param name="Name">The file, as the user knows it.</param>
/// <param name="Content">What it says.</param>
/// <param name="Identity">Identity of its seal.</param>
/// <param name="Earlier">Identities that its seal names as earlier ones.</param>
public sealed record BelievedManifest(string Name, StudyManifest Content, SealIdentity Identity, IReadOnlyList<SealIdentity> Earlier)
{
    /// <summary>Those of one study that no other one names, copies of one manifest once (spec/manifest.md 4).</summary>
    public static List<BelievedManifest> Current(IReadOnlyList<BelievedManifest> ofStudy)
    {
        var named = new HashSet<SealIdentity>(ofStudy.SelectMany(m => m.Content.Previous));
        return [.. ofStudy.Where(m => !named.Contains(m.Identity) && !m.Earlier.Any(named.Contains)).DistinctBy(m => m.Identity)];
    }
}

/// <summary>A manifest to be written.</summary>
/// <param name="Header">Attributes of patient and study.</param>
/// <param name="Study">Study Instance UID.</param>
/// <param name="Series">Series, each in its sealed order.</param>
/// <param name="Previous">Identities of the manifests that it replaces.</param>
public sealed record ManifestPlan(StudyHeader Header, string Study, IReadOnlyList<IReadOnlyList<SealedInstance>> Series, IReadOnlyList<SealIdentity> Previous)
{
    /// <summary>Number of instances listed.</summary>
    public int Count => Series.Sum(s => s.Count);
}

/// <summary>What is to be done about one study: one of the two is null.</summary>
/// <param name="Study">Study Instance UID.</param>
/// <param name="Plan">The manifest to write.</param>
/// <param name="Refusal">Why none may be written.</param>
public sealed record ManifestDecision(string Study, ManifestPlan? Plan, SealRefusal? Refusal);

/// <summary>Collects what a run of sealing dealt with, and says which manifests are to be written (spec/manifest.md 4). Not thread-safe.</summary>
public sealed class StudyCollection
{
    private sealed class Study(StudyHeader header)
    {
        public StudyHeader Header => header;
        public List<SealedInstance> Instances { get; } = [];
    }

    private readonly Dictionary<string, Study> _studies = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];
    private readonly List<BelievedManifest> _manifests = [];
    private readonly Dictionary<string, string> _pool = new(StringComparer.Ordinal);

    /// <summary>Adds an instance. False where it cannot be listed for want of a UID.</summary>
    public bool Add(SealedInstance instance, StudyHeader header)
    {
        if (!instance.Facts.CanBeListed) return false;
        InstanceFacts facts = instance.Facts.Pooled(_pool);
        if (!_studies.TryGetValue(facts.Study, out Study? study))
        {
            _studies[facts.Study] = study = new Study(header);
            _order.Add(facts.Study);
        }
        study.Instances.Add(instance with { Facts = facts });
        return true;
    }

    /// <summary>Adds a manifest that is believed.</summary>
    public void Add(BelievedManifest manifest) => _manifests.Add(manifest);

    /// <summary>What is to be done, study by study in the order in which they were met; nothing is said of studies about which nothing is new.</summary>
    public IEnumerable<ManifestDecision> Decide(SealPurpose purpose)
    {
        bool authorised = purpose is not (SealPurpose.Acquisition or SealPurpose.AsFound);
        ILookup<string, BelievedManifest> manifests = _manifests.ToLookup(m => m.Content.Study, StringComparer.Ordinal);
        foreach (string uid in _order)
        {
            Study study = _studies[uid];
            List<BelievedManifest> current = BelievedManifest.Current([.. manifests[uid]]);
            if (study.Instances.Count < 2 && current.Count == 0) continue;
            if (Decide(uid, study, current, authorised) is { } decision) yield return decision;
        }
    }

    private static ManifestDecision? Decide(string uid, Study study, List<BelievedManifest> current, bool authorised)
    {
        var instances = new Dictionary<string, SealedInstance>(StringComparer.Ordinal);
        foreach (SealedInstance one in study.Instances)
        {
            if (!instances.TryAdd(one.Facts.Slice.Instance, one))
                return Refuse(uid, "duplicate-instance", $"two files hold instance {one.Facts.Slice.Instance}: no manifest can list both", "remove one of them and seal again");
        }
        InstanceFacts first = study.Instances[0].Facts;
        if (study.Instances.Any(i => InstanceFacts.AnotherPatient(first.PatientId, first.PatientName, i.Facts.PatientId, i.Facts.PatientName)))
            return Refuse(uid, "two-patients", "instances of the study name different patients", "find out whose they are before anything is sealed");
        var listed = new Dictionary<string, List<SealIdentity>>(StringComparer.Ordinal);
        foreach (ManifestEntry entry in current.SelectMany(m => m.Content.Series).SelectMany(s => s.Entries))
        {
            if (!listed.TryGetValue(entry.Slice.Instance, out List<SealIdentity>? identities)) listed[entry.Slice.Instance] = identities = [];
            identities.Add(entry.Identity);
        }
        bool news = study.Instances.Any(i => !listed.TryGetValue(i.Facts.Slice.Instance, out List<SealIdentity>? identities) || !identities.Contains(i.Identity));
        List<string> lost = [.. listed.Where(l => !instances.TryGetValue(l.Key, out SealedInstance? i) || !l.Value.Any(id => id == i.Identity || i.Earlier.Contains(id))).Select(l => l.Key)];
        if (lost.Count > 0 && !authorised)
        {
            return Refuse(uid, "manifest-contradicts", $"{lost.Count} of the instances that {current[0].Name} lists are not here as they were sealed, the first {lost[0]}: no new manifest is written",
                "find them; if they were taken out by authority, seal the study with --purpose amendment");
        }
        if (current.Count > ManifestFormat.MostPrevious)
            return Refuse(uid, "too-many-manifests", $"the study has {current.Count} manifests, and one can replace {ManifestFormat.MostPrevious}", "take some of them away");
        return news || lost.Count > 0 ? new ManifestDecision(uid, new ManifestPlan(study.Header, uid, Ordered(study.Instances), [.. current.Select(m => m.Identity)]), null) : null;
    }

    private static ManifestDecision Refuse(string study, string code, string text, string remedy) => new(study, null, new SealRefusal(code, -1, "", text, remedy));

    private static List<IReadOnlyList<SealedInstance>> Ordered(List<SealedInstance> instances)
    {
        var series = new List<IReadOnlyList<SealedInstance>>();
        foreach (IGrouping<string, SealedInstance> group in instances.GroupBy(i => i.Facts.Series, StringComparer.Ordinal).OrderBy(g => g.First().Facts.SeriesNumber ?? long.MaxValue).ThenBy(g => g.Key, StringComparer.Ordinal))
        {
            List<SealedInstance> members = [.. group];
            series.Add([.. SeriesOrder.ByGeometry([.. members.Select(m => m.Facts.Slice)]).Select(i => members[i])]);
        }
        return series;
    }
}
