using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Xunit;

namespace Veridicom.Testing;

/// <summary>'veridicom serve' as a process of its own, on free ports of 127.0.0.1, with an organisation made for it. Ends as an operator ends it, or is killed.</summary>
public sealed partial class ServedGateway : IAsyncDisposable
{
    private readonly Process _process;
    private readonly StringBuilder _said;

    private readonly Dictionary<string, string?> _variables;

    private ServedGateway(Process process, StringBuilder said, Dictionary<string, string?> variables, string folder, int dicomPort, string url) =>
        (_process, _said, _variables, Folder, DicomPort, Url) = (process, said, variables, folder, dicomPort, url);

    /// <summary>Folder of objects, journal and registry.</summary>
    public string Folder { get; }

    /// <summary>DICOM, AE title VERIDICOM.</summary>
    public int DicomPort { get; }

    /// <summary>http://127.0.0.1:port</summary>
    public string Url { get; }

    /// <summary>What it has written so far.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    private static string Program => Path.Combine(AppContext.BaseDirectory, "veridicom.dll");

    /// <summary>Runs a command of the same organisation.</summary>
    public PeerResult Command(params string[] arguments) => Peer.Require("dotnet").Run([Program, .. arguments], input: null, environment: _variables);

    /// <summary>Starts it.</summary>
    /// <param name="scratch">Holds home, settings and data; the same again goes on where the last run stopped.</param>
    /// <param name="settings">Members beside folder and ports.</param>
    public static async Task<ServedGateway> StartAsync(ScratchFolder scratch, JsonObject settings)
    {
        var variables = new Dictionary<string, string?> { ["VERIDICOM_HOME"] = scratch.PathOf("home"), ["VERIDICOM_PASSPHRASE"] = "correct horse battery", ["DOTNET_NOLOGO"] = "1" };
        string program = Program;
        Peer dotnet = Peer.Require("dotnet");
        if (!Directory.Exists(scratch.PathOf("home"))) dotnet.Run([program, "init", "--name", "Sample Hospital"], input: null, environment: variables).Succeeded();

        var all = (JsonObject)settings.DeepClone();
        all["folder"] = scratch.PathOf("gateway");
        JsonObject dicom = all["dicom"] as JsonObject ?? [], http = all["http"] as JsonObject ?? [];
        (dicom["port"], http["port"]) = (0, 0);
        (all["dicom"], all["http"]) = (dicom, http);
        string file = scratch.Write("settings.json", Encoding.UTF8.GetBytes(all.ToJsonString()));
        var start = new ProcessStartInfo(dotnet.Path, [program, "serve", "--config", file]) { RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach (var (name, value) in variables) start.Environment[name] = value;
        Process process = Process.Start(start)!;
        var said = new StringBuilder();
        var ready = new TaskCompletionSource<(int, string)>();
        int port = 0;
        process.ErrorDataReceived += (_, line) =>
        {
            lock (said) said.AppendLine(line.Data);
            if (line.Data is null) ready.TrySetException(new InvalidOperationException("it ended"));
            else if (Dicom().Match(line.Data) is { Success: true } one) port = int.Parse(one.Groups[1].ValueSpan, System.Globalization.CultureInfo.InvariantCulture);
            else if (Http().Match(line.Data) is { Success: true } two) ready.TrySetResult((port, two.Groups[1].Value));
        };
        process.BeginErrorReadLine();
        process.BeginOutputReadLine();
        try
        {
            (int dicomPort, string url) = await ready.Task.WaitAsync(Peer.DefaultLimit, TestContext.Current.CancellationToken);
            return new ServedGateway(process, said, variables, scratch.PathOf("gateway"), dicomPort, url);
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            process.Kill(entireProcessTree: true);
            lock (said) Assert.Fail($"veridicom serve does not listen: {e.Message}\n{said}");
            throw;
        }
    }

    /// <summary>Ends it without a word, as a loss of power would end the process.</summary>
    public async Task KillAsync()
    {
        _process.Kill(entireProcessTree: true);
        await _process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            if (OperatingSystem.IsWindows()) _process.Kill(entireProcessTree: true);
            else Peer.Require("kill").Run("-TERM", _process.Id.ToString(System.Globalization.CultureInfo.InvariantCulture));
            using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
            await _process.WaitForExitAsync(limit.Token);
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"^veridicom: DICOM on 127\.0\.0\.1:(\d+) as ")]
    private static partial Regex Dicom();

    [GeneratedRegex(@"^veridicom: HTTP on (http://127\.0\.0\.1:\d+),")]
    private static partial Regex Http();
}
