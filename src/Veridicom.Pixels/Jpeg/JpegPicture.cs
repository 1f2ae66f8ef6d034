using System.Buffers.Binary;
using System.Text;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg.Dct;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Pixels.Jpeg;

/// <summary>How the samples of a JPEG file stand for colours.</summary>
public enum JpegColourModel
{
    /// <summary>One component, from black to white.</summary>
    Grey,
    /// <summary>Red, green, blue.</summary>
    Rgb,
    /// <summary>Luminance and chrominance of JFIF.</summary>
    Ycc,
    /// <summary>Four inks; inverted where an Adobe marker stands.</summary>
    Cmyk,
    /// <summary>Luminance and chrominance of the inverted first three of four inks.</summary>
    Ycck,
}

/// <summary>An application segment of a JPEG file.</summary>
/// <param name="Number">0 to 15: APP0 to APP15.</param>
/// <param name="Name">The printable characters up to the first NUL with which it begins, 32 at most: JFIF, Exif, Adobe, http://ns.adobe.com/xap/1.0/...</param>
/// <param name="Offset">Byte offset of its content in the file.</param>
/// <param name="Length">Bytes of its content.</param>
public readonly record struct JpegApplication(int Number, string Name, int Offset, int Length);

/// <summary>One component of a JPEG file.</summary>
/// <param name="Horizontal">Horizontal sampling factor, 1 to 4.</param>
/// <param name="Vertical">Vertical sampling factor, 1 to 4.</param>
/// <param name="Quantization">64 steps in zigzag order.</param>
public sealed record JpegPictureComponent(int Horizontal, int Vertical, IReadOnlyList<ushort> Quantization);

/// <summary>
/// A .jpg file as patients, portals and courts have them (JFIF, Exif, Adobe): its picture in 8 bits grey or red, green, blue, with every bit as spec/jpeg.md fixes it, and how it was
/// encoded. Baseline, extended and progressive, samples of 8 bits. The picture is as it is encoded: it is not turned by <see cref="Orientation"/>, no colour profile is applied.
/// </summary>
public sealed class JpegPicture
{
    private readonly byte[] _pixels;

    private JpegPicture(JpegStream stream, byte[] pixels, JpegColourModel model)
    {
        _pixels = pixels;
        (Rows, Columns, Model) = (stream.Rows, stream.Columns, model);
        Samples = model == JpegColourModel.Grey ? 1 : 3;
    }

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>1: grey; 3: red, green, blue.</summary>
    public int Samples { get; }

    /// <summary>[row, column, sample], without gaps.</summary>
    public ReadOnlySpan<byte> Pixels => _pixels;

    /// <summary>How the file stores colours.</summary>
    public JpegColourModel Model { get; }

    /// <summary>Encoded in several scans from coarse to fine, as pages of the web are.</summary>
    public required bool Progressive { get; init; }

    /// <summary>Scans.</summary>
    public required int Scans { get; init; }

    /// <summary>Each component's sampling and quantisation, from which encoders and their settings are known.</summary>
    public required IReadOnlyList<JpegPictureComponent> Components { get; init; }

    /// <summary>Application segments in order.</summary>
    public required IReadOnlyList<JpegApplication> Applications { get; init; }

    /// <summary>Exif orientation 1 to 8 (1: as encoded, 3: upside down, 6: to be turned clockwise...); 0 where none is stated.</summary>
    public required int Orientation { get; init; }

    /// <summary>Bytes that follow the end of the picture: further pictures of a camera, or anything else. They are not read.</summary>
    public required int TrailingBytes { get; init; }

    /// <summary>Reads a file.</summary>
    /// <param name="file">All its bytes.</param>
    /// <param name="mostBytes">The largest picture, in bytes of its components.</param>
    /// <exception cref="PixelException">It is none, breaks the rules, is not whole, is too large, or uses what is not decoded here.</exception>
    public static JpegPicture Read(ReadOnlySpan<byte> file, int mostBytes = FrameShape.MaxBytes)
    {
        JpegStream stream = JpegSegments.Read(file);
        if (stream.EndOffset < 0) throw new PixelException(PixelError.Truncated, file.Length, "the JPEG codestream has no end");
        int samples = stream.Components.Length;
        if (stream.Process == JpegStream.Lossless || stream.Precision != 8 || samples == 2)
            throw new PixelException(PixelError.Unsupported, stream.FrameOffset, "a JPEG file holds one, three or four components of 8 bits, encoded with a DCT process");
        var shape = new FrameShape(stream.Rows, stream.Columns, samples, 1);
        if (shape.Bytes > mostBytes) throw new PixelException(PixelError.TooLarge, stream.FrameOffset, "the picture is too large");
        // before the picture is allocated
        DctFrame.Check(file, stream);
        byte[] cells = new byte[shape.Bytes];
        DctFrame.Decode(file, stream, cells, 1);
        JpegColourModel model = ModelOf(stream);
        if (model == JpegColourModel.Ycc) ColourConversion.FullToRgb(cells);
        return new JpegPicture(stream, samples == 4 ? Inks(cells, model, stream.AdobeTransform >= 0) : cells, model)
        {
            Progressive = stream.Process == JpegStream.Progressive,
            Scans = stream.Scans.Count,
            Components = [.. stream.Components.Select((component, index) => new JpegPictureComponent(component.Horizontal, component.Vertical, Steps(stream, index)))],
            Applications = NamesOf(file, stream),
            Orientation = OrientationOf(file, stream),
            TrailingBytes = file.Length - stream.EndOffset,
        };
    }

    /// <summary>Without a marker three components are taken for luminance and chrominance, four for inks, as all readers do.</summary>
    private static JpegColourModel ModelOf(JpegStream stream) => stream.Components.Length switch
    {
        1 => JpegColourModel.Grey,
        3 => stream.Colour == CodestreamColour.Rgb ? JpegColourModel.Rgb : JpegColourModel.Ycc,
        _ => stream.AdobeTransform > 0 ? JpegColourModel.Ycck : JpegColourModel.Cmyk,
    };

    /// <summary>Adobe writes inks inverted, 255 for none; then light is what the colour and the black let through.</summary>
    private static byte[] Inks(byte[] cells, JpegColourModel model, bool inverted)
    {
        byte[] pixels = new byte[cells.Length / 4 * 3];
        for (int from = 0, to = 0; from < cells.Length; from += 4, to += 3) cells.AsSpan(from, 3).CopyTo(pixels.AsSpan(to));
        if (model == JpegColourModel.Ycck) ColourConversion.FullToRgb(pixels);
        // what YCCK converts to is what the inks leave of white
        bool ink = inverted == (model == JpegColourModel.Ycck);
        for (int i = 0; i < pixels.Length; i++)
        {
            int black = cells[i / 3 * 4 + 3], light = ink ? 255 - pixels[i] : pixels[i];
            pixels[i] = (byte)((2 * light * (inverted ? black : 255 - black) + 255) / 510);
        }
        return pixels;
    }

    private static ushort[] Steps(JpegStream stream, int index) =>
        stream.Scans.SelectMany(scan => scan.Components).First(component => component.Index == index).Quantization!;

    private static List<JpegApplication> NamesOf(ReadOnlySpan<byte> file, JpegStream stream)
    {
        var found = new List<JpegApplication>();
        foreach ((byte marker, int offset, int length) in stream.Applications)
        {
            ReadOnlySpan<byte> content = file.Slice(offset, Math.Min(length, 32));
            int end = content.IndexOfAnyExceptInRange((byte)0x20, (byte)0x7E);
            found.Add(new JpegApplication(marker - 0xE0, Encoding.ASCII.GetString(end < 0 ? content : content[..end]), offset, length));
        }
        return found;
    }

    /// <summary>Tag 0112 of the first directory of the first Exif segment (CIPA DC-008-2023 4.6.5). What is not readable states nothing.</summary>
    private static int OrientationOf(ReadOnlySpan<byte> file, JpegStream stream)
    {
        foreach ((byte marker, int offset, int length) in stream.Applications)
        {
            ReadOnlySpan<byte> content = file.Slice(offset, length);
            if (marker != 0xE1 || !content.StartsWith("Exif\0"u8) || length < 14) continue;
            ReadOnlySpan<byte> tiff = content[6..];
            bool little = tiff[0] == 'I';
            uint directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
            if (directory > tiff.Length - 2) return 0;
            int count = Word(tiff[(int)directory..], little);
            for (int i = 0, at = (int)directory + 2; i < count && at <= tiff.Length - 12; i++, at += 12)
            {
                if (Word(tiff[at..], little) != 0x0112 || Word(tiff[(at + 2)..], little) != 3) continue;
                int value = Word(tiff[(at + 8)..], little);
                return value is >= 1 and <= 8 ? value : 0;
            }
            return 0;
        }
        return 0;
    }

    private static int Word(ReadOnlySpan<byte> at, bool little) => little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);
}
