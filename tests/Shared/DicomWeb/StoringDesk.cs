using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Gateway.Intake;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;
using Veridicom.Seals.Verify;

namespace Veridicom.Testing.DicomWeb;

/// <summary>An intake that stores what comes as it comes, without routes and seals, and fails where it is told to.</summary>
public sealed class StoringDesk(Vault vault, IObjectStore store) : IIntakeDesk
{
    private int _atOnce;

    /// <summary>Longest instance.</summary>
    public long MaxInstance { get; set; } = 64 << 20;

    /// <summary>Asked before an instance is taken in: an outcome other than null is its own.</summary>
    public Func<DicomFile, IntakeResult?> Fault { get; set; } = _ => null;

    /// <summary>Waited for before each is taken in.</summary>
    public Task Gate { get; set; } = Task.CompletedTask;

    /// <summary>Most that were taken in at the same time.</summary>
    public int MostAtOnce { get; private set; }

    /// <summary>Sources of what came.</summary>
    public List<ArrivalSource> Sources { get; } = [];

    /// <summary>Arrivals that were begun and not let go of.</summary>
    public int Held;

    public Arrival Begin() => new HeldArrival(this);

    public async Task<IntakeResult> AcceptAsync(Arrival arrival, ArrivalSource source, CancellationToken stop)
    {
        lock (Sources)
        {
            Sources.Add(source);
            MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
        }
        try
        {
            await Gate;
            return await TakeAsync(((HeldArrival)arrival).Bytes.ToArray(), source, stop);
        }
        finally
        {
            lock (Sources) _atOnce--;
        }
    }

    private async Task<IntakeResult> TakeAsync(byte[] bytes, ArrivalSource source, CancellationToken stop)
    {
        DicomFile file;
        try
        {
            file = DicomFile.Parse(new MemorySource(bytes));
        }
        catch (DicomException e)
        {
            return new IntakeResult(IntakeOutcome.Refused, null, null, e.Code.ToString());
        }
        string Uid(uint tag) => file.DataSet.Ascii(new DicomTag(tag)) ?? "";
        string sopClass = Uid(0x00080016), instance = Uid(0x00080018), study = Uid(0x0020000D);
        if (Fault(file) is { } fault) return fault with { SopClassUid = sopClass, SopInstanceUid = instance };
        if (source.Studies?.Contains(study) == false) return new IntakeResult(IntakeOutcome.OtherStudy, null, null, "of another study", null, sopClass, instance);
        string content = Convert.ToHexStringLower(SHA256.HashData(bytes));
        IReadOnlyList<StoredInstance> same = await vault.Registry.InstancesAsync(instance, stop);
        if (same.FirstOrDefault(one => one.ContentDigest == content) is { } repeated) return new IntakeResult(IntakeOutcome.Repeated, repeated, null, null);
        InstanceState state = Uid(0x00080060) == "OT" ? InstanceState.Quarantined : same.Count > 0 ? InstanceState.Conflict : InstanceState.Accepted;
        (ObjectDigest digest, long size) = await store.PutAsync(output => output.Write(bytes), stop);
        AppliedEntry applied = await vault.RecordAsync(new JournalEntry
        {
            Kind = EntryKind.Received, At = DateTimeOffset.FromUnixTimeMilliseconds(1780315200000), Who = source.Who, StudyUid = study, SeriesUid = Uid(0x0020000E), SopInstanceUid = instance,
            SopClassUid = sopClass, Object = digest, Size = size, TransferSyntaxUid = file.TransferSyntax.Uid, ContentDigest = content, State = state, Route = "test", Verdict = VerdictKind.Unsealed.Word(),
        }, InstanceAttributes.Read(file.DataSet), stop);
        StoredInstance stored = await vault.Registry.InstanceAsync(applied.Sequence, stop) ?? throw new InvalidOperationException("the registry has lost it");
        return new IntakeResult(stored.State switch { InstanceState.Conflict => IntakeOutcome.Conflict, InstanceState.Quarantined => IntakeOutcome.Quarantined, _ => IntakeOutcome.Stored }, stored, null, null);
    }

    private sealed class HeldArrival : Arrival
    {
        private readonly StoringDesk _desk;

        public HeldArrival(StoringDesk desk)
        {
            _desk = desk;
            Interlocked.Increment(ref desk.Held);
        }

        public MemoryStream Bytes { get; } = new();

        public override long Length => Bytes.Length;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken stop)
        {
            if (Bytes.Length + bytes.Length > _desk.MaxInstance) throw new ArrivalTooLongException(_desk.MaxInstance);
            Bytes.Write(bytes.Span);
            return ValueTask.CompletedTask;
        }

        public override ValueTask DisposeAsync()
        {
            Interlocked.Decrement(ref _desk.Held);
            return ValueTask.CompletedTask;
        }
    }
}
