namespace Veridicom.Pixels.Rendering;

/// <summary>A colour of 8 bits a channel.</summary>
public readonly record struct Ink(byte Red, byte Green, byte Blue)
{
    /// <summary>Black.</summary>
    public static Ink Black => new(0, 0, 0);

    /// <summary>White.</summary>
    public static Ink White => new(255, 255, 255);

    /// <summary>What differs from what was sealed, as far as tiles tell.</summary>
    public static Ink Tile => new(255, 32, 32);

    /// <summary>Pixels that are known to differ.</summary>
    public static Ink Exact => new(255, 220, 0);
}

/// <summary>A box of pixels, half open: columns from <paramref name="X"/> to <paramref name="X"/> + <paramref name="Width"/> - 1.</summary>
public readonly record struct PixelArea(int X, int Y, int Width, int Height)
{
    /// <summary>The same area of a picture whose pixels are <paramref name="factor"/> times as large.</summary>
    public PixelArea Times(int factor) => new(checked(X * factor), checked(Y * factor), checked(Width * factor), checked(Height * factor));
}

/// <summary>Draws on pictures of three channels. What lies beyond a picture is left out.</summary>
public static class Drawing
{
    /// <summary>From one line of text to the next, in pixels of the letters.</summary>
    public const int LineHeight = PixelFont.Height + 3;

    /// <summary>From one letter to the next, in pixels of the letters.</summary>
    public const int LetterWidth = PixelFont.Width + 1;

    /// <summary>Fills an area.</summary>
    public static void Fill(this Raster raster, PixelArea area, Ink ink)
    {
        (int left, int top, int right, int bottom) = Clipped(raster, area);
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++) Put(raster, x, y, ink);
        }
    }

    /// <summary>Lays a picture over this one, its corner at a place.</summary>
    public static void Paste(this Raster raster, Raster other, int x, int y)
    {
        Raster coloured = other.Channels == 3 ? other : other.Enlarged(1);
        (int left, int top, int right, int bottom) = Clipped(raster, new PixelArea(x, y, other.Width, other.Height));
        for (int row = top; row < bottom; row++)
            coloured.Samples.AsSpan(((row - y) * other.Width + left - x) * 3, (right - left) * 3).CopyTo(raster.Samples.AsSpan((row * raster.Width + left) * 3));
    }

    /// <summary>Mixes an area half and half with a colour.</summary>
    public static void Tint(this Raster raster, PixelArea area, Ink ink)
    {
        (int left, int top, int right, int bottom) = Clipped(raster, area);
        for (int y = top; y < bottom; y++)
        {
            for (int x = left; x < right; x++)
            {
                ReadOnlySpan<byte> at = raster.Samples.AsSpan((y * raster.Width + x) * 3, 3);
                Put(raster, x, y, new Ink((byte)((at[0] + ink.Red) / 2), (byte)((at[1] + ink.Green) / 2), (byte)((at[2] + ink.Blue) / 2)));
            }
        }
    }

    /// <summary>
    /// Outlines areas as one: areas that touch have no line between them. The line is of two colours, one within and one without, so that it stands out from dark
    /// and from bright; at the edge of the picture only the one within.
    /// </summary>
    public static void Outline(this Raster raster, IReadOnlyCollection<PixelArea> areas, Ink within, Ink without, int thickness)
    {
        ArgumentNullException.ThrowIfNull(areas);
        bool[] inside = new bool[raster.Width * raster.Height];
        foreach (PixelArea area in areas)
        {
            (int left, int top, int right, int bottom) = Clipped(raster, area);
            for (int y = top; y < bottom; y++) inside.AsSpan(y * raster.Width + left, Math.Max(0, right - left)).Fill(true);
        }
        var ring = new HashSet<(int X, int Y)>();
        foreach (PixelArea area in areas)
        {
            Ring(area.X - thickness, area.Y - thickness, area.Width + 2 * thickness, 2 * thickness);
            Ring(area.X - thickness, area.Y + area.Height - thickness, area.Width + 2 * thickness, 2 * thickness);
            Ring(area.X - thickness, area.Y - thickness, 2 * thickness, area.Height + 2 * thickness);
            Ring(area.X + area.Width - thickness, area.Y - thickness, 2 * thickness, area.Height + 2 * thickness);
        }
        foreach ((int x, int y) in ring)
        {
            bool here = inside[y * raster.Width + x];
            if (MeetsOther(x, y, here)) Put(raster, x, y, here ? within : without);
        }

        void Ring(int x, int y, int width, int height)
        {
            (int left, int top, int right, int bottom) = Clipped(raster, new PixelArea(x, y, width, height));
            for (int row = top; row < bottom; row++)
            {
                for (int column = left; column < right; column++) ring.Add((column, row));
            }
        }

        bool MeetsOther(int x, int y, bool here)
        {
            for (int dy = -thickness; dy <= thickness; dy++)
            {
                for (int dx = -thickness; dx <= thickness; dx++)
                {
                    int column = x + dx, row = y + dy;
                    bool beyond = column < 0 || row < 0 || column >= raster.Width || row >= raster.Height;
                    if ((beyond ? false : inside[row * raster.Width + column]) != here) return true;
                }
            }
            return false;
        }
    }

    /// <summary>Writes one line; <paramref name="scale"/> pixels for each of a letter.</summary>
    public static void Text(this Raster raster, string text, int x, int y, Ink ink, int scale)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (char letter in text)
        {
            for (int row = 0; row < PixelFont.Height; row++)
            {
                for (int column = 0; column < PixelFont.Width; column++)
                {
                    if (PixelFont.HasInk(letter, column, row)) raster.Fill(new PixelArea(x + column * scale, y + row * scale, scale, scale), ink);
                }
            }
            x += LetterWidth * scale;
        }
    }

    /// <summary>Breaks a text into lines of at most so many letters, between words where it can.</summary>
    public static IEnumerable<string> Lines(string text, int letters)
    {
        ArgumentNullException.ThrowIfNull(text);
        letters = Math.Max(1, letters);
        while (text.Length > letters)
        {
            int at = text.LastIndexOf(' ', letters, letters);
            if (at <= 0) at = letters;
            yield return text[..at];
            text = text[at..].TrimStart(' ');
        }
        if (text.Length > 0) yield return text;
    }

    private static (int Left, int Top, int Right, int Bottom) Clipped(Raster raster, PixelArea area)
    {
        int left = Math.Clamp(area.X, 0, raster.Width), top = Math.Clamp(area.Y, 0, raster.Height);
        return (left, top, (int)Math.Clamp((long)area.X + area.Width, left, raster.Width), (int)Math.Clamp((long)area.Y + area.Height, top, raster.Height));
    }

    private static void Put(Raster raster, int x, int y, Ink ink)
    {
        Span<byte> at = raster.Samples.AsSpan((y * raster.Width + x) * 3, 3);
        (at[0], at[1], at[2]) = (ink.Red, ink.Green, ink.Blue);
    }
}
