using Veridicom.Dicom;
using Veridicom.Pixels;

namespace Veridicom.Forensics.Metadata.Attributes;

/// <summary>
/// Attributes held against the pixels of the first frame. Bounds are wide: what remains are contradictions that no device and no ordinary processing gives, and for the
/// weaker ones the text says what else they come from. Enhanced multi-frame images, which keep their attributes elsewhere (PS3.3-2023b C.7.6.16), are only asked for levels and bits.
/// </summary>
internal static class PixelContradictions
{
    private const uint Modality = 0x00080060, FunctionalGroups = 0x52009229, PerFrameGroups = 0x52009230, Intercept = 0x00281052, Slope = 0x00281053, ModalityLut = 0x00283000, RescaleType = 0x00281054,
        WindowCenter = 0x00281050, WindowWidth = 0x00281051, Spacing = 0x00280030, ImagerSpacing = 0x00181164, Magnification = 0x00181114, Diameter = 0x00181100;

    // of a comb of 8 bits: fewer are label maps and drawings, more were no 8 bits
    private const int LeastLevels = 40, MostLevels = 256, LeastPixels = 16384;

    /// <summary>Findings.</summary>
    public static IEnumerable<Evidence> Of(PictureFile file)
    {
        if (file.Dicom is null || file.Geometry is not { } geometry) yield break;
        DicomNode root = file.Dicom.DataSet.Root;
        string modality = root.Text(Modality);
        bool enhanced = root.TryFind(new DicomTag(FunctionalGroups), out _) || root.TryFind(new DicomTag(PerFrameGroups), out _);
        if (!enhanced)
        {
            foreach (Evidence e in Geometry(root, geometry, modality)) yield return e;
        }
        if (PixelFacts.Of(file) is not { } facts) yield break;
        if (Comb(facts, geometry, modality) is { } comb) yield return comb;
        if (Bits(facts, geometry) is { } bits) yield return bits;
        if (enhanced) yield break;
        double slope = root.Number(Slope) ?? 1, intercept = root.Number(Intercept) ?? 0;
        bool linear = slope != 0 && !root.TryFind(new DicomTag(ModalityLut), out _);
        if (linear && Window(root, facts, slope, intercept) is { } window) yield return window;
        if (modality != "CT") yield break;
        if (facts.Padding is { } padding && facts.Padded == 0 && facts.Picture.Values.Length >= LeastPixels)
            yield return MetadataCode.DicomNoPadding.Finding(FormattableString.Invariant($"Pixel Padding Value is {padding}, and no pixel of the slice has it: the scanner's padding may have been painted over, cut off, or not been needed."));
        if (linear && Air(root, facts, slope, intercept) is { } air) yield return air;
        if (linear && TissueNoise.Of(facts, root, slope, intercept) is { } noise) yield return noise;
    }

    /// <summary>
    /// Values of more than 8 bits that all stand on one regular comb of at most 256 teeth. A device's own coarse steps (a slope that was moved into the values) also give a
    /// comb, of more teeth; counts, doses and label maps are left out.
    /// </summary>
    private static Evidence? Comb(PixelFacts facts, PixelGeometry geometry, string modality)
    {
        int[] levels = facts.Levels;
        if (geometry.BitsStored <= 8 || modality is "NM" or "PT" or "RTDOSE" or "SEG" || levels.Length is < LeastLevels or > MostLevels || facts.Picture.Values.Length < LeastPixels) return null;
        double range = levels[^1] - levels[0];
        // at least every second level missing: else it is a picture with few values, not a stretched one
        if (range < 2 * (levels.Length - 1)) return null;
        // not all teeth need to occur; the fewest teeth that fit within rounding are meant
        for (int teeth = levels.Length - 1; teeth < MostLevels; teeth++)
        {
            double step = range / teeth;
            if (step < 2) break;
            bool fits = true;
            for (int i = 0; i < levels.Length && fits; i++)
            {
                double place = (levels[i] - levels[0]) / step;
                fits = Math.Abs(place - Math.Round(place)) * step <= 1.01;
            }
            // within rounding anything fits a fine comb: steps of two and three only where nearly all teeth occur
            if (fits && (step >= 6 || levels.Length >= 0.9 * teeth))
                return MetadataCode.DicomEightBitSource.Finding(FormattableString.Invariant($"{geometry.BitsStored}-bit values take {levels.Length} levels in even steps of {step:0.##}: they were made of an 8-bit picture."), false,
                    MetadataCode.Number("levels", levels.Length), MetadataCode.Number("step", step), MetadataCode.Number("bits-stored", geometry.BitsStored));
        }
        return null;
    }

    private static Evidence? Bits(PixelFacts facts, PixelGeometry geometry)
    {
        int stored = geometry.BitsStored;
        if (stored is < 10 or > 24 || facts.Picture.Values.Length < LeastPixels || facts.Most == facts.Least) return null;
        double largest = Math.Max(Math.Abs(facts.Least), Math.Abs(facts.Most));
        int used = (geometry.Signed ? 1 : 0) + (int)Math.Ceiling(Math.Log2(largest + 1));
        if (used > stored / 2) return null;
        return MetadataCode.DicomBitsUnused.Finding(FormattableString.Invariant($"{stored} bits are declared and {used} are enough for every value: the picture may come from a format of fewer bits."), false,
            MetadataCode.Number("bits-stored", stored), MetadataCode.Number("bits-used", used));
    }

    private static Evidence? Window(DicomNode root, PixelFacts facts, double slope, double intercept)
    {
        double[] centers = root.Numbers(WindowCenter), widths = root.Numbers(WindowWidth);
        if (centers.Length == 0 || centers.Length != widths.Length || facts.Most == facts.Least) return null;
        double a = facts.Least * slope + intercept, b = facts.Most * slope + intercept, least = Math.Min(a, b), most = Math.Max(a, b);
        for (int i = 0; i < centers.Length; i++)
        {
            double half = Math.Max(1, Math.Abs(widths[i])) / 2;
            // one window that shows something is enough
            if (centers[i] + half >= least && centers[i] - half <= most) return null;
        }
        return MetadataCode.DicomWindow.Finding(FormattableString.Invariant($"Values run from {least:0.##} to {most:0.##}; the window from {centers[0] - widths[0] / 2:0.##} to {centers[0] + widths[0] / 2:0.##} shows none of them: window and pixels come from different images, or one of them was rescaled."), false,
            MetadataCode.Number("least", least), MetadataCode.Number("most", most), MetadataCode.Number("center", centers[0]), MetadataCode.Number("width", widths[0]));
    }

    /// <summary>
    /// PS3.3-2023b C.8.2.1.1.2: values of original CT are Hounsfield units, of which air has -1000 and fat -100. There is air around and fat within whoever is scanned; maps that were
    /// computed of CT have values of their own.
    /// </summary>
    private static Evidence? Air(DicomNode root, PixelFacts facts, double slope, double intercept)
    {
        if (root.Values(0x00080008) is ["DERIVED", ..] or [_, _, "LOCALIZER", ..] || root.Text(RescaleType) is not ("" or "HU") || facts.Picture.Values.Length < LeastPixels) return null;
        double least = Math.Min(facts.Least * slope + intercept, facts.Most * slope + intercept), range = Math.Abs((facts.Most - facts.Least) * slope);
        if (!(least > -50 && range > 100)) return null;
        return MetadataCode.DicomNoAir.Finding(FormattableString.Invariant($"The lowest value of the CT slice is {least:0.#} HU: neither air nor fat is in it, so that its values are no Hounsfield units."), false, MetadataCode.Number("least", least));
    }

    /// <summary>PS3.3-2023b C.7.6.2 and 10.7.1.3: spacing of rows, then of columns, in mm.</summary>
    private static IEnumerable<Evidence> Geometry(DicomNode root, PixelGeometry geometry, string modality)
    {
        double[] spacing = root.Numbers(Spacing), imager = root.Numbers(ImagerSpacing);
        if (spacing.Length == 2 && (spacing[0] <= 0 || spacing[1] <= 0))
        {
            yield return MetadataCode.DicomGeometry.Finding("Pixel Spacing is not positive.");
            yield break;
        }
        if (spacing.Length == 2 && modality == "CT" && root.Number(Diameter) is { } diameter and > 0)
        {
            double field = Math.Max(geometry.Rows * spacing[0], geometry.Columns * spacing[1]), ratio = field / diameter;
            // a matrix may be padded or cut, and slices are resampled: only a field beyond what was reconstructed, or a sliver of it, contradicts
            if (ratio is > 1.5 or < 0.2)
                yield return MetadataCode.DicomGeometry.Finding(FormattableString.Invariant($"Rows, columns and Pixel Spacing give a field of {field:0.#} mm, Reconstruction Diameter says {diameter:0.#} mm."), false,
                    MetadataCode.Number("field", field), MetadataCode.Number("diameter", diameter));
        }
        if (spacing.Length == 2 && modality == "CT" && (spacing[0] / spacing[1] is > 1.05 or < 0.95) && root.Values(0x00080008) is ["ORIGINAL", ..] and not [_, _, "LOCALIZER", ..])
            yield return MetadataCode.DicomGeometry.Finding(FormattableString.Invariant($"An original CT slice has pixels of {spacing[0]:0.###} by {spacing[1]:0.###} mm: reconstructions have square ones."), false, MetadataCode.Number("row-spacing", spacing[0]), MetadataCode.Number("column-spacing", spacing[1]));
        if (spacing.Length == 2 && imager.Length == 2 && imager[0] > 0 && imager[1] > 0)
        {
            // projection only magnifies: in the body a pixel is smaller than on the detector
            double ratio = spacing[0] / imager[0];
            if (ratio is > 1.05 or < 0.2)
                yield return MetadataCode.DicomGeometry.Finding(FormattableString.Invariant($"Pixel Spacing of {spacing[0]:0.####} mm against Imager Pixel Spacing of {imager[0]:0.####} mm: no projection gives that."), false, MetadataCode.Number("spacing", spacing[0]), MetadataCode.Number("imager-spacing", imager[0]));
        }
        if (imager.Length == 2 && root.Number(Magnification) is < 0.9)
            yield return MetadataCode.DicomGeometry.Finding("Estimated Radiographic Magnification Factor is below 1: projection only magnifies.");
    }
}
