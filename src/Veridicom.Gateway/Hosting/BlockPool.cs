using System.Buffers;
using System.Collections.Concurrent;
using Microsoft.AspNetCore.Connections;

namespace Veridicom.Gateway.Hosting;

/// <summary>
/// The memory in which the web server receives and sends: blocks of 64 KiB instead of its own of 4 KiB, so that a slice comes in eight reads of the socket and
/// not in a hundred and thirty. Pinned, used again and again. Safe for use by several threads.
/// </summary>
internal sealed class BlockPool : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private const int Size = 64 << 10, MostKept = 256; // 16 MiB

    private readonly ConcurrentQueue<byte[]> _free = new();

    /// <inheritdoc/>
    public override int MaxBufferSize => Size;

    /// <summary>The one pool: all connections share it.</summary>
    public MemoryPool<byte> Create(MemoryPoolOptions? options = null) => this;

    /// <inheritdoc/>
    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, Size);
        return new Block(this, _free.TryDequeue(out byte[]? free) ? free : GC.AllocateUninitializedArray<byte>(Size, pinned: true));
    }

    /// <summary>Nothing to do: the server disposes of what it asked for, and the blocks belong to all.</summary>
    protected override void Dispose(bool disposing)
    {
    }

    private sealed class Block(BlockPool pool, byte[] bytes) : IMemoryOwner<byte>
    {
        private byte[]? _bytes = bytes;

        public Memory<byte> Memory => _bytes ?? throw new ObjectDisposedException(nameof(Block));

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _bytes, null) is { } free && pool._free.Count < MostKept) pool._free.Enqueue(free);
        }
    }
}
