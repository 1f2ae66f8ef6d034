using System.Diagnostics.CodeAnalysis;

namespace Veridicom.Registry;

/// <summary>Name of a stored object: SHA-256 of its bytes, 64 lower-case hexadecimal digits and nothing else, so that it can stand in a path.</summary>
public readonly record struct ObjectDigest
{
    private readonly string? _hex;

    private ObjectDigest(string hex) => _hex = hex;

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public string Hex => _hex ?? throw new InvalidOperationException("no digest");

    /// <summary>Of 32 bytes.</summary>
    public static ObjectDigest Of(ReadOnlySpan<byte> sha256) =>
        sha256.Length == 32 ? new(Convert.ToHexStringLower(sha256)) : throw new ArgumentException("a SHA-256 digest has 32 bytes", nameof(sha256));

    /// <summary>Reads 64 lower-case hexadecimal digits.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ObjectDigest digest)
    {
        bool good = text is { Length: 64 } && text.All(char.IsAsciiHexDigitLower);
        digest = good ? new(text!) : default;
        return good;
    }

    /// <inheritdoc/>
    public override string ToString() => _hex ?? "";
}
