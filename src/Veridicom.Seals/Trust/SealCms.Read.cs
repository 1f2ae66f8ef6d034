using System.Formats.Asn1;

namespace Veridicom.Seals.Trust;

public static partial class SealCms
{
    /// <summary>
    /// Reads a message that is in the one allowed form and nothing else. The statement and the tokens are slices of
    /// <paramref name="encoded"/>. No signature is verified yet. Throws <see cref="TrustException"/> with
    /// <see cref="TrustCode.Malformed"/> or <see cref="TrustCode.UnsupportedAlgorithm"/>.
    /// </summary>
    public static SealMessage Read(ReadOnlyMemory<byte> encoded, string contentType, CertificateCache certificates)
    {
        Content content;
        try
        {
            content = Take(encoded, contentType, certificates);
        }
        catch (AsnContentException e)
        {
            throw TrustException.Malformed($"A seal message is not strict DER: {e.Message}", e);
        }
        // All that was skipped over above is checked here: versions, absent parameters, orders, defaults, lengths, duplicates.
        if (!Encode(content).AsSpan().SequenceEqual(encoded.Span))
        {
            throw TrustException.Malformed("A seal message is not in the one form that is allowed.");
        }
        return new SealMessage(encoded, content);
    }

    private static Content Take(ReadOnlyMemory<byte> encoded, string contentType, CertificateCache certificates)
    {
        var message = Der.Only(encoded).ReadSequence();
        if (message.ReadObjectIdentifier() != Oids.SignedData)
        {
            throw TrustException.Malformed("A seal message is not CMS SignedData.");
        }
        var data = message.ReadSequence(Context0).ReadSequence();
        data.ReadEncodedValue(); // version
        data.ReadEncodedValue(); // digestAlgorithms
        var content = data.ReadSequence();
        if (content.ReadObjectIdentifier() != contentType)
        {
            throw TrustException.Malformed("A seal message holds something other than a seal statement.");
        }
        if (!content.ReadSequence(Context0).TryReadPrimitiveOctetString(out var statement))
        {
            throw TrustException.Malformed("A seal statement is not one octet string.");
        }
        var carried = ReadCertificates(data.ReadSetOf(Context0), certificates);
        var signer = data.ReadSetOf().ReadSequence();
        signer.ReadEncodedValue(); // version
        signer.ReadEncodedValue(); // issuer and serial number
        signer.ReadEncodedValue(); // digestAlgorithm
        var (digest, time, named) = ReadSignedAttributes(signer.ReadSetOf(Context0));
        var algorithm = SignatureAlgorithm.Read(signer);
        var signature = signer.ReadOctetString();
        IReadOnlyList<ReadOnlyMemory<byte>> tokens = signer.HasData ? ReadTokens(signer.ReadSetOf(Context1)) : [];

        // The order of the path is that of the signed attribute; the certificates beside it stand in DER order.
        var path = new List<Certificate>(named.Count);
        foreach (var fingerprint in named)
        {
            path.Add(carried.Find(c => c.Fingerprint == fingerprint) ?? throw TrustException.Malformed("A certificate that the signature names is missing."));
        }
        CheckPath(path);
        if (algorithm is not { } known || !Fits(known, path[0].Key))
        {
            throw new TrustException(TrustCode.UnsupportedAlgorithm, "A seal message is signed with an algorithm that does not seal, or that does not fit its key.");
        }
        return new Content
        {
            ContentType = contentType,
            Statement = statement,
            Path = path,
            SigningTime = time,
            Algorithm = known,
            MessageDigest = digest,
            SignedAttributes = EncodeSignedAttributes(contentType, digest.Span, time, path),
            Signature = signature,
            Tokens = tokens,
        };
    }

    private static List<Certificate> ReadCertificates(AsnReader set, CertificateCache certificates)
    {
        var all = new List<Certificate>();
        while (set.HasData)
        {
            if (all.Count == MaximumPath)
            {
                throw TrustException.Malformed($"A seal message carries more than {MaximumPath} certificates.");
            }
            all.Add(certificates.Get(set.ReadEncodedValue()));
        }
        return all;
    }

    private static (ReadOnlyMemory<byte> Digest, DateTimeOffset Time, List<Fingerprint> Named) ReadSignedAttributes(AsnReader set)
    {
        ReadOnlyMemory<byte>? digest = null;
        DateTimeOffset? time = null;
        List<Fingerprint>? named = null;
        while (set.HasData)
        {
            var attribute = set.ReadSequence();
            string oid = attribute.ReadObjectIdentifier();
            var value = attribute.ReadSetOf();
            switch (oid)
            {
                case Oids.MessageDigest:
                    digest = value.ReadOctetString();
                    break;
                case Oids.SigningTime:
                    time = Der.ReadTime(value);
                    break;
                case Oids.SigningCertificateV2:
                    named = ReadNamed(value.ReadSequence().ReadSequence());
                    break;
                default:
                    break; // contentType is known; any other makes the bytes differ
            }
        }
        return digest is { } d && time is { } t && named is { } n ? (d, t, n) : throw TrustException.Malformed("A seal message lacks a signed attribute.");
    }

    private static List<Fingerprint> ReadNamed(AsnReader list)
    {
        var named = new List<Fingerprint>();
        while (list.HasData)
        {
            byte[] hash = list.ReadSequence().ReadOctetString();
            if (hash.Length != Fingerprint.Size || named.Count == MaximumPath)
            {
                throw TrustException.Malformed("A signing certificate attribute is too long or does not use SHA-256.");
            }
            named.Add(new Fingerprint(hash));
        }
        return named;
    }

    private static List<ReadOnlyMemory<byte>> ReadTokens(AsnReader set)
    {
        var attribute = set.ReadSequence();
        set.ThrowIfNotEmpty();
        if (attribute.ReadObjectIdentifier() != Oids.SignatureTimestampToken)
        {
            throw TrustException.Malformed("A seal message carries an unsigned attribute that is not known.");
        }
        var tokens = new List<ReadOnlyMemory<byte>>();
        var values = attribute.ReadSetOf();
        while (values.HasData)
        {
            var token = values.ReadEncodedValue();
            if (token.Length > MaximumTokenLength || tokens.Count == MaximumTokens || tokens.Any(t => t.Span.SequenceEqual(token.Span)))
            {
                throw TrustException.Malformed("A seal message carries too many, too long or equal time-stamp tokens.");
            }
            tokens.Add(token);
        }
        return tokens.Count > 0 ? tokens : throw TrustException.Malformed("A list of time-stamp tokens is empty.");
    }
}
