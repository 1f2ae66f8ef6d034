using System.Buffers.Binary;
using System.Globalization;

namespace Veridicom.Seals.Manifest;

/// <summary>The identity of a seal, SHA-256 of its statement, small enough to keep for each of many instances.</summary>
public readonly record struct SealIdentity
{
    /// <summary>Bytes of an identity.</summary>
    public const int Size = 32;

    private readonly UInt128 _high, _low;

    private SealIdentity(ReadOnlySpan<byte> bytes)
    {
        _high = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        _low = BinaryPrimitives.ReadUInt128BigEndian(bytes[16..]);
    }

    /// <summary>From its 32 bytes.</summary>
    /// <exception cref="ArgumentException">Not 32 bytes.</exception>
    public static SealIdentity Of(ReadOnlySpan<byte> bytes) =>
        bytes.Length == Size ? new SealIdentity(bytes) : throw new ArgumentException("an identity has 32 bytes");

    /// <summary>From 64 hexadecimal digits; null for anything else.</summary>
    public static SealIdentity? Parse(string? hex) =>
        hex is { Length: 2 * Size } && hex.All(char.IsAsciiHexDigit) ? new SealIdentity(Convert.FromHexString(hex)) : null;

    /// <summary>Its 32 bytes.</summary>
    public byte[] ToArray()
    {
        byte[] bytes = new byte[Size];
        BinaryPrimitives.WriteUInt128BigEndian(bytes, _high);
        BinaryPrimitives.WriteUInt128BigEndian(bytes.AsSpan(16), _low);
        return bytes;
    }

    /// <summary>Lower-case hexadecimal, as JSON gives it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{_high:x32}{_low:x32}");
}
