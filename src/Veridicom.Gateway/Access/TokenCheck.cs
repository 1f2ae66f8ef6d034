using System.Buffers.Text;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Veridicom.Gateway.Configuration;

namespace Veridicom.Gateway.Access;

/// <summary>What a bearer token gives, or why it gives nothing.</summary>
/// <param name="Subject">sub; from outside, to be escaped.</param>
/// <param name="Grants">What its scopes allow.</param>
/// <param name="Refusal">Why it is not taken, for people; null where it is.</param>
public sealed record TokenAnswer(string Subject, IReadOnlyList<Grant> Grants, string? Refusal)
{
    internal static TokenAnswer Refused(string why) => new("", [], why);
}

/// <summary>
/// Judges bearer tokens: signed JWTs (RFC 7519, RFC 8725) of one issuer for one audience. Only asymmetric algorithms are taken; expiry and subject are
/// demanded; a critical header that we do not know (RFC 7515 4.1.11: all of them) and encrypted tokens are refused. A token bound to a certificate
/// (RFC 8705 3.1) is taken only over a connection that proved this certificate.
/// </summary>
public sealed class TokenCheck
{
    /// <summary>The longest token looked at, characters.</summary>
    public const int Longest = 8192;

    /// <summary>How far the clock of the issuer may differ.</summary>
    public static readonly TimeSpan ClockSkew = TimeSpan.FromSeconds(60);

    /// <summary>Signature algorithms taken (RFC 7518 3.1).</summary>
    public static IReadOnlyList<string> Algorithms { get; } = ["ES256", "ES384", "PS256", "PS384", "PS512", "RS256", "RS384", "RS512"];

    private const int LongestSubject = 128;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 16 };

    private readonly JsonWebTokenHandler _handler = new() { MaximumTokenSizeInBytes = Longest };
    private readonly TokenValidationParameters _parameters;

    /// <summary>Of these settings.</summary>
    /// <param name="settings">Issuer and audience.</param>
    /// <param name="keys">Keys of the issuer.</param>
    /// <param name="clock">What time it is.</param>
    public TokenCheck(TokenSettings settings, TokenKeys keys, TimeProvider clock)
    {
        _parameters = new TokenValidationParameters
        {
            ValidIssuer = settings.Issuer,
            ValidAudience = settings.Audience,
            ValidAlgorithms = Algorithms,
            RequireSignedTokens = true,
            RequireExpirationTime = true,
            RequireAudience = true,
            ValidateIssuerSigningKey = true,
            TryAllIssuerSigningKeys = false,
            LogValidationExceptions = false,
            IncludeTokenOnFailedValidation = false,
            IssuerSigningKeyResolver = (_, _, kid, _) => Candidates(keys.Current, kid),
            LifetimeValidator = (notBefore, expires, _, _) => IsNow(notBefore, expires, clock.GetUtcNow()),
        };
    }

    /// <summary>Judges a token.</summary>
    /// <param name="token">As it stands in the header.</param>
    /// <param name="certificate">The certificate that the connection proved, null without one.</param>
    public async Task<TokenAnswer> JudgeAsync(string token, X509Certificate2? certificate)
    {
        if (token.Length > Longest) return TokenAnswer.Refused("the token is too long");
        string[] parts = token.Split('.');
        if (parts.Length != 3) return TokenAnswer.Refused("the token is no signed JWT");
        if (RefusedHeader(parts[0]) is { } refusal) return TokenAnswer.Refused(refusal);

        TokenValidationResult result = await _handler.ValidateTokenAsync(token, _parameters);
        if (!result.IsValid || result.SecurityToken is not JsonWebToken) return TokenAnswer.Refused(Reason(result.Exception));
        // signed by the issuer: what follows is its own word, read once more so that no claim that stands there twice is taken
        return Claims(parts[1], certificate);
    }

    private static TokenAnswer Claims(string payload, X509Certificate2? certificate)
    {
        using JsonDocument? claims = TryParse(payload);
        if (claims is null) return TokenAnswer.Refused("the claims of the token are not plain JSON");
        JsonElement root = claims.RootElement;
        if (Text(root, "sub") is not { Length: >= 1 and <= LongestSubject } subject) return TokenAnswer.Refused("the token names no subject");
        if (Text(root, "scope") is not { } scope || ScopeText.Parse(scope) is not { } grants) return TokenAnswer.Refused("the token has no scope, or too many");
        if (root.TryGetProperty("cnf", out JsonElement confirmation) && !IsProven(confirmation, certificate)) return TokenAnswer.Refused("the token is bound to a key that the connection did not prove");
        return new TokenAnswer(subject, grants, null);
    }

    /// <summary>A confirmation that we cannot check is one that failed (RFC 7800 3.1).</summary>
    private static bool IsProven(JsonElement confirmation, X509Certificate2? certificate)
    {
        if (certificate is null || confirmation.ValueKind != JsonValueKind.Object || Text(confirmation, "x5t#S256") is not { } thumbprint) return false;
        if (confirmation.EnumerateObject().Count() != 1) return false;
        byte[] proven = SHA256.HashData(certificate.RawData);
        return CryptographicOperations.FixedTimeEquals(Encoding.ASCII.GetBytes(Base64Url.EncodeToString(proven)), Encoding.UTF8.GetBytes(thumbprint.TrimEnd('=')));
    }

    private static string? RefusedHeader(string part)
    {
        using JsonDocument? header = TryParse(part);
        if (header is null) return "the header of the token is not plain JSON";
        if (Text(header.RootElement, "alg") is not { } algorithm || !Algorithms.Contains(algorithm)) return "the token's algorithm is not taken";
        if (header.RootElement.TryGetProperty("crit", out _)) return "the token demands an extension that is not known here";
        // RFC 8725 3.11: what says that it is another kind of token is one
        return Text(header.RootElement, "typ") is { } type && !type.Equals("JWT", StringComparison.OrdinalIgnoreCase) && !type.Equals("at+jwt", StringComparison.OrdinalIgnoreCase)
            ? "the token is of another kind" : null;
    }

    private static JsonDocument? TryParse(string part)
    {
        try
        {
            JsonDocument document = JsonDocument.Parse(Base64Url.DecodeFromChars(part), Strict);
            if (document.RootElement.ValueKind == JsonValueKind.Object) return document;
            document.Dispose();
            return null;
        }
        catch (Exception e) when (e is FormatException or JsonException)
        {
            return null;
        }
    }

    private static string? Text(JsonElement from, string name) =>
        from.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IEnumerable<SecurityKey> Candidates(IReadOnlyList<SecurityKey> keys, string? kid) =>
        string.IsNullOrEmpty(kid) ? keys : keys.Where(key => key.KeyId is null || string.Equals(key.KeyId, kid, StringComparison.Ordinal));

    private static bool IsNow(DateTime? notBefore, DateTime? expires, DateTimeOffset now) =>
        expires is { } end && now < new DateTimeOffset(end, TimeSpan.Zero) + ClockSkew && (notBefore is not { } begin || new DateTimeOffset(begin, TimeSpan.Zero) - ClockSkew <= now);

    private static string Reason(Exception? exception) => exception switch
    {
        SecurityTokenNoExpirationException => "the token has no expiry",
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNotYetValidException => "the token is expired, or not yet valid",
        SecurityTokenInvalidIssuerException => "the token is of another issuer",
        SecurityTokenInvalidAudienceException => "the token is for another audience",
        SecurityTokenSignatureKeyNotFoundException => "the token is signed by a key that is not known",
        _ => "the token's signature is not good",
    };
}
