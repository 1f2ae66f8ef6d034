namespace Veridicom.Train.Tampering;

/// <summary>Choices of forgers.</summary>
internal static class TamperRandom
{
    /// <summary>A whole number of from..to, without <paramref name="to"/>.</summary>
    public static int Whole(this SeededRandom random, int from, int to) => from + random.Below(to - from);
}
