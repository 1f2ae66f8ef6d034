using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry.Journal;
using Xunit;

namespace Veridicom.Tests.Gateway.Access;

/// <summary>Access control in a real server: who gets in, who does not, and that the journal says so.</summary>
public sealed class AccessControlTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();
    private readonly JwtByHand _token = new(new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    private HttpSettings WithTokens()
    {
        string path = _scratch.PathOf("keys.json");
        File.WriteAllText(path, _token.KeySet());
        return new HttpSettings { Tokens = new TokenSettings { Issuer = "https://issuer.example", Audience = "veridicom", KeysFile = path } };
    }

    private static async Task<(HttpStatusCode Status, string Body, HttpResponseMessage Response)> GetAsync(HttpClient client, string path, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage response = await client.SendAsync(request, Stop);
        return (response.StatusCode, await response.Content.ReadAsStringAsync(Stop), response);
    }

    [Fact]
    public async Task Without_settings_who_is_on_this_machine_may_do_everything()
    {
        await using AccessHost host = await AccessHost.StartAsync(new HttpSettings());
        using HttpClient client = host.Client();

        foreach (string scope in Enum.GetNames<Scope>())
        {
            var (status, body, _) = await GetAsync(client, "/who/" + scope);
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Equal("loopback local", body);
        }
        Assert.Empty(host.Journal);
    }

    [Theory]
    [InlineData("Host", "evil.example", "another host")]
    [InlineData("Host", "127.0.0.1.evil.example:80", "another host")]
    [InlineData("Origin", "https://evil.example", "another site")]
    [InlineData("Origin", "null", "another site")]
    [InlineData("Sec-Fetch-Site", "cross-site", "another site")]
    [InlineData("Sec-Fetch-Site", "same-site", "another site")]
    [InlineData("X-Forwarded-For", "127.0.0.1", "proxy")]
    [InlineData("Forwarded", "for=127.0.0.1", "proxy")]
    [InlineData("Via", "1.1 proxy", "proxy")]
    public async Task A_request_that_only_passes_through_this_machine_is_not_trusted(string header, string value, string reason)
    {
        await using AccessHost host = await AccessHost.StartAsync(new HttpSettings());
        using HttpClient client = host.Client();

        var (status, body, _) = await GetAsync(client, "/who/read", (header, value));

        Assert.Equal(HttpStatusCode.Forbidden, status);
        Assert.Contains(reason, body, StringComparison.Ordinal);
        JournalEntry entry = Assert.Single(host.Journal);
        Assert.Equal((EntryKind.Denied, EntryOutcome.MinorFailure, "127.0.0.1"), (entry.Kind, entry.Outcome, entry.Who.Address));
    }

    [Fact]
    public async Task With_tokens_nobody_is_trusted_for_being_local()
    {
        await using AccessHost host = await AccessHost.StartAsync(WithTokens());
        using HttpClient client = host.Client();

        var (status, body, response) = await GetAsync(client, "/who/read");
        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Equal("Bearer realm=\"veridicom\"", Assert.Single(response.Headers.WwwAuthenticate).ToString());
        Assert.Equal(Problem.MediaType, response.Content.Headers.ContentType!.MediaType);
        Assert.Contains("no credential", body, StringComparison.Ordinal);

        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", _token.Sign());
        Assert.Equal("dr.house token TREATMENT", (await GetAsync(client, "/who/read", (AccessControl.PurposeHeader, "TREATMENT"))).Body);
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync(client, "/who/write")).Status);
        Assert.Equal(["unknown", "dr.house"], host.Journal.Select(entry => entry.Who.Name));
        Assert.Equal("may not GET /who/write", host.Journal.Last().Detail);
    }

    [Theory]
    [InlineData("Bearer not.a.token", "invalid_token")]
    [InlineData("Bearer", "invalid_request")]
    [InlineData("Basic YTpi", "invalid_request")]
    public async Task A_bad_credential_is_refused_even_where_none_is_needed(string value, string error)
    {
        await using AccessHost host = await AccessHost.StartAsync(WithTokens() with { TrustLoopback = true });
        using HttpClient client = host.Client();

        Assert.Equal("loopback local", (await GetAsync(client, "/who/read")).Body);
        var (status, _, response) = await GetAsync(client, "/who/read", ("Authorization", value));

        Assert.Equal(HttpStatusCode.Unauthorized, status);
        Assert.Contains($"error=\"{error}\"", Assert.Single(response.Headers.WwwAuthenticate).ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(65)]
    [InlineData(0)]
    public async Task A_purpose_that_is_too_long_or_not_printable_is_refused(int length)
    {
        await using AccessHost host = await AccessHost.StartAsync(new HttpSettings());
        using HttpClient client = host.Client();

        Assert.Equal(HttpStatusCode.BadRequest, (await GetAsync(client, "/who/read", (AccessControl.PurposeHeader, length > 0 ? new string('x', length) : "a\tb"))).Status);
        Assert.Equal("loopback local " + new string('x', 64), (await GetAsync(client, "/who/read", (AccessControl.PurposeHeader, new string('x', 64)))).Body);
    }

    [Fact]
    public async Task Health_is_open_and_metrics_are_for_this_machine_or_admins()
    {
        await using AccessHost host = await AccessHost.StartAsync(WithTokens());
        using HttpClient client = host.Client();

        Assert.Equal("alive", (await GetAsync(client, "/healthz")).Body);
        Assert.Equal("True", (await GetAsync(client, "/metrics")).Body);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(client, "/metrics", ("X-Forwarded-For", "203.0.113.9"))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await GetAsync(client, "/healthz/")).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await client.PostAsync("/healthz", null, Stop)).StatusCode);
    }

    [Fact]
    public async Task Every_response_has_the_headers_of_a_careful_server()
    {
        await using AccessHost host = await AccessHost.StartAsync(new HttpSettings());
        using HttpClient client = host.Client();

        foreach (string path in (string[])["/healthz", "/who/read", "/nowhere"])
        {
            var (_, _, response) = await GetAsync(client, path);
            Assert.Equal("nosniff", Assert.Single(response.Headers.GetValues("X-Content-Type-Options")));
            Assert.StartsWith("default-src 'none'", Assert.Single(response.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
            Assert.Equal("no-store", response.Headers.CacheControl!.ToString());
            Assert.False(response.Headers.Contains("Server"));
        }
    }

    [Fact]
    public async Task Who_asks_too_often_is_told_to_wait_and_a_flood_does_not_fill_the_journal()
    {
        await using AccessHost host = await AccessHost.StartAsync(new HttpSettings { RequestsPerSecond = 0.001, Burst = 3 });
        using HttpClient client = host.Client();

        for (int i = 0; i < 3; i++) Assert.Equal(HttpStatusCode.OK, (await GetAsync(client, "/who/read")).Status);
        for (int i = 0; i < 40; i++)
        {
            var (status, _, response) = await GetAsync(client, "/who/read");
            Assert.Equal(HttpStatusCode.TooManyRequests, status);
            Assert.True(response.Headers.RetryAfter!.Delta >= TimeSpan.FromSeconds(1));
        }
        Assert.Equal(DenialJournal.MostEach, host.Journal.Count);

        host.Clock.Now += TimeSpan.FromMinutes(1);
        await GetAsync(client, "/who/read");
        Assert.Contains("30 more denials", host.Journal.Last().Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_is_known_by_its_certificate()
    {
        using X509Certificate2 known = AccessHost.SelfSigned("viewer"), stranger = AccessHost.SelfSigned("viewer");
        var settings = new HttpSettings
        {
            Tls = AccessHost.Tls(_scratch, require: true),
            Callers = [new HttpCallerSettings { Name = "PACS viewer", Certificate = Convert.ToHexString(SHA256.HashData(known.RawData)), Scopes = ["read"] }],
        };
        await using AccessHost host = await AccessHost.StartAsync(settings);

        using HttpClient client = host.Client(known), other = host.Client(stranger), none = host.Client();
        Assert.Equal("PACS viewer certificate", (await GetAsync(client, "/who/read")).Body);
        Assert.Equal(HttpStatusCode.Forbidden, (await GetAsync(client, "/who/write")).Status);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(other, "/who/read"));
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(none, "/who/read"));
    }

    [Fact]
    public async Task A_token_bound_to_a_certificate_needs_that_connection()
    {
        using X509Certificate2 own = AccessHost.SelfSigned("own"), other = AccessHost.SelfSigned("other");
        _token.Claims["cnf"] = new System.Text.Json.Nodes.JsonObject { ["x5t#S256"] = System.Buffers.Text.Base64Url.EncodeToString(SHA256.HashData(own.RawData)) };
        await using AccessHost host = await AccessHost.StartAsync(WithTokens() with { Tls = AccessHost.Tls(_scratch, require: false) });
        var bearer = new AuthenticationHeaderValue("Bearer", _token.Sign());

        foreach ((X509Certificate2? certificate, HttpStatusCode wanted) in new[] { (own, HttpStatusCode.OK), (other, HttpStatusCode.Unauthorized), ((X509Certificate2?)null, HttpStatusCode.Unauthorized) })
        {
            using HttpClient client = host.Client(certificate);
            client.DefaultRequestHeaders.Authorization = bearer;
            Assert.Equal(wanted, (await GetAsync(client, "/who/read")).Status);
        }
    }

    [Fact]
    public async Task With_an_authorities_file_only_their_certificates_pass_the_handshake()
    {
        using X509Certificate2 own = AccessHost.SelfSigned("own", "1.3.6.1.5.5.7.3.2"), other = AccessHost.SelfSigned("other", "1.3.6.1.5.5.7.3.2");
        string authorities = _scratch.PathOf("authorities.pem");
        File.WriteAllText(authorities, own.ExportCertificatePem());
        await using AccessHost host = await AccessHost.StartAsync(WithTokens() with { Tls = AccessHost.Tls(_scratch, require: true, authorities) });

        using HttpClient client = host.Client(own), stranger = host.Client(other);
        Assert.Equal(HttpStatusCode.OK, (await GetAsync(client, "/healthz")).Status);
        await Assert.ThrowsAsync<HttpRequestException>(() => GetAsync(stranger, "/healthz"));
    }

    [Theory]
    [InlineData("0.0.0.0")]
    [InlineData("::")]
    [InlineData("192.0.2.7")]
    [InlineData("scanner.example")]
    public void Beyond_loopback_nothing_listens_without_TLS_and_authentication(string address)
    {
        HttpSettings bare = new() { Address = address }, tokens = WithTokens() with { Address = address, TrustLoopback = true };
        HttpSettings tls = bare with { Tls = AccessHost.Tls(_scratch, require: true) };

        foreach (HttpSettings settings in (HttpSettings[])[bare, tokens, tls])
            Assert.Throws<InsecureListenerException>(() => KestrelSetup.Configure(new KestrelServerOptions(), settings));
    }

    [Fact]
    public async Task A_key_that_others_may_read_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "files have no mode there");
        TlsSettings tls = AccessHost.Tls(_scratch, require: false);
        if (!OperatingSystem.IsWindows()) File.SetUnixFileMode(tls.KeyFile, UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Equal(TlsFault.KeyExposed, (await Assert.ThrowsAsync<TlsException>(() => AccessHost.StartAsync(new HttpSettings { Tls = tls }))).Fault);
    }
}
