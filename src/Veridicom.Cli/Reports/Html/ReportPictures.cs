using Veridicom.Dicom;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Reports.Html;

/// <summary>The pictures of a report, and how many of them there may be.</summary>
internal sealed class ReportPictures(ReportSpool spool)
{
    /// <summary>Bytes of PNG of altered frames in a report.</summary>
    public const long PictureBudget = 16L << 20;

    /// <summary>Bytes of PNG of small pictures in a report.</summary>
    public const long ThumbnailBudget = 4L << 20;

    /// <summary>Pictures of one image.</summary>
    public const int MostOfImage = 4;

    /// <summary>Pixels of the longer side of a picture.</summary>
    public const int PictureSide = 720;

    /// <summary>Pixels of the longer side of a small picture.</summary>
    public const int ThumbnailSide = 96;

    private readonly ReportSpool _spool = spool;

    // Granted in the order of the files, so that it depends on no thread which pictures are there; once refused, always refused.
    private long _pictures = PictureBudget, _thumbnails = ThumbnailBudget;

    /// <summary>The image with its pictures. For any thread.</summary>
    public ReportImage Of(ReportImage image, DicomFile file, Verdict verdict) => image;

    /// <summary>Whether there is room for a small picture still. In the order of the files.</summary>
    public bool Grant(ReportPicture? thumbnail)
    {
        if (thumbnail is null) return false;
        long left = Volatile.Read(ref _thumbnails) - thumbnail.Png.Length;
        Volatile.Write(ref _thumbnails, Math.Max(0, left));
        return left >= 0;
    }

    /// <summary>The pictures for which there is room still. In the order of the files.</summary>
    public IReadOnlyList<ReportPicture> Grant(IReadOnlyList<ReportPicture> pictures)
    {
        var granted = new List<ReportPicture>();
        foreach (ReportPicture picture in pictures)
        {
            long left = Volatile.Read(ref _pictures) - picture.Png.Length;
            Volatile.Write(ref _pictures, Math.Max(0, left));
            if (left < 0) break;
            granted.Add(picture);
        }
        return granted;
    }
}
