using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Testing;

/// <summary>Renders the first and the last frame of damaged files: a picture of the right size comes, or a named refusal.</summary>
public static class RenderTarget
{
    public static FuzzTarget Target { get; } = new("render", (_, bytes) =>
    {
        try
        {
            if (FrameRendering.Open(DicomFile.Parse(new MemorySource(bytes)), null, out string reason) is not { } rendering)
                return reason.Length > 0 ? "no picture" : throw new FuzzFailure("no picture and no reason");
            RenderedFrame last = rendering.Render(rendering.Geometry.Frames - 1), first = rendering.Render(0);
            if (last.Picture.Samples.Length != first.Picture.Samples.Length || first.Picture.Width != rendering.Geometry.Columns) throw new FuzzFailure("a picture of another size");
            return "picture: " + first.Windowing.Source;
        }
        catch (DicomException)
        {
            return "refused";
        }
        catch (PixelException e)
        {
            return "refused: " + e.Code;
        }
    });
}
