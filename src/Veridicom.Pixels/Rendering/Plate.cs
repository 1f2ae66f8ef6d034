namespace Veridicom.Pixels.Rendering;

/// <summary>A line of a legend, behind a small sample of the colour that it explains.</summary>
/// <param name="Text">ASCII; other signs become question marks.</param>
/// <param name="Key">The colour explained, null without one.</param>
public readonly record struct LegendLine(string Text, Ink? Key = null);

/// <summary>Pictures beside one another with headings above and a legend below them.</summary>
public static class Plate
{
    private const int Gap = 8, NarrowestText = 52;
    private static readonly Ink Ground = new(24, 24, 24), Writing = new(235, 235, 235), Heading = new(180, 180, 180);

    /// <summary>By how much a picture of this size is enlarged, so that a tile of 32 pixels can be seen: a whole number, 1 for large pictures.</summary>
    public static int FactorFor(int width, int height) => Math.Clamp(512 / Math.Max(width, height), 1, 16);

    /// <summary>How thick a line must be on a picture of this size.</summary>
    public static int ThicknessFor(int width, int height) => Math.Clamp(Math.Max(width, height) / 300, 2, 10);

    /// <summary>Lays out a plate.</summary>
    /// <param name="pictures">At least one, each with a heading that may be empty.</param>
    /// <param name="legend">Lines below; long ones are broken.</param>
    /// <exception cref="PixelException">The plate would have more than a gibibyte.</exception>
    public static Raster Compose(IReadOnlyList<(string Heading, Raster Picture)> pictures, IReadOnlyList<LegendLine> legend)
    {
        ArgumentNullException.ThrowIfNull(pictures);
        ArgumentNullException.ThrowIfNull(legend);
        int across = pictures.Sum(p => p.Picture.Width) + Gap * (pictures.Count - 1), tall = pictures.Max(p => p.Picture.Height);
        int scale = Math.Clamp(across / 700, 1, 6), line = Drawing.LineHeight * scale, letter = Drawing.LetterWidth * scale;
        int width = Math.Max(across, NarrowestText * letter + 2 * Gap);
        int heading = pictures.Any(p => p.Heading.Length > 0) ? line + Gap : 0;
        var lines = new List<(string Text, Ink? Key, bool First)>();
        bool keys = legend.Any(l => l.Key is not null);
        int indent = keys ? 2 * letter : 0;
        foreach (LegendLine one in legend)
        {
            bool first = true;
            foreach (string part in Drawing.Lines(one.Text, (width - 2 * Gap - indent) / letter))
            {
                lines.Add((part, one.Key, first));
                first = false;
            }
        }
        var plate = new Raster(width, heading + tall + 2 * Gap + lines.Count * line, 3);
        plate.Fill(new PixelArea(0, 0, plate.Width, plate.Height), Ground);
        int x = (width - across) / 2;
        foreach ((string text, Raster picture) in pictures)
        {
            if (heading > 0) plate.Text(text.Length > picture.Width / letter ? text[..Math.Max(0, picture.Width / letter)] : text, x, Gap / 2, Heading, scale);
            plate.Paste(picture, x, heading);
            x += picture.Width + Gap;
        }
        int y = heading + tall + Gap;
        foreach ((string text, Ink? key, bool first) in lines)
        {
            if (first && key is { } ink) plate.Fill(new PixelArea(Gap, y, letter, PixelRows * scale), ink);
            plate.Text(text, Gap + indent, y, Writing, scale);
            y += line;
        }
        return plate;
    }

    private const int PixelRows = 7;
}
