using System.Globalization;
using Veridicom.Dicom;

namespace Veridicom.Pixels;

/// <summary>
/// Shape of the pixel data of an image: [frame, row, column, sample], from the Image Pixel attributes (PS3.3-2023b C.7.6.3). All products are
/// 64-bit and checked before anything is read.
/// </summary>
/// <param name="Element">(7FE0,0010), (7FE0,0008) or (7FE0,0009).</param>
/// <param name="Frames">Number of Frames, 1 where absent.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Samples">Samples per Pixel, 1 where absent.</param>
/// <param name="BitsAllocated">Bits of one cell: 1, 8, 16, 32 or 64.</param>
/// <param name="BitsStored">Bits Stored, Bits Allocated where absent.</param>
/// <param name="HighBit">High Bit, Bits Stored - 1 where absent.</param>
/// <param name="Signed">Pixel Representation is 1.</param>
/// <param name="Planar">Planar Configuration is 1: one plane after the other.</param>
/// <param name="Photometric">Photometric Interpretation, empty where absent.</param>
public sealed record PixelGeometry(DicomTag Element, int Frames, int Rows, int Columns, int Samples, int BitsAllocated, int BitsStored,
    int HighBit, bool Signed, bool Planar, string Photometric)
{
    private static readonly DicomTag[] PixelElements = [new(0x7FE0, 0x0010), new(0x7FE0, 0x0008), new(0x7FE0, 0x0009)];

    /// <summary>True where Photometric Interpretation says that pixels share their chrominances (PS3.3-2023b C.7.6.3.1.2): such cells stand in no grid.</summary>
    public bool IsSubsampled => Photometric is "YBR_FULL_422" or "YBR_PARTIAL_422" or "YBR_PARTIAL_420";

    /// <summary>Bytes of one canonical cell: 1 for 1 or 8 bits allocated, else Bits Allocated / 8.</summary>
    public int CellBytes => Math.Max(1, BitsAllocated / 8);

    /// <summary>Bytes of one row of canonical cells, colour by pixel.</summary>
    public int RowBytes => checked(Columns * Samples * CellBytes);

    /// <summary>Bits that one frame occupies as stored.</summary>
    public long FrameBits => checked((long)Rows * Columns * Samples * BitsAllocated);

    /// <summary>Bytes that all frames occupy as stored, without padding to even length.</summary>
    public long StoredBytes => checked((FrameBits * Frames + 7) / 8);

    /// <summary>The pixel element of the top level, the first in tag order; false where there is none.</summary>
    public static bool TryFindPixels(DicomDataSet set, out DicomNode pixels)
    {
        foreach (DicomTag tag in PixelElements)
        {
            if (set.TryFind(tag, out pixels)) return true;
        }
        pixels = default;
        return false;
    }

    /// <summary>
    /// Reads the shape. Null with a reason where the attributes are missing, out of range or contradict each other; the reason is a
    /// phrase for people and carries no value of a text attribute.
    /// </summary>
    public static PixelGeometry? Read(DicomDataSet set, DicomNode pixels, out string reason) => Read(set.Root, pixels, out reason);

    /// <summary>The same for pixel data in an item, such as an icon: its attributes stand beside it.</summary>
    /// <param name="set">The data set or the item.</param>
    /// <param name="pixels">The pixel element.</param>
    /// <param name="reason">A phrase for people.</param>
    public static PixelGeometry? Read(DicomNode set, DicomNode pixels, out string reason)
    {
        reason = "";
        if (!UInt16(set, 0x00280010, out ushort rows) || !UInt16(set, 0x00280011, out ushort columns) || rows == 0 || columns == 0)
        {
            reason = "Rows or Columns is missing or zero";
            return null;
        }
        if (!UInt16(set, 0x00280100, out ushort allocated))
        {
            reason = "Bits Allocated is missing";
            return null;
        }
        if (allocated is not (1 or 8 or 16 or 32 or 64))
        {
            reason = "Bits Allocated is none of 1, 8, 16, 32, 64";
            return null;
        }
        if (!UInt16(set, 0x00280002, out ushort samples)) samples = 1;
        if (samples is 0 or > 4)
        {
            reason = "Samples per Pixel is not 1 to 4";
            return null;
        }
        int frames = 1;
        if (set.TryFind(new(0x0028, 0x0008), out DicomNode number))
        {
            string text = (number.Ascii() ?? "").Trim();
            if (!int.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out frames) || frames < 1)
            {
                reason = "Number of Frames is not a positive number";
                return null;
            }
        }
        if (!UInt16(set, 0x00280101, out ushort stored)) stored = allocated;
        if (!UInt16(set, 0x00280102, out ushort high)) high = (ushort)Math.Max(0, stored - 1);
        if (stored == 0 || stored > allocated || high >= allocated || high < stored - 1)
        {
            reason = "Bits Stored or High Bit does not fit Bits Allocated";
            return null;
        }
        UInt16(set, 0x00280103, out ushort signed);
        UInt16(set, 0x00280006, out ushort planar);
        if (planar > 1 || signed > 1)
        {
            reason = "Planar Configuration or Pixel Representation is neither 0 nor 1";
            return null;
        }
        // rows, columns, samples and bits multiply to less than 2^41, frames add up to 31 bits more
        if ((Int128)rows * columns * samples * allocated * frames > long.MaxValue - 7)
        {
            reason = "the pixel data would be longer than any file";
            return null;
        }
        string photometric = set.TryFind(new(0x0028, 0x0004), out DicomNode label) ? label.Ascii() ?? "" : "";
        return new PixelGeometry(pixels.Tag, frames, rows, columns, samples, allocated, stored, high, signed == 1, planar == 1 && samples > 1, photometric);
    }

    private static bool UInt16(DicomNode set, uint tag, out ushort value)
    {
        value = 0;
        return set.TryFind(new DicomTag(tag), out DicomNode node) && node.TryUInt16(out value);
    }
}

/// <summary>Tiles of a frame: about an eighth of a side each, at least 32, so that a change is located closely enough to look at.</summary>
public readonly record struct TileGrid(int Rows, int Columns, int TileRows, int TileColumns)
{
    /// <summary>The grid of a frame of this size.</summary>
    public static TileGrid For(int rows, int columns) => new(rows, columns, Math.Max(32, (rows + 7) / 8), Math.Max(32, (columns + 7) / 8));

    /// <summary>Tiles from left to right.</summary>
    public int Across => (Columns + TileColumns - 1) / TileColumns;

    /// <summary>Tiles from top to bottom.</summary>
    public int Down => (Rows + TileRows - 1) / TileRows;

    /// <summary>Tiles of one frame.</summary>
    public int Count => Across * Down;

    /// <summary>The box of tile <paramref name="index"/>, counted row by row from 0: [column, row, width, height] in pixels.</summary>
    public (int Column, int Row, int Width, int Height) Box(int index)
    {
        int column = index % Across * TileColumns, row = index / Across * TileRows;
        return (column, row, Math.Min(TileColumns, Columns - column), Math.Min(TileRows, Rows - row));
    }
}
