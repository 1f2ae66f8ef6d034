using System.Collections.Concurrent;
using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>
/// Every single bit of a sealed file, one at a time: no flip goes unnoticed. Only the meta elements that name programs and peers are free
/// (spec/seal.md, Carrier), and then the carrier is said to be rewritten.
/// </summary>
public sealed class BitFlipTests
{
    private static readonly HashSet<uint> Free = [0x00020012, 0x00020013, 0x00020016, 0x00020017, 0x00020018];

    [Theory]
    [InlineData(SampleFiles.Explicit)]
    [InlineData(SampleFiles.Implicit)]
    [InlineData(SampleFiles.BigEndian)]
    [InlineData(SampleFiles.Rle)]
    public void No_flipped_bit_of_a_sealed_file_passes(string syntax) => Flip(SealKit.Seal(SealKit.Tiny(syntax)));

    [Fact]
    public void No_flipped_bit_of_a_file_without_meta_elements_passes() => Flip(SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit, meta: false)));

    [Fact]
    public void No_flipped_bit_of_a_preamble_that_is_not_zero_passes()
    {
        byte[] preamble = new byte[128];
        "II*\0"u8.CopyTo(preamble);
        Flip(SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit, preamble: preamble)), 132 * 8);
    }

    [Fact]
    public void No_flipped_bit_of_a_file_with_a_standard_signature_passes() => Flip(SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit), standard: true));

    [Fact]
    public void No_flipped_bit_of_an_amended_file_passes()
    {
        byte[] changed = SealKit.With(SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit)), 0x00100010, "C^D");
        byte[] amended = SealKit.Seal(changed, "second", SealPurpose.Amendment);
        Assert.Equal(VerdictKind.Amended, SealKit.Verify(amended).Kind);
        Flip(amended);
    }

    [Fact]
    public void No_flipped_bit_of_a_file_or_its_detached_seal_passes()
    {
        byte[] file = SealKit.Tiny(SampleFiles.Explicit), seal = SealKit.SealFile(file);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(file, seal).Kind);
        Flip(file, seal: seal);
        var passed = new ConcurrentBag<int>();
        Parallel.For(0, seal.Length * 8, bit =>
        {
            byte[] flipped = [.. seal];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (SealKit.Passes(SealKit.Verify(file, flipped))) passed.Add(bit);
        });
        Assert.True(passed.IsEmpty, $"bits of FILE.seal that pass: {string.Join(' ', passed.Order().Take(20))}");
    }

    /// <summary>Flips every bit, or the first ones only.</summary>
    private static void Flip(byte[] file, int? first = null, byte[]? seal = null)
    {
        Assert.True(SealKit.Passes(SealKit.Verify(file, seal)), SealKit.Say(SealKit.Verify(file, seal)));
        (HashSet<long> free, HashSet<long> values) = FreeBytes(file);
        int rewritten = 0;
        var wrong = new ConcurrentBag<(int Bit, string Verdict)>();
        Parallel.For(0, first ?? file.Length * 8, bit =>
        {
            byte[] flipped = [.. file];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            Verdict verdict = SealKit.Verify(flipped, seal);
            if (!SealKit.Passes(verdict)) return;
            if (free.Contains(bit / 8) && verdict.Parts[Part.Carrier] == PartState.Rewritten) Interlocked.Add(ref rewritten, values.Contains(bit / 8) ? 1 : 0);
            else wrong.Add((bit, SealKit.Say(verdict)));
        });
        Assert.True(wrong.IsEmpty, string.Join('\n', wrong.OrderBy(w => w.Bit).Take(20).Select(w => $"byte {w.Bit / 8} bit {w.Bit % 8}: {w.Verdict}")));
        // the free bits are free, so that an honest tool may write its name
        if (first is null) Assert.Equal(values.Count * 8, rewritten);
    }

    private static (HashSet<long> All, HashSet<long> Values) FreeBytes(byte[] file)
    {
        HashSet<long> all = [], values = [];
        if (SealKit.Parse(file).Meta is not { } meta) return (all, values);
        foreach (DicomNode node in meta.Root)
        {
            if (!Free.Contains(node.Tag.Value)) continue;
            for (long at = node.HeaderOffset; at < node.EndOffset; at++)
            {
                all.Add(at);
                if (at >= node.ValueOffset) values.Add(at);
            }
        }
        return (all, values);
    }
}
