using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;
using Veridicom.Dimse.Tls;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>Who is let in and who is called back out of a TLS handshake, on either side.</summary>
public sealed class DicomTlsTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly TlsKit _kit;
    private readonly List<IDisposable> _owned = [];

    public DicomTlsTests() => _kit = new TlsKit(_folder.Root);

    public void Dispose()
    {
        _owned.ForEach(o => o.Dispose());
        _kit.Dispose();
        _folder.Dispose();
    }

    private T Own<T>(T made) where T : IDisposable
    {
        _owned.Add(made);
        return made;
    }

    private TlsIdentity Identity((string Certificate, string Key) files) => Own(TlsIdentity.Load(files.Certificate, files.Key));

    private TlsAuthorities Authorities(TlsKit? kit = null) => Own(TlsAuthorities.Load((kit ?? _kit).AuthoritiesFile));

    /// <summary>Both ends of one connection shake hands; what each of them got: the other's subject, or the fault.</summary>
    private async Task<(string Server, string Client)> Handshake(TlsServerSettings server, TlsClientSettings client, string host = "127.0.0.1")
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var calling = new TcpClient();
        await calling.ConnectAsync((IPEndPoint)listener.LocalEndpoint, stop);
        using TcpClient called = await listener.AcceptTcpClientAsync(stop);

        async Task<string> End(TcpClient side, Func<Stream, Task<TlsConnection>> handshake)
        {
            try
            {
                TlsConnection made = await handshake(side.GetStream());
                await using (made.Stream)
                {
                    await made.Stream.WriteAsync(new byte[] { 42 }, stop);
                    // under TLS 1.3 the refusal of a client certificate shows only here
                    byte[] got = new byte[1];
                    int read = await made.Stream.ReadAsync(got, stop);
                    Assert.InRange(made.Stream.SslProtocol, SslProtocols.Tls12, SslProtocols.Tls13);
                    Assert.Equal(made.PeerSubject is null, made.PeerFingerprint is null);
                    return read == 1 && got[0] == 42 ? made.PeerSubject ?? "nobody" : "closed";
                }
            }
            catch (TlsException e)
            {
                side.Close();
                return $"{e.Fault}: {e.Message}";
            }
            catch (IOException)
            {
                return "closed";
            }
        }

        Task<string> one = End(called, s => DicomTls.AuthenticateAsServerAsync(s, server, TimeProvider.System, stop));
        Task<string> other = End(calling, s => DicomTls.AuthenticateAsClientAsync(s, host, client, TimeProvider.System, stop));
        return (await one, await other);
    }

    private TlsServerSettings Server(TlsIdentity? identity = null) => new(identity ?? Identity(_kit.Issue("Server")), Authorities());

    private TlsClientSettings Client(TlsIdentity? identity = null) => new(Authorities(), identity ?? Identity(_kit.Issue("Client")));

    [Theory]
    [InlineData(0)]
    [InlineData(2048)]
    public async Task Two_sides_that_trust_each_other_are_told_who_the_other_is(int rsaBits)
    {
        var (server, client) = await Handshake(Server(Identity(_kit.Issue("Server", rsaBits: rsaBits))), Client(Identity(_kit.Issue("Client", rsaBits: rsaBits))));

        Assert.Equal(("CN=Client", "CN=Server"), (server, client));
    }

    [Fact]
    public async Task Authorities_between_are_sent_along()
    {
        using TlsKit below = _kit.Below("Authority below");

        Assert.Equal(("CN=Client", "CN=Server"), await Handshake(Server(Identity(below.Issue("Server"))), Client(Identity(below.Issue("Client")))));
    }

    [Fact]
    public async Task Where_those_between_are_missing_the_chain_ends_nowhere()
    {
        using TlsKit below = _kit.Below("Authority below");

        Assert.Equal("PeerNotTrusted: the other side is not trusted: its certificate is not accepted: none of our authorities has issued it",
            (await Handshake(Server(), Client(Identity(below.Issue("Client", withBetween: false))))).Server);
    }

    [Fact]
    public async Task Without_a_demand_a_client_may_show_nothing()
    {
        var server = Server() with { RequireClientCertificate = false };

        Assert.Equal(("nobody", "CN=Server"), await Handshake(server, Client() with { Identity = null }));
    }

    [Fact]
    public async Task Whoever_shows_nothing_where_a_certificate_is_demanded_is_refused()
    {
        var (server, client) = await Handshake(Server(), Client() with { Identity = null });

        Assert.Equal("PeerNotTrusted: the other side is not trusted: it showed no certificate", server);
        Assert.Equal("closed", client);
    }

    [Theory]
    [InlineData("stranger", "none of our authorities has issued it")]
    [InlineData("expired", "has expired or is not valid yet")]
    [InlineData("early", "has expired or is not valid yet")]
    [InlineData("purpose", "not for this purpose")]
    [InlineData("weak", "RSA key of 1024 bits")]
    [InlineData("sha1", "signed with SHA-1")]
    public async Task A_client_certificate_that_is_no_good_is_refused(string what, string why)
    {
        using var stranger = new TlsKit(_folder.Root, "Stranger");
        var files = what switch
        {
            "stranger" => stranger.Issue("Client"),
            "expired" => _kit.Issue("Client", fromDays: -5, untilDays: -1),
            "early" => _kit.Issue("Client", fromDays: 1),
            "purpose" => _kit.Issue("Client", purposes: [TlsKit.ServerPurpose]),
            "weak" => _kit.Issue("Client", rsaBits: 1024),
            _ => _kit.Issue("Client", sha1: true),
        };
        TlsIdentity client = Identity(files);

        // the words, whether or not the platform refuses the handshake before we look
        Assert.Contains(why, Authorities().Refusal(client.Certificate, null, TlsPurpose.Client, host: null), StringComparison.Ordinal);
        string server = (await Handshake(Server(), Client(client))).Server;
        Assert.True(server.StartsWith("PeerNotTrusted", StringComparison.Ordinal) || (what is "weak" or "sha1" && server != "CN=Client"), server);
    }

    [Theory]
    [InlineData("stranger", "none of our authorities has issued it")]
    [InlineData("expired", "has expired or is not valid yet")]
    [InlineData("purpose", "not for this purpose")]
    [InlineData("name", "not for 127.0.0.1")]
    [InlineData("common name", "not for 127.0.0.1")]
    public async Task A_server_certificate_that_is_no_good_is_refused(string what, string why)
    {
        using var stranger = new TlsKit(_folder.Root, "Stranger");
        var files = what switch
        {
            "stranger" => stranger.Issue("Server"),
            "expired" => _kit.Issue("Server", fromDays: -5, untilDays: -1),
            "purpose" => _kit.Issue("Server", purposes: [TlsKit.ClientPurpose]),
            "name" => _kit.Issue("Server", names: ["pacs.example", "127.0.0.2"]),
            _ => _kit.Issue("127.0.0.1", names: []),
        };

        string client = (await Handshake(Server(Identity(files)), Client())).Client;

        Assert.StartsWith("PeerNotTrusted", client, StringComparison.Ordinal);
        Assert.Contains(why, client, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_certificate_that_limits_no_purpose_is_for_every_purpose() =>
        Assert.Equal(("CN=Client", "CN=Server"), await Handshake(Server(Identity(_kit.Issue("Server", purposes: []))), Client(Identity(_kit.Issue("Client", purposes: [])))));

    [Fact]
    public async Task The_name_that_the_server_must_have_can_be_given() =>
        Assert.Equal("CN=Server", (await Handshake(Server(Identity(_kit.Issue("Server", names: ["pacs.example"]))), Client() with { ServerName = "pacs.example" })).Client);

    [Fact]
    public void The_certificate_of_one_peer_is_no_authority_for_others()
    {
        TlsIdentity server = Identity(_kit.Issue("Server"));
        Assert.Null(Authorities().Refusal(server.Certificate, null, TlsPurpose.Server, "localhost"));

        TlsAuthorities alone = Own(TlsAuthorities.Load(_kit.Issue("Alone").Certificate));
        Assert.NotNull(alone.Refusal(server.Certificate, null, TlsPurpose.Server, "localhost"));
    }

    [Theory]
    [InlineData("speaks something else", TlsFault.HandshakeFailed)]
    [InlineData("hangs up", TlsFault.ConnectionLost)]
    [InlineData("says nothing", TlsFault.TimedOut)]
    public async Task A_peer_without_TLS_is_told_apart(string what, TlsFault fault)
    {
        CancellationToken stop = TestContext.Current.CancellationToken;
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var calling = new TcpClient();
        await calling.ConnectAsync((IPEndPoint)listener.LocalEndpoint, stop);
        using TcpClient called = await listener.AcceptTcpClientAsync(stop);
        if (what == "speaks something else") await calling.GetStream().WriteAsync("GET / HTTP/1.1\r\nHost: here\r\n\r\n"u8.ToArray(), stop);
        if (what == "hangs up") calling.Client.Shutdown(SocketShutdown.Send);

        var error = await Assert.ThrowsAsync<TlsException>(() => DicomTls.AuthenticateAsServerAsync(
            called.GetStream(), Server() with { HandshakeLimit = TimeSpan.FromMilliseconds(what == "says nothing" ? 50 : 20_000) }, TimeProvider.System, stop));

        Assert.Equal((fault, fault != TlsFault.HandshakeFailed), (error.Fault, error.RetryHelps));
    }

    [Fact]
    public async Task Stopping_ends_a_handshake_as_stopped()
    {
        using var stop = new CancellationTokenSource();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        using var calling = new TcpClient();
        await calling.ConnectAsync((IPEndPoint)listener.LocalEndpoint, TestContext.Current.CancellationToken);
        Task<TlsConnection> handshake = DicomTls.AuthenticateAsClientAsync(calling.GetStream(), "127.0.0.1", Client(), TimeProvider.System, stop.Token);

        await stop.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => handshake);
    }
}
