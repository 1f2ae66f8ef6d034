using System.Text.Json.Nodes;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>token issue and keys: what they write is what the gateway takes.</summary>
public sealed class TokenCommandTests
{
    private static async Task<TokenAnswer> JudgeAsync(CliSession session, string token)
    {
        string path = session.PathOf("token-keys.json");
        await File.WriteAllTextAsync(path, session.Run("token", "keys").Exited(0).Output, TestContext.Current.CancellationToken);
        var settings = new TokenSettings { Issuer = "veridicom", Audience = "veridicom", KeysFile = path };
        return await new TokenCheck(settings, new TokenKeys(path, _ => { }), session.Clock).JudgeAsync(token, null);
    }

    [Fact]
    public async Task A_token_stands_alone_on_standard_output_and_is_taken_until_it_expires()
    {
        using var session = CliSession.WithOrganisation();

        CliResult issued = session.Run("token", "issue", "--subject", "viewer-7", "--scope", "read", "write", "--hours", "2").Exited(0);
        string token = Assert.Single(issued.Lines);

        TokenAnswer answer = await JudgeAsync(session, token);
        Assert.Equal((null, "viewer-7"), (answer.Refusal, answer.Subject));
        Assert.Equal([new Grant(Scope.Read, null), new Grant(Scope.Write, null)], answer.Grants);
        Assert.DoesNotContain(token, issued.Error, StringComparison.Ordinal);
        session.Clock.Now += TimeSpan.FromHours(2) + TokenCheck.ClockSkew;
        Assert.NotNull((await JudgeAsync(session, token)).Refusal);
    }

    [Fact]
    public async Task Studies_narrow_every_scope()
    {
        using var session = CliSession.WithOrganisation();

        string token = session.Run("token", "issue", "--subject", "a", "--scope", "read", "write", "--study", "1.2", "--study", "1.3").Exited(0).Lines[0];

        Assert.Equal([new Grant(Scope.Read, "1.2"), new Grant(Scope.Read, "1.3"), new Grant(Scope.Write, "1.2"), new Grant(Scope.Write, "1.3")], (await JudgeAsync(session, token)).Grants);
    }

    [Fact]
    public async Task A_new_key_ends_all_tokens_of_the_old_one()
    {
        using var session = CliSession.WithOrganisation();
        string token = session.Run("token", "issue", "--subject", "a", "--scope", "admin").Exited(0).Lines[0];
        Assert.Null((await JudgeAsync(session, token)).Refusal);

        session.Run("token", "keys", "--renew").Exited(0);

        Assert.NotNull((await JudgeAsync(session, token)).Refusal);
    }

    [Fact]
    public void The_key_is_the_owners_alone_encrypted_and_in_the_backup()
    {
        using var session = CliSession.WithOrganisation();
        JsonNode keys = JsonNode.Parse(session.Run("token", "keys").Exited(0).Output)!;
        string path = Path.Combine(session.Home, "token.pem"), text = File.ReadAllText(path);

        Assert.Null(keys["keys"]![0]!["d"]);
        Assert.Contains("BEGIN ENCRYPTED PRIVATE KEY", text, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        session.Run("key", "backup", session.PathOf("keys.p12")).Exited(0);
        foreach (string name in (string[])["authority.pem", "sealing.pem", "token.pem"]) File.Delete(Path.Combine(session.Home, name));
        session.Run("key", "restore", session.PathOf("keys.p12")).Exited(0);
        Assert.True(JsonNode.DeepEquals(keys, JsonNode.Parse(session.Run("token", "keys").Exited(0).Output)));

        session.Variables["VERIDICOM_PASSPHRASE"] = "another passphrase";
        Assert.Empty(session.Run("token", "issue", "--subject", "a", "--scope", "read").Exited(7).Output);
        Assert.Empty(session.Run("token", "keys", "--renew").Exited(7).Output);
    }

    [Fact]
    public void A_key_that_others_may_read_is_not_used()
    {
        if (OperatingSystem.IsWindows()) return;
        using var session = CliSession.WithOrganisation();
        session.Run("token", "keys").Exited(0);
        File.SetUnixFileMode(Path.Combine(session.Home, "token.pem"), UnixFileMode.UserRead | UnixFileMode.OtherRead);

        Assert.Contains("others may read", session.Run("token", "issue", "--subject", "a", "--scope", "read").Exited(7).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--subject", "a", "--scope", "root")]
    [InlineData("--subject", "", "--scope", "read")]
    [InlineData("--subject", "a\nb", "--scope", "read")]
    [InlineData("--subject", "a", "--scope", "read", "--hours", "0")]
    [InlineData("--subject", "a", "--scope", "read", "--hours", "9000")]
    [InlineData("--subject", "a", "--scope", "admin", "--study", "1.2")]
    [InlineData("--subject", "a", "--scope", "read", "--study", "1.2 admin")]
    [InlineData("--scope", "read")]
    public void Wrong_usage_issues_nothing(params string[] arguments)
    {
        using var session = CliSession.WithOrganisation();

        Assert.Empty(session.Run(["token", "issue", .. arguments]).Exited(2).Output);
        Assert.False(File.Exists(Path.Combine(session.Home, "token.pem")));
    }
}
