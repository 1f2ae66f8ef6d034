using System.Buffers;
using Veridicom.Gateway.Intake;

namespace Veridicom.Gateway.DicomWeb.Verdicts;

/// <summary>A body that is judged and not kept.</summary>
internal static class SpooledBody
{
    /// <summary>The longest body that is judged, bytes.</summary>
    public const long Longest = 2L << 30;

    /// <summary>Reads a body to its end.</summary>
    /// <exception cref="ProblemException">413: longer than <see cref="Longest"/>; 503: the disk does not take it.</exception>
    public static async Task<Spool> ReadAsync(Stream body, string folder, CancellationToken stop)
    {
        byte[] buffer = ArrayPool<byte>.Shared.Rent(256 << 10);
        var spool = new Spool(folder);
        try
        {
            for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
            {
                if (spool.Length + read > Longest) throw ProblemException.TooLarge($"no more than {Longest} bytes are judged in a request");
                Add(spool, buffer.AsSpan(0, read));
            }
            return spool;
        }
        catch
        {
            spool.Dispose();
            throw;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
        }
    }

    private static void Add(Spool spool, ReadOnlySpan<byte> bytes)
    {
        try
        {
            spool.Input.Write(bytes);
        }
        catch (IOException)
        {
            throw ProblemException.Unavailable("the disk of this gateway does not take the body");
        }
    }
}
