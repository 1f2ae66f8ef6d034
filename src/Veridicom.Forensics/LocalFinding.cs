using Veridicom.Forensics.Manipulation;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Forensics;

/// <summary>How strongly each place of an image stands out, for a heat map.</summary>
/// <param name="Rows">Cells from top to bottom.</param>
/// <param name="Columns">Cells from left to right.</param>
/// <param name="Values">rows x columns values of 0..1, row by row.</param>
public sealed record HeatMap(int Rows, int Columns, float[] Values);

/// <summary>A part of a frame that looks changed.</summary>
/// <param name="Frame">From 0.</param>
/// <param name="Area">Where, in pixels of the image.</param>
/// <param name="Code">How it was found, a fixed word for programs: <c>copy-move</c>, <c>noise-level</c>...</param>
/// <param name="Score">0..1: how unusual it is among unchanged images, calibrated.</param>
/// <param name="Text">One sentence for people.</param>
public sealed record LocalFinding(int Frame, PixelArea Area, string Code, double Score, string Text)
{
    /// <summary>True for what was found twice, noise and all: that does not happen by chance. Noise and brightness that are only unusual are a reason to look.</summary>
    public bool IsCopy => Code is LocalManipulation.CopyCode or LocalManipulation.FillCode or SliceConsistency.SharedCode;
}
