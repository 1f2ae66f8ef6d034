namespace Veridicom.Pixels.Png;

/// <summary>Colour types of a PNG file, by their numbers (W3C PNG, third edition, 11.2.1).</summary>
public enum PngColour : byte
{
    /// <summary>One channel, 1, 2, 4, 8 or 16 bits.</summary>
    Grey = 0,
    /// <summary>Red, green, blue, 8 or 16 bits each.</summary>
    Rgb = 2,
    /// <summary>An index of 1, 2, 4 or 8 bits into the palette.</summary>
    Palette = 3,
    /// <summary>Grey and opacity, 8 or 16 bits each.</summary>
    GreyAlpha = 4,
    /// <summary>Red, green, blue, opacity, 8 or 16 bits each.</summary>
    Rgba = 6,
}

/// <summary>One chunk of a PNG file, as found.</summary>
/// <param name="Type">Four ASCII letters.</param>
/// <param name="Offset">Offset of its first data byte in the file.</param>
/// <param name="Length">Data bytes.</param>
public readonly record struct PngChunk(string Type, long Offset, int Length)
{
    /// <summary>True where a reader may pass over a chunk that it does not know: the first letter is lower case.</summary>
    public bool IsAncillary => (Type[0] & 0x20) != 0;
}

/// <summary>A PNG file that was read.</summary>
/// <param name="Width">Pixels.</param>
/// <param name="Height">Pixels.</param>
/// <param name="Colour">Colour type.</param>
/// <param name="Depth">Bits of a channel, or of an index.</param>
/// <param name="Interlaced">Seven passes (Adam7).</param>
/// <param name="Samples">[row, column, channel]: one byte per sample, or two in little endian where <paramref name="Depth"/> is 16; not scaled.</param>
/// <param name="Palette">Red, green, blue of each index; empty without a PLTE chunk.</param>
/// <param name="Transparency">The content of the tRNS chunk: opacity of the first indices, or the one transparent colour in 16-bit big endian; empty without it.</param>
/// <param name="Chunks">Every chunk in the order of the file.</param>
/// <param name="TrailingBytes">Bytes behind the IEND chunk, which belong to no picture.</param>
public sealed record PngPicture(int Width, int Height, PngColour Colour, int Depth, bool Interlaced, byte[] Samples, byte[] Palette, byte[] Transparency,
    IReadOnlyList<PngChunk> Chunks, long TrailingBytes)
{
    /// <summary>Channels of a colour type.</summary>
    public static int ChannelsOf(PngColour colour) => colour switch { PngColour.Rgb => 3, PngColour.GreyAlpha => 2, PngColour.Rgba => 4, _ => 1 };

    /// <summary>Channels of a pixel; one for a palette.</summary>
    public int Channels => ChannelsOf(Colour);

    /// <summary>The picture as 8-bit red, green, blue, opacity, [row, column, 4]: samples scaled to 8 bits, indices looked up, tRNS applied.</summary>
    public byte[] ToRgba8()
    {
        int pixels = checked(Width * Height), most = (1 << Depth) - 1, step = Depth == 16 ? 2 : 1;
        byte[] rgba = new byte[checked(pixels * 4)];
        for (int i = 0; i < pixels; i++)
        {
            ReadOnlySpan<byte> at = Samples.AsSpan(i * Channels * step, Channels * step);
            Span<byte> to = rgba.AsSpan(4 * i, 4);
            to[3] = 255;
            switch (Colour)
            {
                case PngColour.Palette:
                    Palette.AsSpan(3 * at[0], 3).CopyTo(to);
                    if (at[0] < Transparency.Length) to[3] = Transparency[at[0]];
                    break;
                case PngColour.Grey or PngColour.GreyAlpha:
                    to[..3].Fill(Scaled(at, 0));
                    if (Colour == PngColour.GreyAlpha) to[3] = Scaled(at, 1);
                    else if (IsTransparent(at)) to[3] = 0;
                    break;
                default:
                    for (int c = 0; c < Channels; c++) to[c] = Scaled(at, c);
                    if (Colour == PngColour.Rgb && IsTransparent(at)) to[3] = 0;
                    break;
            }
        }
        return rgba;

        byte Scaled(ReadOnlySpan<byte> pixel, int channel) => (byte)((Value(pixel, channel) * 255 + most / 2) / most);
        int Value(ReadOnlySpan<byte> pixel, int channel) => step == 1 ? pixel[channel] : pixel[2 * channel] | (pixel[2 * channel + 1] << 8);
        bool IsTransparent(ReadOnlySpan<byte> pixel)
        {
            if (Transparency.Length == 0) return false;
            for (int c = 0; c < Channels; c++)
            {
                // bits above the depth do not count (W3C PNG 11.3.1.1)
                if (Value(pixel, c) != (((Transparency[2 * c] << 8) | Transparency[2 * c + 1]) & most)) return false;
            }
            return true;
        }
    }
}
