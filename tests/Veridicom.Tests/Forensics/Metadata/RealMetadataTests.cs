using Veridicom.Dicom;
using Veridicom.Forensics;
using Veridicom.Forensics.Metadata;
using Veridicom.Pixels;
using Xunit;

namespace Veridicom.Tests.Forensics.Metadata;

/// <summary>Real files: none stops the reader, none real gets decisive evidence, and contradictions are rare.</summary>
public sealed class RealMetadataTests
{
    /// <summary>Findings of every file that opens as an image, and how many did not.</summary>
    private static (List<(string File, Evidence Evidence)> Found, int Opened) Below(string folder)
    {
        var found = new List<(string, Evidence)>();
        int opened = 0;
        foreach (string path in RealFiles.Below(folder))
        {
            byte[] bytes = File.ReadAllBytes(path);
            PictureFile? file;
            try
            {
                bool named = PictureFile.TryRecognise(bytes, out PictureFormat? format);
                if (!named && !path.EndsWith(".dcm", StringComparison.Ordinal)) continue;
                file = format is PictureFormat.Png or PictureFormat.Jpeg ? PictureFile.Open(bytes) : PictureFile.Open(DicomFile.Parse(new MemorySource(bytes)), null, out _);
            }
            catch (Exception e) when (e is DicomException or PixelException)
            {
                continue;
            }
            if (file is null) continue;
            opened++;
            using (file) found.AddRange(MetadataFindings.Of(file).Select(e => (Path.GetFileName(path), e)));
        }
        return (found, opened);
    }

    [Fact]
    public void A_real_manifest_of_a_generator_is_read_and_holds()
    {
        byte[] bytes = File.ReadAllBytes(RealFiles.PathOf("xray", "c2pa", "gpt4o_000_original.png"));
        IReadOnlyList<Evidence> found = MetadataFindings.Of(PictureFile.Open(bytes));

        Assert.Equal(("c2pa-generator", true), (found[0].Code, found[0].IsDecisive));
        Assert.Contains("GPT-4o", found[0].Text, StringComparison.Ordinal);
        Evidence present = found.Single(e => e.Code == "c2pa-present");
        Assert.Contains("O=OpenAI", present.Text, StringComparison.Ordinal);
        Assert.Equal(2, present.Numbers.Single(n => n.Key == "manifests").Value);
        Assert.Equal(5, present.Numbers.Single(n => n.Key == "assertions-that-fit").Value);
        Assert.Equal(2, found.Count);
    }

    [Fact]
    public void Real_DICOM_files_get_few_findings_and_no_decisive_ones()
    {
        var (found, opened) = Below("dicom");

        Assert.InRange(opened, 100, int.MaxValue);
        Assert.DoesNotContain(found, f => f.Evidence.IsDecisive || f.Evidence.For == EvidenceFor.Generation);
        // what is not a plain statement of the file about itself
        var contradictions = found.Where(f => f.Evidence.Code is not ("dicom-derived" or "dicom-lossy" or "jpeg-quantisation"));
        Assert.Equal(["dicom-no-padding CT_small.dcm"], contradictions.Select(f => $"{f.Evidence.Code} {f.File}"));
    }

    [Fact]
    public void Real_radiographs_get_no_decisive_findings()
    {
        var (found, opened) = Below("xray");

        Assert.InRange(opened, 200, int.MaxValue);
        // the one picture that still has its generator's manifest
        Assert.DoesNotContain(found, f => f.Evidence.IsDecisive && f.File != "gpt4o_000_original.png");
        Assert.DoesNotContain(found, f => f.Evidence.Code.StartsWith("c2pa", StringComparison.Ordinal) && f.File != "gpt4o_000_original.png");
        // four children's radiographs went through an image editor, which saved them a second time; the others of that source were saved once
        Assert.Equal(found.Where(f => f.Evidence.Code == "editor-trace").Select(f => f.File), found.Where(f => f.Evidence.Code == "jpeg-double").Select(f => f.File));
        Assert.Equal(4, found.Count(f => f.Evidence.Code == "jpeg-double"));
        Assert.DoesNotContain(found, f => f.Evidence.Code == "jpeg-earlier");
    }

    [Fact]
    public void Slices_of_CT_as_PNG_get_nothing_decisive() => Assert.DoesNotContain(Below("ct-png").Found, f => f.Evidence.IsDecisive);
}
