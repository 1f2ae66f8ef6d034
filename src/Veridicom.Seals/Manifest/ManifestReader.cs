using Veridicom.Dicom;
using F = Veridicom.Seals.Manifest.ManifestFormat;

namespace Veridicom.Seals.Manifest;

/// <summary>Reads manifests. Whether they are believed is for whoever knows what verification said of the file.</summary>
public static class ManifestReader
{
    /// <summary>True for a document that is a manifest of this or a later version.</summary>
    public static bool IsManifest(DicomDataSet set)
    {
        if (set.Ascii(F.SopClassUid) != F.SopClass || !set.TryFind(F.ConceptName, out DicomNode title)) return false;
        foreach (DicomNode item in title)
        {
            if (TextOf(item, F.CodeValue) != F.Title || TextOf(item, F.CodingScheme) != F.Scheme) return false;
            return Creator(set.Root) is not null;
        }
        return false;
    }

    /// <summary>Reads a manifest.</summary>
    /// <param name="set">A data set for which <see cref="IsManifest"/> is true.</param>
    /// <param name="problem">What is wrong, where null is returned.</param>
    public static StudyManifest? Read(DicomDataSet set, out string problem)
    {
        try
        {
            problem = "";
            return Read(set);
        }
        catch (FormatException e)
        {
            problem = e.Message;
            return null;
        }
    }

    private static StudyManifest Read(DicomDataSet set)
    {
        InstanceFacts facts = InstanceFacts.Read(set);
        if (Creator(set.Root) is not F.Creator || Block(set.Root) is not { } top) throw new FormatException("it has a format that this program does not know");
        if (!set.TryFind(F.Private(top, F.Previous), out DicomNode before)) throw new FormatException("it does not say which manifests came before");
        List<SealIdentity> previous = Identities(before);
        if (!set.TryFind(F.Evidence, out DicomNode evidence) || evidence.Kind != NodeKind.Sequence) throw new FormatException("it lists nothing");
        var series = new List<ManifestSeries>();
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int studies = 0, count = 0;
        foreach (DicomNode study in evidence)
        {
            if (++studies > 1 || facts.Study.Length == 0 || TextOf(study, F.StudyUid) != facts.Study) throw new FormatException("it lists another study than its own, or several");
            foreach (DicomNode item in Items(study, F.ReferencedSeries))
            {
                string uid = TextOf(item, F.SeriesUid);
                if (uid.Length == 0 || !seen.Add("series " + uid)) throw new FormatException("a series has no UID, or stands twice");
                int? number = Block(item) is { } block && item.TryFind(F.Private(block, F.SeriesNumber), out DicomNode node) ? InstanceFacts.Number(node) : null;
                var entries = new List<ManifestEntry>();
                foreach (DicomNode sop in Items(item, F.ReferencedSop))
                {
                    if (++count > F.MostInstances) throw new FormatException($"it lists more than {F.MostInstances} instances");
                    ManifestEntry entry = Entry(sop, entries.Count + 1);
                    if (!seen.Add(entry.Slice.Instance)) throw new FormatException("an instance stands twice");
                    entries.Add(entry);
                }
                series.Add(new ManifestSeries(uid, number, entries));
            }
        }
        if (count == 0) throw new FormatException("it lists nothing");
        return new StudyManifest(facts.Study, facts.PatientId, facts.PatientName, series, previous);
    }

    private static ManifestEntry Entry(DicomNode sop, int place)
    {
        string instance = TextOf(sop, F.ReferencedInstance);
        if (instance.Length == 0 || Block(sop) is not { } block) throw new FormatException("an instance has no UID or no private block");
        if (!sop.TryFind(F.Private(block, F.Identity), out DicomNode identity) || identity.Kind != NodeKind.Element || identity.ValueLength != SealIdentity.Size)
            throw new FormatException("an instance is listed without the identity of its seal");
        int? number = null;
        string position = "", orientation = "";
        bool placed = false;
        foreach (DicomNode node in sop)
        {
            if (node.Tag == F.Private(block, F.Place)) placed = InstanceFacts.Number(node) == place;
            else if (node.Tag == F.Private(block, F.Number)) number = InstanceFacts.Number(node);
            else if (node.Tag == F.Private(block, F.Position)) position = InstanceFacts.Text(node);
            else if (node.Tag == F.Private(block, F.Orientation)) orientation = InstanceFacts.Text(node);
        }
        if (!placed) throw new FormatException("instances do not stand in the order of their places");
        return new ManifestEntry(Slice.Of(instance, number, position, orientation), TextOf(sop, F.ReferencedClass), SealIdentity.Of(identity.Value));
    }

    private static List<SealIdentity> Identities(DicomNode node)
    {
        if (node.Kind != NodeKind.Element || node.ValueLength % SealIdentity.Size != 0 || node.ValueLength > F.MostPrevious * SealIdentity.Size)
            throw new FormatException("what it says of manifests before it cannot be read");
        var identities = new List<SealIdentity>();
        ReadOnlySpan<byte> value = node.Value;
        for (int at = 0; at < value.Length; at += SealIdentity.Size) identities.Add(SealIdentity.Of(value.Slice(at, SealIdentity.Size)));
        return identities;
    }

    /// <summary>The first creator of a manifest's block at a level, of any version.</summary>
    private static string? Creator(DicomNode level)
    {
        foreach (DicomNode node in level)
        {
            if (node.Tag.Group == F.Group && node.Tag.IsPrivateCreator && InstanceFacts.Text(node) is { } text && text.StartsWith(F.CreatorOfAnyVersion, StringComparison.Ordinal)) return text;
        }
        return null;
    }

    private static byte? Block(DicomNode level)
    {
        foreach (DicomNode node in level)
        {
            if (node.Tag.Group == F.Group && node.Tag.IsPrivateCreator && InstanceFacts.Text(node) == F.Creator) return (byte)node.Tag.Element;
        }
        return null;
    }

    private static IEnumerable<DicomNode> Items(DicomNode level, DicomTag sequence)
    {
        if (!level.TryFind(sequence, out DicomNode found) || found.Kind != NodeKind.Sequence) throw new FormatException("a level of its list is missing");
        foreach (DicomNode item in found) yield return item;
    }

    private static string TextOf(DicomNode level, DicomTag tag) => level.TryFind(tag, out DicomNode node) ? InstanceFacts.Text(node) : "";
}
