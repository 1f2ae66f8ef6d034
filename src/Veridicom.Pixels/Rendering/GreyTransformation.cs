using Veridicom.Dicom;

namespace Veridicom.Pixels.Rendering;

/// <summary>
/// What the file says on its way from stored values to brightness: modality, values of interest, presentation (PS3.4-2023b N.2). Attributes of a frame's
/// functional groups come before those of all frames, and these before those of the top level (PS3.3-2023b C.7.6.16.2.9, C.7.6.16.2.10).
/// </summary>
internal sealed class GreyTransformation
{
    private static readonly DicomTag SharedGroups = new(0x5200, 0x9229), FrameGroups = new(0x5200, 0x9230);
    private static readonly DicomTag ValueTransformation = new(0x0028, 0x9145), FrameVoi = new(0x0028, 0x9132);
    private static readonly DicomTag ModalitySequence = new(0x0028, 0x3000), VoiSequence = new(0x0028, 0x3010), LutDescriptor = new(0x0028, 0x3002), LutData = new(0x0028, 0x3006);
    private static readonly DicomTag Centre = new(0x0028, 0x1050), Width = new(0x0028, 0x1051), Intercept = new(0x0028, 0x1052), Slope = new(0x0028, 0x1053), Function = new(0x0028, 0x1056);
    private static readonly DicomTag Padding = new(0x0028, 0x0120), PaddingLimit = new(0x0028, 0x0121), PresentationShape = new(0x2050, 0x0020);

    private readonly LookupTable? _modality;
    private readonly double _slope = 1, _intercept;
    private readonly double _paddingLow = double.NaN, _paddingHigh = double.NaN;

    /// <summary>Reads what holds for a frame.</summary>
    /// <param name="set">The data set.</param>
    /// <param name="geometry">Its shape.</param>
    /// <param name="frame">From 0.</param>
    public GreyTransformation(DicomDataSet set, PixelGeometry geometry, int frame)
    {
        DicomNode root = set.Root, modality = Group(root, ValueTransformation, frame), voi = Group(root, FrameVoi, frame);
        if (root.TryItem(ModalitySequence, 0, out DicomNode item)) _modality = LookupTable.Read(item, LutDescriptor, LutData, geometry.Signed);
        if (_modality is null)
        {
            double[] slope = modality.Decimals(Slope), intercept = modality.Decimals(Intercept);
            if (slope.Length > 0 && double.IsFinite(slope[0]) && slope[0] != 0) _slope = slope[0];
            if (intercept.Length > 0 && double.IsFinite(intercept[0])) _intercept = intercept[0];
        }
        bool negative = geometry.Signed || _intercept < 0;
        if (voi.TryItem(VoiSequence, 0, out item) || root.TryItem(VoiSequence, 0, out item)) VoiLut = LookupTable.Read(item, LutDescriptor, LutData, negative);
        Window = WindowOf(voi) ?? WindowOf(root);
        IsInverse = geometry.Photometric == "MONOCHROME1" || root.Code(PresentationShape) == "INVERSE";
        ushort[] padding = root.Words(Padding), limit = root.Words(PaddingLimit);
        if (padding.Length > 0)
        {
            var values = new StoredValues(geometry with { HighBit = geometry.BitsStored - 1 });
            double one = values.Value(padding[0]), other = limit.Length > 0 ? values.Value(limit[0]) : one;
            (_paddingLow, _paddingHigh) = (Math.Min(one, other), Math.Max(one, other));
        }
    }

    /// <summary>The file's own VOI LUT.</summary>
    public LookupTable? VoiLut { get; }

    /// <summary>The file's own window, the first where there are several.</summary>
    public Window? Window { get; }

    /// <summary>The lowest value is white: MONOCHROME1, or a presentation LUT shape that says so.</summary>
    public bool IsInverse { get; }

    /// <summary>True where the file transforms stored values.</summary>
    public bool HasModality => _modality is not null || _slope != 1 || _intercept != 0;

    /// <summary>The modality transformation (PS3.3-2023b C.11.1).</summary>
    public double Modality(double stored) => _modality is { } table ? table[stored] : stored * _slope + _intercept;

    /// <summary>True for a stored value that is padding and no picture (PS3.3-2023b C.7.5.1.1.2).</summary>
    public bool IsPadding(double stored) => stored >= _paddingLow && stored <= _paddingHigh;

    private static DicomNode Group(DicomNode root, DicomTag macro, int frame)
    {
        if (root.TryItem(FrameGroups, frame, out DicomNode group) && group.TryItem(macro, 0, out DicomNode item)) return item;
        if (root.TryItem(SharedGroups, 0, out group) && group.TryItem(macro, 0, out item)) return item;
        return root;
    }

    private static Window? WindowOf(DicomNode node)
    {
        double[] centre = node.Decimals(Centre), width = node.Decimals(Width);
        if (centre.Length == 0 || width.Length == 0) return null;
        WindowFunction function = node.Code(Function) switch { "SIGMOID" => WindowFunction.Sigmoid, "LINEAR_EXACT" => WindowFunction.LinearExact, _ => WindowFunction.Linear };
        var window = new Window(centre[0], width[0], function);
        return window.IsSound ? window : null;
    }
}
