using System.Formats.Asn1;

namespace Veridicom.Seals.Trust;

public sealed partial class TimestampToken
{
    private static readonly Asn1Tag Context0 = new(TagClass.ContextSpecific, 0, isConstructed: true);
    private static readonly Asn1Tag Context1 = new(TagClass.ContextSpecific, 1, isConstructed: true);

    private void ReadMessage(CertificateCache cache)
    {
        var message = Der.Only(Encoded).ReadSequence();
        Demand(message.ReadObjectIdentifier() == Oids.SignedData, "it is not CMS SignedData");
        var explicitData = message.ReadSequence(Context0);
        message.ThrowIfNotEmpty();
        var data = explicitData.ReadSequence();
        explicitData.ThrowIfNotEmpty();
        Demand(data.TryReadInt32(out int version) && version == 3, "its version is not 3");
        var digests = data.ReadSetOf();
        var declared = SignatureAlgorithm.ReadDigest(digests);
        digests.ThrowIfNotEmpty();
        var content = data.ReadSequence();
        Demand(content.ReadObjectIdentifier() == Oids.TimestampInfo, "its content is not TSTInfo");
        var explicitContent = content.ReadSequence(Context0);
        content.ThrowIfNotEmpty();
        Info = explicitContent.ReadOctetString();
        explicitContent.ThrowIfNotEmpty();
        if (data.PeekTag().HasSameClassAndValue(Context0))
        {
            var set = data.ReadSetOf(skipSortOrderValidation: true, Context0); // OpenSSL writes them as they come
            var all = new List<Certificate>();
            while (set.HasData)
            {
                Demand(all.Count < SealCms.MaximumPath, "it carries too many certificates");
                all.Add(cache.Get(set.ReadEncodedValue()));
            }
            Certificates = all;
        }
        var signers = data.ReadSetOf(); // revocation lists [1] are not taken from a token
        data.ThrowIfNotEmpty();
        ReadSigner(signers.ReadSequence(), declared);
        signers.ThrowIfNotEmpty();
    }

    private void ReadSigner(AsnReader signer, DigestAlgorithm? declared)
    {
        Demand(signer.TryReadInt32(out int version) && version == 1, "its signer is not named by issuer and serial number");
        var name = signer.ReadSequence();
        SignerIssuer = Der.ReadName(name);
        SignerSerial = name.ReadIntegerBytes();
        name.ThrowIfNotEmpty();
        var digest = SignatureAlgorithm.ReadDigest(signer);
        Demand(digest is not null && digest == declared, "its digest algorithms are unknown or differ");
        Digest = digest!.Value;
        SignedAttributes = signer.PeekEncodedValue().ToArray();
        SignedAttributes[0] = 0x31; // RFC 5652 5.4: carried as [0] IMPLICIT, signed as SET OF
        ReadSignedAttributes(signer.ReadSetOf(Context0));
        var algorithm = SignatureAlgorithm.Read(signer, Digest);
        Demand(algorithm is not null && algorithm.Value.Digest == Digest, "its signature algorithm is not supported");
        Algorithm = algorithm!.Value;
        Signature = signer.ReadOctetString();
        signer.ThrowIfNotEmpty(); // unsigned attributes are not taken from a token
    }

    private void ReadSignedAttributes(AsnReader set)
    {
        var seen = new HashSet<string>();
        while (set.HasData)
        {
            var attribute = set.ReadSequence();
            string oid = attribute.ReadObjectIdentifier();
            Demand(seen.Add(oid), "it has a signed attribute twice");
            var value = attribute.ReadSetOf();
            attribute.ThrowIfNotEmpty();
            switch (oid)
            {
                case Oids.ContentType:
                    Demand(value.ReadObjectIdentifier() == Oids.TimestampInfo, "its signed content type is not TSTInfo");
                    break;
                case Oids.MessageDigest:
                    MessageDigest = value.ReadOctetString();
                    break;
                case Oids.SigningCertificate:
                case Oids.SigningCertificateV2:
                    ReadSigningCertificate(value.ReadSequence(), oid == Oids.SigningCertificateV2);
                    break;
                default:
                    continue; // signed by the authority, and nothing that we rely on
            }
            value.ThrowIfNotEmpty();
        }
        // RFC 5652 11.1 and 11.2; RFC 5816 2.2.1 for one of the two signing certificate attributes.
        Demand(seen.Contains(Oids.ContentType) && seen.Contains(Oids.MessageDigest) && SignerHashes.Count > 0, "it lacks a signed attribute");
    }

    // RFC 5035 3 and 4: the first entry is the signer's; the others name its issuers and bind nothing that we ask for.
    private void ReadSigningCertificate(AsnReader sequence, bool second)
    {
        var first = sequence.ReadSequence().ReadSequence();
        var algorithm = second ? DigestAlgorithm.Sha256 : DigestAlgorithm.Sha1;
        if (second && first.PeekTag() == Asn1Tag.Sequence)
        {
            var named = SignatureAlgorithm.ReadDigest(first);
            Demand(named is not null, "it names its certificate by an unknown hash");
            algorithm = named!.Value;
        }
        SignerHashes.Add((algorithm, first.ReadOctetString()));
    }

    // RFC 3161 2.4.2.
    private void ReadInfo(AsnReader info)
    {
        Demand(info.TryReadInt32(out int version) && version == 1, "its TSTInfo is not of version 1");
        Policy = info.ReadObjectIdentifier();
        var imprint = info.ReadSequence();
        var algorithm = SignatureAlgorithm.ReadDigest(imprint);
        Imprint = imprint.ReadOctetString();
        imprint.ThrowIfNotEmpty();
        Demand(algorithm is not null && Imprint.Length == algorithm.Value.Size(), "its imprint is not of a known hash");
        ImprintAlgorithm = algorithm!.Value;
        SerialNumber = info.ReadIntegerBytes();
        Time = info.ReadGeneralizedTime();
        if (info.HasData && info.PeekTag() == Asn1Tag.Sequence)
        {
            ReadAccuracy(info.ReadSequence());
        }
        if (info.HasData && info.PeekTag() == Asn1Tag.Boolean)
        {
            Demand(info.ReadBoolean(), "its TSTInfo writes out the default of ordering");
        }
        if (info.HasData && info.PeekTag() == Asn1Tag.Integer)
        {
            Nonce = info.ReadIntegerBytes();
        }
        if (info.HasData && info.PeekTag().HasSameClassAndValue(Context0))
        {
            info.ReadEncodedValue(); // the authority's name, which its certificate says better
        }
        if (info.HasData)
        {
            var extensions = CertificateExtensions.ReadList(info.ReadSequence(Context1));
            Demand(!extensions.Exists(e => e.Critical), "its TSTInfo has a critical extension");
        }
        info.ThrowIfNotEmpty();
    }

    private void ReadAccuracy(AsnReader accuracy)
    {
        long micros = 0;
        if (accuracy.HasData && accuracy.PeekTag() == Asn1Tag.Integer)
        {
            Demand(accuracy.TryReadInt32(out int seconds) && seconds >= 0, "its accuracy is out of range");
            micros = seconds * 1_000_000L;
        }
        for (int unit = 0; unit < 2; unit++)
        {
            var tag = new Asn1Tag(TagClass.ContextSpecific, unit);
            if (accuracy.HasData && accuracy.PeekTag().HasSameClassAndValue(tag))
            {
                Demand(accuracy.TryReadInt32(out int part, tag) && part is >= 1 and <= 999, "its accuracy is out of range");
                micros += unit == 0 ? part * 1000L : part;
            }
        }
        accuracy.ThrowIfNotEmpty();
        Accuracy = TimeSpan.FromMicroseconds(micros);
    }

    private static void Demand(bool condition, string complaint)
    {
        if (!condition)
        {
            throw new TrustException(TrustCode.TokenBad, "A time-stamp token cannot be accepted: " + complaint + ".");
        }
    }
}
