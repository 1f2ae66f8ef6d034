using System.Net;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.Tls;
using Xunit;

namespace Veridicom.Interop.Dimse;

/// <summary>openssl and DCMTK call our listener over TLS: whom it lets in, with which versions and suites.</summary>
public sealed class SecureServerTests : IDisposable
{
    private readonly ScratchFolder _folder = new();
    private readonly TlsKit _kit;

    public SecureServerTests() => _kit = new TlsKit(_folder.Root);

    public void Dispose()
    {
        _kit.Dispose();
        _folder.Dispose();
    }

    /// <summary>Lets everybody in and stores nothing; remembers who came.</summary>
    private sealed class Door : IDimseProvider
    {
        public List<AssociationPeer> Came { get; } = [];

        public AssociationRefusal? Admit(AssociationPeer peer)
        {
            lock (Came) Came.Add(peer);
            return null;
        }

        public void Ended(AssociationPeer peer, bool aborted)
        {
        }

        public ValueTask<IncomingStore> BeginStoreAsync(AssociationPeer peer, StoreHeader header, CancellationToken stop) => throw new NotSupportedException("nothing is stored here");

        public ValueTask<(DimseStatus Status, Task<CommitmentResult>? Result)> RequestCommitmentAsync(AssociationPeer peer, CommitmentRequest request, CancellationToken stop) =>
            ValueTask.FromResult<(DimseStatus, Task<CommitmentResult>?)>((DimseStatus.NotAuthorised("not here"), null));

        public void Reported(AssociationPeer peer, string transactionUid, bool acknowledged)
        {
        }

        public ValueTask<DimseStatus> CommitmentReportedAsync(AssociationPeer peer, CommitmentResult result, CancellationToken stop) => ValueTask.FromResult(DimseStatus.NotAuthorised("not here"));
    }

    private async Task ServeAsync(Func<int, Door, Task> test, int rsaBits = 2048)
    {
        var own = _kit.Issue("Server", rsaBits: rsaBits);
        using TlsIdentity identity = TlsIdentity.Load(own.Certificate, own.Key);
        using TlsAuthorities authorities = TlsAuthorities.Load(_kit.AuthoritiesFile);
        var door = new Door();
        var options = new DimseServerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0), Tls = new TlsServerSettings(identity, authorities) };
        await using var server = new DimseServer(options, door);
        server.Start();
        await test(server.EndPoint.Port, door);
    }

    private PeerResult Echo(int port, (string Certificate, string Key) own, params string[] more) =>
        Peer.Require("echoscu").Run(["-v", "+tls", own.Key, own.Certificate, "-pw", "+cf", _kit.AuthoritiesFile, .. more, "127.0.0.1", $"{port}"]);

    [Theory]
    [InlineData(0, "--profile-bcp195-nd")]
    [InlineData(2048, "--profile-bcp195-nd")]
    [InlineData(2048, "--profile-bcp195")]
    [InlineData(2048, "--profile-bcp195-ex")]
    public Task DCMTK_echoes_over_mutual_TLS(int rsaBits, string profile) => ServeAsync((port, door) =>
    {
        var own = _kit.Issue("Scanner", rsaBits: rsaBits);

        Echo(port, own, profile).Succeeded();

        AssociationPeer peer = Assert.Single(door.Came);
        using TlsIdentity identity = TlsIdentity.Load(own.Certificate, own.Key);
        Assert.Equal(("CN=Scanner", identity.Fingerprint), (peer.CertificateSubject, peer.CertificateFingerprint));
        return Task.CompletedTask;
    }, rsaBits);

    [Theory]
    [InlineData("stranger")]
    [InlineData("expired")]
    [InlineData("server only")]
    public Task DCMTK_is_turned_away_with_a_certificate_that_is_no_good(string what) => ServeAsync((port, door) =>
    {
        using var stranger = new TlsKit(_folder.Root, "Stranger");
        PeerResult result = Echo(port, what switch
        {
            "stranger" => stranger.Issue("Scanner"),
            "expired" => _kit.Issue("Scanner", fromDays: -3, untilDays: -1),
            _ => _kit.Issue("Scanner", purposes: [TlsKit.ServerPurpose]),
        });

        Assert.NotEqual(0, result.ExitCode);
        Assert.Empty(door.Came);
        return Task.CompletedTask;
    });

    [Fact]
    public Task DCMTK_is_turned_away_without_a_certificate_and_without_TLS() => ServeAsync((port, door) =>
    {
        Assert.NotEqual(0, Peer.Require("echoscu").Run("-v", "+tla", "+cf", _kit.AuthoritiesFile, "127.0.0.1", $"{port}").ExitCode);
        Assert.NotEqual(0, Peer.Require("echoscu").Run("-v", "-ta", "5", "127.0.0.1", $"{port}").ExitCode);
        Assert.Empty(door.Came);
        return Task.CompletedTask;
    });

    private PeerResult SClient(int port, params string[] arguments)
    {
        var own = _kit.Issue("Client", rsaBits: 2048);
        return Peer.Require("openssl").Run(["s_client", "-connect", $"127.0.0.1:{port}", "-CAfile", _kit.AuthoritiesFile, "-verify_return_error", "-cert", own.Certificate, "-key", own.Key, .. arguments]);
    }

    [Theory]
    [InlineData("-tls1_3", "TLSv1.3")]
    [InlineData("-tls1_2", "TLSv1.2")]
    [InlineData("-tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256", "ECDHE-RSA-AES128-GCM-SHA256")]
    [InlineData("-tls1_3 -ciphersuites TLS_CHACHA20_POLY1305_SHA256", "TLS_CHACHA20_POLY1305_SHA256")]
    public Task What_the_profile_has_is_agreed_on(string arguments, string found) => ServeAsync((port, door) =>
    {
        PeerResult result = SClient(port, arguments.Split(' '));

        Assert.Contains(found, result.AllText, StringComparison.Ordinal);
        Assert.Contains("Verify return code: 0", result.AllText, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Theory]
    [InlineData("-tls1 -cipher DEFAULT@SECLEVEL=0")]
    [InlineData("-tls1_1 -cipher DEFAULT@SECLEVEL=0")]
    [InlineData("-tls1_2 -cipher AES128-GCM-SHA256")] // no forward secrecy
    [InlineData("-tls1_2 -cipher ECDHE-RSA-AES128-SHA256")] // no authenticated encryption
    [InlineData("-tls1_2 -cipher DHE-RSA-AES128-GCM-SHA256")] // finite fields, RFC 9325 4.1
    [InlineData("-tls1_3 -ciphersuites TLS_AES_128_CCM_8_SHA256")]
    public Task What_the_profile_has_not_is_refused(string arguments) => ServeAsync((port, door) =>
    {
        PeerResult result = SClient(port, arguments.Split(' '));

        Assert.NotEqual(0, result.ExitCode);
        Assert.Contains("Cipher is (NONE)", result.AllText, StringComparison.Ordinal);
        return Task.CompletedTask;
    });

    [Fact]
    public Task A_session_is_not_resumed() => ServeAsync((port, door) =>
    {
        string session = _folder.PathOf("session.pem");
        PeerResult first = SClient(port, "-tls1_2", "-sess_out", session);

        Assert.Contains("Verify return code: 0", first.AllText, StringComparison.Ordinal);
        // openssl writes no file where it was given nothing to resume with
        if (File.Exists(session)) Assert.DoesNotContain("Reused, TLS", SClient(port, "-tls1_2", "-sess_in", session).AllText, StringComparison.Ordinal);
        return Task.CompletedTask;
    });
}
