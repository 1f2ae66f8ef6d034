using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Jpeg.Dct;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>
/// Samples of DCT-based JPEG are those that DCMTK and GDCM find, and those of a decoder in Python that was written from spec/jpeg.md; pictures of .jpg files are those of
/// libjpeg-turbo. Bit for bit.
/// </summary>
public sealed class JpegDctPeerTests
{
    private const string Baseline = "1.2.840.10008.1.2.4.50", Extended = "1.2.840.10008.1.2.4.51";

    private static readonly (int, int)[][] Samplings =
    [
        [(1, 1)], [(1, 1), (1, 1), (1, 1)], [(2, 1), (1, 1), (1, 1)], [(2, 2), (1, 1), (1, 1)], [(1, 2), (1, 1), (1, 1)], [(4, 1), (1, 1), (1, 1)], [(4, 2), (1, 1), (1, 1)],
        [(2, 2), (2, 1), (1, 2)], [(1, 1), (2, 2), (1, 1)],
    ];

    /// <summary>Coefficients as encoders make them of samples: far from where arithmetic runs over.</summary>
    private static IEnumerable<JpegMaker> Made()
    {
        int seed = 0;
        foreach ((int, int)[] factors in Samplings)
        {
            foreach (int precision in new[] { 8, 12 })
            {
                foreach ((int rows, int columns) in new[] { (3, 3), (19, 37), (33, 50) })
                {
                    seed++;
                    yield return new JpegMaker
                    {
                        Process = (byte)(precision == 8 ? 0xC0 : 0xC1), Precision = precision, Factors = factors, Rows = rows, Columns = columns, Seed = seed,
                        Largest = 9, Density = 5, Steps = precision == 8 ? 30 : 400, Restart = seed % 4 * 3, Skewed = seed % 2 == 0,
                        Scans = seed % 5 == 4 ? [.. factors.Select((_, i) => (new[] { i }, 0, 63, 0, 0))] : null,
                    };
                }
            }
        }
    }

    private static byte[] Wrapped(JpegMaker made, byte[] code)
    {
        ushort bits = (ushort)(made.Precision == 8 ? 8 : 16), samples = (ushort)made.Factors.Length;
        var writer = new ElementWriter()
            .Text(new(0x0008, 0x0016), Vr.UI, "1.2.840.10008.5.1.4.1.1.7")
            .Text(new(0x0008, 0x0018), Vr.UI, "2.25.1")
            .UInt16(new(0x0028, 0x0002), samples)
            .Text(new(0x0028, 0x0004), Vr.CS, samples == 1 ? "MONOCHROME2" : "YBR_FULL");
        if (samples > 1) writer.UInt16(new(0x0028, 0x0006), 0);
        writer
            .UInt16(new(0x0028, 0x0010), (ushort)made.Rows)
            .UInt16(new(0x0028, 0x0011), (ushort)made.Columns)
            .UInt16(new(0x0028, 0x0100), bits)
            .UInt16(new(0x0028, 0x0101), (ushort)made.Precision)
            .UInt16(new(0x0028, 0x0102), (ushort)(made.Precision - 1))
            .UInt16(new(0x0028, 0x0103), 0)
            .Header(new(0x7FE0, 0x0010), Vr.OB, 0xFFFFFFFF)
            .Raw([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0])
            .Raw(BitConverter.GetBytes(code.Length + code.Length % 2))
            .Raw(code.Length % 2 == 0 ? code : [.. code, 0])
            .Raw([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
        return SampleFiles.File(made.Precision == 8 ? Baseline : Extended, writer.ToArray());
    }

    private static byte[] Cells(byte[] file)
    {
        DicomFile parsed = DicomFile.Parse(new MemorySource(file));
        Assert.True(PixelGeometry.TryFindPixels(parsed.DataSet, out DicomNode node));
        PixelGeometry? geometry = PixelGeometry.Read(parsed.DataSet, node, out string reason);
        Assert.True(geometry is not null, reason);
        PixelReader? pixels = PixelReader.Open(parsed.TransferSyntax, node, geometry, null, out reason);
        Assert.True(pixels is not null, reason);
        return [.. Enumerable.Range(0, geometry.Frames).SelectMany(frame => pixels.Rows(frame, 0, geometry.Rows).ToArray())];
    }

    /// <summary>What a tool makes of a file; null where it refuses.</summary>
    private static byte[]? Others(string tool, ScratchFolder folder, string file)
    {
        string result = folder.PathOf("decoded.dcm");
        File.Delete(result);
        PeerResult run = tool == "dcmdjpeg" ? Peer.Require(tool).Run("+cn", file, result) : Peer.Require(tool).Run("--raw", file, result);
        return run.ExitCode == 0 && File.Exists(result) ? Cells(File.ReadAllBytes(result)) : null;
    }

    [Theory]
    [InlineData("dcmdjpeg")]
    [InlineData("gdcmconv")]
    public void Samples_of_every_sampling_are_those_of_DCMTK_and_GDCM(string tool)
    {
        using var folder = new ScratchFolder();
        int compared = 0;
        foreach (JpegMaker made in Made())
        {
            byte[] file = Wrapped(made, made.Make());
            string path = folder.PathOf("made.dcm");
            File.WriteAllBytes(path, file);
            byte[]? theirs = Others(tool, folder, path);
            Assert.True(theirs is not null && theirs.AsSpan().SequenceEqual(Cells(file)), $"{string.Join(' ', made.Factors)} {made.Precision} bits {made.Rows} x {made.Columns} seed {made.Seed}");
            compared++;
        }
        Assert.Equal(54, compared);
    }

    [Theory]
    [InlineData("dcmdjpeg", 19)]
    [InlineData("gdcmconv", 19)]
    public void Samples_of_real_files_are_those_of_DCMTK_and_GDCM(string tool, int least)
    {
        using var folder = new ScratchFolder();
        int compared = 0;
        foreach (string path in RealFiles.Below("dicom", "*.dcm"))
        {
            byte[] file = File.ReadAllBytes(path);
            string? syntax = null;
            try
            {
                syntax = DicomFile.Parse(new MemorySource(file)).TransferSyntax.Uid;
            }
            catch (DicomException)
            {
            }
            if (syntax is not (Baseline or Extended) || Others(tool, folder, path) is not { } theirs) continue;
            byte[] ours = Cells(file);
            // GDCM cuts samples to Bits Stored, 10 here, where the codestream has 12 and the quantisation leads past 10
            if (tool == "gdcmconv" && Path.GetFileName(path) == "RG3_JPLY.dcm")
                for (int i = 1; i < ours.Length; i += 2) ours[i] &= 0x03;
            Assert.True(theirs.AsSpan().SequenceEqual(ours), path);
            compared++;
        }
        Assert.True(compared >= least, $"{compared} files were compared");
    }

    private static List<string> AskPython(IReadOnlyList<byte[]> codes)
    {
        using var folder = new ScratchFolder();
        string[] paths = [.. codes.Select((code, i) =>
        {
            string path = folder.PathOf($"{i}.jpg");
            File.WriteAllBytes(path, code);
            return path;
        })];
        PeerResult said = Peer.Require("python3").Run(["-B", Repository.PathOf("tests", "second-verifier", "jpeg.py"), .. paths], null, limit: TimeSpan.FromMinutes(5)).Succeeded();
        return [.. said.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries)];
    }

    private static string Ours(byte[] code, int rows, int columns, int samples, int cellBytes)
    {
        byte[] cells = new byte[rows * columns * samples * cellBytes];
        try
        {
            JpegDct.Decode(code, new FrameShape(rows, columns, samples, cellBytes), cells);
        }
        catch (PixelException)
        {
            return "refused";
        }
        return Convert.ToHexStringLower(SHA256.HashData(cells));
    }

    [Fact]
    public void A_decoder_written_from_the_specification_gives_the_same_samples()
    {
        var codes = new List<byte[]>();
        var ours = new List<string>();
        void Add(JpegMaker made, byte[] code)
        {
            codes.Add(code);
            ours.Add(Ours(code, made.Rows, made.Columns, made.Factors.Length, made.Precision == 8 ? 1 : 2));
        }
        foreach (JpegMaker made in Made()) Add(made, made.Make());
        // coefficients that no samples have, and steps of 16 bits
        foreach (int precision in new[] { 8, 12 })
        {
            foreach (int steps in new[] { 255, 65535 })
            {
                var wild = new JpegMaker { Process = 0xC1, Precision = precision, Steps = steps, Largest = 2000, Density = 30, Factors = [(2, 2), (1, 1), (1, 1)], Seed = steps };
                Add(wild, wild.Make());
            }
        }
        // entropy-coded data that chance has changed: decoded to the same samples, or refused by both
        var random = new Random(5);
        var damaged = new JpegMaker { Factors = [(2, 1), (1, 1), (1, 1)], Restart = 2, Rows = 16, Columns = 33 };
        byte[] sound = damaged.Make();
        int scan = sound.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]);
        for (int i = 0; i < 150; i++)
        {
            byte[] changed = [.. sound];
            changed[random.Next(scan + 14, changed.Length)] ^= (byte)(1 << random.Next(8));
            Add(damaged, changed);
        }

        List<string> theirs = [.. AskPython(codes).Select(line => line.Split(' ')[0])];

        Assert.Equal(ours, theirs);
        Assert.InRange(ours.Count(line => line == "refused"), 20, 140);
    }

    [Fact]
    public void A_decoder_written_from_the_specification_gives_the_same_samples_of_real_files()
    {
        var codes = new List<byte[]>();
        var ours = new List<string>();
        foreach (string name in new[] { "SC_rgb_dcmtk_+eb+cy+s2.dcm", "SC_rgb_dcmtk_+eb+cy+s4.dcm", "SC_rgb_small_odd_jpeg.dcm", "SC_rgb_dcmtk_+eb+cr.dcm", "JPGExtended.dcm" })
        {
            DicomDataSet set = DicomFile.Parse(new MemorySource(File.ReadAllBytes(RealFiles.PathOf("dicom", "pydicom", name)))).DataSet;
            Assert.True(PixelGeometry.TryFindPixels(set, out DicomNode node));
            PixelGeometry geometry = PixelGeometry.Read(set, node, out _)!;
            byte[] code = EncapsulatedFrames.Find(node, geometry.Frames, out _)!.Codestream(0).ToArray();
            codes.Add(code);
            ours.Add(Ours(code, geometry.Rows, geometry.Columns, geometry.Samples, geometry.CellBytes));
        }

        Assert.DoesNotContain("refused", ours);
        Assert.Equal(ours, AskPython(codes));
    }

    /// <summary>The picture of djpeg, behind the header of a PGM or PPM file.</summary>
    private static byte[] Djpeg(byte[] file, int bytes) => Peer.Require("djpeg").Run(["-dct", "int"], file).Succeeded().Output[^bytes..];

    [Fact]
    public void Pictures_of_files_are_those_of_libjpeg_turbo()
    {
        byte[] adobe = [0xFF, 0xEE, 0, 14, (byte)'A', (byte)'d', (byte)'o', (byte)'b', (byte)'e', 0, 100, 0, 0, 0, 0, 2];
        int compared = 0;
        foreach (JpegMaker made in Made().Where(made => made.Precision == 8))
        {
            // since 2.0 it also filters what has half the rows and all columns
            (int across, int down) = (made.Factors.Max(f => f.Item1), made.Factors.Max(f => f.Item2));
            if (made.Factors.Any(f => f.Item1 == across && 2 * f.Item2 == down)) continue;
            foreach (bool progressive in new[] { false, true })
            {
                var shown = new JpegMaker
                {
                    Process = (byte)(progressive ? 0xC2 : 0xC0), Factors = made.Factors, Rows = made.Rows, Columns = made.Columns, Seed = made.Seed, Largest = made.Largest,
                    Steps = made.Steps, Restart = made.Restart, Scans = progressive ? JpegMaker.ProgressiveScans(made.Factors.Length) : made.Scans,
                };
                byte[] file = shown.Make();
                JpegPicture picture = JpegPicture.Read(file);
                Assert.True(picture.Pixels.SequenceEqual(Djpeg(file, picture.Pixels.Length)), $"{string.Join(' ', made.Factors)} {made.Rows} x {made.Columns} seed {made.Seed} {progressive}");
                compared++;
            }
        }
        byte[] inks = new JpegMaker { Factors = [(2, 2), (1, 1), (1, 1), (2, 2)], Extra = adobe, Largest = 9, Steps = 30 }.Make();
        JpegPicture printed = JpegPicture.Read(inks);
        Assert.Equal(JpegColourModel.Ycck, printed.Model);
        Assert.True(printed.Pixels.SequenceEqual(Djpeg(inks, printed.Pixels.Length)), "YCCK");
        Assert.True(compared >= 30);
    }

    [Fact]
    public void Pictures_of_real_files_are_those_of_libjpeg_turbo()
    {
        int progressive = 0, colour = 0;
        foreach (string path in RealFiles.Below("xray", "*.jpg"))
        {
            byte[] file = File.ReadAllBytes(path);
            JpegPicture picture = JpegPicture.Read(file);
            Assert.True(picture.Pixels.SequenceEqual(Djpeg(file, picture.Pixels.Length)), path);
            if (picture.Progressive) progressive++;
            if (picture.Model == JpegColourModel.Ycc) colour++;
        }
        Assert.True(progressive > 0 && colour > 0);
    }
}
