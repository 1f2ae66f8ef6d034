using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Audit;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Tests.Registry;
using Xunit;

namespace Veridicom.Tests.Gateway.Audit;

/// <summary>Audit messages over TLS syslog: each of them, in order, at least once, over connections that end and processes that stop.</summary>
public sealed partial class SyslogSenderTests : IDisposable
{
    private static readonly AuditReporter Reporter = new("00112233445566778899aabbccddeeff", "", "gw1", ["VERIDICOM"]);

    private readonly ScratchFolder _folder = new();
    private readonly TlsKit _kit;
    private readonly MemoryRegistry _registry = new();
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public SyslogSenderTests() => _kit = new TlsKit(_folder.Root);

    public void Dispose()
    {
        _kit.Dispose();
        _folder.Dispose();
    }

    /// <summary>Time that runs only when it is told to; pauses of the sender end at once.</summary>
    private sealed class HastyClock : TimeProvider
    {
        private long _ticks;

        public void Advance(TimeSpan by) => Interlocked.Add(ref _ticks, by.Ticks);

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        // limits of half a minute must not come true at once: only the pauses between looks and connections are cut short
        public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) =>
            System.CreateTimer(callback, state, dueTime < TimeSpan.FromSeconds(10) ? TimeSpan.FromMilliseconds(20) : dueTime, period);
    }

    private sealed class CountingLogger : ILogger
    {
        private int _count;

        public int Count => Volatile.Read(ref _count);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => Interlocked.Increment(ref _count);
    }

    private async Task<AppliedEntry> AddAsync(int number, string detail = "")
    {
        JournalEntry entry = TrailKit.Entry(number) with { Detail = detail };
        var applied = new AppliedEntry(number, number.ToString("x64", null), JournalText.Write(number, entry), entry, null);
        await _registry.ApplyAsync([applied], Stop);
        return applied;
    }

    private TlsServerSettings Server()
    {
        var (certificate, key) = _kit.Issue("syslog");
        return new TlsServerSettings(TlsIdentity.Load(certificate, key), TlsAuthorities.Load(_kit.AuthoritiesFile));
    }

    private (SyslogTarget Target, string Fingerprint) Target(int port)
    {
        var (certificate, key) = _kit.Issue("gateway");
        SyslogTarget target = SyslogTarget.Of(new AuditSettings { Syslog = $"127.0.0.1:{port}", AuthoritiesFile = _kit.AuthoritiesFile, CertificateFile = certificate, KeyFile = key })!;
        return (target, target.Tls.Identity!.Fingerprint);
    }

    private SyslogSender Sender(SyslogTarget target, HastyClock clock) => new(target, _registry, Reporter, _folder.PathOf("syslog.position"), clock, NullLogger.Instance);

    private static async Task<long> SequenceAsync(SyslogReceiver receiver)
    {
        Match syslog = Syslog().Match(await receiver.NextAsync());
        Assert.True(syslog.Success);
        XElement message = AuditSchema.Valid(Encoding.UTF8.GetBytes(syslog.Groups["message"].Value));
        string sequence = message.Descendants("ParticipantObjectDetail").Single(detail => detail.Attribute("type")!.Value == "journal-sequence").Attribute("value")!.Value;
        return long.Parse(Encoding.UTF8.GetString(Convert.FromBase64String(sequence)), null);
    }

    private static async Task UntilAsync(Func<bool> condition, string what)
    {
        DateTime deadline = DateTime.UtcNow.AddSeconds(30);
        while (!condition())
        {
            Assert.True(DateTime.UtcNow < deadline, what);
            await Task.Yield();
        }
    }

    // What has arrived may not be noted by its sender yet: time goes on until it is.
    private static Task UntilSureAsync(HastyClock clock, SyslogSender sender) => UntilAsync(() =>
    {
        clock.Advance(SyslogSender.Settle);
        return sender.Lag == 0;
    }, "what was sent never became sure");

    [Fact]
    public async Task Entries_arrive_in_order_as_RFC_5424_over_mutual_TLS()
    {
        await using var receiver = new SyslogReceiver(Server());
        (SyslogTarget target, string fingerprint) = Target(receiver.Port);
        for (int i = 1; i <= 200; i++) await AddAsync(i, "entry \u00e4\u00f6 " + i);
        await using SyslogSender sender = Sender(target, new HastyClock());

        await sender.StartAsync(Stop);
        for (int i = 1; i <= 200; i++) Assert.Equal(i, await SequenceAsync(receiver));
        sender.Recorded(await AddAsync(201));

        Assert.Equal(201, await SequenceAsync(receiver));
        Assert.Equal(fingerprint, receiver.ClientFingerprint);
        Assert.True(sender.IsConnected);
        Assert.Equal(201, sender.Lag); // sent, and not yet sure
    }

    [Fact]
    public async Task What_was_not_sure_when_a_connection_ended_comes_again()
    {
        var clock = new HastyClock();
        await using var receiver = new SyslogReceiver(Server());
        await using SyslogSender sender = Sender(Target(receiver.Port).Target, clock);
        for (int i = 1; i <= 5; i++) await AddAsync(i);
        await sender.StartAsync(Stop);
        for (int i = 1; i <= 5; i++) Assert.Equal(i, await SequenceAsync(receiver));
        await UntilSureAsync(clock, sender);

        for (int i = 6; i <= 8; i++) sender.Recorded(await AddAsync(i));
        for (int i = 6; i <= 8; i++) Assert.Equal(i, await SequenceAsync(receiver));
        receiver.HangUp();

        for (int i = 6; i <= 8; i++) Assert.Equal(i, await SequenceAsync(receiver));
        Assert.Equal(2, receiver.Connections);
    }

    [Fact]
    public async Task After_a_restart_it_goes_on_where_it_was_sure()
    {
        var clock = new HastyClock();
        await using var receiver = new SyslogReceiver(Server());
        SyslogTarget target = Target(receiver.Port).Target;
        for (int i = 1; i <= 4; i++) await AddAsync(i);
        await using (SyslogSender first = Sender(target, clock))
        {
            await first.StartAsync(Stop);
            for (int i = 1; i <= 4; i++) Assert.Equal(i, await SequenceAsync(receiver));
            await UntilSureAsync(clock, first);
        }
        await AddAsync(5);

        await using SyslogSender second = Sender(target, clock);
        await second.StartAsync(Stop);
        Assert.Equal(5, await SequenceAsync(receiver));
    }

    [Theory]
    [InlineData("3 " + "0000000000000000000000000000000000000000000000000000000000000009")]
    [InlineData("77 " + "000000000000000000000000000000000000000000000000000000000000004d")]
    [InlineData("nonsense")]
    public async Task A_position_that_is_not_of_this_journal_sends_all_of_it(string position)
    {
        await using var receiver = new SyslogReceiver(Server());
        File.WriteAllText(_folder.PathOf("syslog.position"), position);
        for (int i = 1; i <= 3; i++) await AddAsync(i);
        await using SyslogSender sender = Sender(Target(receiver.Port).Target, new HastyClock());

        await sender.StartAsync(Stop);

        for (int i = 1; i <= 3; i++) Assert.Equal(i, await SequenceAsync(receiver));
    }

    [Fact]
    public async Task Without_a_server_nobody_waits_and_the_lag_says_so()
    {
        var free = new SyslogReceiver(Server());
        SyslogTarget target = Target(free.Port).Target;
        await free.DisposeAsync();
        await using SyslogSender sender = Sender(target, new HastyClock());
        await sender.StartAsync(Stop);

        for (int i = 1; i <= 50; i++) sender.Recorded(await AddAsync(i));

        Assert.Equal((50, false, 0), (sender.Lag, sender.IsConnected, sender.Sent));
    }

    [Fact]
    public async Task A_server_that_no_known_authority_vouches_for_gets_nothing()
    {
        using var scratch = new ScratchFolder();
        using var others = new TlsKit(scratch.Root, "Somebody else");
        var (certificate, key) = others.Issue("syslog");
        await using var receiver = new SyslogReceiver(new TlsServerSettings(TlsIdentity.Load(certificate, key), TlsAuthorities.Load(_kit.AuthoritiesFile)));
        await AddAsync(1);
        (SyslogTarget target, _) = Target(receiver.Port);

        await Assert.ThrowsAsync<TlsException>(async () =>
        {
            using var client = new System.Net.Sockets.TcpClient();
            await client.ConnectAsync("127.0.0.1", receiver.Port, Stop);
            await DicomTls.AuthenticateAsClientAsync(client.GetStream(), "127.0.0.1", target.Tls, TimeProvider.System, Stop);
        });
        var log = new CountingLogger();
        await using var sender = new SyslogSender(target, _registry, Reporter, _folder.PathOf("syslog.position"), new HastyClock(), log);
        await sender.StartAsync(Stop);
        await UntilAsync(() => log.Count > 1, "it never tried");
        Assert.Equal(0, sender.Sent);
    }

    [Theory]
    [InlineData("syslog.example")]
    [InlineData(":6514")]
    [InlineData("syslog.example:0")]
    [InlineData("syslog.example:65536")]
    [InlineData("127.0.0.1:6514")] // no authorities
    public void Settings_that_lead_nowhere_safe_are_refused(string server) => Assert.Throws<FormatException>(() => SyslogTarget.Of(new AuditSettings { Syslog = server }));

    [GeneratedRegex(@"^<(84|85)>1 \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z gw1 veridicom \d+ DICOM\+RFC3881 - \uFEFF(?<message><\?xml.*)$", RegexOptions.Singleline)]
    private static partial Regex Syslog();
}
