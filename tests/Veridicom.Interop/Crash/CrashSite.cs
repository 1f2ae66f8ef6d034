using System.Text.Json;
using Veridicom.Cli;
using Veridicom.Cli.Home;
using Veridicom.Registry;
using Veridicom.Registry.Sql;
using Xunit;

namespace Veridicom.Interop.Crash;

/// <summary>An organisation, a gateway's folder, its settings and its database, in a scratch folder.</summary>
public sealed class CrashSite : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly PostgresCluster? _postgres;
    private readonly string? _connection;

    /// <param name="postgres">PostgreSQL, else SQLite.</param>
    /// <param name="destination">Port of the archive; null forwards nothing.</param>
    /// <param name="folder">The gateway's folder; null for one in the scratch folder.</param>
    public CrashSite(bool postgres, int? destination, string? folder = null)
    {
        try
        {
            Folder = folder ?? _scratch.PathOf("gateway");
            Environment = new Dictionary<string, string> { ["VERIDICOM_HOME"] = _scratch.PathOf("home"), ["VERIDICOM_PASSPHRASE"] = "a passphrase of the crash test", ["HOME"] = _scratch.Root };
            Run(0, "init", "--name", "Crash Hospital");
            if (postgres)
            {
                _postgres = PostgresCluster.Start();
                _connection = _postgres.CreateDatabase();
                string file = _scratch.Write("connection", System.Text.Encoding.UTF8.GetBytes(_connection));
                if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
            }
            Config = _scratch.Write("gateway.json", JsonSerializer.SerializeToUtf8Bytes(new Dictionary<string, object?>
            {
                ["folder"] = Folder,
                ["dicom"] = new { port = 0 },
                ["http"] = new { port = (int?)null },
                ["registry"] = postgres ? new { kind = "postgresql", connectionFile = "connection" } : new { kind = "sqlite" } as object,
                ["routes"] = new[] { new { name = "all", @do = "seal", forwardTo = destination is null ? Array.Empty<string>() : ["archive"] } },
                ["destinations"] = destination is { } port ? new[] { new { name = "archive", host = "127.0.0.1", port, aeTitle = "ARCHIVE", retrySeconds = 1, mostRetrySeconds = 2 } } : Array.Empty<object>(),
            }));
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Folder { get; }

    public string Config { get; } = "";

    public IReadOnlyDictionary<string, string> Environment { get; } = new Dictionary<string, string>();

    /// <summary>Opens the registry beside the gateway or after it.</summary>
    public IRegistry OpenRegistry() => _connection is not null ? PostgresRegistry.Open(_connection) : SqliteRegistry.Open(Path.Combine(Folder, "registry.db"));

    /// <summary>
    /// Has the audit trail verified, and objects, journal and database compared. An object that no entry took in is what a kill between the two
    /// leaves: it was never acknowledged. Nothing else may be wrong.
    /// </summary>
    public void Audit()
    {
        Run(0, "audit-trail", "verify", "--config", Config);
        (int code, string said) = Run("registry", "check", "--json", "--config", Config);
        Assert.True(code is 0 or 1, said);
        JsonElement report = JsonDocument.Parse(said.Split('\n')[0]).RootElement;
        string[] others = [.. report.GetProperty("problems").EnumerateArray().Where(p => p.GetProperty("finding").GetString() != "object-unknown").Select(p => p.ToString())];
        Assert.True(others.Length == 0, string.Join('\n', others));
        Assert.True(report.GetProperty("instances").GetInt64() > 0, said);
    }

    /// <summary>Runs a command of ours and returns what it wrote.</summary>
    public string Run(int code, params string[] arguments)
    {
        (int ended, string said) = Run(arguments);
        Assert.True(ended == code, $"veridicom {string.Join(' ', arguments)} ended with {ended}:\n{said}");
        return said;
    }

    private (int Code, string Said) Run(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int ended = CommandLine.Run(arguments, output, error, Environment);
        return (ended, output.ToString() + error);
    }

    /// <summary>Whom the organisation trusts.</summary>
    public Veridicom.Seals.Trust.TrustList Trust => TrustFolder.Load([Path.Combine(Environment["VERIDICOM_HOME"], "trust")]);

    public void Dispose()
    {
        _postgres?.Dispose();
        _scratch.Dispose();
    }
}
