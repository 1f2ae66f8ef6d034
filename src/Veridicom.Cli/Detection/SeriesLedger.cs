using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Veridicom.Cli.Files;
using Veridicom.Dicom;
using Veridicom.Forensics;
using Veridicom.Forensics.Manipulation;
using Veridicom.Pixels;
using Veridicom.Seals.Manifest;

namespace Veridicom.Cli.Detection;

/// <summary>One slice of a CT series: where it lies, and its place in the patient.</summary>
internal sealed record SeriesSlice(string Path, string Name, string Series, Slice Geometry, int Rows, int Columns)
{
    /// <summary>The slice; null for what is none: another modality, several frames, no place in a series, or an entry of an archive, which would have to be unpacked twice.</summary>
    public static SeriesSlice? Of(Input input, PictureFile file)
    {
        if (input.FilePath is not { } path || file is not { Dicom: { } dicom, Geometry: { Frames: 1, Samples: 1 } shape } || !Detector.IsCt(file)) return null;
        InstanceFacts facts = InstanceFacts.Read(dicom.DataSet);
        return facts.CanBeListed && facts.Slice.Position.Length > 0 ? new SeriesSlice(path, input.Name, facts.Series, facts.Slice, shape.Rows, shape.Columns) : null;
    }
}

/// <summary>What was found between the slices of a series.</summary>
/// <param name="Series">Series Instance UID, as the files have it.</param>
/// <param name="Slices">Slices that were compared, in order of their places in the patient.</param>
/// <param name="Places">Parts that differ from the slices beside them; the frame is the place in <paramref name="Slices"/>.</param>
/// <param name="Unread">Slices that could not be read again.</param>
/// <param name="Repeated">Slices that were met before and left out: another file of the same instance, or the same pixels at the same place in the patient.</param>
internal sealed record SeriesOpinion(string Series, IReadOnlyList<SeriesSlice> Slices, IReadOnlyList<LocalFinding> Places, int Unread, int Repeated)
{
    /// <summary>The opinion, by the same rules as that of a file.</summary>
    public Opinion Opinion => OpinionRules.Of([], Places);
}

/// <summary>
/// Slices of CT series that a run meets, compared with their neighbours once all are known. Some hundred bytes of each slice are kept; pixels are read again,
/// a stretch of slices at a time.
/// </summary>
internal sealed class SeriesLedger(Surroundings surroundings)
{
    private const int Fewest = SliceConsistency.LeastSlices, MostAtOnce = 256, Overlap = 8, MostPlaces = 100;
    private const long Budget = 192L << 20; // bytes of pixels in memory
    private readonly Dictionary<string, string> _pool = new(StringComparer.Ordinal);
    private readonly List<SeriesSlice> _slices = [];

    /// <summary>Takes a slice down.</summary>
    public void Add(SeriesSlice slice)
    {
        if (!_pool.TryGetValue(slice.Series, out string? series)) _pool[slice.Series] = series = slice.Series;
        _slices.Add(slice with { Series = series });
    }

    /// <summary>Takes a slice down that an earlier run judged: its header is read again.</summary>
    public void AddUnread(Input input)
    {
        try
        {
            using OpenedFile opened = input.Open(new FileBuffers(surroundings.Workers));
            if (!DicomSniff.MeansDicom(input.Name, opened.Source)) return;
            using PictureFile? file = ImageOpening.Open(input, opened, surroundings.Jpeg2000);
            if (file is not null && SeriesSlice.Of(input, file) is { } slice) Add(slice);
        }
        catch (Exception e) when (Fault.From(e) is not null)
        {
            // it was judged; that it cannot be read any more is no finding
        }
    }

    /// <summary>Compares the slices of each series, in the order in which series were met.</summary>
    public IEnumerable<SeriesOpinion> Judge()
    {
        foreach (IGrouping<(string Series, int Rows, int Columns), SeriesSlice> series in _slices.GroupBy(slice => (slice.Series, slice.Rows, slice.Columns)))
        {
            // a series that is there twice, as in a backup, has not the same noise in two slices but one slice in two files
            List<SeriesSlice> slices = [.. series.DistinctBy(slice => slice.Geometry.Instance, StringComparer.Ordinal)];
            if (slices.Count < Fewest) continue;
            SeriesSlice[] ordered = [.. SeriesOrder.ByGeometry([.. slices.Select(slice => slice.Geometry)]).Select(i => slices[i])];
            int atOnce = (int)Math.Min(MostAtOnce, Budget / (sizeof(float) * (long)series.Key.Rows * series.Key.Columns));
            if (atOnce <= 2 * Overlap) continue;
            yield return Judge(series.Key.Series, ordered, atOnce, series.Count() - slices.Count);
        }
    }

    private SeriesOpinion Judge(string series, SeriesSlice[] slices, int atOnce, int repeated)
    {
        var places = new List<LocalFinding>();
        var pixels = new List<(int Index, GrayPicture Picture)>();
        var met = new HashSet<(string Position, string Digest)>();
        int unread = 0, again = 0;
        for (int next = 0; next < slices.Length;)
        {
            for (; next < slices.Length && pixels.Count < atOnce; next++)
            {
                surroundings.Stop.ThrowIfCancellationRequested();
                if (Read(slices[next]) is not { } picture) unread++;
                // elsewhere in the patient the same pixels are a finding
                else if (!met.Add((slices[next].Geometry.Position, Convert.ToHexString(SHA256.HashData(MemoryMarshal.AsBytes(picture.Values)))))) again++;
                else pixels.Add((next, picture));
            }
            if (pixels.Count < Fewest) break;
            foreach (LocalFinding found in SliceConsistency.Examine([.. pixels.Select(p => p.Picture)]))
            {
                LocalFinding place = found with { Frame = pixels[found.Frame].Index };
                if (!places.Exists(known => known.Frame == place.Frame && known.Code == place.Code && known.Area == place.Area)) places.Add(place); // stretches overlap
            }
            pixels.RemoveRange(0, Math.Max(0, pixels.Count - Overlap));
        }
        return new SeriesOpinion(series, slices, [.. places.OrderByDescending(place => place.Score).Take(MostPlaces)], unread, repeated + again);
    }

    private GrayPicture? Read(SeriesSlice slice)
    {
        try
        {
            using OpenedFile opened = new FileBuffers(1).Open(slice.Path);
            using PictureFile? file = PictureFile.Open(DicomFile.Parse(opened.Source), surroundings.Jpeg2000, out _);
            if (file?.Geometry is not { } shape || shape.Rows != slice.Rows || shape.Columns != slice.Columns) return null;
            return file.Stored(0);
        }
        catch (Exception e) when (Fault.From(e) is not null)
        {
            return null;
        }
    }
}
