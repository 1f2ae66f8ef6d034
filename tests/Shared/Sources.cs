using System.Buffers.Binary;
using Veridicom.Dicom;

namespace Veridicom.Testing;

/// <summary>
/// The bytes of another source, each window a fresh copy; the window before is overwritten at each call, so whoever keeps a span longer
/// than the contract allows reads garbage. Remembers the longest window asked for.
/// </summary>
public sealed class PoisonedSource(ByteSource inner) : ByteSource
{
    private byte[] _last = [];

    public override long Length => inner.Length;

    /// <summary>Length of the longest window so far.</summary>
    public int Longest { get; private set; }

    public override ReadOnlySpan<byte> Window(long offset, int length)
    {
        CheckWindow(offset, length);
        Array.Fill(_last, (byte)0xDB);
        _last = inner.Window(offset, length).ToArray();
        Longest = Math.Max(Longest, length);
        return _last;
    }
}

/// <summary>
/// A file with an end far beyond any memory: some bytes stand at its beginning and some at its end; each 8-byte word between is the number
/// of its own place (offset / 8, little endian). Nothing of it is ever held but the window asked for.
/// </summary>
public sealed class SparseSource(byte[] head, long length, byte[] tail) : ByteSource
{
    private byte[] _window = [];

    public override long Length => length;

    public override ReadOnlySpan<byte> Window(long offset, int count)
    {
        CheckWindow(offset, count);
        if (_window.Length < count) _window = new byte[count];
        Span<byte> window = _window.AsSpan(0, count);
        for (int i = 0; i < count; i++) window[i] = At(offset + i);
        return window;
    }

    /// <summary>The byte at an offset.</summary>
    public byte At(long offset)
    {
        if (offset < head.Length) return head[offset];
        if (offset >= length - tail.Length) return tail[offset - (length - tail.Length)];
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(word, offset / 8);
        return word[(int)(offset % 8)];
    }
}
