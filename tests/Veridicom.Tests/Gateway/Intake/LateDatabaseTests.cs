using System.Text;
using Microsoft.AspNetCore.Http;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Hosting;
using Veridicom.Gateway.Intake;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Registry.Store;
using Veridicom.Registry.Upkeep;
using Veridicom.Tests.Cli;
using Veridicom.Tests.Registry;
using Xunit;

namespace Veridicom.Tests.Gateway.Intake;

/// <summary>What becomes of instances when the database is behind the journal, as operators, checks and replays see it.</summary>
public sealed class LateDatabaseTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private static readonly byte[] Slice = PhantomStudy.Slice(1, new PhantomOptions { Size = 64, Slices = 1000 });

    private static DefaultHttpContext Call(long sequence, string body)
    {
        var http = new DefaultHttpContext();
        http.Features.Set(new Caller(new Actor("op", "token", "127.0.0.1"), [new Grant(Scope.Admin, null)], null));
        http.Request.RouteValues["sequence"] = sequence.ToString(System.Globalization.CultureInfo.InvariantCulture);
        http.Request.ContentType = "application/json";
        http.Request.Body = new MemoryStream(Encoding.UTF8.GetBytes(body));
        http.Response.Body = new MemoryStream();
        return http;
    }

    [Fact]
    public async Task A_rejection_that_looked_before_the_database_caught_up_takes_nothing_accepted_away()
    {
        await using DeskRoom room = await DeskRoom.OpenAsync();
        StoredInstance first = (await room.GiveAsync(Slice)).Instance!;
        StoredInstance other = (await room.GiveAsync(Tampering.OnePixel(Slice, 0, 0))).Instance!;
        Assert.Equal(InstanceState.Conflict, other.State);
        bool meanwhile = false;
        var endpoints = new QuarantineEndpoints([], room.Registry, room.Store, async (entry, attributes, stop) =>
        {
            if (meanwhile) await room.DatabaseIsBackAsync();
            return await room.Vault.RecordAsync(entry, attributes, stop);
        }, room.Desk.HoldAsync, new StandingClock(TrailKit.Now));

        room.DatabaseFails = new RegistryException("database or disk is full", canRetry: false);
        await Assert.ThrowsAsync<RegistryException>(() => endpoints.DecideAsync(Call(other.Sequence, """{"reason":"right","replace":true}"""), release: true));
        meanwhile = true; // behind the look into the registry, before the recording
        HttpContext reject = Call(other.Sequence, """{"reason":"wrong"}""");
        Exception? refused = await Record.ExceptionAsync(() => endpoints.DecideAsync(reject, release: false));

        await room.DatabaseIsBackAsync();
        IReadOnlyList<StoredInstance> now = await room.Registry.InstancesAsync(first.SopInstanceUid, Stop);
        Assert.True(now.Any(i => i.State == InstanceState.Accepted), $"{refused?.Message} / {string.Join(", ", now.Select(i => $"{i.Sequence} {i.State}"))}");
    }

    [Fact]
    public async Task What_cannot_be_registered_has_the_same_row_after_a_replay()
    {
        using var folder = new ScratchFolder();
        byte[] bytes = Without(Slice, new DicomTag(0x0020, 0x000D));
        await using DeskRoom room = await DeskRoom.OpenAsync(folder);
        IntakeResult result = await room.GiveAsync(bytes);
        Assert.Equal((IntakeOutcome.Quarantined, IntakeDesk.Unreadable), (result.Outcome, result.Instance?.Route));
        await AssertSoundAsync(folder, room.Store);
    }

    private static async Task AssertSoundAsync(ScratchFolder folder, IObjectStore store)
    {
        var place = new GatewayFolder(folder.PathOf("gateway"));
        using var scratch = new ScratchFolder();
        await using var registry = SqliteRegistry.Open(place.Database);
        CheckReport report = await RegistryCheck.RunAsync(new CheckSetup { Registry = registry, Store = store, JournalFolder = place.Journal, ScratchFolder = scratch.Root, ReadAttributes = GatewayHost.ReadAttributes }, Stop);
        Assert.True(report.ProblemCount == 0, $"behind {report.RegistryBehind}: " + string.Join("\n", report.Problems));
    }

    private static byte[] Without(byte[] file, DicomTag tag)
    {
        DicomFile parsed = DicomFile.Parse(new MemorySource(file));
        Assert.True(parsed.DataSet.TryFind(tag, out DicomNode node));
        return [.. file[..(int)node.HeaderOffset], .. file[(int)node.EndOffset..]];
    }

    [Fact]
    public async Task Check_after_a_loss_of_power_tells_nobody_to_remove_what_was_acknowledged()
    {
        using var folder = new ScratchFolder();
        await using (DeskRoom room = await DeskRoom.OpenAsync(folder)) await room.GiveAsync(PhantomStudy.Slice(2, new PhantomOptions { Size = 64, Slices = 1000 }));
        var place = new GatewayFolder(folder.PathOf("gateway"));
        File.Copy(place.Database, folder.PathOf("flushed.db"));
        await using (DeskRoom room = await DeskRoom.OpenAsync(folder)) Assert.Equal(IntakeOutcome.Stored, (await room.GiveAsync(Slice)).Outcome); // acknowledged
        File.Copy(folder.PathOf("flushed.db"), place.Database, overwrite: true); // synchronous = NORMAL: the end of the log is lost with the power
        await AssertSoundAsync(folder, FolderStore.OpenReadOnly(place.Root));
    }

    [Fact]
    public async Task Rows_of_many_kinds_of_files_are_those_of_a_replay()
    {
        using var folder = new ScratchFolder();
        await using DeskRoom room = await DeskRoom.OpenAsync(folder);
        foreach ((string name, byte[] bytes) in Veridicom.Testing.SampleFiles.All()) await room.GiveAsync(bytes);
        for (int i = 0; i < 4; i++)
        {
            byte[] slice = PhantomStudy.Slice(i, new PhantomOptions { Size = 64, Slices = 1000 });
            IntakeResult one = await room.GiveAsync(slice);
            await room.GiveAsync(Tampering.ToImplicitVr(slice));
            await room.GiveAsync(Tampering.OnePixel(room.Stored(one.Instance!), 0, 0));
            await room.GiveAsync(Tampering.PatientName(slice, "Other^One"));
        }
        await AssertSoundAsync(folder, room.Store);
    }
}
