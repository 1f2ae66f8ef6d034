using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class TrustCodeTests
{
    [Fact]
    public void Every_code_has_a_name_and_a_sentence_of_its_own()
    {
        Assert.Equal("unknown-signer", TrustCode.UnknownSigner.Name());
        Assert.Equal("not-an-authority", TrustCode.NotAnAuthority.Name());
        Assert.Equal(Enum.GetValues<TrustCode>(), TrustCodes.All);
        Assert.All(TrustCodes.All, code => Assert.Matches("^[a-z]+(-[a-z]+)*$", code.Name()));
        Assert.All(TrustCodes.All, code => Assert.EndsWith(".", code.Text(), StringComparison.Ordinal));
        Assert.Equal(TrustCodes.All.Count, TrustCodes.All.Select(c => c.Name()).Distinct().Count());
        Assert.Equal(TrustCodes.All.Count, TrustCodes.All.Select(c => c.Text()).Distinct().Count());
        Assert.Throws<ArgumentOutOfRangeException>(() => ((TrustCode)999).Text());
    }

    [Fact]
    public void Pem_blocks_are_read_in_order_among_notes()
    {
        var root = TrustKit.Authority();
        byte[] list = TrustKit.RevocationList(root, TrustKit.Start, TrustKit.End);
        string text = "subject=CN = Test CA\n" + PemBlocks.Write(PemBlocks.CertificateLabel, root.Der.Span) + "\nnotes\r\n" + PemBlocks.Write(PemBlocks.RevocationListLabel, list);
        var blocks = PemBlocks.Read(text);
        Assert.Equal([PemBlocks.CertificateLabel, PemBlocks.RevocationListLabel], blocks.Select(b => b.Label));
        Assert.Equal(root.Der.ToArray(), blocks[0].Der);
        Assert.Equal(list, blocks[1].Der);
        Assert.Empty(PemBlocks.Read("nothing here"));
    }

    [Theory]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAA!A\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAAAA\n-----END X509 CRL-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nAA!A\n-----END CERTIFICATE-----\n-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")]
    public void Damaged_pem_blocks_are_not_passed_over(string text) => TrustKit.Refused(TrustCode.Malformed, () => PemBlocks.Read(text));
}
