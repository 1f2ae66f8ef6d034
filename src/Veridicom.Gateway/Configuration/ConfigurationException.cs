namespace Veridicom.Gateway.Configuration;

/// <summary>One thing that is wrong in a configuration.</summary>
/// <param name="Path">Where: "destinations[0].url"; empty for the whole file.</param>
/// <param name="Line">Line of the file from 1; null where the setting does not stand in it.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Remedy">What helps.</param>
public sealed record ConfigurationError(string Path, long? Line, string Text, string Remedy)
{
    /// <summary>"line 7, destinations[0].url: what - remedy".</summary>
    public override string ToString()
    {
        string place = (Line is { } line ? $"line {line}" : "") + (Line is not null && Path.Length > 0 ? ", " : "") + Path;
        return (place.Length > 0 ? place + ": " : "") + Text + (Remedy.Length > 0 ? " - " + Remedy : "");
    }
}

/// <summary>A configuration that is not used: everything that is wrong with it, in the order of its lines.</summary>
public sealed class ConfigurationException(IReadOnlyList<ConfigurationError> errors) : Exception(string.Join("\n", errors))
{
    /// <summary>At least one.</summary>
    public IReadOnlyList<ConfigurationError> Errors { get; } = errors;
}
