using Microsoft.Extensions.Logging;
using Veridicom.Gateway.Configuration;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Trust;

namespace Veridicom.Gateway.Hosting;

/// <summary>What a gateway is given by whoever starts it: its settings, and what touches keys, time and chance.</summary>
public sealed record GatewaySetup
{
    /// <summary>Checked settings with absolute paths.</summary>
    public required GatewayConfiguration Settings { get; init; }

    /// <summary>Folder of objects, journal and registry; made where it is not there.</summary>
    public required GatewayFolder Folder { get; init; }

    /// <summary>The organisation in the claims, where the settings name none.</summary>
    public required string Organisation { get; init; }

    /// <summary>Software and version, for claims, audit messages and the page of the API.</summary>
    public required string Software { get; init; }

    /// <summary>The key that seals images and checkpoints. Stays the caller's to dispose, after the gateway.</summary>
    public required ISigner Signer { get; init; }

    /// <summary>Who is trusted for seals.</summary>
    public required TrustList Trust { get; init; }

    /// <summary>Salts and UIDs.</summary>
    public required IRandomness Randomness { get; init; }

    /// <summary>Decodes JPEG 2000; null where there is none.</summary>
    public IJpeg2000? Jpeg2000 { get; init; }

    /// <summary>Time.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>For operators. Stays the caller's to dispose.</summary>
    public required ILoggerFactory Logs { get; init; }
}

/// <summary>A gateway that could not start: what stands in its way, and what helps.</summary>
public sealed class GatewayStartException(string text, string remedy, Exception? inner = null) : Exception(text, inner)
{
    /// <summary>What helps.</summary>
    public string Remedy { get; } = remedy;
}
