using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Seals;

/// <summary>Every real file that can be sealed: it verifies, dcmsign accepts the standard's signature in it, and unsealing gives the input back.</summary>
public sealed class SealedFileTests
{
    [Theory]
    [InlineData(KeyChoice.P256)]
    [InlineData(KeyChoice.Rsa3072)]
    public void Every_real_file_is_sealed_verified_accepted_by_dcmsign_and_unsealed_byte_for_byte(KeyChoice key)
    {
        using var folder = new ScratchFolder();
        string anchor = folder.PathOf("ca.pem");
        File.WriteAllText(anchor, PemBlocks.Write(PemBlocks.CertificateLabel, SealWorkshop.Authority.Der.Span));
        Peer dcmsign = Peer.Require("dcmsign");
        int accepted = 0, sealedFiles = 0;
        var wrong = new List<string>();
        IEnumerable<string> files = new[] { "pydicom", "charset", "wg04" }.SelectMany(f => RealFiles.Below("dicom/" + f)).Concat(RealFiles.Below("dicom/series-ct").Take(2)).Concat(RealFiles.Below("dicom/series-mr").Take(2));
        foreach (string path in files)
        {
            byte[] bytes = File.ReadAllBytes(path);
            string name = Path.GetFileName(path);
            byte[] file;
            try
            {
                file = SealWorkshop.Seal(bytes, key);
            }
            catch (Exception e) when (e is SealRefusedException or DicomException)
            {
                continue;
            }
            sealedFiles++;
            DicomFile parsed = DicomFile.Parse(new MemorySource(file));
            Verdict verdict = SealWorkshop.Verify(file);
            if (verdict.Kind != VerdictKind.Authentic) wrong.Add($"{name}: {verdict.Kind} {verdict.Reasons[0].Text}");
            UnsealOutcome unsealed = Unsealer.Unseal(parsed, SealWorkshop.Options.Jpeg2000);
            using var output = new MemoryStream();
            unsealed.WriteTo(output);
            if (parsed.TransferSyntax.IsDeflated)
            {
                byte[] Inflated(byte[] b) => DicomFile.Parse(new MemorySource(b)).DataSet.Source is var s ? s.Window(0, (int)s.Length).ToArray() : [];
                if (!Inflated(output.ToArray()).AsSpan().SequenceEqual(Inflated(bytes))) wrong.Add($"{name}: unsealed data set differs");
            }
            else if (!unsealed.Exact || !output.ToArray().AsSpan().SequenceEqual(bytes)) wrong.Add($"{name}: unsealed bytes differ: {unsealed.Note}");
            if (verdict.Signatures.All(s => !s.OfSeal)) continue;
            PeerResult judged = dcmsign.Run("--verify", "+rg", "+cf", anchor, folder.Write("sealed.dcm", file));
            if (judged.ExitCode == 0) accepted++;
            else wrong.Add($"{name}: dcmsign: {judged.AllText}");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
        Assert.True(accepted > 80 && sealedFiles > 100, $"{accepted} accepted of {sealedFiles} sealed");
    }
}
