using System.Diagnostics;
using Microsoft.Extensions.Logging;
using Veridicom.Dicom;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.Intake;

/// <summary>Writes an entry into journal and registry; ends when it is durable in both. <c>Vault.RecordAsync</c>, or what a test makes of it.</summary>
public delegate Task<AppliedEntry> Recorder(JournalEntry entry, InstanceAttributes? attributes, CancellationToken stop);

/// <summary>Waits until nothing is being decided on a SOP Instance UID, and keeps it so until disposed of. Throws <see cref="RegistryException"/> while the registry does not know all that was decided.</summary>
public delegate Task<IDisposable> HoldUid(string sopInstanceUid, CancellationToken stop);

/// <summary>What the desk works with.</summary>
public sealed record IntakeSetup
{
    /// <summary>Routes, the first that matches decides.</summary>
    public required IReadOnlyList<Route> Routes { get; init; }

    /// <summary>Claims of the seals; purpose and note are set for each.</summary>
    public required Seals.Seal.Claims Claims { get; init; }

    /// <summary>Write the signature of PS3.15 Annex C beside the seal.</summary>
    public bool StandardSignature { get; init; } = true;

    /// <summary>Our key.</summary>
    public required ISigner Signer { get; init; }

    /// <summary>Who is trusted.</summary>
    public required TrustList Trust { get; init; }

    /// <summary>Salts.</summary>
    public required IRandomness Randomness { get; init; }

    /// <summary>Decodes JPEG 2000, null where there is none.</summary>
    public Pixels.Jpeg2000.IJpeg2000? Jpeg2000 { get; init; }

    /// <summary>Folder of arrivals that do not fit into memory; exists.</summary>
    public required string Incoming { get; init; }

    /// <summary>Longest instance, bytes.</summary>
    public long MaxInstance { get; init; } = 4L << 30;

    /// <summary>Time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}

/// <summary>
/// The one desk at which instances are taken in. The order is the promise: parse, route, look up, seal or verify, put into the store, record; only
/// when that has ended is anything said to the sender. What fails before is <see cref="IntakeOutcome.Unavailable"/>: the sender still has it.
/// </summary>
/// <param name="setup">Keys, routes, limits.</param>
/// <param name="store">Takes the bytes.</param>
/// <param name="registry">Says what is there.</param>
/// <param name="record">Makes an entry durable.</param>
/// <param name="ensureCurrent">Throws while the registry does not know all that is in the journal: <c>Vault.EnsureCurrent</c>.</param>
/// <param name="log">For operators; no attribute of an image.</param>
public sealed class IntakeDesk(IntakeSetup setup, IObjectStore store, IRegistry registry, Recorder record, Action ensureCurrent, ILogger<IntakeDesk> log) : IIntakeDesk, IDisposable
{
    /// <summary>Route under which stands what cannot be read or registered.</summary>
    public const string Unreadable = "unreadable";

    private const int MostCompared = 4;

    private readonly ArrivalBuffers _buffers = new();
    private readonly UidLocks _locks = new();
    private readonly SemaphoreSlim _processors = new(Environment.ProcessorCount);
    private readonly Judge _judge = new(setup.Claims, setup.StandardSignature, setup.Signer, setup.Trust, setup.Randomness, setup.Jpeg2000);

    /// <inheritdoc/>
    public Arrival Begin() => new BufferedArrival(_buffers, setup.Incoming, setup.MaxInstance);

    /// <inheritdoc cref="HoldUid"/>
    public async Task<IDisposable> HoldAsync(string sopInstanceUid, CancellationToken stop)
    {
        IDisposable held = await _locks.EnterAsync(sopInstanceUid, stop);
        try
        {
            // Whoever held it before may have been told that nothing was recorded, and the journal has it all the same: it would be taken in twice.
            ensureCurrent();
            return held;
        }
        catch
        {
            held.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async Task<IntakeResult> AcceptAsync(Arrival arrival, ArrivalSource source, CancellationToken stop)
    {
        long began = Stopwatch.GetTimestamp();
        IntakeResult result = await TryTakeInAsync(arrival, source, stop);
        IntakeMeter.Taken(result, source.Protocol, arrival.Length, Stopwatch.GetElapsedTime(began));
        return result;
    }

    private async Task<IntakeResult> TryTakeInAsync(Arrival arrival, ArrivalSource source, CancellationToken stop)
    {
        try
        {
            return await TakeInAsync((BufferedArrival)arrival, source, stop);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            return Unavailable("the gateway is stopping, or its peer is gone");
        }
        catch (RegistryException e)
        {
            log.LogError(e, "An instance was not taken in: {Reason}", e.Message);
            return Unavailable("store or registry cannot be written");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            log.LogError(e, "An instance was not taken in: the disk cannot be read or written");
            return Unavailable("the disk cannot be read or written");
        }
        catch (TrustException e)
        {
            log.LogError(e, "An instance was not taken in: the key does not sign: {Reason}", e.Message);
            return Unavailable("the sealing key cannot be used");
        }
#pragma warning disable CA1031 // whatever it is, one instance and its sender are concerned, and no other association
        catch (Exception e)
#pragma warning restore CA1031
        {
            log.LogCritical(e, "An instance was not taken in: this program is defective");
            return Unavailable("internal error");
        }
    }

    private async Task<IntakeResult> TakeInAsync(BufferedArrival arrival, ArrivalSource source, CancellationToken stop)
    {
        Examination examined = await IntakeMeter.StepAsync("examine", () => ComputeAsync(() => Examination.Of(arrival.Source), stop));
        if (examined.IsForeign) return await RefuseAsync(examined, source, IntakeOutcome.Refused, 0xC000, examined.File is null ? "no DICOM file" : examined.Problem!, stop);
        if (source.Studies is not null && !source.Studies.Contains(examined.StudyUid, StringComparer.Ordinal))
            return await RefuseAsync(examined, source, IntakeOutcome.OtherStudy, 0x0124, "not of a study that the sender may store to", stop);
        if (Differs(source.SopClassUid, examined.SopClassUid) || Differs(source.SopInstanceUid, examined.SopInstanceUid))
            return await RefuseAsync(examined, source, IntakeOutcome.Refused, 0xA900, "class or instance is not that of the command", stop);
        if (examined.File is not { } file || examined.Problem is not null) return await KeepUnreadableAsync(arrival, examined, source, stop);
        if (setup.Routes.FirstOrDefault(r => r.Matches(source, examined.Modality)) is not { } route)
            return await RefuseAsync(examined, source, IntakeOutcome.Refused, 0x0124, "no route takes it", stop);
        await using BufferedArrival? completed = file.HasPreamble && !file.SyntaxAssumed ? null : await ComputeAsync(() => Complete(arrival, file, examined), stop);
        if (completed is not null) file = await ComputeAsync(() => DicomFile.Parse(completed.Source), stop);
        using IDisposable held = await HoldAsync(examined.SopInstanceUid, stop);
        return await DecideAsync(file, examined, source, route, stop);
    }

    /// <summary>Evidence of something, kept as it came; the same bytes once, however often a sender tries. They have no UID to go by.</summary>
    private async Task<IntakeResult> KeepUnreadableAsync(BufferedArrival arrival, Examination examined, ArrivalSource source, CancellationToken stop)
    {
        using IDisposable held = await HoldAsync(examined.ContentDigest, stop);
        (ObjectDigest digest, _) = await IntakeMeter.StepAsync("store", () => store.PutAsync(Write, stop));
        if ((await registry.InstancesAsync(digest, stop)).FirstOrDefault(i => i.Route == Unreadable) is { } same) return await RepeatAsync(same, source, stop);
        Verdict verdict = await ComputeAsync(() => _judge.Verify(arrival.Source, Now), stop);
        return await StoreAsync(examined, source, Unreadable, [], new Ruling(InstanceState.Quarantined, verdict, examined.Problem, Write), stop, examined.File);

        void Write(Stream output) => arrival.Source.CopyTo(output, 0, arrival.Length);
    }

    private static bool Differs(string? demanded, string found) => demanded is not null && found.Length > 0 && demanded != found;

    /// <summary>A data set that was stored bare gets preamble and meta elements: what we keep is PS3.10.</summary>
    private BufferedArrival Complete(BufferedArrival arrival, DicomFile file, Examination examined)
    {
        var whole = (BufferedArrival)Begin();
        try
        {
            whole.Write(FileHead.Write(examined.SopClassUid, examined.SopInstanceUid, examined.TransferSyntaxUid, null));
            const int step = 1 << 20;
            for (long at = file.DataSetOffset; at < arrival.Length; at += step) whole.Write(arrival.Source.Window(at, (int)Math.Min(step, arrival.Length - at)));
            return whole;
        }
        catch
        {
            whole.Dispose();
            throw;
        }
    }

    /// <summary>Under the lock of the UID.</summary>
    private async Task<IntakeResult> DecideAsync(DicomFile file, Examination examined, ArrivalSource source, Route route, CancellationToken stop)
    {
        IReadOnlyList<StoredInstance> known = await registry.InstancesAsync(examined.SopInstanceUid, stop);
        if (known.FirstOrDefault(i => i.ContentDigest == examined.ContentDigest) is { } same)
        {
            // who is told so may delete its own
            using StoredObject? there = store.Open(same.Object);
            if (there?.Length != same.Size) throw new RegistryException("an object that the registry names is not in the store as it was", canRetry: false);
            return await RepeatAsync(same, source, stop);
        }
        if (!known.Any(i => i.State == InstanceState.Accepted))
        {
            Ruling ruling = await IntakeMeter.StepAsync("judge", () => ComputeAsync(() => _judge.Apply(route, file, Now), stop));
            return await StoreAsync(examined, source, route.Name, route.ForwardTo, ruling, stop, file);
        }
        (StoredInstance? like, Verdict verdict) = await ComputeAsync(() => Compare(file, route, known), stop);
        if (like is not null) return await RepeatAsync(like, source, stop);
        var conflict = new Ruling(InstanceState.Conflict, verdict, "an instance with this UID and other content is there already", file.WriteTo);
        return await StoreAsync(examined, source, route.Name, [], conflict, stop, file);
    }

    private (StoredInstance? Like, Verdict Verdict) Compare(DicomFile file, Route route, IReadOnlyList<StoredInstance> known)
    {
        Verdict verdict = _judge.Verify(file, route.Policy, Now);
        foreach (StoredInstance one in known.Where(i => i.State is InstanceState.Accepted or InstanceState.Conflict).OrderBy(i => i.State).Take(MostCompared))
        {
            using StoredObject stored = store.Open(one.Object) ?? throw new RegistryException("an object that the registry names is not in the store", canRetry: false);
            if (ContentAgreement.Agree(file, verdict, one, DicomFile.Parse(stored), _judge.Jpeg2000)) return (one, verdict);
        }
        return (null, verdict);
    }

    private async Task<IntakeResult> StoreAsync(Examination examined, ArrivalSource source, string route, IReadOnlyList<string> destinations, Ruling ruling, CancellationToken stop, DicomFile? file = null)
    {
        InstanceAttributes? attributes = file is null ? null : await ComputeAsync(() => InstanceAttributes.Read(file.DataSet), stop);
        (ObjectDigest digest, long size) = await IntakeMeter.StepAsync("store", () => store.PutAsync(ruling.Write, stop));
        bool accepted = ruling.State == InstanceState.Accepted;
        var entry = new JournalEntry
        {
            Kind = EntryKind.Received, At = Now, Who = source.Who, Why = source.Why, Outcome = accepted ? OutcomeOf(ruling.Verdict.Kind) : EntryOutcome.SeriousFailure,
            StudyUid = examined.StudyUid, SeriesUid = examined.SeriesUid, SopInstanceUid = examined.SopInstanceUid, SopClassUid = examined.SopClassUid,
            PatientId = attributes?[new DicomTag(0x0010, 0x0020)], Object = digest, Size = size, TransferSyntaxUid = examined.TransferSyntaxUid,
            ContentDigest = examined.ContentDigest, State = ruling.State, Route = route, Verdict = ruling.Verdict.Kind.Word(), SealIdentity = ruling.Verdict.SealIdentity,
            Destinations = accepted ? destinations : [], Detail = ruling.Reason,
        };
        // To the end, even where the sender gives up: the lock of the UID is held until it is known what stands in the registry.
        AppliedEntry applied = await IntakeMeter.StepAsync("record", () => record(entry, attributes, CancellationToken.None));
        var instance = new StoredInstance
        {
            Sequence = applied.Sequence, StudyUid = examined.StudyUid, SeriesUid = examined.SeriesUid, SopInstanceUid = examined.SopInstanceUid, SopClassUid = examined.SopClassUid,
            TransferSyntaxUid = examined.TransferSyntaxUid, Object = digest, Size = size, ContentDigest = examined.ContentDigest, State = ruling.State, ReceivedAt = entry.At,
            ReceivedFrom = source.Who.Name, Route = route, Verdict = ruling.Verdict.Kind, SealIdentity = ruling.Verdict.SealIdentity,
        };
        IntakeOutcome outcome = ruling.State switch
        {
            InstanceState.Accepted => IntakeOutcome.Stored,
            InstanceState.Conflict => IntakeOutcome.Conflict,
            _ => IntakeOutcome.Quarantined,
        };
        if (!accepted) log.LogWarning("Instance {Sequence} of route {Route} is kept as {State}: {Reason}", instance.Sequence, route, ruling.State.Word(), ruling.Reason);
        return new IntakeResult(outcome, instance, ruling.Verdict, ruling.Reason);
    }

    /// <summary>Outcome of an accepted one: what is let through with a doubt shows in the audit trail.</summary>
    private static EntryOutcome OutcomeOf(VerdictKind verdict) => verdict switch
    {
        VerdictKind.Authentic or VerdictKind.Amended or VerdictKind.Redacted or VerdictKind.Unsealed => EntryOutcome.Success,
        VerdictKind.Altered => EntryOutcome.SeriousFailure,
        _ => EntryOutcome.MinorFailure,
    };

    private async Task<IntakeResult> RepeatAsync(StoredInstance known, ArrivalSource source, CancellationToken stop)
    {
        await record(new JournalEntry
        {
            Kind = EntryKind.Repeated, At = Now, Who = source.Who, Why = source.Why, StudyUid = known.StudyUid, SeriesUid = known.SeriesUid, SopInstanceUid = known.SopInstanceUid,
            SopClassUid = known.SopClassUid, Object = known.Object, Route = known.Route,
        }, null, stop);
        return new IntakeResult(IntakeOutcome.Repeated, known, null, "the same instance is there already");
    }

    private async Task<IntakeResult> RefuseAsync(Examination examined, ArrivalSource source, IntakeOutcome outcome, ushort failure, string reason, CancellationToken stop)
    {
        await record(new JournalEntry
        {
            Kind = EntryKind.Refused, At = Now, Who = source.Who, Why = source.Why, Outcome = EntryOutcome.MinorFailure, Detail = reason,
            StudyUid = NullIfEmpty(examined.StudyUid), SopInstanceUid = NullIfEmpty(examined.SopInstanceUid), SopClassUid = NullIfEmpty(examined.SopClassUid),
        }, null, stop);
        return new IntakeResult(outcome, null, null, reason, failure, NullIfEmpty(examined.SopClassUid), NullIfEmpty(examined.SopInstanceUid));
    }

    private static string? NullIfEmpty(string text) => text.Length == 0 ? null : text;

    private static IntakeResult Unavailable(string reason) => new(IntakeOutcome.Unavailable, null, null, reason, 0xA700);

    private DateTimeOffset Now
    {
        get
        {
            DateTimeOffset now = setup.Clock.GetUtcNow();
            return new DateTimeOffset(now.UtcTicks / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond, TimeSpan.Zero);
        }
    }

    /// <summary>Runs what keeps a processor busy, no more at once than there are processors: beyond that each would only wait for the others.</summary>
    private async Task<T> ComputeAsync<T>(Func<T> work, CancellationToken stop)
    {
        await _processors.WaitAsync(stop);
        try
        {
            return await Task.Run(work, stop);
        }
        finally
        {
            _processors.Release();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _locks.Dispose();
        _processors.Dispose();
    }
}
