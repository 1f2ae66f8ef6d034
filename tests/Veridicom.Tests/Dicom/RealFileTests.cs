using Veridicom.Dicom;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>Every real file is written back as it was, or refused for the one thing that is wrong with it.</summary>
public sealed class RealFileTests
{
    private static readonly Dictionary<string, (DicomError Code, long Offset, string Path)> Unreadable = new()
    {
        ["MR_truncated.dcm"] = (DicomError.Truncated, 1488, "(7FE0,0010)"),
        ["rtplan_truncated.dcm"] = (DicomError.Truncated, 1410, "(300A,00B0)"),
        ["SC_rgb_jpeg.dcm"] = (DicomError.UnknownVr, 356, "(0008,0008)"), // implicit VR under an explicit syntax
        ["no_meta.dcm"] = (DicomError.NotDicom, 0, ""), // a byte too many in front
    };

    private static readonly Dictionary<string, (DicomError Code, int Count)> Defective = new()
    {
        ["693_J2KI.dcm"] = (DicomError.GroupLengthWrong, 3),
        ["chrJapMulti.dcm"] = (DicomError.GroupLengthWrong, 1),
        ["chrKoreanMulti.dcm"] = (DicomError.GroupLengthWrong, 2),
        ["nested_priv_SQ.dcm"] = (DicomError.IllegalGroup, 4),
        ["meta_missing_tsyntax.dcm"] = (DicomError.IllegalGroup, 4),
    };

    [Fact]
    public void Every_file_is_written_back_as_it_was_or_refused_for_what_is_wrong_with_it()
    {
        var sound = 0;
        foreach (string path in RealFiles.Below("dicom", "*.dcm"))
        {
            string name = Path.GetFileName(path);
            byte[] bytes = File.ReadAllBytes(path);
            if (Unreadable.TryGetValue(name, out var error))
            {
                DicomException refused = Assert.Throws<DicomException>(() => DicomFile.Parse(new MemorySource(bytes)));
                Assert.Equal(error, (refused.Code, refused.Offset, refused.Path));
                continue;
            }
            DicomFile file = DicomFile.Parse(new MemorySource(bytes));
            DicomFile poisoned = DicomFile.Parse(new PoisonedSource(new MemorySource(bytes)));
            using var output = new MemoryStream();
            file.WriteTo(output);

            Assert.True(bytes.AsSpan().SequenceEqual(output.ToArray()), name);
            AssertTreeIsWhole(file, name);
            Assert.Equal(file.DataSet.NodeCount, poisoned.DataSet.NodeCount);
            for (int i = 0; i < file.DataSet.NodeCount; i++)
            {
                DicomNode one = file.DataSet[i], two = poisoned.DataSet[i];
                Assert.Equal((one.Tag, one.Vr, one.Kind, one.HeaderOffset, one.EndOffset), (two.Tag, two.Vr, two.Kind, two.HeaderOffset, two.EndOffset));
            }
            if (Defective.TryGetValue(name, out var defects))
            {
                Assert.Contains(file.DataSet.Defects, defect => defect.Code == defects.Code);
                Assert.Equal(defects.Count, file.DataSet.Defects.Count(defect => defect.Code == defects.Code));
            }
            else
            {
                Assert.True(file.IsSound, $"{name}: {string.Join(' ', file.DataSet.Defects.Concat(file.CarrierDefects))}");
                sound++;
            }
        }
        Assert.InRange(sound, 100, int.MaxValue);
    }

    /// <summary>Elements lie end to end: header, value, delimiter, and no byte between or left over.</summary>
    private static void AssertTreeIsWhole(DicomFile file, string name)
    {
        DicomDataSet set = file.DataSet;
        long at = set.Root.ValueOffset;
        var ends = new Stack<DicomNode>();
        for (int i = 1; i <= set.NodeCount; i++)
        {
            while (ends.TryPeek(out DicomNode open) && open.NextIndex == i)
            {
                Assert.True(open.ValueOffset + open.ValueLength == at, $"{name} {open.Path}");
                at = open.EndOffset;
                ends.Pop();
            }
            if (i == set.NodeCount) break;
            DicomNode node = set[i];
            Assert.True(node.HeaderOffset == at, $"{name} {node.Path}");
            at = node.ValueOffset;
            if (node.Kind is NodeKind.Element or NodeKind.Fragment) at = node.EndOffset;
            else ends.Push(node);
        }
        Assert.Equal(set.Source.Length, at);
    }
}
