using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Veridicom.Cli;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Hosting;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Registry.Store;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Testing;

/// <summary>A whole gateway in this process, on free ports, in a folder of its own; and what speaks to it.</summary>
public sealed class GatewayRoom : IAsyncDisposable
{
    private static readonly Lazy<(KeySigner Signer, TrustList Trust)> Keys = new(MakeKeys);

    private readonly ScratchFolder? _owned;
    private readonly GatewayFolder _folder;
    private readonly StringWriter _logs;
    private readonly ILoggerFactory _factory;

    private GatewayRoom(ScratchFolder? owned, GatewayFolder folder, StringWriter logs, ILoggerFactory factory, GatewayHost host)
    {
        (_owned, _folder, _logs, _factory, Host) = (owned, folder, logs, factory, host);
        Http = new HttpClient { BaseAddress = new Uri(host.Url!), Timeout = Peer.DefaultLimit };
    }

    public GatewayHost Host { get; }

    public HttpClient Http { get; }

    public string Logs => _logs.ToString();

    /// <summary>Trust in the key that seals here.</summary>
    public static TrustList Trust => Keys.Value.Trust;

    private static (KeySigner, TrustList) MakeKeys()
    {
        DateTimeOffset now = DateTimeOffset.UtcNow;
        AsymmetricAlgorithm authorityKey = CertificateIssuing.CreateKey(KeyChoice.P256), key = CertificateIssuing.CreateKey(KeyChoice.P256);
        Certificate authority = CertificateIssuing.CreateAuthority(CertificateIssuing.Name("Gateway CA", "Hospital"), authorityKey, now.AddDays(-2), now.AddYears(1), SystemRandomness.Instance);
        Certificate sealing = CertificateIssuing.CreateSealing(CertificateIssuing.Name("Gateway", "Hospital"), CertificateIssuing.PublicKeyOf(key), authority, authorityKey, now.AddDays(-1), now.AddDays(300), SystemRandomness.Instance);
        return (new KeySigner(key, [sealing, authority]), TrustList.Create([authority.Der]));
    }

    /// <summary>The bytes of a stored file, by its digest.</summary>
    public byte[] Stored(string digest)
    {
        using StoredObject stored = FolderStore.OpenReadOnly(_folder.Root).Open(Veridicom.Registry.ObjectDigest.TryParse(digest, out var parsed) ? parsed : throw new ArgumentException(digest))!;
        using var bytes = new MemoryStream();
        stored.CopyTo(bytes, 0, stored.Length);
        return bytes.ToArray();
    }

    /// <summary>Entries of one kind in the audit trail, in their order.</summary>
    public async Task<IReadOnlyList<JsonElement>> EntriesAsync(string kind) =>
        [.. (await JsonAsync($"/audit-trail?kind={kind}&limit=1000")).GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("entry"))];

    public static async Task<GatewayRoom> StartAsync(Func<GatewayConfiguration, GatewayConfiguration>? change = null, ScratchFolder? folder = null, IJpeg2000? jpeg2000 = null)
    {
        ScratchFolder? owned = folder is null ? new ScratchFolder() : null;
        var settings = new GatewayConfiguration { Dicom = new() { Port = 0 }, Http = new() { Port = 0 } };
        var place = new GatewayFolder((folder ?? owned)!.PathOf("gateway"));
        var logs = new StringWriter();
        ILoggerFactory factory = GatewayLogs.To(logs);
        GatewayHost host = await GatewayHost.StartAsync(new GatewaySetup
        {
            Settings = ConfigurationFile.Checked(change?.Invoke(settings) ?? settings), Folder = place, Organisation = "Hospital", Software = "Veridicom test",
            Signer = Keys.Value.Signer, Trust = Trust, Randomness = SystemRandomness.Instance, Logs = factory, Jpeg2000 = jpeg2000,
        }, TestContext.Current.CancellationToken);
        return new GatewayRoom(owned, place, logs, factory, host);
    }

    public Task<UserAssociation> CallAsync(IEnumerable<byte[]> files, string calledAe = "VERIDICOM", string callingAe = "CT_7", bool commitment = false) => DimseClient.OpenAsync(
        new DimseTarget("127.0.0.1", Host.Dicom!.Port, calledAe, callingAe), Proposal.ForStorage(files.Select(Kind).Distinct(), commitment), TestContext.Current.CancellationToken);

    public static async Task<DimseStatus> StoreAsync(UserAssociation association, byte[] bytes, string? sopClass = null, string? instance = null)
    {
        var source = new MemorySource(bytes);
        DicomFile file = DicomFile.Parse(source);
        (string kind, string syntax) = Kind(bytes);
        return await association.StoreAsync(new StoreHeader(sopClass ?? kind, instance ?? file.DataSet.Ascii(new(0x0008, 0x0018))!, syntax), source, file.DataSetOffset);
    }

    private static (string SopClass, string Syntax) Kind(byte[] bytes)
    {
        DicomFile file = DicomFile.Parse(new MemorySource(bytes));
        return (file.DataSet.Ascii(new(0x0008, 0x0016))!, file.TransferSyntax.Uid);
    }

    public async Task<JsonElement> JsonAsync(string path)
    {
        using HttpResponseMessage response = await Http.GetAsync(path, TestContext.Current.CancellationToken);
        string body = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {(int)response.StatusCode} {body}");
        using JsonDocument document = JsonDocument.Parse(body);
        return document.RootElement.Clone();
    }

    public async Task<(int Status, string Body)> PostAsync(string path, string json)
    {
        using var content = new StringContent(json, Encoding.UTF8, new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage response = await Http.PostAsync(path, content, TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await Host.DisposeAsync();
        _factory.Dispose();
        _owned?.Dispose();
    }
}
