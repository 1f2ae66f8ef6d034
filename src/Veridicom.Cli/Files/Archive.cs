using System.Buffers.Binary;
using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Veridicom.Dicom;

namespace Veridicom.Cli.Files;

/// <summary>
/// A zip archive whose entries are read as files. What an archive declares is not believed: entries, their number and what they inflate to
/// have limits, and their names never become names on the disk. One entry is read at a time.
/// </summary>
public sealed class Archive
{
    /// <summary>Entries of one archive.</summary>
    public const int MostEntries = 200_000;

    /// <summary>Bytes of one entry, inflated.</summary>
    public const long LongestEntry = 8L << 30;

    /// <summary>Inflated bytes per deflated byte once <see cref="RatioFloor"/> is passed.</summary>
    public const int HighestRatio = 200;

    /// <summary>Bytes that any entry may inflate to, whatever its ratio.</summary>
    public const long RatioFloor = 16L << 20;

    private readonly ZipArchive _zip;
    private readonly Lock _gate = new();
    private int _held = 1;

    private Archive(ZipArchive zip) => _zip = zip;

    /// <summary>
    /// True for a file that begins as zip archives do and is no DICOM file all the same (a preamble may hold anything).
    /// </summary>
    public static bool IsArchive(string path)
    {
        Span<byte> head = stackalloc byte[132];
        using SafeFileHandle handle = File.OpenHandle(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        int count = RandomAccess.Read(handle, head, 0);
        if (count < 4 || !(head[..4].SequenceEqual("PK\u0003\u0004"u8) || head[..4].SequenceEqual("PK\u0005\u0006"u8))) return false;
        return count < 132 || !head[128..].SequenceEqual("DICM"u8);
    }

    /// <summary>Opens an archive. It closes once <see cref="Release"/> was called as often as <see cref="Hold"/>, and once more.</summary>
    /// <exception cref="InvalidDataException">No archive, or a damaged one.</exception>
    public static Archive Open(string path)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, 1 << 16);
        try
        {
            // The central directory is read into memory as a whole: how long it is has to be known first.
            if (CountOf(file) > MostEntries) throw FaultException.Bad("archive-limit", null, $"holds more than {MostEntries} entries", "unpack it and name the folder");
            return new Archive(new ZipArchive(file, ZipArchiveMode.Read));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>The entries that are files, ordered by name.</summary>
    public IReadOnlyList<ZipArchiveEntry> Entries()
    {
        if (_zip.Entries.Count > MostEntries) throw FaultException.Bad("archive-limit", null, $"holds more than {MostEntries} entries", "unpack it and name the folder");
        var files = new List<ZipArchiveEntry>(_zip.Entries.Count);
        foreach (ZipArchiveEntry entry in _zip.Entries)
        {
            if (entry.Name.Length > 0 && entry.Length > 0) files.Add(entry);
        }
        files.Sort((a, b) => string.CompareOrdinal(a.FullName, b.FullName));
        return files;
    }

    internal void Hold() => Interlocked.Increment(ref _held);

    internal void Release()
    {
        if (Interlocked.Decrement(ref _held) == 0) _zip.Dispose();
    }

    /// <summary>Reads an entry: into the worker's buffer, or a long one into a file without a name that vanishes when it is closed.</summary>
    internal OpenedFile Open(ZipArchiveEntry entry, FileBuffers buffers)
    {
        lock (_gate)
        {
            long length = Demand(entry, LongestEntry);
            using Stream inflated = entry.Open();
            if (length <= buffers.WholeLimit)
            {
                byte[] whole = buffers.WholeOf((int)length);
                Fill(inflated, whole.AsSpan(0, (int)length));
                return new OpenedFile(new MemorySource(whole.AsMemory(0, (int)length)), null, null);
            }
            return Spool(inflated, length, buffers);
        }
    }

    internal ReadOnlyMemory<byte> ReadSmall(ZipArchiveEntry entry, int most)
    {
        lock (_gate)
        {
            var bytes = new byte[Demand(entry, most)];
            using Stream inflated = entry.Open();
            Fill(inflated, bytes);
            return bytes;
        }
    }

    private static OpenedFile Spool(Stream inflated, long length, FileBuffers buffers)
    {
        string temporary = Path.Combine(Path.GetTempPath(), AtomicOutput.TemporaryPrefix + Path.GetRandomFileName());
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, Options = FileOptions.DeleteOnClose, BufferSize = 0 };
        if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        var file = new FileStream(temporary, options);
        try
        {
            byte[] part = buffers.WindowOf(1 << 20);
            for (long left = length; left > 0;)
            {
                int count = (int)Math.Min(left, part.Length);
                Fill(inflated, part.AsSpan(0, count), atEnd: count == left);
                file.Write(part, 0, count);
                left -= count;
            }
            return new OpenedFile(new FileSource(file.SafeFileHandle, length, buffers), file);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static long Demand(ZipArchiveEntry entry, long most)
    {
        long length = entry.Length, deflated = Math.Max(1, entry.CompressedLength);
        if (length > most) throw FaultException.Bad("archive-limit", null, $"inflates to {length} bytes, more than {most}", "unpack it and name the file");
        if (length > RatioFloor && length / deflated > HighestRatio)
            throw FaultException.Bad("archive-limit", null, $"inflates to {length / deflated} times its size", "no real image comes near this: look where the archive came from");
        return length;
    }

    /// <summary>Exactly as many bytes as were declared: not one less, and with <paramref name="atEnd"/> not one more.</summary>
    private static void Fill(Stream inflated, Span<byte> into, bool atEnd = true)
    {
        int count = inflated.ReadAtLeast(into, into.Length, throwOnEndOfStream: false);
        if (count < into.Length || (atEnd && inflated.ReadByte() >= 0))
            throw FaultException.Bad("bad-archive", null, "is not as long as the archive says", "the archive is damaged: fetch it again");
    }

    /// <summary>Entries that the end record declares; 0 where there is none (the reader of the archive then says so).</summary>
    private static long CountOf(FileStream file)
    {
        const int endLength = 22, locatorLength = 20;
        int tail = (int)Math.Min(file.Length, endLength + ushort.MaxValue + locatorLength);
        var bytes = new byte[tail];
        file.Seek(-tail, SeekOrigin.End);
        file.ReadExactly(bytes);
        file.Seek(0, SeekOrigin.Begin);
        for (int at = tail - endLength; at >= 0; at--)
        {
            if (BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at)) != 0x06054B50) continue;
            int count = BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(at + 10));
            if (count != ushort.MaxValue) return count;
            // The 64-bit record has it; each entry of the directory takes at least 46 bytes.
            if (at < locatorLength || BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(at - locatorLength)) != 0x07064B50) return count;
            long record = BinaryPrimitives.ReadInt64LittleEndian(bytes.AsSpan(at - locatorLength + 8));
            if (record < 0 || record > file.Length - 56) return long.MaxValue;
            var end64 = new byte[56];
            file.Seek(record, SeekOrigin.Begin);
            file.ReadExactly(end64);
            file.Seek(0, SeekOrigin.Begin);
            long declared = BinaryPrimitives.ReadInt64LittleEndian(end64.AsSpan(32));
            return declared < 0 ? long.MaxValue : declared;
        }
        return 0;
    }
}
