using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Veridicom.Gateway.Intake;

/// <summary>What the intake desk measures: each instance by what became of it, and how long each step took.</summary>
internal static class IntakeMeter
{
    private static readonly Meter Meter = new("Veridicom.Gateway.Intake");
    private static readonly Counter<long> Instances = Meter.CreateCounter<long>("veridicom_instances_total");
    private static readonly Counter<long> Bytes = Meter.CreateCounter<long>("veridicom_instance_bytes_total");
    private static readonly Histogram<double> Seconds = Meter.CreateHistogram<double>("veridicom_intake_seconds");

    /// <summary>An instance was dealt with.</summary>
    public static void Taken(IntakeResult result, ArrivalProtocol protocol, long bytes, TimeSpan took)
    {
        string way = protocol.ToString().ToLowerInvariant();
        Instances.Add(1, new("outcome", result.Outcome.ToString().ToLowerInvariant()), new("protocol", way), new("route", result.Instance?.Route ?? ""));
        Bytes.Add(bytes, new KeyValuePair<string, object?>("protocol", way));
        Seconds.Record(took.TotalSeconds, new KeyValuePair<string, object?>("step", "all"));
    }

    /// <summary>Does one step, and measures it.</summary>
    public static async Task<T> StepAsync<T>(string step, Func<Task<T>> work)
    {
        long began = Stopwatch.GetTimestamp();
        T result = await work();
        Seconds.Record(Stopwatch.GetElapsedTime(began).TotalSeconds, new KeyValuePair<string, object?>("step", step));
        return result;
    }
}
