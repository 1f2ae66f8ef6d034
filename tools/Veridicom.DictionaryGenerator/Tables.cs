using System.Globalization;
using System.Text;
using Veridicom.Dicom.Dictionary;

namespace Veridicom.DictionaryGenerator;

/// <summary>The generated files, made in memory: the program writes them, a test compares them with those checked in.</summary>
public static class Tables
{
    /// <summary>File name to content, lines ended by LF.</summary>
    public static IReadOnlyDictionary<string, string> Generate(StandardFacts facts) => new Dictionary<string, string>
    {
        ["DicomDictionary.g.cs"] = Attributes(facts.Attributes),
        ["DicomUids.g.cs"] = SopClasses(facts.SopClasses),
        ["BasicProfile.g.cs"] = Profile(facts.Profile),
    };

    // Row 0 is the row of no attribute: what a default entry shows. Exact tags follow in order, then patterns.
    private static string Attributes(IReadOnlyList<AttributeFact> attributes)
    {
        Distinct(attributes.Select(a => a.Tag), a => a.ToString());
        Distinct(attributes.Where(a => a.Keyword.Length > 0).Select(a => a.Keyword), keyword => keyword);
        var none = new AttributeFact(new TagPattern(0, uint.MaxValue), "", "", [], "", false);
        AttributeFact[] rows =
        [
            none,
            .. attributes.Where(a => a.Tag.IsExact).OrderBy(a => a.Tag.Value),
            .. attributes.Where(a => !a.Tag.IsExact).OrderByDescending(a => a.Tag.Mask).ThenBy(a => a.Tag.Value),
        ];
        int firstPattern = Array.FindIndex(rows, a => !a.Tag.IsExact);
        var vrs = rows.Select(a => string.Join(' ', a.Vrs)).Distinct().Order(StringComparer.Ordinal).ToList();
        var vms = rows.Select(a => a.Vm).Distinct().Order(StringComparer.Ordinal).ToList();
        if (vrs.Count > 127) throw new InvalidDataException("more sets of representations than seven bits can name");

        var source = new SourceText("public static partial class DicomDictionary");
        source.Constant("int", "FirstPattern", Text(firstPattern));
        // The two patterns of every group have the lowest masks and stand last.
        source.Constant("int", "PrivateCreatorRow", Text(Array.FindIndex(rows, a => a.Keyword == CommandElements.PrivateCreator)));
        source.Constant("int", "GroupLengthRow", Text(Array.FindIndex(rows, a => a.Keyword == CommandElements.GroupLength)));
        source.Constant("int", "LongestKeyword", Text(rows.Max(a => a.Keyword.Length)));
        source.Numbers("uint", "Tags", rows.Select(a => a.Tag.Value), hexDigits: 8);
        Patterns(source, [.. rows.Select(a => a.Tag)], firstPattern);
        source.Slots("TagSlots", Keys(rows, (a, row) => row < firstPattern ? a.Tag.Value : null), bits: 13);
        source.Slots("KeywordSlots",
            Keys(rows, (a, _) => a.Keyword.Length > 0 ? TableHash.Fold(Encoding.ASCII.GetBytes(a.Keyword)) : null), bits: 13);
        // Three representations of two bytes each and a zero, one number for each set of alternatives; the high bit of a row: retired.
        source.Numbers("ulong", "VrSets", vrs.Select(VrSet), hexDigits: 12);
        source.Numbers("byte", "VrRows", rows.Select(a => (uint)vrs.IndexOf(string.Join(' ', a.Vrs)) | (a.Retired ? 0x80u : 0)));
        source.Strings("Multiplicities", vms);
        source.Numbers("byte", "VmRows", rows.Select(a => (uint)vms.IndexOf(a.Vm)));
        source.Texts("Names", [.. rows.Select(a => a.Keyword + "\t" + a.Name)]);
        return source.End();
    }

    private static string SopClasses(IReadOnlyList<SopClassFact> sopClasses)
    {
        Distinct(sopClasses.Select(sop => sop.Uid), uid => uid);
        var source = new SourceText("public static partial class DicomUids");
        source.Texts("SopClasses", [.. sopClasses.OrderBy(sop => sop.Uid, StringComparer.Ordinal)
            .Select(sop => $"{sop.Uid}\t{sop.Name}\t{sop.Iod}")]);
        return source.End();
    }

    private static string Profile(IReadOnlyList<ProfileFact> profile)
    {
        Distinct(profile.Select(p => p.Tag), tag => tag.ToString());
        ProfileFact[] rows =
        [
            .. profile.Where(p => p.Tag.IsExact).OrderBy(p => p.Tag.Value),
            .. profile.Where(p => !p.Tag.IsExact).OrderByDescending(p => p.Tag.Mask).ThenBy(p => p.Tag.Value),
        ];
        int firstPattern = rows.Count(p => p.Tag.IsExact);
        var source = new SourceText("public static partial class BasicProfile");
        source.Constant("int", "FirstPattern", Text(firstPattern));
        source.Numbers("uint", "Tags", rows.Select(p => p.Tag.Value), hexDigits: 8);
        Patterns(source, [.. rows.Select(p => p.Tag)], firstPattern);
        source.Numbers("byte", "Actions", rows.Select(p => Action(p.Action)));
        return source.End();
    }

    // The bits of ProfileActions. The asterisk of U* asks to keep references whole; it does not change what may be done.
    private static uint Action(string code) => code.TrimEnd('*').Split('/').Aggregate(0u, (bits, action) => bits | action switch
    {
        "D" => 1u,
        "Z" => 2u,
        "X" => 4u,
        "U" => 8u,
        _ => throw new InvalidDataException($"action {code}"),
    });

    private static ulong VrSet(string vrs) => vrs.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select((vr, place) => (ulong)((vr[0] << 8) | vr[1]) << (16 * place)).Aggregate(0UL, (all, one) => all | one);

    // Patterns of one mask stand together in order of value: each mask, and where its first pattern stands; the last number ends the rows.
    private static void Patterns(SourceText source, TagPattern[] tags, int firstPattern)
    {
        var masks = tags.Skip(firstPattern).Select(tag => tag.Mask).Distinct().ToList();
        source.Numbers("uint", "PatternMasks", masks, hexDigits: 8);
        source.Numbers("ushort", "PatternStarts", masks
            .Select(mask => Array.FindIndex(tags, firstPattern, tag => tag.Mask == mask)).Append(tags.Length));
    }

    private static List<(uint Key, uint Row)> Keys(AttributeFact[] rows, Func<AttributeFact, int, uint?> key)
    {
        var keys = new List<(uint, uint)>();
        for (int row = 1; row < rows.Length; row++)
        {
            if (key(rows[row], row) is { } found) keys.Add((found, (uint)row));
        }

        return keys;
    }

    private static void Distinct<T>(IEnumerable<T> keys, Func<T, string> text)
    {
        if (keys.GroupBy(key => key).FirstOrDefault(group => group.Count() > 1) is { } twice)
            throw new InvalidDataException($"{text(twice.Key)} is listed twice");
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
