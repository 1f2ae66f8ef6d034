using System.Globalization;

namespace Veridicom.Gateway.Audit;

/// <summary>
/// How far the journal has been given to the syslog server: one small file "sequence hash", replaced whole and flushed. With the hash a position
/// of another journal is not taken for one of this.
/// </summary>
internal sealed class SyslogPosition(string path)
{
    private const int Longest = 128;

    /// <summary>What the file says; 0 where it is not there or says nothing that can be read: then all is sent once more.</summary>
    public (long Sequence, string Hash) Read()
    {
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists || file.Length > Longest) return (0, "");
            string[] parts = File.ReadAllText(path).TrimEnd('\n').Split(' ');
            return parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) && parts[1].Length == 64 ? (sequence, parts[1]) : (0, "");
        }
        catch (IOException)
        {
            return (0, "");
        }
    }

    /// <summary>Replaces the file. Throws <see cref="IOException"/> where the disk does not take it; the old position stays then.</summary>
    public void Write(long sequence, string hash) => PositionFile.Replace(path, string.Create(CultureInfo.InvariantCulture, $"{sequence} {hash}\n"));
}
