using System.Buffers.Binary;

namespace Veridicom.Dimse.Pdu;

/// <summary>One item of an A-ASSOCIATE PDU.</summary>
internal readonly ref struct Item(byte type, ReadOnlySpan<byte> value, long offset)
{
    public byte Type { get; } = type;

    public ReadOnlySpan<byte> Value { get; } = value;

    /// <summary>Of the value, in the PDU.</summary>
    public long Offset { get; } = offset;
}

/// <summary>Goes through items: type, reserved byte, length of two bytes, value (PS3.8-2023b 9.3.2.1).</summary>
internal ref struct ItemReader(ReadOnlySpan<byte> bytes, long offset)
{
    private ReadOnlySpan<byte> rest = bytes;
    private long offset = offset;

    public bool TryNext(out Item item)
    {
        item = default;
        if (rest.IsEmpty) return false;
        if (rest.Length < 4) throw new PduException(PduError.Truncated, offset, "an item ends in its header");
        int length = BinaryPrimitives.ReadUInt16BigEndian(rest[2..]);
        if (length > rest.Length - 4) throw new PduException(PduError.Truncated, offset, "an item is longer than what holds it");
        item = new Item(rest[0], rest.Slice(4, length), offset + 4);
        rest = rest[(4 + length)..];
        offset += 4 + length;
        return true;
    }
}

/// <summary>Goes through the fields of one item.</summary>
internal ref struct FieldReader(Item item)
{
    private ReadOnlySpan<byte> rest = item.Value;

    public long Offset { get; private set; } = item.Offset;

    public byte Byte() => Take(1)[0];

    public ushort UInt16() => BinaryPrimitives.ReadUInt16BigEndian(Take(2));

    public uint UInt32() => BinaryPrimitives.ReadUInt32BigEndian(Take(4));

    public string Uid()
    {
        int length = UInt16();
        long at = Offset;
        return AssociateReader.Uid(Take(length), at);
    }

    public byte[] Counted() => Take(UInt16()).ToArray();

    public byte[] Rest() => Take(rest.Length).ToArray();

    private ReadOnlySpan<byte> Take(int count)
    {
        if (count > rest.Length) throw new PduException(PduError.Truncated, Offset, "an item ends before its fields do");
        ReadOnlySpan<byte> taken = rest[..count];
        rest = rest[count..];
        Offset += count;
        return taken;
    }
}
