using System.Text;
using System.Text.RegularExpressions;
using Veridicom.Gateway.Configuration;
using Veridicom.Tests.House;
using Xunit;

namespace Veridicom.Tests.Gateway.Configuration;

/// <summary>What stands in a configuration is read strictly, and everything that is wrong is told at once, with its place.</summary>
public sealed class ConfigurationTests : IDisposable
{
    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private GatewayConfiguration Parse(string json) => ConfigurationFile.Parse(Encoding.UTF8.GetBytes(json), _folder.Root);

    private IReadOnlyList<ConfigurationError> Errors(string json) => Assert.Throws<ConfigurationException>(() => Parse(json)).Errors;

    private void Secret(string name, UnixFileMode mode = UnixFileMode.UserRead | UnixFileMode.UserWrite)
    {
        string path = _folder.Write(name, "secret"u8);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(path, mode);
    }

    [Fact]
    public void Nothing_set_is_the_default_and_listens_on_loopback_only()
    {
        GatewayConfiguration settings = Parse("{}");

        Assert.Equal("127.0.0.1", settings.Dicom.Address);
        Assert.Equal(11112, settings.Dicom.Port);
        Assert.Equal("127.0.0.1", settings.Http.Address);
        Assert.Equal("seal", Assert.Single(settings.Routes).Do);
        Assert.Empty(settings.Destinations);
    }

    [Fact]
    public void A_null_port_does_not_listen_and_zero_takes_a_free_one()
    {
        Assert.Null(Parse("""{"dicom":{"port":null}}""").Dicom.Port);
        Assert.Equal(0, Parse("""{"http":{"port":0}}""").Http.Port);
    }

    [Theory]
    [InlineData("{\n \"dicom\": {\n  \"ports\": 1 } }", "dicom.ports", 3, "is 'port' meant?")]
    [InlineData("{\n \"nonsense\": {\"a\": [1]} }", "nonsense", 2, "settings here")]
    [InlineData("{\n \"dicom\": { \"port\": 1,\n \"port\": 2 } }", "dicom.port", 3, "keep one")]
    [InlineData("{ \"dicom\": { \"port\": \"11112\" } }", "dicom.port", 1, "whole number")]
    [InlineData("{ \"dicom\": { \"port\": 1.5 } }", "dicom.port", 1, "whole number")]
    [InlineData("{ \"dicom\": { \"aeTitles\": \"A\" } }", "dicom.aeTitles", 1, "list")]
    [InlineData("{ \"dicom\": { \"aeTitles\": [\"A\", null] } }", "dicom.aeTitles[1]", 1, "text")]
    [InlineData("{ \"dicom\": null }", "dicom", 1, "object")]
    [InlineData("{ \"dicom\": [] }", "dicom", 1, "object")]
    [InlineData("{ \"dicom\": { \"insecureNetwork\": 1 } }", "dicom.insecureNetwork", 1, "true or false")]
    [InlineData("{ \"http\": { \"requestsPerSecond\": \"many\" } }", "http.requestsPerSecond", 1, "number")]
    [InlineData("{\n\n \"routes\": [ {} ] }", "routes[0].name", 3, "set it")]
    [InlineData("{ \"dicom\": { // here\n } }", "", 1, "comment")]
    [InlineData("{ \"dicom\": {} } x", "", 1, "comma")]
    [InlineData("{ \"dicom\": {},\n }", "", 2, "comma")]
    [InlineData("", "", 1, "comma")]
    [InlineData("{ \"folder\": \"\\ud800\" }", "", 1, "UTF-8")]
    public void The_shape_is_held_against_the_settings(string json, string path, long line, string remedy)
    {
        ConfigurationError error = Errors(json)[0];

        Assert.Equal((path, (long?)line), (error.Path, error.Line));
        Assert.Contains(remedy, error.Remedy, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"dicom":{"port":null},"http":{"port":null}}""", "dicom.port")]
    [InlineData("""{"dicom":{"port":65536}}""", "dicom.port")]
    [InlineData("""{"dicom":{"address":"scanner.example"}}""", "dicom.address")]
    [InlineData("""{"dicom":{"aeTitles":[]}}""", "dicom.aeTitles")]
    [InlineData("""{"dicom":{"aeTitles":["ABCDEFGHIJKLMNOPQ"]}}""", "dicom.aeTitles[0]")]
    [InlineData("""{"dicom":{"aeTitles":["A\\B"]}}""", "dicom.aeTitles[0]")]
    [InlineData("""{"dicom":{"aeTitles":["A","A"]}}""", "dicom.aeTitles[1]")]
    [InlineData("""{"dicom":{"peers":[{"aeTitle":"CT","addresses":["10.0.0.1/8"]}]}}""", "dicom.peers[0].addresses[0]")]
    [InlineData("""{"dicom":{"peers":[{"aeTitle":"CT","host":"ct"}]}}""", "dicom.peers[0].host")]
    [InlineData("""{"dicom":{"peers":[{"aeTitle":"CT","certificates":["00"]}]}}""", "dicom.peers[0].certificates[0]")]
    [InlineData("""{"dicom":{"address":"0.0.0.0"}}""", "dicom.address")]
    [InlineData("""{"dicom":{"address":"0.0.0.0","insecureNetwork":true}}""", "dicom.peers")]
    [InlineData("""{"dicom":{"address":"0.0.0.0","insecureNetwork":true,"peers":[{"aeTitle":"CT"}]}}""", "dicom.peers[0].addresses")]
    [InlineData("""{"http":{"address":"0.0.0.0"}}""", "http.address")]
    [InlineData("""{"http":{"requestsPerSecond":0}}""", "http.requestsPerSecond")]
    [InlineData("""{"http":{"callers":[{"name":"a","certificate":"0000000000000000000000000000000000000000000000000000000000000000","scopes":["root"]}]}}""", "http.callers[0].scopes[0]")]
    [InlineData("""{"registry":{"kind":"oracle"}}""", "registry.kind")]
    [InlineData("""{"registry":{"kind":"postgresql"}}""", "registry.connectionFile")]
    [InlineData("""{"routes":[]}""", "routes")]
    [InlineData("""{"routes":[{"name":"a","do":"nothing"}]}""", "routes[0].do")]
    [InlineData("""{"routes":[{"name":"unreadable","do":"seal"}]}""", "routes[0].name")]
    [InlineData("""{"routes":[{"name":"a","do":"seal"},{"name":"b","do":"pass"}]}""", "routes[1]")]
    [InlineData("""{"routes":[{"name":"a","do":"seal","callingAe":["CT"]},{"name":"a","do":"pass"}]}""", "routes[1]")]
    [InlineData("""{"routes":[{"name":"a","do":"seal","forwardTo":["pacs"]}]}""", "routes[0].forwardTo[0]")]
    [InlineData("""{"routes":[{"name":"a","do":"seal","protocol":["ftp"]}]}""", "routes[0].protocol[0]")]
    [InlineData("""{"routes":[{"name":"a","do":"verify-or-quarantine","accept":["good"]}]}""", "routes[0].accept[0]")]
    [InlineData("""{"routes":[{"name":"a","do":"verify","policyFile":"missing.json"}]}""", "routes[0].policyFile")]
    [InlineData("""{"destinations":[{"name":"pacs"}]}""", "destinations[0]")]
    [InlineData("""{"destinations":[{"name":"pacs","host":"127.0.0.1","aeTitle":"P","url":"https://pacs.example/"}]}""", "destinations[0]")]
    [InlineData("""{"destinations":[{"name":"pacs","host":"127.0.0.1"}]}""", "destinations[0].aeTitle")]
    [InlineData("""{"destinations":[{"name":"pacs","host":"192.0.2.1","aeTitle":"P"}]}""", "destinations[0].tls")]
    [InlineData("""{"destinations":[{"name":"pacs","url":"http://pacs.example/"}]}""", "destinations[0].url")]
    [InlineData("""{"destinations":[{"name":"pacs","url":"https://me:secret@pacs.example/"}]}""", "destinations[0].url")]
    [InlineData("""{"destinations":[{"name":"pacs","url":"https://pacs.example/","storageCommitment":true}]}""", "destinations[0].storageCommitment")]
    [InlineData("""{"sealing":{"passphraseFile":"missing"}}""", "sealing.passphraseFile")]
    [InlineData("""{"trust":["missing.pem"]}""", "trust[0]")]
    [InlineData("""{"audit":{"syslog":"syslog.example"}}""", "audit.syslog")]
    [InlineData("""{"audit":{"checkpointEntries":0}}""", "audit.checkpointEntries")]
    [InlineData("""{"webhooks":[{"url":"http://example.org/"}]}""", "webhooks[0].url")]
    [InlineData("""{"webhooks":[{"url":"http://127.0.0.1/","events":["everything"]}]}""", "webhooks[0].events[0]")]
    public void What_makes_no_sense_is_an_error_at_its_place(string json, string path)
    {
        ConfigurationError error = Errors(json).First(e => e.Path == path);

        Assert.NotEmpty(error.Text);
        Assert.NotEmpty(error.Remedy);
    }

    [Fact]
    public void Everything_wrong_is_told_at_once_in_the_order_of_its_lines()
    {
        IReadOnlyList<ConfigurationError> errors = Errors("""
            {
              "routes": [ { "name": "a b", "do": "seal" } ],
              "audit": { "checkpointMinutes": 0 },
              "dicom": { "aeTitles": [ "" ] }
            }
            """);

        Assert.Equal([2L, 3L, 4L], errors.Select(e => e.Line!.Value));
        Assert.Equal("line 3, audit.checkpointMinutes: is out of range - write 1 to 10080", errors[1].ToString());
    }

    [Fact]
    public void A_secret_that_others_may_read_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "file modes");
        Secret("open", UnixFileMode.UserRead | UnixFileMode.GroupRead);
        Secret("closed");

        Assert.Equal("others may read or write the file", Assert.Single(Errors("""{"sealing":{"passphraseFile":"open"}}""")).Text);
        Assert.Equal(_folder.PathOf("closed"), Parse("""{"sealing":{"passphraseFile":"closed"}}""").Sealing.PassphraseFile);
    }

    [Fact]
    public void Beyond_loopback_the_settings_that_are_asked_for_suffice()
    {
        foreach (string name in (string[])["cert.pem", "ca.pem", "keys.json"]) _folder.Write(name, "x"u8);
        Secret("key.pem");
        const string tls = """{"certificateFile":"cert.pem","keyFile":"key.pem","clientAuthoritiesFile":"ca.pem"}""";

        GatewayConfiguration settings = Parse($$$$"""{"dicom":{"address":"0.0.0.0","tls":{{{{tls}}}},"peers":[{"aeTitle":"CT","certificates":["{{{{new string('a', 64)}}}}"]}]},"http":{"address":"::","tls":{{{{tls}}}},"tokens":{"issuer":"i","audience":"a","keysFile":"keys.json"}}}""");

        Assert.Equal(_folder.PathOf("cert.pem"), settings.Dicom.Tls!.CertificateFile);
        Assert.Equal("dicom.tls.requireClientCertificate", Assert.Single(Errors($$$$"""{"dicom":{"address":"0.0.0.0","tls":{"certificateFile":"cert.pem","keyFile":"key.pem","requireClientCertificate":false},"peers":[{"aeTitle":"CT"}]}}""")).Path);
        ConfigurationError anybody = Assert.Single(Errors($$$$"""{"dicom":{"address":"0.0.0.0","tls":{{{{tls}}}},"peers":[{"aeTitle":"CT"}]}}"""));
        Assert.Equal("dicom.peers[0].certificates", anybody.Path);
        Assert.Contains("fingerprint", anybody.Remedy, StringComparison.Ordinal);
        Assert.NotNull(Parse("""{"dicom":{"address":"0.0.0.0","insecureNetwork":true,"peers":[{"aeTitle":"CT","addresses":["10.0.0.0/8","2001:db8::1"]}]}}"""));
    }

    [Fact]
    public void The_example_of_the_how_to_holds()
    {
        string page = File.ReadAllText(Repository.PathOf("docs", "how-to", "gateway.md"));
        string example = Regex.Match(page, "```json(.*?)```", RegexOptions.Singleline).Groups[1].Value;
        foreach (string name in (string[])["tls/gateway.pem", "tls/hospital.pem"]) _folder.Write(name, "x"u8);
        foreach (string name in (string[])["tls/gateway.key", "secrets/passphrase"]) Secret(name);

        GatewayConfiguration settings = Parse(example);

        Assert.Equal(["old-images", "scanners", "others"], settings.Routes.Select(r => r.Name));
        Assert.Equal("archive", Assert.Single(settings.Destinations).Name);
    }

    [Fact]
    public void A_file_of_any_bytes_is_read_or_refused_with_its_reasons()
    {
        byte[] good = Encoding.UTF8.GetBytes("""{"dicom":{"port":0,"aeTitles":["A","B"],"peers":[{"aeTitle":"CT","addresses":["10.0.0.0/8"]}]},"routes":[{"name":"r","do":"verify","modality":["CT"]}]}""");
        var random = new Random(20261122);
        int refused = 0;
        for (int i = 0; i < 3000; i++)
        {
            byte[] bytes = [.. good];
            for (int n = random.Next(1, 4); n > 0; n--) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                ConfigurationFile.Parse(bytes, _folder.Root);
            }
            catch (ConfigurationException e)
            {
                Assert.NotEmpty(e.Errors);
                refused++;
            }
        }
        Assert.InRange(refused, 1000, 3000);
    }

    [Fact]
    public void The_reference_page_is_the_one_of_the_settings()
    {
        using var wanted = new StringWriter { NewLine = "\n" };
        ConfigurationReference.Write(wanted);
        string page = Repository.PathOf("docs", "reference", "configuration.md");

        Findings.None(ConfigurationReference.Undescribed(), "settings without a description");
        Assert.True(File.Exists(page) && File.ReadAllText(page) == wanted.ToString(), "docs/reference/configuration.md is out of date: ./veridicom reference configuration > docs/reference/configuration.md");
    }
}
