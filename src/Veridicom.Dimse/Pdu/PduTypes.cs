namespace Veridicom.Dimse.Pdu;

/// <summary>The seven PDUs (PS3.8-2023b 9.3.1).</summary>
public enum PduKind : byte
{
    /// <summary>A-ASSOCIATE-RQ.</summary>
    AssociateRequest = 1,
    /// <summary>A-ASSOCIATE-AC.</summary>
    AssociateAccept = 2,
    /// <summary>A-ASSOCIATE-RJ.</summary>
    AssociateReject = 3,
    /// <summary>P-DATA-TF.</summary>
    Data = 4,
    /// <summary>A-RELEASE-RQ.</summary>
    ReleaseRequest = 5,
    /// <summary>A-RELEASE-RP.</summary>
    ReleaseResponse = 6,
    /// <summary>A-ABORT.</summary>
    Abort = 7,
}

/// <summary>The first six bytes of a PDU (PS3.8-2023b 9.3.1).</summary>
/// <param name="Kind">PDU type.</param>
/// <param name="Length">Bytes that follow the header.</param>
public readonly record struct PduHeader(PduKind Kind, int Length);

/// <summary>A PDU other than P-DATA-TF.</summary>
public abstract record ControlPdu;

/// <summary>A-ASSOCIATE-RQ (PS3.8-2023b 9.3.2).</summary>
public sealed record AssociateRequest : ControlPdu
{
    /// <summary>Bit 0 is version 1, the only one there is.</summary>
    public ushort ProtocolVersion { get; init; } = 1;

    /// <summary>Called AE title, without padding.</summary>
    public required string CalledAe { get; init; }

    /// <summary>Calling AE title, without padding.</summary>
    public required string CallingAe { get; init; }

    /// <summary>Application context name; the one of DICOM unless a peer says otherwise (PS3.7-2023b A.2.1).</summary>
    public string ApplicationContext { get; init; } = PduCodec.DicomApplicationContext;

    /// <summary>Presentation contexts as proposed, in their order.</summary>
    public required IReadOnlyList<ProposedContext> Contexts { get; init; }

    /// <summary>User information.</summary>
    public required UserInformation User { get; init; }
}

/// <summary>A-ASSOCIATE-AC (PS3.8-2023b 9.3.3). AE titles are those of the request, and mean nothing here.</summary>
public sealed record AssociateAccept : ControlPdu
{
    /// <summary>Protocol version.</summary>
    public ushort ProtocolVersion { get; init; } = 1;

    /// <summary>As received, empty where it came in no readable form: must not be tested.</summary>
    public string CalledAe { get; init; } = "";

    /// <summary>As received, empty where it came in no readable form: must not be tested.</summary>
    public string CallingAe { get; init; } = "";

    /// <summary>Application context name.</summary>
    public string ApplicationContext { get; init; } = PduCodec.DicomApplicationContext;

    /// <summary>One answer for each context proposed.</summary>
    public required IReadOnlyList<AnsweredContext> Contexts { get; init; }

    /// <summary>User information.</summary>
    public required UserInformation User { get; init; }
}

/// <summary>A-ASSOCIATE-RJ (PS3.8-2023b 9.3.4).</summary>
/// <param name="Result">1 permanent, 2 transient.</param>
/// <param name="Source">1 service user, 2 service provider (ACSE), 3 service provider (presentation).</param>
/// <param name="Reason">By source, see the table.</param>
public sealed record AssociateReject(byte Result, byte Source, byte Reason) : ControlPdu
{
    /// <summary>True where it may be tried again later.</summary>
    public bool IsTransient => Result == 2;
}

/// <summary>A-RELEASE-RQ (PS3.8-2023b 9.3.6).</summary>
public sealed record ReleaseRequest : ControlPdu;

/// <summary>A-RELEASE-RP (PS3.8-2023b 9.3.7).</summary>
public sealed record ReleaseResponse : ControlPdu;

/// <summary>A-ABORT (PS3.8-2023b 9.3.8). Any value of a byte may come in.</summary>
public sealed record Abort(AbortSource Source, AbortReason Reason) : ControlPdu;

/// <summary>One presentation context proposed (PS3.8-2023b 9.3.2.2).</summary>
/// <param name="Id">Odd.</param>
/// <param name="AbstractSyntax">SOP class or meta SOP class.</param>
/// <param name="TransferSyntaxes">At least one, in the order of the proposal.</param>
public sealed record ProposedContext(byte Id, string AbstractSyntax, IReadOnlyList<string> TransferSyntaxes);

/// <summary>Answer to a proposed context (PS3.8-2023b 9.3.3.2).</summary>
public enum ContextResult : byte
{
    /// <summary>Accepted.</summary>
    Acceptance = 0,
    /// <summary>Rejected by the user.</summary>
    UserRejection = 1,
    /// <summary>Rejected, no reason.</summary>
    NoReason = 2,
    /// <summary>The abstract syntax is not supported.</summary>
    AbstractSyntaxNotSupported = 3,
    /// <summary>None of the transfer syntaxes is supported.</summary>
    TransferSyntaxesNotSupported = 4,
}

/// <summary>One presentation context answered.</summary>
/// <param name="Id">Of the proposal.</param>
/// <param name="Result">Answer.</param>
/// <param name="TransferSyntax">The one accepted; without meaning, and maybe empty, where the context is rejected.</param>
public sealed record AnsweredContext(byte Id, ContextResult Result, string TransferSyntax);

/// <summary>User information of request or answer (PS3.7-2023b D.3.3, PS3.8-2023b D.1).</summary>
public sealed record UserInformation
{
    /// <summary>Longest P-DATA-TF that its sender receives, bytes after the header; 0 for any. null where the item is missing, which means the same.</summary>
    public uint? MaxLength { get; init; }

    /// <summary>Implementation Class UID; empty where missing or no UID.</summary>
    public string ImplementationClassUid { get; init; } = "";

    /// <summary>Implementation version name, 1 to 16 printable characters; empty where missing.</summary>
    public string ImplementationVersion { get; init; } = "";

    /// <summary>Asynchronous operations window (PS3.7-2023b D.3.3.3); null where missing, which means one of each.</summary>
    public AsynchronousOperations? Asynchronous { get; init; }

    /// <summary>SCP/SCU role selections (PS3.7-2023b D.3.3.4).</summary>
    public IReadOnlyList<RoleSelection> Roles { get; init; } = [];

    /// <summary>SOP class extended negotiations (PS3.7-2023b D.3.3.5).</summary>
    public IReadOnlyList<ExtendedNegotiation> Extended { get; init; } = [];

    /// <summary>SOP class common extended negotiations (PS3.7-2023b D.3.3.6); requests only.</summary>
    public IReadOnlyList<CommonExtendedNegotiation> CommonExtended { get; init; } = [];

    /// <summary>User identity (PS3.7-2023b D.3.3.7); requests only.</summary>
    public UserIdentity? Identity { get; init; }

    /// <summary>Server response to a user identity; answers only.</summary>
    public ReadOnlyMemory<byte>? IdentityResponse { get; init; }
}

/// <summary>How many operations may be outstanding; 0 for any number.</summary>
public sealed record AsynchronousOperations(ushort Invoked, ushort Performed);

/// <summary>Roles of the requestor for a SOP class.</summary>
public sealed record RoleSelection(string SopClassUid, bool Scu, bool Scp);

/// <summary>Service class application information for a SOP class.</summary>
public sealed record ExtendedNegotiation(string SopClassUid, ReadOnlyMemory<byte> Information);

/// <summary>Service class and related general SOP classes of a SOP class.</summary>
public sealed record CommonExtendedNegotiation(string SopClassUid, string ServiceClassUid, IReadOnlyList<string> RelatedSopClassUids);

/// <summary>User identity. Its text never shows the fields: they may be a password or a ticket.</summary>
/// <param name="Type">1 name, 2 name and passcode, 3 Kerberos, 4 SAML, 5 JSON Web Token.</param>
/// <param name="ResponseRequested">A positive answer is asked for.</param>
/// <param name="Primary">Name, ticket, assertion or token.</param>
/// <param name="Secondary">Passcode for type 2, else empty.</param>
public sealed record UserIdentity(byte Type, bool ResponseRequested, ReadOnlyMemory<byte> Primary, ReadOnlyMemory<byte> Secondary)
{
    /// <summary>The type alone.</summary>
    public override string ToString() => $"user identity of type {Type}";
}
