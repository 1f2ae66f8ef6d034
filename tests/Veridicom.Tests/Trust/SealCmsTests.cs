using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class SealCmsTests
{
    private static readonly Party Root = TrustKit.Authority();
    private static readonly Party Device = TrustKit.Signer(Root);
    private static readonly byte[] Statement = "a statement, in truth a SEQUENCE"u8.ToArray();

    private static readonly CertificateCache Cache = new();

    private static SealMessage Read(ReadOnlyMemory<byte> bytes) => SealCms.Read(bytes, Oids.SealStatement, Cache);

    private static byte[] Write(Party? party = null, bool withRoot = true, DateTimeOffset? at = null, DigestAlgorithm? digest = null) =>
        SealCms.Write(Statement, Oids.SealStatement, (party ?? Device).Signer(withRoot), at ?? TrustKit.Now, digest);

    public static TheoryData<string, DigestAlgorithm?> Keys => new()
    {
        { "P-256", null }, { "P-384", null }, { "RSA 2048", null }, { "RSA 2048", DigestAlgorithm.Sha384 }, { "RSA 2048", DigestAlgorithm.Sha512 },
    };

    [Theory]
    [MemberData(nameof(Keys))]
    public void What_is_written_is_read_and_verifies(string kind, DigestAlgorithm? digest)
    {
        AsymmetricAlgorithm key = kind switch
        {
            "P-256" => ECDsa.Create(ECCurve.NamedCurves.nistP256),
            "P-384" => ECDsa.Create(ECCurve.NamedCurves.nistP384),
            _ => RSA.Create(2048),
        };
        var party = TrustKit.Signer(Root, key: key);
        byte[] bytes = Write(party, digest: digest, at: TrustKit.Now.AddTicks(7));
        var message = Read(bytes);
        Assert.Equal(Statement, message.Statement.ToArray());
        Assert.Equal(Oids.SealStatement, message.ContentType);
        Assert.Equal(TrustKit.Now, message.SigningTime);
        Assert.Equal(party.Path(), message.Path, (a, b) => a!.Fingerprint == b!.Fingerprint);
        Assert.Equal(party.Certificate.Fingerprint, message.Signer.Fingerprint);
        Assert.Equal(digest ?? party.Certificate.Key.SealAlgorithm!.Value.Digest, message.Algorithm.Digest);
        Assert.Empty(message.Tokens);
        Assert.Equal(TrustCode.Ok, message.Verify());
        // The platform, which reads more forms than ours, reads this one too.
        var cms = new SignedCms();
        cms.Decode(bytes);
        cms.CheckSignature(verifySignatureOnly: true);
        Assert.Equal(Oids.SealStatement, cms.ContentInfo.ContentType.Value);
    }

    [Fact]
    public void Signing_time_is_written_by_the_rule_of_the_standard()
    {
        var old = new DateTimeOffset(2049, 12, 31, 23, 59, 59, TimeSpan.Zero);
        foreach (var time in new[] { old, old.AddSeconds(1), new DateTimeOffset(1949, 5, 1, 0, 0, 0, TimeSpan.Zero) })
        {
            byte[] bytes = Write(at: time.ToOffset(TimeSpan.FromHours(5)));
            Assert.Equal(time, Read(bytes).SigningTime);
            Assert.Equal(time == old ? 0x17 : 0x18, bytes[bytes.AsSpan().IndexOf(new byte[] { 0x09, 0x05, 0x31 }) + 4]);
        }
    }

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        byte[] bytes = Write();
        Assert.Equal(TrustCode.Ok, Read(bytes).Verify());
        var survived = new List<int>();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                if (Read(bytes).Verify() == TrustCode.Ok)
                {
                    survived.Add(bit);
                }
            }
            catch (TrustException)
            {
            }
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.Empty(survived);
    }

    [Fact]
    public void Every_flipped_bit_of_a_token_makes_the_message_or_the_token_bad()
    {
        var tsa = TrustKit.TimestampAuthority(Root);
        var list = TrustKit.Trusting(Root);
        var message = Read(Write(withRoot: false));
        byte[] bytes = SealCms.WithToken(message, TrustKit.Token(tsa, message.Signature.ToArray(), TrustKit.Now, carried: [tsa.Certificate, Root.Certificate]));
        bool Good()
        {
            try
            {
                var read = Read(bytes);
                // a flipped length can make two of the one: neither is to prove a time
                return read.Verify() == TrustCode.Ok && read.Tokens.Any(token => Proves(token, read.Signature));
            }
            catch (TrustException)
            {
                return false;
            }
        }
        bool Proves(ReadOnlyMemory<byte> token, ReadOnlyMemory<byte> signature)
        {
            try
            {
                return TimestampToken.Parse(token, Cache).Verify(signature.Span, list).ProvenTime is not null;
            }
            catch (TrustException)
            {
                return false;
            }
        }
        Assert.True(Good());
        var survived = new List<int>();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Good())
            {
                survived.Add(bit);
            }
            bytes[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.Empty(survived);
    }

    [Fact]
    public void Every_cut_and_every_addition_is_refused()
    {
        byte[] bytes = Write();
        for (int length = 0; length < bytes.Length; length++)
        {
            TrustKit.Refused(TrustCode.Malformed, () => Read(bytes.AsMemory(0, length)));
        }
        TrustKit.Refused(TrustCode.Malformed, () => Read((byte[])[.. bytes, 0]));
    }

    [Fact]
    public void Tokens_are_added_without_changing_anything_else()
    {
        var tsa = TrustKit.TimestampAuthority(Root);
        var message = Read(Write());
        byte[] signature = message.Signature.ToArray();
        var tokens = new List<byte[]>();
        for (int i = 0; i < SealCms.MaximumTokens; i++)
        {
            tokens.Add(TrustKit.Token(tsa, signature, TrustKit.Now.AddMinutes(i)));
            message = Read(SealCms.WithToken(message, tokens[i]));
            Assert.Equal(TrustCode.Ok, message.Verify());
            Assert.Equal(i + 1, message.Tokens.Count);
            Assert.Contains(message.Tokens, t => t.Span.SequenceEqual(tokens[i]));
        }
        Assert.Equal(message.Encoded.ToArray(), SealCms.WithToken(message, tokens[3]));
        TrustKit.Refused(TrustCode.TokenBad, () => SealCms.WithToken(message, TrustKit.Token(tsa, signature, TrustKit.Now.AddDays(1))));
        var bare = Read(Write());
        TrustKit.Refused(TrustCode.TokenBad, () => SealCms.WithToken(bare, new byte[SealCms.MaximumTokenLength + 1]));
        TrustKit.Refused(TrustCode.TokenBad, () => SealCms.WithToken(bare, new byte[] { 0x30, 0 }));
    }

    [Fact]
    public void Only_keys_and_paths_that_may_seal_are_written_with()
    {
        TrustKit.Refused(TrustCode.WeakKey, () => Write(TrustKit.Signer(Root, key: RSA.Create(1024))));
        TrustKit.Refused(TrustCode.WeakKey, () => Write(TrustKit.Signer(Root, key: ECDsa.Create(ECCurve.NamedCurves.nistP521))));
        TrustKit.Refused(TrustCode.UnsupportedAlgorithm, () => Write(digest: DigestAlgorithm.Sha512));
        TrustKit.Refused(TrustCode.UnsupportedAlgorithm, () => Write(TrustKit.Signer(Root, key: RSA.Create(2048)), digest: DigestAlgorithm.Sha1));
        var other = TrustKit.Authority("Another CA");
        TrustKit.Refused(TrustCode.Malformed, () => SealCms.Write(Statement, Oids.SealStatement, new KeySigner(Device.Key, [Device.Certificate, other.Certificate]), TrustKit.Now));
        TrustKit.Refused(TrustCode.Malformed, () => SealCms.Write(Statement, Oids.SealStatement, new KeySigner(Root.Key, [Root.Certificate, Root.Certificate]), TrustKit.Now));
        TrustKit.Refused(TrustCode.PathTooLong, () => SealCms.Write(Statement, Oids.SealStatement, new KeySigner(Device.Key, [.. Enumerable.Repeat(Device.Certificate, 9)]), TrustKit.Now));
    }

    [Fact]
    public void Other_content_types_are_refused()
    {
        TrustKit.Refused(TrustCode.Malformed, () => SealCms.Read(Write(), Oids.TimestampInfo, new CertificateCache()));
        TrustKit.Refused(TrustCode.Malformed, () => Read(TrustKit.Token(TrustKit.TimestampAuthority(Root), Statement, TrustKit.Now)));
    }

    /// <summary>Other encodings of what the platform, or another writer, would take for the same message.</summary>
    public static TheoryData<string> Forms =>
        ["second signer", "other certificate", "missing certificate", "unsorted certificates", "digest parameters", "version 1", "unknown unsigned attribute", "two token attributes",
         "empty tokens", "extra signed attribute", "signed time twice", "no signing certificate", "indefinite length", "long length", "revocation list", "trailing field", "statement in pieces", "key identifier", "equal tokens"];

    [Theory]
    [MemberData(nameof(Forms))]
    public void Any_other_form_is_refused(string form)
    {
        byte[] bytes = Mutant.Make(form, Root, Device, Statement);
        TrustKit.Refused(TrustCode.Malformed, () => Read(bytes));
    }

    [Fact]
    public void The_form_that_the_mutants_start_from_is_accepted()
    {
        Assert.Equal(TrustCode.Ok, Read(Mutant.Make("none", Root, Device, Statement)).Verify());
    }

    [Fact]
    public void The_platforms_own_form_of_the_same_message_is_refused()
    {
        var cms = new SignedCms(new ContentInfo(new Oid(Oids.SealStatement), Statement));
        using var certificate = TrustKit.Platform(Device);
        cms.ComputeSignature(new CmsSigner(SubjectIdentifierType.IssuerAndSerialNumber, certificate) { DigestAlgorithm = new Oid(Oids.Sha256) });
        TrustKit.Refused(TrustCode.Malformed, () => Read(cms.Encode()));
    }
}
