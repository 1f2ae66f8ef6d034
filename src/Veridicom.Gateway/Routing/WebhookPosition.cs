using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Veridicom.Gateway.Routing;

/// <summary>How far a webhook has followed the journal: a file with one number, replaced whole and flushed.</summary>
internal sealed class WebhookPosition(string folder, string url)
{
    private readonly string _file = Path.Combine(folder, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(url)))[..16] + ".position");

    /// <summary>The number, null where there is no file yet.</summary>
    /// <exception cref="FormatException">The file holds something else: an operator must say from where on to tell.</exception>
    public long? Read()
    {
        if (!File.Exists(_file)) return null;
        return long.TryParse(File.ReadAllText(_file).TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out long number) ? number
            : throw new FormatException($"{_file} does not hold a number: write the sequence number of the last journal entry that was told, or delete it to tell only what comes");
    }

    /// <summary>Writes it. When it returns the number survives a crash.</summary>
    public void Write(long sequence)
    {
        Directory.CreateDirectory(folder);
        string next = _file + ".next";
        using (var stream = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            stream.Write(Encoding.ASCII.GetBytes(sequence.ToString(CultureInfo.InvariantCulture) + "\n"));
            stream.Flush(flushToDisk: true);
        }

        // should the rename itself be lost, the older number stands: what came since is told twice, with the same sequence numbers
        File.Move(next, _file, overwrite: true);
    }
}
