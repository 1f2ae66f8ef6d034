using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Seals;

/// <summary>openssl judges the message of our seals, and takes the statement out of it.</summary>
public sealed class OpenSslSealTests
{
    [Theory]
    [InlineData(KeyChoice.P256)]
    [InlineData(KeyChoice.P384)]
    [InlineData(KeyChoice.Rsa3072)]
    public void Openssl_accepts_the_message_of_a_sealed_file(KeyChoice key)
    {
        Peer openssl = Peer.Require("openssl");
        using var folder = new ScratchFolder();
        byte[] file = SealWorkshop.Seal(SampleFiles.All()[0].Bytes, key);
        SealBlock block = SealBlock.Find(DicomFile.Parse(new MemorySource(file)).DataSet)[0];
        string message = folder.Write("seal.der", block.Cms.Span), anchor = folder.PathOf("ca.pem");
        File.WriteAllText(anchor, PemBlocks.Write(PemBlocks.CertificateLabel, SealWorkshop.Authority.Der.Span));

        PeerResult result = openssl.Run("cms", "-verify", "-cades", "-purpose", "any", "-inform", "DER", "-in", message, "-CAfile", anchor, "-binary").Succeeded();

        Assert.Equal(Statement.Read(result.Output).Encode(), result.Output);
        byte[] broken = block.Cms.ToArray();
        broken[broken.AsSpan().IndexOf("Test Hospital"u8)] ^= 1;
        openssl.Run("cms", "-verify", "-cades", "-purpose", "any", "-inform", "DER", "-in", folder.Write("broken.der", broken), "-CAfile", anchor, "-binary").Exited(4);
    }
}
