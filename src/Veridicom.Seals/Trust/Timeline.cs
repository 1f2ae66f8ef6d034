namespace Veridicom.Seals.Trust;

/// <summary>
/// A point in time that remembers between which of the instants it was compared with it lies. As every comparison of an evaluation
/// goes through here, the result holds unchanged for the whole window.
/// </summary>
internal sealed class Timeline(DateTimeOffset at)
{
    public DateTimeOffset From { get; private set; } = DateTimeOffset.MinValue;

    public DateTimeOffset Until { get; private set; } = DateTimeOffset.MaxValue;

    /// <summary>The time in question is not before <paramref name="instant"/>.</summary>
    public bool Reached(DateTimeOffset instant)
    {
        if (at >= instant)
        {
            From = instant > From ? instant : From;
            return true;
        }
        Until = instant < Until ? instant : Until;
        return false;
    }

    /// <summary>The time in question is after <paramref name="instant"/>, which still counts as within.</summary>
    public bool Passed(DateTimeOffset instant) => Reached(instant.AddTicks(1));
}
