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
        PositionFile.Replace(_file, sequence.ToString(CultureInfo.InvariantCulture) + "\n");
    }
}
