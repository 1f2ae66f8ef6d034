using System.Globalization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Gateway.Access;
using Veridicom.Registry;

namespace Veridicom.Gateway.DicomWeb.Search;

/// <summary>The query part of a search URL, read (PS3.18-2023b 8.3.4).</summary>
internal sealed class SearchParameters
{
    /// <summary>The most results of one answer.</summary>
    public const int MostResults = 1000;

    private const int UsualResults = 100, MostMatches = 32, MostFields = 256, MostOffset = 100_000_000, LongestValue = 4096;

    private static readonly DicomTag StudyUid = new(0x0020, 0x000D), SeriesUid = new(0x0020, 0x000E), InstanceUid = new(0x0008, 0x0018), ClassUid = new(0x0008, 0x0016), ModalitiesInStudy = new(0x0008, 0x0061);

    private readonly List<SearchMatch> _matches = [];
    private readonly SortedSet<DicomTag> _fields = [];

    private SearchParameters(SearchLevel level) => Level = level;

    /// <summary>What is searched for.</summary>
    public SearchLevel Level { get; }

    /// <summary>Attributes to match.</summary>
    public IReadOnlyList<SearchMatch> Matches => _matches;

    /// <summary>Attributes wanted beside the usual ones.</summary>
    public IReadOnlySet<DicomTag> Fields => _fields;

    /// <summary>Every attribute is wanted.</summary>
    public bool AllFields { get; private set; }

    /// <summary>Names match by their words.</summary>
    public bool Fuzzy { get; private set; }

    /// <summary>Most results.</summary>
    public int Limit { get; private set; } = UsualResults;

    /// <summary>Results passed over.</summary>
    public int Offset { get; private set; }

    /// <summary>Reads it.</summary>
    /// <exception cref="ProblemException">400, with the names of what cannot be searched by.</exception>
    public static SearchParameters Read(IQueryCollection query, SearchLevel level)
    {
        var read = new SearchParameters(level);
        var unknown = new List<string>();
        foreach ((string name, StringValues values) in query)
        {
            switch (name.ToLowerInvariant())
            {
                case "limit":
                    read.Limit = Math.Min(Number(name, values), MostResults);
                    break;
                case "offset":
                    read.Offset = Math.Min(Number(name, values), MostOffset);
                    break;
                case "fuzzymatching":
                    read.Fuzzy = bool.TryParse(values.ToString(), out bool fuzzy) ? fuzzy : throw ProblemException.BadRequest("fuzzymatching is neither true nor false", "give one of the two");
                    break;
                case "includefield":
                    read.AddFields(values, unknown);
                    break;
                case "accept" or "charset":
                    break;
                default:
                    read.AddMatch(name, values, unknown);
                    break;
            }
        }
        if (unknown.Count > 0)
        {
            throw ProblemException.BadRequest($"not searched by at this level: {string.Join(", ", unknown.Take(8).Select(Shown))}",
                $"search by {string.Join(", ", Keys(level).Select(KeywordOf))}, limit, offset, fuzzymatching or includefield");
        }
        return read;
    }

    /// <summary>Everything that a level can be searched by.</summary>
    public static IEnumerable<DicomTag> Keys(SearchLevel level)
    {
        IEnumerable<DicomTag> keys = InstanceAttributes.Tags(SearchLevel.Study).Concat([StudyUid, ModalitiesInStudy]);
        if (level >= SearchLevel.Series) keys = keys.Concat(InstanceAttributes.Tags(SearchLevel.Series)).Append(SeriesUid);
        if (level == SearchLevel.Instance) keys = keys.Concat(InstanceAttributes.Tags(SearchLevel.Instance)).Concat([InstanceUid, ClassUid]);
        return keys.Order();
    }

    private static string KeywordOf(DicomTag tag) => DicomDictionary.TryFind(tag, out DictionaryEntry entry) ? entry.Keyword : tag.ToString();

    private static string Shown(string name) => Veridicom.Dicom.Text.TextDisplay.Escape(name, 40);

    private void AddMatch(string name, StringValues values, List<string> unknown)
    {
        if (!TryTag(name, out DicomTag tag) || !Keys(Level).Contains(tag)) unknown.Add(name);
        else if (_matches.Count == MostMatches) throw ProblemException.BadRequest($"more than {MostMatches} attributes are to match", "give fewer");
        else if (values.Count != 1 || values[0] is not { Length: <= LongestValue } value) throw ProblemException.BadRequest($"{KeywordOf(tag)} has several values, or one that is too long", "give it once; lists of UIDs are apart by commas");
        else
        {
            bool uids = tag == StudyUid || tag == SeriesUid || tag == InstanceUid || tag == ClassUid;
            if (uids && value.Length > 0 && !value.Split(',', '\\').All(ScopeText.IsUid)) throw ProblemException.BadRequest($"{KeywordOf(tag)} is no list of UIDs", "a UID has 1 to 64 digits and points; several are apart by commas");
            _matches.Add(new SearchMatch(tag, value));
        }
    }

    private void AddFields(StringValues values, List<string> unknown)
    {
        foreach (string field in values.SelectMany(value => (value ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)))
        {
            if (field.Equals("all", StringComparison.OrdinalIgnoreCase)) AllFields = true;
            else if (!TryTag(field, out DicomTag tag)) unknown.Add(field);
            else if (_fields.Add(tag) && _fields.Count > MostFields) throw ProblemException.BadRequest($"more than {MostFields} fields are to be included", "ask for all");
        }
    }

    private static bool TryTag(string name, out DicomTag tag)
    {
        if (name.Length == 8 && DicomTag.TryParse(name, out tag)) return true;
        bool found = DicomDictionary.TryFindKeyword(name, out DictionaryEntry entry);
        tag = found ? entry.Tag : default;
        return found;
    }

    private static int Number(string name, StringValues values) =>
        int.TryParse(values.ToString(), NumberStyles.None, CultureInfo.InvariantCulture, out int number) && (number > 0 || name.Equals("offset", StringComparison.OrdinalIgnoreCase)) ? number
            : throw ProblemException.BadRequest($"{name.ToLowerInvariant()} is no number that can be used", "give a whole number");
}
