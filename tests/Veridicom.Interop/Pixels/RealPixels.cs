using Veridicom.Dicom;
using Veridicom.OpenJpeg;
using Veridicom.Testing;

namespace Veridicom.Interop.Pixels;

/// <summary>A real file: what we and the peers make of it.</summary>
/// <param name="File">Its path below the folder of real files.</param>
/// <param name="Syntax">UID of its transfer syntax, empty where it is no DICOM file.</param>
/// <param name="Refused">Why we give no samples, null where we do.</param>
/// <param name="Dcmtk">DCMTK's answer; where we give no samples, only whether it writes a file.</param>
/// <param name="Gdcm">GDCM's.</param>
internal sealed record RealImage(string File, string Syntax, string? Refused, PeerAnswer Dcmtk, PeerAnswer Gdcm);

/// <summary>All files of the reference folder that have pixels, decoded three times, once for all tests.</summary>
internal static class RealPixels
{
    private static readonly Lazy<IReadOnlyList<RealImage>> All = new(Run);

    /// <summary>Every file with pixel data, in ordinal order.</summary>
    public static IReadOnlyList<RealImage> Images => All.Value;

    private static IReadOnlyList<RealImage> Run()
    {
        IReadOnlyList<string> paths = RealFiles.Below("dicom");
        using OpenJpegWorkers workers = OpenJpegWorkersTests.Require();
        using var scratch = new ScratchFolder();
        var same = new SamePixels(workers, scratch);
        var images = new RealImage?[paths.Count];
        Parallel.For(0, paths.Count, i =>
        {
            string name = Path.GetRelativePath(RealFiles.Root, paths[i]).Replace('\\', '/');
            string syntax = "";
            try
            {
                syntax = DicomFile.Parse(new MemorySource(File.ReadAllBytes(paths[i]))).TransferSyntax.Uid;
            }
            catch (DicomException)
            {
                // Ours gives the reason
            }
            Samples? ours = same.Ours(paths[i], out string reason);
            if (ours is null && reason == "no pixels") return;
            images[i] = ours is null ? new RealImage(name, syntax, reason, same.Reads("dcmdjpeg", "+cn", paths[i]), same.Reads("gdcmconv", "--raw", paths[i]))
                : new RealImage(name, syntax, null, same.Dcmtk(paths[i], syntax, ours), same.Gdcm(paths[i], syntax, ours));
        });
        return [.. images.OfType<RealImage>()];
    }
}
