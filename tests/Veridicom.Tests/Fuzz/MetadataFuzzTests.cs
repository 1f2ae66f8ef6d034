using Xunit;

namespace Veridicom.Tests.Fuzz;

/// <summary>3,000 damaged pictures and models for what reads them. The long run is ./test fuzz.</summary>
public sealed class MetadataFuzzTests
{
    public static TheoryData<string> Kinds => [.. MetadataFuzz.All.Select(one => one.Name)];

    private static CodecFuzz Kind(string name) => MetadataFuzz.All.Single(one => one.Name == name);

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Damaged_ones_have_findings_or_are_refused(string name)
    {
        FuzzRun run = Kind(name).Run(20231);

        Assert.True(run.Run(3_000, Environment.ProcessorCount), "an input did not come back");
        Assert.True(run.Findings.Count == 0, string.Join('\n', run.Findings.Select(found => $"input {found.Input}, from {found.Seed}: {found.Kind} {found.Detail}")));
        Assert.Equal(3_000, run.Outcomes.Sum(outcome => outcome.Value));
        Assert.InRange(run.Outcomes.Where(outcome => outcome.Key.StartsWith(name + " read", StringComparison.Ordinal)).Sum(outcome => outcome.Value), 50, 2_950);
        Assert.True(run.Outcomes.Count > 1);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Those_that_are_not_damaged_are_read(string name) =>
        Assert.All(Kind(name).Seeds, seed => Assert.StartsWith("read", Kind(name).Target.Run(seed, seed.Original), StringComparison.Ordinal));

    [Fact]
    public void Damaged_DICOM_files_have_findings_or_are_refused()
    {
        var run = new FuzzRun([.. FuzzSeeds.Made()], [MetadataFuzz.Dicom], 20231);

        Assert.True(run.Run(3_000, Environment.ProcessorCount), "an input did not come back");
        Assert.True(run.Findings.Count == 0, string.Join('\n', run.Findings.Select(found => $"input {found.Input}, from {found.Seed}: {found.Kind} {found.Detail}")));
        Assert.Contains(run.Outcomes, outcome => outcome.Key.StartsWith("metadata-dicom read", StringComparison.Ordinal));
    }

    [Fact]
    public void The_damaged_files_reach_what_they_are_to_test()
    {
        FuzzRun run = MetadataFuzz.Png.Run(7);
        run.Run(3_000, Environment.ProcessorCount);

        foreach (string code in (string[])["c2pa-generator", "c2pa-broken", "generator-trace"]) Assert.Contains(run.Outcomes, outcome => outcome.Key.EndsWith(code, StringComparison.Ordinal));
    }
}
