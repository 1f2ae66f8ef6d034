using Veridicom.Dicom;

namespace Veridicom.Pixels.Rendering;

/// <summary>
/// Native pixels of YBR_FULL_422 and YBR_PARTIAL_422: two luminances share the chrominances that follow them (PS3.3-2023b C.7.6.3.1.2). Given as cells
/// of three samples; each chrominance is that of both pixels. For the eye only: seals bind the stored bytes.
/// </summary>
public sealed class SubsampledPixels : PixelReader
{
    private readonly DicomNode _pixels;
    private byte[] _cells = [];

    private SubsampledPixels(DicomNode pixels, PixelGeometry geometry)
        : base(geometry) => _pixels = pixels;

    /// <summary>Opens native pixel data. Null with a reason where it is not subsampled in this way, or its length is not that of its shape.</summary>
    public static SubsampledPixels? OpenNative(DicomNode pixels, PixelGeometry geometry, out string reason)
    {
        reason = "chrominance is subsampled in a way that is not native";
        if (geometry.Photometric is not ("YBR_FULL_422" or "YBR_PARTIAL_422") || pixels.Kind != NodeKind.Element) return null;
        reason = "subsampled chrominance takes 8 bits, three samples and an even number of columns";
        if (geometry.BitsAllocated != 8 || geometry.BitsStored != 8 || geometry.Samples != 3 || geometry.Columns % 2 != 0) return null;
        long wanted = (long)geometry.Rows * geometry.Columns * 2 * geometry.Frames;
        reason = "the pixel data is shorter than its shape";
        return pixels.ValueLength < wanted ? null : new SubsampledPixels(pixels, geometry);
    }

    private protected override ReadOnlySpan<byte> Read(int frame, int row, int count)
    {
        int width = Geometry.Columns, from = 2 * width * count;
        if (_cells.Length < Geometry.RowBytes * count) _cells = new byte[Geometry.RowBytes * count];
        long at = (long)frame * Geometry.Rows * width * 2 + (long)row * width * 2;
        // words of a big endian value hold their two bytes in the other order
        int flip = _pixels.BigEndian && _pixels.Vr == Vr.OW ? 1 : 0;
        ReadOnlySpan<byte> stored = _pixels.DataSet.Source.Window(_pixels.ValueOffset + at, from);
        for (int i = 0, to = 0; i < from; i += 4, to += 6)
        {
            (byte y1, byte y2, byte cb, byte cr) = (stored[i ^ flip], stored[(i + 1) ^ flip], stored[(i + 2) ^ flip], stored[(i + 3) ^ flip]);
            (_cells[to], _cells[to + 1], _cells[to + 2], _cells[to + 3], _cells[to + 4], _cells[to + 5]) = (y1, cb, cr, y2, cb, cr);
        }
        return _cells.AsSpan(0, Geometry.RowBytes * count);
    }
}
