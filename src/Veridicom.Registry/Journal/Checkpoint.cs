using System.Globalization;
using System.Text;
using Veridicom.Seals.Trust;

namespace Veridicom.Registry.Journal;

/// <summary>
/// A signed statement that at a time a journal reached so far, and no other way (spec/audit-trail.md 4): whoever keeps it elsewhere can show
/// later that an entry before it was changed, removed or put in, or that the end was cut off before it.
/// </summary>
/// <param name="JournalId">Identity of the journal, 32 lower-case hexadecimal digits.</param>
/// <param name="Sequence">The newest entry that it covers.</param>
/// <param name="Hash">Hash of the chain at that entry, 64 lower-case hexadecimal digits.</param>
/// <param name="Time">When it was made; UTC, whole seconds. The signer's word.</param>
public sealed record Checkpoint(string JournalId, long Sequence, string Hash, DateTimeOffset Time)
{
    /// <summary>The longest message that is read, in bytes.</summary>
    public const int MostBytes = 1 << 20;

    private const string Format = "veridicom journal checkpoint 1", TimeFormat = "yyyy-MM-ddTHH:mm:ssZ";

    /// <summary>The statement: five lines of ASCII, each ended by a line feed.</summary>
    public string Statement => string.Create(CultureInfo.InvariantCulture,
        $"{Format}\njournal {JournalId}\nsequence {Sequence}\nhash {Hash}\ntime {Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\n");

    /// <summary>The signed message: CMS in the form of spec/seal-message.md around <see cref="Statement"/>.</summary>
    /// <exception cref="TrustException">The key does not sign.</exception>
    public byte[] Sign(ISigner signer) => SealCms.Write(Encoding.ASCII.GetBytes(Statement), Oids.JournalCheckpoint, signer, Time);

    /// <summary>Reads a message, signed by whomever: <see cref="SealTrust"/> says by whom.</summary>
    /// <exception cref="FormatException">It is no checkpoint.</exception>
    public static (Checkpoint Checkpoint, SealMessage Message) Read(ReadOnlyMemory<byte> message, CertificateCache certificates)
    {
        if (message.Length > MostBytes) throw new FormatException("it is too long for a checkpoint");
        SealMessage read;
        try
        {
            read = SealCms.Read(message, Oids.JournalCheckpoint, certificates);
        }
        catch (TrustException e)
        {
            throw new FormatException($"it is no signed checkpoint: {e.Message}", e);
        }
        string text = Encoding.Latin1.GetString(read.Statement.Span);
        string[] lines = text.Split('\n');
        if (lines.Length != 6
            || !long.TryParse(After(lines[2], "sequence "), NumberStyles.None, CultureInfo.InvariantCulture, out long sequence)
            || !DateTime.TryParseExact(After(lines[4], "time "), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime time))
            throw new FormatException("its statement cannot be read");
        var checkpoint = new Checkpoint(After(lines[1], "journal "), sequence, After(lines[3], "hash "), new DateTimeOffset(time, TimeSpan.Zero));
        bool good = IsHex(checkpoint.JournalId, 32) && IsHex(checkpoint.Hash, 64) && sequence > 0 && checkpoint.Statement == text;
        return good ? (checkpoint, read) : throw new FormatException("its statement cannot be read");
    }

    /// <summary>Reads the base64 of a message, as it stands in <see cref="JournalEntry.Detail"/>; white space is passed over.</summary>
    /// <exception cref="FormatException">It is no checkpoint.</exception>
    public static (Checkpoint Checkpoint, SealMessage Message) ReadText(string base64, CertificateCache certificates)
    {
        if (base64.Length > 2 * MostBytes) throw new FormatException("it is too long for a checkpoint");
        byte[] bytes = new byte[base64.Length];
        return Convert.TryFromBase64String(base64, bytes, out int count)
            ? Read(bytes.AsMemory(0, count), certificates)
            : throw new FormatException("it is not base64");
    }

    /// <summary>Reads a file in which a checkpoint was kept: the message in DER, or its base64.</summary>
    /// <exception cref="FormatException">It is no checkpoint.</exception>
    public static (Checkpoint Checkpoint, SealMessage Message) ReadFile(ReadOnlyMemory<byte> bytes, CertificateCache certificates) =>
        bytes.Length > 1 && bytes.Span[0] == 0x30 && bytes.Span[1] >= 0x80 ? Read(bytes, certificates) : ReadText(Encoding.Latin1.GetString(bytes.Span), certificates);

    private static string After(string line, string name) => line.StartsWith(name, StringComparison.Ordinal) ? line[name.Length..] : "";

    private static bool IsHex(string text, int digits) => text.Length == digits && text.All(char.IsAsciiHexDigitLower);
}
