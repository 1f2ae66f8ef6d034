using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using Veridicom.Dicom;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Testing;

namespace Veridicom.Bench;

/// <summary>
/// Searches over a million registered instances: 4,000 studies of 5 series of 50, applied entry by entry as a gateway does. Each kind of query
/// is asked often with other values; 95 of 100 answers must come in 50 ms. Plans that read whole tables are shown.
/// </summary>
internal static class QidoBench
{
    private const int Studies = 4000, SeriesOfStudy = 5, InstancesOfSeries = 50, Batch = 1000, Asked = 200;
    private const double Bound = 50;

    private static readonly string[] Families = ["Müller", "Schmidt", "Schneider", "Fischer", "Weber", "Meyer", "Wagner", "Becker", "Schulz", "Hoffmann", "Koch", "Richter", "Klein", "Wolf", "Neumann"];
    private static readonly string[] Given = ["Anna", "Bert", "Clara", "David", "Emma", "Felix", "Greta", "Hans", "Ida", "Jakob"];
    private static readonly string[] Modalities = ["CT", "MR", "US", "DX", "PT"];

    /// <summary>Runs everything; 0 where every kind of query is as fast as required.</summary>
    public static async Task<int> RunAsync(string[] databases)
    {
        var report = new Report();
        if (databases.Length == 0 || databases.Contains("sqlite"))
        {
            // Kept between runs where a folder for it is named: filling takes minutes.
            string? kept = Environment.GetEnvironmentVariable("VERIDICOM_BENCH_FOLDER");
            string folder = kept ?? Directory.CreateTempSubdirectory("veridicom-bench-").FullName;
            try
            {
                await using SqliteRegistry registry = SqliteRegistry.Open(Path.Combine(folder, "registry.db"));
                await MeasureAsync(report, "SQLite", registry, () => Task.CompletedTask);
                report.Add("SQLite: size of the database", Report.Text($"{new FileInfo(Path.Combine(folder, "registry.db")).Length / 1e6:0} MB"), "", null);
            }
            finally
            {
                if (kept is null) Directory.Delete(folder, recursive: true);
            }
        }
        if (databases.Length == 0 || databases.Contains("postgresql"))
        {
            using PostgresCluster? cluster = PostgresCluster.TryStart();
            if (cluster is null) report.NotMeasured("PostgreSQL", "not installed", Report.Text($"<= {Bound} ms"));
            else
            {
                string connection = cluster.CreateDatabase();
                await using PostgresRegistry registry = PostgresRegistry.Open(connection);
                // What its autovacuum does some minutes later.
                await MeasureAsync(report, "PostgreSQL", registry, () => AnalyzeAsync(connection));
            }
        }
        Console.WriteLine($"{SealBench.Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        Console.WriteLine();
        report.Write(Console.Out);
        return report.AllMet ? 0 : 1;
    }

    private static async Task AnalyzeAsync(string connectionString)
    {
        await using var connection = new NpgsqlConnection(connectionString);
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("VACUUM ANALYZE", connection) { CommandTimeout = 600 };
        await command.ExecuteNonQueryAsync();
    }

    private static async Task MeasureAsync(Report report, string name, SqlRegistry registry, Func<Task> settle)
    {
        await registry.MigrateAsync(CancellationToken.None);
        const int All = Studies * SeriesOfStudy * InstancesOfSeries;
        if ((await registry.NewestAsync(CancellationToken.None)).Sequence < All)
        {
            var watch = Stopwatch.StartNew();
            foreach (AppliedEntry[] batch in Entries().Chunk(Batch)) await registry.ApplyAsync(batch, CancellationToken.None);
            report.Add($"{name}: {All} instances applied, {Batch} in a transaction", Report.Text($"{All / watch.Elapsed.TotalSeconds:0}/s"), "", null);
        }
        await settle();
        await OneByOneAsync(report, name, registry, All);

        foreach ((string what, Func<int, SearchQuery> query) in Queries())
        {
            List<double> times = [];
            long rows = 0;
            for (int i = 0; i < Asked; i++)
            {
                SearchQuery one = query(i);
                long start = Stopwatch.GetTimestamp();
                SearchResult result = await registry.SearchAsync(one, CancellationToken.None);
                times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                rows += result.Rows.Count;
            }
            if (rows == 0) throw new InvalidOperationException($"nothing was found by {what}");
            times.Sort();
            report.AtMost($"{name}: {what}, p95", times[Asked * 95 / 100], Bound, " ms", Report.Text($"median {times[Asked / 2]:0.00} ms, longest {times[^1]:0.0} ms, {rows / (double)Asked:0.0} rows"));
            foreach (string step in await registry.ExplainAsync(query(0), CancellationToken.None))
            {
                if (ReadsAll(step)) Console.Error.WriteLine($"  reads a whole table: {step.Trim()}");
                if (Environment.GetEnvironmentVariable("VERIDICOM_BENCH_PLANS") is not null) Console.Error.WriteLine($"    {step}");
            }
        }
    }

    // As a gateway does that takes in one at a time: what an instance costs must not grow with those that are there.
    private static async Task OneByOneAsync(Report report, string name, SqlRegistry registry, int all)
    {
        List<double> times = [];
        long newest = (await registry.NewestAsync(CancellationToken.None)).Sequence;
        for (int i = 0; i < Asked; i++)
        {
            AppliedEntry one = Entry(++newest, Studies + (int)(newest - all) / Asked, 0, (int)(newest - all) % Asked);
            long start = Stopwatch.GetTimestamp();
            await registry.ApplyAsync([one], CancellationToken.None);
            times.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }
        times.Sort();
        report.Add($"{name}: one instance more, in a transaction of its own, p95", Report.Text($"{times[Asked * 95 / 100]:0.00} ms, median {times[Asked / 2]:0.00} ms"), "", null);
    }

    // SQLite: SCAN of a table and not of an index; PostgreSQL: Seq Scan.
    private static bool ReadsAll(string step) => step.Contains("Seq Scan", StringComparison.Ordinal)
        || (step.StartsWith("SCAN ", StringComparison.Ordinal) && !step.Contains("INDEX", StringComparison.Ordinal) && !step.Contains("json_each", StringComparison.Ordinal));

    private static IEnumerable<(string, Func<int, SearchQuery>)> Queries()
    {
        yield return ("study by Patient ID", i => Query(SearchLevel.Study, ("00100020", Patient(i * 7 % Studies))));
        yield return ("studies by prefix of the name", i => Query(SearchLevel.Study, ("00100010", Families[i % Families.Length][..4] + "*")));
        yield return ("studies by words of the name, fuzzy", i => Query(SearchLevel.Study, ("00100010", $"{Given[i % Given.Length]} {Families[i % Families.Length]}")) with { Fuzzy = true });
        yield return ("studies of a week", i => Query(SearchLevel.Study, ("00080020", $"{Date(i * 5)}-{Date(i * 5 + 6)}")));
        yield return ("studies of a range of dates, offset 3900", i => Query(SearchLevel.Study, ("00080020", "20150101-")) with { Offset = 3900 - i % 10 });
        yield return ("newest studies, no condition", i => Query(SearchLevel.Study) with { Offset = i });
        yield return ("study by Accession Number", i => Query(SearchLevel.Study, ("00080050", Accession(i * 11 % Studies))));
        yield return ("studies by modality", i => Query(SearchLevel.Study, ("00080061", Modalities[i % 5])) with { Offset = i });
        yield return ("studies by modality and date", i => Query(SearchLevel.Study, ("00080061", Modalities[i % 5]), ("00080020", $"{Date(i * 3)}-{Date(i * 3 + 30)}")));
        yield return ("studies that a caller may see, 2000 named", i => Query(SearchLevel.Study, ("00100010", "S*")) with { AllowedStudies = [.. Enumerable.Range(i, 2000).Select(StudyUid)] });
        yield return ("series of a study", i => Query(SearchLevel.Series) with { StudyUid = StudyUid(i * 13 % Studies) });
        yield return ("series by modality, all studies", i => Query(SearchLevel.Series, ("00080060", Modalities[i % 5])) with { Offset = i });
        yield return ("instances of a series", i => Query(SearchLevel.Instance) with { StudyUid = StudyUid(i * 17 % Studies), SeriesUid = SeriesUid(i * 17 % Studies, i % SeriesOfStudy) });
        yield return ("instances of a study", i => Query(SearchLevel.Instance) with { StudyUid = StudyUid(i * 19 % Studies), Limit = 250 });
        yield return ("instance by SOP Instance UID", i => Query(SearchLevel.Instance, ("00080018", $"{SeriesUid(i * 23 % Studies, i % SeriesOfStudy)}.{i % InstancesOfSeries}")));
        yield return ("instances, no condition", i => Query(SearchLevel.Instance) with { Offset = i * 10 });
    }

    private static SearchQuery Query(SearchLevel level, params (string Tag, string Value)[] matches) => new()
    {
        Level = level,
        Matches = [.. matches.Select(m => new SearchMatch(Tag(m.Tag), m.Value))],
    };

    private static DicomTag Tag(string text) => new(uint.Parse(text, NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    private static string StudyUid(int study) => Report.Text($"1.2.826.0.1.3680043.10.1234.{100000 + study}");

    private static string SeriesUid(int study, int series) => Report.Text($"{StudyUid(study)}.{series + 1}");

    private static string Patient(int study) => Report.Text($"PID{study * 7919 % 100000:00000}");

    private static string Accession(int study) => Report.Text($"ACC{study * 104729 % 1000000:000000}");

    private static string Date(int study) => new DateOnly(2016, 1, 1).AddDays(study % 3650).ToString("yyyyMMdd", CultureInfo.InvariantCulture);

    private static IEnumerable<AppliedEntry> Entries()
    {
        long sequence = 0;
        for (int study = 0; study < Studies; study++)
        {
            for (int series = 0; series < SeriesOfStudy; series++)
            {
                for (int instance = 0; instance < InstancesOfSeries; instance++) yield return Entry(++sequence, study, series, instance);
            }
        }
    }

    private static AppliedEntry Entry(long sequence, int study, int series, int instance)
    {
        string sop = Report.Text($"{SeriesUid(study, series)}.{instance}");
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes(sop));
        ObjectDigest digest = ObjectDigest.Of(hash);
        var entry = new JournalEntry
        {
            Kind = EntryKind.Received, At = DateTimeOffset.UnixEpoch.AddSeconds(sequence), Who = new Actor("CT1", "ae-title", "10.0.0.1"), StudyUid = StudyUid(study), SeriesUid = SeriesUid(study, series),
            SopInstanceUid = sop, SopClassUid = "1.2.840.10008.5.1.4.1.1.2", TransferSyntaxUid = "1.2.840.10008.1.2.1", PatientId = Patient(study), Object = digest, Size = 526336, ContentDigest = digest.Hex,
            State = InstanceState.Accepted, Route = "default", Verdict = "authentic", SealIdentity = digest.Hex,
        };
        var attributes = new InstanceAttributes(new (string Tag, string Value)[]
        {
            ("00080020", Date(study)), ("00080030", Report.Text($"{study % 24:00}{study % 60:00}00")), ("00080050", Accession(study)), ("00080090", "Haus^Gregor"), ("00081030", "Thorax routine"),
            ("00100010", $"{Families[study % Families.Length]}^{Given[study / 7 % Given.Length]}"), ("00100020", Patient(study)), ("00100030", Date(study * 31)), ("00100040", study % 2 == 0 ? "F" : "M"),
            ("00200010", Report.Text($"{study}")), ("00080060", Modalities[(study + series) % Modalities.Length]), ("0008103E", Report.Text($"series {series}")), ("00180015", "CHEST"),
            ("00200011", Report.Text($"{series + 1}")), ("00200013", Report.Text($"{instance + 1}")), ("00280010", "512"), ("00280011", "512"), ("00280100", "16"),
        }.Select(v => KeyValuePair.Create(Tag(v.Tag), v.Value)));
        return new AppliedEntry(sequence, digest.Hex, JournalText.Write(sequence, entry), entry, attributes);
    }
}
