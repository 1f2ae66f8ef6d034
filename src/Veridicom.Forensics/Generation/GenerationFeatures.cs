namespace Veridicom.Forensics.Generation;

/// <summary>
/// The numbers by which generated images are told from real ones. They come from the content alone: uniform canvas is cut off, and everything is measured on
/// patches of 64 x 64 pixels, spread evenly over what is left, and then summed up robustly, so that neither size nor a marker in a corner counts.
/// </summary>
public static class GenerationFeatures
{
    /// <summary>Version of the definition: a model file of another one is refused.</summary>
    public const int Definition = 1;

    /// <summary>Content smaller than this, in pixels either way, is not judged.</summary>
    public const int LeastSide = 128;

    private const int Side = PatchSpectrum.Side, PatchesPerSide = 16, LeastPatches = 4;
    private const double LeastPower = 1e-3;

    private static readonly string[] s_names = MakeNames();

    /// <summary>Names of the features, in their order.</summary>
    public static IReadOnlyList<string> Names => s_names;

    /// <summary>Where a feature stands in the list; less than 0 for a name that is none.</summary>
    public static int Place(string name) => Array.IndexOf(s_names, name);

    /// <summary>Features of an image in 8 bits; null, where it is too small or almost uniform.</summary>
    public static float[]? Extract(GrayPicture shown)
    {
        ContentArea area = ContentArea.Of(shown);
        if (area.Rows < LeastSide || area.Columns < LeastSide) return null;
        int down = Math.Min(PatchesPerSide, area.Rows / Side), across = Math.Min(PatchesPerSide, area.Columns / Side);
        int rings = PatchSpectrum.Rings, perPatch = rings + PatchSpectrum.Sectors + PatchResidual.Names.Length + 1;
        var measured = new float[perPatch * down * across];
        Span<float> patch = stackalloc float[Side * Side];
        Span<double> row = stackalloc double[perPatch];
        Span<double> kinds = stackalloc double[PatchResidual.Kinds], phases = stackalloc double[4];
        kinds.Clear();
        phases.Clear();
        (var spectrum, var residual) = (new PatchSpectrum(), new PatchResidual());
        int patches = 0;
        for (int y = 0; y < down; y++)
        {
            for (int x = 0; x < across; x++)
            {
                Take(shown, area.Row + Offset(y, down, area.Rows), area.Column + Offset(x, across, area.Columns), patch);
                if (!SaysSomething(patch, out double mean)) continue;
                spectrum.Measure(patch, row[..rings], row.Slice(rings, PatchSpectrum.Sectors));
                for (int i = 0; i < rings + PatchSpectrum.Sectors; i++) row[i] = Math.Log(row[i] + LeastPower);
                residual.Measure(patch, row[(rings + PatchSpectrum.Sectors)..^1], kinds, phases);
                row[^1] = mean;
                // By measure, then by patch: each measure is sorted on its own.
                for (int i = 0; i < perPatch; i++) measured[i * down * across + patches] = (float)row[i];
                patches++;
            }
        }
        return patches < LeastPatches ? null : Combine(measured, perPatch, down * across, patches, kinds, phases);
    }

    private static int Offset(int index, int count, int size) => count == 1 ? (size - Side) / 2 : (int)((long)index * (size - Side) / (count - 1));

    private static void Take(GrayPicture picture, int row, int column, Span<float> patch)
    {
        for (int y = 0; y < Side; y++) picture.Row(row + y).Slice(column, Side).CopyTo(patch[(y * Side)..]);
    }

    /// <summary>False for what is flat, or cut off at black or white: there the display speaks and not the image.</summary>
    private static bool SaysSomething(ReadOnlySpan<float> patch, out double mean)
    {
        int clipped = 0;
        double sum = 0, square = 0;
        foreach (float value in patch)
        {
            if (value is <= 1 or >= 254) clipped++;
            sum += value;
            square += (double)value * value;
        }
        mean = sum / patch.Length;
        return clipped < patch.Length / 5 && square / patch.Length - mean * mean > 0.5;
    }

    private static float[] Combine(float[] measured, int perPatch, int stride, int patches, ReadOnlySpan<double> kinds, ReadOnlySpan<double> phases)
    {
        int rings = PatchSpectrum.Rings, sectors = rings, residuals = rings + PatchSpectrum.Sectors;
        ReadOnlySpan<float> Of(int measure) => measured.AsSpan(measure * stride, patches);
        var sorted = new float[patches];
        double At(ReadOnlySpan<float> values, double share)
        {
            values.CopyTo(sorted);
            sorted.AsSpan().Sort();
            return Statistics.Quantile(sorted, share);
        }

        var features = new float[s_names.Length];
        int n = 0;
        // The shape of the spectrum: each ring against the mean of those between coarse structure and the finest noise.
        Span<double> middle = stackalloc double[rings];
        double level = 0;
        for (int i = 0; i < rings; i++) level += (middle[i] = At(Of(i), 0.5)) / rings;
        for (int i = 0; i < rings; i++) features[n++] = (float)(middle[i] - level);
        // In the smoothest quarter of the patches, where structure speaks least, against the rest.
        double smoothLevel = 0;
        Span<double> smooth = stackalloc double[rings];
        for (int i = 0; i < rings; i++) smoothLevel += (smooth[i] = At(Of(i), 0.1)) / rings;
        for (int i = 0; i < rings; i++) features[n++] = (float)(smooth[i] - smoothLevel - (middle[i] - level));
        for (int band = 0; band < 2; band++)
        {
            double along = At(Of(sectors + 3 * band), 0.5), down = At(Of(sectors + 3 * band + 1), 0.5), diagonal = At(Of(sectors + 3 * band + 2), 0.5);
            features[n++] = (float)((along + down) / 2 - diagonal);
            features[n++] = (float)Math.Abs(along - down);
        }
        for (int i = 0; i < PatchResidual.Names.Length; i++) features[n++] = (float)At(Of(residuals + i), 0.5);
        // How the noise goes with brightness and with structure from patch to patch: photons obey one law, generators another.
        ReadOnlySpan<float> noise = Of(residuals);
        features[n++] = (float)(At(noise, 0.75) - At(noise, 0.25));
        features[n++] = (float)(At(noise, 0.5) - At(noise, 0.05));
        features[n++] = (float)Statistics.Correlation(noise, Of(perPatch - 1));
        features[n++] = (float)Statistics.Correlation(noise, Of(0));
        features[n++] = (float)Statistics.Correlation(noise, Of(PatchSpectrum.RingAt(8)));
        features[n++] = (float)Statistics.Correlation(Of(0), Of(PatchSpectrum.RingAt(8)));
        features[n++] = (float)Statistics.Correlation(Of(PatchSpectrum.RingAt(8)), Of(PatchSpectrum.RingAt(22)));
        features[n++] = (float)Statistics.Correlation(Of(residuals + 1), Of(perPatch - 1));
        ReadOnlySpan<float> brightness = Of(perPatch - 1);
        for (int i = 0; i < patches; i++) sorted[i] = MathF.Log(brightness[i] + 8);
        features[n++] = (float)Statistics.Slope(sorted.AsSpan(), noise, 0.02);
        features[n++] = (float)Statistics.Slope(sorted.AsSpan(), Of(residuals + 1), 0.02);
        double contrast = At(brightness, 0.9) - At(brightness, 0.1);
        features[n++] = (float)(At(noise, 0.5) - Math.Log(Math.Max(contrast, 1)));
        features[n++] = (float)(At(Of(residuals + 1), 0.5) - Math.Log(Math.Max(contrast, 1)));
        features[n++] = (float)(At(noise, 0.1) - Math.Log(Math.Max(contrast, 1)));
        for (int i = 0; i < kinds.Length; i++) features[n++] = (float)Math.Sqrt(kinds[i] / patches);
        double most = Math.Max(Math.Max(phases[0], phases[1]), Math.Max(phases[2], phases[3])), least = Math.Min(Math.Min(phases[0], phases[1]), Math.Min(phases[2], phases[3]));
        features[n++] = (float)Math.Log(most / Math.Max(least, 1e-6));
        return features;
    }

    private static string[] MakeNames() =>
    [
        .. Enumerable.Range(0, PatchSpectrum.Rings).Select(i => $"ring{i}"),
        .. Enumerable.Range(0, PatchSpectrum.Rings).Select(i => $"smooth-ring{i}"),
        "mid-axes", "mid-asymmetry", "high-axes", "high-asymmetry",
        .. PatchResidual.Names,
        "noise-spread", "noise-floor", "noise-brightness", "noise-coarse", "noise-middle", "coarse-middle", "middle-fine", "noise2-brightness", "noise-law", "noise2-law", "noise-contrast", "noise2-contrast", "floor-contrast",
        .. Enumerable.Range(0, PatchResidual.Kinds).Select(i => $"kind{i}"),
        "phase2",
    ];
}
