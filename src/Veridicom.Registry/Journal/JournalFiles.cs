using Microsoft.Win32.SafeHandles;
using Veridicom.Registry.Store;

namespace Veridicom.Registry.Journal;

/// <summary>
/// The journal's files, open for writing by one process: 00000001.jsonl and so on, a new one after 64 MiB. <see cref="Append"/> has written all
/// or nothing; what a crash in the midst of it left is cut off at the next opening. Not thread-safe.
/// </summary>
internal sealed class JournalFiles : IDisposable
{
    /// <summary>A file as long as this is written to no more.</summary>
    public const long FileSize = 64 << 20;

    /// <summary>Bytes of entries that are held at a time where many are applied: each can have megabytes.</summary>
    public const int BatchBytes = 8 << 20;

    private const UnixFileMode Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private readonly string _folder;
    private readonly IDiskSteps _disk;
    private readonly long _fileSize;
    private FolderLock? _lock;
    private SafeFileHandle? _file;
    private int _number;
    private long _length;
    private bool _uncertain;

    private JournalFiles(string folder, IDiskSteps disk, long fileSize) => (_folder, _disk, _fileSize) = (folder, disk, fileSize);

    /// <summary>Sequence number of the newest entry, 0 for none.</summary>
    public long Sequence { get; private set; }

    /// <summary>Hash of the chain at the newest entry.</summary>
    public byte[] Hash { get; private set; } = JournalChain.Start;

    /// <summary>Identity of the journal, null while it is empty.</summary>
    public string? Id { get; private set; }

    /// <summary>Entries behind the newest checkpoint, as far as the opening looked back.</summary>
    public long SinceCheckpoint { get; private set; }

    /// <summary>Bytes of an unfinished write that the opening cut off.</summary>
    public long CutBytes { get; private set; }

    /// <summary>
    /// Opens the journal, and checks its chain from the registry's newest entry on, which must be one of it.
    /// </summary>
    /// <exception cref="RegistryException">Another process has it, the disk fails, or journal and registry contradict each other or themselves.</exception>
    public static JournalFiles Open(string folder, (long Sequence, string Hash) registry, IDiskSteps disk, long fileSize = FileSize)
    {
        var journal = new JournalFiles(Path.GetFullPath(folder), disk, fileSize);
        try
        {
            journal.Open(registry);
            return journal;
        }
        catch (Exception e)
        {
            journal.Dispose();
            if (DiskFault.Is(e)) throw DiskFault.Of($"the journal {journal._folder} could not be opened", e);
            throw;
        }
    }

    private void Open((long Sequence, string Hash) registry)
    {
        if (!Directory.Exists(_folder))
        {
            if (OperatingSystem.IsWindows()) Directory.CreateDirectory(_folder);
            else Directory.CreateDirectory(_folder, Mode | UnixFileMode.UserExecute);
        }
        if (Path.GetDirectoryName(_folder) is { } parent) _disk.FlushFolder(parent);
        _lock = FolderLock.Take(_folder);
        IReadOnlyList<string> files = JournalLines.Files(_folder);
        (long? cut, string agreed) = Scan(files, registry.Sequence);
        if (registry.Sequence > Sequence)
            throw new RegistryException($"the registry holds entry {registry.Sequence}, but the journal {_folder} ends with {Sequence}: entries were lost from it, or it belongs to another registry. Restore the journal; only if it cannot be had, 'veridicom registry rebuild' makes the registry anew from what the journal has", canRetry: false);
        if (registry.Sequence > 0 && agreed != registry.Hash)
            throw new RegistryException($"journal {_folder} and registry have different entries {registry.Sequence}: one of them was changed, or they do not belong together. See 'veridicom audit-trail verify'; 'veridicom registry rebuild' makes the registry anew from the journal", canRetry: false);
        _number = files.Count;
        if (files.Count == 0) return;
        _file = File.OpenHandle(files[^1], FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        _length = RandomAccess.GetLength(_file);
        if (cut is { } end)
        {
            CutBytes = _length - end;
            _disk.Cut(_file, end);
            _length = end;
        }
        // What a process that died had written and not flushed was read just now; from here on it counts.
        _disk.Flush(_file);
        _disk.FlushFolder(_folder);
    }

    /// <summary>Walks the chain from the file that holds an entry on. Says where the last file is to be cut off, and the hash at that entry.</summary>
    private (long? Cut, string Agreed) Scan(IReadOnlyList<string> files, long known)
    {
        int first = files.Count - 1;
        while (first > 0 && !(FirstSequence(files[first]) <= known)) first--;
        if (files.Count > 0) Id = ReadId(files[0]);
        if (first > 0) (Sequence, Hash) = LastOf(files[first - 1]);
        string agreed = Sequence == known ? Convert.ToHexStringLower(Hash) : "";
        for (int i = Math.Max(first, 0); i < files.Count; i++)
        {
            foreach (JournalLine line in JournalLines.ReadFile(files[i]))
            {
                ChainedLine next;
                try
                {
                    next = ChainedLine.Follow(Sequence, Hash, line);
                }
                catch (FormatException e)
                {
                    if (i == files.Count - 1 && IsUnfinished(line)) return (line.Offset, agreed);
                    throw Damaged(line, e);
                }
                (Sequence, Hash) = (next.Sequence, next.Hash);
                if (Sequence == known) agreed = Convert.ToHexStringLower(Hash);
                SinceCheckpoint = next.Entry.Kind == EntryKind.Checkpoint ? 0 : SinceCheckpoint + 1;
            }
        }
        return (null, agreed);
    }

    // A write that was never finished leaves a last line that is wrong, or, after a loss of power, blocks of zeros, which no entry can hold. Neither
    // was flushed. A line that reads as one of ours behind the damage may have been, and what stood before it was acknowledged then: such an end is
    // for people to look at. What was acknowledged the registry knows as well, as far as it is flushed itself, and that is compared before anything is cut.
    private static bool IsUnfinished(JournalLine line)
    {
        // behind a line that is longer than any nothing can be told apart
        bool isTail = JournalLines.ReadFile(line.File).SkipWhile(other => other.Offset < line.Offset)
            .All(other => (other.IsWhole || IsLast(other)) && (other.Offset == line.Offset || !IsEntry(other)));
        return isTail && (IsLast(line) || HasZero(line));
    }

    private static bool IsEntry(JournalLine line)
    {
        if (!line.IsWhole || !JournalChain.TrySplit(line.Bytes, out _, out ReadOnlyMemory<byte> json)) return false;
        try
        {
            JournalText.Read(json.Span);
            return true;
        }
        catch (FormatException)
        {
            return false;
        }
    }

    private static bool IsLast(JournalLine line) => line.Offset + line.Bytes.Length + 1 >= new FileInfo(line.File).Length;

    private static bool HasZero(JournalLine line)
    {
        using FileStream file = File.OpenRead(line.File);
        file.Position = line.Offset;
        byte[] buffer = new byte[1 << 16];
        for (int count; (count = file.Read(buffer)) > 0;)
        {
            if (buffer.AsSpan(0, count).Contains((byte)0)) return true;
        }
        return false;
    }

    private static long? FirstSequence(string file)
    {
        JournalLine? line = JournalLines.ReadFile(file).FirstOrDefault();
        if (line is null || !line.IsWhole || !JournalChain.TrySplit(line.Bytes, out _, out ReadOnlyMemory<byte> json)) return null;
        try
        {
            return JournalText.Read(json.Span).Sequence;
        }
        catch (FormatException)
        {
            return null; // the walk over the file says what is wrong
        }
    }

    private static (long, byte[]) LastOf(string file)
    {
        JournalLine line = JournalLines.ReadFile(file).LastOrDefault() ?? throw new RegistryException($"the journal file {file} is empty: restore it", canRetry: false);
        try
        {
            if (!line.IsWhole || !JournalChain.TrySplit(line.Bytes, out string hash, out ReadOnlyMemory<byte> json)) throw new FormatException("it is not a hash and an entry");
            return (JournalText.Read(json.Span).Sequence, Convert.FromHexString(hash));
        }
        catch (FormatException e)
        {
            throw Damaged(line, e);
        }
    }

    private static string? ReadId(string file)
    {
        JournalLine? line = JournalLines.ReadFile(file).FirstOrDefault();
        if (line is null) return null;
        ChainedLine first;
        try
        {
            first = ChainedLine.Follow(0, JournalChain.Start, line);
        }
        catch (FormatException)
        {
            return null; // an unfinished write, or the walk over the file says what is wrong
        }
        try
        {
            return JournalIdentity.Read(first.Entry);
        }
        catch (FormatException e)
        {
            throw Damaged(line, e);
        }
    }

    private static RegistryException Damaged(JournalLine line, Exception e) =>
        new($"the journal is damaged at {line.Place} ({line.File}, byte {line.Offset}): {e.Message}. Restore the file from a copy; 'veridicom audit-trail verify' shows all that is wrong. Only where a loss of power left it so, and no receiver of the audit trail has an entry from there on, may the file be cut off at that byte", canRetry: false, e);

    /// <summary>The entries after one, with their places in the chain.</summary>
    public IEnumerable<ChainedLine> After(long sequence)
    {
        IReadOnlyList<string> files = JournalLines.Files(_folder);
        int first = files.Count - 1;
        while (first > 0 && !(FirstSequence(files[first]) <= sequence + 1)) first--;
        (long before, byte[] hash) = first > 0 ? LastOf(files[first - 1]) : (0, JournalChain.Start);
        foreach (JournalLine line in files.Skip(Math.Max(first, 0)).SelectMany(JournalLines.ReadFile))
        {
            ChainedLine next = ChainedLine.Follow(before, hash, line); // walked at the opening: it follows
            (before, hash) = (next.Sequence, next.Hash);
            if (before > sequence) yield return next;
        }
    }

    /// <summary>The same in batches: of so many lines at most, and of no more bytes than <paramref name="mostBytes"/>, or of one line alone.</summary>
    public IEnumerable<IReadOnlyList<ChainedLine>> After(long sequence, int mostLines, int mostBytes = BatchBytes)
    {
        var batch = new List<ChainedLine>();
        long bytes = 0;
        foreach (ChainedLine line in After(sequence))
        {
            if (batch.Count > 0 && (batch.Count == mostLines || bytes + line.Json.Length > mostBytes))
            {
                yield return batch;
                (batch, bytes) = ([], 0);
            }
            batch.Add(line);
            bytes += line.Json.Length;
        }
        if (batch.Count > 0) yield return batch;
    }

    /// <summary>
    /// Adds lines that end with an entry. When it returns they are on the disk; when it throws they are not part of the journal, but a crash
    /// before the next call may leave them there.
    /// </summary>
    /// <exception cref="RegistryException">They could not be written, or not flushed.</exception>
    public void Append(ReadOnlySpan<byte> lines, ChainedEnd end)
    {
        try
        {
            if (_uncertain) TakeBack();
            if (_file is null || _length >= _fileSize) NextFile();
            _uncertain = true;
            _disk.Write(_file!, lines, _length);
            _disk.Flush(_file!);
            _uncertain = false;
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            TryTakeBack();
            throw DiskFault.Of("the journal could not be written", e);
        }
        _length += lines.Length;
        (Sequence, Hash, Id) = (end.Sequence, end.Hash, Id ?? end.Id);
    }

    private void NextFile()
    {
        string path = Path.Combine(_folder, JournalLines.NameOf(_number + 1));
        _disk.Delete(path); // of an attempt of ours that failed: at the opening there was none
        SafeFileHandle file = _disk.Create(path, Mode);
        try
        {
            _disk.FlushFolder(_folder);
        }
        catch
        {
            file.Dispose();
            throw;
        }
        _file?.Dispose();
        (_file, _length) = (file, 0);
        _number++;
    }

    private void TakeBack()
    {
        _disk.Cut(_file!, _length);
        _disk.Flush(_file!);
        _uncertain = false;
    }

    private void TryTakeBack()
    {
        try
        {
            if (_uncertain) TakeBack();
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            // Nothing is written before this has been made up for.
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _file?.Dispose();
        _lock?.Dispose();
    }
}

/// <summary>Where the chain ends after an append.</summary>
/// <param name="Sequence">Sequence number.</param>
/// <param name="Hash">Hash.</param>
/// <param name="Id">The first append: identity of the journal.</param>
internal readonly record struct ChainedEnd(long Sequence, byte[] Hash, string? Id = null);

/// <summary>The first entry of a journal names it: 128 random bits tell it from every other.</summary>
public static class JournalIdentity
{
    private const string Prefix = "journal ";

    /// <summary>The entry that begins a journal.</summary>
    public static JournalEntry Entry(string id, DateTimeOffset at) => new() { Kind = EntryKind.Administered, At = at, Who = Actor.Gateway, Detail = Prefix + id };

    /// <summary>The identity that a first entry gives, 32 lower-case hexadecimal digits.</summary>
    /// <exception cref="FormatException">It gives none.</exception>
    public static string Read(JournalEntry first) =>
        first is { Kind: EntryKind.Administered, Detail: { } detail } && detail.StartsWith(Prefix, StringComparison.Ordinal)
        && detail.Length == Prefix.Length + 32 && detail.AsSpan(Prefix.Length).IndexOfAnyExcept("0123456789abcdef") < 0
            ? detail[Prefix.Length..]
            : throw new FormatException("the first entry does not name the journal");
}
