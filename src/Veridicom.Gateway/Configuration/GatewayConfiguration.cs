using System.ComponentModel;

namespace Veridicom.Gateway.Configuration;

/// <summary>
/// The settings of a gateway: one JSON file, read strictly (no unknown, no doubled member). The [Description] of each member is its line in
/// docs/reference/configuration.md. Secrets never stand here: members ending in File name files that hold them. Paths are relative to the file.
/// </summary>
public sealed record GatewayConfiguration
{
    [Description("Folder of objects, journal, registry and incoming files. Default: gateway below $VERIDICOM_HOME.")]
    public string? Folder { get; init; }

    [Description("The DICOM listener.")]
    public DicomSettings Dicom { get; init; } = new();

    [Description("The HTTP listener: DICOMweb, verdicts, reports, health and metrics.")]
    public HttpSettings Http { get; init; } = new();

    [Description("The database of the registry.")]
    public RegistrySettings Registry { get; init; } = new();

    [Description("What is done with an instance: the first route that matches decides. Default: one route that seals everything as acquisition and forwards nothing.")]
    public IReadOnlyList<RouteSettings> Routes { get; init; } = [new() { Name = "default", Do = "seal" }];

    [Description("Archives to which instances are forwarded, by name.")]
    public IReadOnlyList<DestinationSettings> Destinations { get; init; } = [];

    [Description("What the seals of this gateway claim.")]
    public SealingSettings Sealing { get; init; } = new();

    [Description("Certificates of authorities trusted for seals, PEM files or folders. Default: the trust list of $VERIDICOM_HOME.")]
    public IReadOnlyList<string> Trust { get; init; } = [];

    [Description("The audit trail.")]
    public AuditSettings Audit { get; init; } = new();

    [Description("Who is told of quarantine, conflict and undeliverable instances, by HTTP POST.")]
    public IReadOnlyList<WebhookSettings> Webhooks { get; init; } = [];
}

public sealed record DicomSettings
{
    [Description("Address to listen on. Beyond loopback TLS with client certificates is demanded, or 'insecureNetwork' with a list of peers.")]
    public string Address { get; init; } = "127.0.0.1";

    [Description("Port; 0 takes a free one; null does not listen.")]
    public int? Port { get; init; } = 11112;

    [Description("AE titles answered to; the first is our own when we call.")]
    public IReadOnlyList<string> AeTitles { get; init; } = ["VERIDICOM"];

    [Description("Allow-list of calling AE titles. Empty: on loopback everybody, else nobody.")]
    public IReadOnlyList<DicomPeerSettings> Peers { get; init; } = [];

    [Description("TLS by the BCP 195 profiles (PS3.15-2023b B.12 and B.13); null for none.")]
    public TlsSettings? Tls { get; init; }

    [Description("Accept unencrypted DICOM beyond loopback from the peers listed, by address: for scanners that cannot do TLS on a network of their own.")]
    public bool InsecureNetwork { get; init; }

    [Description("Longest PDU that we receive, bytes.")]
    public int MaxPduLength { get; init; } = 131072;

    [Description("Associations at once.")]
    public int MaxAssociations { get; init; } = 64;

    [Description("Associations at once from one address.")]
    public int MaxAssociationsPerAddress { get; init; } = 16;

    [Description("Seconds without a byte after which an association is aborted.")]
    public int IdleSeconds { get; init; } = 60;

    [Description("Seconds for an association request to arrive, and for one PDU to arrive whole.")]
    public int PduSeconds { get; init; } = 30;
}

public sealed record DicomPeerSettings
{
    [Description("Calling AE title.")]
    public required string AeTitle { get; init; }

    [Description("Addresses or networks in CIDR form from which it may call; empty for any.")]
    public IReadOnlyList<string> Addresses { get; init; } = [];

    [Description("SHA-256 fingerprints of its certificate. Beyond loopback with TLS at least one is demanded; empty otherwise: for any that TLS accepts, which then proves no AE title.")]
    public IReadOnlyList<string> Certificates { get; init; } = [];

    [Description("Host to call it back for storage commitment results.")]
    public string? Host { get; init; }

    [Description("Port to call it back.")]
    public int? Port { get; init; }

    [Description("Call it back over TLS.")]
    public bool Tls { get; init; }
}

public sealed record TlsSettings
{
    [Description("Our certificate, PEM, with those of the authorities between.")]
    public required string CertificateFile { get; init; }

    [Description("Its private key, PEM, readable by the owner only.")]
    public required string KeyFile { get; init; }

    [Description("Authorities of client certificates, PEM file. The system's own are never used.")]
    public string? ClientAuthoritiesFile { get; init; }

    [Description("Demand a client certificate. DICOM: always so beyond loopback.")]
    public bool RequireClientCertificate { get; init; } = true;
}

public sealed record HttpSettings
{
    [Description("Address to listen on. Beyond loopback TLS and tokens or client certificates are demanded.")]
    public string Address { get; init; } = "127.0.0.1";

    [Description("Port; 0 takes a free one; null does not listen.")]
    public int? Port { get; init; } = 8080;

    [Description("TLS; null for none, which only loopback allows.")]
    public TlsSettings? Tls { get; init; }

    [Description("Bearer tokens (JWT); null for none.")]
    public TokenSettings? Tokens { get; init; }

    [Description("Callers known by client certificate.")]
    public IReadOnlyList<HttpCallerSettings> Callers { get; init; } = [];

    [Description("Let callers on loopback in without a token, with all scopes. Off as soon as tokens or callers are configured, unless set.")]
    public bool? TrustLoopback { get; init; }

    [Description("Requests per second and caller, on average.")]
    public double RequestsPerSecond { get; init; } = 200;

    [Description("Requests that a caller may make at once before the average counts.")]
    public int Burst { get; init; } = 1000;

    [Description("Longest body of a request, bytes.")]
    public long MaxBody { get; init; } = 8L << 30;

    [Description("Connections at once.")]
    public int MaxConnections { get; init; } = 256;
}

public sealed record TokenSettings
{
    [Description("Demanded issuer (iss).")]
    public required string Issuer { get; init; }

    [Description("Demanded audience (aud).")]
    public required string Audience { get; init; }

    [Description("Public keys of the issuer: a JWK Set (RFC 7517) file, or a PEM file of public keys. Only asymmetric algorithms are taken.")]
    public required string KeysFile { get; init; }
}

public sealed record HttpCallerSettings
{
    [Description("Name in the audit trail.")]
    public required string Name { get; init; }

    [Description("SHA-256 fingerprint of its certificate.")]
    public required string Certificate { get; init; }

    [Description("Scopes: read, write, verify, admin; each may be narrowed to a study as 'read:1.2.3'.")]
    public required IReadOnlyList<string> Scopes { get; init; }
}

public sealed record RegistrySettings
{
    [Description("sqlite or postgresql.")]
    public string Kind { get; init; } = "sqlite";

    [Description("postgresql: a file with the connection string, readable by the owner only.")]
    public string? ConnectionFile { get; init; }
}

public sealed record RouteSettings
{
    [Description("Name, in registry and audit trail.")]
    public required string Name { get; init; }

    [Description("Calling AE titles; * and ? are wildcards; empty for any.")]
    public IReadOnlyList<string> CallingAe { get; init; } = [];

    [Description("Called AE titles, likewise.")]
    public IReadOnlyList<string> CalledAe { get; init; } = [];

    [Description("Modalities (0008,0060); empty for any.")]
    public IReadOnlyList<string> Modality { get; init; } = [];

    [Description("Ways in: dimse, stow; empty for any.")]
    public IReadOnlyList<string> Protocol { get; init; } = [];

    [Description("seal: seal what is unsealed, let through what is sealed and intact by somebody trusted, quarantine the rest. verify: verify and let everything through. verify-or-quarantine: let through only what 'accept' names. seal-as-found: like seal, and the claims say that the image was found so. pass: store and forward as it is, with its verdict.")]
    public required string Do { get; init; }

    [Description("verify-or-quarantine: verdicts that pass.")]
    public IReadOnlyList<string> Accept { get; init; } = ["authentic", "amended", "redacted"];

    [Description("A trust policy file, as for veridicom verify --policy.")]
    public string? PolicyFile { get; init; }

    [Description("Names of destinations.")]
    public IReadOnlyList<string> ForwardTo { get; init; } = [];
}

public sealed record SealingSettings
{
    [Description("Organisation in the claims. Default: the name in the sealing certificate.")]
    public string? Organisation { get; init; }

    [Description("A file that holds the passphrase of the sealing key, readable by the owner only. Default: VERIDICOM_PASSPHRASE.")]
    public string? PassphraseFile { get; init; }

    [Description("Write the signature of PS3.15 Annex C beside the seal.")]
    public bool StandardSignature { get; init; } = true;
}

public sealed record DestinationSettings
{
    [Description("Name, in routes, registry and audit trail.")]
    public required string Name { get; init; }

    [Description("C-STORE: host. One of host and url.")]
    public string? Host { get; init; }

    [Description("C-STORE: port.")]
    public int Port { get; init; } = 104;

    [Description("C-STORE: called AE title.")]
    public string? AeTitle { get; init; }

    [Description("C-STORE: TLS with our certificate of 'dicom.tls'.")]
    public bool Tls { get; init; }

    [Description("Authorities of the destination's certificate, PEM file. C-STORE over TLS needs it; STOW-RS takes those of the system without it.")]
    public string? AuthoritiesFile { get; init; }

    [Description("STOW-RS: URL of the service, such as https://pacs.example/dicom-web. Beyond loopback https only.")]
    public string? Url { get; init; }

    [Description("STOW-RS: a file with a bearer token, readable by the owner only.")]
    public string? TokenFile { get; init; }

    [Description("Ask for storage commitment (C-STORE only).")]
    public bool StorageCommitment { get; init; }

    [Description("Storage commitment: seconds for which nothing more of a study was delivered before it is asked for.")]
    public int QuietSeconds { get; init; } = 10;

    [Description("Storage commitment: hours after which it is asked for anew where no answer came.")]
    public double CommitmentHours { get; init; } = 6;

    [Description("Seconds without progress, or without an answer, after which an attempt has failed.")]
    public int TimeoutSeconds { get; init; } = 60;

    [Description("Studies sent at the same time.")]
    public int Parallel { get; init; } = 2;

    [Description("Seconds after which a failed delivery is tried again; doubled with each failure.")]
    public int RetrySeconds { get; init; } = 5;

    [Description("Most seconds between two attempts.")]
    public int MostRetrySeconds { get; init; } = 900;

    [Description("Hours after which an instance that the destination keeps refusing is given up; 0 for never. One that cannot be reached is never given up.")]
    public double GiveUpHours { get; init; } = 72;
}

public sealed record AuditSettings
{
    [Description("Syslog server for audit messages, host:port, over TLS (RFC 5425); null for none.")]
    public string? Syslog { get; init; }

    [Description("Authorities of its certificate, PEM file.")]
    public string? AuthoritiesFile { get; init; }

    [Description("Our client certificate, PEM; null for none.")]
    public string? CertificateFile { get; init; }

    [Description("Its private key, PEM.")]
    public string? KeyFile { get; init; }

    [Description("Enterprise site in audit messages.")]
    public string Site { get; init; } = "";

    [Description("A signed checkpoint is written after so many entries.")]
    public int CheckpointEntries { get; init; } = 10000;

    [Description("A signed checkpoint is written at the latest after so many minutes in which entries were added.")]
    public int CheckpointMinutes { get; init; } = 60;
}

public sealed record WebhookSettings
{
    [Description("URL. Beyond loopback https only.")]
    public required string Url { get; init; }

    [Description("Events: quarantined, conflict, delivery-refused, undeliverable, commitment-denied; empty for all.")]
    public IReadOnlyList<string> Events { get; init; } = [];

    [Description("Authorities of its certificate, PEM file; null for those of the system.")]
    public string? AuthoritiesFile { get; init; }

    [Description("A file with a secret: the body is signed with HMAC-SHA-256 in the header X-Veridicom-Signature.")]
    public string? SecretFile { get; init; }
}
