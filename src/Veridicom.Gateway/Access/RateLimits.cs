using System.Net;
using System.Threading.RateLimiting;
using Veridicom.Gateway.Configuration;

namespace Veridicom.Gateway.Access;

/// <summary>
/// Token buckets: one for each address, asked before anything costs us work, and one for each caller once it is known. Those of who is quiet are dropped.
/// </summary>
public sealed class RateLimits : IDisposable
{
    /// <summary>An address may stand for several callers, as a hospital's proxy does: it has so many times the rate of one.</summary>
    public const int CallersPerAddress = 4;

    private readonly PartitionedRateLimiter<IPAddress> _addresses;
    private readonly PartitionedRateLimiter<string> _callers;

    /// <summary>Of these settings.</summary>
    public RateLimits(HttpSettings settings)
    {
        TokenBucketRateLimiterOptions caller = Bucket(settings.RequestsPerSecond, settings.Burst);
        TokenBucketRateLimiterOptions address = Bucket(settings.RequestsPerSecond * CallersPerAddress, (int)Math.Min(int.MaxValue, (long)settings.Burst * CallersPerAddress));
        _addresses = PartitionedRateLimiter.Create<IPAddress, IPAddress>(from => RateLimitPartition.GetTokenBucketLimiter(Network(from), _ => address));
        _callers = PartitionedRateLimiter.Create<string, string>(name => RateLimitPartition.GetTokenBucketLimiter(name, _ => caller));
    }

    /// <summary>Takes one request of an address. Null where it may be made, else the time after which it may.</summary>
    public TimeSpan? Take(IPAddress address) => Take(_addresses, address);

    /// <summary>Takes one request of a caller, likewise.</summary>
    public TimeSpan? Take(string caller) => Take(_callers, caller);

    /// <inheritdoc/>
    public void Dispose()
    {
        _addresses.Dispose();
        _callers.Dispose();
    }

    private static TimeSpan? Take<T>(PartitionedRateLimiter<T> limiter, T who)
    {
        using RateLimitLease lease = limiter.AttemptAcquire(who);
        if (lease.IsAcquired) return null;
        return lease.TryGetMetadata(MetadataName.RetryAfter, out TimeSpan after) ? after : TimeSpan.FromSeconds(1);
    }

    /// <summary>Who has one address of IPv6 has 2^64 of them (RFC 4291 2.5.1): the network counts.</summary>
    private static IPAddress Network(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) return address.MapToIPv4();
        if (address.AddressFamily != System.Net.Sockets.AddressFamily.InterNetworkV6 || IPAddress.IsLoopback(address)) return address;
        byte[] bytes = address.GetAddressBytes();
        bytes.AsSpan(8).Clear();
        return new IPAddress(bytes);
    }

    private static TokenBucketRateLimiterOptions Bucket(double perSecond, int burst)
    {
        int tokens = Math.Max(1, (int)Math.Min(int.MaxValue, perSecond / 10)); // every 100 ms, or one at a time
        return new TokenBucketRateLimiterOptions
        {
            TokenLimit = Math.Max(1, burst),
            TokensPerPeriod = tokens,
            ReplenishmentPeriod = TimeSpan.FromSeconds(Math.Clamp(tokens / perSecond, 0.001, 86400)),
            QueueLimit = 0,
            AutoReplenishment = true,
        };
    }
}
