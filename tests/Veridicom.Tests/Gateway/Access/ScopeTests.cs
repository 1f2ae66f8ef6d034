using Veridicom.Gateway.Access;
using Veridicom.Registry.Journal;
using Xunit;

namespace Veridicom.Tests.Gateway.Access;

/// <summary>Scopes, and what they allow.</summary>
public sealed class ScopeTests
{
    [Theory]
    [InlineData("read")]
    [InlineData("write")]
    [InlineData("verify")]
    [InlineData("admin")]
    [InlineData("read:1.2.3")]
    [InlineData("verify:1")]
    public void A_scope_is_read(string text)
    {
        Assert.True(ScopeText.TryParse(text, out Grant grant));
        Assert.Equal(text, grant.Scope.Word() + (grant.StudyUid is null ? "" : ":" + grant.StudyUid));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Read")]
    [InlineData("read:")]
    [InlineData("read:1.2.3/4")]
    [InlineData("read:1:2")]
    [InlineData("admin:1.2.3")]
    [InlineData("openid")]
    [InlineData("read:11111111111111111111111111111111111111111111111111111111111111111")]
    public void What_is_none_is_not(string text) => Assert.False(ScopeText.TryParse(text, out _));

    [Fact]
    public void A_token_of_too_many_scopes_is_refused() =>
        Assert.Null(ScopeText.Parse(string.Join(' ', Enumerable.Range(0, ScopeText.Most + 1).Select(i => $"read:{i}"))));

    [Fact]
    public void A_grant_for_a_study_is_for_no_other()
    {
        var caller = new Caller(new Actor("a", "token", ""), ScopeText.Parse("read:1.2 write")!, null);

        Assert.True(caller.May(Scope.Read, "1.2"));
        Assert.True(caller.May(Scope.Verify, "1.2"));
        Assert.False(caller.May(Scope.Read, "1.3"));
        Assert.False(caller.May(Scope.Read, null));
        Assert.True(caller.May(Scope.Write, "9"));
        Assert.False(caller.May(Scope.Admin, null));
        Assert.Equal(["1.2"], caller.Studies(Scope.Read));
        Assert.Null(caller.Studies(Scope.Write));
        Assert.Equal([], caller.Studies(Scope.Admin)!);
    }
}
