using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Xunit;

namespace Veridicom.Testing.Registry;

public abstract partial class RegistryContract
{
    private static readonly DateTimeOffset Now = new(2026, 6, 2, 0, 0, 0, TimeSpan.Zero);

    private async Task<IEnumerable<long>> DueAsync(string destination = "pacs", DateTimeOffset? now = null) => (await Registry.DueAsync(destination, now ?? Now, 1000, Stop)).Select(d => d.Sequence);

    private async Task<Delivery> DeliveryAsync(string destination, long sequence)
    {
        foreach (DeliveryState state in Enum.GetValues<DeliveryState>())
        {
            if ((await Registry.DeliveriesAsync(destination, state, sequence - 1, 1, Stop)) is [var one] && one.Sequence == sequence) return one;
        }

        throw new InvalidOperationException($"no delivery of {sequence} to {destination}");
    }

    [Fact]
    public async Task What_fails_holds_up_its_study_and_what_is_refused_only_itself()
    {
        Log.Receive("1.1", "1.1.1", "a1", destinations: ["pacs", "archive"]);
        Log.Receive("1.1", "1.1.1", "a2", destinations: ["pacs"]);
        Log.Receive("1.2", "1.2.1", "b1", destinations: ["pacs"]);
        Log.Receive("1.1", "1.1.1", "a3", destinations: ["pacs"]);
        Log.Receive("1.3", "1.3.1", "c1", InstanceState.Quarantined, destinations: ["pacs"]);
        await ApplyAsync();
        Assert.Equal([1, 2, 3, 4], await DueAsync());
        Assert.Equal([1], await DueAsync("archive"));
        Assert.Empty(await DueAsync("elsewhere"));

        await Registry.PostponeAsync(await DeliveryAsync("pacs", 1), Now.AddMinutes(1), "away", null, Stop);
        Assert.Equal([3], await DueAsync());
        Assert.Equal([1], await DueAsync("archive"));
        Assert.Equal([1, 2, 3, 4], await DueAsync(now: Now.AddMinutes(1)));
        Delivery failed = await DeliveryAsync("pacs", 1);
        Assert.Equal((1, "away", Now.AddMinutes(1), (DateTimeOffset?)null, "a1"), (failed.Attempts, failed.LastError, failed.NotBefore, failed.RefusedSince, failed.Instance.SopInstanceUid));

        await Registry.PostponeAsync(failed, Now.AddMinutes(5), "no such class", Now, Stop);
        Assert.Equal([2, 3, 4], await DueAsync());
        Assert.Equal((2, (DateTimeOffset?)Now), ((await DeliveryAsync("pacs", 1)).Attempts, (await DeliveryAsync("pacs", 1)).RefusedSince));

        await Registry.PostponeAsync(await DeliveryAsync("pacs", 2), Now.AddMinutes(2), "away", null, Stop);
        Assert.Equal([3], await DueAsync());
        Assert.Equal([2, 3, 4], await DueAsync(now: Now.AddMinutes(2)));

        Log.Deliver(EntryKind.Delivered, "pacs", "a2");
        Log.Deliver(EntryKind.Delivered, "pacs", "a2");
        Log.Deliver(EntryKind.Undeliverable, "pacs", "b1");
        await ApplyAsync();
        Assert.Equal([4], await DueAsync());
        Assert.Equal(
            [("archive", DeliveryState.Waiting, 1L), ("pacs", DeliveryState.Waiting, 2), ("pacs", DeliveryState.Delivered, 1), ("pacs", DeliveryState.Undeliverable, 1)],
            (await Registry.DeliveryCountsAsync(Stop)).Select(c => (c.Destination, c.State, c.Count)));
        Assert.Equal(Log.All[0].Entry.At, (await Registry.DeliveryCountsAsync(Stop)).First(c => c.Destination == "pacs").Oldest);

        Log.Add(Log.Of(EntryKind.DeliveryRetried) with { Destination = "pacs", StudyUid = "1.2" });
        await ApplyAsync();
        Assert.Equal([3, 4], await DueAsync());
        Log.Add(Log.Of(EntryKind.DeliveryRetried) with { Destination = "pacs" });
        await ApplyAsync();
        Assert.Equal([1, 3, 4], await DueAsync());
        Assert.Equal(0, (await DeliveryAsync("pacs", 1)).Attempts);
    }

    [Fact]
    public async Task Putting_off_what_was_delivered_meanwhile_changes_nothing()
    {
        Log.Receive("1.1", "1.1.1", "a1", destinations: ["pacs"]);
        await ApplyAsync();
        Delivery seen = await DeliveryAsync("pacs", 1);
        Log.Deliver(EntryKind.Delivered, "pacs", "a1");
        await ApplyAsync();

        await Registry.PostponeAsync(seen, Now.AddMinutes(1), "away", null, Stop);

        Assert.Equal((DeliveryState.Delivered, 0), ((await DeliveryAsync("pacs", 1)).State, (await DeliveryAsync("pacs", 1)).Attempts));
    }

    [Fact]
    public async Task A_commitment_is_asked_for_and_given_or_denied()
    {
        foreach (string sop in new[] { "a1", "a2", "a3" }) Log.Receive("1.1", "1.1.1", sop, destinations: ["pacs"]);
        foreach (string sop in new[] { "a1", "a2" }) Log.Deliver(EntryKind.Delivered, "pacs", sop);
        Log.Ask("pacs", "9.9.1", "a1", "a2", "a3", "unknown");
        await ApplyAsync();
        Assert.Equal([(1L, "9.9.1"), (2, "9.9.1")], (await Registry.DeliveriesAsync("pacs", DeliveryState.CommitmentAsked, 0, 10, Stop)).Select(d => (d.Sequence, d.TransactionUid!)));

        Log.Deliver(EntryKind.CommitmentGiven, "pacs", "a1", "9.9.1");
        Log.Deliver(EntryKind.CommitmentGiven, "pacs", "a2", "9.9.7");
        Log.Deliver(EntryKind.CommitmentDenied, "pacs", "a2", "9.9.1");
        Log.Deliver(EntryKind.CommitmentGiven, "pacs", "a3", "9.9.1");
        await ApplyAsync();

        Assert.Equal((DeliveryState.Committed, "9.9.1"), ((await DeliveryAsync("pacs", 1)).State, (await DeliveryAsync("pacs", 1)).TransactionUid));
        Assert.Equal((DeliveryState.Waiting, null), ((await DeliveryAsync("pacs", 2)).State, (await DeliveryAsync("pacs", 2)).TransactionUid));
        Assert.Equal([2, 3], await DueAsync());
    }

    [Fact]
    public async Task A_commitment_that_a_peer_asked_for_waits_until_it_was_reported()
    {
        Log.Add(Log.Of(EntryKind.CommitmentRequested) with { Who = new Actor("CT1", "ae-title", ""), TransactionUid = "9.1", Detail = "1.2 1.2.3\n1.2 1.2.4\n" });
        Log.Add(Log.Of(EntryKind.CommitmentRequested) with { Who = new Actor("CT2", "ae-title", ""), TransactionUid = "9.1", Detail = "1.2 1.2.5" });
        await ApplyAsync();

        IReadOnlyList<PendingCommitment> pending = await Registry.PendingCommitmentsAsync(Now, 10, Stop);
        Assert.Equal(["CT1", "CT2"], pending.Select(p => p.CallingAe));
        Assert.Equal([("1.2", "1.2.3"), ("1.2", "1.2.4")], pending[0].References);
        Assert.Equal((1L, "9.1", Log.All[0].Entry.At, 0), (pending[0].Sequence, pending[0].TransactionUid, pending[0].At, pending[0].Attempts));

        await Registry.PostponeAsync(pending[0], Now.AddMinutes(1), Stop);
        Assert.Equal([2], (await Registry.PendingCommitmentsAsync(Now, 10, Stop)).Select(p => p.Sequence));
        Assert.Equal(1, (await Registry.PendingCommitmentsAsync(Now.AddMinutes(1), 10, Stop))[0].Attempts);

        Log.Add(Log.Of(EntryKind.CommitmentReported) with { Destination = "CT2", TransactionUid = "9.1" });
        await ApplyAsync();
        Assert.Equal([1], (await Registry.PendingCommitmentsAsync(Now.AddHours(1), 10, Stop)).Select(p => p.Sequence));
    }

    [Fact]
    public async Task A_large_study_does_not_keep_the_others_waiting()
    {
        for (int i = 0; i < 300; i++) Log.Receive("1.1", "1.1.1", $"a{i}", destinations: ["pacs"]);
        for (int i = 0; i < 3; i++) Log.Receive("1.2", "1.2.1", $"b{i}", destinations: ["pacs"]);
        await ApplyAsync();

        IReadOnlyList<Delivery> due = await Registry.DueAsync("pacs", Now, 100, Stop);

        Assert.Equal([301, 302, 303], due.Where(d => d.Instance.StudyUid == "1.2").Select(d => d.Sequence));
        Assert.Equal(Enumerable.Range(1, 50).Select(i => (long)i), due.Where(d => d.Instance.StudyUid == "1.1").Select(d => d.Sequence));
    }

    /// <summary>What a forwarding does, at random: whatever comes, no study is sent out of order and nothing is lost.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Deliveries_keep_their_order_and_none_is_lost(int seed)
    {
        var random = new Random(seed);
        string[] destinations = ["pacs", "archive"];
        var model = new Dictionary<(string Destination, long Sequence), Expected>();
        var now = Now;
        for (int step = 0; step < 60; step++)
        {
            now = now.AddSeconds(random.Next(30));
            for (int i = random.Next(4); i > 0; i--)
            {
                AppliedEntry received = Log.Receive($"1.{random.Next(4)}", "1.1", $"s{Log.All.Count}", destinations: destinations);
                foreach (string destination in destinations) model[(destination, received.Sequence)] = new Expected(received.Entry.StudyUid!, received.Entry.SopInstanceUid!);
            }

            await ApplyAsync();
            foreach (string destination in destinations) await AttemptAsync(destination, calm: false);
        }

        for (int round = 0; model.Values.Any(e => e.Waiting) && round < 200; round++)
        {
            now = now.AddDays(1);
            foreach (string destination in destinations) await AttemptAsync(destination, calm: true);
        }

        Assert.True(model.Count > 60);
        Assert.DoesNotContain(model.Values, e => e.Waiting);
        foreach (string destination in destinations)
        {
            var delivered = await Registry.DeliveriesAsync(destination, DeliveryState.Delivered, 0, 10000, Stop);
            Assert.Equal(model.Keys.Where(key => key.Destination == destination).Select(key => key.Sequence).Order(), delivered.Select(d => d.Sequence));
            Assert.Empty(await DueAsync(destination, DateTimeOffset.MaxValue));
        }

        async Task AttemptAsync(string destination, bool calm)
        {
            int limit = random.Next(1, 40);
            IReadOnlyList<Delivery> due = await Registry.DueAsync(destination, now, limit, Stop);
            Assert.True(due.Count <= limit);
            var waiting = model.Where(pair => pair.Key.Destination == destination && pair.Value.Waiting).OrderBy(pair => pair.Key.Sequence).ToList();
            var mayGo = waiting.Where(pair => pair.Value.NotBefore <= now
                && !waiting.Any(older => older.Key.Sequence < pair.Key.Sequence && older.Value.Study == pair.Value.Study && !older.Value.Refused && older.Value.NotBefore > now)).ToList();
            // something whenever something may go, and of each study the oldest of what may
            Assert.Equal(mayGo.Count > 0, due.Count > 0);
            foreach (var study in due.GroupBy(d => d.Instance.StudyUid))
                Assert.Equal(mayGo.Where(pair => pair.Value.Study == study.Key).Select(pair => pair.Key.Sequence).Take(study.Count()), study.Select(d => d.Sequence));
            foreach (var study in due.GroupBy(d => d.Instance.StudyUid))
            {
                foreach (Delivery delivery in study)
                {
                    Expected expected = model[(destination, delivery.Sequence)];
                    int chance = calm ? 0 : random.Next(10);
                    if (chance < 5)
                    {
                        Log.Deliver(EntryKind.Delivered, destination, expected.Sop);
                        await ApplyAsync();
                        (expected.Waiting, expected.Refused, expected.NotBefore) = (false, false, default);
                        if (!calm && random.Next(8) == 0)
                        {
                            Log.Ask(destination, "9.9", expected.Sop);
                            Log.Deliver(EntryKind.CommitmentDenied, destination, expected.Sop, "9.9");
                            await ApplyAsync();
                            expected.Waiting = true;
                        }
                    }
                    else if (chance < 7)
                    {
                        expected.NotBefore = now.AddSeconds(random.Next(1, 90));
                        expected.Refused = true;
                        await Registry.PostponeAsync(delivery, expected.NotBefore, "refused", now, Stop);
                    }
                    else if (chance == 7)
                    {
                        Log.Deliver(EntryKind.Undeliverable, destination, expected.Sop);
                        Log.Add(Log.Of(EntryKind.DeliveryRetried) with { Destination = destination, StudyUid = study.Key });
                        await ApplyAsync();
                        foreach (Expected one in model.Where(pair => pair.Key.Destination == destination && pair.Value.Study == study.Key && pair.Value.Waiting).Select(pair => pair.Value)) (one.Refused, one.NotBefore) = (false, default);
                        break;
                    }
                    else
                    {
                        expected.NotBefore = now.AddSeconds(random.Next(1, 90));
                        expected.Refused = false;
                        await Registry.PostponeAsync(delivery, expected.NotBefore, "away", null, Stop);
                        break;
                    }
                }
            }
        }
    }

    private sealed class Expected(string study, string sop)
    {
        public string Study => study;

        public string Sop => sop;

        public bool Waiting { get; set; } = true;

        public bool Refused { get; set; }

        public DateTimeOffset NotBefore { get; set; }
    }
}
