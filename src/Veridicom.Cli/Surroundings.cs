using System.Security.Cryptography;
using Veridicom.OpenJpeg;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli;

/// <summary>A person at a keyboard. Implemented by the console, by <see cref="NoPerson"/>, and by the tests.</summary>
public interface IPerson
{
    /// <summary>False where nobody can be asked.</summary>
    bool IsThere { get; }

    /// <summary>Asks for a line that is not shown while it is typed. Null where the person gave up.</summary>
    string? AskSecret(string prompt);

    /// <summary>Asks for a line. Null where the person gave up.</summary>
    string? Ask(string prompt);
}

/// <summary>Nobody: a script, a service, a pipe.</summary>
public sealed class NoPerson : IPerson
{
    /// <inheritdoc/>
    public bool IsThere => false;

    /// <inheritdoc/>
    public string? AskSecret(string prompt) => null;

    /// <inheritdoc/>
    public string? Ask(string prompt) => null;
}

/// <summary>The platform's generator of random bytes.</summary>
public sealed class SystemRandomness : IRandomness
{
    /// <summary>The one instance; safe for use by several threads.</summary>
    public static SystemRandomness Instance { get; } = new();

    /// <inheritdoc/>
    public void Fill(Span<byte> destination) => RandomNumberGenerator.Fill(destination);
}

/// <summary>
/// Everything a command touches besides the files it is given: where it writes, whom it asks, what time it is. Commands get no other way
/// to any of them, so that a test sees all they do.
/// </summary>
public sealed class Surroundings
{
    /// <summary>Results: tables and JSON. Written by one thread only.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Messages and progress. Written by one thread only.</summary>
    public required TextWriter Error { get; init; }

    /// <summary>An environment variable, null where it is not set.</summary>
    public Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>What time it is.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Salts, secrets and serial numbers.</summary>
    public IRandomness Randomness { get; init; } = SystemRandomness.Instance;

    /// <summary>Who can be asked.</summary>
    public IPerson Person { get; init; } = new NoPerson();

    /// <summary>True where <see cref="Out"/> is a terminal.</summary>
    public bool OutIsTerminal { get; init; }

    /// <summary>True where <see cref="Error"/> is a terminal: only then is progress shown.</summary>
    public bool ErrorIsTerminal { get; init; }

    /// <summary>Decodes JPEG 2000, in processes that are started when first needed. Safe for use by several threads.</summary>
    public IJpeg2000 Jpeg2000 { get => field ??= OpenJpegWorkers.Shared; init; }

    /// <summary>Files worked on at the same time.</summary>
    public int Workers { get; init; } = Environment.ProcessorCount;

    /// <summary>Set by Ctrl-C: the work in hand is given up and leaves nothing behind.</summary>
    public CancellationToken Stop { get; init; }

    /// <summary>Now.</summary>
    public DateTimeOffset Now => Clock.GetUtcNow();

    /// <summary>True where results may be coloured: on a terminal, and not where NO_COLOR is set (no-color.org).</summary>
    public bool Colour => OutIsTerminal && string.IsNullOrEmpty(Variable("NO_COLOR")) && Variable("TERM") != "dumb";

    /// <summary>The folder of the organisation's keys and trust list: VERIDICOM_HOME, else .veridicom in the home folder of the user.</summary>
    public string HomeFolder
    {
        get
        {
            if (Variable("VERIDICOM_HOME") is { Length: > 0 } named) return Path.GetFullPath(named);
            string user = Variable("HOME") is { Length: > 0 } home ? home : Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
            return Path.Combine(user, ".veridicom");
        }
    }
}
