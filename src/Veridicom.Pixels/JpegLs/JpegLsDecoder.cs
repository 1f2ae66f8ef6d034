using System.Buffers.Binary;
using System.Numerics;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.JpegLs;

/// <summary>
/// Decodes JPEG-LS (ISO/IEC 14495-1), lossless and near-lossless: 2 to 16 bits, 1 to 4 components, any interleaving, preset parameters, restart intervals. Refused are mapping
/// tables, oversize dimensions, point transforms, numbers of lines given later (DNL) and the colour transforms of one vendor, none of which DICOM provides for.
/// </summary>
public static class JpegLsDecoder
{
    /// <summary>Decodes one frame.</summary>
    /// <param name="code">The encoded frame, padding included.</param>
    /// <param name="shape">What is expected.</param>
    /// <param name="cells">Receives <see cref="FrameShape.Bytes"/> bytes: little endian, colour by pixel, each with the low bits of a sample and zeros above.</param>
    /// <exception cref="PixelException">The bytes are no JPEG-LS image of this shape.</exception>
    public static CodestreamFacts Decode(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells)
    {
        var reader = new FrameReader(code, shape, cells[..checked((int)shape.Bytes)]);
        return reader.Read();
    }

    private ref struct FrameReader(ReadOnlySpan<byte> code, FrameShape shape, Span<byte> cells)
    {
        private readonly ReadOnlySpan<byte> _code = code;
        private readonly Span<byte> _cells = cells;
        private readonly byte[] _ids = new byte[4];
        private int _at;
        private int _precision;
        private int _near;
        private int _decoded; // one bit for each component
        private long _restart; // lines, 0 for none
        private PresetParameters _preset;

        public CodestreamFacts Read()
        {
            if (Marker() != 0xD8) throw Malformed("there is no start of image");
            while (true)
            {
                byte marker = Marker();
                if (marker == 0xD9) break;
                if (marker is 0xD8 or 0x01 or >= 0xD0 and <= 0xD7) throw Malformed("a marker stands where none may be");
                ReadOnlySpan<byte> segment = Segment();
                switch (marker)
                {
                    case 0xF7:
                        Frame(segment);
                        break;
                    case 0xF8:
                        Preset(segment);
                        break;
                    case 0xDA:
                        Scan(segment);
                        break;
                    case 0xDD:
                        Restart(segment);
                        break;
                    case 0xDC:
                        throw Unsupported("the number of lines is given behind the first scan");
                    case 0xE8 when segment.Length >= 5 && segment[..4].SequenceEqual("mrfx"u8) && segment[4] != 0:
                        throw Unsupported("a vendor's colour transform is in use");
                    case 0xFE or (>= 0xE0 and <= 0xEF):
                        break;
                    case >= 0xC0 and <= 0xCF:
                        throw Unsupported("this is another kind of JPEG");
                    default:
                        throw Malformed("a marker is unknown to JPEG-LS");
                }
            }
            if (_precision == 0 || _decoded != (1 << shape.Samples) - 1) throw new PixelException(PixelError.Truncated, _at, "the image ends before all components have come");
            // DCMTK 3.6.7 pads to even length with whatever byte its buffer held
            if (_code.Length - _at > 1 && _code[_at..].IndexOfAnyExcept((byte)0, (byte)0xFF) >= 0) throw Malformed("bytes follow the end of the image");
            return new CodestreamFacts(_precision, false, CodestreamColour.Unstated, _near);
        }

        /// <summary>ISO/IEC 14495-1 C.2.2, as ISO/IEC 10918-1 B.2.2.</summary>
        private void Frame(ReadOnlySpan<byte> segment)
        {
            if (_precision != 0) throw Malformed("there are two frame headers");
            if (segment.Length < 6 || segment.Length != 6 + 3 * segment[5]) throw Malformed("the frame header has a wrong length");
            int precision = segment[0], rows = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]), columns = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
            if (precision is < 2 or > 16) throw Malformed("samples do not have 2 to 16 bits");
            if (rows == 0 || columns == 0) throw Unsupported("rows or columns are not given in the frame header");
            if (rows != shape.Rows || columns != shape.Columns || segment[5] != shape.Samples)
                throw new PixelException(PixelError.ShapeMismatch, _at, "the encoded picture has other rows, columns or components than the attributes say");
            if ((precision + 7) / 8 > shape.CellBytes) throw new PixelException(PixelError.ShapeMismatch, _at, "encoded samples have more bits than a cell");
            for (int i = 0; i < shape.Samples; i++)
            {
                ReadOnlySpan<byte> component = segment.Slice(6 + 3 * i, 3);
                if (_ids.AsSpan(0, i).Contains(component[0])) throw Malformed("two components have one name");
                if (component[1] != 0x11) throw Unsupported("components have fewer samples than the picture");
                _ids[i] = component[0];
            }
            _precision = precision;
        }

        /// <summary>ISO/IEC 14495-1 C.2.4.</summary>
        private void Preset(ReadOnlySpan<byte> segment)
        {
            if (segment.Length < 1) throw Malformed("an LSE segment is empty");
            if (segment[0] is 2 or 3) throw Unsupported("mapping tables are in use");
            if (segment[0] == 4) throw Unsupported("the picture has oversize dimensions");
            if (segment[0] != 1) throw Malformed("an LSE segment is of no known kind");
            if (segment.Length != 11) throw Malformed("preset parameters have a wrong length");
            _preset = new PresetParameters(Word(segment, 1), Word(segment, 3), Word(segment, 5), Word(segment, 7), Word(segment, 9));

            static int Word(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt16BigEndian(bytes[at..]);
        }

        /// <summary>ISO/IEC 14495-1 C.2.5: two to four bytes; what it counts are lines, of all components of the scan.</summary>
        private void Restart(ReadOnlySpan<byte> segment)
        {
            if (segment.Length is < 2 or > 4) throw Malformed("the restart interval has a wrong length");
            _restart = 0;
            foreach (byte b in segment) _restart = _restart << 8 | b;
        }

        /// <summary>ISO/IEC 14495-1 C.2.3, and the scan behind it.</summary>
        private void Scan(ReadOnlySpan<byte> segment)
        {
            if (_precision == 0) throw Malformed("a scan comes before the frame header");
            if (segment.Length < 1 || segment[0] is 0 or > 4 || segment.Length != 4 + 2 * segment[0]) throw Malformed("the scan header has a wrong length");
            int[] components = new int[segment[0]];
            for (int i = 0; i < components.Length; i++)
            {
                int index = _ids.AsSpan(0, shape.Samples).IndexOf(segment[1 + 2 * i]);
                if (index < 0 || (_decoded & 1 << index) != 0) throw Malformed("a scan names no component, or one that has come");
                // readers put components down as they come, whatever the scan calls them
                if (index != BitOperations.PopCount((uint)_decoded)) throw Unsupported("components come in another order than the frame header has them");
                if (segment[2 + 2 * i] != 0) throw Unsupported("mapping tables are in use");
                _decoded |= 1 << index;
                components[i] = index;
            }
            int near = segment[^3], interleave = segment[^2];
            // readers go by the first scan
            if (components.Length != 1 && components.Length != shape.Samples) throw Unsupported("a scan has some components, but neither one nor all");
            if (components[0] > 0 && near != _near) throw Unsupported("scans differ in what they lose");
            if (segment[^1] != 0) throw Unsupported("a point transform is in use");
            if (interleave > 2 || (interleave == 0 && components.Length > 1)) throw Malformed("the interleaving of a scan is none");
            CodingParameters parameters = CodingParameters.For(_precision, near, _preset) ?? throw Malformed("coding parameters contradict each other");
            _near = Math.Max(_near, near);
            bool bySample = interleave == 2 && components.Length > 1;
            // largest samples that are all ones let errors wrap like bits
            if (near == 0 && parameters.MaxValue == (1 << _precision) - 1)
                Lines(new ScanDecoder<LosslessRule>(parameters, new LosslessRule(parameters.MaxValue), shape, components, bySample));
            else
                Lines(new ScanDecoder<NearLosslessRule>(parameters, new NearLosslessRule(parameters), shape, components, bySample));
        }

        private void Lines<TRule>(ScanDecoder<TRule> decoder) where TRule : struct, IErrorRule
        {
            using var bits = new EntropySegment();
            int interval = _restart == 0 ? shape.Rows : (int)Math.Min(_restart, shape.Rows), restarts = 0;
            for (int row = 0; row < shape.Rows; row += interval)
            {
                if (row > 0)
                {
                    if (Marker() != 0xD0 + (restarts++ & 7)) throw Malformed("a restart marker is missing or out of order");
                    decoder.Restart();
                }
                int from = _at;
                _at += bits.Read(_code[_at..]);
                decoder.Decode(bits, from, _cells, row, Math.Min(interval, shape.Rows - row));
            }
        }

        /// <summary>The next marker; any number of bytes FF may come before it (ISO/IEC 10918-1 B.1.1.2).</summary>
        private byte Marker()
        {
            if (_at < _code.Length && _code[_at] != 0xFF) throw Malformed("there is no marker where one must be");
            int other = _code[_at..].IndexOfAnyExcept((byte)0xFF);
            if (other < 0) throw new PixelException(PixelError.Truncated, _code.Length, "the image has no end");
            _at += other + 1;
            return _code[_at - 1];
        }

        private ReadOnlySpan<byte> Segment()
        {
            if (_code.Length - _at < 2) throw new PixelException(PixelError.Truncated, _code.Length, "a marker segment ends before its length");
            int length = BinaryPrimitives.ReadUInt16BigEndian(_code[_at..]);
            if (length < 2) throw Malformed("a marker segment is shorter than its length");
            if (length > _code.Length - _at) throw new PixelException(PixelError.Truncated, _code.Length, "a marker segment ends before its length");
            ReadOnlySpan<byte> segment = _code.Slice(_at + 2, length - 2);
            _at += length;
            return segment;
        }

        private readonly PixelException Malformed(string phrase) => new(PixelError.Malformed, _at, phrase);

        private readonly PixelException Unsupported(string phrase) => new(PixelError.Unsupported, _at, phrase);
    }
}
