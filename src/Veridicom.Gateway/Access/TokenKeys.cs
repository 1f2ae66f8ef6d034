using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace Veridicom.Gateway.Access;

/// <summary>A file of keys that cannot be used.</summary>
public sealed class TokenKeysException(string text, Exception? inner = null) : Exception(text, inner);

/// <summary>
/// The public keys of an issuer of tokens: a JWK Set (RFC 7517) or PEM public keys, from a file that is read again when it has changed. RSA from
/// 2048 bits on, and EC on P-256 and P-384; symmetric keys and private keys are refused with the whole file. Safe for use by several threads.
/// </summary>
public sealed class TokenKeys
{
    private const int Longest = 1 << 20, MostKeys = 64, FewestRsaBits = 2048, MostRsaBits = 8192;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    private readonly string _path;
    private readonly Action<string> _warn;
    private readonly Lock _reading = new();
    private volatile Read _read;

    private sealed record Read(DateTime Written, long Length, IReadOnlyList<SecurityKey> Keys);

    /// <summary>Reads the file.</summary>
    /// <param name="path">JWK Set or PEM.</param>
    /// <param name="warn">Told where a changed file cannot be used; the keys read before stay in use then.</param>
    /// <exception cref="TokenKeysException">It cannot be used.</exception>
    public TokenKeys(string path, Action<string> warn)
    {
        (_path, _warn) = (path, warn);
        _read = Load(path);
    }

    /// <summary>The keys as the file has them now.</summary>
    public IReadOnlyList<SecurityKey> Current
    {
        get
        {
            Read read = _read;
            var file = new FileInfo(_path);
            if (!file.Exists || (file.LastWriteTimeUtc == read.Written && file.Length == read.Length)) return read.Keys;
            lock (_reading)
            {
                if (!ReferenceEquals(_read, read)) return _read.Keys;
                try
                {
                    _read = Load(_path);
                }
                catch (TokenKeysException e)
                {
                    // half written, or damaged: known keys stay good, and it is said once for each state of the file
                    _read = read with { Written = file.LastWriteTimeUtc, Length = file.Length };
                    _warn(e.Message);
                }
                return _read.Keys;
            }
        }
    }

    private static Read Load(string path)
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists) throw new TokenKeysException($"the file of token keys '{path}' does not exist");
            if (file.Length > Longest) throw new TokenKeysException($"the file of token keys '{path}' is longer than {Longest} bytes");
            string text = File.ReadAllText(path);
            IReadOnlyList<SecurityKey> keys = text.AsSpan().TrimStart() is ['{', ..] ? FromSet(text) : FromPem(text);
            if (keys.Count is 0 or > MostKeys) throw new TokenKeysException($"the file of token keys '{path}' holds {keys.Count} usable keys, not 1 to {MostKeys}");
            return new Read(file.LastWriteTimeUtc, file.Length, keys);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException or CryptographicException or ArgumentException or FormatException or InvalidOperationException)
        {
            throw new TokenKeysException($"the file of token keys '{path}' cannot be read: {e.Message}", e);
        }
    }

    private static List<SecurityKey> FromSet(string text)
    {
        var keys = new List<SecurityKey>();
        using JsonDocument set = JsonDocument.Parse(text, Strict);
        if (!set.RootElement.TryGetProperty("keys", out JsonElement all)) throw new FormatException("it holds no 'keys'");
        foreach (JsonElement key in all.EnumerateArray())
        {
            if (key.TryGetProperty("d", out _) || Text(key, "kty") == "oct") throw new FormatException("it holds a secret key: only public keys belong there");
            // keys for encryption, and of kinds that we do not take, are the issuer's for others
            if (Text(key, "use") is not (null or "sig")) continue;
            SecurityKey? read = Text(key, "kty") switch
            {
                "RSA" => Rsa(new RSAParameters { Modulus = Bytes(key, "n"), Exponent = Bytes(key, "e") }),
                "EC" when Curve(Text(key, "crv")) is { } curve => Ec(new ECParameters { Curve = curve, Q = new ECPoint { X = Bytes(key, "x"), Y = Bytes(key, "y") } }),
                _ => null,
            };
            if (read is null) continue;
            read.KeyId = Text(key, "kid");
            keys.Add(read);
        }
        return keys;
    }

    private static List<SecurityKey> FromPem(string text)
    {
        var keys = new List<SecurityKey>();
        ReadOnlySpan<char> rest = text;
        while (PemEncoding.TryFind(rest, out PemFields fields))
        {
            ReadOnlySpan<char> label = rest[fields.Label];
            if (label.Contains("PRIVATE", StringComparison.Ordinal)) throw new FormatException("it holds a private key: only public keys belong there");
            if (!label.SequenceEqual("PUBLIC KEY")) throw new FormatException("it holds something other than PUBLIC KEY blocks");
            keys.Add(FromPublicKeyInfo(Convert.FromBase64String(rest[fields.Base64Data].ToString())));
            rest = rest[fields.Location.End..];
        }
        return keys;
    }

    private static SecurityKey FromPublicKeyInfo(byte[] der)
    {
        try
        {
            using var ec = ECDsa.Create();
            ec.ImportSubjectPublicKeyInfo(der, out _);
            ECParameters parameters = ec.ExportParameters(includePrivateParameters: false);
            return Curve(parameters.Curve.Oid.Value) is null ? throw new FormatException("it holds a key on a curve other than P-256 and P-384") : Ec(parameters);
        }
        catch (CryptographicException)
        {
            using var rsa = RSA.Create();
            rsa.ImportSubjectPublicKeyInfo(der, out _);
            return Rsa(rsa.ExportParameters(includePrivateParameters: false));
        }
    }

    private static ECDsaSecurityKey Ec(ECParameters parameters) => new(ECDsa.Create(parameters));

    private static RsaSecurityKey Rsa(RSAParameters parameters)
    {
        int bits = checked(parameters.Modulus!.Length * 8);
        return bits is >= FewestRsaBits and <= MostRsaBits ? new RsaSecurityKey(parameters) : throw new FormatException($"it holds an RSA key of {bits} bits");
    }

    private static ECCurve? Curve(string? name) => name switch
    {
        "P-256" or "1.2.840.10045.3.1.7" => ECCurve.NamedCurves.nistP256,
        "P-384" or "1.3.132.0.34" => ECCurve.NamedCurves.nistP384,
        _ => null,
    };

    private static string? Text(JsonElement key, string name) => key.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;

    private static byte[] Bytes(JsonElement key, string name) => Base64UrlEncoder.DecodeBytes(Text(key, name) ?? throw new FormatException($"a key lacks '{name}'"));
}
