using System.Formats.Asn1;
using System.Numerics;
using System.Security.Cryptography;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class Pkcs1Tests
{
    private static readonly RSA Key = RSA.Create(2048);
    private static readonly RSAParameters Public = Key.ExportParameters(false);
    private static readonly byte[] Data = "an image"u8.ToArray();

    [Theory]
    [InlineData(DigestAlgorithm.Md5)]
    [InlineData(DigestAlgorithm.Sha1)]
    [InlineData(DigestAlgorithm.Sha256)]
    [InlineData(DigestAlgorithm.Sha384)]
    [InlineData(DigestAlgorithm.Sha512)]
    public void What_the_platform_signs_verifies(DigestAlgorithm digest)
    {
        byte[] hash = digest.Hash(Data);
        byte[] signature = Key.SignHash(hash, digest.PlatformName(), RSASignaturePadding.Pkcs1);
        Assert.Equal(TrustCode.Ok, Pkcs1.Verify(Public.Modulus, Public.Exponent, digest, hash, signature));
        hash[0] ^= 1;
        Assert.Equal(TrustCode.BadSignature, Pkcs1.Verify(Public.Modulus, Public.Exponent, digest, hash, signature));
    }

    [Fact]
    public void Ripemd160_verifies()
    {
        byte[] hash = Ripemd160.HashData(Data);
        byte[] signature = Raw(Block(DigestInfo(hash, Oids.Ripemd160), 256));
        Assert.Equal(TrustCode.Ok, Pkcs1.Verify(Public.Modulus, Public.Exponent, DigestAlgorithm.Ripemd160, hash, signature));
        Assert.Equal(TrustCode.BadSignature, Pkcs1.Verify(Public.Modulus, Public.Exponent, DigestAlgorithm.Sha1, hash, signature));
    }

    /// <summary>Blocks that lenient readers have taken: each is signed with the right key over the right hash.</summary>
    public static TheoryData<string> Forgeries => ["wrong type", "short padding", "padding byte", "no separator", "no NULL", "garbage after", "long form length", "other hash", "bare hash"];

    [Theory]
    [MemberData(nameof(Forgeries))]
    public void Any_other_padding_is_refused(string kind)
    {
        byte[] hash = DigestAlgorithm.Sha256.Hash(Data);
        byte[] info = DigestInfo(hash, Oids.Sha256);
        byte[] block = Block(info, 256);
        switch (kind)
        {
            case "wrong type": block[1] = 2; break;
            case "short padding": block = [0, 1, .. Enumerable.Repeat((byte)0xFF, 8), 0, .. info, .. new byte[256 - 11 - info.Length]]; break;
            case "padding byte": block[100] = 0xFE; break;
            case "no separator": block[256 - info.Length - 1] = 0xFF; break;
            case "no NULL":
                byte[] without = [0x30, (byte)(info[1] - 2), 0x30, (byte)(info[3] - 2), .. info.AsSpan(4, 11), .. info.AsSpan(17)];
                block = Block(without, 256);
                break;
            case "garbage after": block = Block([.. info, 0, 0], 256); break;
            case "long form length": block = Block([0x30, 0x81, .. info.AsSpan(1)], 256); break;
            case "other hash": block = Block(DigestInfo(hash, Oids.Sha512), 256); break;
            case "bare hash": block = Block(hash, 256); break;
        }
        Assert.Equal(TrustCode.BadSignature, Pkcs1.Verify(Public.Modulus, Public.Exponent, DigestAlgorithm.Sha256, hash, Raw(block)));
    }

    [Fact]
    public void A_signature_is_exactly_as_long_as_the_modulus_and_smaller()
    {
        byte[] hash = DigestAlgorithm.Sha256.Hash(Data);
        byte[] good = Key.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        TrustCode Verify(byte[] s) => Pkcs1.Verify(Public.Modulus, Public.Exponent, DigestAlgorithm.Sha256, hash, s);
        Assert.Equal(TrustCode.Ok, Verify(good));
        Assert.Equal(TrustCode.BadSignature, Verify([0, .. good]));
        Assert.Equal(TrustCode.BadSignature, Verify([.. good, 0]));
        Assert.Equal(TrustCode.BadSignature, Verify(good[1..]));
        Assert.Equal(TrustCode.BadSignature, Verify([]));
        Assert.Equal(TrustCode.BadSignature, Verify(Public.Modulus!));
        // The same number plus the modulus would be the same residue.
        byte[] plus = (new BigInteger(good, true, true) + new BigInteger(Public.Modulus!, true, true)).ToByteArray(true, true);
        Assert.Equal(TrustCode.BadSignature, Verify(plus));
        for (int bit = 0; bit < good.Length * 8; bit += 61)
        {
            byte[] flipped = [.. good];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal(TrustCode.BadSignature, Verify(flipped));
        }
    }

    [Fact]
    public void Key_sizes_and_exponents_are_bounded()
    {
        using var small = RSA.Create(512);
        var key = small.ExportParameters(false);
        byte[] hash = DigestAlgorithm.Sha256.Hash(Data);
        byte[] signature = small.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        Assert.Equal(TrustCode.Ok, Pkcs1.Verify(key.Modulus, key.Exponent, DigestAlgorithm.Sha256, hash, signature));
        // SHA-512 does not fit into 512 bits.
        Assert.Equal(TrustCode.BadSignature, Pkcs1.Verify(key.Modulus, key.Exponent, DigestAlgorithm.Sha512, new byte[64], signature));
        Assert.Equal(TrustCode.UnsupportedKey, Pkcs1.Verify(key.Modulus.AsSpan(0, 63), key.Exponent, DigestAlgorithm.Sha256, hash, signature));
        byte[] huge = new byte[1025];
        huge[0] = 1;
        huge[^1] = 1;
        Assert.Equal(TrustCode.UnsupportedKey, Pkcs1.Verify(huge, key.Exponent, DigestAlgorithm.Sha256, hash, signature));
        foreach (byte[] exponent in new byte[][] { [], [1], [2], [1, 0, 0, 0, 0, 0, 0, 0, 1] })
        {
            Assert.Equal(TrustCode.UnsupportedKey, Pkcs1.Verify(key.Modulus, exponent, DigestAlgorithm.Sha256, hash, signature));
        }
        Assert.Throws<ArgumentException>(() => Pkcs1.Verify(key.Modulus, key.Exponent, DigestAlgorithm.Sha256, hash.AsSpan(1), signature));
    }

    private static byte[] DigestInfo(byte[] hash, string oid)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(oid);
                writer.WriteNull();
            }
            writer.WriteOctetString(hash);
        }
        return writer.Encode();
    }

    private static byte[] Block(byte[] info, int size) =>
        [0, 1, .. Enumerable.Repeat((byte)0xFF, size - info.Length - 3), 0, .. info];

    /// <summary>The private operation without any padding of its own.</summary>
    private static byte[] Raw(byte[] block)
    {
        var secret = Key.ExportParameters(true);
        var s = BigInteger.ModPow(new BigInteger(block, true, true), new BigInteger(secret.D!, true, true), new BigInteger(secret.Modulus!, true, true));
        byte[] bytes = s.ToByteArray(true, true);
        return [.. new byte[256 - bytes.Length], .. bytes];
    }
}
