using System.Buffers.Binary;
using Veridicom.Pixels.Encapsulated;

namespace Veridicom.Pixels.Jpeg2000;

/// <summary>
/// What the headers of a JPEG 2000 codestream say (ISO/IEC 15444-1 A.4 to A.6), read here so that nothing is given to a native library, and nothing allocated,
/// before its shape is known to be the one that was asked for. No coefficient is decoded.
/// </summary>
/// <param name="Columns">Width of the image area.</param>
/// <param name="Rows">Its height.</param>
/// <param name="Components">Components, each of full resolution.</param>
/// <param name="Precision">Bits of a sample, 1 to 31, the same for all components.</param>
/// <param name="Signed">Samples are signed, the same for all components.</param>
/// <param name="Tiles">Tiles.</param>
/// <param name="HighThroughput">The block coder of ISO/IEC 15444-15 is used.</param>
/// <param name="Reversible">
/// Every tile and component uses the 5-3 reversible transform. The encoder can still have lost something: a codestream from which the last bit planes or
/// layers were left out looks the same.
/// </param>
/// <param name="ComponentTransform">The first three components of at least one tile went through a colour transform, which decoding undoes.</param>
public sealed record Jpeg2000Header(
    int Columns, int Rows, int Components, int Precision, bool Signed, int Tiles, bool HighThroughput, bool Reversible, bool ComponentTransform)
{
    private const int Soc = 0xFF4F, Cap = 0xFF50, Siz = 0xFF51, Cod = 0xFF52, Coc = 0xFF53, Sot = 0xFF90, Sod = 0xFF93, Eoc = 0xFFD9, FirstOfPart2 = 0xFF72, LastOfPart2 = 0xFF79;

    /// <summary>The most bits of a sample that libopenjp2 decodes; the standard goes to 38.</summary>
    public const int MostBits = 31;

    /// <summary>The facts that decoding these headers' picture gives.</summary>
    public CodestreamFacts Facts =>
        new(Precision, Signed, ComponentTransform ? CodestreamColour.Undone : CodestreamColour.Unstated, Reversible ? 0 : -1);

    /// <summary>
    /// Reads the main header and the chain of tile-parts. The codestream is whole where this returns: every tile-part has all its bytes, every tile at
    /// least one tile-part, and the end marker is there. Behind it stands padding at most: zero or FF bytes.
    /// </summary>
    /// <param name="code">A codestream; see <see cref="Codestream"/>.</param>
    /// <exception cref="PixelException">It ends early, breaks the rules of the standard, or uses subsampling, mixed precisions or more than 31 bits.</exception>
    public static Jpeg2000Header Read(ReadOnlySpan<byte> code)
    {
        if (code.Length < 4 || BinaryPrimitives.ReadUInt16BigEndian(code) != Soc || BinaryPrimitives.ReadUInt16BigEndian(code[2..]) != Siz)
            throw new PixelException(PixelError.Malformed, 0, "this is no JPEG 2000 codestream");
        ReadOnlySpan<byte> siz = Segment(code, 2);
        Jpeg2000Header header = ReadSize(siz);

        var style = new Style(header.Components) { Reversible = true };
        bool styled = false, capable = false;
        int at = 4 + 2 + siz.Length;
        for (int marker; (marker = Marker(code, at)) != Sot; at += 4 + Segment(code, at).Length)
        {
            if (marker == Cap) capable = true;
            styled |= marker == Cod;
            style.Take(marker, Segment(code, at), at);
        }
        if (!styled) throw new PixelException(PixelError.Malformed, at, "the coding style (COD) is missing");
        ReadTileParts(code, at, header.Tiles, ref style);
        return header with
        {
            HighThroughput = capable && style.HighThroughput,
            Reversible = style.Reversible,
            ComponentTransform = style.ComponentTransform && header.Components >= 3,
        };
    }

    /// <summary>
    /// The codestream within a JP2 file (ISO/IEC 15444-1 I.4): the content of its first jp2c box. PS3.5-2023b A.4.4 forbids the boxes and says that what they
    /// state does not count; some writers leave them in. Anything that is no JP2 file is returned as it is.
    /// </summary>
    /// <exception cref="PixelException">There are boxes, and none of them holds a codestream.</exception>
    public static ReadOnlySpan<byte> Codestream(ReadOnlySpan<byte> code)
    {
        ReadOnlySpan<byte> signature = [0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' ', 13, 10, 0x87, 10];
        if (!code.StartsWith(signature)) return code;
        for (long at = 0; at + 8 <= code.Length;)
        {
            ReadOnlySpan<byte> box = code[(int)at..];
            long length = BinaryPrimitives.ReadUInt32BigEndian(box), head = 8;
            if (length == 1 && box.Length >= 16) (length, head) = ((long)Math.Min(BinaryPrimitives.ReadUInt64BigEndian(box[8..]), long.MaxValue), 16);
            else if (length == 0) length = box.Length;
            if (length < head || length > box.Length) throw new PixelException(PixelError.Truncated, at, "a box of the JP2 file passes its end");
            if (box.Slice(4, 4).SequenceEqual("jp2c"u8)) return box[(int)head..(int)length];
            at += length;
        }
        throw new PixelException(PixelError.Malformed, -1, "the JP2 file holds no codestream");
    }

    /// <summary>Refuses a codestream of another shape than the attributes say.</summary>
    /// <exception cref="PixelException">Another size, another number of components, or more bits than a cell has.</exception>
    public void Require(FrameShape shape)
    {
        if (Columns != shape.Columns || Rows != shape.Rows || Components != shape.Samples)
        {
            throw new PixelException(PixelError.ShapeMismatch, 2,
                $"the codestream is {Columns} x {Rows} with {Components} components, the attributes say {shape.Columns} x {shape.Rows} with {shape.Samples}");
        }
        if ((Precision + 7) / 8 > shape.CellBytes)
            throw new PixelException(PixelError.ShapeMismatch, 2, $"the codestream has {Precision} bits, a cell {8 * shape.CellBytes}");
    }

    // ISO/IEC 15444-1 A.5.1
    private static Jpeg2000Header ReadSize(ReadOnlySpan<byte> siz)
    {
        if (siz.Length < 36) throw new PixelException(PixelError.Malformed, 2, "the image size (SIZ) is too short");
        if ((siz[0] & 0x80) != 0) throw new PixelException(PixelError.Unsupported, 6, "extensions of part 2 are not decoded");
        uint x = U32(siz, 2), y = U32(siz, 6), left = U32(siz, 10), top = U32(siz, 14);
        uint tileWidth = U32(siz, 18), tileHeight = U32(siz, 22), tileLeft = U32(siz, 26), tileTop = U32(siz, 30);
        int components = BinaryPrimitives.ReadUInt16BigEndian(siz[34..]);
        if (left >= x || top >= y || x - left > ushort.MaxValue || y - top > ushort.MaxValue)
            throw new PixelException(PixelError.ShapeMismatch, 8, "the image area is empty, or larger than any DICOM image");
        if (tileWidth == 0 || tileHeight == 0 || tileLeft > left || tileTop > top || (long)tileLeft + tileWidth <= left || (long)tileTop + tileHeight <= top)
            throw new PixelException(PixelError.Malformed, 24, "the first tile is empty or does not begin with the image area");
        if (components == 0 || siz.Length != 36 + 3 * components) throw new PixelException(PixelError.Malformed, 40, "the components do not fill SIZ");
        int columns = (int)(x - left), rows = (int)(y - top);
        // a tile costs a decoder several kilobytes before its first coefficient: none that covers less than a code block of 8 x 8 is worth that
        long tiles = ((x - tileLeft + (long)tileWidth - 1) / tileWidth) * ((y - tileTop + (long)tileHeight - 1) / tileHeight);
        if (tiles > ushort.MaxValue || tiles > 64 + (long)columns * rows / 64) throw new PixelException(PixelError.TooLarge, 24, "there are too many tiles");
        for (int i = 0; i < components; i++)
        {
            ReadOnlySpan<byte> component = siz.Slice(36 + 3 * i, 3);
            if (component[0] != siz[36]) throw new PixelException(PixelError.Unsupported, 42 + 3 * i, "components differ in precision or sign");
            if (component[1] != 1 || component[2] != 1) throw new PixelException(PixelError.Unsupported, 42 + 3 * i, "a component is subsampled");
        }
        int precision = (siz[36] & 0x7F) + 1;
        if (precision > MostBits) throw new PixelException(PixelError.Unsupported, 42, $"samples of more than {MostBits} bits are not decoded");
        return new Jpeg2000Header(columns, rows, components, precision, (siz[36] & 0x80) != 0, (int)tiles, false, false, false);
    }

    // ISO/IEC 15444-1 A.4.2: each tile-part says how long it is, the last one may leave it to the end of the codestream
    private static void ReadTileParts(ReadOnlySpan<byte> code, int at, int tiles, ref Style style)
    {
        var seen = new bool[tiles];
        int missing = tiles;
        while (at < code.Length - 1 && Marker(code, at) == Sot)
        {
            ReadOnlySpan<byte> sot = Segment(code, at);
            if (sot.Length != 8) throw new PixelException(PixelError.Malformed, at, "the head of a tile-part (SOT) is not 10 bytes long");
            int tile = BinaryPrimitives.ReadUInt16BigEndian(sot);
            long length = U32(sot, 2);
            if (tile >= tiles) throw new PixelException(PixelError.Malformed, at, "a tile-part names a tile that does not exist");
            if (length == 0) length = LastEnd(code, at) - at;
            if (length < 14) throw new PixelException(PixelError.Malformed, at, "a tile-part is shorter than its head");
            if (length > code.Length - at) throw new PixelException(PixelError.Truncated, code.Length, "the codestream ends within a tile-part");
            ReadOnlySpan<byte> part = code[..(at + (int)length)];
            int header = at + 12;
            for (int marker; (marker = Marker(part, header)) != Sod; header += 4 + Segment(part, header).Length)
                style.Take(marker, Segment(part, header), header);
            if (!seen[tile]) missing--;
            seen[tile] = true;
            at += (int)length;
        }
        if (missing > 0) throw new PixelException(PixelError.Truncated, Math.Min(at, code.Length), "the codestream has no data for some of its tiles");
        if (at > code.Length - 2) throw new PixelException(PixelError.Truncated, code.Length, "the codestream has no end");
        if (Marker(code, at) != Eoc) throw new PixelException(PixelError.Malformed, at, "something else than a tile-part follows a tile-part");
        // a second picture behind the first, or anything else that one reader finds and another does not
        if (code[(at + 2)..].IndexOfAnyExcept((byte)0x00, (byte)0xFF) >= 0) throw new PixelException(PixelError.Malformed, at + 2, "bytes follow the end of the codestream");
    }

    private static int LastEnd(ReadOnlySpan<byte> code, int at)
    {
        int end = code[at..].LastIndexOf<byte>([0xFF, 0xD9]);
        if (end < 0) throw new PixelException(PixelError.Truncated, code.Length, "the codestream has no end");
        return at + end;
    }

    private static int Marker(ReadOnlySpan<byte> code, int at)
    {
        if (at > code.Length - 2) throw new PixelException(PixelError.Truncated, code.Length, "the codestream ends within its headers");
        int marker = BinaryPrimitives.ReadUInt16BigEndian(code[at..]);
        return marker >= 0xFF00 ? marker : throw new PixelException(PixelError.Malformed, at, "a marker is missing");
    }

    /// <summary>What stands behind marker and length.</summary>
    private static ReadOnlySpan<byte> Segment(ReadOnlySpan<byte> code, int at)
    {
        if (at > code.Length - 4) throw new PixelException(PixelError.Truncated, code.Length, "the codestream ends within its headers");
        int length = BinaryPrimitives.ReadUInt16BigEndian(code[(at + 2)..]);
        if (length < 2) throw new PixelException(PixelError.Malformed, at + 2, "a marker segment is shorter than its own length");
        if (length - 2 > code.Length - at - 4) throw new PixelException(PixelError.Truncated, code.Length, "the codestream ends within its headers");
        return code.Slice(at + 4, length - 2);
    }

    private static uint U32(ReadOnlySpan<byte> bytes, int at) => BinaryPrimitives.ReadUInt32BigEndian(bytes[at..]);

    /// <summary>Coding styles, of the whole, of tiles and of single components (ISO/IEC 15444-1 A.6.1, A.6.2), taken together.</summary>
    private struct Style(int components)
    {
        public bool Reversible, ComponentTransform, HighThroughput;

        public void Take(int marker, ReadOnlySpan<byte> segment, int at)
        {
            // ISO/IEC 15444-2 A.2: some readers heed them without the capability that announces them, and some do not
            if (marker is >= FirstOfPart2 and <= LastOfPart2) throw new PixelException(PixelError.Unsupported, at, "extensions of part 2 are not decoded");
            if (marker is not (Cod or Coc)) return;
            // COD: style, progression, layers, colour transform; COC: component, style; then the same five bytes in both
            int start = marker == Cod ? 5 : components < 257 ? 2 : 3;
            if (segment.Length < start + 5) throw new PixelException(PixelError.Malformed, at, "a coding style is too short");
            if (marker == Cod)
            {
                if (segment[4] > 1) throw new PixelException(PixelError.Malformed, at, "the colour transform is unknown");
                ComponentTransform |= segment[4] == 1;
            }
            if (segment[start + 4] > 1) throw new PixelException(PixelError.Malformed, at, "the wavelet transform is unknown");
            Reversible &= segment[start + 4] == 1;
            HighThroughput |= (segment[start + 3] & 0x40) != 0;
        }
    }
}
