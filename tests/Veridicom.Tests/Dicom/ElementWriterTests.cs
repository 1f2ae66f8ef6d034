using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>New elements are encoded as PS3.5 7 says, byte for byte.</summary>
public sealed class ElementWriterTests
{
    private static readonly DicomTag Rows = new(0x0028, 0x0010);

    private static string Hex(NodeForm form, Action<ElementWriter> write)
    {
        var writer = new ElementWriter(form);
        write(writer);
        Assert.Equal(writer.ToArray(), writer.Written);
        return Convert.ToHexString(writer.Written);
    }

    [Theory]
    [InlineData(NodeForm.None, "28001000" + "5553" + "0200" + "0102")]
    [InlineData(NodeForm.Implicit, "28001000" + "02000000" + "0102")]
    [InlineData(NodeForm.BigEndian, "00280010" + "5553" + "0002" + "0201")]
    public void A_short_header_in_each_form(NodeForm form, string hex) => Assert.Equal(hex, Hex(form, writer => writer.UInt16(Rows, 0x0201)));

    [Theory]
    [InlineData(NodeForm.None, "E07F1000" + "4F57" + "0000" + "02000000" + "0102")]
    [InlineData(NodeForm.Implicit, "E07F1000" + "02000000" + "0102")]
    [InlineData(NodeForm.BigEndian, "7FE00010" + "4F57" + "0000" + "00000002" + "0201")]
    public void A_long_header_in_each_form(NodeForm form, string hex) => Assert.Equal(hex, Hex(form, writer => writer.Bytes(new(0x7FE0, 0x0010), Vr.OW, [1, 2])));

    [Fact]
    public void Odd_values_are_padded_with_the_byte_of_their_VR()
    {
        Assert.Equal("08006000" + "4353" + "0200" + "4120", Hex(NodeForm.None, writer => writer.Text(new(0x0008, 0x0060), Vr.CS, "A")));
        Assert.Equal("08001600" + "5549" + "0200" + "3100", Hex(NodeForm.None, writer => writer.Text(new(0x0008, 0x0016), Vr.UI, "1")));
        Assert.Equal("09000110" + "4F42" + "0000" + "02000000" + "0700", Hex(NodeForm.None, writer => writer.Bytes(new(0x0009, 0x1001), Vr.OB, [7])));
    }

    [Fact]
    public void Numbers_tags_and_text()
    {
        Assert.Equal("00280000" + "554C" + "0004" + "01020304", Hex(NodeForm.BigEndian, writer => writer.UInt32(new(0x0028, 0x0000), 0x01020304)));
        Assert.Equal("28000900" + "4154" + "0800" + "08000500" + "E07F1000", Hex(NodeForm.None, writer => writer.Tags(new(0x0028, 0x0009), [new(0x0008, 0x0005), new(0x7FE0, 0x0010)])));
        Assert.Equal("00280009" + "4154" + "0004" + "00080005", Hex(NodeForm.BigEndian, writer => writer.Tags(new(0x0028, 0x0009), [new(0x0008, 0x0005)])));
        Assert.Equal("28001000" + "5553" + "0400" + "01000200", Hex(NodeForm.None, writer => writer.UInt16(Rows, 1, 2)));
        Assert.Equal("10001000" + "504E" + "0200" + "DC62", Hex(NodeForm.None, writer => writer.Text(new(0x0010, 0x0010), Vr.PN, "Üb")));
    }

    [Fact]
    public void Sequences_and_items_in_each_byte_order()
    {
        static void Write(ElementWriter writer) => writer.BeginSequence(new(0x0008, 0x1140)).BeginItem().Raw([]).EndItem().EndSequence();

        Assert.Equal("080040115351" + "0000FFFFFFFF" + "FEFF00E0FFFFFFFF" + "FEFF0DE000000000" + "FEFFDDE000000000", Hex(NodeForm.None, Write));
        Assert.Equal("000811405351" + "0000FFFFFFFF" + "FFFEE000FFFFFFFF" + "FFFEE00D00000000" + "FFFEE0DD00000000", Hex(NodeForm.BigEndian, Write));
        Assert.Equal("08004011" + "FFFFFFFF" + "FEFF00E0FFFFFFFF" + "FEFF0DE000000000" + "FEFFDDE000000000", Hex(NodeForm.Implicit, Write));
    }

    [Fact]
    public void A_value_too_long_for_a_short_header_is_refused()
    {
        byte[] longest = new byte[0xFFFE];

        Assert.Equal(0xFFFE + 8, new ElementWriter().Bytes(new(0x0008, 0x0115), Vr.ST, longest).Written.Length);
        Assert.Throws<ArgumentOutOfRangeException>(() => new ElementWriter().Bytes(new(0x0008, 0x0115), Vr.ST, new byte[0xFFFF]));
        Assert.Equal(0x10000 + 8, new ElementWriter(NodeForm.Implicit).Bytes(new(0x0008, 0x0115), Vr.ST, new byte[0xFFFF]).Written.Length);
    }

    [Theory]
    [InlineData(1, "0102030405060708090A")]
    [InlineData(2, "02010403060508070A09")]
    [InlineData(4, "0403020108070605090A")]
    [InlineData(8, "0807060504030201090A")]
    public void Units_are_swapped_and_a_rest_stays(int unit, string hex)
    {
        byte[] bytes = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10];
        ElementWriter.SwapUnits(bytes, unit);

        Assert.Equal(hex, Convert.ToHexString(bytes));
        byte[] odd = [1, 2, 3];
        ElementWriter.SwapUnits(odd, 2);
        Assert.Equal([2, 1, 3], odd);
    }
}
