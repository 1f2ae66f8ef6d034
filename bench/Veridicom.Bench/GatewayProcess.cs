using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace Veridicom.Bench;

/// <summary>'veridicom serve' as a process of its own with its default settings: sealing, SQLite, everything flushed.</summary>
internal sealed partial class GatewayProcess : IDisposable
{
    private readonly Process _process;

    private GatewayProcess(Process process, int dicomPort, Uri url) => (_process, DicomPort, Url) = (process, dicomPort, url);

    /// <summary>DICOM, AE title VERIDICOM.</summary>
    public int DicomPort { get; }

    /// <summary>DICOMweb.</summary>
    public Uri Url { get; }

    /// <summary>Memory that the process itself filled, bytes.</summary>
    public long AnonymousBytes => File.ReadLines($"/proc/{_process.Id}/status").Where(line => line.StartsWith("RssAnon:", StringComparison.Ordinal))
        .Select(line => 1024 * long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture)).First();

    /// <summary>Makes an organisation below a folder and starts a gateway for it.</summary>
    public static async Task<GatewayProcess> StartAsync(string folder)
    {
        var variables = new Dictionary<string, string> { ["VERIDICOM_HOME"] = Path.Combine(folder, "home"), ["VERIDICOM_PASSPHRASE"] = "for this measurement only" };
        string program = Environment.GetEnvironmentVariable("VERIDICOM_BENCH_PROGRAM") is { Length: > 0 } published ? published : Path.Combine(AppContext.BaseDirectory, "veridicom.dll");
        new Tool("dotnet", variables).Time([program, "init", "--name", "Bench Hospital"]);
        string settings = Path.Combine(folder, "settings.json");
        await File.WriteAllTextAsync(settings, $$"""
            {"folder": "{{Path.Combine(folder, "gateway")}}", "dicom": {"port": 0}, "http": {"port": 0, "requestsPerSecond": 100000, "burst": 100000} }
            """);
        var start = new ProcessStartInfo("dotnet", [program, "serve", "--config", settings]) { RedirectStandardError = true };
        foreach ((string name, string value) in variables) start.Environment[name] = value;
        Process process = Process.Start(start)!;
        int port = 0;
        while (await process.StandardError.ReadLineAsync() is { } line)
        {
            if (Dicom().Match(line) is { Success: true } dicom) port = int.Parse(dicom.Groups[1].ValueSpan, CultureInfo.InvariantCulture);
            if (Http().Match(line) is not { Success: true } http) continue;
            _ = process.StandardError.ReadToEndAsync();
            return new GatewayProcess(process, port, new Uri(http.Groups[1].Value));
        }

        throw new InvalidOperationException("veridicom serve does not listen");
    }

    public void Dispose()
    {
        if (!_process.HasExited) _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

    [GeneratedRegex(@"^veridicom: DICOM on 127\.0\.0\.1:(\d+) as ")]
    private static partial Regex Dicom();

    [GeneratedRegex(@"DICOMweb on (http://127\.0\.0\.1:\d+/dicom-web)$")]
    private static partial Regex Http();
}
