using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Hosting;
using Veridicom.Registry.Sql;

namespace Veridicom.Cli.Home;

/// <summary>A gateway that a command looks into from outside, running or not: its folder, and the database of its registry.</summary>
/// <param name="Folder">Where store and journal are.</param>
/// <param name="Settings">Of the database.</param>
public sealed record GatewayPlace(GatewayFolder Folder, RegistrySettings Settings)
{
    /// <summary>The gateway of a folder, of a configuration, of both, or of this organisation where neither is named.</summary>
    public static GatewayPlace Of(Surroundings surroundings, string? folder, string? config)
    {
        GatewayConfiguration settings = config is null ? new GatewayConfiguration() : Read(config);
        GatewayFolder place = (folder ?? settings.Folder) is { } named ? new GatewayFolder(Path.GetFullPath(named)) : GatewayFolder.Below(surroundings.HomeFolder);
        return Directory.Exists(place.Root)
            ? new GatewayPlace(place, settings.Registry)
            : throw FaultException.World("not-found", place.Root, "there is no folder of a gateway", "name it with --folder, or its settings with --config");
    }

    private static GatewayConfiguration Read(string config)
    {
        if (!File.Exists(config)) throw FaultException.World("not-found", config, "does not exist", "check the name");
        try
        {
            return ConfigurationFile.Read(config);
        }
        catch (ConfigurationException e)
        {
            throw FaultException.World("configuration", config, e.Errors[0].ToString(), e.Errors.Count > 1 ? "veridicom serve names the other errors" : "");
        }
    }

    /// <summary>Opens the registry as it is; null where it is SQLite and its file is not there.</summary>
    public SqlRegistry? OpenRegistry() => Settings.Kind == "postgresql"
        ? PostgresRegistry.Open(File.ReadAllText(Settings.ConnectionFile!).Trim())
        : File.Exists(Folder.Database) ? SqliteRegistry.Open(Folder.Database) : null;
}
