using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Comparison;

/// <summary>What differs between two files, whatever their encodings.</summary>
public sealed class DifferencesTests
{
    private static DicomFile Parse(byte[] file) => DicomFile.Parse(new PoisonedSource(new MemorySource(file)));

    private static DifferenceReport Compare(byte[] a, byte[] b) => Differences.Compare(Parse(a), Parse(b));

    private static byte[] File(Action<ElementWriter> write, NodeForm form = NodeForm.None)
    {
        var writer = new ElementWriter(form);
        write(writer);
        return SampleFiles.File(form.HasFlag(NodeForm.BigEndian) ? SampleFiles.BigEndian : form.HasFlag(NodeForm.Implicit) ? SampleFiles.Implicit : SampleFiles.Explicit, writer.ToArray());
    }

    private static Action<ElementWriter> Image(byte[] cells, ushort rows = 4, ushort columns = 4, ushort frames = 1, string name = "A^B") => writer =>
    {
        writer.Text(new(0x0010, 0x0010), Vr.PN, name.Length % 2 == 0 ? name : name + " ");
        if (frames > 1) writer.Text(new(0x0028, 0x0008), Vr.IS, frames.ToString().PadRight(2));
        writer.UInt16(new(0x0028, 0x0010), rows).UInt16(new(0x0028, 0x0011), columns).UInt16(new(0x0028, 0x0100), 8).UInt16(new(0x0028, 0x0101), 8).UInt16(new(0x0028, 0x0102), 7).UInt16(new(0x0028, 0x0103), 0);
        writer.Bytes(new(0x7FE0, 0x0010), Vr.OB, cells);
    };

    [Fact]
    public void A_file_differs_in_nothing_from_itself()
    {
        foreach ((string name, byte[] bytes) in SampleFiles.All()) Assert.True(Compare(bytes, bytes).IsSame, name);
    }

    [Theory]
    [InlineData("explicit", "implicit")]
    [InlineData("explicit", "big endian")]
    [InlineData("big endian", "deflated")]
    [InlineData("implicit", "implicit, defined lengths")]
    public void Another_encoding_of_the_same_values_differs_in_the_header_only(string first, string second)
    {
        byte[] bytes(string name) => SampleFiles.All().First(s => s.Name == name).Bytes;
        DifferenceReport report = Compare(bytes(first), bytes(second));
        Assert.All(report.Attributes, d => Assert.StartsWith("(0002,", d.Path, StringComparison.Ordinal));
        Assert.Equal(PixelComparisonState.Same, report.Pixels);
    }

    [Fact]
    public void Attributes_are_named_with_their_values_in_the_order_of_their_tags()
    {
        byte[] a = File(w => w.Text(new(0x0008, 0x0060), Vr.CS, "CT").Text(new(0x0010, 0x0010), Vr.PN, "OLD^NAME").UInt16(new(0x0028, 0x0010), 512).Text(new(0x0040, 0x0254), Vr.LO, "gone"));
        byte[] b = File(w => w.Text(new(0x0008, 0x0060), Vr.CS, "CT").Text(new(0x0010, 0x0010), Vr.PN, "NEW^NAME").Text(new(0x0010, 0x4000), Vr.LT, "added text").UInt16(new(0x0028, 0x0010), 256));
        DifferenceReport report = Compare(a, b);
        Assert.Equal(
        [
            new(DifferenceKind.Changed, "(0010,0010)", "PatientName", "\"OLD^NAME\"", "\"NEW^NAME\""),
            new(DifferenceKind.OnlyInB, "(0010,4000)", "PatientComments", null, "\"added text\""),
            new(DifferenceKind.Changed, "(0028,0010)", "Rows", "512", "256"),
            new(DifferenceKind.OnlyInA, "(0040,0254)", "PerformedProcedureStepDescription", "\"gone\"", null),
        ], report.Attributes);
        Assert.Equal(PixelComparisonState.None, report.Pixels);
        Assert.False(report.IsSame);
    }

    [Fact]
    public void A_sequence_that_is_gone_is_one_difference_and_a_changed_item_is_found_in_it()
    {
        byte[] with(string code, bool second) => File(w =>
        {
            w.BeginSequence(new(0x0008, 0x1140)).BeginItem().Text(new(0x0008, 0x1155), Vr.UI, code).EndItem();
            if (second) w.BeginItem().Text(new(0x0008, 0x1155), Vr.UI, "1.2").EndItem();
            w.EndSequence().Text(new(0x0010, 0x0020), Vr.LO, "ID");
        });
        Assert.Equal("(0008,1140)[1].(0008,1155)", Assert.Single(Compare(with("1.2\0", false), with("1.20", false)).Attributes).Path);
        AttributeDifference[] more = [.. Compare(with("1.20", false), with("1.20", true)).Attributes];
        Assert.Equal([("(0008,1140)", "1 item", "2 items"), ("(0008,1140)[2].(0008,1155)", null, "\"1.2\"")], more.Select(d => (d.Path, d.A, d.B)));
        AttributeDifference gone = Assert.Single(Compare(with("1.20", true), File(w => w.Text(new(0x0010, 0x0020), Vr.LO, "ID"))).Attributes);
        Assert.Equal((DifferenceKind.OnlyInA, "(0008,1140)", "2 items"), (gone.Kind, gone.Path, gone.A));
    }

    [Fact]
    public void Pixels_are_compared_cell_by_cell_in_each_frame()
    {
        byte[] cells = new byte[32], other = new byte[32];
        other[16 + 5] = 9; // frame 2, row 1, column 1
        other[16 + 11] = 3; // frame 2, row 2, column 3
        DifferenceReport report = Compare(File(Image(cells, frames: 2)), File(Image(other, frames: 2)));
        Assert.Equal(new FrameDifference(new PixelBox(2, 1, 1, 3, 2), 2, 9), Assert.Single(report.Frames));
        Assert.Equal(PixelComparisonState.Different, report.Pixels);
        Assert.Empty(report.Attributes);
    }

    [Fact]
    public void Signed_cells_and_byte_order_are_understood()
    {
        byte[] image(NodeForm form, short value) => File(w => w
            .UInt16(new(0x0028, 0x0010), 1).UInt16(new(0x0028, 0x0011), 2).UInt16(new(0x0028, 0x0100), 16).UInt16(new(0x0028, 0x0101), 16).UInt16(new(0x0028, 0x0102), 15).UInt16(new(0x0028, 0x0103), 1)
            .Bytes(new(0x7FE0, 0x0010), Vr.OW, [7, 0, Low(value), High(value)]), form);
        Assert.Equal(PixelComparisonState.Same, Compare(image(NodeForm.None, -5), image(NodeForm.BigEndian, -5)).Pixels);
        Assert.Equal(new FrameDifference(new PixelBox(1, 1, 0, 1, 1), 1, 8), Assert.Single(Compare(image(NodeForm.BigEndian, -5), image(NodeForm.None, 3)).Frames));
    }

    private static byte Low(short value) => (byte)(value & 0xFF);

    private static byte High(short value) => (byte)((value >> 8) & 0xFF);

    [Fact]
    public void What_cannot_be_laid_side_by_side_says_why()
    {
        DifferenceReport shape = Compare(File(Image(new byte[16])), File(Image(new byte[32], columns: 8)));
        Assert.Equal(PixelComparisonState.NotComparable, shape.Pixels);
        Assert.Contains("4 x 4", shape.PixelNote, StringComparison.Ordinal);
        Assert.Equal(PixelComparisonState.NotComparable, Compare(File(Image(new byte[16])), File(w => w.Text(new(0x0010, 0x0020), Vr.LO, "ID"))).Pixels);
        byte[] fragments = SampleFiles.All().First(s => s.Name == "fragments").Bytes, native = SampleFiles.All()[0].Bytes;
        Assert.Contains("compressed", Compare(fragments, native).PixelNote, StringComparison.Ordinal);
        byte[] changed = [.. fragments];
        DicomFile.Parse(new MemorySource(fragments)).DataSet.TryFind(new DicomTag(0x7FE0, 0x0010), out DicomNode pixels);
        changed[pixels.ValueOffset + pixels.ValueLength - 1] ^= 1;
        DifferenceReport encoded = Compare(fragments, changed);
        Assert.Equal(PixelComparisonState.Different, encoded.Pixels);
        Assert.Contains("fragment", encoded.PixelNote, StringComparison.Ordinal);
    }

    [Fact]
    public void Values_are_escaped_and_shortened()
    {
        byte[] a = File(w => w.Text(new(0x0010, 0x4000), Vr.LT, "\u001b[2J" + new string('x', 500) + " ")), b = File(w => w.Bytes(new(0x0010, 0x4000), Vr.LT, []));
        AttributeDifference difference = Assert.Single(Compare(a, b).Attributes);
        Assert.DoesNotContain('\u001b', difference.A!);
        Assert.InRange(difference.A!.Length, 60, 100);
        Assert.Equal("(empty)", difference.B);
    }

    [Fact]
    public void There_is_an_end_to_the_list()
    {
        byte[] many(int from) => File(w =>
        {
            w.Text(new(0x0009, 0x0010), Vr.LO, "MANY");
            for (int i = 0; i < 250; i++)
            {
                w.BeginSequence(new(0x0009, (ushort)(0x1000 + i))).BeginItem();
                for (ushort j = 0; j < 5; j++) w.UInt16(new(0x0018, (ushort)(0x1000 + j)), (ushort)(from + j));
                w.EndItem().EndSequence();
            }
        });
        DifferenceReport report = Compare(many(0), many(1));
        Assert.Equal((Differences.MaxAttributes, 250), (report.Attributes.Count, report.MoreAttributes));
    }

    [Fact]
    public void A_preamble_that_differs_is_seen()
    {
        byte[] a = File(Image(new byte[16])), b = [.. a];
        b[3] = 0x45;
        Assert.Equal(("preamble", "128 zeros"), (Assert.Single(Compare(a, b).Attributes).Path, Assert.Single(Compare(a, b).Attributes).A));
    }
}
