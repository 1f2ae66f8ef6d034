using Veridicom.Registry.Store;

namespace Veridicom.Registry.Journal;

/// <summary>A line of a journal file as it lies there, good or bad.</summary>
/// <param name="File">Path of the file.</param>
/// <param name="Number">From 1.</param>
/// <param name="Offset">Of its first byte.</param>
/// <param name="Bytes">Without the line feed. Cut off where it is longer than any line can be.</param>
/// <param name="IsWhole">False where the file ends without a line feed, or the line is too long.</param>
public sealed record JournalLine(string File, int Number, long Offset, ReadOnlyMemory<byte> Bytes, bool IsWhole)
{
    /// <summary>"00000001.jsonl line 17".</summary>
    public string Place => $"{Path.GetFileName(File)} line {Number}";
}

/// <summary>The files of a journal and their lines: reads whatever lies there, changes nothing, and may be used while the journal is written.</summary>
public static class JournalLines
{
    /// <summary>The longest line that is read: hash, space, entry, line feed.</summary>
    public const int MostBytes = JournalText.MostBytes + 2 * JournalChain.Size + 2;

    private const string Extension = ".jsonl";

    /// <summary>Name of a file of the journal, from 1.</summary>
    public static string NameOf(int number) => $"{number:d8}{Extension}";

    /// <summary>The files in their order.</summary>
    /// <exception cref="RegistryException">One is missing in between, a name is none of ours, or the folder cannot be read.</exception>
    public static IReadOnlyList<string> Files(string folder)
    {
        try
        {
            if (!Directory.Exists(folder)) return [];
            string[] files = Directory.GetFiles(folder, "*" + Extension);
            Array.Sort(files, StringComparer.Ordinal);
            for (int i = 0; i < files.Length; i++)
            {
                if (Path.GetFileName(files[i]) != NameOf(i + 1))
                    throw new RegistryException($"the journal {folder} has {Path.GetFileName(files[i])} where {NameOf(i + 1)} should be: restore the file that is missing, or take away what does not belong there", canRetry: false);
            }
            return files;
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            throw DiskFault.Of($"the journal {folder} could not be read", e);
        }
    }

    /// <summary>The lines of all files.</summary>
    /// <exception cref="RegistryException">A file cannot be read, or is missing in between.</exception>
    public static IEnumerable<JournalLine> Read(string folder) => Files(folder).SelectMany(ReadFile);

    /// <summary>The lines of one file.</summary>
    /// <exception cref="RegistryException">It cannot be read.</exception>
    public static IEnumerable<JournalLine> ReadFile(string file)
    {
        using FileStream stream = Open(file);
        byte[] buffer = new byte[1 << 20];
        int start = 0, end = 0, number = 1;
        long offset = 0; // of buffer[start]
        for (bool ended = false; ;)
        {
            int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                yield return new JournalLine(file, number++, offset, buffer.AsMemory(start, length).ToArray(), length < MostBytes);
                start += length + 1;
                offset += length + 1;
                continue;
            }
            if (ended || end - start >= MostBytes)
            {
                if (end > start) yield return new JournalLine(file, number, offset, buffer.AsMemory(start, end - start).ToArray(), false);
                yield break; // nothing behind a line without end can be told apart
            }
            if (start > 0) buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
            if (end == buffer.Length) Array.Resize(ref buffer, Math.Min(2 * buffer.Length, MostBytes + (1 << 16)));
            int count = Read(stream, buffer.AsSpan(end));
            ended = count == 0;
            end += count;
        }
    }

    private static FileStream Open(string file)
    {
        try
        {
            return new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            throw DiskFault.Of($"the journal file {file} could not be opened", e);
        }
    }

    private static int Read(FileStream stream, Span<byte> into)
    {
        try
        {
            return stream.Read(into);
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            throw DiskFault.Of($"the journal file {stream.Name} could not be read", e);
        }
    }
}
