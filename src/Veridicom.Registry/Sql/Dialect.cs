using System.Text;
using System.Text.Json;

namespace Veridicom.Registry.Sql;

/// <summary>Where SQLite and PostgreSQL want the same thing said in other words. Values go through parameters, always.</summary>
internal abstract class Dialect
{
    /// <summary>Folder of the numbered .sql files.</summary>
    public abstract string Folder { get; }

    /// <summary>A join of which the left side is read first.</summary>
    public abstract string OrderedJoin { get; }

    /// <summary>Put before a statement it gives the plan instead of the rows.</summary>
    public abstract string Explain { get; }

    /// <summary>A list as the value of one parameter.</summary>
    public abstract object List(IReadOnlyCollection<string> values);

    /// <summary>A list as the value of one parameter.</summary>
    public abstract object List(IReadOnlyCollection<long> values);

    /// <summary>True where the column's value is in the list.</summary>
    public abstract string In(string column, string parameter);

    /// <summary>The same for a list of thousands.</summary>
    public virtual string Among(string column, string parameter) => In(column, parameter);

    /// <summary>True where the column's value, case considered, matches the pattern.</summary>
    public abstract string Like(string column, string parameter);

    /// <summary>A pattern in which * and ? are wildcards (PS3.4-2023b C.2.2.2.4) and nothing else is.</summary>
    public abstract string Pattern(string value);
}

internal sealed class SqliteDialect : Dialect
{
    public override string Folder => "sqlite";

    // Its planner keeps the order of a CROSS JOIN.
    public override string OrderedJoin => " CROSS JOIN ";

    public override string Explain => "EXPLAIN QUERY PLAN ";

    public override object List(IReadOnlyCollection<string> values) => JsonSerializer.Serialize(values);

    public override object List(IReadOnlyCollection<long> values) => JsonSerializer.Serialize(values);

    public override string In(string column, string parameter) => $"{column} IN (SELECT value FROM json_each(@{parameter}))";

    // LIKE of SQLite takes capitals and small letters for the same.
    public override string Like(string column, string parameter) => $"{column} GLOB @{parameter}";

    public override string Pattern(string value) => value.Replace("[", "[[]", StringComparison.Ordinal);
}

internal sealed class PostgresDialect : Dialect
{
    public override string Folder => "postgresql";

    // Its planner sorts as it goes, where only the first rows are wanted.
    public override string OrderedJoin => " JOIN ";

    public override string Explain => "EXPLAIN ";

    public override object List(IReadOnlyCollection<string> values) => values.ToArray();

    public override object List(IReadOnlyCollection<long> values) => values.ToArray();

    public override string In(string column, string parameter) => $"{column} = ANY(@{parameter})";

    // As a table, not as a constant that the planner looks at value by value.
    public override string Among(string column, string parameter) => $"{column} IN (SELECT unnest(@{parameter}))";

    public override string Like(string column, string parameter) => $"{column} LIKE @{parameter}";

    public override string Pattern(string value)
    {
        var pattern = new StringBuilder(value.Length + 8);
        foreach (char c in value)
        {
            if (c is '%' or '_' or '\\') pattern.Append('\\');
            pattern.Append(c switch { '*' => '%', '?' => '_', _ => c });
        }
        return pattern.ToString();
    }
}
