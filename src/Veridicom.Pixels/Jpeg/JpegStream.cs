using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.Jpeg;

/// <summary>One component of a frame (ISO/IEC 10918-1 B.2.2).</summary>
/// <param name="Id">Component identifier.</param>
/// <param name="Horizontal">Horizontal sampling factor, 1 to 4.</param>
/// <param name="Vertical">Vertical sampling factor, 1 to 4.</param>
/// <param name="Quantization">Quantization table destination, 0 to 3.</param>
internal readonly record struct JpegComponent(byte Id, int Horizontal, int Vertical, int Quantization);

/// <summary>One component of a scan (ISO/IEC 10918-1 B.2.3).</summary>
/// <param name="Index">Which component of the frame, from 0.</param>
/// <param name="Dc">The table in force for DC coefficients or for lossless differences; null where none was given.</param>
/// <param name="Ac">The table in force for AC coefficients; null where none was given.</param>
/// <param name="Quantization">64 steps in zigzag order, as in force when the scan began; null where none was given. Not to be changed.</param>
internal readonly record struct JpegScanComponent(int Index, HuffmanTable? Dc, HuffmanTable? Ac, ushort[]? Quantization);

/// <summary>One scan: its parameters, the tables in force where it begins, and where its entropy-coded data stand (ISO/IEC 10918-1 B.2.3).</summary>
/// <param name="Offset">Byte offset of the SOS marker.</param>
/// <param name="Components">1 to 4, in the order of the frame.</param>
/// <param name="Start">Ss: first coefficient of the band, or the predictor of a lossless scan. 0 to 255, not judged here.</param>
/// <param name="End">Se: last coefficient of the band. 0 to 255, not judged here.</param>
/// <param name="High">Ah, 0 to 15.</param>
/// <param name="Low">Al, the point transform, 0 to 15.</param>
/// <param name="RestartInterval">MCUs between restart markers; 0: there are none.</param>
/// <param name="DataStart">Byte offset of the entropy-coded data.</param>
/// <param name="DataEnd">Byte offset of the first byte behind them: of the next marker that is no RSTn, or of the end.</param>
internal sealed record JpegScan(int Offset, JpegScanComponent[] Components, int Start, int End, int High, int Low, int RestartInterval, int DataStart, int DataEnd);

/// <summary>
/// The marker segments of a JPEG codestream (ISO/IEC 10918-1 annex B), read once: its frame, and its scans with the tables that each of them finds in force.
/// Entropy-coded data are stepped over. Offsets are from the first byte, that of SOI. Made by <see cref="JpegSegments.Read"/>.
/// </summary>
internal sealed class JpegStream
{
    /// <summary>Baseline sequential DCT: SOF0.</summary>
    public const byte Baseline = 0xC0;
    /// <summary>Extended sequential DCT, Huffman: SOF1.</summary>
    public const byte Extended = 0xC1;
    /// <summary>Progressive DCT, Huffman: SOF2.</summary>
    public const byte Progressive = 0xC2;
    /// <summary>Lossless, Huffman: SOF3.</summary>
    public const byte Lossless = 0xC3;

    /// <summary>The process: one of the four SOF markers' second bytes above; every other is refused when it is read.</summary>
    public required byte Process { get; init; }

    /// <summary>Byte offset of the SOF marker.</summary>
    public required int FrameOffset { get; init; }

    /// <summary>Bits of a sample, 2 to 16.</summary>
    public required int Precision { get; init; }

    /// <summary>Lines, at least 1, from SOF or DNL.</summary>
    public required int Rows { get; init; }

    /// <summary>Samples of a line, at least 1.</summary>
    public required int Columns { get; init; }

    /// <summary>1 to 4 components with different identifiers.</summary>
    public required JpegComponent[] Components { get; init; }

    /// <summary>At least one.</summary>
    public required IReadOnlyList<JpegScan> Scans { get; init; }

    /// <summary>An APP0 marker segment of JFIF stands before the frame.</summary>
    public required bool Jfif { get; init; }

    /// <summary>The colour transform of Adobe's APP14 marker segment: 0 none, 1 YCbCr, 2 YCCK; -1 where there is no such segment.</summary>
    public required int AdobeTransform { get; init; }

    /// <summary>Application segments in order: second byte of the marker, offset and length of what follows the length field.</summary>
    public required IReadOnlyList<(byte Marker, int Offset, int Length)> Applications { get; init; }

    /// <summary>Byte offset of what follows EOI; -1 where there is no EOI.</summary>
    public required int EndOffset { get; init; }

    /// <summary>
    /// What the codestream says of its colours: JFIF and Adobe in their markers, else identifiers that spell RGB. Component identifiers 1, 2, 3 without
    /// any marker say nothing here; that a DCT process is then taken to hold YCbCr is a habit of readers.
    /// </summary>
    public CodestreamColour Colour
    {
        get
        {
            if (Components.Length == 4) return AdobeTransform == 2 ? CodestreamColour.Ycc : CodestreamColour.Unstated;
            if (Components.Length != 3) return CodestreamColour.Unstated;
            if (Jfif || AdobeTransform == 1) return CodestreamColour.Ycc;
            if (AdobeTransform == 0) return CodestreamColour.Rgb;
            return Components[0].Id == 'R' && Components[1].Id == 'G' && Components[2].Id == 'B' ? CodestreamColour.Rgb : CodestreamColour.Unstated;
        }
    }

    /// <summary>Demands the shape that the attributes of the image say.</summary>
    /// <exception cref="PixelException"><see cref="PixelError.ShapeMismatch"/>.</exception>
    public void Demand(FrameShape shape)
    {
        if (Rows != shape.Rows || Columns != shape.Columns) throw new PixelException(PixelError.ShapeMismatch, FrameOffset, "the JPEG frame has other rows or columns than the attributes say");
        if (Components.Length != shape.Samples) throw new PixelException(PixelError.ShapeMismatch, FrameOffset, "the JPEG frame has other components than the attributes say");
        if ((Precision + 7) / 8 > shape.CellBytes) throw new PixelException(PixelError.ShapeMismatch, FrameOffset, "the samples of the JPEG frame do not fit the cells");
    }

    /// <summary>Demands that the codestream ends with EOI, and that nothing but padding follows: zero or FF bytes.</summary>
    /// <exception cref="PixelException">Truncated without EOI, malformed with other bytes.</exception>
    public void DemandEnd(ReadOnlySpan<byte> code)
    {
        if (EndOffset < 0) throw new PixelException(PixelError.Truncated, code.Length, "the JPEG codestream has no end");
        int stray = code[EndOffset..].IndexOfAnyExcept((byte)0x00, (byte)0xFF);
        if (stray >= 0) throw new PixelException(PixelError.Malformed, EndOffset + stray, "bytes follow the end of the JPEG codestream");
    }
}
