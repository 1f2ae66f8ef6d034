using Veridicom.Forensics.Manipulation;
using Veridicom.Testing;
using Veridicom.Train.Tampering;
using Xunit;

namespace Veridicom.Tests.Forensics.Manipulation;

public sealed class LocalFiguresTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("docs", "reference", "local-changes.md"));

    [Fact]
    public void Figures_are_those_of_the_shipped_model() =>
        Assert.Contains($"Model {LocalModel.Shipped.Version}, seed {LocalModel.Shipped.Seed}: {LocalModel.Shipped.TrainedOn}.", Page, StringComparison.Ordinal);

    [Fact]
    public void Every_kind_of_change_has_its_figures() => Assert.All(LocalTampering.Kinds, kind => Assert.Contains($"| {LocalTampering.Word(kind)} |", Page, StringComparison.Ordinal));

    [Fact]
    public void Every_code_of_a_finding_is_explained() => Assert.All(
        [LocalManipulation.CopyCode, LocalManipulation.FillCode, LocalManipulation.LevelCode, LocalManipulation.TextureCode, SliceConsistency.SharedCode, SliceConsistency.NoiseCode, SliceConsistency.ContentCode],
        code => Assert.Contains($"`{code}`", Page, StringComparison.Ordinal));
}
