using Veridicom.Dicom;

namespace Veridicom.Forensics.Metadata.Attributes;

/// <summary>
/// Noise of a CT slice in soft tissue, against what its dose gives at the very least. Noise falls with the square root of tube current-time product and slice thickness; kernel,
/// body and iterative or learned reconstruction move it by a factor of several. Hence a bound of a twentieth of the usual value, never above 2 HU: only what was painted,
/// smoothed or never scanned lies below.
/// </summary>
internal static class TissueNoise
{
    private const uint Exposure = 0x00181152, ExposureMicro = 0x00181153, Current = 0x00181151, Time = 0x00181150, Thickness = 0x00180050, Kernel = 0x00181210;
    private const int Side = 8, LeastBlocks = 60;

    // usual values for an abdomen at 200 mAs in slices of 5 mm: about 10 HU
    private const double UsualNoise = 10, UsualExposure = 200, UsualThickness = 5;

    /// <summary>The finding where noise is below the bound; null where it is not, or too little tissue is in the slice.</summary>
    public static Evidence? Of(PixelFacts facts, DicomNode root, double slope, double intercept)
    {
        if (root.Values(0x00080008) is [_, _, "LOCALIZER", ..]) return null;
        List<double> noise = Blocks(facts.Picture, slope, intercept);
        if (noise.Count < LeastBlocks) return null;
        noise.Sort();
        double typical = noise[noise.Count / 2];
        double? exposure = root.Number(Exposure) ?? root.Number(ExposureMicro) / 1000 ?? root.Number(Current) * root.Number(Time) / 1000;
        double? thickness = root.Number(Thickness);
        double usual = exposure is > 0 && thickness is > 0 ? UsualNoise * Math.Sqrt(UsualExposure / exposure.Value * UsualThickness / thickness.Value) : UsualNoise;
        double bound = Math.Clamp(usual / 20, 0.5, 2);
        if (!(typical < bound)) return null;
        string kernel = root.Text(Kernel) is { Length: > 0 and <= 16 } name ? $" and kernel '{name}'" : "";
        string dose = exposure is > 0 && thickness is > 0 ? FormattableString.Invariant($" at {exposure:0.#} mAs, slices of {thickness:0.##} mm{kernel}") : "";
        return MetadataCode.DicomNoNoise.Finding(FormattableString.Invariant($"Soft tissue has a noise of {typical:0.##} HU; at least {bound:0.##} HU is expected of any scanner{dose}: the slice was smoothed, drawn or computed."), false,
            MetadataCode.Number("noise", typical), MetadataCode.Number("bound", bound), MetadataCode.Number("usual", usual), MetadataCode.Number("blocks", noise.Count));
    }

    /// <summary>Standard deviation about a plane, in HU, of each block of 8 x 8 that lies within soft tissue: all its values within -150 and 250 HU, their mean within -60 and 120.</summary>
    private static List<double> Blocks(GrayPicture picture, double slope, double intercept)
    {
        var found = new List<double>();
        for (int row = 0; row + Side <= picture.Rows; row += Side)
        {
            for (int column = 0; column + Side <= picture.Columns; column += Side)
            {
                double sum = 0, squares = 0, across = 0, down = 0, least = double.MaxValue, most = double.MinValue;
                for (int i = 0; i < Side; i++)
                {
                    ReadOnlySpan<float> line = picture.Row(row + i).Slice(column, Side);
                    for (int j = 0; j < Side; j++)
                    {
                        double v = line[j] * slope + intercept;
                        (sum, squares) = (sum + v, squares + v * v);
                        across += v * (j - 3.5);
                        down += v * (i - 3.5);
                        (least, most) = (Math.Min(least, v), Math.Max(most, v));
                    }
                }
                double mean = sum / 64;
                if (least < -150 || most > 250 || mean is < -60 or > 120) continue;
                // 336 is the sum of squares of the places; the plane's share is taken off
                double rest = squares - sum * mean - (across * across + down * down) / 336;
                found.Add(Math.Sqrt(Math.Max(0, rest) / 61));
            }
        }
        return found;
    }
}
