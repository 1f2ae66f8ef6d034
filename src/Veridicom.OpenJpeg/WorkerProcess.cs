using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Veridicom.Pixels;

namespace Veridicom.OpenJpeg;

/// <summary>One worker, as whoever started it sees it. Used by one thread at a time; believed in nothing.</summary>
internal sealed class WorkerProcess : IDisposable
{
    private static readonly TimeSpan StartLimit = TimeSpan.FromSeconds(60), EndLimit = TimeSpan.FromSeconds(2), WatchEvery = TimeSpan.FromMilliseconds(200);

    // What a worker gets of the environment: where the runtime and libraries are. Names, keys and passphrases are no business of it.
    private static readonly string[] Kept =
        ["PATH", "DOTNET_ROOT", "DOTNET_ROOT_X64", "DOTNET_ROOT_ARM64", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "SystemRoot", "TMPDIR", "TEMP"];

    private readonly Process _process;
    private readonly Stream _input, _output;
    private readonly Timer _watch;
    private readonly Lock _gate = new();
    private long _deadline;
    private long _mostBytes;
    private string? _killed;

    private WorkerProcess(Process process)
    {
        _process = process;
        _input = process.StandardInput.BaseStream;
        _output = process.StandardOutput.BaseStream;
        _watch = new Timer(_ => Watch());
        // nothing is expected there; a runtime that breaks down writes pages, which must go somewhere and not to the user
        _ = process.StandardError.BaseStream.CopyToAsync(Stream.Null);
    }

    /// <summary>Its process identifier.</summary>
    public int Id => _process.Id;

    /// <summary>False where it can take no other request.</summary>
    public bool IsAlive => _killed is null && !_process.HasExited;

    /// <summary>Starts a worker and waits for its greeting. Null where it has no library.</summary>
    /// <param name="libraries">Names under which it looks for libopenjp2.</param>
    /// <param name="mostMegabytes">What it may allocate at most, 2^20 bytes each.</param>
    /// <exception cref="PixelException">It cannot be started.</exception>
    public static WorkerProcess? Start(IEnumerable<string> libraries, int mostMegabytes)
    {
        WorkerProcess? worker = null;
        try
        {
            worker = new WorkerProcess(Process.Start(How(libraries, mostMegabytes))!);
            Span<byte> greeting = stackalloc byte[5];
            worker.Expect(StartLimit, 0);
            worker._output.ReadExactly(greeting);
            worker.Expect(null, 0);
            if (!greeting[..4].SequenceEqual(Request.Greeting)) throw new IOException("it does not greet");
            if (greeting[4] == 1) return worker;
            worker.Dispose();
            return null;
        }
        catch (Exception error) when (error is IOException or Win32Exception or InvalidOperationException)
        {
            worker?.Dispose();
            throw new PixelException(PixelError.WorkerFailed, -1, "the process that decodes JPEG 2000 could not be started");
        }
    }

    /// <summary>Sends a request and reads the answer.</summary>
    /// <param name="request">What to decode.</param>
    /// <param name="code">The codestream.</param>
    /// <param name="limit">After this time the worker is killed.</param>
    /// <param name="cells">Receives the cells where the answer says so.</param>
    /// <exception cref="PixelException">The worker died, or was killed. It is of no use any more.</exception>
    public Answer Ask(in Request request, ReadOnlySpan<byte> code, TimeSpan limit, Span<byte> cells)
    {
        try
        {
            Span<byte> head = stackalloc byte[Request.Length];
            request.Write(head);
            Expect(limit, (long)request.Megabytes << 20);
            _input.Write(head);
            _input.Write(code);
            _input.Flush();
            Span<byte> answer = stackalloc byte[1];
            _output.ReadExactly(answer);
            if ((Answer)answer[0] == Answer.Cells) _output.ReadExactly(cells);
            Expect(null, 0);
            return (Answer)answer[0];
        }
        catch (IOException)
        {
            lock (_gate) _killed ??= "the process that decodes JPEG 2000 died";
            throw new PixelException(PixelError.WorkerFailed, -1, _killed);
        }
    }

    /// <summary>Lets it end by itself, which it does where its input ends; else ends it.</summary>
    public void Dispose()
    {
        _watch.Dispose();
        try
        {
            _input.Dispose();
        }
        catch (IOException)
        {
            // it is gone
        }
        if (_killed is not null || !_process.WaitForExit(EndLimit)) Kill();
        _process.Dispose();
    }

    private static ProcessStartInfo How(IEnumerable<string> libraries, int mostMegabytes)
    {
        string program = Path.Combine(AppContext.BaseDirectory, typeof(WorkerProcess).Assembly.GetName().Name!);
        if (typeof(WorkerProcess).Assembly.Location is { Length: > 0 } here) program = Path.ChangeExtension(here, null);
        // the runtime that runs this process runs the worker too: it lies three folders below the program that starts it
        string windows = OperatingSystem.IsWindows() ? ".exe" : "";
        string dotnet = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet" + windows));
        bool shared = File.Exists(dotnet);
        var start = new ProcessStartInfo(shared ? dotnet : program + windows)
        {
            UseShellExecute = false,
            CreateNoWindow = true,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(program)!,
        };
        if (shared) start.ArgumentList.Add(program + ".dll");
        start.ArgumentList.Add(mostMegabytes.ToString(CultureInfo.InvariantCulture));
        foreach (string library in libraries) start.ArgumentList.Add(library);
        foreach (string name in start.Environment.Keys.Except(Kept, StringComparer.OrdinalIgnoreCase).ToList()) start.Environment.Remove(name);
        start.Environment["DOTNET_EnableDiagnostics"] = "0"; // no door for debuggers
        start.Environment["DOTNET_GCHeapHardLimit"] = "10000000"; // hexadecimal: 256 MiB, all large things are outside of it
        return start;
    }

    /// <summary>Begins to watch, or with null stops to.</summary>
    private void Expect(TimeSpan? limit, long bytes)
    {
        lock (_gate)
        {
            _deadline = limit is { } time ? Environment.TickCount64 + (long)time.TotalMilliseconds : 0;
            if (_deadline == 0)
            {
                _watch.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
                return;
            }
            // the kernel sees to the memory where it can: then only the time is left
            bool looked = !OperatingSystem.IsLinux() && bytes > 0;
            _mostBytes = 0;
            if (looked)
            {
                _process.Refresh();
                _mostBytes = _process.WorkingSet64 + bytes;
            }
            _watch.Change(looked ? WatchEvery : limit!.Value, WatchEvery);
        }
    }

    private void Watch()
    {
        lock (_gate)
        {
            if (_deadline == 0 || _killed is not null) return;
            if (Environment.TickCount64 >= _deadline) _killed = "decoding JPEG 2000 took longer than its limit";
            else if (_mostBytes > 0 && Memory() > _mostBytes) _killed = "decoding JPEG 2000 took more memory than its limit";
            if (_killed is not null) Kill();
        }
    }

    private long Memory()
    {
        try
        {
            _process.Refresh();
            return _process.WorkingSet64;
        }
        catch (InvalidOperationException)
        {
            return 0; // it has ended
        }
    }

    private void Kill()
    {
        try
        {
            _process.Kill();
        }
        catch (Exception error) when (error is InvalidOperationException or Win32Exception)
        {
            // it has ended
        }
    }
}
