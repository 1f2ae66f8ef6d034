using Veridicom.Dicom;

namespace Veridicom.Seals.Signatures;

/// <summary>What can be fed into a MAC at all (PS3.3-2023b C.12.1.1.3.1.1, and where it is silent, as DCMTK reads it).</summary>
public static class Signable
{
    /// <summary>
    /// False for what is never hashed, at any depth: group lengths, Length to End, groups below 0008, the group of digital signatures,
    /// MAC parameters, trailing padding, items and delimiters.
    /// </summary>
    public static bool IsSignableTag(DicomTag tag) =>
        !tag.IsGroupLength && tag.Group >= 8 && tag.Group is not (0xFFFA or 0xFFFE) && tag != SignatureTags.LengthToEnd
        && tag != SignatureTags.MacParametersSequence && tag != SignatureTags.TrailingPadding;

    /// <summary>
    /// True where an element can be listed in Data Elements Signed: its tag may be, and neither it nor anything in it has an unknown
    /// representation or a value too long for the explicit header that the MAC is calculated over.
    /// </summary>
    public static bool IsSignableElement(DicomNode element)
    {
        if (!IsSignableTag(element.Tag)) return false;
        if (element.Kind != NodeKind.Sequence) return IsReproducible(element);
        DicomDataSet set = element.DataSet;
        long end = element.EndOffset;
        // Nodes lie in document order: everything from here to the end of the sequence is in it, and no recursion is needed.
        for (int i = element.Index; i < set.NodeCount && set[i].HeaderOffset < end; i++)
        {
            DicomNode node = set[i];
            if (node.Kind is NodeKind.Element or NodeKind.Sequence && !IsReproducible(node)) return false;
        }
        return true;
    }

    /// <summary>Whether the bytes of one element can be put into the stream; a sequence without looking into it.</summary>
    private static bool IsReproducible(DicomNode node)
    {
        if (node.Kind == NodeKind.Encapsulated) return true;
        // UN of undefined length is a sequence to everyone (PS3.5-2023b 6.2.2); of defined length it is opaque to most.
        if (node.Kind == NodeKind.Sequence) return node.Vr != Vr.UN || node.UndefinedLength;
        return node.Vr != Vr.UN && (node.ValueLength <= 0xFFFE || MacVr.Of(node, default).IsLong());
    }
}
