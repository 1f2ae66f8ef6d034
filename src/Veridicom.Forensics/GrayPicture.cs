namespace Veridicom.Forensics;

/// <summary>
/// One channel of an image, as detectors see it: [row, column], row by row, the values as they are stored (CT: with the modality's rescaling
/// undone), without alpha, colour or display window. Belongs to whoever opened it; never changed.
/// </summary>
public sealed class GrayPicture
{
    /// <summary>Of values in their order.</summary>
    /// <param name="rows">Rows, at least 1.</param>
    /// <param name="columns">Columns, at least 1.</param>
    /// <param name="values">rows x columns values, row by row.</param>
    /// <param name="levels">How many values the encoding can hold: 256 for 8 bits.</param>
    /// <exception cref="ArgumentException">The numbers do not fit each other.</exception>
    public GrayPicture(int rows, int columns, float[] values, int levels)
    {
        if (rows < 1 || columns < 1 || (long)rows * columns != values.Length) throw new ArgumentException("rows x columns values are needed", nameof(values));
        ArgumentOutOfRangeException.ThrowIfLessThan(levels, 2);
        (Rows, Columns, Levels, _values) = (rows, columns, levels, values);
    }

    private readonly float[] _values;

    /// <summary>Rows.</summary>
    public int Rows { get; }

    /// <summary>Columns.</summary>
    public int Columns { get; }

    /// <summary>How many values the encoding can hold.</summary>
    public int Levels { get; }

    /// <summary>All values, row by row.</summary>
    public ReadOnlySpan<float> Values => _values;

    /// <summary>One row.</summary>
    public ReadOnlySpan<float> Row(int row) => _values.AsSpan(row * Columns, Columns);

    /// <summary>A part of it, copied.</summary>
    public GrayPicture Crop(int row, int column, int rows, int columns)
    {
        var part = new float[checked(rows * columns)];
        for (int i = 0; i < rows; i++) Row(row + i).Slice(column, columns).CopyTo(part.AsSpan(i * columns));
        return new GrayPicture(rows, columns, part, Levels);
    }
}
