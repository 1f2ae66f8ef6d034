namespace Veridicom.Registry.Sql;

/// <summary>What of a table comes from the journal: its key, and the columns that a replay makes again. Attempts and their times are not among them.</summary>
/// <param name="Name">Of the table.</param>
/// <param name="Keys">Columns of the primary key.</param>
/// <param name="Columns">The others.</param>
internal sealed record TableLayout(string Name, string[] Keys, string[] Columns)
{
    /// <summary>All tables.</summary>
    public static IReadOnlyList<TableLayout> All { get; } =
    [
        new("journal", ["sequence"], ["hash", "at", "kind", "who", "study_uid", "sop_instance_uid", "line"]),
        new("study", ["id"], ["study_uid", .. AttributeColumns.Study.Select(c => c.Column), "number_of_series", "number_of_instances"]),
        new("study_name", ["part", "form", "study"], []),
        new("series", ["id"], ["study", "series_uid", .. AttributeColumns.Series.Select(c => c.Column), "number_of_instances"]),
        new("study_modality", ["study", "modality"], ["study_date", "study_uid", "number_of_series"]),
        new("instance", ["sequence"],
        [
            "study_uid", "series_uid", "sop_instance_uid", "sop_class_uid", "transfer_syntax_uid", "object", "size", "content_digest", "state", "received_at", "received_from", "route",
            "verdict", "seal_identity", "series", .. AttributeColumns.Instance.Select(c => c.Column), "attributes",
        ]),
        new("delivery", ["destination", "sequence"], ["study_uid", "state", "transaction_uid"]),
        new("delivery_queue", ["destination", "study_uid"], ["first_sequence"]),
        new("commitment", ["sequence"], ["transaction_uid", "calling_ae", "at", "instances", "reported"]),
    ];

    /// <summary>All rows in the order of their keys, keys first.</summary>
    public string Select => $"SELECT {string.Join(", ", [.. Keys, .. Columns])} FROM {Name} ORDER BY {string.Join(", ", Keys)}";

    /// <summary>Orders two rows by their keys as both databases do: numbers by value, texts by their bytes in UTF-8.</summary>
    public int Compare(object?[] left, object?[] right)
    {
        for (int i = 0; i < Keys.Length; i++)
        {
            int order = left[i] is long a && right[i] is long b
                ? a.CompareTo(b)
                : System.Text.Encoding.UTF8.GetBytes((string)left[i]!).AsSpan().SequenceCompareTo(System.Text.Encoding.UTF8.GetBytes((string)right[i]!));
            if (order != 0) return order;
        }
        return 0;
    }
}
