using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.Jpeg2000;

/// <summary>
/// Decodes JPEG 2000 and High-Throughput JPEG 2000 (ISO/IEC 15444-1, 15444-15) somewhere else: a native library has no place in this process.
/// Safe for use by several threads.
/// </summary>
public interface IJpeg2000
{
    /// <summary>Decodes one codestream.</summary>
    /// <param name="code">A codestream (FF4F FF51...), without boxes.</param>
    /// <param name="shape">The picture wanted; a codestream of another shape is refused before anything is allocated.</param>
    /// <param name="cells">Receives <see cref="FrameShape.Bytes"/> bytes.</param>
    /// <exception cref="PixelException">It cannot be decoded, the library is missing, or the decoding process failed.</exception>
    CodestreamFacts Decode(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells);
}
