using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Xunit;

namespace Veridicom.Tests.Forensics;

/// <summary>The rate that a calibration promises is the rate that new images meet, whatever their scores are like.</summary>
public sealed class ConformalCalibrationTests
{
    private static readonly Func<Random, double>[] Laws =
    [
        random => random.NextDouble(),
        random => Math.Tan(Math.PI * (random.NextDouble() - 0.5)), // heavy tails: neither mean nor variance
        random => Math.Floor(random.NextDouble() * 8), // many ties
        random => Math.Exp(3 * random.NextDouble()) + (random.NextDouble() < 0.1 ? 50 : 0),
    ];

    [Theory]
    [InlineData(0, 19, 0.05)]
    [InlineData(0, 100, 0.05)]
    [InlineData(1, 60, 0.05)]
    [InlineData(2, 100, 0.1)]
    [InlineData(3, 99, 0.01)]
    public void New_images_raise_no_more_alarms_than_promised(int law, int count, double rate)
    {
        const int draws = 2000, images = 20;
        int alarms = 0;
        for (int seed = 0; seed < draws; seed++)
        {
            var random = new Random(seed);
            Thresholds thresholds = ConformalCalibration.Set("s", [.. Enumerable.Range(0, count).Select(i => Sample($"p{i}", Laws[law](random)))], rate);
            for (int i = 0; i < images; i++) alarms += Laws[law](random) >= thresholds.Generation ? 1 : 0;
        }
        // alarms of one draw hang together through its threshold: the variance is that of its Beta law, and of the images given it
        double a = count + 1 - Math.Ceiling((count + 1) * (1 - rate) - 1e-9), n = count + 1, mean = a / n, beta = mean * (1 - mean) / (n + 1);
        double deviation = Math.Sqrt((beta + (mean * (1 - mean) - beta) / images) / draws), reached = alarms / (double)(draws * images);
        Assert.True(reached <= rate + 4 * deviation, $"{reached} of {rate}");
        // without ties the rate is not only kept but used
        if (law != 2) Assert.InRange(reached, mean - 4 * deviation, mean + 4 * deviation);
    }

    [Fact]
    public void A_calibration_that_flags_one_image_more_would_break_the_promise()
    {
        // the test above must be able to fail: the next lower score as a threshold passes the rate
        const int count = 19, draws = 2000;
        int alarms = 0;
        for (int seed = 0; seed < draws; seed++)
        {
            var random = new Random(seed);
            double[] scores = [.. Enumerable.Range(0, count).Select(_ => random.NextDouble())];
            Array.Sort(scores);
            alarms += random.NextDouble() > scores[^2] ? 1 : 0;
        }
        Assert.True(alarms > 0.08 * draws, $"{alarms}");
    }

    [Fact]
    public void A_rate_needs_enough_patients_and_images_of_one_patient_count_once()
    {
        Assert.Equal([19, 99, 999, 9, 3], new[] { 0.05, 0.01, 0.001, 0.1, 0.25 }.Select(ConformalCalibration.FewestGroups));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConformalCalibration.FewestGroups(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => ConformalCalibration.FewestGroups(double.NaN));

        List<CalibrationSample> eighteen = [.. Enumerable.Range(0, 180).Select(i => Sample($"p{i % 18}", i))];
        Assert.Equal(18, ConformalCalibration.Groups(eighteen));
        Assert.Throws<ArgumentException>(() => ConformalCalibration.Set("s", eighteen, 0.05));
        Thresholds thresholds = ConformalCalibration.Set("s", [.. eighteen, Sample("p18", 7)], 0.05);
        Assert.Equal(19, thresholds.RealScores.Count);
        Assert.Equal(7, thresholds.RealScores[0]);
        Assert.Equal(Math.BitIncrement(179d), thresholds.Generation);
        Assert.True(thresholds.Inconclusive < thresholds.Generation);
        Assert.Throws<ArgumentException>(() => ConformalCalibration.Set("s", [.. eighteen, Sample("p18", double.NaN)], 0.05));
    }

    [Fact]
    public void How_far_one_calibration_may_be_off_is_said()
    {
        // Beta(1, 19): 1 - 0.95^(1/19) and 1 - 0.05^(1/19)
        (double low, double high) = ConformalCalibration.Reached(19, 0.05);
        Assert.Equal(1 - Math.Pow(0.95, 1 / 19d), low, 6);
        Assert.Equal(1 - Math.Pow(0.05, 1 / 19d), high, 6);
        (low, high) = ConformalCalibration.Reached(10_000, 0.05);
        Assert.InRange(low, 0.045, 0.05);
        Assert.InRange(high, 0.05, 0.055);
    }

    [Fact]
    public void Leaving_parts_out_shows_images_that_are_not_of_one_kind()
    {
        var random = new Random(5);
        List<CalibrationSample> alike = [.. Enumerable.Range(0, 500).Select(i => Sample($"p{i}", random.NextDouble()))];
        IReadOnlyList<LeaveOutPart> parts = ConformalCalibration.LeaveOut(alike, 0.05);
        Assert.Equal([100, 100, 100, 100, 100], parts.Select(part => part.Groups));
        Assert.All(parts, part => Assert.InRange(part.Alarms, 0, 15));

        List<CalibrationSample> mixed = [.. alike.Select((sample, i) => i < 400 ? sample : sample with { Raw = sample.Raw + 5 })];
        Assert.Equal(100, ConformalCalibration.LeaveOut(mixed, 0.05)[4].Alarms);
        Assert.Empty(ConformalCalibration.LeaveOut(alike[..20], 0.05));
    }

    [Fact]
    public void Scores_rise_with_raw_ones_and_are_compared_with_those_of_real_images()
    {
        double last = 0;
        for (double raw = -10; raw < 10; raw += 0.1)
        {
            double score = new GenerationScore(raw, 0, []).Calibrated();
            Assert.True(score > last && score < 1);
            last = score;
        }
        Assert.Equal(0.5, new GenerationScore(0, 0, []).Calibrated());
        var thresholds = new Thresholds("s", 3, 4, 9, [1, 2, 2, 3]);
        Assert.Equal([4, 3, 3, 1, 1, 0], new[] { 0.5, 1.5, 2, 2.5, 3, 3.5 }.Select(raw => CalibratedScore.AsHigh(thresholds, raw)));
        Assert.Equal(0.2, thresholds.ExpectedAlarms(), 9);
    }

    [Fact]
    public void Thresholds_of_a_site_are_read_as_they_were_written_and_nothing_else_is()
    {
        Thresholds thresholds = ConformalCalibration.Set("ward-7", [.. Enumerable.Range(0, 30).Select(i => Sample($"p{i}", i / 7d))], 0.05) with { Modalities = ["", "CT"] };
        var site = new SiteThresholds(thresholds, "g1", 0.05, 31, new DateTimeOffset(2026, 6, 1, 12, 0, 0, TimeSpan.Zero));
        SiteThresholds read = SiteThresholds.Read(site.Write());
        Assert.Equal(site with { Thresholds = read.Thresholds }, read);
        Assert.Equal(thresholds with { RealScores = read.Thresholds.RealScores, Modalities = read.Thresholds.Modalities }, read.Thresholds);
        Assert.Equal(["", "CT"], read.Thresholds.Modalities!);
        Assert.Equal(thresholds.RealScores, read.Thresholds.RealScores);

        string form = System.Text.Encoding.UTF8.GetString(site.Write());
        foreach (string broken in (string[])["", "{}", "[]", form[..^9], form.Replace("ward-7", "../x", StringComparison.Ordinal), form.Replace("\"veridicomSite\": 2", "\"veridicomSite\": 3", StringComparison.Ordinal), form.Replace("\"veridicomSite\": 2", "\"veridicomSite\": 1", StringComparison.Ordinal), form.Replace("\"CT\"", "\"\\u001bCT\"", StringComparison.Ordinal), form.Replace("\"modalities\"", "\"kinds\"", StringComparison.Ordinal), form.Replace("2026-06-01", "2026-13-01", StringComparison.Ordinal), form.Replace("\"images\": 31", "\"images\": 31.5", StringComparison.Ordinal), form.Replace("\"alarmRate\": 0.05", "\"alarmRate\": 1e999", StringComparison.Ordinal)])
            Assert.Throws<FormatException>(() => SiteThresholds.Read(System.Text.Encoding.UTF8.GetBytes(broken)));
    }

    [Theory]
    [InlineData("ward-7", true)]
    [InlineData("a", true)]
    [InlineData("", false)]
    [InlineData("shipped", false)]
    [InlineData("-a", false)]
    [InlineData("..", false)]
    [InlineData("a/b", false)]
    [InlineData("A", false)]
    [InlineData("a.json", false)]
    [InlineData("aäb", false)]
    public void A_name_of_a_site_is_plain(string name, bool valid) => Assert.Equal(valid, SiteThresholds.IsName(name));

    private static CalibrationSample Sample(string group, double raw) => new(group, raw, raw);
}
