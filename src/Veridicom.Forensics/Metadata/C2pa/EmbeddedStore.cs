using System.Buffers.Binary;

namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>The bytes of a manifest store, and which parts of the file carry them.</summary>
/// <param name="Jumbf">The one superbox, joined.</param>
/// <param name="Carriers">[first byte, first byte behind) of each PNG chunk or JPEG segment that carries it, in order: all that a hard binding needs to leave out.</param>
internal sealed record EmbeddedStore(ReadOnlyMemory<byte> Jumbf, IReadOnlyList<(long From, long To)> Carriers)
{
    private const int MaxBoxHeader = 16;

    /// <summary>Of PNG: the chunk caBX (C2PA 2.1 A.3.2). Of JPEG: segments APP11 (A.3.1, ISO 19566-5 D). Null where the file has none.</summary>
    /// <exception cref="ManifestException">There are two, or the parts do not fit together.</exception>
    public static EmbeddedStore? Find(PictureFile file) => file switch
    {
        { Png: { } png } => OfPng(png.Chunks.Where(c => c.Type == "caBX").Select(c => (c.Offset, c.Length)).ToList(), file.Bytes),
        { Jpeg: { } jpeg } => OfJpeg(jpeg.Applications.Where(a => a.Number == 11).Select(a => (a.Offset, a.Length)).ToList(), file.Bytes),
        _ => null,
    };

    private static EmbeddedStore? OfPng(List<(long Offset, int Length)> chunks, ReadOnlyMemory<byte> file)
    {
        if (chunks.Count == 0) return null;
        if (chunks.Count > 1) throw new ManifestException("the file has two manifest stores");
        (long offset, int length) = chunks[0];
        return new EmbeddedStore(file.Slice((int)offset, length), [(offset - 8, offset + length + 4)]);
    }

    /// <summary>
    /// A box too long for a segment goes on in further ones: common identifier JP, box instance, packet number from 1, and the header of the box in each of them again.
    /// Boxes of other kinds and stores of others than C2PA are passed over.
    /// </summary>
    private static EmbeddedStore? OfJpeg(List<(int Offset, int Length)> segments, ReadOnlyMemory<byte> file)
    {
        var parts = new SortedDictionary<int, List<(uint Packet, int Offset, int Length)>>();
        foreach ((int offset, int length) in segments)
        {
            ReadOnlySpan<byte> content = file.Span.Slice(offset, length);
            if (length < 16 || !content.StartsWith("JP"u8) || !content[12..16].SequenceEqual("jumb"u8)) continue;
            int instance = BinaryPrimitives.ReadUInt16BigEndian(content[2..]);
            if (!parts.TryGetValue(instance, out var list)) parts[instance] = list = [];
            list.Add((BinaryPrimitives.ReadUInt32BigEndian(content[4..]), offset, length));
        }
        EmbeddedStore? found = null;
        foreach (List<(uint Packet, int Offset, int Length)> list in parts.Values)
        {
            var joined = new List<byte>();
            for (int i = 0; i < list.Count; i++)
            {
                ReadOnlySpan<byte> content = file.Span.Slice(list[i].Offset, list[i].Length);
                int header = BinaryPrimitives.ReadUInt32BigEndian(content[8..]) == 1 ? MaxBoxHeader : 8;
                if (list[i].Packet != (uint)i + 1 || content.Length < 8 + header) throw new ManifestException("the segments of a JUMBF box are not in order");
                joined.AddRange(content[(i == 0 ? 8 : 8 + header)..]);
            }
            byte[] jumbf = [.. joined];
            // only the label of the outermost box tells a store of C2PA from other metadata that travels so
            if (jumbf.AsSpan(0, Math.Min(64, jumbf.Length)).IndexOf("c2pa\0"u8) < 0) continue;
            if (found is not null) throw new ManifestException("the file has two manifest stores");
            found = new EmbeddedStore(jumbf, [.. list.Select(p => ((long)p.Offset - 4, (long)p.Offset + p.Length))]);
        }
        return found;
    }
}
