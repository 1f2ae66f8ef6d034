namespace Veridicom.Dicom;

/// <summary>Bytes with a 64-bit length, seen through windows. Not thread-safe: one reader at a time.</summary>
public abstract class ByteSource
{
    /// <summary>The longest window that every source gives, in bytes.</summary>
    public const int MaxWindow = 16 << 20;

    /// <summary>Length in bytes.</summary>
    public abstract long Length { get; }

    /// <summary>
    /// The bytes from <paramref name="offset"/>. The span belongs to the source and holds until the next call of this method.
    /// </summary>
    /// <param name="offset">First byte.</param>
    /// <param name="length">Bytes wanted, at most <see cref="MaxWindow"/>; offset + length must not pass <see cref="Length"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">The window is not within the source.</exception>
    public abstract ReadOnlySpan<byte> Window(long offset, int length);

    /// <summary>All bytes at once where the source holds them in one piece, else false.</summary>
    public virtual bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        memory = default;
        return false;
    }

    /// <summary>Writes <paramref name="count"/> bytes from <paramref name="offset"/> to a stream, window by window.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The bytes are not within the source.</exception>
    public virtual void CopyTo(Stream output, long offset, long count)
    {
        for (long end = checked(offset + count); offset < end;)
        {
            int step = (int)Math.Min(end - offset, 1 << 20);
            output.Write(Window(offset, step));
            offset += step;
        }
    }

    /// <summary>Throws unless the window lies within the source.</summary>
    protected void CheckWindow(long offset, int length)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(offset, Length - length);
    }
}

/// <summary>A source over bytes in memory; windows are slices, nothing is copied.</summary>
public sealed class MemorySource(ReadOnlyMemory<byte> memory) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => memory.Length;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Window(long offset, int length)
    {
        CheckWindow(offset, length);
        return memory.Span.Slice((int)offset, length);
    }

    /// <inheritdoc/>
    public override bool TryGetMemory(out ReadOnlyMemory<byte> whole)
    {
        whole = memory;
        return true;
    }
}

/// <summary>A part of another source, as a source of its own.</summary>
internal sealed class SlicedSource(ByteSource source, long start, long length) : ByteSource
{
    /// <inheritdoc/>
    public override long Length => length;

    /// <inheritdoc/>
    public override ReadOnlySpan<byte> Window(long offset, int count)
    {
        CheckWindow(offset, count);
        return source.Window(start + offset, count);
    }

    /// <inheritdoc/>
    public override bool TryGetMemory(out ReadOnlyMemory<byte> memory)
    {
        if (!source.TryGetMemory(out memory)) return false;
        memory = memory.Slice((int)start, (int)length);
        return true;
    }
}
