using Veridicom.Train;
using Veridicom.Train.Evaluation;
using Xunit;

namespace Veridicom.Tests.Forensics.Training;

public sealed class RankingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void The_area_is_what_counting_every_pair_gives(ulong seed)
    {
        var random = new SeededRandom(seed);
        // whole numbers, so that there are ties
        double[] generated = [.. Enumerable.Range(0, 37).Select(_ => Math.Round(3 * random.Normal() + 2))], real = [.. Enumerable.Range(0, 53).Select(_ => Math.Round(3 * random.Normal()))];

        double pairs = generated.Sum(g => real.Sum(r => g > r ? 1 : g == r ? 0.5 : 0));

        Assert.Equal(pairs / generated.Length / real.Length, Ranking.Auc(generated, real), 12);
    }

    [Fact]
    public void Extremes_of_the_area()
    {
        Assert.Equal(1, Ranking.Auc([3, 4], [1, 2]));
        Assert.Equal(0, Ranking.Auc([1], [2, 3]));
        Assert.Equal(0.5, Ranking.Auc([1, 1], [1]));
        Assert.True(double.IsNaN(Ranking.Auc([], [1])));
    }

    [Fact]
    public void The_bootstrap_depends_on_its_seed_and_covers_its_value()
    {
        var random = new SeededRandom(5);
        double[] generated = [.. Enumerable.Range(0, 40).Select(_ => random.Normal() + 1)], real = [.. Enumerable.Range(0, 60).Select(_ => random.Normal())];

        Interval one = Ranking.AucInterval(generated, real, new SeededRandom(8)), again = Ranking.AucInterval(generated, real, new SeededRandom(8)), other = Ranking.AucInterval(generated, real, new SeededRandom(9));

        Assert.Equal(one, again);
        Assert.NotEqual(one, other);
        Assert.Equal(Ranking.Auc(generated, real), one.Value);
        Assert.True(one.Low < one.Value && one.Value < one.High);
        // the normal approximation of Hanley and McNeil for 40 and 60 at this area is about 0.09 either way
        Assert.InRange(one.High - one.Low, 0.1, 0.25);
        Assert.Equal(new Interval(1, 1, 1), Ranking.AucInterval([2, 3], [0, 1], new SeededRandom(1)));
    }

    [Theory]
    [InlineData(99, 0.01, 99)]
    [InlineData(100, 0.05, 96)]
    [InlineData(19, 0.05, 19)]
    [InlineData(10, 0.01, 10)]
    public void A_threshold_is_the_conformal_quantile(int images, double share, double expected)
    {
        Assert.Equal(expected, Ranking.Threshold(Enumerable.Range(1, images).Reverse().Select(i => (double)i), share));
    }

    [Fact]
    public void A_frozen_threshold_holds_for_each_source()
    {
        (double, string)[] real = [.. Enumerable.Range(1, 99).Select(i => ((double)i, "low")), .. Enumerable.Range(1, 99).Select(i => (100.0 + i, "high"))];

        Assert.Equal(195, HeldOut.Frozen(real, 0.05));
    }

    [Fact]
    public void A_positive_is_worth_what_Bayes_says()
    {
        // one fake in 10,000, 97 % found, 1 % false alarms: right about once in a hundred
        Assert.Equal(0.0096, BaseRate.Right(10_000, 0.97, 0.01), 4);
        Assert.Equal(1, BaseRate.Right(100, 0.5, 0));
        Assert.Equal(0, BaseRate.Right(100, 0, 0));
        (double low, double high) = BaseRate.Wilson(0, 60);
        Assert.Equal(0, low, 9);
        Assert.Equal(0.0602, high, 4);
    }
}
