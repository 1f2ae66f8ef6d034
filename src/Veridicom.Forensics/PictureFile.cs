using System.Diagnostics.CodeAnalysis;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Pixels.Png;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Forensics;

/// <summary>Kinds of files that are looked at.</summary>
public enum PictureFormat
{
    /// <summary>PS3.10.</summary>
    Dicom,

    /// <summary>W3C PNG.</summary>
    Png,

    /// <summary>JPEG (ITU-T T.81) of 8 bits.</summary>
    Jpeg,
}

/// <summary>An image file opened for detection: its parsed form, for what it says of itself, and its frames, for what they show. Not thread-safe.</summary>
public sealed class PictureFile : IDisposable
{
    private readonly FrameRendering? _frames;
    private readonly GrayPicture? _single;

    private PictureFile(PictureFormat format, ReadOnlyMemory<byte> bytes, DicomFile? dicom, FrameRendering? frames, PngPicture? png, JpegPicture? jpeg, GrayPicture? single) =>
        (Format, Bytes, Dicom, _frames, Png, Jpeg, _single) = (format, bytes, dicom, frames, png, jpeg, single);

    /// <summary>Kind of file.</summary>
    public PictureFormat Format { get; }

    /// <summary>The whole file; empty for DICOM, whose source is that of <see cref="Dicom"/>.</summary>
    public ReadOnlyMemory<byte> Bytes { get; }

    /// <summary>The parsed file, for DICOM.</summary>
    public DicomFile? Dicom { get; }

    /// <summary>The parsed file, for PNG.</summary>
    public PngPicture? Png { get; }

    /// <summary>The parsed file, for JPEG.</summary>
    public JpegPicture? Jpeg { get; }

    /// <summary>Frames, at least 1.</summary>
    public int Frames => _frames?.Geometry.Frames ?? 1;

    /// <summary>Shape of the pixels, for DICOM.</summary>
    public PixelGeometry? Geometry => _frames?.Geometry;

    /// <summary>Frames as they are shown, in colours, for DICOM.</summary>
    internal FrameRendering? Rendering => _frames;

    /// <summary>True where the bytes begin as one of the kinds does.</summary>
    public static bool TryRecognise(ReadOnlySpan<byte> start, [NotNullWhen(true)] out PictureFormat? format)
    {
        format = PngReader.IsPng(start) ? PictureFormat.Png
            : start is [0xFF, 0xD8, 0xFF, ..] ? PictureFormat.Jpeg
            : start.Length >= 132 && start.Slice(128, 4).SequenceEqual("DICM"u8) ? PictureFormat.Dicom : null;
        return format is not null;
    }

    /// <summary>Opens a PNG or JPEG file.</summary>
    /// <exception cref="PixelException">Broken, or of neither kind.</exception>
    public static PictureFile Open(ReadOnlyMemory<byte> bytes)
    {
        if (PngReader.IsPng(bytes.Span))
        {
            PngPicture png = PngReader.Read(bytes.Span);
            return new PictureFile(PictureFormat.Png, bytes, null, null, png, null, GrayValues.Of(png));
        }
        JpegPicture jpeg = JpegPicture.Read(bytes.Span);
        return new PictureFile(PictureFormat.Jpeg, bytes, null, null, null, jpeg, GrayValues.Of(jpeg));
    }

    /// <summary>Opens a DICOM file; null, and why, where it has no pixels that can be read.</summary>
    /// <param name="file">The parsed file; its source must stay open.</param>
    /// <param name="jpeg2000">Decodes JPEG 2000, null where there is none.</param>
    /// <param name="reason">Why not.</param>
    public static PictureFile? Open(DicomFile file, IJpeg2000? jpeg2000, out string reason)
    {
        FrameRendering? frames = FrameRendering.Open(file, jpeg2000, out reason);
        return frames is null ? null : new PictureFile(PictureFormat.Dicom, default, file, frames, null, null, null);
    }

    /// <summary>One frame, from 0: its stored gray values, or the luminance of its colours in 8 bits.</summary>
    /// <exception cref="PixelException">The frame cannot be decoded.</exception>
    public GrayPicture Stored(int frame)
    {
        Check(frame);
        if (_single is not null) return _single;
        return Geometry is { Samples: 1, Photometric: not "PALETTE COLOR" } ? GrayValues.Of(_frames!.Reader, frame) : Shown(frame);
    }

    /// <summary>One frame, from 0, in 8 bits as it is shown: DICOM mapped by its own window or table, PNG and JPEG as they are stored.</summary>
    /// <exception cref="PixelException">The frame cannot be decoded.</exception>
    public GrayPicture Shown(int frame)
    {
        Check(frame);
        return _single is { Levels: 256 } ? _single : _single is not null ? GrayValues.Narrowed(_single) : GrayValues.Of(_frames!.Render(frame).Picture);
    }

    /// <summary>
    /// One frame, from 0, in 8 bits as it is judged: by its stored values alone, so that nobody moves a score by attributes that say how to show it. Gray of 8 bits is as it is stored, the
    /// same in DICOM, PNG and JPEG; more bits are mapped straight from the half percent at either end of what is inside a uniform canvas; colours are as in <see cref="Shown"/>. Of attributes
    /// those count that say what the bits are (PS3.3-2023b C.7.6.3.1: Bits Stored, High Bit, Pixel Representation), and MONOCHROME1, which inverts; no window, rescaling or lookup table does.
    /// </summary>
    /// <exception cref="PixelException">The frame cannot be decoded.</exception>
    public GrayPicture Judged(int frame)
    {
        Check(frame);
        if (_single is not null) return GrayValues.Judged(_single, 0, inverted: false);
        if (Geometry is not { Samples: 1, Photometric: not "PALETTE COLOR" } shape) return Shown(frame);
        GrayPicture stored = Stored(frame);
        return GrayValues.Judged(stored, stored.Levels <= 256 ? new StoredValues(shape).Least : 0, shape.Photometric == "MONOCHROME1");
    }

    private void Check(int frame)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(frame);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(frame, Frames);
    }

    /// <inheritdoc/>
    public void Dispose() => _frames?.Reader.Dispose();
}
