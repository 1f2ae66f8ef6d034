using FsCheck;
using FsCheck.Fluent;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Dimse.Provider;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Intake;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Registry;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Gateway.Intake;

/// <summary>What becomes of an arrival, on a real store, journal and registry.</summary>
public sealed class DeskTests
{
    private const int Side = 64;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly byte[] Slice = SliceOf(1);

    private static byte[] SliceOf(int number) => PhantomStudy.Slice(number, new PhantomOptions { Size = Side, Slices = 1000 });

    private static RouteSettings Do(string what) => new() { Name = what, Do = what };

    private static Verdict Judge(ReadOnlyMemory<byte> bytes) => Verifier.Verify(new MemorySource(bytes), null, new VerifyOptions { Trust = TrailKit.Trust, Now = TrailKit.Now });

    private static byte[] Sealed(byte[] file)
    {
        var claims = new Claims("Elsewhere", SealPurpose.Acquisition, "", "", SyntheticClaim.Unstated, [], "");
        SealOutcome outcome = Sealer.Seal(DicomFile.Parse(new MemorySource(file)), new SealOptions { Claims = claims, Signer = TrailKit.Signer, Randomness = Veridicom.Cli.SystemRandomness.Instance, At = TrailKit.Now, Trust = TrailKit.Trust });
        using var output = new MemoryStream();
        outcome.WriteTo(output);
        return output.ToArray();
    }

    private static byte[] Brighter(byte[] file, int column = 0) => Tampering.OnePixel(file, 0, column);

    private static byte[] DataSetOf(byte[] file) => file[(int)DicomFile.Parse(new MemorySource(file)).DataSetOffset..];

    [Fact]
    public async Task A_new_image_is_sealed_stored_registered_and_queued()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();

        IntakeResult result = await room.GiveAsync(Slice);

        Assert.Equal(IntakeOutcome.Stored, result.Outcome);
        byte[] stored = room.Stored(result.Instance!);
        Verdict verdict = Judge(stored);
        Assert.Equal(VerdictKind.Authentic, verdict.Kind);
        Assert.Equal((verdict.Kind, verdict.SealIdentity), (result.Instance!.Verdict, result.Instance.SealIdentity));
        Assert.Equal(verdict.Checks, result.Verdict!.Checks);
        Assert.Equal(Slice[..132], stored[..132]);
        Assert.Equal(result.Instance, await room.Registry.InstanceAsync(result.Instance.Sequence, Stop));
        Assert.Equal(result.Instance.Sequence, Assert.Single(await room.Registry.DueAsync("archive", TrailKit.Now, 10, Stop)).Sequence);
        JournalEntry entry = Assert.Single(await room.JournalAsync(), e => e.Kind == EntryKind.Received);
        Assert.Equal(("CT_7", "default", "authentic", EntryOutcome.Success), (entry.Who.Name, entry.Route, entry.Verdict, entry.Outcome));
        Assert.Equal("PHANTOM-1", entry.PatientId);
    }

    [Fact]
    public async Task Unsealing_what_is_stored_gives_the_bytes_that_came()
    {
        foreach ((string name, byte[] bytes) in SampleFiles.All().Where(f => f.Name is "explicit" or "implicit" or "big endian" or "defined lengths" or "fragments"))
        {
            await using DeskRoom room = await DeskRoom.OpenAsync();
            byte[] whole = WithStudy(bytes);
            IntakeResult result = await room.GiveAsync(whole);

            Assert.True(result.Outcome == IntakeOutcome.Stored, $"{name}: {result.Outcome} {result.Reason}");
            Assert.Equal(VerdictKind.Authentic, result.Verdict!.Kind);
            using var unsealed = new MemoryStream();
            Unsealer.Unseal(DicomFile.Parse(new MemorySource(room.Stored(result.Instance!)))).WriteTo(unsealed);
            Assert.True(whole.AsSpan().SequenceEqual(unsealed.ToArray()), name);
        }
    }

    /// <summary>The samples belong to no study, without which nothing can be registered.</summary>
    private static byte[] WithStudy(byte[] file)
    {
        DicomFile parsed = DicomFile.Parse(new MemorySource(file));
        byte[] study = new ElementWriter(parsed.DataSet.Root.Form & (NodeForm.Implicit | NodeForm.BigEndian)).Text(new(0x0020, 0x000D), Vr.UI, "1.2.3").Text(new(0x0020, 0x000E), Vr.UI, "1.2.3.4").ToArray();
        long place = 0;
        foreach (DicomNode node in parsed.DataSet.Root)
        {
            if (node.Tag.Group < 0x0020) place = node.EndOffset;
        }
        var splice = new Splice(parsed.DataSet.Source);
        splice.Replace(place, 0, study);
        using var output = new MemoryStream();
        parsed.Respliced(splice).WriteTo(output);
        return output.ToArray();
    }

    [Fact]
    public async Task The_same_image_again_is_stored_once_however_it_is_wrapped()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        IntakeResult first = await room.GiveAsync(Slice);
        byte[] stored = room.Stored(first.Instance!);

        foreach (byte[] again in (byte[][])[Slice, stored, Tampering.ToImplicitVr(Slice), Tampering.ToImplicitVr(stored), Tampering.WithoutSeal(stored), Tampering.WithoutAnySignature(stored)])
        {
            IntakeResult result = await room.GiveAsync(again);
            Assert.True(result.Outcome == IntakeOutcome.Repeated, result.Reason);
            Assert.Equal(first.Instance, result.Instance);
        }
        Assert.Single(await room.Registry.ListAsync(null, 0, 100, Stop));
        Assert.Single(room.Store.Enumerate());
        Assert.Equal(6, (await room.JournalAsync()).Count(e => e.Kind == EntryKind.Repeated));
    }

    [Fact]
    public async Task Other_content_under_the_same_uid_is_kept_beside_and_neither_shown_nor_forwarded()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        IntakeResult first = await room.GiveAsync(Slice);
        byte[] other = Brighter(room.Stored(first.Instance!));

        IntakeResult second = await room.GiveAsync(other), third = await room.GiveAsync(other), patient = await room.GiveAsync(Tampering.PatientName(Slice, "Other^One"));

        Assert.Equal((IntakeOutcome.Conflict, VerdictKind.Altered), (second.Outcome, second.Verdict!.Kind));
        Assert.Equal((IntakeOutcome.Repeated, second.Instance), (third.Outcome, third.Instance));
        Assert.Equal(IntakeOutcome.Conflict, patient.Outcome);
        Assert.Equal(other, room.Stored(second.Instance!));
        Assert.Equal(first.Instance, Assert.Single(await room.Registry.ListAsync(InstanceState.Accepted, 0, 10, Stop)));
        Assert.Single(await room.Registry.DueAsync("archive", TrailKit.Now, 10, Stop));
        Assert.All((await room.JournalAsync()).Where(e => e.State == InstanceState.Conflict), e => Assert.Equal(EntryOutcome.SeriousFailure, e.Outcome));
    }

    [Theory]
    [InlineData("verify")]
    [InlineData("pass")]
    public async Task The_genuine_image_is_kept_where_an_altered_copy_with_its_seal_came_first(string what)
    {
        await using DeskRoom room = await DeskRoom.OpenAsync(routes: Do(what));
        byte[] genuine = Sealed(SliceOf(2));
        IntakeResult altered = await room.GiveAsync(Brighter(genuine));
        Assert.Equal((IntakeOutcome.Stored, VerdictKind.Altered, Judge(genuine).SealIdentity), (altered.Outcome, altered.Verdict!.Kind, altered.Instance!.SealIdentity));

        IntakeResult result = await room.GiveAsync(genuine);

        Assert.Equal((IntakeOutcome.Conflict, VerdictKind.Authentic), (result.Outcome, result.Verdict!.Kind));
        Assert.Equal(genuine, room.Stored(result.Instance!));
    }

    [Fact]
    public async Task What_came_before_and_is_gone_from_the_store_is_not_called_stored()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        IntakeResult first = await room.GiveAsync(Slice);
        room.Lose(first.Instance!);

        IntakeResult again = await room.GiveAsync(Slice);

        Assert.Equal((IntakeOutcome.Unavailable, (ushort?)0xA700), (again.Outcome, again.Failure));
        CommitmentResult answer = await new CommitmentAnswers(room.Registry, room.Store).AnswerAsync("1.2.3", [new(first.Instance!.SopClassUid, first.Instance.SopInstanceUid)], Stop);
        Assert.Equal((ushort)0x0110, Assert.Single(answer.Failed).Reason);
    }

    [Fact]
    public async Task Nothing_is_committed_to_whose_bytes_have_changed_on_the_disk()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        StoredInstance instance = (await room.GiveAsync(Slice)).Instance!;
        var answers = new CommitmentAnswers(room.Registry, room.Store);
        var reference = new CommitmentReference(instance.SopClassUid, instance.SopInstanceUid);
        Assert.Equal(reference, Assert.Single((await answers.AnswerAsync("1.2.3", [reference], Stop)).Committed));

        byte[] bytes = room.Stored(instance);
        bytes[^1] ^= 1;
        room.Lose(instance, bytes);

        Assert.Equal(new CommitmentFailure(reference, 0x0110), Assert.Single((await answers.AnswerAsync("1.2.3", [reference], Stop)).Failed));
    }

    [Theory]
    [InlineData("seal", IntakeOutcome.Quarantined, IntakeOutcome.Stored, VerdictKind.Authentic)]
    [InlineData("seal-as-found", IntakeOutcome.Quarantined, IntakeOutcome.Stored, VerdictKind.Authentic)]
    [InlineData("verify", IntakeOutcome.Stored, IntakeOutcome.Stored, VerdictKind.Unsealed)]
    [InlineData("verify-or-quarantine", IntakeOutcome.Quarantined, IntakeOutcome.Quarantined, VerdictKind.Unsealed)]
    [InlineData("pass", IntakeOutcome.Stored, IntakeOutcome.Stored, VerdictKind.Unsealed)]
    public async Task A_route_does_what_it_says(string what, IntakeOutcome altered, IntakeOutcome plain, VerdictKind plainVerdict)
    {
        await using DeskRoom room = await DeskRoom.OpenAsync(routes: Do(what));
        byte[] genuine = Sealed(SliceOf(2)), changed = Brighter(Sealed(SliceOf(3)));

        IntakeResult good = await room.GiveAsync(genuine), bad = await room.GiveAsync(changed), bare = await room.GiveAsync(Slice);

        Assert.Equal((IntakeOutcome.Stored, VerdictKind.Authentic), (good.Outcome, good.Verdict!.Kind));
        Assert.Equal(genuine, room.Stored(good.Instance!));
        Assert.Equal((altered, VerdictKind.Altered), (bad.Outcome, bad.Verdict!.Kind));
        Assert.Equal(changed, room.Stored(bad.Instance!));
        Assert.Equal((plain, plainVerdict), (bare.Outcome, bare.Verdict!.Kind));
        if (plainVerdict == VerdictKind.Authentic)
        {
            Claims claims = Assert.Single(bare.Verdict.Seals).Statement!.Claims;
            Assert.Equal((what == "seal" ? SealPurpose.Acquisition : SealPurpose.AsFound, "route " + what, "Veridicom test"), (claims.Purpose, claims.Note, claims.Software));
        }
    }

    [Fact]
    public async Task Under_a_sealing_route_what_cannot_be_believed_or_sealed_is_held_back()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        byte[] damaged = Sealed(SliceOf(4));
        SealBlock block = Assert.Single(SealBlock.Find(DicomFile.Parse(new MemorySource(damaged)).DataSet));
        damaged[block.Offset + 60] ^= 1;
        byte[] doubled = Twice(SliceOf(5));

        Assert.Equal(IntakeOutcome.Quarantined, (await room.GiveAsync(damaged)).Outcome);
        IntakeResult ambiguous = await room.GiveAsync(doubled);
        Assert.Equal((IntakeOutcome.Quarantined, VerdictKind.Unverifiable), (ambiguous.Outcome, ambiguous.Verdict!.Kind));
        Assert.Equal(doubled, room.Stored(ambiguous.Instance!));
        Assert.Empty(await room.Registry.DueAsync("archive", TrailKit.Now, 10, Stop));
    }

    [Theory]
    [InlineData("seal", false)]
    [InlineData("seal-as-found", false)]
    [InlineData("verify", true)]
    [InlineData("pass", true)]
    public async Task A_seal_of_a_stranger_and_additions_to_what_is_sealed_keep_our_seal_from_nothing(string what, bool accepted)
    {
        await using DeskRoom room = await DeskRoom.OpenAsync(routes: Do(what) with { ForwardTo = ["archive"] });
        byte[] strange = SealKit.Seal(SliceOf(2)), more = SealKit.Added(Sealed(SliceOf(3)), new ElementWriter().Text(new(0x0009, 0x0010), Vr.LO, "MORE").ToArray());

        IntakeResult stranger = await room.GiveAsync(strange), extended = await room.GiveAsync(more);

        Assert.Equal((VerdictKind.Untrusted, VerdictKind.Extended), (stranger.Verdict!.Kind, extended.Verdict!.Kind));
        IntakeOutcome expected = accepted ? IntakeOutcome.Stored : IntakeOutcome.Quarantined;
        Assert.Equal((expected, expected), (stranger.Outcome, extended.Outcome));
        Assert.Equal(accepted, stranger.Reason is null);
        Assert.Equal(strange, room.Stored(stranger.Instance!));
        Assert.Equal(accepted ? 2 : 0, (await room.Registry.DueAsync("archive", TrailKit.Now, 10, Stop)).Count);
        Assert.All((await room.JournalAsync()).Where(e => e.Kind == EntryKind.Received), e => Assert.Equal(accepted ? EntryOutcome.MinorFailure : EntryOutcome.SeriousFailure, e.Outcome));
    }

    /// <summary>The element before the pixels stands twice.</summary>
    private static byte[] Twice(byte[] file)
    {
        DicomFile parsed = DicomFile.Parse(new MemorySource(file));
        Assert.True(parsed.DataSet.TryFind(new DicomTag(0x0010, 0x0010), out DicomNode name));
        byte[] element = file[(int)name.HeaderOffset..(int)name.EndOffset];
        return [.. file[..(int)name.EndOffset], .. element, .. file[(int)name.EndOffset..]];
    }

    [Fact]
    public async Task What_cannot_be_read_is_kept_byte_for_byte_and_what_is_no_dicom_is_not()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        byte[] cut = Slice[..^700];
        byte[] nameless = Tampering.OtherInstance(Slice, "not a uid!");

        IntakeResult unreadable = await room.GiveAsync(cut), unnamed = await room.GiveAsync(nameless);
        IntakeResult text = await room.GiveAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray()), nothing = await room.GiveAsync(Array.Empty<byte>());

        Assert.Equal((IntakeOutcome.Quarantined, IntakeDesk.Unreadable, VerdictKind.Unverifiable), (unreadable.Outcome, unreadable.Instance!.Route, unreadable.Verdict!.Kind));
        Assert.Equal(cut, room.Stored(unreadable.Instance));
        Assert.Equal((IntakeOutcome.Quarantined, "its SOP Instance UID is not valid"), (unnamed.Outcome, unnamed.Reason));
        Assert.Equal((IntakeOutcome.Refused, IntakeOutcome.Refused, (ushort?)0xC000), (text.Outcome, nothing.Outcome, text.Failure));
        Assert.Equal(2, (await room.JournalAsync()).Count(e => e.Kind == EntryKind.Refused));
    }

    [Fact]
    public async Task What_cannot_be_read_is_kept_once_however_often_it_comes()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        byte[] cut = Slice[..^700], nameless = Tampering.OtherInstance(Slice, "not a uid!");

        foreach (byte[] bytes in (byte[][])[cut, nameless])
        {
            IntakeResult[] results = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() => room.GiveAsync(bytes))));
            IntakeResult first = Assert.Single(results, r => r.Outcome == IntakeOutcome.Quarantined);
            Assert.All(results.Where(r => r != first), r => Assert.Equal((IntakeOutcome.Repeated, first.Instance), (r.Outcome, r.Instance)));
        }
        Assert.Equal(2, (await room.Registry.ListAsync(InstanceState.Quarantined, 0, 10, Stop)).Count);
        Assert.Equal((2, 6), ((await room.JournalAsync()).Count(e => e.Kind == EntryKind.Received), (await room.JournalAsync()).Count(e => e.Kind == EntryKind.Repeated)));
    }

    [Fact]
    public async Task A_bare_data_set_gets_preamble_and_meta_elements_and_stays_as_it_was()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        byte[] bare = DataSetOf(Slice);

        IntakeResult result = await room.GiveAsync(bare);

        Assert.Equal(IntakeOutcome.Stored, result.Outcome);
        byte[] stored = room.Stored(result.Instance!);
        DicomFile file = DicomFile.Parse(new MemorySource(stored));
        Assert.True(file.HasPreamble && !file.SyntaxAssumed);
        Assert.Equal(IntakeOutcome.Repeated, (await room.GiveAsync(Slice)).Outcome);
    }

    [Fact]
    public async Task An_instance_of_another_class_uid_or_study_than_allowed_is_not_kept()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();

        IntakeResult ofClass = await room.GiveAsync(Slice, DeskRoom.Scanner with { SopClassUid = "1.2.840.10008.5.1.4.1.1.4" });
        IntakeResult ofUid = await room.GiveAsync(Slice, DeskRoom.Scanner with { SopInstanceUid = "1.2.3" });
        IntakeResult ofStudy = await room.GiveAsync(Slice, DeskRoom.Scanner with { Studies = ["1.2.3"] });
        IntakeResult right = await room.GiveAsync(Slice, DeskRoom.Scanner with { SopClassUid = PhantomStudy.SopClass, SopInstanceUid = PhantomStudy.InstanceUid(1, new PhantomOptions()) });

        Assert.Equal((IntakeOutcome.Refused, (ushort?)0xA900), (ofClass.Outcome, ofClass.Failure));
        Assert.Equal((IntakeOutcome.Refused, (ushort?)0xA900), (ofUid.Outcome, ofUid.Failure));
        Assert.Equal(IntakeOutcome.OtherStudy, ofStudy.Outcome);
        Assert.Equal(IntakeOutcome.Stored, right.Outcome);
    }

    [Fact]
    public async Task The_first_route_that_matches_decides_and_none_means_refused()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync(routes:
        [
            new RouteSettings { Name = "mr", Do = "pass", Modality = ["MR"] },
            new RouteSettings { Name = "old", Do = "seal-as-found", CallingAe = ["PACS*"], Protocol = ["dimse"] },
            new RouteSettings { Name = "ct", Do = "seal", CalledAe = ["VERI?ICOM"], Modality = ["CT"] },
        ]);

        Assert.Equal("ct", (await room.GiveAsync(SliceOf(1))).Instance!.Route);
        Assert.Equal("old", (await room.GiveAsync(SliceOf(2), DeskRoom.Scanner with { CallingAe = "PACS_2" })).Instance!.Route);
        IntakeResult none = await room.GiveAsync(SliceOf(3), DeskRoom.Scanner with { CallingAe = "PACS_2", CalledAe = "OTHER", Protocol = ArrivalProtocol.Stow });
        Assert.Equal((IntakeOutcome.Refused, (ushort?)0x0124), (none.Outcome, none.Failure));
    }

    [Fact]
    public async Task An_instance_beyond_the_limit_is_said_to_be_so_while_it_comes()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync(maxInstance: 5000);
        await using Arrival arrival = room.Desk.Begin();
        await arrival.WriteAsync(new byte[4000], Stop);

        await Assert.ThrowsAsync<ArrivalTooLongException>(async () => await arrival.WriteAsync(new byte[1001], Stop));
    }

    [Theory]
    [InlineData(17)]
    [InlineData(40)]
    public async Task What_does_not_fit_into_memory_goes_through_a_file_that_leaves_nothing(int megabytes)
    {
        using var folder = new ScratchFolder();
        await using DeskRoom room = await DeskRoom.OpenAsync(folder);
        byte[] large = PhantomStudy.Slice(0, new PhantomOptions { Size = megabytes == 17 ? 3000 : 4096 });
        Assert.True(large.Length > ArrivalBuffers.Largest);

        IntakeResult result = await room.GiveAsync(large);

        Assert.Equal((IntakeOutcome.Stored, VerdictKind.Authentic), (result.Outcome, result.Verdict!.Kind));
        Assert.Equal(VerdictKind.Authentic, Judge(room.Stored(result.Instance!)).Kind);
        Assert.Empty(Directory.GetFiles(folder.PathOf("gateway", "incoming")));
    }

    public static TheoryData<string> Faults => ["store before", "store after", "record before", "record after"];

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_step_that_is_lost_is_never_called_stored_and_the_next_attempt_mends_it(string step)
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        foreach (Exception fault in (Exception[])[new RegistryException("disk full", canRetry: true), new IOException("gone"), new InvalidOperationException("a defect")])
        {
            byte[] slice = SliceOf(Array.IndexOf([typeof(RegistryException), typeof(IOException), typeof(InvalidOperationException)], fault.GetType()) + 10);
            room.Store.Before = step == "store before" ? fault : null;
            room.Store.After = step == "store after" ? fault : null;
            room.RecordingFails = step.StartsWith("record", StringComparison.Ordinal) ? fault : null;
            room.RecordedAllTheSame = step == "record after";

            IntakeResult lost = await room.GiveAsync(slice);

            Assert.Equal((IntakeOutcome.Unavailable, (ushort?)0xA700, null), (lost.Outcome, lost.Failure, lost.Instance));
            room.Store.Before = room.Store.After = room.RecordingFails = null;
            IntakeResult again = await room.GiveAsync(slice);
            Assert.Equal(step == "record after" ? IntakeOutcome.Repeated : IntakeOutcome.Stored, again.Outcome);
            Assert.Equal(VerdictKind.Authentic, Judge(room.Stored(again.Instance!)).Kind);
        }
        Assert.Equal(3, (await room.Registry.ListAsync(InstanceState.Accepted, 0, 100, Stop)).Count);
    }

    [Fact]
    public async Task What_the_journal_has_and_the_database_not_yet_is_not_taken_in_a_second_time()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        await room.GiveAsync(SliceOf(2)); // behind the checkpoint of the opening
        room.DatabaseFails = new RegistryException("database or disk is full", canRetry: false);
        Assert.Equal(IntakeOutcome.Unavailable, (await room.GiveAsync(Slice)).Outcome);
        room.Store.Meanwhile = room.DatabaseIsBackAsync; // behind the look into the registry, before the recording

        IntakeResult early = await room.GiveAsync(Slice);

        Assert.Equal((IntakeOutcome.Unavailable, (ushort?)0xA700), (early.Outcome, early.Failure));
        await room.DatabaseIsBackAsync();
        IntakeResult again = await room.GiveAsync(Slice);
        Assert.Equal(IntakeOutcome.Repeated, again.Outcome);
        Assert.Equal(again.Instance, Assert.Single(await room.Registry.InstancesAsync(again.Instance!.SopInstanceUid, Stop)));
        Assert.Equal(InstanceState.Accepted, again.Instance.State);
    }

    [Fact]
    public async Task After_the_certificate_expired_nothing_is_sealed_and_what_is_sealed_is_still_verified()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync(now: TrailKit.Signer.Certificate.NotAfter.AddSeconds(1));

        Assert.Equal(IntakeOutcome.Unavailable, (await room.GiveAsync(Slice)).Outcome);
        Assert.Equal((IntakeOutcome.Quarantined, VerdictKind.Untrusted), (await room.GiveAsync(Sealed(SliceOf(2)))) is { } result ? (result.Outcome, result.Verdict!.Kind) : default);
    }

    [Fact]
    public async Task A_sender_that_gives_up_gets_no_promise_and_keeps_nobody_waiting()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        await using Arrival arrival = room.Desk.Begin();
        await arrival.WriteAsync(Slice, Stop);

        IntakeResult result = await room.Desk.AcceptAsync(arrival, DeskRoom.Scanner, new CancellationToken(canceled: true));

        Assert.Equal(IntakeOutcome.Unavailable, result.Outcome);
        Assert.Equal(IntakeOutcome.Stored, (await room.GiveAsync(Slice)).Outcome);
    }

    [Fact]
    public async Task Of_several_at_once_under_one_uid_one_is_accepted_and_every_other_content_is_a_conflict()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        await Task.Run(() => FsCheck.Check.One(Config.QuickThrowOnFailure.WithMaxTest(25), Prop.ForAll(Gen.Choose(1, 5).ArrayOf(6).ToArbitrary(), contents => Run(contents).GetAwaiter().GetResult())), TestContext.Current.CancellationToken);

        async Task<bool> Run(int[] contents)
        {
            byte[] original = SliceOf(Interlocked.Increment(ref _next));
            IntakeResult[] results = await Task.WhenAll(contents.Select(c => Task.Run(() => room.GiveAsync(Brighter(original, c)))));

            int distinct = contents.Distinct().Count();
            IReadOnlyList<StoredInstance> kept = await room.Registry.InstancesAsync(results[0].Instance!.SopInstanceUid, Stop);
            return results.Count(r => r.Outcome == IntakeOutcome.Stored) == 1 && results.Count(r => r.Outcome == IntakeOutcome.Conflict) == distinct - 1
                && results.Count(r => r.Outcome == IntakeOutcome.Repeated) == contents.Length - distinct
                && kept.Count(i => i.State == InstanceState.Accepted) == 1 && kept.Count == distinct;
        }
    }

    private static int _next = 100;

    [Fact]
    public async Task What_was_taken_in_is_there_after_a_restart()
    {
        using var folder = new ScratchFolder();
        StoredInstance stored;
        await using (DeskRoom room = await DeskRoom.OpenAsync(folder)) stored = (await room.GiveAsync(Slice)).Instance!;

        await using DeskRoom again = await DeskRoom.OpenAsync(folder);
        Assert.Equal(stored, await again.Registry.InstanceAsync(stored.Sequence, Stop));
        Assert.Equal(IntakeOutcome.Repeated, (await again.GiveAsync(Slice)).Outcome);
    }

    [Fact]
    public void The_image_has_the_size_that_the_tests_rely_on() => Assert.Equal(Side, DicomFile.Parse(new MemorySource(Slice)).DataSet.TryUInt16(new(0x0028, 0x0010), out ushort rows) ? rows : 0);
}
