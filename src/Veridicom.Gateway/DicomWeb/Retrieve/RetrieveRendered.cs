using System.Globalization;
using Microsoft.AspNetCore.Http;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Multipart;
using Veridicom.Pixels;
using Veridicom.Pixels.Rendering;
using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.DicomWeb.Retrieve;

/// <summary>
/// Rendered frames and thumbnails (PS3.18-2023b 10.4.1.1.3, 10.4.1.1.4) as image/png. JPEG is not written here: a picture for the eye shall not lose what the file holds.
/// </summary>
internal static class RetrieveRendered
{
    private const string Png = "image/png";
    private const long MostPixels = 100_000_000;
    private const int Side = 4096, ThumbnailSide = 128;

    /// <summary>.../rendered and .../frames/{frames}/rendered.</summary>
    public static Task RenderedAsync(DicomWebRequest request) => DrawAsync(request, thumbnail: false);

    /// <summary>.../thumbnail, of an instance, a series, or a study: of its middle instance.</summary>
    public static Task ThumbnailAsync(DicomWebRequest request) => DrawAsync(request, thumbnail: true);

    private static async Task DrawAsync(DicomWebRequest request, bool thumbnail)
    {
        await request.DemandAsync(Scope.Read);
        if (!AcceptedMedia.Of(request.Http.Request).Any(media => media.Takes(Png))) throw ProblemException.NotAcceptable("pictures are given as image/png", "accept image/png");
        IQueryCollection query = request.Http.Request.Query;
        Window? window = WindowOf(query);
        (int Width, int Height)? viewport = Viewport(query);
        int frame = request.Http.Request.RouteValues["frames"] is string list ? One(RetrieveFrames.Frames(list)) : query.TryGetValue("frame", out var asked) ? One(RetrieveFrames.Frames(asked.ToString())) : 0;
        InstanceSet instances = await InstanceSet.FindAsync(request);
        StoredInstance instance = instances.First;
        if (thumbnail && request.SopInstanceUid is null)
        {
            int at = 0;
            await foreach (StoredInstance one in instances.AllAsync(request.Stop))
            {
                if (at++ != instances.Count / 2) continue;
                instance = one;
                break;
            }
        }
        byte[] png = await request.WorkAsync(() => Draw(request, instance, frame, window, viewport, thumbnail));
        await instances.RecordAsync(thumbnail ? "thumbnail" : "rendered");
        request.Http.Response.ContentType = Png;
        request.Http.Response.ContentLength = png.Length;
        await MultipartWriter.CopyAsync(png, request.Http.Response.BodyWriter, request.Stop);

        static int One(int[] frames) => frames.Length == 1 ? frames[0] : throw ProblemException.NotAcceptable("one picture is given at a time", "ask for one frame");
    }

    private static byte[] Draw(DicomWebRequest request, StoredInstance instance, int frame, Window? window, (int Width, int Height)? viewport, bool thumbnail)
    {
        using StoredObject stored = InstanceSet.Open(request, instance);
        try
        {
            FrameRendering rendering = FrameRendering.Open(DicomFile.Parse(stored), request.Source.Jpeg2000, out string reason) ?? throw ProblemException.NotAcceptable("no picture can be made: " + reason, "retrieve the instance as application/dicom");
            using PixelReader reader = rendering.Reader;
            PixelGeometry geometry = rendering.Geometry;
            if (frame > geometry.Frames) throw ProblemException.NotFound(string.Create(CultureInfo.InvariantCulture, $"frame: the instance has {geometry.Frames}"));
            if ((long)geometry.Rows * geometry.Columns > MostPixels) throw ProblemException.NotAcceptable("the frame is too large to be drawn here", "retrieve its frames or the instance");
            // of a series of frames the middle one shows the most
            int drawn = frame > 0 ? frame - 1 : thumbnail ? geometry.Frames / 2 : 0;
            Raster picture = rendering.Render(drawn, window).Picture;
            if (thumbnail) picture = picture.Reduced(ThumbnailSide);
            else if (viewport is { } view) picture = Fit(picture, view);
            return picture.ToPng();
        }
        catch (PixelException e)
        {
            throw ProblemException.NotAcceptable("no picture can be made: " + e.Message, "retrieve the instance as application/dicom");
        }
    }

    /// <summary>PS3.18-2023b 8.3.5.1.4: centre, width and function.</summary>
    private static Window? WindowOf(IQueryCollection query)
    {
        if (!query.TryGetValue("window", out var text)) return null;
        string[] parts = text.ToString().Split(',');
        WindowFunction? function = parts.Length < 3 ? WindowFunction.Linear : parts[2].ToLowerInvariant() switch
        {
            "linear" => WindowFunction.Linear,
            "linear-exact" => WindowFunction.LinearExact,
            "sigmoid" => WindowFunction.Sigmoid,
            _ => null,
        };
        if (parts.Length is 2 or 3 && function is { } known && Window.TryParse($"{parts[0]},{parts[1]}", out Window read) && (read with { Function = known }).IsSound) return read with { Function = known };
        throw ProblemException.BadRequest("the window is none", "give window=CENTRE,WIDTH,FUNCTION with linear, linear-exact or sigmoid");
    }

    /// <summary>PS3.18-2023b 8.3.5.1.3: size of the viewport, and which part of the picture is to fill it.</summary>
    private static (int Width, int Height)? Viewport(IQueryCollection query)
    {
        if (!query.TryGetValue("viewport", out var text)) return null;
        string[] parts = text.ToString().Split(',');
        if (parts.Length == 2 && Size(parts[0]) is { } width && Size(parts[1]) is { } height) return (width, height);
        throw ProblemException.BadRequest("the viewport is none that is drawn here", $"give viewport=WIDTH,HEIGHT, each 1 to {Side}; parts of a picture are not cut out");

        static int? Size(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int size) && size is > 0 and <= Side ? size : null;
    }

    /// <summary>Within the viewport, its shape kept; never enlarged, since that shows nothing more.</summary>
    private static Raster Fit(Raster picture, (int Width, int Height) view)
    {
        double scale = Math.Min((double)view.Width / picture.Width, (double)view.Height / picture.Height);
        return scale >= 1 ? picture : picture.Reduced(Math.Max(1, (int)(Math.Max(picture.Width, picture.Height) * scale)));
    }
}
