using System.Globalization;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Forensics.Manipulation;

/// <summary>Draws what was found in an image for the eye: beside one another the image as it is shown, with numbered boxes, and the same under a heat map; below them what each box is.</summary>
public static class HeatMapPicture
{
    private const int MostBoxes = 12, LargestSide = 1536;
    private const float Visible = 0.6f; // below this the heat is not drawn: noise of the map itself
    private static readonly Ink[] Boxes = [new(255, 64, 64), new(64, 200, 255), new(255, 200, 0), new(120, 255, 120)];
    private static readonly Ink Warm = new(255, 210, 0), Hot = new(255, 40, 0);

    /// <summary>Draws.</summary>
    /// <param name="shown">In 8 bits, as it is shown. Images with sides beyond 1536 pixels are drawn smaller.</param>
    /// <param name="map">Heat of any number of cells, which cover the image from its upper left corner of 8 x 8 pixels each; null without one.</param>
    /// <param name="places">Parts found in this frame, the most unusual first; at most 12 are drawn. Their texts are written in ASCII.</param>
    /// <param name="title">A line about the image, such as the opinion on it.</param>
    /// <exception cref="Pixels.PixelException">The plate would have more than a gibibyte.</exception>
    public static Raster Draw(GrayPicture shown, HeatMap? map, IReadOnlyList<LocalFinding> places, string title)
    {
        ArgumentNullException.ThrowIfNull(shown);
        ArgumentNullException.ThrowIfNull(places);
        int less = Math.Max(1, (Math.Max(shown.Rows, shown.Columns) + LargestSide - 1) / LargestSide);
        int rows = Math.Max(1, shown.Rows / less), columns = Math.Max(1, shown.Columns / less), more = less > 1 ? 1 : Plate.FactorFor(columns, rows);
        Raster plain = Coloured(shown, rows, columns, less, more), heated = Coloured(shown, rows, columns, less, more);
        if (map is not null) Heat(heated, map, less, more);
        var legend = new List<LegendLine> { new(title) };
        int number = 0;
        foreach (LocalFinding place in places.Take(MostBoxes))
        {
            Ink ink = Boxes[number % Boxes.Length];
            PixelArea area = Scaled(place.Area, less, more);
            number++;
            foreach (Raster raster in (ReadOnlySpan<Raster>)[plain, heated]) Box(raster, area, ink, number);
            legend.Add(new LegendLine(string.Create(CultureInfo.InvariantCulture, $"{number}: {place.Text} ({place.Code}, {Math.Min(0.999, place.Score):0.000})"), ink));
        }
        if (places.Count > MostBoxes) legend.Add(new LegendLine(string.Create(CultureInfo.InvariantCulture, $"{places.Count - MostBoxes} more parts are not drawn")));
        if (places.Count == 0) legend.Add(new LegendLine("no part stands out more than parts of untouched images do"));
        if (map is null) return Plate.Compose([("as shown", plain)], legend);
        legend.Add(new LegendLine("yellow to red: noise unlike that around it; also edges, metal and motion do that", Warm));
        return Plate.Compose([("as shown", plain), ("noise that stands out", heated)], legend);
    }

    private static Raster Coloured(GrayPicture shown, int rows, int columns, int less, int more)
    {
        var raster = new Raster(columns * more, rows * more, 3);
        for (int row = 0; row < rows * more; row++)
        {
            for (int column = 0; column < columns * more; column++)
            {
                float value = shown.Values[row / more * less * shown.Columns + column / more * less];
                byte gray = (byte)(value >= 0 ? Math.Min(255, value) : 0);
                raster.Samples.AsSpan((row * raster.Width + column) * 3, 3).Fill(gray);
            }
        }
        return raster;
    }

    // Between the middles of cells in proportion, so that no staircase suggests a border.
    private static void Heat(Raster raster, HeatMap map, int less, int more)
    {
        float side = NoiseBands.Side * more / (float)less;
        for (int row = 0; row < raster.Height; row++)
        {
            float y = Math.Clamp((row + 0.5f) / side - 0.5f, 0, map.Rows - 1);
            int r = (int)y, below = Math.Min(map.Rows - 1, r + 1);
            for (int column = 0; column < raster.Width; column++)
            {
                float x = Math.Clamp((column + 0.5f) / side - 0.5f, 0, map.Columns - 1);
                int c = (int)x, right = Math.Min(map.Columns - 1, c + 1);
                float v = y - r, u = x - c;
                float heat = (1 - v) * ((1 - u) * map.Values[r * map.Columns + c] + u * map.Values[r * map.Columns + right]) + v * ((1 - u) * map.Values[below * map.Columns + c] + u * map.Values[below * map.Columns + right]);
                if (!(heat > Visible)) continue;
                float part = Math.Min(1, (heat - Visible) / (1 - Visible)), cover = 0.15f + 0.4f * part;
                Span<byte> at = raster.Samples.AsSpan((row * raster.Width + column) * 3, 3);
                at[0] = Mixed(at[0], Warm.Red, Hot.Red, part, cover);
                at[1] = Mixed(at[1], Warm.Green, Hot.Green, part, cover);
                at[2] = Mixed(at[2], Warm.Blue, Hot.Blue, part, cover);
            }
        }
    }

    private static byte Mixed(byte under, byte warm, byte hot, float part, float cover) => (byte)(under * (1 - cover) + (warm + (hot - warm) * part) * cover);

    private static PixelArea Scaled(PixelArea area, int less, int more) =>
        new(area.X * more / less, area.Y * more / less, Math.Max(1, area.Width * more / less), Math.Max(1, area.Height * more / less));

    // The line lies outside of the part, so that nothing of it is covered; its number stands above it, or within where there is no room.
    private static void Box(Raster raster, PixelArea area, Ink ink, int number)
    {
        int thick = Plate.ThicknessFor(raster.Width, raster.Height) / 2 + 1, scale = Math.Max(2, raster.Width / 500);
        foreach ((int grow, Ink colour) in (ReadOnlySpan<(int, Ink)>)[(thick + 1, Ink.Black), (thick, ink)])
        {
            int width = grow == thick ? thick : 1;
            var outer = new PixelArea(area.X - grow, area.Y - grow, area.Width + 2 * grow, area.Height + 2 * grow);
            raster.Fill(new PixelArea(outer.X, outer.Y, outer.Width, width), colour);
            raster.Fill(new PixelArea(outer.X, outer.Y + outer.Height - width, outer.Width, width), colour);
            raster.Fill(new PixelArea(outer.X, outer.Y, width, outer.Height), colour);
            raster.Fill(new PixelArea(outer.X + outer.Width - width, outer.Y, width, outer.Height), colour);
        }
        string text = number.ToString(CultureInfo.InvariantCulture);
        int tall = (Drawing.LineHeight - 2) * scale, x = Math.Max(1, area.X - thick), y = area.Y - thick - tall - 1;
        if (y < 1) y = Math.Max(1, area.Y + 2);
        raster.Fill(new PixelArea(x - 1, y - 1, (text.Length * Drawing.LetterWidth + 1) * scale, tall), Ink.Black);
        raster.Text(text, x + scale / 2, y, ink, scale);
    }
}
