using System.Net.Sockets;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Tls;

namespace Veridicom.Dimse.User;

/// <summary>Why a peer that we called did not do what we asked. A status of failure is no fault: it is returned.</summary>
public enum DimseFault
{
    /// <summary>No connection: unknown name, refused, no route, or not within its time.</summary>
    Unreachable,
    /// <summary>No TLS with the peer: not trusted, or nothing in common.</summary>
    NoTls,
    /// <summary>A-ASSOCIATE-RJ, transient (PS3.8-2023b 9.3.4): congestion, limits.</summary>
    Busy,
    /// <summary>A-ASSOCIATE-RJ, permanent: an AE title not known, or we may not.</summary>
    Rejected,
    /// <summary>The association stands, but without the SOP class that is needed.</summary>
    ClassRefused,
    /// <summary>The association stands, but without the transfer syntax that is needed.</summary>
    SyntaxRefused,
    /// <summary>A-ABORT.</summary>
    Aborted,
    /// <summary>The connection ended while the association stood.</summary>
    ConnectionLost,
    /// <summary>The peer was too slow to answer or to take what was sent.</summary>
    TimedOut,
    /// <summary>What the peer sent breaks the protocol.</summary>
    ProtocolBroken,
}

/// <summary>A fault of calling a peer. The message is ours: of the peer it holds numbers only.</summary>
public sealed class DimseException(DimseFault fault, string message, Exception? inner = null) : IOException(message, inner)
{
    private readonly bool _tlsRetry = (inner as TlsException)?.RetryHelps ?? false;

    /// <summary>Why.</summary>
    public DimseFault Fault { get; } = fault;

    /// <summary>True where the same may succeed later without anybody changing a setting.</summary>
    public bool RetryHelps => Fault switch
    {
        DimseFault.NoTls => _tlsRetry,
        DimseFault.Rejected or DimseFault.ClassRefused or DimseFault.SyntaxRefused or DimseFault.ProtocolBroken => false,
        _ => true,
    };

    /// <summary>True where the fault says something of what was asked for, not of the peer as a whole: other instances may fare better.</summary>
    public bool IsOfContext => Fault is DimseFault.ClassRefused or DimseFault.SyntaxRefused;

    internal static bool IsKnown(Exception e) => e is AssociationException or PduException or TlsException or SocketException;

    internal static DimseException From(Exception e) => e switch
    {
        AssociationException { Rejection: { } reject } => new(reject.IsTransient ? DimseFault.Busy : DimseFault.Rejected, e.Message, e),
        AssociationException ended => new(ended.End switch
        {
            AssociationEnd.Aborted => DimseFault.Aborted,
            AssociationEnd.Idle or AssociationEnd.TooSlow or AssociationEnd.WriteTooSlow => DimseFault.TimedOut,
            _ => DimseFault.ConnectionLost,
        }, e.Message, e),
        PduException => new(DimseFault.ProtocolBroken, $"the peer broke the protocol: {e.Message}", e),
        TlsException => new(DimseFault.NoTls, e.Message, e),
        SocketException socket => new(DimseFault.Unreachable, $"no connection: {socket.SocketErrorCode}", e),
        _ => throw new ArgumentException("no fault of a peer", nameof(e), e),
    };
}
