using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Veridicom.Cli;
using Veridicom.Seals.Trust;
using Veridicom.Tests.Trust;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>init and key: an organisation, its keys, and how they are kept.</summary>
public sealed class InitAndKeyTests
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    [Theory]
    [InlineData("p256", "EC P-256")]
    [InlineData("p384", "EC P-384")]
    [InlineData("rsa3072", "RSA 3072")]
    public void Init_makes_an_authority_a_sealing_key_and_a_trust_list(string algorithm, string key)
    {
        using var session = new CliSession();
        session.Variables["VERIDICOM_PASSPHRASE"] = CliSession.Secret;

        CliResult result = session.Run("init", "--name", "Klinikum Süd", "--algorithm", algorithm).Exited(0);

        Assert.Contains("Klinikum Süd can seal now, until 2028-07-01.", result.Output, StringComparison.Ordinal);
        Assert.Contains(key, result.Output, StringComparison.Ordinal);
        Assert.Equal(["authority.pem", "sealing.pem"], Directory.GetFiles(session.Home).Select(Path.GetFileName).Order());
        Assert.Equal(Directory.GetFiles(Path.Combine(session.Home, "trust")).Select(Path.GetFileName), [Assert.Single(Directory.GetFiles(Path.Combine(session.Home, "trust"), "klinikum-s-d-*.pem").Select(Path.GetFileName))]);
        Assert.Contains("BEGIN ENCRYPTED PRIVATE KEY", File.ReadAllText(Path.Combine(session.Home, "sealing.pem")), StringComparison.Ordinal);
        session.AssertNoLeftovers();
        if (OperatingSystem.IsWindows()) return;
        Assert.Equal(OwnerOnly | UnixFileMode.UserExecute, File.GetUnixFileMode(session.Home));
        foreach (string file in Directory.GetFiles(session.Home)) Assert.Equal(OwnerOnly, File.GetUnixFileMode(file));
    }

    [Fact]
    public void Keys_that_are_there_are_not_overwritten()
    {
        using CliSession session = CliSession.WithOrganisation();
        byte[] before = File.ReadAllBytes(Path.Combine(session.Home, "sealing.pem"));

        CliResult again = session.Run("init", "--name", "Another").Exited(7);

        Assert.Contains("not overwritten", again.Error, StringComparison.Ordinal);
        Assert.Equal(before, File.ReadAllBytes(Path.Combine(session.Home, "sealing.pem")));
    }

    [Theory]
    [InlineData]
    [InlineData("--name", "  ")]
    [InlineData("--name", "12345678901234567890123456789012345678901234567890123456789012345")]
    [InlineData("--name", "a\u001bb")]
    [InlineData("--name", "A", "--algorithm", "rsa1024")]
    [InlineData("--name", "A", "--import", "x.pem")]
    public void Init_without_a_usable_name_or_kind_is_wrong_usage(params string[] options)
    {
        using var session = new CliSession();
        session.Variables["VERIDICOM_PASSPHRASE"] = CliSession.Secret;
        session.Run(["init", .. options]).Exited(2);
        Assert.False(Directory.Exists(session.Home));
    }

    [Fact]
    public void The_passphrase_is_asked_for_twice()
    {
        using var session = new CliSession();
        var person = new ScriptedPerson(CliSession.Secret, CliSession.Secret);
        session.Person = person;
        session.Run("init", "--name", "A").Exited(0);
        Assert.Equal(2, person.Asked.Count);
    }

    public static TheoryData<string[]> BadAnswers => new(["different one", "different two"], ["short", "short"], []);

    [Theory]
    [MemberData(nameof(BadAnswers))]
    public void Without_a_good_passphrase_nothing_is_made(string[] answers)
    {
        using var session = new CliSession { Person = new ScriptedPerson(answers) };
        Assert.Contains("passphrase", session.Run("init", "--name", "A").Exited(7).Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(session.Home));
    }

    [Fact]
    public void Where_nobody_can_be_asked_the_remedy_is_named()
    {
        using var session = new CliSession();
        Assert.Contains("--passphrase-file", session.Run("init", "--name", "A").Exited(7).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_file_is_used_only_where_nobody_else_can_read_it()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.Variables.Remove("VERIDICOM_PASSPHRASE");
        string file = session.Write("secret", System.Text.Encoding.UTF8.GetBytes(CliSession.Secret + "\n"));
        string image = session.WriteSlice("a.dcm");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(file, OwnerOnly | UnixFileMode.GroupRead);
            Assert.Contains("chmod 600", session.Run("seal", image, "--in-place", "--passphrase-file", file).Exited(7).Error, StringComparison.Ordinal);
            File.SetUnixFileMode(file, OwnerOnly);
        }
        session.Run("seal", image, "--in-place", "--passphrase-file", file).Exited(0);
    }

    [Fact]
    public void A_wrong_passphrase_is_a_fault_of_the_key()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.Variables["VERIDICOM_PASSPHRASE"] = "something else";
        string image = session.WriteSlice("a.dcm");
        Assert.Contains("cannot be opened", session.Run("seal", image, "--in-place").Exited(7).Error, StringComparison.Ordinal);
        Assert.Equal(CliSession.Slice(0), File.ReadAllBytes(image));
    }

    [Fact]
    public void Keys_that_others_may_read_are_not_used()
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("Windows has no mode bits");
        else
        {
            using CliSession session = CliSession.WithOrganisation();
            File.SetUnixFileMode(Path.Combine(session.Home, "sealing.pem"), OwnerOnly | UnixFileMode.OtherRead);
            Assert.Contains("others may read the key", session.Run("seal", session.WriteSlice("a.dcm"), "--in-place").Exited(7).Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void A_request_is_answered_by_the_hospitals_own_authority()
    {
        using var session = new CliSession();
        session.Variables["VERIDICOM_PASSPHRASE"] = CliSession.Secret;
        string pem = session.Run("init", "--csr", "--name", "Kantonsspital").Exited(0).Output;
        CertificateRequest request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        Assert.Equal("O=Kantonsspital, CN=Sealing", request.SubjectName.Name);
        Assert.Contains("init --import", session.Run("seal", session.WriteSlice("a.dcm"), "--in-place").Exited(7).Error, StringComparison.Ordinal);

        Party root = TrustKit.Authority("Root CA"), issuing = TrustKit.Authority("Issuing CA", root), stranger = TrustKit.Signer(issuing);
        byte[] issued = Issue(request, issuing);
        string certificates = session.Write("answer.pem", Pem(root.Der.Span, issued, issuing.Der.Span)); // in no particular order
        Assert.Contains("no certificate is for the key", session.Run("init", "--import", session.Write("other.pem", Pem(stranger.Der.Span.ToArray()))).Exited(7).Error, StringComparison.Ordinal);
        session.Run("init", "--import", certificates).Exited(0);

        Assert.False(File.Exists(Path.Combine(session.Home, "request.pem")));
        string image = session.WriteSlice("a.dcm");
        session.Run("seal", image, "--in-place").Exited(0);
        Assert.StartsWith("authentic", session.Run("verify", image).Exited(0).Output, StringComparison.Ordinal);
        Assert.Contains("CN=Root CA", session.Run("show", image).Exited(0).Output, StringComparison.Ordinal);
        Assert.Contains("another authority", session.Run("key", "renew").Exited(7).Error, StringComparison.Ordinal);
        Assert.Contains("BEGIN CERTIFICATE REQUEST", session.Run("key", "renew", "--csr").Exited(0).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_certificate_that_may_not_seal_is_not_imported()
    {
        using var session = new CliSession();
        session.Variables["VERIDICOM_PASSPHRASE"] = CliSession.Secret;
        string pem = session.Run("init", "--csr", "--name", "A").Exited(0).Output;
        CertificateRequest request = CertificateRequest.LoadSigningRequestPem(pem, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], false)); // a web server's
        Party root = TrustKit.Authority();
        session.Run("init", "--import", session.Write("answer.pem", Pem(Issue(request, root), root.Der.Span.ToArray()))).Exited(7);
        Assert.False(File.Exists(Path.Combine(session.Home, "sealing.pem")));
    }

    [Fact]
    public void A_certificate_is_renewed_and_older_seals_stay_authentic()
    {
        using CliSession session = CliSession.WithOrganisation();
        string old = session.WriteSlice("old.dcm"), young = session.WriteSlice("young.dcm", 1);
        session.Run("seal", old, "--in-place").Exited(0);

        session.Clock.Now = CliSession.Start.AddDays(761 - 20);
        Assert.Contains("expires on 2028-07-01 - renew it: veridicom key renew", session.Run("seal", young, "--in-place").Exited(0).Error, StringComparison.Ordinal);
        Assert.Contains("expires in 20 days", session.Run("key", "list").Exited(0).Error, StringComparison.Ordinal);
        session.Run("key", "renew").Exited(0);

        Assert.DoesNotContain("expires", session.Run("key", "list").Exited(0).Error, StringComparison.Ordinal);
        Assert.Single(Directory.GetFiles(Path.Combine(session.Home, "retired")));
        Assert.StartsWith("authentic", session.Run("verify", old).Exited(0).Output, StringComparison.Ordinal);
        string third = session.WriteSlice("third.dcm", 2);
        Assert.Empty(session.Run("seal", third, "--in-place").Exited(0).Error);
        session.Run("verify", third).Exited(0);
    }

    [Fact]
    public void An_expired_certificate_seals_nothing()
    {
        using CliSession session = CliSession.WithOrganisation();
        string image = session.WriteSlice("a.dcm");
        session.Clock.Now = CliSession.Start.AddDays(800);
        Assert.Contains("expired on 2028-07-01 - renew it", session.Run("seal", image, "--in-place").Exited(7).Error, StringComparison.Ordinal);
        session.Clock.Now = CliSession.Start.AddDays(-1);
        Assert.Contains("check the clock", session.Run("seal", image, "--in-place").Exited(7).Error, StringComparison.Ordinal);
        Assert.Equal(CliSession.Slice(0), File.ReadAllBytes(image));
    }

    [Fact]
    public void A_backup_brings_everything_back()
    {
        using CliSession session = CliSession.WithOrganisation();
        string backup = session.PathOf("backup.p12"), image = session.WriteSlice("a.dcm");
        string before = session.Run("key", "list", "--json").Exited(0).Output;
        session.Run("key", "backup", backup).Exited(0);
        if (!OperatingSystem.IsWindows()) Assert.Equal(OwnerOnly, File.GetUnixFileMode(backup));
        Assert.DoesNotContain("PRIVATE", File.ReadAllText(backup), StringComparison.Ordinal);
        session.Run("key", "backup", backup).Exited(7); // a backup is not overwritten either
        session.Run("key", "restore", backup).Exited(7); // nor are keys

        Directory.Delete(session.Home, recursive: true);
        session.Variables["VERIDICOM_PASSPHRASE"] = "something else";
        session.Run("key", "restore", backup).Exited(7);
        session.Variables["VERIDICOM_PASSPHRASE"] = CliSession.Secret;
        session.Run("key", "restore", backup).Exited(0);

        Assert.Equal(before, session.Run("key", "list", "--json").Exited(0).Output);
        session.Run("seal", image, "--in-place").Exited(0);
        session.Run("verify", image).Exited(0);
        session.Run("key", "renew").Exited(0); // the authority is back, too
    }

    [Fact]
    public void A_file_that_is_no_backup_is_refused()
    {
        using var session = new CliSession();
        session.Variables["VERIDICOM_PASSPHRASE"] = CliSession.Secret;
        session.Run("key", "restore", session.Write("x.p12", "no backup"u8)).Exited(5);
        session.Run("key", "restore", session.PathOf("missing.p12")).Exited(7);
        Assert.False(Directory.Exists(session.Home));
    }

    [Fact]
    public void Key_list_is_json_on_demand_and_says_what_is_missing()
    {
        using CliSession session = CliSession.WithOrganisation();
        string[] lines = session.Run("key", "list", "--json").Exited(0).Lines;
        Assert.Equal(["authority", "sealing"], lines.Select(line => JsonDocument.Parse(line).RootElement.GetProperty("role").GetString()));
        using var empty = new CliSession();
        Assert.Contains("veridicom init", empty.Run("key", "list").Exited(7).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_damaged_key_file_says_how_to_get_it_back()
    {
        using CliSession session = CliSession.WithOrganisation();
        File.WriteAllText(Path.Combine(session.Home, "sealing.pem"), "-----BEGIN CERTIFICATE-----\nnothing");
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(Path.Combine(session.Home, "sealing.pem"), OwnerOnly);
        Assert.Contains("key restore", session.Run("seal", session.WriteSlice("a.dcm"), "--in-place").Exited(7).Error, StringComparison.Ordinal);
    }

    private static byte[] Issue(CertificateRequest request, Party issuer)
    {
        using X509Certificate2 issued = request.Create(new X500DistinguishedName(issuer.Certificate.Subject.Span), X509SignatureGenerator.CreateForECDsa((ECDsa)issuer.Key), TrustKit.Start, TrustKit.End, [1, 2, 3]);
        return issued.RawData;
    }

    private static byte[] Pem(params ReadOnlySpan<byte[]> certificates)
    {
        var text = new System.Text.StringBuilder();
        foreach (byte[] der in certificates) text.Append(PemBlocks.Write(PemBlocks.CertificateLabel, der));
        return System.Text.Encoding.ASCII.GetBytes(text.ToString());
    }

    private static byte[] Pem(ReadOnlySpan<byte> first, byte[] second, ReadOnlySpan<byte> third) => Pem(first.ToArray(), second, third.ToArray());
}
