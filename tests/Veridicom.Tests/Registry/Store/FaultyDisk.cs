using Microsoft.Win32.SafeHandles;
using Veridicom.Registry.Store;

namespace Veridicom.Tests.Registry.Store;

/// <summary>What becomes of the step that fails.</summary>
public enum FaultKind
{
    /// <summary>It is not done.</summary>
    Lost,
    /// <summary>It is done, and reported as failed.</summary>
    DoneButReportedLost,
    /// <summary>A write is done by half; any other step is not done.</summary>
    Half,
    /// <summary>A write puts other bytes there and reports success; any other step is done.</summary>
    Wrong,
}

/// <summary>The real disk, but one step of it, counted from 1, fails; or every one from there on.</summary>
internal sealed class FaultyDisk(FaultKind kind, int failing, bool forEver = false, int errno = 5) : IDiskSteps
{
    private int _count, _writes;

    /// <summary>Steps taken so far.</summary>
    public int Count => _count;

    /// <summary>Names of the steps, in order.</summary>
    public List<string> Steps { get; } = [];

    public SafeFileHandle Create(string path, UnixFileMode mode)
    {
        SafeFileHandle? made = null;
        try
        {
            Step("create", () => made = Disk.Instance.Create(path, mode));
        }
        catch
        {
            made?.Dispose(); // who was told that it failed cannot close it
            throw;
        }
        return made!;
    }

    public void Write(SafeFileHandle file, ReadOnlySpan<byte> bytes, long offset)
    {
        byte[] copy = bytes.ToArray();
        if (kind == FaultKind.Wrong && Interlocked.Increment(ref _writes) == failing) copy[^1] ^= 1;
        Step("write", () => Disk.Instance.Write(file, copy, offset), () => Disk.Instance.Write(file, copy.AsSpan(0, copy.Length / 2), offset));
    }

    public void Flush(SafeFileHandle file) => Step("flush", () => Disk.Instance.Flush(file));

    public void Cut(SafeFileHandle file, long length) => Step("cut", () => Disk.Instance.Cut(file, length));

    public void Rename(string from, string to) => Step("rename", () => Disk.Instance.Rename(from, to));

    public void FlushFolder(string folder) => Step("flush folder", () => Disk.Instance.FlushFolder(folder));

    public void Delete(string path) => Step("delete", () => Disk.Instance.Delete(path));

    private void Step(string name, Action step, Action? half = null)
    {
        int number = Interlocked.Increment(ref _count);
        lock (Steps) Steps.Add(name);
        if (kind != FaultKind.Wrong && (number == failing || (forEver && number > failing)))
        {
            if (kind == FaultKind.DoneButReportedLost) step();
            if (kind == FaultKind.Half) half?.Invoke();
            throw new IOException($"step {number}, {name}, fails", errno);
        }
        step();
    }
}
