namespace Veridicom.Seals.Manifest;

/// <summary>
/// Collects the verified files of a run and judges their studies by the manifests among them (spec/manifest.md 5). Not thread-safe.
/// </summary>
public sealed class StudyLedger
{
    private readonly List<StudyFile> _files = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string> _pool = new(StringComparer.Ordinal);
    private int _unreadable;
    private bool _fault;

    /// <summary>Adds a file.</summary>
    /// <param name="file">What is kept of it.</param>
    /// <param name="place">What tells files apart: one that was named twice counts once.</param>
    public void Add(StudyFile file, string place)
    {
        if (!_seen.Add(place)) return;
        if (file.Facts is null) _unreadable++;
        file.Pool(_pool);
        _files.Add(file);
    }

    /// <summary>Counts a file that could not be looked at.</summary>
    /// <param name="ofTheWorld">True for a fault of the disk and the like.</param>
    public void AddUnread(bool ofTheWorld)
    {
        _unreadable++;
        _fault |= ofTheWorld;
    }

    /// <summary>The studies that have a manifest among the files, in the order in which they were met; with <paramref name="requireManifest"/> all studies.</summary>
    public IReadOnlyList<StudyVerdict> Judge(bool requireManifest)
    {
        var studies = new List<string>();
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (StudyFile file in _files)
        {
            if (file.Facts is { } facts && (file.IsManifest || requireManifest) && known.Add(facts.Study)) studies.Add(facts.Study);
        }
        if (studies.Count == 0) return [];
        var index = new StudyIndex(_files, _unreadable, _fault);
        return [.. studies.Select(study => new StudyJudgement(index, study).Judge(requireManifest))];
    }
}
