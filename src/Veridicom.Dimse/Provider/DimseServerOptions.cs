using System.Net;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Tls;

namespace Veridicom.Dimse.Provider;

/// <summary>How a <see cref="DimseServer"/> listens and what it lets in.</summary>
public sealed record DimseServerOptions
{
    /// <summary>Where to listen; port 0 takes a free one.</summary>
    public required IPEndPoint EndPoint { get; init; }

    /// <summary>TLS; null for none.</summary>
    public TlsServerSettings? Tls { get; init; }

    /// <summary>Associations at once.</summary>
    public int MaxAssociations { get; init; } = 64;

    /// <summary>Associations at once from one address (IPv6: one /64).</summary>
    public int MaxAssociationsPerAddress { get; init; } = 16;

    /// <summary>Connections that have no association yet. Beyond it the oldest of the address that has most is closed.</summary>
    public int MaxWaiting { get; init; } = 256;

    /// <summary>Accept SOP classes that the dictionary does not know and that may be storage: private ones, and those of the standard below 1.2.840.10008.5.1.4.1.1.</summary>
    public bool AcceptUnknownStorage { get; init; } = true;

    /// <summary>Longest data set of a storage commitment request or result, bytes: it is held in memory.</summary>
    public int MaxCommitmentLength { get; init; } = 2 << 20;

    /// <summary>Storage commitments of one association whose results are awaited, or sent and not acknowledged.</summary>
    public int MaxCommitments { get; init; } = 64;

    /// <summary>Limits and times of each association.</summary>
    public AssociationOptions Association { get; init; } = new();

    /// <summary>Told of what is worth a line in a log. Must be quick, and must not throw.</summary>
    public Action<DimseNotice>? Notice { get; init; }
}

/// <summary>What a <see cref="DimseNotice"/> tells of.</summary>
public enum DimseNoticeKind
{
    /// <summary>The listener could not take a connection, and goes on.</summary>
    Listener,
    /// <summary>There was no TLS.</summary>
    Tls,
    /// <summary>A connection without an association was closed for others.</summary>
    Evicted,
    /// <summary>An association was rejected.</summary>
    Rejected,
    /// <summary>A peer broke the protocol, and was aborted.</summary>
    Protocol,
    /// <summary>A connection or association ended before its time.</summary>
    Ended,
    /// <summary>The provider threw; the peer got status 0110H.</summary>
    Fault,
}

/// <summary>Something that happened to a server.</summary>
/// <param name="Kind">What.</param>
/// <param name="Address">Of the peer, null where there is none.</param>
/// <param name="Text">In words; holds nothing that a peer sent.</param>
/// <param name="Exception">The fault beneath, if any.</param>
public sealed record DimseNotice(DimseNoticeKind Kind, IPEndPoint? Address, string Text, Exception? Exception = null);
