namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>Kinds of CBOR data items (RFC 8949 3.1).</summary>
internal enum CborKind : byte
{
    /// <summary>Major types 0 and 1, within 64 bits with sign.</summary>
    Integer,

    /// <summary>Major type 2.</summary>
    Bytes,

    /// <summary>Major type 3.</summary>
    Text,

    /// <summary>Major type 4.</summary>
    Array,

    /// <summary>Major type 5: key and value by turns.</summary>
    Map,

    /// <summary>Major type 6: a number and one item.</summary>
    Tag,

    /// <summary>Null, undefined, booleans, other simple values and floating-point numbers, of which only null is told apart.</summary>
    Other,

    /// <summary>Simple value 22.</summary>
    Null,
}

/// <summary>One data item with all below it. Bytes are slices of what was read.</summary>
internal sealed class CborItem(CborKind kind)
{
    private readonly List<CborItem> _items = [];

    /// <summary>Kind.</summary>
    public CborKind Kind { get; } = kind;

    /// <summary>The integer, or the number of the tag.</summary>
    public long Number { get; init; }

    /// <summary>The byte string.</summary>
    public ReadOnlyMemory<byte> Bytes { get; init; }

    /// <summary>The text string; empty for other kinds.</summary>
    public string Text { get; init; } = "";

    /// <summary>Items of an array, keys and values of a map by turns, the one item of a tag.</summary>
    public IReadOnlyList<CborItem> Items => _items;

    /// <summary>The value of a map under a text key; null where there is none, or this is no map.</summary>
    public CborItem? this[string key] => Kind == CborKind.Map ? Value(k => k.Kind == CborKind.Text && k.Text == key) : null;

    /// <summary>The value of a map under a number.</summary>
    public CborItem? this[long key] => Kind == CborKind.Map ? Value(k => k.Kind == CborKind.Integer && k.Number == key) : null;

    /// <summary>The text under a key, null where it is missing or no text.</summary>
    public string? TextAt(string key) => this[key] is { Kind: CborKind.Text, Text: var text } ? text : null;

    /// <summary>Adds an item; only while it is read.</summary>
    internal void Add(CborItem item) => _items.Add(item);

    private CborItem? Value(Func<CborItem, bool> isKey)
    {
        for (int i = 0; i + 1 < _items.Count; i += 2)
        {
            if (isKey(_items[i])) return _items[i + 1];
        }
        return null;
    }
}
