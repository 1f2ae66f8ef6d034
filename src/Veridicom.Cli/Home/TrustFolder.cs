using System.Text;
using Veridicom.Cli.Files;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Home;

/// <summary>What an entry of a trust list is.</summary>
public enum TrustKind
{
    /// <summary>Trusted because the owner of the list says so.</summary>
    Anchor,
    /// <summary>An authority that may stand between a signer and an anchor.</summary>
    Intermediate,
    /// <summary>A revocation list.</summary>
    RevocationList,
}

/// <summary>One certificate or revocation list of a trust list.</summary>
/// <param name="Path">The file that holds it.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Der">Its bytes.</param>
/// <param name="Certificate">The certificate, null for a revocation list.</param>
public sealed record TrustEntry(string Path, TrustKind Kind, ReadOnlyMemory<byte> Der, Certificate? Certificate)
{
    /// <summary>SHA-256 of <see cref="Der"/>.</summary>
    public Fingerprint Fingerprint => Fingerprint.Of(Der.Span);

    /// <summary>Subject of the certificate, or issuer of the revocation list.</summary>
    public string Subject => Certificate?.SubjectText ?? "revocation list";
}

/// <summary>
/// Reads trust lists from files and folders: certificates and revocation lists as PEM or DER. A certificate alone in its file is an anchor,
/// whatever it is; in a file with several, those that issued themselves are anchors and the others may stand in between.
/// </summary>
public static class TrustFolder
{
    private static readonly string[] Extensions = [".pem", ".crt", ".cer", ".der", ".crl"];

    /// <summary>The entries of a file, or of the certificate files of a folder in order of their names.</summary>
    public static IReadOnlyList<TrustEntry> Read(string path)
    {
        if (!Directory.Exists(path)) return ReadFile(path);
        var entries = new List<TrustEntry>();
        string[] files = Directory.GetFiles(path);
        Array.Sort(files, StringComparer.Ordinal);
        foreach (string file in files)
        {
            bool hidden = Path.GetFileName(file)[0] == '.';
            if (!hidden && Extensions.Contains(Path.GetExtension(file), StringComparer.OrdinalIgnoreCase)) entries.AddRange(ReadFile(file));
        }
        return entries;
    }

    /// <summary>The trust list of several files and folders.</summary>
    public static TrustList Load(IEnumerable<string> paths)
    {
        List<TrustEntry> entries = [.. paths.SelectMany(Read)];
        return entries.Count == 0 ? TrustList.Empty : TrustList.Create(Of(TrustKind.Anchor), Of(TrustKind.Intermediate), Of(TrustKind.RevocationList));

        IEnumerable<ReadOnlyMemory<byte>> Of(TrustKind kind) => entries.Where(e => e.Kind == kind).Select(e => e.Der);
    }

    /// <summary>The trust list that a command uses: the paths named, or the organisation's own; nobody where neither is there.</summary>
    public static TrustList Load(IReadOnlyList<string> named, OrganisationHome home)
    {
        if (named.Count > 0) return Load(named);
        return Directory.Exists(home.TrustFolder) ? Load([home.TrustFolder]) : TrustList.Empty;
    }

    private static IReadOnlyList<TrustEntry> ReadFile(string path)
    {
        const int longest = 16 << 20;
        var file = new FileInfo(path);
        if (!file.Exists) throw FaultException.World("not-found", path, "does not exist", "check the name");
        if (file.Length > longest) throw FaultException.World("trust", path, $"is longer than {longest} bytes", "name a certificate or a revocation list");
        try
        {
            return Parse(path, File.ReadAllBytes(path));
        }
        catch (TrustException e)
        {
            throw FaultException.World("trust", path, e.Message, "fetch it again, or remove it from the trust list");
        }
    }

    private static IReadOnlyList<TrustEntry> Parse(string path, byte[] bytes)
    {
        List<(string Label, byte[] Der)> blocks = bytes.AsSpan().IndexOf("-----BEGIN "u8) >= 0
            ? [.. PemBlocks.Read(Encoding.Latin1.GetString(bytes))]
            : [(LooksLikeRevocationList(bytes) ? PemBlocks.RevocationListLabel : PemBlocks.CertificateLabel, bytes)];
        int certificates = blocks.Count(b => b.Label == PemBlocks.CertificateLabel);
        var entries = new List<TrustEntry>();
        foreach ((string label, byte[] der) in blocks)
        {
            if (label == PemBlocks.RevocationListLabel)
            {
                RevocationList.Parse(der);
                entries.Add(new TrustEntry(path, TrustKind.RevocationList, der, null));
            }
            else if (label == PemBlocks.CertificateLabel)
            {
                Certificate certificate = Certificate.Parse(der);
                bool anchor = certificates == 1 || certificate.IsSelfIssued;
                entries.Add(new TrustEntry(path, anchor ? TrustKind.Anchor : TrustKind.Intermediate, der, certificate));
            }
        }
        if (entries.Count == 0) throw FaultException.World("trust", path, "holds neither a certificate nor a revocation list", "name a PEM or DER file");
        return entries;
    }

    /// <summary>DER carries no label; the two differ early enough that only one of them can be read.</summary>
    private static bool LooksLikeRevocationList(byte[] der)
    {
        try
        {
            RevocationList.Parse(der);
            return true;
        }
        catch (TrustException)
        {
            return false;
        }
    }

    /// <summary>A name for a file of the trust folder: letters and digits of the subject, and the first digits of the fingerprint.</summary>
    public static string FileNameOf(TrustEntry entry, string label)
    {
        var name = new StringBuilder();
        foreach (char c in label.ToLowerInvariant())
        {
            if (char.IsAsciiLetterOrDigit(c)) name.Append(c);
            else if (name.Length > 0 && name[^1] != '-') name.Append('-');
            if (name.Length == 40) break;
        }
        string extension = entry.Kind == TrustKind.RevocationList ? ".crl" : ".pem";
        return $"{name.ToString().Trim('-')}-{entry.Fingerprint.ToString()[..8]}{extension}".TrimStart('-');
    }

    /// <summary>A fingerprint in groups of four digits, to be read over the telephone.</summary>
    public static string Grouped(Fingerprint fingerprint) => string.Join(' ', fingerprint.ToString().ToUpperInvariant().Chunk(4).Select(group => new string(group)));

    /// <summary>The digits of a fingerprint as people type it: with spaces, colons or a prefix, in either case. Null where it is none.</summary>
    public static string? Digits(string typed)
    {
        var digits = new StringBuilder();
        string text = typed.StartsWith("SHA256:", StringComparison.OrdinalIgnoreCase) ? typed[7..] : typed;
        foreach (char c in text)
        {
            if (char.IsAsciiHexDigit(c)) digits.Append(char.ToLowerInvariant(c));
            else if (!char.IsWhiteSpace(c) && c is not (':' or '-')) return null;
        }
        return digits.ToString();
    }
}
