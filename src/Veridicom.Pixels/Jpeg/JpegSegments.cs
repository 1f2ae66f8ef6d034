using System.Buffers.Binary;

namespace Veridicom.Pixels.Jpeg;

/// <summary>
/// Reads the marker segments of a JPEG codestream (ISO/IEC 10918-1 B.1, B.2). Refused as unsupported: arithmetic coding, hierarchical processes, and the
/// markers of other standards. Stricter than most readers: nothing but fill bytes may stand between segments, and each length must be the exact one.
/// </summary>
internal ref struct JpegSegments
{
    /// <summary>The most scans of a codestream: a progressive one has some ten, and each holds tables in memory.</summary>
    public const int MaxScans = 1024;

    private readonly ReadOnlySpan<byte> _code;
    private readonly HuffmanTable?[] _dc = new HuffmanTable?[4], _ac = new HuffmanTable?[4];
    private readonly ushort[]?[] _quantization = new ushort[]?[4];
    private readonly List<JpegScan> _scans = [];
    private readonly List<(byte, int, int)> _applications = [];
    private int _at;
    private JpegComponent[]? _components;
    private byte _process;
    private int _frameOffset, _precision, _rows, _columns, _restart, _adobe = -1;
    private bool _jfif;

    private JpegSegments(ReadOnlySpan<byte> code) => _code = code;

    /// <summary>Reads all segments up to EOI, or to the end of the bytes where it is missing.</summary>
    /// <exception cref="PixelException">They break the rules, end early, or use what is not decoded here.</exception>
    public static JpegStream Read(ReadOnlySpan<byte> code) => new JpegSegments(code).Read();

    private JpegStream Read()
    {
        if (_code.Length < 2) throw new PixelException(PixelError.Truncated, _code.Length, "there is no JPEG codestream");
        if (_code[0] != 0xFF || _code[1] != 0xD8) throw new PixelException(PixelError.Malformed, 0, "a JPEG codestream begins with SOI");
        _at = 2;
        int end = -1;
        while (end < 0 && Next(out int offset, out byte marker))
        {
            switch (marker)
            {
                case 0xD9:
                    end = _at;
                    break;
                case 0xC0 or 0xC1 or 0xC2 or 0xC3:
                    Frame(offset, marker);
                    break;
                case 0xC4:
                    HuffmanTables();
                    break;
                case 0xDA:
                    Scan(offset);
                    break;
                case 0xDB:
                    QuantizationTables();
                    break;
                case 0xDC:
                    Lines(offset);
                    break;
                case 0xDD:
                    ReadOnlySpan<byte> interval = Segment();
                    if (interval.Length != 2) throw new PixelException(PixelError.Malformed, offset, "a restart interval has two bytes");
                    _restart = BinaryPrimitives.ReadUInt16BigEndian(interval);
                    break;
                case >= 0xE0 and <= 0xEF:
                    Application(marker);
                    break;
                case 0xFE:
                    Segment();
                    break;
                case 0xC9 or 0xCA or 0xCB or 0xCC:
                    throw new PixelException(PixelError.Unsupported, offset, "arithmetic coding of JPEG is not decoded here");
                case 0xC5 or 0xC6 or 0xC7 or 0xCD or 0xCE or 0xCF or 0xDE or 0xDF:
                    throw new PixelException(PixelError.Unsupported, offset, "hierarchical JPEG is not decoded here");
                case 0xC8 or (>= 0xF0 and <= 0xFD):
                    throw new PixelException(PixelError.Unsupported, offset, "a marker of a JPEG extension is not decoded here");
                default:
                    throw new PixelException(PixelError.Malformed, offset, "a marker stands where no such marker may stand");
            }
        }
        if (_components is null || _scans.Count == 0)
            throw new PixelException(end < 0 ? PixelError.Truncated : PixelError.Malformed, _at, "the JPEG codestream has no picture");
        if (_rows == 0) throw new PixelException(PixelError.Malformed, _frameOffset, "nothing says how many lines the JPEG frame has");
        return new JpegStream
        {
            Process = _process, FrameOffset = _frameOffset, Precision = _precision, Rows = _rows, Columns = _columns, Components = _components, Scans = _scans,
            Jfif = _jfif, AdobeTransform = _adobe, Applications = _applications, EndOffset = end,
        };
    }

    /// <summary>Steps to behind the next marker, over fill bytes (B.1.1.2). False at the end of the bytes.</summary>
    private bool Next(out int offset, out byte marker)
    {
        offset = _at;
        marker = 0;
        if (_at == _code.Length) return false;
        if (_code[_at] != 0xFF)
        {
            // without EOI what pads a fragment stands directly behind the last scan
            if (_scans.Count > 0 && _code[_at..].IndexOfAnyExcept((byte)0x00, (byte)0xFF) < 0) return false;
            throw new PixelException(PixelError.Malformed, _at, "a marker segment does not end where the next marker stands");
        }
        while (_at < _code.Length && _code[_at] == 0xFF) _at++;
        if (_at == _code.Length) return false;
        offset = _at - 1;
        marker = _code[_at++];
        return true;
    }

    /// <summary>What follows the length field of a segment; steps behind it (B.1.1.4).</summary>
    private ReadOnlySpan<byte> Segment()
    {
        if (_code.Length - _at < 2) throw new PixelException(PixelError.Truncated, _code.Length, "the bytes end within a marker segment");
        int length = BinaryPrimitives.ReadUInt16BigEndian(_code[_at..]);
        if (length < 2) throw new PixelException(PixelError.Malformed, _at, "the length of a marker segment counts at least itself");
        if (length > _code.Length - _at) throw new PixelException(PixelError.Truncated, _code.Length, "the bytes end within a marker segment");
        ReadOnlySpan<byte> segment = _code.Slice(_at + 2, length - 2);
        _at += length;
        return segment;
    }

    private void Frame(int offset, byte marker)
    {
        if (_components is not null) throw new PixelException(PixelError.Malformed, offset, "there is a second JPEG frame");
        ReadOnlySpan<byte> segment = Segment();
        if (segment.Length < 6 || segment.Length != 6 + 3 * segment[5]) throw new PixelException(PixelError.Malformed, offset, "the length of a frame header is not what its components need");
        (_process, _frameOffset, _precision) = (marker, offset, segment[0]);
        _rows = BinaryPrimitives.ReadUInt16BigEndian(segment[1..]);
        _columns = BinaryPrimitives.ReadUInt16BigEndian(segment[3..]);
        if (_precision is < 2 or > 16) throw new PixelException(PixelError.Malformed, offset, "samples of JPEG have 2 to 16 bits");
        if (_columns == 0) throw new PixelException(PixelError.Malformed, offset, "a JPEG frame has no columns");
        if (segment[5] is 0) throw new PixelException(PixelError.Malformed, offset, "a JPEG frame has no components");
        if (segment[5] > 4) throw new PixelException(PixelError.Unsupported, offset, "more than four components of JPEG are not decoded here");
        _components = new JpegComponent[segment[5]];
        for (int i = 0; i < _components.Length; i++)
        {
            ReadOnlySpan<byte> one = segment.Slice(6 + 3 * i, 3);
            _components[i] = new JpegComponent(one[0], one[1] >> 4, one[1] & 15, one[2]);
            if (one[1] >> 4 is 0 or > 4 || (one[1] & 15) is 0 or > 4) throw new PixelException(PixelError.Malformed, offset, "a sampling factor is not 1 to 4");
            if (one[2] > 3) throw new PixelException(PixelError.Malformed, offset, "a quantization table is not 0 to 3");
            for (int j = 0; j < i; j++)
            {
                if (_components[j].Id == one[0]) throw new PixelException(PixelError.Malformed, offset, "two components have one identifier");
            }
        }
    }

    /// <summary>B.2.4.2. Tables of one segment stand one behind the other.</summary>
    private void HuffmanTables()
    {
        int offset = _at + 2;
        for (ReadOnlySpan<byte> left = Segment(); left.Length > 0;)
        {
            if (left.Length < 17) throw new PixelException(PixelError.Malformed, offset, "a Huffman table is cut off");
            int values = 0;
            for (int i = 1; i <= 16; i++) values += left[i];
            if (left[0] >> 4 > 1 || (left[0] & 15) > 3) throw new PixelException(PixelError.Malformed, offset, "a Huffman table is of no known class or place");
            if (values > left.Length - 17) throw new PixelException(PixelError.Malformed, offset, "a Huffman table is cut off");
            bool dc = left[0] >> 4 == 0;
            HuffmanTable table = HuffmanTable.Create(left.Slice(1, 16), left.Slice(17, values), dc, offset);
            (dc ? _dc : _ac)[left[0] & 15] = table;
            left = left[(17 + values)..];
            offset += 17 + values;
        }
    }

    /// <summary>B.2.4.1.</summary>
    private void QuantizationTables()
    {
        int offset = _at + 2;
        for (ReadOnlySpan<byte> left = Segment(); left.Length > 0;)
        {
            int bytes = left[0] >> 4 == 0 ? 64 : 128;
            if (left[0] >> 4 > 1 || (left[0] & 15) > 3) throw new PixelException(PixelError.Malformed, offset, "a quantization table is of no known precision or place");
            if (left.Length < 1 + bytes) throw new PixelException(PixelError.Malformed, offset, "a quantization table is cut off");
            var table = new ushort[64];
            for (int i = 0; i < 64; i++) table[i] = bytes == 64 ? left[1 + i] : BinaryPrimitives.ReadUInt16BigEndian(left[(1 + 2 * i)..]);
            _quantization[left[0] & 15] = table;
            left = left[(1 + bytes)..];
            offset += 1 + bytes;
        }
    }

    /// <summary>B.2.5: the number of lines behind the first scan, where the frame header has none.</summary>
    private void Lines(int offset)
    {
        ReadOnlySpan<byte> segment = Segment();
        int lines = segment.Length == 2 ? BinaryPrimitives.ReadUInt16BigEndian(segment) : 0;
        if (lines == 0 || _scans.Count != 1 || (_rows != 0 && _rows != lines)) throw new PixelException(PixelError.Malformed, offset, "a number of lines stands where it may not, or contradicts the frame");
        _rows = lines;
    }

    private void Application(byte marker)
    {
        int offset = _at + 2;
        ReadOnlySpan<byte> segment = Segment();
        _applications.Add((marker, offset, segment.Length));
        // wherever they stand: readers heed those behind the frame header too
        if (marker == 0xE0 && segment.StartsWith("JFIF\0"u8)) _jfif = true;
        if (marker == 0xEE && segment.Length >= 12 && segment.StartsWith("Adobe"u8)) _adobe = segment[11];
    }

    private void Scan(int offset)
    {
        ReadOnlySpan<byte> segment = Segment();
        if (_components is null) throw new PixelException(PixelError.Malformed, offset, "a scan stands before its frame");
        if (segment.Length < 1 || segment[0] is 0 or > 4 || segment.Length != 4 + 2 * segment[0]) throw new PixelException(PixelError.Malformed, offset, "the length of a scan header is not what its components need");
        if (_scans.Count == MaxScans) throw new PixelException(PixelError.TooLarge, offset, "the JPEG frame has too many scans");
        if (_scans.Count == 1 && _rows == 0) throw new PixelException(PixelError.Malformed, offset, "nothing says how many lines the JPEG frame has");
        var components = new JpegScanComponent[segment[0]];
        int last = -1, units = 0;
        for (int i = 0; i < components.Length; i++)
        {
            byte id = segment[1 + 2 * i], tables = segment[2 + 2 * i];
            int index = Array.FindIndex(_components, component => component.Id == id);
            if (index < 0) throw new PixelException(PixelError.Malformed, offset, "a scan names a component that the frame has not");
            // B.2.3: in the order of the frame, so none twice
            if (index <= last) throw new PixelException(PixelError.Malformed, offset, "a scan names components in another order than the frame");
            if (tables >> 4 > 3 || (tables & 15) > 3) throw new PixelException(PixelError.Malformed, offset, "a scan names a Huffman table that cannot be");
            last = index;
            units += _components[index].Horizontal * _components[index].Vertical;
            components[i] = new JpegScanComponent(index, _dc[tables >> 4], _ac[tables & 15], _quantization[_components[index].Quantization]);
        }
        if (components.Length > 1 && units > 10) throw new PixelException(PixelError.Malformed, offset, "a scan has more than ten units in an MCU");
        ReadOnlySpan<byte> parameters = segment[(1 + 2 * components.Length)..];
        int start = _at;
        SkipData();
        _scans.Add(new JpegScan(offset, components, parameters[0], parameters[1], parameters[2] >> 4, parameters[2] & 15, _restart, start, _at));
    }

    /// <summary>Steps over entropy-coded data to the next marker that is no RSTn (B.1.1.5, F.1.2.3).</summary>
    private void SkipData()
    {
        while (true)
        {
            int found = _code[_at..].IndexOf((byte)0xFF);
            if (found < 0)
            {
                _at = _code.Length;
                return;
            }
            int marker = _at + found, next = marker + 1;
            while (next < _code.Length && _code[next] == 0xFF) next++;
            if (next == _code.Length || _code[next] is not (0x00 or (>= 0xD0 and <= 0xD7)) || (_code[next] == 0 && next != marker + 1))
            {
                _at = marker;
                return;
            }
            _at = next + 1;
        }
    }
}
