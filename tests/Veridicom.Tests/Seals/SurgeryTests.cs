using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>Every element, item and fragment of a sealed file taken out, doubled, exchanged with its neighbour or moved: no file of these passes.</summary>
public sealed class SurgeryTests
{
    private static readonly HashSet<uint> FreeMeta = [0x00020001, 0x00020012, 0x00020013, 0x00020016, 0x00020000];

    public static TheoryData<string> Files => ["explicit", "implicit", "big endian", "fragments", "signed"];

    private static byte[] File(string name) => name switch
    {
        "implicit" => SealKit.Seal(SealKit.Rich(SampleFiles.Implicit)),
        "big endian" => SealKit.Seal(SealKit.Rich(SampleFiles.BigEndian)),
        "fragments" => SealKit.Seal(SealKit.Rich(SampleFiles.Rle)),
        "signed" => SealKit.Seal(SealKit.Rich(SampleFiles.Explicit), standard: true),
        _ => SealKit.Seal(SealKit.Rich(SampleFiles.Explicit)),
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_node_left_out_is_noticed(string name) => Each(name, (file, node) => SealKit.Splice(file, (node.HeaderOffset, node.EndOffset - node.HeaderOffset, [])));

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_node_doubled_is_noticed(string name) => Each(name, (file, node) => SealKit.Splice(file, (node.EndOffset, 0, SealKit.Raw(file, node))));

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_node_exchanged_with_its_neighbour_is_noticed(string name) => Each(name, (file, node) =>
    {
        DicomNode? next = Next(node);
        if (next is not { } other) return null;
        // two items with the same content in different length forms are the same two items
        if (node.Kind == NodeKind.Item && Content(file, node).SequenceEqual(Content(file, other))) return null;
        return SealKit.Splice(file, (node.HeaderOffset, other.EndOffset - node.HeaderOffset, [.. SealKit.Raw(file, other), .. SealKit.Raw(file, node)]));
    });

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_element_moved_into_the_nearest_item_is_noticed(string name) => Each(name, (file, node) =>
    {
        if (node.Parent.Kind != NodeKind.Root || node.Tag.Group < 8) return null;
        DicomNode item = Nodes(file).FirstOrDefault(n => n.Kind == NodeKind.Item && n.HeaderOffset > node.EndOffset);
        if (item.Index == 0) return null;
        return SealKit.Splice(file, (node.HeaderOffset, node.EndOffset - node.HeaderOffset, []), (item.ValueOffset, 0, SealKit.Raw(file, node)));
    });

    [Theory]
    [MemberData(nameof(Files))]
    public void Every_value_made_empty_or_longer_is_noticed(string name)
    {
        Each(name, (file, node) => node.Kind != NodeKind.Element || node.ValueLength == 0 ? null : SealKit.Splice(file, (node.HeaderOffset, node.EndOffset - node.HeaderOffset, Rewritten(node, []))));
        Each(name, (file, node) => node.Kind != NodeKind.Element || node.ValueLength > 60000 ? null
            : SealKit.Splice(file, (node.HeaderOffset, node.EndOffset - node.HeaderOffset, Rewritten(node, [.. SealKit.Raw(file, node).AsSpan((int)(node.ValueOffset - node.HeaderOffset)), 0x78, 0x78]))));
    }

    [Fact]
    public void Every_meta_element_left_out_is_noticed_or_free()
    {
        byte[] file = File("explicit");
        foreach (DicomNode node in SealKit.Parse(file).Meta!.Root)
        {
            if (node.Tag.Element == 0) continue;
            long length = node.EndOffset - node.HeaderOffset;
            byte[] cut = SealKit.Splice(file, (132 + 8, 4, MetaLength(file, -length)), (node.HeaderOffset, length, []));
            Verdict verdict = SealKit.Verify(cut);
            Assert.True(SealKit.Passes(verdict) == FreeMeta.Contains(node.Tag.Value), $"{node.Tag}: {SealKit.Say(verdict)}");
            if (SealKit.Passes(verdict)) Assert.Equal(PartState.Rewritten, verdict.Parts[Part.Carrier]);
        }
    }

    [Theory]
    [InlineData(0x00020002u, "1.2.840.10008.5.1.4.1.1.2")]
    [InlineData(0x00020003u, "2.25.12")]
    [InlineData(0x00020010u, "1.2.840.10008.1.2.5")]
    [InlineData(0x00020010u, "1.2.840.10008.1.2.4.50")]
    public void A_meta_element_that_contradicts_the_data_set_is_altered(uint tag, string value)
    {
        Verdict verdict = SealKit.Verify(WithMeta(File("explicit"), tag, value));
        Assert.Equal(VerdictKind.Altered, verdict.Kind);
        Assert.Equal(PartState.Altered, verdict.Parts[Part.Carrier]);
    }

    [Fact]
    public void Another_lossy_syntax_over_the_same_fragments_is_altered()
    {
        Verdict verdict = SealKit.Verify(WithMeta(File("fragments"), 0x00020010, "1.2.840.10008.1.2.4.50"));
        Assert.NotEqual(VerdictKind.Authentic, verdict.Kind);
        Assert.NotEqual(VerdictKind.Unsealed, verdict.Kind);
    }

    [Fact]
    public void Fragments_merged_split_or_hidden_in_native_form_are_noticed()
    {
        byte[] file = SealKit.Seal(SealKit.Tiny(SampleFiles.Rle));
        DicomNode[] fragments = [.. Nodes(file).Where(n => n.Kind == NodeKind.Fragment)];
        byte[] a = SealKit.Raw(file, fragments[1])[8..], b = SealKit.Raw(file, fragments[2])[8..];
        long start = fragments[1].HeaderOffset, length = fragments[2].EndOffset - start;
        byte[][] forms =
        [
            SealKit.Fragment([.. a, .. b]),
            SealKit.Fragment([.. a, 0xFE, 0xFF, 0x00, 0xE0, .. b]),
            [.. SealKit.Fragment(a[..2]), .. SealKit.Fragment(a[2..]), .. SealKit.Fragment(b)],
            [.. SealKit.Fragment(b), .. SealKit.Fragment(a)],
            [.. SealKit.Fragment(a), .. SealKit.Fragment([]), .. SealKit.Fragment(b)],
        ];
        Assert.All(forms, form => Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.Splice(file, (start, length, form))).Kind));
    }

    [Fact]
    public void A_native_value_bound_as_encoded_is_not_the_fragment_with_the_same_bytes()
    {
        // bits above Bits Stored are set, so that the native value is bound in parts
        byte[] dirty = SealKit.Added(SealKit.With(SealKit.Tiny(SampleFiles.Explicit), 0x7FE00010, [255, 2, 3, 4, 5, 6, 7, 8, 9, 0]), new ElementWriter().UInt16(new(0x00280101), 4).ToArray());
        byte[] file = SealKit.Seal(dirty);
        Assert.Contains(SealKit.Verify(file).Reasons, r => r.Code == ReasonCode.BoundAsEncoded);
        DicomNode pixels = SealKit.Find(file, 0x7FE00010);
        byte[] value = SealKit.Raw(file, pixels)[12..];
        byte[] wrapped = new ElementWriter().Header(pixels.Tag, Vr.OB, 0xFFFFFFFF).Raw(SealKit.Fragment(value)).EndSequence().ToArray();

        Verdict verdict = SealKit.Verify(SealKit.Splice(file, (pixels.HeaderOffset, pixels.EndOffset - pixels.HeaderOffset, wrapped)));

        Assert.False(SealKit.Passes(verdict), SealKit.Say(verdict));
    }

    [Fact]
    public void A_second_pixel_element_is_bound_by_its_value()
    {
        byte[] two = SealKit.Added(SealKit.Tiny(SampleFiles.Explicit), new ElementWriter().Bytes(new(0x7FE00008), Vr.OF, new byte[36]).ToArray());
        byte[] file = SealKit.Seal(two);
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(SealKit.With(file, 0x7FE00008, [.. new byte[35], 1])).Kind);
    }

    [Fact]
    public void A_picture_put_in_taken_out_or_moved_to_another_element_is_altered()
    {
        byte[] picture = new ElementWriter().Bytes(new(0x7FE00010), Vr.OW, [1, 2, 3, 4, 5, 6, 7, 8, 9]).ToArray(), without = SealKit.Without(SealKit.Tiny(SampleFiles.Explicit), 0x7FE00010);
        byte[] floats = SealKit.Added(SealKit.With(without, 0x00280100, [32, 0]), new ElementWriter().Bytes(new(0x7FE00008), Vr.OF, new byte[36]).ToArray());
        byte[][] forged =
        [
            SealKit.Added(SealKit.Seal(without), picture),
            SealKit.Without(SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit)), 0x7FE00010),
            SealKit.Added(SealKit.Seal(floats), picture),
            SealKit.Added(SealKit.Without(SealKit.Seal(floats), 0x7FE00008), new ElementWriter().Bytes(new(0x7FE00009), Vr.OD, new byte[40]).ToArray()),
            SealKit.Added(SealKit.Without(SealKit.Seal(floats), 0x7FE00008), new ElementWriter().Bytes(new(0x7FE00010), Vr.OW, new byte[36]).ToArray()),
        ];
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(SealKit.Seal(floats)).Kind);
        Assert.All(forged, file =>
        {
            Verdict verdict = SealKit.Verify(file);
            Assert.Equal(VerdictKind.Altered, verdict.Kind);
            Assert.Equal(PartState.Altered, verdict.Parts[Part.Pixels]);
        });
    }

    [Fact]
    public void Unnamed_items_put_among_signatures_show()
    {
        byte[] file = SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit), standard: true);
        foreach (uint tag in (uint[])[0x4FFE0001, 0xFFFAFFFA])
        {
            DicomNode sequence = SealKit.Find(file, tag);
            byte[] more = SealKit.Splice(file, (sequence.ValueOffset + sequence.ValueLength, 0, new ElementWriter().BeginItem().EndItem().ToArray()));
            Assert.Equal(VerdictKind.Extended, SealKit.Verify(more).Kind);
        }
    }

    private static void Each(string name, Func<byte[], DicomNode, byte[]?> change)
    {
        byte[] file = File(name);
        Assert.True(SealKit.Passes(SealKit.Verify(file)), SealKit.Say(SealKit.Verify(file)));
        int tried = 0;
        foreach (DicomNode node in Nodes(file))
        {
            if (node.Tag.IsGroupLength || change(file, node) is not { } changed || changed.AsSpan().SequenceEqual(file)) continue;
            tried++;
            Verdict verdict = SealKit.Verify(changed);
            Assert.False(SealKit.Passes(verdict), $"{node.Path}: {SealKit.Say(verdict)}");
        }
        Assert.True(tried > 5);
    }

    private static ReadOnlySpan<byte> Content(byte[] file, DicomNode node) => file.AsSpan((int)node.ValueOffset, (int)node.ValueLength);

    private static DicomNode[] Nodes(byte[] file)
    {
        DicomDataSet set = SealKit.Parse(file).DataSet;
        return [.. Enumerable.Range(1, set.NodeCount - 1).Select(i => set[i])];
    }

    private static DicomNode? Next(DicomNode node)
    {
        bool found = false;
        foreach (DicomNode sibling in node.Parent)
        {
            if (found) return sibling;
            found = sibling.Equals(node);
        }
        return null;
    }

    private static byte[] Rewritten(DicomNode node, byte[] value)
    {
        byte[] head = new ElementWriter(node.Form & (NodeForm.Implicit | NodeForm.BigEndian)).Header(node.Tag, node.Vr, (uint)value.Length).ToArray();
        return [.. head, .. value];
    }

    private static byte[] MetaLength(byte[] file, long by)
    {
        byte[] length = new byte[4];
        BinaryPrimitives.WriteUInt32LittleEndian(length, (uint)(BinaryPrimitives.ReadUInt32LittleEndian(file.AsSpan(140)) + by));
        return length;
    }

    private static byte[] WithMeta(byte[] file, uint tag, string value)
    {
        SealKit.Parse(file).Meta!.TryFind(new DicomTag(tag), out DicomNode node);
        byte[] element = new ElementWriter().Text(node.Tag, node.Vr, value).ToArray();
        long length = node.EndOffset - node.HeaderOffset;
        return SealKit.Splice(file, (140, 4, MetaLength(file, element.Length - length)), (node.HeaderOffset, length, element));
    }
}
