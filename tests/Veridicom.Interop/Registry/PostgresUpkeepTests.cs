using Npgsql;
using Veridicom.Registry.Sql;
using Veridicom.Testing.Registry;
using Xunit;

namespace Veridicom.Interop.Registry;

public sealed class PostgresUpkeepTests(PostgresFixture postgres) : UpkeepContract, IClassFixture<PostgresFixture>
{
    private string _connection = "";

    protected override SqlRegistry Open()
    {
        _connection = postgres.Cluster.CreateDatabase();
        return PostgresRegistry.Open(_connection);
    }

    protected override async Task ExecuteAsync(string sql)
    {
        await using var connection = new NpgsqlConnection(_connection + ";Pooling=False");
        await connection.OpenAsync(Stop);
        await using var command = new NpgsqlCommand(sql, connection);
        if (await command.ExecuteNonQueryAsync(Stop) == 0) throw new InvalidOperationException("nothing was damaged");
    }
}
