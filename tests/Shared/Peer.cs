using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using Xunit;

namespace Veridicom.Testing;

/// <summary>What a peer tool did: exit code, standard output as bytes, standard error as text.</summary>
public sealed record PeerResult(string CommandLine, int ExitCode, byte[] Output, string ErrorText)
{
    /// <summary>Standard output read as UTF-8.</summary>
    public string OutputText => Encoding.UTF8.GetString(Output);

    /// <summary>Output and error text together, for tools that say the same thing on either.</summary>
    public string AllText => OutputText + ErrorText;

    /// <summary>Fails the running test, showing what the tool said, unless it exited with 0.</summary>
    public PeerResult Succeeded() => Exited(0);

    /// <summary>Fails the running test, showing what the tool said, unless it exited with this code.</summary>
    public PeerResult Exited(int code)
    {
        Assert.True(ExitCode == code, $"{CommandLine}\nexited with {ExitCode}, wanted {code}\n{AllText}");
        return this;
    }
}

/// <summary>
/// Another's program that judges us (dcmdump, gdcmconv, openssl...). A missing one skips the running test by name on a
/// laptop and fails it under CI=true, so that a green run in CI has really asked its peers.
/// </summary>
public sealed class Peer
{
    /// <summary>How long a tool may run before it is killed and the test fails.</summary>
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(10);

    private static readonly Lazy<string?> PythonWithPydicom = new(FindPython);

    private Peer(string path) => Path = path;

    /// <summary>The program's full path.</summary>
    public string Path { get; }

    /// <summary>True under CI, where a missing tool is a failure.</summary>
    public static bool IsCi => Environment.GetEnvironmentVariable("CI") is "true" or "1";

    /// <summary>Whether a program is on the PATH.</summary>
    public static bool Has(string program) => Find(program) is not null;

    /// <summary>The program of this name on the PATH; without it the running test is skipped, or fails under CI=true.</summary>
    public static Peer Require(string program) => new(Found(Find(program), program));

    /// <summary>A python3 that can import pydicom; without one the running test is skipped, or fails under CI=true.</summary>
    public static Peer RequirePydicom() => new(Found(PythonWithPydicom.Value, "python3 with pydicom"));

    /// <summary>Runs the tool with these arguments (never through a shell) in the default limit.</summary>
    public PeerResult Run(params string[] arguments) => Run(arguments, input: null);

    /// <summary>
    /// Runs the tool and waits for its end. Output is read while it runs, so a talkative tool does not block. A tool that
    /// outlives the limit is killed with its children, and the running test fails with what it had said.
    /// </summary>
    /// <param name="arguments">Passed one by one, never through a shell.</param>
    /// <param name="input">Bytes for standard input, which is closed after them; null closes it at once.</param>
    /// <param name="folder">Working directory; null for the test's own.</param>
    /// <param name="limit">Null for <see cref="DefaultLimit"/>.</param>
    /// <param name="environment">Variables to set; a null value removes one.</param>
    public PeerResult Run(
        IEnumerable<string> arguments,
        byte[]? input,
        string? folder = null,
        TimeSpan? limit = null,
        IReadOnlyDictionary<string, string?>? environment = null)
    {
        var start = new ProcessStartInfo(Path, arguments)
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            StandardErrorEncoding = Encoding.UTF8,
            WorkingDirectory = folder ?? "",
        };
        // A tool's words are compared by tests: they must not depend on the language of the machine.
        start.Environment["LC_ALL"] = "C.UTF-8";
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
        {
            start.Environment[name] = value;
        }

        var commandLine = $"{System.IO.Path.GetFileName(Path)} {string.Join(' ', start.ArgumentList)}";
        using var process = Process.Start(start)!;
        var output = ReadBytes(process);
        var errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var feeding = Feed(process, input);
        if (!process.WaitForExit(limit ?? DefaultLimit))
        {
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            Assert.Fail($"{commandLine}\nran past its limit of {limit ?? DefaultLimit} and was killed");
        }

        feeding.GetAwaiter().GetResult();
        return new PeerResult(commandLine, process.ExitCode, output.GetAwaiter().GetResult(), errors.GetAwaiter().GetResult());
    }

    private static async Task<byte[]> ReadBytes(Process process)
    {
        using var all = new MemoryStream();
        await process.StandardOutput.BaseStream.CopyToAsync(all).ConfigureAwait(false);
        return all.ToArray();
    }

    private static async Task Feed(Process process, byte[]? input)
    {
        try
        {
            if (input is not null)
            {
                await process.StandardInput.BaseStream.WriteAsync(input).ConfigureAwait(false);
            }

            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // The tool ended, or closed its input, before it had read everything: its exit code tells the story.
        }
    }

    private static string Found(string? path, string what)
    {
        if (path is null)
        {
            Assert.SkipUnless(IsCi, $"{what} is not installed");
            Assert.Fail($"{what} is not installed, and CI=true demands it");
        }

        return path;
    }

    private static string? Find(string program)
    {
        if (program.Contains('/', StringComparison.Ordinal))
        {
            return File.Exists(program) ? program : null;
        }

        var name = RuntimeInformation.IsOSPlatform(OSPlatform.Windows) ? program + ".exe" : program;
        return (Environment.GetEnvironmentVariable("PATH") ?? "")
            .Split(System.IO.Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Select(folder => System.IO.Path.Combine(folder, name))
            .FirstOrDefault(File.Exists);
    }

    // Debian's python3-pydicom belongs to /usr/bin/python3, which a version switcher earlier on the PATH may hide.
    private static string? FindPython() =>
        new[] { "/usr/bin/python3", "python3", "python" }
            .Select(Find)
            .OfType<string>()
            .FirstOrDefault(path => new Peer(path).Run("-c", "import pydicom").ExitCode == 0);
}
