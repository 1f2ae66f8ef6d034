using System.Buffers.Binary;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Parsing;
using Veridicom.Dicom.Writing;

namespace Veridicom.Dicom;

/// <summary>
/// A DICOM file (PS3.10-2023b 7.1): preamble, meta elements, data set. Preamble and meta may be absent, as in data sets that were written
/// bare; then the encoding is found from the first element and <see cref="SyntaxAssumed"/> says so.
/// </summary>
public sealed class DicomFile
{
    private static readonly DicomTag TransferSyntaxUid = new(0x0002, 0x0010);

    private const string MediaStorageDirectory = "1.2.840.10008.1.3.10";
    private static readonly DicomTag MediaStorageClassUid = new(0x0002, 0x0002);
    private readonly ParseLimits _limits;
    private readonly bool _edited; // the data set is no longer the one in Source: only for deflated files

    private DicomFile(ByteSource source, bool hasPreamble, DicomDataSet? meta, DicomDataSet dataSet, long dataSetOffset, TransferSyntax syntax,
        bool assumed, IReadOnlyList<DicomDefect> carrierDefects, ParseLimits limits, bool edited)
    {
        _limits = limits;
        _edited = edited;
        Source = source;
        HasPreamble = hasPreamble;
        Meta = meta;
        DataSet = dataSet;
        DataSetOffset = dataSetOffset;
        TransferSyntax = syntax;
        SyntaxAssumed = assumed;
        CarrierDefects = carrierDefects;
    }

    /// <summary>
    /// The bytes of the file. Of a file that <see cref="Respliced"/> made from a deflated one only preamble and meta elements: its data
    /// set takes its deflated form when it is written.
    /// </summary>
    public ByteSource Source { get; }

    /// <summary>True where 128 bytes and "DICM" come first (PS3.10-2023b 7.1).</summary>
    public bool HasPreamble { get; }

    /// <summary>The elements of group 0002, null where there are none.</summary>
    public DicomDataSet? Meta { get; }

    /// <summary>The data set. Its source is the file, or the inflated bytes for the deflated syntax.</summary>
    public DicomDataSet DataSet { get; }

    /// <summary>Offset in the file of the first byte of the data set (of its deflated form).</summary>
    public long DataSetOffset { get; }

    /// <summary>The transfer syntax as stated in (0002,0010), or as found.</summary>
    public TransferSyntax TransferSyntax { get; }

    /// <summary>True where no (0002,0010) stated the syntax.</summary>
    public bool SyntaxAssumed { get; }

    /// <summary>Defects of meta elements and of the deflated stream.</summary>
    public IReadOnlyList<DicomDefect> CarrierDefects { get; }

    /// <summary>True where nothing makes the file readable in more than one way.</summary>
    public bool IsSound => CarrierDefects.Count == 0 && DataSet.DefectCount == 0;

    /// <summary>True for an uncompressed syntax of little endian, big endian or deflated form.</summary>
    public bool IsNative => !TransferSyntax.IsEncapsulated;

    /// <summary>
    /// Parses a whole file. Large values are not read, only stepped over.
    /// </summary>
    /// <exception cref="DicomException">Not DICOM, truncated, ambiguous beyond reading, or past a limit; carries offset and path.</exception>
    public static DicomFile Parse(ByteSource source, ParseLimits? limits = null)
    {
        limits ??= ParseLimits.Default;
        bool preamble = source.Length >= 132 && source.Window(128, 4).SequenceEqual("DICM"u8);
        long start = preamble ? 132 : 0;
        DicomDataSet? meta = null;
        var defects = new List<DicomDefect>();
        if (StartsWithMeta(source, start))
        {
            meta = DataSetParser.Parse(source, start, NodeForm.None, limits, DataSetPart.Meta, out start);
            defects.AddRange(meta.Defects);
        }
        string? uid = meta?.Ascii(TransferSyntaxUid);
        TransferSyntax? syntax;
        bool assumed = string.IsNullOrEmpty(uid);
        if (assumed) syntax = Detect(source, start, preamble || meta is not null);
        else if (!TransferSyntax.TryFind(uid!, out syntax))
            throw new DicomException(DicomError.UnknownTransferSyntax, 0, TransferSyntaxUid.ToString(), "(0002,0010) names a transfer syntax that PS3.6 does not know");

        ByteSource data = source;
        long dataStart = start;
        if (syntax!.IsDeflated)
        {
            data = InflatedSource.Inflate(source, start, limits, out bool trailing);
            if (trailing) defects.Add(new DicomDefect(DicomError.TrailingData, start, TransferSyntaxUid, ""));
            dataStart = 0;
        }
        DicomDataSet set = DataSetParser.Parse(data, dataStart, FormOf(syntax), limits, PartOf(meta), out _);
        return new DicomFile(source, preamble, meta, set, start, syntax, assumed, defects, limits, edited: false);
    }

    /// <summary>
    /// The same file with a changed data set: preamble, meta elements and transfer syntax stay, the data set is parsed again.
    /// </summary>
    /// <param name="edits">Changes to the source of <see cref="DataSet"/> (the inflated bytes of a deflated file), none before its first byte.</param>
    /// <exception cref="ArgumentException">The changes are to another source, or to preamble or meta elements.</exception>
    /// <exception cref="DicomException">What the changes gave is no data set.</exception>
    public DicomFile Respliced(Splice edits)
    {
        ArgumentNullException.ThrowIfNull(edits);
        long first = DataSet.Root.HeaderOffset;
        if (!ReferenceEquals(edits.Source, DataSet.Source)) throw new ArgumentException("the changes are not to the source of this data set", nameof(edits));
        if (edits.FirstOffset < first) throw new ArgumentException("the changes begin before the data set", nameof(edits));
        ByteSource data = edits.ToSource();
        DicomDataSet set = DataSetParser.Parse(data, first, FormOf(TransferSyntax), _limits, PartOf(Meta), out _);
        bool deflated = TransferSyntax.IsDeflated;
        ByteSource file = deflated ? new SlicedSource(Source, 0, DataSetOffset) : data;
        // what trailed the deflated stream goes with it
        IReadOnlyList<DicomDefect> defects = deflated ? Meta?.Defects ?? [] : CarrierDefects;
        return new DicomFile(file, HasPreamble, Meta, set, DataSetOffset, TransferSyntax, SyntaxAssumed, defects, _limits, edited: deflated);
    }

    /// <summary>
    /// Writes the whole file: byte for byte what was parsed. Only the data set of a deflated file that <see cref="Respliced"/> changed is
    /// deflated anew (PS3.5-2023b A.5).
    /// </summary>
    public void WriteTo(Stream output)
    {
        Source.CopyTo(output, 0, Source.Length);
        if (_edited) new Splice(DataSet.Source).DeflateTo(output);
    }

    private static DataSetPart PartOf(DicomDataSet? meta) =>
        meta?.Ascii(MediaStorageClassUid) == MediaStorageDirectory ? DataSetPart.Directory : DataSetPart.Instance;

    private static NodeForm FormOf(TransferSyntax syntax) =>
        (syntax.IsExplicit ? NodeForm.None : NodeForm.Implicit) | (syntax.IsBigEndian ? NodeForm.BigEndian : NodeForm.None);

    private static bool StartsWithMeta(ByteSource source, long start)
    {
        if (source.Length - start < 8) return false;
        ReadOnlySpan<byte> head = source.Window(start, 6);
        return head[0] == 2 && head[1] == 0 && ((Vr)((head[4] << 8) | head[5])).IsKnown();
    }

    /// <summary>
    /// The encoding of a data set that nothing names: explicit where a VR follows the first tag, big endian where the group is lower so.
    /// Without preamble and meta elements the first group must be one that a data set can begin with.
    /// </summary>
    private static TransferSyntax Detect(ByteSource source, long start, bool known)
    {
        long left = source.Length - start;
        if (known && left == 0) return TransferSyntax.ExplicitVrLittleEndian;
        if (left >= 8)
        {
            ReadOnlySpan<byte> head = source.Window(start, 8);
            int little = BinaryPrimitives.ReadUInt16LittleEndian(head), big = BinaryPrimitives.ReadUInt16BigEndian(head);
            int group = Math.Min(little, big);
            long length = BinaryPrimitives.ReadUInt32LittleEndian(head[4..]);
            if (group is >= 8 and < 0x100 || known)
            {
                if (((Vr)((head[4] << 8) | head[5])).IsKnown())
                    return big < little ? TransferSyntax.ExplicitVrBigEndian : TransferSyntax.ExplicitVrLittleEndian;
                if (little <= big && (length <= left - 8 || length == uint.MaxValue)) return TransferSyntax.ImplicitVrLittleEndian;
            }
        }
        throw new DicomException(DicomError.NotDicom, start, "", "neither a preamble with DICM nor a data set: not a DICOM file");
    }
}
