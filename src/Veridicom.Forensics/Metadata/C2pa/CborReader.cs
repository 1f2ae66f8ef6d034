using System.Buffers.Binary;
using System.Text;

namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>
/// Reads one CBOR data item (RFC 8949), of definite or indefinite length: generators write both. Iterative, with a limit of depth and of items. Refused as no good
/// CBOR: a key that stands twice in a map (5.6), text that is not UTF-8, chunks of another type than their string, reserved lengths, anything behind the item.
/// </summary>
internal ref struct CborReader
{
    /// <summary>The most containers and tags within each other.</summary>
    public const int MaxDepth = 32;

    /// <summary>The most items of a document.</summary>
    public const int MaxItems = 65536;

    private static readonly UTF8Encoding Utf8 = new(false, throwOnInvalidBytes: true);
    private readonly ReadOnlyMemory<byte> _source;
    private int _at, _items;

    private CborReader(ReadOnlyMemory<byte> source) => _source = source;

    /// <summary>The one item of which the bytes consist.</summary>
    /// <exception cref="ManifestException">They are not one well-formed item within the limits.</exception>
    public static CborItem Read(ReadOnlyMemory<byte> source)
    {
        var reader = new CborReader(source);
        CborItem item = reader.Read();
        return reader._at == source.Length ? item : throw new ManifestException("bytes follow a CBOR item");
    }

    private CborItem Read()
    {
        var open = new Stack<Level>();
        while (true)
        {
            CborItem? item = Next(open.Count > 0 && open.Peek().Left < 0, out long children);
            if (item is null)
            {
                // the break of an indefinite length; a map ends behind a value (3.2.2)
                if (open.Peek().Item is { Kind: CborKind.Map } map && map.Items.Count % 2 != 0) throw new ManifestException("a CBOR map ends within a pair");
                item = open.Pop().Item;
            }
            else
            {
                if (++_items > MaxItems) throw new ManifestException("there are too many CBOR items");
                if (open.Count > 0) open.Peek().Take(item);
                if (children != 0)
                {
                    if (open.Count == MaxDepth) throw new ManifestException("CBOR items stand too deep within each other");
                    open.Push(new Level(item, children));
                    continue;
                }
            }
            while (open.Count > 0 && open.Peek().Left == 0) item = open.Pop().Item;
            if (open.Count == 0) return item;
        }
    }

    /// <summary>The head of an item and what it holds itself; null for a break. Children: how many items follow within it, -1 up to a break.</summary>
    private CborItem? Next(bool mayBreak, out long children)
    {
        children = 0;
        byte head = Take(1)[0];
        int major = head >> 5, extra = head & 31;
        if (head == 0xFF) return mayBreak ? null : throw new ManifestException("a CBOR break stands where nothing is open");
        if (extra is >= 28 and < 31) throw new ManifestException("a CBOR length is of a reserved form");
        bool open = extra == 31;
        if (open && major is 0 or 1 or 6) throw new ManifestException("a CBOR number has no value");
        ulong value = open ? 0 : extra < 24 ? (ulong)extra : Argument(extra);
        switch (major)
        {
            case 0:
                return new CborItem(CborKind.Integer) { Number = Signed(value) };
            case 1:
                return new CborItem(CborKind.Integer) { Number = -1 - Signed(value) };
            case 2:
                return new CborItem(CborKind.Bytes) { Bytes = open ? Chunks(2) : Slice(value) };
            case 3:
                return new CborItem(CborKind.Text) { Text = Decode(open ? Chunks(3).Span : Slice(value).Span) };
            case 4 or 5:
                // each item takes a byte at least: no length is believed that the bytes cannot hold
                if (!open && value > (ulong)(_source.Length - _at)) throw new ManifestException("a CBOR container is longer than its bytes");
                children = open ? -1 : (long)value * (major - 3);
                return new CborItem(major == 4 ? CborKind.Array : CborKind.Map);
            case 6:
                children = 1;
                return new CborItem(CborKind.Tag) { Number = Signed(value) };
            default:
                return new CborItem(extra == 22 ? CborKind.Null : CborKind.Other);
        }
    }

    /// <summary>Definite strings of the same type up to a break (3.2.3).</summary>
    private ReadOnlyMemory<byte> Chunks(int major)
    {
        var whole = new List<byte>();
        while (true)
        {
            byte head = Take(1)[0];
            if (head == 0xFF) return whole.ToArray();
            int extra = head & 31;
            if (head >> 5 != major || extra >= 28) throw new ManifestException("a chunk of a CBOR string is of another type");
            if (++_items > MaxItems) throw new ManifestException("there are too many CBOR items");
            ReadOnlySpan<byte> chunk = Slice(extra < 24 ? (ulong)extra : Argument(extra)).Span;
            if (major == 3) Decode(chunk);
            whole.AddRange(chunk);
        }
    }

    private ulong Argument(int extra) => extra switch
    {
        24 => Take(1)[0],
        25 => BinaryPrimitives.ReadUInt16BigEndian(Take(2)),
        26 => BinaryPrimitives.ReadUInt32BigEndian(Take(4)),
        _ => BinaryPrimitives.ReadUInt64BigEndian(Take(8)),
    };

    private ReadOnlySpan<byte> Take(int count) => Slice((ulong)count).Span;

    private ReadOnlyMemory<byte> Slice(ulong count)
    {
        if (count > (ulong)(_source.Length - _at)) throw new ManifestException("CBOR ends within an item");
        ReadOnlyMemory<byte> slice = _source.Slice(_at, (int)count);
        _at += (int)count;
        return slice;
    }

    private static long Signed(ulong value) => value <= long.MaxValue ? (long)value : throw new ManifestException("a CBOR number is out of range");

    private static string Decode(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Utf8.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            throw new ManifestException("a CBOR text is not UTF-8");
        }
    }

    /// <summary>A container that is being filled.</summary>
    private sealed class Level(CborItem item, long left)
    {
        private readonly HashSet<(CborKind, long, string)> _keys = [];

        public CborItem Item { get; } = item;

        /// <summary>Items that are still to come; below 0 up to a break.</summary>
        public long Left { get; private set; } = left;

        public void Take(CborItem next)
        {
            bool isKey = Item.Kind == CborKind.Map && Item.Items.Count % 2 == 0;
            if (isKey && next.Kind is CborKind.Text or CborKind.Integer && !_keys.Add((next.Kind, next.Number, next.Text)))
                throw new ManifestException("a key stands twice in a CBOR map");
            Item.Add(next);
            if (Left > 0) Left--;
        }
    }
}
