namespace Veridicom.Seals.Manifest;

/// <summary>One instance as a manifest lists it.</summary>
/// <param name="Slice">SOP Instance UID, Instance Number and geometry as sealed.</param>
/// <param name="SopClass">SOP Class UID.</param>
/// <param name="Identity">Identity of its seal.</param>
public sealed record ManifestEntry(Slice Slice, string SopClass, SealIdentity Identity);

/// <summary>One series as a manifest lists it.</summary>
/// <param name="Uid">Series Instance UID.</param>
/// <param name="Number">Series Number, null where there is none.</param>
/// <param name="Entries">Its instances in the sealed order.</param>
public sealed record ManifestSeries(string Uid, int? Number, IReadOnlyList<ManifestEntry> Entries);

/// <summary>What a manifest says of a study (spec/manifest.md).</summary>
/// <param name="Study">Study Instance UID.</param>
/// <param name="PatientId">Patient ID, a byte for each character: to be compared, never shown.</param>
/// <param name="PatientName">Patient's Name, likewise.</param>
/// <param name="Series">The series, in the order of the document.</param>
/// <param name="Previous">Identities of the seals of earlier manifests that this one replaces.</param>
public sealed record StudyManifest(string Study, string PatientId, string PatientName, IReadOnlyList<ManifestSeries> Series, IReadOnlyList<SealIdentity> Previous)
{
    /// <summary>Number of instances listed.</summary>
    public int Count => Series.Sum(s => s.Entries.Count);
}
