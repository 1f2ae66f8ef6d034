using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Trust;
using Xunit;

namespace Veridicom.Tests.Demo;

/// <summary>What the demonstration claims of the kernel, tried on the kernel itself.</summary>
public sealed class DemonstrationTests
{
    private static readonly Lazy<(byte[] Sealed, TrustList Trust)> Study = new(Prepare);

    public static TheoryData<string> Names => [.. Demonstration.Cases.Select(one => one.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Each_copy_gets_the_verdict_that_it_must_get(string name)
    {
        DemoCase one = Demonstration.Cases.Single(c => c.Name == name);

        Verdict verdict = Verify(one.Change(Study.Value.Sealed));

        Assert.True(one.Fits(verdict), $"{verdict.Kind}: {Demonstration.Explain(verdict)}");
        Assert.NotEmpty(Demonstration.Explain(verdict));
    }

    [Fact]
    public void All_verdicts_that_a_forger_can_bring_about_are_shown_and_the_names_differ()
    {
        Assert.Equal(Demonstration.Cases.Count, Demonstration.Cases.Select(one => one.Name).Distinct().Count());
        Assert.Superset(
            new HashSet<VerdictKind> { VerdictKind.Authentic, VerdictKind.Altered, VerdictKind.Unsealed, VerdictKind.Partial },
            Demonstration.Cases.Select(one => one.Expected).ToHashSet());
        Assert.True(Demonstration.Cases.Count(one => one.Folder == "tampered") >= 5);
    }

    [Fact]
    public void A_wrong_verdict_is_seen_as_wrong()
    {
        Verdict intact = Verify(Study.Value.Sealed), elsewhere = Verify(Tampering.OnePixel(Study.Value.Sealed, 500, 500));
        DemoCase onePixel = Demonstration.Cases.Single(one => one.Name == "one-pixel"), name = Demonstration.Cases.Single(one => one.Name == "patient-name");

        Assert.False(onePixel.Fits(intact));
        Assert.False(onePixel.Fits(elsewhere));
        Assert.False(name.Fits(elsewhere));
        Assert.False(Demonstration.Cases[0].Fits(elsewhere));
    }

    [Fact]
    public void An_explanation_names_the_place()
    {
        string text = Demonstration.Explain(Verify(Tampering.OnePixel(Study.Value.Sealed, Demonstration.Row, Demonstration.Column)));

        Assert.Contains("frame 1", text, StringComparison.Ordinal);
        Assert.Contains("columns 128 to 191", text, StringComparison.Ordinal);
        Assert.Contains("rows 192 to 255", text, StringComparison.Ordinal);
    }

    [Fact]
    public void An_explanation_shows_nothing_of_the_patient()
    {
        foreach (DemoCase one in Demonstration.Cases)
        {
            string text = Demonstration.Explain(Verify(one.Change(Study.Value.Sealed)));
            Assert.DoesNotContain("Paula", text, StringComparison.Ordinal);
            Assert.DoesNotContain("Norbert", text, StringComparison.Ordinal);
        }
    }

    private static Verdict Verify(byte[] file) => Verifier.Verify(new MemorySource(file), null, new VerifyOptions { Trust = Study.Value.Trust, Now = TrustKit.Now });

    private static (byte[], TrustList) Prepare()
    {
        Party authority = TrustKit.Authority();
        TrustList trust = TrustKit.Trusting(authority);
        using KeySigner signer = TrustKit.Signer(authority).Signer();
        DicomFile file = DicomFile.Parse(new MemorySource(PhantomStudy.Slice(Demonstration.Slice, new PhantomOptions())));
        SealOutcome outcome = Sealer.Seal(file, new SealOptions
        {
            Claims = new Claims("Test", SealPurpose.Acquisition, "", "", SyntheticClaim.Yes, [], ""), Signer = signer, Randomness = new CountingRandomness(), At = TrustKit.Now, Trust = trust,
        });
        using var output = new MemoryStream();
        outcome.WriteTo(output);
        return (output.ToArray(), trust);
    }
}
