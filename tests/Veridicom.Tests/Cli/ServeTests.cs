using System.Net;
using System.Net.Sockets;
using System.Text;
using Veridicom.Cli;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>serve and demo --serve as a person at a shell meets them.</summary>
public sealed class ServeTests
{
    [Fact]
    public void Without_an_organisation_the_remedy_is_named()
    {
        using var session = new CliSession();

        Assert.Contains("veridicom init", session.Run("serve").Exited(7).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_fault_of_a_configuration_is_a_line_with_its_place()
    {
        using CliSession session = CliSession.WithOrganisation();
        string config = session.Write("gateway.json", Encoding.UTF8.GetBytes("{\n \"dicom\": { \"port\": 70000, \"aeTitles\": [] },\n \"routes\": [] }"));

        string[] lines = session.Run("serve", "--config", config).Exited(7).Error.Split('\n', StringSplitOptions.RemoveEmptyEntries);

        Assert.Equal(3, lines.Length);
        Assert.All(lines, line => Assert.Contains("gateway.json: line ", line, StringComparison.Ordinal));
        Assert.Contains("line 3, routes: ", lines[2], StringComparison.Ordinal);
        Assert.Contains("does not exist", session.Run("serve", "--config", session.PathOf("none.json")).Exited(7).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_port_in_use_is_said_to_be_with_its_setting()
    {
        using CliSession session = CliSession.WithOrganisation();
        using var taken = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        taken.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        taken.Listen();
        string config = session.Write("gateway.json", Encoding.UTF8.GetBytes($"{{\"http\":{{\"port\":null}},\"dicom\":{{\"port\":{((IPEndPoint)taken.LocalEndPoint!).Port}}}}}"));

        string error = session.Run("serve", "--config", config).Exited(7).Error;

        Assert.Contains("the port is in use", error, StringComparison.Ordinal);
        Assert.Contains("dicom.port", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task It_says_where_it_listens_and_ends_in_order()
    {
        using CliSession session = CliSession.WithOrganisation();
        string config = session.Write("gateway.json", """{"http":{"port":0},"dicom":{"port":0}}"""u8);
        using var stop = new CancellationTokenSource();
        using var said = new Said();

        Task<int> running = Task.Run(() => CommandLine.Run(["serve", "--config", config], session.With(TextWriter.Null, said, stop.Token)), TestContext.Current.CancellationToken);
        await Until.True(() => running.IsCompleted || said.Text.Contains("DICOMweb on http://127.0.0.1:", StringComparison.Ordinal), "it says where it listens");
        await stop.CancelAsync();

        Assert.Equal(0, await running);
        Assert.Contains("DICOM on 127.0.0.1:", said.Text, StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(session.Home, "gateway", "registry.db")));
    }

    [Fact]
    public void The_demonstration_serves_and_ends_where_it_is_to()
    {
        using var session = new CliSession();

        CliResult result = session.Run("demo", "--serve", "--once").Exited(0);

        Assert.Contains("24 authentic", result.Output, StringComparison.Ordinal);
        Assert.Contains("kept apart, because an image with the same UID and other content was there: 1", result.Output, StringComparison.Ordinal);
        Assert.False(Directory.Exists(Path.Combine(session.Home, "gateway")));
        session.Run("demo", "--once").Exited(2);
    }

    /// <summary>What is written by one thread and read by another.</summary>
    private sealed class Said : StringWriter
    {
        private readonly Lock _one = new();

        public string Text
        {
            get
            {
                lock (_one) return ToString();
            }
        }

        public override void Write(char value)
        {
            lock (_one) base.Write(value);
        }

        public override void WriteLine(string? value)
        {
            lock (_one) base.WriteLine(value);
        }
    }
}
