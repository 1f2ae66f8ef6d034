namespace Veridicom.Dimse.Tls;

/// <summary>Why there is no TLS.</summary>
public enum TlsFault
{
    /// <summary>A file of certificates or keys cannot be read.</summary>
    NotReadable,
    /// <summary>The file of a private key can be read by others than its owner.</summary>
    KeyExposed,
    /// <summary>A file does not hold what it must: certificates, or one unencrypted private key, in PEM.</summary>
    BadFile,
    /// <summary>The private key is not that of the certificate.</summary>
    KeyMismatch,
    /// <summary>The other side showed no certificate, or none that its authorities, names, purposes and time allow.</summary>
    PeerNotTrusted,
    /// <summary>Nothing both sides support, or the other side refused us or speaks no TLS.</summary>
    HandshakeFailed,
    /// <summary>The handshake took longer than it may.</summary>
    TimedOut,
    /// <summary>The connection ended within the handshake.</summary>
    ConnectionLost,
}

/// <summary>A fault of TLS. The message names files and certificates, never a key.</summary>
public sealed class TlsException(TlsFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>Why.</summary>
    public TlsFault Fault { get; } = fault;

    /// <summary>True where the same may succeed later without anybody changing a setting.</summary>
    public bool RetryHelps => Fault is TlsFault.TimedOut or TlsFault.ConnectionLost;
}
