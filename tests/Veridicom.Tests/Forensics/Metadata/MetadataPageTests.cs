using System.Text.RegularExpressions;
using Veridicom.Forensics;
using Veridicom.Forensics.Metadata;
using Xunit;

namespace Veridicom.Tests.Forensics.Metadata;

/// <summary>docs/reference/metadata-findings.md and the list of codes say the same.</summary>
public sealed partial class MetadataPageTests
{
    [GeneratedRegex(@"^\| `(?<code>[a-z0-9-]+)` \| (?<for>[a-z]+) \| (?<may>yes|no) \| (?<meaning>[^|]*) \|$", RegexOptions.Multiline)]
    private static partial Regex Row();

    [Fact]
    public void Every_code_stands_in_the_page_with_its_meaning_and_no_other_does()
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "reference", "metadata-findings.md"));
        var rows = Row().Matches(page).Select(m => (m.Groups["code"].Value, m.Groups["for"].Value, m.Groups["may"].Value, m.Groups["meaning"].Value));

        Assert.Equal(MetadataCode.All.Select(c => (c.Code, c.For.ToString().ToLowerInvariant(), c.MayDecide ? "yes" : "no", c.Meaning)), rows);
    }

    [Fact]
    public void Codes_are_unique_words_and_every_field_is_listed()
    {
        var fields = typeof(MetadataCode).GetFields(System.Reflection.BindingFlags.Static | System.Reflection.BindingFlags.NonPublic).Where(f => f.FieldType == typeof(MetadataCode)).Select(f => (MetadataCode)f.GetValue(null)!);

        Assert.Equal(fields.Select(c => c.Code).Order(StringComparer.Ordinal), MetadataCode.All.Select(c => c.Code).Order(StringComparer.Ordinal));
        Assert.Equal(MetadataCode.All.Count, MetadataCode.All.DistinctBy(c => c.Code).Count());
        Assert.All(MetadataCode.All, c => Assert.Matches("^[a-z0-9]+(-[a-z0-9]+)*$", c.Code));
    }

    [Fact]
    public void A_code_that_may_not_decide_never_does()
    {
        Assert.All(MetadataCode.All.Where(c => !c.MayDecide), c => Assert.False(c.Finding("x", true).IsDecisive));
        Assert.All(MetadataCode.All.Where(c => c.MayDecide), c => Assert.NotEqual(EvidenceFor.Neither, c.For));
    }
}
