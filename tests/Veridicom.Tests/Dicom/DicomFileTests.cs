using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>What stands around the data set: preamble, meta elements, the syntax they name, and the deflated stream.</summary>
public sealed class DicomFileTests
{
    private static readonly byte[] Tiny = new ElementWriter().Text(new(0x0008, 0x0060), Vr.CS, "OT").ToArray();

    private static DicomFile Parse(byte[] bytes, ParseLimits? limits = null) => DicomFile.Parse(new MemorySource(bytes), limits);

    [Theory]
    [InlineData("explicit", SampleFiles.Explicit, true, false)]
    [InlineData("implicit", SampleFiles.Implicit, true, false)]
    [InlineData("big endian", SampleFiles.BigEndian, true, false)]
    [InlineData("deflated", SampleFiles.Deflated, true, false)]
    [InlineData("fragments", SampleFiles.Rle, true, false)]
    [InlineData("meta without preamble", SampleFiles.Explicit, false, false)]
    [InlineData("bare explicit", SampleFiles.Explicit, false, true)]
    [InlineData("bare implicit", SampleFiles.Implicit, false, true)]
    [InlineData("bare big endian", SampleFiles.BigEndian, false, true)]
    public void The_encoding_is_the_one_stated_or_the_one_found(string name, string uid, bool preamble, bool assumed)
    {
        DicomFile file = Parse(SampleFiles.All().Single(sample => sample.Name == name).Bytes);

        Assert.Equal((uid, preamble, assumed), (file.TransferSyntax.Uid, file.HasPreamble, file.SyntaxAssumed));
        Assert.Equal(uid != SampleFiles.Rle, file.IsNative);
        Assert.Equal(!name.StartsWith("bare", StringComparison.Ordinal), file.Meta is not null);
        Assert.Equal(name == "deflated" ? 0 : file.DataSetOffset, file.DataSet.Root.HeaderOffset);
    }

    [Fact]
    public void What_is_no_DICOM_says_so()
    {
        foreach (byte[] bytes in new byte[][]
        {
            [], [8], [.. "GIF89a..."u8], new byte[200], [.. new byte[128], .. "DICN"u8, .. new byte[40]],
            [8, 0, 0x60, 0, 0xFF, 0xFF, 0xFF, 0x7F], [0, 2, 0, 0x60, 1, 0, 0, 0, 0],
        })
        {
            Assert.Equal(DicomError.NotDicom, Assert.Throws<DicomException>(() => Parse(bytes)).Code);
        }
    }

    [Fact]
    public void A_syntax_that_nobody_knows_is_refused() =>
        Assert.Equal(DicomError.UnknownTransferSyntax, Assert.Throws<DicomException>(() => Parse(SampleFiles.File("1.2.3.4", Tiny))).Code);

    [Fact]
    public void Without_a_stated_syntax_the_data_set_shows_its_own()
    {
        byte[] meta = SampleFiles.File("", [])[..^0];
        Assert.Equal(SampleFiles.Explicit, Parse(meta).TransferSyntax.Uid);
        foreach ((NodeForm form, string uid) in new[] { (NodeForm.None, SampleFiles.Explicit), (NodeForm.Implicit, SampleFiles.Implicit), (NodeForm.BigEndian, SampleFiles.BigEndian) })
        {
            DicomFile file = Parse([.. meta, .. SampleFiles.DataSet(form)]);
            Assert.Equal((uid, true), (file.TransferSyntax.Uid, file.SyntaxAssumed));
        }
        // a sequence of undefined length may come first
        byte[] sequence = SampleFiles.Sequence(NodeForm.Implicit, new(0x0008, 0x0006), false, []);
        Assert.Equal(SampleFiles.Implicit, Parse([.. meta, .. sequence]).TransferSyntax.Uid);
    }

    [Fact]
    public void Defects_of_the_meta_elements_are_the_carriers()
    {
        byte[] file = SampleFiles.File(SampleFiles.Explicit, Tiny);
        file[140]++; // the group length
        DicomFile parsed = Parse(file);

        Assert.Equal(DicomError.GroupLengthWrong, Assert.Single(parsed.CarrierDefects).Code);
        Assert.False(parsed.IsSound);
        Assert.Equal(0, parsed.DataSet.DefectCount);
    }

    [Fact]
    public void A_directory_may_hold_its_own_group_and_nothing_else_may()
    {
        byte[] directory = new ElementWriter().Text(new(0x0004, 0x1130), Vr.CS, "DISK").ToArray();

        Assert.True(Parse(SampleFiles.File(SampleFiles.Explicit, directory, "1.2.840.10008.1.3.10")).IsSound);
        Assert.Equal(DicomError.IllegalGroup, Assert.Single(Parse(SampleFiles.File(SampleFiles.Explicit, directory)).DataSet.Defects).Code);
    }

    [Fact]
    public void Elements_of_other_groups_within_a_meta_sequence_do_not_end_the_meta_elements()
    {
        byte[] nested = new ElementWriter().BeginSequence(new(0x0002, 0x0102)).BeginItem().Text(new(0x0008, 0x0060), Vr.CS, "OT").EndItem().EndSequence().ToArray();
        byte[] file = SampleFiles.File(SampleFiles.Explicit, [.. nested, .. Tiny]);
        file[140] += (byte)nested.Length;
        DicomFile parsed = Parse(file);

        Assert.Empty(parsed.CarrierDefects);
        Assert.Equal(file.Length - Tiny.Length, parsed.DataSetOffset);
        Assert.Equal(1, parsed.DataSet.Root.ChildCount);
    }

    [Fact]
    public void A_deflated_stream_that_looks_like_a_meta_element_is_not_one()
    {
        // a stored block of 2 bytes, then an empty last one: begins with 00 02; so does no tag, but 02 00 is a fixed block's begin
        byte[] stream = [0x02, 0x00, .. new byte[12]];
        DicomException error = Assert.Throws<DicomException>(() => Parse(SampleFiles.File(SampleFiles.Deflated, stream)));
        byte[] empty = SampleFiles.File(SampleFiles.Deflated, [0x03, 0x00]);

        Assert.Equal((DicomError.BadDeflate, (long)empty.Length - 2), (error.Code, error.Offset));
        Assert.Equal(0, Parse(empty).DataSet.Root.ChildCount);
        Assert.True(Parse(empty).IsSound);
    }

    [Fact]
    public void A_deflated_stream_must_end_where_the_file_does()
    {
        byte[] stream = SampleFiles.Deflate(SampleFiles.DataSet(NodeForm.None));
        foreach (int cut in new[] { 1, 20, stream.Length - 3 })
            Assert.Equal(DicomError.BadDeflate, Assert.Throws<DicomException>(() => Parse(SampleFiles.File(SampleFiles.Deflated, stream[..cut]))).Code);
        foreach (int more in new[] { 2, 7, 8, 9, 63, 64, 65, 200 })
        {
            DicomFile file = Parse(SampleFiles.File(SampleFiles.Deflated, [.. stream, .. new byte[more]]));
            Assert.Equal(DicomError.TrailingData, Assert.Single(file.CarrierDefects).Code);
        }
        byte[] odd = [0x03, 0x00];
        Assert.True(Parse(SampleFiles.File(SampleFiles.Deflated, [.. odd, 0])).IsSound);
        Assert.False(Parse(SampleFiles.File(SampleFiles.Deflated, [.. odd, 1])).IsSound);
    }

    [Fact]
    public void A_gzip_trailer_is_no_trailing_data_where_it_is_right()
    {
        using var gzip = new MemoryStream();
        using (var writer = new System.IO.Compression.GZipStream(gzip, System.IO.Compression.CompressionLevel.Optimal, leaveOpen: true)) writer.Write(Tiny);
        byte[] stream = gzip.ToArray()[10..]; // without the header

        Assert.True(Parse(SampleFiles.File(SampleFiles.Deflated, stream)).IsSound);
        Assert.True(Parse(SampleFiles.File(SampleFiles.Deflated, [.. stream, 0])).IsSound);
        for (int i = stream.Length - 8; i < stream.Length; i++)
        {
            byte[] wrong = [.. stream];
            wrong[i] ^= 1;
            Assert.False(Parse(SampleFiles.File(SampleFiles.Deflated, wrong)).IsSound);
        }
    }

    [Fact]
    public void Windows_of_an_inflated_data_set_may_cross_its_chunks()
    {
        byte[] value = new byte[3_000_000];
        new Random(7).NextBytes(value);
        byte[] data = new ElementWriter().Bytes(new(0x7FE0, 0x0010), Vr.OW, value).ToArray();
        DicomFile file = Parse(SampleFiles.File(SampleFiles.Deflated, SampleFiles.Deflate(data)));
        Assert.True(file.DataSet.TryFind(new(0x7FE0, 0x0010), out DicomNode pixels));

        Assert.Equal(value, pixels.Value);
        foreach (int at in new[] { 0, (1 << 20) - 13, (1 << 20) - 12, (2 << 20) - 20 })
            Assert.Equal(value.AsSpan(at, 16), file.DataSet.Source.Window(12 + at, 16));
        Assert.Throws<ArgumentOutOfRangeException>(() => file.DataSet.Source.Window(data.Length, 1).Length);
        Assert.Equal(0, file.DataSet.Source.Window(data.Length, 0).Length);
    }

    [Theory]
    [InlineData("explicit")]
    [InlineData("big endian")]
    [InlineData("deflated")]
    [InlineData("bare implicit")]
    public void An_edited_data_set_is_read_again_under_the_same_head(string name)
    {
        byte[] bytes = SampleFiles.All().Single(sample => sample.Name == name).Bytes;
        DicomFile file = Parse(bytes);
        var edits = new Splice(file.DataSet.Source);
        Assert.True(file.DataSet.TryFind(new(0x0010, 0x0010), out DicomNode patient));
        edits.Replace(patient.HeaderOffset, patient.EndOffset - patient.HeaderOffset, default);
        DicomFile edited = file.Respliced(edits);
        using var output = new MemoryStream();
        edited.WriteTo(output);
        DicomFile again = Parse(output.ToArray());

        Assert.False(edited.DataSet.TryFind(new(0x0010, 0x0010), out _));
        Assert.True(edited.IsSound);
        Assert.Same(file.Meta, edited.Meta);
        Assert.Equal(ParserTests.Describe(edited.DataSet), ParserTests.Describe(again.DataSet));
        Assert.Equal(bytes[..(int)file.DataSetOffset], output.ToArray()[..(int)again.DataSetOffset]);
        if (name != "deflated") Assert.Equal(output.ToArray(), edited.Source.Window(0, (int)edited.Source.Length));
        else Assert.Equal(file.DataSetOffset, edited.Source.Length);
    }

    [Fact]
    public void Edits_of_another_source_or_of_the_head_are_refused()
    {
        DicomFile file = Parse(SampleFiles.File(SampleFiles.Explicit, Tiny));
        var head = new Splice(file.DataSet.Source);
        head.Replace(0, 1, default);

        Assert.Throws<ArgumentException>(() => file.Respliced(new Splice(new MemorySource(Tiny))));
        Assert.Throws<ArgumentException>(() => file.Respliced(head));
        var broken = new Splice(file.DataSet.Source);
        broken.Replace(file.DataSetOffset, 1, default);
        Assert.Throws<DicomException>(() => file.Respliced(broken));
    }

    [Fact]
    public void An_edited_deflated_file_still_gives_its_head_in_one_piece()
    {
        DicomFile file = Parse(SampleFiles.File(SampleFiles.Deflated, [.. SampleFiles.Deflate(Tiny), .. new byte[10]]));
        DicomFile edited = file.Respliced(new Splice(file.DataSet.Source));

        Assert.True(edited.Source.TryGetMemory(out ReadOnlyMemory<byte> head));
        Assert.Equal(file.DataSetOffset, head.Length);
        Assert.False(file.IsSound);
        Assert.True(edited.IsSound);
    }
}
