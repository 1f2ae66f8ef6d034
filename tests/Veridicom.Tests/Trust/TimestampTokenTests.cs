using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class TimestampTokenTests
{
    private static readonly Party Root = TrustKit.Authority();
    private static readonly Party Authority = TrustKit.TimestampAuthority(Root);
    private static readonly byte[] Stamped = "a signature value"u8.ToArray();
    private static readonly TrustList Trust = TrustKit.Trusting(Root);

    private static TimestampResult Verify(byte[] token, TrustList? trust = null) => TimestampToken.Parse(token).Verify(Stamped, trust ?? Trust);

    [Fact]
    public void A_sound_token_proves_its_time()
    {
        byte[] bytes = TrustKit.Token(Authority, Stamped, TrustKit.Now, carried: [Authority.Certificate, Root.Certificate], messageTime: TrustKit.Now);
        var token = TimestampToken.Parse(bytes);
        Assert.Equal(bytes, token.Encoded.ToArray());
        Assert.Equal(TrustKit.Now, token.Time);
        Assert.Equal(TimeSpan.FromMicroseconds(1_002_003), token.Accuracy);
        Assert.Equal("1.2.3.4", token.Policy);
        Assert.Equal([5], token.SerialNumber.ToArray());
        Assert.Equal([9], token.Nonce!.Value.ToArray());
        Assert.Equal(DigestAlgorithm.Sha256, token.ImprintAlgorithm);
        Assert.Equal(SHA256.HashData(Stamped), token.Imprint.ToArray());
        var result = token.Verify(Stamped, Trust);
        Assert.Equal(TrustCode.Ok, result.Code);
        Assert.Equal(TrustKit.Now, result.ProvenTime);
        Assert.Equal(2, result.Authority!.Path.Count);
        Assert.Equal(12, result.Checks.Count);
    }

    [Fact]
    public void Rsa_authorities_and_longer_imprints_are_understood()
    {
        var authority = TrustKit.TimestampAuthority(Root, RSA.Create(2048));
        foreach (var hash in new[] { HashAlgorithmName.SHA384, HashAlgorithmName.SHA512 })
        {
            Assert.Equal(TrustCode.Ok, Verify(TrustKit.Token(authority, Stamped, TrustKit.Now, hash)).Code);
        }
    }

    [Fact]
    public void The_authority_is_judged_at_the_time_of_the_token()
    {
        var brief = TrustKit.TimestampAuthority(Root, until: TrustKit.Start.AddDays(9));
        Assert.Equal(TrustCode.Ok, Verify(TrustKit.Token(brief, Stamped, TrustKit.Start.AddDays(8))).Code);
        var late = Verify(TrustKit.Token(brief, Stamped, TrustKit.Start.AddDays(10)));
        Assert.Equal(TrustCode.Expired, late.Code);
        Assert.Null(late.ProvenTime);
    }

    [Theory]
    [InlineData(X509RevocationReason.Superseded, true)]
    [InlineData(X509RevocationReason.CessationOfOperation, true)]
    [InlineData(X509RevocationReason.AffiliationChanged, true)]
    [InlineData(X509RevocationReason.KeyCompromise, false)]
    [InlineData(null, false)]
    public void Tokens_from_before_a_revocation_stand_only_where_the_reason_is_no_compromise(X509RevocationReason? reason, bool stand)
    {
        byte[] list = TrustKit.RevocationList(Root, TrustKit.Start, TrustKit.End, reason, (Authority, TrustKit.Now));
        var trust = TrustList.Create([Root.Der], revocationLists: [list]);
        Assert.Equal(stand ? TrustCode.Ok : TrustCode.Revoked, Verify(TrustKit.Token(Authority, Stamped, TrustKit.Now.AddDays(-1)), trust).Code);
        Assert.Equal(TrustCode.Revoked, Verify(TrustKit.Token(Authority, Stamped, TrustKit.Now.AddDays(1)), trust).Code);
    }

    [Fact]
    public void What_was_not_stamped_is_not_proven()
    {
        byte[] token = TrustKit.Token(Authority, Stamped, TrustKit.Now);
        Assert.Equal(TrustCode.TokenMismatch, TimestampToken.Parse(token).Verify("another"u8, Trust).Code);
        Assert.Equal(TrustCode.WeakHash, Verify(TrustKit.Token(Authority, Stamped, TrustKit.Now, HashAlgorithmName.SHA1)).Code);
        Assert.Equal(TrustCode.WeakHash, Verify(TrustKit.Token(Authority, Stamped, TrustKit.Now, HashAlgorithmName.MD5)).Code);
    }

    [Fact]
    public void Only_time_stamp_authorities_stamp()
    {
        Assert.Equal(TrustCode.NotAllowed, Verify(TrustKit.Token(TrustKit.TimestampAuthority(Root, critical: false), Stamped, TrustKit.Now)).Code);
        Assert.Equal(TrustCode.NotAllowed, Verify(TrustKit.Token(TrustKit.TimestampAuthority(Root, purposes: [Oids.TimeStamping, Oids.SealingPurpose]), Stamped, TrustKit.Now)).Code);
        Assert.Equal(TrustCode.NotAllowed, Verify(TrustKit.Token(TrustKit.Signer(Root), Stamped, TrustKit.Now)).Code);
        Assert.Equal(TrustCode.UnknownSigner, Verify(TrustKit.Token(TrustKit.TimestampAuthority(TrustKit.Authority("Other")), Stamped, TrustKit.Now)).Code);
    }

    [Fact]
    public void Certificates_that_nothing_vouches_for_are_refused()
    {
        var middle = TrustKit.Authority("Stamping CA", Root);
        var authority = TrustKit.TimestampAuthority(middle);
        Certificate[] all = [authority.Certificate, middle.Certificate, Root.Certificate];
        Assert.Equal(TrustCode.Ok, Verify(TrustKit.Token(authority, Stamped, TrustKit.Now, carried: all)).Code);
        // Whoever pins the authority itself still accepts its chain, as each link holds.
        Assert.Equal(TrustCode.Ok, Verify(TrustKit.Token(authority, Stamped, TrustKit.Now, carried: all), TrustKit.Trusting(authority)).Code);
        var stray = TrustKit.Signer(TrustKit.Authority("Unseen CA"));
        Assert.Equal(TrustCode.UnboundCertificate, Verify(TrustKit.Token(Authority, Stamped, TrustKit.Now, carried: [Authority.Certificate, stray.Certificate])).Code);
    }

    [Fact]
    public void The_named_certificate_is_the_signers()
    {
        // Another certificate of the same key, issuer and serial number: only the signed hash tells them apart.
        byte[] twin = Rewrite.Sign(Authority.Der.ToArray(), Root.Key);
        var other = Certificate.Parse(twin);
        Assert.NotEqual(Authority.Certificate.Fingerprint, other.Fingerprint);
        var result = Verify(TrustKit.Token(Authority, Stamped, TrustKit.Now, carried: [other]));
        Assert.Equal(TrustCode.TokenBad, result.Code);
        Assert.Equal(CheckState.Failed, result.Checks.Single(c => c.Name == TimestampResult.Signature).State);
    }

    [Fact]
    public void A_token_without_certificates_needs_them_in_the_trust_list()
    {
        byte[] token = TrustKit.Token(Authority, Stamped, TrustKit.Now, carried: []);
        var unknown = Verify(token);
        Assert.Equal(TrustCode.UnknownSigner, unknown.Code);
        Assert.Null(unknown.Authority);
        Assert.Equal(TrustCode.Ok, Verify(token, TrustList.Create([Root.Der], [Authority.Der])).Code);
    }

    [Fact]
    public void Content_and_signature_belong_together()
    {
        byte[] token = TrustKit.Token(Authority, Stamped, TrustKit.Now);
        byte[] serial = [2, 1, 5];
        Assert.Equal(TrustCode.TokenBad, Verify(Rewrite.Replace(token, [.. serial, 0x18], [2, 1, 6, 0x18])).Code);
        token[^1] ^= 1;
        Assert.Equal(TrustCode.TokenBad, Verify(token).Code);
    }

    [Fact]
    public void A_token_names_its_certificate()
    {
        TrustKit.Refused(TrustCode.TokenBad, () => TimestampToken.Parse(TrustKit.Token(Authority, Stamped, TrustKit.Now, ess: false)));
    }

    [Fact]
    public void Every_cut_and_every_addition_is_bad()
    {
        byte[] token = TrustKit.Token(Authority, Stamped, TrustKit.Now);
        for (int length = 0; length < token.Length; length++)
        {
            TrustKit.Refused(TrustCode.TokenBad, () => TimestampToken.Parse(token.AsMemory(0, length)));
        }
        TrustKit.Refused(TrustCode.TokenBad, () => TimestampToken.Parse((byte[])[.. token, 0]));
    }

    [Fact]
    public void Nine_certificates_are_too_many()
    {
        Certificate[] many = [Authority.Certificate, .. Enumerable.Range(0, 8).Select(i => TrustKit.Signer(Root, "Filler " + i).Certificate)];
        TrustKit.Refused(TrustCode.TokenBad, () => TimestampToken.Parse(TrustKit.Token(Authority, Stamped, TrustKit.Now, carried: many)));
    }

    /// <summary>TSTInfo contents that RFC 3161 or this reader does not allow, signed as they should be.</summary>
    public static TheoryData<string> Infos =>
        ["good", "version 2", "imprint length", "imprint hash", "ordering false", "critical extension", "trailing field", "negative accuracy", "millis 0", "no zone", "harmless extension", "name", "ordering true", "no accuracy"];

    [Theory]
    [MemberData(nameof(Infos))]
    public void The_content_is_read_strictly(string kind)
    {
        byte[] token = Stamp(Info(kind));
        if (kind is "good" or "harmless extension" or "name" or "ordering true" or "no accuracy")
        {
            Assert.Equal(TrustCode.Ok, Verify(token).Code);
        }
        else
        {
            TrustKit.Refused(TrustCode.TokenBad, () => TimestampToken.Parse(token));
        }
    }

    /// <summary>Message forms around a good content.</summary>
    [Theory]
    [InlineData("good", true)]
    [InlineData("version 1", false)]
    [InlineData("content type", false)]
    [InlineData("signed content type", false)]
    [InlineData("signer version", false)]
    [InlineData("digest differs", false)]
    [InlineData("attribute twice", false)]
    [InlineData("unsigned attribute", false)]
    [InlineData("unknown algorithm", false)]
    [InlineData("unknown hash", false)]
    [InlineData("sha-512 hash", true)]
    [InlineData("unknown attribute", true)]
    [InlineData("two signers", false)]
    [InlineData("no signed data", false)]
    public void The_message_is_read_strictly(string kind, bool good)
    {
        byte[] token = Stamp(Info("good"), kind);
        if (good)
        {
            Assert.Equal(TrustCode.Ok, Verify(token).Code);
        }
        else
        {
            TrustKit.Refused(TrustCode.TokenBad, () => TimestampToken.Parse(token));
        }
    }

    [Fact]
    public void A_weak_signature_of_the_authority_proves_nothing()
    {
        Assert.Equal(TrustCode.WeakHash, Verify(Stamp(Info("good"), "sha-1")).Code);
    }

    private static byte[] Encode(Action<AsnWriter> write, AsnEncodingRules rules = AsnEncodingRules.DER)
    {
        var writer = new AsnWriter(rules);
        write(writer);
        return writer.Encode();
    }

    private static byte[] Info(string kind) => Encode(w =>
    {
        using var sequence = w.PushSequence();
        w.WriteInteger(kind == "version 2" ? 2 : 1);
        w.WriteObjectIdentifier("1.2.3.4");
        using (w.PushSequence())
        {
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(kind == "imprint hash" ? "1.2.3" : Oids.Sha256);
            }
            w.WriteOctetString(kind == "imprint length" ? new byte[31] : SHA256.HashData(Stamped));
        }
        w.WriteInteger(1);
        if (kind == "no zone")
        {
            w.WriteEncodedValue((byte[])[0x18, 14, .. "20260601120000"u8]);
        }
        else
        {
            w.WriteGeneralizedTime(TrustKit.Now.AddMilliseconds(250));
        }
        if (kind != "no accuracy")
        {
            using (w.PushSequence())
            {
                w.WriteInteger(kind == "negative accuracy" ? -1 : 1);
                w.WriteInteger(kind == "millis 0" ? 0 : 1, new Asn1Tag(TagClass.ContextSpecific, 0));
            }
        }
        if (kind is "ordering false" or "ordering true")
        {
            w.WriteBoolean(kind == "ordering true");
        }
        if (kind == "name")
        {
            using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0, true)))
            {
                w.WriteCharacterString(UniversalTagNumber.IA5String, "tsa.example", new Asn1Tag(TagClass.ContextSpecific, 2));
            }
        }
        if (kind is "critical extension" or "harmless extension")
        {
            using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1, true)))
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier("1.2.3");
                if (kind == "critical extension")
                {
                    w.WriteBoolean(true);
                }
                w.WriteOctetString([5, 0]);
            }
        }
        if (kind == "trailing field")
        {
            w.WriteNull();
        }
    });

    /// <summary>A writer of tokens apart from the platform's, for the forms that the platform does not write.</summary>
    private static byte[] Stamp(byte[] info, string kind = "good")
    {
        string digestOid = kind == "sha-1" ? Oids.Sha1 : Oids.Sha256;
        var hash = kind == "sha-1" ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
        byte[] Attribute(string oid, Action<AsnWriter> value) => Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(oid);
                using (w.PushSetOf())
                {
                    value(w);
                }
            }
        });
        List<byte[]> list =
        [
            Attribute(Oids.ContentType, w => w.WriteObjectIdentifier(kind == "signed content type" ? Oids.SealStatement : Oids.TimestampInfo)),
            Attribute(Oids.MessageDigest, w => w.WriteOctetString(CryptographicOperations.HashData(hash, info))),
            Attribute(Oids.SigningCertificateV2, w =>
            {
                using (w.PushSequence())
                using (w.PushSequence())
                using (w.PushSequence())
                {
                    if (kind is "unknown hash" or "sha-512 hash")
                    {
                        using (w.PushSequence())
                        {
                            w.WriteObjectIdentifier(kind == "unknown hash" ? "1.2.3" : Oids.Sha512);
                        }
                    }
                    w.WriteOctetString(kind == "sha-512 hash" ? SHA512.HashData(Authority.Der.Span) : SHA256.HashData(Authority.Der.Span));
                }
            }),
        ];
        if (kind == "attribute twice")
        {
            list.Add(Attribute(Oids.ContentType, w => w.WriteObjectIdentifier("1.2.3")));
        }
        if (kind == "unknown attribute")
        {
            list.Add(Attribute("1.2.3", w => w.WriteNull()));
        }
        byte[] attributes = Encode(w =>
        {
            using (w.PushSetOf())
            {
                list.ForEach(a => w.WriteEncodedValue(a));
            }
        });
        byte[] signature = ((ECDsa)Authority.Key).SignData(attributes, hash, DSASignatureFormat.Rfc3279DerSequence);
        byte[] signer = Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteInteger(kind == "signer version" ? 3 : 1);
                using (w.PushSequence())
                {
                    w.WriteEncodedValue(Authority.Certificate.Issuer.Span);
                    w.WriteInteger(Authority.Certificate.SerialNumber.Span);
                }
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier(digestOid);
                }
                w.WriteEncodedValue((byte[])[0xA0, .. attributes.AsSpan(1)]);
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier(kind == "unknown algorithm" ? "1.2.3" : kind == "sha-1" ? Oids.EcdsaWithSha1 : Oids.EcdsaWithSha256);
                }
                w.WriteOctetString(signature);
                if (kind == "unsigned attribute")
                {
                    using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 1, true)))
                    {
                        w.WriteEncodedValue(Attribute("1.2.3", v => v.WriteNull()));
                    }
                }
            }
        });
        var context0 = new Asn1Tag(TagClass.ContextSpecific, 0, true);
        return Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(kind == "no signed data" ? "1.2.840.113549.1.7.1" : Oids.SignedData);
                using (w.PushSequence(context0))
                using (w.PushSequence())
                {
                    w.WriteInteger(kind == "version 1" ? 1 : 3);
                    using (w.PushSetOf())
                    using (w.PushSequence())
                    {
                        w.WriteObjectIdentifier(kind == "digest differs" ? Oids.Sha512 : digestOid);
                    }
                    using (w.PushSequence())
                    {
                        w.WriteObjectIdentifier(kind == "content type" ? Oids.SealStatement : Oids.TimestampInfo);
                        using (w.PushSequence(context0))
                        {
                            w.WriteOctetString(info);
                        }
                    }
                    using (w.PushSequence(context0))
                    {
                        w.WriteEncodedValue(Authority.Der.Span);
                    }
                    using (w.PushSetOf())
                    {
                        w.WriteEncodedValue(signer);
                        if (kind == "two signers")
                        {
                            w.WriteEncodedValue(signer);
                        }
                    }
                }
            }
        });
    }
}
