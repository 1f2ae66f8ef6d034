using System.Data.Common;
using System.Globalization;
using System.Text;
using Dapper;
using Microsoft.Data.Sqlite;
using Npgsql;
using NpgsqlTypes;

namespace Veridicom.Registry.Sql;

/// <summary>A connection in use by one task, in a transaction or not. Statements are ours; values are parameters.</summary>
internal abstract class SqlSession(DbConnection connection, DbTransaction? transaction, Dialect dialect, CancellationToken stop)
{
    public Dialect Dialect => dialect;

    protected DbConnection Connection => connection;

    protected DbTransaction? Transaction => transaction;

    protected CancellationToken Stop => stop;

    public async Task<List<T>> QueryAsync<T>(string sql, object? values = null) =>
        (await connection.QueryAsync<T>(new CommandDefinition(sql, values, transaction, cancellationToken: stop))).AsList();

    public Task<T?> FirstAsync<T>(string sql, object? values = null) =>
        connection.QueryFirstOrDefaultAsync<T>(new CommandDefinition(sql, values, transaction, cancellationToken: stop));

    public Task<int> ExecuteAsync(string sql, object? values = null) =>
        connection.ExecuteAsync(new CommandDefinition(sql, values, transaction, cancellationToken: stop));

    /// <summary>Rows one by one, however many: nothing else can be asked of this session meanwhile.</summary>
    public async IAsyncEnumerable<object?[]> StreamAsync(string sql)
    {
        await using DbCommand command = connection.CreateCommand();
        command.Transaction = transaction;
        command.CommandText = sql;
        await using DbDataReader reader = await command.ExecuteReaderAsync(stop);
        while (await reader.ReadAsync(stop))
        {
            var row = new object?[reader.FieldCount];
            for (int i = 0; i < row.Length; i++) row[i] = await reader.IsDBNullAsync(i, stop) ? null : reader.GetValue(i);
            yield return row;
        }
    }

    /// <summary>Inserts all rows.</summary>
    public abstract Task InsertAsync<T>(string table, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> rows);

    /// <summary>Updates the rows of these keys.</summary>
    public abstract Task UpdateAsync<T>(string table, IReadOnlyList<Column<T>> keys, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> rows);

    /// <summary>Deletes the rows of these keys.</summary>
    public abstract Task DeleteAsync<T>(string table, IReadOnlyList<Column<T>> keys, IReadOnlyList<T> rows);
}

/// <summary>SQLite: a prepared statement for each kind of row, run once a row; nothing is saved by fewer and longer ones.</summary>
internal sealed class SqliteSession(SqliteConnection connection, SqliteTransaction? transaction, Dialect dialect, CancellationToken stop)
    : SqlSession(connection, transaction, dialect, stop)
{
    public override Task InsertAsync<T>(string table, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> rows) =>
        RunAsync($"INSERT INTO {table} ({string.Join(", ", columns.Select(c => c.Name))}) VALUES ({string.Join(", ", columns.Select(c => "@" + c.Name))})", columns, rows);

    public override Task UpdateAsync<T>(string table, IReadOnlyList<Column<T>> keys, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> rows) =>
        RunAsync($"UPDATE {table} SET {string.Join(", ", columns.Select(c => $"{c.Name} = @{c.Name}"))} WHERE {Keys(keys)}", [.. keys, .. columns], rows);

    public override Task DeleteAsync<T>(string table, IReadOnlyList<Column<T>> keys, IReadOnlyList<T> rows) =>
        RunAsync($"DELETE FROM {table} WHERE {Keys(keys)}", keys, rows);

    private static string Keys<T>(IEnumerable<Column<T>> keys) => string.Join(" AND ", keys.Select(c => $"{c.Name} = @{c.Name}"));

    private async Task RunAsync<T>(string sql, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> rows)
    {
        if (rows.Count == 0) return;
        using DbCommand command = Connection.CreateCommand();
        command.Transaction = Transaction;
        command.CommandText = sql;
        foreach (Column<T> column in columns) command.Parameters.Add(new SqliteParameter(column.Name, column.IsText ? SqliteType.Text : SqliteType.Integer));
        foreach (T row in rows)
        {
            for (int i = 0; i < columns.Count; i++) command.Parameters[i].Value = columns[i].Value(row) ?? DBNull.Value;
            await command.ExecuteNonQueryAsync(Stop);
        }
    }
}

/// <summary>PostgreSQL: one statement for all rows, each column an array.</summary>
internal sealed class PostgresSession(NpgsqlConnection connection, NpgsqlTransaction? transaction, Dialect dialect, CancellationToken stop)
    : SqlSession(connection, transaction, dialect, stop)
{
    public override Task InsertAsync<T>(string table, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> rows) =>
        RunAsync($"INSERT INTO {table} ({Names(columns)}) SELECT * FROM {Arrays(columns)}", columns, rows);

    public override Task UpdateAsync<T>(string table, IReadOnlyList<Column<T>> keys, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> rows) =>
        RunAsync($"UPDATE {table} t SET {string.Join(", ", columns.Select(c => $"{c.Name} = u.{c.Name}"))} FROM {Arrays([.. keys, .. columns])} WHERE {Keys(keys)}", [.. keys, .. columns], rows);

    public override Task DeleteAsync<T>(string table, IReadOnlyList<Column<T>> keys, IReadOnlyList<T> rows) =>
        RunAsync($"DELETE FROM {table} t USING {Arrays(keys)} WHERE {Keys(keys)}", keys, rows);

    private static string Names<T>(IEnumerable<Column<T>> columns) => string.Join(", ", columns.Select(c => c.Name));

    private static string Keys<T>(IEnumerable<Column<T>> keys) => string.Join(" AND ", keys.Select(c => $"t.{c.Name} = u.{c.Name}"));

    private static string Arrays<T>(IReadOnlyList<Column<T>> columns)
    {
        var sql = new StringBuilder("unnest(");
        for (int i = 0; i < columns.Count; i++) sql.Append(CultureInfo.InvariantCulture, $"{(i > 0 ? ", " : "")}@{columns[i].Name}");
        return sql.Append(CultureInfo.InvariantCulture, $") AS u ({Names(columns)})").ToString();
    }

    private async Task RunAsync<T>(string sql, IReadOnlyList<Column<T>> columns, IReadOnlyList<T> rows)
    {
        if (rows.Count == 0) return;
        using var command = new NpgsqlCommand(sql, (NpgsqlConnection)Connection, (NpgsqlTransaction?)Transaction);
        foreach (Column<T> column in columns)
        {
            object values = column.IsText ? rows.Select(row => (string?)column.Value(row)).ToArray() : rows.Select(row => (long?)column.Value(row)).ToArray();
            command.Parameters.Add(new NpgsqlParameter(column.Name, NpgsqlDbType.Array | (column.IsText ? NpgsqlDbType.Text : NpgsqlDbType.Bigint)) { Value = values });
        }
        await command.ExecuteNonQueryAsync(Stop);
    }
}
