using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Jpeg.Dct;
using Veridicom.Pixels.Jpeg.Lossless;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Pixels.JpegLs;
using Veridicom.Pixels.Png;
using Veridicom.Pixels.Rle;

namespace Veridicom.Testing;

/// <summary>A codestream to be damaged, and the picture that is asked of it.</summary>
public sealed record CodeSeed(string Name, byte[] Original, int[] Places, FrameShape Shape) : FuzzSeed(Name, Original, Places);

/// <summary>A decoder, what is given to it, and how that is damaged.</summary>
public sealed record CodecFuzz(string Name, IReadOnlyList<FuzzSeed> Seeds, FuzzTarget Target, Func<Mutator, FuzzSeed, FuzzSeed, byte[]> Damage)
{
    /// <summary>A run over this decoder.</summary>
    public FuzzRun Run(ulong seed) => new(Seeds, [Target], seed, Damage);
}

/// <summary>
/// Gives damaged codestreams to decoders. A decoder returns or throws <see cref="PixelException"/>; it touches nothing beside its cells, reads nothing beside its
/// code (whatever stands there makes no difference), sets no bit above the precision it names, and allocates no more than its picture justifies.
/// </summary>
public static class CodecTargets
{
    private const int Guard = 64;

    /// <summary>A decoder of one frame.</summary>
    public delegate CodestreamFacts Decoder(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells);

    /// <summary>Every decoder of this process.</summary>
    public static IReadOnlyList<CodecFuzz> Managed { get; } =
    [
        Codec("rle", CodecSeeds.Rle(), RleDecoder.Decode, CodeMutator.Code),
        Codec("jpeg-lossless", CodecSeeds.JpegLossless(), JpegLossless.Decode, CodeMutator.Code),
        Codec("jpeg-dct", CodecSeeds.JpegDct(), JpegDct.Decode, CodeMutator.Code),
        Codec("jpeg-ls", CodecSeeds.JpegLs(), JpegLsDecoder.Decode, CodeMutator.Code),
        new("png", CodecSeeds.Png(), new("png", (_, bytes) => File(bytes, code => Size(PngReader.Read(code)))), CodeMutator.Png),
        new("jpeg-file", CodecSeeds.JpegFiles(), new("jpeg-file", (_, bytes) => File(bytes, code => JpegPicture.Read(code, 1 << 22).Pixels.Length)), CodeMutator.Code),
    ];

    /// <summary>JPEG 2000 through workers, which have to be there.</summary>
    public static CodecFuzz Jpeg2000(IJpeg2000 workers) => Codec("jpeg-2000", CodecSeeds.Jpeg2000(), workers.Decode, CodeMutator.Code, twice: false);

    private static CodecFuzz Codec(string name, IReadOnlyList<FuzzSeed> seeds, Decoder decode, Func<Mutator, FuzzSeed, FuzzSeed, byte[]> damage, bool twice = true) =>
        new(name, seeds, new(name, (seed, bytes) => Decode(decode, bytes, ((CodeSeed)seed).Shape, twice)), damage);

    /// <summary>Decodes, and names the outcome.</summary>
    /// <exception cref="FuzzFailure">The decoder did what it may not.</exception>
    public static string Decode(Decoder decode, byte[] bytes, FrameShape shape, bool twice)
    {
        byte[] first = Guarded(decode, bytes, shape, 0x00, out string outcome);
        if (!twice) return outcome;
        byte[] second = Guarded(decode, bytes, shape, 0xFF, out string again);
        if (outcome != again) throw new FuzzFailure($"what stands behind the code decides: {outcome}, then {again}");
        if (outcome.StartsWith("decoded", StringComparison.Ordinal) && !first.AsSpan().SequenceEqual(second)) throw new FuzzFailure("what stands behind the code, or in the cells, shows in the picture");
        return outcome;
    }

    /// <summary>Decodes between guards; both hold other bytes at each call.</summary>
    private static byte[] Guarded(Decoder decode, byte[] bytes, FrameShape shape, byte fill, out string outcome)
    {
        byte[] code = new byte[bytes.Length + 2 * Guard], cells = new byte[shape.Bytes + 2 * Guard];
        code.AsSpan().Fill(fill);
        cells.AsSpan().Fill((byte)(fill ^ 0x5A));
        bytes.CopyTo(code.AsSpan(Guard));
        Span<byte> picture = cells.AsSpan(Guard, (int)shape.Bytes);
        long before = GC.GetAllocatedBytesForCurrentThread();
        try
        {
            CodestreamFacts facts = decode(code.AsSpan(Guard, bytes.Length), shape, picture);
            if (facts.Precision < 1 || facts.Precision > 8 * shape.CellBytes) throw new FuzzFailure($"a precision of {facts.Precision}");
            if (!High(picture, shape.CellBytes, facts.Precision)) throw new FuzzFailure("a bit above the precision is set");
            outcome = facts.NearLossless == 0 ? "decoded" : "decoded with loss";
        }
        catch (PixelException error)
        {
            if (error.Message.Length == 0 || error.Offset > bytes.Length) throw new FuzzFailure($"{error.Code} at {error.Offset} of {bytes.Length}: {error.Message}");
            outcome = "refused: " + error.Code;
        }
        long cost = GC.GetAllocatedBytesForCurrentThread() - before;
        // tables and rows of a decoder, and for progressive JPEG its coefficients
        if (cost > (4 << 20) + 64 * shape.Bytes) throw new FuzzFailure($"{cost} bytes were allocated for a picture of {shape.Bytes}");
        if (cells.AsSpan(0, Guard).ContainsAnyExcept((byte)(fill ^ 0x5A)) || cells.AsSpan(cells.Length - Guard).ContainsAnyExcept((byte)(fill ^ 0x5A)))
            throw new FuzzFailure("bytes beside the cells were written");
        return picture.ToArray();
    }

    private static bool High(ReadOnlySpan<byte> cells, int cellBytes, int precision)
    {
        for (int b = precision / 8; b < cellBytes; b++)
        {
            int allowed = b == precision / 8 ? (1 << (precision % 8)) - 1 : 0;
            for (int at = b; at < cells.Length; at += cellBytes)
            {
                if ((cells[at] & ~allowed) != 0) return false;
            }
        }
        return true;
    }

    private delegate int Reader(ReadOnlySpan<byte> file);

    private static string File(byte[] bytes, Reader read)
    {
        byte[] guarded = [.. new byte[Guard], .. bytes, .. Enumerable.Repeat((byte)0xFF, Guard)];
        try
        {
            return read(guarded.AsSpan(Guard, bytes.Length)) > 0 ? "read" : throw new FuzzFailure("a picture without pixels");
        }
        catch (PixelException error)
        {
            return error.Message.Length > 0 ? "refused: " + error.Code : throw new FuzzFailure("a refusal without words");
        }
    }

    private static int Size(PngPicture picture) => picture.Width * picture.Height;
}
