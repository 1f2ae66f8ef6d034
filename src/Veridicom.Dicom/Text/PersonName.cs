namespace Veridicom.Dicom.Text;

/// <summary>One component group of a person name (PS3.5-2023b 6.2.1): five components, trailing ones may be missing.</summary>
/// <param name="Family">Family name complex.</param>
/// <param name="Given">Given name complex.</param>
/// <param name="Middle">Middle name.</param>
/// <param name="Prefix">Name prefix.</param>
/// <param name="Suffix">Name suffix; with what follows a fourth "^", which no name may have.</param>
public readonly record struct PersonNameGroup(string Family, string Given, string Middle, string Prefix, string Suffix)
{
    /// <summary>Splits a component group; spaces around a component are padding.</summary>
    public static PersonNameGroup Parse(string group)
    {
        ArgumentNullException.ThrowIfNull(group);
        string[] parts = group.Split('^', 5);
        return new PersonNameGroup(Part(0), Part(1), Part(2), Part(3), Part(4));

        string Part(int index) => index < parts.Length ? parts[index].Trim(' ') : "";
    }
}

/// <summary>A person name (PN): the same name in up to three ways of writing (PS3.5-2023b 6.2.1). Absent groups are empty.</summary>
/// <param name="Alphabetic">Written with an alphabet or syllables of one byte.</param>
/// <param name="Ideographic">Written with ideographs or Hangul.</param>
/// <param name="Phonetic">Written as it sounds; with what follows a third "=", which no name may have.</param>
public readonly record struct PersonName(string Alphabetic, string Ideographic, string Phonetic)
{
    /// <summary>Splits one decoded value. Nothing is lost but spaces around a group, which are padding. Never throws on bad names.</summary>
    public static PersonName Parse(string value)
    {
        ArgumentNullException.ThrowIfNull(value);
        string[] groups = value.Split('=', 3);
        return new PersonName(Group(0), Group(1), Group(2));

        string Group(int index) => index < groups.Length ? groups[index].Trim(' ', '\0') : "";
    }

    /// <summary>At most three groups of at most five components each, none longer than 64 characters, none over two lines.</summary>
    public bool IsWellFormed => IsGroup(Alphabetic) && IsGroup(Ideographic) && IsGroup(Phonetic);

    /// <summary>The groups joined again, without empty ones at the end.</summary>
    public override string ToString() => $"{Alphabetic}={Ideographic}={Phonetic}".TrimEnd('=');

    private static bool IsGroup(string group) => group is { Length: <= 64 }
        && group.Count(c => c == '^') <= 4 && !group.Any(c => c is '=' or '\\' || char.IsControl(c));
}
