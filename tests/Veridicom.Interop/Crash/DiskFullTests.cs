using Veridicom.Cli;
using Xunit;

namespace Veridicom.Interop.Crash;

/// <summary>
/// The gateway's folder, journal and database included, on a file system of its own that runs full under load: senders are told, nothing that was
/// acknowledged is lost, and when there is space again it goes on without a restart.
/// </summary>
[Collection("crash")]
public sealed class DiskFullTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_disk_that_runs_full_costs_nothing_that_was_acknowledged_and_goes_on_when_there_is_space()
    {
        if (!OperatingSystem.IsLinux() || Environment.UserName != "root") Assert.Skip("only root can mount a small disk");
        using var scratch = new ScratchFolder();
        string disk = scratch.PathOf("disk");
        Directory.CreateDirectory(disk);
        PeerResult mounted = Peer.Require("mount").Run("-t", "tmpfs", "-o", "size=12m,mode=0700", "veridicom-test", disk);
        if (mounted.ExitCode != 0) Assert.Skip("a small disk cannot be mounted here: " + mounted.AllText.Trim());
        try
        {
            using var site = new CrashSite(postgres: false, destination: null, folder: Path.Combine(disk, "gateway"));
            var senders = new Senders(1234, associations: 4);
            using (GatewayProcess gateway = GatewayProcess.Start(site.Config, site.Environment))
            {
                int port = await gateway.Listening.WaitAsync(TimeSpan.FromMinutes(2), Stop);
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
                Task sending = KeepSendingAsync(senders, port, stop.Token);
                await Until.True(() => senders.Refused.Values.Sum() > 30, "the disk is full");
                int before = senders.Acknowledged.Count;
                Peer.Require("mount").Run("-o", "remount,size=64m", disk).Succeeded();
                await Until.True(() => senders.Acknowledged.Count > before + 20, "it goes on when there is space");
                await stop.CancelAsync();
                await sending;
                Assert.True(before > 5);
                gateway.Stop();
            }
            Assert.Equal([0xA700], senders.Refused.Keys.Select(code => (int)code)); // PS3.4-2023b B.2.3: out of resources
            await AfterTheCrash.CheckAsync(site, senders, null);
            site.Audit();
        }
        finally
        {
            Peer.Require("umount").Run(disk).Succeeded();
        }
    }

    // An association that the gateway ends for want of space is opened again.
    private static async Task KeepSendingAsync(Senders senders, int port, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested) await senders.SendAsync(port, stop);
    }
}
