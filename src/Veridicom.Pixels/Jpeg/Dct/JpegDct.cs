using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.Jpeg.Dct;

/// <summary>
/// JPEG with the DCT as it stands in DICOM: baseline (1.2.840.10008.1.2.4.50, PS3.5-2023b 8.2.1), extended (1.2.840.10008.1.2.4.51), and the retired progressive ones
/// (1.2.840.10008.1.2.4.53 and .55). The samples are the same on every machine: spec/jpeg.md fixes each bit. They are not converted: what was encoded as luminance and
/// chrominance is given as such, brought to the size of the picture.
/// </summary>
public static class JpegDct
{
    /// <summary>Decodes one frame.</summary>
    /// <param name="code">The codestream from SOI to EOI; only zero and FF bytes may follow.</param>
    /// <param name="shape">What the attributes say.</param>
    /// <param name="cells">As many bytes as the shape; holds the samples afterwards, undefined where an exception is thrown.</param>
    /// <returns>Precision 8 or 12, not signed, no bound of the error.</returns>
    /// <exception cref="PixelException">It breaks the rules, is not whole, has another shape, or uses what is not decoded here.</exception>
    public static CodestreamFacts Decode(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells)
    {
        JpegStream stream = JpegSegments.Read(code);
        if (stream.Process is not (JpegStream.Baseline or JpegStream.Extended or JpegStream.Progressive))
            throw new PixelException(PixelError.Unsupported, stream.FrameOffset, "the JPEG frame is lossless where a DCT process is expected");
        stream.Demand(shape);
        stream.DemandEnd(code);
        bool extreme = DctFrame.Decode(code, stream, cells[..checked((int)shape.Bytes)], shape.CellBytes);
        return new CodestreamFacts(stream.Precision, Signed: false, stream.Colour, NearLossless: -1, extreme);
    }
}
