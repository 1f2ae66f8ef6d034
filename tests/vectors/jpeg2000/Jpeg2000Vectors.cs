using System.Globalization;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Testing;

/// <summary>
/// A codestream in tests/vectors/jpeg2000, and what it was made from: a picture that <see cref="Sample"/> computes. Names are [block coder]-[bits]-[what is
/// special]; those that begin with ht were made with OpenJPH, the others with OpenJPEG.
/// </summary>
/// <param name="Name">File name without its ending.</param>
/// <param name="Samples">Components.</param>
/// <param name="Precision">Bits of a sample.</param>
/// <param name="Signed">Samples are signed.</param>
/// <param name="Options">What the encoder was told besides the shape.</param>
/// <param name="Error">The largest error of a sample: 0 where the file is lossless.</param>
/// <param name="Transform">Components went through a colour transform.</param>
public sealed record Jpeg2000Vector(string Name, int Samples, int Precision, bool Signed, string Options, int Error = 0, bool Transform = false)
{
    /// <summary>Columns and rows of all of them: neither is even, and no power of two is near.</summary>
    public const int Columns = 61, Rows = 43;

    /// <summary>Every vector.</summary>
    public static IReadOnlyList<Jpeg2000Vector> All { get; } =
    [
        new("plain-8", 1, 8, false, ""),
        new("plain-8-levels", 1, 8, false, "-n 1 -b 4,4"),
        new("plain-8-offset", 1, 8, false, "-d 5,3"),
        new("plain-8-irreversible", 1, 8, false, "-I -r 2", 12),
        new("plain-8-rgb", 3, 8, false, "-mct 0"),
        new("plain-8-rgb-transform", 3, 8, false, "-mct 1", 0, true),
        new("plain-8-rgb-irreversible", 3, 8, false, "-mct 1 -I -r 3", 40, true),
        new("plain-8-four", 4, 8, false, "-mct 0"),
        new("plain-12-layers", 1, 12, false, "-r 8,4,1 -p RLCP"),
        new("plain-12-tile-parts", 1, 12, false, "-t 20,16 -n 3 -p RPCL -TP R -SOP -EPH"),
        new("plain-12-signed", 1, 12, true, "-c [64,64],[32,32] -p PCRL"),
        new("plain-16", 1, 16, false, "-p CPRL -M 63"),
        new("plain-16-signed", 1, 16, true, ""),
        new("plain-24", 1, 24, false, ""),
        new("ht-8", 1, 8, false, "-reversible true"),
        new("ht-8-irreversible", 1, 8, false, "-qstep 0.01", 12),
        new("ht-8-rgb-transform", 3, 8, false, "-reversible true -colour_trans true", 0, true),
        new("ht-12", 1, 12, false, "-reversible true -prog_order RPCL"),
        new("ht-12-tiles", 1, 12, false, "-reversible true -tile_size {20,16} -num_decomps 2 -prog_order CPRL"),
        new("ht-16", 1, 16, false, "-reversible true -prog_order LRCP -num_decomps 2"),
        new("ht-16-signed", 1, 16, true, "-reversible true -block_size {16,16}"),
    ];

    /// <summary>The block coder of ISO/IEC 15444-15.</summary>
    public bool HighThroughput => Name.StartsWith("ht-", StringComparison.Ordinal);

    /// <summary>The shape of its frame.</summary>
    public FrameShape Shape => new(Rows, Columns, Samples, Precision <= 8 ? 1 : Precision <= 16 ? 2 : 4);

    /// <summary>The file.</summary>
    public string Path => Repository.PathOf("tests", "vectors", "jpeg2000", Name + ".j2k");

    /// <summary>The codestream. A missing file is an error.</summary>
    public byte[] Code() => File.ReadAllBytes(Path);

    /// <summary>What stands at this place of the picture: soft gradients, an edge, and some noise.</summary>
    public int Sample(int row, int column, int sample)
    {
        int most = (int)((1L << Precision) - 1);
        double soft = 0.5 + 0.3 * Math.Sin(0.11 * column + sample) + 0.15 * Math.Cos(0.17 * row * (1 + sample));
        uint noise = unchecked((uint)(row * 61 + column + 7919 * sample) * 2654435761u) >> 24;
        long value = (long)(soft * most) + (noise * most >> 13);
        if (column > 40 && row is > 10 and < 30) value = most - value / 2;
        value = Math.Clamp(value, 0, most);
        return (int)(Signed ? value - (most + 1L) / 2 : value);
    }

    /// <summary>All cells: little endian, colour by pixel, only the bits of the precision.</summary>
    public byte[] Cells()
    {
        byte[] cells = new byte[Shape.Bytes];
        int at = 0;
        for (int row = 0; row < Rows; row++)
        {
            for (int column = 0; column < Columns; column++)
            {
                for (int sample = 0; sample < Samples; sample++)
                {
                    int value = Sample(row, column, sample) & (int)((1L << Precision) - 1);
                    for (int i = 0; i < Shape.CellBytes; i++) cells[at++] = (byte)(value >> (8 * i) & 0xFF);
                }
            }
        }
        return cells;
    }

    /// <summary>The largest difference between decoded cells and the picture.</summary>
    public long Difference(ReadOnlySpan<byte> cells)
    {
        long worst = 0;
        int at = 0;
        for (int i = 0; i < cells.Length / Shape.CellBytes; i++, at += Shape.CellBytes)
        {
            long value = 0;
            for (int b = 0; b < Shape.CellBytes; b++) value |= (long)cells[at + b] << (8 * b);
            if (Signed && value >> (Precision - 1) != 0) value -= 1L << Precision;
            worst = Math.Max(worst, Math.Abs(value - Sample(i / Samples / Columns, i / Samples % Columns, i % Samples)));
        }
        return worst;
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name}");
}
