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
}
