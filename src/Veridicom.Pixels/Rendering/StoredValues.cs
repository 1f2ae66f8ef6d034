using System.Buffers.Binary;

namespace Veridicom.Pixels.Rendering;

/// <summary>Numbers out of canonical cells: shifted down from High Bit, cut to Bits Stored, widened by sign (PS3.5-2023b 8.1.1, D).</summary>
public readonly struct StoredValues(PixelGeometry geometry)
{
    private readonly int _bytes = geometry.CellBytes;
    private readonly int _shift = geometry.HighBit + 1 - geometry.BitsStored;
    private readonly int _stored = geometry.BitsStored;
    private readonly bool _signed = geometry.Signed;
    private readonly int _float = geometry.Element.Element switch { 0x0008 => 4, 0x0009 => 8, _ => 0 };

    /// <summary>True for (7FE0,0008) and (7FE0,0009).</summary>
    public bool IsFloat => _float != 0;

    /// <summary>True where all values lie in a table of 65536 entries.</summary>
    public bool IsNarrow => !IsFloat && _bytes <= 2;

    /// <summary>The smallest value that the bits can hold.</summary>
    public double Least => _signed ? -Math.Pow(2, _stored - 1) : 0;

    /// <summary>The largest value that the bits can hold.</summary>
    public double Most => Math.Pow(2, _signed ? _stored - 1 : _stored) - 1;

    /// <summary>The bits of a cell of at most 16 bits as they stand.</summary>
    public int Narrow(ReadOnlySpan<byte> cells, int index) => _bytes == 1 ? cells[index] : cells[2 * index] | (cells[2 * index + 1] << 8);

    /// <summary>The value of the bits of a cell.</summary>
    public long Value(ulong bits)
    {
        unchecked
        {
            int above = 64 - _stored;
            ulong up = bits >> _shift << above;
            return _signed ? (long)up >> above : (long)(up >> above);
        }
    }

    /// <summary>The value of a cell; of floating point numbers as they are.</summary>
    public double Number(ReadOnlySpan<byte> cells, int index)
    {
        ReadOnlySpan<byte> cell = cells.Slice(index * _bytes, _bytes);
        if (_float != 0 && _float == _bytes) return _bytes == 4 ? BinaryPrimitives.ReadSingleLittleEndian(cell) : BinaryPrimitives.ReadDoubleLittleEndian(cell);
        ulong bits = _bytes switch
        {
            1 => cell[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(cell),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(cell),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(cell),
        };
        long value = Value(bits);
        return _signed || value >= 0 ? value : unchecked((ulong)value);
    }

    /// <summary>The value in 8 bits, by its highest bits: for colours.</summary>
    public byte Eight(ReadOnlySpan<byte> cells, int index)
    {
        if (_bytes == 1 && _stored == 8) return cells[index];
        double place = (Number(cells, index) - Least) / (Most - Least);
        return _stored > 8 ? (byte)Math.Clamp(place * 256, 0, 255) : (byte)Math.Clamp(place * 255 + 0.5, 0, 255);
    }
}
