using System.Globalization;
using System.Text.RegularExpressions;
using Veridicom.Dicom;

namespace Veridicom.Interop.Dicom;

/// <summary>One line of an element tree: what a peer says of an element, or what we say. Null or "?" is 'does not say'.</summary>
internal sealed record TreeLine(int Depth, string Tag, string Vr, string Length, long? Offset)
{
    public override string ToString() => $"{Depth} {Tag} {Vr} {Length} {Offset}";

    /// <summary>Equal in all that both say.</summary>
    public bool Agrees(TreeLine other) => Depth == other.Depth && Tag == other.Tag
        && (Vr == other.Vr || Vr == "?" || other.Vr == "?")
        && (Length == other.Length || Length == "?" || other.Length == "?")
        && (Offset == other.Offset || Offset is null || other.Offset is null);
}

/// <summary>Element trees as we, pydicom and dcmdump read them.</summary>
internal static partial class ElementTree
{
    /// <summary>Our reading, or one line with the error. Items and fragments only where asked for.</summary>
    public static List<TreeLine> Ours(string path, bool items)
    {
        var lines = new List<TreeLine>();
        try
        {
            DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(path)));
            if (file.Meta is not null) Walk(file.Meta, items, lines);
            Walk(file.DataSet, items, lines);
        }
        catch (DicomException error)
        {
            lines = [Error(error.Code.ToString())];
        }
        return lines;
    }

    private static bool IsError(List<TreeLine> lines) => lines is [.., { Tag: "ERROR" }];

    private static TreeLine Error(string text) => new(0, "ERROR", text, "?", null);

    private static void Walk(DicomDataSet set, bool items, List<TreeLine> lines)
    {
        var depths = new Dictionary<int, int> { [0] = -1 };
        for (int i = 1; i < set.NodeCount; i++)
        {
            DicomNode node = set[i];
            bool item = node.Kind is NodeKind.Item or NodeKind.Fragment;
            int depth = depths[node.Parent.Index] + (item && !items ? 0 : 1);
            depths[i] = depth;
            if (item && !items) continue;
            // what came from the dictionary is not what the file says
            string vr = item || (node.Form & NodeForm.Implicit) != 0 ? "?" : node.Vr.Text();
            string length = node.UndefinedLength ? "-" : node.ValueLength.ToString(CultureInfo.InvariantCulture);
            lines.Add(new TreeLine(depth, node.Tag.Value.ToString("X8", CultureInfo.InvariantCulture), vr, length, node.ValueOffset));
        }
    }

    /// <summary>pydicom's reading of many files, in order, from the script beside this file.</summary>
    public static List<List<TreeLine>> Pydicom(IReadOnlyList<string> paths)
    {
        string script = Repository.PathOf("tests", "Veridicom.Interop", "Dicom", "element_tree.py");
        byte[] names = System.Text.Encoding.UTF8.GetBytes(string.Join('\n', paths));
        string output = Peer.RequirePydicom().Run([script], names).Succeeded().OutputText;
        var files = new List<List<TreeLine>>();
        foreach (string line in output.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            string[] word = line.Split(' ');
            if (word[0] == "FILE") files.Add([]);
            else if (word[0] == "ERROR") files[^1].Add(Error(line[6..]));
            else
            {
                files[^1].Add(new TreeLine(int.Parse(word[0], CultureInfo.InvariantCulture), word[1],
                    word[2] == "--" ? "?" : word[2], word[3], long.Parse(word[4], CultureInfo.InvariantCulture)));
            }
        }
        return files;
    }

    /// <summary>dcmdump's reading of one file: no offsets, and no VR that it looked up itself.</summary>
    public static List<TreeLine> Dcmdump(string path)
    {
        PeerResult result = Peer.Require("dcmdump").Run("-q", "-M", path);
        if (result.ExitCode != 0) return [Error("dcmdump " + result.ExitCode)];
        var lines = new List<TreeLine>();
        bool isImplicit = false;
        foreach (string line in System.Text.Encoding.Latin1.GetString(result.Output).Split('\n'))
        {
            if (line.StartsWith("# Used TransferSyntax:", StringComparison.Ordinal)) isImplicit = line.EndsWith("Implicit", StringComparison.Ordinal);
            if (Head().Match(line) is { Success: true } head)
            {
                string tag = (head.Groups[2].Value + head.Groups[3].Value).ToUpperInvariant();
                if (tag is "FFFEE00D" or "FFFEE0DD") continue;
                string vr = head.Groups[4].Value;
                lines.Add(new TreeLine(head.Groups[1].Length / 2, tag, tag == "FFFEE000" || isImplicit || vr == "??" ? "?" : vr, "", null));
            }
            // a value of several lines has its length at the end of the last one
            if (Tail().Match(line) is { Success: true } tail && lines is [.., { Length: "" } last])
                lines[^1] = last with { Length = tail.Groups[1].Value == "u/l" ? "-" : tail.Groups[1].Value };
        }
        return lines;
    }

    /// <summary>The first lines that do not agree, or null.</summary>
    public static string? Difference(List<TreeLine> ours, List<TreeLine> theirs)
    {
        if (IsError(ours) && IsError(theirs)) return null;
        for (int i = 0; i < Math.Max(ours.Count, theirs.Count); i++)
        {
            if (i >= ours.Count || i >= theirs.Count || !ours[i].Agrees(theirs[i]))
                return $"ours '{ours.ElementAtOrDefault(i)}', theirs '{theirs.ElementAtOrDefault(i)}'";
        }
        return null;
    }

    [GeneratedRegex(@"^( *)\(([0-9a-f]{4}),([0-9a-f]{4})\) (..) ")]
    private static partial Regex Head();

    [GeneratedRegex(@"# *(u/l|\d+), ?\d+ ")]
    private static partial Regex Tail();
}
