using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class CertificateTests
{
    private static readonly Party Root = TrustKit.Authority();
    private static readonly Party Device = TrustKit.Signer(Root);

    [Fact]
    public void What_is_read_is_what_stands_there()
    {
        byte[] der = Device.Der.ToArray();
        using var platform = X509CertificateLoader.LoadCertificate(der);
        var certificate = Certificate.Parse(der);
        Assert.Equal(der, certificate.Der.ToArray());
        Assert.Equal(3, certificate.Version);
        Assert.Equal("CN=Sealing device", certificate.SubjectText);
        Assert.Equal("CN=Test CA", certificate.IssuerText);
        Assert.Equal("CN=Sealing device", certificate.ToString());
        Assert.Equal(platform.SerialNumberBytes.ToArray(), certificate.SerialNumber.ToArray());
        Assert.Equal(platform.GetCertHash(HashAlgorithmName.SHA256), certificate.Fingerprint.ToArray());
        Assert.Equal((TrustKit.Start, TrustKit.End), (certificate.NotBefore, certificate.NotAfter));
        Assert.Equal(KeyUsages.DigitalSignature, certificate.Extensions.KeyUsage);
        Assert.Equal([Oids.SealingPurpose], certificate.Extensions.ExtendedKeyUsage!);
        Assert.False(certificate.Extensions.ExtendedKeyUsageIsCritical);
        Assert.False(certificate.Extensions.IsAuthority);
        Assert.False(certificate.IsSelfIssued);
        Assert.True(Root.Certificate.IsSelfIssued);
        Assert.True(Root.Certificate.Extensions.IsAuthority);
        Assert.Equal(SignatureAlgorithm.EcdsaSha256, certificate.SignedWith);
        Assert.Equal(TrustCode.Ok, certificate.VerifyIssuedBy(Root.Certificate));
        Assert.Equal(TrustCode.BadSignature, certificate.VerifyIssuedBy(Device.Certificate));
        der[20] ^= 1;
        Assert.NotEqual(der, certificate.Der.ToArray()); // the caller's bytes are the caller's
    }

    [Fact]
    public void Every_flipped_bit_is_malformed_or_breaks_the_signature()
    {
        byte[] der = Device.Der.ToArray();
        var survived = new List<int>();
        for (int bit = 0; bit < der.Length * 8; bit++)
        {
            der[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                if (Certificate.Parse(der).VerifyIssuedBy(Root.Certificate) == TrustCode.Ok)
                {
                    survived.Add(bit);
                }
            }
            catch (TrustException e)
            {
                Assert.Equal(TrustCode.Malformed, e.Code);
            }
            der[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.Empty(survived);
    }

    [Fact]
    public void Every_cut_and_every_addition_is_malformed()
    {
        byte[] der = Device.Der.ToArray();
        for (int length = 0; length < der.Length; length++)
        {
            TrustKit.Refused(TrustCode.Malformed, () => Certificate.Parse(der.AsMemory(0, length)));
        }
        TrustKit.Refused(TrustCode.Malformed, () => Certificate.Parse((byte[])[.. der, 0]));
        TrustKit.Refused(TrustCode.Malformed, () => Certificate.Parse(new byte[Certificate.MaximumLength + 1]));
    }

    private static byte[] Encode(Action<AsnWriter> write, AsnEncodingRules rules = AsnEncodingRules.DER)
    {
        var writer = new AsnWriter(rules);
        write(writer);
        return writer.Encode();
    }

    /// <summary>Certificates that are properly signed and still not what X.509 in DER allows: field number, and what to put there.</summary>
    public static TheoryData<string, int, byte[]> Bad()
    {
        var fields = Rewrite.Fields(Device.Der);
        byte[] utc = [0x17, 13, .. "260101000000Z"u8], offset = [0x17, 17, .. "260101000000+0100"u8], minutes = [0x17, 11, .. "2601010000Z"u8];
        byte[] fraction = [0x18, 17, .. "20260101000000.5Z"u8], utcEnd = [0x17, 13, .. "270101000000Z"u8];
        byte[] Validity(byte[] from) => Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(from);
                w.WriteEncodedValue(utcEnd);
            }
        });
        byte[] Extensions(params byte[][] list) => Encode(w =>
        {
            using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 3, true)))
            using (w.PushSequence())
            {
                foreach (byte[] e in list)
                {
                    w.WriteEncodedValue(e);
                }
            }
        });
        byte[] Extension(string oid, byte[] value, bool? critical = null) => Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(oid);
                if (critical is { } c)
                {
                    w.WriteBoolean(c);
                }
                w.WriteOctetString(value);
            }
        });
        byte[] basic = [0x30, 0];
        return new()
        {
            { "version 1 written out", 0, [0xA0, 3, 2, 1, 0] },
            { "version 2", 0, [0xA0, 3, 2, 1, 1] },
            { "version 4", 0, [0xA0, 3, 2, 1, 3] },
            { "two versions", 0, [0xA0, 6, 2, 1, 2, 2, 1, 2] },
            { "negative serial number", 1, [2, 1, 0xFF] },
            { "serial number of 21 bytes", 1, [2, 21, 1, .. new byte[20]] },
            { "padded serial number", 1, [2, 2, 0, 1] },
            { "another algorithm", 2, Encode(w =>
                {
                    using (w.PushSequence())
                    {
                        w.WriteObjectIdentifier(Oids.EcdsaWithSha384);
                    }
                })
            },
            { "empty set in a name", 3, [0x30, 2, 0x31, 0] },
            { "a name that is no sequence", 3, [0x31, 0] },
            { "a name with more in an attribute", 3, [0x30, 14, 0x31, 12, 0x30, 10, 6, 3, 0x55, 4, 3, 0x0C, 1, 0x41, 5, 0] },
            { "UTC time with an offset", 4, Validity(offset) },
            { "UTC time without seconds", 4, Validity(minutes) },
            { "time with a fraction", 4, Validity(fraction) },
            { "one time", 4, [0x30, 15, .. utc] },
            { "three times", 4, [0x30, 45, .. utc, .. utc, .. utc] },
            { "no extension", 7, Extensions() },
            { "the same extension twice", 7, Extensions(Extension(Oids.BasicConstraints, basic), Extension(Oids.BasicConstraints, basic)) },
            { "critical written out as false", 7, Extensions(Extension(Oids.BasicConstraints, basic, false)) },
            { "cA written out as false", 7, Extensions(Extension(Oids.BasicConstraints, [0x30, 3, 1, 1, 0])) },
            { "path length without cA", 7, Extensions(Extension(Oids.BasicConstraints, [0x30, 3, 2, 1, 0])) },
            { "negative path length", 7, Extensions(Extension(Oids.BasicConstraints, [0x30, 6, 1, 1, 0xFF, 2, 1, 0xFF])) },
            { "cA that is neither 0 nor FF", 7, Extensions(Extension(Oids.BasicConstraints, [0x30, 3, 1, 1, 1])) },
            { "more in basicConstraints", 7, Extensions(Extension(Oids.BasicConstraints, [0x30, 5, 1, 1, 0xFF, 5, 0])) },
            { "bytes after basicConstraints", 7, Extensions(Extension(Oids.BasicConstraints, [0x30, 0, 0])) },
            { "key usage with zero bits at the end", 7, Extensions(Extension(Oids.KeyUsage, [3, 2, 0, 0x80])) },
            { "key usage of a bit too many", 7, Extensions(Extension(Oids.KeyUsage, [3, 7, 0, 0x80, 0, 0, 0, 0, 1])) },
            { "empty extended key usage", 7, Extensions(Extension(Oids.ExtendedKeyUsage, [0x30, 0])) },
            { "extension that is no octet string", 7, Extensions([0x30, 7, 6, 3, 0x55, 0x1D, 0x13, 5, 0]) },
            { "unique identifier", 7, [0x81, 2, 0, 1] },
            { "key that ends within a byte", 6, [.. fields[6].AsSpan()[..^68], 3, 66, 1, 4, .. new byte[64]] },
        };
    }

    [Theory]
    [MemberData(nameof(Bad))]
    public void What_x509_does_not_allow_is_malformed(string what, int field, byte[] value)
    {
        Assert.NotEmpty(what);
        var fields = Rewrite.Fields(Device.Der);
        fields[field] = value;
        TrustKit.Refused(TrustCode.Malformed, () => Certificate.Parse(Rewrite.Build(fields, Root.Key)));
    }

    [Fact]
    public void The_certificate_that_the_rows_start_from_is_good()
    {
        var certificate = Certificate.Parse(Rewrite.Sign(Device.Der.ToArray(), Root.Key));
        Assert.Equal(TrustCode.Ok, certificate.VerifyIssuedBy(Root.Certificate));
        // GeneralizedTime is read too, with its own sense of centuries.
        var late = TrustKit.Authority("Late CA", until: new DateTimeOffset(2055, 1, 1, 0, 0, 0, TimeSpan.Zero));
        Assert.Equal(2055, late.Certificate.NotAfter.Year);
    }

    [Fact]
    public void Constructed_strings_and_long_lengths_are_malformed()
    {
        byte[] der = Device.Der.ToArray();
        Assert.Equal(0x82, der[1]);
        TrustKit.Refused(TrustCode.Malformed, () => Certificate.Parse((byte[])[0x30, 0x83, 0, .. der.AsSpan(2)]));
        TrustKit.Refused(TrustCode.Malformed, () => Certificate.Parse((byte[])[0x30, 0x80, .. der.AsSpan(4), 0, 0]));
    }

    [Fact]
    public void Names_that_cannot_be_shown_are_shown_in_hexadecimal()
    {
        var fields = Rewrite.Fields(Device.Der);
        fields[5] = [0x30, 11, 0x31, 9, 0x30, 7, 6, 3, 0x55, 4, 3, 5, 0]; // CN is NULL
        var certificate = Certificate.Parse(Rewrite.Build(fields, Root.Key));
        Assert.NotEmpty(certificate.SubjectText);
    }

    [Fact]
    public void Path_length_and_identifiers_are_read()
    {
        var id = new X509SubjectKeyIdentifierExtension([1, 2, 3], false);
        var ca = TrustKit.Authority(pathLength: 3, more: [id, X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(new byte[] { 4, 5 })]);
        Assert.Equal(3, ca.Certificate.Extensions.PathLength);
        Assert.Equal([1, 2, 3], ca.Certificate.Extensions.SubjectKeyIdentifier!.Value.ToArray());
        Assert.Equal([4, 5], ca.Certificate.Extensions.AuthorityKeyIdentifier!.Value.ToArray());
        var bare = TrustKit.Authority(more: TrustKit.Extension(Oids.AuthorityKeyIdentifier, [0x30, 0], critical: false));
        Assert.Null(bare.Certificate.Extensions.AuthorityKeyIdentifier);
    }
}
