using System.Globalization;
using System.Reflection;

namespace Veridicom.Registry.Sql;

/// <summary>The numbered .sql files: each is applied once, in the order of the numbers.</summary>
internal static class Schema
{
    /// <summary>Brings a database to the newest version, within a transaction of the caller.</summary>
    /// <exception cref="RegistryException">The database was written by a newer program.</exception>
    public static async Task MigrateAsync(SqlSession session)
    {
        await session.ExecuteAsync("CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL PRIMARY KEY)");
        long at = await session.FirstAsync<long?>("SELECT MAX(version) FROM schema_version") ?? 0;
        List<(long Version, string Name)> files = Files(session.Dialect.Folder);
        if (at > files[^1].Version)
            throw new RegistryException($"the registry's database has version {at}; this program knows up to {files[^1].Version}: use a newer one", canRetry: false);
        foreach ((long version, string name) in files.Where(file => file.Version > at))
        {
            using var reader = new StreamReader(typeof(Schema).Assembly.GetManifestResourceStream(name)!);
            await session.ExecuteAsync(await reader.ReadToEndAsync());
            await session.ExecuteAsync("INSERT INTO schema_version (version) VALUES (@version)", new { version });
        }
    }

    private static List<(long Version, string Name)> Files(string folder)
    {
        string prefix = $"{typeof(Schema).Namespace}.{folder}.";
        return [.. typeof(Schema).Assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Select(name => (long.Parse(name.AsSpan(prefix.Length, 4), CultureInfo.InvariantCulture), name))
            .OrderBy(file => file.Item1)];
    }
}
