using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Dimse;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.Tls;
using Veridicom.Dimse.User;
using Xunit;

namespace Veridicom.Interop.Dimse;

/// <summary>DCMTK's storescp takes what we send, in every syntax byte for byte, and turns us away in every way it can.</summary>
public sealed class StoreScpTests : IDisposable
{
    private const string SecondaryCapture = "1.2.840.10008.5.1.4.1.1.7";

    private readonly ScratchFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static DimseTarget Target(int port) => new("127.0.0.1", port, "PEER", "VERIDICOM");

    private string Received => Directory.CreateDirectory(_folder.PathOf("received")).FullName;

    private Task<PeerServer> StoreScp(params string[] more) => PeerServer.StartAsync("storescp", port => ["-v", "+B", "-pm", "-od", Received, .. more, $"{port}"], _folder.Root);

    private Task<PeerServer> Listed(IReadOnlyCollection<(string Class, string Syntax)> kinds) =>
        PeerServer.StartAsync("storescp", port => ["-v", "+B", "-od", Received, "-xf", Profile(kinds), "Default", $"{port}"], _folder.Root);

    /// <summary>A profile of storescp that accepts these classes in these syntaxes, whatever they are.</summary>
    private string Profile(IReadOnlyCollection<(string Class, string Syntax)> kinds)
    {
        string path = _folder.PathOf("profile.cfg");
        var lines = new List<string> { "[[TransferSyntaxes]]", "[All]" };
        lines.AddRange(kinds.Select(k => k.Syntax).Distinct().Select((uid, i) => $"TransferSyntax{i + 1} = {uid}"));
        lines.AddRange(["[[PresentationContexts]]", "[Every]"]);
        lines.AddRange(kinds.Select(k => k.Class).Distinct().Select((uid, i) => $"PresentationContext{i + 1} = {uid}\\All"));
        lines.AddRange(["[[Profiles]]", "[Default]", "PresentationContexts = Every"]);
        File.WriteAllLines(path, lines);
        return path;
    }

    /// <summary>A data set that storescp can file: explicit VR, little endian.</summary>
    private static byte[] Elements(byte[] pixels) => new ElementWriter()
        .Text(new(0x0008_0016), Vr.UI, SecondaryCapture).Text(new(0x0008_0018), Vr.UI, "1.2.3.4").Text(new(0x0008_0060), Vr.CS, "OT").Text(new(0x0010_0010), Vr.PN, "Test^Store")
        .Bytes(new(0x7FE0_0010), Vr.OW, pixels).ToArray();

    private static StoreHeader? HeaderOf(DicomFile file) =>
        file.DataSet.Ascii(new DicomTag(0x0008_0016)) is { } sopClass && DimseUid.IsValid(sopClass) && file.DataSet.Ascii(new DicomTag(0x0008_0018)) is { } instance && DimseUid.IsValid(instance)
            ? new StoreHeader(sopClass, instance, file.TransferSyntax.Uid)
            : null;

    [Fact]
    public async Task Real_files_arrive_byte_for_byte_in_the_syntax_that_they_have()
    {
        var files = new List<(string Path, byte[] Bytes, DicomFile File, StoreHeader Header)>();
        foreach (string path in RealFiles.Below("dicom"))
        {
            byte[] bytes = await File.ReadAllBytesAsync(path, Stop);
            try
            {
                DicomFile file = DicomFile.Parse(new MemorySource(bytes));
                if (HeaderOf(file) is { } header && file.Source.Length > file.DataSetOffset) files.Add((path, bytes, file, header));
            }
            catch (DicomException)
            {
                // other tests speak of those
            }
        }
        var kinds = files.Select(f => (f.Header.SopClassUid, f.Header.TransferSyntaxUid)).Distinct().ToList();
        Assert.True(files.Count > 150 && kinds.Select(k => k.TransferSyntaxUid).Distinct().Count() >= 10, $"{files.Count} files, {kinds.Select(k => k.TransferSyntaxUid).Distinct().Count()} syntaxes");
        await using PeerServer server = await Listed(kinds);

        foreach (var batch in kinds.Chunk(Proposal.MaxContexts))
        {
            await using UserAssociation association = await DimseClient.OpenAsync(Target(server.Port), Proposal.ForStorage(batch), Stop);
            Assert.Equal(batch.Length, association.Contexts.Count);
            foreach (var (path, bytes, file, header) in files.Where(f => batch.Contains((f.Header.SopClassUid, f.Header.TransferSyntaxUid))))
            {
                try
                {
                    Assert.Equal(DimseStatus.Success, await association.StoreAsync(header, file.Source, file.DataSetOffset));
                }
                catch (DimseException e)
                {
                    Assert.Fail($"{path} in {header.TransferSyntaxUid}: {e.Message}\n{server.Said[^Math.Min(server.Said.Length, 600)..]}");
                }

                string written = Assert.Single(Directory.GetFiles(Received));
                byte[] got = await File.ReadAllBytesAsync(written, Stop);
                DicomFile arrived = DicomFile.Parse(new MemorySource(got));
                Assert.Equal(header.TransferSyntaxUid, arrived.TransferSyntax.Uid);
                byte[] sent = bytes[(int)file.DataSetOffset..];
                if (file.TransferSyntax.IsDeflated && sent.Length % 2 != 0) sent = [.. sent, 0]; // PS3.5-2023b A.5
                Assert.True(got.AsSpan((int)arrived.DataSetOffset).SequenceEqual(sent), $"{path} arrived changed");
                File.Delete(written);
            }
            await association.ReleaseAsync();
        }
        Assert.DoesNotContain("E:", server.Said, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(4096)]
    [InlineData(131072)]
    public async Task Fragments_are_as_long_as_the_peer_takes(int maximum)
    {
        await using PeerServer server = await StoreScp("--max-pdu", $"{maximum}");
        byte[] pixels = new byte[300_000];
        Random.Shared.NextBytes(pixels);
        byte[] dataSet = Elements(pixels);
        var header = new StoreHeader(SecondaryCapture, "1.2.3.4", TransferSyntax.ExplicitVrLittleEndian.Uid);
        await using UserAssociation association = await DimseClient.OpenAsync(Target(server.Port), Proposal.ForStorage([(header.SopClassUid, header.TransferSyntaxUid)]), Stop);

        using var stream = new MemoryStream(dataSet);
        Assert.Equal(DimseStatus.Success, await association.StoreAsync(header, stream, dataSet.Length));
        await association.ReleaseAsync();

        byte[] got = await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(Received)), Stop);
        Assert.True(got.AsSpan()[^dataSet.Length..].SequenceEqual(dataSet));
    }

    [Fact]
    public async Task An_echo_is_answered()
    {
        await using PeerServer server = await StoreScp();

        Assert.Equal(DimseStatus.Success, await DimseClient.EchoAsync(Target(server.Port), Stop));
    }

    [Fact]
    public async Task A_rejection_is_permanent_or_not_as_the_peer_says()
    {
        await using PeerServer server = await StoreScp("--refuse");

        var error = await Assert.ThrowsAsync<DimseException>(() => DimseClient.EchoAsync(Target(server.Port), Stop));

        Assert.Equal((DimseFault.Rejected, false), (error.Fault, error.RetryHelps));
    }

    [Theory]
    [InlineData("--abort-after")]
    [InlineData("--abort-during")]
    public async Task An_abort_is_a_fault_that_may_pass(string way)
    {
        await using PeerServer server = await StoreScp(way);
        byte[] dataSet = Elements(new byte[100_000]);
        var header = new StoreHeader(SecondaryCapture, "1.2.3.4", TransferSyntax.ExplicitVrLittleEndian.Uid);
        await using UserAssociation association = await DimseClient.OpenAsync(Target(server.Port), Proposal.ForStorage([(header.SopClassUid, header.TransferSyntaxUid)]), Stop);
        using var stream = new MemoryStream(dataSet);

        var error = await Assert.ThrowsAsync<DimseException>(async () =>
        {
            // "after" answers first: then the next message meets the abort
            await association.StoreAsync(header, stream, dataSet.Length);
            stream.Position = 0;
            await association.StoreAsync(header, stream, dataSet.Length);
        });

        Assert.True(error.Fault is DimseFault.Aborted or DimseFault.ConnectionLost, error.ToString());
        Assert.True(error.RetryHelps);
    }

    [Fact]
    public async Task A_syntax_or_class_that_the_peer_does_not_take_leaves_the_association_standing()
    {
        var known = (SecondaryCapture, TransferSyntax.ExplicitVrLittleEndian.Uid);
        await using PeerServer server = await Listed([known]);
        const string mr = "1.2.840.10008.5.1.4.1.1.4";
        (string, string)[] kinds = [known, (SecondaryCapture, "1.2.840.10008.1.2.4.50"), (mr, known.Uid)];
        byte[] dataSet = Elements(new byte[100]);
        using var stream = new MemoryStream(dataSet);
        await using UserAssociation association = await DimseClient.OpenAsync(Target(server.Port), Proposal.ForStorage(kinds, withCommitment: true), Stop);

        var syntax = await Assert.ThrowsAsync<DimseException>(() => association.StoreAsync(new StoreHeader(SecondaryCapture, "1.2.3", "1.2.840.10008.1.2.4.50"), stream, dataSet.Length));
        var sopClass = await Assert.ThrowsAsync<DimseException>(() => association.StoreAsync(new StoreHeader(mr, "1.2.3", known.Uid), stream, dataSet.Length));
        var commitment = await Assert.ThrowsAsync<DimseException>(() => association.RequestCommitmentAsync(new CommitmentRequest("1.2.9", [new(mr, "1.2.3")])));

        Assert.Equal((DimseFault.SyntaxRefused, DimseFault.ClassRefused, DimseFault.ClassRefused), (syntax.Fault, sopClass.Fault, commitment.Fault));
        Assert.True(syntax is { IsOfContext: true, RetryHelps: false });
        Assert.Equal(DimseStatus.Success, await association.StoreAsync(new StoreHeader(SecondaryCapture, "1.2.3", known.Uid), stream, dataSet.Length));
        await association.ReleaseAsync();
    }

    [Fact]
    public async Task Nobody_there_is_unreachable()
    {
        var error = await Assert.ThrowsAsync<DimseException>(() => DimseClient.EchoAsync(Target(PeerServer.FreePort()), Stop));

        Assert.Equal((DimseFault.Unreachable, true), (error.Fault, error.RetryHelps));
    }

    private async Task<PeerServer> SecureStoreScp(TlsKit kit, (string Certificate, string Key) own, params string[] more) =>
        await StoreScp(["+tls", own.Key, own.Certificate, "-pw", "+cf", kit.AuthoritiesFile, .. more]);

    [Theory]
    [InlineData(0)]
    [InlineData(2048)]
    public async Task Over_mutual_TLS_it_is_the_same(int rsaBits)
    {
        using var kit = new TlsKit(_folder.Root);
        await using PeerServer server = await SecureStoreScp(kit, kit.Issue("Peer", rsaBits: rsaBits));
        var own = kit.Issue("Own", rsaBits: rsaBits);
        using TlsIdentity identity = TlsIdentity.Load(own.Certificate, own.Key);
        using TlsAuthorities authorities = TlsAuthorities.Load(kit.AuthoritiesFile);
        DimseTarget target = Target(server.Port) with { Tls = new TlsClientSettings(authorities, identity) };
        byte[] dataSet = Elements(new byte[500_000]);
        var header = new StoreHeader(SecondaryCapture, "1.2.3.4", TransferSyntax.ExplicitVrLittleEndian.Uid);

        Assert.Equal(DimseStatus.Success, await DimseClient.EchoAsync(target, Stop));
        await using UserAssociation association = await DimseClient.OpenAsync(target, Proposal.ForStorage([(header.SopClassUid, header.TransferSyntaxUid)]), Stop);
        using var stream = new MemoryStream(dataSet);
        Assert.Equal(DimseStatus.Success, await association.StoreAsync(header, stream, dataSet.Length));
        Assert.Equal("CN=Peer", association.PeerSubject);
        await association.ReleaseAsync();

        byte[] got = await File.ReadAllBytesAsync(Assert.Single(Directory.GetFiles(Received)), Stop);
        Assert.True(got.AsSpan()[^dataSet.Length..].SequenceEqual(dataSet));
    }

    [Theory]
    [InlineData("stranger")]
    [InlineData("expired")]
    [InlineData("name")]
    public async Task A_peer_that_cannot_prove_itself_gets_nothing(string what)
    {
        using TlsKit kit = new(_folder.Root), stranger = new(_folder.Root, "Stranger");
        await using PeerServer server = await SecureStoreScp(kit, what switch
        {
            "stranger" => stranger.Issue("Peer"),
            "expired" => kit.Issue("Peer", fromDays: -3, untilDays: -1),
            _ => kit.Issue("Peer", names: ["elsewhere.example"]),
        });
        var own = kit.Issue("Own");
        using TlsIdentity identity = TlsIdentity.Load(own.Certificate, own.Key);
        using TlsAuthorities authorities = TlsAuthorities.Load(kit.AuthoritiesFile);

        var error = await Assert.ThrowsAsync<DimseException>(() => DimseClient.EchoAsync(Target(server.Port) with { Tls = new TlsClientSettings(authorities, identity) }, Stop));

        Assert.Equal((DimseFault.NoTls, false), (error.Fault, error.RetryHelps));
        Assert.Equal(TlsFault.PeerNotTrusted, Assert.IsType<TlsException>(error.InnerException).Fault);
    }

    [Fact]
    public async Task A_peer_that_wants_a_certificate_turns_us_away_without_one()
    {
        using var kit = new TlsKit(_folder.Root);
        await using PeerServer server = await SecureStoreScp(kit, kit.Issue("Peer"));
        using TlsAuthorities authorities = TlsAuthorities.Load(kit.AuthoritiesFile);

        var error = await Assert.ThrowsAsync<DimseException>(() => DimseClient.EchoAsync(Target(server.Port) with { Tls = new TlsClientSettings(authorities, null) }, Stop));

        // under TLS 1.3 its refusal comes after the handshake
        Assert.True(error.Fault is DimseFault.NoTls or DimseFault.ConnectionLost, error.ToString());
    }

    [Fact]
    public async Task A_peer_without_TLS_is_no_peer()
    {
        using var kit = new TlsKit(_folder.Root);
        await using PeerServer server = await StoreScp();
        using TlsAuthorities authorities = TlsAuthorities.Load(kit.AuthoritiesFile);

        var error = await Assert.ThrowsAsync<DimseException>(() => DimseClient.EchoAsync(Target(server.Port) with { Tls = new TlsClientSettings(authorities, null) }, Stop));

        Assert.Equal(DimseFault.NoTls, error.Fault);
    }
}
