using System.Globalization;
using System.Net;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Intake;
using Veridicom.Gateway.Routing;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.Configuration;

/// <summary>
/// Everything that must hold in a configuration beyond the types of its members, in one place, so that all that is wrong is told at once. What makes
/// the gateway reachable without encryption or without knowing its callers is an error here, not a warning.
/// </summary>
/// <param name="lineOf">Line of a setting in its file.</param>
internal sealed class ConfigurationCheck(Func<string, long?> lineOf)
{
    /// <summary>Names that routes may not have.</summary>
    private static readonly string[] ReservedRoutes = [IntakeDesk.Unreadable];

    private static readonly string[] Protocols = [.. Enum.GetValues<ArrivalProtocol>().Select(p => p.Word())];

    /// <summary>What is wrong.</summary>
    public List<ConfigurationError> Errors { get; } = [];

    /// <summary>Checks all of it.</summary>
    public void Run(GatewayConfiguration c)
    {
        Dicom(c.Dicom);
        Http(c.Http);
        Demand(c.Dicom.Port is not null || c.Http.Port is not null, "dicom.port", "neither DICOM nor HTTP is listened to", "set one of the two ports");
        Registry(c.Registry);
        Destinations(c);
        Routes(c);
        Demand(c.Sealing.Organisation is not { } name || (name.Length is > 0 and <= 256 && !name.Any(char.IsControl)), "sealing.organisation", "is empty, longer than 256 characters, or holds control characters", "write the name of the organisation");
        Secret("sealing.passphraseFile", c.Sealing.PassphraseFile);
        for (int i = 0; i < c.Trust.Count; i++) Demand(File.Exists(c.Trust[i]) || Directory.Exists(c.Trust[i]), Item("trust", i), "there is no such file or folder", "name a PEM file, or a folder of them");
        Audit(c.Audit);
        Webhooks(c.Webhooks);
    }

    private void Dicom(DicomSettings d)
    {
        bool beyond = Listener("dicom", d.Address, d.Port);
        Demand(d.AeTitles.Count > 0, "dicom.aeTitles", "we answer to no AE title", "name at least one");
        for (int i = 0; i < d.AeTitles.Count; i++) AeTitle(Item("dicom.aeTitles", i), d.AeTitles[i]);
        Unique("dicom.aeTitles", d.AeTitles, "the AE title stands twice");
        for (int i = 0; i < d.Peers.Count; i++) Peer(Item("dicom.peers", i), d.Peers[i], d);
        if (d.Tls is not null) Tls("dicom.tls", d.Tls);
        Range("dicom.maxPduLength", d.MaxPduLength, 4096, 1 << 20);
        Range("dicom.maxAssociations", d.MaxAssociations, 1, 4096);
        Range("dicom.maxAssociationsPerAddress", d.MaxAssociationsPerAddress, 1, 4096);
        Range("dicom.idleSeconds", d.IdleSeconds, 1, 86400);
        Range("dicom.pduSeconds", d.PduSeconds, 1, 3600);
        if (!beyond) return;
        Demand(d.Peers.Count > 0, "dicom.peers", "we listen beyond loopback, and no peer is listed: nobody could call", "list the AE titles that may call");
        if (d.InsecureNetwork)
        {
            for (int i = 0; i < d.Peers.Count; i++)
                Demand(d.Peers[i].Addresses.Count > 0, Item("dicom.peers", i) + ".addresses", "without TLS a peer is known by its address only, and none is listed", "list the addresses or networks from which it calls");
            return;
        }
        Demand(d.Tls is not null, "dicom.address", "we listen beyond loopback without TLS", "set dicom.tls; for scanners that cannot do TLS on a network of their own: insecureNetwork, with peers and their addresses");
        if (d.Tls is not null) Demand(d.Tls.RequireClientCertificate, "dicom.tls.requireClientCertificate", "beyond loopback client certificates are demanded", "set it to true");
        if (d.Tls is not { RequireClientCertificate: true }) return;
        for (int i = 0; i < d.Peers.Count; i++)
            Demand(d.Peers[i].Certificates.Count > 0, Item("dicom.peers", i) + ".certificates", "is empty: with any certificate of the authorities one could claim to be this peer", "list the fingerprint of its certificate: openssl x509 -noout -fingerprint -sha256 -in FILE");
    }

    private void Peer(string path, DicomPeerSettings peer, DicomSettings d)
    {
        AeTitle(path + ".aeTitle", peer.AeTitle);
        for (int i = 0; i < peer.Addresses.Count; i++)
            Demand(SettingSyntax.TryNetwork(peer.Addresses[i], out _), Item(path + ".addresses", i), "is neither an address nor a network", "write 192.0.2.7, or 192.0.2.0/24 with no bit set behind the prefix");
        for (int i = 0; i < peer.Certificates.Count; i++) Fingerprint(Item(path + ".certificates", i), peer.Certificates[i]);
        Demand(peer.Certificates.Count == 0 || d.Tls is { RequireClientCertificate: true }, path + ".certificates", "without TLS and client certificates nobody shows one", "set dicom.tls, or leave it away");
        Demand(peer.Host is null == peer.Port is null, path + ".host", "host and port belong together", "set both, or neither");
        Demand(peer.Host is null || SettingSyntax.IsHost(peer.Host), path + ".host", "is no name or address of a machine", "write a host name or an IP address");
        if (peer.Port is { } port) Range(path + ".port", port, 1, 65535);
        Demand(!peer.Tls || d.Tls?.ClientAuthoritiesFile is not null, path + ".tls", "we have no certificate for TLS, or no authorities of its certificate", "set dicom.tls with clientAuthoritiesFile");
    }

    private void Http(HttpSettings h)
    {
        bool beyond = Listener("http", h.Address, h.Port);
        if (h.Tls is not null) Tls("http.tls", h.Tls);
        if (h.Tokens is { } tokens)
        {
            Demand(tokens.Issuer.Length > 0, "http.tokens.issuer", "is empty", "name who issues the tokens");
            Demand(tokens.Audience.Length > 0, "http.tokens.audience", "is empty", "name for whom they are issued");
            Existing("http.tokens.keysFile", tokens.KeysFile);
        }
        for (int i = 0; i < h.Callers.Count; i++)
        {
            string path = Item("http.callers", i);
            Demand(h.Callers[i].Name.Length is > 0 and <= 64 && !h.Callers[i].Name.Any(char.IsControl), path + ".name", "is empty, longer than 64 characters, or holds control characters", "write a short name");
            Fingerprint(path + ".certificate", h.Callers[i].Certificate);
            Demand(h.Callers[i].Scopes.Count > 0, path + ".scopes", "is empty: the caller may do nothing", "list read, write, verify or admin");
            for (int j = 0; j < h.Callers[i].Scopes.Count; j++)
                Demand(ScopeText.TryParse(h.Callers[i].Scopes[j], out _), Item(path + ".scopes", j), "is no scope", "write read, write, verify or admin, or 'read:' and a Study Instance UID");
        }
        Unique("http.callers", [.. h.Callers.Select(c => c.Name)], "the name stands twice");
        Demand(h.Callers.Count == 0 || h.Tls?.ClientAuthoritiesFile is not null, "http.callers", "callers are known by their certificates, and none are asked for", "set http.tls with clientAuthoritiesFile");
        Demand(h.RequestsPerSecond is > 0 and <= 1e6, "http.requestsPerSecond", "is not above 0", "write a number such as 200");
        Range("http.burst", h.Burst, 1, 10_000_000);
        Demand(h.MaxBody >= 1024, "http.maxBody", "is less than a request needs", "write a number of bytes");
        Range("http.maxConnections", h.MaxConnections, 1, 65535);
        if (!beyond) return;
        Demand(h.Tls is not null, "http.address", "we listen beyond loopback without TLS", "set http.tls");
        Demand(h.Tokens is not null || h.Callers.Count > 0, "http.address", "we listen beyond loopback, and no caller could be known", "set http.tokens or http.callers");
    }

    private void Registry(RegistrySettings r)
    {
        Demand(r.Kind is "sqlite" or "postgresql", "registry.kind", "is no kind of database", "write sqlite or postgresql");
        if (r.Kind == "postgresql") Demand(r.ConnectionFile is not null, "registry.connectionFile", "is missing", "name a file with the connection string");
        else Demand(r.ConnectionFile is null, "registry.connectionFile", "SQLite needs none", "leave it away, or set registry.kind to postgresql");
        Secret("registry.connectionFile", r.ConnectionFile);
    }

    private void Routes(GatewayConfiguration c)
    {
        Demand(c.Routes.Count > 0, "routes", "is empty: nothing would be taken in", "leave it away for the default, or write a route");
        Unique("routes", [.. c.Routes.Select(r => r.Name)], "the name stands twice");
        var destinations = c.Destinations.Select(d => d.Name).ToHashSet(StringComparer.Ordinal);
        bool reached = true;
        for (int i = 0; i < c.Routes.Count; i++)
        {
            RouteSettings route = c.Routes[i];
            string path = Item("routes", i);
            Name(path + ".name", route.Name);
            Demand(!ReservedRoutes.Contains(route.Name), path + ".name", "is kept for what cannot be read", "choose another name");
            Demand(Route.TryHandling(route.Do, out Handling handling), path + ".do", "is nothing that a route does", "write one of " + string.Join(", ", Route.HandlingWords));
            Demand(reached, path, "is never reached: a route before it takes everything", "put it before that one");
            reached &= route.CallingAe.Count + route.CalledAe.Count + route.Modality.Count + route.Protocol.Count > 0;
            for (int j = 0; j < route.CallingAe.Count; j++) AeTitle(Item(path + ".callingAe", j), route.CallingAe[j]);
            for (int j = 0; j < route.CalledAe.Count; j++) AeTitle(Item(path + ".calledAe", j), route.CalledAe[j]);
            for (int j = 0; j < route.Modality.Count; j++)
                Demand(route.Modality[j].Length is > 0 and <= 16 && route.Modality[j].All(m => char.IsAsciiLetterUpper(m) || char.IsAsciiDigit(m) || m is '_' or ' '), Item(path + ".modality", j), "is no modality", "write it as in (0008,0060), such as CT");
            for (int j = 0; j < route.Protocol.Count; j++) OneOf(Item(path + ".protocol", j), route.Protocol[j], Protocols, "is no way in");
            for (int j = 0; j < route.Accept.Count; j++)
                Demand(Route.TryVerdict(route.Accept[j], out _), Item(path + ".accept", j), "is no verdict", "write one of " + string.Join(", ", Enum.GetValues<VerdictKind>().Select(k => k.Word())));
            Policy(path + ".policyFile", route.PolicyFile);
            for (int j = 0; j < route.ForwardTo.Count; j++)
                Demand(destinations.Contains(route.ForwardTo[j]), Item(path + ".forwardTo", j), "there is no destination of this name", destinations.Count == 0 ? "describe it under destinations" : "destinations: " + string.Join(", ", destinations.Order(StringComparer.Ordinal)));
            Unique(path + ".forwardTo", route.ForwardTo, "the destination stands twice");
        }
    }

    private void Policy(string path, string? file)
    {
        if (!Existing(path, file) || file is null) return;
        try
        {
            _ = Seals.Verify.Policy.Parse(File.ReadAllBytes(file));
        }
        catch (Exception e) when (e is FormatException or IOException or UnauthorizedAccessException)
        {
            Demand(false, path, "cannot be used: " + e.Message, "correct the policy");
        }
    }

    private void Destinations(GatewayConfiguration c)
    {
        Unique("destinations", [.. c.Destinations.Select(d => d.Name)], "the name stands twice");
        for (int i = 0; i < c.Destinations.Count; i++)
        {
            DestinationSettings d = c.Destinations[i];
            string path = Item("destinations", i);
            Name(path + ".name", d.Name);
            Demand(d.Host is null != d.Url is null, path, "has " + (d.Host is null ? "neither host nor url" : "both host and url"), "set host for C-STORE, or url for STOW-RS");
            if (d.Host is not null) DicomDestination(path, d, c.Dicom);
            if (d.Url is not null)
            {
                Url(path + ".url", d.Url);
                Demand(d.AeTitle is null, path + ".aeTitle", "belongs to C-STORE", "leave it away");
                Demand(!d.StorageCommitment, path + ".storageCommitment", "belongs to C-STORE", "leave it away");
            }
            Demand(d.TokenFile is null || d.Url is not null, path + ".tokenFile", "belongs to STOW-RS", "leave it away");
            Secret(path + ".tokenFile", d.TokenFile);
            Existing(path + ".authoritiesFile", d.AuthoritiesFile);
            Range(path + ".parallel", d.Parallel, 1, 64);
            Range(path + ".retrySeconds", d.RetrySeconds, 1, 86400);
            Range(path + ".mostRetrySeconds", d.MostRetrySeconds, d.RetrySeconds, 7 * 86400);
            Range(path + ".timeoutSeconds", d.TimeoutSeconds, 1, 3600);
            Range(path + ".quietSeconds", d.QuietSeconds, 0, 86400);
            Demand(d.CommitmentHours is > 0 and <= 8760, path + ".commitmentHours", "is not above 0", "write a number of hours");
            Demand(d.GiveUpHours is >= 0 and <= 87600, path + ".giveUpHours", "is below 0", "write a number of hours, or 0 for never");
        }
    }

    private void DicomDestination(string path, DestinationSettings d, DicomSettings dicom)
    {
        Demand(SettingSyntax.IsHost(d.Host!), path + ".host", "is no name or address of a machine", "write a host name or an IP address");
        Range(path + ".port", d.Port, 1, 65535);
        Demand(d.AeTitle is not null, path + ".aeTitle", "is missing", "name the AE title that is called");
        if (d.AeTitle is not null) AeTitle(path + ".aeTitle", d.AeTitle);
        Demand(!d.Tls || d.AuthoritiesFile is not null, path + ".authoritiesFile", "is missing: the archive could be anybody", "name the authorities of its certificate");
        Demand(!d.Tls || dicom.Tls is not null, path + ".tls", "we have no certificate for TLS", "set dicom.tls");
        Demand(d.Tls || dicom.InsecureNetwork || SettingSyntax.IsLoopback(d.Host!), path + ".tls", "images would leave this machine unencrypted", "set it to true; for an archive that cannot do TLS on a network of its own: dicom.insecureNetwork");
    }

    private void Audit(AuditSettings a)
    {
        Demand(a.Syslog is null || SettingSyntax.TryHostPort(a.Syslog, out _, out _), "audit.syslog", "is not host:port", "write it so, with port 6514 for TLS");
        Demand(a.Syslog is null || a.AuthoritiesFile is not null, "audit.authoritiesFile", "is missing: the syslog server could be anybody", "name the authorities of its certificate");
        Existing("audit.authoritiesFile", a.AuthoritiesFile);
        Demand(a.CertificateFile is null == a.KeyFile is null, "audit.certificateFile", "certificate and key belong together", "set both, or neither");
        Existing("audit.certificateFile", a.CertificateFile);
        Secret("audit.keyFile", a.KeyFile);
        Demand(a.Site.Length <= 64 && !a.Site.Any(char.IsControl), "audit.site", "is longer than 64 characters, or holds control characters", "write a short name");
        Range("audit.checkpointEntries", a.CheckpointEntries, 1, 10_000_000);
        Range("audit.checkpointMinutes", a.CheckpointMinutes, 1, 7 * 1440);
    }

    private void Webhooks(IReadOnlyList<WebhookSettings> webhooks)
    {
        for (int i = 0; i < webhooks.Count; i++)
        {
            string path = Item("webhooks", i);
            Url(path + ".url", webhooks[i].Url);
            for (int j = 0; j < webhooks[i].Events.Count; j++) OneOf(Item(path + ".events", j), webhooks[i].Events[j], WebhookAlert.Events, "is no event");
            Existing(path + ".authoritiesFile", webhooks[i].AuthoritiesFile);
            Secret(path + ".secretFile", webhooks[i].SecretFile);
        }
    }

    private bool Listener(string path, string address, int? port)
    {
        bool valid = IPAddress.TryParse(address, out IPAddress? parsed);
        Demand(valid, path + ".address", "is no IP address", "write 127.0.0.1, ::1, 0.0.0.0 or the address of an interface");
        if (port is { } p) Range(path + ".port", p, 0, 65535);
        return valid && port is not null && !IPAddress.IsLoopback(parsed!);
    }

    private void Tls(string path, TlsSettings tls)
    {
        Existing(path + ".certificateFile", tls.CertificateFile);
        Secret(path + ".keyFile", tls.KeyFile);
        Existing(path + ".clientAuthoritiesFile", tls.ClientAuthoritiesFile);
        Demand(!tls.RequireClientCertificate || tls.ClientAuthoritiesFile is not null, path + ".clientAuthoritiesFile", "is missing: no client certificate could be judged", "name their authorities, or set requireClientCertificate to false");
    }

    private void Url(string path, string text)
    {
        bool valid = Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https" && url!.Host.Length > 0;
        Demand(valid, path, "is no URL", "write https://host/path");
        if (!valid) return;
        Demand(url!.UserInfo.Length == 0, path, "holds a user name or a password", "no secret stands in a configuration: use a file");
        Demand(url.Query.Length == 0 && url.Fragment.Length == 0, path, "has a query or a fragment", "leave it away");
        Demand(url.Scheme == "https" || SettingSyntax.IsLoopback(url.Host), path, "would go unencrypted beyond this machine", "use https");
    }

    /// <summary>Exists; false where it does not. Nothing to check where it is not set.</summary>
    private bool Existing(string path, string? file)
    {
        if (file is null) return true;
        bool there = File.Exists(file);
        Demand(there, path, "there is no such file", "check the name; it is relative to the configuration");
        return there;
    }

    private void Secret(string path, string? file)
    {
        if (!Existing(path, file) || file is null) return;
        Demand(!SecretFile.IsExposed(file), path, "others may read or write the file", "chmod 600 it, and change the secret if others may know it");
    }

    private void AeTitle(string path, string title) =>
        Demand(SettingSyntax.IsAeTitle(title), path, "is no AE title", "write 1 to 16 characters of ASCII, no backslash, no space at either end");

    private void Fingerprint(string path, string text) =>
        Demand(SettingSyntax.TryFingerprint(text, out _), path, "is no SHA-256 fingerprint", "write 64 hexadecimal digits, as 'openssl x509 -fingerprint -sha256' gives them");

    private void Name(string path, string name) =>
        Demand(name.Length is > 0 and <= 64 && name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_' or '.'), path, "is no name", "write 1 to 64 letters, digits, dots, hyphens and underscores");

    private void OneOf(string path, string word, IReadOnlyList<string> words, string what) => Demand(words.Contains(word, StringComparer.Ordinal), path, what, "write one of " + string.Join(", ", words));

    private void Range(string path, int value, int least, int most) =>
        Demand(value >= least && value <= most, path, "is out of range", string.Create(CultureInfo.InvariantCulture, $"write {least} to {most}"));

    private void Unique(string path, IReadOnlyList<string> names, string what)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int i = 0; i < names.Count; i++) Demand(seen.Add(names[i]), Item(path, i), what, "keep one of the two");
    }

    private static string Item(string path, int index) => string.Create(CultureInfo.InvariantCulture, $"{path}[{index}]");

    private void Demand(bool holds, string path, string text, string remedy)
    {
        if (!holds) Errors.Add(new ConfigurationError(path, lineOf(path), text, remedy));
    }
}
