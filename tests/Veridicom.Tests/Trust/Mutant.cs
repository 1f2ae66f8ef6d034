using System.Formats.Asn1;
using System.Security.Cryptography;
using Veridicom.Seals.Trust;

namespace Veridicom.Tests.Trust;

/// <summary>
/// A second, careless writer of seal messages: properly signed, but with one departure from the form. It shares no code with
/// SealCms, so that an agreement of the two means something.
/// </summary>
internal static class Mutant
{
    private static readonly Asn1Tag C0 = new(TagClass.ContextSpecific, 0, true), C1 = new(TagClass.ContextSpecific, 1, true), C4 = new(TagClass.ContextSpecific, 4, true);

    public static byte[] Make(string form, Party root, Party device, byte[] statement)
    {
        byte[] attributes = SignedAttributes(form, root, device, statement);
        byte[] signature = ((ECDsa)device.Key).SignData(attributes, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence);
        byte[] signer = Encode(w => SignerInfo(w, form, root, device, attributes, signature));
        byte[] message = Encode(w => Message(w, form, root, device, statement, signer));
        return form switch
        {
            // The outermost length, 30 82 hh ll, without end or with a byte too many.
            "indefinite length" => [0x30, 0x80, .. message.AsSpan(4), 0, 0],
            "long length" => [0x30, 0x83, 0, .. message.AsSpan(2)],
            _ => message,
        };
    }

    private static byte[] Encode(Action<AsnWriter> write, AsnEncodingRules rules = AsnEncodingRules.BER)
    {
        var writer = new AsnWriter(rules);
        write(writer);
        return writer.Encode();
    }

    private static void Message(AsnWriter w, string form, Party root, Party device, byte[] statement, byte[] signer)
    {
        using var outer = w.PushSequence();
        w.WriteObjectIdentifier(Oids.SignedData);
        using (w.PushSequence(C0))
        using (w.PushSequence())
        {
            w.WriteInteger(form == "version 1" ? 1 : 3);
            using (w.PushSetOf())
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(Oids.Sha256);
                if (form == "digest parameters")
                {
                    w.WriteNull();
                }
            }
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(Oids.SealStatement);
                using (w.PushSequence(C0))
                {
                    if (form == "statement in pieces")
                    {
                        w.WriteEncodedValue((byte[])[0x24, (byte)(statement.Length + 2), 0x04, (byte)statement.Length, .. statement]);
                    }
                    else
                    {
                        w.WriteOctetString(statement);
                    }
                }
            }
            List<byte[]> certificates = [device.Der.ToArray(), root.Der.ToArray()];
            certificates.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
            if (form == "unsorted certificates")
            {
                certificates.Reverse();
            }
            else if (form == "missing certificate")
            {
                certificates.RemoveAll(c => c.AsSpan().SequenceEqual(root.Der.Span));
            }
            else if (form == "other certificate")
            {
                certificates.Add(TrustKit.Signer(root, "Somebody else").Der.ToArray());
                certificates.Sort((a, b) => a.AsSpan().SequenceCompareTo(b));
            }
            using (w.PushSequence(C0)) // BER writers sort nothing, and a [0] looks the same for SET OF
            {
                certificates.ForEach(c => w.WriteEncodedValue(c));
            }
            if (form == "revocation list")
            {
                using (w.PushSequence(C1))
                {
                    w.WriteEncodedValue(TrustKit.RevocationList(root, TrustKit.Start, TrustKit.End));
                }
            }
            using (w.PushSetOf())
            {
                w.WriteEncodedValue(signer);
                if (form == "second signer")
                {
                    w.WriteEncodedValue(signer);
                }
            }
            if (form == "trailing field")
            {
                w.WriteNull();
            }
        }
    }

    private static void SignerInfo(AsnWriter w, string form, Party root, Party device, byte[] attributes, byte[] signature)
    {
        using var outer = w.PushSequence();
        w.WriteInteger(form == "key identifier" ? 3 : 1);
        if (form == "key identifier")
        {
            w.WriteOctetString(new byte[20], new Asn1Tag(TagClass.ContextSpecific, 0));
        }
        else
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(device.Certificate.Issuer.Span);
                w.WriteInteger(device.Certificate.SerialNumber.Span);
            }
        }
        using (w.PushSequence())
        {
            w.WriteObjectIdentifier(Oids.Sha256);
        }
        byte[] carried = [0xA0, .. attributes.AsSpan(1)];
        w.WriteEncodedValue(carried);
        using (w.PushSequence())
        {
            w.WriteObjectIdentifier(Oids.EcdsaWithSha256);
        }
        w.WriteOctetString(signature);
        byte[][]? tokens = form switch
        {
            "unknown unsigned attribute" or "two token attributes" => [[0x30, 0]],
            "empty tokens" => [],
            "equal tokens" => [[0x30, 0], [0x30, 0]],
            _ => null,
        };
        if (tokens is null)
        {
            return;
        }
        using (w.PushSequence(C1))
        {
            for (int i = 0; i < (form == "two token attributes" ? 2 : 1); i++)
            {
                using (w.PushSequence())
                {
                    w.WriteObjectIdentifier(form == "unknown unsigned attribute" ? "1.2.3.4" : Oids.SignatureTimestampToken);
                    using (w.PushSetOf())
                    {
                        foreach (byte[] token in tokens)
                        {
                            w.WriteEncodedValue(token);
                        }
                    }
                }
            }
        }
    }

    private static byte[] SignedAttributes(string form, Party root, Party device, byte[] statement)
    {
        List<byte[]> all =
        [
            Attribute(Oids.ContentType, w => w.WriteObjectIdentifier(Oids.SealStatement)),
            Attribute(Oids.MessageDigest, w => w.WriteOctetString(SHA256.HashData(statement))),
            Attribute(Oids.SigningTime, w =>
            {
                w.WriteUtcTime(TrustKit.Now);
                if (form == "signed time twice")
                {
                    w.WriteUtcTime(TrustKit.Now.AddHours(1));
                }
            }),
            Attribute(Oids.SigningCertificateV2, w =>
            {
                using (w.PushSequence())
                using (w.PushSequence())
                {
                    foreach (var certificate in new[] { device.Certificate, root.Certificate })
                    {
                        using (w.PushSequence())
                        {
                            w.WriteOctetString(certificate.Fingerprint.ToArray());
                            using (w.PushSequence())
                            {
                                using (w.PushSequence())
                                using (w.PushSequence(C4))
                                {
                                    w.WriteEncodedValue(certificate.Issuer.Span);
                                }
                                w.WriteInteger(certificate.SerialNumber.Span);
                            }
                        }
                    }
                }
            }),
        ];
        if (form == "no signing certificate")
        {
            all.RemoveAt(3);
        }
        if (form == "extra signed attribute")
        {
            all.Add(Attribute("1.2.3.4", w => w.WriteNull()));
        }
        return Encode(w =>
        {
            using (w.PushSetOf())
            {
                all.ForEach(a => w.WriteEncodedValue(a));
            }
        }, AsnEncodingRules.DER);
    }

    private static byte[] Attribute(string oid, Action<AsnWriter> value) => Encode(w =>
    {
        using (w.PushSequence())
        {
            w.WriteObjectIdentifier(oid);
            using (w.PushSetOf())
            {
                value(w);
            }
        }
    }, AsnEncodingRules.DER);
}
