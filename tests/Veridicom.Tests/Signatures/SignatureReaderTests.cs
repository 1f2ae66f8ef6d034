using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Xunit;
using static Veridicom.Tests.Signatures.Sample;

namespace Veridicom.Tests.Signatures;

/// <summary>Signatures found, joined, and their missing or broken parts named.</summary>
public sealed class SignatureReaderTests
{
    private static readonly byte[] Good = Signed(File(Image), Options() with { Purpose = SignaturePurpose.All[4] });

    private static DicomSignature Read(byte[] file) => Assert.Single(SignatureReader.Read(Parse(file).DataSet));

    private static void HasProblem(byte[] file, SignatureReason reason)
    {
        Assert.Contains(Read(file).Problems, problem => problem.Reason == reason);
        SignatureResult result = Verify(file);
        Assert.Equal(SignatureVerdict.Unverifiable, result.Verdict);
        Assert.Equal(CheckState.Failed, result[SignatureFinding.Parts].State);
    }

    [Fact]
    public void A_whole_signature_is_read()
    {
        DicomSignature signature = Read(Good);
        Assert.Empty(signature.Problems);
        Assert.Equal("2.25.42", signature.Uid);
        Assert.Equal((ushort)0, signature.MacId);
        Assert.Equal(DigestAlgorithm.Sha256, signature.MacAlgorithm);
        Assert.Equal("1.2.840.10008.1.2.1", signature.TransferSyntaxUid);
        Assert.Equal("20260601120000.000000+0000", signature.DateTimeText);
        Assert.Equal("Verification Signature", signature.Purpose!.Meaning);
        Assert.Equal(Scanner.Der.ToArray(), signature.Certificate.ToArray());
        Assert.Equal(9, signature.Tags.Count);
        Assert.Null(signature.Timestamp);
        Assert.False(signature.IsItemLevel || signature.IsHistoric);
        Assert.Equal("", signature.LevelPath);
        Assert.NotNull(signature.MacItem);
    }

    [Theory]
    [InlineData(0x04000100u)]
    [InlineData(0x04000105u)]
    [InlineData(0x04000110u)]
    [InlineData(0x04000115u)]
    [InlineData(0x04000120u)]
    [InlineData(0x04000010u)]
    [InlineData(0x04000015u)]
    [InlineData(0x04000020u)]
    [InlineData(0x04000005u)]
    [InlineData(0x04000005u, 1)]
    [InlineData(0x4FFE0001u)]
    public void Every_part_is_missed(uint tag, int occurrence = 0)
    {
        HasProblem(Without(Good, tag, occurrence), SignatureReason.MissingPart);
        if (tag >> 16 == 0x0400) HasProblem(With(Good, tag, [], occurrence), SignatureReason.MissingPart);
    }

    [Fact]
    public void Terms_that_are_not_known_are_named()
    {
        HasProblem(With(Good, 0x04000015, "SHA3"u8.ToArray()), SignatureReason.UnknownMacAlgorithm);
        HasProblem(With(Good, 0x04000110, "PGP "u8.ToArray()), SignatureReason.UnknownCertificateType);
        HasProblem(With(Good, 0x04000020, [1, 2, 3, 4, 5, 6]), SignatureReason.Malformed);
        HasProblem(With(Good, 0x04000115, [1, 2, 3, 4]), SignatureReason.Malformed);
        HasProblem(With(Good, 0x04000115, [0x30, 0x82, 1, 0]), SignatureReason.Malformed);
    }

    [Fact]
    public void Bytes_that_are_no_certificate_are_named()
    {
        SignatureResult result = Verify(With(Good, 0x04000115, [0x30, 0x00]));
        Assert.Equal(SignatureReason.Malformed, result[SignatureFinding.Parts].Reason);
        Assert.Equal(SignatureVerdict.Unverifiable, result.Verdict);
    }

    [Fact]
    public void Two_items_of_one_number_are_no_choice()
    {
        DicomNode item = Parse(Good).DataSet[Find(Good, 0x4FFE0001).Index + 1];
        byte[] copy = Good[(int)item.HeaderOffset..(int)item.EndOffset];
        HasProblem([.. Good[..(int)item.EndOffset], .. copy, .. Good[(int)item.EndOffset..]], SignatureReason.DuplicateMacId);
    }

    [Fact]
    public void A_token_must_say_what_it_is()
    {
        byte[] token = new ElementWriter().Bytes(Tag(0x04000310), Vr.OB, [0x30, 0x00]).ToArray();
        HasProblem(Behind(Good, 0x04000120, token), SignatureReason.Malformed);
        byte[] typed = new ElementWriter().Text(Tag(0x04000305), Vr.CS, "CMS_TSP").Bytes(Tag(0x04000310), Vr.OB, [0x30, 0x00]).ToArray();
        Assert.Equal([0x30, 0x00], Read(Behind(Good, 0x04000120, typed)).Timestamp!.Value.ToArray());
    }

    [Fact]
    public void A_sequence_that_is_none_is_reported()
    {
        byte[] file = File(writer => writer.Text(PatientName, Vr.PN, "Doe").Bytes(Tag(0xFFFAFFFA), Vr.OB, [1, 2, 3, 4]));
        Assert.Equal(SignatureReason.Malformed, Assert.Single(Read(file).Problems).Reason);
        Assert.Empty(SignatureReader.Read(Parse(File(writer => writer.Bytes(Tag(0xFFFAFFFA), Vr.OB, []))).DataSet));
    }

    [Fact]
    public void Signatures_are_found_in_items_and_those_of_the_past_are_marked()
    {
        static void Signature(ElementWriter writer) => writer.BeginSequence(Tag(0xFFFAFFFA)).BeginItem().Text(Tag(0x04000100), Vr.UI, "1.2").EndItem().EndSequence();
        byte[] file = File(writer =>
        {
            writer.BeginSequence(Tag(0x00081140)).BeginItem();
            Signature(writer);
            writer.EndItem().EndSequence().BeginSequence(Tag(0x04000561)).BeginItem().BeginSequence(Tag(0x04000550)).BeginItem();
            Signature(writer);
            writer.EndItem().EndSequence().EndItem().EndSequence();
            Signature(writer);
        });
        IReadOnlyList<DicomSignature> found = SignatureReader.Read(Parse(file).DataSet);
        Assert.Equal(["(0008,1140)[1]", "(0400,0561)[1].(0400,0550)[1]", ""], found.Select(s => s.LevelPath));
        Assert.Equal([false, true, false], found.Select(s => s.IsHistoric));
        Assert.Equal([true, true, false], found.Select(s => s.IsItemLevel));
        Assert.Equal(SignatureVerdict.Historic, SignatureCheck.Verify(Parse(file), found[1], Trusted, Veridicom.Tests.Trust.TrustKit.Now).Verdict);
    }

    [Theory]
    [InlineData(TransferSyntaxOf.Implicit)]
    [InlineData(TransferSyntaxOf.BigEndian)]
    public void Tags_are_read_in_every_byte_order(TransferSyntaxOf encoding)
    {
        TransferSyntax syntax = encoding == TransferSyntaxOf.Implicit ? TransferSyntax.ImplicitVrLittleEndian : TransferSyntax.ExplicitVrBigEndian;
        Assert.Equal(Read(Good).Tags, Read(Signed(File(syntax, Image))).Tags);
    }

    public enum TransferSyntaxOf
    {
        Implicit,
        BigEndian,
    }

    [Theory]
    [InlineData("3000", 2)]
    [InlineData("300000", 2)]
    [InlineData("30000000", 0)]
    [InlineData("300001", 0)]
    [InlineData("3081020102", 5)]
    [InlineData("308200020102", 6)]
    [InlineData("30820002010200", 6)]
    [InlineData("30820002010201", 0)]
    [InlineData("3080", 0)]
    [InlineData("3085000000000100", 0)]
    [InlineData("3082", 0)]
    [InlineData("30", 0)]
    [InlineData("0400", 0)]
    public void A_der_value_ends_before_its_padding(string hex, int length) => Assert.Equal(length, DerLength.Of(Convert.FromHexString(hex)));

    [Fact]
    public void Every_reason_has_a_name_and_a_sentence()
    {
        var names = new HashSet<string>();
        foreach (SignatureReason reason in Enum.GetValues<SignatureReason>())
        {
            Assert.True(names.Add(reason.Name()));
            Assert.EndsWith(".", reason.Text(), StringComparison.Ordinal);
        }
        Assert.Contains("duplicate-mac-id", names);
        Assert.Throws<ArgumentOutOfRangeException>(() => ((SignatureReason)99).Text());
        Assert.Null(SignaturePurpose.Find("19"));
    }
}
