using System.Net;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>When an association ends by itself, in time that is made; and what is said then.</summary>
public sealed class AssociationTimerTests
{
    private static readonly byte[] Request = PduCodec.Write(new AssociateRequest
    {
        CalledAe = "VERIDICOM", CallingAe = "TEST", Contexts = [new(1, DimseUid.Verification, ["1.2.840.10008.1.2"])], User = new UserInformation(),
    });

    private static byte[] Echo(bool last = true)
    {
        byte[] command = DimseCommand.Echo(1).Encode(), pdu = new byte[PduCodec.DataHeaderLength + command.Length];
        PduCodec.WriteDataHeader(pdu, command.Length, 1, isCommand: true, last);
        command.CopyTo(pdu, PduCodec.DataHeaderLength);
        return pdu;
    }

    // Seconds until the end, and the last PDU that the peer gets.
    private static (double Seconds, byte[] Last) Serve(int takes, params byte[][] says) => Serve(takes, pace: null, says);

    // With a pace, so many seconds lie between the PDUs.
    private static (double Seconds, byte[] Last) Serve(int takes, double? pace, params byte[][] says)
    {
        var time = new FakeTime();
        var server = new DimseServer(new DimseServerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Association = new() { Time = time } }, new CollectingProvider());
        using var peer = new ScriptedPeer([.. says], ScriptEnd.IsSilent, drips: pace is not null, takes);
        Task served = server.ServeAsync(peer, null, new IPEndPoint(IPAddress.Loopback, 1));
        while (!served.IsCompleted && time.Elapsed < TimeSpan.FromMinutes(10))
        {
            if (pace is { } seconds && time.Elapsed.TotalSeconds % seconds == 0) peer.Continue();
            time.Advance(TimeSpan.FromSeconds(0.5));
        }

        Assert.True(served.IsCompletedSuccessfully);
        return (time.Elapsed.TotalSeconds, ConversationSeeds.Cut(peer.Heard) is [.., var last] ? last : []);
    }

    [Fact]
    public void A_silent_connection_is_closed_after_the_time_of_a_request() =>
        Assert.Equal((30.5, 0), Serve(int.MaxValue) is var (seconds, last) ? (seconds, last.Length) : default);

    [Fact]
    public void Half_a_request_is_not_waited_for_longer() => Assert.Equal(30.5, Serve(int.MaxValue, Request[..100]).Seconds);

    [Fact]
    public void A_silent_association_is_aborted_after_the_idle_time()
    {
        (double seconds, byte[] last) = Serve(int.MaxValue, Request, Echo());

        Assert.Equal(60.5, seconds);
        Assert.Equal([7, 0, 0, 0, 0, 4, 0, 0, 2, 0], last);
    }

    [Fact]
    public void A_pdu_that_stays_half_is_aborted_after_the_time_of_a_pdu()
    {
        (double seconds, byte[] last) = Serve(int.MaxValue, Request, Echo()[..20]);

        Assert.Equal(30.5, seconds);
        Assert.Equal([7, 0, 0, 0, 0, 4, 0, 0, 2, 0], last);
    }

    [Fact]
    public void A_message_in_tiny_pdus_is_not_waited_for_though_each_of_them_is_in_time()
    {
        byte[] tiny = Echo(last: false)[..13];
        (tiny[5], tiny[9]) = (7, 3);

        (double seconds, byte[] last) = Serve(int.MaxValue, pace: 10, [Request, .. Enumerable.Repeat(tiny, 50)]);

        Assert.InRange(seconds, 40, 60);
        Assert.Equal([7, 0, 0, 0, 0, 4, 0, 0, 2, 0], last);
    }

    [Fact]
    public void A_peer_that_does_not_listen_is_not_waited_for() => Assert.Equal(30.5, Serve(20, Request).Seconds);

    [Theory]
    [InlineData("0500000000040000000000", 2)] // a byte after a release
    [InlineData("0600000000040000", 2)]
    [InlineData("01000000000400000000", 2)]
    [InlineData("03000000000400010101", 2)]
    [InlineData("09", 1)]
    [InlineData("040000000006000000020103", 6)]
    [InlineData("040000000006000000020303", 6)]
    [InlineData("040000000006000000020102", 2)]
    [InlineData("04000000000400000002", 6)]
    public void What_may_not_come_is_answered_by_an_abort_with_its_reason(string hex, byte reason)
    {
        byte[] bytes = Convert.FromHexString(hex);
        // A release is answered, and whatever follows it is not read any more.
        bool release = bytes[0] == 5;
        byte[] pdu = bytes.Length >= 6 && bytes.Length < 6 + bytes[5] ? [.. bytes, .. new byte[6 + bytes[5] - bytes.Length]] : bytes;

        byte[] last = Serve(int.MaxValue, Request, Echo(), pdu).Last;

        Assert.Equal(release ? [6, 0, 0, 0, 0, 4, 0, 0, 0, 0] : [7, 0, 0, 0, 0, 4, 0, 0, 2, reason], last);
    }

    [Fact]
    public void The_first_pdu_must_be_a_request() => Assert.Equal([7, 0, 0, 0, 0, 4, 0, 0, 2, 2], Serve(int.MaxValue, Echo()).Last);

    [Fact]
    public void A_release_may_not_come_within_a_message() =>
        Assert.Equal([7, 0, 0, 0, 0, 4, 0, 0, 2, 2], Serve(int.MaxValue, Request, Echo(last: false), PduCodec.Write(new ReleaseRequest())).Last);
}
