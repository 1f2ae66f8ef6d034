using System.Net;
using System.Text.Json.Nodes;
using System.Threading.Channels;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;
using Xunit;

namespace Veridicom.Interop.Dimse;

/// <summary>Orthanc as destination: it stores, commits to what it has and not to what it has not, and believes what we report to it.</summary>
public sealed class OrthancCommitmentTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static DimseTarget Target(OrthancRoom room) => new("127.0.0.1", room.DicomPort, "ORTHANC", "VERIDICOM");

    private static List<(StoreHeader Header, byte[] Bytes, DicomFile File)> Slices(int count) => [.. RealFiles.Below("dicom/series-ct").Take(count).Select(path =>
    {
        byte[] bytes = File.ReadAllBytes(path);
        DicomFile file = DicomFile.Parse(new MemorySource(bytes));
        return (new StoreHeader(file.DataSet.Ascii(new(0x0008_0016))!, file.DataSet.Ascii(new(0x0008_0018))!, file.TransferSyntax.Uid), bytes, file);
    })];

    /// <summary>Listens for the reports of Orthanc, and for its requests.</summary>
    private sealed class Listener : IDimseProvider
    {
        private readonly Channel<CommitmentResult> _results = Channel.CreateUnbounded<CommitmentResult>();
        private readonly Channel<CommitmentRequest> _requests = Channel.CreateUnbounded<CommitmentRequest>();

        public Task<CommitmentResult> ResultAsync() => _results.Reader.ReadAsync(Stop).AsTask().WaitAsync(Deadline, Stop);

        public Task<CommitmentRequest> RequestAsync() => _requests.Reader.ReadAsync(Stop).AsTask().WaitAsync(Deadline, Stop);

        public AssociationRefusal? Admit(AssociationPeer peer) => null;

        public void Ended(AssociationPeer peer, bool aborted)
        {
        }

        public ValueTask<IncomingStore> BeginStoreAsync(AssociationPeer peer, StoreHeader header, CancellationToken stop) => throw new NotSupportedException("nothing is stored here");

        public ValueTask<(DimseStatus Status, Task<CommitmentResult>? Result)> RequestCommitmentAsync(AssociationPeer peer, CommitmentRequest request, CancellationToken stop)
        {
            _requests.Writer.TryWrite(request);
            return ValueTask.FromResult<(DimseStatus, Task<CommitmentResult>?)>((DimseStatus.Success, null));
        }

        public void Reported(AssociationPeer peer, string transactionUid, bool acknowledged)
        {
        }

        public ValueTask<DimseStatus> CommitmentReportedAsync(AssociationPeer peer, CommitmentResult result, CancellationToken stop)
        {
            _results.Writer.TryWrite(result);
            return ValueTask.FromResult(DimseStatus.Success);
        }
    }

    [Fact]
    public async Task It_commits_to_what_was_stored_and_to_nothing_else()
    {
        var slices = Slices(5);
        await using OrthancRoom room = await OrthancRoom.OpenAsync();
        var listener = new Listener();
        await using var server = new DimseServer(new DimseServerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) }, listener);
        server.Start();
        room.CallBackPort = server.EndPoint.Port;
        await using UserAssociation association = await DimseClient.OpenAsync(
            Target(room), Proposal.ForStorage(slices.Select(s => (s.Header.SopClassUid, s.Header.TransferSyntaxUid)), withCommitment: true), Stop);
        foreach (var (header, bytes, file) in slices) Assert.Equal(DimseStatus.Success, await association.StoreAsync(header, file.Source, file.DataSetOffset));
        var stored = slices.Select(s => new CommitmentReference(s.Header.SopClassUid, s.Header.SopInstanceUid)).ToList();
        var never = new CommitmentReference(stored[0].SopClassUid, "1.2.3.4.5");

        Assert.Equal(DimseStatus.Success, await association.RequestCommitmentAsync(new CommitmentRequest("1.2.3.99", [.. stored, never])));
        // it calls us for that; meanwhile nothing comes here
        Assert.Null(await association.WaitForCommitmentAsync(TimeSpan.FromMilliseconds(50), TimeProvider.System));
        await association.ReleaseAsync();

        CommitmentResult result = await listener.ResultAsync();
        Assert.Equal("1.2.3.99", result.TransactionUid);
        Assert.Equal(stored.OrderBy(r => r.SopInstanceUid), result.Committed.OrderBy(r => r.SopInstanceUid));
        Assert.Equal(new CommitmentFailure(never, 0x0112), Assert.Single(result.Failed));
    }

    [Fact]
    public async Task What_was_stored_is_there_byte_for_byte()
    {
        var slices = Slices(3);
        await using OrthancRoom room = await OrthancRoom.OpenAsync();
        using HttpClient http = room.Http();
        await using UserAssociation association = await DimseClient.OpenAsync(Target(room), Proposal.ForStorage(slices.Select(s => (s.Header.SopClassUid, s.Header.TransferSyntaxUid))), Stop);
        foreach (var (header, bytes, file) in slices) Assert.Equal(DimseStatus.Success, await association.StoreAsync(header, file.Source, file.DataSetOffset));
        await association.ReleaseAsync();

        foreach (var (header, bytes, file) in slices)
        {
            var found = JsonNode.Parse(await (await http.PostAsync("tools/lookup", new StringContent(header.SopInstanceUid), Stop)).Content.ReadAsStringAsync(Stop))!.AsArray();
            byte[] got = await http.GetByteArrayAsync($"instances/{found[0]!["ID"]}/file", Stop);
            DicomFile arrived = DicomFile.Parse(new MemorySource(got));
            Assert.True(got.AsSpan((int)arrived.DataSetOffset).SequenceEqual(bytes.AsSpan((int)file.DataSetOffset)));
        }
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task It_believes_our_report(bool committed)
    {
        var (header, bytes, file) = Slices(1)[0];
        await using OrthancRoom room = await OrthancRoom.OpenAsync();
        using HttpClient http = room.Http();
        var listener = new Listener();
        await using var server = new DimseServer(new DimseServerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) }, listener);
        server.Start();
        room.CallBackPort = server.EndPoint.Port;
        var asked = await http.PostAsync("modalities/veridicom/storage-commitment", new StringContent($$"""{"DicomInstances": [["{{header.SopClassUid}}", "{{header.SopInstanceUid}}"]]}"""), Stop);
        string id = JsonNode.Parse(await asked.Content.ReadAsStringAsync(Stop))!["ID"]!.GetValue<string>();
        CommitmentRequest request = await listener.RequestAsync();
        var reference = Assert.Single(request.References);
        Assert.Equal("Pending", await StateAsync());

        await using UserAssociation association = await DimseClient.OpenAsync(Target(room), Proposal.StorageCommitment, Stop, UserAssociation.CommitmentProvider);
        var result = new CommitmentResult(request.TransactionUid, committed ? [reference] : [], committed ? [] : [new(reference, 0x0112)]);
        Assert.Equal(DimseStatus.Success, await association.ReportCommitmentAsync(result));
        await association.ReleaseAsync();

        Assert.Equal(committed ? "Success" : "Failure", await StateAsync());

        async Task<string> StateAsync() => JsonNode.Parse(await http.GetStringAsync($"storage-commitment/{id}", Stop))!["Status"]!.GetValue<string>();
    }

    [Fact]
    public async Task An_AE_title_that_it_does_not_answer_to_is_rejected()
    {
        await using OrthancRoom room = await OrthancRoom.OpenAsync(new JsonObject { ["DicomCheckCalledAet"] = true });

        var error = await Assert.ThrowsAsync<DimseException>(() => DimseClient.EchoAsync(Target(room) with { CalledAe = "ELSEWHERE" }, Stop));

        Assert.Equal((DimseFault.Rejected, false), (error.Fault, error.RetryHelps));
        Assert.Equal(DimseStatus.Success, await DimseClient.EchoAsync(Target(room), Stop));
    }
}
