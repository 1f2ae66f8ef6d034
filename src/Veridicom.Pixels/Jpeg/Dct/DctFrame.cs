using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.Jpeg.Dct;

/// <summary>
/// Decodes a frame of the DCT processes with Huffman codes: baseline (8 bits), extended sequential and progressive (8 and 12 bits), ISO/IEC 10918-1 annexes F and G
/// with the fixed arithmetic of spec/jpeg.md. Whatever is not a whole picture is refused.
/// </summary>
internal ref struct DctFrame
{
    /// <summary>The most scans of a progressive frame. Encoders write about ten; each may visit every block for a few bytes.</summary>
    public const int MaxScans = 64;

    private readonly ReadOnlySpan<byte> _code;
    private readonly JpegStream _stream;
    private readonly Component[] _components;
    private readonly (int Horizontal, int Vertical) _most;
    private readonly RowWriter _writer;

    private DctFrame(ReadOnlySpan<byte> code, JpegStream stream, (int, int) most, RowWriter writer)
    {
        _code = code;
        _stream = stream;
        _most = most;
        _writer = writer;
        _components = new Component[stream.Components.Length];
    }

    /// <summary>Decodes a frame of <see cref="JpegStream.Baseline"/>, <see cref="JpegStream.Extended"/> or <see cref="JpegStream.Progressive"/>.</summary>
    /// <param name="code">The codestream.</param>
    /// <param name="stream">Its segments.</param>
    /// <param name="cells">Rows x columns x components cells, colour by pixel, little endian; filled.</param>
    /// <param name="cellBytes">Bytes of a cell, enough for the precision.</param>
    /// <returns>True where a block has coefficients that no samples have.</returns>
    /// <exception cref="PixelException">It cannot be decoded.</exception>
    public static bool Decode(ReadOnlySpan<byte> code, JpegStream stream, Span<byte> cells, int cellBytes)
    {
        (int, int) most = Check(code, stream);
        var frame = new DctFrame(code, stream, most, new RowWriter(cells, stream.Rows, stream.Columns, stream.Components.Length, cellBytes));
        try
        {
            for (int i = 0; i < frame._components.Length; i++) frame._components[i] = new Component(stream.Columns, stream.Rows, stream.Components[i], most);
            if (stream.Process == JpegStream.Progressive) frame.Progressive();
            else frame.Sequential();
            return frame._components.Any(component => component.Extreme);
        }
        finally
        {
            foreach (Component? component in frame._components) component?.Dispose();
        }
    }

    /// <summary>What must hold before memory is taken. The largest sampling factors.</summary>
    internal static (int Horizontal, int Vertical) Check(ReadOnlySpan<byte> code, JpegStream stream)
    {
        if (stream.Precision != 8 && (stream.Process == JpegStream.Baseline || stream.Precision != 12))
            throw new PixelException(PixelError.Malformed, stream.FrameOffset, "samples of this JPEG process have 8 bits, or 12 where it is not baseline");
        int across = stream.Components.Max(component => component.Horizontal), down = stream.Components.Max(component => component.Vertical);
        long blocks = 0;
        foreach (JpegComponent component in stream.Components)
        {
            if (across % component.Horizontal != 0 || down % component.Vertical != 0)
                throw new PixelException(PixelError.Unsupported, stream.FrameOffset, "sampling factors that do not divide one another are not decoded here");
            blocks += (long)Component.Parts(stream.Columns, 8 * across) * component.Horizontal * (Component.Parts(stream.Rows, 8 * down) * component.Vertical);
        }
        // every block within the picture takes at least one bit, so a few bytes cannot ask for much memory; blocks that only fill MCUs are few
        long own = stream.Components.Sum(component => (long)Component.Parts(Component.Parts(stream.Columns * component.Horizontal, across), 8) * Component.Parts(Component.Parts(stream.Rows * component.Vertical, down), 8));
        if (own > 8L * code.Length) throw new PixelException(PixelError.Truncated, code.Length, "the JPEG codestream is too short for its picture");
        if (64 * blocks > FrameShape.MaxBytes) throw new PixelException(PixelError.TooLarge, stream.FrameOffset, "the JPEG frame has too many samples");
        return (across, down);
    }

    private readonly void Sequential()
    {
        var tables = new Dictionary<HuffmanTable, AcTable>(ReferenceEqualityComparer.Instance);
        foreach (JpegScan scan in _stream.Scans)
        {
            // B.2.3, table B.3: such a scan takes all coefficients whole. There are files whose scan header says otherwise, and readers that go by the process.
            foreach (JpegScanComponent component in scan.Components)
            {
                if (_components[component.Index].Steps is not null) throw new PixelException(PixelError.Malformed, scan.Offset, "a component has two scans");
                Begin(component, scan);
                if (component.Dc is null || component.Ac is null) throw new PixelException(PixelError.Malformed, scan.Offset, "a scan has no Huffman table");
                if (!tables.ContainsKey(component.Ac)) tables.Add(component.Ac, new AcTable(component.Ac));
            }
            // rows are written while the last scan is read: by then every component has to have samples
            if (ReferenceEquals(scan, _stream.Scans[^1])) DemandAll();
            Sequential(scan, tables);
        }
        DemandAll();
        _writer.Finish(_components);
    }

    private readonly void Begin(JpegScanComponent component, JpegScan scan)
    {
        if (component.Quantization is null) throw new PixelException(PixelError.Malformed, scan.Offset, "a component has no quantization table");
        int[] steps = new int[64];
        for (int k = 0; k < 64; k++) steps[SequentialBlock.Zigzag[k]] = component.Quantization[k];
        _components[component.Index].Steps = steps;
    }

    private readonly void DemandAll()
    {
        if (_components.Any(component => component.Steps is null)) throw new PixelException(PixelError.Truncated, _code.Length, "a component has no scan");
    }

    private readonly void Sequential(JpegScan scan, Dictionary<HuffmanTable, AcTable> tables)
    {
        var reader = new EntropyReader(_code, scan);
        var predictions = new int[4];
        var block = new short[64];
        var acTables = new AcTable[scan.Components.Length];
        for (int i = 0; i < acTables.Length; i++) acTables[i] = tables[scan.Components[i].Ac!];
        Units units = UnitsOf(scan);
        int mcu = 0, due = scan.RestartInterval;
        bool last = ReferenceEquals(scan, _stream.Scans[^1]);
        for (int row = 0; row < units.Down; row++)
        {
            for (int column = 0; column < units.Across; column++, mcu++)
            {
                if (due == 0 && scan.RestartInterval > 0)
                {
                    due = scan.RestartInterval;
                    reader.Restart((mcu / due - 1) & 7);
                    predictions.AsSpan().Clear();
                }
                due--;
                for (int i = 0; i < acTables.Length; i++)
                {
                    Component component = _components[scan.Components[i].Index];
                    (int across, int down) = units.Interleaved ? (component.Horizontal, component.Vertical) : (1, 1);
                    for (int y = 0; y < down; y++)
                    {
                        for (int x = 0; x < across; x++)
                        {
                            // modulo 2^16, as a coefficient is kept
                            predictions[i] = unchecked((short)(predictions[i] + SequentialBlock.Difference(ref reader, scan.Components[i].Dc!)));
                            Span<ushort> samples = component.Block(column * across + x, row * down + y);
                            if (SequentialBlock.ReadAc(ref reader, acTables[i], block))
                            {
                                block[0] = (short)predictions[i];
                                component.Extreme |= InverseDct.IsExtreme(block, component.Steps, _stream.Precision);
                                InverseDct.Transform(block, component.Steps, samples, component.Stride, _stream.Precision);
                                block.AsSpan().Clear();
                            }
                            else
                            {
                                component.Extreme |= InverseDct.IsExtremeConstant(predictions[i], component.Steps![0], _stream.Precision);
                                InverseDct.TransformConstant(predictions[i], component.Steps[0], samples, component.Stride, _stream.Precision);
                            }
                        }
                    }
                }
            }
            reader.Demand();
            // rows whose neighbours below are there too
            if (last) _writer.WriteTo(_components, (8 * (row + 1) - 1) * (units.Interleaved ? _most.Vertical : _components[scan.Components[0].Index].Down));
        }
        reader.Finish();
    }

    private readonly void Progressive()
    {
        if (_stream.Scans.Count > MaxScans) throw new PixelException(PixelError.TooLarge, _stream.Scans[MaxScans].Offset, "a progressive JPEG frame has too many scans");
        // for each coefficient of each component the bit that came last, -1 before the first
        var known = new int[_components.Length, 64];
        for (int i = 0; i < _components.Length; i++)
        {
            for (int k = 0; k < 64; k++) known[i, k] = -1;
        }
        foreach (JpegScan scan in _stream.Scans)
        {
            Progress(scan, known);
            Progressive(scan);
        }
        DemandAll();
        foreach (int bit in known)
        {
            // what is missing is filled in by readers as each sees fit
            if (bit != 0) throw new PixelException(PixelError.Truncated, _code.Length, "scans of the progressive JPEG frame are missing");
        }
        for (int row = 0; row < Component.Parts(_stream.Rows, 8 * _most.Vertical); row++)
        {
            foreach (Component component in _components)
            {
                for (int y = row * component.Vertical; y < (row + 1) * component.Vertical; y++)
                {
                    for (int x = 0; x < component.BlocksAcross; x++)
                    {
                        ReadOnlySpan<short> block = component.Coefficients(x, y);
                        component.Extreme |= InverseDct.IsExtreme(block, component.Steps, _stream.Precision);
                        if (block[1..].ContainsAnyExcept((short)0)) InverseDct.Transform(block, component.Steps, component.Block(x, y), component.Stride, _stream.Precision);
                        else InverseDct.TransformConstant(block[0], component.Steps![0], component.Block(x, y), component.Stride, _stream.Precision);
                    }
                }
            }
            _writer.WriteTo(_components, 8 * _most.Vertical * (row + 1) - _most.Vertical);
        }
        _writer.Finish(_components);
    }

    /// <summary>G.1.1.1: bands and bits come in order, none twice.</summary>
    private readonly void Progress(JpegScan scan, int[,] known)
    {
        bool dc = scan.Start == 0;
        if (dc ? scan.End != 0 : scan.End < scan.Start || scan.End > 63 || scan.Components.Length > 1)
            throw new PixelException(PixelError.Malformed, scan.Offset, "a progressive scan takes no such band");
        if (scan.Low > 13 || (scan.High > 0 && scan.Low != scan.High - 1)) throw new PixelException(PixelError.Malformed, scan.Offset, "a progressive scan takes no such bits");
        foreach (JpegScanComponent component in scan.Components)
        {
            if (_components[component.Index].Steps is null) Begin(component, scan);
            if (dc ? scan.High == 0 && component.Dc is null : component.Ac is null) throw new PixelException(PixelError.Malformed, scan.Offset, "a scan has no Huffman table");
            if (!dc && known[component.Index, 0] < 0) throw new PixelException(PixelError.Malformed, scan.Offset, "a band stands before its DC coefficients");
            for (int k = scan.Start; k <= scan.End; k++)
            {
                if (known[component.Index, k] != (scan.High == 0 ? -1 : scan.High)) throw new PixelException(PixelError.Malformed, scan.Offset, "bits of a band come twice or not in order");
                known[component.Index, k] = scan.Low;
            }
        }
    }

    private readonly void Progressive(JpegScan scan)
    {
        var reader = new EntropyReader(_code, scan);
        var progress = new ProgressiveScan(scan);
        var predictions = new int[4];
        Units units = UnitsOf(scan);
        int mcu = 0, due = scan.RestartInterval;
        for (int row = 0; row < units.Down; row++)
        {
            for (int column = 0; column < units.Across; column++, mcu++)
            {
                if (due == 0 && scan.RestartInterval > 0)
                {
                    due = scan.RestartInterval;
                    progress.DemandRunEnded(ref reader);
                    reader.Restart((mcu / due - 1) & 7);
                    predictions.AsSpan().Clear();
                }
                due--;
                for (int i = 0; i < scan.Components.Length; i++)
                {
                    Component component = _components[scan.Components[i].Index];
                    (int across, int down) = units.Interleaved ? (component.Horizontal, component.Vertical) : (1, 1);
                    for (int y = 0; y < down; y++)
                    {
                        for (int x = 0; x < across; x++)
                            progress.Read(ref reader, scan.Components[i], ref predictions[i], component.Coefficients(column * across + x, row * down + y));
                    }
                }
            }
            reader.Demand();
        }
        progress.DemandRunEnded(ref reader);
        reader.Finish();
    }

    /// <summary>How a scan goes over its blocks: MCUs of all its components, or, with one component, only the blocks that it has within the picture (A.2).</summary>
    private readonly Units UnitsOf(JpegScan scan)
    {
        if (scan.Components.Length > 1) return new Units(true, Component.Parts(_stream.Columns, 8 * _most.Horizontal), Component.Parts(_stream.Rows, 8 * _most.Vertical));
        Component only = _components[scan.Components[0].Index];
        return new Units(false, Component.Parts(only.Columns, 8), Component.Parts(only.Rows, 8));
    }

    private readonly record struct Units(bool Interleaved, int Across, int Down);
}
