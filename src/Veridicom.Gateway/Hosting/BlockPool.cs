using System.Buffers;
using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Veridicom.Gateway.Hosting;

/// <summary>
/// The memory in which the web server receives and sends: blocks of 64 KiB instead of its own of 4 KiB, so that a slice comes in eight reads of the socket and
/// not in a hundred and thirty (over TLS in as many as it has records). Pinned, used again and again. Safe for use by several threads.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int Size = 64 << 10, MostKept = 256; // 16 MiB

    private readonly ConcurrentStack<byte[]> _free = new();
    private int _kept;

    /// <inheritdoc/>
    public override int MaxBufferSize => Size;

    /// <summary>The one pool: all connections share it.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, Size);
        if (!_free.TryPop(out byte[]? free)) return new Block(this, GC.AllocateUninitializedArray<byte>(Size, pinned: true));
        Interlocked.Decrement(ref _kept);
        return new Block(this, free);
    }

    private void Return(byte[] block)
    {
        if (Interlocked.Increment(ref _kept) <= MostKept) _free.Push(block);
        else Interlocked.Decrement(ref _kept);
    }

    /// <summary>Nothing to do: the server disposes of what it asked for, and the blocks belong to all.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(BlockPool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory { get; } = MemoryMarshal.CreateFromPinnedArray(bytes, 0, bytes.Length);

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } free) pool.Return(free);
        }
    }
}
