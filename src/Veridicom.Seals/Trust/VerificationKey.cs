using System.Collections.Concurrent;
using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;

namespace Veridicom.Seals.Trust;

/// <summary>The kinds of public key. Everything else is <see cref="Unsupported"/> and verifies nothing.</summary>
public enum KeyKind
{
    Rsa,
    Ec,
    Unsupported,
}

/// <summary>
/// The public key of a certificate. Imported platform keys are kept and lent to one thread at a time, since an import costs as much
/// as a verification. Safe for use by several threads.
/// </summary>
public sealed class VerificationKey
{
    private readonly byte[] modulus = [], exponent = [];
    private readonly ECParameters point;
    private readonly ConcurrentBag<AsymmetricAlgorithm> idle = [];

    private VerificationKey(byte[] spki) => Encoded = spki;

    private VerificationKey(byte[] spki, byte[] modulus, byte[] exponent) : this(spki)
    {
        Kind = KeyKind.Rsa;
        this.modulus = modulus;
        this.exponent = exponent;
        Bits = checked((int)new BigInteger(modulus, isUnsigned: true, isBigEndian: true).GetBitLength());
    }

    private VerificationKey(byte[] spki, string curve, int bits, ECParameters point) : this(spki)
    {
        Kind = KeyKind.Ec;
        Curve = curve;
        Bits = bits;
        this.point = point;
    }

    public KeyKind Kind { get; } = KeyKind.Unsupported;

    /// <summary>Bits of the RSA modulus or of the curve; 0 where unsupported.</summary>
    public int Bits { get; }

    /// <summary>The object identifier of the curve, for an EC key.</summary>
    public string? Curve { get; }

    /// <summary>The DER SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> Encoded { get; }

    /// <summary>RSA under 2048 bits, or a curve other than P-256, P-384 and P-521.</summary>
    public bool IsWeak => Kind switch
    {
        KeyKind.Rsa => Bits < 2048,
        KeyKind.Ec => Curve is not (Oids.P256 or Oids.P384 or Oids.P521),
        _ => false,
    };

    /// <summary>The algorithm with which this key signs a seal, or null where it may not.</summary>
    public SignatureAlgorithm? SealAlgorithm => (Kind, Curve) switch
    {
        (KeyKind.Ec, Oids.P256) => SignatureAlgorithm.EcdsaSha256,
        (KeyKind.Ec, Oids.P384) => SignatureAlgorithm.EcdsaSha384,
        (KeyKind.Rsa, _) when Bits >= 2048 => SignatureAlgorithm.RsaPssSha256,
        _ => null,
    };

    /// <summary>A name for people, such as <c>EC P-256</c> or <c>RSA 3072</c>.</summary>
    public override string ToString() => (Kind, Curve) switch
    {
        (KeyKind.Rsa, _) => $"RSA {Bits}",
        (KeyKind.Ec, Oids.P256) => "EC P-256",
        (KeyKind.Ec, Oids.P384) => "EC P-384",
        (KeyKind.Ec, Oids.P521) => "EC P-521",
        (KeyKind.Ec, _) => $"EC {Curve}",
        _ => "unsupported",
    };

    /// <summary>Reads a DER SubjectPublicKeyInfo (RFC 5280 4.1.2.7). Unknown kinds of key give an unsupported key, not an error.</summary>
    internal static VerificationKey Parse(ReadOnlyMemory<byte> spki)
    {
        var sequence = Der.Only(spki).ReadSequence();
        var algorithm = sequence.ReadSequence();
        string oid = algorithm.ReadObjectIdentifier();
        byte[] bits = sequence.ReadBitString(out int unused);
        sequence.ThrowIfNotEmpty();
        if (unused != 0)
        {
            throw TrustException.Malformed("A public key does not end on a byte.");
        }
        byte[] encoded = spki.ToArray();
        if (oid == Oids.RsaEncryption)
        {
            algorithm.ReadNull();
            algorithm.ThrowIfNotEmpty();
            var key = Der.Only(bits).ReadSequence();
            var n = key.ReadInteger();
            var e = key.ReadInteger();
            key.ThrowIfNotEmpty();
            return n.Sign > 0 && e.Sign > 0 && Pkcs1.IsSupported(n, e)
                ? new VerificationKey(encoded, Unsigned(n), Unsigned(e))
                : new VerificationKey(encoded);
        }
        if (oid == Oids.EcPublicKey && algorithm.PeekTag() == Asn1Tag.ObjectIdentifier)
        {
            string curve = algorithm.ReadObjectIdentifier();
            algorithm.ThrowIfNotEmpty();
            return Ec(encoded, curve, bits);
        }
        return new VerificationKey(encoded); // explicit curve parameters are among what is not supported
    }

    /// <summary>
    /// Verifies a signature over a hash. ECDSA signatures are DER (RFC 3279 2.2.3) with minimal positive integers. Returns
    /// <see cref="TrustCode.Ok"/>, <see cref="TrustCode.BadSignature"/>, <see cref="TrustCode.UnsupportedKey"/>, or
    /// <see cref="TrustCode.UnsupportedAlgorithm"/> where the algorithm does not fit the key.
    /// </summary>
    public TrustCode Verify(SignatureAlgorithm algorithm, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        if (hash.Length != algorithm.Digest.Size())
        {
            throw new ArgumentException("The hash does not have the length of its function.", nameof(hash));
        }
        switch (Kind, algorithm.Kind)
        {
            case (KeyKind.Ec, SignatureKind.Ecdsa):
                return VerifyEcdsa(hash, signature);
            case (KeyKind.Rsa, SignatureKind.RsaPkcs1):
                return Pkcs1.Verify(modulus, exponent, algorithm.Digest, hash, signature);
            case (KeyKind.Rsa, SignatureKind.RsaPss) when algorithm.Digest != DigestAlgorithm.Ripemd160:
                return VerifyPss(algorithm.Digest, hash, signature);
            case (KeyKind.Unsupported, _):
                return TrustCode.UnsupportedKey;
            default:
                return TrustCode.UnsupportedAlgorithm;
        }
    }

    private TrustCode VerifyEcdsa(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        int size = (Bits + 7) / 8;
        Span<byte> plain = stackalloc byte[2 * size];
        if (!TryReadEcdsa(signature, plain, size))
        {
            return TrustCode.BadSignature;
        }
        if (!idle.TryTake(out var key))
        {
            key = ECDsa.Create(point);
        }
        bool good = ((ECDsa)key).VerifyHash(hash, plain);
        idle.Add(key);
        return good ? TrustCode.Ok : TrustCode.BadSignature;
    }

    private TrustCode VerifyPss(DigestAlgorithm digest, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != modulus.Length)
        {
            return TrustCode.BadSignature;
        }
        if (!idle.TryTake(out var key))
        {
            key = RSA.Create(new RSAParameters { Modulus = modulus, Exponent = exponent });
        }
        bool good = ((RSA)key).VerifyHash(hash, signature, digest.PlatformName(), RSASignaturePadding.Pss);
        idle.Add(key);
        return good ? TrustCode.Ok : TrustCode.BadSignature;
    }

    /// <summary>Turns the DER pair into two integers of fixed size, so that the platform's own DER reader is never asked.</summary>
    private static bool TryReadEcdsa(ReadOnlySpan<byte> signature, Span<byte> plain, int size)
    {
        plain.Clear();
        try
        {
            AsnDecoder.ReadSequence(signature, AsnEncodingRules.DER, out int offset, out int length, out int consumed);
            if (consumed != signature.Length)
            {
                return false;
            }
            var rest = signature.Slice(offset, length);
            for (int i = 0; i < 2; i++)
            {
                var integer = AsnDecoder.ReadIntegerBytes(rest, AsnEncodingRules.DER, out int used);
                rest = rest[used..];
                if ((integer[0] & 0x80) != 0)
                {
                    return false;
                }
                integer = integer.TrimStart((byte)0);
                if (integer.IsEmpty || integer.Length > size)
                {
                    return false;
                }
                integer.CopyTo(plain.Slice((i + 1) * size - integer.Length));
            }
            return rest.IsEmpty;
        }
        catch (AsnContentException)
        {
            return false;
        }
    }

    private static VerificationKey Ec(byte[] encoded, string curve, byte[] bits)
    {
        try
        {
            var named = ECCurve.CreateFromValue(curve);
            // RFC 5480 2.2: 04 and two coordinates. Compressed points are allowed there and not here.
            if (bits.Length < 3 || bits[0] != 0x04 || bits.Length % 2 == 0)
            {
                return new VerificationKey(encoded);
            }
            int size = bits.Length / 2;
            var point = new ECParameters { Curve = named, Q = new ECPoint { X = bits[1..(1 + size)], Y = bits[(1 + size)..] } };
            var key = ECDsa.Create(point);
            int keyBits = key.KeySize;
            var parsed = new VerificationKey(encoded, curve, keyBits, point);
            if ((keyBits + 7) / 8 != size)
            {
                return new VerificationKey(encoded);
            }
            parsed.idle.Add(key);
            return parsed;
        }
        catch (Exception e) when (e is CryptographicException or PlatformNotSupportedException or ArgumentException)
        {
            return new VerificationKey(encoded); // unknown curve, or not a point of it
        }
    }

    private static byte[] Unsigned(BigInteger value) => value.ToByteArray(isUnsigned: true, isBigEndian: true);
}
