using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Seals.Disclosure;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Manifests;

/// <summary>Which manifests are believed, which count, and when a new one is written (spec/manifest.md 4).</summary>
public sealed class ManifestChainTests
{
    private static readonly byte[] Seventh = PhantomStudy.Slice(6, StudyKit.Paula with { Slices = 7 });

    [Fact]
    public void A_manifest_that_was_tampered_with_is_not_believed()
    {
        List<MadeFile> files = StudyKit.Study();
        byte[] bytes = [.. files[^1].Bytes];
        // the identity of one slice, as whoever exchanges it would change it
        byte[] identity = SealIdentity.Parse(SealKit.Verify(files[0].Bytes).SealIdentity)!.Value.ToArray();
        bytes[bytes.AsSpan().IndexOf(identity)] ^= 1;
        files[^1] = files[^1] with { Bytes = bytes };

        StudyVerdict verdict = StudyKit.JudgeOne(files);

        Assert.Equal((StudyVerdictKind.NotChecked, 0, 0), (verdict.Kind, verdict.ExitCode, verdict.Instances));
        Assert.Equal((ManifestState.NotBelieved, "it is altered"), (verdict.Manifests[0].State, verdict.Manifests[0].Reason));
        Assert.Equal(VerdictKind.Altered, SealKit.Verify(bytes).Kind);
    }

    [Theory]
    [InlineData("unknown", "it is untrusted")]
    [InlineData("expired", "it is untrusted")]
    public void A_manifest_of_a_signer_who_is_not_trusted_is_not_believed(string signer, string reason)
    {
        List<MadeFile> slices = StudyKit.Slices();
        StudyVerdict verdict = StudyKit.JudgeOne([.. slices[1..], StudyKit.Manifest("a/manifest.dcm", slices, signer)]);

        Assert.Equal((StudyVerdictKind.NotChecked, reason), (verdict.Kind, verdict.Manifests[0].Reason));
        Assert.Empty(verdict.Findings);
    }

    [Fact]
    public void A_stripped_manifest_is_not_believed_and_policy_can_demand_one()
    {
        List<MadeFile> files = StudyKit.Study();
        files[^1] = files[^1] with { Bytes = Tampering.WithoutAnySignature(files[^1].Bytes) };

        Assert.Equal("it is unsealed", StudyKit.JudgeOne(files).Manifests[0].Reason);
        foreach (List<MadeFile> some in (List<MadeFile>[])[files, files[..^1]])
        {
            StudyVerdict demanded = Assert.Single(StudyKit.Judge(some, requireManifest: true));
            Assert.Equal((StudyVerdictKind.Untrusted, 4, "policy-manifest"), (demanded.Kind, demanded.ExitCode, StudyKit.Findings(demanded)));
        }
        Assert.Equal(StudyVerdictKind.Complete, Assert.Single(StudyKit.Judge(StudyKit.Study(), requireManifest: true)).Kind);
        Assert.True(Policy.Parse("""{"requireManifest":true}"""u8).RequireManifest);
    }

    [Fact]
    public void Sealing_again_with_nothing_new_decides_nothing()
    {
        Assert.Empty(StudyKit.Decide(StudyKit.Study()));
        Assert.Empty(StudyKit.Decide(StudyKit.Slices()[..1]));
        Assert.Equal(6, Assert.Single(StudyKit.Decide(StudyKit.Slices())).Plan!.Count);
    }

    [Fact]
    public void A_later_manifest_names_the_one_that_it_replaces()
    {
        List<MadeFile> files = [.. StudyKit.Study(), new MadeFile("a/6.dcm", SealKit.Seal(Seventh))];
        Assert.Equal("added", StudyKit.Findings(StudyKit.JudgeOne(files)));
        files.Add(StudyKit.Manifest("a/manifest-2.dcm", files));

        StudyVerdict verdict = StudyKit.JudgeOne(files);

        Assert.Equal((StudyVerdictKind.Complete, 7), (verdict.Kind, verdict.Instances));
        Assert.Equal([ManifestState.Superseded, ManifestState.Current], verdict.Manifests.Select(m => m.State));
        Assert.Empty(StudyKit.Decide(files));
        StudyManifest later = ManifestReader.Read(SealKit.Parse(files[^1].Bytes).DataSet, out _)!;
        Assert.Equal(SealKit.Verify(files[6].Bytes).SealIdentity, Assert.Single(later.Previous).ToString());
        // the order in which they are met plays no part
        files.Reverse();
        Assert.Equal(StudyVerdictKind.Complete, StudyKit.JudgeOne(files).Kind);
    }

    [Fact]
    public void Series_that_were_sealed_one_by_one_count_together()
    {
        List<MadeFile> slices = StudyKit.Slices();
        MadeFile first = StudyKit.Manifest("a/manifest.dcm", slices[..3]), second = StudyKit.Manifest("a/manifest-2.dcm", slices[3..]);

        Assert.Equal((StudyVerdictKind.Complete, 6), Kind(StudyKit.JudgeOne([.. slices, first, second])));
        Assert.Equal("missing 1, missing 5", StudyKit.Findings(StudyKit.JudgeOne([slices[0], .. slices[2..5], first, second])));
        Assert.Equal("added 3, added 4, added 5", StudyKit.Findings(StudyKit.JudgeOne([.. slices, first])));
        Assert.Empty(StudyKit.Decide([.. slices, first, second]));
    }

    [Fact]
    public void A_lost_slice_cannot_be_sealed_away()
    {
        List<MadeFile> files = StudyKit.Study();
        files.RemoveAt(4);
        List<MadeFile> more = [.. files, new MadeFile("a/6.dcm", SealKit.Seal(Seventh))];

        foreach (List<MadeFile> some in (List<MadeFile>[])[files, more])
        {
            foreach (SealPurpose purpose in (SealPurpose[])[SealPurpose.Acquisition, SealPurpose.AsFound])
            {
                ManifestDecision decision = Assert.Single(StudyKit.Decide(some, purpose));
                Assert.Equal(("manifest-contradicts", null), (decision.Refusal?.Code, decision.Plan));
                Assert.Contains(StudyKit.Uid(4), decision.Refusal!.Text, StringComparison.Ordinal);
            }
        }
        more.Add(StudyKit.Manifest("a/manifest-2.dcm", more, purpose: SealPurpose.Amendment));
        StudyVerdict verdict = StudyKit.JudgeOne(more);
        Assert.Equal(StudyVerdictKind.Complete, verdict.Kind);
        Assert.Equal("withdrawn 4", StudyKit.Findings(verdict));
    }

    [Fact]
    public void A_replaced_slice_cannot_be_sealed_away()
    {
        List<MadeFile> files = StudyKit.Study();
        files[4] = new MadeFile("a/4.dcm", SealKit.Seal(PhantomStudy.Slice(4, StudyKit.Paula), "second"));

        Assert.Equal("manifest-contradicts", Assert.Single(StudyKit.Decide(files)).Refusal?.Code);

        List<MadeFile> amended = StudyKit.Study();
        amended[4] = amended[4] with { Bytes = SealKit.Seal(SealKit.With(amended[4].Bytes, 0x00281050, "500"), purpose: SealPurpose.Amendment) };
        Assert.NotNull(Assert.Single(StudyKit.Decide(amended)).Plan);
    }

    [Fact]
    public void Two_files_of_one_instance_and_two_patients_of_one_study_get_no_manifest()
    {
        List<MadeFile> slices = StudyKit.Slices();
        MadeFile stranger = new("a/6.dcm", SealKit.Seal(SealKit.With(Seventh, 0x00100020, "SOMEBODY")));

        Assert.Equal("duplicate-instance", Assert.Single(StudyKit.Decide([.. slices, slices[0] with { Name = "b/0.dcm" }])).Refusal?.Code);
        Assert.Equal("two-patients", Assert.Single(StudyKit.Decide([.. slices, stranger])).Refusal?.Code);
    }

    [Fact]
    public void A_manifest_of_a_later_version_is_not_believed_and_no_instance()
    {
        List<MadeFile> slices = StudyKit.Slices();
        byte[] document = StudyKit.Document(slices);
        for (int at; (at = document.AsSpan().IndexOf("VERIDICOM MANIFEST 1"u8)) >= 0;) document[at + 19] = (byte)'2';

        StudyVerdict verdict = StudyKit.JudgeOne([.. slices, new MadeFile("a/manifest.dcm", SealKit.Seal(document))]);

        Assert.Equal("it has a format that this program does not know", verdict.Manifests[0].Reason);
    }

    [Fact]
    public void A_detached_seal_serves_as_well()
    {
        List<MadeFile> slices = [.. Enumerable.Range(0, 6).Select(i => PhantomStudy.Slice(i, StudyKit.Paula)).Select((bytes, i) => new MadeFile($"a/{i}.dcm", bytes, SealKit.SealFile(bytes)))];
        byte[] document = StudyKit.Document(slices);
        var manifest = new MadeFile("a/manifest.dcm", document, SealKit.SealFile(document));

        Assert.Equal((StudyVerdictKind.Complete, 6), Kind(StudyKit.JudgeOne([.. slices, manifest])));
        Assert.Equal("stripped 2", StudyKit.Findings(StudyKit.JudgeOne([.. slices[..2], slices[2] with { Seal = null }, .. slices[3..], manifest])));
    }

    [Fact]
    public void A_redacted_copy_stands_for_its_instance()
    {
        List<MadeFile> files = StudyKit.Study();
        byte[] redacted = Bytes(Redaction.Withhold(SealKit.Parse(files[1].Bytes), ["(0010,0010)", "(0010,0020)"]));
        files[1] = files[1] with { Bytes = redacted };

        Assert.Equal(VerdictKind.Redacted, SealKit.Verify(redacted).Kind);
        Assert.Equal(StudyVerdictKind.Complete, StudyKit.JudgeOne(files).Kind);
    }

    private static byte[] Bytes(DicomFile file)
    {
        using var output = new MemoryStream();
        file.WriteTo(output);
        return output.ToArray();
    }

    private static (StudyVerdictKind, int) Kind(StudyVerdict verdict) => (verdict.Kind, verdict.Instances);
}
