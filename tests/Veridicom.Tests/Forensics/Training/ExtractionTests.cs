using Veridicom.Forensics;
using Veridicom.Pixels.Png;
using Veridicom.Train.Corpus;
using Xunit;

namespace Veridicom.Tests.Forensics.Training;

public sealed class ExtractionTests
{
    [Fact]
    public void Real_images_are_remade_and_every_image_goes_through_the_same_degradations()
    {
        using ScratchFolder folder = Made();

        TrainingSet set = new Extraction(Mean, 3, _ => { }).Of(LabelledFolder.Read(folder.Root)), again = new Extraction(Mean, 3, _ => { }).Of(LabelledFolder.Read(folder.Root));

        string[] measured = ["clean", "jpeg-90", "jpeg-75", "half-size"];
        foreach (var image in set.Train.GroupBy(sample => (sample.Name, sample.Generator))) Assert.Empty(measured.Except(image.Select(sample => sample.Variant)));
        Assert.All(set.Train.Where(sample => !sample.Generated).Select(sample => sample.Name).Distinct(), name =>
            Assert.Equal(Extraction.GeneratorsPerImage, set.Train.Where(sample => sample.Name == name && sample.Simulated).Select(sample => sample.Generator).Distinct().Count()));
        Assert.All(set.Train.Where(sample => sample.Simulated), sample => Assert.Equal(LabelledImage.GroupOf(sample.Name), sample.Group));
        Assert.Equal(measured, set.Calibrate.Where(sample => sample.Name == "c_1_1.png").Select(sample => sample.Variant));
        Assert.DoesNotContain(set.Calibrate, sample => sample.Generated);
        Assert.Equal(set.Train.Select(sample => (sample.Name, sample.Generator, sample.Variant, sample.Features[0])), again.Train.Select(sample => (sample.Name, sample.Generator, sample.Variant, sample.Features[0])));
    }

    [Fact]
    public void What_cannot_be_measured_is_counted_and_a_broken_image_is_named()
    {
        using ScratchFolder folder = Made();
        var extraction = new Extraction(picture => picture.Rows < 40 ? null : Mean(picture), 3, _ => { });

        TrainingSet set = extraction.Of(LabelledFolder.Read(folder.Root));

        Assert.True(extraction.Skipped > 0);
        Assert.DoesNotContain(set.Train, sample => sample.Variant == "half-size");
        File.WriteAllText(Path.Combine(folder.Root, "train", "a_2_1.png"), "no image");
        Assert.Contains("a_2_1.png", Assert.Throws<CorpusException>(() => extraction.Of(LabelledFolder.Read(folder.Root))).Message, StringComparison.Ordinal);
    }

    private static float[] Mean(GrayPicture picture) => [picture.Values.ToArray().Average()];

    private static ScratchFolder Made()
    {
        var folder = new ScratchFolder();
        foreach ((string part, string[] lines) in new[] { ("train", new[] { "a_1_1.png,real,a", "a_2_1.png,real,a", "f_1.png,generated,f" }), ("calibrate", ["c_1_1.png,real,c", "g_1.png,generated,f"]) })
        {
            folder.Write(Path.Combine(part, "labels.csv"), System.Text.Encoding.UTF8.GetBytes("file,label,source\n" + string.Join('\n', lines) + "\n"));
            for (int i = 0; i < lines.Length; i++)
            {
                GrayPicture picture = MadePictures.Radiograph(72, 64, (ulong)(part.Length + i));
                folder.Write(Path.Combine(part, lines[i].Split(',')[0]), PngWriter.Write(64, 72, PngColour.Grey, 8, [.. picture.Values.ToArray().Select(value => (byte)value)]));
            }
        }
        return folder;
    }
}
