namespace Veridicom.Seals.Seal;

/// <summary>A seal block, statement or opening that is not exactly what spec/seal.md allows.</summary>
public sealed class SealFormatException(string message) : Exception(message);

/// <summary>A file that is refused for sealing, with what to do about it.</summary>
/// <param name="Code">Reason code, kebab-case.</param>
/// <param name="Offset">Byte offset, -1 where none.</param>
/// <param name="Path">Tag path, may be empty.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Remedy">What helps.</param>
public sealed record SealRefusal(string Code, long Offset, string Path, string Text, string Remedy);

/// <summary>Thrown by the sealer; carries every reason found.</summary>
public sealed class SealRefusedException(IReadOnlyList<SealRefusal> refusals) : Exception(refusals[0].Text)
{
    /// <summary>At least one.</summary>
    public IReadOnlyList<SealRefusal> Refusals { get; } = refusals;
}
