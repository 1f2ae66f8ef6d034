namespace Veridicom.Testing;

/// <summary>
/// Makes DCT codestreams (ISO/IEC 10918-1 annexes F and G) from coefficients that chance chooses, for decoders to be tried on: all processes, precisions, sampling factors,
/// restart intervals and orders of scans, also those that no camera writes. The same seed gives the same bytes on every machine.
/// </summary>
public sealed class JpegMaker
{
    private readonly List<byte> _code = [];
    private readonly List<bool> _held = [];
    private int[][][] _coefficients = [];
    private ulong _bits;
    private int _count, _run;

    /// <summary>Second byte of SOF: C0 baseline, C1 extended sequential, C2 progressive.</summary>
    public byte Process { get; init; } = 0xC0;
    /// <summary>8 or 12.</summary>
    public int Precision { get; init; } = 8;
    /// <summary>Rows of the picture.</summary>
    public int Rows { get; init; } = 19;
    /// <summary>Columns of the picture.</summary>
    public int Columns { get; init; } = 37;
    /// <summary>Sampling factors of each component.</summary>
    public (int Horizontal, int Vertical)[] Factors { get; init; } = [(1, 1)];
    /// <summary>Component identifiers.</summary>
    public byte[] Ids { get; init; } = [1, 2, 3, 4];
    /// <summary>MCUs between restart markers, 0 without.</summary>
    public int Restart { get; init; }
    /// <summary>The largest quantisation step.</summary>
    public int Steps { get; init; } = 40;
    /// <summary>AC coefficients that are not zero, in 64.</summary>
    public int Density { get; init; } = 6;
    /// <summary>The largest quantised coefficient.</summary>
    public int Largest { get; init; } = 60;
    /// <summary>Codes of 2 to 13 bits in place of codes of one length.</summary>
    public bool Skewed { get; init; }
    /// <summary>What chance begins with.</summary>
    public int Seed { get; init; } = 1;
    /// <summary>Segments before the frame header.</summary>
    public byte[] Extra { get; init; } = [];
    /// <summary>Components, first and last coefficient, high and low bit of each scan; null for one interleaved scan of a sequential frame.</summary>
    public (int[] Components, int Start, int End, int High, int Low)[]? Scans { get; init; }

    /// <summary>The usual ten scans of a progressive frame, and one for each component where it has more bits.</summary>
    public static (int[] Components, int Start, int End, int High, int Low)[] ProgressiveScans(int components)
    {
        int[] all = [.. Enumerable.Range(0, components)];
        return
        [
            (all, 0, 0, 0, 1),
            .. all.Select(c => (new[] { c }, 1, 5, 0, 2)),
            .. all.Select(c => (new[] { c }, 6, 63, 0, 2)),
            .. all.Select(c => (new[] { c }, 1, 63, 2, 1)),
            (all, 0, 0, 1, 0),
            .. all.Select(c => (new[] { c }, 1, 63, 1, 0)),
        ];
    }

    private (int Horizontal, int Vertical) Most => (Factors.Max(f => f.Horizontal), Factors.Max(f => f.Vertical));

    /// <summary>The codestream.</summary>
    public byte[] Make()
    {
        var random = new Random(Seed);
        _code.Clear();
        _code.AddRange([0xFF, 0xD8, .. Extra]);
        bool wide = Steps > 255;
        for (int table = 0; table < 2; table++)
        {
            IEnumerable<int> steps = Enumerable.Range(0, 64).Select(_ => random.Next(1, Steps + 1)).ToArray();
            Segment(0xDB, [(byte)((wide ? 0x10 : 0) + table), .. steps.SelectMany(s => wide ? new[] { (byte)(s >> 8), (byte)(s & 255) } : [(byte)s])]);
        }
        byte[] components = [.. Factors.SelectMany((f, i) => new[] { Ids[i], (byte)(f.Horizontal << 4 | f.Vertical), (byte)Math.Min(i, 1) })];
        Segment(Process, [(byte)Precision, (byte)(Rows >> 8), (byte)(Rows & 255), (byte)(Columns >> 8), (byte)(Columns & 255), (byte)Factors.Length, .. components]);
        byte[] categories = [.. Enumerable.Range(0, 16).Select(i => (byte)i)], runs = [.. Enumerable.Range(0, 256).Select(i => (byte)i)];
        Segment(0xC4, [0x00, .. Lengths(16), .. categories]);
        Segment(0xC4, [0x11, .. Lengths(256), .. runs]);
        if (Restart > 0) Segment(0xDD, [(byte)(Restart >> 8), (byte)(Restart & 255)]);
        _coefficients = [.. Factors.Select(f => Blocks(f, random))];
        foreach (var scan in Scans ?? [([.. Enumerable.Range(0, Factors.Length)], 0, 63, 0, 0)]) Scan(scan.Components, scan.Start, scan.End, scan.High, scan.Low);
        _code.AddRange([0xFF, 0xD9]);
        return [.. _code];
    }

    private int[][] Blocks((int Horizontal, int Vertical) factors, Random random)
    {
        (int across, int down) = Grid(factors);
        int dc = 0, limit = 8 << Precision;
        return [.. Enumerable.Range(0, across * down).Select(_ =>
        {
            int[] block = new int[64];
            dc = Math.Clamp(dc + random.Next(-Largest, Largest + 1), -limit / 2 / Steps, limit / 2 / Steps);
            block[0] = dc;
            if (random.Next(5) > 0)
            {
                for (int k = 1; k < 64; k++) if (random.Next(64) < Density) block[k] = random.Next(-Largest, Largest + 1) / (1 + k / 8);
            }
            return block;
        })];
    }

    private (int Across, int Down) Grid((int Horizontal, int Vertical) factors) =>
        (Up(Columns, 8 * Most.Horizontal) * factors.Horizontal, Up(Rows, 8 * Most.Vertical) * factors.Vertical);

    private static int Up(int whole, int part) => (whole + part - 1) / part;

    private void Segment(byte marker, byte[] content) => _code.AddRange([0xFF, marker, (byte)((content.Length + 2) >> 8), (byte)((content.Length + 2) & 255), .. content]);

    /// <summary>How many codes each length has.</summary>
    private byte[] Lengths(int values)
    {
        byte[] counts = new byte[16];
        if (Skewed) (counts[1], counts[4], counts[7], counts[12]) = (1, 3, 8, (byte)(values - 12));
        else counts[values == 16 ? 4 : 9] = (byte)Math.Min(values, 255);
        if (!Skewed && values == 256) counts[10] = 1;
        return counts;
    }

    /// <summary>The code of the value that stands at this place in its table, which is the value itself.</summary>
    private void Code(int value, int values)
    {
        byte[] counts = Lengths(values);
        int code = 0, first = 0;
        for (int length = 1; length <= 16; length++)
        {
            if (value < first + counts[length - 1])
            {
                Put(code + value - first, length);
                return;
            }
            first += counts[length - 1];
            code = (code + counts[length - 1]) << 1;
        }
    }

    private void Put(int value, int count)
    {
        for (int i = count - 1; i >= 0; i--)
        {
            _bits = _bits << 1 | (uint)(value >> i & 1);
            if (++_count < 8) continue;
            byte next = (byte)(_bits & 255);
            _code.Add(next);
            if (next == 0xFF) _code.Add(0);
            (_bits, _count) = (0, 0);
        }
    }

    private static int Category(int value) => value == 0 ? 0 : 1 + (int)Math.Log2(Math.Abs(value));

    private void Number(int value) => Put(value < 0 ? value + (1 << Category(value)) - 1 : value, Category(value));

    private void Scan(int[] components, int start, int end, int high, int low)
    {
        byte[] parts = [.. components.SelectMany(c => new byte[] { Ids[c], 0x01 })];
        Segment(0xDA, [(byte)components.Length, .. parts, (byte)start, (byte)end, (byte)(high << 4 | low)]);
        (int h, int v) = Most;
        bool alone = components.Length == 1;
        (int Horizontal, int Vertical) only = Factors[components[0]];
        int across = alone ? Up(Up(Columns * only.Horizontal, h), 8) : Up(Columns, 8 * h), down = alone ? Up(Up(Rows * only.Vertical, v), 8) : Up(Rows, 8 * v);
        int[] before = new int[4];
        for (int mcu = 0; mcu < across * down; mcu++)
        {
            if (Restart > 0 && mcu > 0 && mcu % Restart == 0)
            {
                Align();
                _code.AddRange([0xFF, (byte)(0xD0 + (mcu / Restart - 1) % 8)]);
                Array.Clear(before);
            }
            for (int i = 0; i < components.Length; i++)
            {
                (int Horizontal, int Vertical) f = Factors[components[i]], step = alone ? (1, 1) : f;
                for (int y = 0; y < step.Vertical; y++)
                {
                    for (int x = 0; x < step.Horizontal; x++)
                    {
                        int place = (mcu / across * step.Vertical + y) * Grid(f).Across + mcu % across * step.Horizontal + x;
                        Block(_coefficients[components[i]][place], ref before[i], start, end, high, low);
                    }
                }
            }
        }
        Align();
    }

    private void Align()
    {
        EndRun();
        if (_count > 0) Put((1 << (8 - _count)) - 1, 8 - _count);
    }

    private void Block(int[] block, ref int before, int start, int end, int high, int low)
    {
        if (Process != 0xC2)
        {
            Difference(block[0], ref before);
            First(block, 1, 63, 0, runs: false);
        }
        else if (start > 0 && high > 0) Refine(block, start, end, low);
        else if (start > 0) First(block, start, end, low, runs: true);
        else if (high > 0) Put(block[0] >> low & 1, 1);
        else Difference(block[0] >> low, ref before);
    }

    private void Difference(int value, ref int before)
    {
        Code(Category(value - before), 16);
        Number(value - before);
        before = value;
    }

    private static int Shifted(int value, int low) => value < 0 ? -(-value >> low) : value >> low;

    private void First(int[] block, int start, int end, int low, bool runs)
    {
        int zeros = 0;
        for (int k = start; k <= end; k++)
        {
            int value = Shifted(block[k], low);
            if (value == 0)
            {
                zeros++;
                continue;
            }
            EndRun();
            for (; zeros > 15; zeros -= 16) Code(0xF0, 256);
            Code(zeros << 4 | Category(value), 256);
            Number(value);
            zeros = 0;
        }
        if (zeros == 0) return;
        if (runs) Lengthen();
        else Code(0, 256);
    }

    private void Refine(int[] block, int start, int end, int low)
    {
        var later = new List<bool>();
        int zeros = 0, last = end;
        while (last >= start && Math.Abs(Shifted(block[last], low)) != 1) last--;
        for (int k = start; k <= end; k++)
        {
            int size = Math.Abs(Shifted(block[k], low));
            if (size == 0)
            {
                zeros++;
                continue;
            }
            for (; zeros > 15 && k <= last; zeros -= 16) Symbol(0xF0, later, null);
            if (size > 1) later.Add((size & 1) != 0);
            else
            {
                Symbol(zeros << 4 | 1, later, block[k] > 0);
                zeros = 0;
            }
        }
        if (zeros == 0 && later.Count == 0) return;
        _held.AddRange(later);
        Lengthen();
    }

    private void Symbol(int symbol, List<bool> later, bool? sign)
    {
        EndRun();
        Code(symbol, 256);
        if (sign is { } positive) Put(positive ? 1 : 0, 1);
        foreach (bool bit in later) Put(bit ? 1 : 0, 1);
        later.Clear();
    }

    private void Lengthen()
    {
        if (++_run == 0x7FFF) EndRun();
    }

    /// <summary>Writes the run of ended bands, and the bits of the coefficients in them.</summary>
    private void EndRun()
    {
        if (_run > 0)
        {
            int category = Category(_run) - 1;
            Code(category << 4, 256);
            Put(_run & ((1 << category) - 1), category);
            foreach (bool bit in _held) Put(bit ? 1 : 0, 1);
        }
        _held.Clear();
        _run = 0;
    }
}
