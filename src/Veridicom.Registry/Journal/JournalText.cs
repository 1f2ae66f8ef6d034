using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Veridicom.Dicom.Text;

namespace Veridicom.Registry.Journal;

/// <summary>
/// A journal entry as JSON (spec/audit-trail.md 2): one line of ASCII, the sequence number first, members in one order, those without a value
/// left out. Reading is strict: unknown, doubled or missing members and unknown words are errors.
/// </summary>
public static class JournalText
{
    /// <summary>The longest entry, in bytes of JSON.</summary>
    public const int MostBytes = 4 << 20;

    private const string TimeFormat = "yyyy-MM-ddTHH:mm:ss.fffZ";
    private static readonly Words<EntryKind> Kinds = new();
    private static readonly Words<EntryOutcome> Outcomes = new();
    private static readonly Words<InstanceState> States = new();

    /// <summary>The word of a kind, such as 'commitment-asked'.</summary>
    public static string Word(this EntryKind kind) => Kinds.Of(kind);

    /// <summary>The word of an outcome, such as 'minor-failure'.</summary>
    public static string Word(this EntryOutcome outcome) => Outcomes.Of(outcome);

    /// <summary>The word of a state, such as 'quarantined'.</summary>
    public static string Word(this InstanceState state) => States.Of(state);

    /// <summary>The kind of a word.</summary>
    public static bool TryKind(string word, out EntryKind kind) => Kinds.TryRead(word, out kind);

    /// <summary>The entry as JSON. Times are cut to milliseconds.</summary>
    /// <exception cref="ArgumentException">It would be longer than <see cref="MostBytes"/>.</exception>
    public static byte[] Write(long sequence, JournalEntry entry)
    {
        var bytes = new ArrayBufferWriter<byte>(1024);
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteNumber("sequence", sequence);
            json.WriteString("at", entry.At.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
            json.WriteString("kind", entry.Kind.Word());
            json.WriteStartObject("who");
            json.WriteString("name", entry.Who.Name);
            json.WriteString("means", entry.Who.Means);
            json.WriteString("address", entry.Who.Address);
            json.WriteEndObject();
            json.WriteString("outcome", entry.Outcome.Word());
            Text("why", entry.Why);
            Text("studyUid", entry.StudyUid);
            Text("seriesUid", entry.SeriesUid);
            Text("sopInstanceUid", entry.SopInstanceUid);
            Text("sopClassUid", entry.SopClassUid);
            Text("patientId", entry.PatientId);
            Number("instances", entry.Instances);
            Number("instance", entry.Instance);
            Text("object", entry.Object?.Hex);
            Number("size", entry.Size);
            Text("transferSyntaxUid", entry.TransferSyntaxUid);
            Text("contentDigest", entry.ContentDigest);
            Text("state", entry.State?.Word());
            Text("route", entry.Route);
            Text("verdict", entry.Verdict);
            Text("sealIdentity", entry.SealIdentity);
            if (entry.Destinations is { } destinations)
            {
                json.WriteStartArray("destinations");
                foreach (string destination in destinations) json.WriteStringValue(destination);
                json.WriteEndArray();
            }
            Text("destination", entry.Destination);
            Text("transactionUid", entry.TransactionUid);
            Text("detail", entry.Detail);
            json.WriteEndObject();

            void Text(string name, string? value)
            {
                if (value is not null) json.WriteString(name, value);
            }

            void Number(string name, long? value)
            {
                if (value is { } number) json.WriteNumber(name, number);
            }
        }
        if (bytes.WrittenCount > MostBytes) throw new ArgumentException($"a journal entry has at most {MostBytes} bytes", nameof(entry));
        return bytes.WrittenSpan.ToArray();
    }

    /// <summary>Reads an entry.</summary>
    /// <exception cref="FormatException">It is not what <see cref="Write"/> writes.</exception>
    public static (long Sequence, JournalEntry Entry) Read(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line, new JsonReaderOptions { MaxDepth = 4 });
            return new EntryReader().Read(ref json);
        }
        catch (JsonException e)
        {
            throw new FormatException($"it is not JSON: {e.Message}", e);
        }
        catch (InvalidOperationException e)
        {
            throw new FormatException($"a member has another type than it should: {e.Message}", e);
        }
    }

    /// <summary>The sequence number of an entry that need not be readable otherwise; 0 where it has none.</summary>
    public static long SequenceOf(ReadOnlySpan<byte> line)
    {
        try
        {
            var json = new Utf8JsonReader(line);
            bool first = json.Read() && json.TokenType == JsonTokenType.StartObject && json.Read() && json.TokenType == JsonTokenType.PropertyName && json.ValueTextEquals("sequence"u8);
            return first && json.Read() && json.TokenType == JsonTokenType.Number && json.TryGetInt64(out long number) && number > 0 ? number : 0;
        }
        catch (JsonException)
        {
            return 0;
        }
    }

    // A class and not a method: the members are many, and each stands once at most.
    private sealed class EntryReader
    {
        private readonly HashSet<string> _seen = [];
        private readonly Dictionary<string, string> _texts = [];
        private readonly Dictionary<string, long> _numbers = [];
        private List<string>? _destinations;
        private Actor? _who;

        public (long, JournalEntry) Read(ref Utf8JsonReader json)
        {
            Expect(ref json, JsonTokenType.StartObject);
            while (Next(ref json, out string name))
            {
                if (!_seen.Add(name)) throw new FormatException($"'{name}' stands twice");
                if (_seen.Count == 1 && name != "sequence") throw new FormatException("the sequence number does not stand first");
                switch (name)
                {
                    case "sequence" or "instances" or "instance" or "size":
                        Expect(ref json, JsonTokenType.Number);
                        if (!json.TryGetInt64(out long number) || number < 0) throw new FormatException($"'{name}' is no whole number from 0 on");
                        _numbers.Add(name, number);
                        break;
                    case "who":
                        _who = ReadActor(ref json);
                        break;
                    case "destinations":
                        _destinations = [];
                        Expect(ref json, JsonTokenType.StartArray);
                        while (json.Read() && json.TokenType != JsonTokenType.EndArray) _destinations.Add(TextOf(ref json, name));
                        break;
                    case "at" or "kind" or "outcome" or "why" or "studyUid" or "seriesUid" or "sopInstanceUid" or "sopClassUid" or "patientId" or "object"
                        or "transferSyntaxUid" or "contentDigest" or "state" or "route" or "verdict" or "sealIdentity" or "destination" or "transactionUid" or "detail":
                        json.Read();
                        _texts.Add(name, TextOf(ref json, name));
                        break;
                    default:
                        throw new FormatException($"the member '{TextDisplay.Escape(name.Length > 64 ? name[..64] : name)}' is unknown: a newer version may have written it");
                }
            }
            if (json.Read()) throw new FormatException("something follows the entry");
            return (_numbers.TryGetValue("sequence", out long sequence) ? sequence : throw Missing("sequence"), Entry());
        }

        private JournalEntry Entry()
        {
            ObjectDigest? stored = null;
            if (Optional("object") is { } hex) stored = ObjectDigest.TryParse(hex, out ObjectDigest digest) ? digest : throw new FormatException("'object' is no digest");
            if (!DateTime.TryParseExact(Required("at"), TimeFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTime at))
                throw new FormatException("'at' is no time in UTC with milliseconds");
            long? instances = NumberOf("instances");
            if (instances > int.MaxValue) throw new FormatException("'instances' is too large");
            return new JournalEntry
            {
                Kind = Kinds.Read("kind", Required("kind")),
                At = new DateTimeOffset(at, TimeSpan.Zero),
                Who = _who ?? throw Missing("who"),
                Outcome = Outcomes.Read("outcome", Required("outcome")),
                Why = Optional("why"),
                StudyUid = Optional("studyUid"),
                SeriesUid = Optional("seriesUid"),
                SopInstanceUid = Optional("sopInstanceUid"),
                SopClassUid = Optional("sopClassUid"),
                PatientId = Optional("patientId"),
                Instances = (int?)instances,
                Instance = NumberOf("instance"),
                Object = stored,
                Size = NumberOf("size"),
                TransferSyntaxUid = Optional("transferSyntaxUid"),
                ContentDigest = Optional("contentDigest"),
                State = Optional("state") is { } state ? States.Read("state", state) : null,
                Route = Optional("route"),
                Verdict = Optional("verdict"),
                SealIdentity = Optional("sealIdentity"),
                Destinations = _destinations,
                Destination = Optional("destination"),
                TransactionUid = Optional("transactionUid"),
                Detail = Optional("detail"),
            };
        }

        private static Actor ReadActor(ref Utf8JsonReader json)
        {
            string? name = null, means = null, address = null;
            Expect(ref json, JsonTokenType.StartObject);
            while (Next(ref json, out string member))
            {
                json.Read();
                ref string? value = ref name;
                if (member == "means") value = ref means;
                else if (member == "address") value = ref address;
                else if (member != "name") throw new FormatException("'who' has an unknown member");
                if (value is not null) throw new FormatException($"'{member}' of 'who' stands twice");
                value = TextOf(ref json, member);
            }
            return new Actor(name ?? throw Missing("who.name"), means ?? throw Missing("who.means"), address ?? throw Missing("who.address"));
        }

        private static bool Next(ref Utf8JsonReader json, out string name)
        {
            json.Read();
            name = json.TokenType == JsonTokenType.PropertyName ? json.GetString()! : "";
            return json.TokenType == JsonTokenType.PropertyName;
        }

        private static void Expect(ref Utf8JsonReader json, JsonTokenType type)
        {
            if (!json.Read() || json.TokenType != type) throw new FormatException("a member has another type than it should");
        }

        private static string TextOf(ref Utf8JsonReader json, string name) =>
            json.TokenType == JsonTokenType.String ? json.GetString()! : throw new FormatException($"'{name}' is no text");

        private string? Optional(string name) => _texts.GetValueOrDefault(name);

        private string Required(string name) => Optional(name) ?? throw Missing(name);

        private long? NumberOf(string name) => _numbers.TryGetValue(name, out long number) ? number : null;

        private static FormatException Missing(string name) => new($"'{name}' is missing");

    }

    /// <summary>The kebab-case words of an enumeration.</summary>
    private sealed class Words<T> where T : struct, Enum
    {
        private readonly Dictionary<T, string> _words = Enum.GetValues<T>().ToDictionary(value => value, value => Kebab(value.ToString()));
        private readonly Dictionary<string, T> _values;

        public Words() => _values = _words.ToDictionary(pair => pair.Value, pair => pair.Key);

        public string Of(T value) => _words[value];

        public bool TryRead(string word, out T value) => _values.TryGetValue(word, out value);

        public T Read(string name, string word) =>
            TryRead(word, out T value) ? value : throw new FormatException($"the word of '{name}' is unknown: a newer version may have written it");

        private static string Kebab(string name)
        {
            var word = new StringBuilder();
            foreach (char c in name)
            {
                if (char.IsAsciiLetterUpper(c) && word.Length > 0) word.Append('-');
                word.Append(char.ToLowerInvariant(c));
            }
            return word.ToString();
        }
    }
}
