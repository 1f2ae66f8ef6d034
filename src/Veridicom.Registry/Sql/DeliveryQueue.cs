namespace Veridicom.Registry.Sql;

/// <summary>
/// The queue of each destination: for each study of which something waits the oldest that does, and the time before which nothing of it is due.
/// So that a destination that is away for days costs a look at its studies, not at its instances.
/// </summary>
internal static class DeliveryQueue
{
    // Of so many studies at once deliveries are handed out, so that one large study does not keep the others waiting.
    private const int StudiesAtOnce = 32;

    private const string Empty = """
        DELETE FROM delivery_queue WHERE destination = @destination AND study_uid = @study
        AND NOT EXISTS (SELECT 1 FROM delivery d WHERE d.destination = @destination AND d.study_uid = @study AND d.state = 0)
        """;

    // The oldest that is not refused holds up those behind it; one that is refused waits for itself alone.
    private const string Fill = """
        INSERT INTO delivery_queue (destination, study_uid, first_sequence, due_at)
        SELECT d.destination, d.study_uid, MIN(d.sequence), (SELECT MIN(t.at) FROM (
            SELECT (SELECT o.not_before FROM delivery o WHERE o.destination = d.destination AND o.study_uid = d.study_uid AND o.state = 0 AND o.refused_since IS NULL ORDER BY o.sequence LIMIT 1) AS at
            UNION ALL SELECT (SELECT MIN(r.not_before) FROM delivery r WHERE r.destination = d.destination AND r.study_uid = d.study_uid AND r.state = 0 AND r.refused_since IS NOT NULL)) t)
        FROM delivery d WHERE d.state = 0 AND d.destination = @destination
        """;

    private const string OfStudy = " AND d.study_uid = @study", Grouped = " GROUP BY d.destination, d.study_uid ";

    private const string OrReplace = "ON CONFLICT (destination, study_uid) DO UPDATE SET first_sequence = excluded.first_sequence, due_at = excluded.due_at";

    /// <summary>Makes a study's row from its deliveries.</summary>
    public static async Task RefreshAsync(SqlSession session, string destination, string study)
    {
        await session.ExecuteAsync(Empty, new { destination, study });
        await session.ExecuteAsync(Fill + OfStudy + Grouped + OrReplace, new { destination, study });
    }

    /// <summary>Undeliverable ones wait again, where their instance is still accepted; all that wait are due at once, without attempts or refusal.</summary>
    public static async Task RetryAsync(SqlSession session, string? destination, string? study)
    {
        if (destination is null) return;
        var values = new { destination, study };
        string where = "destination = @destination" + (study is null ? "" : " AND study_uid = @study");
        await session.ExecuteAsync($"""
            UPDATE delivery SET state = 0, transaction_uid = NULL, attempts = 0, last_error = NULL, not_before = 0, refused_since = NULL WHERE {where}
            AND (state = 0 OR state = 4 AND EXISTS (SELECT 1 FROM instance i WHERE i.sequence = delivery.sequence AND i.state = 0))
            """, values);
        await session.ExecuteAsync($"DELETE FROM delivery_queue WHERE {where}", values);
        await session.ExecuteAsync(Fill + (study is null ? "" : OfStudy) + Grouped, values);
    }

    /// <summary>What is due, by sequence: of each study in order, and nothing behind an instance that waits for its time, unless that one is refused.</summary>
    public static async Task<List<DeliveryRow>> DueAsync(SqlSession session, string destination, long now, int limit)
    {
        List<string> studies = await session.QueryAsync<string>(
            "SELECT study_uid FROM delivery_queue WHERE destination = @destination AND due_at <= @now ORDER BY first_sequence LIMIT @studies",
            new { destination, now, studies = (long)Math.Min(limit, StudiesAtOnce) });
        List<DeliveryRow> due = [];
        for (int i = 0; i < studies.Count; i++)
        {
            // what one study leaves of its share is for those behind it
            long share = Math.Max(1, (limit - due.Count) / (studies.Count - i));
            due.AddRange(await session.QueryAsync<DeliveryRow>("""
                SELECT d.* FROM delivery d WHERE d.destination = @destination AND d.study_uid = @study AND d.state = 0 AND d.not_before <= @now
                AND d.sequence < COALESCE((SELECT MIN(o.sequence) FROM delivery o WHERE o.destination = @destination AND o.study_uid = @study AND o.state = 0 AND o.refused_since IS NULL AND o.not_before > @now), 9223372036854775807)
                ORDER BY d.sequence LIMIT @share
                """, new { destination, study = studies[i], now, share }));
        }
        due.Sort((a, b) => a.Sequence.CompareTo(b.Sequence));
        return due;
    }
}
