using Veridicom.Dicom;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Signatures;

/// <summary>Files that dcmsign accepts (and one honest one that it refuses): what a foreign signature may say of each, and no more.</summary>
public sealed class AttackFileTests
{
    private static readonly DateTimeOffset Now = new(2026, 12, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>File, verdict, the check that tells it, its reason.</summary>
    public static TheoryData<string, SignatureVerdict, string, SignatureReason> Attacks => new()
    {
        { "ct_rsa_base.dcm", SignatureVerdict.Partial, SignatureFinding.Mac, SignatureReason.Ok },
        { "t3.dcm", SignatureVerdict.Partial, SignatureFinding.Coverage, SignatureReason.PartlyCovered },
        { "t11.dcm", SignatureVerdict.Partial, SignatureFinding.Coverage, SignatureReason.PartlyCovered },
        { "t12.dcm", SignatureVerdict.Partial, SignatureFinding.Binding, SignatureReason.CertificateNotBound },
        { "t8.dcm", SignatureVerdict.Partial, SignatureFinding.Mac, SignatureReason.Ok },
        { "t9.dcm", SignatureVerdict.Unverifiable, SignatureFinding.Fragments, SignatureReason.AmbiguousFragments },
        { "n_fffa.dcm", SignatureVerdict.Partial, SignatureFinding.Coverage, SignatureReason.PartlyCovered },
        { "n_fffc.dcm", SignatureVerdict.Partial, SignatureFinding.Coverage, SignatureReason.PartlyCovered },
        { "unsq.dcm", SignatureVerdict.Partial, SignatureFinding.Coverage, SignatureReason.PartlyCovered },
        { "si_moved.dcm", SignatureVerdict.Partial, SignatureFinding.Context, SignatureReason.ItemOnly },
        { "orig.dcm", SignatureVerdict.Historic, SignatureFinding.Context, SignatureReason.ItemOnly },
        { "t5.dcm", SignatureVerdict.Partial, SignatureFinding.Mac, SignatureReason.Ok },
        { "dup_after.dcm", SignatureVerdict.Unverifiable, SignatureFinding.DataSet, SignatureReason.AmbiguousDataSet },
        { "dup_pix_after.dcm", SignatureVerdict.Unverifiable, SignatureFinding.DataSet, SignatureReason.AmbiguousDataSet },
        { "tz.dcm", SignatureVerdict.Partial, SignatureFinding.DateTime, SignatureReason.Ok },
    };

    private static SignatureResult Verify(string name)
    {
        byte[] anchor = PemBlocks.Read(File.ReadAllText(RealFiles.PathOf("attacks", "ca.pem"))).Single().Der;
        DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(RealFiles.PathOf("attacks", name))));
        return Assert.Single(SignatureCheck.VerifyAll(file, TrustList.Create([anchor]), Now));
    }

    [Theory]
    [MemberData(nameof(Attacks))]
    public void An_attack_gets_its_verdict(string name, SignatureVerdict verdict, string check, SignatureReason reason)
    {
        SignatureResult result = Verify(name);
        Assert.Equal(reason, result[check].Reason);
        Assert.Equal(verdict, result.Verdict);
        Assert.Equal(SignatureReason.CertificateNotBound, result[SignatureFinding.Binding].Reason);
    }

    [Fact]
    public void What_was_added_or_left_out_is_named()
    {
        Assert.Contains("OverlayRows", Names("t3.dcm"));
        Assert.Contains("PatientName", Names("t11.dcm"));
        Assert.Contains("PixelSpacing", Names("t11.dcm"));
        Assert.Contains("OtherPatientIDsSequence", Names("unsq.dcm"));
        Assert.NotEmpty(Verify("t8.dcm").Coverage.Absent);
        Assert.Contains("Mallory", Verify("t12.dcm").Signer!.SubjectText, StringComparison.Ordinal);
        Assert.Equal(["DataSetTrailingPadding"], Names("ct_rsa_base.dcm")); // which no signature can cover
    }

    [Theory]
    [InlineData("n_fffa.dcm", "(0010,1002)[1].(FFFA,0010)")]
    [InlineData("n_fffc.dcm", "(0010,1002)[1].(FFFC,FFFC)")]
    public void An_element_hidden_in_a_signed_sequence_is_listed_with_its_path(string file, string path) =>
        Assert.Contains(Verify(file).Coverage.Uncovered, element => element.Path == path);

    private static List<string> Names(string file) => [.. Verify(file).Coverage.Uncovered.Select(element => element.Name)];
}
