using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Veridicom.Dicom;
using Veridicom.Dimse.Messages;
using Veridicom.Gateway.DicomWeb;
using Veridicom.Gateway.DicomWeb.Multipart;
using Veridicom.Gateway.Intake;
using Veridicom.Gateway.Routing;

namespace Veridicom.Gateway.Sweep;

/// <summary>
/// An archive over DICOMweb (PS3.18-2023b 10.4, 10.5, 10.6): studies, series and instances by QIDO-RS page by page, one instance at a time by WADO-RS in whatever syntax it is stored in,
/// put back by STOW-RS. URLs are made from UIDs that were checked; what the archive calls a URL is not followed.
/// </summary>
public sealed class DicomWebArchive : IRemoteArchive
{
    /// <summary>Results asked for at once.</summary>
    public const int Page = 500;

    private const string Json = "application/dicom+json";

    private readonly ArchiveHttp _http;
    private readonly SweepPatience _patience;

    /// <exception cref="FormatException">The URL is none that may be called.</exception>
    /// <exception cref="Veridicom.Dimse.Tls.TlsException">The authorities cannot be read.</exception>
    /// <exception cref="IOException">The token cannot be read.</exception>
    public DicomWebArchive(ArchiveAddress address, SweepPatience patience, TimeProvider clock) => (_http, _patience) = (new ArchiveHttp(address, clock), patience);

    private sealed record Instance(string Study, string Series, string Uid, string Path, string Url) : SweepItem(Path, Url);

    /// <inheritdoc/>
    public async IAsyncEnumerable<SweepItem> ListAsync(SweepState state, bool follow, [EnumeratorCancellation] CancellationToken stop)
    {
        if (follow) throw new ArgumentException("DICOMweb has no feed of changes to follow", nameof(follow));
        await foreach (string study in UidsAsync("studies", "0020000D", stop))
        {
            await foreach (string series in UidsAsync($"studies/{study}/series", "0020000E", stop))
            {
                await foreach (string instance in UidsAsync($"studies/{study}/series/{series}/instances", "00080018", stop))
                {
                    string path = $"studies/{study}/series/{series}/instances/{instance}";
                    if (!state.IsDone(path)) yield return new Instance(study, series, instance, path, new Uri(_http.Base, path).AbsoluteUri);
                }
            }
        }
    }

    /// <inheritdoc/>
    public Task<Spool> FetchAsync(SweepItem item, CancellationToken stop)
    {
        var instance = (Instance)item;
        return _patience.AskAsync(async end =>
        {
            Spool spool;
            try
            {
                spool = await _http.InstanceAsync(instance.Path, "multipart/related; type=\"application/dicom\"; transfer-syntax=*", PartAsync, end);
            }
            catch (ProblemException e)
            {
                // of a connection that was lost within, or of an archive that cannot write one: trying again tells
                throw new SweepException(SweepTrouble.Busy, $"the archive answered what is no whole multipart body: {e.Message}", e);
            }
            return spool;
        }, stop);
    }

    /// <inheritdoc/>
    public bool IsAnswer(SweepItem item, DicomFile file)
    {
        ArgumentNullException.ThrowIfNull(file);
        var instance = (Instance)item;
        return file.DataSet.Ascii(new DicomTag(0x0008_0018)) == instance.Uid && file.DataSet.Ascii(new DicomTag(0x0020_000D)) == instance.Study
            && file.DataSet.Ascii(new DicomTag(0x0020_000E)) == instance.Series;
    }

    /// <inheritdoc/>
    public Task StoreAsync(SweepItem item, ByteSource file, CancellationToken stop)
    {
        var instance = (Instance)item;
        return _patience.AskAsync(end => _http.PostAsync("studies", renew => new StowContent(file, renew), Json, (status, body) =>
        {
            SendResult result = StowResponse.Read(status, body, instance.Uid);
            return result.Outcome == SendOutcome.Stored ? result : throw new SweepException(SweepTrouble.Refused, $"the archive did not store it ({result.Detail})");
        }, end), stop);
    }

    /// <summary>
    /// UIDs of a search, page by page. A page without anything new ends it: some archives know no offset, and some give less than was asked for.
    /// </summary>
    private async IAsyncEnumerable<string> UidsAsync(string path, string tag, [EnumeratorCancellation] CancellationToken stop)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        for (int offset = 0; ;)
        {
            string query = string.Create(CultureInfo.InvariantCulture, $"{path}?includefield={tag}&limit={Page}&offset={offset}");
            List<string> page = await _patience.AskAsync(async end =>
            {
                try
                {
                    using JsonDocument? answer = await _http.JsonAsync(query, Json, end);
                    return Read(answer, tag);
                }
                catch (SweepException e) when (e.Trouble == SweepTrouble.Gone && offset == 0)
                {
                    return []; // deleted since it was listed
                }
            }, stop);
            int before = seen.Count;
            foreach (string uid in page)
            {
                if (seen.Add(uid)) yield return uid;
            }
            if (seen.Count == before) yield break;
            offset += page.Count;
        }
    }

    private static List<string> Read(JsonDocument? answer, string tag)
    {
        var found = new List<string>();
        if (answer is null) return found;
        if (answer.RootElement.ValueKind != JsonValueKind.Array) throw new SweepException(SweepTrouble.Nonsense, "the archive answered a search without an array");
        foreach (JsonElement match in answer.RootElement.EnumerateArray())
        {
            string? uid = match.ValueKind == JsonValueKind.Object && match.TryGetProperty(tag, out JsonElement attribute) && attribute.ValueKind == JsonValueKind.Object
                && attribute.TryGetProperty("Value", out JsonElement values) && values.ValueKind == JsonValueKind.Array && values.GetArrayLength() == 1
                && values[0].ValueKind == JsonValueKind.String ? values[0].GetString()!.TrimEnd('\0', ' ') : null;
            if (uid is null || !DimseUid.IsValid(uid)) throw new SweepException(SweepTrouble.Nonsense, $"the archive answered a search without a valid {tag}");
            found.Add(uid);
        }
        return found;
    }

    private static async Task<Stream> PartAsync(HttpResponseMessage response, Stream body, CancellationToken stop)
    {
        string said = response.Content.Headers.TryGetValues("Content-Type", out var values) ? string.Join(',', values) : "";
        if (!MediaTypeHeaderValue.TryParse(said, out MediaTypeHeaderValue? type)) throw new SweepException(SweepTrouble.Nonsense, "the archive answered without a Content-Type");
        // some archives send the one instance bare
        if (type.MediaType.Equals("application/dicom", StringComparison.OrdinalIgnoreCase)) return body;
        if (!type.MediaType.Equals("multipart/related", StringComparison.OrdinalIgnoreCase)) throw new SweepException(SweepTrouble.Nonsense, "the archive answered neither application/dicom nor multipart/related");
        MultipartPart? part = await MultipartBody.Open(type, body).NextAsync(stop);
        return part is { MediaType: "application/dicom" or "" } ? part.Body : throw new SweepException(SweepTrouble.Nonsense, "the archive answered without a part of application/dicom");
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
