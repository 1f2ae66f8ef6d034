using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Veridicom.Cli;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Bench;

/// <summary>Speed, memory and size of sealing and verifying, each beside the real tool on the same files in the same run.</summary>
internal static class SealBench
{
    private const int Files = 1000, Sample = 50, WarmSeconds = 4;

    /// <summary>Runs everything; 0 where every required figure was met.</summary>
    public static int Run()
    {
        string root = FindRoot();
        Corpus corpus = Corpus.Load(root);
        var report = new Report();
        using var key = new SealingKey();
        string scratch = Directory.CreateTempSubdirectory("veridicom-bench-").FullName;
        try
        {
            InProcess(report, corpus, key);
            CommandLine(report, corpus, root, scratch);
            Parsing(report, corpus);
            Memory(report, root, scratch);
            Sizes(report, corpus, key);
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
        Console.WriteLine($"{Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        Console.WriteLine();
        report.Write(Console.Out);
        return report.AllMet ? 0 : 1;
    }

    /// <summary>One thread, bytes in memory, certificate path judged before: what the kernel costs beside SHA-256 of the same bytes.</summary>
    private static void InProcess(Report report, Corpus corpus, SealingKey key)
    {
        Ratio(report, $"verify in process, {corpus.Name} of 512 KB, of SHA-256 speed", [.. corpus.Slices.Select(slice => key.Seal(slice.Bytes, true))], key, 15, 0.5, ", aim 0.65");
        byte[] large = PhantomStudy.Slice(4, new PhantomOptions { Size = 3072 });
        Ratio(report, "verify in process, image of 18 MB, of SHA-256 speed", [key.Seal(large, true)], key, 9, 0.8, "");
    }

    private static void Ratio(Report report, string what, byte[][] files, SealingKey key, int rounds, double bound, string aim)
    {
        var options = new VerifyOptions { Trust = key.Trust, Now = key.Now };
        double verify = 0, hash = 0;
        // The runtime compiles a hot method twice on the way to its best code, in the background.
        long begun = Stopwatch.GetTimestamp();
        for (int warm = 0; Stopwatch.GetElapsedTime(begun).TotalSeconds < WarmSeconds; warm++) Verifier.Verify(new MemorySource(files[warm % files.Length]), null, options);
        foreach (byte[] file in files)
        {
            double bestVerify = double.MaxValue, bestHash = double.MaxValue;
            for (int round = 0; round < rounds; round++)
            {
                long start = Stopwatch.GetTimestamp();
                Verdict verdict = Verifier.Verify(new MemorySource(file), null, options);
                bestVerify = Math.Min(bestVerify, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
                if (verdict.Kind != VerdictKind.Authentic) throw new InvalidOperationException("not authentic: " + Demonstration.Explain(verdict));
                start = Stopwatch.GetTimestamp();
                SHA256.HashData(file);
                bestHash = Math.Min(bestHash, Stopwatch.GetElapsedTime(start).TotalMilliseconds);
            }
            verify += bestVerify;
            hash += bestHash;
        }
        double mb = files.Sum(file => (long)file.Length) / 1e6;
        report.AtLeast(what, hash / verify, bound, Report.Text($"{mb / verify * 1000:0} of {mb / hash * 1000:0} MB/s"), aim);
    }

    /// <summary>The command as people run it: start of the program, disk and all.</summary>
    private static void CommandLine(Report report, Corpus corpus, string root, string scratch)
    {
        Tool veridicom = Launcher(root, scratch);
        report.AtMost("veridicom --version", veridicom.Best(10, _ => ["--version"]).TotalMilliseconds, 120, " ms", "launcher and program, best of 10");

        string study = Path.Combine(scratch, "study");
        Directory.CreateDirectory(study);
        for (int i = 0; i < Files; i++) File.WriteAllBytes(Path.Combine(study, $"{i:D4}.dcm"), corpus.Slices[i % corpus.Slices.Count].Bytes);
        veridicom.Time(["init", "--name", "Bench"]);
        string sealedFolder = Path.Combine(scratch, "sealed");
        TimeSpan seal = TimeSpan.MaxValue, verify = TimeSpan.MaxValue, hash = TimeSpan.MaxValue;
        for (int round = 0; round < 3; round++)
        {
            // A new folder each time: some file systems are slow for seconds after a thousand files were removed.
            seal = Shorter(seal, veridicom.Time(["seal", study, "--out", sealedFolder + (round == 0 ? "" : Report.Text($"{round}")), "--json", "--no-manifest"]));
        }
        string[] files = Corpus.Files(sealedFolder);
        if (files.Length != Files) throw new InvalidOperationException($"{files.Length} of {Files} files were sealed");

        // In turn, so that both meet the same machine.
        bool openssl = Tool.Has("openssl");
        for (int round = 0; round < 6; round++)
        {
            verify = Shorter(verify, veridicom.Time(["verify", sealedFolder, "--json"]));
            if (openssl) hash = Shorter(hash, new Tool("openssl").Time(["dgst", "-sha256", .. files]));
        }
        if (openssl) report.AtMost($"veridicom verify of {Files} CT slices, x openssl dgst -sha256", verify / hash, 2, "", Report.Text($"{verify.TotalSeconds:0.00} s, {hash.TotalSeconds:0.00} s"));
        else report.NotMeasured($"veridicom verify of {Files} CT slices, x openssl dgst", "openssl is not installed", "<= 2");

        if (!Tool.Has("dcmsign") || !openssl)
        {
            report.NotMeasured("veridicom verify and seal against dcmsign", "dcmsign or openssl is not installed", ">= 30, >= 10");
            return;
        }
        var dcmsign = new Tool("dcmsign");
        string[] anchors = Corpus.Files(Path.Combine(scratch, "home", "trust"));
        TimeSpan theirs = TimeSpan.Zero;
        for (int i = 0; i < Sample; i++) theirs += dcmsign.Best(2, _ => ["--verify", "+cf", anchors[0], files[i]]);
        report.AtLeast($"veridicom verify of {Files} CT slices, x faster than dcmsign per file", theirs * (Files / Sample) / verify, 30,
            Report.Text($"{verify.TotalSeconds:0.00} s; dcmsign {(theirs * (Files / Sample)).TotalSeconds:0.0} s, scaled from {Sample} files"));

        string[] pair = EcKey(scratch);
        TimeSpan signing = TimeSpan.Zero;
        for (int i = 0; i < Sample; i++) signing += dcmsign.Best(2, _ => ["+s", pair[0], pair[1], "+m2", Path.Combine(study, $"{i:D4}.dcm"), Path.Combine(scratch, "signed.dcm")]);
        report.AtLeast($"veridicom seal of {Files} CT slices, P-256, flushed, x faster than dcmsign +s", signing * (Files / Sample) / seal, 10,
            Report.Text($"{seal.TotalSeconds:0.00} s; dcmsign {(signing * (Files / Sample)).TotalSeconds:0.0} s, scaled from {Sample} files"));
        Directory.Delete(study, recursive: true);
        Directory.Delete(sealedFolder, recursive: true);
    }

    private static TimeSpan Shorter(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private static string[] EcKey(string scratch)
    {
        string key = Path.Combine(scratch, "ec.key"), certificate = Path.Combine(scratch, "ec.pem");
        new Tool("openssl").Time(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-noenc", "-keyout", key, "-out", certificate, "-subj", "/CN=bench", "-days", "2"]);
        return [key, certificate];
    }

    private static void Parsing(Report report, Corpus corpus)
    {
        const string what = "parse, x faster than pydicom.dcmread";
        const string script = """
            import io, sys, time
            import pydicom
            files = [open(p, 'rb').read() for p in sys.argv[1:]]
            best = 1e9
            for _ in range(20):
                t = time.perf_counter()
                for f in files: pydicom.dcmread(io.BytesIO(f))
                best = min(best, time.perf_counter() - t)
            print(best)
            """;
        string? python = ((string[])["/usr/bin/python3", "python3"]).FirstOrDefault(candidate => Imports(candidate));
        if (python is null)
        {
            report.NotMeasured(what, "python3 with pydicom is not installed", ">= 10");
            return;
        }
        string folder = Directory.CreateTempSubdirectory("veridicom-bench-").FullName;
        try
        {
            foreach ((string name, byte[] bytes) in corpus.Slices) File.WriteAllBytes(Path.Combine(folder, name), bytes);
            double theirs = double.Parse(new Tool(python).Watch(["-c", script, .. Corpus.Files(folder)]).Output, System.Globalization.CultureInfo.InvariantCulture);
            double ours = double.MaxValue;
            for (int round = 0; round < 200; round++)
            {
                long start = Stopwatch.GetTimestamp();
                foreach ((_, byte[] bytes) in corpus.Slices) DicomFile.Parse(new MemorySource(bytes));
                ours = Math.Min(ours, Stopwatch.GetElapsedTime(start).TotalSeconds);
                if (round == 100) Thread.Sleep(300);
            }
            report.AtLeast(what, theirs / ours, 10, Report.Text($"{ours / corpus.Slices.Count * 1e6:0} us, {theirs / corpus.Slices.Count * 1e6:0} us a file, from memory"));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static bool Imports(string python)
    {
        try
        {
            new Tool(python).Time(["-c", "import pydicom"]);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    }

    /// <summary>A file larger than any buffer, sealed apart so that it stays a hole on the disk.</summary>
    private static void Memory(Report report, string root, string scratch)
    {
        const string what = "anonymous memory of verify on a file of 4 GB";
        if (!OperatingSystem.IsLinux())
        {
            report.NotMeasured(what, "needs /proc", "<= 200 MB");
            return;
        }
        Tool veridicom = Launcher(root, scratch);
        string path = Path.Combine(scratch, "large.dcm");
        long length = MultiFrame.Write(path, MultiFrame.MostFrames);
        (TimeSpan sealTime, _, long sealPeak) = veridicom.Watch(["seal", path, "--detached", "--json"]);
        (TimeSpan wall, _, long peak) = veridicom.Watch(["verify", path, "--json"]);
        File.Delete(path);
        report.AtMost(what, peak / 1e6, 200, " MB", Report.Text($"{length / 1e9:0.00} GB in {wall.TotalSeconds:0.0} s"));
        report.AtMost("anonymous memory of seal on the same file", sealPeak / 1e6, 200, " MB", Report.Text($"{sealTime.TotalSeconds:0.0} s"));
    }

    /// <summary>What a seal adds, without certificates: the part that grows with the file. Beside it what a sealed file grows by in all.</summary>
    private static void Sizes(Report report, Corpus corpus, SealingKey key)
    {
        foreach ((string name, byte[] bytes) in corpus.Slices) Size(report, corpus.Name + "/" + name, bytes, key, true);
        if (corpus.DataFolder is null || !Directory.Exists(Path.Combine(corpus.DataFolder, "wg04"))) return;
        foreach (string path in Corpus.Files(Path.Combine(corpus.DataFolder, "wg04")))
        {
            string name = Path.GetFileName(path);
            if (name.Contains('_', StringComparison.Ordinal)) Size(report, "wg04/" + name, File.ReadAllBytes(path), key, name.StartsWith("CT1_UNC", StringComparison.Ordinal));
        }
    }

    private static void Size(Report report, string name, byte[] bytes, SealingKey key, bool bounded)
    {
        string what = "size of the seal, " + name;
        try
        {
            int alone = key.Seal(bytes, false).Length - bytes.Length - key.CertificateBytes, whole = key.Seal(bytes, true).Length - bytes.Length;
            double share = 100.0 * alone / bytes.Length;
            string measured = Report.Text($"{share:0.00} %  ({alone} of {bytes.Length} bytes; with certificates and the standard's signature {whole})");
            report.Add(what, measured, bounded ? "<= 1.5 %" : "-", bounded ? share <= 1.5 : null);
        }
        catch (SealRefusedException e)
        {
            report.NotMeasured(what, "not sealed: " + e.Message, "-");
        }
    }

    private static Tool Launcher(string root, string scratch) => new(Path.Combine(root, "veridicom"), new Dictionary<string, string>
    {
        ["VERIDICOM_HOME"] = Path.Combine(scratch, "home"), ["VERIDICOM_PASSPHRASE"] = "a passphrase of the bench",
    });

    internal static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Veridicom.slnx"))) return folder.FullName;
        }
        throw new DirectoryNotFoundException("not in a checkout");
    }

    internal static string Processor()
    {
        const string cpu = "/proc/cpuinfo";
        string? line = File.Exists(cpu) ? File.ReadLines(cpu).FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal)) : null;
        return line?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();
    }

    /// <summary>An authority and a P-256 sealing key in memory.</summary>
    internal sealed class SealingKey : IDisposable
    {
        private readonly KeySigner _signer;

        public SealingKey()
        {
            using var authorityKey = CertificateIssuing.CreateKey(KeyChoice.P256);
            var key = CertificateIssuing.CreateKey(KeyChoice.P256);
            DateTimeOffset from = Now.AddDays(-1);
            Certificate authority = CertificateIssuing.CreateAuthority(CertificateIssuing.Name("Bench authority", "Bench"), authorityKey, from, Now.AddYears(10), SystemRandomness.Instance);
            Certificate sealing = CertificateIssuing.CreateSealing(CertificateIssuing.Name("Bench sealing", "Bench"), CertificateIssuing.PublicKeyOf(key), authority, authorityKey, from, Now.AddYears(2), SystemRandomness.Instance);
            _signer = new KeySigner(key, [sealing, authority]);
            Trust = TrustList.Create([authority.Der]);
        }

        public DateTimeOffset Now { get; } = DateTimeOffset.UtcNow;

        public TrustList Trust { get; }

        public int CertificateBytes => _signer.Path.Sum(certificate => certificate.Der.Length);

        public byte[] Seal(byte[] file, bool standardSignature)
        {
            SealOutcome outcome = Sealer.Seal(DicomFile.Parse(new MemorySource(file)), new SealOptions
            {
                Claims = new Claims("Bench", SealPurpose.Acquisition, "", "", SyntheticClaim.Unstated, [], ""), Signer = _signer, Randomness = SystemRandomness.Instance,
                At = Now, Trust = Trust, StandardSignature = standardSignature, Jpeg2000 = Veridicom.OpenJpeg.OpenJpegWorkers.Shared,
            });
            using var output = new MemoryStream();
            outcome.WriteTo(output);
            return output.ToArray();
        }

        public void Dispose() => _signer.Dispose();
    }
}
