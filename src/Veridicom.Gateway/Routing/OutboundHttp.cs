using System.Net;
using System.Net.Security;
using System.Text;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Configuration;

namespace Veridicom.Gateway.Routing;

/// <summary>How the gateway calls others over HTTP: https beyond loopback, no redirect, no proxy, no cookie, bounded answers.</summary>
internal static class OutboundHttp
{
    private const int MaxSecret = 16384;

    /// <summary>Reads the URL of a setting.</summary>
    /// <exception cref="FormatException">No absolute http or https URL, one with a user name or fragment, or http beyond loopback.</exception>
    public static Uri Url(string text)
    {
        if (!Uri.TryCreate(text, UriKind.Absolute, out Uri? url) || url.UserInfo.Length > 0 || url.Fragment.Length > 0 || url.Host.Length == 0)
        {
            throw new FormatException("an absolute URL without user name and fragment is needed");
        }

        if (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && SettingSyntax.IsLoopback(url.Host))) return url;
        throw new FormatException("beyond loopback https is needed");
    }

    /// <summary>A client for one host that trusts the authorities of this PEM file alone, or those of the system where there is none.</summary>
    /// <exception cref="TlsException">The file cannot be used.</exception>
    public static HttpClient Client(Uri url, string? authoritiesFile)
    {
        SslClientAuthenticationOptions tls = authoritiesFile is not null
            ? DicomTls.ClientOptions(url.IdnHost, new TlsClientSettings(TlsAuthorities.Load(authoritiesFile), Identity: null))
            : new() { EnabledSslProtocols = DicomTls.Protocols, CipherSuitesPolicy = DicomTls.Suites, AllowTlsResume = false };
        return new HttpClient(new SocketsHttpHandler
        {
            SslOptions = tls,
            AllowAutoRedirect = false, // an answer must not lead images or alerts elsewhere
            UseProxy = false,
            UseCookies = false,
            ActivityHeadersPropagator = null,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = TimeSpan.FromSeconds(10),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            MaxResponseHeadersLength = 32,
            MaxResponseDrainSize = 0,
        }) { Timeout = Timeout.InfiniteTimeSpan };
    }

    /// <summary>A secret from a file that nobody but the owner may read: one line of visible ASCII. Read anew each time, so that it can be changed.</summary>
    /// <exception cref="IOException">The file cannot be read, others may read it, or it holds something else.</exception>
    public static string Secret(string file)
    {
        using var stream = File.OpenRead(file);
        if (SecretFile.IsExposed(stream.SafeFileHandle)) throw new IOException($"{file} may be read or written by others than its owner");
        if (stream.Length > MaxSecret) throw new IOException($"{file} is too long for a secret");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        string text = reader.ReadToEnd().Trim();
        return text.Length > 0 && text.All(letter => letter is >= '!' and <= '~') ? text : throw new IOException($"{file} does not hold one line of visible ASCII");
    }

    /// <summary>The body of an answer.</summary>
    /// <exception cref="InvalidDataException">It is longer than <paramref name="most"/> bytes.</exception>
    public static async Task<byte[]> BodyAsync(HttpResponseMessage response, int most, CancellationToken stop)
    {
        await using Stream body = await response.Content.ReadAsStreamAsync(stop);
        using var all = new MemoryStream();
        byte[] window = new byte[16384];
        while (await body.ReadAsync(window, stop) is var read and > 0)
        {
            if (all.Length + read > most) throw new InvalidDataException($"an answer of more than {most} bytes");
            all.Write(window, 0, read);
        }

        return all.ToArray();
    }
}
