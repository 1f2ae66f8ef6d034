using System.Security.Cryptography;

namespace Veridicom.Reports.Html;

/// <summary>A stretch of a <see cref="ReportSpool"/>.</summary>
/// <param name="Offset">Where it begins, in bytes.</param>
/// <param name="Length">Bytes.</param>
public readonly record struct SpoolSlice(long Offset, int Length);

/// <summary>
/// What waits for its place in the report, in a temporary file beside it that only its owner can read: a report of ten thousand images needs
/// no more memory than one of ten. Safe for use by several threads.
/// </summary>
public sealed class ReportSpool : IDisposable
{
    private readonly FileStream _file;
    private long _length;

    /// <summary>Opens it in a folder, which is made where there is none.</summary>
    public ReportSpool(string folder)
    {
        Directory.CreateDirectory(folder);
        string path = Path.Combine(folder, ".veridicom-" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite, Share = FileShare.None, BufferSize = 0 };
        if (OperatingSystem.IsWindows()) options.Options = FileOptions.DeleteOnClose;
        else options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite; // what waits here may name patients
        _file = new FileStream(path, options);
        // Without a name it is gone with this process, however that ends; Windows removes it when it is closed.
        if (!OperatingSystem.IsWindows()) File.Delete(path);
    }

    /// <summary>Keeps bytes.</summary>
    public SpoolSlice Append(ReadOnlySpan<byte> bytes)
    {
        long offset = Interlocked.Add(ref _length, bytes.Length) - bytes.Length;
        RandomAccess.Write(_file.SafeFileHandle, bytes, offset);
        return new SpoolSlice(offset, bytes.Length);
    }

    /// <summary>The bytes kept.</summary>
    public byte[] Read(SpoolSlice slice)
    {
        var bytes = new byte[slice.Length];
        for (int done = 0; done < bytes.Length;)
        {
            int read = RandomAccess.Read(_file.SafeFileHandle, bytes.AsSpan(done), slice.Offset + done);
            done += read > 0 ? read : throw new EndOfStreamException("the temporary file of the report became shorter");
        }
        return bytes;
    }

    /// <summary>Copies bytes kept into a stream.</summary>
    public void CopyTo(SpoolSlice slice, Stream output) => output.Write(Read(slice));

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();
}
