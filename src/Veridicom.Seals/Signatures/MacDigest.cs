using System.Security.Cryptography;
using Veridicom.Seals.Trust;

namespace Veridicom.Seals.Signatures;

/// <summary>A stream that hashes what is written to it, by any of the six MAC algorithms of PS3.15-2023b C.1.</summary>
public sealed class MacDigest : Stream
{
    private readonly IncrementalHash? _platform;
    private readonly Ripemd160? _ripemd;
    private long _length;

    /// <summary>Starts a hash.</summary>
    public MacDigest(DigestAlgorithm algorithm)
    {
        if (algorithm == DigestAlgorithm.Ripemd160) _ripemd = new Ripemd160();
        else _platform = IncrementalHash.CreateHash(algorithm.PlatformName());
    }

    /// <summary>The hash of all that was written; starts afresh.</summary>
    public byte[] Finish()
    {
        _length = 0;
        return _platform?.GetHashAndReset() ?? _ripemd!.Finish();
    }

    /// <summary>The defined term of (0400,0015) for a hash.</summary>
    public static string Term(DigestAlgorithm algorithm) => algorithm switch
    {
        DigestAlgorithm.Ripemd160 => "RIPEMD160",
        DigestAlgorithm.Md5 => "MD5",
        DigestAlgorithm.Sha1 => "SHA1",
        DigestAlgorithm.Sha256 => "SHA256",
        DigestAlgorithm.Sha384 => "SHA384",
        DigestAlgorithm.Sha512 => "SHA512",
        _ => throw new ArgumentOutOfRangeException(nameof(algorithm)),
    };

    /// <summary>The hash that a defined term of (0400,0015) names, or null.</summary>
    public static DigestAlgorithm? FromTerm(string term)
    {
        foreach (DigestAlgorithm algorithm in Enum.GetValues<DigestAlgorithm>())
        {
            if (Term(algorithm) == term) return algorithm;
        }
        return null;
    }

    /// <inheritdoc/>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        _length += buffer.Length;
        if (_platform is not null) _platform.AppendData(buffer);
        else _ripemd!.Append(buffer);
    }

    /// <inheritdoc/>
    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    /// <inheritdoc/>
    public override void WriteByte(byte value) => Write([value]);

    /// <inheritdoc/>
    public override bool CanRead => false;

    /// <inheritdoc/>
    public override bool CanSeek => false;

    /// <inheritdoc/>
    public override bool CanWrite => true;

    /// <summary>Bytes hashed so far.</summary>
    public override long Length => _length;

    /// <inheritdoc/>
    public override long Position { get => _length; set => throw new NotSupportedException(); }

    /// <inheritdoc/>
    public override void Flush() { }

    /// <inheritdoc/>
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    /// <inheritdoc/>
    public override void SetLength(long value) => throw new NotSupportedException();

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _platform?.Dispose();
        base.Dispose(disposing);
    }
}
