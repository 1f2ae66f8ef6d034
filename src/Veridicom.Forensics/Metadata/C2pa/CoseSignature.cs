using System.Buffers.Binary;
using System.Formats.Asn1;
using System.Numerics;
using Veridicom.Seals.Trust;

namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>How a check of a signature ended.</summary>
internal enum SignatureState
{
    /// <summary>It was made over this claim with the key of the first certificate. Whose certificate that is was not checked.</summary>
    Fits,

    /// <summary>It was not made over this claim with that key.</summary>
    Wrong,

    /// <summary>An algorithm, key or certificate that is not read here.</summary>
    Unsupported,
}

/// <summary>
/// The COSE_Sign1 of a claim (RFC 9052 4.2, C2PA 2.1 13.2). Certificates are of x5chain (RFC 9360), the signer's first. Their path is shown, not anchored: there is no list
/// of whom to trust here. Validity and revocation are not looked at.
/// </summary>
/// <param name="State">Outcome.</param>
/// <param name="Algorithm">A name such as ES256, or the number.</param>
/// <param name="Signer">The subject of the first certificate, for people; empty where it could not be read.</param>
/// <param name="Chain">Subjects behind it, as far as each one's key signed the one before.</param>
/// <param name="Time">What a time stamp in it says, unchecked; null without one.</param>
internal sealed record CoseSignature(SignatureState State, string Algorithm, string Signer, IReadOnlyList<string> Chain, DateTimeOffset? Time)
{
    private const long AlgorithmLabel = 1, ChainLabel = 33, Sign1Tag = 18;
    private const int MaxCertificates = 10;

    /// <summary>Reads and checks a signature over a claim.</summary>
    /// <exception cref="ManifestException">It is no COSE_Sign1.</exception>
    public static CoseSignature Check(ReadOnlyMemory<byte> encoded, ReadOnlyMemory<byte> claim)
    {
        CborItem item = CborReader.Read(encoded);
        if (item is { Kind: CborKind.Tag, Number: Sign1Tag }) item = item.Items[0];
        if (item is not { Kind: CborKind.Array, Items: [{ Kind: CborKind.Bytes } protectedHeader, { Kind: CborKind.Map } free, var payload, { Kind: CborKind.Bytes } signature] })
            throw new ManifestException("the signature is no COSE_Sign1");
        CborItem header = protectedHeader.Bytes.IsEmpty ? new CborItem(CborKind.Map) : CborReader.Read(protectedHeader.Bytes);
        // the claim is never in it: a payload of its own could be another
        if (payload.Kind != CborKind.Null || header[AlgorithmLabel] is not { Kind: CborKind.Integer, Number: var number }) throw new ManifestException("the signature does not name its algorithm, or holds a claim of its own");
        (string name, SignatureAlgorithm? algorithm) = Known(number);
        List<Certificate>? chain = Certificates(header[ChainLabel] ?? free[ChainLabel] ?? header["x5chain"] ?? free["x5chain"]);
        DateTimeOffset? time = Stamped(free["sigTst2"] ?? free["sigTst"]);
        if (chain is null) return new CoseSignature(SignatureState.Unsupported, name, "", [], time);
        SignatureState state = algorithm is null ? SignatureState.Unsupported : Verify(chain[0].Key, algorithm.Value, Signed(protectedHeader.Bytes.Span, claim.Span), signature.Bytes.Span);
        var path = new List<string>();
        for (int i = 1; i < chain.Count && chain[i - 1].VerifyIssuedBy(chain[i]) == TrustCode.Ok; i++) path.Add(chain[i].SubjectText);
        return new CoseSignature(state, name, chain[0].SubjectText, path, time);
    }

    /// <summary>Numbers of RFC 9053 2 and RFC 8230 2, of which C2PA 2.1 13.2.1 allows these.</summary>
    private static (string, SignatureAlgorithm?) Known(long number) => number switch
    {
        -7 => ("ES256", new SignatureAlgorithm(SignatureKind.Ecdsa, DigestAlgorithm.Sha256)),
        -35 => ("ES384", new SignatureAlgorithm(SignatureKind.Ecdsa, DigestAlgorithm.Sha384)),
        -36 => ("ES512", new SignatureAlgorithm(SignatureKind.Ecdsa, DigestAlgorithm.Sha512)),
        -37 => ("PS256", new SignatureAlgorithm(SignatureKind.RsaPss, DigestAlgorithm.Sha256)),
        -38 => ("PS384", new SignatureAlgorithm(SignatureKind.RsaPss, DigestAlgorithm.Sha384)),
        -39 => ("PS512", new SignatureAlgorithm(SignatureKind.RsaPss, DigestAlgorithm.Sha512)),
        -8 => ("EdDSA", null),
        _ => (FormattableString.Invariant($"COSE algorithm {number}"), null),
    };

    private static SignatureState Verify(VerificationKey key, SignatureAlgorithm algorithm, byte[] signed, ReadOnlySpan<byte> signature)
    {
        ReadOnlySpan<byte> form = signature;
        if (algorithm.Kind == SignatureKind.Ecdsa)
        {
            if (key.Kind != KeyKind.Ec) return SignatureState.Unsupported;
            if (signature.Length != 2 * ((key.Bits + 7) / 8)) return SignatureState.Wrong;
            form = Pair(signature);
        }
        return key.Verify(algorithm, algorithm.Digest.Hash(signed), form) switch
        {
            TrustCode.Ok => SignatureState.Fits,
            TrustCode.BadSignature => SignatureState.Wrong,
            _ => SignatureState.Unsupported,
        };
    }

    /// <summary>RFC 9053 2.1: two numbers of equal length, which our own verification takes as DER.</summary>
    private static byte[] Pair(ReadOnlySpan<byte> signature)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            int half = signature.Length / 2;
            writer.WriteInteger(new BigInteger(signature[..half], isUnsigned: true, isBigEndian: true));
            writer.WriteInteger(new BigInteger(signature[half..], isUnsigned: true, isBigEndian: true));
        }
        return writer.Encode();
    }

    /// <summary>Sig_structure (RFC 9052 4.4): the context, the protected header as it stands, nothing from outside, the claim.</summary>
    internal static byte[] Signed(ReadOnlySpan<byte> protectedHeader, ReadOnlySpan<byte> claim)
    {
        var bytes = new List<byte> { 0x84, 0x6A };
        bytes.AddRange("Signature1"u8);
        Append(bytes, protectedHeader);
        bytes.Add(0x40);
        Append(bytes, claim);
        return [.. bytes];
    }

    /// <summary>A byte string in its shortest form (RFC 8949 4.2.1).</summary>
    private static void Append(List<byte> bytes, ReadOnlySpan<byte> content)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, content.Length);
        if (content.Length < 24) bytes.Add((byte)(0x40 | content.Length));
        else if (content.Length < 0x100) bytes.AddRange([0x58, length[3]]);
        else if (content.Length < 0x10000) bytes.AddRange([0x59, length[2], length[3]]);
        else bytes.AddRange([0x5A, .. length]);
        bytes.AddRange(content);
    }

    /// <summary>One certificate or several; null where there is none, or the first cannot be read.</summary>
    private static List<Certificate>? Certificates(CborItem? chain)
    {
        IEnumerable<CborItem> encoded = chain?.Kind switch { CborKind.Bytes => [chain], CborKind.Array => chain.Items.Take(MaxCertificates), _ => [] };
        var read = new List<Certificate>();
        foreach (CborItem one in encoded)
        {
            if (one.Kind != CborKind.Bytes) break;
            try
            {
                read.Add(Certificate.Parse(one.Bytes));
            }
            catch (TrustException)
            {
                break;
            }
        }
        return read.Count > 0 ? read : null;
    }

    /// <summary>The time of the first token (C2PA 2.1 10.3.2.5), of a whole RFC 3161 response or of the token alone.</summary>
    private static DateTimeOffset? Stamped(CborItem? stamp)
    {
        if (stamp?["tstTokens"] is not { Kind: CborKind.Array, Items: [{ } first, ..] } || first["val"] is not { Kind: CborKind.Bytes, Bytes: var value }) return null;
        try
        {
            return TimestampToken.Parse(Token(value)).Time;
        }
        catch (TrustException)
        {
            return null;
        }
    }

    private static ReadOnlyMemory<byte> Token(ReadOnlyMemory<byte> value)
    {
        try
        {
            AsnReader response = new AsnReader(value, AsnEncodingRules.BER).ReadSequence();
            if (response.PeekTag().HasSameClassAndValue(Asn1Tag.ObjectIdentifier)) return value;
            response.ReadEncodedValue();
            return response.HasData ? response.ReadEncodedValue() : value;
        }
        catch (AsnContentException)
        {
            return value;
        }
    }
}
