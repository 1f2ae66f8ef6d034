using System.Buffers.Binary;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Writing;

namespace Veridicom.Seals.Inventory;

/// <summary>How a text value was padded to even length when it was sealed (spec/seal.md, Values).</summary>
public enum Padding : byte
{
    /// <summary>Not padded, or with the VR's own character.</summary>
    Proper = 0,
    /// <summary>With NUL where a space belongs.</summary>
    Nul = 1,
    /// <summary>With a space where NUL belongs.</summary>
    Space = 2,
}

/// <summary>
/// Hashes leaves of an inventory: SHA-256 of 00, salt, kind, VR, padding, length of path (2), path, length of value (8), value. Numbers
/// are big endian, values canonical little endian. Not thread-safe; one for each worker, its buffers are reused.
/// </summary>
public sealed class LeafHasher
{
    private const int Small = 1 << 15;
    private readonly byte[] _buffer = new byte[Small + 2048];

    /// <summary>The VR number that the leaf commits to when it is sealed.</summary>
    public static byte VrToSeal(DicomNode node, LeafKind kind, bool isPrivate)
    {
        if (node.Kind == NodeKind.Item) return BoundVr.Unbound;
        if (isPrivate) return kind != LeafKind.Value || node.Vr == Vr.UN || (node.Form & NodeForm.Implicit) != 0 ? BoundVr.Unbound : BoundVr.IndexOf(node.Vr);
        bool known = DicomDictionary.TryFind(node.Tag, out DictionaryEntry entry);
        // PS3.5-2023b 8.2, A: where words are one way to write it, tools choose freely: pixels, overlays, tables, waveforms
        if (known && entry.VrCount > 1 && entry.Allows(Vr.OW) && node.Vr is Vr.OB or Vr.OW or Vr.US && entry.Allows(node.Vr)) return BoundVr.Choice;
        if (kind is LeafKind.Sequence or LeafKind.SignatureSequence && (!known || entry.Allows(Vr.SQ))) return BoundVr.IndexOf(Vr.SQ);
        if ((node.Form & NodeForm.Implicit) != 0) return known && entry.VrCount == 1 ? BoundVr.IndexOf(entry.Vr) : BoundVr.Choice;
        return BoundVr.IndexOf(node.Vr);
    }

    /// <summary>
    /// The VR number to hash when a leaf is checked: the sealed one wherever the file as it is now leaves that one open, else what the file
    /// says now (and the hash will differ).
    /// </summary>
    public static byte VrToCheck(DicomNode node, LeafKind kind, bool isPrivate, byte sealedVr)
    {
        byte now = VrToSeal(node, kind, isPrivate);
        if (now == sealedVr) return now;
        if (isPrivate) return PrivateVrMayBe(node, kind, sealedVr) ? sealedVr : now;
        bool known = DicomDictionary.TryFind(node.Tag, out DictionaryEntry entry);
        if (sealedVr == BoundVr.Choice) return !known || (entry.VrCount > 1 && entry.Allows(node.Vr) && SignFits(node, entry)) ? sealedVr : now;
        if (!BoundVr.TryVr(sealedVr, out Vr vr)) return now;
        // implicit VR says nothing; UN of a tag that the dictionary lacks says nothing either
        if ((node.Form & NodeForm.Implicit) != 0) return !known || entry.Allows(vr) ? sealedVr : now;
        return node.Vr == Vr.UN && !known ? sealedVr : now;
    }

    /// <summary>PS3.5-2023b A.1: what implicit VR leaves open between US and SS, Pixel Representation decides, and so do tools that name it again.</summary>
    private static bool SignFits(DicomNode node, DictionaryEntry entry)
    {
        bool signOpen = entry.Allows(Vr.US) && entry.Allows(Vr.SS) && !entry.Allows(Vr.OW) && (node.Form & NodeForm.Implicit) == 0;
        if (!signOpen || node.Parent.Kind != NodeKind.Root || !node.DataSet.TryUInt16(new DicomTag(0x0028, 0x0103), out ushort representation)) return true;
        return node.Vr == (representation == 1 ? Vr.SS : Vr.US);
    }

    /// <summary>
    /// Implicit VR loses the VR of a private element, and what it becomes afterwards is UN or a tool's guess: a VR that was sealed may be lost, a VR
    /// that was never known may be guessed, but one is not exchanged for another.
    /// </summary>
    private static bool PrivateVrMayBe(DicomNode node, LeafKind kind, byte sealedVr) =>
        kind == LeafKind.Value && (sealedVr == BoundVr.Unbound || node.Vr == Vr.UN || (node.Form & NodeForm.Implicit) != 0);

    /// <summary>How the value is padded now, as a value of the VR that is committed to.</summary>
    public static Padding PaddingOf(DicomNode node, LeafKind kind, byte vr)
    {
        if (kind != LeafKind.Value || !IsText(vr, out Vr bound) || node.ValueLength == 0 || (node.ValueLength & 1) != 0) return Padding.Proper;
        byte last = node.DataSet.Source.Window(node.ValueOffset + node.ValueLength - 1, 1)[0];
        if (last != 0 && last != ' ') return Padding.Proper;
        return last == bound.PadByte() ? Padding.Proper : last == 0 ? Padding.Nul : Padding.Space;
    }

    /// <summary>The padding that the leaf commits to when it is sealed. A text of odd length is completed with a space by some tools and with NUL by others.</summary>
    public static Padding PaddingToSeal(DicomNode node, LeafKind kind, byte vr) =>
        kind == LeafKind.Value && (node.ValueLength & 1) != 0 && IsText(vr, out Vr bound) && bound.PadByte() == ' ' ? Padding.Nul : PaddingOf(node, kind, vr);

    // the VR committed to decides, not the one at hand: text that comes back as UN is still text
    private static bool IsText(byte vr, out Vr bound) => BoundVr.TryVr(vr, out bound) && bound.IsText();

    /// <summary>Bytes of a text without its padding: one character of the wrong kind at an even end, then all of the VR's own. Tools write any number of these.</summary>
    private static long TextLength(DicomNode node, byte pad)
    {
        long length = node.ValueLength;
        ByteSource source = node.DataSet.Source;
        if (length > 0 && (length & 1) == 0)
        {
            byte last = source.Window(node.ValueOffset + length - 1, 1)[0];
            if (last is 0 or (byte)' ' && last != pad) length--;
        }
        while (length > 0)
        {
            int count = (int)Math.Min(length, 512);
            int kept = source.Window(node.ValueOffset + length - count, count).LastIndexOfAnyExcept(pad);
            if (kept >= 0) return length - count + kept + 1;
            length -= count;
        }
        return 0;
    }

    /// <summary>The hash of one leaf.</summary>
    /// <param name="inventory">Its inventory.</param>
    /// <param name="index">Which.</param>
    /// <param name="vr">VR number to commit to.</param>
    /// <param name="padding">Padding to commit to.</param>
    /// <param name="salt">16 bytes.</param>
    /// <param name="hash">Receives 32 bytes.</param>
    public void Hash(Inventory inventory, int index, byte vr, Padding padding, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        DicomNode node = inventory.Node(index);
        LeafKind kind = inventory.Kind(index);
        switch (kind)
        {
            case LeafKind.Sequence:
            {
                Span<byte> count = stackalloc byte[4];
                BinaryPrimitives.WriteUInt32BigEndian(count, (uint)node.ChildCount);
                HashBytes(salt, kind, vr, padding, inventory.Path(index), count, hash);
                break;
            }
            case LeafKind.Pixels or LeafKind.SignatureSequence:
                HashBytes(salt, kind, vr, padding, inventory.Path(index), default, hash);
                break;
            case LeafKind.Fragments:
                HashFragments(node, vr, inventory.Path(index), salt, hash);
                break;
            default:
                HashValue(node, inventory.IsPrivate(index), vr, padding, inventory.Path(index), salt, hash);
                break;
        }
    }

    /// <summary>A leaf whose canonical value is at hand: meta elements and the preamble too.</summary>
    public void HashBytes(ReadOnlySpan<byte> salt, LeafKind kind, byte vr, Padding padding, ReadOnlySpan<byte> path, ReadOnlySpan<byte> value, Span<byte> hash)
    {
        if (value.Length + path.Length + 64 > _buffer.Length)
        {
            using var incremental = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            incremental.AppendData(Head(salt, kind, vr, padding, path, value.Length));
            incremental.AppendData(value);
            incremental.GetHashAndReset(hash);
            return;
        }
        int head = Head(salt, kind, vr, padding, path, value.Length).Length;
        value.CopyTo(_buffer.AsSpan(head));
        SHA256.HashData(_buffer.AsSpan(0, head + value.Length), hash);
    }

    private ReadOnlySpan<byte> Head(ReadOnlySpan<byte> salt, LeafKind kind, byte vr, Padding padding, ReadOnlySpan<byte> path, long length)
    {
        Span<byte> b = _buffer;
        b[0] = 0;
        salt.CopyTo(b[1..]);
        b[17] = (byte)kind;
        b[18] = vr;
        b[19] = (byte)padding;
        BinaryPrimitives.WriteUInt16BigEndian(b[20..], (ushort)path.Length);
        path.CopyTo(b[22..]);
        BinaryPrimitives.WriteInt64BigEndian(b[(22 + path.Length)..], length);
        return b[..(30 + path.Length)];
    }

    private void HashValue(DicomNode node, bool isPrivate, byte vr, Padding padding, ReadOnlySpan<byte> path, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        long stored = node.ValueLength;
        long length = stored;
        bool pad = false;
        if (IsText(vr, out Vr bound)) length = TextLength(node, bound.PadByte());
        else if ((stored & 1) != 0)
        {
            pad = true;
            length++;
        }
        int swap = node.BigEndian ? node.Vr.SwapUnit() : 1;
        int head = Head(salt, LeafKind.Value, vr, padding, path, length).Length;
        ByteSource source = node.DataSet.Source;
        byte padByte = isPrivate ? node.Vr.PadByte() : (byte)0;
        long take = Math.Min(stored, length);
        if (head + length <= _buffer.Length)
        {
            Span<byte> value = _buffer.AsSpan(head, (int)length);
            source.Window(node.ValueOffset, (int)take).CopyTo(value);
            if (pad) value[^1] = padByte;
            ElementWriter.SwapUnits(value[..(int)(take / swap * swap)], swap);
            SHA256.HashData(_buffer.AsSpan(0, head + (int)length), hash);
            return;
        }
        using var incremental = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        incremental.AppendData(_buffer.AsSpan(0, head));
        byte[]? swapped = swap > 1 ? new byte[1 << 20] : null;
        for (long at = 0; at < take;)
        {
            int count = (int)Math.Min(1 << 20, take - at);
            ReadOnlySpan<byte> part = source.Window(node.ValueOffset + at, count);
            if (swapped is not null)
            {
                part.CopyTo(swapped);
                ElementWriter.SwapUnits(swapped.AsSpan(0, count / swap * swap), swap);
                part = swapped.AsSpan(0, count);
            }
            incremental.AppendData(part);
            at += count;
        }
        if (pad) incremental.AppendData([padByte]);
        incremental.GetHashAndReset(hash);
    }

    private void HashFragments(DicomNode node, byte vr, ReadOnlySpan<byte> path, ReadOnlySpan<byte> salt, Span<byte> hash)
    {
        long total = 0;
        foreach (DicomNode fragment in node) total += 8 + fragment.ValueLength;
        using var incremental = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        incremental.AppendData(Head(salt, LeafKind.Fragments, vr, Padding.Proper, path, total));
        Span<byte> length = stackalloc byte[8];
        foreach (DicomNode fragment in node)
        {
            BinaryPrimitives.WriteInt64BigEndian(length, fragment.ValueLength);
            incremental.AppendData(length);
            AppendValue(incremental, fragment);
        }
        incremental.GetHashAndReset(hash);
    }

    /// <summary>Feeds the stored bytes of a node in windows.</summary>
    internal static void AppendValue(IncrementalHash hash, DicomNode node)
    {
        for (long at = 0; at < node.ValueLength;)
        {
            int count = (int)Math.Min(1 << 20, node.ValueLength - at);
            hash.AppendData(node.DataSet.Source.Window(node.ValueOffset + at, count));
            at += count;
        }
    }
}
