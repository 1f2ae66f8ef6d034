using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.OpenJpeg;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Seals.Verify;

namespace Veridicom.Bench;

/// <summary>
/// Decoding beside DCMTK, GDCM and CharLS: the same frames on the same machine in the same run, one thread, processor time. A tool's own time for a frame is what it
/// takes longer for a file of many frames than for one of few; it writes to nowhere, so that neither its start nor a disk counts.
/// </summary>
internal static class PixelBench
{
    private const int Rounds = 5, LargeBytes = 96 << 20;

    // how it is encoded, what decodes it for others, and whether we must keep up
    private static readonly (string Name, string Encoder, string[] Images, string[] Decoders, bool Bounded)[] Encodings =
    [
        ("JPEG lossless", "dcmcjpeg +e1", ["CT1", "RG3", "VL6"], ["dcmdjpeg", "gdcmconv --raw"], true),
        ("JPEG-LS lossless", "dcmcjpls +el", ["CT1", "RG3", "VL6"], ["CharLS", "dcmdjpls", "gdcmconv --raw"], true),
        ("JPEG-LS near-lossless", "dcmcjpls +en", ["RG3"], ["CharLS", "dcmdjpls", "gdcmconv --raw"], true),
        ("JPEG baseline", "dcmcjpeg +eb", ["US1", "VL6"], ["dcmdjpeg +cn", "gdcmconv --raw"], true),
        ("JPEG extended, 12 bits", "dcmcjpeg +ee", ["MR2"], ["dcmdjpeg", "gdcmconv --raw"], false),
        ("RLE", "dcmcrle", ["CT1", "RG3", "VL6"], ["dcmdrle", "gdcmconv --raw"], true),
        ("JPEG 2000 in workers", "gdcmconv --j2k", ["CT1"], ["gdcmconv --raw"], false),
    ];

    /// <summary>Runs everything, or the parts named: the start of the name of an encoding, native or verify. 0 where every required figure was met.</summary>
    public static int Run(string[] parts)
    {
        bool Wanted(string name) => parts.Length == 0 || parts.Any(part => name.StartsWith(part, StringComparison.OrdinalIgnoreCase));
        Corpus corpus = Corpus.Load(SealBench.FindRoot());
        var report = new Report();
        // a folder in memory where there is one
        DirectoryInfo scratch = Directory.Exists("/dev/shm") ? Directory.CreateDirectory(Path.Combine("/dev/shm", "veridicom-bench-" + Path.GetRandomFileName())) : Directory.CreateTempSubdirectory("veridicom-bench-");
        try
        {
            foreach ((string name, string encoder, string[] images, string[] decoders, bool bounded) in Encodings)
            {
                if (!Wanted(name)) continue;
                foreach ((string image, string native) in Images(corpus, images, scratch.FullName)) Decoding(report, name, image, encoder, native, decoders, bounded, scratch.FullName);
            }
            if (Wanted("native")) Native(report);
            if (Wanted("verify")) Verifying(report, Images(corpus, ["CT1"], scratch.FullName).Single(), scratch.FullName);
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
        Console.WriteLine($"{SealBench.Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        Console.WriteLine(CpuTime.IsKnown ? "Processor time; JPEG 2000 and native rows by the clock." : "By the clock.");
        Console.WriteLine();
        report.Write(Console.Out);
        return report.AllMet ? 0 : 1;
    }

    /// <summary>Native images of WG04; without the data folder a slice of the phantom for the first of them.</summary>
    private static IEnumerable<(string Name, string Path)> Images(Corpus corpus, string[] names, string scratch)
    {
        if (corpus.DataFolder is { } data && Directory.Exists(Path.Combine(data, "wg04", "REF"))) return names.Select(name => (name, Path.Combine(data, "wg04", "REF", name + "_UNC.dcm")));
        string phantom = Path.Combine(scratch, "phantom.dcm");
        File.WriteAllBytes(phantom, corpus.Slices[0].Bytes);
        return names[0] == "US1" ? [] : [("phantom", phantom)];
    }

    private static void Decoding(Report report, string name, string image, string encoder, string native, string[] decoders, bool bounded, string scratch)
    {
        string what = $"{name}, {image}", required = bounded ? ">= 0.6" : "-";
        if (Encode(encoder, native, scratch) is not { } encoded)
        {
            report.NotMeasured(what, encoder.Split(' ')[0] + " is not installed, or does not encode this", required);
            return;
        }
        var frames = new CopiedFrames(encoded);
        int many = Math.Clamp(LargeBytes / frames.FrameBytes, 8, 256), few = many / 4;
        byte[] file = frames.File(many);
        string large = Path.Combine(scratch, "many.dcm"), small = Path.Combine(scratch, "few.dcm");
        File.WriteAllBytes(large, file);
        File.WriteAllBytes(small, frames.File(few));
        bool workers = encoder.EndsWith("--j2k", StringComparison.Ordinal);
        double Tools(string tool, string[] arguments) => workers ? new Tool(tool).Time(arguments).TotalSeconds : CpuTime.OfChildren(() => new Tool(tool).Time(arguments));
        double ours = double.MaxValue;
        var theirs = new Dictionary<string, double>();
        foreach (string decoder in decoders)
        {
            string[] words = decoder.Split(' ');
            bool library = decoder == "CharLS";
            if (library ? !CharLs.IsInstalled : !Tool.Has(words[0]))
            {
                report.NotMeasured($"{what}, x {decoder}", words[0] + " is not installed", required);
                continue;
            }
            double best = double.MaxValue, manyBest = double.MaxValue, fewBest = double.MaxValue;
            byte[] cells = new byte[frames.FrameBytes];
            // in turn, so that all meet the same machine
            for (int round = 0; round < Rounds; round++)
            {
                ours = Math.Min(ours, Each(workers, () => Decode(file)) / many);
                if (library)
                {
                    best = Math.Min(best, Each(false, () => CharLs.Decode(frames.Codestream, cells)));
                    continue;
                }
                string[] arguments = [.. words[1..], large, "/dev/null"];
                manyBest = Math.Min(manyBest, Tools(words[0], arguments));
                arguments[^2] = small;
                fewBest = Math.Min(fewBest, Tools(words[0], arguments));
            }
            theirs[decoder] = library ? best : (manyBest - fewBest) / (many - few);
        }
        double samples = (double)frames.Geometry.Rows * frames.Geometry.Columns * frames.Geometry.Samples / 1e6;
        foreach ((string decoder, double time) in theirs)
        {
            string measured = Report.Text($"{time / ours:0.00}  ({ours * 1e3:0.00} ms, {time * 1e3:0.00} ms a frame of {samples:0.00} million samples; {samples / ours:0} of them a second)");
            report.Add($"{what}, x {decoder}", measured, required, bounded ? time / ours >= 0.6 : null);
        }
    }

    private static byte[]? Encode(string encoder, string native, string scratch)
    {
        string[] words = encoder.Split(' ');
        string path = Path.Combine(scratch, "encoded.dcm");
        if (!Tool.Has(words[0])) return null;
        try
        {
            new Tool(words[0]).Time([.. words[1..], native, path]);
            return File.ReadAllBytes(path);
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    /// <summary>Seconds of one of many runs, enough of them for a clock that ticks a hundred times a second.</summary>
    private static double Each(bool workers, Action action)
    {
        int runs = 0;
        // The runtime compiles a hot method twice on the way to its best code, in the background.
        for (long begun = Stopwatch.GetTimestamp(); runs == 0 || Stopwatch.GetElapsedTime(begun).TotalMilliseconds < 500; runs++) action();
        Action all = () => Repeat(runs, action);
        // workers are other processes: there the clock has to do
        return (workers ? Seconds(all) : CpuTime.OfThread(all)) / runs;
    }

    private static void Decode(byte[] file)
    {
        using PixelReader reader = Open(file);
        for (int frame = 0; frame < reader.Geometry.Frames; frame++) reader.Rows(frame, 0, reader.Geometry.Rows);
    }

    private static PixelReader Open(byte[] file)
    {
        DicomFile parsed = DicomFile.Parse(new MemorySource(file));
        if (!PixelGeometry.TryFindPixels(parsed.DataSet, out DicomNode node)) throw new InvalidOperationException("no pixels");
        PixelGeometry geometry = PixelGeometry.Read(parsed.DataSet, node, out string reason) ?? throw new InvalidOperationException(reason);
        return PixelReader.Open(parsed.TransferSyntax, node, geometry, OpenJpegWorkers.Shared, out reason) ?? throw new InvalidOperationException(reason);
    }

    private static void Repeat(int times, Action action)
    {
        for (int i = 0; i < times; i++) action();
    }

    private static double Seconds(Action action)
    {
        long start = Stopwatch.GetTimestamp();
        action();
        return Stopwatch.GetElapsedTime(start).TotalSeconds;
    }

    /// <summary>Native rows, copied to where somebody wants them, beside a copy of the same bytes and nothing else.</summary>
    private static void Native(Report report)
    {
        byte[] image = PhantomStudy.Slice(4, new PhantomOptions { Size = 3072 });
        PixelReader reader = Open(image);
        PixelGeometry geometry = reader.Geometry;
        int step = Math.Max(1, (1 << 20) / geometry.RowBytes), length = geometry.RowBytes * geometry.Rows;
        byte[] to = new byte[length], from = image[^length..];
        double read = double.MaxValue, copy = double.MaxValue;
        for (int round = 0; round < 200; round++)
        {
            copy = Math.Min(copy, Seconds(() =>
            {
                for (int at = 0; at < length; at += step * geometry.RowBytes) from.AsSpan(at, Math.Min(step * geometry.RowBytes, length - at)).CopyTo(to.AsSpan(at));
            }));
            read = Math.Min(read, Seconds(() =>
            {
                for (int row = 0; row < geometry.Rows; row += step) reader.Rows(0, row, Math.Min(step, geometry.Rows - row)).CopyTo(to.AsSpan(row * geometry.RowBytes));
            }));
        }
        report.AtLeast("native rows, of the speed of a copy in memory", copy / read, 0.8, Report.Text($"{length / read / 1e9:0.0} of {length / copy / 1e9:0.0} GB/s"));
    }

    /// <summary>Verifying a compressed slice: what it takes beside decoding alone.</summary>
    private static void Verifying(Report report, (string Name, string Path) image, string scratch)
    {
        using var key = new SealBench.SealingKey();
        foreach ((string name, string encoder) in new[] { ("JPEG lossless", "dcmcjpeg +e1"), ("JPEG-LS", "dcmcjpls +el"), ("JPEG 2000", "gdcmconv --j2k"), ("RLE", "dcmcrle") })
        {
            // SHA-256 of the cells takes longer than undoing RLE does
            bool bounded = name != "RLE";
            string what = $"verify of {image.Name} in {name}, x its bare decode", required = bounded ? "<= 1.3" : "-";
            if (Encode(encoder, image.Path, scratch) is not { } encoded)
            {
                report.NotMeasured(what, encoder.Split(' ')[0] + " is not installed", required);
                continue;
            }
            byte[] file = key.Seal(encoded, false), cells = new byte[Open(file).Geometry.RowBytes * Open(file).Geometry.Rows];
            var options = new VerifyOptions { Trust = key.Trust, Now = key.Now, Jpeg2000 = OpenJpegWorkers.Shared };
            bool workers = name == "JPEG 2000";
            double verify = double.MaxValue, decode = double.MaxValue, hash = double.MaxValue;
            for (int round = 0; round < Rounds; round++)
            {
                decode = Math.Min(decode, Each(workers, () => Decode(file)));
                hash = Math.Min(hash, Each(false, () => SHA256.HashData(cells)));
                verify = Math.Min(verify, Each(workers, () =>
                {
                    Verdict verdict = Verifier.Verify(new MemorySource(file), null, options);
                    if (verdict.Kind != VerdictKind.Authentic) throw new InvalidOperationException("not authentic: " + name);
                }));
            }
            report.Add(what, Report.Text($"{verify / decode:0.00}  ({verify * 1e3:0.00} ms, {decode * 1e3:0.00} ms; SHA-256 of the cells alone {hash * 1e3:0.00} ms)"), required, bounded ? verify / decode <= 1.3 : null);
        }
    }
}
