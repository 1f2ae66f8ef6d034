using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace Veridicom.Seals.Trust;

/// <summary>
/// RSASSA-PKCS1-v1_5 verification (RFC 8017 8.2.2) for any of the six hash functions. The padded block is built here and compared as
/// a whole, so that no parser of padding exists that could be lenient. The exponentiation handles public values only.
/// </summary>
public static class Pkcs1
{
    /// <summary>Modulus sizes in bits that are calculated with at all. The lower end is weak, and another check says so.</summary>
    public const int MinimumBits = 512, MaximumBits = 8192;

    /// <summary>
    /// Verifies <paramref name="signature"/> over <paramref name="hash"/>. All integers are big-endian; <paramref name="modulus"/>
    /// has no leading zero. Returns <see cref="TrustCode.Ok"/>, <see cref="TrustCode.UnsupportedKey"/> or <see cref="TrustCode.BadSignature"/>.
    /// </summary>
    public static TrustCode Verify(ReadOnlySpan<byte> modulus, ReadOnlySpan<byte> exponent, DigestAlgorithm digest, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        if (hash.Length != digest.Size())
        {
            throw new ArgumentException("The hash does not have the length of its function.", nameof(hash));
        }
        var n = new BigInteger(modulus, isUnsigned: true, isBigEndian: true);
        var e = new BigInteger(exponent, isUnsigned: true, isBigEndian: true);
        if (!IsSupported(n, e))
        {
            return TrustCode.UnsupportedKey;
        }
        int size = checked((int)((n.GetBitLength() + 7) / 8));
        var s = new BigInteger(signature, isUnsigned: true, isBigEndian: true);
        // RFC 8017 8.2.2 step 1 and 5.2.2 step 1: exactly as long as the modulus, and smaller than it.
        if (signature.Length != size || s >= n)
        {
            return TrustCode.BadSignature;
        }
        byte[]? expected = Block(digest, hash, size);
        if (expected is null)
        {
            return TrustCode.BadSignature;
        }
        var found = new byte[size];
        var m = BigInteger.ModPow(s, e, n);
        byte[] bytes = m.ToByteArray(isUnsigned: true, isBigEndian: true);
        bytes.CopyTo(found.AsSpan(size - bytes.Length));
        return CryptographicOperations.FixedTimeEquals(expected, found) ? TrustCode.Ok : TrustCode.BadSignature;
    }

    /// <summary>Whether a public key has a size and an exponent that are calculated with: an odd exponent from 3 to 64 bits.</summary>
    internal static bool IsSupported(BigInteger modulus, BigInteger exponent) =>
        modulus.GetBitLength() is >= MinimumBits and <= MaximumBits && !modulus.IsEven
        && exponent >= 3 && exponent.GetBitLength() <= 64 && !exponent.IsEven;

    /// <summary>EM = 00 01 FF.. 00 DigestInfo (RFC 8017 9.2), or null where the key is too short for the hash.</summary>
    private static byte[]? Block(DigestAlgorithm digest, ReadOnlySpan<byte> hash, int size)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(digest.Oid());
                writer.WriteNull();
            }
            writer.WriteOctetString(hash);
        }
        int length = writer.GetEncodedLength();
        if (size < length + 11)
        {
            return null;
        }
        var block = new byte[size];
        block[1] = 0x01;
        block.AsSpan(2, size - length - 3).Fill(0xFF);
        writer.Encode(block.AsSpan(size - length));
        return block;
    }
}
