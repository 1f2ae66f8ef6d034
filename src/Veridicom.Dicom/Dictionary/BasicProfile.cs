namespace Veridicom.Dicom.Dictionary;

/// <summary>What may be done to an attribute by de-identification (PS3.15-2023b E.1). Several bits: which one depends on its type in the information object.</summary>
[Flags]
public enum ProfileActions : byte
{
    /// <summary>The profile does not name the attribute.</summary>
    None = 0,
    /// <summary>D: replace by a value that is not empty, consistent with the representation, and says nothing.</summary>
    Dummy = 1,
    /// <summary>Z: replace by an empty value, or as for D.</summary>
    Zero = 2,
    /// <summary>X: remove.</summary>
    Remove = 4,
    /// <summary>U: replace by another UID, the same one for all that hang together.</summary>
    Uid = 8,
}

/// <summary>
/// The Basic Application Level Confidentiality Profile without options: PS3.15-2023b Table E.1-1. Static data of the
/// assembly. Thread-safe.
/// </summary>
public static partial class BasicProfile
{
    /// <summary>How many rows the table has, repeating groups and private attributes counted once each.</summary>
    public static int Count => Tags.Length;

    /// <summary>
    /// What the profile does with a tag. Every private tag is removed, and every element of the curve groups 50xx.
    /// False for a tag that the profile leaves as it is.
    /// </summary>
    public static bool TryFind(DicomTag tag, out ProfileActions action)
    {
        int row = Tags[..FirstPattern].BinarySearch(tag.Value);
        if (row < 0) row = PatternRow(tag.Value);
        action = row < 0 ? ProfileActions.None : (ProfileActions)Actions[row];
        return row >= 0;
    }

    /// <summary>The code as the standard writes it, such as "X/Z/D"; empty for none.</summary>
    public static string Code(this ProfileActions action)
    {
        if (action == ProfileActions.None) return "";
        Span<char> text = stackalloc char[8];
        int length = 0;
        Add(text, ProfileActions.Remove, 'X');
        Add(text, ProfileActions.Zero, 'Z');
        Add(text, ProfileActions.Dummy, 'D');
        Add(text, ProfileActions.Uid, 'U');
        return new string(text[..(length - 1)]);

        void Add(Span<char> into, ProfileActions bit, char letter)
        {
            if ((action & bit) == 0) return;
            into[length++] = letter;
            into[length++] = '/';
        }
    }

    private static int PatternRow(uint tag)
    {
        for (int kind = 0; kind < PatternMasks.Length; kind++)
        {
            int start = PatternStarts[kind];
            int place = Tags[start..PatternStarts[kind + 1]].BinarySearch(tag & PatternMasks[kind]);
            if (place >= 0) return start + place;
        }

        return -1;
    }
}
