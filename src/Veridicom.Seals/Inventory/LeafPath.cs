using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using Veridicom.Dicom;

namespace Veridicom.Seals.Inventory;

/// <summary>
/// The place of a leaf as bytes (spec/seal.md, Paths): one component per level, each beginning with its letter.
/// <c>S</c> tag; <c>C</c> a private creator: group, ordinal, name; <c>P</c> a private element: group, ordinal, creator's name, low byte;
/// <c>R</c> a private element in no reserved block: tag; <c>I</c> item number from 1; <c>U</c> a signature item: its Digital Signature UID;
/// <c>M</c> a MAC Parameters item: its MAC ID Number; <c>H</c> the preamble. Numbers are big endian.
/// </summary>
public static class LeafPath
{
    /// <summary>The path of the preamble.</summary>
    public static ReadOnlySpan<byte> Preamble => "H"u8;

    /// <summary>Appends a standard or raw private tag; returns the new length.</summary>
    public static int AppendTag(byte[] path, int length, byte letter, DicomTag tag)
    {
        path[length] = letter;
        BinaryPrimitives.WriteUInt32BigEndian(path.AsSpan(length + 1), tag.Value);
        return length + 5;
    }

    /// <summary>Appends an item number; returns the new length.</summary>
    public static int AppendItem(byte[] path, int length, uint number)
    {
        path[length] = (byte)'I';
        BinaryPrimitives.WriteUInt32BigEndian(path.AsSpan(length + 1), number);
        return length + 5;
    }

    /// <summary>
    /// A path for people: "(0008,1140)[2].(0008,1150)", private elements as "(0029,xx10 SIEMENS CSA HEADER)". Creator names and UIDs come
    /// from the file; they are given as they are and must be escaped by whoever shows them.
    /// </summary>
    public static string Text(ReadOnlySpan<byte> path)
    {
        var text = new StringBuilder();
        while (path.Length > 0)
        {
            int used = Component(path, text);
            if (used == 0) return text.Append('?').ToString();
            path = path[used..];
        }
        return text.ToString();
    }

    /// <summary>Tags of all levels, outermost first; creators and private elements with their block as 10. False for bytes that are no path.</summary>
    public static bool TryTags(ReadOnlySpan<byte> path, List<DicomTag> tags)
    {
        tags.Clear();
        while (path.Length > 0)
        {
            int size = Size(path);
            if (size == 0) return false;
            switch (path[0])
            {
                case (byte)'S' or (byte)'R':
                    tags.Add(new DicomTag(BinaryPrimitives.ReadUInt32BigEndian(path[1..])));
                    break;
                case (byte)'C':
                    tags.Add(new DicomTag(BinaryPrimitives.ReadUInt16BigEndian(path[1..]), 0x10));
                    break;
                case (byte)'P':
                    tags.Add(new DicomTag(BinaryPrimitives.ReadUInt16BigEndian(path[1..]), (ushort)(0x1000 | path[size - 1])));
                    break;
            }
            path = path[size..];
        }
        return true;
    }

    /// <summary>Where the last component begins; 0 for bytes that are no path.</summary>
    internal static int LastComponent(ReadOnlySpan<byte> path)
    {
        int at = 0;
        while (true)
        {
            int size = Size(path[at..]);
            if (size == 0) return 0;
            if (at + size == path.Length) return at;
            at += size;
        }
    }

    /// <summary>Bytes of the first component, 0 where there is none.</summary>
    private static int Size(ReadOnlySpan<byte> path)
    {
        int size = path[0] switch
        {
            (byte)'S' or (byte)'R' or (byte)'I' => 5,
            (byte)'M' => 3,
            (byte)'H' => 1,
            (byte)'C' => path.Length > 4 ? 5 + path[4] : 0,
            (byte)'P' => path.Length > 4 ? 6 + path[4] : 0,
            (byte)'U' => path.Length > 1 ? 2 + path[1] : 0,
            _ => 0,
        };
        return size > path.Length ? 0 : size;
    }

    private static int Component(ReadOnlySpan<byte> path, StringBuilder text)
    {
        int size = Size(path);
        if (size == 0) return 0;
        char letter = (char)path[0];
        if (letter is 'S' or 'R' or 'C' or 'P' && text.Length > 0) text.Append('.');
        switch (letter)
        {
            case 'S' or 'R':
                text.Append(new DicomTag(BinaryPrimitives.ReadUInt32BigEndian(path[1..])));
                break;
            case 'I':
                text.Append(CultureInfo.InvariantCulture, $"[{BinaryPrimitives.ReadUInt32BigEndian(path[1..])}]");
                break;
            case 'M':
                text.Append(CultureInfo.InvariantCulture, $"[MAC {BinaryPrimitives.ReadUInt16BigEndian(path[1..])}]");
                break;
            case 'U':
                text.Append('[').Append(Encoding.Latin1.GetString(path[2..size])).Append(']');
                break;
            case 'C':
                text.Append(CultureInfo.InvariantCulture, $"({BinaryPrimitives.ReadUInt16BigEndian(path[1..]):X4},00xx {Encoding.Latin1.GetString(path[5..size])})");
                break;
            case 'P':
                text.Append(CultureInfo.InvariantCulture, $"({BinaryPrimitives.ReadUInt16BigEndian(path[1..]):X4},xx{path[size - 1]:X2} {Encoding.Latin1.GetString(path[5..(size - 1)])})");
                break;
            case 'H':
                text.Append("preamble");
                break;
        }
        return size;
    }
}
