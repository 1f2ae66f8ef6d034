using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Xunit;

namespace Veridicom.Interop.Dimse;

/// <summary>Peers that connect and say nothing, or a byte a second, keep no sender away, and are ended by the timers.</summary>
public sealed class SlowPeerTests
{
    private static readonly byte[] Request = PduCodec.Write(new AssociateRequest
    {
        CalledAe = "VERIDICOM", CallingAe = "SLOW", Contexts = [new(1, DimseUid.Verification, ["1.2.840.10008.1.2"])], User = new UserInformation { MaxLength = 16384 },
    });

    [Fact]
    public async Task Two_hundred_slow_peers_do_not_keep_an_honest_one_away()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "only Linux has all of 127.0.0.0/8");
        string[] files = [.. RealFiles.Below("dicom/series-ct", "*.dcm").Take(3)];
        Peer storescu = Peer.Require("storescu");
        var provider = new CollectingProvider();
        await using var server = new DimseServer(
            new DimseServerOptions
            {
                EndPoint = new IPEndPoint(IPAddress.Loopback, 0), MaxAssociations = 64, MaxAssociationsPerAddress = 16, MaxWaiting = 150,
                Association = new AssociationOptions { PduTime = TimeSpan.FromSeconds(8), IdleTime = TimeSpan.FromSeconds(8) },
            }, provider);
        server.Start();
        using var over = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        // From one address: associations that stand, each in the midst of a PDU. From ten others: half of them silent, half in the midst of their request.
        Task[] standing = [.. Enumerable.Range(0, 30).Select(_ => TrickleAsync(server.EndPoint, "127.0.0.2", Request.Length, over.Token))];
        await Until.True(() => server.Associations == 16, "that address has what it may have");
        Task[] slow = [.. Enumerable.Range(0, 200).Select(at => TrickleAsync(server.EndPoint, $"127.0.0.{3 + (at % 10)}", at % 2, over.Token))];
        await Until.True(() => server.Waiting == 150, "the places to wait are all taken");

        PeerResult said = (await Task.Run(() => storescu.Run(["-v", "127.0.0.1", server.EndPoint.Port.ToString(CultureInfo.InvariantCulture), .. files]))).Succeeded();

        Assert.Equal(3, said.AllText.Split("Received Store Response (Success)").Length - 1);
        Assert.InRange(server.Associations, 0, 17);
        await Until.True(() => server.Associations == 0 && server.Waiting == 0, "the timers have ended them all, though they go on sending");
        await over.CancelAsync();
        await Task.WhenAll([.. standing, .. slow]);
        Assert.Equal(provider.Admitted, provider.Ended);
    }

    // Connects, sends so much of a conversation at once, and the rest byte for byte, one a second; none of it where nothing is sent at once.
    private static async Task TrickleAsync(IPEndPoint to, string from, int atOnce, CancellationToken stop)
    {
        byte[] says = [.. Request, 4, 0, 0, 0, 1, 0, .. new byte[256]];
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        socket.Bind(new IPEndPoint(IPAddress.Parse(from), 0));
        try
        {
            await socket.ConnectAsync(to, stop);
            if (atOnce == 0)
            {
                await socket.ReceiveAsync(new byte[1], stop);
                return;
            }

            for (int at = 0; at < says.Length;)
            {
                int count = at == 0 ? atOnce : 1;
                await socket.SendAsync(says.AsMemory(at, count), stop);
                at += count;
                await Task.Delay(TimeSpan.FromSeconds(1), stop);
            }
        }
        catch (Exception fault) when (fault is SocketException or OperationCanceledException)
        {
            // Thrown out, or the test is over.
        }
    }
}
