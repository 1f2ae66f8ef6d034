using Veridicom.Dicom;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>Files that another verifier accepts (and an honest one, tz.dcm, that it refuses): the verdict on the whole file.</summary>
public sealed class AttackDataTests
{
    public static TheoryData<string, VerdictKind[]> Attacks => new()
    {
        { "ct_rsa_base.dcm", [VerdictKind.Partial] },
        { "t3.dcm", [VerdictKind.Partial] },
        { "t5.dcm", [VerdictKind.Partial] },
        { "t8.dcm", [VerdictKind.Partial] },
        { "t9.dcm", [VerdictKind.Unverifiable] },
        { "t11.dcm", [VerdictKind.Partial] },
        { "t12.dcm", [VerdictKind.Partial] },
        { "n_fffa.dcm", [VerdictKind.Partial, VerdictKind.Unsealed] },
        { "n_fffc.dcm", [VerdictKind.Partial, VerdictKind.Unsealed] },
        { "unsq.dcm", [VerdictKind.Partial] },
        { "si_moved.dcm", [VerdictKind.Partial] },
        { "orig.dcm", [VerdictKind.Partial, VerdictKind.Unsealed] },
        { "dup_after.dcm", [VerdictKind.Unverifiable] },
        { "dup_pix_after.dcm", [VerdictKind.Unverifiable] },
        { "tz.dcm", [VerdictKind.Untrusted, VerdictKind.Partial] },
    };

    [Theory]
    [MemberData(nameof(Attacks))]
    public void A_file_gets_the_verdict_that_is_wanted(string name, VerdictKind[] wanted)
    {
        Verdict verdict = Verifier.Verify(new MemorySource(File.ReadAllBytes(RealFiles.PathOf("attacks", name))), null, Options());
        Assert.True(wanted.Contains(verdict.Kind), $"{name}: {SealKit.Say(verdict)}");
        Assert.NotEqual(0, verdict.ExitCode);
        if (name == "t12.dcm") Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.CertificateNotBound);
    }

    [Fact]
    public void No_file_of_the_folder_is_left_out()
    {
        Assert.Equal(RealFiles.Below("attacks", "*.dcm").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal), Attacks.Select(row => row.Data.Item1).Order(StringComparer.Ordinal));
    }

    private static VerifyOptions Options() => new()
    {
        Trust = TrustList.Create([PemBlocks.Read(File.ReadAllText(RealFiles.PathOf("attacks", "ca.pem"))).Single().Der]), Now = new DateTimeOffset(2026, 12, 1, 0, 0, 0, TimeSpan.Zero),
    };
}
