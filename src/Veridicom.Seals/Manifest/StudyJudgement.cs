using System.Globalization;
using Veridicom.Seals.Verify;

namespace Veridicom.Seals.Manifest;

/// <summary>Judges one study by the manifests that are believed (spec/manifest.md 5).</summary>
internal sealed class StudyJudgement(StudyIndex index, string study)
{
    private readonly List<StudyFinding> _findings = [];
    private readonly Dictionary<string, List<Listing>> _listed = new(StringComparer.Ordinal);
    private readonly List<string> _order = [];

    public StudyVerdict Judge(bool requireManifest)
    {
        IReadOnlyList<BelievedManifest> all = index.ManifestsOf(study);
        List<BelievedManifest> current = BelievedManifest.Current(all);
        foreach (Listing listing in current.SelectMany(StudyIndex.ListingsOf))
        {
            string instance = listing.Entry.Slice.Instance;
            if (!_listed.TryGetValue(instance, out List<Listing>? listings))
            {
                _listed[instance] = listings = [];
                _order.Add(instance);
            }
            listings.Add(listing);
        }
        if (current.Count > 0)
        {
            Listed();
            Unlisted(current);
            foreach (BelievedManifest manifest in current)
            {
                foreach (ManifestSeries series in manifest.Content.Series) Order(series);
            }
            Withdrawn(all.Except(current));
        }
        else if (requireManifest) _findings.Add(new StudyFinding(StudyFindingCode.PolicyManifest, "the policy demands a manifest, and none that is believed lists this study"));
        return Give(current);
    }

    private void Listed()
    {
        var missing = new List<StudyFinding>();
        foreach (string instance in _order)
        {
            List<Listing> listings = _listed[instance];
            Listing listing = listings[0];
            IReadOnlyList<StudyFile> files = index.WithInstance(instance);
            if (files.Count == 0)
            {
                missing.Add(Finding(StudyFindingCode.Missing, listing, null, "is missing"));
                continue;
            }
            StudyFile first = files.FirstOrDefault(f => listings.Any(l => IsAsListed(f, l))) ?? files[0];
            if (State(first, listings) is { } state) _findings.Add(state);
            foreach (StudyFile other in files)
            {
                if (other != first) _findings.Add(Finding(StudyFindingCode.Duplicated, listing, other, listings.Any(l => IsAsListed(other, l)) ? "is there twice, with one seal" : "is there twice, and this one is not as sealed"));
            }
        }
        // where so many files could not be read, nobody can say that these are gone
        bool perhaps = missing.Count <= index.Unreadable;
        foreach (StudyFinding gone in missing)
        {
            _findings.Add(!perhaps ? gone : gone with
            {
                Code = StudyFindingCode.Unread, ExitCode = index.Fault ? 7 : 5,
                Text = gone.Text[..^"is missing".Length] + (index.Unreadable == 1 ? "may be the file that cannot be read" : string.Create(CultureInfo.InvariantCulture, $"may be one of {index.Unreadable} files that cannot be read")),
            });
        }
    }

    private static bool IsAsListed(StudyFile file, Listing listing) => IsIntact(file.Kind) && file.Has(listing.Entry.Identity);

    private static bool IsIntact(VerdictKind kind) => kind is VerdictKind.Authentic or VerdictKind.Amended or VerdictKind.Extended or VerdictKind.Redacted or VerdictKind.Untrusted;

    private StudyFinding? State(StudyFile file, List<Listing> listings)
    {
        Listing listing = listings[0];
        if (listings.Any(l => IsAsListed(file, l))) return index.StandsWithAnotherPatient(file) ? Finding(StudyFindingCode.Swapped, listing, file, "stands among the images of another patient") : null;
        if (file.Kind is VerdictKind.Unsealed or VerdictKind.Partial) return Finding(StudyFindingCode.Stripped, listing, file, "has lost its seal");
        if (index.ListingOf(file.Identity) is { } other && !listings.Any(l => l.Entry.Identity == file.Identity) && other.Entry.Slice.Instance != listing.Entry.Slice.Instance)
            return Finding(StudyFindingCode.Swapped, listing, file, other.Study == study ? $"was exchanged: the file carries the seal of {Name(other)}" : "was exchanged: the file carries a seal of another study");
        return file.Kind switch
        {
            VerdictKind.Unverifiable => Finding(StudyFindingCode.Unverifiable, listing, file, "cannot be verified"),
            _ when AnotherPatient(file, listing.Manifest) => Finding(StudyFindingCode.Swapped, listing, file, "names another patient"),
            VerdictKind.Altered => Finding(StudyFindingCode.Changed, listing, file, "is altered"),
            _ => Finding(StudyFindingCode.Replaced, listing, file, "is there under another seal than the one listed"),
        };
    }

    private static bool AnotherPatient(StudyFile file, BelievedManifest manifest) =>
        InstanceFacts.AnotherPatient(manifest.Content.PatientId, manifest.Content.PatientName, file.Facts!.PatientId, file.Facts.PatientName);

    private void Unlisted(List<BelievedManifest> current)
    {
        IEnumerable<StudyFile> files = index.OfStudy(study).Concat(current.SelectMany(m => m.Content.Series).SelectMany(s => index.OfSeries(s.Uid))).Distinct();
        foreach (StudyFile file in files)
        {
            InstanceFacts facts = file.Facts!;
            if (_listed.ContainsKey(facts.Slice.Instance)) continue;
            var bare = new StudyFinding(StudyFindingCode.Added, "", facts.Slice.Instance, facts.Series, facts.SeriesNumber, File: file.Name);
            if (index.ListingOf(file.Identity) is { } other)
                _findings.Add(bare with { Code = StudyFindingCode.Swapped, Text = other.Study == study ? $"a file that carries the seal of {Name(other)} passes for another instance" : "a file that carries a seal of another study passes for an instance of this one" });
            else if (current.All(m => AnotherPatient(file, m)))
                _findings.Add(bare with { Code = StudyFindingCode.Swapped, Text = "a file of this study names another patient" });
            else _findings.Add(bare with { Text = facts.SeriesNumber is { } number ? string.Create(CultureInfo.InvariantCulture, $"series {number}: an instance was added that no manifest lists") : "an instance was added that no manifest lists" });
        }
    }

    private void Order(ManifestSeries series)
    {
        var before = new List<Slice>();
        var after = new List<Slice>();
        var places = new List<int>();
        var files = new List<StudyFile>();
        for (int i = 0; i < series.Entries.Count; i++)
        {
            IReadOnlyList<StudyFile> found = index.WithInstance(series.Entries[i].Slice.Instance);
            // whatever is not believed of itself has its finding already
            if (found.Count != 1 || found[0].Kind is not (VerdictKind.Authentic or VerdictKind.Amended or VerdictKind.Extended)) continue;
            before.Add(series.Entries[i].Slice);
            after.Add(found[0].Facts!.Slice);
            places.Add(i + 1);
            files.Add(found[0]);
        }
        if (before.SequenceEqual(after)) return;
        var moved = new SortedSet<int>(SeriesOrder.Moved(SeriesOrder.ByGeometry(before), SeriesOrder.ByGeometry(after)));
        int geometric = moved.Count;
        moved.UnionWith(SeriesOrder.Moved(SeriesOrder.ByNumber(before), SeriesOrder.ByNumber(after)));
        foreach (int i in moved)
        {
            string text = $"{Name(series, places[i])} no longer stands in its place, by {(geometric > 0 ? "position" : "Instance Number")}";
            _findings.Add(new StudyFinding(StudyFindingCode.Reordered, text, before[i].Instance, series.Uid, series.Number, places[i], files[i].Name));
        }
    }

    private void Withdrawn(IEnumerable<BelievedManifest> superseded)
    {
        var said = new HashSet<string>(StringComparer.Ordinal);
        foreach (Listing listing in superseded.SelectMany(StudyIndex.ListingsOf))
        {
            if (!_listed.ContainsKey(listing.Entry.Slice.Instance) && said.Add(listing.Entry.Slice.Instance))
                _findings.Add(Finding(StudyFindingCode.Withdrawn, listing, null, "stood in an earlier manifest and was withdrawn by a later one"));
        }
    }

    private static StudyFinding Finding(StudyFindingCode code, Listing at, StudyFile? file, string what) =>
        new(code, Name(at) + " " + what, at.Entry.Slice.Instance, at.Series.Uid, at.Series.Number, at.Place, file?.Name);

    private static string Name(Listing at) => Name(at.Series, at.Place);

    /// <summary>"series 2, image 9 (place 16 of 24)": the numbers that people and their viewers call it by.</summary>
    private static string Name(ManifestSeries series, int place)
    {
        string number = series.Number is { } n ? string.Create(CultureInfo.InvariantCulture, $"series {n}, ") : "";
        string of = string.Create(CultureInfo.InvariantCulture, $"place {place} of {series.Entries.Count}");
        return number + (series.Entries[place - 1].Slice.Number is { } image ? string.Create(CultureInfo.InvariantCulture, $"image {image} ({of})") : of);
    }

    private StudyVerdict Give(List<BelievedManifest> current)
    {
        var counted = new HashSet<string>(current.Select(m => m.Identity.ToString()), StringComparer.Ordinal);
        List<ManifestInfo> infos = [.. index.InfosOf(study).Select(i => i.State == ManifestState.Current && !counted.Contains(i.Identity) ? i with { State = ManifestState.Superseded } : i)];
        int exit = 0;
        foreach (StudyFinding finding in _findings) exit = VerdictWords.Worse(exit, finding.ExitCode);
        List<StudyFinding> sorted = [.. _findings.OrderBy(f => f.ExitCode == 0).ThenBy(f => f.Code)];
        return new StudyVerdict(study, infos, _listed.Count, [.. sorted.Take(Verdict.MaxReasons)], Math.Max(0, sorted.Count - Verdict.MaxReasons), exit);
    }
}
