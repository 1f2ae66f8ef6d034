using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging.Abstractions;
using Veridicom.Cli;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dimse;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.Tls;
using Veridicom.Dimse.User;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Hosting;
using Veridicom.Tests.Registry;
using Xunit;

namespace Veridicom.Tests.Gateway;

/// <summary>
/// The tables of docs/reference/conformance.md, made from what the code negotiates, limits and serves. <see cref="Make_the_tables"/> writes them, and
/// runs only when asked for: dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*ConformancePageTests.Make_the_tables'
/// </summary>
public sealed partial class ConformancePageTests
{
    private static readonly string Page = Repository.PathOf("docs", "reference", "conformance.md");

    private static readonly DimseServerOptions Server = new() { EndPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, 0) };

    [Fact]
    public async Task The_tables_are_those_of_the_code()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "the page names the cipher suites of Linux");
        string text = await File.ReadAllTextAsync(Page, TestContext.Current.CancellationToken);

        Assert.True(text.ReplaceLineEndings("\n") == await FilledAsync(text), "docs/reference/conformance.md is out of date: dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*ConformancePageTests.Make_the_tables'");
        Assert.Equal(Tables.Order(), Marker().Matches(text).Select(match => match.Groups[1].Value).Order());
    }

    [Fact(Explicit = true)]
    public async Task Make_the_tables() => await File.WriteAllTextAsync(Page, await FilledAsync(await File.ReadAllTextAsync(Page, TestContext.Current.CancellationToken)), TestContext.Current.CancellationToken);

    [Fact]
    public void The_chapters_stand_in_the_order_of_the_standard()
    {
        string[] wanted =
        [
            "1 Conformance statement overview", "2 Revision history", "3 Introduction", "4 Networking", "5 Media interchange", "6 Transformation of DICOM to CDA",
            "7 Support of character sets", "8 Security", "9 Annexes",
        ];

        Assert.Equal(wanted, File.ReadAllLines(Page).Where(line => line.StartsWith("## ", StringComparison.Ordinal)).Select(line => line[3..]));
    }

    private static readonly string[] Tables = ["identity", "transfer-syntaxes", "storage-classes", "limits", "http", "tls", "tokens"];

    private static async Task<string> FilledAsync(string text)
    {
        var made = new Dictionary<string, string>
        {
            ["identity"] = Identity(), ["transfer-syntaxes"] = TransferSyntaxes(), ["storage-classes"] = StorageClasses(), ["limits"] = Limits(), ["http"] = await HttpAsync(), ["tls"] = Tls(), ["tokens"] = Tokens(),
        };
        return Section().Replace(text.ReplaceLineEndings("\n"), match => $"<!-- table: {match.Groups[1].Value} -->\n{made[match.Groups[1].Value]}<!-- end -->");
    }

    private static string Identity() => Rows(["", "value"],
        ["Implementation Class UID", $"`{DimseImplementation.ClassUid}`"], ["Implementation Version Name", $"`{DimseImplementation.VersionName}`"],
        ["Application context", $"`{PduCodec.DicomApplicationContext}`"], ["AE title", $"`{new DicomSettings().AeTitles[0]}`, configurable, several"], ["Port", $"{new DicomSettings().Port}, configurable"]);

    private static string TransferSyntaxes() => Rows(["transfer syntax", "UID", "storage", "storage commitment, verification"],
        [.. TransferSyntax.All.OrderBy(s => s.Uid, StringComparer.Ordinal).Select(syntax => (string[])
            [syntax.Name + (syntax.IsRetired ? " (retired)" : ""), $"`{syntax.Uid}`", Mark(Accepts("1.2.840.10008.5.1.4.1.1.2", syntax.Uid)), (Accepts(DimseUid.StorageCommitment, syntax.Uid), Accepts(DimseUid.Verification, syntax.Uid)) switch
            {
                (true, true) => "yes", (false, true) => "verification", (false, false) => "no", _ => "storage commitment",
            }])]);

    private static string StorageClasses() => Rows(["SOP class", "UID"],
        [.. DicomUids.StorageClasses().OrderBy(c => c.Name, StringComparer.Ordinal).Select(sop =>
        {
            Assert.True(Accepts(sop.Uid, TransferSyntax.ExplicitVrLittleEndian.Uid), sop.Uid);
            return (string[])[sop.Name, $"`{sop.Uid}`"];
        })]);

    private static string Limits()
    {
        var settings = new DicomSettings();
        var association = new AssociationOptions();
        var target = new DimseTarget("host", 104, "A", "B");
        Assert.False(Accepts("1.2.840.10008.5.1.4.1.2.2.1", TransferSyntax.ExplicitVrLittleEndian.Uid)); // no query/retrieve
        Assert.True(Accepts("2.25.1", TransferSyntax.ExplicitVrLittleEndian.Uid));                        // private classes
        return Rows(["limit or timer", "default", "setting"],
            ["Maximum length of a P-DATA-TF received", $"{settings.MaxPduLength} bytes", "`dicom.maxPduLength`"],
            ["Maximum length of an A-ASSOCIATE PDU", $"{PduLimits.Default.MaxAssociateLength} bytes", ""],
            ["Presentation contexts of an association", PduLimits.Default.MaxContexts.ToString(CultureInfo.InvariantCulture), ""],
            ["Associations at once", settings.MaxAssociations.ToString(CultureInfo.InvariantCulture), "`dicom.maxAssociations`"],
            ["Associations at once from one address", settings.MaxAssociationsPerAddress.ToString(CultureInfo.InvariantCulture), "`dicom.maxAssociationsPerAddress`"],
            ["Connections that have no association yet", Server.MaxWaiting.ToString(CultureInfo.InvariantCulture), ""],
            ["Without a byte from the peer", $"{settings.IdleSeconds} s, then A-ABORT", "`dicom.idleSeconds`"],
            ["For one PDU to come whole, or to be taken", $"{settings.PduSeconds} s, then A-ABORT", "`dicom.pduSeconds`"],
            ["ARTIM: for the peer to close", $"{association.CloseTime.TotalSeconds:0} s", ""],
            ["As user: for a connection", $"{target.ConnectTime.TotalSeconds:0} s", ""],
            ["As user: for a response", $"{target.Options.IdleTime.TotalSeconds:0} s", ""],
            ["TLS handshake", $"{new TlsClientSettings(null!, null).HandshakeLimit.TotalSeconds:0} s", ""],
            ["Data set of a storage commitment", $"{Server.MaxCommitmentLength} bytes", ""]);
    }

    private static string Tls() => Rows(["", "value"],
        ["Protocols", "TLS 1.3, TLS 1.2"],
        ["Cipher suites (Linux)", Suites()]);

    private static string Suites()
    {
        if (!OperatingSystem.IsLinux()) throw new InvalidOperationException("elsewhere the platform chooses");
        return string.Join(", ", DicomTls.Suites!.AllowedCipherSuites.Select(suite => $"`{suite}`"));
    }

    private static string Tokens() => Rows(["", "value"],
        ["Algorithms", string.Join(", ", TokenCheck.Algorithms)], ["Clock skew", $"{TokenCheck.ClockSkew.TotalSeconds:0} s"], ["Longest token", $"{TokenCheck.Longest} characters"],
        ["Scopes", string.Join(", ", Enum.GetValues<Scope>().Select(scope => $"`{scope.Word()}`")) + "; read, write and verify also for one study, as `read:1.2.3`"], ["Most scopes of a token", ScopeText.Most.ToString(CultureInfo.InvariantCulture)]);

    /// <summary>Every operation that a gateway serves, as its OpenAPI page has it.</summary>
    private static async Task<string> HttpAsync()
    {
        using var scratch = new ScratchFolder();
        await using GatewayHost host = await GatewayHost.StartAsync(new GatewaySetup
        {
            Settings = new GatewayConfiguration { Http = new HttpSettings { Port = 0 }, Dicom = new DicomSettings { Port = null } }, Folder = new GatewayFolder(scratch.PathOf("gateway")),
            Organisation = "Hospital", Software = "Veridicom test", Signer = TrailKit.Signer, Trust = TrailKit.Trust, Randomness = SystemRandomness.Instance, Logs = NullLoggerFactory.Instance,
        }, TestContext.Current.CancellationToken);
        using var client = new HttpClient();
        using JsonDocument page = JsonDocument.Parse(await client.GetStringAsync(host.Url + "/openapi/v1.json", TestContext.Current.CancellationToken));
        var rows = new List<string[]>();
        foreach (JsonProperty path in page.RootElement.GetProperty("paths").EnumerateObject())
        {
            foreach (JsonProperty method in path.Value.EnumerateObject())
                rows.Add([method.Value.GetProperty("tags")[0].GetString()!, method.Name.ToUpperInvariant(), $"`{path.Name}`", method.Value.GetProperty("summary").GetString()!]);
        }
        return Rows(["service", "method", "path", ""], [.. rows.OrderBy(row => row[0] + row[2] + row[1], StringComparer.Ordinal)]);
    }

    private static bool Accepts(string abstractSyntax, string transferSyntax)
    {
        var request = new AssociateRequest { CalledAe = "A", CallingAe = "B", Contexts = [new ProposedContext(1, abstractSyntax, [transferSyntax])], User = new UserInformation() };
        return Negotiation.Accept(request, Server).Contexts[0].Result == ContextResult.Acceptance;
    }

    private static string Mark(bool yes) => yes ? "yes" : "no";

    private static string Rows(string[] head, params string[][] rows)
    {
        var text = new StringBuilder().Append("| ").AppendJoin(" | ", head).Append(" |\n|").AppendJoin('|', head.Select(_ => "---")).Append("|\n");
        foreach (string[] row in rows) text.Append("| ").AppendJoin(" | ", row.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).Append(" |\n");
        return text.ToString();
    }

    [GeneratedRegex("<!-- table: ([a-z-]+) -->\n(?s:.*?)<!-- end -->")]
    private static partial Regex Section();

    [GeneratedRegex("<!-- table: ([a-z-]+) -->")]
    private static partial Regex Marker();
}
