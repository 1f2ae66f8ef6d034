using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg.Lossless;
using Xunit;

namespace Veridicom.Tests.Fuzz;

/// <summary>5,000 damaged codestreams for each decoder in this process; the one outside of it has its own test among those that need peers. The long run is ./test fuzz.</summary>
public sealed class CodecFuzzTests
{
    public static TheoryData<string> Codecs => [.. CodecTargets.Managed.Select(codec => codec.Name)];

    private static CodecFuzz Codec(string name) => CodecTargets.Managed.Single(codec => codec.Name == name);

    [Theory]
    [MemberData(nameof(Codecs))]
    public void Five_thousand_damaged_codestreams_are_decoded_or_refused(string name)
    {
        FuzzRun run = Codec(name).Run(20231);

        Assert.True(run.Run(5_000, Environment.ProcessorCount), "an input did not come back");
        Assert.True(run.Findings.Count == 0, string.Join('\n', run.Findings.Select(found => $"input {found.Input}, from {found.Seed}: {found.Kind} {found.Detail}")));
        Assert.Equal(5_000, run.Outcomes.Sum(outcome => outcome.Value));
        // some must come through, or only the first lines of the decoder were tried
        Assert.InRange(run.Outcomes.Where(outcome => outcome.Key.Contains(" decoded", StringComparison.Ordinal) || outcome.Key.EndsWith(" read", StringComparison.Ordinal)).Sum(o => o.Value), 100, 4_000);
        Assert.True(run.Outcomes.Count > 3);
    }

    [Theory]
    [MemberData(nameof(Codecs))]
    public void What_was_not_damaged_is_decoded(string name)
    {
        CodecFuzz codec = Codec(name);

        Assert.True(codec.Seeds.Count >= 4);
        Assert.All(codec.Seeds, seed => Assert.Contains(codec.Target.Run(seed, seed.Original), new[] { "decoded", "decoded with loss", "read" }));
    }

    [Fact]
    public void The_encoder_of_lossless_seeds_loses_nothing()
    {
        byte[] cells = new byte[23 * 37 * 2];
        new Random(5).NextBytes(cells);
        foreach (FrameShape shape in new FrameShape[] { new(23, 37, 2, 1), new(23, 37, 1, 2) })
        {
            for (int predictor = 1; predictor <= 7; predictor++)
            {
                byte[] decoded = new byte[cells.Length];
                JpegLossless.Decode(LosslessJpegMaker.Make(cells, shape, predictor, predictor % 3), shape, decoded);
                Assert.Equal(cells, decoded);
            }
        }
    }

    [Fact]
    public void A_decoder_that_misbehaves_is_found()
    {
        var shape = new FrameShape(4, 4, 1, 2);
        void Finds(string words, CodecTargets.Decoder decoder) =>
            Assert.Contains(words, Assert.Throws<FuzzFailure>(() => CodecTargets.Decode(decoder, [1, 2, 3], shape, twice: true)).Message, StringComparison.Ordinal);

        var facts = new CodestreamFacts(12, false, CodestreamColour.Unstated, 0);
        Finds("beside the cells", (_, _, cells) =>
        {
            cells.Clear();
            Unsafe.Add(ref MemoryMarshal.GetReference(cells), cells.Length) = 0x11;
            return facts;
        });
        Finds("what stands behind", (code, _, cells) =>
        {
            cells.Clear();
            cells[0] = Unsafe.Add(ref MemoryMarshal.GetReference(code), code.Length);
            return facts;
        });
        Finds("shows in the picture", (_, _, cells) =>
        {
            for (int i = 1; i < cells.Length; i += 2) cells[i] = 0;
            return facts;
        });
        Finds("above the precision", (_, _, cells) =>
        {
            cells.Fill(0x1F);
            return facts;
        });
        Finds("a precision", (_, _, _) => facts with { Precision = 17 });
        Finds("were allocated", (_, _, cells) =>
        {
            cells.Clear();
            GC.KeepAlive(new byte[8 << 20]);
            return facts;
        });
        Finds("at 4 of 3", (_, _, _) => throw new PixelException(PixelError.Malformed, 4, "behind the end"));
    }
}
