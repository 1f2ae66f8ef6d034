namespace Veridicom.Pixels.Rendering;

/// <summary>Luminance and chrominance of 8 bits to red, green, blue, in fixed point, so that every machine gives the same colours.</summary>
public static class ColourConversion
{
    // 2^16 times the factors of ITU-R BT.601-7 2.5.1, rounded: 1.402, 0.344136, 0.714136, 1.772
    private const int RedOfCr = 91881, GreenOfCb = 22554, GreenOfCr = 46802, BlueOfCb = 116130, Half = 32768;
    // the same for luminance from 16 to 235 and chrominance from 16 to 240 (ITU-R BT.601-7 2.5.3): 1.164384, 1.596027, 0.391762, 0.812968, 2.017232
    private const int Luminance = 76309, RedOfPartialCr = 104597, GreenOfPartialCb = 25675, GreenOfPartialCr = 53279, BlueOfPartialCb = 132201;

    /// <summary>Full range: YBR_FULL of PS3.3-2023b C.7.6.3.1.2, and JFIF. In place, three bytes a pixel.</summary>
    public static void FullToRgb(Span<byte> pixels)
    {
        unchecked
        {
            for (int i = 0; i + 2 < pixels.Length; i += 3)
            {
                int y = pixels[i] << 16, cb = pixels[i + 1] - 128, cr = pixels[i + 2] - 128;
                pixels[i] = Clamp((y + RedOfCr * cr + Half) >> 16);
                pixels[i + 1] = Clamp((y - GreenOfCb * cb - GreenOfCr * cr + Half) >> 16);
                pixels[i + 2] = Clamp((y + BlueOfCb * cb + Half) >> 16);
            }
        }
    }

    /// <summary>Reduced range: YBR_PARTIAL_422 and YBR_PARTIAL_420 of PS3.3-2023b C.7.6.3.1.2. In place, three bytes a pixel.</summary>
    public static void PartialToRgb(Span<byte> pixels)
    {
        unchecked
        {
            for (int i = 0; i + 2 < pixels.Length; i += 3)
            {
                int y = (pixels[i] - 16) * Luminance, cb = pixels[i + 1] - 128, cr = pixels[i + 2] - 128;
                pixels[i] = Clamp((y + RedOfPartialCr * cr + Half) >> 16);
                pixels[i + 1] = Clamp((y - GreenOfPartialCb * cb - GreenOfPartialCr * cr + Half) >> 16);
                pixels[i + 2] = Clamp((y + BlueOfPartialCb * cb + Half) >> 16);
            }
        }
    }

    private static byte Clamp(int value) => unchecked((byte)(value < 0 ? 0 : value > 255 ? 255 : value));
}
