using Veridicom.Dicom;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;

namespace Veridicom.Pixels;

/// <summary>
/// Pixel data as canonical rows, whatever its encoding: cells of Bits Allocated, little endian, colour by pixel, one byte (0 or 1) per cell where one bit
/// is allocated (PS3.5-2023b 8.1, 8.2, annex A). Not safe for use by several threads.
/// </summary>
public abstract class PixelReader : IDisposable
{
    private protected PixelReader(PixelGeometry geometry) => Geometry = geometry;

    /// <summary>The shape.</summary>
    public PixelGeometry Geometry { get; }

    /// <summary>
    /// Opens pixel data. Null with a reason where it is not of its shape, or of an encoding that is not decoded here; nothing is decoded yet.
    /// </summary>
    /// <param name="syntax">The transfer syntax of the file; native data at the pixel element needs none.</param>
    /// <param name="pixels">The pixel element.</param>
    /// <param name="geometry">Its shape.</param>
    /// <param name="jpeg2000">Decoder of JPEG 2000; null where there is none.</param>
    /// <param name="reason">A phrase for people.</param>
    public static PixelReader? Open(TransferSyntax syntax, DicomNode pixels, PixelGeometry geometry, IJpeg2000? jpeg2000, out string reason) =>
        pixels.Kind == NodeKind.Encapsulated
            ? DecodedPixels.OpenEncapsulated(syntax, pixels, geometry, jpeg2000, out reason)
            : NativePixels.Open(pixels, geometry, out reason);

    /// <summary>
    /// Rows of one frame, canonical, without gaps. Shape: [row, column, sample] of cells. The span holds until the next call.
    /// </summary>
    /// <param name="frame">From 0.</param>
    /// <param name="row">First row, from 0.</param>
    /// <param name="count">Rows wanted; count x <see cref="PixelGeometry.RowBytes"/> must not pass <see cref="ByteSource.MaxWindow"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such frame or rows.</exception>
    /// <exception cref="PixelException">The frame cannot be decoded.</exception>
    public ReadOnlySpan<byte> Rows(int frame, int row, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Geometry.Frames);
        ArgumentOutOfRangeException.ThrowIfNegative(row);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(row, Geometry.Rows - count);
        return Read(frame, row, count);
    }

    /// <summary>
    /// Gives back the memory of a decoded frame, for the next reader of this thread; spans that were had before hold no longer. Whoever does not call it leaves
    /// the memory to the runtime.
    /// </summary>
    public virtual void Dispose() => GC.SuppressFinalize(this);

    /// <summary>Rows that are known to exist.</summary>
    private protected abstract ReadOnlySpan<byte> Read(int frame, int row, int count);

    /// <summary>
    /// True where every bit above Bits Stored is a copy of the sign (signed) or zero (unsigned) and none lies below the stored ones:
    /// the condition under which every lossless codec gives the same cells back.
    /// </summary>
    /// <exception cref="PixelException">A frame cannot be decoded.</exception>
    public bool CellsAreClean()
    {
        for (int frame = 0; frame < Geometry.Frames; frame++)
        {
            if (!FrameIsClean(frame)) return false;
        }
        return true;
    }

    /// <summary>The same for one frame, for callers that go on to read it: it is decoded once.</summary>
    /// <exception cref="PixelException">The frame cannot be decoded.</exception>
    public bool FrameIsClean(int frame)
    {
        PixelGeometry g = Geometry;
        if (g.BitsAllocated is 1 or 64 || g.BitsStored == g.BitsAllocated || g.Element.Element != 0x0010) return true;
        if (g.HighBit != g.BitsStored - 1) return false;
        int step = Math.Max(1, Math.Min(g.Rows, (1 << 20) / Math.Max(1, g.RowBytes)));
        for (int row = 0; row < g.Rows; row += step)
        {
            if (!CleanCells.Check(Rows(frame, row, Math.Min(step, g.Rows - row)), g.CellBytes, g.BitsStored, g.Signed)) return false;
        }
        return true;
    }

    /// <summary>True where Planar Configuration stands beside pixel data (PS3.3-2023b C.7.6.3.1.3: required for colour).</summary>
    public static bool HasPlanarConfiguration(DicomNode pixels) => pixels.Parent.TryFind(new DicomTag(0x0028, 0x0006), out DicomNode planar) && planar.TryUInt16(out _);
}
