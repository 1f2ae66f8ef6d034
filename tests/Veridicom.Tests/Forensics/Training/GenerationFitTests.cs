using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Train;
using Veridicom.Train.Corpus;
using Veridicom.Train.Fitting;
using Xunit;

namespace Veridicom.Tests.Forensics.Training;

/// <summary>The fit on made features, whose answer is known.</summary>
public sealed class GenerationFitTests
{
    private static readonly string[] s_telling = ["ring1", "ring2", "brightness1", "brightness2", "noise-spread"];

    [Fact]
    public void The_same_samples_give_the_same_file_and_it_tells_the_classes_apart()
    {
        TrainingSet set = Made(3);
        GenerationModel model = GenerationFit.Fit(set);
        Assert.Equal(model.Write(), GenerationFit.Fit(Made(3)).Write());
        Assert.NotEqual(model.Write(), GenerationFit.Fit(Made(4)).Write());

        double[] generated = [.. set.Train.Where(sample => sample.Generated && !sample.Simulated).Select(sample => model.Score(sample.Features).Raw)];
        double[] real = [.. set.Train.Where(sample => !sample.Generated).Select(sample => model.Score(sample.Features).Raw)];
        Assert.True(generated.Average() > real.Average() + 2);
        Assert.True(generated.Count(raw => raw >= model.ShippedThresholds.Generation) > 0.9 * generated.Length);
    }

    [Fact]
    public void No_source_has_more_alarms_than_promised_in_any_variant()
    {
        TrainingSet set = Made(3);
        // one source is noisier than the other: a threshold on their mixture would let it have twice its share
        TrainingSample[] noisy = [.. set.Calibrate.Select(sample => sample.Source == "south" ? sample with { Features = [.. sample.Features.Select((value, i) => Telling(i) ? value * 1.5f + 1 : value)] } : sample)];
        GenerationModel model = GenerationFit.Fit(set with { Calibrate = noisy });
        Thresholds thresholds = model.ShippedThresholds;
        foreach (IGrouping<(string, string), TrainingSample> part in noisy.GroupBy(sample => (sample.Source, sample.Variant)))
        {
            int alarms = part.Count(sample => model.Score(sample.Features).Raw >= thresholds.Generation);
            Assert.InRange(alarms, 0, (int)(GenerationFit.AlarmRate * part.Count()));
        }
        Assert.Equal(noisy.Length, thresholds.RealScores.Count);
        Assert.True(thresholds.Generation >= GenerationFit.LeastThreshold);
        Assert.True(thresholds.Inconclusive < thresholds.Generation);
    }

    [Fact]
    public void Images_of_known_sources_are_not_strange_and_others_are()
    {
        TrainingSet set = Made(3);
        GenerationModel model = GenerationFit.Fit(set);
        int strange = set.Train.Count(sample => model.Score(sample.Features).Strangeness > model.ShippedThresholds.Strangeness);
        Assert.InRange(strange, 0, set.Train.Count / 50);
        float[] other = [.. set.Train[0].Features.Select((value, i) => i % 2 == 0 ? value + 8 : value - 8)];
        Assert.True(model.Score(other).Strangeness > 2 * model.ShippedThresholds.Strangeness);
    }

    [Fact]
    public void How_many_images_a_source_has_does_not_count()
    {
        TrainingSet set = Made(3);
        GenerationModel model = GenerationFit.Fit(set);
        GenerationModel again = GenerationFit.Fit(set with { Train = [.. set.Train, .. set.Train.Where(sample => sample is { Source: "south", Generated: false })] });
        for (int i = 0; i < model.Terms.Count; i++) Assert.Equal(model.Terms[i].Weight, again.Terms[i].Weight, 6);
        Assert.Equal(model.Bias, again.Bias, 6);
    }

    [Fact]
    public void Without_both_classes_and_without_calibration_nothing_is_fitted()
    {
        TrainingSet set = Made(3);
        Assert.Throws<CorpusException>(() => GenerationFit.Fit(set with { Train = [.. set.Train.Where(sample => sample.Generated)] }));
        Assert.Throws<CorpusException>(() => GenerationFit.Fit(set with { Train = [.. set.Train.Where(sample => !sample.Generated)] }));
        Assert.Throws<CorpusException>(() => GenerationFit.Fit(set with { Calibrate = [] }));
    }

    [Fact]
    public void Logistic_regression_finds_the_odds_that_are_there()
    {
        // of 4 with x = 1 three are positive, of 4 with x = -1 one is: odds of 3 and of 1/3
        double[][] rows = [.. Enumerable.Range(0, 8).Select(i => new[] { 7.0, i < 4 ? 1.0 : -1.0 })];
        bool[] positive = [true, true, true, false, true, false, false, false];
        double[] solution = LogisticRegression.Fit(rows, [1], positive, [.. Enumerable.Repeat(0.125, 8)], 0);
        Assert.Equal(Math.Log(3), solution[0], 5);
        Assert.Equal(0, solution[1], 5);
        double[] held = LogisticRegression.Fit(rows, [1], positive, [.. Enumerable.Repeat(0.125, 8)], 0.5);
        Assert.InRange(held[0], 0.1, 0.9);
    }

    [Fact]
    public void Equations_and_inverses_are_solved()
    {
        double[,] matrix = { { 4, 1, 0.5 }, { 1, 3, -1 }, { 0.5, -1, 2 } };
        double[] x = SymmetricMatrix.Solve(matrix, [4 + 2 + 1.5, 1 + 6 - 3, 0.5 - 2 + 6]);
        double[,] inverse = SymmetricMatrix.Inverse(matrix);
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(i + 1, x[i], 12);
            for (int j = 0; j < 3; j++) Assert.Equal(i == j ? 1 : 0, Enumerable.Range(0, 3).Sum(k => matrix[i, k] * inverse[k, j]), 12);
        }
        Assert.Throws<ArithmeticException>(() => SymmetricMatrix.Solve(new double[,] { { 1, 2 }, { 2, 1 } }, [1, 1]));
    }

    private static bool Telling(int feature) => s_telling.Contains(GenerationFeatures.Names[feature]);

    /// <summary>Two sources that differ in one feature, a generator whose images differ from both in five, and a simulated one half-way.</summary>
    private static TrainingSet Made(ulong seed)
    {
        var random = new SeededRandom(seed);
        List<TrainingSample> train = [], calibrate = [];
        foreach (string source in (string[])["north", "south"])
        {
            for (int i = 0; i < 90; i++)
            {
                string group = $"{source}_{i}";
                foreach (string variant in (string[])["clean", "half-size"])
                    (i < 40 ? train : calibrate).Add(new TrainingSample(Features(0, source), false, source, "", group, variant, group + ".png"));
                if (i < 40) train.Add(new TrainingSample(Features(1, source), true, source, "simulated", group, "clean", group + ".png"));
            }
        }
        for (int i = 0; i < 30; i++) train.Add(new TrainingSample(Features(2.5f, ""), true, "generator", "generator", $"g_{i}", "clean", $"g_{i}.png"));
        return new TrainingSet(train, calibrate, seed);

        float[] Features(float shift, string source) =>
            [.. GenerationFeatures.Names.Select((name, i) => (float)random.Normal() + (Telling(i) ? shift : 0) + (name == "lag22" && source == "south" ? 2 : 0))];
    }
}
