using System.Globalization;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Registry.Store;
using Veridicom.Registry.Upkeep;
using Xunit;

namespace Veridicom.Testing.Registry;

/// <summary>A folder with objects, a journal and a registry, of which each thing is damaged in turn; run by one class for each database.</summary>
public abstract class UpkeepContract : IAsyncLifetime
{
    private static readonly DateTimeOffset Start = new(2026, 6, 1, 8, 0, 0, TimeSpan.Zero);
    private static readonly Actor Scanner = new("CT1", "ae-title", "127.0.0.1");

    private readonly ScratchFolder _scratch = new();
    private readonly List<StoredInstance> _stored = [];
    private SqlRegistry? _registry;
    private FolderStore? _store;

    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    protected string Root => _scratch.PathOf("gateway");

    private string Journal => Path.Combine(Root, "journal");

    private VaultOptions Options => new() { JournalFolder = Journal, ReadAttributes = Read };

    /// <summary>The registry of this test, empty when it is opened first.</summary>
    protected abstract SqlRegistry Open();

    /// <summary>Does something to the database behind the registry's back.</summary>
    protected abstract Task ExecuteAsync(string sql);

    public async ValueTask InitializeAsync()
    {
        _registry = Open();
        _store = FolderStore.Open(Root);
        await _registry.MigrateAsync(Stop);
        await using Vault vault = await Vault.OpenAsync(Options, _registry, _store, Stop);
        for (int i = 0; i < 12; i++) await ReceiveAsync(vault, i, i == 5 ? InstanceState.Quarantined : InstanceState.Accepted);
        await ReceiveAsync(vault, 2, InstanceState.Conflict, "again");
        StoredInstance one = _stored[0], other = _stored[1];
        await Record(new() { Kind = EntryKind.Delivered, At = Start, Who = Actor.Gateway, Destination = "pacs", SopInstanceUid = one.SopInstanceUid, Object = one.Object });
        await Record(new() { Kind = EntryKind.Delivered, At = Start, Who = Actor.Gateway, Destination = "pacs", SopInstanceUid = other.SopInstanceUid, Object = other.Object });
        await Record(new() { Kind = EntryKind.CommitmentAsked, At = Start, Who = Actor.Gateway, Destination = "pacs", TransactionUid = "9.1", Detail = one.SopInstanceUid });
        await Record(new() { Kind = EntryKind.CommitmentRequested, At = Start, Who = Scanner, TransactionUid = "9.2", Detail = "1.2 " + one.SopInstanceUid });
        await Record(new() { Kind = EntryKind.Queried, At = Start, Who = Scanner, Detail = "somebody looked" });
        await Record(new() { Kind = EntryKind.Released, At = Start, Who = Actor.Gateway, SopInstanceUid = _stored[12].SopInstanceUid, Object = _stored[12].Object, State = InstanceState.Accepted, Destinations = ["pacs"] });
        Delivery waiting = (await _registry.DueAsync("pacs", Start, 100, Stop))[0];
        await _registry.PostponeAsync(waiting, Start.AddHours(1), "away", null, Stop);

        Task Record(JournalEntry entry) => vault.RecordAsync(entry, null, Stop);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_registry is not null) await _registry.DisposeAsync();
        _store?.Dispose();
        _scratch.Dispose();
        GC.SuppressFinalize(this);
    }

    private static InstanceAttributes? Read(ByteSource source)
    {
        try
        {
            return InstanceAttributes.Read(DicomFile.Parse(source).DataSet);
        }
        catch (DicomException)
        {
            return null;
        }
    }

    private static byte[] FileOf(int number, string comment)
    {
        string study = $"1.2.{1 + number / 6}", series = $"{study}.{number % 2}";
        return SampleFiles.File(SampleFiles.Explicit, new ElementWriter()
            .Text(new(0x0008, 0x0018), Vr.UI, $"{series}.{number}")
            .Text(new(0x0008, 0x0020), Vr.DA, "20260601")
            .Text(new(0x0008, 0x0060), Vr.CS, number % 2 == 0 ? "CT" : "MR")
            .Text(new(0x0008, 0x1030), Vr.LO, comment)
            .Text(new(0x0010, 0x0010), Vr.PN, "Test^Anna")
            .Text(new(0x0010, 0x0020), Vr.LO, "P" + number / 6)
            .Text(new(0x0020, 0x000D), Vr.UI, study)
            .Text(new(0x0020, 0x000E), Vr.UI, series)
            .ToArray());
    }

    private async Task ReceiveAsync(Vault vault, int number, InstanceState state, string comment = "")
    {
        byte[] file = FileOf(number, comment);
        (ObjectDigest digest, long size) = await _store!.PutAsync(stream => stream.Write(file), Stop);
        DicomFile parsed = DicomFile.Parse(new MemorySource(file));
        AppliedEntry applied = await vault.RecordAsync(new JournalEntry
        {
            Kind = EntryKind.Received, At = Start.AddSeconds(number), Who = Scanner, StudyUid = parsed.DataSet.Ascii(new(0x0020, 0x000D)), SeriesUid = parsed.DataSet.Ascii(new(0x0020, 0x000E)),
            SopInstanceUid = parsed.DataSet.Ascii(new(0x0008, 0x0018)), SopClassUid = "1.2", TransferSyntaxUid = SampleFiles.Explicit, Object = digest, Size = size, ContentDigest = digest.Hex,
            State = state, Route = "default", Verdict = "unsealed", Destinations = state == InstanceState.Accepted ? ["pacs", "archive"] : [],
        }, InstanceAttributes.Read(parsed.DataSet), Stop);
        _stored.Add((await vault.Registry.InstanceAsync(applied.Sequence, Stop))!);
    }

    private string PathOf(ObjectDigest digest) => Path.Combine(Root, "objects", digest.Hex[..2], digest.Hex + ".dcm");

    private async Task<CheckReport> CheckAsync(bool quick = false)
    {
        using var folder = new ScratchFolder();
        return await RegistryCheck.RunAsync(new CheckSetup { Registry = _registry!, Store = _store!, JournalFolder = Journal, ScratchFolder = folder.Root, ReadAttributes = Read, Quick = quick }, Stop);
    }

    private async Task<CheckProblem> OneAsync(bool quick = false)
    {
        CheckReport report = await CheckAsync(quick);
        CheckProblem problem = Assert.Single(report.Problems);
        Assert.Equal(1, report.ProblemCount);
        Assert.NotEmpty(problem.Remedy);
        return problem;
    }

    /// <summary>Every table as text, but for attempts and their times.</summary>
    private async Task<string> DumpAsync() => await _registry!.SnapshotAsync(async session =>
    {
        var text = new StringBuilder();
        foreach (TableLayout table in TableLayout.All)
        {
            text.Append(table.Name).Append('\n');
            await foreach (object?[] row in session.StreamAsync(table.Select)) text.AppendJoin('|', row.Select(value => Convert.ToString(value, CultureInfo.InvariantCulture))).Append('\n');
        }

        return text.ToString();
    }, Stop);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_agrees_is_said_to_agree(bool quick)
    {
        CheckReport report = await CheckAsync(quick);

        Assert.Empty(report.Problems);
        Assert.True(report.RowsCompared);
        Assert.Equal((20L, 13L, 13L), (report.Entries, report.Instances, report.Objects));
        Assert.True(report.Rows > 60);
    }

    [Fact]
    public async Task A_rebuild_makes_the_same_rows_again()
    {
        string before = await DumpAsync();
        await ExecuteAsync("UPDATE instance SET route = 'x'");
        await ExecuteAsync("DELETE FROM delivery WHERE destination = 'archive'");
        Assert.NotEqual(before, await DumpAsync());

        RebuildReport report = await RegistryRebuild.RunAsync(Options, _registry!, _store!, null, null, Stop);

        Assert.Equal(new RebuildReport(20, 13, 0), report);
        Assert.Equal(before, await DumpAsync());
        Assert.Empty((await CheckAsync()).Problems);
    }

    [Fact]
    public async Task Nothing_is_rebuilt_while_a_gateway_is_at_work()
    {
        string before = await DumpAsync();
        await using Vault vault = await Vault.OpenAsync(Options, _registry!, _store!, Stop);

        await Assert.ThrowsAsync<RegistryException>(() => RegistryRebuild.RunAsync(Options, _registry!, _store!, null, null, Stop));

        Assert.Equal(before, await DumpAsync());
        Assert.Empty((await CheckAsync()).Problems);
    }

    [Theory]
    [InlineData("UPDATE instance SET state = 3 WHERE sequence = 4", CheckFinding.RowDifferent, "instance 4", "state")]
    [InlineData("UPDATE instance SET attributes = NULL WHERE sequence = 4", CheckFinding.RowDifferent, "instance 4", "attributes")]
    [InlineData("UPDATE study SET patient_name = 'Other' WHERE id = 2", CheckFinding.RowDifferent, "study 2", "patient_name")]
    [InlineData("UPDATE series SET number_of_instances = 0 WHERE id = 2", CheckFinding.RowDifferent, "series 2", "number_of_instances")]
    [InlineData("DELETE FROM study_modality WHERE study = 2 AND modality = 'MR'", CheckFinding.RowMissing, "study_modality 2, MR", "")]
    [InlineData("DELETE FROM study_name WHERE study = 2 AND form = 'ANNA'", CheckFinding.RowMissing, "study_name 1, form, 2", "")]
    [InlineData("UPDATE delivery SET state = 0 WHERE destination = 'pacs' AND sequence = 3", CheckFinding.RowDifferent, "delivery pacs, 3", "state")]
    [InlineData("DELETE FROM delivery WHERE destination = 'pacs' AND sequence = 6", CheckFinding.RowMissing, "delivery pacs, 6", "")]
    [InlineData("INSERT INTO delivery SELECT 'elsewhere', sequence, study_uid, state, transaction_uid, attempts, last_error, not_before, refused_since FROM delivery WHERE destination = 'pacs' AND sequence = 6", CheckFinding.RowExtra, "delivery elsewhere, 6", "")]
    [InlineData("DELETE FROM delivery_queue WHERE destination = 'pacs' AND study_uid = '1.2.1'", CheckFinding.RowMissing, "delivery_queue pacs, 1.2.1", "")]
    [InlineData("UPDATE commitment SET reported = 1", CheckFinding.RowDifferent, "commitment 18", "reported")]
    [InlineData("UPDATE journal SET who = 'nobody' WHERE sequence = 19", CheckFinding.RowDifferent, "journal 19", "who")]
    [InlineData("UPDATE journal SET line = '{}' WHERE sequence = 19", CheckFinding.EntryDifferent, "registry 19", "")]
    [InlineData("DELETE FROM journal WHERE sequence = 19", CheckFinding.EntryDifferent, "registry 19", "")]
    public async Task A_row_that_was_changed_comes_out(string damage, CheckFinding finding, string place, string column)
    {
        await ExecuteAsync(damage);

        CheckProblem problem = await OneAsync();

        Assert.Equal((finding, place), (problem.Finding, problem.Place));
        Assert.EndsWith(column, problem.Text, StringComparison.Ordinal);
        await RegistryRebuild.RunAsync(Options, _registry!, _store!, null, null, Stop);
        Assert.Empty((await CheckAsync()).Problems);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_deleted_object_comes_out(bool quick)
    {
        File.Delete(PathOf(_stored[3].Object));

        CheckProblem problem = await OneAsync(quick);

        Assert.Equal((CheckFinding.ObjectMissing, $"object {_stored[3].Object}"), (problem.Finding, problem.Place));
    }

    [Fact]
    public async Task An_altered_object_comes_out_when_it_is_read()
    {
        string path = PathOf(_stored[3].Object);
        byte[] bytes = await File.ReadAllBytesAsync(path, Stop);
        bytes[^1] ^= 1;
        Overwrite(path, bytes);

        Assert.Equal(CheckFinding.ObjectAltered, (await OneAsync()).Finding);
        Assert.Empty((await CheckAsync(quick: true)).Problems);
        Overwrite(path, bytes[..^2]);
        Assert.Equal(CheckFinding.ObjectSize, (await OneAsync(quick: true)).Finding);
    }

    // What is stored is made read-only.
    private static void Overwrite(string path, byte[] bytes)
    {
        File.Delete(path);
        File.WriteAllBytes(path, bytes);
    }

    [Fact]
    public async Task An_object_that_nobody_knows_comes_out_and_is_taken_into_quarantine()
    {
        (ObjectDigest digest, _) = await _store!.PutAsync(stream => stream.Write(FileOf(40, "found")), Stop);
        (ObjectDigest rubbish, _) = await _store.PutAsync(stream => stream.Write("no image"u8), Stop);
        CheckReport report = await CheckAsync(quick: true);
        Assert.Equal(
            new[] { digest.Hex, rubbish.Hex }.Order(StringComparer.Ordinal).Select(hex => (CheckFinding.ObjectUnknown, "object " + hex)),
            report.Problems.Select(p => (p.Finding, p.Place)));

        await using (Vault vault = await Vault.OpenAsync(Options, _registry!, _store, Stop))
        {
            Assert.Equal(2, await RegistryRebuild.AdoptAsync(vault, Actor.Gateway, TimeProvider.System, Stop));
            Assert.Equal(0, await RegistryRebuild.AdoptAsync(vault, Actor.Gateway, TimeProvider.System, Stop));
        }

        StoredInstance adopted = Assert.Single(await _registry!.InstancesAsync("1.2.7.0.40", Stop));
        Assert.Equal((InstanceState.Quarantined, digest, "1.2.7"), (adopted.State, adopted.Object, adopted.StudyUid));
        Assert.Equal(rubbish, Assert.Single(await _registry.InstancesAsync("", Stop)).Object);
        Assert.Empty((await CheckAsync()).Problems);
    }

    [Fact]
    public async Task A_line_cut_out_of_the_journal_comes_out()
    {
        string file = Directory.GetFiles(Journal, "*.jsonl").Single();
        string[] lines = await File.ReadAllLinesAsync(file, Stop);
        await File.WriteAllTextAsync(file, string.Concat(lines.Where((_, i) => i != 18).Select(line => line + "\n")), Stop);

        CheckReport report = await CheckAsync();

        Assert.False(report.RowsCompared);
        Assert.Contains(report.Problems, p => p.Finding == CheckFinding.JournalDamaged && p.Place == "00000001.jsonl line 19");
        Assert.Contains(report.Problems, p => p.Finding == CheckFinding.EntryDifferent && p.Place == "registry 19");
        string before = await DumpAsync();
        await Assert.ThrowsAsync<RegistryException>(() => RegistryRebuild.RunAsync(Options, _registry!, _store!, null, null, Stop));
        Assert.Equal(before, await DumpAsync());
        Assert.Equal(19, (await File.ReadAllLinesAsync(file, Stop)).Length);

        // Where the journal cannot be had again, what it still proves is rebuilt.
        Assert.Equal(18, (await RegistryRebuild.RunAsync(Options, _registry!, _store!, (0, ""), null, Stop)).Entries);
        Assert.Empty((await CheckAsync()).Problems);
    }

    [Fact]
    public async Task A_journal_cut_off_at_its_end_comes_out()
    {
        string file = Directory.GetFiles(Journal, "*.jsonl").Single();
        string[] lines = await File.ReadAllLinesAsync(file, Stop);
        await File.WriteAllTextAsync(file, string.Concat(lines[..^1].Select(line => line + "\n")), Stop);

        CheckReport report = await CheckAsync();

        Assert.Contains(report.Problems, p => p.Finding == CheckFinding.EntryDifferent && p.Place == "registry 20");
    }
}
