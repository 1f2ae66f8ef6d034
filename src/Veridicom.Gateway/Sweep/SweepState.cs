using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.Sweep;

/// <summary>
/// How far a sweep has come: a file of JSON lines that only grows, written behind each instance. A sweep that was killed goes on behind the last whole line. Safe for use by
/// several threads.
/// </summary>
public sealed class SweepState : IDisposable
{
    private const int Format = 1, MostLine = 1 << 16;

    private readonly FileStream _file;
    private readonly Lock _one = new();
    private readonly ArrayBufferWriter<byte> _line = new();
    private readonly Dictionary<UInt128, (VerdictKind Kind, byte ExitCode)> _done = [];
    private readonly Dictionary<UInt128, string> _altered = [];
    private readonly int[] _counts = new int[Enum.GetValues<VerdictKind>().Length], _exitCodes = new int[256];

    private SweepState(FileStream file, string source)
    {
        (_file, Source) = (file, source);
    }

    /// <summary>What is swept, and how: "verify https://...".</summary>
    public string Source { get; }

    /// <summary>True where an earlier run had begun.</summary>
    public bool IsResumed { get; private set; }

    /// <summary>Place in the archive's feed of changes up to which all was seen; null where none is known.</summary>
    public long? Since { get; private set; }

    /// <summary>The worst exit code of any instance, earlier runs included.</summary>
    public int ExitCode
    {
        get
        {
            lock (_one) return Enumerable.Range(0, _exitCodes.Length).Where(code => _exitCodes[code] > 0).Aggregate(0, VerdictWords.Worse);
        }
    }

    /// <summary>Instances that were sealed, in all runs.</summary>
    public int Sealed { get; private set; }

    /// <summary>How many instances have this verdict.</summary>
    public int Count(VerdictKind kind)
    {
        lock (_one) return _counts[(int)kind];
    }

    /// <summary>How many instances were looked at.</summary>
    public int Total
    {
        get
        {
            lock (_one) return _done.Count;
        }
    }

    /// <summary>Names of the altered instances, in the order of names.</summary>
    public IReadOnlyList<string> Altered
    {
        get
        {
            lock (_one) return [.. _altered.Values.Order(StringComparer.Ordinal)];
        }
    }

    /// <summary>
    /// Opens the state of a sweep, or begins it; made in a folder that only the user can enter. Its name is a hash of <paramref name="source"/>.
    /// </summary>
    /// <exception cref="IOException">The file cannot be used, or another process uses it.</exception>
    /// <exception cref="InvalidDataException">It is no state of this sweep.</exception>
    public static SweepState Open(string folder, string source, bool restart)
    {
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(folder);
        else Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        string name = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(source)).AsSpan(0, 16));
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(Path.Combine(folder, name + ".jsonl"), options);
        try
        {
            if (restart) file.SetLength(0);
            var state = new SweepState(file, source);
            if (!state.Read()) state.Begin();
            return state;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Whether this instance was looked at.</summary>
    public bool IsDone(string key)
    {
        lock (_one) return _done.ContainsKey(Hash(key));
    }

    /// <summary>Notes the verdict of an instance, on the disk when this returns.</summary>
    public void Done(SweepItem item, Verdict verdict, bool isSealed)
    {
        ArgumentNullException.ThrowIfNull(item);
        lock (_one)
        {
            Set(Hash(item.Key), item.Name, verdict.Kind, verdict.ExitCode, isSealed);
            Append(json =>
            {
                json.WriteString("key", item.Key);
                json.WriteString("verdict", verdict.Kind.Word());
                json.WriteNumber("exitCode", verdict.ExitCode);
                if (isSealed) json.WriteBoolean("sealed", true);
                if (verdict.Kind == VerdictKind.Altered) json.WriteString("name", item.Name);
            });
        }
    }

    /// <summary>An instance was replaced in its archive: it is to be looked at again.</summary>
    public void Reopen(string key)
    {
        lock (_one)
        {
            if (!Forget(Hash(key))) return;
            Append(json => json.WriteString("reopened", key));
        }
    }

    /// <summary>Notes how far the feed of changes was gone through.</summary>
    public void Note(long since)
    {
        lock (_one)
        {
            if (Since == since) return;
            Since = since;
            Append(json => json.WriteNumber("since", since));
        }
    }

    private void Begin() => Append(json =>
    {
        json.WriteNumber("sweep", Format);
        json.WriteString("source", Source);
    });

    /// <summary>False for an empty file. What a crash left of a last line is cut off.</summary>
    private bool Read()
    {
        long whole = 0;
        bool any = false;
        using var reader = new BufferedLines(_file);
        while (reader.Next(out ReadOnlyMemory<byte> line))
        {
            try
            {
                using JsonDocument document = JsonDocument.Parse(line);
                Take(document.RootElement, first: !any);
            }
            catch (Exception e) when (e is JsonException or KeyNotFoundException or FormatException or InvalidOperationException)
            {
                throw new InvalidDataException($"{_file.Name}: line {reader.Count} is no line of a sweep's state", e);
            }
            any = true;
            whole += line.Length + 1;
        }
        _file.SetLength(whole);
        _file.Position = whole;
        IsResumed = any;
        return any;
    }

    private void Take(JsonElement line, bool first)
    {
        if (first)
        {
            if (line.GetProperty("sweep").GetInt32() != Format || line.GetProperty("source").GetString() != Source) throw new FormatException("another format or source");
        }
        else if (line.TryGetProperty("since", out JsonElement since)) Since = since.GetInt64();
        else if (line.TryGetProperty("reopened", out JsonElement reopened)) Forget(Hash(reopened.GetString()!));
        else
        {
            string word = line.GetProperty("verdict").GetString()!;
            VerdictKind kind = Enum.GetValues<VerdictKind>().First(k => k.Word() == word);
            Set(Hash(line.GetProperty("key").GetString()!), line.TryGetProperty("name", out JsonElement name) ? name.GetString()! : "", kind, line.GetProperty("exitCode").GetInt32(), line.TryGetProperty("sealed", out _));
        }
    }

    private void Set(UInt128 key, string name, VerdictKind kind, int exitCode, bool isSealed)
    {
        Forget(key);
        _done[key] = (kind, (byte)exitCode);
        _counts[(int)kind]++;
        _exitCodes[(byte)exitCode]++;
        if (kind == VerdictKind.Altered) _altered[key] = name;
        if (isSealed) Sealed++;
    }

    private bool Forget(UInt128 key)
    {
        if (!_done.Remove(key, out (VerdictKind Kind, byte ExitCode) before)) return false;
        _counts[(int)before.Kind]--;
        _exitCodes[before.ExitCode]--;
        _altered.Remove(key);
        return true;
    }

    private void Append(Action<Utf8JsonWriter> write)
    {
        _line.ResetWrittenCount();
        using (var json = new Utf8JsonWriter(_line))
        {
            json.WriteStartObject();
            write(json);
            json.WriteEndObject();
        }
        _line.Write("\n"u8);
        _file.Write(_line.WrittenSpan);
        // to the system, not to the platter: after a loss of power some instances are looked at once more, which harms nobody
        _file.Flush();
    }

    // 128 bits of each key: a million of them fit in memory, and two never meet.
    private static UInt128 Hash(string key) => BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key)));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    /// <summary>Lines that end with a line feed; what stands behind the last one is not given.</summary>
    private sealed class BufferedLines(Stream input) : IDisposable
    {
        private readonly byte[] _buffer = ArrayPool<byte>.Shared.Rent(MostLine);
        private int _start, _end;

        public int Count { get; private set; }

        public bool Next(out ReadOnlyMemory<byte> line)
        {
            while (true)
            {
                int length = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
                if (length >= 0)
                {
                    line = _buffer.AsMemory(_start, length);
                    _start += length + 1;
                    Count++;
                    return true;
                }
                _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
                (_start, _end) = (0, _end - _start);
                int read = _end < _buffer.Length ? input.Read(_buffer.AsSpan(_end)) : throw new InvalidDataException($"line {Count + 1} is longer than any line of a sweep's state");
                line = default;
                if (read == 0) return false;
                _end += read;
            }
        }

        public void Dispose() => ArrayPool<byte>.Shared.Return(_buffer);
    }
}
