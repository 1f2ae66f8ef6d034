using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Veridicom.Cli.Files;
using Veridicom.Dicom;

namespace Veridicom.Bench;

/// <summary>Speed of parsing beside pydicom on the same files, one thread each: elements found, and every value read.</summary>
internal static class ParseBench
{
    private const double Bound = 10;

    // Each mode reads all files, several times; the best time counts, as it does for us.
    private const string Script = """
        import io, sys, time, warnings
        from pydicom import dcmread
        warnings.simplefilter('ignore')

        def every_value(data_set):
            for element in data_set.iterall():
                element.value

        mode, paths = sys.argv[1], sys.stdin.read().splitlines()
        files = [open(path, 'rb').read() for path in paths]
        best = 1e9
        for _ in range(int(sys.argv[2])):
            start = time.perf_counter()
            if mode == 'memory':
                for file in files: dcmread(io.BytesIO(file))
            elif mode == 'deferred':
                for path in paths: dcmread(path, defer_size=1024)
            else:
                for path in paths: every_value(dcmread(path))
            best = min(best, time.perf_counter() - start)
        print(best)
        """;

    /// <summary>Runs everything; 0 where parsing is as fast as required.</summary>
    public static int Run()
    {
        Corpus corpus = Corpus.Load(SealBench.FindRoot());
        if (Python() is not { } python)
        {
            Console.Error.WriteLine("python3 with pydicom is not installed: nothing to measure against");
            return 2;
        }
        var report = new Report();
        string scratch = Directory.CreateTempSubdirectory("veridicom-bench-").FullName;
        try
        {
            if (corpus.DataFolder is { } data)
            {
                foreach (string folder in new[] { "series-ct", "series-mr", "wg04", "charset" }) Measure(report, folder, Corpus.Files(Path.Combine(data, folder)), python);
            }
            else
            {
                foreach ((string name, byte[] bytes) in corpus.Slices) File.WriteAllBytes(Path.Combine(scratch, name), bytes);
                Measure(report, corpus.Name, Corpus.Files(scratch), python);
            }
        }
        finally
        {
            Directory.Delete(scratch, recursive: true);
        }
        Console.WriteLine($"{SealBench.Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}");
        Console.WriteLine();
        report.Write(Console.Out);
        return report.AllMet ? 0 : 1;
    }

    private static void Measure(Report report, string name, string[] paths, string python)
    {
        // what is beside the files, such as a licence, is none of them
        paths = [.. paths.Where(IsDicom)];
        var buffers = new FileBuffers(workers: 1);
        byte[][] files = [.. paths.Select(File.ReadAllBytes)];
        long elements = files.Sum(file => (long)DicomFile.Parse(new MemorySource(file)).DataSet.NodeCount);
        string size = Report.Text($"{paths.Length} files, {files.Sum(file => (long)file.Length) / 1e6:0.0} MB, {elements} elements");
        Ratio(report, $"{name}: elements found, from memory, x pydicom.dcmread", size, python, "memory", paths, () =>
        {
            foreach (byte[] file in files) DicomFile.Parse(new MemorySource(file));
        });
        Ratio(report, $"{name}: elements found, from disk, x pydicom.dcmread with deferred values", size, python, "deferred", paths, () =>
        {
            foreach (string path in paths)
            {
                using var source = new PagedSource(path);
                DicomFile.Parse(source);
            }
        });
        long sum = 0;
        Ratio(report, $"{name}: every value read, from disk, x pydicom.dcmread and every value", size, python, "full", paths, () =>
        {
            foreach (string path in paths)
            {
                using OpenedFile file = buffers.Open(path);
                sum += EveryValue(DicomFile.Parse(file.Source).DataSet);
            }
        });
        if (sum == 0) throw new InvalidOperationException("no value was read");
    }

    private static void Ratio(Report report, string what, string size, string python, string mode, string[] paths, Action ours)
    {
        double theirs = double.Parse(new Tool(python).Feed(string.Join('\n', paths), ["-c", Script, mode, "5"]), CultureInfo.InvariantCulture);
        double best = double.MaxValue;
        // The runtime compiles a hot method twice on the way to its best code, in the background.
        for (long begun = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(begun).TotalSeconds < 3;)
        {
            long start = Stopwatch.GetTimestamp();
            ours();
            best = Math.Min(best, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }
        report.AtLeast(what, theirs / best, Bound, Report.Text($"{best / paths.Length * 1e6:0.0} us, {theirs / paths.Length * 1e6:0} us a file; {size}"));
    }

    /// <summary>Looks at each byte of each value, as whoever wants to know them must.</summary>
    private static long EveryValue(DicomDataSet set)
    {
        long sum = 0;
        for (int i = 0; i < set.NodeCount; i++)
        {
            DicomNode node = set[i];
            if (node.Kind is NodeKind.Element or NodeKind.Fragment) sum += node.Value.Count((byte)0) + 1;
        }
        return sum;
    }

    /// <summary>A file read by pages of 8 KB, none of a value that is stepped over: what deferring means.</summary>
    private sealed class PagedSource(string path) : ByteSource, IDisposable
    {
        private readonly SafeFileHandle _handle = File.OpenHandle(path);
        private readonly byte[] _page = new byte[8192];
        private long _start;
        private int _count;

        public override long Length { get; } = new FileInfo(path).Length;

        public override ReadOnlySpan<byte> Window(long offset, int length)
        {
            if (offset < _start || offset + length > _start + _count)
            {
                _start = offset;
                _count = RandomAccess.Read(_handle, _page, offset);
            }
            return _page.AsSpan((int)(offset - _start), length);
        }

        public void Dispose() => _handle.Dispose();
    }

    private static bool IsDicom(string path)
    {
        try
        {
            return DicomFile.Parse(new MemorySource(File.ReadAllBytes(path))).HasPreamble;
        }
        catch (DicomException)
        {
            return false;
        }
    }

    private static string? Python() => ((string[])["/usr/bin/python3", "python3"]).FirstOrDefault(candidate =>
    {
        try
        {
            new Tool(candidate).Time(["-c", "import pydicom"]);
            return true;
        }
        catch (Exception e) when (e is InvalidOperationException or System.ComponentModel.Win32Exception)
        {
            return false;
        }
    });
}
