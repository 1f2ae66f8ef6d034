using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>Values, fragments and rows that do not fit one buffer or window: every place of them counts, in either byte order.</summary>
public sealed class LargeValueTests
{
    [Theory]
    [InlineData(32_000)]
    [InlineData(40_000)]
    [InlineData((1 << 20) + 6)]
    [InlineData((3 << 20) + 2)]
    public void Every_place_of_a_long_value_counts_in_either_byte_order(int length)
    {
        byte[] words = new byte[length];
        new Random(3).NextBytes(words);
        string text = new('x', length - 1);
        byte[] little = WithLong(SampleFiles.Explicit, words, text), big = WithLong(SampleFiles.BigEndian, words, text);
        byte[] file = SealKit.Seal(little), seal = SealKit.SealFile(little);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(big, seal).Kind);
        foreach (uint tag in (uint[])[0x00291010, 0x00420011, 0x00281221, 0x0040A160])
        {
            DicomNode node = SealKit.Find(file, tag);
            foreach (long at in (long[])[0, 1, 32_767, (1 << 20) - 1, 1 << 20, node.ValueLength / 2, node.ValueLength - 2])
            {
                if (at >= node.ValueLength) continue;
                byte[] changed = [.. file];
                changed[node.ValueOffset + at] ^= 4;
                Verdict verdict = SealKit.Verify(changed);
                Assert.Equal(VerdictKind.Altered, verdict.Kind);
                Assert.Single(verdict.Reasons);
            }
        }
    }

    private static byte[] WithLong(string syntax, byte[] words, string text) =>
    [
        .. SealKit.Head(syntax),
        .. new ElementWriter(SealKit.Form(syntax)).Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, SealKit.Instance)
            .Bytes(new(0x00281221), Vr.OW, words)
            .Text(new(0x00290010), Vr.LO, "KIT").Bytes(new(0x00291010), Vr.OL, words[..(words.Length / 4 * 4)])
            .Text(new(0x0040A160), Vr.UT, text)
            .Bytes(new(0x00420011), Vr.OB, words).ToArray(),
    ];

    [Fact]
    public void Rows_wider_than_a_band_are_tiled_like_any_other()
    {
        const int columns = 65535, rows = 40;
        byte[] cells = new byte[columns * rows * 6];
        for (int i = 0; i < cells.Length; i += 997) cells[i] = (byte)(i / 997 % 251);
        byte[] Wide(string syntax) =>
        [
            .. SealKit.Head(syntax),
            .. new ElementWriter(SealKit.Form(syntax)).Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, SealKit.Instance)
                .UInt16(new(0x00280002), 3).Text(new(0x00280004), Vr.CS, "RGB").UInt16(new(0x00280006), 0).UInt16(new(0x00280010), rows).UInt16(new(0x00280011), columns)
                .UInt16(new(0x00280100), 16).Bytes(new(0x7FE00010), Vr.OW, cells).ToArray(),
        ];
        byte[] file = Wide(SampleFiles.Explicit), seal = SealKit.SealFile(file);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(file, seal).Kind);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(Wide(SampleFiles.BigEndian), seal).Kind);
        DicomNode pixels = SealKit.Find(file, 0x7FE00010);
        foreach ((int row, int column) in ((int, int)[])[(0, 0), (9, 65534), (10, 8192), (31, 8191), (32, 0), (39, 65534)])
        {
            byte[] changed = [.. file];
            changed[pixels.ValueOffset + (row * (long)columns + column) * 6] ^= 1;
            Reason reason = Assert.Single(SealKit.Verify(changed, seal).Reasons);
            Assert.Equal(ReasonCode.PixelsChanged, reason.Code);
            PixelBox box = reason.Box!.Value;
            Assert.True(column >= box.Column && column < box.Column + box.Width && row >= box.Row && row < box.Row + box.Height, $"({column}, {row}) is not in {box}");
        }
    }

    [Fact]
    public void A_changed_pixel_is_found_in_its_frame_and_tile()
    {
        const int side = 100, frames = 3;
        byte[] file = SealKit.Seal(
        [
            .. SealKit.Head(SampleFiles.Explicit),
            .. new ElementWriter().Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, SealKit.Instance).UInt16(new(0x00280002), 1)
                .Text(new(0x00280008), Vr.IS, "3").UInt16(new(0x00280010), side).UInt16(new(0x00280011), side).UInt16(new(0x00280100), 8).Bytes(new(0x7FE00010), Vr.OB, new byte[side * side * frames]).ToArray(),
        ]);
        DicomNode pixels = SealKit.Find(file, 0x7FE00010);
        for (int frame = 0; frame < frames; frame++)
        {
            byte[] changed = [.. file];
            changed[pixels.ValueOffset + frame * side * side + 99 * side + 33] = 7;
            Assert.Equal(new PixelBox(frame + 1, 32, 96, 32, 4), Assert.Single(SealKit.Verify(changed).Reasons).Box);
        }
        // two frames exchanged are two frames changed, unless they are equal
        byte[] first = [.. file];
        first[pixels.ValueOffset] = 7;
        first = SealKit.Seal(SealKit.Splice(first, (SealKit.Find(first, 0x7FF10010).HeaderOffset, first.Length - SealKit.Find(first, 0x7FF10010).HeaderOffset, [])));
        byte[] exchanged = [.. first];
        exchanged[pixels.ValueOffset] = 0;
        exchanged[pixels.ValueOffset + side * side] = 7;
        Assert.Equal([1, 2], SealKit.Verify(exchanged).Reasons.Select(r => r.Box!.Value.Frame));
    }

    [Fact]
    public void Fragments_of_an_icon_are_bound_with_their_lengths()
    {
        byte[] icon = new ElementWriter().BeginSequence(new(0x00880200)).BeginItem().UInt16(new(0x00280010), 2)
            .Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF).Raw(SealKit.Fragment([])).Raw(SealKit.Fragment([1, 2, 3, 4])).EndSequence().EndItem().EndSequence().ToArray();
        byte[] file = SealKit.Seal(SealKit.Added(SealKit.Tiny(SampleFiles.Rle), icon));
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(file).Kind);
        byte[] split = new ElementWriter().BeginSequence(new(0x00880200)).BeginItem().UInt16(new(0x00280010), 2)
            .Header(new(0x7FE00010), Vr.OB, 0xFFFFFFFF).Raw(SealKit.Fragment([])).Raw(SealKit.Fragment([1, 2])).Raw(SealKit.Fragment([3, 4])).EndSequence().EndItem().EndSequence().ToArray();
        DicomNode node = SealKit.Find(file, 0x00880200);
        byte[] changed = [.. file];
        changed[node.HeaderOffset + icon.AsSpan().IndexOf((byte[])[1, 2, 3, 4])] = 9;
        foreach (byte[] altered in (byte[][])[changed, SealKit.Splice(file, (node.HeaderOffset, node.EndOffset - node.HeaderOffset, split))])
        {
            Verdict verdict = SealKit.Verify(altered);
            Assert.Equal(VerdictKind.Altered, verdict.Kind);
            Assert.Contains(verdict.Reasons, r => r.Path == "(0088,0200)[1].(7FE0,0010)");
        }
    }
}
