using System.Globalization;
using Dapper;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;

namespace Veridicom.Registry.Sql;

/// <summary>The SELECT of a search (PS3.18-2023b 10.6, matching by PS3.4-2023b C.2.2.2): every value of the query is a parameter.</summary>
/// <remarks>
/// Newest Study Date first, studies without one last, then by UIDs. A query for a single modality in study reads them from the table of
/// modalities, which has that order itself.
/// </remarks>
internal sealed class SearchStatement
{
    // More than any honest query has: expressions of SQLite may not be deeper than 1,000.
    private const int MostValues = 64;

    private readonly Dialect _dialect;
    private readonly DynamicParameters _values = new();
    private readonly List<string> _where = [];
    private string? _modality;
    private bool _below;

    public SearchStatement(SearchQuery query, Dialect dialect)
    {
        _dialect = dialect;
        ArgumentOutOfRangeException.ThrowIfNegative(query.Offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(query.Limit);
        if (query.StudyUid is { } study) Equal("st.study_uid", study);
        if (query.SeriesUid is { } series)
        {
            if (query.Level == SearchLevel.Study) throw new ArgumentException("studies cannot be searched by series", nameof(query));
            _below = true;
            Equal("se.series_uid", series);
        }
        if (query.AllowedStudies is { } allowed) _where.Add(dialect.Among("st.study_uid", Add(dialect.List(allowed))));
        foreach (SearchMatch match in query.Matches) Match(query, match);
        Sql = Statement(query);
    }

    public string Sql { get; }

    public DynamicParameters Values => _values;

    private string Statement(SearchQuery query)
    {
        string attributes = string.Join(", ", AttributeColumns.Study.Select(c => "st." + c.Column));
        string select = query.Level switch
        {
            SearchLevel.Study => $"st.id, st.study_uid, {attributes}, st.number_of_series, st.number_of_instances",
            SearchLevel.Series => $"st.id, st.study_uid, {attributes}, se.series_uid, {string.Join(", ", AttributeColumns.Series.Select(c => "se." + c.Column))}, se.number_of_instances",
            _ => string.Join(", ", InstanceRow.Columns.Split(", ").Select(c => "i." + c)),
        };
        // From study to series to instance rows come in their order, and the first page costs little however many follow; not so where a UID
        // below the study is given: then its index is the way in.
        string join = _below ? " JOIN " : _dialect.OrderedJoin;
        string from = _modality is null ? "study st" : $"study_modality sm{join}study st ON st.id = sm.study";
        if (_modality is not null) _where.Add($"sm.modality = @{_modality}");
        if (query.Level != SearchLevel.Study) from += join + "series se ON se.study = st.id";
        if (query.Level == SearchLevel.Instance) from += join + "instance i ON i.series = se.id";
        string order = _modality is null ? "st.study_date DESC, st.study_uid, st.id" : "sm.study_date DESC, sm.study_uid, sm.study";
        if (query.Level != SearchLevel.Study) order += ", se.series_uid";
        if (query.Level == SearchLevel.Instance) order += ", i.sop_instance_uid, i.sequence";
        string where = _where.Count == 0 ? "" : " WHERE " + string.Join(" AND ", _where);
        _values.Add("limit", query.Limit + 1L);
        _values.Add("offset", (long)query.Offset);
        return $"SELECT {select} FROM {from}{where} ORDER BY {order} LIMIT @limit OFFSET @offset";
    }

    private void Match(SearchQuery query, SearchMatch match)
    {
        string value = InstanceAttributes.Clean(match.Value, 1 << 20).Trim(' ');
        // Universal matching: an empty value, or nothing but '*' (PS3.4-2023b C.2.2.2.3 and C.2.2.2.4).
        if (value.All(c => c == '*')) return;
        DicomTag tag = match.Tag;
        if (tag == AttributeColumns.ModalitiesInStudy)
        {
            string[] modalities = [.. value.Split('\\', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Take(MostValues)];
            if (modalities.Length == 0) return;
            if (query.Level == SearchLevel.Study && query.StudyUid is null && _modality is null && modalities.Length == 1 && !HasWildcard(value)) _modality = Add(value);
            else _where.Add($"EXISTS (SELECT 1 FROM study_modality m WHERE m.study = st.id AND ({string.Join(" OR ", modalities.Select(m => Text("m.modality", m)))}))");
            return;
        }
        if (Uid(tag) is { } uid)
        {
            Demand(query, uid.Level, tag);
            _below |= uid.Level != SearchLevel.Study && uid.Column != "i.sop_class_uid";
            string[] uids = value.Split([',', '\\'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (uids.Length == 1) Equal(uid.Column, uids[0]);
            else _where.Add(_dialect.In(uid.Column, Add(_dialect.List(uids))));
            return;
        }
        if (!InstanceAttributes.TryLevel(tag, out SearchLevel level)) throw new ArgumentException($"{tag} is no attribute by which instances are searched", nameof(query));
        Demand(query, level, tag);
        string column = level switch
        {
            SearchLevel.Study => "st." + Column(AttributeColumns.Study, tag),
            SearchLevel.Series => "se." + Column(AttributeColumns.Series, tag),
            _ => "i." + Column(AttributeColumns.Instance, tag),
        };
        Vr vr = DicomDictionary.TryFind(tag, out DictionaryEntry entry) ? entry.Vr : Vr.LO;
        switch (vr)
        {
            case Vr.PN:
                Name(value, tag == AttributeColumns.PatientName ? NameForms.Patient : NameForms.ReferringPhysician, query.Fuzzy);
                break;
            case Vr.DA:
                Range(column, value, "");
                break;
            case Vr.TM:
                Range(column, value, ":");
                break;
            case Vr.IS or Vr.US:
                Equal(column, value);
                break;
            default:
                _where.Add(Text(column, value));
                break;
        }
    }

    private static void Demand(SearchQuery query, SearchLevel level, DicomTag tag)
    {
        if (level > query.Level) throw new ArgumentException($"{tag} is no attribute of the level searched", nameof(query));
    }

    private static (string Column, SearchLevel Level)? Uid(DicomTag tag) => tag.Value switch
    {
        0x0020000D => ("st.study_uid", SearchLevel.Study),
        0x0020000E => ("se.series_uid", SearchLevel.Series),
        0x00080018 => ("i.sop_instance_uid", SearchLevel.Instance),
        0x00080016 => ("i.sop_class_uid", SearchLevel.Instance),
        _ => null,
    };

    private static string Column((DicomTag Tag, string Column)[] columns, DicomTag tag) => columns.First(c => c.Tag == tag).Column;

    private static bool HasWildcard(string value) => value.AsSpan().ContainsAny('*', '?');

    private string Add(object value)
    {
        string name = string.Create(CultureInfo.InvariantCulture, $"p{_values.ParameterNames.Count()}");
        _values.Add(name, value);
        return name;
    }

    private void Equal(string column, string value) => _where.Add($"{column} = @{Add(value)}");

    /// <summary>Single value or wildcard matching, in a form of which an index can use what stands before the first wildcard.</summary>
    private string Text(string column, string value)
    {
        if (!HasWildcard(value)) return $"{column} = @{Add(value)}";
        string start = value[..value.AsSpan().IndexOfAny('*', '?')];
        string pattern = _dialect.Like(column, Add(_dialect.Pattern(value)));
        return start.Length == 0 ? pattern : $"{Prefix(column, start)} AND {pattern}";
    }

    // U+10FFFF is greater than whatever may follow the prefix: both databases compare code points.
    private string Prefix(string column, string start) => $"{column} >= @{Add(start)} AND {column} < @{Add(start + "\U0010FFFF")}";

    private void Name(string value, int part, bool fuzzy)
    {
        if (fuzzy)
        {
            foreach (string word in NameForms.Words(value)) Among(part + 1, Prefix("form", word));
            return;
        }
        foreach (string group in value.Split('=').Take(3).Select(NameForms.Fold).Where(group => group.Length > 0 && !group.All(c => c == '*'))) Among(part, Text("form", group));
    }

    private void Among(int part, string condition) =>
        _where.Add(string.Create(CultureInfo.InvariantCulture, $"st.id IN (SELECT study FROM study_name WHERE part = {part} AND {condition})"));

    /// <summary>
    /// A day or time, or a range of them, open at one end perhaps (PS3.4-2023b C.2.2.2.5). The end of a range of times includes all that begins
    /// with it: ':' follows the digits.
    /// </summary>
    private void Range(string column, string value, string beyond)
    {
        int dash = value.IndexOf('-', StringComparison.Ordinal);
        if (dash < 0)
        {
            Equal(column, value);
            return;
        }
        string from = value[..dash].Trim(), to = value[(dash + 1)..].Trim();
        // What has no date is in no range.
        _where.Add(from.Length > 0 ? $"{column} >= @{Add(from)}" : $"{column} > @{Add("")}");
        if (to.Length > 0) _where.Add($"{column} <= @{Add(to + beyond)}");
    }
}
