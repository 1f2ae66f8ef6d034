using System.Formats.Asn1;

namespace Veridicom.Seals.Trust;

/// <summary>The bits of RFC 5280 4.2.1.3.</summary>
[Flags]
public enum KeyUsages
{
    None = 0,
    DigitalSignature = 1,
    NonRepudiation = 2,
    KeyEncipherment = 4,
    DataEncipherment = 8,
    KeyAgreement = 16,
    KeyCertSign = 32,
    CrlSign = 64,
    EncipherOnly = 128,
    DecipherOnly = 256,
}

/// <summary>The extensions of a certificate that path validation looks at (RFC 5280 4.2).</summary>
public sealed class CertificateExtensions
{
    /// <summary>A certificate without extensions.</summary>
    public static CertificateExtensions None { get; } = new();

    private CertificateExtensions()
    {
    }

    /// <summary>basicConstraints is there and says cA.</summary>
    public bool IsAuthority { get; private set; }

    /// <summary>How many authorities may follow below, or null for any number.</summary>
    public int? PathLength { get; private set; }

    /// <summary>Null where the extension is absent.</summary>
    public KeyUsages? KeyUsage { get; private set; }

    /// <summary>Object identifiers of the extended key usages, or null where the extension is absent.</summary>
    public IReadOnlyList<string>? ExtendedKeyUsage { get; private set; }

    /// <summary>The extended key usage extension is marked critical.</summary>
    public bool ExtendedKeyUsageIsCritical { get; private set; }

    public ReadOnlyMemory<byte>? SubjectKeyIdentifier { get; private set; }

    public ReadOnlyMemory<byte>? AuthorityKeyIdentifier { get; private set; }

    /// <summary>nameConstraints is there, critical or not.</summary>
    public bool HasNameConstraints { get; private set; }

    /// <summary>Object identifiers of critical extensions that are not understood.</summary>
    public IReadOnlyList<string> UnknownCritical { get; private set; } = [];

    /// <summary>Reads the field extensions [3] of a version 3 certificate.</summary>
    internal static CertificateExtensions Read(AsnReader body)
    {
        var field = body.ReadSequence(new Asn1Tag(TagClass.ContextSpecific, 3, isConstructed: true));
        var list = field.ReadSequence();
        field.ThrowIfNotEmpty();
        var found = new CertificateExtensions();
        foreach (var (oid, critical, value) in ReadList(list))
        {
            found.Take(oid, critical, value);
        }
        return found;
    }

    /// <summary>Reads Extensions (RFC 5280 4.1.2.9): at least one, none twice, the default of critical not written.</summary>
    internal static List<(string Oid, bool Critical, ReadOnlyMemory<byte> Value)> ReadList(AsnReader list)
    {
        var all = new List<(string, bool, ReadOnlyMemory<byte>)>();
        var seen = new HashSet<string>();
        while (list.HasData)
        {
            var extension = list.ReadSequence();
            string oid = extension.ReadObjectIdentifier();
            bool critical = false;
            if (extension.PeekTag() == Asn1Tag.Boolean)
            {
                critical = extension.ReadBoolean();
                if (!critical)
                {
                    throw TrustException.Malformed("An extension writes out the default of critical.");
                }
            }
            byte[] value = extension.ReadOctetString();
            extension.ThrowIfNotEmpty();
            if (!seen.Add(oid))
            {
                throw TrustException.Malformed($"The extension {oid} stands twice.");
            }
            all.Add((oid, critical, value));
        }
        return all.Count > 0 ? all : throw TrustException.Malformed("A list of extensions is empty.");
    }

    /// <summary>keyIdentifier [0] of an authority key identifier, or null where it has none.</summary>
    internal static ReadOnlyMemory<byte>? ReadAuthorityKeyIdentifier(ReadOnlyMemory<byte> value)
    {
        var sequence = Der.Only(value).ReadSequence();
        var tag = new Asn1Tag(TagClass.ContextSpecific, 0);
        if (sequence.HasData && sequence.PeekTag().HasSameClassAndValue(tag))
        {
            return sequence.ReadOctetString(tag);
        }
        return null;
    }

    private void Take(string oid, bool critical, ReadOnlyMemory<byte> value)
    {
        switch (oid)
        {
            case Oids.BasicConstraints:
                ReadBasicConstraints(Der.Only(value).ReadSequence());
                break;
            case Oids.KeyUsage:
                KeyUsage = Der.Only(value).ReadNamedBitListValue<KeyUsages>();
                break;
            case Oids.ExtendedKeyUsage:
                ReadExtendedKeyUsage(Der.Only(value).ReadSequence());
                ExtendedKeyUsageIsCritical = critical;
                break;
            case Oids.SubjectKeyIdentifier:
                SubjectKeyIdentifier = Der.Only(value).ReadOctetString();
                break;
            case Oids.AuthorityKeyIdentifier:
                AuthorityKeyIdentifier = ReadAuthorityKeyIdentifier(value);
                break;
            case Oids.NameConstraints:
                HasNameConstraints = true;
                break;
            // Understood in that they take nothing away from a path that needs no particular policy, name or list.
            case Oids.SubjectAlternativeName or Oids.IssuerAlternativeName or Oids.CertificatePolicies or Oids.CrlDistributionPoints:
                break;
            default:
                if (critical)
                {
                    UnknownCritical = [.. UnknownCritical, oid];
                }
                break;
        }
    }

    private void ReadBasicConstraints(AsnReader sequence)
    {
        if (sequence.HasData && sequence.PeekTag() == Asn1Tag.Boolean)
        {
            IsAuthority = sequence.ReadBoolean();
            if (!IsAuthority)
            {
                throw TrustException.Malformed("basicConstraints writes out the default of cA.");
            }
        }
        if (sequence.HasData)
        {
            if (!sequence.TryReadInt32(out int length) || length < 0 || !IsAuthority)
            {
                throw TrustException.Malformed("basicConstraints has a bad path length.");
            }
            PathLength = length;
        }
        sequence.ThrowIfNotEmpty();
    }

    private void ReadExtendedKeyUsage(AsnReader sequence)
    {
        var purposes = new List<string>();
        while (sequence.HasData)
        {
            purposes.Add(sequence.ReadObjectIdentifier());
        }
        ExtendedKeyUsage = purposes.Count > 0 ? purposes : throw TrustException.Malformed("An extended key usage is empty.");
    }
}
