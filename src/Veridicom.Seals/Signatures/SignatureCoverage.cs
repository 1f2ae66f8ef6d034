using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;

namespace Veridicom.Seals.Signatures;

/// <summary>An element that a signature does not cover.</summary>
/// <param name="Node">The element.</param>
public readonly record struct UncoveredElement(DicomNode Node)
{
    /// <summary>Its tag.</summary>
    public DicomTag Tag => Node.Tag;

    /// <summary>Tag path from the top of the data set.</summary>
    public string Path => Node.Path;

    /// <summary>The keyword of the dictionary, or the tag for private and unknown elements.</summary>
    public string Name => DicomDictionary.NameOf(Node.Tag);
}

/// <summary>
/// What a signature speaks of and what it leaves open, at the level where it stands. File meta information and preamble are never covered,
/// and are not listed here; nor are group lengths and the sequences that hold the signatures themselves.
/// </summary>
public sealed class SignatureCoverage
{
    private SignatureCoverage(IReadOnlyList<DicomNode> signed, IReadOnlyList<DicomTag> absent, IReadOnlyList<UncoveredElement> uncovered)
    {
        Signed = signed;
        Absent = absent;
        Uncovered = uncovered;
    }

    /// <summary>The elements of the level that are listed and there.</summary>
    public IReadOnlyList<DicomNode> Signed { get; }

    /// <summary>Tags that are listed and not there: no sign of tampering where the signature is valid, as they then never were.</summary>
    public IReadOnlyList<DicomTag> Absent { get; }

    /// <summary>
    /// Elements of the level that are not listed, and elements within signed sequences that no MAC includes, in document order.
    /// </summary>
    public IReadOnlyList<UncoveredElement> Uncovered { get; }

    /// <summary>Whether an element of the level is among the signed ones.</summary>
    public bool Covers(DicomTag tag) => Signed.Any(node => node.Tag == tag);

    /// <summary>What a signature covers of the level that it stands in; whether it is valid plays no part.</summary>
    public static SignatureCoverage Of(DicomSignature signature)
    {
        var listed = new HashSet<DicomTag>(signature.Tags);
        var signed = new List<DicomNode>();
        var uncovered = new List<UncoveredElement>();
        foreach (DicomNode element in signature.Level)
        {
            if (listed.Remove(element.Tag))
            {
                signed.Add(element);
                if (element.Kind == NodeKind.Sequence) AddUnhashed(element, uncovered);
            }
            else if (!element.Tag.IsGroupLength && element.Tag != SignatureTags.MacParametersSequence && element.Tag != SignatureTags.DigitalSignaturesSequence)
                uncovered.Add(new UncoveredElement(element));
        }
        return new SignatureCoverage(signed, [.. listed.Order()], uncovered);
    }

    /// <summary>What stands inside a signed sequence and is skipped by its tag.</summary>
    private static void AddUnhashed(DicomNode sequence, List<UncoveredElement> uncovered)
    {
        DicomDataSet set = sequence.DataSet;
        long end = sequence.EndOffset;
        for (int i = sequence.Index + 1; i < set.NodeCount && set[i].HeaderOffset < end;)
        {
            DicomNode node = set[i++];
            if (node.Kind is not (NodeKind.Element or NodeKind.Sequence or NodeKind.Encapsulated) || Signable.IsSignableTag(node.Tag)) continue;
            if (!node.Tag.IsGroupLength) uncovered.Add(new UncoveredElement(node));
            while (i < set.NodeCount && set[i].HeaderOffset < node.EndOffset) i++;
        }
    }
}
