using Veridicom.Dicom.Text;

namespace Veridicom.Registry.Sql;

/// <summary>Person names as they are searched: without regard to case (PS3.4-2023b C.2.2.2.1), each component group alone, and each word alone.</summary>
internal static class NameForms
{
    // Four bytes a character at most: the entry of an index stays small.
    private const int Longest = 256, MostForms = 64;

    public const int Patient = 0, ReferringPhysician = 2;

    private static readonly char[] Separators = [' ', '^', '=', '\\', ',', '.', '-', '\'', '*', '?'];

    /// <summary>The form in which a component group is compared: capitals, no padding around components, no empty components at the end.</summary>
    public static string Fold(string group)
    {
        string text = string.Join('^', group.Split('^').Select(part => part.Trim(' ', '\0'))).TrimEnd('^').ToUpperInvariant();
        return text.Length > Longest ? InstanceAttributes.Cut(text, Longest) : text;
    }

    /// <summary>Component groups of all values.</summary>
    public static IEnumerable<string> Groups(string value) => value.Split('\\')
        .Select(PersonName.Parse)
        .SelectMany(name => new[] { name.Alphabetic, name.Ideographic, name.Phonetic })
        .Select(Fold).Where(form => form.Length > 0).Distinct().Take(MostForms);

    /// <summary>Words, in capitals.</summary>
    public static IEnumerable<string> Words(string value) => value.Split(Separators, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)
        .Select(Fold).Where(form => form.Length > 0).Distinct().Take(MostForms);

    /// <summary>The rows of a name.</summary>
    public static IEnumerable<NameRow> Rows(long study, int part, string value) =>
        Groups(value).Select(form => new NameRow(study, part, form)).Concat(Words(value).Select(form => new NameRow(study, part + 1, form)));
}
