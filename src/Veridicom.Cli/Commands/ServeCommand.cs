using System.CommandLine;
using Microsoft.Extensions.Logging;
using Veridicom.Cli.Home;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Hosting;
using Veridicom.Registry;
using Veridicom.Reports;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Commands;

/// <summary>serve: the gateway between scanners and archive.</summary>
public static class ServeCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings)
    {
        var role = new Option<string>("--role") { Description = "What to be: gateway, between scanners and archive.", HelpName = "ROLE", DefaultValueFactory = _ => "gateway" };
        role.AcceptOnlyFromAmong("gateway");
        var config = new Option<string?>("--config") { Description = "Settings (docs/reference/configuration.md). Without them: DICOM on 127.0.0.1:11112, HTTP on 127.0.0.1:8080, everything is sealed, nothing forwarded.", HelpName = "FILE" };
        Option<string?> passphraseFile = SharedOptions.PassphraseFile();
        var command = new Command("serve", "Takes images in over DICOM and DICOMweb, seals and verifies them, keeps them and forwards them, until it is stopped (Ctrl-C, SIGTERM).") { role, config, passphraseFile };
        command.SetAction(parsed => Run(surroundings, parsed.GetValue(config), parsed.GetValue(passphraseFile)));
        return command;
    }

    private static int Run(Surroundings surroundings, string? config, string? passphraseFile)
    {
        var home = new OrganisationHome(surroundings);
        home.Sealing(); // without an organisation nothing else is worth saying
        GatewayConfiguration settings;
        try
        {
            settings = Read(config);
        }
        catch (ConfigurationException e)
        {
            foreach (ConfigurationError error in e.Errors) surroundings.Error.WriteLine("veridicom: " + new Fault(Fault.World, "configuration", config, error.ToString(), ""));
            return Fault.World;
        }
        using KeySigner signer = home.OpenSigner(new Passphrase(surroundings, settings.Sealing.PassphraseFile ?? passphraseFile), warning => surroundings.Error.WriteLine("veridicom: " + warning));
        using ILoggerFactory logs = GatewayLogs.To(surroundings.Error);
        return ServeAsync(surroundings, Setup(surroundings, home, settings, signer, logs), host => Tell(surroundings, settings, host)).GetAwaiter().GetResult();
    }

    private static GatewayConfiguration Read(string? config)
    {
        if (config is null) return ConfigurationFile.Checked(new GatewayConfiguration());
        if (!File.Exists(config)) throw FaultException.World("not-found", config, "does not exist", "check the name");
        return ConfigurationFile.Read(config);
    }

    /// <summary>What a gateway of this organisation is given.</summary>
    internal static GatewaySetup Setup(Surroundings surroundings, OrganisationHome home, GatewayConfiguration settings, KeySigner signer, ILoggerFactory logs) => new()
    {
        Settings = settings,
        Folder = settings.Folder is { } folder ? new GatewayFolder(folder) : GatewayFolder.Below(home.Folder),
        Organisation = OrganisationHome.NameOf(signer.Certificate),
        Software = "Veridicom " + CommandLine.VersionText["veridicom ".Length..],
        Signer = signer,
        Trust = settings.Trust.Count > 0 ? TrustFolder.Load(settings.Trust) : TrustFolder.Load([], home),
        Randomness = surroundings.Randomness,
        Jpeg2000 = surroundings.Jpeg2000,
        Clock = surroundings.Clock,
        Logs = logs,
    };

    /// <summary>Starts a gateway, says so, and keeps it until it is to stop.</summary>
    private static async Task<int> ServeAsync(Surroundings surroundings, GatewaySetup setup, Action<GatewayHost> tell)
    {
        await using GatewayHost host = await StartAsync(setup, surroundings.Stop);
        tell(host);
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using CancellationTokenRegistration registration = surroundings.Stop.Register(stopped.SetResult);
        await stopped.Task;
        surroundings.Error.WriteLine("veridicom: stopping; what is under way is finished first");
        return 0;
    }

    /// <summary>Starts a gateway; what stands in its way is a fault with its remedy.</summary>
    internal static async Task<GatewayHost> StartAsync(GatewaySetup setup, CancellationToken stop)
    {
        try
        {
            return await GatewayHost.StartAsync(setup, stop);
        }
        catch (GatewayStartException e)
        {
            throw FaultException.World("gateway", null, e.Message, e.Remedy);
        }
        catch (RegistryException e)
        {
            throw FaultException.World("registry", setup.Folder.Root, e.Message, e.CanRetry ? "see that disk and database are there, and start it again" : "run veridicom registry check, and veridicom registry rebuild where it says so");
        }
    }

    private static void Tell(Surroundings surroundings, GatewayConfiguration settings, GatewayHost host)
    {
        if (host.Dicom is not null) surroundings.Error.WriteLine($"veridicom: DICOM on {host.Dicom} as {string.Join(", ", settings.Dicom.AeTitles)}{(settings.Dicom.Tls is null ? "" : ", over TLS")}");
        if (host.Url is not null) surroundings.Error.WriteLine($"veridicom: HTTP on {host.Url}, DICOMweb on {host.Url}/dicom-web");
    }
}
