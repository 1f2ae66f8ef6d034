using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Veridicom.Tests.Gateway.Access;

/// <summary>Tokens made without any library of tokens: good ones, and bad ones in one point.</summary>
internal sealed class JwtByHand
{
    public ECDsa Key { get; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    public JsonObject Header { get; } = new() { ["alg"] = "ES256", ["typ"] = "JWT" };

    public JsonObject Claims { get; }

    public JwtByHand(DateTimeOffset now) => Claims = new JsonObject
    {
        ["iss"] = "https://issuer.example", ["aud"] = "veridicom", ["sub"] = "dr.house", ["scope"] = "read",
        ["exp"] = now.AddMinutes(10).ToUnixTimeSeconds(), ["nbf"] = now.ToUnixTimeSeconds(),
    };

    public string Sign() => Sign(data => Key.SignData(data, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation));

    public string Sign(Func<byte[], byte[]> sign) => Sign(Header.ToJsonString(), Claims.ToJsonString(), sign);

    public static string Sign(string header, string claims, Func<byte[], byte[]> sign)
    {
        string text = Base64Url.EncodeToString(Encoding.UTF8.GetBytes(header)) + '.' + Base64Url.EncodeToString(Encoding.UTF8.GetBytes(claims));
        return text + '.' + Base64Url.EncodeToString(sign(Encoding.ASCII.GetBytes(text)));
    }

    /// <summary>A JWK Set with this key alone.</summary>
    public string KeySet(string? kid = null)
    {
        ECParameters key = Key.ExportParameters(false);
        var jwk = new JsonObject { ["kty"] = "EC", ["crv"] = "P-256", ["x"] = Base64Url.EncodeToString(key.Q.X), ["y"] = Base64Url.EncodeToString(key.Q.Y) };
        if (kid is not null) jwk["kid"] = kid;
        return new JsonObject { ["keys"] = new JsonArray(jwk) }.ToJsonString(new JsonSerializerOptions { WriteIndented = true });
    }
}
