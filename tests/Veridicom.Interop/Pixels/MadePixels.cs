using System.Collections.Concurrent;
using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.OpenJpeg;
using Veridicom.Testing;

namespace Veridicom.Interop.Pixels;

/// <summary>What a picture is made of.</summary>
/// <param name="Name">A column of the table.</param>
/// <param name="Photometric">Photometric Interpretation.</param>
/// <param name="Samples">Samples per Pixel.</param>
/// <param name="Allocated">Bits Allocated.</param>
/// <param name="Stored">Bits Stored.</param>
/// <param name="Signed">Pixel Representation.</param>
/// <param name="Planar">Planar Configuration.</param>
internal sealed record PixelKind(string Name, string Photometric, int Samples, int Allocated, int Stored, bool Signed = false, bool Planar = false);

/// <summary>A way to a file of some syntax. A program with options, its input the native file; empty where the native file itself is meant.</summary>
internal sealed record PixelEncoder(string Syntax, string Program, string Options, Func<PixelKind, bool>? Takes = null)
{
    public override string ToString() => Program.Length == 0 ? "made here" : $"{Program} {Options}".Trim();
}

/// <summary>One made file: what we get out of it, beside what went in and what the peers get.</summary>
/// <param name="Kind">What it was made of.</param>
/// <param name="Encoder">How.</param>
/// <param name="Refused">Why we give no samples; null where we do, "-" where the encoder gives no file.</param>
/// <param name="Original">Our samples are those that went in.</param>
/// <param name="Dcmtk">DCMTK's answer.</param>
/// <param name="Gdcm">GDCM's.</param>
internal sealed record MadeImage(PixelKind Kind, PixelEncoder Encoder, string? Refused, bool Original, PeerAnswer? Dcmtk, PeerAnswer? Gdcm);

/// <summary>Small images of every kind in every encoding for which an encoder is at hand, decoded three times.</summary>
internal static class MadePixels
{
    private const int Rows = 43, Columns = 60, Frames = 2;

    private static readonly Lazy<IReadOnlyList<MadeImage>> All = new(Run);

    public static IReadOnlyList<PixelKind> Kinds { get; } =
    [
        new("1", "MONOCHROME2", 1, 1, 1),
        new("8", "MONOCHROME2", 1, 8, 8),
        new("8 signed", "MONOCHROME2", 1, 8, 8, Signed: true),
        new("10", "MONOCHROME1", 1, 16, 10),
        new("12", "MONOCHROME2", 1, 16, 12),
        new("12 signed", "MONOCHROME2", 1, 16, 12, Signed: true),
        new("16", "MONOCHROME2", 1, 16, 16),
        new("16 signed", "MONOCHROME2", 1, 16, 16, Signed: true),
        new("32", "MONOCHROME2", 1, 32, 32),
        new("RGB 8", "RGB", 3, 8, 8),
        new("RGB 8 planar", "RGB", 3, 8, 8, Planar: true),
        new("RGB 16", "RGB", 3, 16, 16),
        new("YBR_FULL", "YBR_FULL", 3, 8, 8),
        new("YBR_FULL_422", "YBR_FULL_422", 3, 8, 8),
        new("PALETTE 8", "PALETTE COLOR", 1, 8, 8),
        new("PALETTE 16", "PALETTE COLOR", 1, 16, 16),
    ];

    private const string Jpeg = "1.2.840.10008.1.2.4.";

    // what cannot be said in a syntax is left out: the encoders would make something else of it
    public static IReadOnlyList<PixelEncoder> Encoders { get; } =
    [
        new("1.2.840.10008.1.2.1", "", ""),
        new("1.2.840.10008.1.2", "dcmconv", "+ti"),
        new("1.2.840.10008.1.2.2", "dcmconv", "+tb"),
        new("1.2.840.10008.1.2.1.99", "dcmconv", "+td"),
        new("1.2.840.10008.1.2.5", "dcmcrle", "", k => k.Stored > 1 && k.Photometric != "YBR_FULL_422"),
        new("1.2.840.10008.1.2.5", "gdcmconv", "--rle", k => k.Stored > 1 && k is not { Samples: 3, Allocated: > 8 } && k.Photometric != "YBR_FULL_422"),
        new(Jpeg + "50", "dcmcjpeg", "+eb +s4", Bits8),
        new(Jpeg + "50", "dcmcjpeg", "+eb", k => k.Name is "RGB 8" or "RGB 8 planar"),
        new(Jpeg + "50", "dcmcjpeg", "+eb +cr", k => k.Name is "RGB 8" or "RGB 8 planar"),
        new(Jpeg + "51", "dcmcjpeg", "+ee +bt", k => k.Samples == 1 && k.Stored is 10 or 12 && !k.Signed),
        new(Jpeg + "57", "dcmcjpeg", "+el +sv 5", Lossless),
        new(Jpeg + "70", "dcmcjpeg", "+e1", Lossless),
        new(Jpeg + "70", "gdcmconv", "--jpeg", k => Lossless(k) && !k.Signed),
        new(Jpeg + "80", "dcmcjpls", "+el", Lossless),
        new(Jpeg + "80", "gdcmconv", "--jpegls", k => Lossless(k) && k is { Samples: 1, Signed: false }),
        new(Jpeg + "81", "dcmcjpls", "+en +md 3", Lossless),
        new(Jpeg + "90", "gdcmconv", "--j2k", Lossless),
        new(Jpeg + "91", "gdcmconv", "--lossy --j2k --irreversible", Lossless),
    ];

    /// <summary>Every kind by every encoder that takes it.</summary>
    public static IReadOnlyList<MadeImage> Images => All.Value;

    private static bool Lossless(PixelKind kind) => kind.Stored is > 1 and <= 16 && kind.Photometric != "YBR_FULL_422";

    private static bool Bits8(PixelKind kind) => kind is { Allocated: 8, Stored: 8, Signed: false } && kind.Photometric is not ("YBR_FULL_422" or "PALETTE COLOR");

    private static IReadOnlyList<MadeImage> Run()
    {
        using OpenJpegWorkers workers = OpenJpegWorkersTests.Require();
        using var scratch = new ScratchFolder();
        var same = new SamePixels(workers, scratch);
        var found = new ConcurrentBag<(int, int, MadeImage)>();
        Parallel.For(0, Kinds.Count, k =>
        {
            PixelKind kind = Kinds[k];
            string native = scratch.Write($"native-{k}.dcm", SampleFiles.File(SampleFiles.Explicit, DataSet(kind, kind.Allocated > 8 ? Vr.OW : Vr.OB, Value(kind)), SopClass(kind)));
            Samples went = same.Ours(native, out string reason) ?? throw new InvalidOperationException($"{kind.Name}: {reason}");
            for (int e = 0; e < Encoders.Count; e++)
            {
                PixelEncoder encoder = Encoders[e];
                if (encoder.Takes?.Invoke(kind) == false) continue;
                string path = encoder.Program.Length == 0 ? native : scratch.PathOf($"made-{k}-{e}.dcm");
                string[] options = encoder.Options.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                bool made = encoder.Program.Length == 0 || (Peer.Require(encoder.Program).Run([.. options, native, path]).ExitCode == 0 && File.Exists(path)
                    && DicomFile.Parse(new MemorySource(File.ReadAllBytes(path))).TransferSyntax.Uid == encoder.Syntax);
                Samples? ours = made ? same.Ours(path, out reason) : null;
                found.Add((k, e, ours is null
                    ? new MadeImage(kind, encoder, made ? reason : "-", false, null, null)
                    : new MadeImage(kind, encoder, null, ours.Cells.AsSpan().SequenceEqual(went.Cells), same.Dcmtk(path, encoder.Syntax, ours), same.Gdcm(path, encoder.Syntax, ours))));
            }
        });
        return [.. found.OrderBy(f => (f.Item2, f.Item1)).Select(f => f.Item3)];
    }

    // GDCM holds each class of images to the kinds that the standard lets it have
    private static string SopClass(PixelKind kind) =>
        kind.Samples > 1 || kind.Photometric == "PALETTE COLOR" ? "1.2.840.10008.5.1.4.1.1.3.1" : kind.Allocated == 32 ? "1.2.840.10008.5.1.4.1.1.481.2" : "1.2.840.10008.5.1.4.1.1.4";

    /// <summary>An image as other tools demand it.</summary>
    private static byte[] DataSet(PixelKind kind, Vr vr, byte[] value)
    {
        var writer = new ElementWriter()
            .Text(new(0x0008, 0x0016), Vr.UI, SopClass(kind))
            .Text(new(0x0008, 0x0018), Vr.UI, "2.25.1")
            .Text(new(0x0008, 0x0060), Vr.CS, "OT")
            .Text(new(0x0010, 0x0010), Vr.PN, "Pixels^Made")
            .Text(new(0x0010, 0x0020), Vr.LO, "1")
            .Text(new(0x0020, 0x000D), Vr.UI, "2.25.3")
            .Text(new(0x0020, 0x000E), Vr.UI, "2.25.4")
            .UInt16(new(0x0028, 0x0002), (ushort)kind.Samples)
            .Text(new(0x0028, 0x0004), Vr.CS, kind.Photometric);
        if (kind.Samples > 1) writer.UInt16(new(0x0028, 0x0006), kind.Planar ? (ushort)1 : (ushort)0);
        writer.Text(new(0x0028, 0x0008), Vr.IS, Frames.ToString(CultureInfo.InvariantCulture))
            .UInt16(new(0x0028, 0x0010), Rows)
            .UInt16(new(0x0028, 0x0011), Columns)
            .UInt16(new(0x0028, 0x0100), (ushort)kind.Allocated)
            .UInt16(new(0x0028, 0x0101), (ushort)kind.Stored)
            .UInt16(new(0x0028, 0x0102), (ushort)(kind.Stored - 1))
            .UInt16(new(0x0028, 0x0103), kind.Signed ? (ushort)1 : (ushort)0);
        if (kind.Photometric == "PALETTE COLOR")
        {
            byte[] table = new byte[512];
            for (int i = 0; i < 256; i++) table[2 * i + 1] = (byte)(255 - i);
            for (ushort colour = 0x1101; colour <= 0x1103; colour++) writer.Bytes(new(0x0028, colour), Vr.US, [0, 1, 0, 0, 16, 0]);
            for (ushort colour = 0x1201; colour <= 0x1203; colour++) writer.Bytes(new(0x0028, colour), Vr.OW, table);
        }
        return writer.Bytes(new(0x7FE0, 0x0010), vr, value).ToArray();
    }

    /// <summary>Gradients, an edge and noise over the whole range, as stored.</summary>
    private static byte[] Value(PixelKind kind)
    {
        bool subsampled = kind.Photometric == "YBR_FULL_422";
        int samples = subsampled ? 2 : kind.Samples, cells = Rows * Columns * samples * Frames, bytes = Math.Max(1, kind.Allocated / 8);
        if (kind.Allocated == 1) cells /= 8;
        long mask = (1L << Math.Max(8, kind.Stored)) - 1;
        byte[] value = new byte[(cells * bytes + 1) / 2 * 2];
        for (int i = 0; i < cells; i++)
        {
            int row = i / samples / Columns, column = i / samples % Columns;
            uint noise = unchecked((uint)i * 2654435761u) >> 27;
            double soft = 0.5 + 0.35 * Math.Sin(0.09 * column + i % samples) + 0.1 * Math.Cos(0.2 * row);
            long number = (long)(soft * mask) + noise * (mask >> 9) / 4;
            if (column > 40 && row % Rows is > 10 and < 30) number = mask - number;
            number = Math.Clamp(number, 0, mask);
            if (kind.Signed) number -= (mask + 1) / 2;
            // the sign fills the cell (PS3.5-2023b 8.1.1)
            for (int b = 0; b < bytes; b++) value[i * bytes + b] = (byte)(number >> (8 * b) & 0xFF);
        }
        return value;
    }
}
