using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits.Manifest;

/// <summary>A file as a manifest lists it.</summary>
/// <param name="Path">Below the data set, with '/'. Never used to open anything.</param>
/// <param name="Bytes">Length.</param>
/// <param name="Sha256">Salted digest of the bytes, 64 lower-case hexadecimal digits.</param>
/// <param name="Pixels">Salted digest of shape and samples; null where there was none.</param>
/// <param name="Seal">Salted digest of the seal beside it; null where there was none.</param>
internal sealed record ManifestEntry(string Path, long Bytes, string Sha256, string? Pixels, string? Seal);

/// <summary>
/// A signed list of the files of a data set (spec/dataset-manifest.md): a statement with a salt and the digest of the listing, signed as seals are, and a line for each file. What is read may come from
/// anybody: lengths and numbers have limits, and nothing in it leads to a file.
/// </summary>
internal sealed record DatasetManifest
{
    /// <summary>The longest first line, the longest line of a file, the most files.</summary>
    public const int LongestHead = 2 << 20, LongestLine = 1 << 16, MostFiles = 2_000_000, LongestPath = 4096;

    private const string Format = "veridicom dataset manifest 1", Head = "{\"format\":\"" + Format + "\",\"signature\":\"", HeadEnd = "\",\"files\":[", End = "]}", TimeFormat = "yyyy-MM-ddTHH:mm:ssZ";
    private const int SaltLength = 32;
    private static readonly JsonWriterOptions Compact = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>When it was made: the signer's word.</summary>
    public required DateTimeOffset MadeAt { get; init; }

    /// <summary>What the audit answered.</summary>
    public required string Answer { get; init; }

    /// <summary>Goes into every digest.</summary>
    public required byte[] Salt { get; init; }

    /// <summary>The files, by path.</summary>
    public required IReadOnlyDictionary<string, ManifestEntry> Files { get; init; }

    /// <summary>The signed message.</summary>
    public required SealMessage Message { get; init; }

    /// <summary>A digest with the salt: HMAC-SHA-256 of it.</summary>
    public static string Salted(byte[] salt, Digest digest)
    {
        Span<byte> bytes = stackalloc byte[32];
        digest.CopyTo(bytes);
        return Convert.ToHexStringLower(HMACSHA256.HashData(salt, bytes));
    }

    /// <summary>Writes and signs the manifest of an audit. Files that could not be read are not in it.</summary>
    /// <exception cref="FaultException">Two files have one name, or a name or label is too long: nothing could read such a list.</exception>
    public static void Write(Stream output, AuditResult result, byte[] salt, ISigner signer)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        AuditedFile[] files = [.. result.Files.Where(file => file.Bytes is not null)];
        var paths = new HashSet<string>(files.Length, StringComparer.Ordinal);
        if (files.Length > MostFiles) throw FaultException.Bad("too-many", result.Root, $"holds more than {MostFiles} files", "list its parts one by one");
        for (int i = 0; i < files.Length; i++)
        {
            byte[] line = Line(files[i], salt, i == files.Length - 1);
            string path = files[i].Path;
            if (!paths.Add(path)) throw FaultException.Bad("same-name", path, "is the name of two files of the data set: a manifest could not tell them apart", "rename one of them, in its archive if it stands in one");
            if (path.Length is 0 or > LongestPath || line.Length > LongestLine) throw FaultException.Bad("long-name", result.Root, $"holds a file whose name or label is too long for a manifest (file {i + 1})", "rename it, or shorten its label");
            hash.AppendData(line);
        }
        string statement = Statement(result.At, salt, files.Length, Convert.ToHexStringLower(hash.GetHashAndReset()), result.Fitness.Code());
        byte[] message = SealCms.Write(Encoding.ASCII.GetBytes(statement), Oids.DatasetManifest, signer, result.At);
        output.Write(Encoding.ASCII.GetBytes(Head + Convert.ToBase64String(message) + HeadEnd + "\n"));
        for (int i = 0; i < files.Length; i++) output.Write(Line(files[i], salt, i == files.Length - 1));
        output.Write(Encoding.ASCII.GetBytes(End + "\n"));
    }

    /// <summary>Reads a manifest, signed by whomever: <see cref="SealTrust"/> says by whom. Its listing is the one that was signed.</summary>
    /// <exception cref="FormatException">It is none, or its listing is another one than was signed.</exception>
    public static DatasetManifest Read(Stream input, CertificateCache certificates)
    {
        var lines = new LineReader(input);
        string head = Encoding.Latin1.GetString(lines.Next(LongestHead) ?? throw new FormatException("is empty"));
        if (!head.StartsWith(Head, StringComparison.Ordinal) || !head.EndsWith(HeadEnd, StringComparison.Ordinal) || head.Length < Head.Length + HeadEnd.Length) throw new FormatException("is no data set manifest");
        var encoded = new byte[head.Length];
        if (!Convert.TryFromBase64Chars(head.AsSpan(Head.Length, head.Length - Head.Length - HeadEnd.Length), encoded, out int length)) throw new FormatException("has a signature that is not base64");
        SealMessage message;
        try
        {
            message = SealCms.Read(encoded.AsMemory(0, length), Oids.DatasetManifest, certificates);
        }
        catch (TrustException e)
        {
            throw new FormatException("has no signature that can be read: " + e.Message, e);
        }
        (DateTimeOffset at, byte[] salt, int count, string listing, string answer) = ReadStatement(message);
        var files = new Dictionary<string, ManifestEntry>(Math.Min(count, 1 << 16), StringComparer.Ordinal);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (int i = 0; i < count; i++)
        {
            byte[] line = lines.Next(LongestLine) ?? throw new FormatException("ends before its last file");
            hash.AppendData(line);
            hash.AppendData("\n"u8);
            bool comma = i < count - 1;
            if (line.Length < 2 || line[^1] == (byte)',' != comma) throw new FormatException($"has a line for file {i + 1} that cannot be read");
            ManifestEntry entry = Entry(line.AsMemory(0, line.Length - (comma ? 1 : 0)), i + 1);
            if (!files.TryAdd(entry.Path, entry)) throw new FormatException($"lists file {i + 1} a second time");
        }
        if (lines.Next(LongestLine) is not { } last || !last.AsSpan().SequenceEqual("]}"u8) || lines.Next(1) is not null) throw new FormatException("goes on behind its last file");
        if (!Convert.ToHexStringLower(hash.GetHashAndReset()).Equals(listing, StringComparison.Ordinal)) throw new FormatException("was changed: its listing is not the one that was signed");
        return new DatasetManifest { MadeAt = at, Answer = answer, Salt = salt, Files = files, Message = message };
    }

    private static string Statement(DateTimeOffset at, byte[] salt, int files, string listing, string answer) => string.Create(CultureInfo.InvariantCulture,
        $"{Format}\nmade {at.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)}\nsalt {Convert.ToHexStringLower(salt)}\nfiles {files}\nlisting {listing}\nanswer {answer}\n");

    private static (DateTimeOffset At, byte[] Salt, int Files, string Listing, string Answer) ReadStatement(SealMessage message)
    {
        const int longest = 1024;
        if (message.Statement.Length > longest) throw new FormatException("has a statement that cannot be read");
        string text = Encoding.Latin1.GetString(message.Statement.Span);
        string[] lines = text.Split('\n');
        if (lines.Length != 7
            || !DateTime.TryParseExact(After(1, "made "), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime at)
            || !int.TryParse(After(3, "files "), NumberStyles.None, CultureInfo.InvariantCulture, out int files) || files > MostFiles
            || !IsHex(After(2, "salt "), 2 * SaltLength) || !IsHex(After(4, "listing "), 64) || !After(5, "answer ").All(c => char.IsAsciiLetterLower(c) || c == '-'))
            throw new FormatException("has a statement that cannot be read");
        byte[] salt = Convert.FromHexString(After(2, "salt "));
        var time = new DateTimeOffset(at, TimeSpan.Zero);
        if (Statement(time, salt, files, After(4, "listing "), After(5, "answer ")) != text) throw new FormatException("has a statement that cannot be read");
        return (time, salt, files, After(4, "listing "), After(5, "answer "));

        string After(int line, string name) => lines[line].StartsWith(name, StringComparison.Ordinal) ? lines[line][name.Length..] : "";
    }

    private static byte[] Line(AuditedFile file, byte[] salt, bool isLast)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Compact))
        {
            json.WriteStartObject();
            json.WriteString("path", file.Path);
            json.WriteNumber("bytes", file.Length);
            json.WriteString("sha256", Salted(salt, file.Bytes!.Value));
            if (file.Pixels is { } pixels) json.WriteString("pixels", Salted(salt, pixels));
            if (file.Seal is { } seal) json.WriteString("seal", Salted(salt, seal));
            if (file.Verdict is { } verdict) json.WriteString("verdict", verdict.Word());
            if (file.Label.Split is { } split) json.WriteString("split", split);
            if (file.Label.Label is { } label) json.WriteString("label", label);
            if (file.Patient is { } patient) json.WriteString("patient", patient);
            json.WriteEndObject();
        }
        if (!isLast) bytes.WriteByte((byte)',');
        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static ManifestEntry Entry(ReadOnlyMemory<byte> line, int number)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 1, AllowDuplicateProperties = false });
            JsonElement root = document.RootElement;
            string? path = root.GetProperty("path").GetString(), sha = root.GetProperty("sha256").GetString(), pixels = root.TryGetProperty("pixels", out JsonElement p) ? p.GetString() : null, seal = root.TryGetProperty("seal", out JsonElement s) ? s.GetString() : null;
            long bytes = root.GetProperty("bytes").GetInt64();
            if (path is { Length: > 0 and <= LongestPath } && bytes >= 0 && IsHex(sha, 64) && (pixels is null || IsHex(pixels, 64)) && (seal is null || IsHex(seal, 64))) return new ManifestEntry(path, bytes, sha!, pixels, seal);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
        {
            // told below, like any other line that is none
        }
        throw new FormatException($"has a line for file {number} that cannot be read");
    }

    private static bool IsHex(string? text, int digits) => text?.Length == digits && text.All(char.IsAsciiHexDigitLower);

    /// <summary>Lines of bytes ended by a line feed, each of a limited length.</summary>
    private sealed class LineReader(Stream input)
    {
        private readonly byte[] _buffer = new byte[1 << 16];
        private int _at, _end;

        /// <summary>The next line without its end; null behind the last.</summary>
        public byte[]? Next(int longest)
        {
            var line = new MemoryStream();
            while (true)
            {
                if (_at == _end)
                {
                    (_at, _end) = (0, input.Read(_buffer));
                    if (_end == 0) return line.Length == 0 ? null : throw new FormatException("has a last line without an end");
                }
                ReadOnlySpan<byte> there = _buffer.AsSpan(_at, _end - _at);
                int end = there.IndexOf((byte)'\n');
                ReadOnlySpan<byte> part = end < 0 ? there : there[..end];
                if (line.Length + part.Length > longest) throw new FormatException("has a line that is too long");
                line.Write(part);
                _at += part.Length + (end < 0 ? 0 : 1);
                if (end >= 0) return line.ToArray();
            }
        }
    }
}
