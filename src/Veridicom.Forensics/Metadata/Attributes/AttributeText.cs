using System.Globalization;
using Veridicom.Dicom;

namespace Veridicom.Forensics.Metadata.Attributes;

/// <summary>Values of elements as texts and numbers. Names of programs and codes are ASCII: other characters are shown as question marks.</summary>
internal static class AttributeText
{
    private const int MaxItems = 64;

    /// <summary>The whole value; empty where it is missing or longer than 64 KB.</summary>
    public static string Text(this DicomNode set, uint tag) => set.TryFind(new DicomTag(tag), out DicomNode node) ? (node.Ascii() ?? "").Trim() : "";

    /// <summary>Values between backslashes (PS3.5-2023b 6.4).</summary>
    public static string[] Values(this DicomNode set, uint tag) => set.Text(tag) is { Length: > 0 } text ? text.Split('\\', 65, StringSplitOptions.TrimEntries) : [];

    /// <summary>Finite decimal numbers (DS, IS); empty where one is none.</summary>
    public static double[] Numbers(this DicomNode set, uint tag)
    {
        string[] texts = set.Values(tag);
        var numbers = new double[texts.Length];
        for (int i = 0; i < texts.Length; i++)
        {
            if (!double.TryParse(texts[i], NumberStyles.Float, CultureInfo.InvariantCulture, out numbers[i]) || !double.IsFinite(numbers[i])) return [];
        }
        return numbers;
    }

    /// <summary>The first number, or null.</summary>
    public static double? Number(this DicomNode set, uint tag) => set.Numbers(tag) is [var first, ..] ? first : null;

    /// <summary>Items of a sequence, the first ones where there are very many.</summary>
    public static List<DicomNode> Items(this DicomNode set, uint tag)
    {
        var items = new List<DicomNode>();
        if (!set.TryFind(new DicomTag(tag), out DicomNode sequence) || sequence.Kind != NodeKind.Sequence) return items;
        foreach (DicomNode item in sequence)
        {
            if (items.Count == MaxItems) break;
            items.Add(item);
        }
        return items;
    }
}
