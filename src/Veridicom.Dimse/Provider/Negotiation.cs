using Veridicom.Dicom;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;

namespace Veridicom.Dimse.Provider;

/// <summary>What a provider answers to an association request (PS3.8-2023b 7.1, PS3.7-2023b D.3). Pure.</summary>
internal static class Negotiation
{
    // PS3.4-2023b B.3.1: level 2 (full), digital signatures level 3 (bit preserving), no coercion of elements.
    private static readonly byte[] StorageInformation = [2, 0, 3, 0, 0, 0];

    /// <summary>Why a request cannot be served whoever it comes from; null where it can.</summary>
    public static AssociateReject? Refuse(AssociateRequest request)
    {
        if ((request.ProtocolVersion & 1) == 0) return new AssociateReject(1, 2, 2);
        return request.ApplicationContext != PduCodec.DicomApplicationContext ? new AssociateReject(1, 1, 2) : null;
    }

    /// <summary>What a refusal of the provider is on the wire (PS3.8-2023b 9.3.4).</summary>
    public static AssociateReject Reject(AssociationRefusal refusal) => refusal switch
    {
        AssociationRefusal.CallingAeNotRecognised => new AssociateReject(1, 1, 3),
        AssociationRefusal.CalledAeNotRecognised => new AssociateReject(1, 1, 7),
        AssociationRefusal.Congestion => new AssociateReject(2, 3, 1),
        _ => new AssociateReject(1, 1, 1),
    };

    /// <summary>More associations than our limits: local limit exceeded, transient.</summary>
    public static AssociateReject LimitExceeded { get; } = new(2, 3, 2);

    /// <summary>Accepts what we serve, in the first transfer syntax proposed that we know.</summary>
    public static AssociateAccept Accept(AssociateRequest request, DimseServerOptions options)
    {
        var answers = new List<AnsweredContext>(request.Contexts.Count);
        var accepted = new HashSet<string>(StringComparer.Ordinal);
        foreach (ProposedContext context in request.Contexts)
        {
            bool commitment = context.AbstractSyntax == DimseUid.StorageCommitment;
            if (!commitment && context.AbstractSyntax != DimseUid.Verification && !IsStorage(context.AbstractSyntax, options.AcceptUnknownStorage))
            {
                answers.Add(new AnsweredContext(context.Id, ContextResult.AbstractSyntaxNotSupported, context.TransferSyntaxes[0]));
                continue;
            }

            string? transfer = context.TransferSyntaxes.FirstOrDefault(uid =>
                TransferSyntax.TryFind(uid, out TransferSyntax? syntax) && (!commitment || IsPlain(syntax)));
            answers.Add(transfer is null
                ? new AnsweredContext(context.Id, ContextResult.TransferSyntaxesNotSupported, context.TransferSyntaxes[0])
                : new AnsweredContext(context.Id, ContextResult.Acceptance, transfer));
            if (transfer is not null) accepted.Add(context.AbstractSyntax);
        }

        return new AssociateAccept
        {
            CalledAe = request.CalledAe,
            CallingAe = request.CallingAe,
            Contexts = answers,
            User = Answer(request.User, accepted, options),
        };
    }

    /// <summary>Whether a SOP class is stored by C-STORE, or may be.</summary>
    public static bool IsStorage(string uid, bool unknown) => DimseUid.IsStorageClass(uid)
        || (unknown && (uid.StartsWith("1.2.840.10008.5.1.4.1.1.", StringComparison.Ordinal) || !uid.StartsWith("1.2.840.10008.", StringComparison.Ordinal)));

    // A data set that we read ourselves comes uncompressed.
    private static bool IsPlain(TransferSyntax syntax) => !syntax.IsEncapsulated && !syntax.IsDeflated && !syntax.HasReferencedPixels;

    private static UserInformation Answer(UserInformation asked, HashSet<string> accepted, DimseServerOptions options)
    {
        var roles = new List<RoleSelection>();
        foreach (RoleSelection role in asked.Roles.DistinctBy(role => role.SopClassUid))
        {
            if (!accepted.Contains(role.SopClassUid)) continue;
            // Who reports on a commitment that we asked for calls as its provider. Of anything else the caller can only be the user (PS3.7-2023b D.3.3.4).
            roles.Add(role with { Scp = role.Scp && role.SopClassUid == DimseUid.StorageCommitment });
        }

        return new UserInformation
        {
            MaxLength = (uint)options.Association.Limits.MaxPduLength,
            ImplementationClassUid = DimseImplementation.ClassUid,
            ImplementationVersion = DimseImplementation.VersionName,
            // One operation at a time, in either direction: messages of an association are served in their order.
            Asynchronous = asked.Asynchronous is null ? null : new AsynchronousOperations(1, 1),
            Roles = roles,
            Extended = [.. asked.Extended.DistinctBy(item => item.SopClassUid)
                .Where(item => accepted.Contains(item.SopClassUid) && DimseUid.IsStorageClass(item.SopClassUid))
                .Select(item => new ExtendedNegotiation(item.SopClassUid, StorageInformation))],
        };
    }
}
