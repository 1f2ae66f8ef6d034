namespace Veridicom.Pixels;

/// <summary>Why pixels cannot be had.</summary>
public enum PixelError
{
    /// <summary>The encoded bytes end before the picture does.</summary>
    Truncated,
    /// <summary>The encoded bytes break the rules of their encoding.</summary>
    Malformed,
    /// <summary>The encoding uses something that is not decoded here.</summary>
    Unsupported,
    /// <summary>The encoded picture has another shape than the attributes say.</summary>
    ShapeMismatch,
    /// <summary>Decoding would need more than a limit allows.</summary>
    TooLarge,
    /// <summary>A library that is not installed is needed; the message names the package.</summary>
    LibraryMissing,
    /// <summary>The decoding process died, or took too long or too much memory.</summary>
    WorkerFailed,
}

/// <summary>Pixels cannot be had. The only exception that decoders throw on bad input; the message is a phrase for people and holds no bytes of the input.</summary>
/// <param name="code">Why.</param>
/// <param name="offset">Byte offset in the encoded frame, -1 where there is none.</param>
/// <param name="message">A phrase without a full stop.</param>
public sealed class PixelException(PixelError code, long offset, string message) : Exception(message)
{
    /// <summary>Why.</summary>
    public PixelError Code { get; } = code;

    /// <summary>Byte offset in the encoded frame, -1 where there is none.</summary>
    public long Offset { get; } = offset;
}
