using System.Numerics;
using Veridicom.Forensics.Generation;
using Veridicom.Train;
using Xunit;

namespace Veridicom.Tests.Forensics.Generation;

public sealed class PatchSpectrumTests
{
    private const int Side = PatchSpectrum.Side;

    [Fact]
    public void Power_is_that_of_the_transform_by_its_definition()
    {
        var random = new SeededRandom(3);
        float[] patch = [.. Enumerable.Range(0, Side * Side).Select(_ => (float)(128 + 20 * random.Normal()))];
        double mean = patch.Average(value => (double)value);
        double[] window = [.. Enumerable.Range(0, Side).Select(i => 0.5 - 0.5 * Math.Cos(2 * Math.PI * (i + 0.5) / Side))];
        double energy = window.Sum(w => w * w);
        float[] power = new PatchSpectrum().Power(patch).ToArray();
        foreach ((int down, int across) in ((int, int)[])[(0, 0), (0, 1), (1, 0), (3, 7), (31, 5), (32, 32), (40, 63), (63, 1)])
        {
            Complex sum = 0;
            for (int y = 0; y < Side; y++)
                for (int x = 0; x < Side; x++) sum += (patch[y * Side + x] - mean) * window[y] * window[x] * Complex.FromPolarCoordinates(1, -2 * Math.PI * (y * down + x * across) / Side);
            double wanted = (sum * Complex.Conjugate(sum)).Real / (energy * energy);
            // stored by horizontal frequency first
            Assert.Equal(wanted, power[across * Side + down], 1e-3 * wanted + 1e-3);
        }
    }

    [Fact]
    public void White_noise_of_variance_1_has_power_1_in_every_ring_and_direction()
    {
        var random = new SeededRandom(4);
        var spectrum = new PatchSpectrum();
        double[] rings = new double[PatchSpectrum.Rings], sectors = new double[PatchSpectrum.Sectors], sumRings = new double[rings.Length], sumSectors = new double[sectors.Length];
        const int patches = 60;
        for (int i = 0; i < patches; i++)
        {
            spectrum.Measure([.. Enumerable.Range(0, Side * Side).Select(_ => (float)random.Normal())], rings, sectors);
            for (int k = 0; k < rings.Length; k++) sumRings[k] += rings[k] / patches;
            for (int k = 0; k < sectors.Length; k++) sumSectors[k] += sectors[k] / patches;
        }
        // few frequencies are in the coarse rings, and the mean that is taken off touches the coarsest
        Assert.All(sumRings[3..], power => Assert.InRange(power, 0.9, 1.1));
        Assert.All(sumSectors, power => Assert.InRange(power, 0.95, 1.05));
    }

    [Theory]
    [InlineData(12, 0, 0)]
    [InlineData(0, 12, 1)]
    [InlineData(9, 9, 2)]
    [InlineData(28, 0, 3)]
    [InlineData(0, 28, 4)]
    [InlineData(19, 19, 5)]
    public void A_wave_is_found_in_its_ring_and_in_its_direction(int across, int down, int sector)
    {
        float[] patch = [.. Enumerable.Range(0, Side * Side).Select(i => (float)(100 + 20 * Math.Cos(2 * Math.PI * (i % Side * across + i / Side * down) / Side)))];
        double[] rings = new double[PatchSpectrum.Rings], sectors = new double[PatchSpectrum.Sectors];
        new PatchSpectrum().Measure(patch, rings, sectors);
        Assert.Equal(sector, Array.IndexOf(sectors, sectors.Max()));
        int ring = Array.IndexOf(rings, rings.Max()), radius = (int)Math.Sqrt(across * across + down * down);
        Assert.InRange(radius, PatchSpectrum.EdgeOf(ring), PatchSpectrum.EdgeOf(ring + 1));
    }
}
