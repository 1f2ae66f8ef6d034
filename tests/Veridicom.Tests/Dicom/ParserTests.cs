using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>Bytes become the nodes they should, in every form, and nothing is copied or moved.</summary>
public sealed class ParserTests
{
    public static TheoryData<string> Samples => [.. SampleFiles.All().Select(sample => sample.Name)];

    private static byte[] Sample(string name) => SampleFiles.All().Single(sample => sample.Name == name).Bytes;

    [Theory]
    [MemberData(nameof(Samples))]
    public void A_sample_is_sound_and_is_written_back_as_it_was(string name)
    {
        byte[] bytes = Sample(name);
        DicomFile file = DicomFile.Parse(new MemorySource(bytes));
        using var output = new MemoryStream();
        file.WriteTo(output);

        Assert.True(file.IsSound, string.Join('\n', file.DataSet.Defects));
        Assert.Equal(bytes, output.ToArray());
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void Windows_that_do_not_live_on_give_the_same_nodes(string name)
    {
        byte[] bytes = Sample(name);
        var poisoned = new PoisonedSource(new MemorySource(bytes));

        Assert.Equal(Describe(DicomFile.Parse(new MemorySource(bytes)).DataSet), Describe(DicomFile.Parse(poisoned).DataSet));
    }

    [Fact]
    public void Parsing_looks_at_headers_only()
    {
        byte[] image = new ElementWriter().Bytes(new(0x7FE0, 0x0010), Vr.OW, new byte[100_000]).ToArray();
        var watched = new PoisonedSource(new MemorySource(SampleFiles.File(SampleFiles.Explicit, image)));
        DicomFile file = DicomFile.Parse(watched);

        Assert.Equal(100_000, file.DataSet[1].ValueLength);
        // the longest that is read is a UID of the meta elements
        Assert.InRange(watched.Longest, 12, 64);
    }

    [Fact]
    public void Every_form_holds_the_same_elements()
    {
        string wanted = Describe(DicomFile.Parse(new MemorySource(Sample("explicit"))).DataSet, places: false);
        foreach (string name in new[] { "defined lengths", "deflated", "bare explicit", "meta without preamble" })
            Assert.Equal(wanted, Describe(DicomFile.Parse(new MemorySource(Sample(name))).DataSet, places: false));
        // implicit VR lets the dictionary say what a private element is: nothing
        string other = Describe(DicomFile.Parse(new MemorySource(Sample("implicit"))).DataSet, places: false);
        Assert.Equal(wanted.Replace("(0009,1001) OB", "(0009,1001) UN", StringComparison.Ordinal)
            .Replace("(0028,3006) US", "(0028,3006) OW", StringComparison.Ordinal), other);
    }

    [Fact]
    public void An_element_keeps_its_place()
    {
        byte[] bytes = Sample("explicit");
        DicomFile file = DicomFile.Parse(new MemorySource(bytes));

        Assert.True(file.DataSet.TryFind(new(0x0010, 0x0010), out DicomNode name));
        Assert.Equal("Probe^Anna", name.Ascii());
        Assert.Equal(bytes.AsSpan().IndexOf("Probe^Anna"u8), name.ValueOffset);
        Assert.Equal(name.ValueOffset - 8, name.HeaderOffset);
        Assert.Equal(name.ValueOffset + 10, name.EndOffset);
        // a slice of the very bytes, not a copy
        Assert.True(name.Value.Overlaps(bytes, out int at));
        Assert.Equal(name.ValueOffset, -at);
        Assert.Equal(0, name.Parent.Index);
        Assert.Equal(name.Index + 1, name.NextIndex);
    }

    [Fact]
    public void Sequences_items_and_their_paths()
    {
        DicomDataSet set = DicomFile.Parse(new MemorySource(Sample("explicit"))).DataSet;
        Assert.True(set.TryFind(new(0x0008, 0x1140), out DicomNode sequence));
        DicomNode second = sequence.GetEnumerator() is var items && items.MoveNext() && items.MoveNext() ? items.Current : default;
        Assert.True(second.TryFind(new(0x0008, 0x2228), out DicomNode inner));
        DicomNode[] inside = [.. Children(inner)];

        Assert.Equal(NodeKind.Sequence, sequence.Kind);
        Assert.True(sequence.UndefinedLength);
        Assert.Equal(2, sequence.ChildCount);
        Assert.Equal("(0008,1140)[2]", second.Path);
        Assert.Equal(2, second.Ordinal);
        Assert.Equal(new DicomTag(0xFFFE, 0xE000), second.Tag);
        Assert.Equal([1, 2, 3], inside.Select(item => item.Ordinal));
        Assert.Equal([2, 0, 2], inside.Select(item => item.ChildCount));
        Assert.Equal("(0008,1140)[2].(0008,2228)[3].(0008,0104)", Children(inside[2]).Last().Path);
        Assert.Equal("", set.Root.Path);
        Assert.Equal(0, set.Root.Parent.Index);
        // the delimiter belongs to the end, not to the value
        Assert.Equal(inner.ValueOffset + inner.ValueLength + 8, inner.EndOffset);
        Assert.Equal(second.EndOffset + 8, sequence.EndOffset);
    }

    [Theory]
    [InlineData("explicit")]
    [InlineData("implicit")]
    [InlineData("big endian")]
    public void A_sequence_under_UN_is_read_as_implicit_little_endian(string name)
    {
        DicomDataSet set = DicomFile.Parse(new MemorySource(Sample(name))).DataSet;
        foreach (ushort element in new ushort[] { 0x1003, 0x1004 })
        {
            Assert.True(set.TryFind(new(0x0009, element), out DicomNode node));
            DicomNode inner = Children(Children(node).First()).First();

            Assert.Equal(NodeKind.Sequence, node.Kind);
            Assert.Equal(Vr.UN, node.Vr);
            Assert.True(node.Form.HasFlag(NodeForm.FromUnknown));
            Assert.Equal(element == 0x1004, node.UndefinedLength);
            Assert.Equal(NodeForm.Implicit, inner.Form);
            Assert.False(inner.BigEndian);
            Assert.Equal(Vr.CS, inner.Vr);
        }
    }

    [Fact]
    public void Fragments_are_children_of_the_pixel_data()
    {
        DicomDataSet set = DicomFile.Parse(new MemorySource(Sample("fragments"))).DataSet;
        Assert.True(set.TryFind(new(0x7FE0, 0x0010), out DicomNode pixels));
        DicomNode[] fragments = [.. Children(pixels)];

        Assert.Equal(NodeKind.Encapsulated, pixels.Kind);
        Assert.Equal([4L, 128, 62], fragments.Select(fragment => fragment.ValueLength));
        Assert.All(fragments, fragment => Assert.Equal(NodeKind.Fragment, fragment.Kind));
        Assert.Equal("(7FE0,0010)[3]", fragments[2].Path);
        Assert.Null(pixels.Ascii());
    }

    [Fact]
    public void Numbers_are_read_in_their_byte_order()
    {
        foreach (string name in new[] { "explicit", "big endian" })
        {
            DicomDataSet set = DicomFile.Parse(new MemorySource(Sample(name))).DataSet;
            Assert.True(set.TryUInt16(new(0x0028, 0x0101), out ushort stored));
            Assert.Equal(12, stored);
        }
        DicomDataSet one = DicomFile.Parse(new MemorySource(Sample("explicit"))).DataSet;
        Assert.False(one.TryUInt16(new(0x0028, 0x0008), out _));
        Assert.False(one.TryUInt16(new(0x0008, 0x1140), out _));
    }

    [Fact]
    public void A_node_that_is_not_there_is_refused()
    {
        DicomDataSet set = DicomFile.Parse(new MemorySource(Sample("explicit"))).DataSet;

        Assert.Throws<ArgumentOutOfRangeException>(() => set[set.NodeCount]);
        Assert.Throws<ArgumentOutOfRangeException>(() => set[-1]);
        Assert.Null(set.Ascii(new(0x0008, 0x0001)));
        Assert.Equal("", default(DicomNode).Path);
    }

    [Fact]
    public void A_value_too_long_for_one_span_says_so()
    {
        byte[] head = SampleFiles.File(SampleFiles.Explicit, new ElementWriter().Header(new(0x7FE0, 0x0010), Vr.OW, (16 << 20) + 2).ToArray());
        var source = new SparseSource(head, head.Length + (16 << 20) + 2, []);
        DicomDataSet set = DicomFile.Parse(source).DataSet;
        Assert.True(set.TryFind(new(0x7FE0, 0x0010), out DicomNode pixels));

        DicomException error = Assert.Throws<DicomException>(() => pixels.Value.Length);
        Assert.Equal(DicomError.ValueTooLong, error.Code);
        Assert.Equal(pixels.HeaderOffset, error.Offset);
        Assert.Equal("(7FE0,0010)", error.Path);
    }

    [Fact]
    public void Nodes_compare_by_set_and_place()
    {
        DicomDataSet one = DicomFile.Parse(new MemorySource(Sample("explicit"))).DataSet;
        DicomDataSet two = DicomFile.Parse(new MemorySource(Sample("explicit"))).DataSet;

        Assert.True(one[3].Equals((object)one[3]));
        Assert.False(one[3].Equals(one[4]));
        Assert.False(one[3].Equals(two[3]));
        Assert.Equal(one[3].GetHashCode(), one[3].GetHashCode());
    }

    internal static IEnumerable<DicomNode> Children(DicomNode node)
    {
        var children = new List<DicomNode>();
        foreach (DicomNode child in node) children.Add(child);
        return children;
    }

    /// <summary>Every node in words: kind, path, VR, length, and its place where wanted.</summary>
    internal static string Describe(DicomDataSet set, bool places = true)
    {
        var text = new System.Text.StringBuilder();
        for (int i = 1; i < set.NodeCount; i++)
        {
            DicomNode node = set[i];
            text.Append(node.Kind).Append(' ').Append(node.Path).Append(' ').Append(node.Vr.Text()).Append(' ');
            if (places) text.Append(node.HeaderOffset).Append(' ').Append(node.ValueOffset).Append(' ').Append(node.EndOffset).Append(' ').Append(node.Form);
            if (node.Kind is NodeKind.Element or NodeKind.Fragment) text.Append(Convert.ToHexString(node.Value));
            text.Append('\n');
        }
        return text.ToString();
    }
}
