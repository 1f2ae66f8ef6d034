using Veridicom.Dicom;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;

namespace Veridicom.Dimse.User;

/// <summary>Presentation contexts to propose.</summary>
public static class Proposal
{
    /// <summary>Contexts that one association can have: odd numbers of a byte (PS3.8-2023b 9.3.2.2).</summary>
    public const int MaxContexts = 128;

    private static readonly string[] Plain = [TransferSyntax.ExplicitVrLittleEndian.Uid, TransferSyntax.ImplicitVrLittleEndian.Uid];

    /// <summary>Only verification.</summary>
    public static IReadOnlyList<ProposedContext> Verification { get; } = [new(1, DimseUid.Verification, Plain)];

    /// <summary>Only storage commitment: to ask for it, or to report it.</summary>
    public static IReadOnlyList<ProposedContext> StorageCommitment { get; } = [new(1, DimseUid.StorageCommitment, Plain)];

    /// <summary>
    /// One context for each class and syntax that is to be sent, so that each instance can go in the syntax that it has: of a context with
    /// several the peer would choose one. Duplicates count once; the order stays.
    /// </summary>
    /// <param name="kinds">SOP class and transfer syntax of the instances.</param>
    /// <param name="withCommitment">Storage commitment in a context more.</param>
    /// <exception cref="ArgumentException">More than <see cref="MaxContexts"/>: send in several associations.</exception>
    public static IReadOnlyList<ProposedContext> ForStorage(IEnumerable<(string SopClass, string TransferSyntax)> kinds, bool withCommitment = false)
    {
        var proposed = kinds.Distinct().Select((kind, i) => (kind.SopClass, Syntaxes: new[] { kind.TransferSyntax })).ToList();
        if (withCommitment) proposed.Add((DimseUid.StorageCommitment, Plain));
        if (proposed.Count > MaxContexts) throw new ArgumentException($"{proposed.Count} presentation contexts where {MaxContexts} may be", nameof(kinds));
        return [.. proposed.Select((p, i) => new ProposedContext((byte)(2 * i + 1), p.SopClass, p.Syntaxes))];
    }
}
