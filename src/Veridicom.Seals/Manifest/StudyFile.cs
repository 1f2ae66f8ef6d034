using Veridicom.Dicom;
using Veridicom.Seals.Verify;

namespace Veridicom.Seals.Manifest;

/// <summary>What is kept of one verified file, to judge its study by: some hundred bytes, and the list if it is a manifest that is believed.</summary>
public sealed class StudyFile
{
    private StudyFile(string name, string folder, InstanceFacts? facts, Verdict verdict)
    {
        Name = name;
        Folder = folder;
        Facts = facts;
        Kind = verdict.Kind;
        Identity = SealIdentity.Parse(verdict.SealIdentity);
        if (Identity is null || Kind is not (VerdictKind.Authentic or VerdictKind.Amended or VerdictKind.Extended or VerdictKind.Redacted)) return;
        // what a stranger's seal names as earlier is the stranger's word
        Earlier = [.. verdict.Seals.FirstOrDefault(s => s.Statement is not null && s.Identity == verdict.SealIdentity)?.Statement?.Previous.Select(p => SealIdentity.Of(p)) ?? []];
    }

    /// <summary>The file, as the user knows it.</summary>
    public string Name { get; }

    /// <summary>The folder or archive in which it stands.</summary>
    public string Folder { get; }

    /// <summary>What it says of itself, null where it cannot be read.</summary>
    public InstanceFacts? Facts { get; private set; }

    /// <summary>Its verdict.</summary>
    public VerdictKind Kind { get; }

    /// <summary>Identity of the seal that the verdict rests on, null without one.</summary>
    public SealIdentity? Identity { get; }

    /// <summary>Identities that this seal names as earlier ones; empty where the seal is not trusted or the file altered.</summary>
    public IReadOnlyList<SealIdentity> Earlier { get; } = [];

    /// <summary>The file is a manifest, believed or not.</summary>
    public bool IsManifest => Info is not null;

    /// <summary>What is said of the manifest in it, null where it is none.</summary>
    public ManifestInfo? Info { get; private set; }

    internal StudyManifest? Manifest { get; private set; }

    /// <summary>What is to be kept of a file.</summary>
    /// <param name="name">The file, as the user knows it.</param>
    /// <param name="folder">The folder or archive in which it stands.</param>
    /// <param name="file">The parsed file, null where it cannot be read. Nothing of it is kept.</param>
    /// <param name="verdict">What verification said.</param>
    public static StudyFile Of(string name, string folder, DicomFile? file, Verdict verdict)
    {
        if (file is null) return new StudyFile(name, folder, null, verdict);
        var kept = new StudyFile(name, folder, InstanceFacts.Read(file.DataSet), verdict);
        if (ManifestReader.IsManifest(file.DataSet)) kept.Read(file.DataSet, verdict);
        return kept;
    }

    private void Read(DicomDataSet set, Verdict verdict)
    {
        string reason = "";
        if (Kind is not (VerdictKind.Authentic or VerdictKind.Amended)) reason = $"it is {Kind.Word()}";
        else if (Identity is not null) Manifest = ManifestReader.Read(set, out reason);
        Info = new ManifestInfo(Name, Manifest is null ? ManifestState.NotBelieved : ManifestState.Current, reason, Manifest is null ? "" : Identity.ToString()!, verdict.Signer, verdict.SealedAt, Manifest?.Count ?? 0);
    }

    /// <summary>The manifest in it, null unless it is one that is believed.</summary>
    public BelievedManifest? Believed => Manifest is null ? null : new BelievedManifest(Name, Manifest, Identity!.Value, Earlier);

    internal bool Has(SealIdentity identity) => Identity == identity || Earlier.Contains(identity);

    internal void Pool(Dictionary<string, string> pool) => Facts = Facts?.Pooled(pool);
}
