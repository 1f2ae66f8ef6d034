using System.Collections.Concurrent;
using Microsoft.Data.Sqlite;

namespace Veridicom.Registry.Sql;

/// <summary>
/// The registry in one SQLite file, with a write-ahead log. A commit survives the death of this process at once, and a loss of power as soon as the
/// log is flushed, which SQLite does now and then (synchronous = NORMAL): what is lost of it stands in the journal, which was flushed before, and is
/// applied again at the next opening. So an instance costs one flush less. One connection writes; a few read beside it.
/// </summary>
public sealed class SqliteRegistry : SqlRegistry
{
    private const int MostReaders = 4;

    // SQLITE_BUSY, LOCKED, NOMEM, IOERR, FULL, CANTOPEN: what may have gone away by the next time.
    private static readonly int[] Passing = [5, 6, 7, 10, 13, 14];

    private readonly string _path;
    private readonly SqliteDialect _dialect = new();
    private readonly SemaphoreSlim _writing = new(1, 1), _reading = new(MostReaders, MostReaders);
    private readonly ConcurrentBag<SqliteConnection> _readers = [];
    private SqliteConnection? _writer;
    private bool _disposed;

    private SqliteRegistry(string path) => _path = path;

    /// <summary>Opens the file, which is made where there is none, readable by its owner alone. The schema is brought up by <see cref="SqlRegistry.MigrateAsync"/>.</summary>
    /// <exception cref="RegistryException">The file cannot be made or opened.</exception>
    public static SqliteRegistry Open(string path)
    {
        var registry = new SqliteRegistry(Path.GetFullPath(path));
        try
        {
            // Before SQLite makes it with the mode of other files: its log gets the same mode as the file.
            var options = new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.ReadWrite, Share = FileShare.ReadWrite };
            if (!OperatingSystem.IsWindows()) options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
            if (!File.Exists(registry._path)) new FileStream(registry._path, options).Dispose();
            registry._writer = registry.Connect(reads: false);
            return registry;
        }
        catch (SqliteException e)
        {
            throw Fault(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new RegistryException($"cannot open the registry {registry._path}: {e.Message}", canRetry: true, e);
        }
    }

    private SqliteConnection Connect(bool reads)
    {
        var connection = new SqliteConnection(new SqliteConnectionStringBuilder
        {
            DataSource = _path, Mode = SqliteOpenMode.ReadWrite, Cache = SqliteCacheMode.Private, Pooling = false, ForeignKeys = true, DefaultTimeout = 30,
        }.ToString());
        try
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "PRAGMA busy_timeout = 10000; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -32768; PRAGMA mmap_size = 268435456; "
                + (reads ? "PRAGMA query_only = ON;" : "PRAGMA wal_autocheckpoint = 4000; PRAGMA journal_size_limit = 67108864;");
            command.ExecuteNonQuery();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private protected override async Task<T> ReadAsync<T>(Func<SqlSession, Task<T>> read, CancellationToken stop)
    {
        await _reading.WaitAsync(stop);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            if (!_readers.TryTake(out SqliteConnection? connection)) connection = Connect(reads: true);
            try
            {
                // One snapshot for all statements of a call. In a write-ahead log readers wait for nobody.
                await using SqliteTransaction transaction = connection.BeginTransaction(deferred: true);
                return await read(new SqliteSession(connection, transaction, _dialect, stop));
            }
            finally
            {
                _readers.Add(connection);
            }
        }
        catch (SqliteException e)
        {
            throw Fault(e);
        }
        finally
        {
            _reading.Release();
        }
    }

    // Each reading is one already.
    internal override Task<T> SnapshotAsync<T>(Func<SqlSession, Task<T>> read, CancellationToken stop) => ReadAsync(read, stop);

    private protected override async Task WriteAsync(Func<SqlSession, Task> write, CancellationToken stop)
    {
        await _writing.WaitAsync(stop);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            await using SqliteTransaction transaction = _writer!.BeginTransaction(deferred: false);
            await write(new SqliteSession(_writer, transaction, _dialect, stop));
            await transaction.CommitAsync(CancellationToken.None);
        }
        catch (SqliteException e)
        {
            throw Fault(e);
        }
        finally
        {
            _writing.Release();
        }
    }

    private static RegistryException Fault(SqliteException e) => new($"the registry's database failed: {e.Message}", Passing.Contains(e.SqliteErrorCode), e);

    /// <inheritdoc/>
    public override async ValueTask DisposeAsync()
    {
        await _writing.WaitAsync();
        for (int i = 0; i < MostReaders; i++) await _reading.WaitAsync();
        if (!_disposed)
        {
            _disposed = true;
            foreach (SqliteConnection reader in _readers) await reader.DisposeAsync();
            if (_writer is not null) await _writer.DisposeAsync();
        }
        _reading.Release(MostReaders);
        _writing.Release();
    }
}
