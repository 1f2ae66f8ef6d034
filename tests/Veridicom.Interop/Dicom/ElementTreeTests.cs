using Xunit;

namespace Veridicom.Interop.Dicom;

/// <summary>
/// Others read the same elements in every real file: tags, representations, lengths, and offsets where they know them. Each file that
/// is read otherwise is listed with the reason; one listed for nothing fails too.
/// </summary>
public sealed class ElementTreeTests
{
    private const string ShownAsOB = "dcmdump shows every encapsulated value as OB, whatever the file says";
    private const string Lenient = "pydicom reads what there is of a truncated file";
    private const string Unknown = "UN of undefined length: a sequence for both, for us one that keeps the VR it was written with";
    private const string NotSeen = "UN, or a private element in implicit VR, of defined length: only we look whether items are in it";
    private const string Evened = "dcmdump makes odd lengths even";

    private static readonly Dictionary<string, string> OtherThanPydicom = new()
    {
        ["MR_truncated.dcm"] = Lenient,
        ["SC_rgb_jpeg.dcm"] = "implicit VR under a syntax that says explicit: pydicom changes its mind, dcmdump and we do not",
        ["no_meta.dcm"] = "begins with a byte too many: pydicom takes the whole for one element, dcmdump and we for no DICOM",
        ["UN_sequence.dcm"] = Unknown,
        ["priv_SQ.dcm"] = NotSeen,
    };

    private static readonly Dictionary<string, string> OtherThanDcmdump = new()
    {
        ["693_J2KI.dcm"] = ShownAsOB,
        ["MR_small_jp2klossless.dcm"] = ShownAsOB,
        ["MR_small_jpeg_ls_lossless.dcm"] = ShownAsOB,
        ["SC_rgb_rle_16bit.dcm"] = ShownAsOB,
        ["SC_rgb_rle_16bit_2frame.dcm"] = ShownAsOB,
        ["UN_sequence.dcm"] = Unknown,
        ["rtdose_rle.dcm"] = NotSeen,
        ["rtdose_rle_1frame.dcm"] = NotSeen,
        ["meta_missing_tsyntax.dcm"] = Evened,
        ["nested_priv_SQ.dcm"] = Evened,
        ["priv_SQ.dcm"] = NotSeen,
    };

    [Fact]
    public void Pydicom_reads_the_same_elements()
    {
        IReadOnlyList<string> paths = RealFiles.Below("dicom", "*.dcm");
        List<List<TreeLine>> theirs = ElementTree.Pydicom(paths);

        Assert.Equal(paths.Count, theirs.Count);
        Compare(paths.Select((path, i) => (path, ElementTree.Difference(ElementTree.Ours(path, items: false), theirs[i]))), OtherThanPydicom);
    }

    [Fact]
    public void Dcmdump_reads_the_same_elements()
    {
        IReadOnlyList<string> paths = RealFiles.Below("dicom", "*.dcm");

        Compare(paths.Select(path => (path, ElementTree.Difference(ElementTree.Ours(path, items: true), ElementTree.Dcmdump(path)))), OtherThanDcmdump);
    }

    private static void Compare(IEnumerable<(string Path, string? Difference)> files, Dictionary<string, string> explained)
    {
        var wrong = new List<string>();
        foreach ((string path, string? difference) in files)
        {
            bool known = explained.TryGetValue(Path.GetFileName(path), out string? reason);
            if (difference is not null && !known) wrong.Add($"{Path.GetFileName(path)}: {difference}");
            if (difference is null && known) wrong.Add($"{Path.GetFileName(path)} is read alike, and listed as '{reason}'");
        }
        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}
