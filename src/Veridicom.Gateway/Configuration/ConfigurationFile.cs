using System.Text.Json;
using System.Text.Json.Serialization;

namespace Veridicom.Gateway.Configuration;

/// <summary>Reads a configuration: shape first, then sense, then paths. Nothing is opened or listened to before all of it holds.</summary>
public static class ConfigurationFile
{
    private const int Longest = 1 << 20;

    private static readonly JsonSerializerOptions Strict = new()
    {
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
        AllowDuplicateProperties = false,
        RespectNullableAnnotations = true,
        MaxDepth = 16,
    };

    /// <summary>Reads and checks a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The settings, every path in them absolute.</returns>
    /// <exception cref="ConfigurationException">Lists everything that is wrong.</exception>
    /// <exception cref="IOException">And its kin: the file cannot be read.</exception>
    public static GatewayConfiguration Read(string path)
    {
        if (new FileInfo(path).Length > Longest) throw new ConfigurationException([new("", null, "the file is longer than a configuration can be", "name a JSON file of settings")]);
        return Parse(File.ReadAllBytes(path), Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    /// <summary>Reads and checks the text of a configuration.</summary>
    /// <param name="json">UTF-8, with or without a byte order mark.</param>
    /// <param name="folder">Folder to which its paths are relative.</param>
    /// <exception cref="ConfigurationException">Lists everything that is wrong.</exception>
    public static GatewayConfiguration Parse(ReadOnlySpan<byte> json, string folder)
    {
        if (json.StartsWith("\uFEFF"u8)) json = json[3..];
        var shape = new ConfigurationShape(json);
        if (shape.Errors.Count > 0) throw new ConfigurationException(shape.Errors);
        GatewayConfiguration settings = Absolute(JsonSerializer.Deserialize<GatewayConfiguration>(json, Strict)!, folder);
        Check(settings, shape.LineOf);
        return settings;
    }

    /// <summary>The settings without a file, checked likewise.</summary>
    /// <exception cref="ConfigurationException">Lists everything that is wrong.</exception>
    public static GatewayConfiguration Checked(GatewayConfiguration settings)
    {
        Check(settings, _ => null);
        return settings;
    }

    private static void Check(GatewayConfiguration settings, Func<string, long?> lineOf)
    {
        var check = new ConfigurationCheck(lineOf);
        check.Run(settings);
        if (check.Errors.Count > 0) throw new ConfigurationException([.. check.Errors.OrderBy(e => e.Line ?? long.MaxValue)]);
    }

    private static GatewayConfiguration Absolute(GatewayConfiguration c, string folder)
    {
        return c with
        {
            Folder = Of(c.Folder),
            Dicom = c.Dicom with { Tls = Tls(c.Dicom.Tls) },
            Http = c.Http with { Tls = Tls(c.Http.Tls), Tokens = c.Http.Tokens is { } tokens ? tokens with { KeysFile = Of(tokens.KeysFile)! } : null },
            Registry = c.Registry with { ConnectionFile = Of(c.Registry.ConnectionFile) },
            Routes = [.. c.Routes.Select(r => r with { PolicyFile = Of(r.PolicyFile) })],
            Destinations = [.. c.Destinations.Select(d => d with { AuthoritiesFile = Of(d.AuthoritiesFile), TokenFile = Of(d.TokenFile) })],
            Sealing = c.Sealing with { PassphraseFile = Of(c.Sealing.PassphraseFile) },
            Trust = [.. c.Trust.Select(t => Of(t)!)],
            Audit = c.Audit with { AuthoritiesFile = Of(c.Audit.AuthoritiesFile), CertificateFile = Of(c.Audit.CertificateFile), KeyFile = Of(c.Audit.KeyFile) },
            Webhooks = [.. c.Webhooks.Select(w => w with { AuthoritiesFile = Of(w.AuthoritiesFile), SecretFile = Of(w.SecretFile) })],
        };

        string? Of(string? path) => string.IsNullOrEmpty(path) ? path : Path.GetFullPath(path, folder);

        TlsSettings? Tls(TlsSettings? t) => t is null ? null : t with { CertificateFile = Of(t.CertificateFile)!, KeyFile = Of(t.KeyFile)!, ClientAuthoritiesFile = Of(t.ClientAuthoritiesFile) };
    }
}
