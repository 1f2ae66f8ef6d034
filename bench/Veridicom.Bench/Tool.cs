using System.Diagnostics;
using System.Globalization;

namespace Veridicom.Bench;

/// <summary>A program that is run and timed from its start to its end, as a person with a clock would.</summary>
internal sealed class Tool(string program, IReadOnlyDictionary<string, string>? environment = null)
{
    /// <summary>Whether a program of this name is on the PATH.</summary>
    public static bool Has(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    /// <summary>Wall time of one run. Throws where the program does not end with one of the exit codes expected.</summary>
    public TimeSpan Time(IEnumerable<string> arguments, params int[] expected) => Run(arguments, expected, null).Wall;

    /// <summary>The shortest of several runs: other programs on the machine only ever add.</summary>
    public TimeSpan Best(int runs, Func<int, IEnumerable<string>> arguments, params int[] expected) =>
        Enumerable.Range(0, runs).Select(i => Time(arguments(i), expected)).Min();

    /// <summary>Wall time, standard output, and the most anonymous memory seen, in bytes, sampled while it ran.</summary>
    public (TimeSpan Wall, string Output, long PeakAnonymous) Watch(IEnumerable<string> arguments, params int[] expected)
    {
        long peak = 0;
        (TimeSpan wall, string output) = Run(arguments, expected, process =>
        {
            while (!process.WaitForExit(20)) peak = Math.Max(peak, AnonymousBytes(process.Id));
        });
        return (wall, output, peak);
    }

    /// <summary>Standard output of a run that gets a text on standard input.</summary>
    public string Feed(string input, IEnumerable<string> arguments) => Run(arguments, [], null, input).Output;

    private (TimeSpan Wall, string Output) Run(IEnumerable<string> arguments, int[] expected, Action<Process>? watch, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        long begun = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(), error = process.StandardError.ReadToEndAsync();
        watch?.Invoke(process);
        process.WaitForExit();
        TimeSpan wall = Stopwatch.GetElapsedTime(begun);
        if (!(expected.Length == 0 ? process.ExitCode == 0 : expected.Contains(process.ExitCode)))
            throw new InvalidOperationException($"{program} {string.Join(' ', start.ArgumentList.Take(6))} ended with {process.ExitCode}: {error.Result}{output.Result}");
        return (wall, output.Result);
    }

    // RssAnon counts what the process itself fills, not the pages of the file that the kernel keeps.
    private static long AnonymousBytes(int process)
    {
        try
        {
            foreach (string line in File.ReadLines($"/proc/{process}/status"))
            {
                if (line.StartsWith("RssAnon:", StringComparison.Ordinal))
                    return 1024 * long.Parse(line.Split((char[])[' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
            }
        }
        catch (IOException)
        {
            // It ended between the two looks.
        }
        return 0;
    }
}
