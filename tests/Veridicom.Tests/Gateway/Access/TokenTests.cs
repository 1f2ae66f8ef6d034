using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Gateway.Access;

/// <summary>Bearer tokens: what is taken, and every way in which one is not (RFC 8725).</summary>
public sealed class TokenTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ScratchFolder _scratch = new();
    private readonly StandingClock _clock = new(Now);
    private readonly JwtByHand _token = new(Now);
    private readonly List<string> _warnings = [];

    public void Dispose() => _scratch.Dispose();

    private TokenCheck Check(string? keys = null)
    {
        string path = _scratch.PathOf("keys.json");
        File.WriteAllText(path, keys ?? _token.KeySet());
        return new TokenCheck(new TokenSettings { Issuer = "https://issuer.example", Audience = "veridicom", KeysFile = path }, new TokenKeys(path, _warnings.Add), _clock);
    }

    [Fact]
    public async Task A_good_token_gives_its_subject_and_scopes()
    {
        _token.Claims["scope"] = "openid read:1.2.840.1 write verify admin";

        TokenAnswer answer = await Check().JudgeAsync(_token.Sign(), null);

        Assert.Null(answer.Refusal);
        Assert.Equal("dr.house", answer.Subject);
        Assert.Equal([new Grant(Scope.Read, "1.2.840.1"), new Grant(Scope.Write, null), new Grant(Scope.Verify, null), new Grant(Scope.Admin, null)], answer.Grants);
    }

    public static TheoryData<string, Action<JsonObject, JsonObject>, string> Faults => new()
    {
        { "another issuer", (_, claims) => claims["iss"] = "https://issuer.example.evil", "issuer" },
        { "no issuer", (_, claims) => claims.Remove("iss"), "issuer" },
        { "another audience", (_, claims) => claims["aud"] = "pacs", "audience" },
        { "no audience", (_, claims) => claims.Remove("aud"), "audience" },
        { "no expiry", (_, claims) => claims.Remove("exp"), "expi" },
        { "expired", (_, claims) => claims["exp"] = Now.AddSeconds(-61).ToUnixTimeSeconds(), "expired" },
        { "not yet valid", (_, claims) => claims["nbf"] = Now.AddSeconds(61).ToUnixTimeSeconds(), "expired" },
        { "no subject", (_, claims) => claims.Remove("sub"), "subject" },
        { "a long subject", (_, claims) => claims["sub"] = new string('x', 129), "subject" },
        { "no scope", (_, claims) => claims.Remove("scope"), "scope" },
        { "a critical header", (header, _) => header["crit"] = new JsonArray("exp"), "extension" },
        { "alg none", (header, _) => header["alg"] = "none", "algorithm" },
        { "alg HS256", (header, _) => header["alg"] = "HS256", "algorithm" },
        { "alg of another key", (header, _) => header["alg"] = "RS256", "sign" },
        { "an identity token", (header, _) => header["typ"] = "logout+jwt", "kind" },
        { "bound to a key", (_, claims) => claims["cnf"] = new JsonObject { ["x5t#S256"] = "AAAA" }, "bound" },
        { "bound in another way", (_, claims) => claims["cnf"] = new JsonObject { ["jkt"] = "AAAA" }, "bound" },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task A_token_with_one_fault_is_refused(string fault, Action<JsonObject, JsonObject> change, string reason)
    {
        Assert.NotEmpty(fault);
        TokenCheck check = Check();
        Assert.Null((await check.JudgeAsync(_token.Sign(), null)).Refusal);

        change(_token.Header, _token.Claims);
        TokenAnswer answer = await check.JudgeAsync(_token.Sign(), null);

        Assert.Contains(reason, answer.Refusal, StringComparison.Ordinal);
        Assert.Empty(answer.Grants);
    }

    [Fact]
    public async Task The_clock_of_the_issuer_may_differ_by_a_minute()
    {
        TokenCheck check = Check();
        string token = _token.Sign();

        _clock.Now = Now.AddMinutes(10).AddSeconds(59);
        Assert.Null((await check.JudgeAsync(token, null)).Refusal);
        _clock.Now = Now.AddSeconds(-60);
        Assert.Null((await check.JudgeAsync(token, null)).Refusal);
        _clock.Now = Now.AddMinutes(11);
        Assert.NotNull((await check.JudgeAsync(token, null)).Refusal);
    }

    [Fact]
    public async Task A_token_signed_with_the_public_key_as_a_secret_is_refused()
    {
        TokenCheck check = Check();
        foreach (byte[] secret in new[] { _token.Key.ExportSubjectPublicKeyInfo(), Encoding.ASCII.GetBytes(_token.Key.ExportSubjectPublicKeyInfoPem()), Encoding.UTF8.GetBytes(_token.KeySet()) })
        {
            _token.Header["alg"] = "HS256";
            Assert.NotNull((await check.JudgeAsync(_token.Sign(data => HMACSHA256.HashData(secret, data)), null)).Refusal);
            _token.Header["alg"] = "ES256";
            Assert.NotNull((await check.JudgeAsync(_token.Sign(data => HMACSHA256.HashData(secret, data)), null)).Refusal);
        }
    }

    [Fact]
    public async Task A_key_in_the_header_is_not_believed()
    {
        var other = new JwtByHand(Now);
        other.Header["jwk"] = JsonNode.Parse(other.KeySet())!["keys"]![0]!.DeepClone();
        other.Header["jku"] = "https://evil.example/keys";

        Assert.NotNull((await Check().JudgeAsync(other.Sign(), null)).Refusal);
    }

    [Theory]
    [InlineData("{\"alg\":\"none\",\"alg\":\"ES256\"}", null)]
    [InlineData(null, "{\"iss\":\"https://issuer.example\",\"aud\":\"veridicom\",\"sub\":\"a\",\"exp\":9999999999,\"scope\":\"read\",\"scope\":\"admin\"}")]
    [InlineData(null, "[]")]
    [InlineData("\"ES256\"", null)]
    public async Task A_member_that_stands_twice_or_no_object_is_refused(string? header, string? claims)
    {
        string token = JwtByHand.Sign(header ?? _token.Header.ToJsonString(), claims ?? _token.Claims.ToJsonString(),
            data => _token.Key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

        Assert.NotNull((await Check().JudgeAsync(token, null)).Refusal);
    }

    [Fact]
    public async Task Any_byte_of_a_token_changed_is_refused()
    {
        TokenCheck check = Check();
        string token = _token.Sign();
        int refused = 0;
        for (int at = 0; at < token.Length; at += 3)
        {
            char[] changed = token.ToCharArray();
            changed[at] = changed[at] == 'A' ? 'B' : 'A';
            // the last character of a part has bits that nothing reads: a strict reader refuses them, or they mean the same
            if (at + 1 == token.Length || token[at + 1] == '.') continue;
            Assert.NotNull((await check.JudgeAsync(new string(changed), null)).Refusal);
            refused++;
        }
        Assert.True(refused > 50);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a.b.c")]
    [InlineData("a.b.c.d.e")]
    [InlineData("eyJhbGciOiJub25lIn0.e30.")]
    public async Task What_is_no_token_is_refused(string text) => Assert.NotNull((await Check().JudgeAsync(text, null)).Refusal);

    [Fact]
    public async Task A_token_that_is_too_long_is_refused() => Assert.Contains("long", (await Check().JudgeAsync(new string('a', TokenCheck.Longest + 1), null)).Refusal, StringComparison.Ordinal);

    [Fact]
    public async Task A_bound_token_needs_its_certificate()
    {
        using X509Certificate2 own = AccessHost.SelfSigned("own"), other = AccessHost.SelfSigned("other");
        _token.Claims["cnf"] = new JsonObject { ["x5t#S256"] = Base64Url.EncodeToString(SHA256.HashData(own.RawData)) };
        TokenCheck check = Check();
        string token = _token.Sign();

        Assert.Null((await check.JudgeAsync(token, own)).Refusal);
        Assert.NotNull((await check.JudgeAsync(token, other)).Refusal);
        Assert.NotNull((await check.JudgeAsync(token, null)).Refusal);
    }

    [Fact]
    public async Task Keys_are_read_again_when_their_file_changes_and_stay_when_it_is_broken()
    {
        TokenCheck check = Check(_token.KeySet("one"));
        var next = new JwtByHand(Now);
        string path = _scratch.PathOf("keys.json");
        Assert.NotNull((await check.JudgeAsync(next.Sign(), null)).Refusal);

        File.WriteAllText(path, "{ \"keys\": [ ");
        Assert.Null((await check.JudgeAsync(_token.Sign(), null)).Refusal);
        Assert.Single(_warnings);

        File.WriteAllText(path, next.KeySet("two") + "\n\n");
        Assert.Null((await check.JudgeAsync(next.Sign(), null)).Refusal);
        Assert.NotNull((await check.JudgeAsync(_token.Sign(), null)).Refusal);

        next.Header["kid"] = "three";
        Assert.NotNull((await check.JudgeAsync(next.Sign(), null)).Refusal);
        next.Header["kid"] = "two";
        Assert.Null((await check.JudgeAsync(next.Sign(), null)).Refusal);
    }

    [Fact]
    public async Task Keys_may_be_PEM_and_RSA()
    {
        using var rsa = RSA.Create(2048);
        TokenCheck check = Check(_token.Key.ExportSubjectPublicKeyInfoPem() + "\n" + rsa.ExportSubjectPublicKeyInfoPem());

        Assert.Null((await check.JudgeAsync(_token.Sign(), null)).Refusal);
        _token.Header["alg"] = "PS256";
        Assert.Null((await check.JudgeAsync(_token.Sign(data => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)), null)).Refusal);
        _token.Header["alg"] = "RS384";
        Assert.Null((await check.JudgeAsync(_token.Sign(data => rsa.SignData(data, HashAlgorithmName.SHA384, RSASignaturePadding.Pkcs1)), null)).Refusal);
        _token.Header["alg"] = "RS256";
        Assert.NotNull((await check.JudgeAsync(_token.Sign(data => rsa.SignData(data, HashAlgorithmName.SHA256, RSASignaturePadding.Pss)), null)).Refusal);
    }

    [Fact]
    public void A_secret_or_weak_key_in_the_file_is_refused_with_the_file()
    {
        using var weak = RSA.Create(1024);
        string[] bad =
        [
            """{"keys":[{"kty":"oct","k":"c2VjcmV0"}]}""", """{"keys":[]}""", "{}", "", "nonsense", weak.ExportSubjectPublicKeyInfoPem(), _token.Key.ExportPkcs8PrivateKeyPem(),
            _token.KeySet().Replace("\"kty\"", "\"d\": \"AA\", \"kty\"", StringComparison.Ordinal), """{"keys":[{"kty":"EC","crv":"P-256","x":"AA","y":"AA"}]}""",
        ];
        foreach (string text in bad) Assert.Throws<TokenKeysException>(() => Check(text));
    }

    [Fact]
    public async Task Our_own_tokens_are_taken()
    {
        string keys = TokenIssue.KeySet([_token.Key.ExportParameters(false)]);
        string path = _scratch.PathOf("own.json");
        File.WriteAllText(path, keys);
        var check = new TokenCheck(new TokenSettings { Issuer = TokenIssue.OwnIssuer, Audience = TokenIssue.OwnAudience, KeysFile = path }, new TokenKeys(path, _warnings.Add), _clock);

        string token = TokenIssue.Make(_token.Key, TokenIssue.OwnIssuer, TokenIssue.OwnAudience, "viewer \"7\"", "read:1.2 verify", Now, TimeSpan.FromHours(1), "id");
        TokenAnswer answer = await check.JudgeAsync(token, null);

        Assert.Null(answer.Refusal);
        Assert.Equal("viewer \"7\"", answer.Subject);
        Assert.Equal([new Grant(Scope.Read, "1.2"), new Grant(Scope.Verify, null)], answer.Grants);
    }
}
