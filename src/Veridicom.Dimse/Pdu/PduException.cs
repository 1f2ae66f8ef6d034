namespace Veridicom.Dimse.Pdu;

/// <summary>What is wrong with a PDU or with the moment at which it came.</summary>
public enum PduError
{
    /// <summary>No PDU has this type (PS3.8-2023b 9.3.1).</summary>
    UnknownPdu,
    /// <summary>The PDU is longer than its kind may be here.</summary>
    TooLong,
    /// <summary>The PDU, or an item in it, ends before its fields do, or goes past what holds it.</summary>
    Truncated,
    /// <summary>An item that must be there is not.</summary>
    MissingItem,
    /// <summary>An item that may stand once stands again.</summary>
    DoubledItem,
    /// <summary>A presentation context identifier is even or not unique (PS3.8-2023b 9.3.2.2).</summary>
    BadContextId,
    /// <summary>More presentation contexts, transfer syntaxes or sub-items than the limits allow.</summary>
    TooMany,
    /// <summary>A UID has other characters than digits and dots, or not 1 to 64 of them.</summary>
    BadUid,
    /// <summary>An AE title is blank, or has characters that none may have.</summary>
    BadTitle,
    /// <summary>A field has a value that it cannot have.</summary>
    BadValue,
    /// <summary>A presentation data value names a context that was not accepted, or changes the context inside a message.</summary>
    WrongContext,
    /// <summary>The PDU, or the fragment, may not come in this state (PS3.8-2023b 9.2).</summary>
    Unexpected,
    /// <summary>A command set is not one of PS3.7-2023b 6.3, or longer than the limit.</summary>
    BadCommand,
}

/// <summary>Who ends an association by A-ABORT (PS3.8-2023b 9.3.8).</summary>
public enum AbortSource : byte
{
    /// <summary>The application.</summary>
    User = 0,
    /// <summary>The upper layer.</summary>
    Provider = 2,
}

/// <summary>Why the upper layer aborts (PS3.8-2023b 9.3.8). Zero where the application does.</summary>
public enum AbortReason : byte
{
    /// <summary>Not specified.</summary>
    NotSpecified = 0,
    /// <summary>Unrecognised PDU.</summary>
    UnrecognisedPdu = 1,
    /// <summary>Unexpected PDU.</summary>
    UnexpectedPdu = 2,
    /// <summary>Unrecognised PDU parameter.</summary>
    UnrecognisedParameter = 4,
    /// <summary>Unexpected PDU parameter.</summary>
    UnexpectedParameter = 5,
    /// <summary>Invalid PDU parameter value.</summary>
    InvalidParameter = 6,
}

/// <summary>A peer broke the upper layer protocol. The association cannot go on: <see cref="Reason"/> is sent to the peer in an A-ABORT of source 2.</summary>
/// <param name="code">What is wrong.</param>
/// <param name="offset">Where in the PDU, its six bytes of header included.</param>
/// <param name="message">For people; never holds bytes of the peer.</param>
public sealed class PduException(PduError code, long offset, string message) : Exception($"{message} (offset {offset})")
{
    /// <summary>What is wrong.</summary>
    public PduError Code => code;

    /// <summary>Byte offset in the PDU.</summary>
    public long Offset => offset;

    /// <summary>What the A-ABORT says (PS3.8-2023b 9.3.8).</summary>
    public AbortReason Reason => code switch
    {
        PduError.UnknownPdu => AbortReason.UnrecognisedPdu,
        PduError.Unexpected => AbortReason.UnexpectedPdu,
        PduError.DoubledItem => AbortReason.UnexpectedParameter,
        _ => AbortReason.InvalidParameter,
    };
}
