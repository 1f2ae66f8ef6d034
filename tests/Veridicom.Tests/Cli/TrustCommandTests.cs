using System.Text;
using System.Text.Json;
using Veridicom.Cli.Home;
using Veridicom.Seals.Trust;
using Veridicom.Tests.Trust;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>trust: whose seals are believed.</summary>
public sealed class TrustCommandTests
{
    private static readonly Party Root = TrustKit.Authority("Other Hospital");

    private static string Digits => Root.Certificate.Fingerprint.ToString();

    private static byte[] Pem(params Party[] parties) => Encoding.ASCII.GetBytes(string.Concat(parties.Select(p => PemBlocks.Write(PemBlocks.CertificateLabel, p.Der.Span))));

    private static string[] Listed(CliSession session) =>
        [.. session.Run("trust", "list", "--json").Exited(0).Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("fingerprint").GetString()!)];

    [Fact]
    public void A_certificate_is_added_once_its_fingerprint_is_confirmed()
    {
        using var session = new CliSession();
        string file = session.Write("other.pem", Pem(Root));
        var person = new ScriptedPerson("yes");
        session.Person = person;

        CliResult result = session.Run("trust", "add", file).Exited(0);

        Assert.Contains(TrustFolder.Grouped(Root.Certificate.Fingerprint), result.Output, StringComparison.Ordinal);
        Assert.Single(person.Asked);
        Assert.Equal([Digits], Listed(session));
        Assert.Contains("CN=Other Hospital", session.Run("trust", "list").Exited(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Whoever_does_not_say_yes_trusts_nobody()
    {
        using var session = new CliSession();
        string file = session.Write("other.pem", Pem(Root));
        session.Person = new ScriptedPerson("y");
        session.Run("trust", "add", file).Exited(7);
        session.Person = new Veridicom.Cli.NoPerson();
        session.Run("trust", "add", file).Exited(2);
        Assert.Contains("nobody is trusted", session.Run("trust", "list").Exited(0).Error, StringComparison.Ordinal);
        session.Run("trust", "add", file, "--yes").Exited(0);
        Assert.Equal([Digits], Listed(session));
    }

    [Fact]
    public void A_fingerprint_given_is_compared_whole()
    {
        using var session = new CliSession();
        string file = session.Write("other.der", Root.Der.Span);
        session.Run("trust", "add", file, "--fingerprint", Digits[..32]).Exited(2);
        session.Run("trust", "add", file, "--fingerprint", "no digits").Exited(2);
        string wrong = (Digits[0] == '0' ? "1" : "0") + Digits[1..];
        Assert.Contains("another one", session.Run("trust", "add", file, "--fingerprint", wrong).Exited(7).Error, StringComparison.Ordinal);
        Assert.Empty(Listed(session));
        session.Run("trust", "add", file, "--fingerprint", TrustFolder.Grouped(Root.Certificate.Fingerprint)).Exited(0);
        session.Run("trust", "add", file, "--fingerprint", "SHA256:" + string.Join(':', Digits.ToUpperInvariant().Chunk(2).Select(c => new string(c)))).Exited(0);
        Assert.Equal([Digits], Listed(session));
    }

    [Fact]
    public void In_a_file_with_several_only_the_self_issued_are_anchors()
    {
        using var session = new CliSession();
        Party issuing = TrustKit.Authority("Issuing CA", Root);
        session.Run("trust", "add", session.Write("chain.pem", Pem(issuing, Root)), "--yes").Exited(0);
        string[] kinds = [.. session.Run("trust", "list", "--json").Exited(0).Lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("kind").GetString()!)];
        Assert.Equal(["intermediate", "anchor"], kinds);
    }

    [Fact]
    public void An_entry_is_removed_by_name_or_by_the_first_digits_of_its_fingerprint()
    {
        using var session = new CliSession();
        string file = session.Write("other.pem", Pem(Root));
        session.Run("trust", "add", file, "--yes").Exited(0);
        session.Run("trust", "remove", Digits[..7]).Exited(7); // too few to mean one certificate
        session.Run("trust", "remove", "ffffffffffff").Exited(7);
        Assert.Contains(Digits, session.Run("trust", "remove", Digits[..8].ToUpperInvariant()).Exited(0).Output, StringComparison.Ordinal);
        Assert.Empty(Listed(session));
        session.Run("trust", "add", file, "--yes").Exited(0);
        session.Run("trust", "remove", $"other-hospital-{Digits[..8]}.pem").Exited(0);
        Assert.Empty(Listed(session));
    }

    [Fact]
    public void What_is_exported_can_be_added_elsewhere_and_makes_seals_authentic()
    {
        using CliSession sender = CliSession.WithOrganisation();
        string image = sender.WriteSlice("a.dcm");
        sender.Run("seal", image, "--in-place").Exited(0);
        CliResult export = sender.Run("trust", "export").Exited(0);
        Assert.Contains("fingerprint", export.Error, StringComparison.Ordinal);

        using var receiver = new CliSession();
        Assert.Contains("trust add", receiver.Run("verify", image).Exited(4).Error, StringComparison.Ordinal);
        string file = receiver.Write("ours.pem", Encoding.ASCII.GetBytes(export.Output));
        receiver.Run("verify", image, "--trust", file).Exited(0);
        receiver.Run("trust", "add", file, "--yes").Exited(0);
        receiver.Run("verify", image).Exited(0);
        // --trust is used instead of the list, not beside it
        receiver.Run("verify", image, "--trust", receiver.Write("other.pem", Pem(Root))).Exited(4);
        Assert.Equal(export.Output, receiver.Run("trust", "export", "sample-hospital-" + Fingerprint.Of(PemBlocks.Read(export.Output)[0].Der).ToString()[..8] + ".pem").Exited(0).Output);
    }

    [Fact]
    public void A_revocation_list_needs_no_confirmation_and_revokes()
    {
        using var session = new CliSession();
        byte[] list = TrustKit.RevocationList(Root, TrustKit.Start, TrustKit.End, (TrustKit.Signer(Root), TrustKit.Start.AddDays(1)));
        session.Run("trust", "add", session.Write("list.crl", list)).Exited(0);
        Assert.Equal("revocation-list", JsonDocument.Parse(session.Run("trust", "list", "--json").Exited(0).Lines[0]).RootElement.GetProperty("kind").GetString());
        Assert.EndsWith(".crl", Assert.Single(Directory.GetFiles(Path.Combine(session.Home, "trust"))), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing at all")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")]
    [InlineData("-----BEGIN CERTIFICATE-----\nMII")]
    public void A_file_that_is_no_certificate_is_refused(string text)
    {
        using var session = new CliSession();
        session.Run("trust", "add", session.Write("x.pem", Encoding.ASCII.GetBytes(text)), "--yes").Exited(7);
        Assert.False(Directory.Exists(session.Home));
    }

    [Fact]
    public void A_name_from_a_certificate_cannot_act_on_the_terminal()
    {
        using var session = new CliSession();
        Party sly = TrustKit.Authority("Hospital\u001b[2JEvil");
        CliResult result = session.Run("trust", "add", session.Write("sly.pem", Pem(sly)), "--yes").Exited(0);
        Assert.DoesNotContain('\u001b', result.Output);
        Assert.DoesNotContain('\u001b', session.Run("trust", "list").Exited(0).Output);
    }
}
