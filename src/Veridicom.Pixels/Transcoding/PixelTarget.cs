using System.Buffers.Binary;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels.JpegLs;
using Veridicom.Pixels.Rle;

namespace Veridicom.Pixels.Transcoding;

/// <summary>Writes the pixel data of a transcoded file: native cells, or one fragment for each frame behind an offset table (PS3.5-2023b 8.1, A.4).</summary>
internal sealed class PixelTarget
{
    private static readonly DicomTag PixelData = new(0x7FE0, 0x0010), Offsets = new(0x7FE0, 0x0001), Lengths = new(0x7FE0, 0x0002);

    private readonly PixelSource _source;
    private readonly TransferSyntax _syntax;
    private readonly NodeForm _form;

    public PixelTarget(PixelSource source, TransferSyntax syntax, NodeForm form)
    {
        (_source, _syntax, _form) = (source, syntax, form);
        PixelGeometry geometry = source.Geometry;
        bool jpegLs = syntax == TransferSyntax.JpegLsLossless;
        if (syntax.IsEncapsulated && geometry.Samples is not (1 or 3)) throw Refuse("only one or three samples per pixel are compressed");
        if (syntax.IsEncapsulated && geometry.BitsAllocated == 1) throw Refuse("pixels of one bit are not compressed");
        // PS3.5-2023b 8.2.3: 8 or 16 bits allocated
        if (jpegLs && geometry.BitsAllocated > 16) throw Refuse("JPEG-LS has no more than 16 bits");
        if (syntax == TransferSyntax.RleLossless && !RleEncoder.CanEncode(source.Shape)) throw Refuse("RLE has no room for so many bytes in a pixel");
        if (!syntax.IsEncapsulated && geometry.StoredBytes > 0xFFFFFFFE) throw new TranscodingException(TranscodingError.TooLong, "native pixel data cannot be longer than four gibibytes");

        TranscodingException Refuse(string text) => new(TranscodingError.NotEncodable, text);
    }

    /// <summary>Writes the element, and an extended offset table before it where offsets pass 32 bits.</summary>
    public void WriteTo(Stream output)
    {
        if (_syntax.IsEncapsulated) Fragments(output);
        else Native(output);
    }

    private void Native(Stream output)
    {
        PixelGeometry geometry = _source.Geometry;
        // PS3.5-2023b 8.1.2, A.1 to A.3
        Vr vr = geometry.BitsAllocated > 8 || (_form & NodeForm.Implicit) != 0 ? Vr.OW : Vr.OB;
        long length = geometry.StoredBytes;
        output.Write(new ElementWriter(_form).Header(PixelData, vr, (uint)(length + (length & 1))).Written);
        int swap = (_form & NodeForm.BigEndian) != 0 ? vr.SwapUnit() : 1;
        byte[] swapped = [];
        for (int frame = 0; frame < geometry.Frames; frame++)
        {
            ReadOnlySpan<byte> cells = _source.Frame(frame);
            if (swap > 1)
            {
                if (swapped.Length == 0) swapped = new byte[cells.Length];
                cells.CopyTo(swapped);
                ElementWriter.SwapUnits(swapped, swap);
                cells = swapped;
            }
            output.Write(cells);
        }
        if ((length & 1) != 0) output.WriteByte(0);
    }

    // the offset table comes first, so all frames are encoded before anything is written
    private void Fragments(Stream output)
    {
        int frames = _source.Geometry.Frames;
        var encoded = new List<byte[]>();
        using (var code = new MemoryStream())
        {
            for (int frame = 0; frame < frames; frame++)
            {
                ReadOnlySpan<byte> cells = _source.Frame(frame);
                if (_syntax == TransferSyntax.RleLossless) RleEncoder.Encode(cells, _source.Shape, code);
                else
                {
                    if (!_source.KeepsAllIn(cells)) throw new TranscodingException(TranscodingError.BitsOutside, "cells have bits outside of Bits Stored, which JPEG-LS would lose", "(7FE0,0010)");
                    JpegLsEncoder.Encode(cells, _source.Shape, Math.Max(2, _source.Geometry.BitsStored), 0, code);
                }
                encoded.Add(code.ToArray());
            }
        }
        long total = 0;
        var offsets = new long[frames];
        for (int i = 0; i < frames; i++)
        {
            offsets[i] = total;
            total += 8 + encoded[i].Length;
        }
        // PS3.5-2023b A.4: one of the two tables, and the basic one empty beside the extended one (PS3.3-2023b C.7.6.3.1.8)
        bool basic = offsets[^1] <= uint.MaxValue && frames <= (int.MaxValue >> 3);
        var head = new ElementWriter();
        if (!basic)
        {
            byte[] places = new byte[8L * frames], lengths = new byte[8L * frames];
            for (int i = 0; i < frames; i++)
            {
                BinaryPrimitives.WriteInt64LittleEndian(places.AsSpan(8 * i), offsets[i]);
                BinaryPrimitives.WriteInt64LittleEndian(lengths.AsSpan(8 * i), encoded[i].Length);
            }
            head.Bytes(Offsets, Vr.OV, places).Bytes(Lengths, Vr.OV, lengths);
        }
        byte[] table = new byte[basic ? 4 * frames : 0];
        if (basic)
        {
            for (int i = 0; i < frames; i++) BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(4 * i), (uint)offsets[i]);
        }
        output.Write(head.Header(PixelData, Vr.OB, 0xFFFFFFFF).Written);
        Item(output, table);
        foreach (byte[] frame in encoded) Item(output, frame);
        output.Write([0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0]);
    }

    private static void Item(Stream output, byte[] value)
    {
        Span<byte> header = [0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(header[4..], value.Length);
        output.Write(header);
        output.Write(value);
    }
}
