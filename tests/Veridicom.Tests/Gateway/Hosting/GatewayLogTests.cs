using Microsoft.Extensions.Logging;
using Veridicom.Gateway.Hosting;
using Xunit;

namespace Veridicom.Tests.Gateway.Hosting;

/// <summary>Logs of the gateway.</summary>
public sealed class GatewayLogTests
{
    [Fact]
    public void A_log_that_cannot_be_written_throws_nothing_into_who_logs()
    {
        using var full = new FullDisk();
        using ILoggerFactory logs = GatewayLogs.To(full);

        logs.CreateLogger("part").LogError(new IOException("no space left on device"), "{Text}", "the disk is full");

        Assert.Equal(1, full.Tried);
    }

    private sealed class FullDisk : StringWriter
    {
        public int Tried { get; private set; }

        public override void WriteLine(string? value)
        {
            Tried++;
            throw new IOException("no space left on device");
        }
    }
}
