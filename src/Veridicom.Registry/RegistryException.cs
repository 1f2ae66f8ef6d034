namespace Veridicom.Registry;

/// <summary>A fault of the world: disk, database, network. Nothing was done, or it is not known whether it was.</summary>
/// <param name="text">What was tried, and what went wrong; no value of an attribute.</param>
/// <param name="canRetry">True where the same call may succeed later: disk full, database away.</param>
/// <param name="inner">The cause.</param>
public sealed class RegistryException(string text, bool canRetry, Exception? inner = null) : Exception(text, inner)
{
    /// <summary>True where the same call may succeed later.</summary>
    public bool CanRetry { get; } = canRetry;
}
