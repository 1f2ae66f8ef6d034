using System.Collections.Concurrent;
using System.Numerics;
using System.Runtime.InteropServices;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;

namespace Veridicom.OpenJpeg;

/// <summary>
/// Decodes JPEG 2000 and High-Throughput JPEG 2000 in processes of their own, which load libopenjp2 (docs/adr/0011-jpeg-2000-in-a-worker.md). They are
/// started when first needed, used for one frame after the other, and end when this is disposed or its process ends. What a codestream does to a worker
/// concerns that frame only. Safe for use by several threads: each frame that is decoded at the same time has a worker.
/// </summary>
public sealed class OpenJpegWorkers : IJpeg2000, IDisposable
{
    /// <summary>What a worker may allocate for one frame, at most: 4 GiB.</summary>
    public const int MostMegabytes = 4096;

    /// <summary>How long a frame of up to <see cref="PixelsInTime"/> samples may take; larger ones have more in proportion.</summary>
    public static readonly TimeSpan DefaultTimeLimit = TimeSpan.FromSeconds(60);

    /// <summary>Samples to which a time limit refers.</summary>
    public const int PixelsInTime = 1 << 26;

    private static readonly string[] Names =
        OperatingSystem.IsWindows() ? ["openjp2.dll"]
        : OperatingSystem.IsMacOS() ? ["libopenjp2.7.dylib", "/opt/homebrew/lib/libopenjp2.7.dylib", "/usr/local/lib/libopenjp2.7.dylib"]
        : ["libopenjp2.so.7"];

    private static readonly Lazy<OpenJpegWorkers> SharedWorkers = new(() => new OpenJpegWorkers());

    private readonly string[] _libraries;
    private readonly TimeSpan _timeLimit;
    private readonly SemaphoreSlim _places;
    private readonly ConcurrentStack<WorkerProcess> _idle = new();
    private volatile bool _missing, _disposed;

    /// <summary>Starts nothing yet.</summary>
    /// <param name="workers">Most processes at the same time; one for each processor where null.</param>
    /// <param name="timeLimit"><see cref="DefaultTimeLimit"/> where null.</param>
    public OpenJpegWorkers(int? workers = null, TimeSpan? timeLimit = null)
        : this(Names, workers, timeLimit)
    {
    }

    internal OpenJpegWorkers(string[] libraries, int? workers = null, TimeSpan? timeLimit = null)
    {
        int places = workers ?? Environment.ProcessorCount;
        ArgumentOutOfRangeException.ThrowIfLessThan(places, 1);
        _libraries = libraries;
        _timeLimit = timeLimit ?? DefaultTimeLimit;
        _places = new SemaphoreSlim(places, places);
    }

    /// <summary>Workers that live as long as this process and are shared by all that decode in it. Not to be disposed.</summary>
    public static OpenJpegWorkers Shared => SharedWorkers.Value;

    /// <summary>Process identifiers of the workers that wait for work.</summary>
    internal IReadOnlyList<int> IdleProcesses => [.. _idle.Select(worker => worker.Id)];

    /// <inheritdoc/>
    public CodestreamFacts Decode(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, shape.Bytes);
        if (shape.CellBytes is not (1 or 2 or 4 or 8)) throw new PixelException(PixelError.Unsupported, -1, "a cell has neither 1, 2, 4 nor 8 bytes");
        // no byte reaches the library before the headers have been read here and are of the shape that was asked for
        code = Jpeg2000Header.Codestream(code);
        Jpeg2000Header header = Jpeg2000Header.Read(code);
        header.Require(shape);

        long samples = shape.Bytes / shape.CellBytes;
        TimeSpan limit = _timeLimit * Math.Max(1, (double)samples / PixelsInTime);
        var request = new Request(code.Length, shape.Rows, shape.Columns, shape.Samples, shape.CellBytes, header.Precision,
            (int)Math.Min(int.MaxValue / 2, limit.TotalMilliseconds + 10_000), Megabytes(samples, code.Length));
        switch (Ask(request, code, limit, cells))
        {
            case Answer.Cells:
                Clear(cells, shape.CellBytes, header.Precision);
                return header.Facts;
            case Answer.Refused:
                throw new PixelException(PixelError.Malformed, -1, "the library cannot decode the codestream");
            case Answer.OtherShape:
                throw new PixelException(PixelError.ShapeMismatch, -1, "the library finds another picture than the headers say");
            default:
                throw new PixelException(PixelError.TooLarge, -1, "decoding would need more memory than such a picture may");
        }
    }

    /// <summary>Ends the workers. A frame that is being decoded is finished first, by whoever waits for it.</summary>
    public void Dispose()
    {
        _disposed = true;
        while (_idle.TryPop(out WorkerProcess? worker)) worker.Dispose();
    }

    /// <summary>
    /// Memory that a picture of so many samples justifies: the library holds 4 bytes for each, at times twice, the code, and its own tables.
    /// </summary>
    private static int Megabytes(long samples, int code)
    {
        long needed = 192 + ((16 * samples + 4L * code) >> 20);
        return needed <= MostMegabytes ? (int)needed
            : throw new PixelException(PixelError.TooLarge, -1, $"decoding would need more than {MostMegabytes >> 10} GiB");
    }

    private Answer Ask(in Request request, ReadOnlySpan<byte> code, TimeSpan limit, Span<byte> cells)
    {
        _places.Wait();
        WorkerProcess? worker = null;
        try
        {
            worker = Take();
            Answer answer = worker.Ask(request, code, limit, cells);
            if (answer > Answer.NoMemory) throw new PixelException(PixelError.WorkerFailed, -1, "the process that decodes JPEG 2000 answers what nobody understands");
            _idle.Push(worker);
            worker = null;
            return answer;
        }
        finally
        {
            worker?.Dispose();
            _places.Release();
            if (_disposed) Dispose();
        }
    }

    private WorkerProcess Take()
    {
        while (_idle.TryPop(out WorkerProcess? idle))
        {
            if (idle.IsAlive) return idle;
            idle.Dispose();
        }
        if (!_missing && WorkerProcess.Start(_libraries, MostMegabytes) is { } started) return started;
        _missing = true;
        throw new PixelException(PixelError.LibraryMissing, -1, "libopenjp2 is not installed: apt-get install libopenjp2-7");
    }

    /// <summary>Clears the bits above the precision: those of samples below zero, and whatever a worker that was taken over put there.</summary>
    private static void Clear(Span<byte> cells, int cellBytes, int precision)
    {
        if (precision == 8 * cellBytes) return;
        switch (cellBytes)
        {
            case 1:
                And(cells, (byte)((1 << precision) - 1));
                break;
            case 2:
                And(MemoryMarshal.Cast<byte, ushort>(cells), (ushort)((1 << precision) - 1));
                break;
            case 4:
                And(MemoryMarshal.Cast<byte, uint>(cells), (1u << precision) - 1);
                break;
            default:
                And(MemoryMarshal.Cast<byte, ulong>(cells), (1ul << precision) - 1);
                break;
        }
    }

    private static void And<T>(Span<T> cells, T mask) where T : unmanaged, IBinaryInteger<T>
    {
        var wide = new Vector<T>(mask);
        int i = 0;
        for (; i <= cells.Length - Vector<T>.Count; i += Vector<T>.Count) (new Vector<T>(cells[i..]) & wide).CopyTo(cells[i..]);
        for (; i < cells.Length; i++) cells[i] &= mask;
    }
}
