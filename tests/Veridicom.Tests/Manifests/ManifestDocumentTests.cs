using System.Text;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Manifests;

/// <summary>The document of spec/manifest.md 1 and 2: what is written is read again, and what breaks a rule is not.</summary>
public sealed class ManifestDocumentTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("spec", "manifest.md"));

    private static StudyManifest? Read(byte[] document, out string problem) => ManifestReader.Read(SealKit.Parse(document).DataSet, out problem);

    [Fact]
    public void What_is_written_is_read_again()
    {
        byte[] document = StudyKit.Document(StudyKit.Slices());

        Assert.True(ManifestReader.IsManifest(SealKit.Parse(document).DataSet));
        StudyManifest manifest = Read(document, out string problem)!;
        Assert.Equal("", problem);
        Assert.Equal(("PHANTOM-1", "Phantom^Paula"), (manifest.PatientId, manifest.PatientName));
        Assert.Empty(manifest.Previous);
        ManifestSeries series = Assert.Single(manifest.Series);
        Assert.Equal(2, series.Number);
        Assert.Equal(Enumerable.Range(0, 6).Reverse().Select(i => StudyKit.Uid(i)), series.Entries.Select(e => e.Slice.Instance));
        foreach (ManifestEntry entry in series.Entries)
        {
            int index = entry.Slice.Number!.Value - 1;
            byte[] slice = StudyKit.Slices()[index].Bytes;
            Assert.Equal(SealKit.Verify(slice).SealIdentity, entry.Identity.ToString());
            Assert.Equal(SealKit.Find(slice, 0x00200032).Ascii(), entry.Slice.Position);
            Assert.Equal(PhantomStudy.SopClass, entry.SopClass);
        }
    }

    [Fact]
    public void It_is_part_of_the_study_and_copies_nothing_that_it_does_not_need()
    {
        DicomDataSet study = SealKit.Parse(PhantomStudy.Slice(0, StudyKit.Paula)).DataSet, document = SealKit.Parse(StudyKit.Document(StudyKit.Slices())).DataSet;

        foreach (uint tag in (uint[])[0x00080005, 0x00080020, 0x00080030, 0x00080050, 0x00080090, 0x00081030, 0x00100010, 0x00100020, 0x00100030, 0x00100040, 0x0020000D, 0x00200010])
            Assert.Equal(study.Ascii(new(tag)), document.Ascii(new(tag)));
        Assert.False(document.TryFind(new(0x00104000), out _));
        Assert.False(document.TryFind(new(0x00080080), out _));
        Assert.NotEqual(study.Ascii(new(0x0020000E)), document.Ascii(new(0x0020000E)));
        Assert.Empty(document.Defects);
    }

    [Fact]
    public void A_name_in_any_character_set_is_copied_as_bytes_and_times_are_told_in_the_zone_of_the_study()
    {
        byte[] name = Encoding.UTF8.GetBytes("Müller^Jörg");
        List<MadeFile> slices = [];
        for (int i = 0; i < 2; i++)
        {
            byte[] slice = SealKit.With(SealKit.With(PhantomStudy.Slice(i, StudyKit.Paula), 0x00080005, "ISO_IR 192"), 0x00100010, name);
            slice = SealKit.Added(slice, new ElementWriter().Text(new(0x00080201), Vr.SH, "+0530").ToArray());
            slices.Add(new MadeFile($"a/{i}.dcm", SealKit.Seal(slice)));
        }
        DicomDataSet document = SealKit.Parse(StudyKit.Document(slices)).DataSet;

        Assert.True(document.TryFind(new(0x00100010), out DicomNode patient));
        Assert.Equal(name, patient.Value.TrimEnd((byte)' ').ToArray());
        Assert.Equal(("ISO_IR 192", "+0530", "20260601", "173000"), (document.Ascii(new(0x00080005)), document.Ascii(new(0x00080201)), document.Ascii(new(0x00080023)), document.Ascii(new(0x00080033))));
    }

    [Fact]
    public void It_survives_other_encodings()
    {
        byte[] implicitly = Tampering.ToImplicitVr(SealKit.Seal(StudyKit.Document(StudyKit.Slices())));

        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(implicitly).Kind);
        Assert.Equal(6, Read(implicitly, out _)!.Count);
    }

    [Fact]
    public void What_breaks_a_rule_of_the_page_is_not_read()
    {
        byte[] document = StudyKit.Document(StudyKit.Slices());

        Assert.Equal("an instance is listed without the identity of its seal", Problem(Changed(document, [0x01, 0x04, 0x01, 0x10, (byte)'O', (byte)'B'], [0x01, 0x04, 0x0A, 0x10, (byte)'O', (byte)'B'])));
        Assert.Equal("instances do not stand in the order of their places", Problem(Changed(document, [(byte)'I', (byte)'S', 2, 0, (byte)'2', (byte)' '], [(byte)'I', (byte)'S', 2, 0, (byte)'9', (byte)' '])));
        Assert.Equal("an instance stands twice", Problem(Changed(document, Encoding.ASCII.GetBytes(StudyKit.Uid(1)), Encoding.ASCII.GetBytes(StudyKit.Uid(2).PadRight(StudyKit.Uid(1).Length, '\0')[..StudyKit.Uid(1).Length]))));
        Assert.Equal("it lists another study than its own, or several", Problem(SealKit.With(document, 0x0020000D, "2.25.1")));
        Assert.Equal("it lists nothing", Problem(SealKit.Without(document, 0x0040A375)));
        Assert.Equal("it does not say which manifests came before", Problem(SealKit.Without(document, 0x04011007)));
        Assert.Equal("what it says of manifests before it cannot be read", Problem(SealKit.With(document, 0x04011007, new byte[30])));
        Assert.False(ManifestReader.IsManifest(SealKit.Parse(SealKit.Without(document, 0x04010010)).DataSet));
        Assert.False(ManifestReader.IsManifest(SealKit.Parse(SealKit.Without(document, 0x0040A043)).DataSet));
        Assert.False(ManifestReader.IsManifest(SealKit.Parse(PhantomStudy.Slice(0, StudyKit.Paula)).DataSet));

        static string Problem(byte[] document)
        {
            Assert.Null(Read(document, out string problem));
            return problem;
        }
    }

    [Fact]
    public void Every_flipped_byte_of_a_sealed_manifest_is_noticed()
    {
        byte[] whole = SealKit.Seal(StudyKit.Document(StudyKit.Slices()[..2]));
        int end = (int)SealKit.Find(whole, 0x04011007).EndOffset;
        for (int at = 132; at < end; at += 7)
        {
            byte[] bytes = [.. whole];
            bytes[at] ^= 0x10;
            Verdict verdict = SealKit.Verify(bytes);
            // the implementation's name and UID in the meta elements are free (spec/seal.md 12)
            if (SealKit.Passes(verdict)) Assert.Equal(PartState.Rewritten, verdict.Parts[Part.Carrier]);
        }
    }

    [Fact]
    public void An_enhanced_file_is_listed_as_one_instance_without_geometry()
    {
        byte[] frames = SealKit.Added(SealKit.Without(SealKit.Without(PhantomStudy.Slice(0, StudyKit.Paula), 0x00200032), 0x00200037), new ElementWriter().Text(new(0x00280008), Vr.IS, "1").ToArray());
        List<MadeFile> files = [new("a/0.dcm", SealKit.Seal(frames)), .. StudyKit.Slices()[1..2]];
        files.Add(StudyKit.Manifest("a/manifest.dcm", files));

        StudyManifest manifest = Read(files[^1].Bytes, out _)!;
        Assert.Equal(["", StudyKit.Uid(0)], [manifest.Series[0].Entries[1].Slice.Position, manifest.Series[0].Entries[1].Slice.Instance]);
        Assert.Equal(StudyVerdictKind.Complete, StudyKit.JudgeOne(files).Kind);
    }

    [Fact]
    public void The_page_has_every_finding_with_its_exit_code_and_every_word()
    {
        foreach (StudyFindingCode code in Enum.GetValues<StudyFindingCode>().Where(c => c != StudyFindingCode.PolicyManifest))
            Assert.Matches($@"(?m)^\| `{code.Word()}` \| .* \| {new StudyFinding(code, "").ExitCode}[ ;]", Page);
        Assert.All(Enum.GetValues<StudyVerdictKind>(), kind => Assert.Contains($"`{kind.Word()}`", Page, StringComparison.Ordinal));
        string verdicts = File.ReadAllText(Repository.PathOf("spec", "verdict.md")), json = File.ReadAllText(Repository.PathOf("docs", "reference", "json.md"));
        Assert.All(Enum.GetValues<StudyFindingCode>(), code => Assert.Contains($"`{code.Word()}`", verdicts, StringComparison.Ordinal));
        Assert.All(Enum.GetValues<ManifestState>(), state => Assert.Contains($"`{state.Word()}`", json, StringComparison.Ordinal));
    }

    private static byte[] Changed(byte[] document, byte[] from, byte[] to)
    {
        byte[] bytes = [.. document];
        int at = bytes.AsSpan().IndexOf(from);
        Assert.True(at > 0);
        to.CopyTo(bytes, at);
        return bytes;
    }
}
