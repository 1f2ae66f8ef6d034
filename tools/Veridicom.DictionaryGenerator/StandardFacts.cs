using System.Globalization;
using System.Text.Json;

namespace Veridicom.DictionaryGenerator;

/// <summary>A tag of the standard's tables: X digits are zero in <paramref name="Value"/> and in <paramref name="Mask"/>.</summary>
public readonly record struct TagPattern(uint Value, uint Mask)
{
    public bool IsExact => Mask == uint.MaxValue;

    /// <summary>Reads "(0010,0020)", "(60XX,3000)" and the like.</summary>
    public static TagPattern Parse(string text)
    {
        if (text.Length != 11 || text[0] != '(' || text[5] != ',' || text[10] != ')')
            throw new InvalidDataException($"not a tag: {text}");
        uint value = 0, mask = 0;
        foreach (char c in string.Concat(text.AsSpan(1, 4), text.AsSpan(6, 4)))
        {
            bool any = c is 'X' or 'x';
            value = (value << 4) | (any ? 0 : uint.Parse([c], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture));
            mask = (mask << 4) | (any ? 0u : 0xF);
        }

        return new TagPattern(value, mask);
    }
}

/// <summary>One attribute of PS3.6. <paramref name="Vrs"/>: the default first; empty for items and delimiters.</summary>
public sealed record AttributeFact(TagPattern Tag, string Keyword, string Name, IReadOnlyList<string> Vrs, string Vm, bool Retired);

/// <summary>One storage SOP class of PS3.4 and the information object it carries.</summary>
public sealed record SopClassFact(string Uid, string Name, string Iod);

/// <summary>One row of PS3.15 Table E.1-1: what the Basic Profile does with an attribute, such as "X/Z/D".</summary>
public sealed record ProfileFact(TagPattern Tag, string Action);

/// <summary>The facts of the standard that the tables are made of.</summary>
public sealed record StandardFacts(
    IReadOnlyList<AttributeFact> Attributes, IReadOnlyList<SopClassFact> SopClasses, IReadOnlyList<ProfileFact> Profile)
{
    /// <summary>The file names that a folder of facts must hold.</summary>
    public static IReadOnlyList<string> FileNames { get; } =
        ["attributes.json", "sops.json", "ciods.json", "confidentiality_profile_attributes.json"];

    /// <summary>Reads the four files.</summary>
    /// <exception cref="InvalidDataException">A row that is not understood: nothing is left out silently.</exception>
    public static StandardFacts Read(string folder)
    {
        var attributes = Rows(folder, FileNames[0]).Select(Attribute).OfType<AttributeFact>().Concat(CommandElements.All).ToList();
        var iods = Rows(folder, FileNames[2]).Select(row => Text(row, "name")).ToHashSet(StringComparer.Ordinal);
        var sopClasses = Rows(folder, FileNames[1])
            .Select(row => new SopClassFact(Text(row, "id"), Text(row, "name"), Text(row, "ciod"))).ToList();
        if (sopClasses.FirstOrDefault(sop => !iods.Contains(sop.Iod)) is { } orphan)
            throw new InvalidDataException($"{orphan.Uid} carries an unknown information object: {orphan.Iod}");
        var profile = Rows(folder, FileNames[3])
            .Select(row => new ProfileFact(ProfileTag(Text(row, "tag")), Text(row, "basicProfile"))).ToList();
        return new StandardFacts(attributes, sopClasses, profile);
    }

    private static List<JsonElement> Rows(string folder, string file)
    {
        using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, file)));
        var rows = document.RootElement.EnumerateArray().Select(row => row.Clone()).ToList();
        return rows.Count > 0 ? rows : throw new InvalidDataException($"{file} is empty");
    }

    private static string Text(JsonElement row, string property) => row.GetProperty(property).GetString()!.Trim();

    private static AttributeFact? Attribute(JsonElement row)
    {
        string vr = Text(row, "valueRepresentation"), keyword = Text(row, "keyword"), tag = Text(row, "tag");
        // Three retired tags are listed without a name or a representation: they say nothing that a lookup could answer.
        if (vr.Length == 0 && keyword.Length == 0) return null;
        bool retired = Text(row, "retired") switch
        {
            "Y" => true,
            "N" => false,
            var other => throw new InvalidDataException($"{tag}: retired is {other}"),
        };
        return new AttributeFact(TagPattern.Parse(tag), keyword, Text(row, "name"), Representations(vr, tag),
            Text(row, "valueMultiplicity"), retired);
    }

    // The default comes first: what an implicit VR data set is read with (PS3.5-2023b A.1). Where OW stands among the
    // alternatives it is the one that implicit VR demands (pixel, overlay, waveform and LUT data); else the first named.
    private static IReadOnlyList<string> Representations(string text, string tag)
    {
        if (text.StartsWith("See Note", StringComparison.Ordinal)) return [];
        string[] named = text.Split(" or ");
        if (named.Length > 3 || named.Any(vr => vr.Length != 2 || !vr.All(char.IsAsciiLetterUpper)))
            throw new InvalidDataException($"{tag}: representation {text}");
        return named.Length > 1 ? [.. named.OrderBy(vr => vr != "OW")] : named;
    }

    private static TagPattern ProfileTag(string text) => text.EndsWith("WHERE GGGG IS ODD", StringComparison.Ordinal)
        ? new TagPattern(0x0001_0000, 0x0001_0000)
        : TagPattern.Parse(text);
}
