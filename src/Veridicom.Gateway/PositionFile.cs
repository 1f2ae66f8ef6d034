using System.Text;

namespace Veridicom.Gateway;

/// <summary>A small file that says how far somebody has followed the journal.</summary>
internal static class PositionFile
{
    /// <summary>
    /// Replaces the file whole; when it returns its bytes are flushed. Throws <see cref="IOException"/> where the disk does not take it; the old one
    /// stays then. A power cut may bring the old one back: what came since is told once more, and nothing is lost.
    /// </summary>
    public static void Replace(string path, string text)
    {
        string next = path + ".next";
        using (var file = new FileStream(next, FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0))
        {
            file.Write(Encoding.ASCII.GetBytes(text));
            file.Flush(flushToDisk: true);
        }
        File.Move(next, path, overwrite: true);
    }
}
