namespace Veridicom.Forensics.Generation;

/// <summary>
/// The part of a picture that is left when uniform rows and columns are taken off its four sides, again and again. A canvas around an image,
/// of whatever gray and width, therefore changes nothing.
/// </summary>
internal readonly record struct ContentArea(int Row, int Column, int Rows, int Columns)
{
    // Rows and columns whose values differ by no more than this are uniform: compression moves a flat canvas by as much.
    private const float Tolerance = 2;

    /// <summary>Of a picture in 8 bits. Has no rows where the whole picture is uniform.</summary>
    public static ContentArea Of(GrayPicture picture)
    {
        (int top, int bottom, int left, int right) = (0, picture.Rows, 0, picture.Columns);
        // The order of the four sides does not matter: what is uniform stays so when its ends are cut.
        for (bool changed = true; changed && top < bottom && left < right;)
        {
            changed = false;
            while (top < bottom && UniformRow(picture, top, left, right)) (top, changed) = (top + 1, true);
            while (top < bottom && UniformRow(picture, bottom - 1, left, right)) (bottom, changed) = (bottom - 1, true);
            while (left < right && UniformColumn(picture, left, top, bottom)) (left, changed) = (left + 1, true);
            while (left < right && UniformColumn(picture, right - 1, top, bottom)) (right, changed) = (right - 1, true);
        }
        return new ContentArea(top, left, bottom - top, right - left);
    }

    private static bool UniformRow(GrayPicture picture, int row, int left, int right)
    {
        ReadOnlySpan<float> values = picture.Row(row)[left..right];
        if (values.IsEmpty) return true;
        (float low, float high) = (values[0], values[0]);
        foreach (float value in values)
        {
            (low, high) = (MathF.Min(low, value), MathF.Max(high, value));
            if (high - low > Tolerance) return false;
        }
        return true;
    }

    private static bool UniformColumn(GrayPicture picture, int column, int top, int bottom)
    {
        if (top >= bottom) return true;
        ReadOnlySpan<float> values = picture.Values;
        (float low, float high) = (values[top * picture.Columns + column], values[top * picture.Columns + column]);
        for (int row = top; row < bottom; row++)
        {
            float value = values[row * picture.Columns + column];
            (low, high) = (MathF.Min(low, value), MathF.Max(high, value));
            if (high - low > Tolerance) return false;
        }
        return true;
    }
}
