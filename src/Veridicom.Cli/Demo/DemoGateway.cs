using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging;
using Veridicom.Cli.Commands;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Hosting;
using Veridicom.Reports;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Demo;

/// <summary>demo --serve: a gateway on free ports of this machine, a study sent to it as a scanner would, and what it says of it over HTTP.</summary>
public sealed class DemoGateway(Surroundings surroundings, string folder, bool kept)
{
    private const string Scanner = "PHANTOM_CT", Us = "VERIDICOM";

    private readonly PhantomOptions _options = new();
    private readonly AtomicOutput _output = new(surroundings.Stop);

    /// <summary>Runs until it is stopped; with <paramref name="once"/> until all is shown. 0 where every verdict is the one that it must be.</summary>
    public async Task<int> RunAsync(bool once)
    {
        Say($"making keys for an organisation, '{DemoOrganisation.Name}'");
        var organisation = new DemoOrganisation(surroundings, folder, _output);
        organisation.Make();
        _output.Complete();
        Surroundings inside = organisation.Inside(surroundings.Error);
        var home = new OrganisationHome(inside);
        using KeySigner signer = home.OpenSigner(new Passphrase(inside, organisation.PassphraseFile), Say);
        using ILoggerFactory logs = GatewayLogs.To(surroundings.Error, LogLevel.Error);
        GatewayConfiguration settings = ConfigurationFile.Checked(new GatewayConfiguration { Dicom = new() { Port = 0 }, Http = new() { Port = 0 } });
        await using GatewayHost host = await ServeCommand.StartAsync(ServeCommand.Setup(inside, home, settings, signer, logs), surroundings.Stop);
        Say($"a gateway listens: DICOM on {host.Dicom} as {Us}, HTTP on {host.Url}");

        bool good = await SendAsync(host);
        good &= await ShowAsync(host);
        if (once) return good ? 0 : 1;
        Invite(host);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = surroundings.Stop.Register(stopped.SetResult);
        await stopped.Task;
        Say(kept ? $"stopped; everything lies in {folder}" : "stopped; nothing is kept");
        return good ? 0 : 1;
    }

    /// <summary>The whole study, as a scanner sends it, and then a slice again with one pixel changed.</summary>
    private async Task<bool> SendAsync(GatewayHost host)
    {
        Say($"sending {_options.Slices} computed CT slices by C-STORE, as a scanner would, and one of them again with one pixel brighter by 1 HU");
        var target = new DimseTarget("127.0.0.1", host.Dicom!.Port, Us, Scanner);
        bool good = true;
        try
        {
            await using UserAssociation association = await DimseClient.OpenAsync(target, Proposal.ForStorage([(PhantomStudy.SopClass, TransferSyntax.ExplicitVrLittleEndian.Uid)]), surroundings.Stop);
            for (int i = 0; i < _options.Slices; i++) good &= await StoreAsync(association, i, PhantomStudy.Slice(i, _options));
            good &= await StoreAsync(association, Demonstration.Slice, Tampering.OnePixel(PhantomStudy.Slice(Demonstration.Slice, _options), Demonstration.Row, Demonstration.Column));
            await association.ReleaseAsync();
        }
        catch (DimseException e)
        {
            throw FaultException.World("demo", null, "the study could not be sent: " + e.Message, "run it again");
        }
        return good;
    }

    private async Task<bool> StoreAsync(UserAssociation association, int slice, byte[] bytes)
    {
        var source = new MemorySource(bytes);
        DicomFile file = DicomFile.Parse(source);
        DimseStatus status = await association.StoreAsync(new StoreHeader(PhantomStudy.SopClass, PhantomStudy.InstanceUid(slice, _options), file.TransferSyntax.Uid), source, file.DataSetOffset);
        if (!status.IsStored) Say(string.Create(CultureInfo.InvariantCulture, $"slice {slice + 1} was not stored: status {status.Code:X4}H"));
        return status.IsStored;
    }

    private async Task<bool> ShowAsync(GatewayHost host)
    {
        using var client = new HttpClient { BaseAddress = new Uri(host.Url!) };
        using JsonDocument verdicts = await GetAsync(client, "/verdicts/studies/" + Study);
        var kinds = new SortedDictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonElement one in verdicts.RootElement.GetProperty("instances").EnumerateArray())
        {
            string word = one.GetProperty("verdict").GetString()!;
            kinds[word] = kinds.GetValueOrDefault(word) + 1;
        }
        surroundings.Out.WriteLine($"verdicts over HTTP: {string.Join(", ", kinds.Select(k => string.Create(CultureInfo.InvariantCulture, $"{k.Value} {k.Key}")))}");
        using JsonDocument conflicts = await GetAsync(client, "/quarantine?state=conflict");
        int apart = conflicts.RootElement.GetProperty("instances").GetArrayLength();
        surroundings.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"kept apart, because an image with the same UID and other content was there: {apart}"));
        return kinds.GetValueOrDefault("authentic") == _options.Slices && apart == 1;
    }

    private async Task<JsonDocument> GetAsync(HttpClient client, string path)
    {
        try
        {
            using HttpResponseMessage response = await client.GetAsync(path, surroundings.Stop);
            response.EnsureSuccessStatusCode();
            return await JsonDocument.ParseAsync(await response.Content.ReadAsStreamAsync(surroundings.Stop), cancellationToken: surroundings.Stop);
        }
        catch (HttpRequestException e)
        {
            throw FaultException.World("demo", null, $"GET {path} failed: {e.Message}", "run it again");
        }
    }

    private void Invite(GatewayHost host)
    {
        TextWriter o = surroundings.Out;
        o.WriteLine();
        o.WriteLine("Open in a browser:");
        o.WriteLine($"  {host.Url}/studies/{Study}/report");
        o.WriteLine($"  {host.Url}/verdicts/studies/{Study}");
        o.WriteLine($"  {host.Url}/dicom-web/studies");
        o.WriteLine("Send images of your own, and ask for verdicts on them:");
        o.WriteLine($"  storescu -aec {Us} 127.0.0.1 {host.Dicom!.Port} image.dcm");
        o.WriteLine($"  curl {host.Url}/dicom-web/instances");
        o.WriteLine("Ctrl-C ends it.");
        o.Flush();
    }

    private string Study => field ??= DicomFile.Parse(new MemorySource(PhantomStudy.Slice(0, _options))).DataSet.Ascii(new DicomTag(0x0020, 0x000D))!;

    private void Say(string text) => surroundings.Error.WriteLine(text);
}
