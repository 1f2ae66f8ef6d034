using System.Formats.Asn1;
using System.Security.Cryptography;

namespace Veridicom.Tests.Trust;

/// <summary>Changes certificates in ways that no library offers, and signs them again where that is wanted.</summary>
internal static class Rewrite
{
    public static byte[] Oid(string oid)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        writer.WriteObjectIdentifier(oid);
        return writer.Encode();
    }

    /// <summary>Replaces every occurrence by bytes of the same length, so that no length changes.</summary>
    public static byte[] Replace(byte[] bytes, byte[] old, byte[] with)
    {
        if (old.Length != with.Length)
        {
            throw new ArgumentException("lengths");
        }
        byte[] copy = [.. bytes];
        int found = 0;
        for (int at = 0; at + old.Length <= copy.Length; at++)
        {
            if (copy.AsSpan(at, old.Length).SequenceEqual(old))
            {
                with.CopyTo(copy, at);
                found++;
            }
        }
        return found > 0 ? copy : throw new ArgumentException("nothing to replace");
    }

    /// <summary>The fields of the TBSCertificate, each encoded.</summary>
    public static List<byte[]> Fields(ReadOnlyMemory<byte> certificate)
    {
        var body = new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadSequence();
        var fields = new List<byte[]>();
        while (body.HasData)
        {
            fields.Add(body.ReadEncodedValue().ToArray());
        }
        return fields;
    }

    /// <summary>A certificate of these fields, signed with ECDSA and SHA-256.</summary>
    public static byte[] Build(IEnumerable<byte[]> fields, AsymmetricAlgorithm key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            foreach (byte[] field in fields)
            {
                writer.WriteEncodedValue(field);
            }
        }
        return Assemble(writer.Encode(), key);
    }

    /// <summary>The same certificate with a right signature of a key.</summary>
    public static byte[] Sign(byte[] certificate, AsymmetricAlgorithm key) => Build(Fields(certificate), key);

    /// <summary>The same certificate as of 1988: no version, no extensions.</summary>
    public static byte[] Version1(Party party, AsymmetricAlgorithm key) => Build(Fields(party.Der)[1..^1], key);

    public static byte[] CompressPoint(byte[] certificate)
    {
        int at = certificate.AsSpan().IndexOf(new byte[] { 0x03, 0x42, 0x00, 0x04 });
        byte[] copy = [.. certificate];
        copy[at + 3] = 0x06; // a hybrid point: the same length, another form
        return copy;
    }

    private static byte[] Assemble(byte[] body, AsymmetricAlgorithm key)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteEncodedValue(body);
            using (writer.PushSequence())
            {
                writer.WriteObjectIdentifier("1.2.840.10045.4.3.2");
            }
            writer.WriteBitString(((ECDsa)key).SignData(body, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));
        }
        return writer.Encode();
    }
}
