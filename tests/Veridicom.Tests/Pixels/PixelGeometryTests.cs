using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Xunit;

namespace Veridicom.Tests.Pixels;

/// <summary>Shapes are read or refused with a reason; tiles cover a frame once.</summary>
public sealed class PixelGeometryTests
{
    private static string? Reason(params (ushort Element, object Value)[] changes)
    {
        var values = new SortedDictionary<ushort, object> { [0x0010] = 2, [0x0011] = 3, [0x0100] = 8 };
        foreach ((ushort element, object value) in changes) values[element] = value;
        var writer = new ElementWriter();
        foreach ((ushort element, object value) in values)
        {
            if (value is string text) writer.Text(new(0x0028, element), Vr.IS, text);
            else if (value is int number && number >= 0) writer.UInt16(new(0x0028, element), (ushort)number);
        }
        DicomDataSet set = DicomDataSet.Parse(new MemorySource(writer.Bytes(new(0x7FE0, 0x0010), Vr.OB, new byte[6]).ToArray()), NodeForm.None);
        Assert.True(PixelGeometry.TryFindPixels(set, out DicomNode pixels));
        return PixelGeometry.Read(set, pixels, out string reason) is null ? reason : null;
    }

    [Fact]
    public void What_may_be_absent_has_its_default()
    {
        DicomDataSet set = DicomDataSet.Parse(new MemorySource(new ElementWriter().UInt16(new(0x0028, 0x0010), 2).UInt16(new(0x0028, 0x0011), 3)
            .UInt16(new(0x0028, 0x0100), 8).Bytes(new(0x7FE0, 0x0010), Vr.OB, new byte[6]).ToArray()), NodeForm.None);
        Assert.True(PixelGeometry.TryFindPixels(set, out DicomNode pixels));

        Assert.Equal(new PixelGeometry(new(0x7FE0, 0x0010), 1, 2, 3, 1, 8, 8, 7, false, false, ""), PixelGeometry.Read(set, pixels, out _));
    }

    [Fact]
    public void Shapes_out_of_range_are_refused_with_a_reason()
    {
        const int Absent = -1;
        Assert.Null(Reason());
        Assert.Equal("Rows or Columns is missing or zero", Reason((0x0010, 0)));
        Assert.Equal("Rows or Columns is missing or zero", Reason((0x0011, Absent)));
        Assert.Equal("Bits Allocated is missing", Reason((0x0100, Absent)));
        Assert.Equal("Bits Allocated is none of 1, 8, 16, 32, 64", Reason((0x0100, 12)));
        Assert.Equal("Samples per Pixel is not 1 to 4", Reason((0x0002, 0)));
        Assert.Equal("Samples per Pixel is not 1 to 4", Reason((0x0002, 5)));
        Assert.Null(Reason((0x0008, " 12 ")));
        foreach (string frames in new[] { "0", "-1", "two", "1.5", "", "99999999999" }) Assert.Equal("Number of Frames is not a positive number", Reason((0x0008, frames)));
        Assert.Equal("Bits Stored or High Bit does not fit Bits Allocated", Reason((0x0101, 9)));
        Assert.Equal("Bits Stored or High Bit does not fit Bits Allocated", Reason((0x0101, 0)));
        Assert.Equal("Bits Stored or High Bit does not fit Bits Allocated", Reason((0x0101, 7), (0x0102, 5)));
        Assert.Equal("Bits Stored or High Bit does not fit Bits Allocated", Reason((0x0102, 8)));
        Assert.Equal("Planar Configuration or Pixel Representation is neither 0 nor 1", Reason((0x0006, 2)));
        Assert.Equal("Planar Configuration or Pixel Representation is neither 0 nor 1", Reason((0x0103, 2)));
    }

    [Fact]
    public void The_pixels_are_any_of_three_elements()
    {
        foreach (DicomTag tag in new DicomTag[] { new(0x7FE0, 0x0010), new(0x7FE0, 0x0008), new(0x7FE0, 0x0009) })
        {
            DicomDataSet set = DicomDataSet.Parse(new MemorySource(new ElementWriter().Bytes(tag, Vr.OB, [0, 0]).ToArray()), NodeForm.None);
            Assert.True(PixelGeometry.TryFindPixels(set, out DicomNode pixels));
            Assert.Equal(tag, pixels.Tag);
        }
        DicomDataSet none = DicomDataSet.Parse(new MemorySource(Array.Empty<byte>()), NodeForm.None);
        Assert.False(PixelGeometry.TryFindPixels(none, out _));
    }

    [Theory]
    [InlineData(512, 512, 64, 64, 64)]
    [InlineData(1, 1, 32, 32, 1)]
    [InlineData(33, 31, 32, 32, 2)]
    [InlineData(513, 2049, 65, 257, 64)]
    [InlineData(65535, 65535, 8192, 8192, 64)]
    public void Tiles_cover_a_frame_once(int rows, int columns, int tileRows, int tileColumns, int count)
    {
        TileGrid grid = TileGrid.For(rows, columns);
        long covered = 0;
        for (int i = 0; i < grid.Count; i++)
        {
            (int column, int row, int width, int height) = grid.Box(i);
            Assert.True(width > 0 && height > 0 && column + width <= columns && row + height <= rows);
            Assert.Equal((i % grid.Across * tileColumns, i / grid.Across * tileRows), (column, row));
            covered += (long)width * height;
        }

        Assert.Equal((tileRows, tileColumns, count), (grid.TileRows, grid.TileColumns, grid.Count));
        Assert.Equal((long)rows * columns, covered);
    }
}
