namespace Veridicom.Cli.Demo;

/// <summary>How the samples of a phantom are stored, as scanners do it; both with 16 bits allocated and a rescale intercept of -1024 HU.</summary>
public enum PhantomSamples
{
    /// <summary>16 bits stored, two's complement; padding is -2000, which no tissue reaches.</summary>
    Signed16,
    /// <summary>12 bits stored, unsigned; padding is 0, the lowest value there is.</summary>
    Unsigned12,
}

/// <summary>What a phantom study is made of. The same options give the same bytes on every machine.</summary>
public sealed record PhantomOptions
{
    /// <summary>From which anatomy, noise and UIDs are drawn.</summary>
    public int Seed { get; init; } = 1;

    /// <summary>Slices in the series, 1 to 100,000.</summary>
    public int Slices { get; init; } = 24;

    /// <summary>Rows and columns, even, 64 to 4096. The field of view is 400 mm whatever the size.</summary>
    public int Size { get; init; } = 512;

    /// <summary>Distance and thickness of slices in mm. Below the diaphragm the anatomy runs back to the aortic arch, and so on.</summary>
    public double SliceSpacing { get; init; } = 5;

    /// <summary>How samples are stored.</summary>
    public PhantomSamples Samples { get; init; } = PhantomSamples.Signed16;

    /// <summary>Patient's Name, within ISO 8859-1.</summary>
    public string PatientName { get; init; } = "Phantom^Paula";

    /// <summary>Patient ID.</summary>
    public string PatientId { get; init; } = "PHANTOM-1";

    /// <summary>Study, series, acquisition and content date and time.</summary>
    public DateTime AcquiredAt { get; init; } = new(2026, 1, 15, 9, 30, 0, DateTimeKind.Unspecified);

    /// <summary>Throws where a number is outside of what the properties say.</summary>
    public void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Slices, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Slices, 100_000);
        ArgumentOutOfRangeException.ThrowIfLessThan(Size, 64);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(Size, 4096);
        ArgumentOutOfRangeException.ThrowIfNotEqual(Size & 1, 0, nameof(Size));
        if (!(SliceSpacing is >= 0.1 and <= 100)) throw new ArgumentOutOfRangeException(nameof(SliceSpacing));
    }
}
