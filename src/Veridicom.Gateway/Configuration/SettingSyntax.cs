using System.Globalization;
using System.Net;

namespace Veridicom.Gateway.Configuration;

/// <summary>The small languages inside settings: AE titles, networks, fingerprints. The check and whoever uses a setting read them alike.</summary>
public static class SettingSyntax
{
    /// <summary>PS3.5-2023b 6.2, VR AE: 1 to 16 characters of the default repertoire without backslash and control characters, no space at either end.</summary>
    public static bool IsAeTitle(string text) =>
        text.Length is > 0 and <= 16 && text[0] != ' ' && text[^1] != ' ' && text.All(c => c is >= ' ' and <= '~' and not '\\');

    /// <summary>A network in CIDR form with no bit set behind its prefix, or one address.</summary>
    public static bool TryNetwork(string text, out IPNetwork network)
    {
        int slash = text.IndexOf('/');
        if (slash >= 0) return IPNetwork.TryParse(text, out network) && IPAddress.TryParse(text.AsSpan(0, slash), out IPAddress? written) && written.Equals(network.BaseAddress);
        bool one = IPAddress.TryParse(text, out IPAddress? address);
        network = one ? new IPNetwork(address!, address!.GetAddressBytes().Length * 8) : default;
        return one;
    }

    /// <summary>Whether an address lies in a network; an IPv4 address mapped into IPv6 counts as what it is.</summary>
    public static bool Contains(IPNetwork network, IPAddress address) => network.Contains(address.IsIPv4MappedToIPv6 ? address.MapToIPv4() : address);

    /// <summary>SHA-256 of a certificate: 64 hexadecimal digits, with colons or spaces or without, in either case; given in lower case without them.</summary>
    public static bool TryFingerprint(string text, out string fingerprint)
    {
        fingerprint = text.Replace(":", "", StringComparison.Ordinal).Replace(" ", "", StringComparison.Ordinal).ToLowerInvariant();
        return fingerprint.Length == 64 && fingerprint.All(char.IsAsciiHexDigitLower);
    }

    /// <summary>"host:port", the host as name, IPv4 address, or IPv6 address in brackets.</summary>
    public static bool TryHostPort(string text, out string host, out int port)
    {
        int colon = text.LastIndexOf(':');
        host = colon > 0 ? text[..colon].Trim('[', ']') : "";
        port = 0;
        return colon > 0 && IsHost(host) && int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is > 0 and <= 65535;
    }

    /// <summary>A name or address of a machine.</summary>
    public static bool IsHost(string text) => text.Length is > 0 and <= 253 && Uri.CheckHostName(text) != UriHostNameType.Unknown;

    /// <summary>Whether a host is this machine, by its address or as localhost.</summary>
    public static bool IsLoopback(string host) => host.Equals("localhost", StringComparison.OrdinalIgnoreCase) || (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? address) && IPAddress.IsLoopback(address));
}
