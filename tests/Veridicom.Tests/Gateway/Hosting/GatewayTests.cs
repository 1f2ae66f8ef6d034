using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Hosting;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Gateway.Hosting;

/// <summary>A gateway from end to end in this process: what goes in over DICOM, what is said of it over HTTP, what an operator decides.</summary>
public sealed class GatewayTests
{
    private static readonly byte[][] Slices = [.. Enumerable.Range(0, 3).Select(CliSession.Slice)];

    private static string Study => DicomFile.Parse(new MemorySource(Slices[0])).DataSet.Ascii(new(0x0020, 0x000D))!;

    private static byte[] Brighter(byte[] file) => Tampering.OnePixel(file, 1, 1);

    [Fact]
    public async Task What_is_stored_over_DICOM_is_found_and_authentic_over_HTTP()
    {
        await using GatewayRoom room = await GatewayRoom.StartAsync();
        await using (UserAssociation association = await room.CallAsync(Slices))
        {
            foreach (byte[] slice in Slices) Assert.Equal(DimseStatus.Success, await GatewayRoom.StoreAsync(association, slice));
            Assert.Equal(DimseStatus.Success, await GatewayRoom.StoreAsync(association, Slices[0]));
            await association.ReleaseAsync();
        }

        Assert.Equal(DimseStatus.Success, await DimseClient.EchoAsync(new DimseTarget("127.0.0.1", room.Host.Dicom!.Port, "VERIDICOM", "CT_7"), TestContext.Current.CancellationToken));
        Assert.Equal(3, (await room.JsonAsync("/dicom-web/instances")).GetArrayLength());
        JsonElement verdicts = await room.JsonAsync("/verdicts/studies/" + Study);
        Assert.All(verdicts.GetProperty("instances").EnumerateArray(), one => Assert.Equal("authentic", one.GetProperty("verdict").GetString()));
        Assert.Equal(3, verdicts.GetProperty("instances").GetArrayLength());
        Assert.DoesNotContain("\"level\":\"error\"", room.Logs, StringComparison.Ordinal);
        Assert.DoesNotContain("\"level\":\"critical\"", room.Logs, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_command_that_names_another_class_or_instance_gets_A900_and_the_association_goes_on()
    {
        await using GatewayRoom room = await GatewayRoom.StartAsync();
        await using UserAssociation association = await room.CallAsync(Slices);

        Assert.Equal(0xA900, (await GatewayRoom.StoreAsync(association, Slices[0], instance: "1.2.3")).Code);
        Assert.Equal(DimseStatus.Success, await GatewayRoom.StoreAsync(association, Slices[0]));
        await association.ReleaseAsync();
        Assert.Equal(1, (await room.JsonAsync("/dicom-web/instances")).GetArrayLength());
    }

    [Fact]
    public async Task Peers_are_known_by_title_and_address()
    {
        await using GatewayRoom room = await GatewayRoom.StartAsync(c => c with
        {
            Dicom = c.Dicom with { Peers = [new() { AeTitle = "CT_7", Addresses = ["127.0.0.0/8"] }, new() { AeTitle = "MR_1", Addresses = ["192.0.2.0/24"] }] },
        });

        await using (UserAssociation association = await room.CallAsync(Slices)) await association.ReleaseAsync();
        foreach ((string called, string calling) in ((string, string)[])[("OTHER", "CT_7"), ("VERIDICOM", "CT_8"), ("VERIDICOM", "MR_1")])
        {
            DimseException refused = await Assert.ThrowsAsync<DimseException>(() => room.CallAsync(Slices, called, calling));
            Assert.Equal(DimseFault.Rejected, refused.Fault);
        }
        await Until.True(() => room.JsonAsync("/audit-trail?kind=denied").GetAwaiter().GetResult().GetProperty("entries").GetArrayLength() == 3, "three denials in the audit trail");
    }

    [Fact]
    public async Task What_is_stored_is_committed_and_what_is_not_is_named()
    {
        await using GatewayRoom room = await GatewayRoom.StartAsync();
        await using UserAssociation association = await room.CallAsync(Slices, commitment: true);
        Assert.Equal(DimseStatus.Success, await GatewayRoom.StoreAsync(association, Slices[0]));
        string first = PhantomStudy.InstanceUid(0, new PhantomOptions()), second = PhantomStudy.InstanceUid(1, new PhantomOptions());
        var request = new CommitmentRequest("1.2.3.99", [new(PhantomStudy.SopClass, first), new(PhantomStudy.SopClass, second), new("1.2.840.10008.5.1.4.1.1.4", first)]);

        Assert.Equal(DimseStatus.Success, await association.RequestCommitmentAsync(request));
        CommitmentResult result = (await association.WaitForCommitmentAsync(TimeSpan.FromSeconds(30), TimeProvider.System))!;
        await association.ReleaseAsync();

        Assert.Equal("1.2.3.99", result.TransactionUid);
        Assert.Equal(first, Assert.Single(result.Committed).SopInstanceUid);
        Assert.Equal([(second, (ushort)0x0112), (first, (ushort)0x0119)], result.Failed.Select(f => (f.Reference.SopInstanceUid, f.Reason)));
        await Until.True(() => room.JsonAsync("/audit-trail?kind=commitment-reported").GetAwaiter().GetResult().GetProperty("entries").GetArrayLength() == 1, "the report in the audit trail");
    }

    [Fact]
    public async Task An_operator_sees_what_is_held_back_and_decides()
    {
        await using GatewayRoom room = await GatewayRoom.StartAsync();
        await using (UserAssociation association = await room.CallAsync(Slices))
        {
            Assert.Equal(DimseStatus.Success, await GatewayRoom.StoreAsync(association, Slices[0]));
            Assert.Equal(DimseStatus.Success, await GatewayRoom.StoreAsync(association, Brighter(Slices[0])));
            await association.ReleaseAsync();
        }
        JsonElement conflict = Assert.Single((await room.JsonAsync("/quarantine?state=conflict")).GetProperty("instances").EnumerateArray());
        long sequence = conflict.GetProperty("sequence").GetInt64();
        Assert.Equal(0, (await room.JsonAsync("/quarantine")).GetProperty("instances").GetArrayLength());
        byte[] bytes = await room.Http.GetByteArrayAsync($"/quarantine/{sequence}", TestContext.Current.CancellationToken);
        Assert.Equal(DicomFile.Parse(new MemorySource(Brighter(Slices[0]))).DataSet.Root.EndOffset - DicomFile.Parse(new MemorySource(Slices[0])).DataSetOffset, bytes.Length - DicomFile.Parse(new MemorySource(bytes)).DataSetOffset);

        Assert.Equal(400, (await room.PostAsync($"/quarantine/{sequence}/release", "{}")).Status);
        Assert.Equal(400, (await room.PostAsync($"/quarantine/{sequence}/release", """{"reason":"x","why":1}""")).Status);
        Assert.Equal(404, (await room.PostAsync("/quarantine/999999/reject", """{"reason":"x"}""")).Status);
        Assert.Equal(409, (await room.PostAsync($"/quarantine/{sequence}/release", """{"reason":"it is the right one"}""")).Status);
        (int status, string body) = await room.PostAsync($"/quarantine/{sequence}/release", """{"reason":"it is the right one","replace":true}""");

        Assert.Equal(200, status);
        Assert.Equal("accepted", JsonDocument.Parse(body).RootElement.GetProperty("state").GetString());
        JsonElement replaced = Assert.Single((await room.JsonAsync("/quarantine?state=conflict")).GetProperty("instances").EnumerateArray());
        Assert.NotEqual(sequence, replaced.GetProperty("sequence").GetInt64());
        Assert.Equal(200, (await room.PostAsync($"/quarantine/{replaced.GetProperty("sequence").GetInt64()}/reject", """{"reason":"superseded"}""")).Status);
        Assert.Equal(1, (await room.JsonAsync("/quarantine?state=rejected")).GetProperty("instances").GetArrayLength());
        Assert.Equal(1, (await room.JsonAsync("/audit-trail?kind=released")).GetProperty("entries").GetArrayLength());
        Assert.Equal(1, (await room.JsonAsync("/audit-trail?kind=rejected")).GetProperty("entries").GetArrayLength());
    }

    [Fact]
    public async Task A_gateway_that_stops_in_order_goes_on_where_it_was()
    {
        using var folder = new ScratchFolder();
        await using (GatewayRoom room = await GatewayRoom.StartAsync(folder: folder))
        {
            await using UserAssociation association = await room.CallAsync(Slices);
            Assert.Equal(DimseStatus.Success, await GatewayRoom.StoreAsync(association, Slices[0]));
            await association.ReleaseAsync();
        }
        await using GatewayRoom again = await GatewayRoom.StartAsync(folder: folder);

        Assert.Equal(1, (await again.JsonAsync("/dicom-web/instances")).GetArrayLength());
        string[] kinds = [.. (await again.JsonAsync("/audit-trail")).GetProperty("entries").EnumerateArray().Select(e => e.GetProperty("entry").GetProperty("kind").GetString()!)];
        Assert.Equal(["started", "received", "stopped", "started"], kinds.Where(k => k is "started" or "received" or "stopped"));
        Assert.Equal("checkpoint", kinds[Array.IndexOf(kinds, "stopped") + 1]);
    }

    [Fact]
    public async Task Two_gateways_do_not_share_a_folder_and_a_port_in_use_is_said_to_be()
    {
        using var folder = new ScratchFolder();
        await using GatewayRoom room = await GatewayRoom.StartAsync(folder: folder);

        await Assert.ThrowsAsync<Veridicom.Registry.RegistryException>(() => GatewayRoom.StartAsync(folder: folder));
        GatewayStartException dicom = await Assert.ThrowsAsync<GatewayStartException>(() => GatewayRoom.StartAsync(c => c with { Dicom = c.Dicom with { Port = room.Host.Dicom!.Port } }));
        GatewayStartException http = await Assert.ThrowsAsync<GatewayStartException>(() => GatewayRoom.StartAsync(c => c with { Http = c.Http with { Port = room.Host.Http!.Port } }));

        Assert.Contains("the port is in use", dicom.Message, StringComparison.Ordinal);
        Assert.Contains("the port is in use", http.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_what_the_settings_name_is_listened_to()
    {
        await using GatewayRoom room = await GatewayRoom.StartAsync(c => c with { Dicom = c.Dicom with { Port = null } });

        Assert.Null(room.Host.Dicom);
        Assert.True(IPAddress.IsLoopback(room.Host.Http!.Address));
    }
}
