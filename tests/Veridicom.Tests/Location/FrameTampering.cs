using System.Buffers.Binary;
using Veridicom.Pixels;

namespace Veridicom.Tests.Location;

/// <summary>What somebody does to the samples of a frame, within the values that its bits can hold.</summary>
internal sealed class FrameTampering(PixelGeometry g, Random random)
{
    private const int Largest = 64;
    private readonly int _least = g.Signed ? -(1 << (g.BitsStored - 1)) : 0, _most = (1 << (g.Signed ? g.BitsStored - 1 : g.BitsStored)) - 1;

    /// <summary>Changes cells in one of the ways, and says which.</summary>
    public string Apply(byte[] cells)
    {
        switch (random.Next(4))
        {
            case 0:
                Set(cells, random.Next(g.Columns), random.Next(g.Rows), random.Next(g.Samples), _ => random.Next(_least, _most + 1));
                return "one sample";
            case 1:
                Patch(cells);
                return "a patch";
            case 2:
                Lesion(cells);
                return "a pasted lesion";
            default:
                Inpaint(cells);
                return "a removed lesion";
        }
    }

    private void Patch(byte[] cells)
    {
        (int x, int y, int width, int height) = Box();
        int step = random.Next(1, 1 + Math.Max(1, (_most - _least) / 8)), how = random.Next(3);
        Each(x, y, width, height, (column, row, sample) => Set(cells, column, row, sample, value => how switch { 0 => random.Next(_least, _most + 1), 1 => value + step, _ => _most / 2 }));
    }

    /// <summary>A bright ball with a soft edge, as one is pasted into a lung.</summary>
    private void Lesion(byte[] cells)
    {
        (int x, int y, int width, int height) = Box();
        double middleX = x + width / 2.0, middleY = y + height / 2.0, radius = Math.Max(1, Math.Min(width, height) / 2.0), height0 = (_most - _least) * (0.05 + 0.4 * random.NextDouble());
        Each(x, y, width, height, (column, row, sample) =>
        {
            double distance = Math.Sqrt(Math.Pow(column + 0.5 - middleX, 2) + Math.Pow(row + 0.5 - middleY, 2)) / radius;
            double share = distance >= 1 ? 0 : distance < 0.6 ? 1 : (1 - distance) / 0.4;
            Set(cells, column, row, sample, value => value + (int)(height0 * share));
        });
    }

    /// <summary>What is inside is drawn anew from the edges, each pixel from left and right.</summary>
    private void Inpaint(byte[] cells)
    {
        (int x, int y, int width, int height) = Box();
        Each(x, y, width, height, (column, row, sample) =>
        {
            int left = Get(cells, Math.Max(0, x - 1), row, sample), right = Get(cells, Math.Min(g.Columns - 1, x + width), row, sample);
            Set(cells, column, row, sample, _ => left + (right - left) * (column - x + 1) / (width + 1));
        });
    }

    private (int X, int Y, int Width, int Height) Box()
    {
        int width = random.Next(1, Math.Min(Largest, g.Columns) + 1), height = random.Next(1, Math.Min(Largest, g.Rows) + 1);
        return (random.Next(g.Columns - width + 1), random.Next(g.Rows - height + 1), width, height);
    }

    private void Each(int x, int y, int width, int height, Action<int, int, int> change)
    {
        for (int row = y; row < y + height; row++)
        {
            for (int column = x; column < x + width; column++)
            {
                for (int sample = 0; sample < g.Samples; sample++) change(column, row, sample);
            }
        }
    }

    private int At(int column, int row, int sample) => ((row * g.Columns + column) * g.Samples + sample) * g.CellBytes;

    private int Get(byte[] cells, int column, int row, int sample) => (g.CellBytes, g.Signed) switch
    {
        (1, false) => cells[At(column, row, sample)],
        (1, true) => unchecked((sbyte)cells[At(column, row, sample)]),
        (_, false) => BinaryPrimitives.ReadUInt16LittleEndian(cells.AsSpan(At(column, row, sample))),
        _ => BinaryPrimitives.ReadInt16LittleEndian(cells.AsSpan(At(column, row, sample))),
    };

    private void Set(byte[] cells, int column, int row, int sample, Func<int, int> change)
    {
        int value = Math.Clamp(change(Get(cells, column, row, sample)), _least, _most);
        if (g.CellBytes == 1) cells[At(column, row, sample)] = unchecked((byte)value);
        else BinaryPrimitives.WriteInt16LittleEndian(cells.AsSpan(At(column, row, sample)), unchecked((short)value));
    }
}
