using Veridicom.Pixels;

namespace Veridicom.Reports.Pictures;

/// <summary>A file as it was sealed, opened.</summary>
/// <param name="file">What holds its bytes; closed with this.</param>
/// <param name="pixels">Its pixels.</param>
public sealed class OpenedOriginal(IDisposable file, PixelReader pixels) : IDisposable
{
    /// <summary>Its pixels; they hold as long as this is not disposed of.</summary>
    public PixelReader Pixels { get; } = pixels;

    /// <inheritdoc/>
    public void Dispose() => file.Dispose();
}
