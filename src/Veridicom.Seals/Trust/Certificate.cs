using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Veridicom.Seals.Trust;

/// <summary>
/// An X.509 certificate of RFC 5280, read from strict DER and from nothing else. Immutable and safe for use by several threads; it
/// owns a copy of its bytes. That a certificate could be read says nothing about trust: <see cref="TrustList.Evaluate"/> does.
/// </summary>
public sealed class Certificate
{
    /// <summary>Longest certificate that is read, in bytes.</summary>
    public const int MaximumLength = 32 * 1024;

    private string? subjectText, issuerText;

    private Certificate(byte[] der) => Der = der;

    /// <summary>The DER bytes.</summary>
    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>SHA-256 of <see cref="Der"/>.</summary>
    public Fingerprint Fingerprint { get; private init; }

    /// <summary>1 or 3.</summary>
    public int Version { get; private init; }

    /// <summary>The content bytes of the serial number, big-endian two's complement, as they stand.</summary>
    public ReadOnlyMemory<byte> SerialNumber { get; private init; }

    /// <summary>The DER Name of the issuer. Names are compared byte by byte.</summary>
    public ReadOnlyMemory<byte> Issuer { get; private init; }

    /// <summary>The DER Name of the subject.</summary>
    public ReadOnlyMemory<byte> Subject { get; private init; }

    /// <summary>First second of validity, UTC.</summary>
    public DateTimeOffset NotBefore { get; private init; }

    /// <summary>Last second of validity, UTC.</summary>
    public DateTimeOffset NotAfter { get; private init; }

    public VerificationKey Key { get; private init; } = null!;

    public CertificateExtensions Extensions { get; private init; } = CertificateExtensions.None;

    /// <summary>How the issuer signed it, or null where that algorithm is not supported.</summary>
    public SignatureAlgorithm? SignedWith { get; private init; }

    /// <summary>Subject and issuer are the same name.</summary>
    public bool IsSelfIssued => Subject.Span.SequenceEqual(Issuer.Span);

    /// <summary>The subject for people, its parts in encoded order. It comes from the certificate: escape before showing.</summary>
    public string SubjectText => subjectText ??= NameText(Subject);

    /// <summary>The issuer for people, its parts in encoded order. It comes from the certificate: escape before showing.</summary>
    public string IssuerText => issuerText ??= NameText(Issuer);

    private ReadOnlyMemory<byte> Signed { get; init; }

    private ReadOnlyMemory<byte> Signature { get; init; }

    /// <summary>
    /// Reads one certificate from bytes that are that certificate and nothing else.
    /// Throws <see cref="TrustException"/> with <see cref="TrustCode.Malformed"/>.
    /// </summary>
    public static Certificate Parse(ReadOnlyMemory<byte> der) => Trust.Der.Strict("A certificate", () => Read(der));

    /// <summary>Whether <paramref name="issuer"/>'s key made the signature on this certificate.</summary>
    public TrustCode VerifyIssuedBy(Certificate issuer)
    {
        if (SignedWith is not { } algorithm)
        {
            return TrustCode.UnsupportedAlgorithm;
        }
        return issuer.Key.Verify(algorithm, algorithm.Digest.Hash(Signed.Span), Signature.Span);
    }

    /// <summary>Whether names, and key identifiers where both are there, let <paramref name="issuer"/> be the issuer.</summary>
    internal bool MayBeIssuedBy(Certificate issuer)
    {
        if (!Issuer.Span.SequenceEqual(issuer.Subject.Span))
        {
            return false;
        }
        return Extensions.AuthorityKeyIdentifier is not { } wanted || issuer.Extensions.SubjectKeyIdentifier is not { } found
            || wanted.Span.SequenceEqual(found.Span);
    }

    public override string ToString() => SubjectText;

    private static Certificate Read(ReadOnlyMemory<byte> input)
    {
        if (input.Length > MaximumLength)
        {
            throw TrustException.Malformed($"A certificate is longer than {MaximumLength} bytes.");
        }
        byte[] der = input.ToArray();
        var outer = Trust.Der.Only(der).ReadSequence();
        var signed = outer.PeekEncodedValue();
        var body = outer.ReadSequence();
        var outerAlgorithm = outer.PeekEncodedValue();
        var signedWith = SignatureAlgorithm.Read(outer);
        byte[] signature = outer.ReadBitString(out int unused);
        outer.ThrowIfNotEmpty();
        if (unused != 0)
        {
            throw TrustException.Malformed("A certificate's signature does not end on a byte.");
        }

        int version = ReadVersion(body);
        var serial = body.ReadIntegerBytes();
        // RFC 5280 4.1.2.2: not negative, at most 20 bytes.
        if (serial.Length > 20 || (serial.Span[0] & 0x80) != 0)
        {
            throw TrustException.Malformed("A certificate's serial number is negative or longer than 20 bytes.");
        }
        var innerAlgorithm = body.ReadEncodedValue();
        if (!innerAlgorithm.Span.SequenceEqual(outerAlgorithm.Span))
        {
            throw TrustException.Malformed("A certificate names two signature algorithms.");
        }
        byte[] issuer = Trust.Der.ReadName(body);
        var validity = body.ReadSequence();
        var notBefore = Trust.Der.ReadTime(validity);
        var notAfter = Trust.Der.ReadTime(validity);
        validity.ThrowIfNotEmpty();
        byte[] subject = Trust.Der.ReadName(body);
        var key = VerificationKey.Parse(body.ReadEncodedValue());
        var extensions = version == 3 && body.HasData ? CertificateExtensions.Read(body) : CertificateExtensions.None;
        body.ThrowIfNotEmpty(); // also the unique identifiers of version 2, which nobody issues
        return new Certificate(der)
        {
            Fingerprint = Fingerprint.Of(der),
            Version = version,
            SerialNumber = serial,
            Issuer = issuer,
            Subject = subject,
            NotBefore = notBefore,
            NotAfter = notAfter,
            Key = key,
            Extensions = extensions,
            SignedWith = signedWith,
            Signed = signed,
            Signature = signature,
        };
    }

    private static int ReadVersion(AsnReader body)
    {
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (!body.PeekTag().HasSameClassAndValue(tag))
        {
            return 1; // DEFAULT v1, which DER does not write
        }
        var field = body.ReadSequence(tag);
        if (!field.TryReadInt32(out int version) || version != 2)
        {
            throw TrustException.Malformed("A certificate's version is neither 1 nor 3.");
        }
        field.ThrowIfNotEmpty();
        return 3;
    }

    private static string NameText(ReadOnlyMemory<byte> name)
    {
        try
        {
            return new X500DistinguishedName(name.Span).Name;
        }
        catch (CryptographicException)
        {
            return "#" + Convert.ToHexStringLower(name.Span);
        }
    }
}
