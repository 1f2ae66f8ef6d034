using System.Globalization;
using Veridicom.Cli.Files;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Pixels.Registration;
using Veridicom.Pixels.Rendering;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Pictures;

/// <summary>How the picture of B lies on that of A.</summary>
public enum Relation
{
    /// <summary>Of one size, moved.</summary>
    Shifted,
    /// <summary>B is a part of A.</summary>
    CropOfA,
    /// <summary>A is a part of B.</summary>
    CropOfB,
    /// <summary>Each has something that the other has not.</summary>
    Overlapping,
}

/// <summary>B found on A: shifted by whole pixels, or cropped.</summary>
/// <param name="Relation">How they lie on one another.</param>
/// <param name="Shift">The shift.</param>
/// <param name="Frames">What differs where both have pixels: boxes are in pixels of B.</param>
public sealed record Registered(Relation Relation, PixelShift Shift, IReadOnlyList<FrameDifference> Frames)
{
    /// <summary>One line for people.</summary>
    public string Text => string.Create(CultureInfo.InvariantCulture, $"{What}: {Shift.Equal} of {Shift.Overlap} shared pixels of a frame are equal{(Shift.Alike < 1 ? $", and both are alike to {Math.Floor(Shift.Alike * 1000) / 1000:0.000}" : "")}");

    private string What => Relation switch
    {
        Relation.Shifted => string.Create(CultureInfo.InvariantCulture, $"B is A shifted by ({-Shift.Columns}, {-Shift.Rows}) columns and rows"),
        Relation.CropOfA => string.Create(CultureInfo.InvariantCulture, $"B is a crop of A at column {Shift.Columns}, row {Shift.Rows}"),
        Relation.CropOfB => string.Create(CultureInfo.InvariantCulture, $"A is a crop of B at column {-Shift.Columns}, row {-Shift.Rows}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"B lies on A at column {Shift.Columns}, row {Shift.Rows}"),
    };
}

/// <summary>Two files laid side by side for the eye: registered where one was cropped or shifted, and drawn.</summary>
public sealed class SideBySide
{
    private readonly FrameRendering _a, _b;

    private SideBySide(FrameRendering a, FrameRendering b) => (_a, _b) = (a, b);

    /// <summary>B on A, where it was shifted or cropped; null where it lies as A does, or cannot be found on it.</summary>
    public Registered? Registered { get; private set; }

    /// <summary>Opens the pixels of both. Null with a reason where one of them cannot be had, or they are of different kinds.</summary>
    public static SideBySide? Of(DicomFile a, DicomFile b, IJpeg2000? jpeg2000, out string reason)
    {
        if (FrameRendering.Open(a, jpeg2000, out reason) is not { } ofA) return null;
        if (FrameRendering.Open(b, jpeg2000, out reason) is not { } ofB) return null;
        reason = "one has colours and the other has none";
        return ofA.Geometry.Samples == ofB.Geometry.Samples ? new SideBySide(ofA, ofB) : null;
    }

    /// <summary>Looks for B on A in the first frame that differs, and compares all frames under what is found.</summary>
    /// <param name="frame">From 0.</param>
    /// <exception cref="PixelException">A frame cannot be decoded.</exception>
    public void Register(int frame)
    {
        PixelGeometry a = _a.Geometry, b = _b.Geometry;
        if (frame >= Math.Min(a.Frames, b.Frames) || WholePixelRegistration.Find(_a.Reader, _b.Reader, frame) is not { } shift) return;
        bool oneSize = a.Rows == b.Rows && a.Columns == b.Columns;
        if (oneSize && shift is { Columns: 0, Rows: 0 }) return;
        bool inA = shift.Columns >= 0 && shift.Rows >= 0 && shift.Columns + b.Columns <= a.Columns && shift.Rows + b.Rows <= a.Rows;
        bool inB = shift.Columns <= 0 && shift.Rows <= 0 && a.Columns - shift.Columns <= b.Columns && a.Rows - shift.Rows <= b.Rows;
        Relation relation = oneSize ? Relation.Shifted : inA ? Relation.CropOfA : inB ? Relation.CropOfB : Relation.Overlapping;
        var frames = new List<FrameDifference>();
        for (int f = 0; f < Math.Min(a.Frames, b.Frames) && frames.Count < Differences.MaxFrames; f++)
        {
            DifferenceMap map = DifferenceMap.Of(_a.Reader, _b.Reader, f, shift.Columns, shift.Rows)!;
            if (map.Count > 0) frames.Add(new FrameDifference(new PixelBox(f + 1, map.InB.X + map.Box.X, map.InB.Y + map.Box.Y, map.Box.Width, map.Box.Height), map.Count, map.Largest));
        }
        Registered = new Registered(relation, shift, frames);
    }

    /// <summary>
    /// Writes pictures of A, B and their difference: one for the first of the frames where <paramref name="target"/> ends in .png, else one for each frame into
    /// the new or empty folder of that name, at most <see cref="AlteredFrames.Most"/>.
    /// </summary>
    /// <param name="target">A PNG file or a folder.</param>
    /// <param name="frames">Frames that differ, from 1; the first is drawn where none is given.</param>
    /// <param name="output">Writes them.</param>
    /// <returns>The files written.</returns>
    public IReadOnlyList<string> Draw(string target, IReadOnlyList<int> frames, AtomicOutput output)
    {
        ArgumentNullException.ThrowIfNull(target);
        ArgumentNullException.ThrowIfNull(frames);
        ArgumentNullException.ThrowIfNull(output);
        if (frames.Count == 0) frames = [1];
        if (target.EndsWith(".png", StringComparison.OrdinalIgnoreCase)) return [Write(target, frames[0])];
        if (File.Exists(target) || (Directory.Exists(target) && Directory.EnumerateFileSystemEntries(target).Any()))
            throw FaultException.World("exists", target, "exists already and is not empty", "name a new folder for the pictures, or a .png file");
        return [.. frames.Take(AlteredFrames.Most).Select(frame => Write(Path.Combine(target, string.Create(CultureInfo.InvariantCulture, $"frame-{frame:D4}.png")), frame))];

        string Write(string path, int frame)
        {
            byte[] png = Draw(frame).ToPng();
            output.Write(path, stream => stream.Write(png), replace: false);
            return path;
        }
    }

    private Raster Draw(int frame)
    {
        PixelGeometry a = _a.Geometry, b = _b.Geometry;
        (int columns, int rows) = Registered is { } found ? (found.Shift.Columns, found.Shift.Rows) : (0, 0);
        int factor = Math.Max(1, Plate.FactorFor(Math.Max(a.Columns, b.Columns), Math.Max(a.Rows, b.Rows)) / 2);
        var pictures = new List<(string, Raster)>();
        var legend = new List<LegendLine>();
        DifferenceMap? map = frame <= a.Frames && frame <= b.Frames ? DifferenceMap.Of(_a.Reader, _b.Reader, frame - 1, columns, rows) : null;
        Add("A", _a, map?.InA);
        Add("B", _b, map?.InB);
        if (map is not null)
        {
            pictures.Add(("difference", map.Picture.Enlarged(factor)));
            PixelArea box = map.Box;
            legend.Insert(0, map.Count == 0
                ? new(string.Create(CultureInfo.InvariantCulture, $"frame {frame}: every pixel that both have is equal"))
                : new(string.Create(CultureInfo.InvariantCulture,
                    $"frame {frame}: {map.Count} of {(long)map.InB.Width * map.InB.Height} pixels differ, by at most {map.Largest:0.###}, in columns {map.InB.X + box.X} to {map.InB.X + box.X + box.Width - 1}, rows {map.InB.Y + box.Y} to {map.InB.Y + box.Y + box.Height - 1} of B")));
            legend.Insert(1, new("difference: black where equal, red to yellow the more they differ; red boxes: around all that differs", Ink.Tile));
        }
        if (Registered is not null) legend.Add(new(Registered.Text + "; yellow: what both have", Ink.Exact));
        return Plate.Compose(pictures, legend);

        void Add(string name, FrameRendering rendering, PixelArea? shared)
        {
            if (frame > rendering.Geometry.Frames)
            {
                legend.Add(new(string.Create(CultureInfo.InvariantCulture, $"{name} has no frame {frame}")));
                return;
            }
            RenderedFrame rendered = rendering.Render(frame - 1);
            Raster picture = rendered.Picture.Enlarged(factor);
            int thickness = Plate.ThicknessFor(picture.Width, picture.Height);
            if (shared is { } area)
            {
                if (Registered is not null) picture.Outline([area.Times(factor)], Ink.Exact, Ink.Black, thickness);
                if (map!.Count > 0)
                {
                    int room = Math.Max(1, 3 / factor);
                    var box = new PixelArea(area.X + map.Box.X - room, area.Y + map.Box.Y - room, map.Box.Width + 2 * room, map.Box.Height + 2 * room);
                    picture.Outline([box.Times(factor)], Ink.Tile, Ink.White, 1);
                }
            }
            pictures.Add((name, picture));
            legend.Add(new($"{name}: {rendered.Windowing.Text}"));
        }
    }
}
