using System.Globalization;
using System.Runtime.InteropServices;
using Veridicom.Dicom.Text;
using Veridicom.Registry;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Access;

/// <summary>
/// Writes down who was turned away. A flood must not fill the disk: of each source and minute only the first <see cref="MostEach"/> get an entry of
/// their own, of all together the first <see cref="MostTogether"/>; the others are counted, and the next entry written says how many they were.
/// Safe for use by several threads.
/// </summary>
/// <param name="record">Makes an entry durable: <c>Vault.RecordAsync</c>.</param>
/// <param name="clock">What time it is.</param>
/// <param name="failed">Told where an entry could not be written; the denial stands all the same.</param>
public sealed class DenialJournal(Func<JournalEntry, CancellationToken, Task> record, TimeProvider clock, Action<Exception> failed)
{
    /// <summary>Entries for one source within a minute.</summary>
    public const int MostEach = 10;

    /// <summary>Entries for all sources within a minute.</summary>
    public const int MostTogether = 100;

    private const int MostSources = 4096, LongestDetail = 200;

    private readonly Lock _counting = new();
    private readonly Dictionary<string, int> _written = new(StringComparer.Ordinal);
    private long _minute = long.MinValue;
    private int _together;
    private long _passedOver;

    /// <summary>All denials so far, written down or only counted.</summary>
    public long Count => Interlocked.Read(ref _count);

    private long _count;

    /// <summary>Notes a denial. Ends when it is durable, or at once where it is only counted. Never throws for a failing disk.</summary>
    /// <param name="who">Who was turned away, as far as it is known.</param>
    /// <param name="detail">Why; text from outside in it is escaped and cut here.</param>
    /// <param name="studyUid">The study asked for, null where none.</param>
    /// <param name="why">Purpose that the caller stated.</param>
    /// <param name="stop">Gives up waiting.</param>
    public async Task RecordAsync(Actor who, string detail, string? studyUid, string? why, CancellationToken stop)
    {
        Interlocked.Increment(ref _count);
        if (!Admit(who.Address, out long passedOver)) return;
        string text = TextDisplay.Escape(detail);
        if (text.Length > LongestDetail) text = text[..LongestDetail] + "...";
        if (passedOver > 0) text += string.Create(CultureInfo.InvariantCulture, $"; {passedOver} more denials before this one have no entry of their own");
        try
        {
            await record(new JournalEntry { Kind = EntryKind.Denied, At = clock.GetUtcNow(), Who = who, Outcome = EntryOutcome.MinorFailure, StudyUid = studyUid, Why = why, Detail = text }, stop);
        }
        catch (Exception e) when (e is RegistryException or IOException or OperationCanceledException or ObjectDisposedException)
        {
            lock (_counting) _passedOver = checked(_passedOver + passedOver + 1);
            failed(e);
        }
    }

    private bool Admit(string source, out long passedOver)
    {
        long minute = clock.GetUtcNow().ToUnixTimeSeconds() / 60;
        lock (_counting)
        {
            if (minute != _minute)
            {
                (_minute, _together) = (minute, 0);
                _written.Clear();
            }
            passedOver = 0;
            // where there are too many sources to tell apart they share what is left
            string key = _written.Count >= MostSources && !_written.ContainsKey(source) ? "" : source;
            ref int written = ref CollectionsMarshal.GetValueRefOrAddDefault(_written, key, out _);
            if (written >= MostEach || _together >= MostTogether)
            {
                _passedOver++;
                return false;
            }
            written++;
            _together++;
            (passedOver, _passedOver) = (_passedOver, 0);
            return true;
        }
    }
}

/// <summary>For endpoints that turn a caller away: writes it into the <see cref="DenialJournal"/>, once for a request.</summary>
public sealed class Denials(DenialJournal journal)
{
    /// <summary>True where this request stands in the journal already.</summary>
    public bool Told { get; private set; }

    /// <summary>As <see cref="DenialJournal.RecordAsync"/>.</summary>
    public Task RecordAsync(Caller caller, string detail, string? studyUid, CancellationToken stop)
    {
        Told = true;
        return journal.RecordAsync(caller.Who, detail, studyUid, caller.Purpose, stop);
    }
}
