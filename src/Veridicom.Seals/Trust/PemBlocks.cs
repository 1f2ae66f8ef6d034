using System.Security.Cryptography;

namespace Veridicom.Seals.Trust;

/// <summary>PEM text (RFC 7468) to DER and back. Text between and around the blocks is ignored, as authorities write notes there.</summary>
public static class PemBlocks
{
    public const string CertificateLabel = "CERTIFICATE", RevocationListLabel = "X509 CRL", RequestLabel = "CERTIFICATE REQUEST";

    /// <summary>
    /// All blocks in their order. Throws <see cref="TrustException"/> where a block begins that cannot be read, so that no
    /// certificate goes missing without a word.
    /// </summary>
    public static IReadOnlyList<(string Label, byte[] Der)> Read(ReadOnlySpan<char> text)
    {
        var blocks = new List<(string, byte[])>();
        while (PemEncoding.TryFind(text, out var fields))
        {
            Demand(text[..fields.Location.Start.Value]);
            blocks.Add((text[fields.Label].ToString(), Convert.FromBase64String(text[fields.Base64Data].ToString())));
            text = text[fields.Location.End..];
        }
        Demand(text);
        return blocks;
    }

    /// <summary>One block with a line feed at its end.</summary>
    public static string Write(string label, ReadOnlySpan<byte> der) => PemEncoding.WriteString(label, der) + "\n";

    private static void Demand(ReadOnlySpan<char> between)
    {
        if (between.Contains("-----BEGIN ", StringComparison.Ordinal))
        {
            throw TrustException.Malformed("A PEM block is damaged.");
        }
    }
}
