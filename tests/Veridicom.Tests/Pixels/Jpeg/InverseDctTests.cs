using System.Globalization;
using System.Runtime.Intrinsics.X86;
using System.Text.RegularExpressions;
using Veridicom.Pixels.Jpeg.Dct;
using Xunit;

namespace Veridicom.Tests.Pixels.Jpeg;

/// <summary>The inverse DCT: two paths with the same bits, near the real one, with the constants of the specification.</summary>
public sealed class InverseDctTests
{
    private static (short[] Coefficients, int[] Steps) Block(Random random, int kind)
    {
        short[] coefficients = new short[64];
        int[] steps = new int[64];
        for (int i = 0; i < 64; i++)
        {
            steps[i] = kind == 0 ? random.Next(1, 60) : random.Next(1, 65536);
            coefficients[i] = (short)(kind switch
            {
                0 => random.Next(8) == 0 ? random.Next(-40, 41) : 0,
                1 => random.Next(-2048, 2048),
                2 => random.Next(-32768, 32768),
                _ => random.Next(3) switch { 0 => short.MinValue, 1 => short.MaxValue, _ => 0 },
            });
        }
        return (coefficients, steps);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public void Eight_lanes_give_the_bits_of_one(int precision)
    {
        Assert.SkipUnless(Avx2.IsSupported, "this machine has no AVX2");
        var random = new Random(precision);
        ushort[] wide = new ushort[8 * 11], narrow = new ushort[8 * 11];
        for (int round = 0; round < 20_000; round++)
        {
            (short[] coefficients, int[] steps) = Block(random, round % 4);
            InverseDct.Wide(coefficients, steps, wide, 11, precision);
            InverseDct.Narrow(coefficients, steps, narrow, 11, precision);
            Assert.Equal(narrow, wide);
        }
    }

    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public void The_short_way_for_a_constant_block_gives_the_bits_of_the_long_one(int precision)
    {
        ushort[] whole = new ushort[64], constant = new ushort[64];
        short[] coefficients = new short[64];
        int[] steps = new int[64];
        for (int first = short.MinValue; first <= short.MaxValue; first += 7)
        {
            foreach (int step in new[] { 1, 2, 3, 16, 99, 255, 4097, 65535 })
            {
                coefficients[0] = (short)first;
                steps[0] = step;
                InverseDct.Narrow(coefficients, steps, whole, 8, precision);
                InverseDct.TransformConstant(first, step, constant, 8, precision);
                Assert.True(whole.AsSpan().SequenceEqual(constant), $"{first} x {step}");
            }
        }
    }

    /// <summary>The definition (ISO/IEC 10918-1 A.3.3) in floating point: never more than one off.</summary>
    [Theory]
    [InlineData(8)]
    [InlineData(12)]
    public void It_is_the_inverse_DCT_of_the_standard(int precision)
    {
        var random = new Random(3);
        ushort[] found = new ushort[64];
        int off = 0;
        for (int round = 0; round < 500; round++)
        {
            (short[] coefficients, int[] steps) = Block(random, 0);
            InverseDct.Transform(coefficients, steps, found, 8, precision);
            for (int y = 0; y < 8; y++)
            {
                for (int x = 0; x < 8; x++)
                {
                    double sum = 0;
                    for (int v = 0; v < 8; v++)
                    {
                        for (int u = 0; u < 8; u++)
                            sum += (u == 0 ? Math.Sqrt(0.5) : 1) * (v == 0 ? Math.Sqrt(0.5) : 1) * coefficients[8 * v + u] * steps[8 * v + u]
                                * Math.Cos((2 * x + 1) * u * Math.PI / 16) * Math.Cos((2 * y + 1) * v * Math.PI / 16);
                    }
                    double exact = Math.Clamp(sum / 4 + (1 << (precision - 1)), 0, (1 << precision) - 1);
                    Assert.InRange(found[8 * y + x] - exact, -1.0, 1.0);
                    if (found[8 * y + x] != (int)Math.Round(exact)) off++;
                }
            }
        }
        Assert.InRange(off, 0, 500 * 64 / 20);
    }

    [Fact]
    public void The_constants_are_those_of_the_specification()
    {
        string page = File.ReadAllText(Repository.PathOf("spec", "jpeg.md"));
        Dictionary<string, int> stated = Regex.Matches(page, @"\| (C\d{4}) \| (\d+) ").ToDictionary(m => m.Groups[1].Value, m => int.Parse(m.Groups[2].Value, CultureInfo.InvariantCulture));
        Dictionary<string, int> ours = typeof(InverseDct).GetFields(System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Static)
            .Where(f => f.IsLiteral && Regex.IsMatch(f.Name, @"^C\d{4}$")).ToDictionary(f => f.Name, f => (int)f.GetRawConstantValue()!);

        Assert.Equal(12, stated.Count);
        Assert.Equal(stated.OrderBy(c => c.Key), ours.OrderBy(c => c.Key));
        // each name is its cosine's digits
        Assert.All(stated, c => Assert.InRange(c.Value - int.Parse(c.Key.AsSpan(1), CultureInfo.InvariantCulture) / 1000.0 * 8192, -0.5, 8.7));
    }
}
