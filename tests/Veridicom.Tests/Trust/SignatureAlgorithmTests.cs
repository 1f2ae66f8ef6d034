using System.Formats.Asn1;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class SignatureAlgorithmTests
{
    private static byte[] Encode(Action<AsnWriter> content)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            content(writer);
        }
        return writer.Encode();
    }

    private static SignatureAlgorithm? Read(byte[] bytes, DigestAlgorithm? digest = null) =>
        SignatureAlgorithm.Read(new AsnReader(bytes, AsnEncodingRules.DER), digest);

    [Fact]
    public void What_is_written_is_read()
    {
        foreach (var kind in Enum.GetValues<SignatureKind>())
        {
            foreach (var digest in new[] { DigestAlgorithm.Sha256, DigestAlgorithm.Sha384, DigestAlgorithm.Sha512 })
            {
                var writer = new AsnWriter(AsnEncodingRules.DER);
                new SignatureAlgorithm(kind, digest).Write(writer);
                Assert.Equal(new SignatureAlgorithm(kind, digest), Read(writer.Encode()));
            }
        }
        TrustKit.Refused(TrustCode.UnsupportedAlgorithm, () => new SignatureAlgorithm(SignatureKind.RsaPkcs1, DigestAlgorithm.Md5).Write(new AsnWriter(AsnEncodingRules.DER)));
    }

    [Theory]
    [InlineData(Oids.EcdsaWithSha1, SignatureKind.Ecdsa, DigestAlgorithm.Sha1)]
    [InlineData(Oids.Md5WithRsa, SignatureKind.RsaPkcs1, DigestAlgorithm.Md5)]
    [InlineData(Oids.Sha1WithRsa, SignatureKind.RsaPkcs1, DigestAlgorithm.Sha1)]
    [InlineData(Oids.Ripemd160WithRsa, SignatureKind.RsaPkcs1, DigestAlgorithm.Ripemd160)]
    public void Old_algorithms_are_known_by_name(string oid, SignatureKind kind, DigestAlgorithm digest) =>
        Assert.Equal(new SignatureAlgorithm(kind, digest), Read(Encode(w => w.WriteObjectIdentifier(oid))));

    [Fact]
    public void A_bare_rsaEncryption_takes_the_digest_of_the_message()
    {
        byte[] bare = Encode(w =>
        {
            w.WriteObjectIdentifier(Oids.RsaEncryption);
            w.WriteNull();
        });
        Assert.Null(Read(bare));
        Assert.Equal(new SignatureAlgorithm(SignatureKind.RsaPkcs1, DigestAlgorithm.Sha384), Read(bare, DigestAlgorithm.Sha384));
    }

    [Fact]
    public void Unknown_ones_are_null_and_odd_parameters_malformed()
    {
        Assert.Null(Read(Encode(w => w.WriteObjectIdentifier("1.2.3"))));
        Assert.Throws<AsnContentException>(() => Read(Encode(w =>
        {
            w.WriteObjectIdentifier(Oids.EcdsaWithSha256);
            w.WriteNull();
        })));
        Assert.Throws<AsnContentException>(() => Read(Encode(w =>
        {
            w.WriteObjectIdentifier(Oids.Sha256WithRsa);
            w.WriteInteger(1);
        })));
    }

    /// <summary>hash, mask hash, salt; an empty text leaves the field to its default.</summary>
    [Theory]
    [InlineData("", "", 0, DigestAlgorithm.Sha1)]
    [InlineData(Oids.Sha256, Oids.Sha256, 32, DigestAlgorithm.Sha256)]
    [InlineData(Oids.Sha512, Oids.Sha512, 64, DigestAlgorithm.Sha512)]
    [InlineData(Oids.Sha256, "", 32, null)]
    [InlineData(Oids.Sha256, Oids.Sha512, 32, null)]
    [InlineData(Oids.Sha256, Oids.Sha256, 20, null)]
    [InlineData(Oids.Sha256, Oids.Sha256, 0, null)]
    [InlineData("1.2.3", "1.2.3", 32, null)]
    public void Pss_is_supported_where_hash_mask_and_salt_agree(string hash, string mask, int salt, DigestAlgorithm? expected)
    {
        var algorithm = Read(Pss(hash, mask, salt, Oids.Mgf1));
        Assert.Equal(expected, algorithm?.Digest);
    }

    [Fact]
    public void Other_masks_and_huge_salts_are_unsupported()
    {
        Assert.Null(Read(Pss(Oids.Sha256, Oids.Sha256, 32, "1.2.3")));
        Assert.Null(Read(Encode(w =>
        {
            w.WriteObjectIdentifier(Oids.RsaPss);
            using (w.PushSequence())
            using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2, true)))
            {
                w.WriteInteger(System.Numerics.BigInteger.One << 100);
            }
        })));
    }

    private static byte[] Pss(string hash, string mask, int salt, string function) => Encode(w =>
    {
        w.WriteObjectIdentifier(Oids.RsaPss);
        using (w.PushSequence())
        {
            if (hash.Length > 0)
            {
                using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0, true)))
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier(hash);
                    w.WriteNull();
                }
            }
            if (mask.Length > 0)
            {
                using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1, true)))
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier(function);
                    using (w.PushSequence())
                    {
                        w.WriteObjectIdentifier(mask);
                    }
                }
            }
            if (salt > 0)
            {
                using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 2, true)))
                {
                    w.WriteInteger(salt);
                }
            }
        }
    });
}
