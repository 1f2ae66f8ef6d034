using Veridicom.Dicom;
using Veridicom.Forensics;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Forensics.Metadata;
using Veridicom.Pixels.Png;
using Veridicom.Pixels.Rendering;
using Xunit;

namespace Veridicom.Tests.Forensics;

/// <summary>How findings become an opinion: each rule, and that metadata never moves the score.</summary>
public sealed class OpinionRulesTests
{
    private static readonly Thresholds Shipped = new("shipped", 5, 10, 3, [.. Enumerable.Range(0, 99).Select(i => i / 8d)]);

    private static readonly LocalFinding Place = new(0, new PixelArea(1, 2, 3, 4), "copy-move", 0.9, "a copy");

    [Theory]
    [InlineData(0, 0, Opinion.NoSignsFound)]
    [InlineData(4.9, 3, Opinion.NoSignsFound)]
    [InlineData(5, 0, Opinion.Inconclusive)]
    [InlineData(10, 3, Opinion.SignsOfGeneration)]
    [InlineData(10, 3.1, Opinion.Inconclusive)]
    [InlineData(0, 3.1, Opinion.Inconclusive)]
    public void Scores_decide_at_their_thresholds_unless_the_image_is_strange(double raw, double strangeness, Opinion opinion)
    {
        DetectionResult result = OpinionRules.Judge(new FrameFindings { Generation = new GenerationScore(raw, strangeness, []) }, "m", Shipped);

        Assert.Equal(opinion, result.Opinion);
        Assert.Equal(1 / (1 + Math.Exp(-raw)), result.Score!.Value, 12);
        Assert.Equal(strangeness > 3, result.Evidence.Any(e => e.Code == OpinionRules.StrangeCode));
        Assert.All(result.Evidence, e => Assert.Equal(EvidenceSource.Pixels, e.Source));
        Assert.Equal(("m", "shipped"), (result.Model, result.Thresholds));
    }

    [Theory]
    [InlineData(EvidenceFor.Generation, true, Opinion.SignsOfGeneration)]
    [InlineData(EvidenceFor.Manipulation, true, Opinion.SignsOfManipulation)]
    [InlineData(EvidenceFor.Generation, false, Opinion.Inconclusive)]
    [InlineData(EvidenceFor.Manipulation, false, Opinion.Inconclusive)]
    [InlineData(EvidenceFor.Strangeness, false, Opinion.Inconclusive)]
    [InlineData(EvidenceFor.Neither, false, Opinion.NoSignsFound)]
    public void Metadata_decide_or_raise_doubt_and_leave_the_score_alone(EvidenceFor speaksFor, bool decisive, Opinion opinion)
    {
        var evidence = new Evidence(EvidenceSource.Metadata, "c", speaksFor, decisive, "t");
        DetectionResult with = OpinionRules.Judge(new FrameFindings { Metadata = [evidence], Generation = Score(1) }, "m", Shipped);
        DetectionResult without = OpinionRules.Judge(new FrameFindings { Generation = Score(1) }, "m", Shipped);

        Assert.Equal(opinion, with.Opinion);
        Assert.Equal(without.Score, with.Score);
        Assert.Same(evidence, with.Evidence[0]);
    }

    [Fact]
    public void Generation_outranks_manipulation_and_manipulation_outranks_doubt()
    {
        Assert.Equal(Opinion.SignsOfManipulation, Judge(0, Place).Opinion);
        Assert.Equal(Opinion.SignsOfManipulation, Judge(7, Place).Opinion);
        Assert.Equal(Opinion.SignsOfGeneration, Judge(10, Place).Opinion);
        Assert.Equal(Opinion.SignsOfManipulation, OpinionRules.Judge(new FrameFindings { Generation = new GenerationScore(10, 99, []), Places = [Place] }, "m", Shipped).Opinion);
        Assert.Equal([0.9, 0.3], Judge(0, Place with { Score = 0.3 }, Place).Places.Select(p => p.Score));
    }

    [Theory]
    [InlineData("copy-move", Opinion.SignsOfManipulation)]
    [InlineData("patch-fill", Opinion.SignsOfManipulation)]
    [InlineData("slice-shared-noise", Opinion.SignsOfManipulation)]
    [InlineData("noise-level", Opinion.Inconclusive)]
    [InlineData("noise-texture", Opinion.Inconclusive)]
    [InlineData("slice-noise", Opinion.Inconclusive)]
    [InlineData("slice-content", Opinion.Inconclusive)]
    public void A_copy_decides_and_unusual_noise_is_a_doubt(string code, Opinion opinion)
    {
        Assert.Equal(opinion, Judge(0, Place with { Code = code }).Opinion);
        Assert.Equal(opinion, OpinionRules.Of([], [Place with { Code = code }]));
        Assert.Equal(Opinion.SignsOfGeneration, Judge(10, Place with { Code = code }).Opinion);
    }

    [Fact]
    public void What_is_too_small_is_inconclusive_and_has_no_score()
    {
        DetectionResult result = OpinionRules.Judge(new FrameFindings(), "m", Shipped);
        Assert.Equal((Opinion.Inconclusive, null), (result.Opinion, result.Score));
        Assert.Equal(OpinionRules.TooSmallCode, Assert.Single(result.Evidence).Code);
    }

    [Fact]
    public void A_picture_saved_twice_as_JPEG_is_told_of_and_is_no_doubt()
    {
        var twice = new Evidence(EvidenceSource.Metadata, MetadataCode.JpegDouble.Code, EvidenceFor.Manipulation, false, "t");
        DetectionResult result = OpinionRules.Judge(new FrameFindings { Metadata = [twice], Generation = Score(1) }, "m", Shipped);
        Assert.Equal(Opinion.NoSignsFound, result.Opinion);
        Assert.Contains(twice, result.Evidence);
    }

    [Fact]
    public void No_opinion_says_authentic() =>
        Assert.Equal(["no-signs-found", "inconclusive", "signs-of-manipulation", "signs-of-generation"], Enum.GetValues<Opinion>().Select(o => o.Word()));

    [Fact]
    public void A_file_is_judged_by_its_pixels_through_the_model_that_is_given()
    {
        using PictureFile file = PictureFile.Open(PngWriter.Write(40, 30, PngColour.Grey, 8, Enumerable.Range(0, 1200).Select(i => (byte)(i % 256)).ToArray()));
        FileOpinion found = new Detector(new MeanModel(), Shipped).Judge(file, shown => new Evidence(EvidenceSource.Pixels, "other", EvidenceFor.Generation, false, $"{shown.Rows} x {shown.Columns}"));
        Assert.Equal((0, 1, 1), (found.Frame, found.FramesJudged, found.Frames));
        Assert.Equal("mean-1", found.Result.Model);
        Assert.Equal(Opinion.SignsOfGeneration, found.Result.Opinion);
        Assert.Equal("30 x 40", found.Result.Evidence.Single(e => e.Code == "other").Text);
    }

    [Theory]
    [InlineData(null, "DX", true)]
    [InlineData(null, "CT", false)]
    [InlineData("CT", "CT", true)]
    [InlineData("CT", "DX", false)]
    [InlineData("CT/MR", "MR", true)]
    [InlineData("", "CT", false)]
    [InlineData("", "DX", true)]
    public void Only_modalities_that_the_thresholds_were_set_on_are_known(string? own, string modality, bool known)
    {
        Thresholds thresholds = own is null ? Shipped : Shipped with { Site = "ward-7", Modalities = own.Split('/') };
        byte[] dicom = new Pictures.PictureFile { Rows = 40, Columns = 40, Pixels = new byte[1600] }.With(0x00080060, w => w.Text(new(0x0008, 0x0060), Vr.CS, modality)).File();
        using PictureFile file = PictureFile.Open(DicomFile.Parse(new MemorySource(dicom)), null, out _)!;
        Assert.Equal(known, !new Detector(new MeanModel(), thresholds).Judge(file).Result.Evidence.Any(e => e.Code == OpinionRules.OtherModalityCode));
    }

    [Theory]
    [InlineData(1, 1, 0)]
    [InlineData(64, 64, 63)]
    [InlineData(1000, 64, 984)]
    public void Frames_are_spread_evenly_and_bounded(int frames, int judged, int last)
    {
        int[] places = [.. Detector.FramesToJudge(frames)];
        Assert.Equal((judged, 0, last), (places.Length, places[0], places[^1]));
        Assert.Equal(places.Distinct().Order(), places);
    }

    private static DetectionResult Judge(double raw, params LocalFinding[] places) => OpinionRules.Judge(new FrameFindings { Generation = Score(raw), Places = places }, "m", Shipped);

    private static GenerationScore Score(double raw) => new(raw, 0, []);

    /// <summary>The mean of the values as a score: what comes out shows what went in.</summary>
    private sealed class MeanModel : IGenerationModel
    {
        public string Version => "mean-1";

        public string TrainedOn => "nothing";

        public GenerationScore? Score(GrayPicture shown) => new(shown.Values.ToArray().Average(), 0, []);
    }
}
