namespace Veridicom.Pixels.Jpeg;

/// <summary>
/// Luminance and chrominance of JFIF (ISO/IEC 10918-5 7, which is YBR_FULL of PS3.3-2023b C.7.6.3.1.2) to red, green and blue, in the fixed arithmetic of spec/jpeg.md 7, so that
/// a picture for the eye has the same bits everywhere.
/// </summary>
public static class YccToRgb
{
    // times 2^16, rounded
    internal const int RedFromCr = 91881, BlueFromCb = 116130, GreenFromCr = 46802, GreenFromCb = 22554;

    private const int Half = 1 << 15;

    /// <summary>Converts in place.</summary>
    /// <param name="pixels">Pixels of 8 bit samples; the first three of each are Y, Cb, Cr and become R, G, B.</param>
    /// <param name="samples">Samples of a pixel, at least 3; those from the fourth stay.</param>
    public static void Convert(Span<byte> pixels, int samples = 3)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(samples, 3);
        for (int at = 0; at <= pixels.Length - samples; at += samples)
        {
            Span<byte> pixel = pixels.Slice(at, 3);
            (int red, int green, int blue) = Convert(pixel[0], pixel[1] - 128, pixel[2] - 128);
            pixel[0] = (byte)Math.Clamp(red, 0, 255);
            pixel[1] = (byte)Math.Clamp(green, 0, 255);
            pixel[2] = (byte)Math.Clamp(blue, 0, 255);
        }
    }

    /// <summary>Converts in place.</summary>
    /// <param name="pixels">Pixels of three samples Y, Cb, Cr, which become R, G, B.</param>
    /// <param name="precision">Bits of a sample, 2 to 16.</param>
    public static void Convert(Span<ushort> pixels, int precision)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(precision, 2);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(precision, 16);
        int centre = 1 << (precision - 1), most = (1 << precision) - 1;
        for (int at = 0; at <= pixels.Length - 3; at += 3)
        {
            Span<ushort> pixel = pixels.Slice(at, 3);
            (int red, int green, int blue) = Convert(pixel[0], pixel[1] - centre, pixel[2] - centre);
            pixel[0] = (ushort)Math.Clamp(red, 0, most);
            pixel[1] = (ushort)Math.Clamp(green, 0, most);
            pixel[2] = (ushort)Math.Clamp(blue, 0, most);
        }
    }

    // 2^16 times 116130 passes 31 bits: samples of 16 bits need long
    private static (int Red, int Green, int Blue) Convert(int y, int cb, int cr) => unchecked((
        y + (int)(((long)RedFromCr * cr + Half) >> 16),
        y + (int)((-(long)GreenFromCb * cb - (long)GreenFromCr * cr + Half) >> 16),
        y + (int)(((long)BlueFromCb * cb + Half) >> 16)));
}
