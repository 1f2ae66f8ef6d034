using Veridicom.Forensics;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Train.Tampering;

/// <summary>Ways in which a part of a slice is changed.</summary>
internal enum TamperKind
{
    /// <summary>A part of the same slice laid over another, as it is; its edge is blended in half of them.</summary>
    CopyMove,

    /// <summary>The same, resized by up to 10 % and brightened or darkened a little.</summary>
    CopyMoveChanged,

    /// <summary>A part of another slice with a blended edge.</summary>
    Splice,

    /// <summary>A part filled from its border by diffusion: no noise at all.</summary>
    InpaintDiffusion,

    /// <summary>A part filled with small patches of its surroundings.</summary>
    InpaintPatches,

    /// <summary>A nodule put in, with noise of the local strength and texture.</summary>
    NoduleMatched,

    /// <summary>A nodule put in, with little or no noise.</summary>
    NoduleSmooth,

    /// <summary>A part replaced by its smooth course and white noise of the local strength: something taken out.</summary>
    Removal,

    /// <summary>A part low-passed, noised again and blended in, as generative networks leave it.</summary>
    Resynthesis,
}

/// <summary>A slice with a changed part.</summary>
/// <param name="Picture">The slice.</param>
/// <param name="Box">Around all that is more than a tenth changed.</param>
/// <param name="Weight">How much of each pixel is new, 0..1, row by row.</param>
internal sealed record TamperedPicture(GrayPicture Picture, PixelArea Box, float[] Weight);
