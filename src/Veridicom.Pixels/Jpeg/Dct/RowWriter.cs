using System.Buffers.Binary;
using System.Runtime.Intrinsics;

namespace Veridicom.Pixels.Jpeg.Dct;

/// <summary>Brings the components of a frame to one size, row by row as they come, and puts them into cells, colour by pixel.</summary>
internal ref struct RowWriter
{
    private readonly Span<byte> _cells;
    private readonly int _rows, _columns, _samples, _cellBytes;
    private readonly Progress _progress = new();

    public RowWriter(Span<byte> cells, int rows, int columns, int samples, int cellBytes)
    {
        _cells = cells;
        (_rows, _columns, _samples, _cellBytes) = (rows, columns, samples, cellBytes);
        // a factor of 4 writes up to three samples past the row
        for (int i = 0; i < samples; i++) _progress.Lines[i] = new ushort[columns + 3];
        _progress.Sums = new ushort[columns];
    }

    /// <summary>Writes all rows.</summary>
    public readonly void Finish(Component[] components) => WriteTo(components, _rows);

    /// <summary>Writes the rows above <paramref name="end"/> that were not yet written.</summary>
    public readonly void WriteTo(Component[] components, int end)
    {
        int rowBytes = _columns * _samples * _cellBytes;
        for (; _progress.Row < Math.Min(end, _rows); _progress.Row++)
        {
            Span<byte> row = _cells.Slice(_progress.Row * rowBytes, rowBytes);
            for (int i = 0; i < _samples; i++) Upsampling.Row(components[i], _progress.Row, _progress.Lines[i], _progress.Sums);
            Span<ushort> first = _progress.Lines[0].AsSpan(0, _columns);
            if (_cellBytes == 1 && _samples == 1) Bytes(first, row);
            else if (_cellBytes == 1 && _samples == 3) Bytes(first, _progress.Lines[1].AsSpan(0, _columns), _progress.Lines[2].AsSpan(0, _columns), row);
            else if (_cellBytes == 1) for (int i = 0; i < _samples; i++) Bytes(_progress.Lines[i].AsSpan(0, _columns), row[i..], _samples);
            else for (int i = 0; i < _samples; i++) Cells(_progress.Lines[i].AsSpan(0, _columns), row[(i * _cellBytes)..]);
        }
    }

    private static void Bytes(ReadOnlySpan<ushort> from, Span<byte> to)
    {
        int i = 0;
        for (; i + 16 <= from.Length; i += 16) Sixteen(from[i..]).CopyTo(to[i..]);
        for (; i < from.Length; i++) to[i] = (byte)from[i];
    }

    private static Vector128<byte> Sixteen(ReadOnlySpan<ushort> from) => Vector128.Narrow(Vector128.Create(from), Vector128.Create(from[8..]));

    private static void Bytes(ReadOnlySpan<ushort> from, Span<byte> to, int step)
    {
        for (int i = 0; i < from.Length; i++) to[i * step] = (byte)from[i];
    }

    private static void Bytes(ReadOnlySpan<ushort> first, ReadOnlySpan<ushort> second, ReadOnlySpan<ushort> third, Span<byte> to)
    {
        const byte No = 0xFF; // no byte from this component
        int i = 0, at = 0;
        for (; i + 16 <= first.Length; i += 16, at += 48)
        {
            Vector128<byte> a = Sixteen(first[i..]), b = Sixteen(second[i..]), c = Sixteen(third[i..]);
            (Vector128.Shuffle(a, Vector128.Create((byte)0, No, No, 1, No, No, 2, No, No, 3, No, No, 4, No, No, 5))
                | Vector128.Shuffle(b, Vector128.Create(No, 0, No, No, 1, No, No, 2, No, No, 3, No, No, 4, No, No))
                | Vector128.Shuffle(c, Vector128.Create(No, No, 0, No, No, 1, No, No, 2, No, No, 3, No, No, 4, No))).CopyTo(to[at..]);
            (Vector128.Shuffle(a, Vector128.Create(No, No, 6, No, No, 7, No, No, 8, No, No, 9, No, No, 10, No))
                | Vector128.Shuffle(b, Vector128.Create((byte)5, No, No, 6, No, No, 7, No, No, 8, No, No, 9, No, No, 10))
                | Vector128.Shuffle(c, Vector128.Create(No, 5, No, No, 6, No, No, 7, No, No, 8, No, No, 9, No, No))).CopyTo(to[(at + 16)..]);
            (Vector128.Shuffle(a, Vector128.Create(No, 11, No, No, 12, No, No, 13, No, No, 14, No, No, 15, No, No))
                | Vector128.Shuffle(b, Vector128.Create(No, No, 11, No, No, 12, No, No, 13, No, No, 14, No, No, 15, No))
                | Vector128.Shuffle(c, Vector128.Create((byte)10, No, No, 11, No, No, 12, No, No, 13, No, No, 14, No, No, 15))).CopyTo(to[(at + 32)..]);
        }
        for (; i < first.Length; i++)
        {
            Span<byte> pixel = to.Slice(at, 3);
            pixel[0] = (byte)first[i];
            pixel[1] = (byte)second[i];
            pixel[2] = (byte)third[i];
            at += 3;
        }
    }

    private readonly void Cells(ReadOnlySpan<ushort> from, Span<byte> to)
    {
        int step = _samples * _cellBytes;
        for (int i = 0; i < from.Length; i++)
        {
            Span<byte> cell = to.Slice(i * step, _cellBytes);
            BinaryPrimitives.WriteUInt16LittleEndian(cell, from[i]);
            cell[2..].Clear();
        }
    }

    // apart, since the writer itself is copied
    private sealed class Progress
    {
        public int Row;
        public readonly ushort[][] Lines = new ushort[4][];
        public ushort[] Sums = [];
    }
}
