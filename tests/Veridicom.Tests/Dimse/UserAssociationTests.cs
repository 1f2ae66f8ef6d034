using System.Net;
using System.Net.Sockets;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>The calling side against peers that do what real ones seldom do.</summary>
public sealed class UserAssociationTests
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2";
    private static readonly string Syntax = TransferSyntax.ExplicitVrLittleEndian.Uid;
    private static readonly StoreHeader Header = new(Ct, "1.2.3", Syntax);
    private static readonly CommitmentReference Reference = new(Ct, "1.2.3");

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    /// <summary>Calls a peer that answers as told; both ends must come to their end.</summary>
    private static async Task RunAsync(Func<UserAssociation, Task> caller, Func<Association, Task> peer, AssociationOptions? options = null, Func<AssociateRequest, ControlPdu>? answer = null)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var target = new DimseTarget("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, "PEER", "VERIDICOM") { Options = options ?? new AssociationOptions() };
        Task serving = ServeAsync();
        await using (UserAssociation association = await DimseClient.OpenAsync(target, Proposal.ForStorage([(Ct, Syntax)], withCommitment: true), Stop)) await caller(association);
        await serving;

        async Task ServeAsync()
        {
            Socket socket = await listener.AcceptSocketAsync(Stop);
            await using Association? served = await Association.AcceptAsync(new NetworkStream(socket, true), socket, answer ?? AcceptAll, new AssociationOptions(), Stop);
            if (served is not null) await peer(served);
        }
    }

    private static AssociateAccept AcceptAll(AssociateRequest request) => new()
    {
        Contexts = [.. request.Contexts.Select(c => new AnsweredContext(c.Id, ContextResult.Acceptance, c.TransferSyntaxes[0]))],
        User = new UserInformation { MaxLength = 4096 },
    };

    private static Task<DimseStatus> StoreAsync(UserAssociation association) => association.StoreAsync(Header, new MemorySource(new byte[10_000]), 0);

    private static async Task AnswerAsync(Association peer, DimseStatus status)
    {
        ReceivedCommand received = (await peer.ReceiveAsync())!;
        await peer.PassOverDataAsync();
        await peer.SendAsync(received.Context.Id, received.Command.Respond(status));
    }

    private static async Task ReportAsync(Association peer, string transaction = "1.2.9")
    {
        var context = peer.Contexts.Single(c => c.AbstractSyntax == DimseUid.StorageCommitment);
        await peer.SendAsync(context.Id, DimseCommand.ReportCommitment(77, true), CommitmentDataSet.Write(new CommitmentResult(transaction, [Reference], []), NodeForm.None));
    }

    private static async Task AcknowledgedAsync(Association peer, ushort status = 0)
    {
        DimseCommand answer = (await peer.ReceiveAsync())!.Command;
        Assert.Equal((CommandField.EventReportResponse, (ushort?)77, status), (answer.Field, answer.RespondedTo, answer.Status!.Value.Code));
    }

    [Fact]
    public Task The_status_of_a_response_is_given_as_it_came() => RunAsync(
        async association =>
        {
            Assert.Equal(new DimseStatus(0xA700, "full"), await StoreAsync(association));
            Assert.Equal(DimseStatus.Success, await StoreAsync(association));
            await association.ReleaseAsync();
        },
        async peer =>
        {
            await AnswerAsync(peer, DimseStatus.OutOfResources("full"));
            await AnswerAsync(peer, DimseStatus.Success);
            Assert.Null(await peer.ReceiveAsync());
        });

    [Fact]
    public Task Disposal_without_release_aborts() => RunAsync(
        async association => await StoreAsync(association),
        async peer =>
        {
            await AnswerAsync(peer, DimseStatus.Success);
            Assert.Equal(AssociationEnd.Aborted, (await Assert.ThrowsAsync<AssociationException>(async () => await peer.ReceiveAsync())).End);
        });

    [Theory]
    [InlineData(1, DimseFault.Rejected, false)]
    [InlineData(2, DimseFault.Busy, true)]
    public async Task A_rejection_says_whether_to_come_again(byte result, DimseFault fault, bool retry)
    {
        var error = await Assert.ThrowsAsync<DimseException>(() => RunAsync(_ => Task.CompletedTask, _ => Task.CompletedTask, answer: _ => new AssociateReject(result, 1, 1)));

        Assert.Equal((fault, retry), (error.Fault, error.RetryHelps));
    }

    private static Task FaultAsync(DimseFault fault, Func<Association, ReceivedCommand, Task> peer, AssociationOptions? options = null) => RunAsync(
        async association =>
        {
            Assert.Equal(fault, (await Assert.ThrowsAsync<DimseException>(() => StoreAsync(association))).Fault);
            // nothing more goes over it
            Assert.Equal(DimseFault.ConnectionLost, (await Assert.ThrowsAsync<DimseException>(() => StoreAsync(association))).Fault);
        },
        async served =>
        {
            ReceivedCommand received = (await served.ReceiveAsync())!;
            await served.PassOverDataAsync();
            await peer(served, received);
        }, options);

    [Fact]
    public Task An_abort_instead_of_an_answer() => FaultAsync(DimseFault.Aborted, (peer, _) => peer.AbortAsync());

    [Fact]
    public Task A_release_instead_of_an_answer() => FaultAsync(DimseFault.ConnectionLost, (peer, _) => peer.ReleaseAsync());

    [Fact]
    public Task Nothing_instead_of_an_answer() => FaultAsync(DimseFault.TimedOut, async (peer, _) =>
        Assert.Equal(AssociationEnd.Aborted, (await Assert.ThrowsAsync<AssociationException>(async () => await peer.ReceiveAsync())).End),
        new AssociationOptions { IdleTime = TimeSpan.FromMilliseconds(100) });

    [Theory]
    [InlineData("another message")]
    [InlineData("another command")]
    public Task An_answer_to_something_else(string what) => FaultAsync(DimseFault.ProtocolBroken, async (peer, received) =>
    {
        DimseCommand answer = received.Command.Respond(DimseStatus.Success);
        await peer.SendAsync(received.Context.Id, what == "another message" ? answer with { RespondedTo = 999 } : answer with { Field = CommandField.EchoResponse });
        var ended = await Assert.ThrowsAsync<AssociationException>(async () => await peer.ReceiveAsync());
        Assert.Equal(new Abort(AbortSource.Provider, AbortReason.UnexpectedPdu), ended.Abort);
    });

    [Fact]
    public async Task A_data_set_that_ends_early_ends_the_association()
    {
        using var stream = new MemoryStream(new byte[6000]);
        await RunAsync(
            async association => await Assert.ThrowsAsync<EndOfStreamException>(() => association.StoreAsync(Header, stream, 100_000)),
            async peer =>
            {
                Assert.NotNull(await peer.ReceiveAsync());
                Assert.Equal(AssociationEnd.Aborted, (await Assert.ThrowsAsync<AssociationException>(async () => await peer.PassOverDataAsync())).End);
            });
    }

    [Fact]
    public Task A_report_that_comes_while_something_else_is_awaited_is_kept() => RunAsync(
        async association =>
        {
            Assert.Equal(DimseStatus.Success, await association.RequestCommitmentAsync(new CommitmentRequest("1.2.9", [Reference])));
            CommitmentResult result = (await association.WaitForCommitmentAsync(TimeSpan.FromSeconds(30), TimeProvider.System))!;
            Assert.Equal("1.2.9", result.TransactionUid);
            Assert.Equal(Reference, Assert.Single(result.Committed));
            await association.ReleaseAsync();
        },
        async peer =>
        {
            ReceivedCommand asked = (await peer.ReceiveAsync())!;
            await peer.PassOverDataAsync();
            await ReportAsync(peer);
            await AcknowledgedAsync(peer);
            await peer.SendAsync(asked.Context.Id, asked.Command.Respond(DimseStatus.Success));
            Assert.Null(await peer.ReceiveAsync());
        });

    [Fact]
    public Task A_report_that_comes_late_is_waited_for_and_stores_go_on_meanwhile() => RunAsync(
        async association =>
        {
            Assert.Null(await association.WaitForCommitmentAsync(TimeSpan.FromMilliseconds(10), TimeProvider.System));
            Assert.Equal(DimseStatus.Success, await StoreAsync(association));
            Assert.NotNull(await association.WaitForCommitmentAsync(TimeSpan.FromSeconds(30), TimeProvider.System));
            await association.ReleaseAsync();
        },
        async peer =>
        {
            await AnswerAsync(peer, DimseStatus.Success);
            await ReportAsync(peer);
            await AcknowledgedAsync(peer);
            Assert.Null(await peer.ReceiveAsync());
        });

    [Fact]
    public Task A_report_that_crosses_the_release_is_kept_without_an_answer()
    {
        var asked = new TaskCompletionSource();
        return RunAsync(
            async association =>
            {
                Assert.Null(await association.WaitForCommitmentAsync(TimeSpan.FromMilliseconds(10), TimeProvider.System));
                Task release = association.ReleaseAsync();
                asked.SetResult();
                await release;
                Assert.Equal("1.2.9", association.LastReport()!.TransactionUid);
                Assert.Null(association.LastReport());
            },
            async peer =>
            {
                await asked.Task;
                await ReportAsync(peer);
                Assert.Null(await peer.ReceiveAsync());
            });
    }

    [Fact]
    public Task A_report_that_cannot_be_read_is_answered_so() => RunAsync(
        async association =>
        {
            Assert.Equal(DimseStatus.Success, await StoreAsync(association));
            await association.ReleaseAsync();
            Assert.Null(association.LastReport());
        },
        async peer =>
        {
            ReceivedCommand asked = (await peer.ReceiveAsync())!;
            await peer.PassOverDataAsync();
            var context = peer.Contexts.Single(c => c.AbstractSyntax == DimseUid.StorageCommitment);
            await peer.SendAsync(context.Id, DimseCommand.ReportCommitment(77, true), new byte[] { 8, 0, 8, 0 });
            await AcknowledgedAsync(peer, 0x0110);
            await peer.SendAsync(context.Id, DimseCommand.Echo(77) with { Field = CommandField.FindRequest });
            DimseCommand refused = (await peer.ReceiveAsync())!.Command;
            Assert.Equal((CommandField.FindResponse, (ushort)0x0211), (refused.Field, refused.Status!.Value.Code));
            await peer.SendAsync(asked.Context.Id, asked.Command.Respond(DimseStatus.Success));
            Assert.Null(await peer.ReceiveAsync());
        });

    [Fact]
    public async Task Stopping_ends_whatever_is_awaited()
    {
        using var stop = new CancellationTokenSource();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var target = new DimseTarget("127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, "PEER", "VERIDICOM");
        Task<UserAssociation> opening = DimseClient.OpenAsync(target, Proposal.Verification, stop.Token);
        Socket socket = await listener.AcceptSocketAsync(Stop);
        await using Association peer = (await Association.AcceptAsync(new NetworkStream(socket, true), socket, AcceptAll, new AssociationOptions(), Stop))!;
        await using UserAssociation association = await opening;
        Task<DimseStatus> echo = association.EchoAsync();

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => echo);
    }

    [Fact]
    public void Each_kind_is_proposed_once_in_a_context_of_its_own()
    {
        var contexts = Proposal.ForStorage([(Ct, Syntax), (Ct, "1.2.840.10008.1.2.4.90"), (Ct, Syntax)], withCommitment: true);

        Assert.Equal([1, 3, 5], contexts.Select(c => (int)c.Id));
        Assert.Equal([Ct, Ct, DimseUid.StorageCommitment], contexts.Select(c => c.AbstractSyntax));
        Assert.All(contexts.Take(2), c => Assert.Single(c.TransferSyntaxes));
        Assert.Equal(128, Proposal.ForStorage(Enumerable.Range(0, 128).Select(i => ($"1.2.{i}", Syntax))).Count);
        Assert.Throws<ArgumentException>(() => Proposal.ForStorage(Enumerable.Range(0, 128).Select(i => ($"1.2.{i}", Syntax)), withCommitment: true));
    }
}
