using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Testing.Registry;

/// <summary>Writes journal entries for tests of registries: numbered and hashed, with lines that only name them.</summary>
public sealed class Entries
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);

    /// <summary>All made so far.</summary>
    public List<AppliedEntry> All { get; } = [];

    /// <summary>Digest of a text, for objects.</summary>
    public static ObjectDigest Digest(string text) => ObjectDigest.Of(SHA256.HashData(Encoding.UTF8.GetBytes(text)));

    /// <summary>Attributes from pairs "ggggeeee", value.</summary>
    public static InstanceAttributes Attributes(params (string Tag, string Value)[] values) =>
        new(values.Select(v => KeyValuePair.Create(new DicomTag(uint.Parse(v.Tag, NumberStyles.HexNumber, CultureInfo.InvariantCulture)), v.Value)));

    /// <summary>Adds an entry; the journal's own form is not what these tests are about.</summary>
    public AppliedEntry Add(JournalEntry entry, InstanceAttributes? attributes = null)
    {
        long sequence = All.Count + 1;
        string line = string.Create(CultureInfo.InvariantCulture, $"{{\"n\":{sequence},\"kind\":\"{entry.Kind}\"}}");
        string hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes((All.Count == 0 ? "" : All[^1].Hash) + line)));
        var applied = new AppliedEntry(sequence, hash, Encoding.UTF8.GetBytes(line), entry, attributes);
        All.Add(applied);
        return applied;
    }

    /// <summary>An entry of a kind, one second after the one before.</summary>
    public JournalEntry Of(EntryKind kind) => new() { Kind = kind, At = Start.AddSeconds(All.Count), Who = Actor.Gateway };

    /// <summary>Takes in an instance. The object is named after UID and content.</summary>
    public AppliedEntry Receive(
        string study, string series, string sop, InstanceState state = InstanceState.Accepted, InstanceAttributes? attributes = null, string content = "", params string[] destinations) =>
        Add(Of(EntryKind.Received) with
        {
            Who = new Actor("CT1", "ae-title", "127.0.0.1"), StudyUid = study, SeriesUid = series, SopInstanceUid = sop, SopClassUid = "1.2.840.10008.5.1.4.1.1.2",
            TransferSyntaxUid = "1.2.840.10008.1.2.1", Object = Digest(sop + content), Size = 1000 + All.Count, ContentDigest = Digest("content " + sop + content).Hex,
            State = state, Route = "default", Verdict = "authentic", SealIdentity = "0102", Destinations = destinations,
        }, attributes ?? InstanceAttributes.None);

    /// <summary>An operator's decision about an instance.</summary>
    public AppliedEntry Decide(EntryKind kind, InstanceState state, string sop, string content = "", params string[] destinations) =>
        Add(Of(kind) with { SopInstanceUid = sop, Object = Digest(sop + content), State = state, Destinations = destinations });

    /// <summary>Something about one delivery.</summary>
    public AppliedEntry Deliver(EntryKind kind, string destination, string sop, string? transaction = null, string content = "") =>
        Add(Of(kind) with { Destination = destination, SopInstanceUid = sop, Object = Digest(sop + content), TransactionUid = transaction });

    /// <summary>A commitment asked for.</summary>
    public AppliedEntry Ask(string destination, string transaction, params string[] sops) =>
        Add(Of(EntryKind.CommitmentAsked) with { Destination = destination, TransactionUid = transaction, Detail = string.Join('\n', sops) });
}
