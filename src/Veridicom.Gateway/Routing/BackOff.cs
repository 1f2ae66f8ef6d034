namespace Veridicom.Gateway.Routing;

/// <summary>Times between attempts: doubled with each failure up to a limit, and shortened by chance by up to a quarter, so that many do not come back at once.</summary>
/// <param name="first">After the first failure.</param>
/// <param name="most">Never more.</param>
/// <param name="chance">Source of chance; a test gives it a seed.</param>
internal sealed class BackOff(TimeSpan first, TimeSpan most, Random chance)
{
    private readonly Lock _one = new(); // a seeded Random is not safe for several threads

    /// <summary>The time to wait after so many failures, from 1.</summary>
    public TimeSpan After(int failures)
    {
        double seconds = Math.Min(first.TotalSeconds * Math.Pow(2, Math.Clamp(failures, 1, 40) - 1), most.TotalSeconds);
        return Shortened(seconds);
    }

    /// <summary>The longest time: for what is tried again only now and then.</summary>
    public TimeSpan Slow() => Shortened(most.TotalSeconds);

    private TimeSpan Shortened(double seconds)
    {
        lock (_one) return TimeSpan.FromSeconds(seconds * (1 - (chance.NextDouble() / 4)));
    }
}
