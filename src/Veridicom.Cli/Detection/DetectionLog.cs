using System.Buffers;
using System.Text;
using System.Text.Json;
using Veridicom.Cli.Files;
using Veridicom.Forensics;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Detection;

/// <summary>What a log of results belongs to: results of another model, thresholds or options are not mixed with these.</summary>
/// <param name="Program">Version of this program.</param>
/// <param name="Model">Version and digest of the models.</param>
/// <param name="Thresholds">Name of the thresholds, and where opinions begin.</param>
/// <param name="Options">Options that change results.</param>
internal sealed record LogHeader(string Program, string Model, string Thresholds, string Options);

/// <summary>
/// Results of a long run as JSON lines that only grow: a first line that says what they belong to, then one line for each image with its full path, length
/// and time of last change. A run that is begun again leaves out what stands there unchanged. A last line that was torn off is cut away. One run at a time.
/// </summary>
internal sealed class DetectionLog : IDisposable
{
    private const int FlushEvery = 200, LongestLine = 4 << 20, Version = 1;
    private readonly FileStream _file;
    private readonly string _path;
    private readonly Dictionary<string, Entry> _done = new(StringComparer.Ordinal);
    private readonly ArrayBufferWriter<byte> _line = new();
    private int _sinceFlush;

    private readonly record struct Entry(long Length, long Written, Opinion Opinion);

    private DetectionLog(FileStream file, string path) => (_file, _path) = (file, path);

    /// <summary>Images that stood in it when it was opened.</summary>
    public int Earlier { get; private set; }

    /// <summary>Opens or makes it.</summary>
    /// <exception cref="FaultException">Another run writes to it, it belongs to something else, or holds something else.</exception>
    public static DetectionLog Open(string path, LogHeader header)
    {
        string full = Path.GetFullPath(path);
        var target = new FileInfo(full);
        if (target.LinkTarget is not null || Directory.Exists(full)) throw FaultException.World("name", path, "is a folder or a symbolic link", "name a file");
        var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 1 << 16 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // it names files, and so perhaps patients
        FileStream file;
        try
        {
            file = new FileStream(full, options);
        }
        catch (IOException e) when (e is not (FileNotFoundException or DirectoryNotFoundException or PathTooLongException))
        {
            throw FaultException.World("resume", path, e.Message, "is another run writing to it?");
        }
        var log = new DetectionLog(file, path);
        try
        {
            const UnixFileMode writable = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
            if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(file.SafeFileHandle) & writable) != 0)
                throw FaultException.World("mode", path, "others may write the results that stand in it", "name another file; or chmod 600 it, if nobody else has written to it");
            log.Read(header);
            return log;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Length and time of an input; null where it is no file of the disk, and so is judged each time.</summary>
    public static (long Length, long Written)? StampOf(Input input)
    {
        if (input.FilePath is not { } path) return null;
        var file = new FileInfo(path);
        return file.Exists ? (file.Length, file.LastWriteTimeUtc.Ticks) : null;
    }

    /// <summary>True for an image that stands in the log and did not change since; its opinion and exit code.</summary>
    public bool IsDone(string place, (long Length, long Written)? stamp, out Opinion opinion, out int exitCode)
    {
        (opinion, exitCode) = (default, 0);
        if (stamp is not { } now || !_done.TryGetValue(place, out Entry entry) || (entry.Length, entry.Written) != now) return false;
        (opinion, exitCode) = (entry.Opinion, Detected.Code(entry.Opinion));
        return true;
    }

    /// <summary>Adds a result.</summary>
    public void Add(string place, (long Length, long Written) stamp, Action<Utf8JsonWriter> result)
    {
        Append(json =>
        {
            json.WriteString("place", place);
            json.WriteNumber("length", stamp.Length);
            json.WriteNumber("written", stamp.Written);
            json.WriteStartObject("result");
            result(json);
            json.WriteEndObject();
        });
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file.Flush(flushToDisk: true);
        _file.Dispose();
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
        _file.Flush(flushToDisk: ++_sinceFlush % FlushEvery == 0); // what a killed run had said is there; a loss of power may take a few
    }

    private void Read(LogHeader header)
    {
        long good = 0, number = 0;
        foreach ((byte[] line, bool whole) in Lines())
        {
            if (!whole) break;
            number++;
            JsonDocument? document = null;
            try
            {
                document = JsonDocument.Parse(line, new JsonDocumentOptions { MaxDepth = 32 });
                if (number == 1) Demand(document.RootElement, header);
                else Take(document.RootElement);
            }
            catch (Exception e) when (e is JsonException or InvalidOperationException or KeyNotFoundException or FormatException)
            {
                // only what was written last can be torn; a file of another kind must not be cut
                if (number == 1 || good + line.Length + 1 < _file.Length) throw FaultException.Bad("resume", _path, $"is no file of results of this command (line {number})", "name another file");
                break;
            }
            finally
            {
                document?.Dispose();
            }
            good += line.Length + 1;
        }
        if (number == 0 && _file.Length > 0 && !IsTornHeader()) throw FaultException.Bad("resume", _path, "is no file of results of this command (line 1)", "name another file");
        _file.SetLength(good);
        _file.Seek(0, SeekOrigin.End);
        Earlier = _done.Count;
        if (good > 0) return;
        Append(json =>
        {
            json.WriteNumber("veridicomDetect", Version);
            json.WriteString("program", header.Program);
            json.WriteString("model", header.Model);
            json.WriteString("thresholds", header.Thresholds);
            json.WriteString("options", header.Options);
        });
    }

    private bool IsTornHeader()
    {
        ReadOnlySpan<byte> start = "{\"veridicomDetect\":"u8;
        Span<byte> head = stackalloc byte[start.Length];
        _file.Seek(0, SeekOrigin.Begin);
        int read = _file.ReadAtLeast(head, head.Length, throwOnEndOfStream: false);
        return start.StartsWith(head[..read]);
    }

    private void Demand(JsonElement first, LogHeader header)
    {
        if (first.GetProperty("veridicomDetect").GetInt32() != Version) throw new FormatException();
        var known = new LogHeader(first.TryGetProperty("program", out JsonElement program) ? program.GetString() ?? "" : "", first.GetProperty("model").GetString()!, first.GetProperty("thresholds").GetString()!, first.GetProperty("options").GetString()!);
        if (known != header)
            throw FaultException.World("resume", _path, "holds results of another model, another version of this program, other thresholds or other options", "go on with those, or name another file: all images are judged anew then");
    }

    private void Take(JsonElement line)
    {
        JsonElement result = line.GetProperty("result");
        string word = result.GetProperty("opinion").GetString() ?? throw new FormatException();
        string place = line.GetProperty("place").GetString() ?? throw new FormatException();
        Opinion? opinion = Enum.GetValues<Opinion>().Cast<Opinion?>().FirstOrDefault(o => o!.Value.Word() == word);
        // an opinion that is none, or one that ends with another code, was not written by this program: that image is judged again
        if (opinion is { } known && result.GetProperty("exitCode") is { ValueKind: JsonValueKind.Number } ended && ended.TryGetInt32(out int code) && code == Detected.Code(known))
            _done[place] = new Entry(line.GetProperty("length").GetInt64(), line.GetProperty("written").GetInt64(), known);
        else _done.Remove(place);
    }

    private IEnumerable<(byte[] Line, bool Whole)> Lines()
    {
        _file.Seek(0, SeekOrigin.Begin);
        var window = new byte[1 << 16];
        using var line = new MemoryStream();
        for (int read; (read = _file.Read(window)) > 0;)
        {
            for (int from = 0; from < read;)
            {
                int end = window.AsSpan(from, read - from).IndexOf((byte)'\n');
                int count = end < 0 ? read - from : end;
                if (line.Length + count > LongestLine) throw FaultException.Bad("resume", _path, "is no file of results of this command", "name another file");
                line.Write(window, from, count);
                from += count + 1;
                if (end < 0) break;
                yield return (line.ToArray(), true);
                line.SetLength(0);
            }
        }
        if (line.Length > 0) yield return (line.ToArray(), false);
    }
}
