using System.Globalization;
using Veridicom.Reports.Pictures;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Pixels.Rendering;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>The pictures of a report, and how many of them there may be.</summary>
internal sealed class ReportPictures(ReportSpool spool, IJpeg2000? jpeg2000, Func<Verdict, IJpeg2000?, OpenedOriginal?>? original)
{
    /// <summary>Bytes of PNG of altered frames in a report.</summary>
    public const long PictureBudget = 16L << 20;

    /// <summary>Bytes of PNG of small pictures in a report.</summary>
    public const long ThumbnailBudget = 4L << 20;

    /// <summary>Pictures of altered frames of one image.</summary>
    public const int MostOfImage = 4;

    /// <summary>Pixels of the longer side of a picture of an altered frame.</summary>
    public const int PictureSide = 720;

    /// <summary>Pixels of the longer side of the picture in a row.</summary>
    public const int RowSide = 96;

    /// <summary>Pixels of the longer side of the picture on a card whose pixels are not altered.</summary>
    public const int CardSide = 240;

    // Granted in the order of the files, so that it depends on no thread which pictures are there; once refused, always refused.
    private long _pictures = PictureBudget, _thumbnails = ThumbnailBudget;

    /// <summary>The image with its pictures. For any thread.</summary>
    public ReportImage Of(ReportImage image, DicomFile file, Verdict verdict)
    {
        if (!image.Facts.IsImage) return image;
        ILookup<int, PixelBox> altered = verdict.Reasons.Where(r => r.Box is not null).Select(r => r.Box!.Value).Distinct().ToLookup(box => box.Frame);
        bool draw = altered.Count > 0 ? Volatile.Read(ref _pictures) > 0 : Volatile.Read(ref _thumbnails) > 0;
        if (!draw) return image with { PictureNote = altered.Count > 0 ? OutOfRoom : "" };
        try
        {
            if (FrameRendering.Open(file, jpeg2000, out string reason) is not { } frames) return image with { PictureNote = "No picture: " + reason + "." };
            if (altered.Count == 0) return image with { Thumbnail = Small(image, frames, ReportCard.IsRow(verdict.Kind) ? RowSide : CardSide) };
            List<int> shown = [.. altered.Select(group => group.Key).Where(frame => frame >= 1 && frame <= frames.Geometry.Frames).Order().Take(MostOfImage)];
            using OpenedOriginal? sealedAs = original?.Invoke(verdict, jpeg2000);
            return image with
            {
                Pictures = [.. shown.Select(frame => Marked(image, frames, frame, [.. altered[frame]], sealedAs?.Pixels))],
                PictureNote = altered.Count <= shown.Count ? ""
                    : string.Create(CultureInfo.InvariantCulture, $"Pictures of {shown.Count} of {altered.Count} altered frames are shown here; veridicom verify --picture writes all of them."),
            };
        }
        catch (Exception e) when (e is PixelException or DicomException)
        {
            return image with { PictureNote = "No picture: " + e.Message + "." };
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            // A defect in what draws must not cost the verdict; it is called by its name.
            return image with { PictureNote = "No picture: " + Fault.Defect(e).Text + "." };
        }
    }

    /// <summary>What a card says where the limit of the report is reached.</summary>
    public const string OutOfRoom = "No more pictures of this image: the limit of the report is reached. veridicom verify --picture writes them all.";

    /// <summary>Whether there is room for a small picture still. In the order of the files.</summary>
    public bool Grant(ReportPicture? thumbnail) => thumbnail is not null && Grant(ref _thumbnails, thumbnail);

    /// <summary>The pictures for which there is room still. In the order of the files.</summary>
    public IReadOnlyList<ReportPicture> Grant(IReadOnlyList<ReportPicture> pictures) => [.. pictures.TakeWhile(picture => Grant(ref _pictures, picture))];

    private static bool Grant(ref long budget, ReportPicture picture)
    {
        long left = Volatile.Read(ref budget) - picture.Png.Length;
        Volatile.Write(ref budget, Math.Max(0, left));
        return left >= 0;
    }

    private ReportPicture Small(ReportImage image, FrameRendering frames, int side)
    {
        int frame = frames.Geometry.Frames / 2;
        Raster picture = frames.Render(frame).Picture.Reduced(side);
        return new ReportPicture(spool.Append(picture.ToPng()), picture.Width, picture.Height, $"{NameOf(image)}, small", "");
    }

    private ReportPicture Marked(ReportImage image, FrameRendering frames, int frame, IReadOnlyList<PixelBox> boxes, PixelReader? original)
    {
        (Raster marked, _, ChangedPixels? changed) = AlteredFrames.Mark(frames, frame, boxes, original);
        Raster shown = marked.Reduced(PictureSide);
        string places = boxes.Count == 1 ? Place(boxes[0]) : string.Create(CultureInfo.InvariantCulture, $"{boxes.Count} tiles, the first at {Place(boxes[0])}");
        string of = frames.Geometry.Frames == 1 ? "" : string.Create(CultureInfo.InvariantCulture, $"Frame {frame} of {frames.Geometry.Frames}. ");
        string exact = changed is not { Count: > 0 } ? "The change itself may be smaller."
            : changed.Count == 1 ? string.Create(CultureInfo.InvariantCulture, $"Compared with the original, one pixel differs, within the yellow line: column {changed.Box.X}, row {changed.Box.Y}.")
            : string.Create(CultureInfo.InvariantCulture, $"Compared with the original, {changed.Count} pixels differ, within the yellow line: {Place(new PixelBox(frame, changed.Box.X, changed.Box.Y, changed.Box.Width, changed.Box.Height))}.");
        return new ReportPicture(spool.Append(shown.ToPng()), shown.Width, shown.Height,
            $"{NameOf(image)}{(of.Length > 0 ? ", " + of.TrimEnd(' ', '.').ToLowerInvariant() : "")}. A red line with a white edge encloses what was changed: {places}",
            $"{of}Within the red line the pixels are not those that were sealed: {places}. {exact}");
    }

    private static string NameOf(ReportImage image) => image.Facts.Number.Length > 0 ? "Image " + image.Facts.Number : "Image";

    private static string Place(PixelBox box) =>
        string.Create(CultureInfo.InvariantCulture, $"columns {box.Column} to {box.Column + box.Width - 1}, rows {box.Row} to {box.Row + box.Height - 1}");
}
