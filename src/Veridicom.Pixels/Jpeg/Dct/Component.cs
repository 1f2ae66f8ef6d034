using System.Buffers;

namespace Veridicom.Pixels.Jpeg.Dct;

/// <summary>
/// One component of a frame being decoded: its size, its samples, and the coefficients of a progressive one. The arrays are borrowed and go back with
/// <see cref="Dispose"/>.
/// </summary>
internal sealed class Component : IDisposable
{
    private readonly ushort[] _samples;
    private short[]? _coefficients;

    /// <summary>Sizes of spec/jpeg.md 2, and room for all blocks, those outside of the picture included.</summary>
    /// <param name="columns">Columns of the picture.</param>
    /// <param name="rows">Rows of the picture.</param>
    /// <param name="factors">Its sampling factors.</param>
    /// <param name="most">The largest factors of the frame, which these divide.</param>
    public Component(int columns, int rows, JpegComponent factors, (int Horizontal, int Vertical) most)
    {
        (Horizontal, Vertical) = (factors.Horizontal, factors.Vertical);
        (Across, Down) = (most.Horizontal / Horizontal, most.Vertical / Vertical);
        Columns = Parts(columns * Horizontal, most.Horizontal);
        Rows = Parts(rows * Vertical, most.Vertical);
        BlocksAcross = Parts(columns, 8 * most.Horizontal) * Horizontal;
        BlocksDown = Parts(rows, 8 * most.Vertical) * Vertical;
        _samples = ArrayPool<ushort>.Shared.Rent(64 * BlocksAcross * BlocksDown);
    }

    /// <summary>Sampling factors.</summary>
    public int Horizontal { get; }

    /// <inheritdoc cref="Horizontal"/>
    public int Vertical { get; }

    /// <summary>Columns of the picture to one of the component.</summary>
    public int Across { get; }

    /// <summary>Rows of the picture to one of the component.</summary>
    public int Down { get; }

    /// <summary>Columns that belong to the picture.</summary>
    public int Columns { get; }

    /// <summary>Rows that belong to the picture.</summary>
    public int Rows { get; }

    /// <summary>Blocks of a row, with those that only fill MCUs.</summary>
    public int BlocksAcross { get; }

    /// <summary>Rows of blocks, with those that only fill MCUs.</summary>
    public int BlocksDown { get; }

    /// <summary>Samples from one row to the next.</summary>
    public int Stride => 8 * BlocksAcross;

    /// <summary>64 steps, [vertical, horizontal] frequency; null until a scan brought the component.</summary>
    public int[]? Steps { get; set; }

    /// <summary>A block has coefficients that no samples have: see <see cref="InverseDct.IsExtreme"/>.</summary>
    public bool Extreme { get; set; }

    /// <summary>Ceiling of a quotient.</summary>
    public static int Parts(int whole, int part) => (whole + part - 1) / part;

    /// <summary>The samples of a row that belong to the picture.</summary>
    public ReadOnlySpan<ushort> Row(int row) => _samples.AsSpan(row * Stride, Columns);

    /// <summary>All samples from a block's first on.</summary>
    public Span<ushort> Block(int across, int down) => _samples.AsSpan(8 * down * Stride + 8 * across, 7 * Stride + 8);

    /// <summary>64 coefficients of a block, [vertical, horizontal] frequency, zero at first; for the progressive process.</summary>
    public Span<short> Coefficients(int across, int down)
    {
        if (_coefficients is null)
        {
            _coefficients = ArrayPool<short>.Shared.Rent(64 * BlocksAcross * BlocksDown);
            _coefficients.AsSpan(0, 64 * BlocksAcross * BlocksDown).Clear();
        }
        return _coefficients.AsSpan(64 * (down * BlocksAcross + across), 64);
    }

    /// <summary>Gives the arrays back.</summary>
    public void Dispose()
    {
        ArrayPool<ushort>.Shared.Return(_samples);
        if (_coefficients is not null) ArrayPool<short>.Shared.Return(_coefficients);
    }
}
