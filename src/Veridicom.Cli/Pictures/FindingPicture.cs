using Veridicom.Forensics;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Cli.Pictures;

/// <summary>A frame with the parts that look changed outlined and, where there is one, its heat map beside it.</summary>
internal static class FindingPicture
{
    /// <summary>Heat from here is drawn: below it lies what is usual.</summary>
    private const float Shown = 0.25f;

    private const int LongestSide = 2048;

    /// <summary>Draws.</summary>
    /// <param name="shown">The frame in 8 bits.</param>
    /// <param name="places">Parts of this frame.</param>
    /// <param name="map">Heat, null where there is none.</param>
    public static Raster Draw(GrayPicture shown, IReadOnlyList<LocalFinding> places, HeatMap? map)
    {
        int factor = Plate.FactorFor(shown.Columns, shown.Rows);
        Raster marked = Grey(shown).Enlarged(factor);
        marked.Outline([.. places.Select(place => place.Area.Times(factor))], Ink.Tile, Ink.White, Plate.ThicknessFor(marked.Width, marked.Height));
        var pictures = new List<(string, Raster)> { ("parts that look changed", marked) };
        if (map is not null && Math.Max(marked.Width, marked.Height) <= LongestSide) pictures.Add(("heat map", Heat(shown, map).Enlarged(factor)));
        var legend = new List<LegendLine>();
        foreach (LocalFinding place in places) legend.Add(new LegendLine(place.Text, Ink.Tile));
        if (pictures.Count > 1) legend.Add(new LegendLine("heat: how unlike its surroundings each part is, from red to yellow", Ink.Exact));
        legend.Add(new LegendLine("an opinion and no proof: compare it with the original where there is one"));
        return Plate.Compose(pictures, legend);
    }

    private static Raster Grey(GrayPicture shown)
    {
        var raster = new Raster(shown.Columns, shown.Rows, 1);
        ReadOnlySpan<float> values = shown.Values;
        for (int i = 0; i < values.Length; i++) raster.Samples[i] = (byte)Math.Clamp(values[i], 0, 255);
        return raster;
    }

    /// <summary>The frame darkened, and over it red where the heat begins, yellow where it is greatest.</summary>
    private static Raster Heat(GrayPicture shown, HeatMap map)
    {
        var raster = new Raster(shown.Columns, shown.Rows, 3);
        for (int row = 0; row < shown.Rows; row++)
        {
            ReadOnlySpan<float> values = shown.Row(row);
            int cells = (int)((long)row * map.Rows / shown.Rows) * map.Columns;
            for (int column = 0; column < shown.Columns; column++)
            {
                float heat = map.Values[cells + (int)((long)column * map.Columns / shown.Columns)], part = Math.Clamp((heat - Shown) / (1 - Shown), 0, 1), dark = Math.Clamp(values[column], 0, 255) * 0.5f;
                Span<byte> at = raster.Samples.AsSpan((row * shown.Columns + column) * 3, 3);
                bool hot = part > 0;
                at[0] = (byte)(hot ? dark * 0.4f + 150 : dark);
                at[1] = (byte)(hot ? dark * 0.4f + 150 * part : dark);
                at[2] = (byte)(hot ? dark * 0.4f : dark);
            }
        }
        return raster;
    }
}
