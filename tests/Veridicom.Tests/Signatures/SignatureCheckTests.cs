using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Tests.Trust;
using Xunit;
using static Veridicom.Tests.Signatures.Sample;

namespace Veridicom.Tests.Signatures;

/// <summary>What a signature adds to a verdict, and why.</summary>
public sealed class SignatureCheckTests
{
    private static readonly byte[] Good = Signed(File(Image));

    private static void Fails(byte[] file, SignatureVerdict verdict, string check, SignatureReason reason, DateTimeOffset? now = null, TrustList? trust = null)
    {
        SignatureResult result = Verify(file, now, trust);
        Assert.Equal(reason, result[check].Reason);
        Assert.Equal(verdict, result.Verdict);
        Assert.Equal(SignatureFinding.Names, result.Findings.Select(f => f.Name));
    }

    private static byte[] ByHand(DigestAlgorithm digest, Party? party = null, string time = "20260601120000.000000+0000", string syntax = "1.2.840.10008.1.2.1", byte[]? token = null)
    {
        party ??= Scanner;
        Func<byte[], byte[]> sign = party.Key is RSA rsa
            ? hash => rsa.SignHash(hash, digest.PlatformName(), RSASignaturePadding.Pkcs1)
            : hash => ((ECDsa)party.Key).SignHash(hash, DSASignatureFormat.Rfc3279DerSequence);
        return HandSigned([PatientName, PixelData], digest, party.Der.ToArray(), sign, time, syntax, token);
    }

    [Fact]
    public void A_valid_signature_is_partial_and_says_what_it_leaves_open()
    {
        SignatureResult result = Verify(Good);
        Assert.Equal(SignatureVerdict.Partial, result.Verdict);
        Assert.DoesNotContain(result.Findings, f => f.State == CheckState.Failed);
        Assert.Equal(SignatureReason.CertificateNotBound, result[SignatureFinding.Binding].Reason);
        Assert.Equal(SignatureReason.NoTimestamp, result[SignatureFinding.Timestamp].Reason);
        Assert.Equal(CheckState.Passed, result[SignatureFinding.Coverage].State);
        Assert.Empty(result.Coverage.Uncovered);
        Assert.Empty(result.Coverage.Absent);
        Assert.Equal("CN=CT 1", result.Signer!.SubjectText);
        Assert.True(result.Trust!.IsTrusted);
        Assert.False(result.IsTimeProven);
        Assert.Equal(TrustKit.Now, result.ClaimedTime!.Value.Earliest);
        Assert.Equal(SignatureProfile.None, result.Profile);
        Assert.Equal(SignatureProfile.Creator, Verify(Signed(File(Image), party: RsaScanner)).Profile);
        Assert.Equal(SignatureProfile.Base, Verify(Signed(File(Image), Options(tags: [PatientName]), RsaScanner)).Profile);
    }

    [Fact]
    public void What_is_not_signed_is_listed_by_keyword_and_private_elements_by_tag()
    {
        byte[] file = Signed(File(writer =>
        {
            Head(writer);
            writer.Text(Tag(0x00290010), Vr.LO, "ACME").Bytes(Tag(0x00291001), Vr.UN, [1, 2]);
        }), Options(tags: [PatientName]));
        SignatureResult result = Verify(file);
        Assert.Equal(["SOPClassUID", "SOPInstanceUID", "StudyInstanceUID", "SeriesInstanceUID", "Rows", "Columns", "BitsAllocated", "(0029,0010)", "(0029,1001)"],
            result.Coverage.Uncovered.Select(e => e.Name));
        Assert.Equal(SignatureReason.PartlyCovered, result[SignatureFinding.Coverage].Reason);
        Assert.True(result.Coverage.Covers(PatientName));
        Assert.Equal(Tag(0x00080016), result.Coverage.Uncovered[0].Tag);
        Assert.Equal("(0008,0016)", result.Coverage.Uncovered[0].Path);
    }

    [Fact]
    public void Every_changed_byte_of_what_is_signed_is_altered()
    {
        foreach (uint tag in new[] { 0x00100010u, 0x7FE00010u, 0x00280010u, 0x04000105u, 0x04000100u })
        {
            byte[] file = [.. Good];
            DicomNode node = Find(file, tag);
            file[node.ValueOffset] ^= 1;
            Fails(file, SignatureVerdict.Altered, SignatureFinding.Mac, SignatureReason.BadSignature);
        }
        Fails(Without(Good, 0x00100010), SignatureVerdict.Altered, SignatureFinding.Mac, SignatureReason.BadSignature);
        Assert.Equal([PatientName], Verify(Without(Good, 0x00100010)).Coverage.Absent);
        byte[] other = [.. Good];
        other[Find(other, 0x04000120).ValueOffset + 8] ^= 1;
        Fails(other, SignatureVerdict.Altered, SignatureFinding.Mac, SignatureReason.BadSignature);
    }

    [Fact]
    public void Absent_and_doubled_tags_of_the_list_add_nothing()
    {
        byte[] list = [.. Find(Good, 0x04000020).Value, 0x10, 0, 0x10, 0, 0x28, 0, 0x99, 0];
        SignatureResult result = Verify(With(Good, 0x04000020, list));
        Assert.Equal(SignatureVerdict.Partial, result.Verdict);
        Assert.Equal([Tag(0x00280099)], result.Coverage.Absent);
    }

    [Fact]
    public void A_data_set_that_can_be_read_two_ways_is_unverifiable()
    {
        byte[] name = new ElementWriter().Text(PatientName, Vr.PN, "EVE").ToArray();
        Fails(Behind(Good, 0x00100010, name), SignatureVerdict.Unverifiable, SignatureFinding.DataSet, SignatureReason.AmbiguousDataSet);
        Fails([.. Good, .. name], SignatureVerdict.Unverifiable, SignatureFinding.DataSet, SignatureReason.AmbiguousDataSet);
        byte[] lengths = [.. Enumerable.Range(0, 70).SelectMany(i => new ElementWriter().Header(Tag(0x00290000u + (uint)(0x1001 + i)), Vr.OB, 1).Raw([1]).ToArray())];
        byte[] lengthy = Behind(Good, 0x00280100, lengths); // more defects than are kept, none of them ambiguous
        Assert.Equal(SignatureVerdict.Partial, Verify(lengthy).Verdict);
        Fails([.. lengthy, .. name], SignatureVerdict.Unverifiable, SignatureFinding.DataSet, SignatureReason.AmbiguousDataSet);
    }

    [Fact]
    public void Added_elements_stay_partial_and_are_named()
    {
        SignatureResult result = Verify(Behind(Good, 0x00280100, new ElementWriter().Text(Tag(0x00281050), Vr.DS, "40").ToArray()));
        Assert.Equal(SignatureVerdict.Partial, result.Verdict);
        Assert.Equal("WindowCenter", Assert.Single(result.Coverage.Uncovered).Name);
    }

    [Theory]
    [InlineData(DigestAlgorithm.Md5, true)]
    [InlineData(DigestAlgorithm.Sha1, true)]
    [InlineData(DigestAlgorithm.Sha384, false)]
    public void Weak_hashes_are_untrusted(DigestAlgorithm digest, bool isWeak)
    {
        SignatureResult result = Verify(ByHand(digest, RsaScanner));
        Assert.Equal(CheckState.Passed, result[SignatureFinding.Mac].State);
        Assert.Equal(isWeak ? SignatureReason.WeakHash : SignatureReason.Ok, result[SignatureFinding.Strength].Reason);
        Assert.Equal(isWeak ? SignatureVerdict.Untrusted : SignatureVerdict.Partial, result.Verdict);
    }

    [Fact]
    public void Unknown_expired_weak_and_misused_signers_are_untrusted()
    {
        Fails(Good, SignatureVerdict.Untrusted, SignatureFinding.Signer, SignatureReason.UntrustedSigner, trust: TrustList.Empty);
        Fails(Good, SignatureVerdict.Untrusted, SignatureFinding.Signer, SignatureReason.UntrustedSigner, now: TrustKit.End.AddDays(1));
        Party web = TrustKit.Signer(Root, "Web server", purposes: [Oids.ServerAuthentication]);
        Fails(ByHand(DigestAlgorithm.Sha256, web), SignatureVerdict.Untrusted, SignatureFinding.SignerPurpose, SignatureReason.UntrustedSigner);
        Party small = TrustKit.Signer(Root, "Small", RSA.Create(1024));
        Fails(ByHand(DigestAlgorithm.Sha256, small), SignatureVerdict.Untrusted, SignatureFinding.Signer, SignatureReason.UntrustedSigner);
    }

    [Theory]
    [InlineData("20250601120000+0000", SignatureReason.OutsideValidity)]
    [InlineData("20280601120000+0000", SignatureReason.OutsideValidity)]
    [InlineData("20260901120000+0000", SignatureReason.AfterProvenTime)]
    [InlineData("yesterday", SignatureReason.BadDateTime)]
    public void A_claimed_time_that_cannot_be_is_untrusted(string time, SignatureReason reason) =>
        Fails(ByHand(DigestAlgorithm.Sha256, time: time), SignatureVerdict.Untrusted, SignatureFinding.DateTime, reason);

    [Theory]
    [InlineData("20260101010000+0200", SignatureReason.OutsideValidity)] // an hour before the certificate, in UTC
    [InlineData("20251231230000-0200", SignatureReason.Ok)]
    [InlineData("20251231", SignatureReason.Ok)] // somewhere the year had begun
    public void Zones_count_when_a_time_is_compared(string time, SignatureReason reason) =>
        Assert.Equal(reason, Verify(ByHand(DigestAlgorithm.Sha256, time: time))[SignatureFinding.DateTime].Reason);

    [Fact]
    public void The_wrong_calculation_syntax_is_unverifiable()
    {
        foreach (string syntax in new[] { "1.2.840.10008.1.2", "1.2.840.10008.1.2.2", "1.2.3" })
            Fails(ByHand(DigestAlgorithm.Sha256, syntax: syntax), SignatureVerdict.Unverifiable, SignatureFinding.TransferSyntax, SignatureReason.Malformed);
        Fails(ByHand(DigestAlgorithm.Sha256, syntax: TransferSyntax.RleLossless.Uid), SignatureVerdict.Unverifiable, SignatureFinding.TransferSyntax, SignatureReason.TransferSyntaxChanged);
    }

    [Fact]
    public void Fragments_that_can_be_cut_otherwise_are_unverifiable()
    {
        static byte[] Encapsulated(params byte[][] fragments) => File(TransferSyntax.RleLossless, writer =>
        {
            Head(writer);
            writer.Header(PixelData, Vr.OB, 0xFFFFFFFF);
            foreach (byte[] fragment in fragments) writer.Raw([0xFE, 0xFF, 0, 0xE0, .. BitConverter.GetBytes(fragment.Length), .. fragment]);
            writer.EndSequence();
        });
        byte[] two = Signed(With(Encapsulated([], [1, 2], [3, 4]), 0x00280010, [2, 0]));
        Fails(two, SignatureVerdict.Unverifiable, SignatureFinding.Fragments, SignatureReason.AmbiguousFragments);
        byte[] one = Signed(Encapsulated([], [1, 2]));
        Assert.Equal(CheckState.Passed, Verify(one)[SignatureFinding.Fragments].State);
        Assert.Equal(SignatureVerdict.Partial, Verify(one).Verdict);
    }

    [Fact]
    public void A_listed_element_without_representation_is_unverifiable()
    {
        byte[] file = [.. Good];
        DicomNode rows = Find(file, 0x00280010);
        byte[] unknown = new ElementWriter().Bytes(rows.Tag, Vr.UN, rows.Value).ToArray();
        Fails([.. file[..(int)rows.HeaderOffset], .. unknown, .. file[(int)rows.EndOffset..]], SignatureVerdict.Unverifiable, SignatureFinding.Signable, SignatureReason.NotSignable);
    }

    [Fact]
    public void Keys_that_are_not_supported_are_not_checked()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Party party = TrustKit.Signer(Root, "Odd", key);
        byte[] certificate = party.Der.ToArray();
        // The curve's name is replaced by one that nobody has, and the certificate's signature no longer counts.
        byte[] curve = Convert.FromHexString("06082A8648CE3D030107");
        certificate[certificate.AsSpan().IndexOf(curve) + 9] = 0x7F;
        byte[] file = HandSigned([PatientName], DigestAlgorithm.Sha256, certificate, hash => key.SignHash(hash, DSASignatureFormat.Rfc3279DerSequence));
        Fails(file, SignatureVerdict.Unverifiable, SignatureFinding.Mac, SignatureReason.UnsupportedKey);
    }

    [Fact]
    public void A_time_stamp_moves_the_time_at_which_the_signer_is_judged()
    {
        Party authority = TrustKit.TimestampAuthority(Root);
        byte[] signed = ByHand(DigestAlgorithm.Sha256, RsaScanner);
        DicomSignature signature = SignatureReader.Read(Parse(signed).DataSet).Single();
        byte[] Stamped(byte[] stamped, DateTimeOffset at, Party? by = null) => Behind(signed, 0x04000120, new ElementWriter()
            .Text(Tag(0x04000305), Vr.CS, "CMS_TSP").Bytes(Tag(0x04000310), Vr.OB, TrustKit.Token(by ?? authority, stamped, at)).ToArray());
        byte[] good = Stamped(signature.Value.ToArray(), TrustKit.Now.AddMinutes(1));
        SignatureResult result = Verify(good, TrustKit.End.AddDays(30));
        Assert.Equal(CheckState.Passed, result[SignatureFinding.Timestamp].State);
        Assert.True(result.IsTimeProven && result.Timestamp!.ProvenTime == result.JudgedAt);
        Assert.Equal(SignatureVerdict.Partial, result.Verdict);

        Fails(Stamped([1, 2, 3], TrustKit.Now), SignatureVerdict.Untrusted, SignatureFinding.Timestamp, SignatureReason.TimestampBad);
        Fails(Stamped(signature.Value.ToArray(), TrustKit.Now.AddDays(9)), SignatureVerdict.Untrusted, SignatureFinding.Timestamp, SignatureReason.TimestampBad); // not yet
        Fails(Stamped(signature.Value.ToArray(), TrustKit.Now.AddDays(-9)), SignatureVerdict.Untrusted, SignatureFinding.DateTime, SignatureReason.AfterProvenTime);
        byte[] noToken = Behind(signed, 0x04000120, new ElementWriter().Text(Tag(0x04000305), Vr.CS, "CMS_TSP").Bytes(Tag(0x04000310), Vr.OB, [0x30, 0x00]).ToArray());
        Fails(noToken, SignatureVerdict.Untrusted, SignatureFinding.Timestamp, SignatureReason.TimestampBad);
    }

    [Fact]
    public void Padding_of_the_signature_is_cut_and_nothing_else()
    {
        byte[] padded = [.. Find(Good, 0x04000120).Value];
        VerificationKey ec = Scanner.Certificate.Key, rsa = RsaScanner.Certificate.Key;
        byte[] der = [0x30, 3, 1, 2, 3, 0];
        Assert.Equal(5, SignatureValue.WithoutPadding(der, ec).Length);
        Assert.Equal(7, SignatureValue.WithoutPadding([.. der, 0], ec).Length);
        Assert.Equal(257, SignatureValue.WithoutPadding(new byte[257], rsa).Length);
        using RSA odd = RSA.Create(2056);
        Assert.Equal(257, SignatureValue.WithoutPadding(new byte[258], CertificateIssuing.PublicKeyOf(odd)).Length);
        Assert.NotEmpty(padded);
        Fails(With(ByHand(DigestAlgorithm.Sha256, RsaScanner), 0x04000120, new byte[258]), SignatureVerdict.Altered, SignatureFinding.Mac, SignatureReason.BadSignature);
    }

    [Fact]
    public void A_certificate_of_version_1_says_nothing_of_its_purpose()
    {
        using RSA key = RSA.Create(2048);
        byte[] certificate = VersionOne(key);
        byte[] file = HandSigned([PatientName], DigestAlgorithm.Sha256, certificate, hash => key.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        SignatureResult result = Verify(file, trust: TrustList.Create([certificate]));
        Assert.Equal(SignatureReason.PurposeOpen, result[SignatureFinding.SignerPurpose].Reason);
        Assert.Equal(SignatureVerdict.Partial, result.Verdict);
    }

    [Fact]
    public void A_purpose_outside_the_list_is_said()
    {
        byte[] file = Signed(File(Image), Options() with { Purpose = new SignaturePurpose("99", "Whim") });
        SignatureResult result = Verify(file);
        Assert.Equal(SignatureReason.UnknownPurpose, result[SignatureFinding.Purpose].Reason);
        Assert.Equal("99", result.Signature.PurposeCode);
    }

    [Fact]
    public void What_hides_in_a_signed_sequence_is_listed()
    {
        byte[] file = Signed(File(writer => writer.BeginSequence(Tag(0x00081140)).BeginItem().UInt32(Tag(0x00080000), 14).Text(Tag(0x00081155), Vr.UI, "1.2").EndItem().EndSequence()
            .Text(PatientName, Vr.PN, "Doe")));
        Assert.Empty(Verify(file).Coverage.Uncovered);
        byte[] hidden = new ElementWriter().BeginSequence(Tag(0xFFFA0011)).BeginItem().Text(Tag(0x00100020), Vr.LO, "payload").EndItem().EndSequence().Bytes(Tag(0xFFFCFFFC), Vr.OB, [1, 2]).ToArray();
        SignatureResult result = Verify(Behind(file, 0x00081155, hidden));
        Assert.Equal(SignatureVerdict.Partial, result.Verdict);
        Assert.Equal(["(0008,1140)[1].(FFFA,0011)", "(0008,1140)[1].(FFFC,FFFC)"], result.Coverage.Uncovered.Select(e => e.Path));
    }

    [Fact]
    public void Whatever_the_bytes_only_documented_errors_come_out()
    {
        var random = new Random(315);
        Party authority = TrustKit.TimestampAuthority(Root);
        byte[] signed = ByHand(DigestAlgorithm.Sha256, RsaScanner, token: TrustKit.Token(authority, [1, 2], TrustKit.Now));
        int start = (int)Find(signed, 0x00100010).HeaderOffset, judged = 0;
        for (int i = 0; i < 1200; i++)
        {
            byte[] file = [.. signed];
            for (int flips = random.Next(1, 4); flips > 0; flips--) file[random.Next(start, file.Length)] ^= (byte)(1 << random.Next(8));
            DicomFile parsed;
            try
            {
                parsed = Parse(file);
            }
            catch (DicomException)
            {
                continue;
            }
            foreach (SignatureResult result in SignatureCheck.VerifyAll(parsed, Trusted, TrustKit.Now))
            {
                judged++;
                Assert.Equal(SignatureFinding.Names.Count, result.Findings.Count);
            }
        }
        Assert.InRange(judged, 300, 1200);
    }

    [Fact]
    public void Only_so_many_signatures_are_verified()
    {
        byte[] file = File(writer =>
        {
            writer.Text(PatientName, Vr.PN, "Doe").BeginSequence(Tag(0xFFFAFFFA));
            for (int i = 0; i < 100; i++) writer.BeginItem().EndItem();
            writer.EndSequence();
        });
        IReadOnlyList<SignatureResult> results = SignatureCheck.VerifyAll(Parse(file), Trusted, TrustKit.Now);
        Assert.Equal(SignatureCheck.MaxSignatures + 1, results.Count);
        Assert.Equal(SignatureReason.TooManySignatures, results[^1][SignatureFinding.Parts].Reason);
        Assert.Equal(SignatureVerdict.Unverifiable, results[^1].Verdict);
    }

    /// <summary>A self-signed certificate of version 1, which the platform does not make: written field by field.</summary>
    private static byte[] VersionOne(RSA key)
    {
        var writer = new System.Formats.Asn1.AsnWriter(System.Formats.Asn1.AsnEncodingRules.DER);
        byte[] name = new X500DistinguishedName("CN=Old scanner").RawData;
        using (writer.PushSequence())
        {
            writer.WriteInteger(5);
            Algorithm();
            writer.WriteEncodedValue(name);
            using (writer.PushSequence())
            {
                writer.WriteUtcTime(TrustKit.Start);
                writer.WriteUtcTime(TrustKit.End);
            }
            writer.WriteEncodedValue(name);
            writer.WriteEncodedValue(key.ExportSubjectPublicKeyInfo());
        }
        byte[] body = writer.Encode();
        writer.Reset();
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(body);
            Algorithm();
            writer.WriteBitString(key.SignData(body, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1));
        }
        return writer.Encode();

        void Algorithm()
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.Sha256WithRsa);
                writer.WriteNull();
            }
        }
    }
}
