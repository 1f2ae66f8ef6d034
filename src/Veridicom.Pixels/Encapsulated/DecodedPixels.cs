using System.Runtime.InteropServices;
using Veridicom.Dicom;
using Veridicom.Pixels.Jpeg.Dct;
using Veridicom.Pixels.Jpeg.Lossless;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Pixels.JpegLs;
using Veridicom.Pixels.Rle;

namespace Veridicom.Pixels.Encapsulated;

/// <summary>
/// Encapsulated pixel data as canonical rows: one frame is decoded and kept at a time. Decoded samples are widened to their cells from Bits Stored, by
/// sign where Pixel Representation says so, whatever the codestream says of signs.
/// </summary>
public sealed class DecodedPixels : PixelReader
{
    /// <summary>Bytes that any pixel data may decode to, whatever it is encoded in.</summary>
    public const long AlwaysDecoded = 1L << 33;

    /// <summary>Above them, how often the bytes of the encoding: flat pictures come to some 1,400 times in JPEG-LS, and a few kilobytes could keep a machine busy for hours.</summary>
    public const int MostTimes = 2000;

    private delegate CodestreamFacts Decoder(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells);

    // what is larger is not kept: every thread may keep one
    private const int MostKept = 16 << 20;

    // the memory of the last reader that was done with: new memory for each file of a folder takes a fifth of the time of decoding it
    [ThreadStatic]
    private static byte[]? _spare;

    private readonly EncapsulatedFrames _frames;
    private readonly TransferSyntax _syntax;
    private readonly Decoder _decode;
    private readonly FrameShape _shape;
    private byte[] _cells = [];
    private int _frame = -1, _precision;
    private CodestreamFacts _facts;

    private DecodedPixels(EncapsulatedFrames frames, PixelGeometry geometry, TransferSyntax syntax, Decoder decode)
        : base(geometry)
    {
        _frames = frames;
        _syntax = syntax;
        _decode = decode;
        _shape = new FrameShape(geometry.Rows, geometry.Columns, geometry.Samples, geometry.CellBytes);
    }

    /// <summary>
    /// The Photometric Interpretation of the cells that this reader gives, where the transform that the attribute names is a part of the encoding and
    /// undone with it (PS3.5-2023b 8.2.4): RGB for YBR_RCT in JPEG 2000. Every other label is that of the cells.
    /// </summary>
    public static string PhotometricOfCells(TransferSyntax syntax, string label) => label == "YBR_RCT" && CodestreamAgreement.IsJpeg2000(syntax) ? "RGB" : label;

    /// <summary>What an offset table says otherwise than the fragments; null where they agree.</summary>
    public string? Contradiction => _frames.Contradiction;

    /// <summary>Opens encapsulated pixel data. Null with a reason where its encoding is not decoded here or its frames cannot be told apart.</summary>
    public static DecodedPixels? OpenEncapsulated(TransferSyntax syntax, DicomNode pixels, PixelGeometry geometry, IJpeg2000? jpeg2000, out string reason)
    {
        reason = "";
        if (geometry.BitsAllocated % 8 != 0 || geometry.Element.Element != 0x0010)
        {
            reason = "only cells of whole bytes are encapsulated";
            return null;
        }
        if (new FrameShape(geometry.Rows, geometry.Columns, geometry.Samples, geometry.CellBytes).Bytes > FrameShape.MaxBytes)
        {
            reason = "a frame would be longer than one gibibyte";
            return null;
        }
        Decoder? decode = For(syntax, jpeg2000);
        if (decode is null)
        {
            reason = $"{syntax.Name} is not decoded here";
            return null;
        }
        if (EncapsulatedFrames.Find(pixels, geometry.Frames, out reason) is not { } frames) return null;
        long decoded = geometry.FrameBits / 8 * geometry.Frames;
        if (decoded > AlwaysDecoded && decoded / MostTimes > frames.EncodedBytes)
        {
            reason = $"the pixels would be more than {MostTimes} times as long as their encoding";
            return null;
        }
        return new DecodedPixels(frames, geometry, syntax, decode);
    }

    /// <summary>What the codestream of a frame says; the frame is decoded for it.</summary>
    /// <exception cref="PixelException">It cannot be decoded.</exception>
    public CodestreamFacts Facts(int frame)
    {
        Decode(frame);
        return _facts;
    }

    /// <summary>
    /// What the codestream of a frame says of colours or signs otherwise than the attributes of the image, or of precision otherwise than the frame that was
    /// asked about first: readers then differ on the picture. Null where they agree.
    /// </summary>
    /// <exception cref="PixelException">It cannot be decoded.</exception>
    public string? Disagreement(int frame)
    {
        CodestreamFacts facts = Facts(frame);
        if (_precision == 0) _precision = facts.Precision;
        // DCMTK takes the precision of the first frame for that of all, and cuts bits off others to fit
        return facts.Precision != _precision ? "frames are encoded with different precisions" : CodestreamAgreement.Disagreement(_syntax, Geometry, facts, _frames.Codestream(frame));
    }

    private protected override ReadOnlySpan<byte> Read(int frame, int row, int count)
    {
        Decode(frame);
        return _cells.AsSpan(row * Geometry.RowBytes, count * Geometry.RowBytes);
    }

    private void Decode(int frame)
    {
        if (frame == _frame) return;
        _frame = -1;
        int bytes = (int)_shape.Bytes;
        if (_cells.Length == 0) _cells = Take(bytes);
        Span<byte> cells = _cells.AsSpan(0, bytes);
        _facts = _decode(_frames.Codestream(frame), _shape, cells);
        Widen(cells, Geometry, _facts.Precision);
        _frame = frame;
    }

    private static byte[] Take(int bytes)
    {
        byte[]? spare = _spare;
        if (spare is null || spare.Length < bytes) return new byte[bytes];
        _spare = null;
        // nothing of another image may stand in this one, whatever a decoder leaves undone
        spare.AsSpan(0, bytes).Clear();
        return spare;
    }

    /// <inheritdoc/>
    public override void Dispose()
    {
        if (_cells.Length is > 0 and <= MostKept) _spare = _cells;
        _cells = [];
        _frame = -1;
        base.Dispose();
    }

    /// <summary>
    /// Brings decoded samples to cells: from Bits Stored, or from the precision of the codestream where that has more bits, upwards all bits become copies of the
    /// sign (signed) or zero. Shifts nothing.
    /// </summary>
    private static void Widen(Span<byte> cells, PixelGeometry geometry, int precision)
    {
        int bits = Math.Max(geometry.BitsStored, precision);
        if (!geometry.Signed || bits >= geometry.BitsAllocated) return;
        switch (geometry.CellBytes)
        {
            case 1:
                Extend(MemoryMarshal.Cast<byte, sbyte>(cells), 8 - bits);
                break;
            case 2:
                Extend(MemoryMarshal.Cast<byte, short>(cells), 16 - bits);
                break;
            case 4:
                Extend(MemoryMarshal.Cast<byte, int>(cells), 32 - bits);
                break;
        }
    }

    private static void Extend<T>(Span<T> cells, int shift) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        int i = 0;
        for (; i + System.Numerics.Vector<T>.Count <= cells.Length; i += System.Numerics.Vector<T>.Count)
            (new System.Numerics.Vector<T>(cells[i..]) << shift >> shift).CopyTo(cells[i..]);
        for (; i < cells.Length; i++) cells[i] = unchecked(cells[i] << shift >> shift);
    }

    // one line for each encoding; each decoder has a folder of its own
    private static Decoder? For(TransferSyntax syntax, IJpeg2000? jpeg2000) => syntax.Uid switch
    {
        "1.2.840.10008.1.2.5" => RleDecoder.Decode,
        "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51" or "1.2.840.10008.1.2.4.53" or "1.2.840.10008.1.2.4.55" => JpegDct.Decode,
        "1.2.840.10008.1.2.4.80" or "1.2.840.10008.1.2.4.81" => JpegLsDecoder.Decode,
        "1.2.840.10008.1.2.4.57" or "1.2.840.10008.1.2.4.70" => JpegLossless.Decode,
        _ when CodestreamAgreement.IsJpeg2000(syntax) && jpeg2000 is not null => jpeg2000.Decode,
        _ => null,
    };
}
