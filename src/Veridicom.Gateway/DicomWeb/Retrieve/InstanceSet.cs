using System.Runtime.CompilerServices;
using Veridicom.Dicom;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.DicomWeb.Retrieve;

/// <summary>The accepted instances that a path names, in the order in which they came. A page of them is held at a time.</summary>
internal sealed class InstanceSet
{
    private const int Page = 1000;

    private readonly DicomWebRequest _request;
    private readonly IReadOnlyList<StoredInstance> _first;

    private InstanceSet(DicomWebRequest request, IReadOnlyList<StoredInstance> first, int count) => (_request, _first, Count) = (request, first, count);

    /// <summary>How many there are.</summary>
    public int Count { get; }

    /// <summary>The first of them.</summary>
    public StoredInstance First => _first[0];

    /// <summary>Finds them.</summary>
    /// <exception cref="ProblemException">404: there are none.</exception>
    public static async Task<InstanceSet> FindAsync(DicomWebRequest request)
    {
        IReadOnlyList<StoredInstance> first = await PageAsync(request, 0);
        if (first.Count == 0) throw ProblemException.NotFound(request.SopInstanceUid is not null ? "instance" : request.SeriesUid is not null ? "series" : "study");
        int count = first.Count;
        for (IReadOnlyList<StoredInstance> page = first; page.Count == Page; count += page.Count) page = await PageAsync(request, page[^1].Sequence);
        return new InstanceSet(request, first, count);
    }

    /// <summary>All of them, as many as there were when they were counted.</summary>
    public async IAsyncEnumerable<StoredInstance> AllAsync([EnumeratorCancellation] CancellationToken stop = default)
    {
        int left = Count;
        for (IReadOnlyList<StoredInstance> page = _first; ; page = await PageAsync(_request, page[^1].Sequence))
        {
            stop.ThrowIfCancellationRequested();
            foreach (StoredInstance instance in page.Take(left)) yield return instance;
            left -= Math.Min(left, page.Count);
            if (left == 0 || page.Count < Page) yield break;
        }
    }

    /// <summary>Writes to the audit trail that they are given out. What is recorded is at least what is sent.</summary>
    public async Task RecordAsync(string what) => await _request.RecordAsync(new JournalEntry
    {
        Kind = EntryKind.Retrieved, At = _request.Now, Who = _request.Caller.Who, Why = _request.Caller.Purpose, StudyUid = _request.StudyUid, SeriesUid = _request.SeriesUid,
        SopInstanceUid = _request.SopInstanceUid, SopClassUid = _request.SopInstanceUid is null ? null : First.SopClassUid, PatientId = await _request.PatientAsync(_request.StudyUid!),
        Instances = Count, Detail = what,
    });

    /// <summary>Opens the file of an instance.</summary>
    /// <exception cref="RegistryException">It is gone.</exception>
    public static StoredObject Open(DicomWebRequest request, StoredInstance instance) =>
        request.Source.Store.Open(instance.Object) ?? throw new RegistryException($"object {instance.Object} is not in the store", canRetry: false);

    /// <summary>URL of an instance.</summary>
    public static string UrlOf(DicomWebRequest request, StoredInstance instance) =>
        $"{request.ServiceUrl}/studies/{instance.StudyUid}/series/{instance.SeriesUid}/instances/{instance.SopInstanceUid}";

    private static Task<IReadOnlyList<StoredInstance>> PageAsync(DicomWebRequest request, long after) =>
        request.Source.Registry.ListAsync(request.StudyUid!, request.SeriesUid, request.SopInstanceUid, InstanceState.Accepted, after, Page, request.Stop);
}
