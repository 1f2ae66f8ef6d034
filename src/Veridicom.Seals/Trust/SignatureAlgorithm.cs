using System.Formats.Asn1;

namespace Veridicom.Seals.Trust;

/// <summary>The signature schemes: ECDSA (FIPS 186-5), RSASSA-PKCS1-v1_5 and RSASSA-PSS (RFC 8017).</summary>
public enum SignatureKind
{
    Ecdsa,
    RsaPkcs1,
    RsaPss,
}

/// <summary>A scheme with its hash function. For PSS the mask function uses the same hash, and the salt is as long as the hash.</summary>
public readonly record struct SignatureAlgorithm(SignatureKind Kind, DigestAlgorithm Digest)
{
    public static readonly SignatureAlgorithm EcdsaSha256 = new(SignatureKind.Ecdsa, DigestAlgorithm.Sha256);
    public static readonly SignatureAlgorithm EcdsaSha384 = new(SignatureKind.Ecdsa, DigestAlgorithm.Sha384);
    public static readonly SignatureAlgorithm RsaPssSha256 = new(SignatureKind.RsaPss, DigestAlgorithm.Sha256);

    /// <summary>A name for people, such as <c>ECDSA with SHA-256</c>.</summary>
    public override string ToString()
    {
        string digest = Digest switch
        {
            DigestAlgorithm.Md5 => "MD5",
            DigestAlgorithm.Sha1 => "SHA-1",
            DigestAlgorithm.Ripemd160 => "RIPEMD-160",
            DigestAlgorithm.Sha256 => "SHA-256",
            DigestAlgorithm.Sha384 => "SHA-384",
            _ => "SHA-512",
        };
        return Kind switch
        {
            SignatureKind.Ecdsa => "ECDSA with " + digest,
            SignatureKind.RsaPkcs1 => "RSA with " + digest,
            _ => "RSA-PSS with " + digest,
        };
    }

    /// <summary>Writes the AlgorithmIdentifier in the form that we write: no parameters for ECDSA, NULL for PKCS#1, all of them for PSS.</summary>
    internal void Write(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(Oid());
            if (Kind == SignatureKind.RsaPkcs1)
            {
                writer.WriteNull();
            }
            else if (Kind == SignatureKind.RsaPss)
            {
                WritePssParameters(writer);
            }
        }
    }

    /// <summary>
    /// Reads an AlgorithmIdentifier. Null where the algorithm is not supported. <paramref name="digestOfMessage"/> is what a
    /// bare rsaEncryption, as PKCS#7 writes it, stands for; without it that identifier is not supported.
    /// </summary>
    internal static SignatureAlgorithm? Read(AsnReader reader, DigestAlgorithm? digestOfMessage = null)
    {
        var sequence = reader.ReadSequence();
        string oid = sequence.ReadObjectIdentifier();
        if (oid == Oids.RsaPss)
        {
            return ReadPss(sequence);
        }
        SignatureAlgorithm? algorithm = oid switch
        {
            Oids.EcdsaWithSha1 => new(SignatureKind.Ecdsa, DigestAlgorithm.Sha1),
            Oids.EcdsaWithSha256 => EcdsaSha256,
            Oids.EcdsaWithSha384 => EcdsaSha384,
            Oids.EcdsaWithSha512 => new(SignatureKind.Ecdsa, DigestAlgorithm.Sha512),
            Oids.Md5WithRsa => new(SignatureKind.RsaPkcs1, DigestAlgorithm.Md5),
            Oids.Sha1WithRsa => new(SignatureKind.RsaPkcs1, DigestAlgorithm.Sha1),
            Oids.Ripemd160WithRsa => new(SignatureKind.RsaPkcs1, DigestAlgorithm.Ripemd160),
            Oids.Sha256WithRsa => new(SignatureKind.RsaPkcs1, DigestAlgorithm.Sha256),
            Oids.Sha384WithRsa => new(SignatureKind.RsaPkcs1, DigestAlgorithm.Sha384),
            Oids.Sha512WithRsa => new(SignatureKind.RsaPkcs1, DigestAlgorithm.Sha512),
            Oids.RsaEncryption when digestOfMessage is { } digest => new(SignatureKind.RsaPkcs1, digest),
            _ => null,
        };
        if (algorithm is null)
        {
            return null; // parameters of unknown algorithms are not ours to judge
        }
        // RFC 5758 3.2: ECDSA has no parameters. RFC 4055 5: NULL for PKCS#1, and verifiers accept their absence.
        if (sequence.HasData && algorithm.Value.Kind == SignatureKind.RsaPkcs1)
        {
            sequence.ReadNull();
        }
        sequence.ThrowIfNotEmpty();
        return algorithm;
    }

    /// <summary>Reads a digest AlgorithmIdentifier with parameters absent or NULL (RFC 5754 2). Null where it is not supported.</summary>
    internal static DigestAlgorithm? ReadDigest(AsnReader reader)
    {
        var sequence = reader.ReadSequence();
        var digest = DigestAlgorithms.FromOid(sequence.ReadObjectIdentifier());
        if (sequence.HasData)
        {
            sequence.ReadNull();
        }
        sequence.ThrowIfNotEmpty();
        return digest;
    }

    internal static void WriteDigest(AsnWriter writer, DigestAlgorithm digest)
    {
        using (writer.PushSequence())
        {
            writer.WriteObjectIdentifier(digest.Oid());
        }
    }

    private string Oid() => (Kind, Digest) switch
    {
        (SignatureKind.Ecdsa, DigestAlgorithm.Sha256) => Oids.EcdsaWithSha256,
        (SignatureKind.Ecdsa, DigestAlgorithm.Sha384) => Oids.EcdsaWithSha384,
        (SignatureKind.Ecdsa, DigestAlgorithm.Sha512) => Oids.EcdsaWithSha512,
        (SignatureKind.RsaPkcs1, DigestAlgorithm.Sha256) => Oids.Sha256WithRsa,
        (SignatureKind.RsaPkcs1, DigestAlgorithm.Sha384) => Oids.Sha384WithRsa,
        (SignatureKind.RsaPkcs1, DigestAlgorithm.Sha512) => Oids.Sha512WithRsa,
        (SignatureKind.RsaPss, DigestAlgorithm.Sha256 or DigestAlgorithm.Sha384 or DigestAlgorithm.Sha512) => Oids.RsaPss,
        _ => throw new TrustException(TrustCode.UnsupportedAlgorithm, $"{this} is not written."),
    };

    // RFC 4055 3.1: hash [0], mask function [1], salt length [2]; the trailer field [3] keeps its default and is absent.
    private void WritePssParameters(AsnWriter writer)
    {
        using (writer.PushSequence())
        {
            using (writer.PushSequence(Context(0)))
            {
                WriteDigest(writer, Digest);
            }
            using (writer.PushSequence(Context(1)))
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier(Oids.Mgf1);
                WriteDigest(writer, Digest);
            }
            using (writer.PushSequence(Context(2)))
            {
                writer.WriteInteger(Digest.Size());
            }
        }
    }

    private static SignatureAlgorithm? ReadPss(AsnReader sequence)
    {
        var parameters = sequence.ReadSequence();
        sequence.ThrowIfNotEmpty();
        // The defaults of RFC 4055 are SHA-1 and a salt of 20 bytes.
        DigestAlgorithm? digest = DigestAlgorithm.Sha1, mask = DigestAlgorithm.Sha1;
        long salt = 20;
        if (Optional(parameters, 0) is { } hashField)
        {
            digest = ReadDigest(hashField);
            hashField.ThrowIfNotEmpty();
        }
        if (Optional(parameters, 1) is { } maskField)
        {
            var function = maskField.ReadSequence();
            maskField.ThrowIfNotEmpty();
            if (function.ReadObjectIdentifier() != Oids.Mgf1)
            {
                return null;
            }
            mask = ReadDigest(function);
            function.ThrowIfNotEmpty();
        }
        if (Optional(parameters, 2) is { } saltField)
        {
            if (!saltField.TryReadInt64(out salt))
            {
                return null;
            }
            saltField.ThrowIfNotEmpty();
        }
        parameters.ThrowIfNotEmpty();
        return digest is { } known && mask == known && salt == known.Size() ? new(SignatureKind.RsaPss, known) : null;
    }

    private static AsnReader? Optional(AsnReader reader, int number) =>
        reader.HasData && reader.PeekTag().HasSameClassAndValue(Context(number)) ? reader.ReadSequence(Context(number)) : null;

    private static Asn1Tag Context(int number) => new(TagClass.ContextSpecific, number, isConstructed: true);
}
