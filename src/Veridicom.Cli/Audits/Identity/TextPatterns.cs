using System.Text;
using System.Text.RegularExpressions;

namespace Veridicom.Cli.Audits.Identity;

/// <summary>
/// Looks in free text for what may tell who a patient is: addresses, numbers, dates, names after titles, names of a list. Patterns are matched in a time that grows with the text only.
/// Safe for several threads.
/// </summary>
internal sealed class TextPatterns
{
    /// <summary>The most characters of a text that are looked at.</summary>
    public const int LongestText = 65536;

    private const int MostNames = 100_000, LongestName = 200;
    private const RegexOptions Linear = RegexOptions.NonBacktracking | RegexOptions.CultureInvariant;
    private const string Months = "(jan|feb|mar|apr|may|mai|jun|jul|aug|sep|oct|okt|nov|dec|dez)[a-z]{0,6}";

    private static readonly (IdentifierKind Kind, Regex Pattern)[] Patterns =
    [
        (IdentifierKind.Email, new Regex(@"[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9-]{1,63}(\.[A-Za-z0-9-]{1,63}){1,8}", Linear)),
        (IdentifierKind.Telephone, new Regex(@"(\+[1-9]|\b00[1-9])[0-9]{0,2}[ ()/.-]{0,2}([0-9][ ()/.-]{0,2}){6,12}[0-9]\b", Linear)),
        (IdentifierKind.Telephone, new Regex(@"\b(tel|phone|telephone|telefon|mobile|fax)[ .:=]{0,4}[+(]?([0-9][ ()/.-]{0,2}){5,14}[0-9]\b", Linear | RegexOptions.IgnoreCase)),
        (IdentifierKind.DateInText, new Regex(@"\b(19|20)[0-9]{2}[-/.:](0[1-9]|1[0-2])[-/.:](0[1-9]|[12][0-9]|3[01])\b", Linear)),
        (IdentifierKind.DateInText, new Regex(@"\b([0-2]?[0-9]|3[01])[./-]([0-2]?[0-9]|3[01])[./-](19|20)[0-9]{2}\b", Linear)),
        (IdentifierKind.DateInText, new Regex(@"\b(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])\b", Linear)),
        (IdentifierKind.DateInText, new Regex(@"\b[0-3]?[0-9][. ]{0,2}" + Months + @"[. ,]{0,2}(19|20)[0-9]{2}\b|\b" + Months + @"[. ]{1,2}[0-3]?[0-9],? (19|20)[0-9]{2}\b", Linear | RegexOptions.IgnoreCase)),
        (IdentifierKind.IdentifierInText, new Regex(@"\b(MRN|PID|SSN|NHS|PatID|Pat[. -]?ID|Patient[ -]?ID|Case[ -]?(No|Nr)|Fall[ -]?Nr|Accession)[ .#:=]{1,4}[A-Z0-9-]{0,4}[0-9][A-Z0-9-]{2,20}\b", Linear | RegexOptions.IgnoreCase)),
        (IdentifierKind.IdentifierInText, new Regex(@"\b[0-9]{3}-[0-9]{2}-[0-9]{4}\b", Linear)),
        (IdentifierKind.NameInText, new Regex(@"\b\p{Lu}[\p{L}'-]{1,40}\^\p{Lu}[\p{L}'-]{1,40}", Linear)),
        (IdentifierKind.NameInText, new Regex(@"\b(Mr|Mrs|Ms|Miss|Dr|Prof|Herr|Frau|Mme|Sig|Sra?)\.? (\p{Lu}\. ?)?\p{Lu}\p{Ll}{1,40}\b", Linear)),
        (IdentifierKind.NameInText, new Regex(@"\b([Pp]atient|PATIENT|[Nn]ame|NAME)[ ]?[:=][ ]?\p{Lu}\p{L}{1,40}[ ,]{1,2}\p{Lu}\p{L}{1,40}", Linear)),
    ];

    private readonly Dictionary<string, List<string[]>> _names = new(StringComparer.Ordinal);

    /// <summary>Without a list of names.</summary>
    public TextPatterns()
    {
    }

    /// <summary>With a list: a name per line, each of one or more words.</summary>
    /// <exception cref="FormatException">Too many, or too long.</exception>
    public TextPatterns(IEnumerable<string> names)
    {
        int count = 0;
        foreach (string name in names)
        {
            if (name.Length > LongestName || ++count > MostNames) throw new FormatException($"a list of names has at most {MostNames} lines of {LongestName} characters");
            string[] words = Words(name);
            if (words.Length == 0 || words.Sum(word => word.Length) < 2) continue;
            if (!_names.TryGetValue(words[0], out List<string[]>? group)) _names[words[0]] = group = [];
            group.Add(words);
        }
    }

    /// <summary>What a text holds, each pattern once.</summary>
    public IEnumerable<(IdentifierKind Kind, string Found)> Find(string text)
    {
        if (text.Length > LongestText) text = text[..LongestText];
        foreach ((IdentifierKind kind, Regex pattern) in Patterns)
        {
            Match match = pattern.Match(text);
            if (match.Success) yield return (kind, match.Value);
        }
        if (KnownName(text) is { } name) yield return (IdentifierKind.KnownName, name);
    }

    /// <summary>The first name of the list that a text holds as whole words; null where it holds none.</summary>
    public string? KnownName(string text)
    {
        if (_names.Count == 0) return null;
        string[] words = Words(text);
        for (int i = 0; i < words.Length; i++)
        {
            if (!_names.TryGetValue(words[i], out List<string[]>? group)) continue;
            foreach (string[] name in group)
            {
                if (i + name.Length <= words.Length && words.AsSpan(i, name.Length).SequenceEqual(name)) return string.Join(' ', name);
            }
        }
        return null;
    }

    /// <summary>Letters only, in lower case, in words.</summary>
    public static string[] Words(string text)
    {
        var words = new List<string>();
        var word = new StringBuilder();
        foreach (char c in IsWellFormed(text) ? text.Normalize(NormalizationForm.FormC) : text)
        {
            if (char.IsLetter(c)) word.Append(char.ToLowerInvariant(c));
            else if (word.Length > 0) Take();
        }
        if (word.Length > 0) Take();
        return [.. words];

        void Take()
        {
            words.Add(word.ToString());
            word.Clear();
        }
    }

    private static bool IsWellFormed(string text) => !text.AsSpan().ContainsAnyInRange('\uD800', '\uDFFF');
}
