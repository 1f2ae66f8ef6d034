using System.Net;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>What a provider accepts of what is proposed.</summary>
public sealed class NegotiationTests
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2", Implicit = "1.2.840.10008.1.2", Explicit = "1.2.840.10008.1.2.1", Deflated = "1.2.840.10008.1.2.1.99", BigEndian = "1.2.840.10008.1.2.2";

    private static readonly DimseServerOptions Options = new() { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };

    private static AssociateRequest Request(params ProposedContext[] contexts) =>
        new() { CalledAe = "A", CallingAe = "B", Contexts = contexts, User = new UserInformation() };

    private static AnsweredContext Answer(string sop, string[] syntaxes, bool unknown = true) =>
        Assert.Single(Negotiation.Accept(Request(new ProposedContext(1, sop, syntaxes)), Options with { AcceptUnknownStorage = unknown }).Contexts);

    [Theory]
    [InlineData(DimseUid.Verification, true, ContextResult.Acceptance)]
    [InlineData(DimseUid.StorageCommitment, true, ContextResult.Acceptance)]
    [InlineData(Ct, false, ContextResult.Acceptance)]
    [InlineData("1.3.46.670589.11.0.0.12.1", true, ContextResult.Acceptance)]
    [InlineData("1.3.46.670589.11.0.0.12.1", false, ContextResult.AbstractSyntaxNotSupported)]
    [InlineData("1.2.840.10008.5.1.4.1.1.999.1", true, ContextResult.Acceptance)]
    [InlineData("1.2.840.10008.5.1.4.1.1.999.1", false, ContextResult.AbstractSyntaxNotSupported)]
    [InlineData("1.2.840.10008.5.1.4.1.2.2.1", true, ContextResult.AbstractSyntaxNotSupported)]
    [InlineData("1.2.840.10008.5.1.4.31", true, ContextResult.AbstractSyntaxNotSupported)]
    [InlineData("1.2.840.10008.1.20.2", true, ContextResult.AbstractSyntaxNotSupported)]
    public void Which_classes_are_served(string sop, bool unknown, ContextResult result) => Assert.Equal(result, Answer(sop, [Implicit], unknown).Result);

    [Theory]
    [InlineData(Ct, Deflated, Deflated, Explicit)]
    [InlineData(Ct, BigEndian, BigEndian, Explicit)]
    [InlineData(Ct, Explicit, "1.2.3", Explicit, Implicit)]
    [InlineData(Ct, Implicit, Implicit, Explicit)]
    [InlineData(DimseUid.StorageCommitment, BigEndian, Deflated, "1.2.840.10008.1.2.4.50", BigEndian, Explicit)]
    public void The_first_syntax_that_is_known_is_taken(string sop, string taken, params string[] proposed)
    {
        AnsweredContext answer = Answer(sop, proposed);

        Assert.Equal((ContextResult.Acceptance, taken), (answer.Result, answer.TransferSyntax));
    }

    [Fact]
    public void Every_transfer_syntax_of_the_dictionary_is_accepted_for_storage() =>
        Assert.All(TransferSyntax.All, syntax => Assert.Equal(ContextResult.Acceptance, Answer(Ct, [syntax.Uid]).Result));

    [Theory]
    [InlineData(Ct, "1.2.3")]
    [InlineData(DimseUid.StorageCommitment, Deflated)]
    public void Without_a_syntax_that_is_known_the_context_is_rejected_for_that(string sop, string proposed) =>
        Assert.Equal(ContextResult.TransferSyntaxesNotSupported, Answer(sop, [proposed]).Result);

    [Fact]
    public void Every_context_has_its_answer_and_what_we_are_is_said()
    {
        AssociateAccept accept = Negotiation.Accept(Request([.. Enumerable.Range(0, 128).Select(n => new ProposedContext((byte)(2 * n + 1), n % 2 == 0 ? Ct : "1.2.840.10008.5.1.4.31", [Implicit]))]),
            Options with { Association = new AssociationOptions { Limits = new PduLimits { MaxPduLength = 50_000 } } });

        Assert.Equal(Enumerable.Range(0, 128).Select(n => (byte)(2 * n + 1)), accept.Contexts.Select(context => context.Id));
        Assert.Equal((50_000u, DimseImplementation.ClassUid, DimseImplementation.VersionName), (accept.User.MaxLength, accept.User.ImplementationClassUid, accept.User.ImplementationVersion));
        Assert.Null(accept.User.Asynchronous);
    }

    [Fact]
    public void Roles_windows_and_extended_negotiation_are_answered()
    {
        AssociateRequest request = Request(new ProposedContext(1, Ct, [Implicit]), new ProposedContext(3, DimseUid.StorageCommitment, [Implicit])) with
        {
            User = new UserInformation
            {
                Asynchronous = new AsynchronousOperations(0, 5),
                Roles = [new(Ct, true, true), new(DimseUid.StorageCommitment, false, true), new("1.2.3", true, true)],
                Extended = [new(Ct, new byte[] { 1 }), new("1.2.3", new byte[] { 1 })],
                Identity = new UserIdentity(1, true, "name"u8.ToArray(), ReadOnlyMemory<byte>.Empty),
            },
        };

        UserInformation user = Negotiation.Accept(request, Options).User;

        Assert.Equal(new AsynchronousOperations(1, 1), user.Asynchronous);
        Assert.Equal([new(Ct, true, false), new(DimseUid.StorageCommitment, false, true)], user.Roles);
        ExtendedNegotiation extended = Assert.Single(user.Extended);
        Assert.Equal((Ct, "020003000000"), (extended.SopClassUid, Convert.ToHexString(extended.Information.Span)));
        // Without user identity negotiation nothing is answered to it (PS3.7-2023b D.3.3.7).
        Assert.Null(user.IdentityResponse);
    }

    [Fact]
    public void A_request_of_another_version_or_application_is_rejected()
    {
        AssociateRequest request = Request(new ProposedContext(1, Ct, [Implicit]));

        Assert.Null(Negotiation.Refuse(request with { ProtocolVersion = 3 }));
        Assert.Equal(new AssociateReject(1, 2, 2), Negotiation.Refuse(request with { ProtocolVersion = 2 }));
        Assert.Equal(new AssociateReject(1, 1, 2), Negotiation.Refuse(request with { ApplicationContext = "1.2.3" }));
    }
}
