using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;
using Veridicom.Tests.Seals;
using Veridicom.Tests.Trust;
using Xunit;

namespace Veridicom.Tests.Manifests;

/// <summary>What is found against a study: every row of spec/manifest.md 5.</summary>
public sealed class StudyVerdictTests
{
    private const uint PatientId = 0x00100020, SopInstance = 0x00080018, InstanceNumber = 0x00200013, Position = 0x00200032;

    [Fact]
    public void A_study_as_it_was_sealed_is_complete()
    {
        StudyVerdict verdict = StudyKit.JudgeOne(StudyKit.Study());

        Assert.Equal((StudyVerdictKind.Complete, 0, 6), (verdict.Kind, verdict.ExitCode, verdict.Instances));
        Assert.Empty(verdict.Findings);
        ManifestInfo manifest = Assert.Single(verdict.Manifests);
        Assert.Equal(("a/manifest.dcm", ManifestState.Current, 6), (manifest.File, manifest.State, manifest.Instances));
        Assert.Equal(SealKit.Signer("p256").Certificate.SubjectText, manifest.Signer);
    }

    [Fact]
    public void Without_a_manifest_nothing_is_said_of_a_study() => Assert.Empty(StudyKit.Judge(StudyKit.Slices()));

    [Fact]
    public void A_slice_that_is_gone_is_named_by_number_place_and_uid()
    {
        List<MadeFile> files = StudyKit.Study();
        files.RemoveAt(2);

        StudyVerdict verdict = StudyKit.JudgeOne(files);

        Assert.Equal((StudyVerdictKind.Altered, 1), (verdict.Kind, verdict.ExitCode));
        StudyFinding finding = Assert.Single(verdict.Findings);
        // the topmost slice has the largest z, and the normal points upwards
        Assert.Equal((StudyFindingCode.Missing, StudyKit.Uid(2), 2, 4), (finding.Code, finding.Instance, finding.SeriesNumber, finding.Place));
        Assert.Equal("series 2, image 3 (place 4 of 6) is missing", finding.Text);
    }

    [Fact]
    public void A_slice_that_was_added_is_found_in_its_study_and_in_its_series()
    {
        List<MadeFile> files = StudyKit.Study();
        byte[] seventh = PhantomStudy.Slice(6, StudyKit.Paula with { Slices = 7 });
        byte[] ofOtherStudy = SealKit.With(seventh, 0x0020000D, "2.25.99");

        Assert.Equal("added", StudyKit.Findings(StudyKit.JudgeOne([.. files, new MadeFile("a/6.dcm", SealKit.Seal(seventh))])));
        Assert.Equal("added", StudyKit.Findings(StudyKit.JudgeOne([.. files, new MadeFile("a/6.dcm", seventh)])));
        Assert.Equal("added", StudyKit.Findings(StudyKit.JudgeOne([.. files, new MadeFile("a/6.dcm", ofOtherStudy)])));
    }

    [Fact]
    public void A_second_file_of_an_instance_is_a_duplicate_whatever_its_name_or_seal()
    {
        List<MadeFile> files = StudyKit.Study();
        byte[] bare = PhantomStudy.Slice(1, StudyKit.Paula);

        StudyVerdict same = StudyKit.JudgeOne([.. files, new MadeFile("a/copy.dcm", files[1].Bytes)]);
        Assert.Equal("duplicated 1", StudyKit.Findings(same));
        Assert.Equal("a/copy.dcm", same.Findings[0].File);
        Assert.EndsWith("is there twice, with one seal", same.Findings[0].Text, StringComparison.Ordinal);
        Assert.Equal("duplicated 1", StudyKit.Findings(StudyKit.JudgeOne([new MadeFile("a/0-bare.dcm", bare), .. files])));
        Assert.Equal("duplicated 1", StudyKit.Findings(StudyKit.JudgeOne([new MadeFile("a/0-other.dcm", SealKit.Seal(bare, "second")), .. files])));
        // a file that was named twice is one
        Assert.Empty(StudyKit.JudgeOne([.. files, files[1]]).Findings);
    }

    [Fact]
    public void Slices_that_were_renumbered_by_authority_are_reordered()
    {
        List<MadeFile> files = StudyKit.Study();
        Amend(files, 1, InstanceNumber, "5");
        Amend(files, 4, InstanceNumber, "2");

        StudyVerdict verdict = StudyKit.JudgeOne(files);

        Assert.Equal(StudyVerdictKind.Altered, verdict.Kind);
        Assert.All(verdict.Findings, f => Assert.Equal(StudyFindingCode.Reordered, f.Code));
        Assert.Contains(verdict.Findings, f => f.Instance == StudyKit.Uid(1) || f.Instance == StudyKit.Uid(4));
        Assert.All(verdict.Findings, f => Assert.EndsWith("no longer stands in its place, by Instance Number", f.Text, StringComparison.Ordinal));
    }

    [Fact]
    public void A_slice_that_was_moved_by_authority_is_reordered()
    {
        List<MadeFile> files = StudyKit.Study();
        string corner = SealKit.Find(files[0].Bytes, Position).Ascii()!.Split('\\')[0];
        Amend(files, 0, Position, $"{corner}\\{corner}\\-12");

        StudyVerdict verdict = StudyKit.JudgeOne(files);

        StudyFinding finding = Assert.Single(verdict.Findings);
        Assert.Equal((StudyFindingCode.Reordered, StudyKit.Uid(0), 6), (finding.Code, finding.Instance, finding.Place));
        Assert.EndsWith("by position", finding.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void What_was_amended_by_authority_in_its_place_is_complete()
    {
        List<MadeFile> files = StudyKit.Study();
        for (int i = 0; i < 6; i++) Amend(files, i, 0x00100010, "Phantom^Petra");

        Assert.Equal(StudyVerdictKind.Complete, StudyKit.JudgeOne(files).Kind);
    }

    [Fact]
    public void Slices_exchanged_between_two_patients_are_swapped()
    {
        List<MadeFile> paula = StudyKit.Study("a"), norbert = StudyKit.Study("b", StudyKit.Norbert);
        (paula[3], norbert[3]) = (norbert[3] with { Name = "a/3.dcm" }, paula[3] with { Name = "b/3.dcm" });

        IReadOnlyList<StudyVerdict> verdicts = StudyKit.Judge([.. paula, .. norbert]);

        Assert.Equal(2, verdicts.Count);
        Assert.All(verdicts, v => Assert.Equal(StudyFindingCode.Swapped, Assert.Single(v.Findings).Code));
        Assert.Equal(("b/3.dcm", "a/3.dcm"), (verdicts[0].Findings[0].File, verdicts[1].Findings[0].File));
        // in one flat folder nothing is anywhere but at home
        Assert.All(StudyKit.Judge([.. StudyKit.Study("a"), .. StudyKit.Study("a", StudyKit.Norbert)]), v => Assert.Equal(StudyVerdictKind.Complete, v.Kind));
        // and one patient's own studies may be mixed
        Assert.All(StudyKit.Judge([.. StudyKit.Study("a"), .. StudyKit.Study("b", StudyKit.Norbert)]), v => Assert.Equal(StudyVerdictKind.Complete, v.Kind));
    }

    [Fact]
    public void A_slice_that_passes_for_one_of_another_patient_is_swapped()
    {
        List<MadeFile> paula = StudyKit.Study("a"), norbert = StudyKit.Study("b", StudyKit.Norbert);
        byte[] forged = norbert[3].Bytes;
        foreach (uint tag in (uint[])[SopInstance, PatientId, 0x00100010, 0x0020000D, 0x0020000E, 0x00200052]) forged = SealKit.With(forged, tag, SealKit.Find(paula[3].Bytes, tag).Value.ToArray());
        paula[3] = new MadeFile("a/3.dcm", forged);

        IReadOnlyList<StudyVerdict> verdicts = StudyKit.Judge([.. paula, .. norbert]);

        StudyFinding finding = Assert.Single(verdicts[0].Findings);
        Assert.Equal((StudyFindingCode.Swapped, StudyKit.Uid(3), "a/3.dcm"), (finding.Code, finding.Instance, finding.File));
        Assert.EndsWith("was exchanged: the file carries a seal of another study", finding.Text, StringComparison.Ordinal);
        Assert.Equal(StudyVerdictKind.Complete, verdicts[1].Kind);
    }

    [Fact]
    public void Two_slices_that_took_each_others_uid_are_swapped()
    {
        List<MadeFile> files = StudyKit.Study();
        (byte[] first, byte[] second) = (files[1].Bytes, files[4].Bytes);
        files[1] = files[1] with { Bytes = SealKit.With(first, SopInstance, StudyKit.Uid(4)) };
        files[4] = files[4] with { Bytes = SealKit.With(second, SopInstance, StudyKit.Uid(1)) };

        StudyVerdict verdict = StudyKit.JudgeOne(files);

        Assert.Equal("swapped 4, swapped 1", StudyKit.Findings(verdict));
        Assert.Equal("series 2, image 5 (place 2 of 6) was exchanged: the file carries the seal of series 2, image 2 (place 5 of 6)", verdict.Findings[0].Text);
    }

    [Fact]
    public void A_file_under_a_new_uid_is_swapped_and_the_old_one_missing()
    {
        List<MadeFile> files = StudyKit.Study();
        files[2] = files[2] with { Bytes = SealKit.With(files[2].Bytes, SopInstance, "2.25.77") };

        Assert.Equal("missing 2, swapped", StudyKit.Findings(StudyKit.JudgeOne(files)));
    }

    [Fact]
    public void An_unlisted_file_of_the_study_that_names_another_patient_is_swapped()
    {
        byte[] stranger = SealKit.With(SealKit.With(PhantomStudy.Slice(6, StudyKit.Paula with { Slices = 7 }), PatientId, "SOMEBODY"), 0x00100010, "Some^Body");

        Assert.Equal("swapped", StudyKit.Findings(StudyKit.JudgeOne([.. StudyKit.Study(), new MadeFile("a/6.dcm", SealKit.Seal(stranger))])));
    }

    [Fact]
    public void A_slice_under_another_seal_is_replaced_unless_that_one_names_the_listed_one()
    {
        List<MadeFile> files = StudyKit.Study();
        byte[] bare = PhantomStudy.Slice(2, StudyKit.Paula), brighter = SealKit.With(bare, 0x00281050, "500");
        foreach (byte[] other in (byte[][])[SealKit.Seal(bare, "second"), SealKit.Seal(brighter), SealKit.Seal(brighter, "unknown")])
            Assert.Equal("replaced 2", StudyKit.Findings(StudyKit.JudgeOne([.. files[..2], new MadeFile("a/2.dcm", other), .. files[3..]])));

        // a stranger's word on what came before counts for nothing
        byte[] claimed = SealKit.Seal(SealKit.With(files[2].Bytes, 0x00281050, "500"), "unknown", SealPurpose.Amendment);
        Assert.Equal("changed 2", StudyKit.Findings(StudyKit.JudgeOne([.. files[..2], new MadeFile("a/2.dcm", claimed), .. files[3..]])));
    }

    [Fact]
    public void A_slice_without_its_seal_is_stripped()
    {
        List<MadeFile> files = StudyKit.Study();
        files[0] = new MadeFile("a/0.dcm", Tampering.WithoutAnySignature(files[0].Bytes));

        Assert.Equal("stripped 0", StudyKit.Findings(StudyKit.JudgeOne(files)));
    }

    [Fact]
    public void A_slice_that_was_tampered_with_is_changed()
    {
        List<MadeFile> files = StudyKit.Study();
        files[5] = files[5] with { Bytes = Tampering.OnePixel(files[5].Bytes, 3, 4) };

        StudyVerdict verdict = StudyKit.JudgeOne(files);
        Assert.Equal("changed 5", StudyKit.Findings(verdict));
        Assert.Equal(1, verdict.ExitCode);
    }

    [Fact]
    public void A_slice_that_can_be_read_in_two_ways_cannot_be_verified()
    {
        List<MadeFile> files = StudyKit.Study();
        files[5] = files[5] with { Bytes = [.. files[5].Bytes, .. SealKit.Raw(files[5].Bytes, SealKit.Find(files[5].Bytes, 0x00100010))] };

        StudyVerdict verdict = StudyKit.JudgeOne(files);
        Assert.Equal("unverifiable 5", StudyKit.Findings(verdict));
        Assert.Equal((StudyVerdictKind.Unverifiable, 5), (verdict.Kind, verdict.ExitCode));
    }

    [Fact]
    public void What_cannot_be_read_is_not_called_missing()
    {
        List<MadeFile> files = StudyKit.Study();
        files[1] = files[1] with { Bytes = files[1].Bytes[..5000] };

        StudyVerdict cut = StudyKit.JudgeOne(files);
        Assert.Equal("unread 1", StudyKit.Findings(cut));
        Assert.Equal((StudyVerdictKind.Unverifiable, 5), (cut.Kind, cut.ExitCode));

        files.RemoveAt(1);
        StudyVerdict fault = StudyKit.JudgeOne(files, ledger => ledger.AddUnread(ofTheWorld: true));
        Assert.Equal("unread 1", StudyKit.Findings(fault));
        Assert.Equal((StudyVerdictKind.NotChecked, 7), (fault.Kind, fault.ExitCode));

        files.RemoveAt(1);
        Assert.Equal("missing 2, missing 1", StudyKit.Findings(StudyKit.JudgeOne(files, ledger => ledger.AddUnread(ofTheWorld: true))));
    }

    [Fact]
    public void Ten_thousand_instances_are_listed_and_missed()
    {
        const int count = 10_000;
        byte[][] bare = [.. Enumerable.Range(0, count).Select(i => SampleFiles.File(SampleFiles.Explicit, Attributes(i)))];
        var collection = new StudyCollection();
        for (int i = 0; i < count; i++)
        {
            DicomDataSet set = SealKit.Parse(bare[i]).DataSet;
            collection.Add(new SealedInstance(InstanceFacts.Read(set), SealIdentity.Of(System.Security.Cryptography.SHA256.HashData(BitConverter.GetBytes(i))), []), StudyHeader.Read(set));
        }
        byte[] document = ManifestWriter.Write(Assert.Single(collection.Decide(SealPurpose.Acquisition)).Plan!, SealKit.At, new CountingRandomness());
        Assert.InRange(document.Length, 1, 8_000_000);
        List<MadeFile> files = [.. bare.Select((bytes, i) => new MadeFile($"a/{i}.dcm", bytes)).Where((_, i) => i != 7777), new MadeFile("a/manifest.dcm", SealKit.Seal(document))];

        StudyVerdict verdict = StudyKit.JudgeOne(files);

        Assert.Equal((count, 1, 9_000), (verdict.Instances, verdict.ExitCode, verdict.MoreFindings));
        Assert.Equal((StudyFindingCode.Missing, "1.2.7777", 7778), (verdict.Findings[0].Code, verdict.Findings[0].Instance, verdict.Findings[0].Place));
        Assert.All(verdict.Findings.Skip(1), f => Assert.Equal(StudyFindingCode.Stripped, f.Code));

        static ReadOnlySpan<byte> Attributes(int i) => new ElementWriter()
            .Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, $"1.2.{i}").Text(new(0x00100020), Vr.LO, "P")
            .Text(new(0x0020000D), Vr.UI, "1.1").Text(new(0x0020000E), Vr.UI, "1.1.1").Text(new(0x00200013), Vr.IS, $"{count - i}")
            .Text(new(0x00200032), Vr.DS, $@"0\0\{i}").Text(new(0x00200037), Vr.DS, @"1\0\0\0\1\0").Written;
    }

    [Fact]
    public void Only_what_moved_is_called_reordered_in_a_long_series()
    {
        int[] before = [.. Enumerable.Range(0, 10_000)], after = [.. before[..40], .. before[41..7000], 40, .. before[7000..]];

        Assert.Equal([40], SeriesOrder.Moved(before, after));
        Assert.Empty(SeriesOrder.Moved(before, before));
        Assert.Equal(9_999, SeriesOrder.Moved(before, [.. before.Reverse()]).Count);
    }

    private static void Amend(List<MadeFile> files, int index, uint tag, string value) =>
        files[index] = files[index] with { Bytes = SealKit.Seal(SealKit.With(files[index].Bytes, tag, value), purpose: SealPurpose.Amendment) };
}
