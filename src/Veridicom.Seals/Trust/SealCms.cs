using System.Formats.Asn1;

namespace Veridicom.Seals.Trust;

/// <summary>
/// The CMS SignedData (RFC 5652) around a seal statement, in exactly one DER form; spec/seal.md lists its fields. Everything but the
/// time-stamp tokens is determined by the statement, the path, the time and the signature, so reading means: take these out, write
/// the message again, and demand the same bytes.
/// </summary>
public static partial class SealCms
{
    /// <summary>Longest time-stamp token that is carried, in bytes.</summary>
    public const int MaximumTokenLength = 64 * 1024;

    /// <summary>Most time-stamp tokens that are carried.</summary>
    public const int MaximumTokens = 8;

    /// <summary>Most certificates in a path, the signer included.</summary>
    public const int MaximumPath = PathSearch.MaximumDepth;

    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Context1 = new(TagClass.ContextSpecific, 1, isConstructed: true);

    /// <summary>What a message is made of.</summary>
    internal sealed class Content
    {
        public required string ContentType { get; init; }
        public required ReadOnlyMemory<byte> Statement { get; init; }
        public required IReadOnlyList<Certificate> Path { get; init; }
        public required DateTimeOffset SigningTime { get; init; }
        public required SignatureAlgorithm Algorithm { get; init; }
        public required ReadOnlyMemory<byte> MessageDigest { get; init; }
        public required byte[] SignedAttributes { get; init; }
        public required ReadOnlyMemory<byte> Signature { get; init; }
        public required IReadOnlyList<ReadOnlyMemory<byte>> Tokens { get; init; }
    }

    /// <summary>
    /// Signs a statement. <paramref name="contentType"/> is its object identifier (not id-data); <paramref name="signingTime"/> is
    /// what the signer claims, kept to the second. ECDSA on P-256 uses SHA-256, on P-384 SHA-384, and RSA from 2048 bits is PSS with
    /// SHA-256 unless <paramref name="digest"/> asks for more. Throws <see cref="TrustException"/> for a key that may not seal.
    /// </summary>
    public static byte[] Write(ReadOnlySpan<byte> statement, string contentType, ISigner signer, DateTimeOffset signingTime, DigestAlgorithm? digest = null)
    {
        var path = signer.Path;
        CheckPath(path);
        if (path[0].Key.SealAlgorithm is not { } algorithm)
        {
            throw new TrustException(TrustCode.WeakKey, $"A key of the kind {path[0].Key} does not seal.");
        }
        if (digest is { } wanted)
        {
            algorithm = algorithm with { Digest = wanted };
        }
        if (!Fits(algorithm, path[0].Key))
        {
            throw new TrustException(TrustCode.UnsupportedAlgorithm, $"{algorithm} does not seal with a key of the kind {path[0].Key}.");
        }
        var time = signingTime.ToUniversalTime();
        time = time.AddTicks(-(time.Ticks % TimeSpan.TicksPerSecond));
        byte[] copy = statement.ToArray();
        byte[] hash = algorithm.Digest.Hash(statement);
        byte[] attributes = EncodeSignedAttributes(contentType, hash, time, path);
        byte[] signature = signer.SignHash(algorithm, algorithm.Digest.Hash(attributes));
        return Encode(new Content
        {
            ContentType = contentType,
            Statement = copy,
            Path = path,
            SigningTime = time,
            Algorithm = algorithm,
            MessageDigest = hash,
            SignedAttributes = attributes,
            Signature = signature,
            Tokens = [],
        });
    }

    /// <summary>
    /// The same message with one more time-stamp token over its signature; nothing else changes. A token that is there already is
    /// not added twice. Throws <see cref="TrustException"/> where the token is too long, one too many, or not one DER value.
    /// </summary>
    public static byte[] WithToken(SealMessage message, ReadOnlyMemory<byte> token)
    {
        if (message.Tokens.Any(t => t.Span.SequenceEqual(token.Span)))
        {
            return message.Encoded.ToArray();
        }
        if (token.Length > MaximumTokenLength || message.Tokens.Count >= MaximumTokens)
        {
            throw new TrustException(TrustCode.TokenBad, $"A seal carries at most {MaximumTokens} tokens of at most {MaximumTokenLength} bytes.");
        }
        TimestampToken.Parse(token);
        return Encode(new Content
        {
            ContentType = message.ContentType,
            Statement = message.Statement,
            Path = message.Path,
            SigningTime = message.SigningTime,
            Algorithm = message.Algorithm,
            MessageDigest = message.MessageDigest,
            SignedAttributes = message.SignedAttributes,
            Signature = message.Signature,
            Tokens = [.. message.Tokens, token],
        });
    }

    /// <summary>The algorithms of a seal: a curve has its one hash, RSA any of SHA-2.</summary>
    private static bool Fits(SignatureAlgorithm algorithm, VerificationKey key) => (key.Kind, key.Curve) switch
    {
        (KeyKind.Ec, Oids.P256) => algorithm == SignatureAlgorithm.EcdsaSha256,
        (KeyKind.Ec, Oids.P384) => algorithm == SignatureAlgorithm.EcdsaSha384,
        (KeyKind.Rsa, _) => algorithm.Kind == SignatureKind.RsaPss && algorithm.Digest.IsSha2(),
        _ => false,
    };

    private static void CheckPath(IReadOnlyList<Certificate> path)
    {
        if (path.Count is 0 or > MaximumPath)
        {
            throw new TrustException(TrustCode.PathTooLong, $"A path has between 1 and {MaximumPath} certificates.");
        }
        if (path.DistinctBy(c => c.Fingerprint).Count() != path.Count)
        {
            throw TrustException.Malformed("A path names a certificate twice.");
        }
        for (int i = 0; i + 1 < path.Count; i++)
        {
            if (!path[i].Issuer.Span.SequenceEqual(path[i + 1].Subject.Span))
            {
                throw TrustException.Malformed("The certificates of a path do not follow each other.");
            }
        }
    }

    /// <summary>SignedAttributes as the SET OF that is hashed: contentType, messageDigest, signingTime, signingCertificateV2.</summary>
    private static byte[] EncodeSignedAttributes(string contentType, ReadOnlySpan<byte> messageDigest, DateTimeOffset time, IReadOnlyList<Certificate> path)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, 1024);
        using (writer.PushSetOf())
        {
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.ContentType);
                using (writer.PushSetOf())
                {
                    writer.WriteObjectIdentifier(contentType);
                }
            }
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.MessageDigest);
                using (writer.PushSetOf())
                {
                    writer.WriteOctetString(messageDigest);
                }
            }
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.SigningTime);
                using (writer.PushSetOf())
                {
                    Der.WriteTime(writer, time);
                }
            }
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.SigningCertificateV2);
                using (writer.PushSetOf())
                {
                    WriteSigningCertificate(writer, path);
                }
            }
        }
        return writer.Encode();
    }

    // RFC 5035 3: SigningCertificateV2 with the default hash SHA-256, which DER leaves out, an issuerSerial each, and no policies.
    private static void WriteSigningCertificate(AsnWriter writer, IReadOnlyList<Certificate> path)
    {
        Span<byte> hash = stackalloc byte[Fingerprint.Size];
        using (writer.PushSequence())
        using (writer.PushSequence())
        {
            foreach (var certificate in path)
            {
                certificate.Fingerprint.CopyTo(hash);
                using (writer.PushSequence())
                {
                    writer.WriteOctetString(hash);
                    using (writer.PushSequence())
                    {
                        using (writer.PushSequence())
                        using (writer.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 4, isConstructed: true)))
                        {
                            writer.WriteEncodedValue(certificate.Issuer.Span); // GeneralName directoryName
                        }
                        writer.WriteInteger(certificate.SerialNumber.Span);
                    }
                }
            }
        }
    }

    private static byte[] Encode(Content content)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER, content.Statement.Length + 4096);
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oids.SignedData);
            using (writer.PushSequence(Context0))
            using (writer.PushSequence())
            {
                writer.WriteInteger(3); // RFC 5652 5.1: the content is not id-data
                using (writer.PushSetOf())
                {
                    SignatureAlgorithm.WriteDigest(writer, content.Algorithm.Digest);
                }
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(content.ContentType);
                    using (writer.PushSequence(Context0))
                    {
                        writer.WriteOctetString(content.Statement.Span);
                    }
                }
                using (writer.PushSetOf(Context0))
                {
                    foreach (var certificate in content.Path)
                    {
                        writer.WriteEncodedValue(certificate.Der.Span);
                    }
                }
                using (writer.PushSetOf())
                {
                    WriteSignerInfo(writer, content);
                }
            }
        }
        return writer.Encode();
    }

    private static void WriteSignerInfo(AsnWriter writer, Content content)
    {
        using (writer.PushSequence())
        {
            writer.WriteInteger(1);
            using (writer.PushSequence())
            {
                writer.WriteEncodedValue(content.Path[0].Issuer.Span);
                writer.WriteInteger(content.Path[0].SerialNumber.Span);
            }
            SignatureAlgorithm.WriteDigest(writer, content.Algorithm.Digest);
            byte[] attributes = [.. content.SignedAttributes];
            attributes[0] = 0xA0; // RFC 5652 5.4: signed as SET OF, carried as [0] IMPLICIT
            writer.WriteEncodedValue(attributes);
            content.Algorithm.Write(writer);
            writer.WriteOctetString(content.Signature.Span);
            if (content.Tokens.Count > 0)
            {
                using (writer.PushSetOf(Context1))
                using (writer.PushSequence())
                {
                    writer.WriteObjectIdentifier(Oids.SignatureTimestampToken);
                    using (writer.PushSetOf())
                    {
                        foreach (var token in content.Tokens)
                        {
                            writer.WriteEncodedValue(token.Span);
                        }
                    }
                }
            }
        }
    }
}
