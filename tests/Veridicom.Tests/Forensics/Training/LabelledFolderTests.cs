using Veridicom.Pixels.Png;
using Veridicom.Train.Corpus;
using Xunit;

namespace Veridicom.Tests.Forensics.Training;

public sealed class LabelledFolderTests
{
    [Theory]
    [InlineData("nih_00001248_003.png", "nih_00001248")]
    [InlineData("paed_person80_bacteria_392.jpg", "paed_person80")]
    [InlineData("gpt4o_000.png", "gpt4o_000")]
    [InlineData("alone.png", "alone")]
    public void Images_of_one_patient_are_one_group(string name, string group) => Assert.Equal(group, LabelledImage.GroupOf(name));

    [Fact]
    public void Both_lists_are_read_in_the_order_of_names()
    {
        using var folder = new ScratchFolder();
        Part(folder.Root, "train", "b_2_1.png,real,b", "a_1.png,generated,gpt-4o");
        Part(folder.Root, "calibrate", "c_3_1.png,real,c");

        LabelledFolder read = LabelledFolder.Read(folder.Root);

        Assert.Equal(["a_1.png", "b_2_1.png"], read.Train.Select(image => image.Name));
        Assert.Equal([true, false], read.Train.Select(image => image.Generated));
        Assert.Equal(("c", "c_3", 12), (read.Calibrate[0].Source, read.Calibrate[0].Group, read.Calibrate[0].Shown().Columns));
    }

    [Theory]
    [InlineData("b_2_1.png,real,b,more", "line 3")]
    [InlineData("b_2_1.png,perhaps,b", "line 3")]
    [InlineData("../b.png,real,b", "same folder")]
    [InlineData("a_1.png,real,b", "twice")]
    public void A_broken_line_is_named_with_its_place(string line, string expected)
    {
        using var folder = new ScratchFolder();
        Part(folder.Root, "train", "a_1.png,generated,gpt-4o", line);
        Part(folder.Root, "calibrate", "c_3_1.png,real,c");

        Assert.Contains(expected, Assert.Throws<CorpusException>(() => LabelledFolder.Read(folder.Root)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_lists_with_a_missing_or_broken_file_or_a_patient_on_both_sides_it_is_refused()
    {
        using var folder = new ScratchFolder();
        Assert.Contains("labels.csv is missing", Refusal(), StringComparison.Ordinal);

        Part(folder.Root, "train", "a_1.png,generated,gpt-4o", "b_2_1.png,real,b");
        Part(folder.Root, "calibrate", "b_2_7.png,real,b");
        Assert.Contains("b_2 are both", Refusal(), StringComparison.Ordinal);

        Part(folder.Root, "calibrate", "b_3_7.png,real,b");
        File.WriteAllBytes(Path.Combine(folder.Root, "calibrate", "b_3_7.png"), [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 1]);
        Assert.Contains("b_3_7.png", Assert.Throws<CorpusException>(() => LabelledFolder.Read(folder.Root).Calibrate[0].Shown()).Message, StringComparison.Ordinal);

        File.Delete(Path.Combine(folder.Root, "calibrate", "b_3_7.png"));
        Assert.Contains("b_3_7.png is missing", Refusal(), StringComparison.Ordinal);

        string Refusal() => Assert.Throws<CorpusException>(() => LabelledFolder.Read(folder.Root)).Message;
    }

    private static void Part(string root, string part, params string[] lines)
    {
        string folder = Path.Combine(root, part);
        Directory.CreateDirectory(folder);
        File.WriteAllLines(Path.Combine(folder, "labels.csv"), ["file,label,source", .. lines]);
        foreach (string line in lines.Where(line => !line.StartsWith("..", StringComparison.Ordinal)))
            File.WriteAllBytes(Path.Combine(folder, line.Split(',')[0]), PngWriter.Write(12, 9, PngColour.Grey, 8, new byte[108]));
    }
}
