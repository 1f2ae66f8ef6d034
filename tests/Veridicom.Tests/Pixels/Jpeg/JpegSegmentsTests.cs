using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg;
using Xunit;

namespace Veridicom.Tests.Pixels.Jpeg;

/// <summary>Marker segments: what a codestream says, and what is refused with which code.</summary>
public sealed class JpegSegmentsTests
{
    private const string Soi = "FFD8", Eoi = "FFD9";
    private const string Frame = "FFC3 000B 10 0002 0003 01 01 11 00";
    private const string Table = "FFC4 0016 00 0003 0000000000000000000000000000 030507";
    private const string Scan = "FFDA 0008 01 01 00 01 00 00";

    private static byte[] Bytes(params string[] parts) => Convert.FromHexString(string.Concat(parts).Replace(" ", "", StringComparison.Ordinal));

    private static string Hex(string text) => Convert.ToHexString([.. text.Select(c => (byte)c)]);

    private static JpegStream Read(params string[] parts) => JpegSegments.Read(Bytes(parts));

    [Fact]
    public void Every_scan_has_the_tables_that_it_finds_in_force()
    {
        string quantization = "FFDB 0043 01" + string.Concat(Enumerable.Range(1, 64).Select(i => i.ToString("X2", null)));
        string first = "FFDA 0008 01 07 01 00 3F 12", second = "FFDA 000A 02 07 10 09 00 00 3F 00";
        JpegStream stream = Read(Soi, "FFFE 0003 41", "FFC1 0011 0C 0102 0304 03 07 22 01 08 11 02 09 11 03", quantization, Table.Replace("0016 00", "0016 11", StringComparison.Ordinal), "FFDD 0004 0100", first, "12 FF00 34 FFD0 56",
            Table, Table.Replace("0016 00", "0016 01", StringComparison.Ordinal), "FFDD 0004 0000", second, "AB", "FFFF", Eoi, "00FF");

        Assert.Equal((JpegStream.Extended, 12, 0x102, 0x304), (stream.Process, stream.Precision, stream.Rows, stream.Columns));
        Assert.Equal([new(7, 2, 2, 1), new(8, 1, 1, 2), new(9, 1, 1, 3)], stream.Components);
        Assert.Equal(2, stream.Scans.Count);
        JpegScan one = stream.Scans[0], two = stream.Scans[1];
        Assert.Equal((0, 63, 1, 2, 256), (one.Start, one.End, one.High, one.Low, one.RestartInterval));
        Assert.Equal((null, true, 64), (one.Components[0].Dc, one.Components[0].Ac is not null, one.Components[0].Quantization![63]));
        Assert.Equal([0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56], Bytes(Soi, "FFFE 0003 41", "FFC1 0011 0C 0102 0304 03 07 22 01 08 11 02 09 11 03", quantization,
            Table, "FFDD 0004 0100", first, "12 FF00 34 FFD0 56")[one.DataStart..one.DataEnd]);
        Assert.Equal([0, 2], two.Components.Select(component => component.Index));
        Assert.Equal((true, false, 0), (two.Components[1].Dc is not null, two.Components[1].Ac is not null, two.RestartInterval));
        Assert.Equal(1, two.DataEnd - two.DataStart);
        Assert.Null(two.Components[1].Quantization);
    }

    [Theory]
    [InlineData("", 1, CodestreamColour.Unstated)]
    [InlineData("", 3, CodestreamColour.Unstated)]
    [InlineData("RGB", 3, CodestreamColour.Rgb)]
    [InlineData("JFIF", 3, CodestreamColour.Ycc)]
    [InlineData("JFIF", 1, CodestreamColour.Unstated)]
    [InlineData("Adobe0", 3, CodestreamColour.Rgb)]
    [InlineData("Adobe1", 3, CodestreamColour.Ycc)]
    [InlineData("Adobe2", 4, CodestreamColour.Ycc)]
    [InlineData("Adobe0", 4, CodestreamColour.Unstated)]
    public void Markers_say_what_the_colours_are(string marker, int components, CodestreamColour expected)
    {
        string application = marker switch
        {
            "JFIF" => "FFE0 0010" + Hex("JFIF\0") + "0102 00 0001 0001 00 00",
            "" or "RGB" => "",
            _ => "FFEE 000E" + Hex("Adobe") + "0064 0000 0000 0" + marker[^1],
        };
        string ids = string.Concat(Enumerable.Range(0, components).Select(i => (marker == "RGB" ? "RGB"[i] : i + 1).ToString("X2", null) + "1100"));
        JpegStream stream = Read(Soi, application, $"FFC3 00{8 + 3 * components:X2} 08 0001 0001 0{components}", ids, Table, Scan.Replace("01 01 00", "01" + ids[..2] + "00", StringComparison.Ordinal), "7F", Eoi);

        Assert.Equal(expected, stream.Colour);
    }

    [Fact]
    public void The_number_of_lines_may_follow_the_first_scan()
    {
        string open = Frame.Replace("0002", "0000", StringComparison.Ordinal);

        Assert.Equal(5, Read(Soi, open, Table, Scan, "00", "FFDC 0004 0005", Eoi).Rows);
        Assert.Equal(2, Read(Soi, Frame, Table, Scan, "00", "FFDC 0004 0002", Eoi).Rows);
    }

    [Theory]
    [InlineData(PixelError.Truncated, "")]
    [InlineData(PixelError.Truncated, "FF")]
    [InlineData(PixelError.Malformed, "FFD9")]
    [InlineData(PixelError.Truncated, Soi)]
    [InlineData(PixelError.Malformed, Soi + Eoi)]
    [InlineData(PixelError.Malformed, Soi + Frame + Eoi)]
    [InlineData(PixelError.Truncated, Soi + Frame)]
    [InlineData(PixelError.Truncated, Soi + "FFC3")]
    [InlineData(PixelError.Truncated, Soi + "FFC3 000B 10")]
    [InlineData(PixelError.Malformed, Soi + "FFC3 0001")]
    [InlineData(PixelError.Malformed, Soi + "00" + Frame)]
    [InlineData(PixelError.Malformed, Soi + "FFD0" + Frame)]
    [InlineData(PixelError.Malformed, Soi + Soi)]
    [InlineData(PixelError.Malformed, Soi + "FF01" + Frame)]
    [InlineData(PixelError.Malformed, Soi + Frame + Frame)]
    [InlineData(PixelError.Malformed, Soi + "FFC3 000C 10 0002 0003 01 01 11 00 00")]
    [InlineData(PixelError.Malformed, Soi + "FFC3 000B 11 0002 0003 01 01 11 00")]
    [InlineData(PixelError.Malformed, Soi + "FFC3 000B 10 0002 0000 01 01 11 00")]
    [InlineData(PixelError.Malformed, Soi + "FFC3 0008 10 0002 0003 00")]
    [InlineData(PixelError.Unsupported, Soi + "FFC3 0017 10 0002 0003 05 01 11 00 02 11 00 03 11 00 04 11 00 05 11 00")]
    [InlineData(PixelError.Malformed, Soi + "FFC3 000B 10 0002 0003 01 01 01 00")]
    [InlineData(PixelError.Malformed, Soi + "FFC3 000B 10 0002 0003 01 01 15 00")]
    [InlineData(PixelError.Malformed, Soi + "FFC3 000B 10 0002 0003 01 01 11 04")]
    [InlineData(PixelError.Malformed, Soi + "FFC3 000E 10 0002 0003 02 01 11 00 01 11 00")]
    [InlineData(PixelError.Unsupported, Soi + "FFC9 000B 10 0002 0003 01 01 11 00")]
    [InlineData(PixelError.Unsupported, Soi + "FFC5 000B 10 0002 0003 01 01 11 00")]
    [InlineData(PixelError.Unsupported, Soi + "FFF7 000B 10 0002 0003 01 01 11 00")]
    [InlineData(PixelError.Malformed, Soi + Scan)]
    [InlineData(PixelError.Malformed, Soi + Frame + "FFDA 0008 01 02 00 01 00 00" + Eoi)]
    [InlineData(PixelError.Malformed, Soi + Frame + "FFDA 0008 02 01 00 01 00 00" + Eoi)]
    [InlineData(PixelError.Malformed, Soi + Frame + "FFDA 0006 00 01 00 00" + Eoi)]
    [InlineData(PixelError.Malformed, Soi + Frame + "FFDA 000A 02 01 00 01 00 01 00 00" + Eoi)]
    [InlineData(PixelError.Malformed, Soi + Frame + "FFDA 0008 01 01 40 01 00 00" + Eoi)]
    [InlineData(PixelError.Malformed, Soi + Frame + Table + Scan + "00" + "FFDC 0004 0003" + Eoi)]
    [InlineData(PixelError.Malformed, Soi + "FFC3 000B 10 0000 0003 01 01 11 00" + Table + Scan + "00" + Eoi)]
    [InlineData(PixelError.Malformed, Soi + "FFC3 000B 10 0000 0003 01 01 11 00" + Table + Scan + "00" + Scan + Eoi)]
    [InlineData(PixelError.Malformed, Soi + "FFC4 0004 00 00")]
    [InlineData(PixelError.Malformed, Soi + "FFC4 0015 00 0003 0000000000000000000000000000 0305")]
    [InlineData(PixelError.Malformed, Soi + "FFC4 0016 20 0003 0000000000000000000000000000 030507")]
    [InlineData(PixelError.Malformed, Soi + "FFC4 0016 00 0003 0000000000000000000000000000 030511")]
    [InlineData(PixelError.Malformed, Soi + "FFDB 0004 00 01")]
    [InlineData(PixelError.Malformed, Soi + "FFDD 0003 01")]
    public void What_breaks_the_rules_is_refused(PixelError code, string codestream)
    {
        Assert.Equal(code, Assert.Throws<PixelException>(() => Read(codestream)).Code);
    }

    [Fact]
    public void An_end_is_demanded_and_only_padding_behind_it()
    {
        string picture = Soi + Frame + Table + Scan + "7F";
        void Demand(string end) => Read(picture, end).DemandEnd(Bytes(picture, end));

        Demand(Eoi);
        Demand(Eoi + "00");
        Demand(Eoi + "FF00FF");
        Assert.Equal(PixelError.Malformed, Assert.Throws<PixelException>(() => Demand(Eoi + "0001")).Code);
        Assert.Equal(PixelError.Truncated, Assert.Throws<PixelException>(() => Demand("")).Code);
        Assert.Equal(PixelError.Truncated, Assert.Throws<PixelException>(() => Demand("FF")).Code);
    }

    [Fact]
    public void Scans_are_bounded()
    {
        string scans = string.Concat(Enumerable.Repeat(Scan + "00", JpegSegments.MaxScans));

        Assert.Equal(JpegSegments.MaxScans, Read(Soi, Frame, Table, scans, Eoi).Scans.Count);
        Assert.Equal(PixelError.TooLarge, Assert.Throws<PixelException>(() => Read(Soi, Frame, Table, scans, Scan, Eoi)).Code);
    }

    [Fact]
    public void Another_shape_than_the_attributes_say_is_no_picture_of_them()
    {
        JpegStream stream = Read(Soi, Frame, Table, Scan, "7F", Eoi);

        stream.Demand(new FrameShape(2, 3, 1, 2));
        stream.Demand(new FrameShape(2, 3, 1, 4));
        foreach (FrameShape other in new FrameShape[] { new(3, 3, 1, 2), new(2, 2, 1, 2), new(2, 3, 3, 2), new(2, 3, 1, 1) })
            Assert.Equal(PixelError.ShapeMismatch, Assert.Throws<PixelException>(() => stream.Demand(other)).Code);
    }
}
