using System.Globalization;
using Veridicom.Dicom;

namespace Veridicom.Gateway.DicomWeb.Retrieve;

/// <summary>Finds an element by the path that <c>DicomJson.BulkPath</c> gave it: tags, and numbers of items from 1.</summary>
internal static class BulkDataPath
{
    private const int MostSteps = 129;

    /// <summary>The element; false where there is none, or the path is none.</summary>
    public static bool TryFind(DicomDataSet set, string path, out DicomNode node)
    {
        node = set.Root;
        string[] steps = path.Split('/', MostSteps + 1);
        if (steps.Length > MostSteps || steps.Length % 2 == 0) return false;
        for (int i = 0; i < steps.Length; i++)
        {
            if (i % 2 == 0 ? !Element(steps[i], ref node) : !Item(steps[i], ref node)) return false;
        }
        return node.Kind is NodeKind.Element or NodeKind.Encapsulated;
    }

    private static bool Element(string step, ref DicomNode node) =>
        step.Length == 8 && uint.TryParse(step, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out uint tag) && node.TryFind(new DicomTag(tag), out node);

    private static bool Item(string step, ref DicomNode node)
    {
        if (node.Kind != NodeKind.Sequence || !int.TryParse(step, NumberStyles.None, CultureInfo.InvariantCulture, out int ordinal)) return false;
        foreach (DicomNode item in node)
        {
            if (item.Ordinal != ordinal) continue;
            node = item;
            return true;
        }
        return false;
    }
}
