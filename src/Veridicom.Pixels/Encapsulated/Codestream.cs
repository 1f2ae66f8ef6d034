namespace Veridicom.Pixels.Encapsulated;

/// <summary>What a decoder is asked for: the picture of one frame, its cells colour by pixel, [row, column, sample], little endian, without gaps.</summary>
/// <param name="Rows">Rows, at least 1.</param>
/// <param name="Columns">Columns, at least 1.</param>
/// <param name="Samples">Samples per pixel, 1 to 4.</param>
/// <param name="CellBytes">Bytes of one cell: Bits Allocated / 8.</param>
public readonly record struct FrameShape(int Rows, int Columns, int Samples, int CellBytes)
{
    /// <summary>The most bytes of one decoded frame.</summary>
    public const int MaxBytes = 1 << 30;

    /// <summary>Bytes of the frame; above <see cref="MaxBytes"/> nothing is decoded.</summary>
    public long Bytes => (long)Rows * Columns * Samples * CellBytes;
}

/// <summary>What an encoded picture says of its colours.</summary>
public enum CodestreamColour
{
    /// <summary>Nothing: the cells are what the attributes say.</summary>
    Unstated,
    /// <summary>The cells are red, green, blue, and were never anything else.</summary>
    Rgb,
    /// <summary>The cells are luminance and chrominance (JFIF, or an Adobe marker that says so), and are given as such.</summary>
    Ycc,
    /// <summary>A transform was part of the encoding and was undone: the reversible or the irreversible one of JPEG 2000.</summary>
    Undone,
}

/// <summary>What a decoder learned besides the cells.</summary>
/// <param name="Precision">Bits of a sample in the encoding. Cells hold this many low bits, as encoded (two's complement where signed); all above are zero.</param>
/// <param name="Signed">The encoding says that samples are signed, or has some below zero.</param>
/// <param name="Colour">What it says of colours.</param>
/// <param name="NearLossless">The largest error that the encoder allowed itself: 0 for a lossless process, -1 where it is not bounded.</param>
/// <param name="Extreme">It holds what no encoder makes of samples, and decoders differ on what samples that makes.</param>
public readonly record struct CodestreamFacts(int Precision, bool Signed, CodestreamColour Colour, int NearLossless, bool Extreme = false);
