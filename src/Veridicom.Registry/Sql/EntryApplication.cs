using System.Text;
using Veridicom.Registry.Journal;

namespace Veridicom.Registry.Sql;

/// <summary>Applies a batch of entries within a transaction: reads the rows that it may touch, changes them, writes what has changed.</summary>
internal static class EntryApplication
{
    // Rows of attributes are read again only where one may have to be searched again: after an operator's release.
    private const string Instances = $"SELECT {InstanceRow.Columns} FROM instance WHERE ";

    /// <summary>The accepted instances of some UIDs. The '+' keeps SQLite, which has no statistics, from reading every accepted instance there is by the index of states.</summary>
    internal static string AcceptedOf(Dialect dialect) => Instances + dialect.In("sop_instance_uid", "uids") + " AND +state = 0";

    public static async Task<long> ApplyAsync(SqlSession session, IReadOnlyList<AppliedEntry> entries)
    {
        var newest = await session.FirstAsync<NewestRow>("SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1") ?? new NewestRow();
        List<AppliedEntry> fresh = [];
        // what was applied before is passed over, if it is that
        if (entries.LastOrDefault(entry => entry.Sequence <= newest.Sequence) is { } passed
            && await session.FirstAsync<string>("SELECT hash FROM journal WHERE sequence = @sequence", new { sequence = passed.Sequence }) != passed.Hash)
            throw new RegistryException($"the registry has another entry {passed.Sequence} than the journal: 'veridicom registry rebuild' makes it anew", canRetry: false);
        long last = newest.Sequence;
        foreach (AppliedEntry entry in entries)
        {
            if (entry.Sequence <= newest.Sequence) continue;
            if (entry.Sequence != last + 1) throw new RegistryException($"entry {entry.Sequence} of the journal does not follow {last}", canRetry: false);
            last = entry.Sequence;
            fresh.Add(entry);
        }
        if (fresh.Count == 0) return newest.Sequence;
        await session.InsertAsync("journal", Journal, fresh);
        for (int at = 0; at < fresh.Count;)
        {
            // A retry may concern millions of rows, and whatever the entries before it left: it is done where they lie.
            int run = fresh.FindIndex(at, entry => entry.Entry.Kind == EntryKind.DeliveryRetried);
            if (run < 0) run = fresh.Count;
            if (run > at)
            {
                List<AppliedEntry> part = fresh[at..run];
                EntryChanges changes = await LoadAsync(session, part);
                foreach (AppliedEntry entry in part) changes.Apply(entry);
                await WriteAsync(session, changes);
            }
            if (run < fresh.Count) await DeliveryQueue.RetryAsync(session, EntryText.Text(fresh[run].Entry.Destination), EntryText.Uid(fresh[run].Entry.StudyUid));
            at = run + 1;
        }
        return last;
    }

    private static async Task<EntryChanges> LoadAsync(SqlSession session, List<AppliedEntry> entries)
    {
        var changes = new EntryChanges();
        HashSet<string> received = [], decided = [], named = [], delivered = [], studies = [], series = [], objects = [], transactions = [];
        foreach (JournalEntry entry in entries.Select(applied => applied.Entry))
        {
            string? uid = EntryText.Uid(entry.SopInstanceUid);
            switch (entry.Kind)
            {
                case EntryKind.Received:
                    if (uid is not null) received.Add(uid);
                    if (EntryText.Uid(entry.StudyUid) is { } study) studies.Add(study);
                    if (EntryText.Uid(entry.SeriesUid) is { } one) series.Add(one);
                    break;
                case EntryKind.Released or EntryKind.Rejected:
                    if (uid is not null) decided.Add(uid);
                    if (entry.Object is { } digest) objects.Add(digest.Hex);
                    else if (uid is not null) named.Add(uid);
                    break;
                case EntryKind.Delivered or EntryKind.Undeliverable or EntryKind.CommitmentGiven or EntryKind.CommitmentDenied:
                    if (uid is not null) delivered.Add(uid);
                    break;
                case EntryKind.CommitmentAsked:
                    delivered.UnionWith(EntryChanges.Lines(entry.Detail).Select(line => EntryText.Uid(line)!));
                    break;
                case EntryKind.CommitmentReported when entry.TransactionUid is { } transaction:
                    transactions.Add(EntryText.Text(transaction)!);
                    break;
            }
        }
        Dialect d = session.Dialect;
        if (received.Count + decided.Count > 0) changes.Add(await session.QueryAsync<InstanceRow>(AcceptedOf(d), new { uids = d.List([.. received, .. decided]) }));
        if (objects.Count > 0) changes.Add(await Decided(d.In("object", "names"), objects));
        if (named.Count > 0) changes.Add(await Decided(d.In("sop_instance_uid", "names"), named));
        if (delivered.Count > 0) changes.Add(await Decided($"{d.In("sop_instance_uid", "names")} AND EXISTS (SELECT 1 FROM delivery d WHERE d.sequence = instance.sequence)", delivered));
        if (decided.Count + objects.Count + delivered.Count > 0)
        {
            long[] sequences = [.. changes.Instances.Select(row => row.Sequence)];
            if (sequences.Length > 0) changes.Add(await session.QueryAsync<DeliveryRow>($"SELECT * FROM delivery WHERE {d.In("sequence", "sequences")}", new { sequences = d.List(sequences) }));
            studies.UnionWith(changes.Instances.Select(row => row.StudyUid));
            series.UnionWith(changes.Instances.Select(row => row.SeriesUid));
        }
        if (studies.Count > 0)
        {
            List<StudyRow> rows = await session.QueryAsync<StudyRow>($"SELECT id, study_uid, patient_id, study_date, number_of_series, number_of_instances FROM study WHERE {d.In("study_uid", "uids")}", new { uids = d.List(studies) });
            changes.Add(rows);
            if (rows.Count > 0)
            {
                object ids = d.List([.. rows.Select(row => row.Id)]);
                changes.Add(await session.QueryAsync<SeriesRow>($"SELECT id, study, series_uid, modality, number_of_instances FROM series WHERE {d.In("study", "ids")} AND {d.In("series_uid", "uids")}", new { ids, uids = d.List(series) }));
                changes.Add(await session.QueryAsync<ModalityRow>($"SELECT study, modality, study_date, study_uid, number_of_series FROM study_modality WHERE {d.In("study", "ids")}", new { ids }));
            }
        }
        if (transactions.Count > 0) changes.Add(await session.QueryAsync<CommitmentRow>($"SELECT * FROM commitment WHERE reported = 0 AND {d.In("transaction_uid", "uids")}", new { uids = d.List(transactions) }));
        return changes;

        Task<List<InstanceRow>> Decided(string condition, HashSet<string> names) => session.QueryAsync<InstanceRow>(Instances + condition, new { names = d.List(names) });
    }

    private static async Task WriteAsync(SqlSession session, EntryChanges changes)
    {
        // Rows that are gone first: one with the same key may have come in their place. References are judged at the commit.
        await session.DeleteAsync("delivery", DeliveryKeys, Of(changes.Deliveries, r => r.Fate, RowFate.Gone));
        await session.DeleteAsync("study_modality", ModalityKeys, Of(changes.Modalities, r => r.Fate, RowFate.Gone));
        await session.DeleteAsync("series", SeriesKeys, Of(changes.Series, r => r.Fate, RowFate.Gone));
        await session.DeleteAsync("study", StudyKeys, Of(changes.Studies, r => r.Fate, RowFate.Gone));

        List<StudyRow> studies = Of(changes.Studies, r => r.Fate, RowFate.New);
        await session.InsertAsync("study", Study, studies);
        await session.InsertAsync("study_name", Name, [.. studies.SelectMany(Names)]);
        await session.InsertAsync("series", Series, Of(changes.Series, r => r.Fate, RowFate.New));
        await session.InsertAsync("study_modality", Modality, Of(changes.Modalities, r => r.Fate, RowFate.New));
        await session.InsertAsync("instance", Instance, Of(changes.Instances, r => r.Fate, RowFate.New));
        await session.InsertAsync("delivery", Delivery, Of(changes.Deliveries, r => r.Fate, RowFate.New));
        await session.InsertAsync("commitment", Commitment, Of(changes.Commitments, r => r.Fate, RowFate.New));

        await session.UpdateAsync("study", StudyKeys, StudyCounts, Of(changes.Studies, r => r.Fate, RowFate.Changed));
        await session.UpdateAsync("series", SeriesKeys, SeriesCounts, Of(changes.Series, r => r.Fate, RowFate.Changed));
        await session.UpdateAsync("study_modality", ModalityKeys, ModalityCounts, Of(changes.Modalities, r => r.Fate, RowFate.Changed));
        await session.UpdateAsync("instance", InstanceKeys, InstanceState, Of(changes.Instances, r => r.Fate, RowFate.Changed));
        await session.UpdateAsync("delivery", DeliveryKeys, DeliveryChange, Of(changes.Deliveries, r => r.Fate, RowFate.Changed));
        await session.UpdateAsync("commitment", CommitmentKeys, CommitmentChange, Of(changes.Commitments, r => r.Fate, RowFate.Changed));

        foreach ((string destination, string study) in changes.Deliveries.Where(d => d.Fate != RowFate.Kept).Select(d => (d.Destination, d.StudyUid)).Distinct())
            await DeliveryQueue.RefreshAsync(session, destination, study);
    }

    private static List<T> Of<T>(IEnumerable<T> rows, Func<T, RowFate> fate, RowFate wanted) => [.. rows.Where(row => fate(row) == wanted)];

    private static IEnumerable<NameRow> Names(StudyRow row) =>
        NameForms.Rows(row.Id, NameForms.Patient, row.Attributes[AttributeColumns.PatientName])
            .Concat(NameForms.Rows(row.Id, NameForms.ReferringPhysician, row.Attributes[AttributeColumns.ReferringPhysician]));

    private sealed class NewestRow
    {
        public long Sequence { get; set; }
        public string Hash { get; set; } = "";
    }

    private static readonly Column<AppliedEntry>[] Journal =
    [
        new("sequence", false, r => r.Sequence), new("hash", true, r => r.Hash), new("at", false, r => r.Entry.At.ToUnixTimeMilliseconds()),
        new("kind", true, r => r.Entry.Kind.Word()), new("who", true, r => EntryText.Text(r.Entry.Who.Name)), new("study_uid", true, r => EntryText.Uid(r.Entry.StudyUid)),
        new("sop_instance_uid", true, r => EntryText.Uid(r.Entry.SopInstanceUid)), new("line", true, r => Encoding.UTF8.GetString(r.Line.Span)),
    ];

    private static readonly Column<StudyRow>[] StudyKeys = [new("id", false, r => r.Id)];
    private static readonly Column<StudyRow>[] StudyCounts = [new("number_of_series", false, r => r.NumberOfSeries), new("number_of_instances", false, r => r.NumberOfInstances)];
    private static readonly Column<StudyRow>[] Study = [.. StudyKeys, new("study_uid", true, r => r.StudyUid), .. AttributeColumns.Written<StudyRow>(AttributeColumns.Study, r => r.Attributes), .. StudyCounts];
    private static readonly Column<NameRow>[] Name = [new("part", false, r => r.Part), new("form", true, r => r.Form), new("study", false, r => r.Study)];

    private static readonly Column<SeriesRow>[] SeriesKeys = [new("id", false, r => r.Id)];
    private static readonly Column<SeriesRow>[] SeriesCounts = [new("number_of_instances", false, r => r.NumberOfInstances)];
    private static readonly Column<SeriesRow>[] Series =
        [.. SeriesKeys, new("study", false, r => r.Study), new("series_uid", true, r => r.SeriesUid), .. AttributeColumns.Written<SeriesRow>(AttributeColumns.Series, r => r.Attributes), .. SeriesCounts];

    private static readonly Column<ModalityRow>[] ModalityKeys = [new("study", false, r => r.Study), new("modality", true, r => r.Modality)];
    private static readonly Column<ModalityRow>[] ModalityCounts = [new("number_of_series", false, r => r.NumberOfSeries)];
    private static readonly Column<ModalityRow>[] Modality = [.. ModalityKeys, new("study_date", true, r => r.StudyDate), new("study_uid", true, r => r.StudyUid), .. ModalityCounts];

    private static readonly Column<InstanceRow>[] InstanceKeys = [new("sequence", false, r => r.Sequence)];
    private static readonly Column<InstanceRow>[] InstanceState = [new("state", false, r => r.State), new("series", false, r => r.Series)];
    private static readonly Column<InstanceRow>[] Instance =
    [
        .. InstanceKeys, new("study_uid", true, r => r.StudyUid), new("series_uid", true, r => r.SeriesUid), new("sop_instance_uid", true, r => r.SopInstanceUid),
        new("sop_class_uid", true, r => r.SopClassUid), new("transfer_syntax_uid", true, r => r.TransferSyntaxUid), new("object", true, r => r.Object),
        new("size", false, r => r.Size), new("content_digest", true, r => r.ContentDigest), new("received_at", false, r => r.ReceivedAt),
        new("received_from", true, r => r.ReceivedFrom), new("route", true, r => r.Route), new("verdict", true, r => r.Verdict), new("seal_identity", true, r => r.SealIdentity),
        .. InstanceState, .. AttributeColumns.Written<InstanceRow>(AttributeColumns.Instance, r => r.Parsed), new("attributes", true, r => r.Attributes),
    ];

    private static readonly Column<DeliveryRow>[] DeliveryKeys = [new("destination", true, r => r.Destination), new("sequence", false, r => r.Sequence)];
    private static readonly Column<DeliveryRow>[] DeliveryChange =
        [new("state", false, r => r.State), new("transaction_uid", true, r => r.TransactionUid), new("attempts", false, r => r.Attempts), new("last_error", true, r => r.LastError),
        new("not_before", false, r => r.NotBefore), new("refused_since", false, r => r.RefusedSince)];
    private static readonly Column<DeliveryRow>[] Delivery = [.. DeliveryKeys, new("study_uid", true, r => r.StudyUid), .. DeliveryChange];

    private static readonly Column<CommitmentRow>[] CommitmentKeys = [new("sequence", false, r => r.Sequence)];
    private static readonly Column<CommitmentRow>[] CommitmentChange = [new("reported", false, r => r.Reported)];
    private static readonly Column<CommitmentRow>[] Commitment =
    [
        .. CommitmentKeys, new("transaction_uid", true, r => r.TransactionUid), new("calling_ae", true, r => r.CallingAe), new("at", false, r => r.At),
        new("instances", true, r => r.Instances), .. CommitmentChange, new("attempts", false, r => r.Attempts), new("not_before", false, r => r.NotBefore),
    ];
}
