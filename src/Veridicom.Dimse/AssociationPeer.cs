using System.Net;

namespace Veridicom.Dimse;

/// <summary>The other side of an association as it presented itself, and as far as TLS proved it.</summary>
/// <param name="CallingAe">Calling AE title, without padding; 1 to 16 characters (PS3.8-2023b 9.3.2).</param>
/// <param name="CalledAe">Called AE title, without padding.</param>
/// <param name="Address">Address and port of the connection.</param>
/// <param name="CertificateFingerprint">SHA-256 of the certificate proven by mutual TLS, lower-case hexadecimal; null without TLS or without a certificate.</param>
/// <param name="CertificateSubject">Subject of that certificate.</param>
/// <param name="ImplementationClassUid">Of the user information, empty where not given.</param>
/// <param name="ImplementationVersion">Of the user information, empty where not given.</param>
public sealed record AssociationPeer(string CallingAe, string CalledAe, IPEndPoint Address, string? CertificateFingerprint, string? CertificateSubject,
    string ImplementationClassUid, string ImplementationVersion);
