using System.Buffers.Binary;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;

namespace Veridicom.Seals.Tree;

/// <summary>
/// Hashes pixel data into the leaves of a pixel tree, reading it once from front to back in windows. A leaf of samples is SHA-256 of 04, salt,
/// frame (4), tile (4) and the cells of the tile row by row; a leaf of encoded bytes is SHA-256 of 05 (a fragment) or 06 (a part of a native value),
/// salt, part (4), length (8) and the bytes.
/// </summary>
public sealed class PixelTree
{
    private const int Band = 4 << 20;
    private const int TileHead = 25;
    private byte[] _tile = new byte[1 << 14];

    /// <summary>Receives one leaf: its index and its 32 bytes.</summary>
    public delegate void LeafSink(int index, ReadOnlySpan<byte> hash);

    /// <summary>Computes the root.</summary>
    /// <param name="binding">Kind and shape.</param>
    /// <param name="pixels">The pixel element.</param>
    /// <param name="reader">Its cells; null for encoded bytes.</param>
    /// <param name="salts">A salt for each leaf.</param>
    /// <param name="sink">Sees every leaf in order.</param>
    /// <param name="admit">Asked of each frame before its leaves are hashed; where it says false the work ends and null is returned.</param>
    /// <exception cref="PixelException">A frame cannot be decoded.</exception>
    public byte[]? Compute(PixelBinding binding, DicomNode pixels, PixelReader? reader, LeafSalts salts, LeafSink sink, Predicate<int>? admit = null)
    {
        int groups = binding.Kind == PixelBindingKind.Samples ? binding.Frames : 1;
        byte[] nodes = new byte[checked(groups * TreeHash.Size)];
        byte[] leaves = new byte[checked(binding.GroupSize * TreeHash.Size)];
        for (int group = 0; group < groups; group++)
        {
            if (admit is not null && !admit(group)) return null;
            ReadOnlySpan<byte> salt = salts.Take((long)group * binding.GroupSize, binding.GroupSize);
            if (binding.Kind == PixelBindingKind.Samples) Frame(binding, reader!, group, salt, leaves);
            else Encoded(pixels, salt, leaves);
            for (int i = 0; i < binding.GroupSize; i++) sink(group * binding.GroupSize + i, leaves.AsSpan(i * TreeHash.Size, TreeHash.Size));
            TreeHash.Group(group, leaves, nodes.AsSpan(group * TreeHash.Size, TreeHash.Size));
        }
        return TreeHash.Root(nodes);
    }

    private void Frame(PixelBinding binding, PixelReader reader, int frame, ReadOnlySpan<byte> salts, byte[] leaves)
    {
        TileGrid grid = binding.Grid;
        int rowBytes = reader.Geometry.RowBytes, pixelBytes = rowBytes / grid.Columns;
        int bandRows = Math.Max(1, Band / rowBytes);
        for (int down = 0; down < grid.Down; down++)
        {
            int first = down * grid.TileRows, rows = Math.Min(grid.TileRows, grid.Rows - first);
            if (rows <= bandRows)
            {
                ReadOnlySpan<byte> band = reader.Rows(frame, first, rows);
                for (int across = 0; across < grid.Across; across++)
                {
                    int tile = down * grid.Across + across;
                    int cells = Gather(grid.Box(tile), band, rowBytes, pixelBytes, rows);
                    Head(salts.Slice(tile * Salts.Size, Salts.Size), frame, tile);
                    SHA256.HashData(_tile.AsSpan(0, TileHead + cells), leaves.AsSpan(tile * TreeHash.Size, TreeHash.Size));
                }
            }
            else TallBand(reader, frame, grid, down, rows, bandRows, rowBytes, pixelBytes, salts, leaves);
        }
    }

    /// <summary>A row of tiles too large for one window: fed piece by piece.</summary>
    private void TallBand(PixelReader reader, int frame, TileGrid grid, int down, int rows, int bandRows, int rowBytes, int pixelBytes, ReadOnlySpan<byte> salts, byte[] leaves)
    {
        var hashes = new IncrementalHash[grid.Across];
        try
        {
            for (int across = 0; across < grid.Across; across++)
            {
                int tile = down * grid.Across + across;
                hashes[across] = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
                Head(salts.Slice(tile * Salts.Size, Salts.Size), frame, tile);
                hashes[across].AppendData(_tile.AsSpan(0, TileHead));
            }
            for (int done = 0; done < rows; done += bandRows)
            {
                int count = Math.Min(bandRows, rows - done);
                ReadOnlySpan<byte> band = reader.Rows(frame, down * grid.TileRows + done, count);
                for (int across = 0; across < grid.Across; across++)
                {
                    int cells = Gather(grid.Box(down * grid.Across + across), band, rowBytes, pixelBytes, count);
                    hashes[across].AppendData(_tile.AsSpan(TileHead, cells));
                }
            }
            for (int across = 0; across < grid.Across; across++)
                hashes[across].GetHashAndReset(leaves.AsSpan((down * grid.Across + across) * TreeHash.Size, TreeHash.Size));
        }
        finally
        {
            foreach (IncrementalHash hash in hashes) hash?.Dispose();
        }
    }

    private void Head(ReadOnlySpan<byte> salt, int frame, int tile)
    {
        _tile[0] = 4;
        salt.CopyTo(_tile.AsSpan(1));
        BinaryPrimitives.WriteInt32BigEndian(_tile.AsSpan(17), frame);
        BinaryPrimitives.WriteInt32BigEndian(_tile.AsSpan(21), tile);
    }

    private int Gather((int Column, int Row, int Width, int Height) box, ReadOnlySpan<byte> band, int rowBytes, int pixelBytes, int rows)
    {
        int width = box.Width * pixelBytes, total = width * rows;
        if (_tile.Length < TileHead + total) _tile = new byte[TileHead + total];
        Span<byte> to = _tile.AsSpan(TileHead, total);
        int from = box.Column * pixelBytes;
        for (int row = 0; row < rows; row++)
        {
            band.Slice(from, width).CopyTo(to);
            to = to[width..];
            from += rowBytes;
        }
        return total;
    }

    private static void Encoded(DicomNode pixels, ReadOnlySpan<byte> salts, byte[] leaves)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> head = stackalloc byte[29];
        int part = 0;
        if (pixels.Kind == NodeKind.Encapsulated)
        {
            foreach (DicomNode fragment in pixels)
            {
                EncodedHead(head, 5, salts, part, fragment.ValueLength);
                hash.AppendData(head);
                Inventory.LeafHasher.AppendValue(hash, fragment);
                hash.GetHashAndReset(leaves.AsSpan(part++ * TreeHash.Size, TreeHash.Size));
            }
            return;
        }
        // cells of one byte may stand in words: both VRs of (7FE0,0010) give the same bytes in little endian
        int swap = pixels.BigEndian ? pixels.Vr.SwapUnit() : 1;
        byte[] buffer = new byte[PixelBinding.EncodedPart];
        for (long at = 0; part * TreeHash.Size < leaves.Length; at += PixelBinding.EncodedPart)
        {
            int count = (int)Math.Min(PixelBinding.EncodedPart, pixels.ValueLength - at);
            pixels.DataSet.Source.Window(pixels.ValueOffset + at, count).CopyTo(buffer);
            ElementWriter.SwapUnits(buffer.AsSpan(0, count / swap * swap), swap);
            EncodedHead(head, 6, salts, part, count);
            hash.AppendData(head);
            hash.AppendData(buffer.AsSpan(0, count));
            hash.GetHashAndReset(leaves.AsSpan(part++ * TreeHash.Size, TreeHash.Size));
        }
    }

    private static void EncodedHead(Span<byte> head, byte kind, ReadOnlySpan<byte> salts, int part, long length)
    {
        head[0] = kind;
        salts.Slice(part * Salts.Size, Salts.Size).CopyTo(head[1..]);
        BinaryPrimitives.WriteInt32BigEndian(head[17..], part);
        BinaryPrimitives.WriteInt64BigEndian(head[21..], length);
    }
}
