using Veridicom.Dicom;

namespace Veridicom.Seals.Signatures;

/// <summary>
/// How representations that implicit VR does not tell are guessed. The default is DCMTK's way; the flags are what writers of explicit VR
/// also do, for signatures made over an explicit file that was converted later.
/// </summary>
/// <param name="OuterSign">US or SS by the Pixel Representation of the nearest level that has one, not only of the element's own.</param>
/// <param name="BytePixels">Native pixel data of at most 8 bits as OB.</param>
/// <param name="ByteOverlays">Overlays, curves and waveforms as OB.</param>
/// <param name="WordTables">LUT data as US.</param>
internal readonly record struct VrReading(bool OuterSign, bool BytePixels, bool ByteOverlays, bool WordTables);

/// <summary>The representation with which an element enters the MAC: as written, or where it is implicit, as inferred.</summary>
internal static class MacVr
{
    public static Vr Of(DicomNode node, VrReading reading)
    {
        if ((node.Form & NodeForm.Implicit) == 0) return node.Vr;
        DicomTag tag = node.Tag;
        if (tag == SignatureTags.PixelData) return reading.BytePixels && Number(node, SignatureTags.BitsAllocated, outer: false) <= 8 ? Vr.OB : Vr.OW;
        if (IsSampleData(tag)) return SampleVr(node, tag, reading);
        if (tag == SignatureTags.LutData || tag == SignatureTags.GrayLutData) return reading.WordTables ? Vr.US : Vr.OW;
        if (!IsSignedOrNot(tag)) return node.Vr;
        if (reading.OuterSign) return Number(node, SignatureTags.PixelRepresentation, outer: true) == 1 ? Vr.SS : Vr.US;
        // DCMTK looks only at what it has read before in the same item, and only for the attributes of its own list.
        return tag > SignatureTags.PixelRepresentation && FollowsPixelRepresentation(tag) && Number(node, SignatureTags.PixelRepresentation, outer: false) == 1 ? Vr.SS : Vr.US;
    }

    /// <summary>The readings worth trying for what is signed, the default first; one alone where nothing is ambiguous.</summary>
    public static IReadOnlyList<VrReading> Readings(IEnumerable<DicomNode> signed)
    {
        bool sign = false, pixels = false, overlays = false, tables = false;
        foreach (DicomNode element in signed)
        {
            DicomDataSet set = element.DataSet;
            long end = element.EndOffset;
            for (int i = element.Index; i < set.NodeCount && set[i].HeaderOffset < end; i++)
            {
                DicomNode node = set[i];
                if (node.Kind != NodeKind.Element || (node.Form & NodeForm.Implicit) == 0) continue;
                DicomTag tag = node.Tag;
                pixels |= Of(node, new VrReading(false, true, false, false)) != Of(node, default) && tag == SignatureTags.PixelData;
                overlays |= IsSampleData(tag);
                tables |= tag == SignatureTags.LutData || tag == SignatureTags.GrayLutData;
                sign |= IsSignedOrNot(tag) && Of(node, new VrReading(true, false, false, false)) != Of(node, default);
            }
        }
        var readings = new List<VrReading>();
        for (int i = 0; i < 16; i++)
        {
            var reading = new VrReading((i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0);
            if ((sign || !reading.OuterSign) && (pixels || !reading.BytePixels) && (overlays || !reading.ByteOverlays) && (tables || !reading.WordTables))
                readings.Add(reading);
        }
        return readings;
    }

    private static bool IsSampleData(DicomTag tag) =>
        tag.Value is 0x54000110 or 0x54000112 or 0x5400100A or 0x54001010 or 0x00143050 or 0x00143070
        || (tag.Value & 0xFF01FFFF) is 0x5000200C or 0x50003000 or 0x60003000 or 0x7F000010;

    // PS3.5-2023b 8.1.2, 8.2, 8.3, A.1
    private static Vr SampleVr(DicomNode node, DicomTag tag, VrReading reading)
    {
        if (reading.ByteOverlays) return Vr.OB;
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
