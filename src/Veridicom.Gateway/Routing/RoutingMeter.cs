using System.Diagnostics.Metrics;

namespace Veridicom.Gateway.Routing;

/// <summary>What forwarding counts, by destination.</summary>
internal static class RoutingMeter
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Veridicom.Gateway.Routing";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Attempts = Meter.CreateCounter<long>("veridicom_delivery_attempts_total", description: "Instances sent to a destination, by what became of them.");
    private static readonly Counter<long> Commitments = Meter.CreateCounter<long>("veridicom_commitments_total", description: "Storage commitments of a destination: asked, given, denied, failed (could not be asked for).");
    private static readonly Counter<long> Posts = Meter.CreateCounter<long>("veridicom_webhook_posts_total", description: "Webhook posts: accepted, failed, passed over.");

    public static void Sent(string destination, SendOutcome outcome) =>
        Attempts.Add(1, new("destination", destination), new("outcome", outcome.ToString().ToLowerInvariant()));

    public static void Commitment(string destination, string outcome, int count) =>
        Commitments.Add(count, new("destination", destination), new("outcome", outcome));

    public static void Posted(string outcome) => Posts.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
