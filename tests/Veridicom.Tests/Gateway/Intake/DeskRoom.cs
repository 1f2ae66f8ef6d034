using System.Reflection;
using Microsoft.Extensions.Logging.Abstractions;
using Veridicom.Cli;
using Veridicom.Dicom;
using Veridicom.Gateway.Configuration;
using Veridicom.Gateway.Hosting;
using Veridicom.Gateway.Intake;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Sql;
using Veridicom.Registry.Store;
using Veridicom.Seals.Seal;
using Veridicom.Tests.Cli;
using Veridicom.Tests.Registry;
using Xunit;

namespace Veridicom.Tests.Gateway.Intake;

/// <summary>A desk on a real store, journal and SQLite registry in a folder of its own, each of which can be made to fail.</summary>
internal sealed class DeskRoom : IAsyncDisposable
{
    private readonly ScratchFolder _folder;
    private readonly bool _ownsFolder;
    private readonly FolderStore _store;
    private readonly SqliteRegistry _registry;

    private DeskRoom(ScratchFolder folder, bool owns, FolderStore store, SqliteRegistry registry, Vault vault, FaultyStore faulty, IntakeDesk desk) =>
        (_folder, _ownsFolder, _store, _registry, Vault, Store, Desk) = (folder, owns, store, registry, vault, faulty, desk);

    public Vault Vault { get; }

    public FaultyStore Store { get; }

    public IntakeDesk Desk { get; }

    public IRegistry Registry => Vault.Registry;

    /// <summary>Thrown instead of recording, or after it: done, but reported lost.</summary>
    public Exception? RecordingFails { get; set; }

    public bool RecordedAllTheSame { get; set; }

    /// <summary>Thrown while the database is to take nothing of what is in the journal.</summary>
    public RegistryException? DatabaseFails { get; set; }

    /// <summary>The database takes everything again, and has taken what waited.</summary>
    public async Task DatabaseIsBackAsync()
    {
        DatabaseFails = null;
        await Until.True(() => Vault.Trouble is null, "the database has caught up with the journal");
    }

    public static async Task<DeskRoom> OpenAsync(ScratchFolder? folder = null, long maxInstance = 1 << 26, DateTimeOffset? now = null, params RouteSettings[] routes)
    {
        bool owns = folder is null;
        folder ??= new ScratchFolder();
        CancellationToken stop = TestContext.Current.CancellationToken;
        var place = new GatewayFolder(folder.PathOf("gateway"));
        var store = FolderStore.Open(place.Root);
        var registry = SqliteRegistry.Open(place.Database);
        await registry.MigrateAsync(stop);
        DeskRoom? room = null;
        IRegistry fallible = FallibleRegistry.Around(registry, () => room?.DatabaseFails);
        Vault vault = await Vault.OpenAsync(new VaultOptions { JournalFolder = place.Journal, ReadAttributes = GatewayHost.ReadAttributes, Signer = TrailKit.Signer, Clock = new StandingClock(TrailKit.Now) }, fallible, store, stop);
        var faulty = new FaultyStore(store);
        var setup = new IntakeSetup
        {
            Routes = [.. (routes.Length > 0 ? routes : [new RouteSettings { Name = "default", Do = "seal", ForwardTo = ["archive"] }]).Select(r => new Route(r, null))],
            Claims = new Claims("Hospital", SealPurpose.Acquisition, "", "Veridicom test", SyntheticClaim.Unstated, [], ""), Signer = TrailKit.Signer, Trust = TrailKit.Trust,
            Randomness = SystemRandomness.Instance, Incoming = place.Incoming, MaxInstance = maxInstance, Clock = new StandingClock(now ?? TrailKit.Now),
        };
        var desk = new IntakeDesk(setup, faulty, vault.Registry, (entry, attributes, token) => room!.RecordAsync(entry, attributes, token), vault.EnsureCurrent, NullLogger<IntakeDesk>.Instance);
        return room = new DeskRoom(folder, owns, store, registry, vault, faulty, desk);
    }

    private async Task<AppliedEntry> RecordAsync(JournalEntry entry, InstanceAttributes? attributes, CancellationToken stop)
    {
        if (RecordingFails is { } before && !RecordedAllTheSame) throw before;
        AppliedEntry applied = await Vault.RecordAsync(entry, attributes, stop);
        return RecordingFails is { } after ? throw after : applied;
    }

    public static ArrivalSource Scanner { get; } = new(new Actor("CT_7", "ae-title", "127.0.0.1"), ArrivalProtocol.Dimse, "CT_7", "VERIDICOM");

    public async Task<IntakeResult> GiveAsync(ReadOnlyMemory<byte> bytes, ArrivalSource? source = null)
    {
        await using Arrival arrival = Desk.Begin();
        for (int at = 0; at < bytes.Length; at += 50_000) await arrival.WriteAsync(bytes[at..Math.Min(bytes.Length, at + 50_000)], TestContext.Current.CancellationToken);
        return await Desk.AcceptAsync(arrival, source ?? Scanner, TestContext.Current.CancellationToken);
    }

    public byte[] Stored(StoredInstance instance)
    {
        using StoredObject stored = _store.Open(instance.Object)!;
        using var bytes = new MemoryStream();
        stored.CopyTo(bytes, 0, stored.Length);
        return bytes.ToArray();
    }

    /// <summary>What a disk may do: the file is gone, or has other bytes.</summary>
    public void Lose(StoredInstance instance, byte[]? other = null)
    {
        string file = Path.Combine(_store.Folder, "objects", instance.Object.Hex[..2], instance.Object.Hex + ".dcm");
        File.Delete(file);
        if (other is not null) File.WriteAllBytes(file, other);
    }

    public async Task<IReadOnlyList<JournalEntry>> JournalAsync() =>
        [.. (await Registry.JournalAsync(0, 1000, TestContext.Current.CancellationToken)).Select(line => JournalText.Read(System.Text.Encoding.UTF8.GetBytes(line.Line)).Entry)];

    public async ValueTask DisposeAsync()
    {
        Desk.Dispose();
        await Vault.DisposeAsync();
        await _registry.DisposeAsync();
        _store.Dispose();
        if (_ownsFolder) _folder.Dispose();
    }

    /// <summary>A registry that applies nothing while there is a fault.</summary>
    internal class FallibleRegistry : DispatchProxy
    {
        private IRegistry _registry = null!;
        private Func<Exception?> _fault = null!;

        public static IRegistry Around(IRegistry registry, Func<Exception?> fault)
        {
            IRegistry made = Create<IRegistry, FallibleRegistry>();
            var proxy = (FallibleRegistry)made;
            (proxy._registry, proxy._fault) = (registry, fault);
            return made;
        }

        protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
            targetMethod!.Name == nameof(IRegistry.ApplyAsync) && _fault() is { } fault ? throw fault : targetMethod.Invoke(_registry, args);
    }

    /// <summary>The store, with a fault before or after it did its work.</summary>
    internal sealed class FaultyStore(IObjectStore store) : IObjectStore
    {
        public Exception? Before { get; set; }

        public Exception? After { get; set; }

        /// <summary>Happens while an object is put.</summary>
        public Func<Task> Meanwhile { get; set; } = () => Task.CompletedTask;

        public async Task<(ObjectDigest Digest, long Size)> PutAsync(Action<Stream> write, CancellationToken stop)
        {
            if (Before is { } before) throw before;
            var put = await store.PutAsync(write, stop);
            await Meanwhile();
            return After is { } after ? throw after : put;
        }

        public StoredObject? Open(ObjectDigest digest) => store.Open(digest);

        public IEnumerable<ObjectDigest> Enumerate() => store.Enumerate();

        public Task<bool> CheckAsync(ObjectDigest digest, CancellationToken stop) => store.CheckAsync(digest, stop);
    }
}
