namespace Veridicom.Gateway.Hosting;

/// <summary>Where things stand below the folder of a gateway: objects/ and incoming/ of the store beside what is named here.</summary>
/// <param name="Root">The folder.</param>
public sealed record GatewayFolder(string Root)
{
    /// <summary>The folder that a gateway has where its configuration names none.</summary>
    /// <param name="home">$VERIDICOM_HOME.</param>
    public static GatewayFolder Below(string home) => new(Path.Combine(home, "gateway"));

    /// <summary>The journal.</summary>
    public string Journal => Path.Combine(Root, "journal");

    /// <summary>The registry, where it is SQLite.</summary>
    public string Database => Path.Combine(Root, "registry.db");

    /// <summary>What arrives and does not fit into memory.</summary>
    public string Incoming => Path.Combine(Root, "incoming");

    /// <summary>How far each webhook has come.</summary>
    public string Webhooks => Path.Combine(Root, "webhooks");

    /// <summary>How far the syslog server has come.</summary>
    public string SyslogPosition => Path.Combine(Root, "syslog-position");
}
