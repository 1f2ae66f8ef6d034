using System.Diagnostics;
using System.Globalization;
using Npgsql;

namespace Veridicom.Testing;

/// <summary>
/// A PostgreSQL server of our own: a fresh cluster in a scratch folder, reached only through a Unix socket in that folder, ended on Dispose. Where
/// we run as root the server runs as user postgres, which it demands.
/// </summary>
public sealed partial class PostgresCluster : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly string _root = Directory.CreateTempSubdirectory("veridicom-pg-").FullName;
    private readonly string _log;
    private readonly Process _server;
    private int _databases;

    private PostgresCluster(string bin, bool durable)
    {
        _log = Path.Combine(_root, "log");
        string data = Path.Combine(_root, "data");
        if (IsRoot) Run("chown", "postgres", _root);
        var (initialise, initialArguments) = AsPostgres(Path.Combine(bin, "initdb"), ["-A", "trust", "-U", "veridicom", "-E", "UTF8", "--locale=C", "--no-sync", "-D", data]);
        Run(initialise, initialArguments);
        // No TCP at all: nothing outside the folder, whose mode is 0700, can reach it.
        var (program, arguments) = AsPostgres(Path.Combine(bin, "postgres"), ["-D", data, "-k", _root, "-c", "listen_addresses=", "-c", "logging_collector=off", "-c", "log_destination=stderr", "-c", "unix_socket_permissions=0777",
            "-c", durable ? "fsync=on" : "fsync=off"]);
        _server = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true, WorkingDirectory = "/" })!;
        var log = TextWriter.Synchronized(new StreamWriter(_log) { AutoFlush = true });
        _server.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
        _server.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
        _server.BeginErrorReadLine();
        _server.BeginOutputReadLine();
        try
        {
            WaitUntilReady();
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    private static bool IsRoot => Environment.UserName == "root";

    /// <summary>Starts one, which takes some seconds. Null where PostgreSQL is not installed.</summary>
    /// <param name="durable">False flushes nothing: quicker, and enough where neither machine nor server dies.</param>
    public static PostgresCluster? TryStart(bool durable = true)
    {
        string? bin = OperatingSystem.IsLinux() && Directory.Exists("/usr/lib/postgresql")
            ? Directory.GetDirectories("/usr/lib/postgresql").Select(version => Path.Combine(version, "bin")).Where(folder => File.Exists(Path.Combine(folder, "initdb"))).Order(StringComparer.Ordinal).LastOrDefault()
            : null;
        return bin is null ? null : new PostgresCluster(bin, durable);
    }

    /// <summary>How to connect to a database as its owner.</summary>
    public string ConnectionString(string database = "postgres") => new NpgsqlConnectionStringBuilder
    {
        Host = _root, Username = "veridicom", Database = database, IncludeErrorDetail = true,
    }.ToString();

    /// <summary>Makes an empty database and says how to connect to it.</summary>
    public string CreateDatabase()
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"test{Interlocked.Increment(ref _databases)}");
        using var connection = new NpgsqlConnection(ConnectionString() + ";Pooling=False");
        connection.Open();
        using var command = new NpgsqlCommand($"CREATE DATABASE {name}", connection);
        command.ExecuteNonQuery();
        return ConnectionString(name);
    }

    /// <summary>Ends the server at once and drops every connection, without losing what was committed.</summary>
    public void Dispose()
    {
        if (!_server.HasExited)
        {
            // SIGINT is its fast shutdown.
            Run("kill", "-INT", _server.Id.ToString(CultureInfo.InvariantCulture));
            if (!_server.WaitForExit(Patience)) _server.Kill(entireProcessTree: true);
        }

        _server.WaitForExit();
        _server.Dispose();
        Directory.Delete(_root, recursive: true);
    }

    private void WaitUntilReady()
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            try
            {
                using var connection = new NpgsqlConnection(ConnectionString() + ";Pooling=False");
                connection.Open();
                return;
            }
            catch (NpgsqlException) when (!_server.HasExited && watch.Elapsed < Patience)
            {
                Thread.Sleep(50);
            }
            catch (NpgsqlException e)
            {
                throw new InvalidOperationException($"PostgreSQL did not start: {File.ReadAllText(_log)}", e);
            }
        }
    }

    private static void Run(string program, params string[] arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = "/" })!;
        var errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        if (process.ExitCode != 0) throw new InvalidOperationException($"{program} ended with {process.ExitCode}: {errors.GetAwaiter().GetResult()}");
    }

    // setpriv becomes the program itself, so that its process id is the server's.
    private static (string Program, string[] Arguments) AsPostgres(string program, string[] arguments) => IsRoot
        ? ("setpriv", ["--reuid=postgres", "--regid=postgres", "--init-groups", program, .. arguments])
        : (program, arguments);
}
