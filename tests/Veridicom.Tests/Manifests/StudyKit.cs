using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Seals;
using Veridicom.Tests.Trust;
using Xunit;

namespace Veridicom.Tests.Manifests;

/// <summary>A file of a made study, in a folder that does not exist.</summary>
internal sealed record MadeFile(string Name, byte[] Bytes, byte[]? Seal = null)
{
    public string Folder => Name[..Math.Max(0, Name.LastIndexOf('/'))];
}

/// <summary>Sealed studies in memory, their manifests, and what is said of them.</summary>
internal static class StudyKit
{
    public static readonly PhantomOptions Paula = new() { Size = 64, Slices = 6 };

    public static readonly PhantomOptions Norbert = new() { Size = 64, Slices = 6, Seed = 2, PatientName = "Nobody^Norbert", PatientId = "PHANTOM-2" };

    private static readonly Dictionary<int, byte[][]> Sealed = [];

    /// <summary>SOP Instance UID of a slice.</summary>
    public static string Uid(int slice, PhantomOptions? options = null) => PhantomStudy.InstanceUid(slice, options ?? Paula);

    /// <summary>The sealed slices of a study as FOLDER/0.dcm and so on, without a manifest.</summary>
    public static List<MadeFile> Slices(string folder = "a", PhantomOptions? options = null)
    {
        options ??= Paula;
        lock (Sealed)
        {
            if (!Sealed.TryGetValue(options.Seed, out byte[][]? slices))
                Sealed[options.Seed] = slices = [.. Enumerable.Range(0, options.Slices).Select(i => SealKit.Seal(PhantomStudy.Slice(i, options)))];
            return [.. slices.Select((bytes, i) => new MadeFile($"{folder}/{i}.dcm", bytes))];
        }
    }

    /// <summary>A study with its manifest as the last file.</summary>
    public static List<MadeFile> Study(string folder = "a", PhantomOptions? options = null)
    {
        List<MadeFile> slices = Slices(folder, options);
        return [.. slices, Manifest(folder + "/manifest.dcm", slices)];
    }

    /// <summary>What a run of sealing over these files would decide.</summary>
    public static List<ManifestDecision> Decide(IEnumerable<MadeFile> files, SealPurpose purpose = SealPurpose.Acquisition)
    {
        var collection = new StudyCollection();
        foreach (MadeFile file in files)
        {
            (StudyFile kept, DicomFile parsed) = Keep(file);
            if (kept.Believed is { } manifest) collection.Add(manifest);
            else if (!kept.IsManifest) Assert.True(collection.Add(new SealedInstance(kept.Facts!, kept.Identity!.Value, kept.Earlier), StudyHeader.Read(parsed.DataSet)));
        }
        return [.. collection.Decide(purpose)];
    }

    /// <summary>The bare document that a run of sealing over these files would write.</summary>
    public static byte[] Document(IEnumerable<MadeFile> files, SealPurpose purpose = SealPurpose.Acquisition) =>
        ManifestWriter.Write(Assert.Single(Decide(files, purpose)).Plan!, SealKit.At, new CountingRandomness());

    public static MadeFile Manifest(string name, IEnumerable<MadeFile> files, string signer = "p256", SealPurpose purpose = SealPurpose.Acquisition) =>
        new(name, SealKit.Seal(Document(files, purpose), signer));

    /// <summary>The verdicts on all studies among these files.</summary>
    public static IReadOnlyList<StudyVerdict> Judge(IEnumerable<MadeFile> files, bool requireManifest = false, Action<StudyLedger>? also = null)
    {
        var ledger = new StudyLedger();
        foreach (MadeFile file in files) ledger.Add(Keep(file).Kept, file.Name);
        also?.Invoke(ledger);
        return ledger.Judge(requireManifest);
    }

    /// <summary>The verdict on the one study among these files.</summary>
    public static StudyVerdict JudgeOne(IEnumerable<MadeFile> files, Action<StudyLedger>? also = null) => Assert.Single(Judge(files, also: also));

    /// <summary>"missing 2, added": codes of findings, each with the slice of Paula's that it is about.</summary>
    public static string Findings(StudyVerdict verdict) => string.Join(", ", verdict.Findings.Select(f =>
    {
        int slice = Enumerable.Range(0, Paula.Slices).FirstOrDefault(i => Uid(i) == f.Instance, -1);
        return f.Code.Word() + (slice >= 0 ? " " + slice : "");
    }));

    private static (StudyFile Kept, DicomFile Parsed) Keep(MadeFile file)
    {
        Verdict verdict = Verifier.Verify(new MemorySource(file.Bytes), file.Seal is null ? new ReadOnlyMemory<byte>?() : file.Seal, SealKit.Options, out DicomFile? parsed);
        return (StudyFile.Of(file.Name, file.Folder, parsed, verdict), parsed!);
    }
}
