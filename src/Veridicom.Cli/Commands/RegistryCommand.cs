using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Veridicom.Cli.Home;
using Veridicom.Dicom.Text;
using Veridicom.Gateway.Hosting;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Registry.Store;
using Veridicom.Registry.Upkeep;
using Veridicom.Reports;

namespace Veridicom.Cli.Commands;

/// <summary>registry check, rebuild: holds a gateway's database against its journal and objects, and makes it anew from them.</summary>
public static class RegistryCommand
{
    private const int Disagrees = 1;

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings) => new("registry", "Compares what a gateway has stored with its journal and its database, and makes the database anew.")
    {
        Check(surroundings), Rebuild(surroundings),
    };

    private static Option<string?> Folder() => new("--folder") { Description = "The gateway's folder (default: gateway below $VERIDICOM_HOME, or what --config says).", HelpName = "DIR" };

    private static Option<string?> Config() => new("--config") { Description = "The gateway's settings, for its folder and its database.", HelpName = "FILE" };

    private static Command Check(Surroundings surroundings)
    {
        Option<string?> folder = Folder(), config = Config();
        var quick = new Option<bool>("--quick") { Description = "Looks only whether objects are there and how long they are, instead of reading all their bytes." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("check", "Compares objects, journal and database, and names every disagreement with its remedy. Changes nothing; the gateway may be running. Needs free space in the gateway's folder for a second database.") { folder, config, quick, json };
        command.SetAction(parsed =>
        {
            GatewayPlace place = GatewayPlace.Of(surroundings, parsed.GetValue(folder), parsed.GetValue(config));
            CheckReport report = CheckAsync(surroundings, place, parsed.GetValue(quick)).GetAwaiter().GetResult();
            if (parsed.GetValue(json)) new JsonLine(surroundings.Out).Write(w => Write(w, place, report));
            else Write(surroundings.Out, report);
            return report.ProblemCount > 0 ? Disagrees : 0;
        });
        return command;
    }

    private static async Task<CheckReport> CheckAsync(Surroundings surroundings, GatewayPlace place, bool quick)
    {
        using FolderStore store = FolderStore.OpenReadOnly(place.Folder.Root);
        await using SqlRegistry registry = place.OpenRegistry() ?? throw FaultException.World("not-found", place.Folder.Database, "the database is not there", "run veridicom registry rebuild");
        string scratch = Path.Combine(place.Folder.Root, $"check-{Guid.NewGuid():n}");
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(scratch);
        else Directory.CreateDirectory(scratch, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var progress = new CountLine(surroundings);
        try
        {
            return await RegistryCheck.RunAsync(new CheckSetup
            {
                Registry = registry, Store = store, JournalFolder = place.Folder.Journal, ScratchFolder = scratch, ReadAttributes = GatewayHost.ReadAttributes, Quick = quick, Progress = progress.Set,
            }, surroundings.Stop);
        }
        finally
        {
            progress.Clear();
            Directory.Delete(scratch, recursive: true);
        }
    }

    private static void Write(TextWriter output, CheckReport report)
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        foreach (CheckProblem problem in report.Problems) output.WriteLine($"{TextDisplay.Escape(problem.Place)}: {TextDisplay.Escape(problem.Text)} - {TextDisplay.Escape(problem.Remedy)}");
        if (report.ProblemCount > report.Problems.Count) output.WriteLine(string.Create(invariant, $"and {report.ProblemCount - report.Problems.Count} more"));
        output.WriteLine(string.Create(invariant, $"{report.Entries} entries, {report.Instances} instances, {report.Objects} objects, {(report.RowsCompared ? $"{report.Rows} rows" : "rows not compared: the journal is damaged")}{(report.RegistryBehind > 0 ? $"; {report.RegistryBehind} entries are yet to come into the database" : "")}"));
        foreach ((CheckFinding finding, long count) in report.Counts) output.WriteLine(string.Create(invariant, $"  {Word(finding)}: {count}"));
        output.WriteLine(report.ProblemCount == 0 ? "AGREE  store, journal and database say the same" : "DISAGREE  see the lines above");
    }

    private static void Write(Utf8JsonWriter json, GatewayPlace place, CheckReport report)
    {
        json.WriteString("path", place.Folder.Root);
        json.WriteString("result", report.ProblemCount == 0 ? "agree" : "disagree");
        json.WriteNumber("entries", report.Entries);
        json.WriteNumber("instances", report.Instances);
        json.WriteNumber("objects", report.Objects);
        json.WriteBoolean("rowsCompared", report.RowsCompared);
        json.WriteNumber("rows", report.Rows);
        json.WriteNumber("registryBehind", report.RegistryBehind);
        json.WriteNumber("problemCount", report.ProblemCount);
        json.WriteStartObject("findings");
        foreach ((CheckFinding finding, long count) in report.Counts) json.WriteNumber(Word(finding), count);
        json.WriteEndObject();
        json.WriteStartArray("problems");
        foreach (CheckProblem problem in report.Problems)
        {
            json.WriteStartObject();
            json.WriteString("finding", Word(problem.Finding));
            json.WriteString("place", problem.Place);
            json.WriteString("text", problem.Text);
            json.WriteString("remedy", problem.Remedy);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static string Word(CheckFinding finding) => JsonNamingPolicy.KebabCaseLower.ConvertName(finding.ToString());

    private static Command Rebuild(Surroundings surroundings)
    {
        Option<string?> folder = Folder(), config = Config();
        var adopt = new Option<bool>("--adopt") { Description = "Takes objects that no entry of the journal names into quarantine." };
        var force = new Option<bool>("--force") { Description = "Rebuilds although the journal lacks what the database has, or has something else: when the journal cannot be restored." };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("rebuild", "Makes the database anew from journal and objects. The gateway must be stopped. Attempts at deliveries begin anew; nothing else is lost.") { folder, config, adopt, force, json };
        command.SetAction(parsed =>
        {
            GatewayPlace place = GatewayPlace.Of(surroundings, parsed.GetValue(folder), parsed.GetValue(config));
            (RebuildReport report, long adopted) = RebuildAsync(surroundings, place, parsed.GetValue(adopt), parsed.GetValue(force)).GetAwaiter().GetResult();
            if (parsed.GetValue(json))
            {
                new JsonLine(surroundings.Out).Write(w =>
                {
                    w.WriteString("path", place.Folder.Root);
                    w.WriteNumber("entries", report.Entries);
                    w.WriteNumber("instances", report.Instances);
                    w.WriteNumber("unread", report.Unread);
                    w.WriteNumber("adopted", adopted);
                });
            }
            else
            {
                surroundings.Out.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"rebuilt from {report.Entries} entries with {report.Instances} instances{(report.Unread > 0 ? $"; the objects of {report.Unread} are missing or cannot be read" : "")}{(adopted > 0 ? $"; {adopted} objects were taken into quarantine" : "")}"));
            }
            return 0;
        });
        return command;
    }

    private static async Task<(RebuildReport, long)> RebuildAsync(Surroundings surroundings, GatewayPlace place, bool adopt, bool force)
    {
        // Holds the folder's lock to the end: no gateway starts in between.
        using FolderStore store = FolderStore.Open(place.Folder.Root);
        var progress = new CountLine(surroundings);
        var options = new VaultOptions { JournalFolder = place.Folder.Journal, ReadAttributes = GatewayHost.ReadAttributes, Clock = surroundings.Clock };
        try
        {
            bool file = place.Settings.Kind != "postgresql";
            string fresh = place.Folder.Database + ".new";
            RebuildReport report;
            (long, string) known = force ? (0, "") : await NewestAsync(surroundings, place);
            if (file) DeleteDatabase(fresh);
            // A file beside the other, which may be damaged itself, put into its place when it is whole.
            await using (SqlRegistry registry = file ? SqliteRegistry.Open(fresh) : place.OpenRegistry()!)
                report = await RegistryRebuild.RunAsync(options, registry, store, known, count => progress.Set("entries", count), surroundings.Stop);
            if (file)
            {
                DeleteDatabase(place.Folder.Database);
                File.Move(fresh, place.Folder.Database);
            }
            await using SqlRegistry rebuilt = place.OpenRegistry()!;
            await using Vault vault = await Vault.OpenAsync(options, rebuilt, store, surroundings.Stop);
            var who = new Actor(Environment.UserName, "local", "");
            await vault.RecordAsync(new JournalEntry
            {
                Kind = EntryKind.Administered, At = surroundings.Now, Who = who, Why = "registry rebuild", Detail = string.Create(CultureInfo.InvariantCulture, $"the registry was rebuilt from {report.Entries} entries"),
            }, null, surroundings.Stop);
            return (report, adopt ? await RegistryRebuild.AdoptAsync(vault, who, surroundings.Clock, surroundings.Stop) : 0);
        }
        finally
        {
            progress.Clear();
        }
    }

    // A database that cannot be read says nothing against the journal.
    private static async Task<(long, string)> NewestAsync(Surroundings surroundings, GatewayPlace place)
    {
        try
        {
            await using SqlRegistry? registry = place.OpenRegistry();
            return registry is null ? (0, "") : await registry.NewestAsync(surroundings.Stop);
        }
        catch (RegistryException e) when (!e.CanRetry)
        {
            return (0, "");
        }
    }

    private static void DeleteDatabase(string file)
    {
        foreach (string part in new[] { file + "-wal", file + "-shm", file }) File.Delete(part);
    }

    /// <summary>One line at the bottom of a terminal that counts what is done.</summary>
    private sealed class CountLine(Surroundings surroundings)
    {
        private const long EveryMs = 100;
        private const string ClearLine = "\r\u001b[K";
        private readonly System.Diagnostics.Stopwatch _clock = System.Diagnostics.Stopwatch.StartNew();
        private long _next = 500;
        private bool _shown;

        public void Set(string what, long count)
        {
            if (!surroundings.ErrorIsTerminal || _clock.ElapsedMilliseconds < _next) return;
            _next = _clock.ElapsedMilliseconds + EveryMs;
            surroundings.Error.Write(string.Create(CultureInfo.InvariantCulture, $"{ClearLine}{count} {what}"));
            surroundings.Error.Flush();
            _shown = true;
        }

        public void Clear()
        {
            if (_shown) surroundings.Error.Write(ClearLine);
        }
    }
}
