using System.Globalization;
using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace Veridicom.Gateway.Configuration;

/// <summary>
/// Holds the text of a configuration against the records that it fills: every member must exist, stand once and have its type. Goes through the
/// tokens itself, since a deserializer stops at the first mistake; remembers on which line each setting stands.
/// </summary>
internal sealed class ConfigurationShape
{
    private readonly List<ConfigurationError> _errors = [];
    private readonly Dictionary<string, long> _lines = new(StringComparer.Ordinal);
    private readonly long[] _starts;

    /// <summary>Reads all of it.</summary>
    /// <param name="json">The file.</param>
    public ConfigurationShape(ReadOnlySpan<byte> json)
    {
        var starts = new List<long> { 0 };
        for (int i = 0; i < json.Length; i++)
        {
            if (json[i] == '\n') starts.Add(i + 1);
        }
        _starts = [.. starts];
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { CommentHandling = JsonCommentHandling.Disallow, MaxDepth = 16 });
        try
        {
            reader.Read();
            Value(ref reader, typeof(GatewayConfiguration), "", nullable: false);
            reader.Read();
        }
        catch (InvalidOperationException)
        {
            // bytes or escapes that are no characters
            _errors.Add(new("", Line(ref reader), "a text here is not Unicode", "write the file in UTF-8"));
        }
        catch (JsonException e)
        {
            bool comment = e.BytePositionInLine is { } at && e.LineNumber is { } line && At(json, line, at) is (byte)'/' or (byte)'#';
            _errors.Add(new("", (e.LineNumber ?? 0) + 1, comment ? "comments are not allowed" : "it is not JSON", comment ? "take the comment out" : "look for a comma, quote or bracket that is missing or too many"));
        }
    }

    /// <summary>What is wrong.</summary>
    public IReadOnlyList<ConfigurationError> Errors => _errors;

    /// <summary>The line of a setting, or of the nearest one around it; null where none of it stands in the file.</summary>
    public long? LineOf(string path)
    {
        for (string near = path; near.Length > 0; near = near[..Math.Max(0, Math.Max(near.LastIndexOf('.'), near.LastIndexOf('[')))])
        {
            if (_lines.TryGetValue(near, out long line)) return line;
        }
        return null;
    }

    /// <summary>The name of a member as the file writes it.</summary>
    public static string NameOf(MemberInfo member) => JsonNamingPolicy.CamelCase.ConvertName(member.Name);

    /// <summary>The settings of a record in the order of their declaration.</summary>
    public static IEnumerable<PropertyInfo> Members(Type record) => record.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite);

    /// <summary>The type of the elements of a list, null for what is no list.</summary>
    public static Type? ElementOf(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(IReadOnlyList<>) ? type.GetGenericArguments()[0] : null;

    /// <summary>True for a record of settings.</summary>
    public static bool IsRecord(Type type) => type.IsClass && type != typeof(string);

    private byte At(ReadOnlySpan<byte> json, long line, long column)
    {
        long at = _starts[Math.Min(line, _starts.Length - 1)] + column;
        return at < json.Length ? json[(int)at] : (byte)0;
    }

    private long Line(ref Utf8JsonReader reader)
    {
        int found = Array.BinarySearch(_starts, reader.TokenStartIndex);
        return found >= 0 ? found + 1 : ~found;
    }

    private void Value(ref Utf8JsonReader reader, Type type, string path, bool nullable)
    {
        long line = Line(ref reader);
        if (path.Length > 0) _lines[path] = line;
        Type bare = Nullable.GetUnderlyingType(type) ?? type;
        if (reader.TokenType == JsonTokenType.Null && nullable) return;
        if (ElementOf(bare) is { } element)
        {
            if (reader.TokenType == JsonTokenType.StartArray) List(ref reader, element, path);
            else Wrong(ref reader, path, line, "a list in square brackets");
        }
        else if (IsRecord(bare))
        {
            if (reader.TokenType == JsonTokenType.StartObject) Record(ref reader, bare, path, line);
            else Wrong(ref reader, path, line, "an object in braces");
        }
        else if (!Fits(ref reader, bare)) Wrong(ref reader, path, line, Kind(bare));
    }

    private void List(ref Utf8JsonReader reader, Type element, string path)
    {
        for (int i = 0; reader.Read() && reader.TokenType != JsonTokenType.EndArray; i++)
            Value(ref reader, element, string.Create(CultureInfo.InvariantCulture, $"{path}[{i}]"), nullable: false);
    }

    private void Record(ref Utf8JsonReader reader, Type record, string path, long line)
    {
        var members = Members(record).ToDictionary(NameOf, StringComparer.Ordinal);
        var seen = new HashSet<string>(StringComparer.Ordinal);
        var nullability = new NullabilityInfoContext();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
        {
            string name = reader.GetString()!;
            string below = path.Length == 0 ? name : path + "." + name;
            long at = Line(ref reader);
            if (!members.TryGetValue(name, out PropertyInfo? member)) _errors.Add(new(below, at, "there is no such setting", Nearest(name, members.Keys)));
            else if (!seen.Add(name)) _errors.Add(new(below, at, "the setting stands twice", "keep one of the two"));
            reader.Read();
            if (member is null) reader.Skip();
            else Value(ref reader, member.PropertyType, below, nullability.Create(member).WriteState == NullabilityState.Nullable);
        }
        foreach ((string name, PropertyInfo member) in members)
        {
            if (member.GetCustomAttribute<RequiredMemberAttribute>() is not null && !seen.Contains(name))
                _errors.Add(new(path.Length == 0 ? name : path + "." + name, line, "is missing", "it has no default: set it"));
        }
    }

    private static bool Fits(ref Utf8JsonReader reader, Type type) =>
        type == typeof(string) ? reader.TokenType == JsonTokenType.String && reader.GetString() is not null
        : type == typeof(bool) ? reader.TokenType is JsonTokenType.True or JsonTokenType.False
        : reader.TokenType == JsonTokenType.Number
            && (type == typeof(int) ? reader.TryGetInt32(out _) : type == typeof(long) ? reader.TryGetInt64(out _) : reader.TryGetDouble(out double number) && double.IsFinite(number));

    private static string Kind(Type type) =>
        type == typeof(string) ? "a text in quotes"
        : type == typeof(bool) ? "true or false"
        : type == typeof(double) ? "a number"
        : "a whole number of the size of such settings";

    private void Wrong(ref Utf8JsonReader reader, string path, long line, string wanted)
    {
        _errors.Add(new(path, line, "has the wrong type", "write " + wanted));
        reader.Skip();
    }

    private static string Nearest(string name, IEnumerable<string> known)
    {
        string? near = known.Where(k => Distance(name.ToLowerInvariant(), k.ToLowerInvariant()) <= Math.Max(1, name.Length / 4)).FirstOrDefault();
        return near is not null ? $"is '{near}' meant?" : "settings here: " + string.Join(", ", known.Order(StringComparer.Ordinal));
    }

    // letters to change, add or take away
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 8 || a.Length > 64) return int.MaxValue;
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int corner = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int above = row[j];
                row[j] = Math.Min(Math.Min(above, row[j - 1]) + 1, corner + (a[i - 1] == b[j - 1] ? 0 : 1));
                corner = above;
            }
        }
        return row[b.Length];
    }
}
