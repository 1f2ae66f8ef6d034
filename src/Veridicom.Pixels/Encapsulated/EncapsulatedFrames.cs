using System.Buffers.Binary;
using Veridicom.Dicom;

namespace Veridicom.Pixels.Encapsulated;

/// <summary>
/// Which fragments make up which frame of encapsulated pixel data (PS3.5-2023b A.4). One frame takes all fragments, as many fragments as frames one each;
/// else an offset table says, and where there is none the bytes with which a codestream begins.
/// </summary>
public sealed class EncapsulatedFrames
{
    private readonly ByteSource _source;
    private readonly (long Offset, long Length)[] _fragments;
    private readonly int[] _first;
    private byte[] _joined = [];

    private EncapsulatedFrames(ByteSource source, (long, long)[] fragments, int[] first, string? contradiction) =>
        (_source, _fragments, _first, Contradiction) = (source, fragments, first, contradiction);

    /// <summary>Frames.</summary>
    public int Count => _first.Length - 1;

    /// <summary>Bytes of all fragments.</summary>
    public long EncodedBytes => _fragments.Sum(f => f.Length);

    /// <summary>What an offset table says otherwise than the fragments, on which readers then differ; null where they agree.</summary>
    public string? Contradiction { get; }

    /// <summary>Finds the frames. Null with a reason where fragments and frames cannot be brought together.</summary>
    /// <param name="pixels">An encapsulated value.</param>
    /// <param name="frames">Number of Frames.</param>
    /// <param name="reason">A phrase for people.</param>
    public static EncapsulatedFrames? Find(DicomNode pixels, int frames, out string reason)
    {
        reason = "";
        var fragments = new (long Offset, long Length)[Math.Max(0, pixels.ChildCount - 1)];
        DicomNode table = default;
        int at = -1;
        foreach (DicomNode item in pixels)
        {
            if (at < 0) table = item;
            else fragments[at] = (item.ValueOffset, item.ValueLength);
            at++;
        }
        if (fragments.Length < frames)
        {
            reason = "there are fewer fragments than frames";
            return null;
        }
        ByteSource source = pixels.DataSet.Source;
        int[]? said = Table(source, fragments, table, frames, out string? contradiction);
        if (ExtendedContradiction(pixels, fragments, frames, said is not null || contradiction is not null) is { } extended) contradiction ??= extended;
        else if (said is null && contradiction is null) said = ExtendedTable(pixels, fragments, frames, out contradiction);
        int[]? first = frames == 1 ? [0, fragments.Length] : fragments.Length == frames ? [.. Enumerable.Range(0, frames + 1)] : said ?? ByStart(source, fragments, frames);
        if (first is null)
        {
            reason = "nothing says which fragments belong to which frame";
            return null;
        }
        if (said is not null && !said.AsSpan().SequenceEqual(first)) contradiction = "the offset table gives other frames than the fragments do";
        return new EncapsulatedFrames(source, fragments, first, contradiction);
    }

    /// <summary>How many bytes <see cref="Codestream"/> gives for a frame.</summary>
    public long LengthOf(int frame) => _fragments[_first[frame].._first[frame + 1]].Sum(fragment => fragment.Length);

    /// <summary>The encoded bytes of one frame, its fragments joined, padding included. The span holds until the next call.</summary>
    /// <exception cref="PixelException">They have more than <see cref="FrameShape.MaxBytes"/> bytes.</exception>
    public ReadOnlySpan<byte> Codestream(int frame)
    {
        int from = _first[frame], to = _first[frame + 1];
        if (to - from == 1 && _fragments[from].Length <= ByteSource.MaxWindow) return _source.Window(_fragments[from].Offset, (int)_fragments[from].Length);
        long total = 0;
        for (int i = from; i < to; i++) total += _fragments[i].Length;
        if (total > FrameShape.MaxBytes) throw new PixelException(PixelError.TooLarge, -1, "the encoded frame is too long");
        if (_joined.Length < total) _joined = new byte[total];
        int filled = 0;
        for (int i = from; i < to; i++)
        {
            for (long done = 0; done < _fragments[i].Length;)
            {
                int count = (int)Math.Min(ByteSource.MaxWindow, _fragments[i].Length - done);
                _source.Window(_fragments[i].Offset + done, count).CopyTo(_joined.AsSpan(filled));
                filled += count;
                done += count;
            }
        }
        return _joined.AsSpan(0, filled);
    }

    /// <summary>The frame, from 0, that fragment <paramref name="fragment"/> (from 0, the offset table not counted) belongs to.</summary>
    public int FrameOf(int fragment)
    {
        int place = Array.BinarySearch(_first, fragment);
        return place >= 0 ? Math.Min(place, Count - 1) : ~place - 1;
    }

    /// <summary>PS3.5-2023b A.4: offsets of 32 bits from the first byte behind the table to the item tag of each frame's first fragment.</summary>
    private static int[]? Table(ByteSource source, (long Offset, long Length)[] fragments, DicomNode table, int frames, out string? contradiction)
    {
        contradiction = null;
        if (table.ValueLength == 0) return null;
        contradiction = "the offset table does not have one entry for each frame";
        if (table.ValueLength != 4L * frames) return null;
        ReadOnlySpan<byte> bytes = table.ValueLength <= ByteSource.MaxWindow ? source.Window(table.ValueOffset, (int)table.ValueLength) : [];
        var offsets = new ulong[bytes.Length / 4];
        for (int i = 0; i < offsets.Length; i++) offsets[i] = BinaryPrimitives.ReadUInt32LittleEndian(bytes[(4 * i)..]);
        return Match(fragments, offsets, frames, out contradiction);
    }

    /// <summary>
    /// PS3.3-2023b C.7.6.3.1.8 and .10: an extended table stands beside an empty basic one, its lengths beside its offsets with one fragment for each
    /// frame, and the total length is that of all fragments; each length with or without the byte that pads a fragment.
    /// </summary>
    private static string? ExtendedContradiction(DicomNode pixels, (long Offset, long Length)[] fragments, int frames, bool basic)
    {
        if (pixels.Parent.Kind != NodeKind.Root) return null;
        DicomNode root = pixels.Parent;
        bool offsets = root.TryFind(new DicomTag(0x7FE0, 0x0001), out _);
        if (offsets && basic) return "there are a basic and an extended offset table";
        if (root.TryFind(new DicomTag(0x7FE0, 0x0002), out DicomNode lengths))
        {
            if (!offsets || lengths.Kind != NodeKind.Element || fragments.Length != frames || lengths.ValueLength != 8L * frames || lengths.ValueLength > ByteSource.MaxWindow)
                return "the lengths of the extended offset table are not those of the frames";
            ReadOnlySpan<byte> said = lengths.Value;
            for (int i = 0; i < frames; i++)
            {
                if (!IsLength(BinaryPrimitives.ReadUInt64LittleEndian(said[(8 * i)..]), fragments[i].Length)) return "a length of the extended offset table is not that of its frame";
            }
        }
        if (!root.TryFind(new DicomTag(0x7FE0, 0x0003), out DicomNode total)) return null;
        return total is { Kind: NodeKind.Element, ValueLength: 8 } && IsLength(BinaryPrimitives.ReadUInt64LittleEndian(total.Value), fragments.Sum(f => f.Length)) ? null
            : "the total length of the encapsulated pixel data is another";

        static bool IsLength(ulong said, long length) => said == (ulong)length || (length > 0 && said == (ulong)length - 1);
    }

    /// <summary>PS3.3-2023b C.7.6.3.1.8: the same with 64 bits, in an element of the data set.</summary>
    private static int[]? ExtendedTable(DicomNode pixels, (long Offset, long Length)[] fragments, int frames, out string? contradiction)
    {
        contradiction = null;
        if (pixels.Parent.Kind != NodeKind.Root || !pixels.DataSet.TryFind(new DicomTag(0x7FE0, 0x0001), out DicomNode table)) return null;
        contradiction = "the extended offset table does not have one entry for each frame";
        if (table.Kind != NodeKind.Element || table.ValueLength != 8L * frames || table.ValueLength > ByteSource.MaxWindow) return null;
        ReadOnlySpan<byte> bytes = table.Value;
        var offsets = new ulong[frames];
        for (int i = 0; i < frames; i++) offsets[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes[(8 * i)..]);
        return Match(fragments, offsets, frames, out contradiction);
    }

    private static int[]? Match((long Offset, long Length)[] fragments, ulong[] offsets, int frames, out string? contradiction)
    {
        contradiction = "an entry of the offset table is not the place of a fragment";
        if (offsets.Length != frames) return null;
        var first = new int[frames + 1];
        int fragment = 0;
        for (int frame = 0; frame < frames; frame++)
        {
            // an item's tag and length, 8 bytes, stand before its value
            while (fragment < fragments.Length && (ulong)(fragments[fragment].Offset - fragments[0].Offset) < offsets[frame]) fragment++;
            if (fragment == fragments.Length || (ulong)(fragments[fragment].Offset - fragments[0].Offset) != offsets[frame]) return null;
            if (frame == 0 ? fragment != 0 : fragment <= first[frame - 1]) return null;
            first[frame] = fragment;
        }
        first[frames] = fragments.Length;
        contradiction = null;
        return first;
    }

    /// <summary>Without a table a frame begins where a fragment begins with SOI (JPEG, JPEG-LS) or SOC (JPEG 2000).</summary>
    private static int[]? ByStart(ByteSource source, (long Offset, long Length)[] fragments, int frames)
    {
        var first = new List<int>(frames + 1);
        for (int i = 0; i < fragments.Length && first.Count <= frames; i++)
        {
            if (fragments[i].Length < 4) continue;
            ReadOnlySpan<byte> start = source.Window(fragments[i].Offset, 4);
            if (start[0] == 0xFF && start[2] == 0xFF && start[1] is 0xD8 or 0x4F) first.Add(i);
        }
        if (first.Count != frames || first[0] != 0) return null;
        first.Add(fragments.Length);
        return [.. first];
    }
}
