using Veridicom.Dimse.Pdu;

namespace Veridicom.Dimse.Associations;

/// <summary>How an association came to its end against our will.</summary>
public enum AssociationEnd
{
    /// <summary>The peer sent A-ABORT.</summary>
    Aborted,
    /// <summary>The connection was closed or lost.</summary>
    ConnectionLost,
    /// <summary>Nothing came in the idle time.</summary>
    Idle,
    /// <summary>A PDU did not come whole in its time.</summary>
    TooSlow,
    /// <summary>The peer did not take what we sent in its time.</summary>
    WriteTooSlow,
    /// <summary>The peer answered the association request with A-ASSOCIATE-RJ.</summary>
    Rejected,
}

/// <summary>An association ended: by the peer, by the network or by a timer. A peer that broke the protocol is a <see cref="PduException"/> instead.</summary>
/// <param name="end">How.</param>
/// <param name="message">For people.</param>
/// <param name="inner">The fault beneath.</param>
public sealed class AssociationException(AssociationEnd end, string message, Exception? inner = null) : IOException(message, inner)
{
    /// <summary>How it ended.</summary>
    public AssociationEnd End => end;

    /// <summary>The A-ABORT that came, where <see cref="End"/> is Aborted.</summary>
    public Abort? Abort { get; init; }

    /// <summary>The A-ASSOCIATE-RJ that came, where <see cref="End"/> is Rejected.</summary>
    public AssociateReject? Rejection { get; init; }
}
