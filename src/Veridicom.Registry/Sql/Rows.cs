using Veridicom.Seals.Verify;

namespace Veridicom.Registry.Sql;

// Rows as the database gives them; numbers are 64 bits wide in both databases.

/// <summary>What becomes of a row that was changed in memory.</summary>
internal enum RowFate
{
    Kept,
    New,
    Changed,
    Gone,
}

internal sealed class InstanceRow
{
    public const string Columns = "sequence, study_uid, series_uid, sop_instance_uid, sop_class_uid, transfer_syntax_uid, object, size, "
        + "content_digest, state, received_at, received_from, route, verdict, seal_identity, series, attributes";

    public long Sequence { get; set; }
    public string StudyUid { get; set; } = "";
    public string SeriesUid { get; set; } = "";
    public string SopInstanceUid { get; set; } = "";
    public string SopClassUid { get; set; } = "";
    public string TransferSyntaxUid { get; set; } = "";
    public string Object { get; set; } = "";
    public long Size { get; set; }
    public string ContentDigest { get; set; } = "";
    public long State { get; set; }
    public long ReceivedAt { get; set; }
    public string ReceivedFrom { get; set; } = "";
    public string Route { get; set; } = "";
    public string Verdict { get; set; } = "";
    public string? SealIdentity { get; set; }
    public long? Series { get; set; }
    public string? Attributes { get; set; }

    public RowFate Fate { get; set; }
    public List<DeliveryRow> Deliveries { get; } = [];

    /// <summary>The attributes, read once.</summary>
    public InstanceAttributes Parsed => field ??= InstanceAttributes.FromJson(Attributes);

    public StoredInstance ToInstance() => new()
    {
        Sequence = Sequence, StudyUid = StudyUid, SeriesUid = SeriesUid, SopInstanceUid = SopInstanceUid, SopClassUid = SopClassUid,
        TransferSyntaxUid = TransferSyntaxUid,
        Object = ObjectDigest.TryParse(Object, out ObjectDigest digest) ? digest : throw new RegistryException($"row {Sequence} of the registry names no object", canRetry: false),
        Size = Size, ContentDigest = ContentDigest, State = (InstanceState)State, ReceivedAt = DateTimeOffset.FromUnixTimeMilliseconds(ReceivedAt),
        ReceivedFrom = ReceivedFrom, Route = Route, Verdict = Enum.TryParse(Verdict, out VerdictKind kind) ? kind : VerdictKind.Unverifiable, SealIdentity = SealIdentity,
    };
}

internal sealed class StudyRow
{
    public long Id { get; set; }
    public string StudyUid { get; set; } = "";
    public string PatientId { get; set; } = "";
    public string StudyDate { get; set; } = "";
    public long NumberOfSeries { get; set; }
    public long NumberOfInstances { get; set; }

    public RowFate Fate { get; set; }
    public InstanceAttributes Attributes { get; set; } = InstanceAttributes.None;
}

internal sealed class SeriesRow
{
    public long Id { get; set; }
    public long Study { get; set; }
    public string SeriesUid { get; set; } = "";
    public string Modality { get; set; } = "";
    public long NumberOfInstances { get; set; }

    public RowFate Fate { get; set; }
    public InstanceAttributes Attributes { get; set; } = InstanceAttributes.None;
}

internal sealed class ModalityRow
{
    public long Study { get; set; }
    public string Modality { get; set; } = "";
    public string StudyDate { get; set; } = "";
    public string StudyUid { get; set; } = "";
    public long NumberOfSeries { get; set; }

    public RowFate Fate { get; set; }
}

internal sealed record NameRow(long Study, long Part, string Form);

internal sealed class DeliveryRow
{
    public string Destination { get; set; } = "";
    public long Sequence { get; set; }
    public string StudyUid { get; set; } = "";
    public long State { get; set; }
    public string? TransactionUid { get; set; }
    public long Attempts { get; set; }
    public string? LastError { get; set; }
    public long NotBefore { get; set; }
    public long? RefusedSince { get; set; }

    public RowFate Fate { get; set; }

    public void Become(DeliveryState state, string? transactionUid)
    {
        (State, TransactionUid, NotBefore, RefusedSince) = ((long)state, transactionUid, 0, null);
        if (state == DeliveryState.Waiting) (Attempts, LastError) = (0, null);
        if (Fate == RowFate.Kept) Fate = RowFate.Changed;
    }
}

internal sealed class CommitmentRow
{
    public long Sequence { get; set; }
    public string TransactionUid { get; set; } = "";
    public string CallingAe { get; set; } = "";
    public long At { get; set; }
    public string Instances { get; set; } = "";
    public long Reported { get; set; }
    public long Attempts { get; set; }
    public long NotBefore { get; set; }

    public RowFate Fate { get; set; }
}
