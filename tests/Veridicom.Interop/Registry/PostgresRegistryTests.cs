using Npgsql;
using Veridicom.Registry;
using Veridicom.Registry.Sql;
using Veridicom.Testing.Registry;
using Xunit;

namespace Veridicom.Interop.Registry;

public sealed class PostgresRegistryTests(PostgresFixture postgres) : RegistryContract, IClassFixture<PostgresFixture>
{
    private string _connection = "";

    protected override Task<IRegistry> OpenAsync()
    {
        _connection = postgres.Cluster.CreateDatabase();
        return Task.FromResult<IRegistry>(PostgresRegistry.Open(_connection));
    }

    protected override async Task SetVersionAsync(long version)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=False");
        await connection.OpenAsync(Stop);
        await using var command = new NpgsqlCommand("INSERT INTO schema_version (version) VALUES (@version)", connection);
        command.Parameters.AddWithValue("version", version);
        await command.ExecuteNonQueryAsync(Stop);
    }

    [Fact]
    public async Task A_server_that_cannot_be_reached_is_a_fault_that_may_pass_and_no_password_is_told()
    {
        await using PostgresRegistry registry = PostgresRegistry.Open("Host=/nowhere;Username=u;Password=hunter2");

        var fault = await Assert.ThrowsAsync<RegistryException>(() => registry.NewestAsync(Stop));

        Assert.True(fault.CanRetry);
        Assert.DoesNotContain("hunter2", fault.ToString(), StringComparison.Ordinal);
        var unreadable = Assert.Throws<RegistryException>(() => PostgresRegistry.Open("Password=hunter2;Nonsense=1"));
        Assert.DoesNotContain("hunter2", unreadable.ToString(), StringComparison.Ordinal);
    }
}
