using System.Net;
using Microsoft.Extensions.Logging.Abstractions;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Routing;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Xunit;

namespace Veridicom.Tests.Gateway.Routing;

/// <summary>Storage commitment as its user: asked when a study is quiet, believed only where it was asked.</summary>
public sealed class CommitmentTests
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2";

    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);
    private static readonly DestinationSettings Pacs = new() { Name = "pacs", Host = "127.0.0.1", AeTitle = "PACS", StorageCommitment = true };

    private readonly ManualClock _clock = new();
    private readonly QueueRegistry _registry;
    private readonly CommitmentLedger _ledger;
    private readonly Archive _archive = new();

    public CommitmentTests()
    {
        _registry = new QueueRegistry(_clock);
        _ledger = new CommitmentLedger(Parts());
    }

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_study_is_asked_for_when_it_has_been_quiet_and_one_that_grows_is_not()
    {
        CommitmentAsking asking = Asking(Pacs);
        using var stop = new CancellationTokenSource();
        Task running = asking.RunAsync(stop.Token);
        await DeliverAsync("1.1", "2.1", asking);
        for (int i = 0; i < 12; i++)
        {
            await DeliverAsync("1.2", $"3.{i}", asking);
            await _clock.UntilAsync(() => true, Second);
            _clock.Advance(Second);
        }

        await _clock.UntilAsync(() => _archive.Requests.Count == 1, Second);
        Assert.Equal([new CommitmentReference(Ct, "2.1")], _archive.Requests[0].References);
        await _clock.UntilAsync(() => _archive.Requests.Count == 2, Second);
        Assert.Equal(12, _archive.Requests[1].References.Count);
        Assert.All(_registry.Deliveries, one => Assert.Equal(DeliveryState.CommitmentAsked, one.State));
        JournalEntry asked = _registry.Entries.First(entry => entry.Kind == EntryKind.CommitmentAsked);
        Assert.Equal((_archive.Requests[0].TransactionUid, "pacs", "2.1"), (asked.TransactionUid, asked.Destination, asked.Detail));
        await stop.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_peer_that_cannot_be_called_back_is_given_up_after_a_day()
    {
        DateTimeOffset asked = _clock.GetUtcNow();
        _registry.Owed = new PendingCommitment(1, "2.25.1", "CT", asked, [(Ct, "2.1")], 0, asked);
        var reports = new CommitmentReports(new Dictionary<string, Veridicom.Dimse.User.DimseTarget>(), Parts(), (_, _, _) => throw new InvalidOperationException("nobody to answer"));
        using var stop = new CancellationTokenSource();
        Task running = Task.Run(() => reports.RunAsync(stop.Token), Stop);
        await _clock.UntilAsync(() => _registry.Count(EntryKind.CommitmentReported) == 1, TimeSpan.FromMinutes(5));
        await stop.CancelAsync();
        await running;

        JournalEntry given = _registry.Entries.Single(entry => entry.Kind == EntryKind.CommitmentReported);
        Assert.Equal(("CT", "2.25.1", EntryOutcome.MinorFailure), (given.Destination, given.TransactionUid, given.Outcome));
        Assert.InRange(given.At - asked, TimeSpan.FromHours(24), TimeSpan.FromHours(26));
    }

    [Fact]
    public async Task More_than_a_thousand_are_asked_for_in_several_requests()
    {
        CommitmentAsking asking = Asking(Pacs);
        for (int i = 0; i < 2100; i++) await DeliverAsync("1.1", $"2.{i}", asking);
        await RunUntilAsync(asking, () => _archive.Requests.Count == 3);
        Assert.Equal([1000, 1000, 100], _archive.Requests.Select(request => request.References.Count));
        Assert.Equal(2100, _archive.Requests.SelectMany(request => request.References).Distinct().Count());
    }

    [Fact]
    public async Task An_answer_counts_only_from_the_destination_for_the_transaction_and_for_what_was_asked()
    {
        CommitmentRequest request = await AskedAsync("2.1", "2.2", "2.3");
        var all = new CommitmentResult(request.TransactionUid, request.References, []);

        Assert.False((await _ledger.ReportedAsync(Peer("OTHER"), all, Stop)).IsStored);
        Assert.False((await _ledger.ReportedAsync(Peer("PACS"), all with { TransactionUid = "2.25.1" }, Stop)).IsStored);
        Assert.Equal(0, _registry.Count(EntryKind.CommitmentGiven));

        var odd = new CommitmentResult(request.TransactionUid, [new(Ct, "2.1"), new(Ct, "9.9"), new("1.2.3", "2.2"), new(Ct, "2.3")], [new(new(Ct, "2.3"), 0x0112), new(new(Ct, "9.8"), 0x0112)]);
        Assert.True((await _ledger.ReportedAsync(Peer("PACS"), odd, Stop)).IsStored);
        Assert.Equal(["2.1"], _registry.Entries.Where(entry => entry.Kind == EntryKind.CommitmentGiven).Select(entry => entry.SopInstanceUid));
        JournalEntry denied = Assert.Single(_registry.Entries, entry => entry.Kind == EntryKind.CommitmentDenied);
        Assert.Equal(("2.3", EntryOutcome.SeriousFailure, "failure reason 0112"), (denied.SopInstanceUid, denied.Outcome, denied.Detail));
        Assert.Equal([DeliveryState.Committed, DeliveryState.CommitmentAsked, DeliveryState.Waiting], _registry.Deliveries.Select(one => one.State));

        // the same again changes nothing; the rest completes it; and a report that comes once more is acknowledged
        Assert.True((await _ledger.ReportedAsync(Peer("PACS"), odd, Stop)).IsStored);
        Assert.True((await _ledger.ReportedAsync(Peer("PACS"), all, Stop)).IsStored);
        Assert.True((await _ledger.ReportedAsync(Peer("PACS"), all, Stop)).IsStored);
        Assert.Equal(2, _registry.Count(EntryKind.CommitmentGiven));
        Assert.Equal(1, _registry.Count(EntryKind.CommitmentDenied));
    }

    [Fact]
    public async Task Where_TLS_is_used_a_bare_name_is_not_believed()
    {
        CommitmentRequest request = await AskedAsync(Pacs with { Tls = true }, "2.1");
        var result = new CommitmentResult(request.TransactionUid, request.References, []);
        Assert.False((await _ledger.ReportedAsync(Peer("PACS"), result, Stop)).IsStored);
        Assert.True((await _ledger.ReportedAsync(Peer("PACS") with { CertificateFingerprint = new string('a', 64) }, result, Stop)).IsStored);
    }

    [Fact]
    public async Task A_report_that_was_recorded_and_called_failed_is_acknowledged_when_it_comes_again_and_recorded_once()
    {
        CommitmentAsking asking = Asking(Pacs);
        using var enough = new CancellationTokenSource();
        await DeliverAsync("1.1", "2.1", asking);
        await DeliverAsync("1.1", "2.2", asking);
        Task running = Task.Run(() => asking.RunAsync(enough.Token), Stop);
        await _clock.UntilAsync(() => _archive.Requests.Count == 1, TimeSpan.FromSeconds(1));
        var result = new CommitmentResult(_archive.Requests[0].TransactionUid, _archive.Requests[0].References, []);
        bool late = true;
        _registry.Recorded = applied =>
        {
            if (late && applied.Entry.Kind == EntryKind.CommitmentGiven) throw new RegistryException("the database did not take it in time", canRetry: true);
        };

        Assert.Equal(0x0110, (await _ledger.ReportedAsync(Peer("PACS"), result, Stop)).Code);
        late = false;
        await _clock.UntilAsync(() => _ledger.Of(Pacs.Name).Count == 0, TimeSpan.FromSeconds(1)); // the database knows more than the ledger

        Assert.True((await _ledger.ReportedAsync(Peer("PACS"), result, Stop)).IsStored);
        Assert.Equal(2, _registry.Count(EntryKind.CommitmentGiven));
        Assert.True(_registry.All(DeliveryState.Committed));
        Assert.Single(_archive.Requests);
        await enough.CancelAsync();
        await running;
    }

    [Fact]
    public async Task A_report_that_cannot_be_recorded_is_not_acknowledged_and_counts_when_it_comes_again()
    {
        CommitmentRequest request = await AskedAsync("2.1", "2.2");
        var result = new CommitmentResult(request.TransactionUid, request.References, []);
        bool full = true;
        _registry.BeforeRecord = entry =>
        {
            if (full && entry.SopInstanceUid == "2.2") throw new RegistryException("the disk is full", canRetry: true);
        };
        Assert.Equal(0x0110, (await _ledger.ReportedAsync(Peer("PACS"), result, Stop)).Code);
        full = false;
        Assert.True((await _ledger.ReportedAsync(Peer("PACS"), result, Stop)).IsStored);
        Assert.True(_registry.All(DeliveryState.Committed));
        Assert.Equal(2, _registry.Count(EntryKind.CommitmentGiven));
    }

    [Fact]
    public async Task Without_an_answer_it_is_asked_anew_under_another_transaction_also_after_a_restart()
    {
        CommitmentRequest first = await AskedAsync("2.1");
        var ledger = new CommitmentLedger(Parts());
        var asking = new CommitmentAsking(Pacs with { CommitmentHours = 1 }, Parts(), ledger, _archive);
        await RunUntilAsync(asking, () => ledger.Of("pacs").Count == 1);
        Assert.True((await ledger.ReportedAsync(Peer("PACS"), new("2.25.7", first.References, []), Stop)).Code == 0x0112);
        DateTimeOffset began = _clock.GetUtcNow();
        await RunUntilAsync(new CommitmentAsking(Pacs with { CommitmentHours = 1 }, Parts(), ledger, _archive), () => _archive.Requests.Count == 2, TimeSpan.FromMinutes(1));
        Assert.InRange(_clock.GetUtcNow() - began, TimeSpan.FromMinutes(59), TimeSpan.FromMinutes(70));

        CommitmentRequest second = _archive.Requests[1];
        Assert.NotEqual(first.TransactionUid, second.TransactionUid);
        Assert.Equal(first.References, second.References);
        Assert.False((await ledger.ReportedAsync(Peer("PACS"), new(first.TransactionUid, first.References, []), Stop)).IsStored);
        Assert.True((await ledger.ReportedAsync(Peer("PACS"), new(second.TransactionUid, second.References, []), Stop)).IsStored);
        Assert.True(_registry.All(DeliveryState.Committed));
    }

    [Fact]
    public async Task A_request_that_fails_is_repeated_with_times_that_grow()
    {
        _archive.Answer = _ => new(false, "unreachable", null);
        var asking = Asking(Pacs with { RetrySeconds = 4, MostRetrySeconds = 60 });
        await DeliverAsync("1.1", "2.1", asking);
        DateTimeOffset began = _clock.GetUtcNow();
        await RunUntilAsync(asking, () => _archive.Requests.Count == 6, TimeSpan.FromMilliseconds(500));
        // quiet 10, then 4, 8, 16, 32, 60, each less a quarter at most
        Assert.InRange(_clock.GetUtcNow() - began, TimeSpan.FromSeconds(95), TimeSpan.FromSeconds(160));
        Assert.Equal(6, _archive.Requests.Select(request => request.TransactionUid).Distinct().Count());
    }

    [Fact]
    public async Task The_answer_over_the_same_association_counts()
    {
        _archive.Answer = request => new(true, "", new CommitmentResult(request.TransactionUid, request.References, []));
        var asking = Asking(Pacs);
        await DeliverAsync("1.1", "2.1", asking);
        await RunUntilAsync(asking, () => _registry.All(DeliveryState.Committed));
    }

    [Theory]
    [InlineData("the database is away when it is read")]
    [InlineData("the disk is full when it is recorded")]
    [InlineData("it is recorded, and called failed")]
    public async Task A_study_is_asked_for_all_the_same_after_something_of_ours_failed_once(string what)
    {
        int failures = 0;
        if (what.StartsWith("the disk", StringComparison.Ordinal)) _registry.BeforeRecord = entry => Once(entry.Kind);
        if (what.StartsWith("it is", StringComparison.Ordinal)) _registry.Recorded = applied => Once(applied.Entry.Kind);
        IRegistry registry = _registry;
        if (what.StartsWith("the database", StringComparison.Ordinal)) registry = Reading.Around(_registry, () => { Once(EntryKind.CommitmentAsked); });
        var asking = new CommitmentAsking(Pacs with { CommitmentHours = 1 }, Parts() with { Registry = registry }, _ledger, _archive);
        await DeliverAsync("1.1", "2.1", asking);

        await RunUntilAsync(asking, () => _archive.Requests.Count > 0, TimeSpan.FromMinutes(1)); // half a minute of real time: weeks

        void Once(EntryKind kind)
        {
            if (kind == EntryKind.CommitmentAsked && Interlocked.Increment(ref failures) == 1) throw new RegistryException("full", canRetry: true);
        }
    }

    internal class Reading : System.Reflection.DispatchProxy
    {
        private IRegistry _inner = null!;
        private Action _before = null!;

        public static IRegistry Around(IRegistry inner, Action before)
        {
            IRegistry made = Create<IRegistry, Reading>();
            (((Reading)(object)made)._inner, ((Reading)(object)made)._before) = (inner, before);
            return made;
        }

        protected override object? Invoke(System.Reflection.MethodInfo? method, object?[]? args)
        {
            if (method!.Name == nameof(IRegistry.DeliveriesAsync) && (DeliveryState)args![1]! == DeliveryState.Delivered) _before();
            return method.Invoke(_inner, args);
        }
    }

    private RoutingParts Parts() => new(_registry, _registry.RecordAsync, () => { }, _clock, new Random(3), NullLogger.Instance);

    private CommitmentAsking Asking(DestinationSettings settings) => new(settings, Parts(), _ledger, _archive);

    private static AssociationPeer Peer(string ae) => new(ae, "VERIDICOM", new IPEndPoint(IPAddress.Loopback, 104), null, null, "", "");

    private Task<CommitmentRequest> AskedAsync(params string[] instances) => AskedAsync(Pacs, instances);

    private async Task<CommitmentRequest> AskedAsync(DestinationSettings settings, params string[] instances)
    {
        var asking = Asking(settings);
        foreach (string instance in instances) await DeliverAsync("1.1", instance, asking);
        await RunUntilAsync(asking, () => _archive.Requests.Count == 1);
        return _archive.Requests[0];
    }

    private async Task DeliverAsync(string study, string instance, CommitmentAsking asking)
    {
        StoredInstance received = _registry.Receive(study, instance, "pacs");
        await _registry.RecordAsync(Parts().Entry(EntryKind.Delivered, EntryOutcome.Success, "pacs", received, "status 0000"), Stop);
        asking.Delivered(received.StudyUid);
    }

    private async Task RunUntilAsync(CommitmentAsking asking, Func<bool> holds, TimeSpan? step = null)
    {
        using var stop = new CancellationTokenSource();
        Task running = Task.Run(() => asking.RunAsync(stop.Token), Stop);
        await _clock.UntilAsync(holds, step ?? Second);
        await stop.CancelAsync();
        await running;
    }

    private sealed class Archive : ICommitmentOutlet
    {
        private readonly Lock _one = new();
        private readonly List<CommitmentRequest> _requests = [];

        public Func<CommitmentRequest, AskOutcome> Answer { get; set; } = _ => new(true, "", null);

        public IReadOnlyList<CommitmentRequest> Requests
        {
            get
            {
                lock (_one) return [.. _requests];
            }
        }

        public Task<AskOutcome> AskAsync(CommitmentRequest request, CancellationToken stop)
        {
            lock (_one) _requests.Add(request);
            return Task.FromResult(Answer(request));
        }
    }
}
