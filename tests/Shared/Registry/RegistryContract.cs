using Veridicom.Dicom;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Xunit;
using static Veridicom.Testing.Registry.Entries;

namespace Veridicom.Testing.Registry;

/// <summary>What every registry must do, whatever its database: run by one class for each.</summary>
public abstract partial class RegistryContract : IAsyncLifetime
{
    protected static CancellationToken Stop => TestContext.Current.CancellationToken;

    private IRegistry? _registry;

    protected IRegistry Registry => _registry!;

    protected Entries Log { get; } = new();

    /// <summary>An empty registry, not yet migrated.</summary>
    protected abstract Task<IRegistry> OpenAsync();

    /// <summary>Writes the version of the schema as a newer program would have.</summary>
    protected abstract Task SetVersionAsync(long version);

    public async ValueTask InitializeAsync()
    {
        _registry = await OpenAsync();
        await _registry.MigrateAsync(Stop);
    }

    public virtual async ValueTask DisposeAsync()
    {
        if (_registry is not null) await _registry.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private Task ApplyAsync() => Registry.ApplyAsync(Log.All, Stop);

    private async Task<IReadOnlyList<SearchRow>> SearchAsync(SearchLevel level, params (string Tag, string Value)[] matches) =>
        (await Registry.SearchAsync(Query(level, matches), Stop)).Rows;

    private static SearchQuery Query(SearchLevel level, params (string Tag, string Value)[] matches) => new()
    {
        Level = level,
        Matches = [.. matches.Select(m => new SearchMatch(new DicomTag(Convert.ToUInt32(m.Tag, 16)), m.Value))],
    };

    private async Task<string[]> StudiesAsync(params (string Tag, string Value)[] matches) => [.. (await SearchAsync(SearchLevel.Study, matches)).Select(row => row.StudyUid)];

    [Fact]
    public async Task Migrating_twice_changes_nothing_and_a_newer_database_is_refused()
    {
        await Registry.MigrateAsync(Stop);
        Log.Receive("1.1", "1.1.1", "1.1.1.1");
        await ApplyAsync();
        await SetVersionAsync(999);

        var fault = await Assert.ThrowsAsync<RegistryException>(() => Registry.MigrateAsync(Stop));

        Assert.False(fault.CanRetry);
        Assert.Contains("999", fault.Message, StringComparison.Ordinal);
        Assert.Single(await StudiesAsync());
    }

    [Fact]
    public async Task What_was_applied_is_read_back()
    {
        Assert.Equal((0L, ""), await Registry.NewestAsync(Stop));
        Log.Add(Log.Of(EntryKind.Started));
        AppliedEntry received = Log.Receive("1.1", "1.1.1", "1.1.1.1");
        await ApplyAsync();

        StoredInstance stored = Assert.Single(await Registry.InstancesAsync("1.1.1.1", Stop));

        Assert.Equal(stored, await Registry.InstanceAsync(2, Stop));
        Assert.Null(await Registry.InstanceAsync(1, Stop));
        Assert.Equal(
            new StoredInstance
            {
                Sequence = 2, StudyUid = "1.1", SeriesUid = "1.1.1", SopInstanceUid = "1.1.1.1", SopClassUid = "1.2.840.10008.5.1.4.1.1.2", TransferSyntaxUid = "1.2.840.10008.1.2.1",
                Object = Digest("1.1.1.1"), Size = 1001, ContentDigest = Digest("content 1.1.1.1").Hex, State = InstanceState.Accepted, ReceivedAt = received.Entry.At,
                ReceivedFrom = "CT1", Route = "default", Verdict = Veridicom.Seals.Verify.VerdictKind.Authentic, SealIdentity = "0102",
            },
            stored);
        Assert.Equal((2L, received.Hash), await Registry.NewestAsync(Stop));
        Assert.Equal(Log.All.Select(e => (e.Sequence, e.Hash, System.Text.Encoding.UTF8.GetString(e.Line.Span))), await Registry.JournalAsync(0, 100, Stop));
        Assert.Single(await Registry.JournalAsync(1, 100, Stop));
        Assert.Equal(1, (await Registry.CountsAsync(Stop))[InstanceState.Accepted]);
        Assert.Equal(0, (await Registry.CountsAsync(Stop))[InstanceState.Conflict]);
    }

    [Fact]
    public async Task Entries_applied_before_are_passed_over_and_a_gap_is_refused_as_a_whole()
    {
        Log.Receive("1.1", "1.1.1", "1.1.1.1");
        Log.Receive("1.1", "1.1.1", "1.1.1.2");
        await ApplyAsync();
        Log.Receive("1.1", "1.1.1", "1.1.1.3");
        await ApplyAsync();
        await ApplyAsync();
        Assert.Equal(3, Assert.Single(await SearchAsync(SearchLevel.Study)).NumberOfInstances);

        Log.Receive("1.1", "1.1.1", "1.1.1.4");
        Log.Receive("1.1", "1.1.1", "1.1.1.5");
        Log.Receive("1.1", "1.1.1", "1.1.1.6");
        await Assert.ThrowsAsync<RegistryException>(() => Registry.ApplyAsync([Log.All[3], Log.All[5]], Stop));
        Assert.Equal(3, (await Registry.NewestAsync(Stop)).Sequence);
        Assert.Empty(await Registry.InstancesAsync("1.1.1.4", Stop));
        await Assert.ThrowsAsync<RegistryException>(() => Registry.ApplyAsync([Log.All[2] with { Hash = Log.All[0].Hash }], Stop));
        // older ones, too: two gateways with copies of one journal
        await Assert.ThrowsAsync<RegistryException>(() => Registry.ApplyAsync([Log.All[1] with { Hash = Log.All[0].Hash }], Stop));
    }

    [Fact]
    public async Task Only_accepted_instances_are_found_and_counted()
    {
        Log.Receive("1.1", "1.1.1", "1.1.1.1", attributes: Attributes(("00080060", "CT")));
        Log.Receive("1.1", "1.1.2", "1.1.2.1", attributes: Attributes(("00080060", "SR")));
        Log.Receive("1.1", "1.1.3", "1.1.3.1", InstanceState.Quarantined, Attributes(("00080060", "MR")));
        Log.Receive("1.2", "1.2.1", "1.2.1.1", InstanceState.Quarantined);
        Log.Receive("", "", "", InstanceState.Quarantined, content: "unreadable");
        await ApplyAsync();

        SearchRow study = Assert.Single(await SearchAsync(SearchLevel.Study));

        Assert.Equal(("1.1", 2, 2), (study.StudyUid, study.NumberOfSeries, study.NumberOfInstances));
        Assert.Equal(["CT", "SR"], study.ModalitiesInStudy);
        Assert.Equal(2, (await SearchAsync(SearchLevel.Series)).Count);
        Assert.Equal(2, (await SearchAsync(SearchLevel.Instance)).Count);
        Assert.Equal(3, (await Registry.ListAsync(InstanceState.Quarantined, 0, 10, Stop)).Count);
        Assert.Equal(5, (await Registry.ListAsync(null, 0, 10, Stop)).Count);
        Assert.Equal([4, 5], (await Registry.ListAsync(null, 3, 10, Stop)).Select(i => i.Sequence));
        Assert.Equal(["1.1.2.1"], (await Registry.ListAsync("1.1", "1.1.2", null, InstanceState.Accepted, 0, 10, Stop)).Select(i => i.SopInstanceUid));
        Assert.Equal(["1.1.3.1"], (await Registry.ListAsync("1.1", null, "1.1.3.1", InstanceState.Quarantined, 0, 10, Stop)).Select(i => i.SopInstanceUid));
    }

    [Fact]
    public async Task The_first_accepted_instance_of_a_UID_keeps_its_place_until_an_operator_decides()
    {
        Log.Receive("1.1", "1.1.1", "1.1.1.1", content: "a", attributes: Attributes(("00080060", "CT")), destinations: ["pacs"]);
        Log.Receive("1.1", "1.1.1", "1.1.1.1", content: "b", destinations: ["pacs"]);
        Log.Receive("1.9", "1.9.1", "1.1.1.1", InstanceState.Conflict, Attributes(("00080060", "MR")), "c");
        await ApplyAsync();
        Assert.Equal([InstanceState.Accepted, InstanceState.Conflict, InstanceState.Conflict], (await Registry.InstancesAsync("1.1.1.1", Stop)).Select(i => i.State));
        Assert.Equal([1], (await Registry.DueAsync("pacs", DateTimeOffset.MaxValue, 10, Stop)).Select(d => d.Sequence));

        Log.Decide(EntryKind.Released, InstanceState.Accepted, "1.1.1.1", "c", "archive");
        await ApplyAsync();

        Assert.Equal([InstanceState.Conflict, InstanceState.Conflict, InstanceState.Accepted], (await Registry.InstancesAsync("1.1.1.1", Stop)).Select(i => i.State));
        SearchRow study = Assert.Single(await SearchAsync(SearchLevel.Study));
        Assert.Equal("1.9", study.StudyUid);
        Assert.Equal(["MR"], study.ModalitiesInStudy);
        Assert.Empty(await Registry.DueAsync("pacs", DateTimeOffset.MaxValue, 10, Stop));
        Assert.Equal([3], (await Registry.DueAsync("archive", DateTimeOffset.MaxValue, 10, Stop)).Select(d => d.Sequence));

        Log.Decide(EntryKind.Rejected, InstanceState.Rejected, "1.1.1.1", "b");
        Log.Decide(EntryKind.Released, InstanceState.Accepted, "1.1.1.1", "a", "pacs");
        await ApplyAsync();

        Assert.Equal([InstanceState.Accepted, InstanceState.Rejected, InstanceState.Conflict], (await Registry.InstancesAsync("1.1.1.1", Stop)).Select(i => i.State));
        Assert.Equal("1.1", Assert.Single(await SearchAsync(SearchLevel.Study)).StudyUid);
        Assert.Equal([1], (await Registry.DueAsync("pacs", DateTimeOffset.MaxValue, 10, Stop)).Select(d => d.Sequence));
    }

    [Fact]
    public async Task A_decision_concerns_the_instance_whose_sequence_it_names()
    {
        Log.Receive("1.1", "1.1.1", "1.1.1.1", InstanceState.Quarantined, content: "a");
        Log.Receive("1.1", "1.1.1", "1.1.1.1", InstanceState.Quarantined, content: "a");
        JournalEntry decision = Log.Decide(EntryKind.Rejected, InstanceState.Rejected, "1.1.1.1", "b").Entry;
        Log.Add(decision with { Object = Entries.Digest("1.1.1.1a"), Instance = 1 });
        Log.Add(decision with { Object = Entries.Digest("1.1.1.1b"), Instance = 2 });
        await ApplyAsync();

        IReadOnlyList<StoredInstance> both = await Registry.InstancesAsync("1.1.1.1", Stop);
        Assert.Equal([InstanceState.Rejected, InstanceState.Quarantined], both.Select(i => i.State));
        Assert.Equal(both, await Registry.InstancesAsync(both[0].Object, Stop));
    }

    [Fact]
    public async Task Two_patients_under_one_study_UID_are_shown_apart()
    {
        Log.Receive("1.1", "1.1.1", "1.1.1.1", attributes: Attributes(("00100020", "A"), ("00100010", "Alpha^Anna"), ("00081030", "first")));
        Log.Receive("1.1", "1.1.1", "1.1.1.2", attributes: Attributes(("00100020", "A"), ("00081030", "second")));
        Log.Receive("1.1", "1.1.1", "1.1.1.3", attributes: Attributes(("00100020", "B"), ("00100010", "Beta^Bert")));
        await ApplyAsync();

        IReadOnlyList<SearchRow> rows = await SearchAsync(SearchLevel.Study, ("0020000D", "1.1"));

        Assert.Equal([("A", 2), ("B", 1)], rows.Select(row => (row.Attributes[new(0x0010, 0x0020)], row.NumberOfInstances)));
        Assert.Equal("first", rows[0].Attributes[new(0x0008, 0x1030)]);
        Assert.Single(await StudiesAsync(("00100010", "beta*")));
        Assert.Equal(["second"], (await SearchAsync(SearchLevel.Instance, ("00080018", "1.1.1.2"))).Select(row => row.Attributes[new(0x0008, 0x1030)]));
        Assert.Equal(3, (await Registry.ListAsync("1.1", null, null, InstanceState.Accepted, 0, 10, Stop)).Count);
    }

    [Fact]
    public async Task Clearing_empties_everything_and_a_replay_makes_the_same_answers()
    {
        for (int i = 0; i < 6; i++) Log.Receive("1." + (i % 2), "1.1.1", $"1.1.1.{i}", attributes: Attributes(("00080060", "CT"), ("00100010", "A^" + i)), destinations: ["pacs"]);
        Log.Deliver(EntryKind.Delivered, "pacs", "1.1.1.0");
        foreach (AppliedEntry entry in Log.All) await Registry.ApplyAsync([entry], Stop);
        IReadOnlyList<SearchRow> before = await SearchAsync(SearchLevel.Study);

        await Registry.ClearAsync(Stop);

        Assert.Equal((0L, ""), await Registry.NewestAsync(Stop));
        Assert.Empty(await StudiesAsync());
        Assert.Empty(await Registry.DueAsync("pacs", DateTimeOffset.MaxValue, 10, Stop));
        await ApplyAsync();
        Assert.Equal(before.Select(r => (r.StudyUid, r.NumberOfInstances, r.Attributes[new(0x0010, 0x0010)])), (await SearchAsync(SearchLevel.Study)).Select(r => (r.StudyUid, r.NumberOfInstances, r.Attributes[new(0x0010, 0x0010)])));
        Assert.Equal(5, (await Registry.DueAsync("pacs", DateTimeOffset.MaxValue, 10, Stop)).Count);
    }

    [Fact]
    public async Task Hostile_text_is_stored_and_found_again()
    {
        string name = "O'Neil\0; DROP TABLE study;--^" + new string('x', 3000) + "\uD800\U0001F480";
        Log.Receive(new string('9', 500), "1.1.1\0", "'; DELETE FROM instance; --", attributes: Attributes(("00100010", name), ("00100020", new string('Ω', 1024)), ("00080060", new string('\u4E00', 900)), ("00080020", new string('Z', 900))));
        await ApplyAsync();

        Assert.Single(await StudiesAsync(("00100010", "o'neil; drop*")));
        Assert.Single(await Registry.InstancesAsync("'; DELETE FROM instance; --", Stop));
        Assert.Empty(await StudiesAsync(("00100020", "' OR 1=1 --")));
    }

    private void Patients()
    {
        Add("1.1", "20260101", "081500", "Müller^Anna=山田^花子=やまだ^はなこ", "P1", "CT", "A1");
        Add("1.2", "20260301", "120000.5", "MUELLER^Bert", "P2", "MR", "A_2");
        Add("1.3", "20260201", "235959", "Smith^John^Q", "p1", "CT", "A%3");
        Add("1.4", "", "", "", "P[4]", "US", "");
        Add("1.5", "20260301", "13", "Smithers^Jane", "P5\\X", "MR", "a1");

        void Add(string study, string date, string time, string name, string id, string modality, string accession) => Log.Receive(study, study + ".1", study + ".1.1",
            attributes: Attributes(("00080020", date), ("00080030", time), ("00100010", name), ("00100020", id), ("00080060", modality), ("00080050", accession), ("00200011", "1"), ("00280010", "512")));
    }

    public static TheoryData<string, string, string> Matching => new()
    {
        // everything, newest first, without date last
        { "00100020", "", "1.2 1.5 1.3 1.1 1.4" },
        { "00100020", "*", "1.2 1.5 1.3 1.1 1.4" },
        // single value: case counts
        { "00100020", "P1", "1.1" },
        { "00100020", " P1 ", "1.1" },
        { "00080050", "A1", "1.1" },
        { "00080050", "a1", "1.5" },
        { "00080050", "1", "" },
        // wildcards; what is special in SQL or GLOB is not special
        { "00100020", "P*", "1.2 1.5 1.1 1.4" },
        { "00100020", "P?", "1.2 1.1" },
        { "00100020", "?1", "1.3 1.1" },
        { "00100020", "P[*", "1.4" },
        { "00100020", "P[4]", "1.4" },
        { "00100020", "*4]", "1.4" },
        { "00080050", "A_*", "1.2" },
        { "00080050", "A%*", "1.3" },
        { "00080050", "%", "" },
        { "00100020", "P5\\*", "1.5" },
        // dates and times
        { "00080020", "20260301", "1.2 1.5" },
        { "00080020", "20260101-20260201", "1.3 1.1" },
        { "00080020", "20260201-", "1.2 1.5 1.3" },
        { "00080020", "-20260131", "1.1" },
        { "00080020", "-", "1.2 1.5 1.3 1.1" },
        { "00080030", "120000-13", "1.2 1.5" },
        { "00080030", "-0815", "1.1" },
        { "00080030", "235959-", "1.3" },
        { "00080030", "081500", "1.1" },
        // person names: case does not count, every group does
        { "00100010", "smith^john^q", "1.3" },
        { "00100010", "Smith", "" },
        { "00100010", "smith*", "1.5 1.3" },
        { "00100010", "SMITH^*", "1.3" },
        { "00100010", "müller*", "1.1" },
        { "00100010", "山田*", "1.1" },
        { "00100010", "*はなこ", "1.1" },
        { "00100010", "m?ller^anna", "1.1" },
        { "00100010", "müller*=山田*", "1.1" },
        { "00100010", "smith*=山田*", "" },
        // UIDs
        { "0020000D", "1.1,1.3", "1.3 1.1" },
        { "0020000D", "1.1\\1.4\\1.77", "1.1 1.4" },
        { "0020000D", "1.*", "" },
        // modalities in study
        { "00080061", "CT", "1.3 1.1" },
        { "00080061", "MR\\US", "1.2 1.5 1.4" },
        { "00080061", "?R", "1.2 1.5" },
        { "00080061", "PT", "" },
        { "00080061", "\\", "1.2 1.5 1.3 1.1 1.4" },
        { "0020000D", ",", "" },
    };

    [Theory]
    [MemberData(nameof(Matching))]
    public async Task Studies_match(string tag, string value, string studies)
    {
        Patients();
        await ApplyAsync();

        Assert.Equal(studies.Split(' ', StringSplitOptions.RemoveEmptyEntries), await StudiesAsync((tag, value)));
    }

    [Theory]
    [InlineData("john smith", "1.3")]
    [InlineData("jo smi", "1.3")]
    [InlineData("SMI", "1.5 1.3")]
    [InlineData("花子", "1.1")]
    [InlineData("hn", "")]
    public async Task Fuzzy_names_match_by_words(string name, string studies)
    {
        Patients();
        await ApplyAsync();

        SearchResult result = await Registry.SearchAsync(Query(SearchLevel.Study, ("00100010", name)) with { Fuzzy = true }, Stop);

        Assert.Equal(studies.Split(' ', StringSplitOptions.RemoveEmptyEntries), result.Rows.Select(row => row.StudyUid));
    }

    [Fact]
    public async Task Series_and_instances_match_and_carry_the_levels_above()
    {
        Patients();
        Log.Receive("1.1", "1.1.2", "1.1.2.1", attributes: Attributes(("00080020", "20260101"), ("00100020", "P1"), ("00080060", "SR"), ("00280010", "64")));
        Log.Receive("1.1", "1.1.2", "1.1.2.2", attributes: Attributes(("00080020", "20260101"), ("00100020", "P1"), ("00080060", "SR"), ("00280010", "128")));
        await ApplyAsync();

        Assert.Equal(["1.1.1", "1.1.2"], (await SearchAsync(SearchLevel.Series, ("0020000D", "1.1"))).Select(r => r.SeriesUid));
        SearchRow series = Assert.Single(await SearchAsync(SearchLevel.Series, ("00080060", "SR")));
        Assert.Equal(("1.1", "1.1.2", 2, "P1", "SR"), (series.StudyUid, series.SeriesUid, series.NumberOfInstances, series.Attributes[new(0x0010, 0x0020)], series.Attributes[new(0x0008, 0x0060)]));
        Assert.Equal(["1.3.1", "1.1.1"], (await SearchAsync(SearchLevel.Series, ("00080061", "CT"), ("00080060", "C*"))).Select(r => r.SeriesUid));
        SearchRow instance = Assert.Single(await SearchAsync(SearchLevel.Instance, ("00280010", "128")));
        Assert.Equal(("1.1.2.2", "P1", "SR"), (instance.Instance!.SopInstanceUid, instance.Attributes[new(0x0010, 0x0020)], instance.Attributes[new(0x0008, 0x0060)]));
        Assert.Equal(["1.2.1.1", "1.5.1.1", "1.3.1.1", "1.1.1.1", "1.1.2.1", "1.1.2.2", "1.4.1.1"], (await SearchAsync(SearchLevel.Instance)).Select(r => r.Instance!.SopInstanceUid));
        SearchResult within = await Registry.SearchAsync(Query(SearchLevel.Instance) with { StudyUid = "1.1", SeriesUid = "1.1.2" }, Stop);
        Assert.Equal(["1.1.2.1", "1.1.2.2"], within.Rows.Select(r => r.Instance!.SopInstanceUid));
        await Assert.ThrowsAsync<ArgumentException>(() => SearchAsync(SearchLevel.Study, ("00280010", "128")));
        await Assert.ThrowsAsync<ArgumentException>(() => SearchAsync(SearchLevel.Study, ("00400001", "x")));
    }

    [Fact]
    public async Task Pages_follow_each_other_and_say_whether_more_follow()
    {
        for (int i = 0; i < 25; i++) Log.Receive($"1.{100 + i}", "1.1", $"1.2.{i}", attributes: Attributes(("00080020", $"202601{10 + i % 5}")));
        await ApplyAsync();
        SearchResult all = await Registry.SearchAsync(Query(SearchLevel.Study) with { Limit = 25 }, Stop);
        Assert.False(all.More);

        List<string> paged = [];
        for (int offset = 0; offset < 25; offset += 10)
        {
            SearchResult page = await Registry.SearchAsync(Query(SearchLevel.Study) with { Offset = offset, Limit = 10 }, Stop);
            Assert.Equal(offset < 20, page.More);
            paged.AddRange(page.Rows.Select(r => r.StudyUid));
        }

        Assert.Equal(all.Rows.Select(r => r.StudyUid), paged);
        Assert.Equal(all.Rows.OrderByDescending(r => r.Attributes[new(0x0008, 0x0020)], StringComparer.Ordinal).ThenBy(r => r.StudyUid, StringComparer.Ordinal).Select(r => r.StudyUid), paged);
    }

    [Fact]
    public async Task A_caller_sees_the_studies_it_may_and_no_others()
    {
        Patients();
        await ApplyAsync();

        Assert.Equal(["1.3", "1.1"], (await Allowed(["1.1", "1.3", "7.7"])).Rows.Select(r => r.StudyUid));
        Assert.Empty((await Allowed([])).Rows);
        Assert.Equal(5, (await Allowed([.. Enumerable.Range(0, 5000).Select(i => $"1.{i}")])).Rows.Count);

        Task<SearchResult> Allowed(string[] studies) => Registry.SearchAsync(Query(SearchLevel.Study) with { AllowedStudies = studies }, Stop);
    }
}
