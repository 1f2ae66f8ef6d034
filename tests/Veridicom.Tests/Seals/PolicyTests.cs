using System.Text;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>A policy makes verdicts stricter, and nothing in a file can make it look at another seal than the one that decides.</summary>
public sealed class PolicyTests
{
    private static readonly byte[] Image = SealKit.Tiny(SampleFiles.Explicit), Sealed = SealKit.Seal(Image);

    private static Verdict Under(byte[] file, string policy) => SealKit.Verify(file, options: SealKit.Options with { Policy = Policy.Parse(Encoding.UTF8.GetBytes(policy)) });

    private static string Fingerprint(string signer) => SealKit.Signer(signer).Certificate.Fingerprint.ToString();

    [Fact]
    public void A_policy_that_is_met_changes_nothing()
    {
        string authority = SealKit.Root.Certificate.Fingerprint.ToString();
        string policy = $$"""{ "requireSeal": true, "signers": ["{{authority}}"], "purposes": ["acquisition", "amendment"], "requireTimestamp": false }""";
        Verdict verdict = Under(Sealed, policy);
        Assert.Equal(VerdictKind.Authentic, verdict.Kind);
        Assert.Contains(verdict.Checks, c => c is { Name: "policy", Status: CheckStatus.Passed });
    }

    [Theory]
    [InlineData("{\"requireSeal\":true}", ReasonCode.PolicySealRequired, true)]
    [InlineData("{\"signers\":[\"0000000000000000000000000000000000000000000000000000000000000000\"]}", ReasonCode.PolicySigner, false)]
    [InlineData("{\"purposes\":[\"amendment\"]}", ReasonCode.PolicyPurpose, false)]
    [InlineData("{\"requireTimestamp\":true}", ReasonCode.PolicyTimestamp, false)]
    public void A_demand_that_is_not_met_makes_a_file_untrusted(string policy, ReasonCode code, bool unsealed)
    {
        Verdict verdict = Under(unsealed ? Image : Sealed, policy);
        Assert.Equal((VerdictKind.Untrusted, 4), (verdict.Kind, verdict.ExitCode));
        Assert.Equal(code, verdict.Reasons[0].Code);
    }

    [Fact]
    public void What_is_worse_already_stays_what_it_is()
    {
        byte[] altered = SealKit.With(Sealed, 0x00100010, "X^Y");
        Assert.Equal(VerdictKind.Altered, Under(altered, """{"requireSeal":true}""").Kind);
        Assert.Equal(VerdictKind.Unsealed, SealKit.Verify(Image, options: SealKit.Options with { Policy = new Policy() }).Kind);
    }

    [Fact]
    public void The_purpose_of_a_strangers_seal_is_not_the_one_that_counts()
    {
        // the stranger bears the same name, seals in the same second, and claims what the policy wants to see
        byte[] file = HandSeal.Embed(SealKit.Seal(Image, purpose: SealPurpose.AsFound), "unknown", SealPurpose.Acquisition);
        Verdict verdict = Under(file, """{"purposes":["acquisition"]}""");
        Assert.Equal(VerdictKind.Untrusted, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.PolicyPurpose);
        Assert.Equal(VerdictKind.Extended, Under(file, """{"purposes":["as-found"]}""").Kind);
        Assert.Equal(VerdictKind.Untrusted, Under(file, $$"""{"signers":["{{Fingerprint("unknown")}}"]}""").Kind);
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("{\"requireSeal\":1}")]
    [InlineData("{\"requireseal\":true}")]
    [InlineData("{\"requireSeal\":true,\"requireSeal\":false}")]
    [InlineData("{\"signers\":\"all\"}")]
    [InlineData("{\"signers\":[1]}")]
    [InlineData("{\"signers\":[\"12\"]}")]
    [InlineData("{\"purposes\":[\"anything\"]}")]
    [InlineData("{\"signers\":[[[[[]]]]]}")]
    public void What_is_no_policy_is_refused(string text) => Assert.Throws<FormatException>(() => Policy.Parse(Encoding.UTF8.GetBytes(text)));
}
