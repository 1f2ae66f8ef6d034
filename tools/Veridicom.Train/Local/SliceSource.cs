using Veridicom.Dicom;
using Veridicom.Forensics;

namespace Veridicom.Train.Local;

/// <summary>A CT series, or slices of one kind by different patients.</summary>
/// <param name="Name">As tables name it.</param>
/// <param name="Slices">In order.</param>
/// <param name="Related">True where they are neighbours of one series.</param>
/// <param name="Judged">True where they may judge only; false where they may set numbers only.</param>
internal sealed record SliceSource(string Name, IReadOnlyList<GrayPicture> Slices, bool Related, bool Judged)
{
    /// <summary>
    /// The CT images of the data folder, parted by series: half of the 8-bit chest slices, by runs of numbers so that a patient stays together, and the single
    /// images set numbers; the rest, and the head series, judges.
    /// </summary>
    /// <param name="data">The folder with <c>ct-png</c> and <c>dicom</c>.</param>
    public static IReadOnlyList<SliceSource> Read(string data)
    {
        var sources = new List<SliceSource>();
        string png = Path.Combine(data, "ct-png");
        if (Directory.Exists(png))
        {
            var slices = Directory.GetFiles(png, "*.png").OrderBy(Number).ThenBy(path => path, StringComparer.Ordinal).Select(path => PictureFile.Open(File.ReadAllBytes(path)).Stored(0)).ToList();
            sources.Add(new SliceSource("chest, 8 bits (first half)", [.. slices.Take(slices.Count / 2)], false, false));
            sources.Add(new SliceSource("chest, 8 bits (second half)", [.. slices.Skip(slices.Count / 2)], false, true));
        }
        var single = new List<GrayPicture>();
        foreach (string name in (ReadOnlySpan<string>)["wg04/RLE/CT1_RLE.dcm", "pydicom/CT_small.dcm"])
        {
            if (Path.Combine(data, "dicom", name) is { } path && File.Exists(path) && Open(path) is { } slice) single.Add(slice);
        }
        if (single.Count > 0) sources.Add(new SliceSource("single slices, 16 bits", single, false, false));
        string folder = Path.Combine(data, "dicom", "series-ct");
        if (Directory.Exists(folder))
        {
            var series = Directory.GetFiles(folder, "*.dcm").Order(StringComparer.Ordinal).Select(Open).OfType<GrayPicture>().ToList();
            if (series.Count > 0) sources.Add(new SliceSource("head series, 16 bits", series, true, true));
        }
        return sources;

        static long Number(string path) => long.TryParse(new string([.. Path.GetFileNameWithoutExtension(path).Where(char.IsAsciiDigit)]), out long number) ? number : 0;
    }

    private static GrayPicture? Open(string path)
    {
        DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(path)));
        using PictureFile? picture = PictureFile.Open(file, null, out _);
        return picture?.Stored(0);
    }
}
