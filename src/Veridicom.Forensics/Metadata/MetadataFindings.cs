using Veridicom.Forensics.Metadata.Attributes;
using Veridicom.Forensics.Metadata.C2pa;
using Veridicom.Forensics.Metadata.JpegHistory;
using Veridicom.Forensics.Metadata.Traces;

namespace Veridicom.Forensics.Metadata;

/// <summary>
/// What a file says of itself, and where that contradicts its pixels. Kept apart from what the pixels show: metadata is easily taken off or put on, its absence says nothing.
/// Codes are those of <see cref="MetadataCode.All"/>. Texts may quote the file: whoever shows them escapes them.
/// </summary>
public static class MetadataFindings
{
    /// <summary>All findings on a file, decisive ones first. Never throws on what a file holds: what cannot be read gives a finding, or none.</summary>
    public static IReadOnlyList<Evidence> Of(PictureFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var found = new List<Evidence>();
        found.AddRange(C2paFindings.Of(file));
        if (file.Png is { } png) found.AddRange(TraceFindings.Of(png, file.Bytes));
        if (file.Jpeg is { } jpeg) found.AddRange(TraceFindings.Of(jpeg, file.Bytes));
        if (file.Dicom is { } dicom)
        {
            found.AddRange(StatedFindings.Of(dicom.DataSet.Root));
            found.AddRange(CompressionFindings.Of(dicom));
            found.AddRange(PixelContradictions.Of(file));
            if (JpegFindings.Frame(file, out byte[] code) is { } frame) found.AddRange(TraceFindings.Of(frame, code));
        }
        found.AddRange(JpegFindings.Of(file));
        return [.. found.OrderByDescending(e => e.IsDecisive).ThenBy(e => e.For == EvidenceFor.Neither)];
    }
}
