using System.Text;
using Veridicom.Dicom;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;
using Veridicom.Seals.Trust;
using Veridicom.Tests.Registry.Store;
using Xunit;

namespace Veridicom.Tests.Registry;

public sealed class VaultTests : IDisposable
{
    private static readonly DicomTag PatientName = new(0x0010, 0x0010);
    private readonly ScratchFolder _scratch = new();
    private readonly MemoryRegistry _registry = new();
    private readonly FolderStore _store;

    public VaultTests() => _store = FolderStore.Open(_scratch.PathOf("store"));

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Folder => _scratch.PathOf("journal");

    public void Dispose()
    {
        _store.Dispose();
        _scratch.Dispose();
    }

    private VaultOptions Options => new()
    {
        JournalFolder = Folder,
        ReadAttributes = source => new InstanceAttributes([new(PatientName, Encoding.ASCII.GetString(source.Window(0, (int)source.Length)))]),
        DatabasePatience = TimeSpan.FromMilliseconds(200),
    };

    private Task<Vault> OpenAsync(VaultOptions? options = null, MemoryRegistry? registry = null, IDiskSteps? disk = null, long fileSize = JournalFiles.FileSize) =>
        Vault.OpenAsync(options ?? Options, registry ?? _registry, _store, disk ?? Disk.Instance, fileSize, Stop);

    private string[] Lines() => [.. JournalLines.Read(Folder).Select(line => Encoding.ASCII.GetString(line.Bytes.Span))];

    /// <summary>What the files say, checked from the first entry on; equal to what the registry holds.</summary>
    private List<ChainedLine> Chain(MemoryRegistry? registry = null)
    {
        var chain = new List<ChainedLine>();
        foreach (JournalLine line in JournalLines.Read(Folder))
            chain.Add(ChainedLine.Follow(chain.Count, chain.Count == 0 ? JournalChain.Start : chain[^1].Hash, line));
        Assert.Equal(chain.Select(line => Convert.ToHexStringLower(line.Hash)), (registry ?? _registry).Entries.Select(entry => entry.Hash));
        return chain;
    }

    [Fact]
    public async Task What_is_recorded_is_in_journal_and_registry_with_the_same_hash_before_the_caller_knows()
    {
        var raised = new List<AppliedEntry>();
        await using (Vault vault = await OpenAsync())
        {
            vault.Recorded += raised.Add;
            for (int i = 1; i <= 5; i++)
            {
                AppliedEntry entry = await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
                Assert.Equal(i + 1, entry.Sequence);
                Assert.Equal(TrailKit.Entry(i).Detail, entry.Entry.Detail);
                Assert.Equal(entry.Hash, _registry.Entries[^1].Hash);
                Assert.StartsWith(entry.Hash + " {\"sequence\":" + entry.Sequence, Lines()[^1]);
                Assert.Equal((entry.Sequence, entry.Hash), vault.Newest);
            }
            Assert.Matches("^[0-9a-f]{32}$", vault.JournalId);
        }
        Assert.Equal([2, 3, 4, 5, 6], raised.Select(e => e.Sequence));
        Assert.Equal(6, Chain().Count);
    }

    [Fact]
    public async Task Times_are_cut_to_what_the_journal_keeps()
    {
        await using Vault vault = await OpenAsync();
        var at = new DateTimeOffset(2026, 1, 2, 3, 4, 5, 678, TimeSpan.FromHours(2));

        AppliedEntry entry = await vault.RecordAsync(TrailKit.Entry(1) with { At = at.AddTicks(1234) }, null, Stop);

        Assert.Equal(at, entry.Entry.At);
        Assert.Equal(TimeSpan.Zero, entry.Entry.At.Offset);
        Assert.Equal(entry.Entry, JournalText.Read(entry.Line.Span).Entry);
    }

    [Fact]
    public async Task Many_callers_share_a_flush_and_each_gets_its_own_place()
    {
        var disk = new FaultyDisk(FaultKind.Lost, int.MaxValue);
        await using Vault vault = await OpenAsync(disk: disk);

        // The first call is held until all the others wait.
        using var wait = new ManualResetEventSlim();
        _registry.Before = call => wait.Wait(Stop);
        Task<AppliedEntry>[] calls = [.. Enumerable.Range(1, 200).Select(i => vault.RecordAsync(TrailKit.Entry(i), null, Stop))];
        wait.Set();
        AppliedEntry[] entries = await Task.WhenAll(calls);

        Assert.Equal(Enumerable.Range(2, 200).Select(i => (long)i), entries.Select(e => e.Sequence).Order());
        Assert.InRange(disk.Steps.Count(step => step == "write"), 2, 100);
        Chain();
    }

    [Fact]
    public async Task A_new_file_follows_a_full_one_and_the_chain_goes_on()
    {
        string id;
        await using (Vault vault = await OpenAsync(fileSize: 1000))
        {
            id = vault.JournalId;
            for (int i = 1; i <= 20; i++) await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
        }
        Assert.True(JournalLines.Files(Folder).Count > 4);
        await using (Vault vault = await OpenAsync(fileSize: 1000))
        {
            Assert.Equal(id, vault.JournalId);
            Assert.Equal(22, (await vault.RecordAsync(TrailKit.Entry(21), null, Stop)).Sequence);
        }
        Assert.Equal(22, Chain().Count);
    }

    [Fact]
    public async Task Opening_applies_what_the_registry_has_not_seen_and_reads_attributes_from_the_store()
    {
        (ObjectDigest digest, _) = await _store.PutAsync(stream => stream.Write("Doe^Jane"u8), Stop);
        await using (Vault vault = await OpenAsync(fileSize: 1000))
        {
            for (int i = 1; i <= 9; i++) await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
            await vault.RecordAsync(TrailKit.Entry(10) with { Kind = EntryKind.Received, Object = digest, Size = 8, State = InstanceState.Accepted }, null, Stop);
        }
        for (int known = 0; known <= 11; known++)
        {
            var behind = new MemoryRegistry();
            await behind.ApplyAsync([.. _registry.Entries.Take(known)], Stop);
            await using (Vault vault = await OpenAsync(registry: behind)) Assert.Equal(11 - known, vault.Replayed);
            Assert.Equal(_registry.Entries.Select(e => e.Hash), behind.Entries.Select(e => e.Hash));
            if (known < 11) Assert.Equal("Doe^Jane", behind.Entries[10].Attributes![PatientName]);
        }
    }

    [Fact]
    public async Task What_is_applied_again_is_held_in_batches_of_bounded_bytes()
    {
        await using (Vault vault = await OpenAsync())
        {
            for (int i = 1; i <= 6; i++) await vault.RecordAsync(TrailKit.Entry(i) with { Detail = new string('x', i == 4 ? 5000 : 1000) }, null, Stop);
        }
        using JournalFiles journal = JournalFiles.Open(Folder, (0, ""), Disk.Instance);
        Assert.Equal([2, 1, 1, 2], journal.After(1, 100, 3000).Select(batch => batch.Count));
        Assert.Equal([4, 2], journal.After(1, 4).Select(batch => batch.Count));
        Assert.Equal([2L, 3, 4, 5, 6, 7], journal.After(1, 100, 3000).SelectMany(batch => batch).Select(line => line.Sequence));
    }

    [Fact]
    public async Task The_end_that_a_crash_left_unfinished_is_cut_off_wherever_it_stopped()
    {
        await using (Vault vault = await OpenAsync())
        {
            for (int i = 1; i <= 3; i++) await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
        }
        string file = JournalLines.Files(Folder).Single();
        byte[] whole = File.ReadAllBytes(file);
        int last = whole.AsSpan(0, whole.Length - 1).LastIndexOf((byte)'\n') + 1;
        for (int length = last; length < whole.Length; length += 7)
        {
            foreach (byte[] tail in new byte[][] { [], new byte[50], [.. new byte[5000], (byte)'x', (byte)'\n', (byte)'y', (byte)'\n'] })
            {
                File.WriteAllBytes(file, [.. whole[..length], .. tail]);
                var registry = new MemoryRegistry();
                await registry.ApplyAsync([.. _registry.Entries.Take(2)], Stop);
                await using (Vault vault = await OpenAsync(registry: registry))
                {
                    Assert.Equal(length - last + tail.Length, vault.CutBytes);
                    Assert.Equal(4, (await vault.RecordAsync(TrailKit.Entry(99), null, Stop)).Sequence);
                }
                Assert.Equal(4, Chain(registry).Count);
            }
        }
    }

    [Fact]
    public async Task A_journal_of_which_even_the_first_line_is_unfinished_begins_anew()
    {
        Directory.CreateDirectory(Folder);
        File.WriteAllText(Path.Combine(Folder, "00000001.jsonl"), "0123");

        await using (Vault vault = await OpenAsync()) Assert.Equal(4, vault.CutBytes);
        Assert.Single(Chain());
    }

    [Fact]
    public async Task What_was_acknowledged_is_never_cut_off()
    {
        await using (Vault vault = await OpenAsync()) await vault.RecordAsync(TrailKit.Entry(1), null, Stop);
        string file = JournalLines.Files(Folder).Single();
        byte[] whole = File.ReadAllBytes(file);
        File.WriteAllBytes(file, whole[..^1]);

        var refused = await Assert.ThrowsAsync<RegistryException>(() => OpenAsync());

        Assert.Contains("registry rebuild", refused.Message);
        Assert.Equal(whole[..^1], File.ReadAllBytes(file));
    }

    [Fact]
    public async Task Damage_with_an_entry_behind_it_is_never_cut_off()
    {
        await using (Vault vault = await OpenAsync())
        {
            for (int i = 1; i <= 3; i++) await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
        }
        string file = JournalLines.Files(Folder).Single();
        byte[] damaged = File.ReadAllBytes(file);
        int third = damaged.AsSpan().IndexOf("SCANNER2"u8);
        damaged.AsSpan(third, 8).Clear();
        File.WriteAllBytes(file, damaged);

        // as after a loss of power that took from the database what it had not flushed
        var refused = await Assert.ThrowsAsync<RegistryException>(() => OpenAsync(registry: new MemoryRegistry()));

        Assert.Contains("00000001.jsonl line 3", refused.Message);
        Assert.Contains("may the file be cut off at that byte", refused.Message);
        Assert.Equal(damaged, File.ReadAllBytes(file));
    }

    [Fact]
    public async Task A_changed_line_in_the_midst_is_named_and_nothing_is_opened()
    {
        await using (Vault vault = await OpenAsync())
        {
            for (int i = 1; i <= 3; i++) await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
        }
        string file = JournalLines.Files(Folder).Single();
        string whole = File.ReadAllText(file);
        File.WriteAllText(file, whole.Replace("SCANNER2", "SCANNER7", StringComparison.Ordinal));

        var refused = await Assert.ThrowsAsync<RegistryException>(() => OpenAsync(registry: new MemoryRegistry()));

        Assert.Contains("00000001.jsonl line 3", refused.Message);
        Assert.Contains("audit-trail verify", refused.Message);
        Assert.False(refused.CanRetry);
    }

    [Fact]
    public async Task A_registry_of_another_journal_is_refused()
    {
        await using (await OpenAsync()) { }
        var other = new MemoryRegistry();
        await using (await Vault.OpenAsync(Options with { JournalFolder = _scratch.PathOf("other") }, other, _store, Stop)) { }

        Assert.Contains("different entries 1", (await Assert.ThrowsAsync<RegistryException>(() => OpenAsync(registry: other))).Message);
    }

    [Fact]
    public async Task A_file_that_is_missing_in_between_is_named()
    {
        await using (Vault vault = await OpenAsync(fileSize: 500))
        {
            for (int i = 1; i <= 9; i++) await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
        }
        File.Delete(JournalLines.Files(Folder)[1]);

        Assert.Contains("00000002.jsonl should be", (await Assert.ThrowsAsync<RegistryException>(() => OpenAsync())).Message);
    }

    [Fact]
    public async Task A_second_vault_on_the_journal_is_refused()
    {
        await using Vault vault = await OpenAsync();
        Assert.Contains("in use", (await Assert.ThrowsAsync<RegistryException>(() => OpenAsync())).Message);
    }

    [Theory]
    [InlineData(FaultKind.Lost)]
    [InlineData(FaultKind.DoneButReportedLost)]
    [InlineData(FaultKind.Half)]
    public async Task Whatever_step_of_the_journal_fails_what_was_acknowledged_is_there_and_what_follows_is_recorded(FaultKind kind)
    {
        const int entries = 6, fileSize = 700;
        var counting = new FaultyDisk(kind, int.MaxValue);
        await using (Vault vault = await OpenAsync(disk: counting, fileSize: fileSize))
        {
            for (int i = 1; i <= entries; i++) await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
        }
        Assert.Contains("create", counting.Steps[5..]);

        for (int failing = 1; failing <= counting.Count; failing++)
        {
            // One fault; and a disk that stays broken, with a crash after which it works again.
            foreach (bool forEver in new[] { false, true })
            {
                Directory.Delete(Folder, recursive: true);
                var registry = new MemoryRegistry();
                var acknowledged = new List<string>();
                int faults = 0;
                try
                {
                    await using Vault vault = await OpenAsync(registry: registry, disk: new FaultyDisk(kind, failing, forEver), fileSize: fileSize);
                    for (int i = 1; i <= entries; i++)
                    {
                        try
                        {
                            acknowledged.Add((await vault.RecordAsync(TrailKit.Entry(i), null, Stop)).Hash);
                        }
                        catch (RegistryException e)
                        {
                            Assert.True(e.CanRetry);
                            faults++;
                        }
                    }
                }
                catch (RegistryException)
                {
                    faults++;
                }
                Assert.True(faults > 0, $"step {failing} was not reported");
                if (!forEver) Assert.InRange(faults, 1, 1);
                await using (Vault vault = await OpenAsync(registry: registry, fileSize: fileSize)) await vault.RecordAsync(TrailKit.Entry(100), null, Stop);
                Assert.Subset(Chain(registry).Select(line => Convert.ToHexStringLower(line.Hash)).ToHashSet(), acknowledged.ToHashSet());
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_database_that_fails_once_costs_time_and_nothing_else(bool doneButReportedLost)
    {
        Action<int> fault = call =>
        {
            if (call == 2) throw new RegistryException("away", canRetry: true);
        };
        (_registry.Before, _registry.After) = doneButReportedLost ? ((Action<int>?)null, fault) : (fault, null);
        await using (Vault vault = await OpenAsync(Options with { DatabasePatience = TimeSpan.FromSeconds(30) }))
        {
            await vault.RecordAsync(TrailKit.Entry(1), null, Stop);
            await vault.RecordAsync(TrailKit.Entry(2), null, Stop);
        }
        Assert.Equal(3, Chain().Count);
    }

    [Fact]
    public async Task While_the_database_is_away_nothing_is_acknowledged_and_when_it_is_back_nothing_is_missing()
    {
        bool away = false;
        _registry.Before = _ =>
        {
            if (Volatile.Read(ref away)) throw new RegistryException("away", canRetry: true);
        };
        var reported = new List<string>();
        var raised = new List<long>();
        await using (Vault vault = await OpenAsync(Options with { Report = (text, _) => reported.Add(text) }))
        {
            vault.Recorded += entry => raised.Add(entry.Sequence);
            Volatile.Write(ref away, true);
            Assert.True((await Assert.ThrowsAsync<RegistryException>(() => vault.RecordAsync(TrailKit.Entry(1), null, Stop))).CanRetry);
            Assert.NotNull(vault.Trouble);
            Assert.Contains("caught up", (await Assert.ThrowsAsync<RegistryException>(() => vault.RecordAsync(TrailKit.Entry(2), null, Stop))).Message);
            Volatile.Write(ref away, false);
            AppliedEntry? entry = null;
            for (DateTime end = DateTime.UtcNow.AddSeconds(30); entry is null && DateTime.UtcNow < end;)
            {
                try
                {
                    entry = await vault.RecordAsync(TrailKit.Entry(3), null, Stop);
                }
                catch (RegistryException)
                {
                    await Task.Delay(10, Stop);
                }
            }
            Assert.Equal(3, entry!.Sequence);
            Assert.Null(vault.Trouble);
        }
        Assert.Equal([2, 3], raised);
        Assert.NotEmpty(reported);
        Assert.Equal(["SCANNER1", "SCANNER3"], Chain().Skip(1).Select(line => line.Entry.Who.Name));
    }

    [Fact]
    public async Task Closing_with_a_database_that_stays_away_leaves_the_entries_to_the_next_opening()
    {
        bool away = false;
        _registry.Before = _ =>
        {
            if (Volatile.Read(ref away)) throw new RegistryException("away", canRetry: false);
        };
        await using (Vault vault = await OpenAsync())
        {
            Volatile.Write(ref away, true);
            await Assert.ThrowsAsync<RegistryException>(() => vault.RecordAsync(TrailKit.Entry(1), null, Stop));
        }
        Assert.Single(_registry.Entries);
        Volatile.Write(ref away, false);

        await using (Vault vault = await OpenAsync()) Assert.Equal(1, vault.Replayed);
        Assert.Equal(2, Chain().Count);
    }

    [Fact]
    public async Task One_entry_that_cannot_be_written_fails_alone_and_a_subscriber_that_throws_harms_nobody()
    {
        var reported = new List<string>();
        await using (Vault vault = await OpenAsync(Options with { Report = (text, _) => reported.Add(text) }))
        {
            vault.Recorded += _ => throw new InvalidOperationException("a broken subscriber");

            Task<AppliedEntry> bad = vault.RecordAsync(TrailKit.Entry(1) with { Detail = new string('x', JournalText.MostBytes) }, null, Stop);
            await Assert.ThrowsAsync<ArgumentException>(() => bad);
            await Assert.ThrowsAsync<ArgumentException>(() => vault.RecordAsync(TrailKit.Entry(1) with { Kind = EntryKind.Received }, null, Stop));
            Assert.Equal(2, (await vault.RecordAsync(TrailKit.Entry(2), null, Stop)).Sequence);
            Assert.Equal(3, (await vault.RecordAsync(TrailKit.Entry(3), null, Stop)).Sequence);
        }
        // subscribers are told after the caller is
        Assert.Contains("subscriber", Assert.Single(reported.Distinct()));
    }

    [Fact]
    public async Task After_closing_nothing_is_taken()
    {
        Vault vault = await OpenAsync();
        await vault.DisposeAsync();

        Assert.Contains("closed", (await Assert.ThrowsAsync<RegistryException>(() => vault.RecordAsync(TrailKit.Entry(1), null, Stop))).Message);
    }

    [Fact]
    public async Task Checkpoints_come_first_after_so_many_entries_and_at_the_end_and_say_what_they_cover()
    {
        VaultOptions options = Options with { Signer = TrailKit.Signer, CheckpointEntries = 4 };
        string id;
        await using (Vault vault = await OpenAsync(options))
        {
            id = vault.JournalId;
            await vault.CheckpointAsync(Stop); // behind the one of the opening
            for (int i = 1; i <= 9; i++) await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
            Assert.NotNull(await vault.CheckpointAsync(Stop));
            Assert.Null(await vault.CheckpointAsync(Stop));
            await vault.RecordAsync(TrailKit.Entry(10), null, Stop);
        }
        List<ChainedLine> chain = Chain();
        List<ChainedLine> checkpoints = chain.FindAll(line => line.Entry.Kind == EntryKind.Checkpoint);
        Assert.Equal([2, 7, 12, 14, 16], checkpoints.Select(line => line.Sequence));
        foreach (ChainedLine line in checkpoints)
        {
            (Checkpoint checkpoint, SealMessage message) = Checkpoint.ReadText(line.Entry.Detail!, new CertificateCache());
            Assert.Equal(TrustCode.Ok, message.Verify());
            Assert.Equal((id, line.Sequence - 1, Convert.ToHexStringLower(chain[(int)line.Sequence - 2].Hash)), (checkpoint.JournalId, checkpoint.Sequence, checkpoint.Hash));
        }
    }

    [Fact]
    public async Task A_key_that_does_not_sign_keeps_nothing_from_being_recorded()
    {
        var reported = new List<string>();
        await using (Vault vault = await OpenAsync(Options with { Signer = new BrokenSigner(), CheckpointEntries = 1, Report = (text, _) => reported.Add(text) }))
        {
            await vault.RecordAsync(TrailKit.Entry(1), null, Stop);
            await vault.RecordAsync(TrailKit.Entry(2), null, Stop);
            await Assert.ThrowsAsync<TrustException>(() => vault.CheckpointAsync(Stop));
        }
        Assert.Contains("a checkpoint could not be signed", reported);
        Assert.Equal(3, Chain().Count);
    }

    private sealed class BrokenSigner : ISigner
    {
        public IReadOnlyList<Certificate> Path => TrailKit.Signer.Path;

        public byte[] SignHash(SignatureAlgorithm algorithm, ReadOnlySpan<byte> hash) => throw new TrustException(TrustCode.UnsupportedKey, "the device is away");
    }
}
