using Veridicom.Dicom;

namespace Veridicom.Forensics.Metadata.Attributes;

/// <summary>What is said of lossy compression (PS3.3-2023b C.7.6.1.1.5) against the transfer syntax and against itself.</summary>
internal static class CompressionFindings
{
    private const uint Lossy = 0x00282110, Ratio = 0x00282112, Method = 0x00282114;

    // PS3.5-2023b A.4.1: JPEG processes 1, 2 and 4 always lose; the near-lossless and JPEG 2000 syntaxes may
    private static readonly string[] AlwaysLossy = ["1.2.840.10008.1.2.4.50", "1.2.840.10008.1.2.4.51"];

    /// <summary>Findings.</summary>
    public static IEnumerable<Evidence> Of(DicomFile file)
    {
        DicomNode root = file.DataSet.Root;
        string said = root.Text(Lossy);
        double[] ratios = root.Numbers(Ratio);
        string[] methods = root.Values(Method);
        bool loses = AlwaysLossy.Contains(file.TransferSyntax.Uid);
        if (said == "00" && loses) yield return MetadataCode.DicomLossyContradiction.Finding("Lossy Image Compression (0028,2110) says 00, never compressed with loss; the transfer syntax is one that always loses.");
        else if (said == "00" && (ratios.Length > 0 || methods.Length > 0)) yield return MetadataCode.DicomLossyContradiction.Finding("Lossy Image Compression (0028,2110) says 00, never compressed with loss; yet a method or ratio of such compression is given.");
        else if (said == "01" || loses || methods.Length > 0 || ratios.Length > 0)
        {
            string how = methods.Length > 0 ? " by " + string.Join(", ", methods.Take(4).Select(m => "'" + (m.Length > 16 ? m[..16] : m) + "'")) : "";
            yield return MetadataCode.DicomLossy.Finding($"The image was compressed with loss{how}: fine structure and noise are not those of the device.", false, [.. ratios.Take(4).Select((r, i) => MetadataCode.Number(i == 0 ? "ratio" : FormattableString.Invariant($"ratio-{i + 1}"), r))]);
        }
    }
}
