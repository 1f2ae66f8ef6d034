using System.Security.Cryptography;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Xunit;
using static Veridicom.Tests.Signatures.Sample;

namespace Veridicom.Tests.Signatures;

/// <summary>The bytes that a MAC is calculated over, against bytes written out by hand.</summary>
public sealed class MacStreamTests
{
    private static byte[] Hex(string text) => Convert.FromHexString(text.Replace(" ", "", StringComparison.Ordinal));

    public static TheoryData<string> Native => [.. new[] { TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian }.Select(s => s.Uid)];

    private static TransferSyntax Syntax(string uid) => TransferSyntax.TryFind(uid, out TransferSyntax? syntax) ? syntax : throw new ArgumentException(uid);

    [Theory]
    [MemberData(nameof(Native))]
    public void Every_native_encoding_gives_explicit_little_endian(string syntax)
    {
        byte[] file = File(Syntax(syntax), writer => writer
            .Text(Tag(0x00080018), Vr.UI, "1.2.3")
            .Text(PatientName, Vr.PN, "Doe")
            .Bytes(Tag(0x00189073), Vr.FD, [1, 2, 3, 4, 5, 6, 7, 8])
            .Tags(Tag(0x00280009), [Tag(0x00181063)])
            .UInt16(Tag(0x00280010), 0x0102)
            .Bytes(PixelData, Vr.OW, [1, 2, 3, 4]));
        byte[] expected =
        [
            .. Hex("0800 1800 5549 0600 312E322E3300"),
            .. Hex("1000 1000 504E 0400 446F6520"),
            .. Hex("1800 7390 4644 0800 0102030405060708"),
            .. Hex("2800 0900 4154 0400 18006310"),
            .. Hex("2800 1000 5553 0200 0201"),
            .. Hex("E07F 1000 4F57 0000 04000000 01020304"),
        ];
        Assert.Equal(expected, Stream(file));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Sequences_and_items_have_no_length_however_they_were_written(bool defined)
    {
        byte[] inner = new ElementWriter().Text(Tag(0x00080100), Vr.SH, "A").ToArray();
        byte[] items = defined
            ? [.. Hex("FEFF00E0"), .. BitConverter.GetBytes(inner.Length), .. inner, .. Hex("FEFF00E0 00000000")]
            : [.. Hex("FEFF00E0 FFFFFFFF"), .. inner, .. Hex("FEFF0DE0 00000000 FEFF00E0 FFFFFFFF FEFF0DE0 00000000 FEFFDDE0 00000000")];
        byte[] file = File(writer => writer
            .Header(Tag(0x00081140), Vr.SQ, defined ? (uint)items.Length : 0xFFFFFFFF).Raw(items)
            .Header(Tag(0x00081150), Vr.UI, 0)
            .Header(Tag(0x00082112), Vr.SQ, 0));
        Assert.Equal(
            Hex("0800 4011 5351 0000  FEFF00E0  0800 0001 5348 0200 4120  FEFF00E0  FEFFDDE0  0800 5011 5549 0000  0800 1221 5351 0000 FEFFDDE0"),
            Stream(file));
    }

    [Fact]
    public void Fragments_have_no_length_and_encapsulated_values_are_bytes()
    {
        byte[] file = File(TransferSyntax.RleLossless, writer => writer.Header(PixelData, Vr.OW, 0xFFFFFFFF)
            .Raw(Hex("FEFF00E0 00000000 FEFF00E0 02000000 ABCD FEFF00E0 04000000 01020304 FEFFDDE0 00000000")));
        Assert.Equal(Hex("E07F 1000 4F42 0000 FEFF00E0 FEFF00E0 ABCD FEFF00E0 01020304 FEFFDDE0"), Stream(file));
    }

    [Fact]
    public void What_is_never_hashed_is_skipped_at_every_depth()
    {
        byte[] bare = File(writer => writer.BeginSequence(Tag(0x00081140)).BeginItem().Text(Tag(0x00081155), Vr.UI, "1.2").EndItem().EndSequence());
        byte[] full = File(writer => writer
            .UInt32(Tag(0x00080000), 0)
            .UInt32(Tag(0x00080001), 0)
            .BeginSequence(Tag(0x00081140)).BeginItem()
            .UInt32(Tag(0x00080000), 10)
            .Text(Tag(0x00081155), Vr.UI, "1.2")
            .BeginSequence(Tag(0x4FFE0001)).BeginItem().UInt16(Tag(0x04000005), 0).EndItem().EndSequence()
            .BeginSequence(Tag(0xFFFAFFFA)).BeginItem().UInt16(Tag(0x04000005), 0).EndItem().EndSequence()
            .Bytes(Tag(0xFFFCFFFC), Vr.OB, [0, 0])
            .EndItem().EndSequence()
            .Bytes(Tag(0xFFFCFFFC), Vr.OB, [0, 0]));
        Assert.Equal(Stream(bare), Stream(full));
    }

    [Fact]
    public void An_unknown_representation_makes_an_element_and_every_sequence_around_it_unsignable()
    {
        byte[] file = File(writer => writer
            .BeginSequence(Tag(0x00081140)).BeginItem().BeginSequence(Tag(0x00081199)).BeginItem().Bytes(Tag(0x00091001), Vr.UN, [1, 2]).EndItem().EndSequence().EndItem().EndSequence()
            .Bytes(Tag(0x00091001), Vr.UN, [1, 2]));
        Assert.Empty(Stream(file));
    }

    [Fact]
    public void Unknown_of_undefined_length_is_a_sequence_and_of_defined_length_is_not()
    {
        byte[] item = Hex("FEFF00E0 0C000000  0800 5511 04000000 312E3200");
        byte[] undefined = File(writer => writer.Header(Tag(0x00091002), Vr.UN, 0xFFFFFFFF).Raw([.. item, .. Hex("FEFFDDE0 00000000")]));
        byte[] defined = File(writer => writer.Header(Tag(0x00091002), Vr.UN, (uint)item.Length).Raw(item));
        Assert.Equal(Hex("0900 0210 5351 0000 FEFF00E0 0800 5511 5549 0400 312E3200 FEFFDDE0"), Stream(undefined));
        Assert.Empty(Stream(defined));
    }

    [Fact]
    public void A_value_too_long_for_its_explicit_header_is_unsignable()
    {
        byte[] file = File(TransferSyntax.ImplicitVrLittleEndian, writer => writer.Bytes(Tag(0x00204000), Vr.LT, new byte[70_000]).Bytes(Tag(0x00283006), Vr.OW, new byte[70_000]));
        Assert.False(Signable.IsSignableElement(Find(file, 0x00204000)));
        Assert.True(Signable.IsSignableElement(Find(file, 0x00283006)));
    }

    [Theory]
    [InlineData(0x00280106u, 1, "SS")]
    [InlineData(0x00280106u, 0, "US")]
    [InlineData(0x00283002u, 1, "SS")]
    [InlineData(0x00281101u, 1, "US")]
    [InlineData(0x00189810u, 1, "US")] // stands before Pixel Representation
    [InlineData(0x00283006u, 1, "OW")]
    [InlineData(0x60003000u, 0, "OW")]
    [InlineData(0x50023000u, 0, "OB")]
    [InlineData(0x54001010u, 0, "OW")]
    [InlineData(0x7FE00010u, 0, "OW")]
    public void Implicit_representations_are_inferred_as_dcmtk_does(uint tag, int representation, string vr)
    {
        byte[] file = Ascending(TransferSyntax.ImplicitVrLittleEndian, (0x00280103, [(byte)representation, 0]), (tag, [1, 0, 2, 0]));
        Assert.Equal(vr, MacVr.Of(Find(file, tag), default).Text());
    }

    [Fact]
    public void Waveforms_of_eight_bits_are_bytes_where_the_item_says_so_before()
    {
        byte[] file = Ascending(TransferSyntax.ImplicitVrLittleEndian, (0x54000110, [0, 0]), (0x54001004, [8, 0]), (0x5400100A, [0, 0]), (0x54001010, [1, 2]));
        Assert.Equal([Vr.OW, Vr.OB, Vr.OB], new[] { 0x54000110u, 0x5400100Au, 0x54001010u }.Select(tag => MacVr.Of(Find(file, tag), default)));
    }

    [Fact]
    public void The_other_readings_are_those_that_make_a_difference()
    {
        byte[] implicitFile = Ascending(TransferSyntax.ImplicitVrLittleEndian,
            (0x00280100, [8, 0]), (0x00280103, [1, 0]), (0x00281101, [1, 0, 2, 0, 3, 0]), (0x00283006, [1, 0]), (0x60003000, [1, 0]), (0x7FE00010, [1, 0]));
        Assert.Equal(16, Readings(implicitFile));
        Assert.Equal(1, Readings(File(Image)));
        Assert.Equal(2, Readings(File(writer => writer.Text(PatientName, Vr.PN, "Doe^J   "))));
        Assert.Equal(2, Readings(File(writer => writer.Text(Tag(0x00080018), Vr.UI, "1.2 "))));
        DicomNode table = Find(implicitFile, 0x00281101);
        Assert.Equal(Vr.SS, MacVr.Of(table, new MacReading { OuterSign = true }));
    }

    [Fact]
    public void The_sign_of_a_value_in_an_item_may_come_from_the_data_set()
    {
        byte[] file = File(TransferSyntax.ImplicitVrLittleEndian, writer => writer.UInt16(Tag(0x00280103), 1)
            .BeginSequence(Tag(0x00283000)).BeginItem().UInt16(Tag(0x00283002), 1, 2, 3).EndItem().EndSequence());
        DicomNode descriptor = Find(file, 0x00283002);
        Assert.Equal(Vr.US, MacVr.Of(descriptor, default));
        Assert.Equal(Vr.SS, MacVr.Of(descriptor, new MacReading { OuterSign = true }));
    }

    [Theory]
    [InlineData("Doe     ", "Doe ")]
    [InlineData("    ", "")]
    [InlineData("AB\0\0", "AB\0\0")]
    [InlineData("ABC", "ABC\0")]
    [InlineData("", "")]
    public void Text_is_padded_once(string stored, string hashed)
    {
        byte[] file = File(writer => writer.Header(Tag(0x00080070), Vr.LO, (uint)stored.Length).Raw(Encoding.Latin1.GetBytes(stored)));
        Assert.Equal([.. Hex("0800 7000 4C4F"), (byte)hashed.Length, 0, .. Encoding.Latin1.GetBytes(hashed)], Stream(file));
    }

    [Fact]
    public void Stored_text_keeps_its_padding()
    {
        byte[] file = File(writer => writer.Text(Tag(0x00080018), Vr.UI, "1.2 ").Text(PatientName, Vr.PN, "Doe   "));
        using var stream = new MemoryStream();
        MacStream.WriteElements(Parse(file).DataSet.Root, new HashSet<DicomTag> { Tag(0x00080018), PatientName }, stream, new MacReading { StoredText = true });
        Assert.Equal([.. Hex("0800 1800 5549 0400 312E3220 1000 1000 504E 0600"), .. "Doe   "u8], stream.ToArray());
    }

    [Fact]
    public void Large_values_pass_in_windows_and_swapped_ones_come_out_whole()
    {
        byte[] pixels = new byte[3_000_001];
        new Random(5).NextBytes(pixels);
        byte[] little = File(writer => writer.Bytes(PixelData, Vr.OW, pixels)), big = File(TransferSyntax.ExplicitVrBigEndian, writer => writer.Bytes(PixelData, Vr.OW, pixels));
        var source = new NarrowSource(big);
        using var digest = new MacDigest(DigestAlgorithm.Sha256);
        MacStream.WriteElements(DicomFile.Parse(source).DataSet.Root, new HashSet<DicomTag> { PixelData }, digest);
        Assert.Equal(3_000_014, digest.Length);
        Assert.Equal(SHA256.HashData(Stream(little)), digest.Finish());
        Assert.InRange(source.Widest, 1, 1 << 20);
    }

    [Fact]
    public void Every_mac_algorithm_has_its_term_and_hashes()
    {
        foreach (DigestAlgorithm algorithm in Enum.GetValues<DigestAlgorithm>())
        {
            Assert.Equal(algorithm, MacDigest.FromTerm(MacDigest.Term(algorithm)));
            using var digest = new MacDigest(algorithm);
            digest.Write("ab"u8.ToArray(), 0, 2);
            digest.WriteByte((byte)'c');
            digest.Flush();
            Assert.True(digest is { CanWrite: true, CanRead: false, CanSeek: false, Position: 3 });
            Assert.Equal(algorithm.Hash("abc"u8), digest.Finish());
            Assert.Equal(algorithm.Hash([]), digest.Finish());
            Assert.Throws<NotSupportedException>(() => digest.Read(new byte[1], 0, 1));
            Assert.Throws<NotSupportedException>(() => digest.Seek(0, SeekOrigin.Begin));
            Assert.Throws<NotSupportedException>(() => digest.SetLength(0));
            Assert.Throws<NotSupportedException>(() => digest.Position = 0);
        }
        Assert.Null(MacDigest.FromTerm("SHA3"));
        Assert.Throws<ArgumentOutOfRangeException>(() => MacDigest.Term((DigestAlgorithm)99));
    }

    private static int Readings(byte[] file)
    {
        var elements = new List<DicomNode>();
        DicomNode root = Parse(file).DataSet.Root;
        foreach (DicomNode element in root) elements.Add(element);
        return MacReading.All(elements, elements[0]).Count();
    }

    private static byte[] Ascending(TransferSyntax syntax, params (uint Tag, byte[] Value)[] elements) => File(syntax, writer =>
    {
        foreach ((uint tag, byte[] value) in elements.OrderBy(e => e.Tag)) writer.Bytes(Tag(tag), Vr.OB, value);
    });

    /// <summary>Gives narrow windows only, and remembers the widest that was asked for.</summary>
    private sealed class NarrowSource(byte[] bytes) : ByteSource
    {
        public int Widest { get; private set; }

        public override long Length => bytes.Length;

        public override ReadOnlySpan<byte> Window(long offset, int length)
        {
            CheckWindow(offset, length);
            Widest = Math.Max(Widest, length);
            return bytes.AsSpan((int)offset, length).ToArray();
        }
    }
}
