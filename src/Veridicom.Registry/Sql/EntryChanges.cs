using Veridicom.Registry.Journal;

namespace Veridicom.Registry.Sql;

/// <summary>
/// The one place where journal entries become rows. The rows that a batch of entries may touch are given first; each entry then changes them in
/// memory; what has changed is written afterwards. Depends on the entries and rows alone, so that a replay makes the same rows again.
/// </summary>
/// <remarks>
/// An accepted instance is refused its place where its SOP Instance UID has an accepted one already: it becomes a conflict, whatever the entry
/// says, and is not forwarded. When an operator releases an instance it takes the place, and the one that had it becomes the conflict: the
/// newest decision of a person wins. What waits to be delivered of an instance that is no longer accepted is taken back.
/// </remarks>
internal sealed class EntryChanges
{
    private readonly Dictionary<long, InstanceRow> _instances = [];
    private readonly Dictionary<string, List<InstanceRow>> _bySop = [];
    private readonly Dictionary<(string, string), StudyRow> _studies = [];
    private readonly Dictionary<long, StudyRow> _studyById = [];
    private readonly Dictionary<(long, string), SeriesRow> _series = [];
    private readonly Dictionary<long, SeriesRow> _seriesById = [];
    private readonly Dictionary<(long, string), ModalityRow> _modalities = [];
    private readonly List<CommitmentRow> _commitments = [];
    private readonly List<DeliveryRow> _deliveries = [];
    private readonly List<StudyRow> _allStudies = [];
    private readonly List<SeriesRow> _allSeries = [];
    private readonly List<ModalityRow> _allModalities = [];

    public IEnumerable<InstanceRow> Instances => _instances.Values;
    public IEnumerable<StudyRow> Studies => _allStudies;
    public IEnumerable<SeriesRow> Series => _allSeries;
    public IEnumerable<ModalityRow> Modalities => _allModalities;
    public IEnumerable<DeliveryRow> Deliveries => _deliveries;
    public IEnumerable<CommitmentRow> Commitments => _commitments;

    /// <summary>Rows of instances; of the same sequence only the first counts.</summary>
    public void Add(IEnumerable<InstanceRow> rows)
    {
        foreach (InstanceRow row in rows)
        {
            if (!_instances.TryAdd(row.Sequence, row)) continue;
            if (!_bySop.TryGetValue(row.SopInstanceUid, out List<InstanceRow>? same)) _bySop[row.SopInstanceUid] = same = [];
            same.Add(row);
        }
    }

    public void Add(IEnumerable<StudyRow> rows)
    {
        foreach (StudyRow row in rows)
        {
            _studies[(row.StudyUid, row.PatientId)] = _studyById[row.Id] = row;
            _allStudies.Add(row);
        }
    }

    public void Add(IEnumerable<SeriesRow> rows)
    {
        foreach (SeriesRow row in rows)
        {
            _series[(row.Study, row.SeriesUid)] = _seriesById[row.Id] = row;
            _allSeries.Add(row);
        }
    }

    public void Add(IEnumerable<ModalityRow> rows)
    {
        foreach (ModalityRow row in rows)
        {
            _modalities[(row.Study, row.Modality)] = row;
            _allModalities.Add(row);
        }
    }

    public void Add(IEnumerable<DeliveryRow> rows)
    {
        foreach (DeliveryRow row in rows)
        {
            if (!_instances.TryGetValue(row.Sequence, out InstanceRow? instance)) continue;
            instance.Deliveries.Add(row);
            _deliveries.Add(row);
        }
    }

    public void Add(IEnumerable<CommitmentRow> rows) => _commitments.AddRange(rows);

    /// <summary>Applies the next entry.</summary>
    public void Apply(AppliedEntry applied)
    {
        JournalEntry entry = applied.Entry;
        switch (entry.Kind)
        {
            case EntryKind.Received:
                Receive(applied);
                break;
            case EntryKind.Released:
                Release(entry);
                break;
            case EntryKind.Rejected:
                if (Decided(entry, InstanceState.Rejected) is { } rejected) Withdraw(rejected, entry.State ?? InstanceState.Rejected);
                break;
            case EntryKind.Delivered:
                Move(entry, DeliveryState.Delivered, DeliveryState.Waiting, DeliveryState.Undeliverable);
                break;
            case EntryKind.Undeliverable:
                Move(entry, DeliveryState.Undeliverable, DeliveryState.Waiting);
                break;
            case EntryKind.CommitmentAsked:
                foreach (string uid in Lines(entry.Detail))
                {
                    if (Find(entry, EntryText.Uid(uid), DeliveryState.Delivered, DeliveryState.CommitmentAsked) is { } asked) asked.Become(DeliveryState.CommitmentAsked, EntryText.Text(entry.TransactionUid));
                }
                break;
            case EntryKind.CommitmentGiven:
                if (Answered(entry) is { } given) given.Become(DeliveryState.Committed, given.TransactionUid);
                break;
            case EntryKind.CommitmentDenied:
                // An instance that is no longer the image of its UID is not sent a second time.
                if (Answered(entry) is { } denied) denied.Become(IsAccepted(denied) ? DeliveryState.Waiting : DeliveryState.Undeliverable, null);
                break;
            case EntryKind.CommitmentRequested:
                _commitments.Add(new CommitmentRow
                {
                    Sequence = applied.Sequence, TransactionUid = EntryText.Text(entry.TransactionUid) ?? "", CallingAe = EntryText.Text(entry.Who.Name) ?? "",
                    At = entry.At.ToUnixTimeMilliseconds(), Instances = EntryText.Long(entry.Detail), Fate = RowFate.New,
                });
                break;
            case EntryKind.CommitmentReported:
                Report(entry);
                break;
        }
    }

    private void Receive(AppliedEntry applied)
    {
        InstanceRow row = EntryText.Row(applied);
        var state = (InstanceState)row.State;
        if (state == InstanceState.Accepted && AcceptedOf(row.SopInstanceUid) is not null) state = InstanceState.Conflict;
        row.State = (long)state;
        Add([row]);
        if (state != InstanceState.Accepted) return;
        Index(row);
        Queue(row, applied.Entry.Destinations);
    }

    private void Release(JournalEntry entry)
    {
        InstanceState state = entry.State ?? InstanceState.Accepted;
        if (Decided(entry, state) is not { } row) return;
        if (state != InstanceState.Accepted)
        {
            Withdraw(row, state);
            return;
        }
        if (AcceptedOf(row.SopInstanceUid) is { } other && other != row) Withdraw(other, InstanceState.Conflict);
        if (row.State != (long)InstanceState.Accepted)
        {
            SetState(row, InstanceState.Accepted);
            Index(row);
        }
        Queue(row, entry.Destinations);
    }

    /// <summary>The instance that an operator's decision names: by its sequence, which must have that object and UID; without one the newest of these that the decision changes, else the newest.</summary>
    private InstanceRow? Decided(JournalEntry entry, InstanceState state)
    {
        string? uid = EntryText.Uid(entry.SopInstanceUid);
        var named = _instances.Values.Where(row => (entry.Object is null ? uid is not null : row.Object == entry.Object.Value.Hex) && (uid is null || row.SopInstanceUid == uid)).ToList();
        if (entry.Instance is { } sequence) return named.Find(row => row.Sequence == sequence);
        return named.Where(row => row.State != (long)state).MaxBy(row => row.Sequence) ?? named.MaxBy(row => row.Sequence);
    }

    private void Withdraw(InstanceRow row, InstanceState state)
    {
        if (row.State == (long)state) return;
        Unindex(row);
        SetState(row, state);
        if (state == InstanceState.Accepted) return;
        foreach (DeliveryRow delivery in row.Deliveries.Where(d => d.State == (long)DeliveryState.Waiting && d.Fate != RowFate.Gone).ToList())
        {
            Drop(row.Deliveries, delivery, delivery.Fate == RowFate.New);
            Drop(_deliveries, delivery, delivery.Fate == RowFate.New);
            delivery.Fate = RowFate.Gone;
        }
    }

    private static void SetState(InstanceRow row, InstanceState state)
    {
        row.State = (long)state;
        if (row.Fate == RowFate.Kept) row.Fate = RowFate.Changed;
    }

    private InstanceRow? AcceptedOf(string sopInstanceUid) => sopInstanceUid.Length == 0 || !_bySop.TryGetValue(sopInstanceUid, out List<InstanceRow>? same)
        ? null : same.FirstOrDefault(row => row.State == (long)InstanceState.Accepted);

    private bool IsAccepted(DeliveryRow delivery) => _instances[delivery.Sequence].State == (long)InstanceState.Accepted;

    // What belongs to no study cannot be searched for.
    private void Index(InstanceRow row)
    {
        if (row.StudyUid.Length == 0 || row.SeriesUid.Length == 0 || row.SopInstanceUid.Length == 0) return;
        InstanceAttributes attributes = row.Parsed;
        string patient = AttributeColumns.Text(attributes, AttributeColumns.PatientId);
        if (!_studies.TryGetValue((row.StudyUid, patient), out StudyRow? study))
        {
            study = new StudyRow
            {
                Id = row.Sequence, StudyUid = row.StudyUid, PatientId = patient, StudyDate = AttributeColumns.Text(attributes, AttributeColumns.StudyDate),
                Attributes = attributes, Fate = RowFate.New,
            };
            Add([study]);
        }
        if (!_series.TryGetValue((study.Id, row.SeriesUid), out SeriesRow? series))
        {
            series = new SeriesRow
            {
                Id = row.Sequence, Study = study.Id, SeriesUid = row.SeriesUid, Modality = AttributeColumns.Text(attributes, AttributeColumns.Modality),
                Attributes = attributes, Fate = RowFate.New,
            };
            Add([series]);
            study.NumberOfSeries++;
            if (series.Modality.Length > 0) CountModality(study, series.Modality, 1);
        }
        study.NumberOfInstances++;
        series.NumberOfInstances++;
        if (study.Fate == RowFate.Kept) study.Fate = RowFate.Changed;
        if (series.Fate == RowFate.Kept) series.Fate = RowFate.Changed;
        row.Series = series.Id;
    }

    private void Unindex(InstanceRow row)
    {
        if (row.Series is not { } id) return;
        SeriesRow series = _seriesById[id];
        StudyRow study = _studyById[series.Study];
        series.NumberOfInstances--;
        study.NumberOfInstances--;
        series.Fate = Touched(series.Fate);
        study.Fate = Touched(study.Fate);
        row.Series = null;
        if (series.NumberOfInstances == 0)
        {
            Drop(_allSeries, series, series.Fate == RowFate.New);
            series.Fate = RowFate.Gone;
            _series.Remove((series.Study, series.SeriesUid));
            study.NumberOfSeries--;
            if (series.Modality.Length > 0) CountModality(study, series.Modality, -1);
        }
        if (study.NumberOfInstances > 0) return;
        Drop(_allStudies, study, study.Fate == RowFate.New);
        study.Fate = RowFate.Gone;
        _studies.Remove((study.StudyUid, study.PatientId));
    }

    private void CountModality(StudyRow study, string modality, int change)
    {
        if (!_modalities.TryGetValue((study.Id, modality), out ModalityRow? row))
        {
            row = new ModalityRow { Study = study.Id, Modality = modality, StudyDate = study.StudyDate, StudyUid = study.StudyUid, Fate = RowFate.New };
            Add([row]);
        }
        row.NumberOfSeries += change;
        row.Fate = Touched(row.Fate);
        if (row.NumberOfSeries > 0) return;
        Drop(_allModalities, row, row.Fate == RowFate.New);
        row.Fate = RowFate.Gone;
        _modalities.Remove((study.Id, modality));
    }

    private static RowFate Touched(RowFate fate) => fate == RowFate.New ? RowFate.New : RowFate.Changed;

    // A row that was made and is gone again within one batch was never in the database.
    private static void Drop<T>(List<T> rows, T row, bool wasNew)
    {
        if (wasNew) rows.Remove(row);
    }

    private void Queue(InstanceRow row, IReadOnlyList<string>? destinations)
    {
        foreach (string destination in (destinations ?? []).Select(name => EntryText.Text(name)!).Distinct())
        {
            DeliveryRow? known = row.Deliveries.FirstOrDefault(d => d.Destination == destination);
            if (known is null)
            {
                var made = new DeliveryRow { Destination = destination, Sequence = row.Sequence, StudyUid = row.StudyUid, Fate = RowFate.New };
                row.Deliveries.Add(made);
                _deliveries.Add(made);
            }
            // Taken back before, within this batch; or given up, and an operator wants it tried again.
            else if (known.Fate == RowFate.Gone)
            {
                known.Fate = RowFate.Changed;
                known.Become(DeliveryState.Waiting, null);
            }
            else if (known.State == (long)DeliveryState.Undeliverable) known.Become(DeliveryState.Waiting, null);
        }
    }

    private void Move(JournalEntry entry, DeliveryState to, params DeliveryState[] from)
    {
        if (Find(entry, EntryText.Uid(entry.SopInstanceUid), from) is { } delivery) delivery.Become(to, null);
    }

    private DeliveryRow? Answered(JournalEntry entry)
    {
        DeliveryRow? delivery = Find(entry, EntryText.Uid(entry.SopInstanceUid), DeliveryState.Delivered, DeliveryState.CommitmentAsked);
        // A late answer to a transaction that a newer one has replaced says nothing about the newer one.
        return delivery?.TransactionUid is { } asked && entry.TransactionUid is { } answered && asked != answered ? null : delivery;
    }

    /// <summary>The delivery that an entry is about, where it is in one of these states: of several the one of the newest instance.</summary>
    private DeliveryRow? Find(JournalEntry entry, string? sopInstanceUid, params DeliveryState[] states)
    {
        if (sopInstanceUid is null || EntryText.Text(entry.Destination) is not { } destination || !_bySop.TryGetValue(sopInstanceUid, out List<InstanceRow>? same)) return null;
        return same.Where(row => entry.Object is null || row.Object == entry.Object.Value.Hex)
            .SelectMany(row => row.Deliveries)
            .Where(d => d.Destination == destination && d.Fate != RowFate.Gone && states.Contains((DeliveryState)d.State))
            .MaxBy(d => d.Sequence);
    }

    private void Report(JournalEntry entry)
    {
        string? transaction = EntryText.Text(entry.TransactionUid), peer = EntryText.Text(entry.Destination ?? entry.Who.Name);
        var open = _commitments.Where(c => c.Reported == 0 && c.TransactionUid == transaction).OrderBy(c => c.Sequence).ToList();
        if ((open.FirstOrDefault(c => c.CallingAe == peer) ?? open.FirstOrDefault()) is not { } reported) return;
        reported.Reported = 1;
        if (reported.Fate == RowFate.Kept) reported.Fate = RowFate.Changed;
    }

    internal static IEnumerable<string> Lines(string? text) => (text ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
}
