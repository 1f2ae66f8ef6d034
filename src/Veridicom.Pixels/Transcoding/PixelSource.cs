using Veridicom.Dicom;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;

namespace Veridicom.Pixels.Transcoding;

/// <summary>Frames of the file that is transcoded, whole and canonical, with the rules under which they may be written in another encoding.</summary>
internal sealed class PixelSource
{
    private readonly PixelReader _reader;
    private readonly bool _lossyAllowed;
    private readonly TransferSyntax _syntax;
    private byte[] _frame = [];

    private PixelSource(PixelReader reader, TransferSyntax syntax, bool lossyAllowed)
    {
        (_reader, _syntax, _lossyAllowed) = (reader, syntax, lossyAllowed);
        Shape = new FrameShape(Geometry.Rows, Geometry.Columns, Geometry.Samples, Geometry.CellBytes);
    }

    public PixelGeometry Geometry => _reader.Geometry;

    public FrameShape Shape { get; }

    /// <summary>The first frame was compressed with loss.</summary>
    public bool IsLossy { get; private set; }

    /// <summary>Photometric Interpretation of the decoded samples (PS3.5-2023b 8.2).</summary>
    public string Photometric { get; private set; } = "";

    public static PixelSource Open(DicomFile file, DicomNode pixels, bool lossyAllowed, IJpeg2000? jpeg2000)
    {
        if (pixels.Tag.Element != 0x0010) throw new TranscodingException(TranscodingError.NotEncodable, "pixels of floating point are not compressed", pixels.Tag.ToString());
        if (PixelGeometry.Read(file.DataSet, pixels, out string reason) is not { } geometry) throw new TranscodingException(TranscodingError.NotDecoded, reason);
        if (PixelReader.Open(file.TransferSyntax, pixels, geometry, jpeg2000, out reason) is not { } reader) throw new TranscodingException(TranscodingError.NotDecoded, reason, pixels.Tag.ToString());
        if (file.TransferSyntax.IsLossless == false && !lossyAllowed) throw Loss();
        var source = new PixelSource(reader, file.TransferSyntax, lossyAllowed);
        if (source.Shape.Bytes > FrameShape.MaxBytes) throw new TranscodingException(TranscodingError.TooLong, "a frame is longer than one gibibyte");
        source.Photometric = geometry.Photometric;
        if (reader is DecodedPixels { } decoded)
        {
            CodestreamFacts facts = decoded.Facts(0);
            source.IsLossy = source.LossOf(facts);
            source.Photometric = Colours(geometry.Photometric, facts.Colour, file.TransferSyntax);
        }
        return source;
    }

    /// <summary>The cells of a frame, [row, column, sample], little endian. The span holds until the next call.</summary>
    /// <exception cref="PixelException">It cannot be decoded.</exception>
    /// <exception cref="TranscodingException">It was compressed with loss, or in other colours than the first.</exception>
    public ReadOnlySpan<byte> Frame(int frame)
    {
        if (_frame.Length == 0) _frame = new byte[Shape.Bytes];
        if (_reader is DecodedPixels decoded)
        {
            CodestreamFacts facts = decoded.Facts(frame);
            LossOf(facts);
            if (Colours(Geometry.Photometric, facts.Colour, _syntax) != Photometric) throw new TranscodingException(TranscodingError.Colours, "frames were encoded in different colours");
        }
        int step = Math.Max(1, Math.Min(Geometry.Rows, (1 << 20) / Geometry.RowBytes));
        for (int row = 0; row < Geometry.Rows; row += step)
            _reader.Rows(frame, row, Math.Min(step, Geometry.Rows - row)).CopyTo(_frame.AsSpan(row * Geometry.RowBytes));
        return _frame;
    }

    /// <summary>True where no bit of the cells is lost when only Bits Stored are kept and then widened again.</summary>
    public bool KeepsAllIn(ReadOnlySpan<byte> cells) => Geometry.BitsStored == Geometry.BitsAllocated
        || (Geometry.HighBit == Geometry.BitsStored - 1 && CleanCells.Check(cells, Geometry.CellBytes, Geometry.BitsStored, Geometry.Signed));

    private bool LossOf(CodestreamFacts facts)
    {
        bool lossy = _syntax.IsLossless != true && facts.NearLossless != 0;
        if (lossy && !_lossyAllowed) throw Loss();
        return lossy;
    }

    private static TranscodingException Loss() => new(TranscodingError.Lossy, "the pixels were compressed with loss");

    /// <summary>
    /// PS3.5-2023b 8.2.1, 8.2.4: a transform that decoding undid is no longer named, chrominance that decoding made whole is no longer called subsampled, and of DCT JPEG the codestream
    /// knows whether it holds colours or luminance and chrominance.
    /// </summary>
    private static string Colours(string photometric, CodestreamColour colour, TransferSyntax syntax)
    {
        bool dct = syntax.Uid is "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51";
        if (photometric is "YBR_RCT" or "YBR_ICT")
            return colour == CodestreamColour.Undone ? "RGB" : throw new TranscodingException(TranscodingError.Colours, "a colour transform is named that was not in use", "(0028,0004)");
        if (photometric is "YBR_PARTIAL_422" or "YBR_PARTIAL_420") throw new TranscodingException(TranscodingError.NotEncodable, $"{photometric} is not written here", "(0028,0004)");
        if (photometric is "YBR_FULL_422" or "YBR_FULL") return dct && colour == CodestreamColour.Rgb ? "RGB" : "YBR_FULL";
        return photometric == "RGB" && dct && colour == CodestreamColour.Ycc ? "YBR_FULL" : photometric;
    }
}
