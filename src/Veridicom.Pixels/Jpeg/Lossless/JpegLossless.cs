using System.Numerics;
using System.Runtime.InteropServices;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.Jpeg.Lossless;

/// <summary>
/// The lossless process with Huffman coding (ISO/IEC 10918-1 annex H, SOF3; PS3.5-2023b A.4.1, transfer syntaxes 1.2.840.10008.1.2.4.57 and .70):
/// all seven predictors, point transforms, restart intervals, components interleaved or in scans of their own. Subsampled components are refused.
/// </summary>
public static class JpegLossless
{
    /// <summary>Decodes one picture.</summary>
    /// <param name="code">The codestream, padding included.</param>
    /// <param name="shape">What the attributes say; the codestream must agree.</param>
    /// <param name="cells">Filled: <see cref="FrameShape.Bytes"/> bytes, [row, column, sample], little endian, low Precision bits.</param>
    /// <exception cref="PixelException">It cannot be decoded; the cells then hold anything.</exception>
    public static CodestreamFacts Decode(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, shape.Bytes);
        JpegStream stream = JpegSegments.Read(code);
        if (stream.Process != JpegStream.Lossless) throw new PixelException(PixelError.Malformed, stream.FrameOffset, "the JPEG frame is not of the lossless process");
        stream.Demand(shape);
        stream.DemandEnd(code);
        // one component alone fills the frame whatever its factors (A.1.1)
        if (stream.Components.Length > 1 && stream.Components.Any(component => (component.Horizontal, component.Vertical) != (1, 1)))
            throw new PixelException(PixelError.Unsupported, stream.FrameOffset, "subsampled components of lossless JPEG are not decoded here");
        int error = 0, done = 0;
        bool negative = false;
        foreach (JpegScan scan in stream.Scans)
        {
            foreach (JpegScanComponent component in scan.Components)
            {
                if ((done >> component.Index & 1) != 0) throw new PixelException(PixelError.Malformed, scan.Offset, "a component of lossless JPEG stands in two scans");
                done |= 1 << component.Index;
            }
            negative |= Scan(code, stream, scan, shape, cells);
            error = Math.Max(error, (1 << scan.Low) - 1);
        }
        if (done != (1 << stream.Components.Length) - 1) throw new PixelException(PixelError.Malformed, stream.FrameOffset, "a component of lossless JPEG stands in no scan");
        return new CodestreamFacts(stream.Precision, negative, stream.Colour, error);
    }

    /// <summary>Decodes a scan; true where it has samples below zero.</summary>
    private static bool Scan(ReadOnlySpan<byte> code, JpegStream stream, JpegScan scan, FrameShape shape, Span<byte> cells)
    {
        // predictor 0 is for the differential frames of a hierarchy only (table H.1)
        if (scan.Start is 0 or > 7 || scan.End != 0 || scan.High != 0 || scan.Low >= stream.Precision)
            throw new PixelException(PixelError.Malformed, scan.Offset, "a lossless scan has parameters that cannot be");
        // B.2.4.4: whole rows, so that prediction begins anew with a row
        if (scan.RestartInterval % shape.Columns != 0) throw new PixelException(PixelError.Malformed, scan.Offset, "a restart interval of lossless JPEG is no number of whole rows");
        int interval = scan.RestartInterval == 0 ? shape.Rows : scan.RestartInterval / shape.Columns, bits = stream.Precision - scan.Low;
        var tables = new DifferenceTable[scan.Components.Length];
        for (int i = 0; i < tables.Length; i++)
        {
            HuffmanTable codes = scan.Components[i].Dc ?? throw new PixelException(PixelError.Malformed, scan.Offset, "a scan names a Huffman table that was not given");
            int same = Array.FindIndex(tables, 0, i, table => ReferenceEquals(table.Codes, codes));
            tables[i] = same >= 0 ? tables[same] : new DifferenceTable(codes);
        }

        bool oneTable = Array.TrueForAll(tables, table => table == tables[0]);
        int columns = shape.Columns, rowBytes = columns * shape.Samples * shape.CellBytes;
        ushort[] mixed = tables.Length > 1 ? new ushort[columns * tables.Length] : [];
        // two rows of each component: the one above and the one that is being made
        var samples = new ushort[2 * columns * tables.Length];
        bool negative = false;
        var reader = new DifferenceReader(code, scan);
        try
        {
            for (int row = 0, restarts = 0; row < shape.Rows; row++)
            {
                bool first = row % interval == 0;
                if (first)
                {
                    if (row > 0) reader.Restart(restarts++ & 7);
                    reader.Begin();
                }
                Span<ushort> rows = samples.AsSpan((row & 1) * columns * tables.Length, columns * tables.Length);
                ReadOnlySpan<ushort> above = samples.AsSpan((~row & 1) * columns * tables.Length, columns * tables.Length);
                if (tables.Length == 1) reader.Read(tables[0], rows);
                else
                {
                    if (oneTable) reader.Read(tables[0], mixed);
                    else reader.Read(tables, mixed);
                    Separate(mixed, rows, tables.Length);
                }
                for (int i = 0; i < tables.Length; i++)
                {
                    Span<ushort> one = rows.Slice(i * columns, columns);
                    if (first) Prediction.FirstRow(one, 1 << (bits - 1));
                    else Prediction.Row(scan.Start, one, above.Slice(i * columns, columns));
                    if (bits < 16 && !Fits(one, bits)) throw new PixelException(PixelError.Malformed, scan.DataStart, "a sample has more bits than the precision of its frame");
                    negative |= bits < 16 && one.IndexOfAnyExceptInRange((ushort)0, (ushort)((1 << bits) - 1)) >= 0;
                    Place(one, cells.Slice(row * rowBytes, rowBytes), shape, scan.Components[i].Index, scan.Low, (1 << stream.Precision) - 1);
                }
                if ((row + 1) % interval == 0 || row + 1 == shape.Rows) reader.End();
            }
            reader.Finish();
            return negative;
        }
        finally
        {
            reader.Dispose();
        }
    }

    private static void Separate(ReadOnlySpan<ushort> mixed, Span<ushort> rows, int components)
    {
        int columns = rows.Length / components;
        for (int component = 0; component < components; component++)
        {
            Span<ushort> one = rows.Slice(component * columns, columns);
            for (int i = 0, from = component; i < one.Length; i++, from += components) one[i] = mixed[from];
        }
    }

    /// <summary>
    /// Whether samples are numbers of so many bits: unsigned as the standard has them, or, as some encoders leave signed ones, continued upwards by their sign.
    /// </summary>
    private static bool Fits(ReadOnlySpan<ushort> row, int bits)
    {
        ushort below = (ushort)(1 << (bits - 1)), most = (ushort)((1 << bits) + below - 1);
        int i = 0;
        unchecked
        {
            for (; i <= row.Length - Vector<ushort>.Count; i += Vector<ushort>.Count)
            {
                if (Vector.GreaterThanAny(new Vector<ushort>(row[i..]) + new Vector<ushort>(below), new Vector<ushort>(most))) return false;
            }
            for (; i < row.Length; i++)
            {
                if ((ushort)(row[i] + below) > most) return false;
            }
        }
        return true;
    }

    /// <summary>Puts one row of one component into its cells.</summary>
    private static void Place(ReadOnlySpan<ushort> row, Span<byte> cells, FrameShape shape, int component, int shift, int mask)
    {
        unchecked
        {
            switch (shape.CellBytes)
            {
                case 1:
                    for (int i = 0, to = component; i < row.Length; i++, to += shape.Samples) cells[to] = (byte)(row[i] << shift & mask);
                    break;
                case 2 when shape.Samples == 1:
                    Span<ushort> words = MemoryMarshal.Cast<byte, ushort>(cells);
                    int at = 0;
                    for (; at <= row.Length - Vector<ushort>.Count; at += Vector<ushort>.Count)
                        ((new Vector<ushort>(row[at..]) << shift) & new Vector<ushort>((ushort)mask)).CopyTo(words[at..]);
                    for (; at < row.Length; at++) words[at] = (ushort)(row[at] << shift & mask);
                    break;
                case 2:
                    Span<ushort> mixed = MemoryMarshal.Cast<byte, ushort>(cells);
                    for (int i = 0, to = component; i < row.Length; i++, to += shape.Samples) mixed[to] = (ushort)(row[i] << shift & mask);
                    break;
                default:
                    for (int i = 0, to = component * shape.CellBytes; i < row.Length; i++, to += shape.Samples * shape.CellBytes)
                    {
                        Span<byte> cell = cells.Slice(to, shape.CellBytes);
                        cell.Clear();
                        int value = row[i] << shift & mask;
                        cell[0] = (byte)value;
                        cell[1] = (byte)(value >> 8);
                    }
                    break;
            }
        }
    }
}
