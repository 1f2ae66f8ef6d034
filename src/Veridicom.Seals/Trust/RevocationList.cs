using System.Formats.Asn1;

namespace Veridicom.Seals.Trust;

/// <summary>
/// A certificate revocation list (RFC 5280 5) read from strict DER. Only complete lists of one issuer: delta lists, indirect lists
/// and lists limited to some reasons mark themselves by a critical extension and are refused by it.
/// </summary>
public sealed class RevocationList
{
    private readonly Dictionary<string, (DateTimeOffset From, bool EarlierTokensStand)> revoked = [];

    private RevocationList(ReadOnlyMemory<byte> der) => Der = der;

    public ReadOnlyMemory<byte> Der { get; }

    /// <summary>The DER Name of the issuer.</summary>
    public ReadOnlyMemory<byte> Issuer { get; private init; }

    public DateTimeOffset ThisUpdate { get; private init; }

    public DateTimeOffset NextUpdate { get; private init; }

    public SignatureAlgorithm? SignedWith { get; private init; }

    /// <summary>Object identifiers of critical extensions that are not understood; a list that has any is not used.</summary>
    public IReadOnlyList<string> UnknownCritical { get; private set; } = [];

    /// <summary>Number of revoked certificates.</summary>
    public int Count => revoked.Count;

    private ReadOnlyMemory<byte> Signed { get; init; }

    private ReadOnlyMemory<byte> Signature { get; init; }

    private ReadOnlyMemory<byte>? AuthorityKeyIdentifier { get; set; }

    /// <summary>
    /// Reads one list from bytes that are that list and nothing else.
    /// Throws <see cref="TrustException"/> with <see cref="TrustCode.Malformed"/>.
    /// </summary>
    public static RevocationList Parse(ReadOnlyMemory<byte> der) => Trust.Der.Strict("A revocation list", () => Read(der));

    /// <summary>
    /// From when the certificate counts as revoked, or null. An invalidity date before the revocation date counts, as the key
    /// may have been in other hands since then.
    /// </summary>
    public DateTimeOffset? RevokedFrom(Certificate certificate) =>
        revoked.TryGetValue(Convert.ToHexString(certificate.SerialNumber.Span), out var entry) ? entry.From : null;

    /// <summary>
    /// Whether time-stamps from before its revocation stand: only where the list gives a reason that is no compromise (RFC 3161 4,
    /// point 1). Without a reason they all fall.
    /// </summary>
    public bool EarlierTokensStand(Certificate authority) =>
        revoked.TryGetValue(Convert.ToHexString(authority.SerialNumber.Span), out var entry) && entry.EarlierTokensStand;

    /// <summary>Whether <paramref name="issuer"/> signed this list and may sign lists.</summary>
    public TrustCode VerifyIssuedBy(Certificate issuer)
    {
        if (SignedWith is not { } algorithm)
        {
            return TrustCode.UnsupportedAlgorithm;
        }
        if (issuer.Extensions.KeyUsage is { } usage && !usage.HasFlag(KeyUsages.CrlSign))
        {
            return TrustCode.NotAllowed;
        }
        if (AuthorityKeyIdentifier is { } wanted && issuer.Extensions.SubjectKeyIdentifier is { } found && !wanted.Span.SequenceEqual(found.Span))
        {
            return TrustCode.BadSignature;
        }
        return issuer.Key.Verify(algorithm, algorithm.Digest.Hash(Signed.Span), Signature.Span);
    }

    private static RevocationList Read(ReadOnlyMemory<byte> input)
    {
        byte[] der = input.ToArray();
        var outer = Trust.Der.Only(der).ReadSequence();
        var signed = outer.PeekEncodedValue();
        var body = outer.ReadSequence();
        var outerAlgorithm = outer.PeekEncodedValue();
        var signedWith = SignatureAlgorithm.Read(outer);
        byte[] signature = outer.ReadBitString(out int unused);
        outer.ThrowIfNotEmpty();
        // Version 1 has no version field and no extensions; `openssl ca -gencrl` still writes it unless told otherwise.
        bool second = body.PeekTag() == Asn1Tag.Integer;
        if (unused != 0 || (second && (!body.TryReadInt32(out int version) || version != 1)))
        {
            throw TrustException.Malformed("A revocation list has a bad version or signature field.");
        }
        if (!body.ReadEncodedValue().Span.SequenceEqual(outerAlgorithm.Span))
        {
            throw TrustException.Malformed("A revocation list names two signature algorithms.");
        }
        byte[] issuer = Trust.Der.ReadName(body);
        var thisUpdate = Trust.Der.ReadTime(body);
        var nextUpdate = Trust.Der.ReadTime(body); // RFC 5280 5.1.2.5 requires it
        var list = new RevocationList(der)
        {
            Issuer = issuer,
            ThisUpdate = thisUpdate,
            NextUpdate = nextUpdate,
            SignedWith = signedWith,
            Signed = signed,
            Signature = signature,
        };
        if (body.HasData && body.PeekTag() == Asn1Tag.Sequence)
        {
            list.ReadEntries(body.ReadSequence(), second);
        }
        if (second && body.HasData)
        {
            var field = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true));
            list.ReadExtensions(CertificateExtensions.ReadList(field.ReadSequence()));
            field.ThrowIfNotEmpty();
        }
        body.ThrowIfNotEmpty();
        return list;
    }

    private void ReadExtensions(List<(string Oid, bool Critical, ReadOnlyMemory<byte> Value)> extensions)
    {
        foreach (var (oid, critical, value) in extensions)
        {
            if (oid == Oids.AuthorityKeyIdentifier)
            {
                AuthorityKeyIdentifier = CertificateExtensions.ReadAuthorityKeyIdentifier(value);
            }
            else if (critical && oid != Oids.CrlNumber)
            {
                UnknownCritical = [.. UnknownCritical, oid];
            }
        }
    }

    private void ReadEntries(AsnReader entries, bool second)
    {
        if (!entries.HasData)
        {
            throw TrustException.Malformed("A revocation list writes out an empty list of entries."); // RFC 5280 5.1.2.6
        }
        while (entries.HasData)
        {
            var entry = entries.ReadSequence();
            string serial = Convert.ToHexString(entry.ReadIntegerBytes().Span);
            var from = Trust.Der.ReadTime(entry);
            bool stand = false;
            if (second && entry.HasData)
            {
                foreach (var (oid, critical, value) in CertificateExtensions.ReadList(entry.ReadSequence()))
                {
                    if (oid == Oids.InvalidityDate)
                    {
                        var invalid = Trust.Der.Only(value).ReadGeneralizedTime();
                        from = invalid < from ? invalid : from;
                    }
                    else if (oid == Oids.ReasonCode)
                    {
                        // unspecified, affiliation changed, superseded, cessation of operation (RFC 5280 5.3.1)
                        stand = Trust.Der.Only(value).ReadEnumeratedBytes().Span is [0 or 3 or 4 or 5];
                    }
                    else if (critical)
                    {
                        UnknownCritical = [.. UnknownCritical, oid]; // the certificate issuer of an indirect list above all
                    }
                }
            }
            entry.ThrowIfNotEmpty();
            if (!revoked.TryAdd(serial, (from, stand)))
            {
                throw TrustException.Malformed("A revocation list names one serial number twice.");
            }
        }
    }
}
