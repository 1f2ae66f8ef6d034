using System.Text;
using Veridicom.Cli;
using Veridicom.Cli.Home;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Registry.Store;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Interop.Registry;

/// <summary>
/// tests/second-verifier/audit_trail.py was written from spec/audit-trail.md and asks openssl about signatures: it must say of trails, good and
/// changed, what 'veridicom audit-trail verify' says.
/// </summary>
public sealed class SecondTrailVerifierTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly Dictionary<string, string> _environment;

    public SecondTrailVerifierTests() => _environment = new()
    {
        ["VERIDICOM_HOME"] = _scratch.PathOf("home"), ["VERIDICOM_PASSPHRASE"] = "a passphrase of this test", ["HOME"] = _scratch.Root,
    };

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private string Gateway => _scratch.PathOf("home", "gateway");

    private string Journal => Path.Combine(Gateway, "journal", "00000001.jsonl");

    public void Dispose() => _scratch.Dispose();

    private (int Code, string Output) Ours(params string[] arguments)
    {
        using var output = new StringWriter();
        int code = CommandLine.Run(["audit-trail", .. arguments], output, output, _environment);
        return (code, output.ToString());
    }

    private async Task MakeAsync()
    {
        Assert.Equal(0, CommandLine.Run(["init", "--name", "Trail Hospital"], TextWriter.Null, TextWriter.Null, _environment));
        var surroundings = new Surroundings { Out = TextWriter.Null, Error = TextWriter.Null, Variable = name => _environment.GetValueOrDefault(name) };
        using KeySigner signer = new OrganisationHome(surroundings).OpenSigner(new Passphrase(surroundings, null), _ => { });
        using FolderStore store = FolderStore.Open(Gateway);
        await using SqliteRegistry registry = SqliteRegistry.Open(Path.Combine(Gateway, "registry.db"));
        await registry.MigrateAsync(Stop);
        await using Vault vault = await Vault.OpenAsync(new VaultOptions { JournalFolder = Path.Combine(Gateway, "journal"), ReadAttributes = _ => null, Signer = signer }, registry, store, Stop);
        for (int i = 1; i <= 12; i++)
        {
            await vault.RecordAsync(new JournalEntry { Kind = EntryKind.Queried, At = DateTimeOffset.UtcNow, Who = new Actor($"VIEWER{i}", "token", "127.0.0.1"), StudyUid = "1.2." + i, Detail = "<ä\"\\\n>" }, null, Stop);
            if (i == 6) await vault.CheckpointAsync(Stop);
        }
    }

    [Fact]
    public async Task It_says_of_every_trail_what_we_say()
    {
        Peer python = Peer.Require("python3");
        Peer.Require("openssl");
        await MakeAsync();
        string script = Repository.PathOf("tests", "second-verifier", "audit_trail.py"), root = Directory.GetFiles(_scratch.PathOf("home", "trust")).Single();
        string kept = _scratch.Write("kept", Encoding.ASCII.GetBytes(Ours("checkpoint").Output.Split('\n')[0]));
        string[] good = File.ReadAllLines(Journal);
        Assert.True(good.Length > 14);

        var trails = new (string Name, string[] Lines)[]
        {
            ("good", good),
            ("changed", [.. good.Select((line, i) => i == 4 ? line.Replace("VIEWER", "NOBODY", StringComparison.Ordinal) : line)]),
            ("removed", [.. good[..3], .. good[4..]]),
            ("put in", [.. good[..5], good[4].Replace("VIEWER", "NOBODY", StringComparison.Ordinal), .. good[5..]]),
            ("changed places", [.. good[..3], good[4], good[3], .. good[5..]]),
            ("cut off", good[..^2]),
            ("made anew", [.. Rechained([.. good.Select((line, i) => i == 4 ? line.Replace("VIEWER", "NOBODY", StringComparison.Ordinal) : line)])]),
            ("made anew without checkpoints", [.. Rechained(Renumbered(good.Where(line => !line.Contains("\"checkpoint\"", StringComparison.Ordinal))))]),
        };
        foreach ((string name, string[] lines) in trails)
        {
            File.WriteAllText(Journal, string.Concat(lines.Select(line => line + "\n")));
            (int code, string said) = Ours("verify", "--checkpoint", kept);
            PeerResult other = python.Run(script, Path.GetDirectoryName(Journal)!, root, kept);
            Assert.True((code == 0) == (other.ExitCode == 0), $"{name}: we end with {code}, the second verifier with {other.ExitCode}\n{said}\n{other.AllText}");
            Assert.True((name == "good") == (code == 0), $"{name}: {said}");
        }
    }

    [Fact]
    public async Task The_commands_tell_what_happened_and_what_is_proven()
    {
        await MakeAsync();

        (int code, string text) = Ours("verify");
        Assert.Equal(0, code);
        Assert.Contains("RIGHT  nothing up to entry", text);
        (code, text) = Ours("show", "--who", "viewer3", "--json");
        Assert.Equal(0, code);
        Assert.Equal("VIEWER3", System.Text.Json.JsonDocument.Parse(text).RootElement.GetProperty("who").GetProperty("name").GetString());
        Assert.Single(Ours("show", "--study", "1.2.7").Output.TrimEnd().Split('\n'));
        Assert.Empty(Ours("show", "--since", "2999-01-01").Output);
        Assert.Equal(2, Ours("show", "--since", "yesterday").Code);
        Assert.Equal(4, Ours("verify", "--trust", _scratch.Write("none/empty.txt", "x"u8)[..^"/empty.txt".Length]).Code);

        // The database alone is changed: the files are right, and it shows all the same.
        using (var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={Path.Combine(Gateway, "registry.db")};Pooling=False"))
        {
            connection.Open();
            using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
            command.CommandText = "DELETE FROM journal WHERE sequence = 5; UPDATE journal SET line = replace(line, 'VIEWER', 'NOBODY') WHERE sequence = 7";
            Assert.Equal(2, command.ExecuteNonQuery());
        }
        (code, text) = Ours("verify", "--json");
        Assert.Equal(1, code);
        System.Text.Json.JsonElement report = System.Text.Json.JsonDocument.Parse(text).RootElement;
        Assert.Equal(["registry-missing 5", "registry-different 7"], report.GetProperty("problems").EnumerateArray().Select(p => $"{p.GetProperty("finding")} {p.GetProperty("sequence")}"));
        Assert.Equal("altered", report.GetProperty("result").GetString());
        Assert.Equal(7, Ours("verify", "--folder", _scratch.PathOf("nothing")).Code);
    }

    private static IEnumerable<string> Renumbered(IEnumerable<string> lines) =>
        lines.Select((line, i) => line[..65] + System.Text.RegularExpressions.Regex.Replace(line[65..], "^\\{\"sequence\":\\d+", $"{{\"sequence\":{i + 1}"));

    private static IEnumerable<string> Rechained(IEnumerable<string> lines)
    {
        byte[] hash = JournalChain.Start;
        foreach (string line in lines)
        {
            hash = JournalChain.Next(hash, Encoding.ASCII.GetBytes(line[65..]));
            yield return Convert.ToHexStringLower(hash) + " " + line[65..];
        }
    }
}
