using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class VerificationKeyTests
{
    private static readonly BigInteger Order = BigInteger.Parse("0ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", System.Globalization.NumberStyles.HexNumber, null);
    private static readonly ECDsa Key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly VerificationKey Public = CertificateIssuing.PublicKeyOf(Key);
    private static readonly byte[] Hash = SHA256.HashData("an image"u8);

    private static TrustCode Verify(byte[] signature) => Public.Verify(SignatureAlgorithm.EcdsaSha256, Hash, signature);

    private static (BigInteger R, BigInteger S) Sign()
    {
        byte[] plain = Key.SignHash(Hash);
        return (new BigInteger(plain.AsSpan(0, 32), true, true), new BigInteger(plain.AsSpan(32), true, true));
    }

    private static byte[] Der(BigInteger r, BigInteger s)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(r);
            writer.WriteInteger(s);
        }
        return writer.Encode();
    }

    [Fact]
    public void Both_values_of_s_verify()
    {
        var (r, s) = Sign();
        Assert.Equal(TrustCode.Ok, Verify(Der(r, s)));
        Assert.Equal(TrustCode.Ok, Verify(Der(r, Order - s)));
    }

    [Fact]
    public void Numbers_out_of_range_do_not_verify()
    {
        var (r, s) = Sign();
        (BigInteger, BigInteger)[] rows =
        [
            (0, 0), (0, s), (r, 0), (-r, s), (r, -s), (r + Order, s), (r, s + Order), (Order, s), (r, Order), (1, 1), (s, r), (r << 256, s), (BigInteger.One << 4096, s),
        ];
        Assert.All(rows, row => Assert.Equal(TrustCode.BadSignature, Verify(Der(row.Item1, row.Item2))));
    }

    [Fact]
    public void Other_encodings_of_a_right_signature_do_not_verify()
    {
        (BigInteger r, BigInteger s) = Sign();
        byte[] R = r.ToByteArray(isBigEndian: true), S = s.ToByteArray(isBigEndian: true);
        byte[] Integer(byte[] v) => [0x02, (byte)v.Length, .. v];
        byte[] Sequence(byte[] content) => [0x30, (byte)content.Length, .. content];
        byte[] good = Sequence([.. Integer(R), .. Integer(S)]);
        Assert.Equal(TrustCode.Ok, Verify(good));
        byte[][] rows =
        [
            [],
            [0x30],
            [0x30, 0],
            [.. good, 0],
            good[..^1],
            [0x30, 0x81, .. good.AsSpan(1)],
            [0x30, 0x80, .. good.AsSpan(2), 0, 0],
            [0x31, .. good.AsSpan(1)],
            [0xA0, .. good.AsSpan(1)],
            Sequence([.. Integer([0, .. R]), .. Integer(S)]),
            Sequence([.. Integer(R), .. Integer([0, .. S])]),
            Sequence([.. Integer(R), .. Integer(S), .. Integer([1])]),
            Sequence([.. Integer(R), .. Integer(S), 0x05, 0]),
            Sequence(Integer(R)),
            Sequence([0x02, 0, .. Integer(S)]),
            Sequence([0x04, .. Integer(R).AsSpan(1), .. Integer(S)]),
            Sequence([0x02, 0x81, .. Integer(R).AsSpan(1), .. Integer(S)]),
            Key.SignHash(Hash),
        ];
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.True(TrustCode.BadSignature == Verify(rows[i]), $"row {i}");
        }
        // A number with its top bit set and no leading zero is negative.
        while (R[0] != 0)
        {
            (r, s) = Sign();
            R = r.ToByteArray(isBigEndian: true);
        }
        Assert.Equal(TrustCode.BadSignature, Verify(Sequence([.. Integer(R[1..]), .. Integer(s.ToByteArray(isBigEndian: true))])));
    }

    [Fact]
    public void An_algorithm_must_fit_its_key()
    {
        using var rsa = RSA.Create(2048);
        var rsaKey = CertificateIssuing.PublicKeyOf(rsa);
        Assert.Equal(TrustCode.UnsupportedAlgorithm, Public.Verify(SignatureAlgorithm.RsaPssSha256, Hash, new byte[64]));
        Assert.Equal(TrustCode.UnsupportedAlgorithm, Public.Verify(new(SignatureKind.RsaPkcs1, DigestAlgorithm.Sha256), Hash, new byte[64]));
        Assert.Equal(TrustCode.UnsupportedAlgorithm, rsaKey.Verify(SignatureAlgorithm.EcdsaSha256, Hash, new byte[256]));
        Assert.Equal(TrustCode.UnsupportedAlgorithm, rsaKey.Verify(new(SignatureKind.RsaPss, DigestAlgorithm.Ripemd160), new byte[20], new byte[256]));
        Assert.Throws<ArgumentException>(() => Public.Verify(SignatureAlgorithm.EcdsaSha384, Hash, new byte[64]));
        Assert.Equal(TrustCode.Ok, Public.Verify(new(SignatureKind.Ecdsa, DigestAlgorithm.Ripemd160), new byte[20], Key.SignHash(new byte[20], DSASignatureFormat.Rfc3279DerSequence)));
    }

    [Fact]
    public void Pss_signatures_have_the_length_of_the_modulus_and_their_own_salt()
    {
        using var rsa = RSA.Create(2048);
        var key = CertificateIssuing.PublicKeyOf(rsa);
        byte[] good = rsa.SignHash(Hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pss);
        Assert.Equal(TrustCode.Ok, key.Verify(SignatureAlgorithm.RsaPssSha256, Hash, good));
        Assert.Equal(TrustCode.Ok, key.Verify(SignatureAlgorithm.RsaPssSha256, Hash, good)); // with the key that was kept
        Assert.Equal(TrustCode.BadSignature, key.Verify(SignatureAlgorithm.RsaPssSha256, Hash, [0, .. good]));
        Assert.Equal(TrustCode.BadSignature, key.Verify(SignatureAlgorithm.RsaPssSha256, Hash, good.AsSpan(1)));
        Assert.Equal(TrustCode.BadSignature, key.Verify(SignatureAlgorithm.RsaPssSha256, Hash, rsa.SignHash(Hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1)));
        good[7] ^= 4;
        Assert.Equal(TrustCode.BadSignature, key.Verify(SignatureAlgorithm.RsaPssSha256, Hash, good));
    }

    [Theory]
    [InlineData("nistP256", "EC P-256", false)]
    [InlineData("nistP384", "EC P-384", false)]
    [InlineData("nistP521", "EC P-521", false)]
    [InlineData("brainpoolP256r1", "EC 1.3.36.3.3.2.8.1.1.7", true)]
    [InlineData("secp256k1", "EC 1.3.132.0.10", true)]
    public void Curves_are_named_and_weighed(string curve, string name, bool weak)
    {
        using var ec = ECDsa.Create(ECCurve.CreateFromFriendlyName(curve));
        var key = CertificateIssuing.PublicKeyOf(ec);
        Assert.Equal(name, key.ToString());
        Assert.Equal(weak, key.IsWeak);
        Assert.Equal(KeyKind.Ec, key.Kind);
        Assert.Equal(TrustCode.Ok, key.Verify(SignatureAlgorithm.EcdsaSha256, Hash, ec.SignHash(Hash, DSASignatureFormat.Rfc3279DerSequence)));
    }

    [Fact]
    public void Other_public_keys_are_unsupported_but_not_errors()
    {
        byte[] p256 = Key.ExportSubjectPublicKeyInfo();
        var named = Key.ExportExplicitParameters(false);
        using var explicitKey = ECDsa.Create(named);
        byte[] offCurve = [.. p256];
        offCurve[^1] ^= 1;
        byte[] compressed = Spki(Oids.EcPublicKey, w => w.WriteObjectIdentifier(Oids.P256), [2, .. new byte[32]]);
        byte[] even = Spki(Oids.EcPublicKey, w => w.WriteObjectIdentifier(Oids.P256), [4, .. new byte[63]]);
        byte[] shortPoint = Spki(Oids.EcPublicKey, w => w.WriteObjectIdentifier(Oids.P256), [4, 1, 2]);
        byte[] unknownCurve = Spki(Oids.EcPublicKey, w => w.WriteObjectIdentifier("1.2.3.4"), [4, .. new byte[64]]);
        byte[] parameters = explicitKey.ExportSubjectPublicKeyInfo();
        byte[] edwards = Spki("1.3.101.112", _ => { }, new byte[32]);
        byte[] tiny = Spki(Oids.RsaEncryption, w => w.WriteNull(), RsaKey(new BigInteger(12345), 3));
        byte[] negative = Spki(Oids.RsaEncryption, w => w.WriteNull(), RsaKey(-(BigInteger.One << 2047) - 1, 3));
        byte[] evenModulus = Spki(Oids.RsaEncryption, w => w.WriteNull(), RsaKey(BigInteger.One << 2047, 3));
        byte[] oddExponent = Spki(Oids.RsaEncryption, w => w.WriteNull(), RsaKey((BigInteger.One << 2047) + 1, (BigInteger.One << 70) + 1));
        foreach (byte[] spki in new[] { offCurve, compressed, even, shortPoint, unknownCurve, parameters, edwards, tiny, negative, evenModulus, oddExponent })
        {
            var key = VerificationKey.Parse(spki);
            Assert.Equal(KeyKind.Unsupported, key.Kind);
            Assert.Equal("unsupported", key.ToString());
            Assert.False(key.IsWeak);
            Assert.Null(key.SealAlgorithm);
            Assert.Equal(TrustCode.UnsupportedKey, key.Verify(SignatureAlgorithm.EcdsaSha256, Hash, new byte[64]));
        }
        byte[] bits = [.. p256];
        int at = bits.AsSpan().IndexOf(new byte[] { 0x03, 0x42, 0x00 });
        bits[at + 2] = 1;
        bits[^1] &= 0xFE;
        TrustKit.Refused(TrustCode.Malformed, () => VerificationKey.Parse(bits));
    }

    private static byte[] RsaKey(BigInteger n, BigInteger e)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteInteger(n);
            writer.WriteInteger(e);
        }
        return writer.Encode();
    }

    private static byte[] Spki(string oid, Action<AsnWriter> parameters, byte[] bits)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                parameters(writer);
            }
            writer.WriteBitString(bits);
        }
        return writer.Encode();
    }
}
