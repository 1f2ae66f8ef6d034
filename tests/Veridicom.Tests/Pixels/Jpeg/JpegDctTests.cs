using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Jpeg.Dct;
using Xunit;

namespace Veridicom.Tests.Pixels.Jpeg;

/// <summary>Frames of all DCT processes: however coefficients are brought, they give the same samples; what is not whole is refused.</summary>
public sealed class JpegDctTests
{
    private static readonly (int, int)[][] Samplings =
    [
        [(1, 1)], [(2, 2)], [(1, 1), (1, 1), (1, 1)], [(2, 1), (1, 1), (1, 1)], [(2, 2), (1, 1), (1, 1)], [(1, 2), (1, 1), (1, 1)], [(4, 2), (1, 1), (1, 1)],
        [(2, 2), (2, 1), (1, 2)], [(1, 1), (2, 2), (1, 1)], [(2, 1), (1, 1), (1, 1), (2, 1)], [(1, 1), (1, 1)],
    ];

    internal static byte[] Decode(byte[] code, int rows, int columns, int samples, int cellBytes)
    {
        var shape = new FrameShape(rows, columns, samples, cellBytes);
        byte[] cells = new byte[shape.Bytes];
        new Random(1).NextBytes(cells);
        JpegDct.Decode(code, shape, cells);
        return cells;
    }

    private static PixelException Refused(byte[] code, JpegMaker made) =>
        Assert.Throws<PixelException>(() => Decode(code, made.Rows, made.Columns, made.Factors.Length, made.Precision == 8 ? 1 : 2));

    public static TheoryData<int, int, int> Ways
    {
        get
        {
            var ways = new TheoryData<int, int, int>();
            for (int sampling = 0; sampling < Samplings.Length; sampling++)
            {
                foreach (int precision in new[] { 8, 12 })
                {
                    foreach (int restart in new[] { 0, 1, 5 }) ways.Add(sampling, precision, restart);
                }
            }
            return ways;
        }
    }

    [Theory]
    [MemberData(nameof(Ways))]
    public void However_coefficients_are_brought_the_samples_are_the_same(int sampling, int precision, int restart)
    {
        (int, int)[] factors = Samplings[sampling];
        foreach ((int rows, int columns) in new[] { (1, 1), (19, 37), (33, 64), (8, 129) })
        {
            JpegMaker Made(byte process, (int[], int, int, int, int)[]? scans, int interval, bool skewed) => new()
            {
                Process = process, Precision = precision, Rows = rows, Columns = columns, Factors = factors, Restart = interval, Scans = scans, Skewed = skewed,
                Seed = 100 * sampling + rows, Steps = precision == 12 ? 300 : 40,
            };
            byte[] Cells(JpegMaker made) => Decode(made.Make(), rows, columns, factors.Length, precision == 8 ? 1 : 2);

            byte[] expected = Cells(Made(0xC1, null, 0, false));
            Assert.Equal(expected, Cells(Made(0xC1, null, restart, true)));
            Assert.Equal(expected, Cells(Made(0xC1, [.. Enumerable.Range(0, factors.Length).Select(c => (new[] { c }, 0, 63, 0, 0))], restart, false)));
            Assert.Equal(expected, Cells(Made(0xC2, JpegMaker.ProgressiveScans(factors.Length), restart, restart == 5)));
            if (factors.Length == 3) Assert.Equal(expected, Cells(Made(0xC1, [([0], 0, 63, 0, 0), ([1, 2], 0, 63, 0, 0)], restart, false)));
        }
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2.4.50", (byte)0xC0)]
    [InlineData("1.2.840.10008.1.2.4.51", (byte)0xC1)]
    [InlineData("1.2.840.10008.1.2.4.53", (byte)0xC2)]
    [InlineData("1.2.840.10008.1.2.4.55", (byte)0xC2)]
    public void Frames_are_found_by_their_transfer_syntax(string uid, byte process)
    {
        byte[] code = new JpegMaker { Process = process, Scans = process == 0xC2 ? JpegMaker.ProgressiveScans(1) : null }.Make();
        byte[] padded = [.. code, .. new byte[code.Length % 2]];
        DicomDataSet set = NativePixelsTests.Image(NodeForm.None, Vr.OB, [], 19, 37, 1, 1, 8);
        byte[] elements = set.Source.Window(0, (int)set.Source.Length - 12).ToArray();
        byte[] image = new ElementWriter().Raw(elements).Header(new(0x7FE0, 0x0010), Vr.OB, 0xFFFFFFFF)
            .Raw([0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0, 0xFE, 0xFF, 0x00, 0xE0, .. BitConverter.GetBytes(padded.Length), .. padded, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]).ToArray();
        DicomFile file = DicomFile.Parse(new MemorySource(SampleFiles.File(uid, image)));
        Assert.True(PixelGeometry.TryFindPixels(file.DataSet, out DicomNode node));
        PixelReader? pixels = PixelReader.Open(file.TransferSyntax, node, PixelGeometry.Read(file.DataSet, node, out _)!, null, out string reason);

        Assert.True(pixels is not null, reason);
        Assert.Equal(Decode(code, 19, 37, 1, 1), pixels.Rows(0, 0, 19));
    }

    [Fact]
    public void Cells_may_be_wider_than_samples()
    {
        var made = new JpegMaker { Factors = [(2, 2), (1, 1), (1, 1)], Rows = 21, Columns = 18 };
        byte[] narrow = Decode(made.Make(), 21, 18, 3, 1);
        foreach (int bytes in new[] { 2, 4 })
        {
            byte[] wide = Decode(made.Make(), 21, 18, 3, bytes);
            for (int i = 0; i < wide.Length; i++) Assert.Equal(i % bytes == 0 ? narrow[i / bytes] : 0, wide[i]);
        }
    }

    /// <summary>Seals hold over these samples: a change here breaks every seal over a lossy picture.</summary>
    [Theory]
    [InlineData(8, "A1B565BCEAD1C50858AAB3F5F123718846C78016099369C90183E547D4EC2403")]
    [InlineData(12, "ADFC15FFB39149AA6223C0B0888374C14DC88156C1BAFB69518905E04F32351A")]
    public void Samples_never_change(int precision, string expected)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach ((int, int)[] factors in Samplings)
        {
            foreach (int largest in new[] { 20, 600 })
            {
                var made = new JpegMaker { Process = 0xC1, Precision = precision, Factors = factors, Rows = 61, Columns = 83, Largest = largest, Steps = 255, Restart = 7, Seed = largest };
                hash.AppendData(Decode(made.Make(), 61, 83, factors.Length, 2));
            }
        }
        Assert.Equal(expected, Convert.ToHexString(hash.GetHashAndReset()));
    }

    [Fact]
    public void Facts_are_those_of_the_codestream()
    {
        byte[] jfif = [0xFF, 0xE0, 0, 16, (byte)'J', (byte)'F', (byte)'I', (byte)'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0];
        byte[] adobe = [0xFF, 0xEE, 0, 14, (byte)'A', (byte)'d', (byte)'o', (byte)'b', (byte)'e', 0, 100, 0, 0, 0, 0, 0];
        CodestreamFacts Facts(JpegMaker made) => JpegDct.Decode(made.Make(), new FrameShape(19, 37, made.Factors.Length, 2), new byte[19 * 37 * made.Factors.Length * 2]);
        (int, int)[] three = [(1, 1), (1, 1), (1, 1)];

        Assert.Equal(new CodestreamFacts(8, false, CodestreamColour.Unstated, -1), Facts(new JpegMaker()));
        Assert.Equal(new CodestreamFacts(12, false, CodestreamColour.Unstated, -1), Facts(new JpegMaker { Process = 0xC1, Precision = 12, Factors = three }));
        Assert.Equal(CodestreamColour.Ycc, Facts(new JpegMaker { Factors = three, Extra = jfif }).Colour);
        Assert.Equal(CodestreamColour.Rgb, Facts(new JpegMaker { Factors = three, Extra = adobe }).Colour);
        Assert.Equal(CodestreamColour.Rgb, Facts(new JpegMaker { Factors = three, Ids = "RGB"u8.ToArray() }).Colour);
    }

    [Fact]
    public void A_component_without_a_scan_is_refused_whatever_its_memory_held_before()
    {
        var made = new JpegMaker { Factors = [(1, 2), (1, 1), (2, 1)], Scans = [([0], 0, 63, 0, 0), ([2], 0, 63, 0, 0)] };
        byte[] code = made.Make();
        for (int size = 256; size <= 1 << 16; size *= 2)
        {
            ushort[][] rented = [.. Enumerable.Range(0, 8).Select(_ => System.Buffers.ArrayPool<ushort>.Shared.Rent(size))];
            foreach (ushort[] array in rented)
            {
                array.AsSpan().Fill(ushort.MaxValue);
                System.Buffers.ArrayPool<ushort>.Shared.Return(array);
            }
        }

        Assert.Equal(PixelError.Truncated, Refused(code, made).Code);
    }

    [Fact]
    public void Whatever_is_cut_off_is_refused()
    {
        foreach (byte process in new byte[] { 0xC0, 0xC2 })
        {
            var made = new JpegMaker { Process = process, Factors = [(2, 1), (1, 1), (1, 1)], Restart = 2, Scans = process == 0xC2 ? JpegMaker.ProgressiveScans(3) : null };
            byte[] code = made.Make();
            for (int length = 0; length < code.Length; length++) Refused(code[..length], made);
            // padding is none, what looks like none is
            foreach (byte[] tail in new byte[][] { [0], [0xFF], [0, 0, 0xFF, 0] }) Assert.Equal(Decode(code, 19, 37, 3, 1), Decode([.. code, .. tail], 19, 37, 3, 1));
            foreach (byte[] tail in new byte[][] { [1], [0, 0xFE], [0xFF, 0xD9], code }) Assert.Equal(PixelError.Malformed, Refused([.. code, .. tail], made).Code);
        }
    }

    public static TheoryData<string, PixelError> Faults => new()
    {
        { "restart", PixelError.Malformed }, { "rows", PixelError.ShapeMismatch }, { "precision", PixelError.Malformed }, { "lossless", PixelError.Unsupported },
        { "factors", PixelError.Unsupported }, { "table", PixelError.Malformed }, { "twice", PixelError.Malformed }, { "scan", PixelError.Truncated }, { "stray", PixelError.Malformed },
        { "bands", PixelError.Malformed }, { "bits", PixelError.Malformed }, { "order", PixelError.Malformed }, { "missing", PixelError.Truncated }, { "scans", PixelError.TooLarge },
        { "size", PixelError.Truncated },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_breaks_the_rules_is_refused(string fault, PixelError expected)
    {
        (int, int)[] three = [(2, 1), (1, 1), (1, 1)];
        (int[], int, int, int, int)[] usual = JpegMaker.ProgressiveScans(3);
        JpegMaker made = fault switch
        {
            "restart" => new() { Restart = 2 },
            "precision" => new() { Precision = 12 },
            "factors" => new() { Factors = [(3, 1), (2, 1), (2, 1)] },
            "twice" => new() { Process = 0xC1, Factors = three, Scans = [([0, 1], 0, 63, 0, 0), ([1, 2], 0, 63, 0, 0)] },
            "scan" => new() { Process = 0xC1, Factors = three, Scans = [([0], 0, 63, 0, 0), ([1], 0, 63, 0, 0)] },
            "bands" => new() { Process = 0xC2, Factors = three, Scans = [.. usual, ([0], 1, 5, 0, 0)] },
            "bits" => new() { Process = 0xC2, Factors = three, Scans = [usual[0], ([0], 1, 63, 2, 1)] },
            "order" => new() { Process = 0xC2, Factors = three, Scans = [usual[1], usual[0], .. usual[2..]] },
            "missing" => new() { Process = 0xC2, Factors = three, Scans = usual[..^1] },
            "scans" => new() { Process = 0xC2, Factors = three, Scans = [.. usual, .. Enumerable.Repeat((new[] { 0 }, 1, 63, 1, 0), 60)] },
            _ => new(),
        };
        byte[] code = made.Make();
        int frame = code.AsSpan().IndexOf([(byte)0xFF, made.Process]), scan = code.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]);
        switch (fault)
        {
            case "restart":
                code[code.AsSpan().IndexOf([(byte)0xFF, (byte)0xD1]) + 1] = 0xD2;
                break;
            case "rows":
                code[frame + 6]++;
                break;
            case "lossless":
                code[frame + 1] = 0xC3;
                break;
            case "table":
                code[scan + 6] = 0x31;
                break;
            case "stray":
                code = [.. code[..^2], 0x55, .. code[^2..]];
                break;
            case "size":
                // 2^28 samples from a few hundred bytes
                (code[frame + 5], code[frame + 7]) = (0x40, 0x40);
                Assert.Equal(expected, Assert.Throws<PixelException>(() => JpegPicture.Read(code)).Code);
                return;
        }
        Assert.Equal(expected, Refused(code, made).Code);
    }

    /// <summary>Scan headers that a sequential process does not need are wrong in real files.</summary>
    [Fact]
    public void The_band_of_a_sequential_scan_is_not_looked_at()
    {
        var made = new JpegMaker();
        byte[] code = made.Make(), other = [.. code];
        int scan = code.AsSpan().IndexOf([(byte)0xFF, (byte)0xDA]);
        (other[scan + 7], other[scan + 8], other[scan + 9]) = (9, 0, 0x11);

        Assert.Equal(Decode(code, 19, 37, 1, 1), Decode(other, 19, 37, 1, 1));
    }

    [Fact]
    public void Damaged_codestreams_are_decoded_or_refused()
    {
        var random = new Mutator(41);
        byte[][] seeds =
        [
            new JpegMaker { Restart = 3 }.Make(),
            new JpegMaker { Factors = [(2, 2), (1, 1), (1, 1)], Skewed = true }.Make(),
            new JpegMaker { Process = 0xC1, Precision = 12, Factors = [(1, 1), (1, 1), (1, 1)], Scans = [([0], 0, 63, 0, 0), ([1, 2], 0, 63, 0, 0)] }.Make(),
            new JpegMaker { Process = 0xC2, Factors = [(2, 1), (1, 1), (1, 1)], Scans = JpegMaker.ProgressiveScans(3) }.Make(),
            new JpegMaker { Process = 0xC2, Scans = JpegMaker.ProgressiveScans(1), Restart = 4, Skewed = true }.Make(),
        ];
        var outcomes = new Dictionary<PixelError, int>();
        int decoded = 0;
        byte[] cells = new byte[19 * 37 * 3 * 2];
        for (int round = 0; round < 6000; round++)
        {
            byte[] seed = seeds[round % seeds.Length];
            int[] places = [.. Enumerable.Range(0, seed.Length - 1).Where(i => seed[i] == 0xFF && seed[i + 1] != 0)];
            byte[] code = random.Next(3) == 0 ? random.Touch(seed) : random.Mutate(seed, places, seeds[random.Next(seeds.Length)]);
            Exception? picture = Record.Exception(() => JpegPicture.Read(code, 1 << 20));
            Assert.True(picture is null or PixelException, picture?.ToString());
            foreach (int samples in new[] { 1, 3 })
            {
                try
                {
                    JpegDct.Decode(code, new FrameShape(19, 37, samples, 2), cells);
                    decoded++;
                }
                catch (PixelException refused)
                {
                    outcomes[refused.Code] = outcomes.GetValueOrDefault(refused.Code) + 1;
                }
            }
        }
        // entropy-coded data that were changed are often still a picture
        Assert.InRange(decoded, 500, 6000);
        foreach (PixelError error in new[] { PixelError.Malformed, PixelError.Truncated, PixelError.Unsupported, PixelError.ShapeMismatch }) Assert.Contains(error, outcomes.Keys);
    }
}
