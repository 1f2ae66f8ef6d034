using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Pictures;

/// <summary>5,000 damaged pictures of every kind, and those of ./test fuzz besides.</summary>
public sealed class RenderFuzzTests
{
    [Fact]
    public void Damaged_pictures_are_shown_or_refused_and_cost_little()
    {
        FuzzSeed[] seeds = [.. Seeds().Select((file, i) => FuzzSeeds.Seed("picture " + i, file.File())), .. FuzzSeeds.Real()];
        var run = new FuzzRun(seeds, [RenderTarget.Target], 77);
        Assert.True(run.Run(5000, Environment.ProcessorCount), "an input did not come back");
        Assert.True(run.Findings.Count == 0, string.Join('\n', run.Findings.Select(found => $"input {found.Input}, from {found.Seed}: {found.Kind} {found.Detail}")));
        Assert.True(run.Outcomes.Count(outcome => outcome.Key.StartsWith("render picture", StringComparison.Ordinal)) >= 4, string.Join("; ", run.Outcomes.Keys));
    }

    [Fact]
    public void Segments_that_lead_nowhere_end()
    {
        // each of many indirect segments runs through all others, and none has an entry
        ushort[] code = [.. Enumerable.Range(0, 60000).SelectMany(_ => new ushort[] { 0, 0 }), .. Enumerable.Range(0, 60000).SelectMany(_ => new ushort[] { 2, 60000, 0, 0 })];
        var file = new PictureFile { Photometric = "PALETTE COLOR", Pixels = [0, 1] };
        for (uint c = 0; c < 3; c++)
        {
            uint tag = 0x00281221 + c;
            file.Words(0x00281101 + c, 8, 0, 16).With(tag, w => w.Bytes(new(tag), Vr.OW, PictureFile.Bytes(code)));
        }
        Assert.Throws<Veridicom.Pixels.PixelException>(() => file.Render());
    }

    private static IEnumerable<PictureFile> Seeds()
    {
        byte[] pixels = [.. Enumerable.Range(0, 768).Select(i => (byte)(i * 7 & 0xFF))];
        yield return new PictureFile { Rows = 16, Allocated = 16, Stored = 12, Pixels = pixels[..512] }.Text(0x00281050, "40").Text(0x00281051, "400").Text(0x00281052, "-1024").Text(0x00281053, "1");
        yield return new PictureFile { Rows = 16, Pixels = pixels[..256] }.Table(0x00283000, 10, 16, 1000, 2000, 3000).Table(0x00283010, 1000, 8, 0, 100, 255);
        yield return new PictureFile { Rows = 8, Frames = 2, Pixels = pixels[..128] }.With(0x52009230, w => w.BeginSequence(new(0x52009230))
            .BeginItem().BeginSequence(new(0x00289132)).BeginItem().Text(new(0x00281050), Vr.DS, "9").Text(new(0x00281051), Vr.DS, "2").EndItem().EndSequence().EndItem().EndSequence());
        yield return new PictureFile { Rows = 16, Samples = 3, Planar = true, Photometric = "YBR_FULL", Pixels = pixels };
        yield return new PictureFile { Rows = 8, Columns = 16, Samples = 3, Photometric = "YBR_FULL_422", Pixels = pixels[..256] };
        yield return new PictureFile { Rows = 8, Allocated = 64, Pixels = pixels[..512] };
        yield return new PictureFile { Rows = 8, Allocated = 32, Element = 0x7FE00008, Pixels = pixels[..256] };
        yield return new PictureFile { Rows = 8, Allocated = 1, Columns = 8, Pixels = pixels[..8] };
        foreach (bool segmented in new[] { false, true })
        {
            var palette = new PictureFile { Rows = 8, Photometric = "PALETTE COLOR", Pixels = pixels[..64] };
            for (uint c = 0; c < 3; c++)
            {
                uint tag = (segmented ? 0x00281221u : 0x00281201u) + c;
                byte[] entries = PictureFile.Bytes(segmented ? [0, 2, 0x0000, 0x1000, 1, 2, 0x3000, 2, 2, 0, 0] : [1, 2, 3, 4, 5, 6, 7, 8]);
                palette.Words(0x00281101 + c, 8, 0, 16).With(tag, w => w.Bytes(new(tag), Vr.OW, entries));
            }
            yield return palette;
        }
    }
}
