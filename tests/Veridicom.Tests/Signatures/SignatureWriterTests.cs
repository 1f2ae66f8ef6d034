using System.Buffers.Binary;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Tests.Trust;
using Xunit;
using static Veridicom.Tests.Signatures.Sample;

namespace Veridicom.Tests.Signatures;

/// <summary>Signatures put in and taken out: what else the file holds keeps its bytes.</summary>
public sealed class SignatureWriterTests
{
    private static readonly TransferSyntax[] Native = [TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian];

    private static SignatureEdits Create(byte[] file, SignatureOptions? options = null, Party? party = null)
    {
        using KeySigner signer = new(Key(party ?? Scanner), (party ?? Scanner).Path(false));
        return SignatureWriter.Create(Parse(file), signer, options ?? Options());
    }

    private static AsymmetricAlgorithm Key(Party party) =>
        party.Key is RSA rsa ? RSA.Create(rsa.ExportParameters(true)) : ECDsa.Create(((ECDsa)party.Key).ExportParameters(true));

    private static byte[] Apply(byte[] file, IEnumerable<SourceEdit> edits)
    {
        using var output = new MemoryStream();
        SourceEdit.Apply(edits, new MemorySource(file)).WriteTo(output);
        return output.ToArray();
    }

    private static void RoundTrips(byte[] file)
    {
        SignatureEdits edits = Create(file);
        byte[] signed = Apply(file, edits.Edits);
        DicomFile parsed = Parse(signed);
        Assert.Equal(Parse(file).DataSet.DefectCount, parsed.DataSet.DefectCount);
        Assert.Equal(SignatureVerdict.Partial, SignatureCheck.VerifyAll(parsed, Trusted, TrustKit.Now)[^1].Verdict);
        Assert.Equal(file, Apply(signed, SignatureWriter.Remove(parsed, [edits.SignatureUid], edits.MacSequenceCreated, edits.SignatureSequenceCreated)));
    }

    [Fact]
    public void What_is_put_in_can_be_taken_out_in_every_encoding()
    {
        foreach (TransferSyntax syntax in Native)
        {
            RoundTrips(File(syntax, Image));
            RoundTrips(File(syntax, Head)); // both sequences at the end
            RoundTrips(File(syntax, writer =>
            {
                Image(writer);
                writer.Bytes(Tag(0xFFFCFFFC), Vr.OB, [0, 0]);
            }));
        }
    }

    [Fact]
    public void Sequences_that_are_there_are_joined_whatever_their_length_form()
    {
        foreach (TransferSyntax syntax in Native)
        {
            byte[] once = Signed(File(syntax, Image), Options() with { Uid = "2.25.1" });
            RoundTrips(once);
            RoundTrips(Defined(once, syntax));
            SignatureEdits second = Create(once);
            Assert.Equal(1, second.MacId);
            Assert.False(second.MacSequenceCreated || second.SignatureSequenceCreated);
            byte[] twice = Apply(once, second.Edits);
            Assert.Equal([SignatureVerdict.Partial, SignatureVerdict.Partial], SignatureCheck.VerifyAll(Parse(twice), Trusted, TrustKit.Now).Select(r => r.Verdict));

            // Taken out in the other order, the sequences stay, although this signature had made them.
            byte[] left = Apply(twice, SignatureWriter.Remove(Parse(twice), ["2.25.1"], true, true));
            Assert.Equal("2.25.42", Assert.Single(SignatureReader.Read(Parse(left).DataSet)).Uid);
            Assert.Equal(SignatureVerdict.Partial, Verify(left).Verdict);
        }
    }

    /// <summary>The same file with both sequences of the signature in defined length.</summary>
    private static byte[] Defined(byte[] file, TransferSyntax syntax)
    {
        foreach (uint tag in new[] { 0xFFFAFFFAu, 0x4FFE0001u })
        {
            DicomNode sequence = Find(file, tag);
            byte[] length = new byte[4];
            if (syntax.IsBigEndian) BinaryPrimitives.WriteUInt32BigEndian(length, (uint)sequence.ValueLength);
            else BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)sequence.ValueLength);
            file = [.. file[..(int)(sequence.ValueOffset - 4)], .. length, .. file[(int)sequence.ValueOffset..(int)(sequence.ValueOffset + sequence.ValueLength)], .. file[(int)sequence.EndOffset..]];
        }
        Assert.False(Find(file, 0xFFFAFFFA).UndefinedLength);
        return file;
    }

    [Fact]
    public void Group_lengths_of_the_groups_touched_stay_right()
    {
        foreach (TransferSyntax syntax in Native)
        {
            byte[] empty = File(syntax, writer =>
            {
                Head(writer);
                writer.UInt32(Tag(0x4FFE0000), 0).UInt32(Tag(0xFFFA0000), 0);
            });
            RoundTrips(empty);
            RoundTrips(Signed(empty, Options() with { Uid = "2.25.1" }));
        }
    }

    [Fact]
    public void A_sequence_that_came_back_as_unknown_is_joined_in_its_own_encoding()
    {
        byte[] file = File(writer =>
        {
            Head(writer);
            writer.Header(Tag(0x4FFE0001), Vr.UN, 0xFFFFFFFF).EndSequence();
        });
        RoundTrips(file);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(2)]
    public void What_is_no_sequence_is_not_joined(int length)
    {
        byte[] value = length == 8 ? [0xFE, 0xFF, 0, 0xE0, 0, 0, 0, 0] : [1, 2];
        byte[] file = File(writer =>
        {
            Head(writer);
            writer.Bytes(Tag(0x4FFE0001), Vr.UN, value);
        });
        Assert.Equal(DicomError.BadElement, Assert.Throws<DicomException>(() => Create(file)).Code);
    }

    [Fact]
    public void The_lowest_free_mac_number_is_taken()
    {
        byte[] file = File(writer => writer.Text(PatientName, Vr.PN, "Doe")
            .BeginSequence(Tag(0x4FFE0001)).BeginItem().UInt16(Tag(0x04000005), 0).EndItem().BeginItem().UInt16(Tag(0x04000005), 2).EndItem().EndSequence()
            .BeginSequence(Tag(0xFFFAFFFA)).BeginItem().UInt16(Tag(0x04000005), 1).EndItem().BeginItem().EndItem().EndSequence());
        Assert.Equal(3, Create(file).MacId);
    }

    [Fact]
    public void Parameters_that_another_signature_uses_stay()
    {
        byte[] signed = Signed(File(Image));
        DicomNode item = Parse(signed).DataSet[Find(signed, 0xFFFAFFFA).Index + 1];
        byte[] other = With(signed[(int)item.HeaderOffset..(int)item.EndOffset] is var copy ? File(writer => writer.Raw([.. Hex("FAFFFAFF53510000FFFFFFFF"), .. copy, .. Hex("FEFFDDE000000000")])) : [], 0x04000100, "1.2\0"u8.ToArray());
        DicomNode renamed = Parse(other).DataSet[2];
        byte[] both = [.. signed[..(int)item.EndOffset], .. other[(int)renamed.HeaderOffset..(int)renamed.EndOffset], .. signed[(int)item.EndOffset..]];
        byte[] left = Apply(both, SignatureWriter.Remove(Parse(both), ["2.25.42"], true, true));
        DicomSignature kept = Assert.Single(SignatureReader.Read(Parse(left).DataSet));
        Assert.Empty(kept.Problems);
        Assert.Equal("1.2", kept.Uid);
    }

    private static byte[] Hex(string text) => Convert.FromHexString(text);

    [Fact]
    public void What_is_not_there_is_not_taken_out()
    {
        byte[] signed = Signed(File(Image));
        Assert.Empty(SignatureWriter.Remove(Parse(signed), ["1.2.3"], true, true));
        Assert.Empty(SignatureWriter.Remove(Parse(File(Image)), ["1.2.3"], true, true));
    }

    [Fact]
    public void Our_own_private_group_is_left_out_and_elements_that_cannot_be_signed_too()
    {
        byte[] file = File(writer =>
        {
            Head(writer);
            writer.Bytes(Tag(0x00290010), Vr.LO, "ACME"u8).Bytes(Tag(0x00291001), Vr.UN, [1, 2]).Text(Tag(0x7FF10010), Vr.LO, "VERIDICOM SEAL 1").Bytes(Tag(0x7FF11001), Vr.OB, [1, 2]);
        });
        SignatureEdits edits = Create(file);
        Assert.Equal([Tag(0x00291001)], edits.LeftOut);
        Assert.Empty(Create(Signed(File(Image))).LeftOut);
        IReadOnlyList<DicomTag> tags = edits.Tags;
        Assert.Contains(Tag(0x00290010), tags);
        Assert.DoesNotContain(Tag(0x00291001), tags);
        Assert.DoesNotContain(tags, tag => tag.Group == 0x7FF1);
        Assert.Equal(tags.Order(), tags);
    }

    [Fact]
    public void The_creator_profile_adds_what_it_wants_and_needs_its_uids()
    {
        IReadOnlyList<DicomTag> tags = Create(File(Image), Options(SignatureProfile.Creator, [PatientName]), RsaScanner).Tags;
        Assert.Equal(9, tags.Count);
        byte[] bare = Without(File(Image), 0x00080018);
        Assert.Contains("SOPInstanceUID", Assert.Throws<DicomException>(() => Create(bare, Options(SignatureProfile.Creator), RsaScanner)).Message, StringComparison.Ordinal);
        Assert.NotEmpty(Create(bare, Options(SignatureProfile.Base), RsaScanner).Tags);
    }

    [Theory]
    [InlineData(0x00080070u, false, true)]
    [InlineData(0x00100010u, false, false)]
    [InlineData(0x60000010u, false, true)]
    [InlineData(0x601E3000u, false, true)]
    [InlineData(0x60000012u, false, false)]
    [InlineData(0x50003000u, false, true)]
    [InlineData(0x50203000u, false, false)]
    [InlineData(0x00291001u, false, false)]
    [InlineData(0x00291001u, true, true)]
    [InlineData(0x7FF11001u, true, false)]
    public void The_creator_profile_wants_device_and_image(uint tag, bool rawData, bool wanted) => Assert.Equal(wanted, CreatorProfile.WantsIfPresent(Tag(tag), rawData));

    [Fact]
    public void The_creator_profile_is_met_only_with_all_that_is_there()
    {
        DicomDataSet set = Parse(File(Image)).DataSet;
        var signed = new HashSet<DicomTag>(CreatorProfile.Wanted(set));
        Assert.True(CreatorProfile.IsMetBy(signed, set));
        signed.Remove(Tag(0x00280010));
        Assert.False(CreatorProfile.IsMetBy(signed, set));
    }

    [Fact]
    public void Elements_that_are_asked_for_must_be_there_and_signable()
    {
        Assert.Equal(DicomError.BadElement, Assert.Throws<DicomException>(() => Create(File(Image), Options(tags: [Tag(0x00100020)]))).Code);
        byte[] file = File(writer => writer.Bytes(Tag(0x00291001), Vr.UN, [1, 2]));
        Assert.Throws<DicomException>(() => Create(file, Options(tags: [Tag(0x00291001)])));
        Assert.Throws<DicomException>(() => Create(file));
    }

    [Fact]
    public void Too_many_elements_are_refused()
    {
        byte[] file = File(writer =>
        {
            for (uint tag = 0; tag < 16_400; tag++) writer.Header(Tag(0x00291000 + tag), Vr.US, 0);
        });
        Assert.Equal(DicomError.TooMany, Assert.Throws<DicomException>(() => Create(file)).Code);
    }

    [Fact]
    public void No_number_is_left_when_all_are_taken()
    {
        byte[] file = File(writer =>
        {
            writer.Text(PatientName, Vr.PN, "Doe").BeginSequence(Tag(0x4FFE0001));
            for (int id = 0; id <= ushort.MaxValue; id++) writer.BeginItem().UInt16(Tag(0x04000005), (ushort)id).EndItem();
            writer.EndSequence();
        });
        Assert.Equal(DicomError.TooMany, Assert.Throws<DicomException>(() => Create(file)).Code);
    }

    [Fact]
    public void An_ambiguous_data_set_is_refused()
    {
        byte[] file = [.. File(Image), .. new ElementWriter().Text(PatientName, Vr.PN, "EVE").Written];
        Assert.Equal(DicomError.OutOfOrder, Assert.Throws<DicomException>(() => Create(file)).Code);
    }

    [Fact]
    public void Keys_hashes_and_times_that_do_not_fit_are_refused()
    {
        byte[] file = File(Image);
        TrustKit.Refused(TrustCode.WeakHash, () => Create(file, Options() with { Digest = DigestAlgorithm.Sha1 }));
        TrustKit.Refused(TrustCode.UnsupportedKey, () => Create(file, Options(SignatureProfile.Base)));
        TrustKit.Refused(TrustCode.NotYetValid, () => Create(file, Options() with { At = TrustKit.Start.AddSeconds(-1) }));
        TrustKit.Refused(TrustCode.Expired, () => Create(file, Options() with { At = TrustKit.End.AddSeconds(1) }));
        TrustKit.Refused(TrustCode.UnsupportedKey, () => Create(file, party: TrustKit.Signer(Root, "P-521", ECDsa.Create(ECCurve.NamedCurves.nistP521))));
        TrustKit.Refused(TrustCode.WeakKey, () => Create(file, party: TrustKit.Signer(Root, "Small", RSA.Create(1024))));
        Assert.Throws<ArgumentException>(() => Create(file, Options() with { Uid = "not a uid" }));
        Assert.Throws<ArgumentException>(() => Create(file, Options() with { Uid = new string('1', 65) }));
    }

    [Fact]
    public void A_length_that_would_not_fit_is_refused()
    {
        byte[] file = File(writer =>
        {
            Head(writer);
            writer.UInt32(Tag(0xFFFA0000), 0xFFFFFFF0);
        });
        Assert.Equal(DicomError.ValueTooLong, Assert.Throws<DicomException>(() => Create(file)).Code);
    }

    [Fact]
    public void Signing_names_the_syntax_that_the_mac_is_calculated_over()
    {
        foreach (TransferSyntax syntax in Native)
            Assert.Equal(TransferSyntax.ExplicitVrLittleEndian.Uid, SignatureReader.Read(Parse(Signed(File(syntax, Image))).DataSet).Single().TransferSyntaxUid);
    }
}
