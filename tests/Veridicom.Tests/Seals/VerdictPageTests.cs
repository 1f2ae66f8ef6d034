using System.Text.RegularExpressions;
using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>spec/verdict.md and the code say the same.</summary>
public sealed partial class VerdictPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("spec", "verdict.md"));

    [GeneratedRegex(@"/// <summary>(?<text>.*)</summary>\s+(?<name>[A-Z]\w+),")]
    private static partial Regex Member();

    [Fact]
    public void Every_reason_stands_in_the_page_with_its_meaning()
    {
        var members = Member().Matches(File.ReadAllText(Repository.PathOf("src", "Veridicom.Seals", "Verify", "ReasonCode.cs")));

        Assert.Equal(Enum.GetNames<ReasonCode>(), members.Select(m => m.Groups["name"].Value));
        Assert.All(members, m => Assert.Contains($"| `{Enum.Parse<ReasonCode>(m.Groups["name"].Value).Word()}` | {m.Groups["text"].Value} |", Page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_verdict_stands_there_with_its_exit_code()
    {
        foreach (VerdictKind kind in Enum.GetValues<VerdictKind>())
        {
            int exit = new Verdict { Kind = kind, Parts = new Dictionary<Part, PartState>(), Reasons = [], Checks = [] }.ExitCode;
            Assert.Matches($@"\| `{kind.Word()}` \| [^|]* \| {exit}[ ;]", Page);
        }
    }

    [Fact]
    public void Every_word_of_a_state_part_purpose_and_check_stands_there()
    {
        IEnumerable<string> words =
        [
            .. Enum.GetValues<PartState>().Select(s => $"`{s.Word()}`"), .. Enum.GetValues<Part>().Select(p => $"| {p.Word()} |"), .. ClaimWords.All,
            .. Enum.GetValues<CheckStatus>().Select(s => $"`{s.Word()}`"), .. Veridicom.Seals.Signatures.SignatureFinding.Names.Select(n => $"`{n}`"),
        ];
        Assert.All(words, word => Assert.Contains(word, Page, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("explicit.dcm")]
    [InlineData("redacted.dcm")]
    [InlineData("amended.dcm")]
    [InlineData("untrusted.dcm")]
    [InlineData("unsealed.dcm")]
    public void Every_check_that_is_made_stands_there(string vector)
    {
        string folder = Repository.PathOf("tests", "vectors", "seal");
        var options = new VerifyOptions { Trust = TrustList.Create(PemBlocks.Read(File.ReadAllText(Path.Combine(folder, "root.pem"))).Select(b => (ReadOnlyMemory<byte>)b.Der)), Now = SealVectorGenerator.At, Policy = new Policy() };

        Verdict verdict = Verifier.Verify(new MemorySource(File.ReadAllBytes(Path.Combine(folder, vector))), null, options);

        Assert.NotEmpty(verdict.Checks);
        Assert.All(verdict.Checks, check => Assert.Contains($"`{check.Name}`", Page, StringComparison.Ordinal));
    }
}
