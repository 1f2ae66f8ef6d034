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
    public void Twenty_thousand_damaged_files_are_parsed_or_refused() =>
        AssertNothingFound([.. FuzzSeeds.Made(), .. FuzzSeeds.Real()], 20_000, ParseTarget.Target);

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
