using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>What is wrong with bytes is named: as an error where nothing can be read, as a defect where it can, at its offset and path.</summary>
public sealed class BrokenInputTests
{
    private const string Item = "FEFF00E0", ItemEnd = "FEFF0DE000000000", SequenceEnd = "FEFFDDE000000000", NoLength = "FFFFFFFF";
    private const string Modality = "080060004353" + "0200" + "4F54"; // (0008,0060) CS 'OT'
    private const string Sequence = "080040115351" + "0000"; // (0008,1140) SQ, its length still to come

    private static DicomDataSet Parse(string hex, NodeForm form = NodeForm.None) => DicomDataSet.Parse(new MemorySource(Convert.FromHexString(hex)), form);

    [Theory]
    [InlineData(DicomError.Truncated, 0, "", "08006000")]
    [InlineData(DicomError.Truncated, 10, "", Modality + "0800")]
    [InlineData(DicomError.Truncated, 0, "(7FE0,0010)", "E07F10004F420000")]
    [InlineData(DicomError.Truncated, 0, "(0008,0060)", "08006000435304004F54")]
    [InlineData(DicomError.Truncated, 0, "(0008,1140)", Sequence + "09000000" + Item + "00000000")]
    [InlineData(DicomError.Truncated, 12, "(0008,1140)", Sequence + "08000000" + Item + "02000000" + "0000")]
    [InlineData(DicomError.Truncated, 12, "(0008,1140)", Sequence + NoLength + "FEFF")]
    [InlineData(DicomError.Truncated, 30, "(0008,1140)[1]", Sequence + NoLength + Item + NoLength + Modality)]
    [InlineData(DicomError.Truncated, 20, "(0008,1140)[1]", Sequence + "0C000000" + Item + NoLength + "08006000" + ItemEnd)]
    [InlineData(DicomError.UnknownVr, 0, "(0008,0060)", "0800600058580200" + "4F54")]
    [InlineData(DicomError.UnknownVr, 0, "(0008,0060)", "0800600000000200" + "4F54")]
    [InlineData(DicomError.UnknownVr, 20, "(0008,1140)[1].(0008,0060)", Sequence + NoLength + Item + NoLength + "080060003F3F02004F54")]
    [InlineData(DicomError.BadItem, 0, "", ItemEnd)]
    [InlineData(DicomError.BadItem, 10, "", Modality + SequenceEnd)]
    [InlineData(DicomError.BadItem, 12, "(0008,1140)", Sequence + NoLength + Modality)]
    [InlineData(DicomError.BadItem, 12, "(0008,1140)", Sequence + NoLength + ItemEnd)]
    [InlineData(DicomError.BadItem, 12, "(0008,1140)", Sequence + "08000000" + SequenceEnd)]
    [InlineData(DicomError.BadItem, 20, "(0008,1140)[1]", Sequence + NoLength + Item + NoLength + SequenceEnd)]
    [InlineData(DicomError.BadItem, 20, "(0008,1140)[1]", Sequence + "10000000" + Item + "08000000" + ItemEnd)]
    [InlineData(DicomError.BadItem, 12, "(7FE0,0010)", "E07F10004F420000" + NoLength + Item + NoLength)]
    [InlineData(DicomError.BadItem, 12, "(7FE0,0010)", "E07F10004F420000" + NoLength + Modality)]
    [InlineData(DicomError.Truncated, 12, "(7FE0,0010)", "E07F10004F420000" + NoLength + Item + "04000000" + "0000")]
    [InlineData(DicomError.BadUndefinedLength, 0, "(0008,0060)", "080060005554" + "0000" + NoLength)]
    [InlineData(DicomError.BadUndefinedLength, 0, "(7FE0,0008)", "E07F08004F460000" + NoLength)]
    public void What_cannot_be_read_is_an_error_with_its_place(DicomError code, long offset, string path, string hex)
    {
        DicomException error = Assert.Throws<DicomException>(() => Parse(hex));

        Assert.Equal((code, offset, path), (error.Code, error.Offset, error.Path));
        Assert.NotEmpty(error.Message);
    }

    [Theory]
    [InlineData(NodeForm.BigEndian, "7FE000104F420000FFFFFFFF")]
    [InlineData(NodeForm.Implicit, "E07F1000FFFFFFFF")]
    public void Fragments_exist_in_explicit_little_endian_only(NodeForm form, string hex) =>
        Assert.Equal(DicomError.BadUndefinedLength, Assert.Throws<DicomException>(() => Parse(hex, form)).Code);

    [Theory]
    [InlineData(DicomError.Duplicate, 10, "(0008,0060)", Modality + Modality)]
    [InlineData(DicomError.OutOfOrder, 10, "(0008,0050)", Modality + "0800500053480000")]
    [InlineData(DicomError.IllegalGroup, 0, "(0002,0010)", "0200100055490000")]
    [InlineData(DicomError.IllegalGroup, 0, "(0004,1130)", "0400301143530000")]
    [InlineData(DicomError.IllegalGroup, 0, "(0007,0010)", "070010004C4F0000")]
    [InlineData(DicomError.IllegalGroup, 0, "(FFFF,0010)", "FFFF10004C4F0000")]
    [InlineData(DicomError.IllegalGroup, 0, "(0000,0000)", "00000000554C040000000000")]
    [InlineData(DicomError.OddLength, 0, "(0008,0060)", "080060004353010041")]
    [InlineData(DicomError.OddLength, 12, "(7FE0,0010)", "E07F10004F420000" + NoLength + Item + "01000000AA" + SequenceEnd)]
    [InlineData(DicomError.ReservedNotZero, 0, "(7FE0,0010)", "E07F10004F42000100000000")]
    [InlineData(DicomError.DelimiterLength, 12, "(0008,1140)", Sequence + NoLength + "FEFFDDE001000000")]
    [InlineData(DicomError.DelimiterLength, 20, "(0008,1140)[1]", Sequence + NoLength + Item + NoLength + "FEFF0DE000010000" + SequenceEnd)]
    [InlineData(DicomError.GroupLengthWrong, 0, "(0008,0000)", "08000000554C04000B000000" + Modality)]
    [InlineData(DicomError.GroupLengthWrong, 0, "(0008,0000)", "08000000554C04000A000000" + Modality + "0800700053480000")]
    [InlineData(DicomError.GroupLengthWrong, 0, "(0008,0000)", "08000000554C04000A000000" + "10001000504E0000")]
    [InlineData(DicomError.GroupLengthWrong, 0, "(0008,0000)", "0800000055530200" + "0A00" + Modality)]
    [InlineData(DicomError.GroupLengthWrong, 20, "(0008,1140)[1].(0008,0000)", Sequence + NoLength + Item + NoLength + "08000000554C040009000000" + ItemEnd + SequenceEnd)]
    public void What_can_be_read_in_two_ways_is_a_defect_with_its_place(DicomError code, long offset, string path, string hex)
    {
        DicomDataSet set = Parse(hex);

        DicomDefect defect = Assert.Single(set.Defects);
        Assert.Equal((code, offset, path), (defect.Code, defect.Offset, defect.Path));
        Assert.Equal(1, set.DefectCount);
    }

    [Fact]
    public void Group_lengths_that_are_right_are_no_defect()
    {
        foreach (NodeForm form in new[] { NodeForm.None, NodeForm.Implicit, NodeForm.BigEndian })
            Assert.Empty(DicomDataSet.Parse(new MemorySource(SampleFiles.GroupLengths(form)), form).Defects);
        Assert.Equal(DicomError.GroupLengthWrong, Assert.Single(Parse("08000000" + "04000000" + "0B000000" + "08006000" + "02000000" + "4F54", NodeForm.Implicit).Defects).Code);
    }

    [Fact]
    public void Defects_are_counted_beyond_the_limit_but_not_kept()
    {
        string hex = string.Concat(Enumerable.Repeat(Modality, 101));
        DicomDataSet set = DicomDataSet.Parse(new MemorySource(Convert.FromHexString(hex)), NodeForm.None, new ParseLimits { MaxDefects = 3 });

        Assert.Equal(3, set.Defects.Count);
        Assert.Equal(100, set.DefectCount);
    }

    [Fact]
    public void The_first_defect_of_each_kind_is_kept_behind_any_number_of_others()
    {
        // odd lengths, which some may wave through, must not hide what follows them
        string odd = string.Concat(Enumerable.Range(0, 200).Select(i => $"1100{i:X2}10" + "4C4F0100" + "41"));
        DicomDataSet set = Parse(odd + "1200000055530000" + "1200000055530000");

        Assert.Equal(203, set.DefectCount);
        Assert.Equal(66, set.Defects.Count);
        Assert.Equal([DicomError.OddLength, DicomError.GroupLengthWrong, DicomError.Duplicate], set.Defects.Select(defect => defect.Code).Distinct());
    }

    [Theory]
    [InlineData("0C000000" + Item + "0100000041" + "000000")] // an item that overruns
    [InlineData("12000000" + Item + "0A000000" + "08006000" + "020000004F54")] // right: 18 bytes hold one item
    [InlineData("14000000" + Item + "0A000000" + "08006000" + "020000004F54" + "4F54")] // a rest that is no item
    [InlineData("13000000" + Item + "0B000000" + "08006000" + "030000004F5420")] // an odd length: not surely a sequence
    [InlineData("14000000" + Item + "0C000000" + "08000000" + "04000000" + "05000000")] // a group length that is wrong
    [InlineData("1C000000" + Item + "14000000" + "08006000" + "020000004F54" + "08006000" + "020000004F54")] // a duplicate
    public void A_UN_that_may_be_a_sequence_never_breaks_the_file(string rest)
    {
        DicomDataSet set = Parse("09000110" + "554E0000" + rest + "1000100050" + "4E0000");
        Assert.True(set.TryFind(new(0x0009, 0x1001), out DicomNode unknown));

        Assert.Equal(rest.StartsWith("12", StringComparison.Ordinal) ? NodeKind.Sequence : NodeKind.Element, unknown.Kind);
        Assert.True(set.TryFind(new(0x0010, 0x0010), out _));
        Assert.Equal(unknown.Kind == NodeKind.Sequence ? 5 : 3, set.NodeCount);
        if (unknown.Kind == NodeKind.Element) Assert.Equal(rest[8..], Convert.ToHexString(unknown.Value));
    }

    [Fact]
    public void A_guess_within_a_guess_fails_alone()
    {
        // the inner UN looks like a sequence and is none; the outer one is one
        string inner = "09000110" + "09000000" + Item + "FF00000041";
        string item = Item + "11000000" + inner;
        DicomDataSet set = Parse("09000210" + "554E0000" + "19000000" + item);

        // its odd length ends the outer guess too: nothing in it is sure
        Assert.Equal(NodeKind.Element, set[1].Kind);
        inner = "09000110" + "0A000000" + Item + "FF0000004142";
        item = Item + "12000000" + inner;
        set = Parse("09000210" + "554E0000" + "1A000000" + item);
        Assert.Equal([NodeKind.Root, NodeKind.Sequence, NodeKind.Item, NodeKind.Element], Enumerable.Range(0, set.NodeCount).Select(i => set[i].Kind));
        Assert.Equal(10, set[3].ValueLength);
        Assert.Equal(NodeForm.Implicit, set[3].Form);
    }
}
