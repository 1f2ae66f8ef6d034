namespace Veridicom.Seals.Trust;

/// <summary>
/// Every object identifier that the trust kernel writes or reads, in dotted form. The four of our own stand under the arc
/// <c>2.25</c> (Rec. ITU-T X.667), which anybody may extend with a UUID without asking an authority.
/// </summary>
public static class Oids
{
    /// <summary>Extended key usage: may seal DICOM objects (UUID 78d85bc4-2254-4377-9f2e-9494070a9630).</summary>
    public const string SealingPurpose = "2.25.160630756854251571321998708864671454768";

    /// <summary>eContentType of a seal statement (UUID d318f53f-24c8-4499-855b-246bdf942875).</summary>
    public const string SealStatement = "2.25.280596696428332787574068498099013429365";

    /// <summary>eContentType of a checkpoint of an audit trail (UUID 98ccc2ae-9c6f-4284-9c3b-661900926f64).</summary>
    public const string JournalCheckpoint = "2.25.203105832540025869844178727093985767268";

    /// <summary>eContentType of a data set manifest (UUID 5b0e9f64-3f7d-4c1a-9d52-7a41c8e06b93).</summary>
    public const string DatasetManifest = "2.25.121035672618039094800077906022460582803";

    // RFC 5652, RFC 5035, RFC 3161: messages and attributes.
    public const string SignedData = "1.2.840.113549.1.7.2";
    public const string ContentType = "1.2.840.113549.1.9.3";
    public const string MessageDigest = "1.2.840.113549.1.9.4";
    public const string SigningTime = "1.2.840.113549.1.9.5";
    public const string SigningCertificate = "1.2.840.113549.1.9.16.2.12";
    public const string SigningCertificateV2 = "1.2.840.113549.1.9.16.2.47";
    public const string SignatureTimestampToken = "1.2.840.113549.1.9.16.2.14";
    public const string TimestampInfo = "1.2.840.113549.1.9.16.1.4";

    // Digests.
    public const string Md5 = "1.2.840.113549.2.5";
    public const string Sha1 = "1.3.14.3.2.26";
    public const string Ripemd160 = "1.3.36.3.2.1";
    public const string Sha256 = "2.16.840.1.101.3.4.2.1";
    public const string Sha384 = "2.16.840.1.101.3.4.2.2";
    public const string Sha512 = "2.16.840.1.101.3.4.2.3";

    // Keys and curves (RFC 5480, RFC 8017).
    public const string RsaEncryption = "1.2.840.113549.1.1.1";
    public const string EcPublicKey = "1.2.840.10045.2.1";
    public const string P256 = "1.2.840.10045.3.1.7";
    public const string P384 = "1.3.132.0.34";
    public const string P521 = "1.3.132.0.35";

    // Signature algorithms.
    public const string Md5WithRsa = "1.2.840.113549.1.1.4";
    public const string Sha1WithRsa = "1.2.840.113549.1.1.5";
    public const string Mgf1 = "1.2.840.113549.1.1.8";
    public const string RsaPss = "1.2.840.113549.1.1.10";
    public const string Sha256WithRsa = "1.2.840.113549.1.1.11";
    public const string Sha384WithRsa = "1.2.840.113549.1.1.12";
    public const string Sha512WithRsa = "1.2.840.113549.1.1.13";
    public const string Ripemd160WithRsa = "1.3.36.3.3.1.2";
    public const string EcdsaWithSha1 = "1.2.840.10045.4.1";
    public const string EcdsaWithSha256 = "1.2.840.10045.4.3.2";
    public const string EcdsaWithSha384 = "1.2.840.10045.4.3.3";
    public const string EcdsaWithSha512 = "1.2.840.10045.4.3.4";

    // Certificate and CRL extensions (RFC 5280 4.2, 5.2).
    public const string SubjectKeyIdentifier = "2.5.29.14";
    public const string KeyUsage = "2.5.29.15";
    public const string SubjectAlternativeName = "2.5.29.17";
    public const string IssuerAlternativeName = "2.5.29.18";
    public const string BasicConstraints = "2.5.29.19";
    public const string CrlNumber = "2.5.29.20";
    public const string ReasonCode = "2.5.29.21";
    public const string InvalidityDate = "2.5.29.24";
    public const string NameConstraints = "2.5.29.30";
    public const string CrlDistributionPoints = "2.5.29.31";
    public const string CertificatePolicies = "2.5.29.32";
    public const string AuthorityKeyIdentifier = "2.5.29.35";
    public const string ExtendedKeyUsage = "2.5.29.37";

    // Extended key usages (RFC 5280 4.2.1.12, RFC 9336).
    public const string AnyPurpose = "2.5.29.37.0";
    public const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    public const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";
    public const string TimeStamping = "1.3.6.1.5.5.7.3.8";
    public const string OcspSigning = "1.3.6.1.5.5.7.3.9";
    public const string DocumentSigning = "1.3.6.1.5.5.7.3.36";
}
