using Veridicom.Forensics;

namespace Veridicom.Train.Tampering;

/// <summary>Changes slices as forgers do, by a seed: the same slice, donor, kind and seed give the same picture.</summary>
internal static class LocalTampering
{
    /// <summary>All kinds.</summary>
    public static IReadOnlyList<TamperKind> Kinds { get; } = Enum.GetValues<TamperKind>();

    /// <summary>The word of a kind in tables.</summary>
    public static string Word(TamperKind kind) => kind switch
    {
        TamperKind.CopyMove => "copy-move",
        TamperKind.CopyMoveChanged => "copy-move, resized and shifted in brightness",
        TamperKind.Splice => "splice from another slice, blended",
        TamperKind.InpaintDiffusion => "inpainted by diffusion",
        TamperKind.InpaintPatches => "inpainted with patches",
        TamperKind.NoduleMatched => "nodule put in, noise matched",
        TamperKind.NoduleSmooth => "nodule put in, noise not matched",
        TamperKind.Removal => "taken out, white noise added",
        _ => "re-synthesised patch",
    };

    /// <summary>Changes a slice; null where it has no room for it, or for a splice no donor.</summary>
    /// <param name="picture">The slice.</param>
    /// <param name="donor">Another slice of any size, for splices.</param>
    /// <param name="kind">How.</param>
    /// <param name="seed">Where and how much.</param>
    public static TamperedPicture? Apply(GrayPicture picture, GrayPicture? donor, TamperKind kind, int seed)
    {
        ArgumentNullException.ThrowIfNull(picture);
        SeededRandom random = SeededRandom.Of(unchecked((ulong)seed), Word(kind));
        double edge = kind switch
        {
            TamperKind.CopyMove => (random.Fraction() < 0.5) ? 0 : random.Between(2, 5),
            TamperKind.InpaintDiffusion or TamperKind.InpaintPatches => (random.Fraction() < 0.5) ? 0 : 1.5,
            TamperKind.NoduleMatched or TamperKind.NoduleSmooth => random.Between(4, 7),
            _ => random.Between(2.5, 6),
        };
        bool[] body = TamperSite.Body(picture);
        if (TamperSite.Choose(body, picture, random, edge) is not { } site) return null;
        float[]? values = kind switch
        {
            TamperKind.CopyMove => Copied(picture, body, site, random, 1, 0),
            TamperKind.CopyMoveChanged => Copied(picture, body, site, random, (random.Fraction() < 0.5) ? random.Between(0.9, 0.97) : random.Between(1.03, 1.1), random.Between(-1, 1)),
            TamperKind.Splice => donor is null ? null : Spliced(donor, site, random),
            TamperKind.InpaintDiffusion => Inpainting.Diffused(picture, site),
            TamperKind.InpaintPatches => Inpainting.Patched(picture, site, random),
            TamperKind.NoduleMatched => Nodule(picture, site, random, true),
            TamperKind.NoduleSmooth => Nodule(picture, site, random, false),
            TamperKind.Removal => Removed(picture, site, random),
            _ => Resynthesised(picture, site, random),
        };
        return values is null ? null : site.Blend(picture, values);
    }

    private static float[]? Copied(GrayPicture picture, bool[] body, TamperSite site, SeededRandom random, double scale, double brightness)
    {
        if (site.Elsewhere(body, picture, random, false) is not { } source) return null;
        float[] values = Resized(picture, source.Row, source.Column, site, scale);
        float shift = MathF.Round((float)(brightness * 3 * LocalNoise.Strength(picture, site)));
        for (int i = 0; i < values.Length; i++) values[i] += shift;
        return values;
    }

    private static float[]? Spliced(GrayPicture donor, TamperSite site, SeededRandom random) =>
        donor.Rows <= site.Rows + 6 || donor.Columns <= site.Columns + 6 || site.Elsewhere(TamperSite.Body(donor), donor, random, true) is not { } source
            ? null : LocalNoise.Part(donor, source.Row, source.Column, site.Rows, site.Columns);

    private static float[] Nodule(GrayPicture picture, TamperSite site, SeededRandom random, bool matched)
    {
        float[] values = LocalNoise.Blur(LocalNoise.Part(picture, site.Top, site.Left, site.Rows, site.Columns), site.Rows, site.Columns, random.Between(2, 4));
        float strength = LocalNoise.Strength(picture, site);
        float height = ((random.Fraction() < 0.8) ? 1 : -1) * (float)random.Between(3, 12) * Math.Max(strength, 0.5f);
        float[] noise = matched ? LocalNoise.Matched(picture, site, random) : new float[values.Length];
        float little = (float)random.Between(0, 0.35) * strength;
        for (int row = 0; row < site.Rows; row++)
        {
            double y = (row + 0.5) / site.Rows * 2 - 1;
            for (int column = 0; column < site.Columns; column++)
            {
                double x = (column + 0.5) / site.Columns * 2 - 1, bump = Math.Max(0, 1 - (x * x + y * y));
                values[row * site.Columns + column] += height * (float)Math.Sqrt(bump) + (matched ? noise[row * site.Columns + column] : little * (float)random.Normal());
            }
        }
        return values;
    }

    private static float[] Removed(GrayPicture picture, TamperSite site, SeededRandom random)
    {
        float[] values = Inpainting.Diffused(picture, site);
        float strength = LocalNoise.Strength(picture, site) * (float)random.Between(0.7, 1.2);
        for (int i = 0; i < values.Length; i++) values[i] += strength * (float)random.Normal();
        return values;
    }

    private static float[] Resynthesised(GrayPicture picture, TamperSite site, SeededRandom random)
    {
        const int margin = 8;
        int rows = site.Rows + 2 * margin, columns = site.Columns + 2 * margin;
        float[] wide = LocalNoise.Blur(LocalNoise.Part(picture, site.Top - margin, site.Left - margin, rows, columns), rows, columns, random.Between(1.2, 2.5));
        float strength = LocalNoise.Strength(picture, site) * (float)random.Between(0.6, 1.1);
        var grain = new float[site.Rows * site.Columns];
        for (int i = 0; i < grain.Length; i++) grain[i] = (float)random.Normal();
        double blur = (random.Fraction() < 0.5) ? 0 : random.Between(0.5, 0.9);
        if (blur > 0) grain = LocalNoise.Blur(grain, site.Rows, site.Columns, blur);
        double energy = 0;
        foreach (float one in grain) energy += one * (double)one;
        float scale = strength / (float)Math.Sqrt(energy / grain.Length);
        var values = new float[grain.Length];
        for (int row = 0; row < site.Rows; row++)
        {
            for (int column = 0; column < site.Columns; column++)
                values[row * site.Columns + column] = wide[(row + margin) * columns + column + margin] + scale * grain[row * site.Columns + column];
        }
        return values;
    }

    // Bilinear, around the centre of the source; whole pixels where the scale is 1.
    private static float[] Resized(GrayPicture picture, int top, int left, TamperSite site, double scale)
    {
        var values = new float[site.Rows * site.Columns];
        for (int row = 0; row < site.Rows; row++)
        {
            double y = Math.Clamp(top + site.Rows / 2 + (row - site.Rows / 2) / scale, 0, picture.Rows - 1.001);
            for (int column = 0; column < site.Columns; column++)
            {
                double x = Math.Clamp(left + site.Columns / 2 + (column - site.Columns / 2) / scale, 0, picture.Columns - 1.001);
                int r = (int)y, c = (int)x, at = r * picture.Columns + c;
                float v = (float)(y - r), u = (float)(x - c);
                ReadOnlySpan<float> p = picture.Values;
                values[row * site.Columns + column] = (1 - v) * ((1 - u) * p[at] + u * p[at + 1]) + v * ((1 - u) * p[at + picture.Columns] + u * p[at + picture.Columns + 1]);
            }
        }
        return values;
    }
}
