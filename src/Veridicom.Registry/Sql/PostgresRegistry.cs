using System.Data;
using Npgsql;

namespace Veridicom.Registry.Sql;

/// <summary>The registry in a PostgreSQL database (14 or later). A commit is flushed before it is told of (synchronous_commit = on).</summary>
public sealed class PostgresRegistry : SqlRegistry
{
    // "Veridicom": held for the length of a transaction that writes, so that two processes never apply entries at once.
    private const long WriteLock = 0x56657269_6469636F;

    private readonly NpgsqlDataSource _source;
    private readonly PostgresDialect _dialect = new();

    private PostgresRegistry(NpgsqlDataSource source) => _source = source;

    /// <summary>Of a connection string of Npgsql. Connects when it is first used; the schema is brought up by <see cref="SqlRegistry.MigrateAsync"/>.</summary>
    /// <exception cref="RegistryException">The connection string cannot be read. Its text is in no message: it may hold a password.</exception>
    public static PostgresRegistry Open(string connectionString)
    {
        try
        {
            var builder = new NpgsqlConnectionStringBuilder(connectionString) { ApplicationName = "veridicom", MaxAutoPrepare = 64, IncludeErrorDetail = false };
            // Plans for the values at hand: one for any values reads a list of thousands again for every row.
            builder.Options = $"{builder.Options} -c synchronous_commit=on -c plan_cache_mode=force_custom_plan".TrimStart();
            return new PostgresRegistry(new NpgsqlDataSourceBuilder(builder.ToString()).Build());
        }
        catch (ArgumentException)
        {
            throw new RegistryException("the connection string of the registry cannot be read", canRetry: false);
        }
    }

    private protected override async Task<T> ReadAsync<T>(Func<SqlSession, Task<T>> read, CancellationToken stop)
    {
        try
        {
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(stop);
            return await read(new PostgresSession(connection, null, _dialect, stop));
        }
        catch (NpgsqlException e)
        {
            throw Fault(e);
        }
    }

    internal override async Task<T> SnapshotAsync<T>(Func<SqlSession, Task<T>> read, CancellationToken stop)
    {
        try
        {
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(stop);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(IsolationLevel.RepeatableRead, stop);
            return await read(new PostgresSession(connection, transaction, _dialect, stop));
        }
        catch (NpgsqlException e)
        {
            throw Fault(e);
        }
    }

    private protected override async Task WriteAsync(Func<SqlSession, Task> write, CancellationToken stop)
    {
        try
        {
            await using NpgsqlConnection connection = await _source.OpenConnectionAsync(stop);
            await using NpgsqlTransaction transaction = await connection.BeginTransactionAsync(stop);
            var session = new PostgresSession(connection, transaction, _dialect, stop);
            await session.ExecuteAsync("SELECT pg_advisory_xact_lock(@key)", new { key = WriteLock });
            await write(session);
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (NpgsqlException e)
        {
            throw Fault(e);
        }
    }

    // Classes of PS SQLSTATE: connection, transaction rolled back, resources, operator's intervention, system error.
    private static RegistryException Fault(NpgsqlException e) => e is PostgresException { SqlState: { Length: 5 } state }
        ? new($"the registry's database failed: {((PostgresException)e).MessageText} ({state})", state[..2] is "08" or "40" or "53" or "57" or "58", e)
        : new($"the registry's database failed: {e.Message}", canRetry: true, e);

    /// <inheritdoc/>
    public override ValueTask DisposeAsync() => _source.DisposeAsync();
}
