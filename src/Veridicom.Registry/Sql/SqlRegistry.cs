using Dapper;
using Veridicom.Dicom;
using Veridicom.Registry.Journal;

namespace Veridicom.Registry.Sql;

/// <summary>What is the same in SQLite and PostgreSQL. The databases differ in their connections, their errors and in <see cref="Dialect"/>.</summary>
public abstract class SqlRegistry : IRegistry
{
    private static readonly string[] Tables = ["commitment", "delivery_queue", "delivery", "instance", "study_modality", "series", "study_name", "study", "journal"];

    private const string Selected = $"SELECT {InstanceRow.Columns} FROM instance";

    static SqlRegistry() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    private protected SqlRegistry() { }

    private protected abstract Task<T> ReadAsync<T>(Func<SqlSession, Task<T>> read, CancellationToken stop);

    private protected abstract Task WriteAsync(Func<SqlSession, Task> write, CancellationToken stop);

    /// <summary>Several questions that see the same state, however long they take.</summary>
    internal abstract Task<T> SnapshotAsync<T>(Func<SqlSession, Task<T>> read, CancellationToken stop);

    /// <inheritdoc/>
    public abstract ValueTask DisposeAsync();

    /// <inheritdoc/>
    public Task MigrateAsync(CancellationToken stop) => WriteAsync(Schema.MigrateAsync, stop);

    /// <inheritdoc/>
    public Task<(long Sequence, string Hash)> NewestAsync(CancellationToken stop) => ReadAsync(async session =>
        (await session.QueryAsync<(long, string)>("SELECT sequence, hash FROM journal ORDER BY sequence DESC LIMIT 1")) is [var newest] ? newest : (0L, ""), stop);

    /// <inheritdoc/>
    public Task ApplyAsync(IReadOnlyList<AppliedEntry> entries, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(entries);
        return entries.Count == 0 ? Task.CompletedTask : WriteAsync(session => EntryApplication.ApplyAsync(session, entries), stop);
    }

    /// <inheritdoc/>
    public Task ClearAsync(CancellationToken stop) => WriteAsync(async session =>
    {
        foreach (string table in Tables) await session.ExecuteAsync($"DELETE FROM {table}");
    }, stop);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredInstance>> InstancesAsync(string sopInstanceUid, CancellationToken stop) =>
        StoredAsync($"{Selected} WHERE sop_instance_uid = @sopInstanceUid ORDER BY sequence", new { sopInstanceUid }, stop);

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredInstance>> InstancesAsync(ObjectDigest digest, CancellationToken stop) =>
        StoredAsync($"{Selected} WHERE object = @digest ORDER BY sequence", new { digest = digest.Hex }, stop);

    /// <inheritdoc/>
    public async Task<StoredInstance?> InstanceAsync(long sequence, CancellationToken stop) =>
        (await StoredAsync($"{Selected} WHERE sequence = @sequence", new { sequence }, stop)).FirstOrDefault();

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredInstance>> ListAsync(string studyUid, string? seriesUid, string? sopInstanceUid, InstanceState state, long after, int limit, CancellationToken stop)
    {
        string where = "study_uid = @studyUid AND state = @state AND sequence > @after";
        if (seriesUid is not null) where += " AND series_uid = @seriesUid";
        if (sopInstanceUid is not null) where += " AND sop_instance_uid = @sopInstanceUid";
        return StoredAsync($"{Selected} WHERE {where} ORDER BY sequence LIMIT @limit", new { studyUid, seriesUid, sopInstanceUid, state = (long)state, after, limit }, stop);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<StoredInstance>> ListAsync(InstanceState? state, long after, int limit, CancellationToken stop) =>
        StoredAsync($"{Selected} WHERE {(state is null ? "" : "state = @state AND ")}sequence > @after ORDER BY sequence LIMIT @limit", new { state = (long?)state, after, limit }, stop);

    private Task<IReadOnlyList<StoredInstance>> StoredAsync(string sql, object values, CancellationToken stop) => ReadAsync<IReadOnlyList<StoredInstance>>(
        async session => [.. (await session.QueryAsync<InstanceRow>(sql, values)).Select(row => row.ToInstance())], stop);

    /// <inheritdoc/>
    public Task<SearchResult> SearchAsync(SearchQuery query, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(query);
        if (query.Limit == 0) return Task.FromResult(new SearchResult([], More: true));
        return ReadAsync(async session =>
        {
            var statement = new SearchStatement(query, session.Dialect);
            List<SearchRow> rows = query.Level == SearchLevel.Instance
                ? [.. (await session.QueryAsync<InstanceRow>(statement.Sql, statement.Values)).Select(OfInstance)]
                : await AttributesAsync(session, statement, query.Level);
            bool more = rows.Count > query.Limit;
            if (more) rows.RemoveAt(rows.Count - 1);
            return new SearchResult(rows, more);
        }, stop);
    }

    /// <summary>The attributes of instances as their rows have them, by sequence; of those without any nothing.</summary>
    internal Task<Dictionary<long, InstanceAttributes>> AttributesAsync(IReadOnlyCollection<long> sequences, CancellationToken stop) => ReadAsync(async session =>
        (await session.QueryAsync<(long Sequence, string Attributes)>(
            $"SELECT sequence, attributes FROM instance WHERE attributes IS NOT NULL AND {session.Dialect.In("sequence", "sequences")}", new { sequences = session.Dialect.List(sequences) }))
            .ToDictionary(row => row.Sequence, row => InstanceAttributes.FromJson(row.Attributes)), stop);

    /// <summary>True where an instance names the object.</summary>
    internal Task<bool> NamesAsync(ObjectDigest digest, CancellationToken stop) => ReadAsync(
        async session => await session.FirstAsync<long?>("SELECT sequence FROM instance WHERE object = @digest LIMIT 1", new { digest = digest.Hex }) is not null, stop);

    /// <summary>The database's plan for a search, a step a line: for tests and benchmarks, which look for scans of whole tables.</summary>
    internal Task<IReadOnlyList<string>> ExplainAsync(SearchQuery query, CancellationToken stop) => ReadAsync<IReadOnlyList<string>>(async session =>
    {
        var statement = new SearchStatement(query, session.Dialect);
        return [.. (await session.QueryAsync<dynamic>(session.Dialect.Explain + statement.Sql, statement.Values)).Select(row => (string)((IDictionary<string, object>)row).Values.Last())];
    }, stop);

    private static SearchRow OfInstance(InstanceRow row) => new()
    {
        StudyUid = row.StudyUid, SeriesUid = row.SeriesUid, Instance = row.ToInstance(), Attributes = row.Parsed, NumberOfInstances = 1,
    };

    private static async Task<List<SearchRow>> AttributesAsync(SqlSession session, SearchStatement statement, SearchLevel level)
    {
        List<IDictionary<string, object>> found = [.. (await session.QueryAsync<dynamic>(statement.Sql, statement.Values)).Cast<IDictionary<string, object>>()];
        (DicomTag Tag, string Column)[] columns = level == SearchLevel.Study ? AttributeColumns.Study : [.. AttributeColumns.Study, .. AttributeColumns.Series];
        ILookup<long, string> modalities = Enumerable.Empty<string>().ToLookup(_ => 0L);
        if (level == SearchLevel.Study && found.Count > 0)
        {
            object ids = session.Dialect.List([.. found.Select(row => (long)row["id"])]);
            modalities = (await session.QueryAsync<(long Study, string Modality)>($"SELECT study, modality FROM study_modality WHERE {session.Dialect.In("study", "ids")} ORDER BY study, modality", new { ids }))
                .ToLookup(row => row.Study, row => row.Modality);
        }
        return [.. found.Select(row => new SearchRow
        {
            StudyUid = (string)row["study_uid"], SeriesUid = level == SearchLevel.Study ? null : (string)row["series_uid"],
            Attributes = new InstanceAttributes(columns.Select(c => KeyValuePair.Create(c.Tag, (string)row[c.Column]))),
            ModalitiesInStudy = [.. modalities[(long)row["id"]]],
            NumberOfSeries = level == SearchLevel.Study ? (int)(long)row["number_of_series"] : 0, NumberOfInstances = (int)(long)row["number_of_instances"],
        })];
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<Delivery>> DueAsync(string destination, DateTimeOffset now, int limit, CancellationToken stop) => ReadAsync<IReadOnlyList<Delivery>>(async session =>
    {
        List<DeliveryRow> due = await DeliveryQueue.DueAsync(session, destination, now.ToUnixTimeMilliseconds(), limit);
        return await DeliveriesAsync(session, due);
    }, stop);

    /// <inheritdoc/>
    public Task<IReadOnlyList<Delivery>> DeliveriesAsync(string destination, DeliveryState state, long after, int limit, CancellationToken stop) => ReadAsync(async session =>
        await DeliveriesAsync(session, await session.QueryAsync<DeliveryRow>(
            "SELECT * FROM delivery WHERE destination = @destination AND state = @state AND sequence > @after ORDER BY sequence LIMIT @limit",
            new { destination, state = (long)state, after, limit })), stop);

    private static async Task<IReadOnlyList<Delivery>> DeliveriesAsync(SqlSession session, List<DeliveryRow> rows)
    {
        if (rows.Count == 0) return [];
        object sequences = session.Dialect.List([.. rows.Select(row => row.Sequence)]);
        Dictionary<long, StoredInstance> instances = (await session.QueryAsync<InstanceRow>($"{Selected} WHERE {session.Dialect.In("sequence", "sequences")}", new { sequences }))
            .ToDictionary(row => row.Sequence, row => row.ToInstance());
        return [.. rows.Select(row => new Delivery
        {
            Sequence = row.Sequence, Destination = row.Destination, Instance = instances[row.Sequence], State = (DeliveryState)row.State, Attempts = (int)row.Attempts,
            NotBefore = DateTimeOffset.FromUnixTimeMilliseconds(row.NotBefore), TransactionUid = row.TransactionUid, LastError = row.LastError,
            RefusedSince = row.RefusedSince is { } since ? DateTimeOffset.FromUnixTimeMilliseconds(since) : null,
        })];
    }

    /// <inheritdoc/>
    public Task PostponeAsync(Delivery delivery, DateTimeOffset notBefore, string error, DateTimeOffset? refusedSince, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(delivery);
        return WriteAsync(async session =>
        {
            int waiting = await session.ExecuteAsync(
                "UPDATE delivery SET attempts = attempts + 1, last_error = @error, not_before = @notBefore, refused_since = @refusedSince WHERE destination = @destination AND sequence = @sequence AND state = 0",
                new { destination = delivery.Destination, sequence = delivery.Sequence, notBefore = notBefore.ToUnixTimeMilliseconds(), error = EntryText.Text(error), refusedSince = refusedSince?.ToUnixTimeMilliseconds() });
            // Delivered or taken back meanwhile: then there is nothing to put off.
            if (waiting > 0) await DeliveryQueue.RefreshAsync(session, delivery.Destination, delivery.Instance.StudyUid);
        }, stop);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<DeliveryCount>> DeliveryCountsAsync(CancellationToken stop) => ReadAsync<IReadOnlyList<DeliveryCount>>(async session =>
    {
        var counts = await session.QueryAsync<(string Destination, long State, long Count)>("SELECT destination, state, COUNT(*) FROM delivery GROUP BY destination, state ORDER BY destination, state");
        Dictionary<string, long> oldest = (await session.QueryAsync<(string Destination, long At)>(
            "SELECT q.destination, i.received_at FROM (SELECT destination, MIN(first_sequence) AS first FROM delivery_queue GROUP BY destination) q JOIN instance i ON i.sequence = q.first"))
            .ToDictionary(row => row.Destination, row => row.At);
        return [.. counts.Select(c => new DeliveryCount(c.Destination, (DeliveryState)c.State, c.Count,
            c.State == (long)DeliveryState.Waiting && oldest.TryGetValue(c.Destination, out long at) ? DateTimeOffset.FromUnixTimeMilliseconds(at) : null))];
    }, stop);

    /// <inheritdoc/>
    public Task<IReadOnlyList<PendingCommitment>> PendingCommitmentsAsync(DateTimeOffset now, int limit, CancellationToken stop) => ReadAsync<IReadOnlyList<PendingCommitment>>(async session =>
    [
        .. (await session.QueryAsync<CommitmentRow>("SELECT * FROM commitment WHERE reported = 0 AND not_before <= @now ORDER BY sequence LIMIT @limit", new { now = now.ToUnixTimeMilliseconds(), limit }))
            .Select(row => new PendingCommitment(row.Sequence, row.TransactionUid, row.CallingAe, DateTimeOffset.FromUnixTimeMilliseconds(row.At),
                [.. EntryChanges.Lines(row.Instances).Select(line => line.Split(' ', 2)).Where(parts => parts.Length == 2).Select(parts => (parts[0], parts[1].Trim()))],
                (int)row.Attempts, DateTimeOffset.FromUnixTimeMilliseconds(row.NotBefore))),
    ], stop);

    /// <inheritdoc/>
    public Task PostponeAsync(PendingCommitment commitment, DateTimeOffset notBefore, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(commitment);
        return WriteAsync(session => session.ExecuteAsync("UPDATE commitment SET attempts = attempts + 1, not_before = @notBefore WHERE sequence = @sequence AND reported = 0",
            new { sequence = commitment.Sequence, notBefore = notBefore.ToUnixTimeMilliseconds() }), stop);
    }

    /// <inheritdoc/>
    public Task<IReadOnlyList<(long Sequence, string Hash, string Line)>> JournalAsync(long after, int limit, CancellationToken stop) => ReadAsync<IReadOnlyList<(long, string, string)>>(
        async session => await session.QueryAsync<(long, string, string)>("SELECT sequence, hash, line FROM journal WHERE sequence > @after ORDER BY sequence LIMIT @limit", new { after, limit }), stop);

    /// <inheritdoc/>
    public Task<IReadOnlyDictionary<InstanceState, long>> CountsAsync(CancellationToken stop) => ReadAsync<IReadOnlyDictionary<InstanceState, long>>(async session =>
    {
        var found = (await session.QueryAsync<(long State, long Count)>("SELECT state, COUNT(*) FROM instance GROUP BY state")).ToDictionary(row => row.State, row => row.Count);
        return Enum.GetValues<InstanceState>().ToDictionary(state => state, state => found.GetValueOrDefault((long)state));
    }, stop);
}
