using Veridicom.Forensics;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Detection;

/// <summary>What came of one image; nothing where a DICOM object holds none.</summary>
/// <param name="Found">The opinion, null for an object without an image.</param>
/// <param name="Pictures">Pictures drawn of it.</param>
/// <param name="Slice">Its place in a CT series, null where it has none.</param>
/// <param name="OutsideFault">Why the model elsewhere said nothing, null where it did or none was asked.</param>
internal sealed record Detected(FileOpinion? Found, IReadOnlyList<string> Pictures, SeriesSlice? Slice, string? OutsideFault)
{
    /// <summary>No image.</summary>
    public static Detected NoImage { get; } = new(null, [], null, null);

    /// <summary>What a run ends with for this image alone.</summary>
    public int ExitCode => Found is null ? 0 : VerdictWords.Worse(Code(Found.Result.Opinion), OutsideFault is null ? 0 : Fault.World);

    /// <summary>Exit code of an opinion (docs/reference/exit-codes.md).</summary>
    public static int Code(Opinion opinion) => opinion switch
    {
        Opinion.NoSignsFound => 0,
        Opinion.Inconclusive => 6,
        _ => 1,
    };
}
