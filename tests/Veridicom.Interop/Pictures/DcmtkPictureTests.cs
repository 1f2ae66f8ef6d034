using System.Globalization;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Png;
using Veridicom.Pixels.Rendering;
using Xunit;

namespace Veridicom.Interop.Pictures;

/// <summary>Pictures of real files beside those of DCMTK, under the same window: no grey level more than one apart. And PNG files between us and others.</summary>
public sealed class DcmtkPictureTests
{
    /// <summary>
    /// What DCMTK shows otherwise: it maps one bit to 0 and 127 (PS3.3-2023b C.11 wants the full range).
    /// </summary>
    private static readonly string[] Otherwise = ["liver_1frame.dcm", "liver_expb_1frame.dcm"];

    [Theory]
    [InlineData("dicom/wg04/REF", "dcm2pnm", 7)]
    [InlineData("dicom/wg04/RLE", "dcm2pnm", 7)]
    [InlineData("dicom/wg04/JPLL", "dcmj2pnm", 5)]
    [InlineData("dicom/wg04/JPLY", "dcmj2pnm", 4)]
    [InlineData("dicom/wg04/JLSL", "dcml2pnm", 5)]
    [InlineData("dicom/wg04/JLSN", "dcml2pnm", 5)]
    [InlineData("dicom/pydicom", null, 40)]
    public void Dcmtk_shows_the_same_picture(string folder, string? tool, int least)
    {
        Peer plain = Peer.Require(tool ?? "dcm2pnm");
        using var scratch = new ScratchFolder();
        int compared = 0;
        var apart = new List<string>();
        foreach (string path in RealFiles.Below(folder))
        {
            DicomFile file;
            try
            {
                file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(path)));
            }
            catch (DicomException)
            {
                continue; // broken on purpose
            }
            Peer judge = tool is not null ? plain : JudgeOf(file.TransferSyntax.Uid) is { } name ? Peer.Require(name) : plain;
            if (FrameRendering.Open(file, null, out _) is not { } rendering || Otherwise.Contains(Path.GetFileName(path))) continue;
            // one window for both, of whole numbers, whatever the file says
            RenderedFrame ours = rendering.Render(0);
            string[] options = [];
            if (ours.Windowing.Source is not (WindowSource.Colour or WindowSource.FullRange))
            {
                Window found = ours.Windowing.Window ?? new Window(1024, 2048);
                var window = new Window(Math.Round(found.Centre), Math.Max(2, Math.Round(found.Width)));
                ours = rendering.Render(0, window);
                options = ["+Ww", window.Centre.ToString(CultureInfo.InvariantCulture), window.Width.ToString(CultureInfo.InvariantCulture)];
            }
            string output = scratch.PathOf("judge.pnm");
            File.Delete(output);
            if (judge.Run(["--no-overlays", .. options, path, output]).ExitCode != 0 || !File.Exists(output)) continue;
            (int width, int height, byte[] theirs) = ReadPnm(File.ReadAllBytes(output), ours.Picture.Channels);
            Assert.Equal((ours.Picture.Width, ours.Picture.Height), (width, height));
            int most = 0;
            for (int i = 0; i < theirs.Length; i++) most = Math.Max(most, Math.Abs(theirs[i] - ours.Picture.Samples[i]));
            if (most > 1) apart.Add($"{Path.GetFileName(path)}: {most}");
            compared++;
        }
        Assert.True(apart.Count == 0, string.Join("; ", apart));
        Assert.True(compared >= least, $"only {compared} files were compared");
    }

    [Fact]
    public void Python_reads_our_PNG_files_with_nothing_but_zlib()
    {
        Peer python = Peer.RequirePydicom();
        using var scratch = new ScratchFolder();
        const string script = """
            import sys, zlib, struct
            b = open(sys.argv[1], 'rb').read(); at = 8; data = b''
            assert b[:8] == b'\x89PNG\r\n\x1a\n'
            while at < len(b):
                n, = struct.unpack('>I', b[at:at+4]); t = b[at+4:at+8]; d = b[at+8:at+8+n]
                assert zlib.crc32(t + d) == struct.unpack('>I', b[at+8+n:at+12+n])[0]
                if t == b'IHDR': w, h, depth, ct = struct.unpack('>IIBB', d[:10])
                if t == b'IDAT': data += d
                at += 12 + n
            u = {0: 1, 2: 3, 4: 2, 6: 4}[ct] * depth // 8; raw = zlib.decompress(data); rb = w * u; above = [0] * rb; out = bytearray()
            assert len(raw) == h * (rb + 1)
            for y in range(h):
                f = raw[y * (rb + 1)]; r = list(raw[y * (rb + 1) + 1:(y + 1) * (rb + 1)])
                for i in range(rb):
                    a = r[i - u] if i >= u else 0; c = above[i - u] if i >= u else 0; p = above[i]
                    q = a + p - c; pa, pb, pc = abs(q - a), abs(q - p), abs(q - c)
                    r[i] = (r[i] + [0, a, p, (a + p) // 2, a if pa <= pb and pa <= pc else p if pb <= pc else c][f]) & 255
                above = r; out += bytes(r)
            sys.stdout.write(out.hex())
            """;
        foreach ((PngColour colour, int depth) in new[] { (PngColour.Grey, 8), (PngColour.Grey, 16), (PngColour.Rgb, 8), (PngColour.Rgba, 8) })
        {
            byte[] samples = new byte[61 * 47 * PngPicture.ChannelsOf(colour) * depth / 8];
            for (int i = 0; i < samples.Length; i++) samples[i] = (byte)((i / 61 * 3 + i % 61 * 5 + (i % 7 == 0 ? i : 0)) & 0xFF);
            string path = scratch.Write("a.png", PngWriter.Write(61, 47, colour, depth, samples));
            byte[] read = Convert.FromHexString(python.Run("-c", script, path).Succeeded().OutputText.Trim());
            if (depth == 16)
            {
                for (int i = 0; i < read.Length; i += 2) (read[i], read[i + 1]) = (read[i + 1], read[i]);
            }
            Assert.Equal(samples, read);
        }
    }

    [Fact]
    public void PNG_files_of_dcmtk_are_read()
    {
        Peer judge = Peer.Require("dcm2pnm");
        using var scratch = new ScratchFolder();
        foreach (string name in new[] { "US1_UNC.dcm", "MR1_UNC.dcm" })
        {
            string path = RealFiles.PathOf("dicom", "wg04", "REF", name), png = scratch.PathOf(name + ".png"), pnm = scratch.PathOf(name + ".pnm");
            judge.Run("--no-overlays", "--write-png", path, png).Succeeded();
            judge.Run("--no-overlays", path, pnm).Succeeded();
            PngPicture read = PngReader.Read(File.ReadAllBytes(png));
            (int width, int height, byte[] wanted) = ReadPnm(File.ReadAllBytes(pnm), read.Channels);
            Assert.Equal((width, height), (read.Width, read.Height));
            Assert.Equal(wanted, read.Samples);
        }
    }

    private static string? JudgeOf(string syntax) => syntax switch
    {
        "1.2.840.10008.1.2.4.80" or "1.2.840.10008.1.2.4.81" => "dcml2pnm",
        _ when syntax.StartsWith("1.2.840.10008.1.2.4.", StringComparison.Ordinal) => "dcmj2pnm",
        _ => null,
    };

    /// <summary>P5 or P6 of 8 bits, brought to the channels wanted.</summary>
    private static (int Width, int Height, byte[] Samples) ReadPnm(byte[] bytes, int channels)
    {
        var words = new List<string>();
        int at = 0;
        while (words.Count < 4)
        {
            while (char.IsWhiteSpace((char)bytes[at])) at++;
            int from = at;
            if (bytes[at] == '#')
            {
                while (bytes[at] != '\n') at++;
                continue;
            }
            while (!char.IsWhiteSpace((char)bytes[at])) at++;
            words.Add(Encoding.ASCII.GetString(bytes, from, at - from));
        }
        byte[] samples = bytes[(at + 1)..];
        if (words[0] == "P5" && channels == 3) samples = [.. samples.SelectMany(s => new[] { s, s, s })];
        if (words[0] == "P6" && channels == 1) samples = [.. samples.Where((_, i) => i % 3 == 0)];
        return (int.Parse(words[1], CultureInfo.InvariantCulture), int.Parse(words[2], CultureInfo.InvariantCulture), samples);
    }
}
