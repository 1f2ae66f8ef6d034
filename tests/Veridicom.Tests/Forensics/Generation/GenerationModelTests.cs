using System.Security.Cryptography;
using System.Text;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Tests.Forensics.Training;
using Xunit;

namespace Veridicom.Tests.Forensics.Generation;

public sealed class GenerationModelTests
{
    private static readonly byte[] s_form = Made().Write();

    [Fact]
    public void The_shipped_model_is_whole()
    {
        GenerationModel model = GenerationModel.Shipped;
        Assert.NotEmpty(model.Version);
        Assert.Contains("gpt-4o", model.TrainedOn, StringComparison.Ordinal);
        Assert.Equal("shipped", model.ShippedThresholds.Site);
        Assert.True(model.ShippedThresholds.RealScores.Count >= 100);
        Assert.InRange(model.Write().Length, 1000, 300_000);
        Assert.Same(model, GenerationModel.Shipped);
    }

    [Fact]
    public void A_model_that_was_read_writes_the_same_bytes_and_gives_the_same_scores()
    {
        GenerationModel made = Made(), read = GenerationModel.Read(s_form);
        Assert.Equal(s_form, read.Write());
        var picture = MadePictures.Radiograph(200, 200, 3);
        GenerationScore one = made.Score(picture)!, two = read.Score(picture)!;
        Assert.Equal((one.Raw, one.Strangeness), (two.Raw, two.Strangeness));
        byte[] shipped = GenerationModel.Shipped.Write();
        Assert.Equal(shipped, GenerationModel.Read(shipped).Write());
    }

    [Fact]
    public void The_reasons_are_the_score()
    {
        GenerationScore score = GenerationModel.Shipped.Score(MadePictures.Radiograph(300, 300, 3))!;
        Assert.Equal(score.Raw, GenerationModel.Shipped.Bias + score.Reasons.Sum(reason => reason.Value), 9);
        Assert.Equal(GenerationModel.Shipped.Terms.Select(term => term.Name).Order(), score.Reasons.Select(reason => reason.Key).Order());
        Assert.Equal(score.Reasons.Select(reason => Math.Abs(reason.Value)).OrderDescending(), score.Reasons.Select(reason => Math.Abs(reason.Value)));
    }

    [Fact]
    public void Features_count_up_to_a_limit_and_strangeness_does_not()
    {
        GenerationModel model = Made();
        float[] features = new float[GenerationFeatures.Names.Count];
        features[GenerationFeatures.Place("ring1")] = 1 + 2 * 2;
        GenerationScore near = model.Score(features);
        // scaled 2 and 0, weighted 0.5 and -0.25
        Assert.Equal(0.125 + 0.5 * 2, near.Raw, 12);
        features[GenerationFeatures.Place("ring1")] = 1 + 2 * 10;
        GenerationScore far = model.Score(features);
        Assert.Equal(0.125 + 0.5 * GenerationModel.Limit, far.Raw, 12);
        Assert.True(far.Strangeness > near.Strangeness + 3);
        // nearest centre (1, 0): distance 1, by a precision of 1, over two features
        Assert.Equal(Math.Sqrt(0.5), near.Strangeness, 12);
    }

    [Fact]
    public void A_form_cut_off_or_changed_anywhere_is_refused()
    {
        for (int length = 0; length < s_form.Length; length++) Assert.Throws<FormatException>(() => GenerationModel.Read(s_form.AsSpan(0, length)));
        for (int at = 0; at < s_form.Length; at++)
        {
            byte[] changed = [.. s_form];
            changed[at] ^= 0x10;
            Assert.Throws<FormatException>(() => GenerationModel.Read(changed));
        }
        Assert.Throws<FormatException>(() => GenerationModel.Read([.. s_form, (byte)' ']));
        Assert.Throws<FormatException>(() => GenerationModel.Read(new byte[(1 << 20) + 1]));
    }

    [Theory]
    [InlineData("\"scale\": 2", "\"scale\": 0")]
    [InlineData("\"scale\": 2", "\"scale\": -1")]
    [InlineData("\"scale\": 2", "\"scale\": 1e999")]
    [InlineData("\"feature\": \"ring1\"", "\"feature\": \"ring999\"")]
    [InlineData("\"feature\": \"ring1\"", "\"feature\": \"lag01\"")]
    [InlineData("\"featureDefinition\": ", "\"featureDefinition\": 9")]
    [InlineData("\"inconclusive\": 1", "\"inconclusive\": 3")]
    [InlineData("\"strangeness\": 5", "\"strangeness\": 0")]
    [InlineData("\"bias\"", "\"other\"")]
    [InlineData("\"seed\": 7", "\"seed\": -7")]
    [InlineData("\"precision\": [", "\"precision\": [ 1,")]
    [InlineData("\"realScores\": [", "\"realScores\": [ 99,")]
    [InlineData("\"centres\": [", "\"centres\": [ {},")]
    [InlineData("\"version\": \"1\"", "\"version\": 1")]
    [InlineData("{", "[")]
    public void A_form_whose_parts_do_not_fit_is_refused_though_its_sum_is_right(string from, string to)
    {
        string form = Encoding.UTF8.GetString(s_form), body = form[(form.IndexOf('\n', StringComparison.Ordinal) + 1)..];
        int at = body.IndexOf(from, StringComparison.Ordinal);
        Assert.True(at >= 0, "the test names a part that is not there");
        Assert.Throws<FormatException>(() => GenerationModel.Read(Summed(body[..at] + to + body[(at + from.Length)..])));
        Assert.Equal(s_form, GenerationModel.Read(Summed(body)).Write());
    }

    private static byte[] Summed(string body) =>
        Encoding.UTF8.GetBytes("veridicom-generation-model 1 " + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body))) + "\n" + body);

    private static GenerationModel Made() => new(
        [new("ring1", 1, 2, 0.5), new("lag01", 0, 1, -0.25)], 0.125, [new("north", [1, 0]), new("south", [-4, 0])], [1, 0, 0, 1],
        new Thresholds("shipped", 1, 2, 5, [-1, 0, 1.5]), new GenerationModelOrigin("1", "made", "none", 7, "tests"));
}
