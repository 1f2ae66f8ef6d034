using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Inventory;

namespace Veridicom.Seals.Seal;

/// <summary>
/// The private block of one seal (spec/seal.md, Seal block): (7FF1,00bb) creator, (7FF1,bb01) CMS, (7FF1,bb02) opening, (7FF1,bb0F) SHA-256 of the
/// two. As FILE.seal the same four elements stand alone, explicit VR little endian, block 10.
/// </summary>
public sealed class SealBlock
{
    /// <summary>The private creator.</summary>
    public const string Creator = "VERIDICOM SEAL 1";

    private const byte CmsElement = 0x01, OpeningElement = 0x02, DigestElement = 0x0F;
    private const int MaxPart = 64 << 20;

    private SealBlock(byte number, bool detached)
    {
        Number = number;
        IsDetached = detached;
    }

    /// <summary>Block number, 10 to FF.</summary>
    public byte Number { get; }

    /// <summary>True where it stood in a file of its own.</summary>
    public bool IsDetached { get; }

    /// <summary>What is wrong with the block, null where it is whole.</summary>
    public string? Damage { get; private set; }

    /// <summary>DER bytes of the CMS without padding.</summary>
    public ReadOnlyMemory<byte> Cms { get; private set; }

    /// <summary>Bytes of the opening, padding included.</summary>
    public ReadOnlyMemory<byte> Opening { get; private set; }

    /// <summary>Header offset of the creator element.</summary>
    public long Offset { get; private set; }

    /// <summary>All seal blocks of a data set in order of their number.</summary>
    public static IReadOnlyList<SealBlock> Find(DicomDataSet set)
    {
        List<SealBlock>? blocks = null;
        foreach (DicomNode node in set.Root)
        {
            if (node.Tag.Group < Inventory.Inventory.SealGroup) continue;
            if (node.Tag.Group > Inventory.Inventory.SealGroup) break;
            if (node.Tag.IsPrivateCreator && IsCreator(node)) (blocks ??= []).Add(Read(set, (byte)node.Tag.Element, detached: false));
        }
        return blocks ?? (IReadOnlyList<SealBlock>)[];
    }

    /// <summary>True where the set holds a block of a later format.</summary>
    public static bool HasUnknownVersion(DicomDataSet set)
    {
        foreach (DicomNode node in set.Root)
        {
            if (node.Tag.Group == Inventory.Inventory.SealGroup && node.Tag.IsPrivateCreator && !IsCreator(node) && node.ValueLength is > 0 and <= 64
                && node.Value.StartsWith("VERIDICOM SEAL "u8)) return true;
        }
        return false;
    }

    /// <summary>True for the creator element of a seal block.</summary>
    public static bool IsCreator(DicomNode node) => node.Vr is Vr.LO or Vr.UN && node.ValueLength == Creator.Length && node.Value.SequenceEqual("VERIDICOM SEAL 1"u8);

    /// <summary>Reads FILE.seal.</summary>
    /// <exception cref="SealFormatException">It is not four elements of a seal block and nothing else.</exception>
    public static SealBlock ReadDetached(ReadOnlyMemory<byte> bytes)
    {
        DicomDataSet set;
        try
        {
            set = DicomDataSet.Parse(new MemorySource(bytes), NodeForm.None, new ParseLimits { MaxNodes = 16 });
        }
        catch (DicomException e)
        {
            throw new SealFormatException("the seal file is not a seal: " + e.Message);
        }
        if (set.DefectCount > 0 || !set.TryFind(new DicomTag(Inventory.Inventory.SealGroup, 0x10), out DicomNode creator) || !IsCreator(creator) || creator.Vr != Vr.LO || set.Root.ChildCount != 4)
            throw new SealFormatException("the seal file is not a seal: a private block of " + Creator + " is expected and nothing else");
        return Read(set, 0x10, detached: true);
    }

    /// <summary>The same, with what is wrong as <see cref="Damage"/>.</summary>
    public static SealBlock OfDetached(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            return ReadDetached(bytes);
        }
        catch (SealFormatException e)
        {
            return new SealBlock(0x10, detached: true) { Damage = e.Message };
        }
    }

    private static SealBlock Read(DicomDataSet set, byte number, bool detached)
    {
        var block = new SealBlock(number, detached);
        ReadOnlyMemory<byte>? cms = null, opening = null, digest = null;
        foreach (DicomNode node in set.Root)
        {
            if (node.Tag.Group != Inventory.Inventory.SealGroup) continue;
            if (node.Tag.Element == number) block.Offset = node.HeaderOffset;
            if (node.Tag.Element >> 8 != number) continue;
            // an embedded block comes back as UN from implicit VR
            if ((node.Vr != Vr.OB && (detached || node.Vr != Vr.UN)) || node.UndefinedLength || node.ValueLength > MaxPart)
            {
                block.Damage = $"{node.Tag} is not OB of defined length";
                return block;
            }
            byte[] value = Copy(node);
            switch ((byte)(node.Tag.Element & 0xFF))
            {
                case CmsElement: cms = value; break;
                case OpeningElement: opening = value; break;
                case DigestElement: digest = value; break;
                default:
                    block.Damage = $"{node.Tag} does not belong to a seal";
                    return block;
            }
        }
        if (cms is not { } c || opening is not { } o || digest is not { } d)
        {
            block.Damage = "an element of the seal block is missing";
            return block;
        }
        if (!CryptographicOperations.FixedTimeEquals(d.Span, Digest(c.Span, o.Span)))
        {
            block.Damage = "the bytes of the seal block do not fit their digest";
            return block;
        }
        block.Opening = o;
        if (!AsnDecoder.TryReadEncodedValue(c.Span, AsnEncodingRules.DER, out _, out _, out _, out int length)
            || c.Length - length > 1 || (c.Length - length == 1 && (c.Span[^1] != 0 || (length & 1) == 0)))
        {
            block.Damage = "the CMS of the seal is not one DER value";
            return block;
        }
        block.Cms = c[..length];
        return block;
    }

    private static byte[] Copy(DicomNode node)
    {
        byte[] value = new byte[node.ValueLength];
        for (int at = 0; at < value.Length;)
        {
            int count = Math.Min(1 << 20, value.Length - at);
            node.DataSet.Source.Window(node.ValueOffset + at, count).CopyTo(value.AsSpan(at));
            at += count;
        }
        return value;
    }

    /// <summary>Encodes a block in the form of a file.</summary>
    public static byte[] Encode(byte number, ReadOnlySpan<byte> cms, ReadOnlySpan<byte> opening, NodeForm form)
    {
        var w = new ElementWriter(form);
        Write(w, number, cms, opening, part: 0);
        Write(w, number, cms, opening, part: 1);
        return w.ToArray();
    }

    /// <summary>Encodes creator (part 0) or data elements (part 1): where a group holds other blocks, creators come before all data.</summary>
    public static void Write(ElementWriter w, byte number, ReadOnlySpan<byte> cms, ReadOnlySpan<byte> opening, int part)
    {
        if (part == 0)
        {
            w.Text(new DicomTag(Inventory.Inventory.SealGroup, number), Vr.LO, Creator);
            return;
        }
        byte[] c = Even(cms), o = Even(opening);
        w.Bytes(Element(number, CmsElement), Vr.OB, c);
        w.Bytes(Element(number, OpeningElement), Vr.OB, o);
        w.Bytes(Element(number, DigestElement), Vr.OB, Digest(c, o));
    }

    private static DicomTag Element(byte number, byte low) => new(Inventory.Inventory.SealGroup, (ushort)((number << 8) | low));

    private static byte[] Even(ReadOnlySpan<byte> bytes)
    {
        byte[] even = new byte[bytes.Length + (bytes.Length & 1)];
        bytes.CopyTo(even);
        return even;
    }

    /// <summary>SHA-256 of, for CMS and opening: low byte of the element number, length (4, big endian), value as it stands.</summary>
    private static byte[] Digest(ReadOnlySpan<byte> cms, ReadOnlySpan<byte> opening)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[5];
        head[0] = CmsElement;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], cms.Length);
        hash.AppendData(head);
        hash.AppendData(cms);
        head[0] = OpeningElement;
        BinaryPrimitives.WriteInt32BigEndian(head[1..], opening.Length);
        hash.AppendData(head);
        hash.AppendData(opening);
        return hash.GetHashAndReset();
    }
}
