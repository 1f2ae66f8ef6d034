using FsCheck;
using FsCheck.Fluent;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>Whatever elements a data set is made of, it is read as it was written; whatever is done to its bytes, only documented errors come out.</summary>
public sealed class PropertyTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(300);

    // as many attributes of each representation, so that rare ones are met
    private static readonly DictionaryEntry[][] Attributes =
    [
        .. DicomDictionary.All()
            .Where(entry => entry.Mask == uint.MaxValue && entry.Vr != Vr.None && entry.Tag.Group >= 8 && entry.Tag.Group != 0xFFFE && !entry.Tag.IsGroupLength)
            .GroupBy(entry => entry.Vr).OrderBy(group => group.Key).Select(group => group.ToArray()),
    ];

    private sealed record Made(DicomTag Tag, Vr Vr, byte[] Value, List<List<Made>>? Items, bool Defined);

    private static Gen<Made> Attribute(int depth) =>
        from of in Gen.Choose(0, Attributes.Length - 1)
        from which in Gen.Choose(0, Attributes[of].Length - 1)
        let entry = Attributes[of][which]
        from made in entry.Vr == Vr.SQ ? SequenceOf(entry.Tag, depth) : ValueOf(entry.Tag, entry.Vr)
        select made;

    private static Gen<Made> Private() =>
        from element in Gen.Choose(0x1000, 0x10FF)
        from made in ValueOf(new DicomTag(0x0011, (ushort)element), Vr.UN)
        select made;

    private static Gen<Made> ValueOf(DicomTag tag, Vr vr) =>
        from units in Gen.Choose(0, 12)
        let length = units * Math.Max(2, vr.SwapUnit())
        from bytes in Gen.Choose(0, 255).ArrayOf(length)
        select new Made(tag, vr, [.. bytes.Select(b => (byte)b)], null, false);

    private static Gen<Made> SequenceOf(DicomTag tag, int depth) =>
        from count in Gen.Choose(0, depth > 3 ? 0 : 3)
        from items in DataSet(depth + 1).ListOf(count)
        from defined in Gen.Choose(0, 1)
        select new Made(tag, Vr.SQ, [], [.. items], defined == 1);

    private static Gen<List<Made>> DataSet(int depth) =>
        from count in Gen.Choose(0, depth == 0 ? 30 : 6)
        from elements in Gen.Frequency((9, Attribute(depth)), (1, Private())).ListOf(count)
        select elements.DistinctBy(made => made.Tag).OrderBy(made => made.Tag).ToList();

    private static byte[] Write(List<Made> elements, NodeForm form)
    {
        var writer = new ElementWriter(form);
        foreach (Made made in elements)
        {
            if (made.Items is null) writer.Bytes(made.Tag, made.Vr, made.Value);
            else writer.Raw(SampleFiles.Sequence(form, made.Tag, made.Defined, [.. made.Items.Select(item => Write(item, form))]));
        }
        return writer.ToArray();
    }

    private static void AssertSame(List<Made> wanted, DicomNode found, NodeForm form)
    {
        List<DicomNode> children = [.. ParserTests.Children(found)];
        Assert.Equal(wanted.Select(made => (made.Tag, made.Vr)), children.Select(node => (node.Tag, node.Vr)));
        foreach ((Made made, DicomNode node) in wanted.Zip(children))
        {
            Assert.Equal(form, node.Form & ~NodeForm.UndefinedLength);
            if (made.Items is null)
            {
                byte[] value = node.Value.ToArray();
                if (node.BigEndian) ElementWriter.SwapUnits(value, node.Vr.SwapUnit());
                Assert.Equal(made.Value, value);
                continue;
            }
            List<DicomNode> items = [.. ParserTests.Children(node)];
            Assert.Equal(made.Items.Count, items.Count);
            Assert.Equal(!made.Defined, node.UndefinedLength);
            for (int i = 0; i < items.Count; i++) AssertSame(made.Items[i], items[i], form);
        }
    }

    [Fact]
    public void A_data_set_is_read_as_it_was_written_in_each_encoding() => Check.One(Runs, Prop.ForAll(DataSet(0).ToArbitrary(), elements =>
    {
        foreach (NodeForm form in new[] { NodeForm.None, NodeForm.Implicit, NodeForm.BigEndian })
        {
            byte[] bytes = Write(elements, form);
            DicomDataSet set = DicomDataSet.Parse(new MemorySource(bytes), form);
            Assert.Empty(set.Defects);
            AssertSame(elements, set.Root, form);
            Assert.Equal(ParserTests.Describe(set), ParserTests.Describe(DicomDataSet.Parse(new PoisonedSource(new MemorySource(bytes)), form)));
        }
        DicomFile deflated = DicomFile.Parse(new MemorySource(SampleFiles.File(SampleFiles.Deflated, SampleFiles.Deflate(Write(elements, NodeForm.None)))));
        Assert.True(deflated.IsSound);
        AssertSame(elements, deflated.DataSet.Root, NodeForm.None);
    }));

    [Fact]
    public void Only_documented_errors_come_out_of_damaged_bytes()
    {
        byte[][] samples = [.. SampleFiles.All().Select(sample => sample.Bytes)];
        int[][] places = [.. samples.Select(Mutator.HeadersOf)];
        int parsed = 0, refused = 0;
        Check.One(Runs.WithMaxTest(3000), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var mutator = new Mutator((ulong)seed);
            int which = mutator.Next(samples.Length);
            byte[] bytes = mutator.Mutate(samples[which], places[which], samples[mutator.Next(samples.Length)]);
            try
            {
                DicomFile file = DicomFile.Parse(new MemorySource(bytes));
                using var output = new MemoryStream();
                file.WriteTo(output);
                Assert.Equal(bytes, output.ToArray());
                parsed++;
            }
            catch (DicomException error)
            {
                Assert.InRange(error.Offset, 0, long.MaxValue);
                Assert.NotEqual(DicomError.None, error.Code);
                refused++;
            }
        }));
        // damage that is always or never noticed tests nothing
        Assert.InRange(parsed, 300, 2700);
        Assert.InRange(refused, 300, 2700);
    }

    [Fact]
    public void A_spliced_source_is_the_bytes_that_are_written() => Check.One(Runs, Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
    {
        var mutator = new Mutator((ulong)seed);
        byte[] bytes = [.. Enumerable.Range(0, 200).Select(i => (byte)i)];
        var splice = new Splice(new PoisonedSource(new MemorySource(bytes)));
        var wanted = new List<byte>();
        int at = 0;
        for (int edits = mutator.Next(6); edits > 0; edits--)
        {
            int offset = at + mutator.Next(bytes.Length - at), remove = mutator.Next(bytes.Length - offset + 1);
            byte[] insert = [.. Enumerable.Repeat((byte)0xEE, mutator.Next(5))];
            splice.Replace(offset, remove, insert);
            wanted.AddRange(bytes[at..offset]);
            wanted.AddRange(insert);
            at = offset + remove;
        }
        wanted.AddRange(bytes[at..]);
        using var output = new MemoryStream();
        splice.WriteTo(output);
        ByteSource source = splice.ToSource();

        Assert.Equal(wanted, output.ToArray());
        Assert.Equal(wanted.Count, source.Length);
        for (int i = 0; i < 50; i++)
        {
            int from = mutator.Next(wanted.Count + 1), length = mutator.Next(wanted.Count - from + 1);
            Assert.Equal(wanted.GetRange(from, length), source.Window(from, length).ToArray());
        }
    }));
}
