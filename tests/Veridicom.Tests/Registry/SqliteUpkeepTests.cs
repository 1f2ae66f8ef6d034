using Microsoft.Data.Sqlite;
using Veridicom.Registry.Sql;
using Veridicom.Testing.Registry;

namespace Veridicom.Tests.Registry;

public sealed class SqliteUpkeepTests : UpkeepContract
{
    private readonly ScratchFolder _folder = new();

    private string Database => _folder.PathOf("registry.db");

    protected override SqlRegistry Open() => SqliteRegistry.Open(Database);

    protected override async Task ExecuteAsync(string sql)
    {
        await using var connection = new SqliteConnection($"Data Source={Database};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = sql;
        if (await command.ExecuteNonQueryAsync(Stop) == 0) throw new InvalidOperationException("nothing was damaged");
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }
}
