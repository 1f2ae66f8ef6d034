using Veridicom.Dicom;
using Veridicom.Pixels;

namespace Veridicom.Forensics.Metadata.Attributes;

/// <summary>Facts of one frame of gray pixels that attributes can be held against: stored values that are no padding.</summary>
internal sealed class PixelFacts
{
    private const uint PaddingValue = 0x00280120, PaddingLimit = 0x00280121;

    // of values beyond 16 bits no levels are counted
    private const int MaxLevels = 1 << 17;

    private PixelFacts(GrayPicture picture, double? padding, double least, double most, long padded, int[] levels) =>
        (Picture, Padding, Least, Most, Padded, Levels) = (picture, padding, least, most, padded, levels);

    /// <summary>The frame: stored values.</summary>
    public GrayPicture Picture { get; }

    /// <summary>Pixel Padding Value; null where none is given.</summary>
    public double? Padding { get; }

    /// <summary>The least value that is no padding.</summary>
    public double Least { get; }

    /// <summary>The greatest.</summary>
    public double Most { get; }

    /// <summary>Pixels of padding.</summary>
    public long Padded { get; }

    /// <summary>Every value that occurs and is no padding, in ascending order; empty where values are fractions or spread beyond 17 bits.</summary>
    public int[] Levels { get; }

    /// <summary>Of the first frame; null where it is colour, cannot be decoded, or is padding throughout.</summary>
    public static PixelFacts? Of(PictureFile file)
    {
        if (file.Geometry is not { Samples: 1, Photometric: "MONOCHROME1" or "MONOCHROME2" } geometry) return null;
        GrayPicture picture;
        try
        {
            picture = file.Stored(0);
        }
        catch (PixelException)
        {
            return null;
        }
        DicomNode root = file.Dicom!.DataSet.Root;
        double? value = Whole(root, PaddingValue, geometry), limit = Whole(root, PaddingLimit, geometry) ?? value;
        double low = Math.Min(value ?? 1, limit ?? 1), high = Math.Max(value ?? 0, limit ?? 0);
        if (value is null) (low, high) = (double.PositiveInfinity, double.NegativeInfinity);
        double least = double.PositiveInfinity, most = double.NegativeInfinity;
        long padded = 0;
        bool whole = true;
        foreach (float v in picture.Values)
        {
            if (v >= low && v <= high)
            {
                padded++;
                continue;
            }
            least = Math.Min(least, v);
            most = Math.Max(most, v);
            whole &= v == MathF.Floor(v);
        }
        if (!(least <= most) || !double.IsFinite(most - least)) return null;
        return new PixelFacts(picture, value, least, most, padded, whole && most - least < MaxLevels && Math.Abs(least) < int.MaxValue / 2 ? LevelsOf(picture, least, most, low, high) : []);
    }

    private static int[] LevelsOf(GrayPicture picture, double least, double most, double low, double high)
    {
        var seen = new bool[(int)(most - least) + 1];
        foreach (float v in picture.Values)
        {
            if (v < low || v > high) seen[(int)(v - least)] = true;
        }
        var levels = new List<int>();
        for (int i = 0; i < seen.Length; i++)
        {
            if (seen[i]) levels.Add((int)least + i);
        }
        return [.. levels];
    }

    /// <summary>A value of US or SS, by Pixel Representation, whatever the VR says (PS3.3-2023b C.7.5.1.1.2).</summary>
    private static double? Whole(DicomNode root, uint tag, PixelGeometry geometry) =>
        root.TryFind(new DicomTag(tag), out DicomNode node) && node.TryUInt16(out ushort bits) ? geometry.Signed ? unchecked((short)bits) : bits : null;
}
