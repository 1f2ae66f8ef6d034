using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging.Abstractions;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Routing;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Xunit;

namespace Veridicom.Tests.Gateway.Routing;

/// <summary>Forwarding under a destination and a journal that fail in every way an interface can show.</summary>
public sealed class ForwardingTests
{
    private static readonly TimeSpan Second = TimeSpan.FromSeconds(1);

    private readonly ManualClock _clock = new();
    private readonly QueueRegistry _registry;

    public ForwardingTests() => _registry = new QueueRegistry(_clock);

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    public async Task Whatever_fails_each_study_arrives_whole_and_in_order_and_nothing_is_sent_after_it_was_recorded(int seed)
    {
        var chance = new Random(seed);
        var outlet = new Outlet(_ =>
        {
            int dice;
            lock (chance) dice = chance.Next(10);
            return dice switch
            {
                0 => new(SendOutcome.Failed, "status A700"),
                1 => new(SendOutcome.Unreachable, "refused"),
                2 => throw new IOException("cut"),
                _ => new(SendOutcome.Stored, "status 0000"),
            };
        });
        int wrong = 0;
        outlet.Sending = instance =>
        {
            if (_registry.Deliveries.Single(one => one.Sequence == instance.Sequence).State != DeliveryState.Waiting) Interlocked.Increment(ref wrong);
        };
        for (int i = 0; i < 60; i++) _registry.Receive($"1.{i % 5}", $"2.{i}", "pacs");

        await using (Forwarding forwarding = Start(outlet, new() { Name = "pacs" }))
        {
            await _clock.UntilAsync(() => _registry.All(DeliveryState.Delivered), Second);
        }

        Assert.Equal(0, wrong);
        Assert.Equal(60, _registry.Count(EntryKind.Delivered));
        Assert.Equal(60, outlet.Stored.Count);
        foreach (var study in outlet.Stored.GroupBy(one => one.StudyUid)) Assert.Equal(study.Select(one => one.Sequence).Order(), study.Select(one => one.Sequence));
        Assert.True(outlet.MostAtOnce <= 2, $"{outlet.MostAtOnce} studies at once, 2 allowed");
    }

    [Fact]
    public async Task What_cannot_be_recorded_is_sent_again_and_nothing_more_is_sent_meanwhile()
    {
        bool full = true;
        _registry.BeforeRecord = entry =>
        {
            if (full && entry.Kind == EntryKind.Delivered) throw new RegistryException("the disk is full", canRetry: true);
        };
        var outlet = new Outlet(_ => new(SendOutcome.Stored, "status 0000"));
        for (int i = 0; i < 3; i++) _registry.Receive("1.1", $"2.{i}", "pacs");

        await using Forwarding forwarding = Start(outlet, new() { Name = "pacs" });
        await _clock.UntilAsync(() => outlet.Stored.Count == 9, TimeSpan.FromMilliseconds(100));
        Assert.Equal(0, _registry.Count(EntryKind.Delivered));
        DateTimeOffset third = _clock.GetUtcNow();
        // after the third failure in a row it pauses three seconds at least: 4 s, less a quarter
        await _clock.UntilAsync(() => outlet.Stored.Count == 12, TimeSpan.FromMilliseconds(100));
        Assert.InRange(_clock.GetUtcNow() - third, TimeSpan.FromSeconds(2.5), TimeSpan.FromSeconds(10));
        full = false;
        await _clock.UntilAsync(() => _registry.All(DeliveryState.Delivered), Second);
        Assert.Equal(3, _registry.Count(EntryKind.Delivered));
    }

    [Fact]
    public async Task A_refused_instance_holds_up_none_is_told_once_and_given_up_after_the_hours_of_the_setting()
    {
        var outlet = new Outlet(instance => instance.SopInstanceUid == "2.1" ? new(SendOutcome.Refused, "status 0122") : new(SendOutcome.Stored, "status 0000"));
        for (int i = 0; i < 4; i++) _registry.Receive("1.1", $"2.{i}", "pacs");
        await using Forwarding forwarding = Start(outlet, new() { Name = "pacs", GiveUpHours = 2, MostRetrySeconds = 600 });
        await _clock.UntilAsync(() => _registry.Postponed.Count == 1 && _registry.Count(EntryKind.Delivered) == 3, Second);
        Assert.Equal(["2.0", "2.2", "2.3"], outlet.Stored.Select(one => one.SopInstanceUid));

        // one that comes later does not wait for it either
        forwarding.Noticed(Applied(_registry.Receive("1.1", "2.9", "pacs"), "pacs"));
        await _clock.UntilAsync(() => _registry.Count(EntryKind.Delivered) == 4, TimeSpan.Zero);

        await _clock.UntilAsync(() => _registry.Count(EntryKind.Undeliverable) == 1, TimeSpan.FromSeconds(15));
        Assert.Equal(1, _registry.Count(EntryKind.DeliveryRefused));
        JournalEntry given = _registry.Entries.Single(entry => entry.Kind == EntryKind.Undeliverable);
        Assert.Equal(("2.1", EntryOutcome.SeriousFailure, "pacs", "status 0122"), (given.SopInstanceUid, given.Outcome, given.Destination, given.Detail));
        TimeSpan passed = given.At - _registry.Entries.Single(entry => entry.Kind == EntryKind.DeliveryRefused).At;
        Assert.InRange(passed, TimeSpan.FromHours(2), TimeSpan.FromHours(2.4));
        Assert.InRange(_registry.Postponed.Count, 11, 17); // slowly: every 450 to 600 s
        Assert.All(_registry.Postponed, one => Assert.NotNull(one.RefusedSince));
    }

    [Fact]
    public async Task An_instance_that_fails_ten_times_holds_up_its_study_no_longer()
    {
        var outlet = new Outlet(instance => instance.SopInstanceUid == "2.1" ? new(SendOutcome.Failed, "status 0110") : new(SendOutcome.Stored, "status 0000"));
        for (int i = 0; i < 4; i++) _registry.Receive("1.1", $"2.{i}", "pacs");
        await using Forwarding forwarding = Start(outlet, new() { Name = "pacs", GiveUpHours = 2, MostRetrySeconds = 600 });
        await _clock.UntilAsync(() => _registry.Count(EntryKind.DeliveryRefused) == 1, TimeSpan.FromSeconds(10));
        Assert.Equal(9, _registry.Postponed.Count(one => one.RefusedSince is null));
        await _clock.UntilAsync(() => _registry.Count(EntryKind.Delivered) == 3, Second);
        Assert.Equal(["2.0", "2.2", "2.3"], outlet.Stored.Select(one => one.SopInstanceUid));
        await _clock.UntilAsync(() => _registry.Count(EntryKind.Undeliverable) == 1, TimeSpan.FromMinutes(1));
        Assert.Equal("2.1", _registry.Entries.Single(entry => entry.Kind == EntryKind.Undeliverable).SopInstanceUid);
        Assert.Equal(1, _registry.Count(EntryKind.DeliveryRefused));
    }

    [Fact]
    public async Task An_archive_that_takes_nothing_makes_nothing_undeliverable()
    {
        bool full = true;
        var outlet = new Outlet(_ => full ? new(SendOutcome.Failed, "status A700") : new(SendOutcome.Stored, "status 0000"));
        _registry.Receive("1.1", "2.1", "pacs");
        await using Forwarding forwarding = Start(outlet, new() { Name = "pacs", GiveUpHours = 2, MostRetrySeconds = 600 });
        await _clock.UntilAsync(() => _registry.Postponed.Count > 40, TimeSpan.FromMinutes(1)); // four hours at least
        Assert.Equal((1, 0), (_registry.Count(EntryKind.DeliveryRefused), _registry.Count(EntryKind.Undeliverable)));
        full = false;
        await _clock.UntilAsync(() => _registry.Count(EntryKind.Delivered) == 1, TimeSpan.FromMinutes(1));
    }

    [Fact]
    public async Task A_retry_by_an_operator_sends_what_was_given_up()
    {
        bool refuses = true;
        var outlet = new Outlet(_ => refuses ? new(SendOutcome.Damaged, "the stored file is damaged") : new(SendOutcome.Stored, "status 0000"));
        _registry.Receive("1.1", "2.1", "pacs");
        await using Forwarding forwarding = Start(outlet, new() { Name = "pacs" });
        await _clock.UntilAsync(() => _registry.All(DeliveryState.Undeliverable), Second);
        Assert.Empty(_registry.Postponed);

        refuses = false;
        AppliedEntry retried = await _registry.RecordAsync(
            new() { Kind = EntryKind.DeliveryRetried, At = _clock.GetUtcNow(), Who = Actor.Gateway, Destination = "pacs" }, TestContext.Current.CancellationToken);
        forwarding.Noticed(retried);
        await _clock.UntilAsync(() => _registry.All(DeliveryState.Delivered), TimeSpan.Zero);
    }

    [Fact]
    public async Task A_destination_that_is_away_is_asked_at_times_that_double_and_all_goes_out_when_it_comes_back()
    {
        bool away = true;
        var outlet = new Outlet(_ => away ? new(SendOutcome.Unreachable, "connection refused") : new(SendOutcome.Stored, "status 0000"));
        for (int i = 0; i < 6; i++) _registry.Receive($"1.{i}", $"2.{i}", "pacs");
        await using Forwarding forwarding = Start(outlet, new() { Name = "pacs", Parallel = 1, RetrySeconds = 4, MostRetrySeconds = 100 });
        await _clock.UntilAsync(() => _registry.Postponed.Count == 9, TimeSpan.FromMilliseconds(500));
        double[] most = [4, 8, 16, 32, 64, 100, 100, 100, 100];
        Assert.All(_registry.Postponed.Select(one => one.Wait.TotalSeconds).Zip(most), pair => Assert.InRange(pair.First, (pair.Second * 0.75) - 0.6, pair.Second));

        away = false;
        DateTimeOffset back = _clock.GetUtcNow();
        await _clock.UntilAsync(() => _registry.All(DeliveryState.Delivered), TimeSpan.FromMilliseconds(250));
        Assert.True(_clock.GetUtcNow() - back < TimeSpan.FromSeconds(110), "what waited did not go out with the first success");
    }

    [Fact]
    public async Task A_destination_that_hangs_stops_no_other_and_the_end_is_not_kept_waiting()
    {
        var hangs = new Outlet(_ => new(SendOutcome.Stored, "")) { Before = stop => Task.Delay(Timeout.Infinite, stop) };
        var works = new Outlet(_ => new(SendOutcome.Stored, "status 0000"));
        for (int i = 0; i < 10; i++) _registry.Receive($"1.{i}", $"2.{i}", "hangs", "works");

        RoutingParts parts = Parts();
        Forwarding forwarding = new([new(new() { Name = "hangs" }, parts, hangs), new(new() { Name = "works" }, parts, works)]);
        forwarding.Start();
        await _clock.UntilAsync(() => _registry.Deliveries.Where(one => one.Destination == "works").All(one => one.State == DeliveryState.Delivered), Second);
        await forwarding.DisposeAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken);

        Assert.All(_registry.Deliveries.Where(one => one.Destination == "hangs"), one => Assert.Equal(DeliveryState.Waiting, one.State));
        Assert.Empty(_registry.Postponed);
    }

    [Fact]
    public async Task A_study_longer_than_one_answer_of_the_database_does_not_hide_the_others()
    {
        var slow = new TaskCompletionSource();
        var outlet = new Outlet(_ => new(SendOutcome.Stored, "status 0000"));
        outlet.BeforeEach = async (instance, stop) =>
        {
            if (instance.StudyUid == "1.1") await slow.Task.WaitAsync(stop);
        };
        for (int i = 0; i < 1500; i++) _registry.Receive("1.1", $"2.{i}", "pacs");
        _registry.Receive("1.2", "3.1", "pacs");
        await using Forwarding forwarding = Start(outlet, new() { Name = "pacs", Parallel = 2 });

        await _clock.UntilAsync(() => outlet.Stored.Any(one => one.StudyUid == "1.2"), Second);
        slow.SetResult();
        await _clock.UntilAsync(() => _registry.All(DeliveryState.Delivered), Second);
        Assert.Equal(1501, outlet.Stored.Count);
    }

    [Fact]
    public async Task While_the_database_is_behind_the_journal_nothing_is_sent_by_what_it_says()
    {
        bool behind = true;
        int asked = 0;
        var outlet = new Outlet(_ => new(SendOutcome.Stored, "status 0000"));
        _registry.Receive("1.1", "2.1", "pacs");
        await using var forwarding = new Forwarding([new DestinationRunner(new() { Name = "pacs" }, Parts() with { EnsureCurrent = EnsureCurrent }, outlet)]);
        forwarding.Start();

        await _clock.UntilAsync(() => Volatile.Read(ref asked) > 3, Second);
        Assert.Empty(outlet.Stored);
        Volatile.Write(ref behind, false);
        await _clock.UntilAsync(() => _registry.All(DeliveryState.Delivered), Second);
        Assert.Single(outlet.Stored);

        void EnsureCurrent()
        {
            Interlocked.Increment(ref asked);
            if (Volatile.Read(ref behind)) throw new RegistryException("behind", canRetry: true);
        }
    }

    [Fact]
    public async Task What_could_not_be_recorded_in_time_is_not_sent_again_by_a_look_that_began_before()
    {
        bool behind = false;
        int asked = 0;
        JournalEntry? late = null;
        using var looked = new SemaphoreSlim(0);
        var outlet = new Outlet(_ => new(SendOutcome.Stored, "status 0000"));
        StoredInstance instance = _registry.Receive("1.1", "2.1", "pacs");
        var parts = Parts() with { EnsureCurrent = EnsureCurrent, Record = RecordAsync };
        await using var forwarding = new Forwarding([new DestinationRunner(new() { Name = "pacs" }, parts, outlet)]);
        forwarding.Start();
        await _clock.UntilAsync(() => outlet.Stored.Count == 1, TimeSpan.Zero);
        forwarding.Noticed(Applied(instance, "pacs")); // something comes in: the loop looks again while the study is under way
        await _clock.UntilAsync(() => Volatile.Read(ref asked) >= 2, TimeSpan.Zero);
        await Task.Delay(1000, TestContext.Current.CancellationToken);
        Assert.Single(outlet.Stored); // still behind

        async Task<AppliedEntry> RecordAsync(JournalEntry entry, CancellationToken stop)
        {
            if (late is not null) throw new RegistryException("behind", canRetry: true);
            late = entry; // in the journal, not in the database
            await looked.WaitAsync(stop);
            Volatile.Write(ref behind, true);
            throw new RegistryException("the database did not take it in time", canRetry: true);
        }

        void EnsureCurrent()
        {
            bool was = Volatile.Read(ref behind);
            if (Interlocked.Increment(ref asked) == 2)
            {
                looked.Release(); // the loop's thread is taken off the processor between this look and its next line
                Thread.Sleep(300);
            }
            if (was) throw new RegistryException("behind", canRetry: true);
        }
    }

    private RoutingParts Parts() => new(_registry, _registry.RecordAsync, () => { }, _clock, new Random(7), NullLogger.Instance);

    private Forwarding Start(IOutlet outlet, DestinationSettings settings)
    {
        var forwarding = new Forwarding([new DestinationRunner(settings, Parts(), outlet)]);
        forwarding.Start();
        return forwarding;
    }

    private static AppliedEntry Applied(StoredInstance instance, string destination) => new(instance.Sequence, "", default, new JournalEntry
    {
        Kind = EntryKind.Received, At = instance.ReceivedAt, Who = Actor.Gateway, Destinations = [destination],
    }, null);

    private sealed class Outlet(Func<StoredInstance, SendResult> answer) : IOutlet
    {
        private readonly Lock _one = new();
        private readonly List<StoredInstance> _stored = [];
        private int _atOnce;

        public int MostAtOnce { get; private set; }

        public IReadOnlyList<StoredInstance> Stored
        {
            get
            {
                lock (_one) return [.. _stored];
            }
        }

        public Action<StoredInstance> Sending { get; set; } = _ => { };

        public Func<CancellationToken, Task> Before { get; init; } = _ => Task.CompletedTask;

        public Func<StoredInstance, CancellationToken, Task> BeforeEach { get; set; } = (_, _) => Task.CompletedTask;

        public async IAsyncEnumerable<SendResult> SendAsync(IReadOnlyList<StoredInstance> instances, [EnumeratorCancellation] CancellationToken stop)
        {
            lock (_one) MostAtOnce = Math.Max(MostAtOnce, ++_atOnce);
            try
            {
                await Before(stop);
                foreach (StoredInstance instance in instances)
                {
                    await BeforeEach(instance, stop);
                    Sending(instance);
                    SendResult result = answer(instance);
                    if (result.Outcome == SendOutcome.Stored)
                    {
                        lock (_one) _stored.Add(instance);
                    }

                    yield return result;
                    if (result.Outcome is SendOutcome.Failed or SendOutcome.Unreachable) yield break;
                }
            }
            finally
            {
                lock (_one) _atOnce--;
            }
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}
