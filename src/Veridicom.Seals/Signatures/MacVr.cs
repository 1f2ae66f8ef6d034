using Veridicom.Dicom;

namespace Veridicom.Seals.Signatures;

/// <summary>The representation with which an element enters the MAC: as written, or where it is implicit, as inferred.</summary>
internal static class MacVr
{
    public static Vr Of(DicomNode node, MacReading reading)
    {
        if ((node.Form & NodeForm.Implicit) == 0) return node.Vr;
        DicomTag tag = node.Tag;
        if (tag == SignatureTags.PixelData) return reading.BytePixels && Number(node, SignatureTags.BitsAllocated, outer: false) is >= 1 and <= 8 ? Vr.OB : Vr.OW;
        if (IsSampleData(tag)) return reading.ByteSamples ? Vr.OB : SampleVr(node, tag);
        if (tag == SignatureTags.LutData || tag == SignatureTags.GrayLutData) return reading.WordTables ? Vr.US : Vr.OW;
        if (!IsSignedOrNot(tag)) return node.Vr;
        if (reading.OuterSign) return Number(node, SignatureTags.PixelRepresentation, outer: true) == 1 ? Vr.SS : Vr.US;
        // DCMTK looks only at what it has read before in the same item, and only for the attributes of its own list.
        bool follows = tag > SignatureTags.PixelRepresentation && FollowsPixelRepresentation(tag);
        return follows && Number(node, SignatureTags.PixelRepresentation, outer: false) == 1 ? Vr.SS : Vr.US;
    }

    private static bool IsSampleData(DicomTag tag) =>
        tag.Value is 0x54000110 or 0x54000112 or 0x5400100A or 0x54001010 or 0x00143050 or 0x00143070
        || (tag.Value & 0xFF01FFFF) is 0x5000200C or 0x50003000 or 0x60003000 or 0x7F000010;

    // PS3.5-2023b 8.1.2, 8.2, 8.3; PS3.5-2004 A.1 for curves
    private static Vr SampleVr(DicomNode node, DicomTag tag)
    {
        if ((tag.Value & 0xFF01FFFF) == 0x50003000) return Vr.OB;
        bool afterBits = tag.Group == 0x5400 && tag > SignatureTags.WaveformBitsAllocated;
        return afterBits && Number(node, SignatureTags.WaveformBitsAllocated, outer: false) == 8 ? Vr.OB : Vr.OW;
    }

    private static bool IsSignedOrNot(DicomTag tag) => FollowsPixelRepresentation(tag) || tag.Value is 0x00221452 or 0x00280071 or 0x00280104
        or 0x00280105 or 0x00280110 or 0x00280111 or 0x00281100 or 0x00281101 or 0x00281102 or 0x00281103 or 0x00281111 or 0x00281112 or 0x00281113;

    private static bool FollowsPixelRepresentation(DicomTag tag) => tag.Value is 0x00189810 or 0x00280106 or 0x00280107 or 0x00280108
        or 0x00280109 or 0x00280120 or 0x00280121 or 0x00283002 or 0x00409211 or 0x00409216 or 0x00603004 or 0x00603006;

    /// <summary>First value of a US element beside the node or, where asked, on the nearest level above that has it; -1 for none.</summary>
    private static int Number(DicomNode node, DicomTag tag, bool outer)
    {
        for (DicomNode level = node.Parent; ; level = level.Parent.Parent)
        {
            if (level.TryFind(tag, out DicomNode found) && found.TryUInt16(out ushort value)) return value;
            if (!outer || level.Kind == NodeKind.Root) return -1;
        }
    }
}
