using Veridicom.Dicom;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Fuzz;

/// <summary>20,000 damaged inputs of the fixed seed. The long run is ./test fuzz.</summary>
public sealed class ShortFuzzTests
{
    private const ulong Seed = 20231;

    private static void AssertNothingFound(IReadOnlyList<FuzzSeed> seeds, long count, params FuzzTarget[] targets)
    {
        var run = new FuzzRun(seeds, targets, Seed);

        Assert.True(run.Run(count, Environment.ProcessorCount), "an input did not come back");
        Assert.Equal(count, run.Done);
        Assert.True(run.Findings.Count == 0, string.Join('\n', run.Findings.Select(found => $"input {found.Input} of seed {Seed}, from {found.Seed}: {found.Target} {found.Kind} {found.Detail}")));
        foreach (FuzzTarget target in targets)
        {
            // inputs that all fare alike test nothing
            Assert.True(run.Outcomes.Count(outcome => outcome.Key.StartsWith(target.Name, StringComparison.Ordinal)) > 3, target.Name);
            Assert.Equal(count, run.Outcomes.Where(outcome => outcome.Key.StartsWith(target.Name + " ", StringComparison.Ordinal)).Sum(outcome => outcome.Value));
        }
    }

    [Fact]
    public void Twenty_thousand_damaged_files_are_read_and_judged_or_refused()
    {
        FuzzSeed[] plain = [.. FuzzSeeds.Made(), .. FuzzSeeds.Real()];
        var organisation = new SealedSeeds(plain);

        Assert.InRange(organisation.Seeds.Count, 10, int.MaxValue);
        AssertNothingFound([.. plain, .. organisation.Seeds], 20_000, ParseTarget.Target, VerifyTarget.For(organisation));
    }

    [Fact]
    public void What_was_sealed_and_not_damaged_is_authentic()
    {
        var organisation = new SealedSeeds(FuzzSeeds.Made());

        Assert.All(organisation.Seeds, seed => Assert.Equal("Authentic", VerifyTarget.For(organisation).Run(seed, seed.Original)));
    }

    [Fact]
    public void A_changed_file_that_is_called_authentic_is_found()
    {
        var organisation = new SealedSeeds([FuzzSeeds.Made().First()]);
        byte[] original = organisation.Seeds[0].Original;
        Verdict authentic = Verifier.Verify(new MemorySource(original), null, organisation.Options);

        int name = original.AsSpan().IndexOf("Probe^Anna"u8), uid = original.AsSpan().IndexOf("2.25.2"u8);
        foreach ((int at, string what) in new[] { (name, "(0010,0010)"), (5, "preamble"), (uid, "carrier is Intact") })
        {
            byte[] changed = [.. original];
            changed[at]++;
            Assert.Contains(what, Assert.Throws<FuzzFailure>(() => VerifyTarget.Compare(original, changed, authentic)).Message, StringComparison.Ordinal);
        }
        VerifyTarget.Compare(original, original, authentic);
    }

    [Fact]
    public void The_same_number_gives_the_same_input()
    {
        FuzzSeed[] seeds = [.. FuzzSeeds.Made()];

        Assert.Equal(new FuzzRun(seeds, [], Seed).Input(12_345).Bytes, new FuzzRun(seeds, [], Seed).Input(12_345).Bytes);
        Assert.NotEqual(new FuzzRun(seeds, [], Seed).Input(12_345).Bytes, new FuzzRun(seeds, [], Seed + 1).Input(12_345).Bytes);
    }

    [Fact]
    public void A_crash_a_wrong_result_and_too_much_memory_are_found()
    {
        FuzzSeed[] seeds = [.. FuzzSeeds.Made()];
        var run = new FuzzRun(seeds,
        [
            new FuzzTarget("crashes", (_, _) => throw new InvalidOperationException("on purpose")),
            new FuzzTarget("errs", (_, _) => throw new FuzzFailure("on purpose")),
            new FuzzTarget("grows", (_, bytes) => new byte[300 << 20].Length > bytes.Length ? "grown" : ""),
        ], Seed);

        Assert.True(run.Run(2, 1));
        Assert.Equal(["crash", "crash", "memory", "memory", "wrong", "wrong"], run.Findings.Select(found => found.Kind).Order());
    }
}
