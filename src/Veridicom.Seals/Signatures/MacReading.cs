using Veridicom.Dicom;

namespace Veridicom.Seals.Signatures;

/// <summary>
/// How what a file does not tell is read when a MAC is calculated. The default is DCMTK's way; the flags are what else writers do.
/// </summary>
/// <param name="OuterSign">Implicit US or SS by the Pixel Representation of the nearest level that has one, not only of the element's own.</param>
/// <param name="BytePixels">Implicit native pixel data of at most 8 bits as OB.</param>
/// <param name="ByteSamples">Implicit overlays, curves and waveforms as OB.</param>
/// <param name="WordTables">Implicit LUT data as US.</param>
/// <param name="StoredText">Text as it is stored, with all its padding.</param>
internal readonly record struct MacReading(bool OuterSign, bool BytePixels, bool ByteSamples, bool WordTables, bool StoredText)
{
    /// <summary>The default, then every other reading that makes a difference for what is signed.</summary>
    public static IEnumerable<MacReading> All(IReadOnlyList<DicomNode> signed, DicomNode signatureItem)
    {
        yield return default;
        bool sign = false, pixels = false, samples = false, tables = false, text = false;
        foreach (DicomNode element in signed.Append(signatureItem))
        {
            DicomDataSet set = element.DataSet;
            long end = element.EndOffset;
            for (int i = element.Index; i < set.NodeCount && set[i].HeaderOffset < end; i++)
            {
                DicomNode node = set[i];
                if (node.Kind != NodeKind.Element) continue;
                Vr vr = MacVr.Of(node, default);
                text |= vr.IsText() && MacText.IsRewritten(node, vr);
                if ((node.Form & NodeForm.Implicit) == 0) continue;
                sign |= MacVr.Of(node, new MacReading { OuterSign = true }) != vr;
                pixels |= MacVr.Of(node, new MacReading { BytePixels = true }) != vr;
                samples |= MacVr.Of(node, new MacReading { ByteSamples = true }) != vr;
                tables |= MacVr.Of(node, new MacReading { WordTables = true }) != vr;
            }
        }
        for (int i = 1; i < 32; i++)
        {
            var reading = new MacReading((i & 1) != 0, (i & 2) != 0, (i & 4) != 0, (i & 8) != 0, (i & 16) != 0);
            bool differs = (sign || !reading.OuterSign) && (pixels || !reading.BytePixels) && (samples || !reading.ByteSamples)
                && (tables || !reading.WordTables) && (text || !reading.StoredText);
            if (differs) yield return reading;
        }
    }
}
