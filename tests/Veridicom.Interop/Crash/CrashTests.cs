using System.Diagnostics;
using System.Globalization;
using Xunit;

namespace Veridicom.Interop.Crash;

/// <summary>
/// Kills the real gateway at random moments, of its start and of its work, under load, while the archive behind it is well, slow, full, gone or
/// mute. Nothing that it acknowledged may be lost. ./test crash N kills N times on each database; the seed is printed and may be given as VERIDICOM_SEED.
/// </summary>
[Collection("crash")]
public sealed class CrashTests(ITestOutputHelper output)
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData("SQLite", 6)]
    [InlineData("PostgreSQL", 3)]
    public async Task Whatever_was_acknowledged_outlives_every_kill(string database, int kills)
    {
        if (OperatingSystem.IsWindows()) Assert.Skip("signals are those of Unix");
        if (int.TryParse(Environment.GetEnvironmentVariable("VERIDICOM_KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out int wanted)) kills = wanted;
        if (!int.TryParse(Environment.GetEnvironmentVariable("VERIDICOM_SEED"), NumberStyles.None, CultureInfo.InvariantCulture, out int seed)) seed = Random.Shared.Next(1, 1 << 24);
        var watch = Stopwatch.StartNew();
        await using var destination = new Destination();
        using var site = new CrashSite(database == "PostgreSQL", destination.Port);
        var senders = new Senders(seed, associations: 4);
        var random = new Random(seed);
        Report($"{database}: seed {seed}");
        int starting = 0;
        for (int kill = 1; kill <= kills; kill++)
        {
            Mood mood = random.Next(10) switch { < 5 => Mood.Up, 5 or 6 => Mood.Slow, 7 => Mood.Refusing, 8 => Mood.Down, _ => Mood.HalfOpen };
            await destination.BeAsync(mood);
            using GatewayProcess gateway = GatewayProcess.Start(site.Config, site.Environment);
            if (kill > 1 && random.Next(8) == 0)
            {
                // while it opens, replays and cleans up
                await Task.Delay(random.Next(100, 1500), Stop);
                starting++;
            }
            else
            {
                int port = await PortAsync(gateway);
                using var stop = CancellationTokenSource.CreateLinkedTokenSource(Stop);
                int before = senders.Acknowledged.Count;
                Task sending = senders.SendAsync(port, stop.Token);
                // Half of them at any moment, half of them for certain in the midst of work, however slow the machine.
                int wait = kill == 1 ? kills / 3 : 0;
                if (kill == 1 || random.Next(2) == 0) await Until.True(() => senders.Acknowledged.Count > before + wait, "an instance is acknowledged");
                await Task.Delay(random.Next(10, 900), Stop);
                gateway.Kill();
                await stop.CancelAsync();
                await sending;
            }
            gateway.Kill();
            if (kill % 50 == 0) Report($"{database}: {kill} kills, {senders.Acknowledged.Count} acknowledged, {destination.Received.Count} delivered, {watch.Elapsed:hh\\:mm\\:ss}");
        }
        Assert.True(senders.Acknowledged.Count > kills / 3, $"only {senders.Acknowledged.Count} instances were acknowledged in {kills} rounds");

        await destination.BeAsync(Mood.Up);
        using (GatewayProcess last = GatewayProcess.Start(site.Config, site.Environment))
        {
            await PortAsync(last);
            await AfterTheCrash.WaitForDeliveryAsync(site, senders, destination, TimeSpan.FromMinutes(5), last);
            last.Stop();
        }
        string figures = await AfterTheCrash.CheckAsync(site, senders, destination);
        site.Audit();
        Report($"{database}: {kills} kills, {starting} of them while it started; {figures}; refused {string.Join(", ", senders.Refused.Select(r => $"{r.Key:X4} x {r.Value}"))}; {watch.Elapsed:hh\\:mm\\:ss}");
    }

    private static async Task<int> PortAsync(GatewayProcess gateway)
    {
        try
        {
            return await gateway.Listening.WaitAsync(TimeSpan.FromMinutes(2), Stop);
        }
        catch (Exception e) when (e is InvalidOperationException or TimeoutException)
        {
            Assert.Fail($"the gateway did not start again: {e.Message}\n{gateway.Said}");
            throw;
        }
    }

    private void Report(string text)
    {
        output.WriteLine(text);
        TestContext.Current.SendDiagnosticMessage(text);
    }
}
