using System.Buffers.Binary;
using System.Security.Cryptography;

namespace Veridicom.Seals.Tree;

/// <summary>Which leaves a salt belongs to; the number enters its derivation.</summary>
public enum Section : byte
{
    /// <summary>Preamble and meta elements.</summary>
    Carrier = 0,
    /// <summary>Elements of the data set.</summary>
    Elements = 1,
    /// <summary>Tiles or encoded parts of the pixel data.</summary>
    Pixels = 2,
}

/// <summary>
/// The salts of a seal (spec/seal.md, Salts): AES-256 under the seal's secret of the block: section, seven zeros, index (8 bytes, big endian). A
/// permutation of distinct blocks, so that salts given away for some leaves tell nothing of the others, and a thousand cost one call.
/// </summary>
public sealed class Salts : IDisposable
{
    /// <summary>Bytes of the secret.</summary>
    public const int SecretSize = 32;

    /// <summary>Bytes of a salt.</summary>
    public const int Size = 16;

    private readonly Aes _aes = Aes.Create();
    private byte[] _blocks = [];

    /// <summary>Salts of one seal.</summary>
    public Salts(ReadOnlySpan<byte> secret)
    {
        if (secret.Length != SecretSize) throw new ArgumentException("a secret has 32 bytes", nameof(secret));
        _aes.SetKey(secret);
    }

    /// <summary>Salts of <paramref name="count"/> leaves from <paramref name="first"/> on, 16 bytes each. The span holds until the next call.</summary>
    public ReadOnlySpan<byte> Take(Section section, long first, int count)
    {
        int bytes = checked(count * Size);
        if (_blocks.Length < bytes) _blocks = new byte[bytes];
        Span<byte> blocks = _blocks.AsSpan(0, bytes);
        blocks.Clear();
        for (int i = 0; i < count; i++)
        {
            blocks[i * Size] = (byte)section;
            BinaryPrimitives.WriteInt64BigEndian(blocks[(i * Size + 8)..], first + i);
        }
        if (bytes > 0) _aes.EncryptEcb(blocks, blocks, PaddingMode.None);
        return blocks;
    }

    /// <inheritdoc/>
    public void Dispose() => _aes.Dispose();
}
