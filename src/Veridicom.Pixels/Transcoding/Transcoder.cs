using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels.Jpeg2000;

namespace Veridicom.Pixels.Transcoding;

/// <summary>
/// Writes a file in another lossless transfer syntax. Changed are the transfer syntax itself, the encoding of the pixel data, and of the attributes only what PS3.5-2023b 8.2 and
/// annex A demand: Photometric Interpretation where a colour transform was undone, Planar Configuration, offset tables. With lossy originals, where they are allowed, Lossy Image Compression
/// is made to say so. Between the explicit little endian syntaxes all other bytes stay as they are.
/// </summary>
public sealed class Transcoder
{
    private const uint Photometric = 0x00280004, Planar = 0x00280006, LossyCompression = 0x00282110, PixelData = 0x7FE00010;
    private static readonly DicomTag TransferSyntaxUid = new(0x0002, 0x0010);
    private const string MediaStorageDirectory = "1.2.840.10008.1.3.10";

    private readonly DicomFile _file;
    private readonly SortedDictionary<uint, byte[]?> _edits = []; // what an element becomes; null: it goes
    private readonly PixelTarget? _pixels;
    private readonly NodeForm _form;

    private Transcoder(DicomFile file, TransferSyntax target, bool lossyAllowed, IJpeg2000? jpeg2000)
    {
        (_file, Target) = (file, target);
        IsUnchanged = file.TransferSyntax == target && !file.SyntaxAssumed;
        _form = (target.IsExplicit ? NodeForm.None : NodeForm.Implicit) | (target.IsBigEndian ? NodeForm.BigEndian : NodeForm.None);
        if (IsUnchanged) return;
        Demand(file);
        bool has = PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels);
        if (target.IsEncapsulated && !has) throw new TranscodingException(TranscodingError.NoPixels, "there is no pixel data to compress");
        if (!has || (pixels.Kind != NodeKind.Encapsulated && !target.IsEncapsulated)) return;
        PixelSource source = PixelSource.Open(file, pixels, lossyAllowed, jpeg2000);
        _pixels = new PixelTarget(source, target, _form);
        IsFromLossy = source.IsLossy;
        Edit(source);
    }

    /// <summary>The transfer syntaxes that can be written.</summary>
    public static IReadOnlyList<TransferSyntax> Targets { get; } =
    [
        TransferSyntax.ImplicitVrLittleEndian, TransferSyntax.ExplicitVrLittleEndian, TransferSyntax.ExplicitVrBigEndian, TransferSyntax.DeflatedExplicitVrLittleEndian,
        TransferSyntax.RleLossless, TransferSyntax.JpegLsLossless,
    ];

    /// <summary>What is written.</summary>
    public TransferSyntax Target { get; }

    /// <summary>True where the file is in the target syntax already, and is copied.</summary>
    public bool IsUnchanged { get; }

    /// <summary>True where the pixels had been compressed with loss before.</summary>
    public bool IsFromLossy { get; }

    /// <summary>Looks whether a file can be transcoded; at most its first frame is decoded for it.</summary>
    /// <param name="file">The file; it must outlive the transcoder.</param>
    /// <param name="target">One of <see cref="Targets"/>.</param>
    /// <param name="lossyAllowed">Whether pixels that were compressed with loss may be decompressed.</param>
    /// <param name="jpeg2000">Decoder of JPEG 2000; null where there is none.</param>
    /// <exception cref="TranscodingException">It cannot.</exception>
    /// <exception cref="PixelException">Its first frame cannot be decoded.</exception>
    public static Transcoder Open(DicomFile file, TransferSyntax target, bool lossyAllowed, IJpeg2000? jpeg2000)
    {
        ArgumentNullException.ThrowIfNull(file);
        if (!Targets.Contains(target)) throw new ArgumentOutOfRangeException(nameof(target), "not written here");
        return new Transcoder(file, target, lossyAllowed, jpeg2000);
    }

    /// <summary>Writes the file. Of native targets one frame is held at a time, of encapsulated ones all frames, encoded.</summary>
    /// <exception cref="TranscodingException">A later frame cannot be transcoded; what has been written is worth nothing.</exception>
    /// <exception cref="PixelException">A later frame cannot be decoded.</exception>
    public void WriteTo(Stream output)
    {
        if (IsUnchanged)
        {
            _file.WriteTo(output);
            return;
        }
        WriteMeta(output);
        if (Target.IsDeflated && _file.DataSet.NodeCount > 1) Splice.Deflate(output, WriteDataSet);
        else if (Target.IsDeflated) output.Write([0x03, 0x00]); // the deflate stream of nothing
        else WriteDataSet(output);
    }

    private static void Demand(DicomFile file)
    {
        foreach (DicomDefect defect in file.CarrierDefects.Concat(file.DataSet.Defects))
            throw new TranscodingException(TranscodingError.Unsound, "the file can be read in more than one way", defect.Path);
        if (file.Meta is null) throw new TranscodingException(TranscodingError.NoMeta, "there are no meta elements to say the transfer syntax");
        if (file.Meta.Ascii(new(0x0002, 0x0002)) == MediaStorageDirectory) throw new TranscodingException(TranscodingError.Directory, "a DICOMDIR finds its records by their places in it");
        if (file.TransferSyntax.HasReferencedPixels) throw new TranscodingException(TranscodingError.ReferencedPixels, "the pixels are not in the file");
        for (int i = 1; i < file.DataSet.NodeCount; i++)
        {
            DicomNode node = file.DataSet[i];
            if (node.Kind == NodeKind.Encapsulated && node.Parent.Kind != NodeKind.Root)
                throw new TranscodingException(TranscodingError.NestedPixels, "an item holds compressed pixel data of its own, such as an icon", node.Path);
            if (node.Tag.Value == PixelData && node.Parent.Kind == NodeKind.Root && node.Kind == NodeKind.Element && file.TransferSyntax.IsEncapsulated)
                throw new TranscodingException(TranscodingError.Unsound, "the transfer syntax says that the pixel data is compressed, and it is not", node.Path);
        }
    }

    private void Edit(PixelSource source)
    {
        DicomDataSet set = _file.DataSet;
        PixelGeometry geometry = source.Geometry;
        if (source.Photometric != geometry.Photometric) _edits[Photometric] = new ElementWriter(_form).Text(new(Photometric), Vr.CS, source.Photometric).ToArray();
        // cells are written colour by pixel
        bool stated = set.TryUInt16(new(Planar), out ushort planar);
        if (geometry.Samples > 1 && (stated ? planar != 0 : !Target.IsEncapsulated)) _edits[Planar] = new ElementWriter(_form).UInt16(new(Planar), 0).ToArray();
        // PS3.3-2023b C.7.6.1.1.5: once lossy, always lossy
        if (source.IsLossy && set.Ascii(new(LossyCompression)) != "01") _edits[LossyCompression] = new ElementWriter(_form).Text(new(LossyCompression), Vr.CS, "01").ToArray();
        // group lengths are retired, and wrong now; tables are made anew
        if (_edits.Count > 0) _edits[0x00280000] = null;
        foreach (uint tag in new[] { 0x7FE00000u, 0x7FE00001u, 0x7FE00002u }) _edits[tag] = null;
    }

    private void WriteMeta(Stream output)
    {
        DicomDataSet meta = _file.Meta!;
        byte[] uid = new ElementWriter().Text(TransferSyntaxUid, Vr.UI, Target.Uid).ToArray();
        var elements = new ElementWriter();
        bool written = false;
        foreach (DicomNode node in meta.Root)
        {
            if (node.Tag.IsGroupLength) continue;
            if (!written && node.Tag >= TransferSyntaxUid)
            {
                elements.Raw(uid);
                written = true;
            }
            if (node.Tag != TransferSyntaxUid) elements.Raw(meta.Source.Window(node.HeaderOffset, checked((int)(node.EndOffset - node.HeaderOffset))));
        }
        if (!written) elements.Raw(uid);
        _file.Source.CopyTo(output, 0, meta.Root.HeaderOffset);
        output.Write(new ElementWriter().UInt32(new(0x0002, 0x0000), (uint)elements.Written.Length).Written);
        output.Write(elements.Written);
    }

    // cells of a byte or a bit as bytes in big endian: not every reader turns the pairs of words back (PS3.5-2023b 8.1.2)
    private bool IsByBytes(DicomNode pixels) => Target.IsBigEndian && pixels.Vr == Vr.OW && _file.DataSet.TryUInt16(new(0x0028, 0x0100), out ushort allocated) && allocated <= 8;

    private void WriteDataSet(Stream output)
    {
        var recoder = new ElementRecoder(_file.DataSet, _form, output);
        List<uint> due = [.. _edits.Keys];
        int next = 0;
        foreach (DicomNode node in _file.DataSet.Root)
        {
            for (; next < due.Count && due[next] < node.Tag.Value; next++) recoder.Write(_edits[due[next]]);
            if (next < due.Count && due[next] == node.Tag.Value) recoder.Write(_edits[due[next++]]);
            else if (node.Tag.Value == PixelData && _pixels is not null)
            {
                recoder.Flush();
                _pixels.WriteTo(output);
            }
            else recoder.Write(node, node.Tag.Value == PixelData && IsByBytes(node) ? Vr.OB : null);
        }
        for (; next < due.Count; next++) recoder.Write(_edits[due[next]]);
        recoder.Flush();
    }
}
