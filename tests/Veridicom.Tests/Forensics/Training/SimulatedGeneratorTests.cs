using Veridicom.Forensics;
using Veridicom.Train;
using Veridicom.Train.Generators;
using Xunit;

namespace Veridicom.Tests.Forensics.Training;

public sealed class SimulatedGeneratorTests
{
    public static TheoryData<string> Names => [.. SimulatedGenerator.All.Select(generator => generator.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void The_same_seed_makes_the_same_image_and_another_seed_another(string name)
    {
        SimulatedGenerator generator = Named(name);
        GrayPicture real = MadePictures.Radiograph(150, 190, 4);

        GrayPicture one = generator.Make(real, new SeededRandom(1)), again = generator.Make(real, new SeededRandom(1)), other = generator.Make(real, new SeededRandom(2));

        Assert.Equal(one.Values.ToArray(), again.Values.ToArray());
        Assert.NotEqual(one.Values.ToArray(), other.Values.ToArray());
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Coarse_structure_stays_and_fine_texture_is_new(string name)
    {
        GrayPicture real = MadePictures.Radiograph(160, 160, 9), coarse = Plane.Smooth(real, 8);
        for (ulong seed = 0; seed < 4; seed++)
        {
            GrayPicture made = Named(name).Make(real, new SeededRandom(seed));

            Assert.Equal((real.Rows, real.Columns, 256), (made.Rows, made.Columns, made.Levels));
            Assert.All(made.Values.ToArray(), value => Assert.True(value is >= 0 and <= 255 && value == MathF.Round(value)));
            Assert.True(made.Values.ToArray().Zip(real.Values.ToArray()).Count(pair => pair.First != pair.Second) > real.Values.Length / 4, "most pixels should be new");
            Assert.InRange(Plane.Combine(Plane.Smooth(made, 8), coarse, (a, b) => Math.Abs(a - b)).Values.ToArray().Average(), 0, 6);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Small_and_narrow_images_are_no_obstacle(string name)
    {
        foreach ((int rows, int columns) in new[] { (9, 33), (40, 17), (1, 64) })
        {
            GrayPicture made = Named(name).Make(MadePictures.Radiograph(rows, columns, 1), new SeededRandom(3));

            Assert.Equal((rows, columns), (made.Rows, made.Columns));
            Assert.All(made.Values.ToArray(), value => Assert.True(float.IsFinite(value)));
        }
    }

    private static SimulatedGenerator Named(string name) => SimulatedGenerator.All.Single(generator => generator.Name == name);
}
