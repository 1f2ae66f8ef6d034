using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Configuration;

namespace Veridicom.Gateway.Hosting;

/// <summary>
/// The web server, and nothing beside it: no settings from files or environment variables, no signal handlers, no default pages. What is mapped, and
/// what it stands on, comes from the composition.
/// </summary>
internal static class WebListener
{
    /// <summary>Makes the application; nothing listens yet.</summary>
    public static WebApplication Build(HttpSettings settings, ILoggerFactory logs, Action<IServiceCollection> services)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
        builder.WebHost.UseKestrelCore();
        if (settings.Tls is not null) builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(options => KestrelSetup.Configure(options, settings));
        builder.Services.AddSingleton<IHostLifetime, NoLifetime>();
        builder.Services.AddRoutingCore();
        builder.Services.Configure<HostOptions>(options => options.ShutdownTimeout = TimeSpan.FromSeconds(30));
        builder.Services.AddSingleton<IMemoryPoolFactory<byte>, BlockPool>();
        services(builder.Services);
        // last: what the framework adds of its own must not take its place
        builder.Services.AddSingleton(new SharedLogs(logs));
        builder.Services.AddSingleton<ILoggerFactory>(provider => provider.GetRequiredService<SharedLogs>());
        return builder.Build();
    }

    /// <summary>Where it listens, with the port that it got.</summary>
    public static IPEndPoint EndPointOf(WebApplication app)
    {
        string address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.Single();
        var url = new Uri(address);
        return new IPEndPoint(IPAddress.Parse(url.Host.Trim('[', ']')), url.Port);
    }

    /// <summary>Whoever composes the gateway starts and ends it.</summary>
    private sealed class NoLifetime : IHostLifetime
    {
        public Task WaitForStartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>The caller's logs, which outlive the web server.</summary>
    private sealed class SharedLogs(ILoggerFactory logs) : ILoggerFactory
    {
        public void AddProvider(ILoggerProvider provider) => throw new NotSupportedException();

        public ILogger CreateLogger(string categoryName) => logs.CreateLogger(categoryName);

        public void Dispose()
        {
        }
    }
}
