using Veridicom.Registry.Journal;
using Veridicom.Seals.Verify;

namespace Veridicom.Registry.Sql;

/// <summary>Text of journal entries as the columns hold it: no NUL, and short enough for an index.</summary>
internal static class EntryText
{
    private const int Most = 256, MostUid = 64;

    public static string? Text(string? text) => text is null ? null : InstanceAttributes.Clean(text, Most);

    /// <summary>Text that no index holds.</summary>
    public static string Long(string? text) => InstanceAttributes.Clean(text ?? "", int.MaxValue);

    /// <summary>Null for none; a hostile one is cut.</summary>
    public static string? Uid(string? uid) => string.IsNullOrEmpty(uid) ? null : InstanceAttributes.Clean(uid, MostUid);

    /// <summary>The row of an instance that was received.</summary>
    public static InstanceRow Row(AppliedEntry applied)
    {
        JournalEntry entry = applied.Entry;
        if (entry.Object is not { } digest) throw new RegistryException($"entry {applied.Sequence} of the journal took in no object", canRetry: false);
        return new InstanceRow
        {
            Sequence = applied.Sequence, StudyUid = Uid(entry.StudyUid) ?? "", SeriesUid = Uid(entry.SeriesUid) ?? "",
            SopInstanceUid = Uid(entry.SopInstanceUid) ?? "", SopClassUid = Uid(entry.SopClassUid) ?? "", TransferSyntaxUid = Uid(entry.TransferSyntaxUid) ?? "",
            Object = digest.Hex, Size = entry.Size ?? 0, ContentDigest = Text(entry.ContentDigest) ?? "", State = (long)(entry.State ?? InstanceState.Accepted),
            ReceivedAt = entry.At.ToUnixTimeMilliseconds(), ReceivedFrom = Text(entry.Who.Name) ?? "", Route = Text(entry.Route) ?? "",
            Verdict = (Enum.TryParse(entry.Verdict, ignoreCase: true, out VerdictKind kind) && Enum.IsDefined(kind) ? kind : VerdictKind.Unverifiable).ToString(),
            SealIdentity = Text(entry.SealIdentity), Attributes = applied.Attributes?.ToJson(), Fate = RowFate.New,
        };
    }
}
