namespace Veridicom.Forensics.Metadata.JpegHistory;

/// <summary>What the quantisation tables of a file tell of its encoder. The example table of ISO/IEC 10918-1 K.1, scaled by a quality of 1 to 100 as the Independent JPEG Group's library does, is what most programs write.</summary>
internal static class QuantisationTables
{
    // K.1 luminance, zigzag order
    private static readonly byte[] Luminance =
    [
        16, 11, 12, 14, 12, 10, 16, 14, 13, 14, 18, 17, 16, 19, 24, 40, 26, 24, 22, 22, 24, 49, 35, 37, 29, 40, 58, 51, 61, 60, 57, 51,
        56, 55, 64, 72, 92, 78, 64, 68, 87, 69, 55, 56, 80, 109, 81, 87, 95, 98, 103, 104, 103, 62, 77, 113, 121, 112, 100, 120, 92, 101, 103, 99,
    ];

    /// <summary>The quality whose table is nearest, and whether it is the very table.</summary>
    /// <param name="steps">64 steps of the luminance in zigzag order.</param>
    public static (int Quality, bool IsExact) Quality(IReadOnlyList<ushort> steps)
    {
        int best = 1;
        double least = double.MaxValue;
        for (int quality = 100; quality >= 1; quality--)
        {
            double distance = 0;
            for (int i = 0; i < 64; i++) distance += Math.Abs(steps[i] - Scaled(i, quality)) / (double)Scaled(i, quality);
            if (distance < least) (least, best) = (distance, quality);
            if (distance == 0) break;
        }
        return (best, least == 0);
    }

    /// <summary>One step of the scaled table.</summary>
    public static int Scaled(int index, int quality)
    {
        int scale = quality < 50 ? 5000 / quality : 200 - 2 * quality;
        return Math.Clamp((Luminance[index] * scale + 50) / 100, 1, 255);
    }
}
