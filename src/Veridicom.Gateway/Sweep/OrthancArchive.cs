using System.Buffers;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Veridicom.Dicom;
using Veridicom.Gateway.Intake;
using Veridicom.Registry;

namespace Veridicom.Gateway.Sweep;

/// <summary>
/// An Orthanc over its own interface. What it received since the last run, or receives while it is followed, comes from its feed of changes: a new instance, or one that replaced
/// another of the same UIDs, and at the end of each series whatever the feed left out.
/// </summary>
public sealed partial class OrthancArchive : IRemoteArchive
{
    private const int Page = 1000, ChangesAtOnce = 100, LongestId = 1024;
    private const string Json = "application/json";

    private static readonly DicomTag PatientId = new(0x0010_0020);

    private readonly ArchiveHttp _http;
    private readonly SweepPatience _patience;
    private readonly TimeProvider _clock;
    private readonly TimeSpan _poll;

    /// <param name="address">Its URL, such as http://127.0.0.1:8042.</param>
    /// <param name="patience">How often it is asked again.</param>
    /// <param name="clock">For waiting.</param>
    /// <param name="poll">How long to wait for more changes where there was none.</param>
    /// <exception cref="FormatException">The URL is none that may be called.</exception>
    /// <exception cref="Veridicom.Dimse.Tls.TlsException">The authorities cannot be read.</exception>
    /// <exception cref="IOException">The token cannot be read.</exception>
    public OrthancArchive(ArchiveAddress address, SweepPatience patience, TimeProvider clock, TimeSpan poll) =>
        (_http, _patience, _clock, _poll) = (new ArchiveHttp(address, clock), patience, clock, poll);

    private sealed record Change(string Kind, string Id, long Sequence);

    /// <summary>How many instances it has, for the progress; null where it does not say.</summary>
    public async Task<long?> CountAsync(CancellationToken stop)
    {
        using JsonDocument? answer = await _patience.AskAsync(end => _http.JsonAsync("statistics", Json, end), stop);
        return answer?.RootElement is { ValueKind: JsonValueKind.Object } root && root.TryGetProperty("CountInstances", out JsonElement count) && count.TryGetInt64(out long found) ? found : null;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SweepItem> ListAsync(SweepState state, bool follow, [EnumeratorCancellation] CancellationToken stop)
    {
        SweepPatience patience = follow ? _patience.Endless() : _patience;
        // what is fetched from now on is what the changes up to here have made of it
        long last = (await ChangesAsync("changes?last", patience, stop)).Last;
        if (state.Since is null) state.Note(last);
        var looked = new HashSet<string>(StringComparer.Ordinal);
        for (int since = 0; ;)
        {
            List<string> page = await IdsAsync(string.Create(CultureInfo.InvariantCulture, $"instances?since={since}&limit={Page}"), root => root, patience, stop);
            foreach (string id in page)
            {
                if (!state.IsDone(id) && looked.Add(id)) yield return Item(id);
            }
            if (page.Count == 0) break;
            since += page.Count;
        }
        for (long since = state.Since!.Value; ;)
        {
            (List<Change> changes, bool isAll, long seen) = await ChangesAsync(string.Create(CultureInfo.InvariantCulture, $"changes?since={since}&limit={ChangesAtOnce}"), patience, stop);
            foreach (Change change in changes)
            {
                if (change.Kind == "NewInstance" && !(change.Sequence <= last && looked.Contains(change.Id)))
                {
                    state.Reopen(change.Id); // of the same UIDs, and maybe of another content
                    looked.Add(change.Id);
                    yield return Item(change.Id);
                }
                if (change.Kind != "StableSeries") continue;
                foreach (string id in await SeriesAsync(change.Id, patience, stop))
                {
                    if (!state.IsDone(id) && looked.Add(id)) yield return Item(id);
                }
            }
            since = Math.Max(since, seen);
            state.Note(since);
            if (!isAll) continue;
            if (!follow) yield break;
            await Task.Delay(_poll, _clock, stop);
        }
    }

    /// <inheritdoc/>
    public Task<Spool> FetchAsync(SweepItem item, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(item);
        return _patience.AskAsync(end => _http.InstanceAsync($"instances/{item.Key}/file", "application/dicom, */*", (_, body, _) => Task.FromResult(body), end), stop);
    }

    /// <inheritdoc/>
    public bool IsAnswer(SweepItem item, DicomFile file)
    {
        ArgumentNullException.ThrowIfNull(item);
        ArgumentNullException.ThrowIfNull(file);
        DicomDataSet set = file.DataSet;
        // where no character set is stated Orthanc takes Latin-1, which the standard does not
        return item.Key == IdentifierOf(set, InstanceAttributes.Read(set)[PatientId]) || (set.TryFind(PatientId, out DicomNode node) && node.Kind == NodeKind.Element && node.ValueLength <= LongestId
            && item.Key == IdentifierOf(set, Encoding.Latin1.GetString(node.Value).Trim(' ', '\0')));
    }

    /// <summary>How Orthanc names an instance: SHA-1 over Patient ID and the UIDs of study, series and instance with | between, in five groups of eight hexadecimal digits.</summary>
    public static string IdentifierOf(DicomDataSet set, string patientId)
    {
        ArgumentNullException.ThrowIfNull(set);
        byte[] name = Encoding.UTF8.GetBytes(string.Join('|', patientId, Uid(0x0020_000D), Uid(0x0020_000E), Uid(0x0008_0018)));
#pragma warning disable CA5350 // a name that Orthanc gives: whoever finds a second file of the same name has not its seal
        string hex = Convert.ToHexStringLower(SHA1.HashData(name));
#pragma warning restore CA5350
        return string.Join('-', hex.Chunk(8).Select(group => new string(group)));

        string Uid(uint tag) => set.Ascii(new DicomTag(tag)) ?? "";
    }

    /// <inheritdoc/>
    public Task StoreAsync(SweepItem item, ByteSource file, CancellationToken stop)
    {
        ArgumentNullException.ThrowIfNull(item);
        return _patience.AskAsync(end => _http.PostAsync("instances", renew => new FileContent(file, renew), Json, (status, body) =>
        {
            if (status != 200) throw new SweepException(SweepTrouble.Refused, $"Orthanc did not store it (HTTP {status})");
            using JsonDocument answer = JsonDocument.Parse(body);
            string? said = Text(answer.RootElement, "Status"), id = Text(answer.RootElement, "ID");
            if (said == "AlreadyStored") throw new SweepException(SweepTrouble.Refused, "Orthanc keeps the instance that it has: set OverwriteInstances to true in its configuration");
            return said == "Success" && id == item.Key ? id : throw new SweepException(SweepTrouble.Refused, "Orthanc did not store it as this instance");
        }, end), stop);
    }

    private SweepItem Item(string id) => new(id, new Uri(_http.Base, $"instances/{id}").AbsoluteUri);

    private async Task<List<string>> SeriesAsync(string id, SweepPatience patience, CancellationToken stop)
    {
        try
        {
            return await IdsAsync($"series/{id}", root => root.ValueKind == JsonValueKind.Object && root.TryGetProperty("Instances", out JsonElement instances) ? instances : default, patience, stop);
        }
        catch (SweepException e) when (e.Trouble == SweepTrouble.Gone)
        {
            return [];
        }
    }

    private Task<List<string>> IdsAsync(string path, Func<JsonElement, JsonElement> within, SweepPatience patience, CancellationToken stop) => patience.AskAsync(async end =>
    {
        using JsonDocument? answer = await _http.JsonAsync(path, Json, end);
        JsonElement ids = answer is null ? default : within(answer.RootElement);
        if (ids.ValueKind != JsonValueKind.Array) throw new SweepException(SweepTrouble.Nonsense, "this is no Orthanc: it lists no instances");
        return ids.EnumerateArray().Select(Id).ToList();
    }, stop);

    private Task<(List<Change> Changes, bool IsAll, long Last)> ChangesAsync(string path, SweepPatience patience, CancellationToken stop) => patience.AskAsync(async end =>
    {
        using JsonDocument? answer = await _http.JsonAsync(path, Json, end);
        if (answer is null || answer.RootElement.ValueKind != JsonValueKind.Object || !answer.RootElement.TryGetProperty("Changes", out JsonElement list) || list.ValueKind != JsonValueKind.Array
            || !answer.RootElement.TryGetProperty("Last", out JsonElement last) || last.ValueKind != JsonValueKind.Number || !last.TryGetInt64(out long seen)
            || !answer.RootElement.TryGetProperty("Done", out JsonElement all)) throw new SweepException(SweepTrouble.Nonsense, "this is no Orthanc: it has no feed of changes");
        var changes = new List<Change>();
        foreach (JsonElement change in list.EnumerateArray())
        {
            if (Text(change, "ChangeType") is not ("NewInstance" or "StableSeries")) continue;
            if (!change.TryGetProperty("Seq", out JsonElement number) || number.ValueKind != JsonValueKind.Number || !number.TryGetInt64(out long sequence) || !change.TryGetProperty("ID", out JsonElement id))
                throw new SweepException(SweepTrouble.Nonsense, "this is no Orthanc: a change has another form");
            changes.Add(new Change(Text(change, "ChangeType")!, Id(id), sequence));
        }
        return (changes, all.ValueKind == JsonValueKind.True, seen);
    }, stop);

    private static string? Text(JsonElement element, string name) =>
        element.ValueKind == JsonValueKind.Object && element.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static string Id(JsonElement element) => element.ValueKind == JsonValueKind.String && element.GetString() is { } id && Identifier().IsMatch(id)
        ? id
        : throw new SweepException(SweepTrouble.Nonsense, "this is no Orthanc: an identifier has another form");

    [GeneratedRegex("^[0-9a-f]{8}(-[0-9a-f]{8}){4}\\z")]
    private static partial Regex Identifier();

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    /// <summary>A file as the whole body.</summary>
    private sealed class FileContent : HttpContent
    {
        private const int Step = 1 << 17;

        private readonly ByteSource _file;
        private readonly Action _progress;

        public FileContent(ByteSource file, Action progress)
        {
            (_file, _progress) = (file, progress);
            Headers.ContentType = new MediaTypeHeaderValue("application/dicom");
        }

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken)
        {
            byte[] piece = ArrayPool<byte>.Shared.Rent(Step);
            try
            {
                for (long at = 0; at < _file.Length;)
                {
                    int step = (int)Math.Min(Step, _file.Length - at);
                    _file.Window(at, step).CopyTo(piece);
                    await stream.WriteAsync(piece.AsMemory(0, step), cancellationToken);
                    at += step;
                    _progress();
                }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = _file.Length;
            return true;
        }
    }
}
