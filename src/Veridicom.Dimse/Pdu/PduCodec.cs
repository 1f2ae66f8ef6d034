using System.Buffers.Binary;

namespace Veridicom.Dimse.Pdu;

/// <summary>
/// PDUs of the upper layer as bytes (PS3.8-2023b 9.3). All numbers have their high byte first. Does no input or output: bytes come as a span, what was
/// taken is said. Throws only <see cref="PduException"/> for what a peer sends.
/// </summary>
public static class PduCodec
{
    /// <summary>Bytes before the body: type, reserved, length.</summary>
    public const int HeaderLength = 6;

    /// <summary>Bytes before a fragment in a P-DATA-TF of one value: the PDU's header, item length, context, control header.</summary>
    public const int DataHeaderLength = 12;

    /// <summary>The application context name of DICOM (PS3.7-2023b A.2.1).</summary>
    public const string DicomApplicationContext = "1.2.840.10008.3.1.1.1";

    /// <summary>Reads type and length. False where fewer than six bytes are there and the type, if seen, is known.</summary>
    /// <exception cref="PduException">The type is unknown, or the length one that this kind may not have.</exception>
    public static bool TryReadHeader(ReadOnlySpan<byte> bytes, PduLimits limits, out PduHeader header)
    {
        ArgumentNullException.ThrowIfNull(limits);
        header = default;
        if (bytes.IsEmpty) return false;
        // The type is judged as soon as it is there: whoever speaks another protocol is told at once.
        var kind = (PduKind)bytes[0];
        if (kind is < PduKind.AssociateRequest or > PduKind.Abort) throw new PduException(PduError.UnknownPdu, 0, "no PDU has this type");
        if (bytes.Length < HeaderLength) return false;
        uint length = BinaryPrimitives.ReadUInt32BigEndian(bytes[2..]);
        uint most = kind switch
        {
            PduKind.AssociateRequest or PduKind.AssociateAccept => (uint)limits.MaxAssociateLength,
            PduKind.Data => (uint)limits.MaxPduLength,
            _ => 4,
        };
        if (length > most) throw new PduException(PduError.TooLong, 2, $"a PDU of type {(byte)kind} has {length} bytes, and {most} are allowed");
        if (length < 4) throw new PduException(PduError.Truncated, 2, $"a PDU of type {(byte)kind} has {length} bytes");
        header = new PduHeader(kind, (int)length);
        return true;
    }

    /// <summary>Reads one PDU other than P-DATA-TF from the front. False where it is not whole yet; then nothing is consumed.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, PduLimits limits, out ControlPdu? pdu, out int consumed)
    {
        (pdu, consumed) = (null, 0);
        if (!TryReadHeader(bytes, limits, out PduHeader header) || bytes.Length - HeaderLength < header.Length) return false;
        pdu = Read(header, bytes.Slice(HeaderLength, header.Length), limits);
        consumed = HeaderLength + header.Length;
        return true;
    }

    /// <summary>Reads the body of a PDU other than P-DATA-TF. Nothing of the result points into the span.</summary>
    public static ControlPdu Read(PduHeader header, ReadOnlySpan<byte> body, PduLimits limits)
    {
        ArgumentNullException.ThrowIfNull(limits);
        return header.Kind switch
        {
            PduKind.AssociateRequest => AssociateReader.Request(body, limits),
            PduKind.AssociateAccept => AssociateReader.Accept(body, limits),
            PduKind.AssociateReject => new AssociateReject(body[1], body[2], body[3]),
            PduKind.ReleaseRequest => new ReleaseRequest(),
            PduKind.ReleaseResponse => new ReleaseResponse(),
            PduKind.Abort => new Abort((AbortSource)body[2], (AbortReason)body[3]),
            _ => throw new PduException(PduError.Unexpected, 0, "a P-DATA-TF came where none may come"),
        };
    }

    /// <summary>
    /// Takes the next presentation data value off the body of a P-DATA-TF (PS3.8-2023b 9.3.5.1, E.2). False at the end of the body.
    /// </summary>
    /// <param name="body">The body.</param>
    /// <param name="position">Where the next value begins; moved behind it.</param>
    /// <param name="value">What it says, and where in the body its fragment lies.</param>
    public static bool TryNextValue(ReadOnlySpan<byte> body, ref int position, out DataValue value)
    {
        value = default;
        if (position == body.Length) return false;
        if (body.Length - position < 6) throw new PduException(PduError.Truncated, HeaderLength + position, "a presentation data value has no header");
        uint length = BinaryPrimitives.ReadUInt32BigEndian(body[position..]);
        if (length < 2 || length > (uint)(body.Length - position - 4))
            throw new PduException(PduError.Truncated, HeaderLength + position, "a presentation data value does not fit its PDU");
        // Bits beyond the two are reserved, and not tested (PS3.8-2023b E.2).
        byte control = body[position + 5];
        value = new DataValue(body[position + 4], (control & 1) != 0, (control & 2) != 0, position + 6, (int)length - 2);
        position += 4 + (int)length;
        return true;
    }

    /// <summary>Writes what stands before a fragment in a P-DATA-TF that holds this one alone.</summary>
    /// <param name="destination">At least <see cref="DataHeaderLength"/> bytes.</param>
    /// <param name="fragment">Bytes of the fragment.</param>
    /// <param name="contextId">Presentation context.</param>
    /// <param name="isCommand">Command set, else data set.</param>
    /// <param name="isLast">The last fragment.</param>
    public static void WriteDataHeader(Span<byte> destination, int fragment, byte contextId, bool isCommand, bool isLast)
    {
        destination[0] = (byte)PduKind.Data;
        destination[1] = 0;
        BinaryPrimitives.WriteUInt32BigEndian(destination[2..], (uint)(fragment + 6));
        BinaryPrimitives.WriteUInt32BigEndian(destination[6..], (uint)(fragment + 2));
        destination[10] = contextId;
        destination[11] = (byte)((isCommand ? 1 : 0) | (isLast ? 2 : 0));
    }

    /// <summary>A PDU other than P-DATA-TF as bytes.</summary>
    /// <exception cref="ArgumentException">A field does not fit its place on the wire.</exception>
    public static byte[] Write(ControlPdu pdu) => pdu switch
    {
        AssociateRequest request => AssociateWriter.Request(request),
        AssociateAccept accept => AssociateWriter.Accept(accept),
        AssociateReject reject => [(byte)PduKind.AssociateReject, 0, 0, 0, 0, 4, 0, reject.Result, reject.Source, reject.Reason],
        ReleaseRequest => [(byte)PduKind.ReleaseRequest, 0, 0, 0, 0, 4, 0, 0, 0, 0],
        ReleaseResponse => [(byte)PduKind.ReleaseResponse, 0, 0, 0, 0, 4, 0, 0, 0, 0],
        Abort abort => [(byte)PduKind.Abort, 0, 0, 0, 0, 4, 0, 0, (byte)abort.Source, (byte)abort.Reason],
        _ => throw new ArgumentException("no such PDU", nameof(pdu)),
    };
}

/// <summary>One presentation data value.</summary>
/// <param name="ContextId">Presentation context.</param>
/// <param name="IsCommand">A fragment of a command set, else of a data set.</param>
/// <param name="IsLast">The last fragment of its set.</param>
/// <param name="Start">Where the fragment begins in the body.</param>
/// <param name="Length">Bytes of the fragment, maybe none.</param>
public readonly record struct DataValue(byte ContextId, bool IsCommand, bool IsLast, int Start, int Length);
