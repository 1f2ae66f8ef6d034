using System.Buffers.Binary;
using System.IO.Compression;

namespace Veridicom.Testing;

/// <summary>
/// Damages codestreams where decoders fall over: at markers, lengths and tables as well as within entropy-coded bits; with segments twice, swapped, taken out, or of another
/// picture; cut off, and joined.
/// </summary>
public static class CodeMutator
{
    /// <summary>Offsets of what looks like a marker (FF, then more than 00 and less than FF), and of the first bytes.</summary>
    public static int[] Markers(ReadOnlySpan<byte> code)
    {
        List<int> places = [0, 4, 8, 16, 32, 48];
        for (int at = 0; at + 1 < code.Length && places.Count < 200; at++)
        {
            if (code[at] == 0xFF && code[at + 1] is > 0 and < 0xFF) places.Add(at);
        }
        int length = code.Length;
        return [.. places.Where(place => place < length)];
    }

    /// <summary>A damaged codestream.</summary>
    public static byte[] Code(Mutator mutator, FuzzSeed from, FuzzSeed other)
    {
        byte[] code = from.Original;
        int[] places = from.Places;
        switch (mutator.Next(8))
        {
            case 0:
                return mutator.Touch(code);
            case 1: // one byte of a header
                byte[] touched = [.. code];
                touched[Math.Min(touched.Length - 1, places[mutator.Next(places.Length)] + mutator.Next(12))] = Byte(mutator);
                return touched;
            case 2: // two of them
                byte[] twice = [.. code];
                for (int i = 0; i < 2; i++) twice[Math.Min(twice.Length - 1, places[mutator.Next(places.Length)] + mutator.Next(12))] = Byte(mutator);
                return twice;
            case 3: // many bits of what is coded
                byte[] noisy = [.. code];
                int start = mutator.Next(noisy.Length);
                for (int i = 0; i < 1 + mutator.Next(40); i++) noisy[Math.Min(noisy.Length - 1, start + mutator.Next(200))] ^= (byte)(1 << mutator.Next(8));
                return noisy;
            case 4: // a segment a second time, elsewhere, or gone
                int a = places[mutator.Next(places.Length)], b = places[mutator.Next(places.Length)], c = places[mutator.Next(places.Length)];
                (a, b) = (Math.Min(a, b), Math.Max(a, b));
                ReadOnlySpan<byte> segment = code.AsSpan(a, b - a);
                return mutator.Next(3) switch
                {
                    0 => [.. code.AsSpan(0, c), .. segment, .. code.AsSpan(c)],
                    1 => [.. code.AsSpan(0, a), .. code.AsSpan(b)],
                    _ => [.. code.AsSpan(0, b), .. code.AsSpan(a)],
                };
            case 5: // the headers of one picture with the data of another
                int cut = places[mutator.Next(places.Length)], there = other.Places[mutator.Next(other.Places.Length)];
                return [.. code.AsSpan(0, cut), .. other.Original.AsSpan(there)];
            default:
                return mutator.Mutate(code, places, other.Original);
        }
    }

    /// <summary>A damaged PNG file; the check sums of its chunks are mostly made right again, so that what lies behind them is reached.</summary>
    public static byte[] Png(Mutator mutator, FuzzSeed from, FuzzSeed other)
    {
        byte[] file = mutator.Next(4) == 0 ? Inflated(mutator, from.Original) : Code(mutator, from, other);
        if (mutator.Next(4) > 0) Repair(file);
        return file;
    }

    /// <summary>Files of kinds that our writer does not write: palette, few bits, transparency, interlaced.</summary>
    public static IEnumerable<byte[]> OtherPngs()
    {
        byte[] rows = new byte[9 * (1 + 2)], palette = [.. Enumerable.Range(0, 12).Select(i => (byte)(20 * i))], passes = new byte[4000];
        for (int i = 0; i < rows.Length; i++) rows[i] = i % 3 == 0 ? (byte)(i / 3 % 5) : (byte)(37 * i & 0xFF);
        yield return File(8, 9, 2, 3, 0, rows, Chunk("PLTE", palette), Chunk("tRNS", [0, 128]));
        yield return File(16, 9, 1, 0, 0, rows, Chunk("pHYs", [0, 0, 0, 1, 0, 0, 0, 1, 0]));
        yield return File(13, 11, 8, 6, 1, passes.AsSpan(0, Interlaced(13, 11, 4)));
        yield return File(13, 11, 16, 4, 1, passes.AsSpan(0, Interlaced(13, 11, 4)));
    }

    private static byte Byte(Mutator mutator) => mutator.Next(3) switch
    {
        0 => (byte)mutator.Next(256),
        1 => (byte)mutator.Next(5),
        _ => (byte)(0xFF - mutator.Next(3)),
    };

    // the bytes of seven passes with their filters
    private static int Interlaced(int width, int height, int pixel)
    {
        (int X, int Y, int Dx, int Dy)[] passes = [(0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2)];
        return passes.Sum(p => (width - p.X + p.Dx - 1) / p.Dx is > 0 and var across ? (height - p.Y + p.Dy - 1) / p.Dy * (1 + across * pixel) : 0);
    }

    private static byte[] File(int width, int height, byte depth, byte colour, byte interlace, ReadOnlySpan<byte> rows, params byte[][] chunks) =>
        [0x89, 0x50, 0x4E, 0x47, 13, 10, 26, 10, .. Chunk("IHDR", [0, 0, 0, (byte)width, 0, 0, 0, (byte)height, depth, colour, 0, 0, interlace]),
            .. chunks.SelectMany(chunk => chunk), .. Chunk("IDAT", Deflate(rows)), .. Chunk("IEND", [])];

    private static byte[] Chunk(string type, ReadOnlySpan<byte> data)
    {
        byte[] chunk = [0, 0, (byte)(data.Length >> 8), (byte)(data.Length & 0xFF), .. System.Text.Encoding.ASCII.GetBytes(type), .. data, 0, 0, 0, 0];
        BinaryPrimitives.WriteUInt32BigEndian(chunk.AsSpan(chunk.Length - 4), Crc(chunk.AsSpan(4, chunk.Length - 8)));
        return chunk;
    }

    private static byte[] Deflate(ReadOnlySpan<byte> rows)
    {
        using var output = new MemoryStream();
        using (var zlib = new ZLibStream(output, CompressionLevel.Fastest, leaveOpen: true)) zlib.Write(rows);
        return output.ToArray();
    }

    /// <summary>The rows of a file taken out, damaged, and put in again: filters and counts that no deflate stream shows.</summary>
    private static byte[] Inflated(Mutator mutator, byte[] file)
    {
        int data = file.AsSpan().IndexOf("IDAT"u8);
        int length = (int)BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan(data - 4));
        using var zlib = new ZLibStream(new MemoryStream(file, data + 4, length), CompressionMode.Decompress);
        using var rows = new MemoryStream();
        zlib.CopyTo(rows);
        byte[] damaged = mutator.Mutate(rows.ToArray(), [0], file);
        byte[] packed = Deflate(damaged);
        return packed.Length > 60_000 ? file : [.. file.AsSpan(0, data - 4), .. Chunk("IDAT", packed), .. file.AsSpan(data + 8 + length)];
    }

    private static void Repair(byte[] file)
    {
        for (long at = 8; at + 12 <= file.Length;)
        {
            long length = BinaryPrimitives.ReadUInt32BigEndian(file.AsSpan((int)at));
            if (at + 12 + length > file.Length) return;
            BinaryPrimitives.WriteUInt32BigEndian(file.AsSpan((int)(at + 8 + length)), Crc(file.AsSpan((int)at + 4, (int)length + 4)));
            at += 12 + length;
        }
    }

    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = 0xFFFFFFFF;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int i = 0; i < 8; i++) crc = (crc >> 1) ^ ((crc & 1) * 0xEDB88320u);
        }
        return ~crc;
    }
}
