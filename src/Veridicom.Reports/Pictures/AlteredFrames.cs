using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Pixels.Rendering;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Pictures;

/// <summary>A picture of one altered frame.</summary>
/// <param name="Frame">From 1.</param>
/// <param name="Png">The PNG file.</param>
public sealed record FramePicture(int Frame, byte[] Png);

/// <summary>Pictures of the altered frames of a file: what differs from what was sealed is outlined, and a legend says what is seen.</summary>
/// <param name="Pictures">By frame, at most <see cref="Most"/>.</param>
/// <param name="Note">What is not shown and why, empty where all is.</param>
public sealed record AlteredFrames(IReadOnlyList<FramePicture> Pictures, string Note)
{
    /// <summary>Frames of one file that are drawn.</summary>
    public const int Most = 20;

    /// <summary>Draws the frames in which a verdict found pixels that differ; none where it found none.</summary>
    /// <param name="file">The file that was judged.</param>
    /// <param name="verdict">What was found.</param>
    /// <param name="jpeg2000">Decoder of JPEG 2000; null where there is none.</param>
    /// <param name="original">The pixels as sealed, of a file that is known to be intact; null where there is none at hand.</param>
    public static AlteredFrames Draw(DicomFile file, Verdict verdict, IJpeg2000? jpeg2000, PixelReader? original)
    {
        ArgumentNullException.ThrowIfNull(file);
        ArgumentNullException.ThrowIfNull(verdict);
        if (verdict.Parts.GetValueOrDefault(Part.Pixels) != PartState.Altered) return new AlteredFrames([], "");
        List<IGrouping<int, PixelBox>> frames = [.. verdict.Reasons.Where(r => r.Code is ReasonCode.PixelsChanged or ReasonCode.PixelBytesChanged && r.Box is not null)
            .Select(r => r.Box!.Value).Distinct().GroupBy(box => box.Frame).OrderBy(g => g.Key)];
        if (frames.Count == 0) return new AlteredFrames([], "no picture: the place of what differs is not known");
        if (FrameRendering.Open(file, jpeg2000, out string reason) is not { } rendering) return new AlteredFrames([], "no picture: " + reason);
        var pictures = new List<FramePicture>();
        string note = "";
        foreach (IGrouping<int, PixelBox> frame in frames.Take(Most))
        {
            if (frame.Key > rendering.Geometry.Frames) continue;
            try
            {
                pictures.Add(new FramePicture(frame.Key, Draw(rendering, frame.Key, [.. frame], verdict, original).ToPng()));
            }
            catch (PixelException e)
            {
                if (note.Length == 0) note = string.Create(CultureInfo.InvariantCulture, $"no picture of frame {frame.Key}: {e.Message}");
            }
        }
        bool all = frames.Count <= Most && verdict.MoreReasons == 0;
        return new AlteredFrames(pictures, note.Length > 0 || all ? note : string.Create(CultureInfo.InvariantCulture, $"only the first {pictures.Count} altered frames are drawn"));
    }

    /// <summary>A frame, enlarged by <see cref="Plate.FactorFor"/>, with boxes outlined and, where the original is at hand, the very pixels that differ marked.</summary>
    /// <param name="rendering">The file.</param>
    /// <param name="frame">From 1.</param>
    /// <param name="boxes">Boxes of this frame that differ.</param>
    /// <param name="original">The pixels as sealed, null where they are not at hand; of another shape they are left aside.</param>
    /// <exception cref="PixelException">It cannot be decoded.</exception>
    internal static (Raster Picture, RenderedFrame Rendered, ChangedPixels? Changed) Mark(FrameRendering rendering, int frame, IReadOnlyCollection<PixelBox> boxes, PixelReader? original)
    {
        RenderedFrame rendered = rendering.Render(frame - 1);
        int factor = Plate.FactorFor(rendering.Geometry.Columns, rendering.Geometry.Rows);
        Raster picture = rendered.Picture.Enlarged(factor);
        ChangedPixels? changed = original is not null && SameShape(original.Geometry, rendering.Geometry) ? ChangedPixels.Of(original, rendering.Reader, frame - 1) : null;
        if (changed is { Count: > 0 })
        {
            foreach (PixelArea run in changed.Runs) picture.Tint(run.Times(factor), Ink.Exact);
            PixelArea box = changed.Box;
            int room = Math.Max(1, 3 / factor);
            picture.Outline([new PixelArea(box.X - room, box.Y - room, box.Width + 2 * room, box.Height + 2 * room).Times(factor)], Ink.Exact, Ink.Black, 1);
        }
        picture.Outline([.. boxes.Select(box => new PixelArea(box.Column, box.Row, box.Width, box.Height).Times(factor))], Ink.Tile, Ink.White, Plate.ThicknessFor(picture.Width, picture.Height));
        return (picture, rendered, changed);
    }

    private static Raster Draw(FrameRendering rendering, int frame, PixelBox[] boxes, Verdict verdict, PixelReader? original)
    {
        (Raster picture, RenderedFrame rendered, ChangedPixels? changed) = Mark(rendering, frame, boxes, original);
        PixelGeometry g = rendering.Geometry;
        int factor = Plate.FactorFor(g.Columns, g.Rows);
        var legend = new List<LegendLine>
        {
            new(string.Create(CultureInfo.InvariantCulture, $"{verdict.Kind.Word().ToUpperInvariant()}  frame {frame} of {g.Frames}, {Tiles(boxes, g)}")),
            new("red boxes: pixels differ from what was sealed", Ink.Tile),
        };
        if (changed is { Count: > 0 })
        {
            PixelArea box = changed.Box;
            legend.Add(new(changed.Count == 1
                ? string.Create(CultureInfo.InvariantCulture, $"yellow: the one pixel that differs from the original, column {box.X}, row {box.Y}")
                : string.Create(CultureInfo.InvariantCulture, $"yellow: {changed.Count} pixels differ from the original, columns {box.X} to {box.X + box.Width - 1}, rows {box.Y} to {box.Y + box.Height - 1}"), Ink.Exact));
        }
        legend.Add(new("shown: " + rendered.Windowing.Text + (factor > 1 ? string.Create(CultureInfo.InvariantCulture, $"; enlarged {factor} times") : "")));
        if (verdict.Parts.GetValueOrDefault(Part.Display) == PartState.Altered) legend.Add(new("attributes that say how the picture is shown were changed, too"));
        if (verdict.SealedAt is { } at && verdict.SealIdentity is { Length: >= 8 } identity)
            legend.Add(new(string.Create(CultureInfo.InvariantCulture, $"sealed {at.UtcDateTime:yyyy-MM-dd HH:mm} UTC, seal {identity[..8]}")));
        return Plate.Compose([("", picture)], legend);
    }

    private static string Tiles(PixelBox[] boxes, PixelGeometry g)
    {
        if (boxes is [{ Column: 0, Row: 0 } only] && only.Width == g.Columns && only.Height == g.Rows && TileGrid.For(g.Rows, g.Columns).Count > 1) return "somewhere in the frame";
        return string.Create(CultureInfo.InvariantCulture, $"{boxes.Length} of {TileGrid.For(g.Rows, g.Columns).Count} tiles changed");
    }

    private static bool SameShape(PixelGeometry a, PixelGeometry b) =>
        a.Element == b.Element && a.Frames == b.Frames && a.Rows == b.Rows && a.Columns == b.Columns && a.Samples == b.Samples && a.CellBytes == b.CellBytes;
}
