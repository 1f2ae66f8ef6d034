using System.Text;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Registry.Journal;

/// <summary>A trail of 30 entries with three checkpoints, changed in every way: each change is found, in its place, and nothing else is.</summary>
public sealed class AuditTrailTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly MemoryRegistry _registry = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Folder => _scratch.PathOf("journal");

    public void Dispose() => _scratch.Dispose();

    private async Task MakeAsync(string? folder = null, MemoryRegistry? registry = null, int entries = 26)
    {
        using FolderStore store = FolderStore.Open(_scratch.PathOf("store"));
        var options = new VaultOptions { JournalFolder = folder ?? Folder, ReadAttributes = _ => null, Signer = TrailKit.Signer, CheckpointEntries = int.MaxValue };
        await using Vault vault = await Vault.OpenAsync(options, registry ?? _registry, store, Disk.Instance, 3000, Stop);
        await vault.CheckpointAsync(Stop); // 2
        for (int i = 1; i <= entries; i++)
        {
            await vault.RecordAsync(TrailKit.Entry(i), null, Stop);
            if (i == 10) await vault.CheckpointAsync(Stop); // 13
        }
    } // 30

    private Task<TrailReport> VerifyAsync(bool registry = true, TrustList? trust = null, params string[] kept) => VerifyAsync(_registry, registry, trust, kept);

    private async Task<TrailReport> VerifyAsync(MemoryRegistry registry, bool compare, TrustList? trust, params string[] kept)
    {
        trust ??= TrailKit.Trust;
        return await AuditTrail.VerifyAsync(JournalLines.Read(Folder), new TrailEvidence
        {
            Trust = trust,
            Now = DateTimeOffset.UtcNow > TrailKit.Now ? DateTimeOffset.UtcNow : TrailKit.Now,
            Kept = [.. kept.Select(text => Checkpoint.ReadText(text, trust.Certificates))],
            Registry = compare ? Lines(registry) : null,
            RegistryNewest = (await registry.NewestAsync(Stop)).Sequence,
        }, Stop);
    }

    private static async IAsyncEnumerable<RegistryLine> Lines(MemoryRegistry registry)
    {
        for (long after = 0; ;)
        {
            IReadOnlyList<(long Sequence, string Hash, string Line)> page = await registry.JournalAsync(after, 7, Stop);
            foreach ((long sequence, string hash, string line) in page) yield return new RegistryLine(after = sequence, hash, line);
            if (page.Count == 0) yield break;
        }
    }

    private void Edit(Func<List<string>, IEnumerable<string>> edit)
    {
        // One file is as good as several, and easier to edit; a page of its own tests the borders.
        List<string> lines = [.. JournalLines.Read(Folder).Select(line => Encoding.ASCII.GetString(line.Bytes.Span))];
        foreach (string file in JournalLines.Files(Folder)) File.Delete(file);
        File.WriteAllText(Path.Combine(Folder, JournalLines.NameOf(1)), string.Concat(edit(lines).Select(line => line + "\n")));
    }

    /// <summary>What somebody does who knows the format but has no key: all hashes from a line on made anew.</summary>
    private static IEnumerable<string> Rechained(IEnumerable<string> lines)
    {
        byte[] hash = JournalChain.Start;
        foreach (string line in lines)
        {
            byte[] json = Encoding.ASCII.GetBytes(line[65..]);
            hash = JournalChain.Next(hash, json);
            yield return Convert.ToHexStringLower(hash) + " " + line[65..];
        }
    }

    private static (TrailFinding, long)[] Found(TrailReport report) => [.. report.Problems.Select(p => (p.Finding, p.Sequence))];

    [Fact]
    public async Task A_trail_that_nobody_touched_is_right()
    {
        await MakeAsync();
        Assert.True(JournalLines.Files(Folder).Count > 1);

        TrailReport report = await VerifyAsync();

        Assert.Empty(report.Problems);
        Assert.False(report.IsAltered);
        Assert.Equal((30, 30, 3), (report.Entries, report.Newest, report.Checkpoints));
        Assert.Equal(29, report.Signed!.Sequence);
        Assert.Contains("Gateway", report.SignedBy);
        Assert.Equal(report.Signed.JournalId, report.JournalId);
        Assert.True(report.RegistryCompared);
        Assert.Equal(0, report.RegistryBehind);
    }

    [Fact]
    public async Task A_changed_line_is_named_in_the_files_and_against_the_registry()
    {
        await MakeAsync();
        for (int at = 1; at < 30; at++)
        {
            string[] good = [];
            Edit(lines => [.. lines[..at], Changed((good = [.. lines])[at]), .. lines[(at + 1)..]]);
            TrailReport report = await VerifyAsync();
            Assert.True(report.IsAltered);
            Assert.Contains(report.Problems, p => p.Finding == TrailFinding.ChainBroken && p.Sequence == at + 1 && p.Place == $"00000001.jsonl line {at + 1}");
            Assert.Contains(report.Problems, p => p.Finding == TrailFinding.RegistryDifferent && p.Sequence == at + 1);
            Assert.DoesNotContain(report.Problems, p => p.Sequence != at + 1);
            Edit(_ => good);
        }

        static string Changed(string line) => line.Replace("success", "major-failure", StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_line_that_was_removed_is_named()
    {
        await MakeAsync();
        Edit(lines => [.. lines[..4], .. lines[6..]]);

        TrailReport report = await VerifyAsync();

        Assert.Equal([(TrailFinding.EntriesMissing, 5), (TrailFinding.RegistryExtra, 5), (TrailFinding.RegistryExtra, 6)], Found(report));
        Assert.Contains("entries 5 to 6 are missing", report.Problems[0].Text);
        Assert.Equal("00000001.jsonl line 5", report.Problems[0].Place);
    }

    [Fact]
    public async Task A_line_that_was_put_in_is_named_and_nothing_else()
    {
        await MakeAsync();
        Edit(lines => [.. lines[..8], lines[7].Replace("SCANNER6", "SCANNER9", StringComparison.Ordinal), .. lines[8..]]);

        Assert.Equal([(TrailFinding.EntryInserted, 8)], Found(await VerifyAsync()));
    }

    [Fact]
    public async Task Lines_that_changed_places_are_named()
    {
        await MakeAsync();
        Edit(lines => [.. lines[..4], lines[5], lines[4], .. lines[6..]]);

        TrailReport report = await VerifyAsync(registry: false);

        Assert.Equal([(TrailFinding.EntriesMissing, 5), (TrailFinding.EntryInserted, 5)], Found(report));
    }

    [Fact]
    public async Task A_trail_made_anew_without_the_key_contradicts_its_checkpoints_and_the_registry()
    {
        await MakeAsync();
        Edit(lines => Rechained(lines.Select((line, i) => i == 4 ? line.Replace("SCANNER3", "SCANNER0", StringComparison.Ordinal) : line)));

        TrailReport report = await VerifyAsync();

        Assert.Equal([13, 30], report.Problems.Where(p => p.Finding == TrailFinding.CheckpointWrong).Select(p => p.Sequence));
        Assert.Equal(Enumerable.Range(5, 26).Select(i => (long)i), report.Problems.Where(p => p.Finding == TrailFinding.RegistryDifferent).Select(p => p.Sequence));
        Assert.Equal(1, report.Signed!.Sequence);
        Assert.True(report.IsAltered);
    }

    [Fact]
    public async Task A_trail_without_its_checkpoints_is_whole_but_nobody_vouches_for_it()
    {
        await MakeAsync();
        string line1 = "";
        Edit(lines => [line1 = lines[0]]);
        TrailReport report = await VerifyAsync(registry: false);

        Assert.Equal([(TrailFinding.Unsigned, 0)], Found(report));
        Assert.False(report.IsAltered);
        Assert.Null(report.Signed);
    }

    [Fact]
    public async Task An_end_that_was_cut_off_shows_against_the_registry_and_against_a_checkpoint_kept_elsewhere()
    {
        await MakeAsync();
        string kept = _registry.Entries[29].Entry.Detail!;
        Edit(lines => lines[..13]); // a checkpoint is the last line: the files themselves are right

        Assert.Empty((await VerifyAsync(registry: false)).Problems);
        Assert.Equal([(TrailFinding.KeptCheckpoint, 29)], Found(await VerifyAsync(registry: false, kept: kept)));
        Assert.Equal(Enumerable.Range(14, 17).Select(i => (TrailFinding.RegistryExtra, (long)i)), Found(await VerifyAsync()));
    }

    [Fact]
    public async Task A_checkpoint_kept_elsewhere_vouches_for_what_it_covers_and_for_no_other_trail()
    {
        await MakeAsync();
        string own = _registry.Entries[12].Entry.Detail!;
        TrailReport report = await VerifyAsync(kept: own);
        Assert.Empty(report.Problems);
        Assert.Equal(12, report.KeptUpTo);

        var other = new MemoryRegistry();
        await MakeAsync(_scratch.PathOf("other"), other);
        Assert.Equal([(TrailFinding.KeptCheckpoint, 12)], Found(await VerifyAsync(kept: other.Entries[12].Entry.Detail!)));
    }

    [Fact]
    public async Task A_signer_whom_nobody_trusts_and_a_forged_signature_are_told_apart()
    {
        await MakeAsync();
        TrailReport untrusted = await VerifyAsync(trust: TrustList.Empty);
        Assert.Equal([TrailFinding.Unsigned], untrusted.Problems.Select(p => p.Finding));
        Assert.False(untrusted.IsAltered);

        Edit(lines => Rechained(lines.Select(line =>
        {
            if (!line.Contains("\"checkpoint\"", StringComparison.Ordinal)) return line;
            // the last bytes of the message are its signature's
            (long sequence, JournalEntry entry) = JournalText.Read(Encoding.ASCII.GetBytes(line[65..]));
            byte[] message = Convert.FromBase64String(entry.Detail!);
            message[^1] ^= 1;
            return new string('0', 65) + Encoding.ASCII.GetString(JournalText.Write(sequence, entry with { Detail = Convert.ToBase64String(message) }));
        })));
        TrailReport forged = await VerifyAsync(registry: false);
        Assert.Contains((TrailFinding.CheckpointForged, 2), Found(forged));
        Assert.True(forged.IsAltered);
    }

    [Fact]
    public async Task What_is_changed_in_the_registry_shows_in_its_place()
    {
        await MakeAsync();
        AppliedEntry[] all = [.. _registry.Entries];
        AppliedEntry changed = all[6] with { Line = Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(all[6].Line.Span).Replace("SCANNER", "SCANNED", StringComparison.Ordinal)) };

        Assert.Equal([(TrailFinding.RegistryDifferent, 7)], Found(await VerifyAsync(await Holding([.. all[..6], changed, .. all[7..]]), true, null)));
        Assert.Equal([(TrailFinding.RegistryDifferent, 7)], Found(await VerifyAsync(await Holding([.. all[..6], all[6] with { Hash = all[5].Hash }, .. all[7..]]), true, null)));

        // The end that the registry lacks is told, and no alteration: a crash leaves it so.
        TrailReport behind = await VerifyAsync(await Holding(all[..20]), true, null);
        Assert.Empty(behind.Problems);
        Assert.Equal(10, behind.RegistryBehind);

        async Task<MemoryRegistry> Holding(AppliedEntry[] entries)
        {
            var registry = new MemoryRegistry();
            await registry.ApplyAsync(entries, Stop);
            return registry;
        }
    }

    [Fact]
    public async Task A_line_missing_in_the_registry_shows_in_its_place()
    {
        await MakeAsync();
        AppliedEntry[] all = [.. _registry.Entries];
        TrailReport report = await AuditTrail.VerifyAsync(JournalLines.Read(Folder), new TrailEvidence
        {
            Trust = TrailKit.Trust, Now = DateTimeOffset.UtcNow, Registry = Without(), RegistryNewest = 30,
        }, Stop);
        Assert.Equal([(TrailFinding.RegistryMissing, 7), (TrailFinding.RegistryMissing, 30)], Found(report));

        async IAsyncEnumerable<RegistryLine> Without()
        {
            foreach (AppliedEntry entry in all.Where(e => e.Sequence is not (7 or 30))) yield return new RegistryLine(entry.Sequence, entry.Hash, Encoding.ASCII.GetString(entry.Line.Span));
            await Task.CompletedTask;
        }
    }

    [Fact]
    public async Task An_end_of_more_than_a_batch_that_the_registry_lacks_is_a_finding()
    {
        await MakeAsync(entries: 300);
        var behind = new MemoryRegistry();
        await behind.ApplyAsync([.. _registry.Entries.Take(10)], Stop);

        Assert.Equal([(TrailFinding.RegistryMissing, 11)], Found(await VerifyAsync(behind, true, null)));
    }

    [Fact]
    public async Task An_unfinished_last_line_is_told_and_a_line_that_is_none_is_a_finding()
    {
        await MakeAsync();
        File.AppendAllText(JournalLines.Files(Folder)[^1], "0123");
        TrailReport unfinished = await VerifyAsync();
        Assert.Empty(unfinished.Problems);
        Assert.True(unfinished.Unfinished);

        Edit(lines => [.. lines[..3], "not a line", .. lines[3..30]]);
        Assert.Equal(TrailFinding.LineUnreadable, Assert.Single((await VerifyAsync()).Problems).Finding);
    }

    [Fact]
    public async Task An_entry_of_a_newer_version_is_unreadable_and_not_altered()
    {
        await MakeAsync();
        Edit(lines => Rechained([.. lines[..1], lines[1].Replace("\"outcome\"", "\"colour\":\"red\",\"outcome\"", StringComparison.Ordinal)]));

        TrailReport report = await VerifyAsync(registry: false);
        Assert.Equal([(TrailFinding.EntryUnreadable, 2), (TrailFinding.Unsigned, 0)], Found(report));
        Assert.False(report.IsAltered);
    }

    [Fact]
    public async Task An_empty_trail_is_not_a_good_one()
    {
        Directory.CreateDirectory(Folder);
        Assert.Equal([TrailFinding.NotWhole, TrailFinding.Unsigned], (await VerifyAsync(registry: false)).Problems.Select(p => p.Finding));
    }

    [Fact]
    public void The_page_names_every_kind_member_and_word()
    {
        string page = File.ReadAllText(Repository.PathOf("spec", "audit-trail.md"));
        foreach (EntryKind kind in Enum.GetValues<EntryKind>()) Assert.Contains($"\n| {kind.Word()} | ", page);
        foreach (EntryOutcome outcome in Enum.GetValues<EntryOutcome>()) Assert.Contains($"`{outcome.Word()}`", page);
        foreach (InstanceState state in Enum.GetValues<InstanceState>()) Assert.Contains($"`{state.Word()}`", page);
        string members = page[page.IndexOf("| member |", StringComparison.Ordinal)..page.IndexOf("| kind | meaning", StringComparison.Ordinal)];
        foreach (System.Reflection.PropertyInfo member in typeof(JournalEntry).GetProperties()) Assert.Contains(char.ToLowerInvariant(member.Name[0]) + member.Name[1..], members);
        Assert.Contains(Oids.JournalCheckpoint, page);
    }
}
