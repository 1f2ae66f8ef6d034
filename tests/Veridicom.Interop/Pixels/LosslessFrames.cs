using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>Decoded cells of files, for comparison with what others decode.</summary>
internal static class LosslessFrames
{
    /// <summary>All frames, canonical; the test fails where they cannot be had.</summary>
    public static byte[] Of(string path, out PixelGeometry geometry, out int nearLossless)
    {
        DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(path)));
        Assert.True(PixelGeometry.TryFindPixels(file.DataSet, out DicomNode node), path);
        PixelGeometry? read = PixelGeometry.Read(file.DataSet, node, out string reason);
        Assert.True(read is not null, $"{path}: {reason}");
        PixelReader? reader = PixelReader.Open(file.TransferSyntax, node, read, null, out reason);
        Assert.True(reader is not null, $"{path}: {reason}");
        using var all = new MemoryStream();
        for (int frame = 0; frame < read.Frames; frame++)
        {
            for (int row = 0; row < read.Rows; row++) all.Write(reader.Rows(frame, row, 1));
        }
        geometry = read;
        nearLossless = reader is DecodedPixels decoded ? decoded.Facts(0).NearLossless : 0;
        return all.ToArray();
    }

    public static byte[] Of(string path) => Of(path, out _, out _);

    public static string Syntax(string path) => DicomFile.Parse(new MemorySource(File.ReadAllBytes(path))).TransferSyntax.Uid;

    /// <summary>The largest difference of two cells.</summary>
    public static int Difference(byte[] a, byte[] b, PixelGeometry geometry)
    {
        Assert.Equal(a.Length, b.Length);
        int largest = 0, step = geometry.CellBytes;
        for (int i = 0; i < a.Length; i += step) largest = Math.Max(largest, Math.Abs(Cell(a, i) - Cell(b, i)));
        return largest;

        int Cell(byte[] cells, int at) => unchecked(step == 1 ? geometry.Signed ? (sbyte)cells[at] : cells[at] : geometry.Signed ? (short)(cells[at] | cells[at + 1] << 8) : cells[at] | cells[at + 1] << 8);
    }
}
