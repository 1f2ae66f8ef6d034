using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Registry.Store;
using Xunit;

namespace Veridicom.Tests.Cli;

public sealed class RegistryCommandTests : IDisposable
{
    private readonly CliSession _session = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Folder => Path.Combine(_session.Home, "gateway");

    private string Database => Path.Combine(Folder, "registry.db");

    public void Dispose() => _session.Dispose();

    /// <summary>A gateway's folder with so many instances, and what <paramref name="work"/> does with its vault.</summary>
    private async Task MakeAsync(int instances, Func<FolderStore, Task>? work = null)
    {
        Directory.CreateDirectory(Folder);
        using FolderStore store = FolderStore.Open(Folder);
        await using SqliteRegistry registry = SqliteRegistry.Open(Database);
        await registry.MigrateAsync(Stop);
        await using Vault vault = await Vault.OpenAsync(new VaultOptions { JournalFolder = Path.Combine(Folder, "journal"), ReadAttributes = _ => null }, registry, store, Stop);
        for (int i = 0; i < instances; i++)
        {
            byte[] slice = CliSession.Slice(i);
            (ObjectDigest digest, long size) = await store.PutAsync(stream => stream.Write(slice), Stop);
            DicomDataSet set = DicomFile.Parse(new MemorySource(slice)).DataSet;
            await vault.RecordAsync(new JournalEntry
            {
                Kind = EntryKind.Received, At = CliSession.Start, Who = Actor.Gateway, StudyUid = set.Ascii(new(0x0020, 0x000D)), SeriesUid = set.Ascii(new(0x0020, 0x000E)),
                SopInstanceUid = set.Ascii(new(0x0008, 0x0018)), SopClassUid = set.Ascii(new(0x0008, 0x0016)), TransferSyntaxUid = "1.2.840.10008.1.2.1", Object = digest, Size = size,
                ContentDigest = digest.Hex, State = InstanceState.Accepted, Route = "default", Verdict = "unsealed",
            }, InstanceAttributes.Read(set), Stop);
        }

        if (work is not null) await work(store);
    }

    [Fact]
    public async Task Check_finds_nothing_wrong_and_leaves_nothing_behind_while_a_gateway_holds_the_folder()
    {
        await MakeAsync(3, _ =>
        {
            CliResult checkedNow = _session.Run("registry", "check").Exited(0);
            Assert.Contains("4 entries, 3 instances, 3 objects", checkedNow.Output, StringComparison.Ordinal);
            Assert.Contains("AGREE", checkedNow.Lines[^1], StringComparison.Ordinal);
            return Task.CompletedTask;
        });

        Assert.Empty(Directory.GetDirectories(Folder, "check-*"));
        using JsonDocument json = JsonDocument.Parse(_session.Run("registry", "check", "--quick", "--json").Exited(0).Output);
        Assert.Equal("agree", json.RootElement.GetProperty("result").GetString());
    }

    [Fact]
    public async Task Rebuild_refuses_while_a_gateway_holds_the_folder()
    {
        await MakeAsync(1, _ =>
        {
            CliResult refused = _session.Run("registry", "rebuild").Exited(7);
            Assert.Contains("in use", refused.Error, StringComparison.Ordinal);
            return Task.CompletedTask;
        });

        Assert.False(File.Exists(Database + ".new"));
    }

    [Fact]
    public async Task A_database_that_is_lost_or_rubbish_is_made_anew_and_the_journal_says_so()
    {
        await MakeAsync(3);
        File.Delete(Database);
        _session.Run("registry", "check").Exited(7);

        Assert.Contains("rebuilt from 4 entries with 3 instances", _session.Run("registry", "rebuild").Exited(0).Output, StringComparison.Ordinal);
        _session.Run("registry", "check").Exited(0);

        await File.WriteAllTextAsync(Database, new string('x', 5000), Stop);
        _session.Run("registry", "rebuild").Exited(0);
        CliResult after = _session.Run("registry", "check").Exited(0);
        Assert.Contains("6 entries, 3 instances", after.Output, StringComparison.Ordinal);
        Assert.Equal(2, _session.Run("audit-trail", "show").Exited(0).Lines.Count(line => line.Contains("registry rebuild", StringComparison.Ordinal)));
        await using SqliteRegistry registry = SqliteRegistry.Open(Database);
        SearchResult found = await registry.SearchAsync(new SearchQuery { Level = SearchLevel.Study }, Stop);
        Assert.Equal(3, Assert.Single(found.Rows).NumberOfInstances);
    }

    [Fact]
    public async Task An_unknown_object_is_reported_and_adopted()
    {
        await MakeAsync(2, store => store.PutAsync(stream => stream.Write(CliSession.Slice(9)), Stop));

        CliResult check = _session.Run("registry", "check").Exited(1);
        Assert.Contains("object-unknown: 1", check.Output, StringComparison.Ordinal);
        Assert.Contains("1 objects were taken into quarantine", _session.Run("registry", "rebuild", "--adopt").Exited(0).Output, StringComparison.Ordinal);
        _session.Run("registry", "check").Exited(0);
    }

    [Fact]
    public async Task A_journal_that_lost_entries_is_rebuilt_only_by_force()
    {
        await MakeAsync(3);
        string journal = Directory.GetFiles(Path.Combine(Folder, "journal"), "*.jsonl").Single();
        string[] lines = await File.ReadAllLinesAsync(journal, Stop);
        await File.WriteAllTextAsync(journal, string.Concat(lines[..^1].Select(line => line + "\n")), Stop);

        _session.Run("registry", "check").Exited(1);
        _session.Run("registry", "rebuild").Exited(7);
        Assert.Contains("rebuilt from 3 entries", _session.Run("registry", "rebuild", "--force").Exited(0).Output, StringComparison.Ordinal);
        Assert.Contains("object-unknown: 1", _session.Run("registry", "check").Exited(1).Output, StringComparison.Ordinal);
    }
}
