using System.Collections.Concurrent;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Train;
using Veridicom.Train.Card;
using Veridicom.Train.Corpus;
using Veridicom.Train.Evaluation;
using Xunit;

namespace Veridicom.Tests.Forensics.Training;

public sealed class HeldOutTests
{
    private readonly TrainingSet _set = Made();
    private readonly ConcurrentBag<TrainingSet> _fitted = [];

    [Fact]
    public void No_model_judges_a_patient_that_it_was_fitted_on()
    {
        // a model that knows what it was fitted on: its score of anything seen is 1000
        var seen = new HeldOut(_set, set =>
        {
            HashSet<float> groups = [.. set.Train.Select(sample => sample.Features[1])];
            return new FittedModel(features => new GenerationScore(groups.Contains(features[1]) ? 1000 : features[0], 0, []), Wide);
        });

        IReadOnlyList<Judged> judged = seen.Judge();

        Assert.Equal(_set.Train.Count, judged.Count);
        Assert.All(judged, one => Assert.NotEqual(1000, one.Score.Raw));
        Assert.All(judged.GroupBy(one => (one.Sample.Name, one.Sample.Generator, one.Sample.Variant)), images => Assert.Single(images));
    }

    [Fact]
    public void A_source_left_out_is_neither_fitted_nor_calibrated_on()
    {
        IReadOnlyList<Judged> judged = new HeldOut(_set, Fit).Judge(source: "south");

        Assert.Equal(HeldOut.Folds, _fitted.Count);
        Assert.All(_fitted, set => Assert.DoesNotContain(set.Train.Concat(set.Calibrate), sample => sample.Source == "south"));
        Assert.Equal(["north", "south"], _set.Calibrate.Select(sample => sample.Source).Distinct());
        // its calibration images are judged too; what simulated generators made of the other source is not
        Assert.Equal(30, judged.Count(one => !one.Sample.Generated));
        Assert.All(judged, one => Assert.True(one.Sample.Source == "south" || one.Sample.Generator == "real-generator"));
    }

    [Fact]
    public void A_generator_left_out_is_judged_against_real_images_only()
    {
        IReadOnlyList<Judged> judged = new HeldOut(_set, Fit).Judge(generator: "real-generator");

        Assert.All(_fitted, set => Assert.DoesNotContain(set.Train, sample => sample.Generator == "real-generator"));
        Assert.All(_fitted, set => Assert.Contains(set.Train, sample => sample.Generator == "simulated"));
        Assert.Equal(["", "real-generator"], judged.Select(one => one.Sample.Generator).Distinct().Order());
    }

    [Fact]
    public void The_whole_evaluation_is_the_same_each_time_and_finds_what_is_there()
    {
        DetectorEvaluation one = DetectorEvaluation.Of(_set, Fit, _ => { }), again = DetectorEvaluation.Of(_set, Fit, _ => { });

        Assert.Equal(one.Patients.Rankings, again.Patients.Rankings);
        Assert.Equal(one.KeyFigures(), again.KeyFigures());
        Assert.Equal(["north", "south"], one.Sources.Select(m => m.LeftOut));
        Assert.Equal(["real-generator", "simulated"], one.Generators.Select(m => m.LeftOut));
        // made generated images lie 3 deviations above the real ones
        Assert.All(one.Patients.Rankings, row => Assert.InRange(row.Auc.Value, 0.9, 1));
        Assert.All(one.Patients.Sources, row => Assert.Equal(20, row.Count));
        Assert.Equal(1, one.KeyFigures().First(figure => figure.Key == "unseen source, least found, clean").Value, 0.25);
        Failure miss = one.Failures[0];
        Assert.True(miss.IsMiss);
        Assert.Equal(miss.Image.Standard, one.Failures.Where(f => f.IsMiss && !f.Image.Sample.Simulated).Min(f => f.Image.Standard));
    }

    [Fact]
    public void Chests_among_generated_images_are_also_measured_by_themselves()
    {
        TrainingSample[] train = [.. _set.Train.Select(sample => sample.Name switch
        {
            "fake_0.png" => sample with { Name = "gpt4o_000.png" },
            "fake_1.png" => sample with { Name = "gpt4o_013.png" },
            _ => sample,
        })];

        DetectorEvaluation evaluation = DetectorEvaluation.Of(_set with { Train = train }, Fit, _ => { });

        Assert.Equal([("real-generator", 10), ("real-generator, chests", 2), ("real-generator, other body parts", 8), ("simulated", 40)], evaluation.Patients.Generators.Select(row => (row.Name, row.Count)));
        Assert.Contains(evaluation.KeyFigures(), figure => figure.Key == "unseen source, chests alone, least AUC, clean");
        Assert.Equal(["real-generator", "simulated"], evaluation.Generators.Select(m => m.LeftOut));
        Assert.Equal(train.Length, evaluation.Answers.Count);
        Assert.Equal(train.Length + 1, CardTables.Answers(evaluation.Answers).Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
    }

    private static Thresholds Wide => new("test", 2, 2.5, 10, [0]);

    private FittedModel Fit(TrainingSet set)
    {
        _fitted.Add(set);
        return new FittedModel(features => new GenerationScore(features[0], 0, []), Wide);
    }

    /// <summary>20 + 10 patients of each of two sources, 10 images of a generator, one simulated image of each patient; the second feature is the group's number.</summary>
    private static TrainingSet Made()
    {
        var random = new SeededRandom(11);
        var train = new List<TrainingSample>();
        var calibrate = new List<TrainingSample>();
        int number = 0;
        foreach (string source in new[] { "north", "south" })
        {
            for (int i = 0; i < 30; i++)
            {
                number++;
                string group = $"{source}_{i:00}";
                (i < 20 ? train : calibrate).Add(new TrainingSample([(float)random.Normal(), number], false, source, "", group, "clean", group + ".png"));
                if (i < 20) train.Add(new TrainingSample([(float)random.Normal() + 3, number], true, source, "simulated", group, "clean", group + ".png"));
            }
        }
        for (int i = 0; i < 10; i++) train.Add(new TrainingSample([(float)random.Normal() + 4, ++number], true, "real-generator", "real-generator", $"fake_{i}", "clean", $"fake_{i}.png"));
        return new TrainingSet(train, calibrate, 1);
    }
}
