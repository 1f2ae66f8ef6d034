using Microsoft.Data.Sqlite;
using Veridicom.Registry;
using Veridicom.Registry.Sql;
using Veridicom.Testing.Registry;
using Xunit;

namespace Veridicom.Tests.Registry;

public sealed class SqliteRegistryTests : RegistryContract
{
    private readonly ScratchFolder _folder = new();

    private string File => _folder.PathOf("registry.db");

    protected override Task<IRegistry> OpenAsync() => Task.FromResult<IRegistry>(SqliteRegistry.Open(File));

    protected override async Task SetVersionAsync(long version)
    {
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT INTO schema_version (version) VALUES (@version)";
        command.Parameters.AddWithValue("version", version);
        await command.ExecuteNonQueryAsync(Stop);
    }

    public override async ValueTask DisposeAsync()
    {
        await base.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public void The_file_and_its_log_are_readable_by_their_owner_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no modes of files");
            return;
        }

        foreach (string file in new[] { File, File + "-wal", File + "-shm" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, System.IO.File.GetUnixFileMode(file));
    }

    // Without statistics the planner would read every accepted instance for each that comes in.
    [Fact]
    public async Task What_an_instance_may_replace_is_found_by_its_uid()
    {
        await using IRegistry registry = await OpenAsync();
        await registry.MigrateAsync(Stop);
        await using var connection = new SqliteConnection($"Data Source={File};Pooling=False");
        await connection.OpenAsync(Stop);
        await using SqliteCommand command = connection.CreateCommand();
        command.CommandText = "EXPLAIN QUERY PLAN " + EntryApplication.AcceptedOf(new SqliteDialect());
        command.Parameters.AddWithValue("uids", "[]");
        var steps = new List<string>();
        await using (SqliteDataReader reader = await command.ExecuteReaderAsync(Stop))
        {
            while (await reader.ReadAsync(Stop)) steps.Add(reader.GetString(3));
        }
        Assert.Contains("SEARCH instance USING INDEX instance_sop (sop_instance_uid=?)", steps);
    }
}
