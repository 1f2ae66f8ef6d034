using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Tls;

namespace Veridicom.Dimse.User;

/// <summary>Whom we call, and how.</summary>
/// <param name="Host">Name or address.</param>
/// <param name="Port">TCP port.</param>
/// <param name="CalledAe">Its AE title, 1 to 16 characters.</param>
/// <param name="CallingAe">Ours.</param>
public sealed record DimseTarget(string Host, int Port, string CalledAe, string CallingAe)
{
    /// <summary>TLS; null for none.</summary>
    public TlsClientSettings? Tls { get; init; }

    /// <summary>For the connection to be made.</summary>
    public TimeSpan ConnectTime { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Limits and times of the association. Its IdleTime is how long a response is waited for: an archive may take its time over a large instance.</summary>
    public AssociationOptions Options { get; init; } = new() { IdleTime = TimeSpan.FromMinutes(2) };
}
