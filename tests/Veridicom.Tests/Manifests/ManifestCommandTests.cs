using System.IO.Compression;
using System.Text.Json;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Manifest;
using Veridicom.Tests.Cli;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Manifests;

/// <summary>Manifests as a user meets them: seal and verify on folders, archives and single files.</summary>
public sealed class ManifestCommandTests
{
    private static CliSession WithStudy(int slices = 4)
    {
        CliSession session = CliSession.WithOrganisation();
        for (int i = 0; i < slices; i++) session.WriteSlice($"study/{i}.dcm", i);
        return session;
    }

    private static JsonElement Study(CliResult result) => JsonDocument.Parse(result.Lines.Last(line => line.StartsWith("{\"study\"", StringComparison.Ordinal))).RootElement;

    private static string Codes(JsonElement study) => string.Join(' ', study.GetProperty("findings").EnumerateArray().Select(f => f.GetProperty("code").GetString()));

    private static string[] Files(string folder) => [.. Directory.GetFiles(folder).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void A_folder_gets_a_manifest_and_a_lost_slice_is_found()
    {
        using CliSession session = WithStudy();

        CliResult seal = session.Run("seal", session.PathOf("study"), "--out", session.PathOf("sealed")).Exited(0);
        string manifest = session.PathOf("sealed", "manifest.dcm");
        Assert.Equal($"manifest {manifest}  lists 4 instances", seal.Lines[^1]);
        CliResult whole = session.Run("verify", session.PathOf("sealed")).Exited(0);
        Assert.Contains(whole.Lines, line => line.StartsWith("complete      study 2.25.", StringComparison.Ordinal) && line.EndsWith($"  4 instances, listed by {manifest}", StringComparison.Ordinal));

        File.Delete(session.PathOf("sealed", "2.dcm"));
        CliResult lost = session.Run("verify", session.PathOf("sealed")).Exited(1);
        Assert.Contains(lost.Lines, line => line == "              - series 2, image 3 (place 2 of 4) is missing  " + PhantomStudy.InstanceUid(2, new PhantomOptions { Size = 64 }));
        JsonElement json = Study(session.Run("verify", session.PathOf("sealed"), "--json").Exited(1));
        Assert.Equal(("altered", 1, "missing"), (json.GetProperty("verdict").GetString(), json.GetProperty("exitCode").GetInt32(), Codes(json)));
        // whoever asks about one image has not lost the others
        Assert.Single(session.Run("verify", session.PathOf("sealed", "1.dcm")).Exited(0).Lines);
        Assert.Single(session.Run("verify", manifest).Exited(0).Lines);
        session.Run("verify", session.PathOf("sealed", "0.dcm"), session.PathOf("sealed", "1.dcm")).Exited(0);
        session.Run("verify", manifest, session.PathOf("sealed", "1.dcm")).Exited(1);
        session.AssertNoLeftovers();
    }

    [Fact]
    public void Sealing_in_place_is_idempotent_and_follows_what_is_new()
    {
        using CliSession session = WithStudy();
        string study = session.PathOf("study");
        session.Run("seal", study, "--in-place").Exited(0);
        byte[] manifest = File.ReadAllBytes(Path.Combine(study, "manifest.dcm"));

        CliResult again = session.Run("seal", study, "--in-place").Exited(0);
        Assert.All(again.Lines, line => Assert.StartsWith("already", line, StringComparison.Ordinal));
        Assert.Equal(["0.dcm", "1.dcm", "2.dcm", "3.dcm", "manifest.dcm"], Files(study));
        Assert.Equal(manifest, File.ReadAllBytes(Path.Combine(study, "manifest.dcm")));

        session.WriteSlice("study/4.dcm", 4);
        session.Run("seal", study, "--in-place").Exited(0);
        JsonElement json = Study(session.Run("verify", study, "--json").Exited(0));
        Assert.Equal(("complete", 5), (json.GetProperty("verdict").GetString(), json.GetProperty("instances").GetInt32()));
        Assert.Equal(["superseded", "current"], json.GetProperty("manifests").EnumerateArray().OrderBy(m => m.GetProperty("path").GetString() == Path.Combine(study, "manifest-2.dcm")).Select(m => m.GetProperty("state").GetString()));

        File.Delete(Path.Combine(study, "0.dcm"));
        CliResult refused = session.Run("seal", study, "--in-place").Exited(5);
        Assert.Contains("of the instances that", refused.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("manifest-3.dcm", Files(study));
        session.Run("seal", study, "--in-place", "--purpose", "amendment").Exited(0);
        Assert.Contains("manifest-3.dcm", Files(study));
        Assert.Equal("withdrawn", Codes(Study(session.Run("verify", study, "--json").Exited(0))));
    }

    [Fact]
    public void Copies_take_the_manifest_along_and_json_tells_of_it()
    {
        using CliSession session = WithStudy();
        session.Run("seal", session.PathOf("study"), "--in-place", "--no-manifest").Exited(0);
        Assert.DoesNotContain("manifest.dcm", Files(session.PathOf("study")));

        CliResult copied = session.Run("seal", session.PathOf("study"), "--out", session.PathOf("copy"), "--json").Exited(0);
        JsonElement told = JsonDocument.Parse(copied.Lines[^1]).RootElement;
        Assert.Equal(("manifest", 4, session.PathOf("copy", "manifest.dcm")), (told.GetProperty("result").GetString(), told.GetProperty("instances").GetInt32(), told.GetProperty("output").GetString()));
        Assert.Equal(64, told.GetProperty("identity").GetString()!.Length);
        session.Run("seal", session.PathOf("copy"), "--out", session.PathOf("second")).Exited(0);
        Assert.Equal(["0.dcm", "1.dcm", "2.dcm", "3.dcm", "manifest.dcm"], Files(session.PathOf("second")));
        session.Run("verify", session.PathOf("second")).Exited(0);
    }

    [Fact]
    public void Detached_seals_have_a_detached_manifest()
    {
        using CliSession session = WithStudy();
        session.Run("seal", session.PathOf("study"), "--detached").Exited(0);

        Assert.Contains("manifest.dcm.seal", Files(session.PathOf("study")));
        Assert.Equal("complete", Study(session.Run("verify", session.PathOf("study"), "--json").Exited(0)).GetProperty("verdict").GetString());
        session.Run("seal", session.PathOf("study"), "--detached").Exited(0);
        Assert.DoesNotContain("manifest-2.dcm", Files(session.PathOf("study")));
        File.Delete(session.PathOf("study", "1.dcm.seal"));
        Assert.Equal("stripped", Codes(Study(session.Run("verify", session.PathOf("study"), "--json").Exited(1))));
    }

    [Fact]
    public void One_file_and_several_studies_get_no_manifest_or_one_each()
    {
        using CliSession session = CliSession.WithOrganisation();
        string one = session.WriteSlice("one/a.dcm");
        session.Run("seal", one, "--in-place").Exited(0);
        Assert.Equal(["a.dcm"], Files(session.PathOf("one")));

        for (int i = 0; i < 2; i++)
        {
            session.WriteSlice($"two/first/series {i}/{i}.dcm", i);
            session.Write($"two/second/{i}.dcm", PhantomStudy.Slice(i, StudyKit.Norbert));
        }
        session.Run("seal", session.PathOf("two"), "--in-place").Exited(0);
        Assert.Equal(["manifest.dcm"], Files(session.PathOf("two", "first")));
        Assert.Equal(["0.dcm", "1.dcm", "manifest.dcm"], Files(session.PathOf("two", "second")));
        CliResult both = session.Run("verify", session.PathOf("two")).Exited(0);
        Assert.Equal("2 studies: 2 complete", both.Lines[^1]);

        // exchanged between two patients, under the names that the others had
        File.Move(session.PathOf("two", "second", "1.dcm"), session.PathOf("two", "kept"));
        File.Move(session.PathOf("two", "first", "series 1", "1.dcm"), session.PathOf("two", "second", "1.dcm"));
        File.Move(session.PathOf("two", "kept"), session.PathOf("two", "first", "series 1", "1.dcm"));
        session.Run("verify", session.PathOf("two")).Exited(0); // two folders of one file each: nobody's home
    }

    [Fact]
    public void A_folder_of_two_patients_with_a_slice_exchanged_is_altered()
    {
        using CliSession session = CliSession.WithOrganisation();
        for (int i = 0; i < 4; i++)
        {
            session.Write($"all/paula/{i}.dcm", PhantomStudy.Slice(i, StudyKit.Paula));
            session.Write($"all/norbert/{i}.dcm", PhantomStudy.Slice(i, StudyKit.Norbert));
        }
        session.Run("seal", session.PathOf("all"), "--in-place").Exited(0);
        session.Run("verify", session.PathOf("all")).Exited(0);
        (byte[] a, byte[] b) = (File.ReadAllBytes(session.PathOf("all", "paula", "2.dcm")), File.ReadAllBytes(session.PathOf("all", "norbert", "2.dcm")));
        File.WriteAllBytes(session.PathOf("all", "paula", "2.dcm"), b);
        File.WriteAllBytes(session.PathOf("all", "norbert", "2.dcm"), a);

        CliResult swapped = session.Run("verify", session.PathOf("all")).Exited(1);
        Assert.Equal(2, swapped.Lines.Count(line => line.Contains("stands among the images of another patient", StringComparison.Ordinal)));
        Assert.Equal("missing", Codes(Study(session.Run("verify", session.PathOf("all", "paula"), "--json").Exited(1))));
    }

    [Fact]
    public void A_manifest_in_an_archive_and_beside_a_DICOMDIR_is_found()
    {
        using CliSession session = WithStudy();
        session.Run("seal", session.PathOf("study"), "--out", session.PathOf("medium", "DICOM")).Exited(0);
        ZipFile.CreateFromDirectory(session.PathOf("medium"), session.PathOf("medium.zip"));
        var records = new ElementWriter().Text(new(0x00041130), Vr.CS, "TEST").BeginSequence(new(0x00041220));
        for (int i = 0; i < 4; i++) records.BeginItem().Text(new(0x00041500), Vr.CS, $@"DICOM\{i}.dcm").EndItem();
        session.Write("medium/DICOMDIR", SampleFiles.File(SampleFiles.Explicit, records.EndSequence().Written, "1.2.840.10008.1.3.10"));

        foreach (string named in (string[])[session.PathOf("medium.zip"), session.PathOf("medium", "DICOMDIR")])
            Assert.Equal("complete", Study(session.Run("verify", named, "--json").Exited(0)).GetProperty("verdict").GetString());
        session.Run("seal", session.PathOf("medium", "DICOMDIR"), "--in-place").Exited(0);
        Assert.DoesNotContain("manifest-2.dcm", Files(session.PathOf("medium", "DICOM")));
    }

    [Fact]
    public void Two_entries_of_an_archive_with_one_name_are_two_files()
    {
        using CliSession session = WithStudy();
        session.Run("seal", session.PathOf("study"), "--in-place").Exited(0);
        string path = session.PathOf("study.zip"), first = session.PathOf("study", "0.dcm");
        ZipFile.CreateFromDirectory(session.PathOf("study"), path);
        // what unpacks it keeps the second one
        using (ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Update)) zip.CreateEntryFromFile(session.PathOf("study", "1.dcm"), Path.GetFileName(first));

        Assert.Equal("duplicated", Codes(Study(session.Run("verify", path, "--json").Exited(1))));
        Assert.Equal("duplicated", Codes(Study(session.Run("verify", path, path, "--json").Exited(1))));
    }

    [Fact]
    public void A_slice_under_a_hidden_name_is_no_secret()
    {
        using CliSession session = WithStudy();
        session.Run("seal", session.PathOf("study"), "--in-place").Exited(0);
        File.Copy(session.PathOf("study", "1.dcm"), session.PathOf("study", ".more"));
        Assert.Equal("duplicated", Codes(Study(session.Run("verify", session.PathOf("study"), "--json").Exited(1))));
    }

    [Fact]
    public void A_strangers_manifest_is_neither_believed_nor_sealed_as_ours()
    {
        using CliSession session = WithStudy(2);
        string study = session.PathOf("study");
        session.Write("study/manifest.dcm", SealKit.Seal(StudyKit.Document([.. StudyKit.Slices()[..2]]), "unknown"));

        CliResult seal = session.Run("seal", study, "--in-place").Exited(5);
        Assert.Contains("is a manifest that is not believed: it is untrusted", seal.Error, StringComparison.Ordinal);
        CliResult verify = session.Run("verify", study).Exited(4);
        Assert.Contains(verify.Lines, line => line.Contains($"the manifest {Path.Combine(study, "manifest.dcm")} is not believed: it is untrusted", StringComparison.Ordinal));
    }

    [Fact]
    public void Unsealing_leaves_the_manifest_alone_and_it_tells()
    {
        using CliSession session = WithStudy(2);
        string study = session.PathOf("study");
        session.Run("seal", study, "--in-place").Exited(0);
        byte[] manifest = File.ReadAllBytes(Path.Combine(study, "manifest.dcm"));

        CliResult unseal = session.Run("unseal", study, "--in-place").Exited(0);
        Assert.Equal(["original", "original", "kept"], unseal.Lines.Select(line => line[..line.IndexOf(' ')]));
        Assert.Equal(manifest, File.ReadAllBytes(Path.Combine(study, "manifest.dcm")));
        Assert.Equal("stripped stripped", Codes(Study(session.Run("verify", study, "--json").Exited(1))));
        // new seals are not those that it lists
        session.Run("seal", study, "--in-place").Exited(5);
        File.Delete(Path.Combine(study, "manifest.dcm"));
        session.Run("seal", study, "--in-place").Exited(0);
        session.Run("verify", study).Exited(0);
    }

    [Fact]
    public void A_policy_can_demand_a_manifest()
    {
        using CliSession session = WithStudy(2);
        string policy = session.Write("policy.json", """{"requireManifest":true}"""u8);
        session.Run("seal", session.PathOf("study"), "--in-place").Exited(0);

        session.Run("verify", session.PathOf("study"), "--policy", policy).Exited(0);
        File.Delete(session.PathOf("study", "manifest.dcm"));
        Assert.Contains("the policy demands a manifest", session.Run("verify", session.PathOf("study"), "--policy", policy).Exited(4).Output, StringComparison.Ordinal);
        session.Run("verify", session.PathOf("study")).Exited(0);
    }
}
