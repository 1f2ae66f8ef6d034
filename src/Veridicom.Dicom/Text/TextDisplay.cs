using System.Globalization;
using System.Text;

namespace Veridicom.Dicom.Text;

/// <summary>Makes a value safe to show on one line of a terminal.</summary>
public static class TextDisplay
{
    /// <summary>
    /// The text with every character that could act instead of being seen written as \u{1B}: control characters (so no ESC, no
    /// C1, no line end comes out), line and paragraph separators, everything that turns the direction of writing or has no width,
    /// fillers that look like nothing, lone surrogates and noncharacters. Nothing else changes, except that "\u{" in
    /// the text itself becomes \u{5C}u{, so the original can be told from what is shown. A text without any such is returned as it is.
    /// </summary>
    public static string Escape(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        int safe = SafePrefix(text);
        if (safe == text.Length) return text;
        var shown = new StringBuilder(text.Length + 16).Append(text, 0, safe);
        for (int i = safe; i < text.Length;)
        {
            bool whole = Rune.TryGetRuneAt(text, i, out Rune rune);
            int value = whole ? rune.Value : text[i];
            if (!whole || IsActing(rune) || IsOurEscape(text, i))
                shown.Append(CultureInfo.InvariantCulture, $"\\u{{{value:X}}}");
            else shown.Append(rune.ToString());
            i += whole ? rune.Utf16SequenceLength : 1;
        }

        return shown.ToString();
    }

    /// <summary>The same for at most <paramref name="limit"/> characters of the text, then "…" where more follow.</summary>
    public static string Escape(string text, int limit)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        if (text.Length <= limit) return Escape(text);
        // Not between the halves of a pair: the first half alone would be shown as broken.
        if (limit > 0 && char.IsHighSurrogate(text[limit - 1]) && char.IsLowSurrogate(text[limit])) limit--;
        return Escape(text[..limit]) + "…";
    }

    private static int SafePrefix(string text)
    {
        int length = 0;
        while (length < text.Length && text[length] is >= ' ' and <= '~' && !IsOurEscape(text, length)) length++;
        return length;
    }

    private static bool IsOurEscape(string text, int index) => string.CompareOrdinal(text, index, "\\u{", 0, 3) == 0;

    private static bool IsActing(Rune rune) => Rune.GetUnicodeCategory(rune) switch
    {
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator => true,
        _ => rune.Value switch
        {
            // Drawn as nothing, though neither control nor format: joiner, Hangul and Khmer fillers, Mongolian and other selectors, blank Braille.
            0x034F or 0x115F or 0x1160 or 0x17B4 or 0x17B5 or 0x2800 or 0x3164 or 0xFFA0 => true,
            >= 0x180B and <= 0x180F => true,
            >= 0xFE00 and <= 0xFE0F => true,
            >= 0x2060 and <= 0x206F => true,
            >= 0xFFF0 and <= 0xFFF8 => true,
            >= 0xE0000 and <= 0xE0FFF => true,
            >= 0xFDD0 and <= 0xFDEF => true,
            _ => (rune.Value & 0xFFFE) == 0xFFFE,
        },
    };
}
