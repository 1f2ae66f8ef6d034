using Veridicom.Cli;
using Veridicom.Cli.Demo;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>What a command did.</summary>
internal sealed record CliResult(int ExitCode, string Output, string Error)
{
    /// <summary>Fails, showing what was said, unless the command ended with this code.</summary>
    public CliResult Exited(int code)
    {
        Assert.True(ExitCode == code, $"exit code {ExitCode}, wanted {code}\n{Output}\n{Error}");
        return this;
    }

    public string[] Lines => Output.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
}

/// <summary>Answers in the order in which they were given; then gives up.</summary>
internal sealed class ScriptedPerson(params string[] answers) : IPerson
{
    private readonly Queue<string> _answers = new(answers);

    public List<string> Asked { get; } = [];

    public bool IsThere => true;

    public string? AskSecret(string prompt) => Ask(prompt);

    public string? Ask(string prompt)
    {
        Asked.Add(prompt);
        return _answers.TryDequeue(out string? answer) ? answer : null;
    }
}

/// <summary>A clock that stands where it is put.</summary>
internal sealed class StandingClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}

/// <summary>The command line in a scratch folder of its own, without a process.</summary>
internal sealed class CliSession : IDisposable
{
    public const string Secret = "correct horse battery";

    public static readonly DateTimeOffset Start = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    // Made once: three keys are encrypted on purpose slowly.
    private static readonly Lazy<Dictionary<string, byte[]>> Organisation = new(Make);

    private readonly ScratchFolder _scratch = new();

    public CliSession() => Variables["VERIDICOM_HOME"] = Home;

    public string Home => _scratch.PathOf("home");

    public string Root => _scratch.Root;

    public Dictionary<string, string> Variables { get; } = [];

    public StandingClock Clock { get; } = new(Start);

    public IPerson Person { get; set; } = new NoPerson();

    public int Workers { get; set; } = 2;

    /// <summary>A session whose home holds the organisation "Sample Hospital", its passphrase in the environment.</summary>
    public static CliSession WithOrganisation()
    {
        var session = new CliSession();
        foreach ((string name, byte[] bytes) in Organisation.Value)
        {
            string path = session._scratch.Write("home/" + name, bytes);
            if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        }
        session.Variables["VERIDICOM_PASSPHRASE"] = Secret;
        return session;
    }

    public string PathOf(params string[] parts) => _scratch.PathOf(parts);

    public string Write(string name, ReadOnlySpan<byte> bytes) => _scratch.Write(name, bytes);

    /// <summary>A small computed CT slice, different for each number.</summary>
    public string WriteSlice(string name, int number = 0) => Write(name, Slice(number));

    public static byte[] Slice(int number) => PhantomStudy.Slice(number, new PhantomOptions { Size = 64 });

    public CliResult Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = CommandLine.Run(args, With(output, error));
        return new CliResult(code, output.ToString(), error.ToString());
    }

    public Surroundings With(TextWriter output, TextWriter error, CancellationToken stop = default, bool terminal = false) => new()
    {
        Out = output,
        Error = error,
        Variable = name => Variables.GetValueOrDefault(name),
        Clock = Clock,
        Person = Person,
        Workers = Workers,
        Stop = stop,
        OutIsTerminal = terminal,
        ErrorIsTerminal = terminal,
    };

    /// <summary>Nothing that a broken or interrupted run could have left lies below the session's folder.</summary>
    public void AssertNoLeftovers() => Assert.Empty(Directory.GetFiles(Root, ".veridicom-*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }));

    public void Dispose() => _scratch.Dispose();

    private static Dictionary<string, byte[]> Make()
    {
        using var session = new CliSession();
        session.Variables["VERIDICOM_PASSPHRASE"] = Secret;
        session.Run("init", "--name", "Sample Hospital").Exited(0);
        return Directory.GetFiles(session.Home, "*", SearchOption.AllDirectories).ToDictionary(path => Path.GetRelativePath(session.Home, path), File.ReadAllBytes);
    }
}
