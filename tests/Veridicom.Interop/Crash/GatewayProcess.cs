using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Veridicom.Cli;
using Xunit;

namespace Veridicom.Interop.Crash;

/// <summary>'veridicom serve' as a process of its own, which can be killed.</summary>
public sealed partial class GatewayProcess : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    private readonly Process _process;
    private readonly StringBuilder _said = new();
    private readonly TaskCompletionSource<int> _listening = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private GatewayProcess(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => Heard(line.Data);
        process.OutputDataReceived += (_, line) => Heard(line.Data);
        process.EnableRaisingEvents = true;
        process.Exited += (_, _) => _listening.TrySetException(new InvalidOperationException("it ended before it listened"));
    }

    /// <summary>All that it wrote.</summary>
    public string Said
    {
        get
        {
            lock (_said) return _said.ToString();
        }
    }

    /// <summary>The DICOM port, once it listens. Fails where it ends before.</summary>
    public Task<int> Listening => _listening.Task;

    /// <summary>Starts one.</summary>
    public static GatewayProcess Start(string config, IReadOnlyDictionary<string, string> environment, string? wrapper = null)
    {
        string dotnet = Environment.ProcessPath is { } path && Path.GetFileNameWithoutExtension(path) == "dotnet" ? path : Peer.Require("dotnet").Path;
        string[] command = [.. wrapper?.Split(' ') ?? [], dotnet, typeof(CommandLine).Assembly.Location, "serve", "--config", config];
        var start = new ProcessStartInfo(command[0], command[1..]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment) start.Environment[name] = value;
        var gateway = new GatewayProcess(new Process { StartInfo = start });
        gateway._process.Start();
        gateway._process.BeginErrorReadLine();
        gateway._process.BeginOutputReadLine();
        _ = gateway.Listening.ContinueWith(t => t.Exception, TaskScheduler.Default); // seen, whether or not anybody waits for it
        return gateway;
    }

    /// <summary>SIGKILL: nothing can be finished, flushed or said any more.</summary>
    public void Kill()
    {
        _process.Kill();
        Assert.True(_process.WaitForExit(Patience), "a killed process did not end");
    }

    /// <summary>SIGTERM, and its end in order.</summary>
    public void Stop()
    {
        Peer.Require("kill").Run("-TERM", _process.Id.ToString(CultureInfo.InvariantCulture)).Succeeded();
        Assert.True(_process.WaitForExit(Patience), "the gateway did not stop: " + Said);
        Assert.True(_process.ExitCode == 0, $"the gateway ended with {_process.ExitCode}: {Said}");
    }

    private void Heard(string? line)
    {
        if (line is null) return;
        lock (_said)
        {
            if (_said.Length < 1 << 18) _said.AppendLine(line);
        }
        if (Port().Match(line) is { Success: true } match) _listening.TrySetResult(int.Parse(match.Groups[1].ValueSpan, CultureInfo.InvariantCulture));
    }

    [GeneratedRegex(@"^veridicom: DICOM on 127\.0\.0\.1:(\d+) as ")]
    private static partial Regex Port();

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }
}
