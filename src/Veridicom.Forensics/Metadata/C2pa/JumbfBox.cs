using System.Buffers.Binary;
using System.Text;

namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>
/// A JUMBF superbox (ISO 19566-5 annex A): a description with a type and a label, then boxes of content or further superboxes. Slices of what was read.
/// </summary>
internal sealed class JumbfBox
{
    /// <summary>The most superboxes within each other.</summary>
    public const int MaxDepth = 12;

    /// <summary>The most boxes of a file.</summary>
    public const int MaxBoxes = 4096;

    private const uint Superbox = 0x6A756D62, Description = 0x6A756D64;
    private static readonly byte[] TypeTail = [0x00, 0x11, 0x00, 0x10, 0x80, 0x00, 0x00, 0xAA, 0x00, 0x38, 0x9B, 0x71];
    private readonly List<JumbfBox> _boxes = [];
    private readonly List<(string Type, ReadOnlyMemory<byte> Bytes)> _content = [];

    private JumbfBox(ReadOnlyMemory<byte> payload) => Payload = payload;

    /// <summary>The four letters of the content type where it is one of the registered form, else empty: c2pa, c2ma, c2as, c2cl, c2cs, cbor, json...</summary>
    public string Type { get; private set; } = "";

    /// <summary>The label; empty where there is none.</summary>
    public string Label { get; private set; } = "";

    /// <summary>All within the box but its header: what a hashed URI is computed over (C2PA 2.1 8.4.2.3).</summary>
    public ReadOnlyMemory<byte> Payload { get; }

    /// <summary>Superboxes within, in order.</summary>
    public IReadOnlyList<JumbfBox> Boxes => _boxes;

    /// <summary>The first box of content of a type; null where there is none.</summary>
    public ReadOnlyMemory<byte>? Content(string type)
    {
        foreach ((string found, ReadOnlyMemory<byte> bytes) in _content)
        {
            if (found == type) return bytes;
        }
        return null;
    }

    /// <summary>The superbox directly within that has a label; null where there is none, or two have it (C2PA 2.1 6.4: labels are unique).</summary>
    public JumbfBox? Find(string label)
    {
        JumbfBox? found = null;
        foreach (JumbfBox box in _boxes)
        {
            if (box.Label != label) continue;
            if (found is not null) return null;
            found = box;
        }
        return found;
    }

    /// <summary>Reads the one superbox of which the bytes consist.</summary>
    /// <exception cref="ManifestException">They are not one, or pass a limit.</exception>
    public static JumbfBox Read(ReadOnlyMemory<byte> bytes)
    {
        int at = 0, boxes = 0;
        (uint type, ReadOnlyMemory<byte> payload) = Next(bytes, ref at);
        if (type != Superbox || at != bytes.Length) throw new ManifestException("the bytes are not one JUMBF superbox");
        var root = new JumbfBox(payload);
        var open = new Stack<(JumbfBox Box, int Depth)>();
        open.Push((root, 1));
        while (open.TryPop(out var next))
        {
            if (next.Depth > MaxDepth) throw new ManifestException("JUMBF boxes stand too deep within each other");
            JumbfBox box = next.Box;
            for (int inner = 0; inner < box.Payload.Length;)
            {
                bool first = inner == 0;
                (type, payload) = Next(box.Payload, ref inner);
                if (++boxes > MaxBoxes) throw new ManifestException("there are too many JUMBF boxes");
                if (first != (type == Description)) throw new ManifestException("a JUMBF superbox does not begin with its one description");
                if (first) box.Describe(payload.Span);
                else if (type == Superbox)
                {
                    var child = new JumbfBox(payload);
                    box._boxes.Add(child);
                    open.Push((child, next.Depth + 1));
                }
                else box._content.Add((Letters(type), payload));
            }
            if (box.Payload.IsEmpty) throw new ManifestException("a JUMBF superbox has no description");
        }
        return root;
    }

    /// <summary>Length, type and payload of a box (ISO 19566-5 A.2: as in ISO 15444-1 I.4): 1 stands for a length of 64 bits, 0 for all that is left.</summary>
    private static (uint Type, ReadOnlyMemory<byte> Payload) Next(ReadOnlyMemory<byte> bytes, ref int at)
    {
        ReadOnlySpan<byte> left = bytes.Span[at..];
        if (left.Length < 8) throw new ManifestException("a JUMBF box ends within its header");
        ulong length = BinaryPrimitives.ReadUInt32BigEndian(left);
        uint type = BinaryPrimitives.ReadUInt32BigEndian(left[4..]);
        int header = 8;
        if (length == 1)
        {
            if (left.Length < 16) throw new ManifestException("a JUMBF box ends within its header");
            (length, header) = (BinaryPrimitives.ReadUInt64BigEndian(left[8..]), 16);
        }
        else if (length == 0) length = (ulong)left.Length;
        if (length < (ulong)header || length > (ulong)left.Length) throw new ManifestException("a JUMBF box is longer than the bytes around it");
        ReadOnlyMemory<byte> payload = bytes.Slice(at + header, (int)length - header);
        at += (int)length;
        return (type, payload);
    }

    /// <summary>ISO 19566-5 A.3: sixteen bytes of type, switches, then the label up to a NUL where switch 2 is on. What follows is not needed here.</summary>
    private void Describe(ReadOnlySpan<byte> description)
    {
        if (description.Length < 17) throw new ManifestException("a JUMBF description is too short");
        if (description[4..16].SequenceEqual(TypeTail)) Type = Letters(BinaryPrimitives.ReadUInt32BigEndian(description));
        if ((description[16] & 2) == 0) return;
        int end = description[17..].IndexOf((byte)0);
        if (end < 0) throw new ManifestException("a JUMBF label has no end");
        Label = Encoding.UTF8.GetString(description.Slice(17, end));
    }

    private static string Letters(uint type) => new([(char)(type >> 24), (char)(type >> 16 & 0xFF), (char)(type >> 8 & 0xFF), (char)(type & 0xFF)]);
}
