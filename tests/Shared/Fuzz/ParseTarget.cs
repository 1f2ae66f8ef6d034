using Veridicom.Dicom;

namespace Veridicom.Testing;

/// <summary>Parses, walks every node, and writes what parsed: it must come out as it went in.</summary>
public static class ParseTarget
{
    public static FuzzTarget Target { get; } = new("parse", (_, bytes) =>
    {
        try
        {
            DicomFile file = DicomFile.Parse(new MemorySource(bytes));
            long values = Walk(file.DataSet) + (file.Meta is null ? 0 : Walk(file.Meta));
            using var output = new MemoryStream(bytes.Length);
            file.WriteTo(output);
            if (!output.GetBuffer().AsSpan(0, (int)output.Length).SequenceEqual(bytes)) throw new FuzzFailure("written otherwise than read");
            return values < 0 ? "" : file.IsSound ? "sound" : "defective";
        }
        catch (DicomException error)
        {
            return "refused: " + error.Code;
        }
    });

    /// <summary>Looks at every node as a reader of the public interface may: each must lie within the one above it.</summary>
    private static long Walk(DicomDataSet set)
    {
        long values = 0;
        for (int i = 0; i < set.NodeCount; i++)
        {
            DicomNode node = set[i];
            DicomNode above = node.Parent;
            if (i > 0 && (node.HeaderOffset < above.ValueOffset || node.EndOffset > above.ValueOffset + above.ValueLength || above.Index >= i || above.NextIndex < node.NextIndex))
                throw new FuzzFailure($"node {i} at {node.HeaderOffset} is not within the one above it");
            if (node.EndOffset > set.Source.Length) throw new FuzzFailure($"node {i} passes the end");
            if (node.ValueLength <= ByteSource.MaxWindow) values += node.Value.Length;
            if (node.Kind == NodeKind.Element && (i & 31) == 0) values += node.Ascii()?.Length ?? 0;
            if ((i & 127) == 1) values += node.Path.Length;
        }
        foreach (DicomDefect defect in set.Defects)
        {
            if (defect.Path.Length == 0 || defect.Offset >= set.Source.Length) throw new FuzzFailure("a defect without a place");
        }
        return values;
    }
}
