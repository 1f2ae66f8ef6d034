using Xunit;

namespace Veridicom.Testing;

public sealed partial class PostgresCluster
{
    /// <summary>Starts one, which takes some seconds. Without PostgreSQL the running test is skipped, or fails under CI=true.</summary>
    public static PostgresCluster Start(bool durable = true)
    {
        PostgresCluster? cluster = TryStart(durable);
        if (cluster is null)
        {
            Assert.SkipUnless(Peer.IsCi, "PostgreSQL is not installed");
            Assert.Fail("PostgreSQL is not installed, and CI=true demands it");
        }

        return cluster;
    }
}

/// <summary>One cluster for the tests of a class, started when the first of them asks for it.</summary>
public sealed class PostgresFixture : IDisposable
{
    private readonly Lazy<PostgresCluster> _cluster = new(() => PostgresCluster.Start(durable: false), LazyThreadSafetyMode.ExecutionAndPublication);

    /// <summary>The cluster; without PostgreSQL the running test is skipped, or fails under CI=true.</summary>
    public PostgresCluster Cluster => _cluster.Value;

    public void Dispose()
    {
        if (_cluster.IsValueCreated) _cluster.Value.Dispose();
    }
}
