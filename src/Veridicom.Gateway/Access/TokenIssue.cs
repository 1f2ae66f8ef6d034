using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace Veridicom.Gateway.Access;

/// <summary>Makes tokens for a site without an identity provider: JWTs signed with ES256 (RFC 7518 3.4), as <see cref="TokenCheck"/> takes them.</summary>
public static class TokenIssue
{
    /// <summary>Issuer and audience of our own tokens where nothing else is said.</summary>
    public const string OwnIssuer = "veridicom", OwnAudience = "veridicom";

    /// <summary>A signed token.</summary>
    /// <param name="key">On P-256.</param>
    /// <param name="issuer">iss.</param>
    /// <param name="audience">aud.</param>
    /// <param name="subject">sub: stands in the audit trail.</param>
    /// <param name="scope">Scopes apart by spaces.</param>
    /// <param name="now">iat and nbf.</param>
    /// <param name="life">From now to exp.</param>
    /// <param name="identifier">jti.</param>
    public static string Make(ECDsa key, string issuer, string audience, string subject, string scope, DateTimeOffset now, TimeSpan life, string identifier)
    {
        string header = Part(json =>
        {
            json.WriteString("alg", "ES256");
            json.WriteString("typ", "JWT");
            json.WriteString("kid", Thumbprint(key.ExportParameters(includePrivateParameters: false)));
        });
        string claims = Part(json =>
        {
            json.WriteString("iss", issuer);
            json.WriteString("aud", audience);
            json.WriteString("sub", subject);
            json.WriteString("scope", scope);
            json.WriteNumber("iat", now.ToUnixTimeSeconds());
            json.WriteNumber("nbf", now.ToUnixTimeSeconds());
            json.WriteNumber("exp", (now + life).ToUnixTimeSeconds());
            json.WriteString("jti", identifier);
        });
        string signed = header + '.' + claims;
        byte[] signature = key.SignData(Encoding.ASCII.GetBytes(signed), HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        return signed + '.' + Base64Url.EncodeToString(signature);
    }

    /// <summary>The JWK Set (RFC 7517) of public keys on P-256, for <c>TokenSettings.KeysFile</c>.</summary>
    public static string KeySet(IEnumerable<ECParameters> keys)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Indented = true, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteStartArray("keys");
            foreach (ECParameters key in keys)
            {
                json.WriteStartObject();
                json.WriteString("kty", "EC");
                json.WriteString("crv", "P-256");
                json.WriteString("use", "sig");
                json.WriteString("alg", "ES256");
                json.WriteString("kid", Thumbprint(key));
                json.WriteString("x", Base64Url.EncodeToString(key.Q.X));
                json.WriteString("y", Base64Url.EncodeToString(key.Q.Y));
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.WrittenSpan) + "\n";
    }

    /// <summary>The thumbprint of a key (RFC 7638 3), by which tokens name it.</summary>
    public static string Thumbprint(ECParameters key)
    {
        string members = $$"""{"crv":"P-256","kty":"EC","x":"{{Base64Url.EncodeToString(key.Q.X)}}","y":"{{Base64Url.EncodeToString(key.Q.Y)}}"}""";
        return Base64Url.EncodeToString(SHA256.HashData(Encoding.ASCII.GetBytes(members)));
    }

    private static string Part(Action<Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        return Base64Url.EncodeToString(buffer.WrittenSpan);
    }
}
