using System.Net;
using System.Net.Sockets;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>The provider over loopback: limits, commands, storage commitment.</summary>
public sealed class ProviderTests
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2", Implicit = "1.2.840.10008.1.2";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static DimseServer Listening(IDimseProvider provider, Func<DimseServerOptions, DimseServerOptions>? change = null)
    {
        var options = new DimseServerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
        var server = new DimseServer(change?.Invoke(options) ?? options, provider);
        server.Start();
        return server;
    }

    private static async Task<Association> CallAsync(DimseServer server, string from = "127.0.0.1")
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        await socket.ConnectAsync(server.EndPoint, Stop);
        var request = new AssociateRequest
        {
            CalledAe = "VERIDICOM", CallingAe = "TEST",
            Contexts = [new(1, DimseUid.Verification, [Implicit]), new(3, Ct, [Implicit]), new(5, DimseUid.StorageCommitment, [Implicit])],
            User = new UserInformation { MaxLength = 16384 },
        };
        return await Association.RequestAsync(new NetworkStream(socket, ownsSocket: true), socket, request, new AssociationOptions(), Stop);
    }

    private static async Task<DimseCommand> AskAsync(Association association, byte context, DimseCommand command, ReadOnlyMemory<byte> data = default)
    {
        await association.SendAsync(context, command, data);
        return (await association.ReceiveAsync())!.Command;
    }

    private static byte[] Commitment(string transaction, params string[] instances) =>
        CommitmentDataSet.Write(new CommitmentRequest(transaction, [.. instances.Select(uid => new CommitmentReference(Ct, uid))]), NodeForm.Implicit);

    private static async Task<AssociateReject?> RejectionAsync(Func<Task<Association>> call) =>
        (await Assert.ThrowsAsync<AssociationException>(call)).Rejection;

    [Fact]
    public async Task Associations_are_limited_by_address_and_in_total()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has all of 127.0.0.0/8");
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider, options => options with { MaxAssociations = 3, MaxAssociationsPerAddress = 2 });
        await using Association first = await CallAsync(server), second = await CallAsync(server);

        Assert.Equal(new AssociateReject(2, 3, 2), await RejectionAsync(() => CallAsync(server)));
        await using Association third = await CallAsync(server, "127.0.0.2");
        Assert.Equal(new AssociateReject(2, 3, 2), await RejectionAsync(() => CallAsync(server, "127.0.0.3")));
        Assert.Equal(3, server.Associations);

        await second.ReleaseAsync();
        await Until.True(() => server.Associations == 2, "the place is free");
        await using Association again = await CallAsync(server);
        Assert.Equal(DimseStatus.Success, (await AskAsync(again, 1, DimseCommand.Echo(1))).Status);
    }

    [Fact]
    public async Task Connections_that_say_nothing_make_room_for_those_that_do()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has all of 127.0.0.0/8");
        await using DimseServer server = Listening(new CollectingProvider(), options => options with { MaxWaiting = 20 });
        var silent = new List<Socket>();
        for (int i = 0; i < 60; i++)
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse($"127.0.1.{1 + (i % 3)}"), 0));
            await socket.ConnectAsync(server.EndPoint, Stop);
            silent.Add(socket);
        }

        await Until.True(() => server.Waiting == 20, "those too many are closed");
        await using Association honest = await CallAsync(server);
        Assert.Equal(DimseStatus.Success, (await AskAsync(honest, 1, DimseCommand.Echo(1))).Status);
        // Of those that were silent, the ones that came first have been closed.
        Assert.Equal(0, await silent[0].ReceiveAsync(new byte[1], Stop));
        Assert.False(silent[^1].Poll(0, SelectMode.SelectRead));
        silent.ForEach(socket => socket.Dispose());
        await Until.True(() => server.Waiting == 0, "closed connections give their places back");
    }

    [Theory]
    [InlineData(0x0020, 0x0211)] // C-FIND
    [InlineData(0x0150, 0x0211)] // N-DELETE
    [InlineData(0x7777, 0x0211)] // nobody's
    [InlineData(0x0100, 0x0211)] // N-EVENT-REPORT where storage commitment was not agreed
    public async Task An_operation_that_is_not_served_is_told_so_and_the_association_lives(int field, int status)
    {
        await using DimseServer server = Listening(new CollectingProvider());
        await using Association association = await CallAsync(server);

        DimseCommand answer = await AskAsync(association, 3,
            new DimseCommand { Field = (CommandField)field, MessageId = 7, AffectedClass = Ct, AffectedInstance = "1.2", EventType = 1, HasDataSet = true }, new byte[100]);

        Assert.Equal((field | 0x8000, 7, status), ((int)answer.Field, (int)answer.RespondedTo!.Value, (int)answer.Status!.Value.Code));
        Assert.Equal(DimseStatus.Success, (await AskAsync(association, 1, DimseCommand.Echo(8))).Status);
    }

    [Fact]
    public async Task A_store_must_name_the_class_of_its_context_and_have_a_data_set()
    {
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider);
        await using Association association = await CallAsync(server);

        Assert.Equal(0x0122, (await AskAsync(association, 3, DimseCommand.Store(1, "1.2.840.10008.5.1.4.1.1.4", "1.2"), new byte[10])).Status!.Value.Code);
        Assert.Equal(0x0122, (await AskAsync(association, 1, DimseCommand.Store(2, DimseUid.Verification, "1.2"), new byte[10])).Status!.Value.Code);
        Assert.Equal(0xC000, (await AskAsync(association, 3, DimseCommand.Store(3, Ct, "1.2") with { HasDataSet = false })).Status!.Value.Code);
        Assert.Equal(0, provider.Begun);
        Assert.Equal(DimseStatus.Success, (await AskAsync(association, 3, DimseCommand.Store(4, Ct, "1.2"), new byte[10])).Status);
        Assert.Equal((Ct, "1.2", Implicit), Assert.Single(provider.Stores).Header is var header ? (header.SopClassUid, header.SopInstanceUid, header.TransferSyntaxUid) : default);
    }

    [Fact]
    public async Task A_commitment_is_reported_on_its_association_while_that_waits()
    {
        var known = new TaskCompletionSource<CommitmentResult>();
        var provider = new CollectingProvider { Commit = _ => known.Task };
        await using DimseServer server = Listening(provider);
        await using Association association = await CallAsync(server);

        Assert.Equal(DimseStatus.Success, (await AskAsync(association, 5, DimseCommand.RequestCommitment(1), Commitment("1.2.77", "1.2.1", "1.2.2"))).Status);
        CommitmentRequest request = Assert.Single(provider.Requests);
        Assert.Equal(("1.2.77", 2), (request.TransactionUid, request.References.Count));
        // Others may be asked for in between, and stores come.
        Assert.Equal(DimseStatus.Success, (await AskAsync(association, 3, DimseCommand.Store(2, Ct, "1.2"), new byte[10])).Status);

        known.SetResult(new CommitmentResult("1.2.77", [request.References[0]], [new CommitmentFailure(request.References[1], 0x0112)]));
        ReceivedCommand report = (await association.ReceiveAsync())!;
        Assert.Equal((CommandField.EventReportRequest, (ushort)2, DimseUid.StorageCommitmentInstance), (report.Command.Field, report.Command.EventType, report.Command.AffectedInstance));
        var bytes = new MemoryStream();
        while (association.HasData) bytes.Write((await association.ReadDataAsync()).Bytes.Span);
        CommitmentResult result = CommitmentDataSet.ReadResult(new MemorySource(bytes.ToArray()), NodeForm.Implicit);
        Assert.Equal(("1.2.1", "1.2.2", 0x0112), (Assert.Single(result.Committed).SopInstanceUid, Assert.Single(result.Failed).Reference.SopInstanceUid, result.Failed[0].Reason));
        Assert.Empty(provider.Reports);

        await association.SendAsync(5, report.Command.Respond(DimseStatus.Success));
        await association.ReleaseAsync();

        await Until.True(() => provider.Ended == 1, "the association ends");
        Assert.Equal(("1.2.77", true), Assert.Single(provider.Reports));
    }

    [Fact]
    public async Task A_peer_that_acknowledges_no_result_cannot_ask_for_commitments_without_end()
    {
        var provider = new CollectingProvider { Commit = request => Task.FromResult(new CommitmentResult(request.TransactionUid, request.References, [])) };
        await using DimseServer server = Listening(provider, options => options with { MaxCommitments = 1 });
        await using Association association = await CallAsync(server);
        await AskAsync(association, 5, DimseCommand.RequestCommitment(1), Commitment("1.2.77", "1.2.1"));
        ReceivedCommand report = (await association.ReceiveAsync())!;

        Assert.Equal(0x0213, (await AskAsync(association, 5, DimseCommand.RequestCommitment(2), Commitment("1.2.78", "1.2.1"))).Status!.Value.Code);
        await association.SendAsync(5, report.Command.Respond(DimseStatus.Success));
        Assert.Equal(DimseStatus.Success, (await AskAsync(association, 5, DimseCommand.RequestCommitment(3), Commitment("1.2.79", "1.2.1"))).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_commitment_whose_result_comes_too_late_or_is_not_taken_is_told_of_as_such(bool known)
    {
        var result = new TaskCompletionSource<CommitmentResult>();
        var provider = new CollectingProvider { Commit = _ => result.Task };
        await using DimseServer server = Listening(provider);
        await using Association association = await CallAsync(server);
        await AskAsync(association, 5, DimseCommand.RequestCommitment(1), Commitment("1.2.77", "1.2.1"));

        if (known)
        {
            result.SetResult(new CommitmentResult("1.2.77", provider.Requests.Single().References, []));
            ReceivedCommand report = (await association.ReceiveAsync())!;
            await association.PassOverDataAsync();
            // It has come, and is not answered.
            Assert.Equal((ushort)1, report.Command.EventType);
        }

        await association.ReleaseAsync();

        await Until.True(() => provider.Ended == 1, "the association ends");
        Assert.Equal(("1.2.77", false), Assert.Single(provider.Reports));
    }

    [Theory]
    [InlineData(2, DimseUid.StorageCommitmentInstance, true, 0x0123)]
    [InlineData(1, "1.2.3", true, 0x0112)]
    [InlineData(1, DimseUid.StorageCommitmentInstance, false, 0x0115)]
    public async Task A_commitment_request_that_cannot_be_understood_is_refused(int action, string instance, bool sound, int status)
    {
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider);
        await using Association association = await CallAsync(server);

        DimseCommand answer = await AskAsync(association, 5,
            DimseCommand.RequestCommitment(1) with { ActionType = (ushort)action, RequestedInstance = instance }, sound ? Commitment("1.2.77", "1.2.1") : new byte[] { 1, 2, 3, 4 });

        Assert.Equal(status, answer.Status!.Value.Code);
        Assert.Empty(provider.Requests);
        Assert.Equal(DimseStatus.Success, (await AskAsync(association, 1, DimseCommand.Echo(2))).Status);
    }

    [Fact]
    public async Task A_commitment_request_longer_than_the_limit_is_passed_over_without_being_kept()
    {
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider, options => options with { MaxCommitmentLength = 100 });
        await using Association association = await CallAsync(server);

        Assert.Equal(0x0213, (await AskAsync(association, 5, DimseCommand.RequestCommitment(1), Commitment("1.2.77", "1.2.1", "1.2.2", "1.2.3"))).Status!.Value.Code);
        Assert.Empty(provider.Requests);
        Assert.Equal(DimseStatus.Success, (await AskAsync(association, 1, DimseCommand.Echo(2))).Status);
    }

    [Fact]
    public async Task A_result_of_our_own_request_reaches_the_provider()
    {
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider);
        await using Association association = await CallAsync(server);
        byte[] data = CommitmentDataSet.Write(new CommitmentResult("1.2.88", [new CommitmentReference(Ct, "1.2.1")], []), NodeForm.Implicit);

        Assert.Equal(DimseStatus.Success, (await AskAsync(association, 5, DimseCommand.ReportCommitment(1, allCommitted: true), data)).Status);
        Assert.Equal(0x0113, (await AskAsync(association, 5, DimseCommand.ReportCommitment(2, allCommitted: true) with { EventType = 3 }, data)).Status!.Value.Code);

        Assert.Equal("1.2.88", Assert.Single(provider.Results).TransactionUid);
    }

    [Fact]
    public async Task A_provider_that_throws_at_the_door_turns_the_peer_away_for_now()
    {
        var notices = new System.Collections.Concurrent.ConcurrentQueue<DimseNotice>();
        await using DimseServer server = Listening(new CollectingProvider { Judge = _ => throw new InvalidOperationException("no") }, options => options with { Notice = notices.Enqueue });

        Assert.Equal(new AssociateReject(2, 3, 1), await RejectionAsync(() => CallAsync(server)));
        Assert.Contains(notices, notice => notice.Kind == DimseNoticeKind.Fault);
    }

    [Fact]
    public async Task Stopping_aborts_who_waits_and_closes_who_has_no_association()
    {
        var provider = new CollectingProvider();
        DimseServer server = Listening(provider);
        await using Association idle = await CallAsync(server);
        using var silent = new TcpClient();
        await silent.ConnectAsync(server.EndPoint, Stop);
        await Until.True(() => server.Waiting == 1, "it has come");

        await server.StopAsync(TimeSpan.FromMinutes(1));

        Assert.Equal(AssociationEnd.Aborted, (await Assert.ThrowsAsync<AssociationException>(() => idle.ReceiveAsync().AsTask())).End);
        Assert.Equal((1, 1, 0, 0), (provider.Ended, provider.Aborted, server.Associations, server.Waiting));
        await Assert.ThrowsAnyAsync<SocketException>(() => CallAsync(server));
        await server.DisposeAsync();
    }

    [Fact]
    public async Task A_port_that_is_taken_is_told_at_the_start()
    {
        await using DimseServer first = Listening(new CollectingProvider());
        await using var second = new DimseServer(new DimseServerOptions { EndPoint = first.EndPoint }, new CollectingProvider());

        Assert.Throws<SocketException>(second.Start);
    }
}
