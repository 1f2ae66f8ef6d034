using System.Globalization;
using Microsoft.AspNetCore.Http;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Multipart;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Rendering;
using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.DicomWeb.Retrieve;

/// <summary>
/// Rendered frames and thumbnails (PS3.18-2023b 10.4.1.1.3, 10.4.1.1.4) as image/jpeg, the default of the standard
/// (table 8.7.4-1), or as image/png, which loses nothing.
/// </summary>
internal static class RetrieveRendered
{
    private const string Png = "image/png", Jpeg = "image/jpeg";
    private const long MostPixels = 100_000_000;
    private const int Side = 4096, ThumbnailSide = 128, UsualQuality = 90;

    /// <summary>.../rendered and .../frames/{frames}/rendered.</summary>
    public static Task RenderedAsync(DicomWebRequest request) => DrawAsync(request, thumbnail: false);

    /// <summary>.../thumbnail, of an instance, a series, or a study: of its middle instance.</summary>
    public static Task ThumbnailAsync(DicomWebRequest request) => DrawAsync(request, thumbnail: true);

    private static async Task DrawAsync(DicomWebRequest request, bool thumbnail)
    {
        await request.DemandAsync(Scope.Read);
        AcceptedMedia wanted = AcceptedMedia.Of(request.Http.Request).FirstOrDefault(media => media.Takes(Jpeg) || media.Takes(Png))
            ?? throw ProblemException.NotAcceptable("pictures are given as image/jpeg or image/png", "accept one of them");
        string type = wanted.Takes(Jpeg) ? Jpeg : Png;
        IQueryCollection query = request.Http.Request.Query;
        Window? window = WindowOf(query);
        (int Width, int Height)? viewport = Viewport(query);
        int quality = Quality(query), frame = request.Http.Request.RouteValues["frames"] is string list ? One(RetrieveFrames.Frames(list)) : query.TryGetValue("frame", out var asked) ? One(RetrieveFrames.Frames(asked.ToString())) : 0;
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
        byte[] picture = await request.WorkAsync(() =>
        {
            Raster drawn = Draw(request, instance, frame, window, viewport, thumbnail);
            return type == Png ? drawn.ToPng() : JpegWriter.Write(drawn.Height, drawn.Width, drawn.Channels, drawn.Samples, quality);
        });
        await instances.RecordAsync(thumbnail ? "thumbnail" : "rendered");
        request.Http.Response.ContentType = type;
        request.Http.Response.ContentLength = picture.Length;
        await MultipartWriter.CopyAsync(picture, request.Http.Response.BodyWriter, request.Stop);

        static int One(int[] frames) => frames.Length == 1 ? frames[0] : throw ProblemException.NotAcceptable("one picture is given at a time", "ask for one frame");
    }

    private static Raster Draw(DicomWebRequest request, StoredInstance instance, int frame, Window? window, (int Width, int Height)? viewport, bool thumbnail)
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
            return thumbnail ? picture.Reduced(ThumbnailSide) : viewport is { } view ? Fit(picture, view) : picture;
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

    /// <summary>PS3.18-2023b 8.3.5.1.2: quality of a lossy picture, 1 to 100.</summary>
    private static int Quality(IQueryCollection query)
    {
        if (!query.TryGetValue("quality", out var text)) return UsualQuality;
        return int.TryParse(text.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int quality) && quality is >= 1 and <= 100
            ? quality : throw ProblemException.BadRequest("the quality is none", "give quality=1 to 100");
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
