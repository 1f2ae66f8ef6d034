using System.Text.Json;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Manifests;

/// <summary>
/// What was sealed once must verify for ever: the studies of tests/vectors/manifest. They are made anew only by
/// dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*Make_the_manifest_vectors'
/// </summary>
public sealed class ManifestVectorTests
{
    private static readonly string Folder = Repository.PathOf("tests", "vectors", "manifest");

    private static IEnumerable<JsonElement> All => File.ReadAllLines(Path.Combine(Folder, "cases.jsonl")).Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement);

    public static TheoryData<string> Cases => [.. All.Select(c => c.GetProperty("case").GetString()!)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_study_is_judged_as_its_case_says(string name)
    {
        JsonElement wanted = All.Single(c => c.GetProperty("case").GetString() == name);

        StudyVerdict verdict = ManifestVectorGenerator.Judge(Folder, wanted.GetProperty("files").EnumerateArray().Select(f => f.GetString()!), ManifestVectorGenerator.Trust(Folder));

        Assert.Equal((wanted.GetProperty("verdict").GetString(), wanted.GetProperty("exitCode").GetInt32()), (verdict.Kind.Word(), verdict.ExitCode));
        Assert.Equal(wanted.GetProperty("findings").EnumerateArray().Select(f => f.GetString()), ManifestVectorGenerator.Findings(verdict));
    }

    [Fact]
    public void Every_file_is_in_a_case_and_both_verdicts_are_met()
    {
        Assert.Equal(Directory.GetFiles(Folder, "*.dcm").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal),
            All.SelectMany(c => c.GetProperty("files").EnumerateArray().Select(f => f.GetString()!)).Distinct().Order(StringComparer.Ordinal));
        Assert.Equal(["altered", "complete"], All.Select(c => c.GetProperty("verdict").GetString()!).Distinct().Order(StringComparer.Ordinal));
    }

    [Fact(Explicit = true)]
    public void Make_the_manifest_vectors() => new ManifestVectorGenerator(Folder).Run();
}
