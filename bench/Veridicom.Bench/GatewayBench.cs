using System.Diagnostics;
using System.Globalization;
using System.Net.Http.Headers;
using System.Runtime.InteropServices;
using System.Text;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Provider;
using Veridicom.Dimse.User;

namespace Veridicom.Bench;

/// <summary>
/// The gateway as a process of its own, sealing and flushing everything, beside Orthanc and storescp: the same machine, the same senders, the same
/// generated CT slices. Everything runs in a network namespace of its own. Runs alternate, since other programs disturb whoever is running; the
/// best of each counts.
/// </summary>
internal static class GatewayBench
{
    private const int Slices = 280, Runs = 3, Associations = 8;
    private const string Alone = "VERIDICOM_BENCH_ALONE";

    /// <summary>Runs everything, or some parts: dimse, stow, many, latency, memory or memory=COUNT.</summary>
    public static async Task<int> RunAsync(string[] parts)
    {
        if (Environment.GetEnvironmentVariable(Alone) is null) return Again(parts);
        new Tool("ip").Time(["link", "set", "lo", "up"]);
        var report = new Report();
        string folder = Directory.CreateTempSubdirectory("veridicom-bench-").FullName;
        try
        {
            if (Wants("dimse")) await DimseAsync(report, folder);
            if (Wants("stow")) await StowAsync(report, folder);
            if (Wants("many")) await ManyAsync(report, folder);
            if (Wants("latency")) await LatencyAsync(report, folder);
            if (Wants("memory")) await MemoryAsync(report, folder, parts.FirstOrDefault(part => part.StartsWith("memory=", StringComparison.Ordinal)) is { } given
                ? int.Parse(given["memory=".Length..], CultureInfo.InvariantCulture) : 100_000);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }

        Console.WriteLine($"{SealBench.Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        Console.WriteLine($"{Slices} CT slices of 512 x 512 x 16 bit; load of the machine {File.ReadAllText("/proc/loadavg").Split(' ')[0]}");
        Console.WriteLine();
        report.Write(Console.Out);
        return report.AllMet ? 0 : 1;

        bool Wants(string part) => parts.Length == 0 || parts.Any(one => one == part || one.StartsWith(part + "=", StringComparison.Ordinal));
    }

    // The same program within a namespace, from which nothing can be reached and into which nobody comes.
    private static int Again(string[] parts)
    {
        string[] alone = Environment.UserName == "root" ? ["-n"] : ["-rn"];
        var start = new ProcessStartInfo("unshare", [.. alone, "dotnet", Path.Combine(AppContext.BaseDirectory, "Veridicom.Bench.dll"), "gateway", .. parts]);
        start.Environment[Alone] = "1";
        using Process process = Process.Start(start)!;
        process.WaitForExit();
        return process.ExitCode;
    }

    private static async Task DimseAsync(Report report, string folder)
    {
        if (!Tool.Has("Orthanc") || !Tool.Has("dcmsend"))
        {
            report.NotMeasured("dcmsend: ours / Orthanc", "Orthanc or dcmsend is not installed", ">= 5");
            return;
        }

        using GatewayProcess ours = await GatewayProcess.StartAsync(Directory.CreateDirectory(Path.Combine(folder, "dimse")).FullName);
        using OtherServers orthanc = await OtherServers.OrthancAsync(Path.Combine(folder, "dimse-orthanc")), plain = await OtherServers.StoreScpAsync(Path.Combine(folder, "dimse-storescp"));
        var sender = new Tool("dcmsend");
        string warm = Study(folder, 99, 30);
        foreach ((string ae, int port) in new[] { ("VERIDICOM", ours.DicomPort), ("ORTHANC", orthanc.DicomPort) }) Send(ae, port, warm);
        var best = new Dictionary<string, double> { ["ours"] = double.MaxValue, ["orthanc"] = double.MaxValue, ["storescp"] = double.MaxValue };
        for (int run = 0; run < Runs; run++)
        {
            string study = Study(folder, run + 1, Slices);
            best["ours"] = Math.Min(best["ours"], Send("VERIDICOM", ours.DicomPort, study));
            best["orthanc"] = Math.Min(best["orthanc"], Send("ORTHANC", orthanc.DicomPort, study));
            best["storescp"] = Math.Min(best["storescp"], Send("ANY", plain.DicomPort, study));
            Directory.Delete(study, recursive: true);
        }

        report.AtLeast("dcmsend, one association: ours / Orthanc", best["orthanc"] / best["ours"], 5,
            $"ours {Slices / best["ours"]:0}/s sealed and flushed, Orthanc {Slices / best["orthanc"]:0}/s, storescp {Slices / best["storescp"]:0}/s");

        double Send(string ae, int port, string study) => sender.Time(["-aec", ae, "+sd", "127.0.0.1", $"{port}", study]).TotalSeconds;
    }

    private static async Task StowAsync(Report report, string folder)
    {
        if (!Tool.Has("Orthanc"))
        {
            report.NotMeasured("HTTP: ours by STOW-RS / Orthanc's REST", "Orthanc is not installed", ">= 3");
            return;
        }

        using GatewayProcess ours = await GatewayProcess.StartAsync(Directory.CreateDirectory(Path.Combine(folder, "stow")).FullName);
        using OtherServers orthanc = await OtherServers.OrthancAsync(Path.Combine(folder, "stow-orthanc"));
        using var client = new HttpClient { Timeout = TimeSpan.FromMinutes(5) };
        var studies = new Uri(ours.Url + "/studies");
        var instances = new Uri(orthanc.Url!, "instances");
        List<byte[]> warm = Bytes(98, 30);
        await StowAsync(warm, 1);
        await StowAsync(Bytes(97, 30), 30);
        await RestAsync(warm);
        double one = double.MaxValue, ten = double.MaxValue, rest = double.MaxValue;
        for (int run = 0; run < Runs; run++)
        {
            List<byte[]> first = Bytes(10 + run, Slices), second = Bytes(20 + run, Slices);
            one = Math.Min(one, await StowAsync(first, 1));
            rest = Math.Min(rest, await RestAsync(first));
            ten = Math.Min(ten, await StowAsync(second, 10));
        }

        report.AtLeast("HTTP, one connection: ours by STOW-RS, 10 a request / Orthanc's REST", rest / ten, 3, $"ours {Slices / ten:0}/s, Orthanc {Slices / rest:0}/s");
        report.Add("   with one instance in each request", Report.Text($"{rest / one:0.00}  (ours {Slices / one:0}/s)"), "", null);

        async Task<double> StowAsync(List<byte[]> files, int atOnce)
        {
            long began = Stopwatch.GetTimestamp();
            foreach (byte[][] some in files.Chunk(atOnce))
            {
                using var body = new MultipartContent("related", "next-" + Guid.NewGuid().ToString("N"));
                body.Headers.ContentType!.Parameters.Add(new NameValueHeaderValue("type", "\"application/dicom\""));
                foreach (byte[] file in some) body.Add(new ByteArrayContent(file) { Headers = { ContentType = new MediaTypeHeaderValue("application/dicom") } });
                using var request = new HttpRequestMessage(HttpMethod.Post, studies) { Content = body, Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/dicom+json") } } };
                using HttpResponseMessage response = await client.SendAsync(request);
                if (response.StatusCode != System.Net.HttpStatusCode.OK) throw new InvalidOperationException($"STOW-RS: {response.StatusCode} {await response.Content.ReadAsStringAsync()}");
            }

            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }

        async Task<double> RestAsync(List<byte[]> files)
        {
            long began = Stopwatch.GetTimestamp();
            foreach (byte[] file in files)
            {
                using HttpResponseMessage response = await client.PostAsync(instances, new ByteArrayContent(file));
                response.EnsureSuccessStatusCode();
                await response.Content.ReadAsByteArrayAsync();
            }

            return Stopwatch.GetElapsedTime(began).TotalSeconds;
        }
    }

    private static async Task ManyAsync(Report report, string folder)
    {
        using GatewayProcess ours = await GatewayProcess.StartAsync(Directory.CreateDirectory(Path.Combine(folder, "many")).FullName);
        await StoreAsync(ours, Bytes(96, 30));
        double best = 0, disk = 0;
        for (int run = 0; run < Runs; run++)
        {
            List<byte[]>[] sets = [.. Enumerable.Range(0, Associations).Select(i => Bytes(200 + (run * Associations) + i, 70))];
            long began = Stopwatch.GetTimestamp();
            await Task.WhenAll(sets.Select(set => Task.Run(() => StoreAsync(ours, set))));
            best = Math.Max(best, sets.Sum(set => set.Count) / Stopwatch.GetElapsedTime(began).TotalSeconds);
            disk = Math.Max(disk, FlushedWrites(Path.Combine(folder, "flushed"), sets));
        }

        double bound = Math.Min(300, 0.6 * disk);
        report.Add($"{Associations} associations at once", Report.Text($"{best:0}/s  (the disk takes {disk:0} flushed files of this size a second)"), Report.Text($">= {bound:0}/s: 300, or 0.6 of the disk"), best >= bound);
    }

    private static async Task LatencyAsync(Report report, string folder)
    {
        using GatewayProcess ours = await GatewayProcess.StartAsync(Directory.CreateDirectory(Path.Combine(folder, "latency")).FullName);
        await StoreAsync(ours, Bytes(95, 60));
        List<byte[]> files = [.. Bytes(90, Slices), .. Bytes(91, Slices)];
        var echoes = new List<double>();
        await using (UserAssociation echo = await DimseClient.OpenAsync(Target(ours), Proposal.Verification, CancellationToken.None))
        {
            for (int i = 0; i < 300; i++)
            {
                long began = Stopwatch.GetTimestamp();
                await echo.EchoAsync();
                echoes.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            }

            await echo.ReleaseAsync();
        }

        List<double> times = await StoreAsync(ours, files);
        double network = Percentile(echoes, 50), p99 = Percentile(times, 99) - network;
        report.AtMost("one C-STORE beyond the network, p99", p99, 50, " ms", Report.Text($"p50 {Percentile(times, 50) - network:0.0}, p90 {Percentile(times, 90) - network:0.0}, most {times.Max():0.0}; C-ECHO p50 {network:0.00}"));
    }

    private static async Task MemoryAsync(Report report, string folder, int count)
    {
        using GatewayProcess ours = await GatewayProcess.StartAsync(Directory.CreateDirectory(Path.Combine(folder, "memory")).FullName);
        byte[] template = PhantomStudy.Slice(0, new PhantomOptions { Size = 64, Seed = 77 });
        int early = count / 10;
        await NumberedAsync(0, early);
        long before = ours.AnonymousBytes;
        long began = Stopwatch.GetTimestamp();
        await NumberedAsync(early, count);
        double rate = (count - early) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        long after = ours.AnonymousBytes;
        report.AtMost($"memory after {count:N0} instances / after {early:N0}", (double)after / before, 1.25, "", Report.Text($"{before / 1e6:0} MB, {after / 1e6:0} MB; {rate:0} small instances/s"));

        // A hundred instances to an association, eight of them at once.
        Task NumberedAsync(int from, int to) => Parallel.ForEachAsync(Enumerable.Range(from / 100, (to - from) / 100), new ParallelOptions { MaxDegreeOfParallelism = Associations },
            async (hundred, _) => await StoreAsync(ours, [.. Enumerable.Range(hundred * 100, 100).Select(i => Numbered(template, i))]));
    }

    /// <summary>A copy of a file with the last digits of its instance UID, and of its study and series UIDs for each thousand, replaced.</summary>
    private static byte[] Numbered(byte[] template, int number)
    {
        byte[] copy = [.. template];
        DicomDataSet set = DicomFile.Parse(new MemorySource(template)).DataSet;
        Replace(set.Ascii(new(0x0008_0018))!, number);
        Replace(set.Ascii(new(0x0020_000D))!, number / 1000);
        Replace(set.Ascii(new(0x0020_000E))!, number / 1000);
        return copy;

        void Replace(string uid, int with)
        {
            byte[] old = Encoding.ASCII.GetBytes(uid), next = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{uid[..^7]}{with:D7}"));
            for (int at = 0, found; (found = copy.AsSpan(at).IndexOf(old)) >= 0; at += found + old.Length) next.CopyTo(copy, at + found);
        }
    }

    private static DimseTarget Target(GatewayProcess gateway) => new("127.0.0.1", gateway.DicomPort, "VERIDICOM", "BENCH");

    // Milliseconds of each C-STORE.
    private static async Task<List<double>> StoreAsync(GatewayProcess gateway, IReadOnlyList<byte[]> files)
    {
        var parsed = files.Select(bytes => DicomFile.Parse(new MemorySource(bytes))).ToList();
        var times = new List<double>(files.Count);
        string syntax = parsed[0].TransferSyntax.Uid;
        await using UserAssociation association = await DimseClient.OpenAsync(Target(gateway), Proposal.ForStorage([(PhantomStudy.SopClass, syntax)]), CancellationToken.None);
        foreach (DicomFile file in parsed)
        {
            var header = new StoreHeader(PhantomStudy.SopClass, file.DataSet.Ascii(new(0x0008_0018))!, syntax);
            long began = Stopwatch.GetTimestamp();
            DimseStatus status = await association.StoreAsync(header, file.Source, file.DataSetOffset);
            times.Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
            if (status.Code != 0) throw new InvalidOperationException($"C-STORE: status {status.Code:X4} {status.Comment}");
        }

        await association.ReleaseAsync();
        return times;
    }

    // Files of the same sizes, each written and flushed, by as many writers as there are associations: what the disk gives to anybody.
    private static double FlushedWrites(string folder, List<byte[]>[] sets)
    {
        Directory.CreateDirectory(folder);
        long began = Stopwatch.GetTimestamp();
        Parallel.For(0, sets.Length, new ParallelOptions { MaxDegreeOfParallelism = sets.Length }, writer =>
        {
            for (int i = 0; i < sets[writer].Count; i++)
            {
                using var file = new FileStream(Path.Combine(folder, $"{writer}-{i}"), FileMode.Create, FileAccess.Write, FileShare.None, bufferSize: 0);
                file.Write(sets[writer][i]);
                file.Flush(flushToDisk: true);
            }
        });
        double rate = sets.Sum(set => set.Count) / Stopwatch.GetElapsedTime(began).TotalSeconds;
        Directory.Delete(folder, recursive: true);
        return rate;
    }

    private static double Percentile(List<double> values, int percent) => values.Order().ElementAt((values.Count * percent / 100) - (percent == 100 ? 1 : 0));

    private static List<byte[]> Bytes(int seed, int count)
    {
        var options = new PhantomOptions { Seed = seed, Slices = count };
        // one picture serves several instances: only who sends pays for making them
        byte[] first = PhantomStudy.Slice(count / 2, options);
        return [.. Enumerable.Range(0, count).Select(i => Numbered(first, i))];
    }

    private static string Study(string folder, int seed, int count)
    {
        string study = Directory.CreateDirectory(Path.Combine(folder, $"study-{seed}")).FullName;
        List<byte[]> files = Bytes(seed, count);
        for (int i = 0; i < files.Count; i++) File.WriteAllBytes(Path.Combine(study, $"{i:D3}.dcm"), files[i]);
        return study;
    }
}
