using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Signatures;
using Xunit;
using static Veridicom.Tests.Signatures.Sample;

namespace Veridicom.Tests.Signatures;

/// <summary>Which cuts of encapsulated pixel data are beyond doubt.</summary>
public sealed class FragmentStructureTests
{
    private static readonly byte[] Mark = [0xFE, 0xFF, 0x00, 0xE0];

    private static string? Doubt(string? frames, bool isRle, byte[] table, params byte[][] fragments)
    {
        byte[] file = File(TransferSyntax.RleLossless, writer =>
        {
            if (frames is not null) writer.Text(Tag(0x00280008), Vr.IS, frames);
            writer.Header(PixelData, Vr.OB, 0xFFFFFFFF);
            foreach (byte[] fragment in fragments.Prepend(table)) writer.Raw([.. Mark, .. BitConverter.GetBytes(fragment.Length), .. fragment]);
            writer.EndSequence();
        });
        return FragmentStructure.Doubt(Find(file, PixelData.Value), isRle);
    }

    private static byte[] Offsets(params int[] offsets) => [.. offsets.SelectMany(BitConverter.GetBytes)];

    [Fact]
    public void Frames_and_fragments_that_agree_are_beyond_doubt()
    {
        Assert.Null(Doubt(null, false, [], [1, 2]));
        Assert.Null(Doubt("", false, [], [1, 2]));
        Assert.Null(Doubt("1", false, [], [1, 2], [3, 4]));
        Assert.Null(Doubt("2", true, [], [1, 2], [3, 4]));
        Assert.Null(Doubt("2", true, Offsets(0, 10), [1, 2], [3, 4]));
        Assert.Null(Doubt("2", false, Offsets(0, 20), [1, 2], [3, 4], [5, 6]));
    }

    [Theory]
    [InlineData("2", false)]
    [InlineData("0", false)]
    [InlineData("x", false)]
    public void Fewer_fragments_than_frames_are_doubtful(string frames, bool isRle) => Assert.NotNull(Doubt(frames, isRle, [], [1, 2]));

    [Fact]
    public void Rle_has_one_fragment_for_each_frame() => Assert.NotNull(Doubt("1", true, [], [1, 2], [3, 4]));

    [Fact]
    public void A_tag_of_an_item_inside_a_fragment_is_doubtful_where_a_fragment_could_begin()
    {
        Assert.NotNull(Doubt("1", false, [], [1, 2, .. Mark, 3, 4]));
        Assert.NotNull(Doubt("1", false, [], [.. new byte[(1 << 20) - 2], .. Mark, 3, 4]));
        Assert.NotNull(Doubt("1", false, [.. Mark, .. Mark], [1, 2]));
        Assert.Null(Doubt("1", false, [], [1, .. Mark, 2, 3, 4]));
        Assert.Null(Doubt("1", true, Offsets(0), [1, 2, .. Mark, 3, 4])); // the signed table says that nothing begins there
    }

    [Fact]
    public void A_signed_offset_table_must_point_to_the_fragments()
    {
        Assert.NotNull(Doubt("2", true, Offsets(0, 12), [1, 2], [3, 4]));
        Assert.NotNull(Doubt("2", true, Offsets(10, 20), [1, 2], [3, 4], [5, 6]));
        Assert.NotNull(Doubt("2", false, Offsets(10, 20), [1, 2], [3, 4], [5, 6]));
        Assert.NotNull(Doubt("2", true, Offsets(0), [1, 2], [3, 4]));
        Assert.NotNull(Doubt("2", false, Offsets(0, 200), [1, 2], [3, 4], [5, 6]));
    }

    [Fact]
    public void Without_an_offset_table_nothing_is_said()
    {
        byte[] file = File(TransferSyntax.RleLossless, writer => writer.Header(PixelData, Vr.OB, 0xFFFFFFFF).EndSequence());
        Assert.NotNull(FragmentStructure.Doubt(Find(file, PixelData.Value), false));
    }
}
