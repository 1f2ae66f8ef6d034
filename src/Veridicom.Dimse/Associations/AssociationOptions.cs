using Veridicom.Dimse.Pdu;

namespace Veridicom.Dimse.Associations;

/// <summary>Limits and times of one association.</summary>
public sealed record AssociationOptions
{
    /// <summary>Limits of what comes in. Its MaxPduLength is what we announce.</summary>
    public PduLimits Limits { get; init; } = PduLimits.Default;

    /// <summary>For an association request or answer to come whole, for each other PDU to come whole once its first byte is there, and for each write to be taken.</summary>
    public TimeSpan PduTime { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>Without a byte, while we wait for one: then the association is aborted.</summary>
    public TimeSpan IdleTime { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>For the peer to close the connection after the last PDU (the ARTIM timer of PS3.8-2023b 9.1.5), and for an A-ABORT to go out.</summary>
    public TimeSpan CloseTime { get; init; } = TimeSpan.FromSeconds(2);

    /// <summary>Where time comes from.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
