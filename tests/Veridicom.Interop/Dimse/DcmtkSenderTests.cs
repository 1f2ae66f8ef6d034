using System.Diagnostics;
using System.Net;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Associations;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Pdu;
using Veridicom.Dimse.Provider;
using Xunit;

namespace Veridicom.Interop.Dimse;

/// <summary>DCMTK sends, our provider receives.</summary>
public sealed class DcmtkSenderTests
{
    private static DimseServer Listening(CollectingProvider provider, Func<DimseServerOptions, DimseServerOptions>? change = null)
    {
        var options = new DimseServerOptions { EndPoint = new IPEndPoint(IPAddress.Loopback, 0) };
        var server = new DimseServer(change?.Invoke(options) ?? options, provider);
        server.Start();
        return server;
    }

    private static string Port(DimseServer server) => server.EndPoint.Port.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static Task<PeerResult> RunAsync(string tool, params string[] arguments)
    {
        Peer peer = Peer.Require(tool);
        return Task.Run(() => peer.Run(arguments));
    }

    private static byte[] DataSetOf(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        return file[(int)DicomFile.Parse(new MemorySource(file)).DataSetOffset..];
    }

    [Fact]
    public async Task Echoscu_is_answered()
    {
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider);

        PeerResult said = (await RunAsync("echoscu", "-v", "--repeat", "5", "127.0.0.1", Port(server))).Succeeded();

        Assert.Equal(5, said.AllText.Split("Received Echo Response (Success)").Length - 1);
        await Until.True(() => provider.Ended == 1, "the association ends");
        Assert.Equal(0, provider.Aborted);
    }

    [Fact]
    public async Task Findscu_is_refused_in_words_of_the_protocol()
    {
        await using DimseServer server = Listening(new CollectingProvider());

        PeerResult said = await RunAsync("findscu", "-v", "-S", "-k", "QueryRetrieveLevel=STUDY", "127.0.0.1", Port(server));

        Assert.Contains("No Acceptable Presentation Contexts", said.AllText, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(AssociationRefusal.CallingAeNotRecognised, "Calling AE Title Not Recognized")]
    [InlineData(AssociationRefusal.CalledAeNotRecognised, "Called AE Title Not Recognized")]
    [InlineData(AssociationRefusal.Congestion, "Temporary Congestion")]
    public async Task A_refused_association_says_why(AssociationRefusal refusal, string words)
    {
        await using DimseServer server = Listening(new CollectingProvider { Judge = _ => refusal });

        PeerResult said = await RunAsync("echoscu", "-v", "127.0.0.1", Port(server));

        Assert.NotEqual(0, said.ExitCode);
        Assert.Contains(words, said.AllText, StringComparison.Ordinal);
    }

    /// <summary>What storescp writes down bit by bit of the same files from the same sender is what we must have received.</summary>
    [Fact]
    public async Task Every_real_file_arrives_as_storescp_receives_it()
    {
        string data = Path.Combine(RealFiles.Root, "dicom");
        Peer.Require("storescp");
        string dcmsend = Peer.Require("dcmsend").Path;
        Peer unshare = Peer.Require("unshare");
        // storescp listens on every address: it gets a network of its own.
        using var folder = new ScratchFolder();
        const string Script = """
            ip link set lo up
            storescp +B +uf +xa -od "$1" 11112 & peer=$!
            until echoscu 127.0.0.1 11112 2>/dev/null; do kill -0 $peer || exit 9; done
            "$2" -dn -nh +ma +sd +r -v 127.0.0.1 11112 "$3"
            kill $peer
            """;
        Task<PeerResult> theirs = Task.Run(() => unshare.Run("-n", "sh", "-c", Script, "sh", folder.Root, dcmsend, data));
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider);

        PeerResult ours = (await RunAsync("dcmsend", "-dn", "-nh", "+ma", "+sd", "+r", "-v", "127.0.0.1", Port(server), data)).Succeeded();

        PeerResult judged = await theirs;
        if (judged.ErrorText.Contains("Operation not permitted", StringComparison.Ordinal)) Assert.SkipUnless(Peer.IsCi, "no network namespace can be made here (unshare -n)");
        // dcmsend misreads the UIDs of a few odd files, and names the class "31" for them: storescp takes that, and we refuse it.
        static bool NamesItsClass(string path) =>
            DicomFile.Parse(new MemorySource(File.ReadAllBytes(path))).Meta!.TryFind(new DicomTag(0x0002, 0x0002), out DicomNode node) && DimseUid.IsStorageClass(node.Ascii()!);
        var received = Directory.GetFiles(folder.Root).ToLookup(NamesItsClass, path => Convert.ToHexString(SHA256.HashData(DataSetOf(path))));
        var wanted = received[true].Order().ToList();
        Assert.True(wanted.Count > 150, judged.AllText);
        Assert.InRange(received[false].Count(), 0, 4);
        Assert.Contains($"with status SUCCESS  : {wanted.Count}\n", ours.AllText, StringComparison.Ordinal);
        Assert.Equal(wanted, provider.Stores.Select(store => Convert.ToHexString(SHA256.HashData(store.Bytes))).Order());
        string[] syntaxes = [.. provider.Stores.Select(store => store.Header.TransferSyntaxUid).Distinct()];
        Assert.True(syntaxes.Length >= 10, string.Join(' ', syntaxes));
    }

    [Theory]
    [InlineData("-xi", "+ti", "1.2.840.10008.1.2")]
    [InlineData("-xe", "+te", "1.2.840.10008.1.2.1")]
    [InlineData("-xb", "+tb", "1.2.840.10008.1.2.2")]
    [InlineData("-xd", "+td", "1.2.840.10008.1.2.1.99")]
    public async Task The_syntax_that_storescu_proposes_first_is_the_one_that_comes(string propose, string convert, string syntax)
    {
        using var folder = new ScratchFolder();
        string file = folder.PathOf("converted.dcm");
        Peer.Require("dcmconv").Run(convert, RealFiles.Below("dicom/series-ct", "*.dcm")[0], file).Succeeded();
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider);

        (await RunAsync("storescu", "-v", propose, "127.0.0.1", Port(server), file)).Succeeded();

        CollectedStore store = Assert.Single(provider.Stores);
        Assert.Equal(syntax, store.Header.TransferSyntaxUid);
        // A deflated stream of odd length is followed by a zero byte (PS3.5-2023b A.5); dcmconv leaves it out.
        byte[] wanted = DataSetOf(file);
        Assert.Equal(wanted.Length % 2 == 0 ? wanted : [.. wanted, 0], store.Bytes);
    }

    [Fact]
    public async Task Many_associations_at_once()
    {
        string[] files = [.. RealFiles.Below("dicom/series-ct", "*.dcm").Take(5)];
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider);

        PeerResult[] all = await Task.WhenAll(Enumerable.Range(0, 12).Select(at =>
            RunAsync("storescu", ["-v", "-aet", $"SCU{at}", "127.0.0.1", Port(server), .. files])));

        Assert.All(all, said => Assert.Equal(files.Length, said.Succeeded().AllText.Split("Received Store Response (Success)").Length - 1));
        await Until.True(() => provider.Ended == 12, "every association ends");
        Assert.Equal((0, 0, 0), (provider.Aborted, provider.Open, server.Associations));
        var wanted = files.Select(path => Convert.ToHexString(DataSetOf(path)));
        Assert.All(provider.Stores.GroupBy(store => store.Peer.CallingAe),
            one => Assert.Equal(wanted, one.Select(store => Convert.ToHexString(store.Bytes))));
        Assert.Equal(12, provider.Stores.Select(store => store.Peer.CallingAe).Distinct().Count());
    }

    [Theory]
    [InlineData(4096, 4096)]
    [InlineData(4096, 131072)]
    [InlineData(131072, 4096)]
    [InlineData(1 << 20, 131072)]
    public async Task Pdus_of_any_length(int ours, int theirs)
    {
        string file = RealFiles.Below("dicom/series-ct", "*.dcm")[0];
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider, options => options with
        {
            Association = new AssociationOptions { Limits = new PduLimits { MaxPduLength = ours } },
        });
        string pdu = theirs.ToString(System.Globalization.CultureInfo.InvariantCulture);

        PeerResult said = (await RunAsync("storescu", "-v", "-pdu", pdu, "--max-send-pdu", pdu, "127.0.0.1", Port(server), file)).Succeeded();

        Assert.Contains("Received Store Response (Success)", said.AllText, StringComparison.Ordinal);
        Assert.Equal(DataSetOf(file), Assert.Single(provider.Stores).Bytes);
    }

    [Fact]
    public async Task A_status_of_the_provider_reaches_the_sender()
    {
        string file = RealFiles.Below("dicom/series-ct", "*.dcm")[0];
        await using DimseServer server = Listening(new CollectingProvider { Completing = _ => new(DimseStatus.OutOfResources("disk full")) });

        PeerResult said = await RunAsync("storescu", "-d", "127.0.0.1", Port(server), file);

        Assert.Contains("0xa700", said.AllText, StringComparison.Ordinal);
        Assert.Contains("disk full", said.AllText, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_fault_of_the_provider_is_a_processing_failure_and_the_association_lives()
    {
        string[] files = [.. RealFiles.Below("dicom/series-ct", "*.dcm").Take(4)];
        int writes = 0, ends = 0;
        var provider = new CollectingProvider
        {
            // In the midst of the first, and at the end of what comes whole second.
            Writing = (_, at) => at > 100_000 && Interlocked.Increment(ref writes) == 1 ? throw new IOException("no") : ValueTask.CompletedTask,
            Completing = _ => Interlocked.Increment(ref ends) == 2 ? throw new IOException("no") : new(DimseStatus.Success),
        };
        await using DimseServer server = Listening(provider);

        PeerResult said = await RunAsync("storescu", ["-d", "-nh", "127.0.0.1", Port(server), .. files]);

        Assert.Equal(2, said.AllText.Split("DIMSE Status                  : 0x0110").Length - 1);
        Assert.Equal(2, said.AllText.Split("DIMSE Status                  : 0x0000").Length - 1);
        await Until.True(() => provider.Ended == 1 && provider.Open == 0, "the association ends");
        Assert.Equal((1, 0, 2, 1), (provider.Admitted, provider.Aborted, provider.Stores.Count, provider.Abandoned));
    }

    [Fact]
    public async Task A_sender_that_dies_in_the_middle_leaves_nothing()
    {
        // More than the buffers of two kernels hold, so that the sender is still sending: a private element behind the pixels.
        const int More = 64 << 20;
        using var folder = new ScratchFolder();
        string file = folder.Write("long.dcm",
            [.. File.ReadAllBytes(RealFiles.Below("dicom/series-ct", "*.dcm")[0]), 0xE1, 0x7F, 0x10, 0, (byte)'L', (byte)'O', 2, 0, (byte)'X', (byte)' ',
                0xE1, 0x7F, 1, 0x10, (byte)'O', (byte)'B', 0, 0, .. BitConverter.GetBytes(More), .. new byte[More]]);
        var middle = new TaskCompletionSource();
        var killed = new TaskCompletionSource();
        var provider = new CollectingProvider
        {
            Writing = async (_, at) =>
            {
                if (at < 100_000) return;
                middle.TrySetResult();
                await killed.Task;
            },
        };
        await using DimseServer server = Listening(provider, options => options with { Association = new AssociationOptions { Limits = new PduLimits { MaxPduLength = 16384 } } });
        var start = new ProcessStartInfo(Peer.Require("storescu").Path, ["127.0.0.1", Port(server), file]) { RedirectStandardError = true };
        using Process sender = Process.Start(start)!;
        await middle.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        sender.Kill();
        await sender.WaitForExitAsync(TestContext.Current.CancellationToken);
        killed.SetResult();

        await Until.True(() => provider.Ended == 1 && provider.Open == 0, "the association ends");
        Assert.Equal((1, 1, 0), (provider.Aborted, provider.Abandoned, provider.Stores.Count));
        await Until.True(() => server.Associations == 0, "its place is free");
    }

    [Fact]
    public async Task A_sender_that_aborts_is_served_and_counted()
    {
        string file = RealFiles.Below("dicom/series-ct", "*.dcm")[0];
        var provider = new CollectingProvider();
        await using DimseServer server = Listening(provider);

        (await RunAsync("storescu", "--abort", "127.0.0.1", Port(server), file)).Succeeded();

        await Until.True(() => provider.Ended == 1, "the association ends");
        Assert.Equal((1, 1), (provider.Aborted, provider.Stores.Count));
    }

    [Fact]
    public async Task Stopping_lets_a_store_under_way_finish()
    {
        string file = RealFiles.Below("dicom/series-ct", "*.dcm")[0];
        var middle = new TaskCompletionSource();
        var stopping = new TaskCompletionSource();
        var provider = new CollectingProvider
        {
            Writing = async (_, _) =>
            {
                middle.TrySetResult();
                await stopping.Task;
            },
        };
        DimseServer server = Listening(provider);
        Task<PeerResult> sending = RunAsync("storescu", "-v", "127.0.0.1", Port(server), file);
        await middle.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);

        Task stop = server.StopAsync(TimeSpan.FromMinutes(1));
        Assert.False(stop.IsCompleted);
        stopping.SetResult();
        await stop;

        Assert.Contains("Received Store Response (Success)", (await sending).AllText, StringComparison.Ordinal);
        Assert.Single(provider.Stores);
        Assert.NotEqual(0, (await RunAsync("echoscu", "127.0.0.1", Port(server))).ExitCode);
        await server.DisposeAsync();
    }
}
