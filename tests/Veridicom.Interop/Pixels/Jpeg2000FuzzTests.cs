using Veridicom.OpenJpeg;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>5,000 damaged JPEG 2000 codestreams through the workers. The long run is ./test fuzz.</summary>
public sealed class Jpeg2000FuzzTests
{
    [Fact]
    public void Five_thousand_damaged_codestreams_are_decoded_or_refused()
    {
        OpenJpegWorkersTests.Require().Dispose();
        // a frame that takes longer than an input may is a worker that is killed, not a hang of ours
        using var workers = new OpenJpegWorkers(timeLimit: TimeSpan.FromMilliseconds(700));
        CodecFuzz codec = CodecTargets.Jpeg2000(workers);
        FuzzRun run = codec.Run(20231);

        Assert.True(run.Run(5_000, Environment.ProcessorCount), "an input did not come back");
        Assert.True(run.Findings.Count == 0, string.Join('\n', run.Findings.Select(found => $"input {found.Input}, from {found.Seed}: {found.Kind} {found.Detail}")));
        Assert.Equal(5_000, run.Outcomes.Sum(outcome => outcome.Value));
        Assert.InRange(run.Outcomes.Where(outcome => outcome.Key.Contains(" decoded", StringComparison.Ordinal)).Sum(o => o.Value), 500, 4_000);
    }
}
