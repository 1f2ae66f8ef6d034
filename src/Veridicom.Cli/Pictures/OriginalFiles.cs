using Veridicom.Cli.Files;
using Veridicom.Dicom;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Pixels.Rendering;
using Veridicom.Reports.Pictures;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Pictures;

/// <summary>
/// Files that somebody calls originals. Each is believed only where its pixels verify, and stands for another file only where both carry the same seal: what a
/// seal says of pixels was checked on the one and broken on the other. Safe for use by several threads once made.
/// </summary>
public sealed class OriginalFiles
{
    private readonly Dictionary<string, string> _bySeal = new(StringComparer.Ordinal);

    private OriginalFiles() { }

    /// <summary>Verifies every file below a path; those in archives are left out.</summary>
    /// <exception cref="FaultException">None of them is intact.</exception>
    public static OriginalFiles Verify(Surroundings surroundings, string path, VerifyOptions options)
    {
        ArgumentNullException.ThrowIfNull(surroundings);
        var originals = new OriginalFiles();
        Workers<IReadOnlyList<string>>.Run(new Inputs([path]), Seals, (input, seals) =>
        {
            foreach (string seal in seals) originals._bySeal.TryAdd(seal, input.FilePath!);
        }, surroundings.Workers, surroundings.Stop);
        return originals._bySeal.Count > 0 ? originals
            : throw FaultException.Bad("no-original", path, "holds no sealed file whose pixels are as they were sealed", "name the files as they were before they were changed, with their seals, and not in an archive");

        IReadOnlyList<string> Seals(Input input, FileBuffers buffers)
        {
            if (input.FilePath is null) return [];
            try
            {
                using OpenedFile opened = input.Open(buffers);
                Verdict verdict = Verifier.Verify(opened.Source, input.ReadSeal(), options);
                bool intact = verdict.Kind is not (VerdictKind.Altered or VerdictKind.Unverifiable or VerdictKind.Unsealed or VerdictKind.Partial)
                    && verdict.Parts.GetValueOrDefault(Part.Pixels) == PartState.Intact;
                return intact ? [.. verdict.Seals.Where(s => s.Verdict is not (VerdictKind.Altered or VerdictKind.Unverifiable)).Select(s => s.Identity)] : [];
            }
            catch (Exception e) when (Fault.From(e) is not null)
            {
                return []; // not everything beside an original is one
            }
        }
    }

    /// <summary>Opens the pixels of the original of a file that was judged; null where none carries the seal that the verdict rests on.</summary>
    public OpenedOriginal? Open(Verdict verdict, IJpeg2000? jpeg2000)
    {
        ArgumentNullException.ThrowIfNull(verdict);
        if (verdict.SealIdentity is not { Length: > 0 } seal || !_bySeal.TryGetValue(seal, out string? path)) return null;
        OpenedFile opened = NamedFile.Open(path);
        if (FrameRendering.Open(DicomFile.Parse(opened.Source), jpeg2000, out _) is { } rendering) return new OpenedOriginal(opened, rendering.Reader);
        opened.Dispose();
        return null;
    }
}
