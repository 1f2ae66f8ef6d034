using System.Buffers;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Veridicom.Registry.Store;

/// <summary>Writes to a file, reads back what it wrote, compares, and hashes it. Faults of the disk come out as <see cref="RegistryException"/>.</summary>
internal sealed class HashedStream(IDiskSteps disk, SafeFileHandle file, CancellationToken stop) : Stream
{
    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = FolderStore.Buffers.Rent(1 << 18), _back = FolderStore.Buffers.Rent(1 << 18);
    private int _waiting;
    private long _written;

    /// <summary>Writes out what waits; the digest of all bytes. Nothing can be written after.</summary>
    public ObjectDigest Complete()
    {
        WriteOut();
        if (RandomAccess.GetLength(file) != _written) throw new IOException("the file has another length than was written");
        return ObjectDigest.Of(_hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _waiting)
        {
            WriteOut();
            if (bytes.Length >= _buffer.Length)
            {
                Put(bytes);
                return;
            }
        }
        bytes.CopyTo(_buffer.AsSpan(_waiting));
        _waiting += bytes.Length;
    }

    private void WriteOut()
    {
        Put(_buffer.AsSpan(0, _waiting));
        _waiting = 0;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        stop.ThrowIfCancellationRequested();
        if (bytes.IsEmpty) return;
        try
        {
            disk.Write(file, bytes, _written);
            HashBack(bytes);
        }
        catch (Exception e) when (DiskFault.Is(e))
        {
            throw DiskFault.Of("an object could not be written", e);
        }
        _written += bytes.Length;
    }

    // The digest is that of what was read back, and that is what was written.
    private void HashBack(ReadOnlySpan<byte> bytes)
    {
        for (int at = 0; at < bytes.Length;)
        {
            int count = RandomAccess.Read(file, _back.AsSpan(0, Math.Min(_back.Length, bytes.Length - at)), _written + at);
            if (count == 0 || !bytes.Slice(at, count).SequenceEqual(_back.AsSpan(0, count))) throw new IOException("what was read back is not what was written");
            _hash.AppendData(_back, 0, count);
            at += count;
        }
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing && _buffer.Length > 0)
        {
            _hash.Dispose();
            FolderStore.Buffers.Return(_buffer);
            FolderStore.Buffers.Return(_back);
            _buffer = _back = [];
        }
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <summary>Does nothing: the bytes are flushed once, when all are there.</summary>
    public override void Flush()
    {
    }

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <inheritdoc/>
    public override long Length => _written + _waiting;

    /// <inheritdoc/>
    public override long Position { get => Length; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();
}
