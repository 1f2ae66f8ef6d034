using System.Security.Cryptography;
using System.Text;
using Veridicom.Registry;
using Veridicom.Registry.Store;
using Xunit;

namespace Veridicom.Tests.Registry.Store;

public sealed class FolderStoreTests : IDisposable
{
    private readonly ScratchFolder _scratch = new();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public void Dispose() => _scratch.Dispose();

    private string Folder => _scratch.PathOf("store");

    private static byte[] Bytes(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    private static ObjectDigest DigestOf(byte[] bytes) => ObjectDigest.Of(SHA256.HashData(bytes));

    private static byte[] Read(FolderStore store, ObjectDigest digest)
    {
        using StoredObject stored = store.Open(digest)!;
        using var all = new MemoryStream();
        stored.CopyTo(all, 0, stored.Length);
        return all.ToArray();
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    [InlineData(5_000_001)]
    public async Task What_is_put_comes_out_under_its_digest(int length)
    {
        byte[] bytes = Bytes(length, 1);
        using FolderStore store = FolderStore.Open(Folder);

        (ObjectDigest digest, long size) = await store.PutAsync(stream =>
        {
            // in pieces of all sizes, larger than any buffer too
            for (int at = 0, step = 1; at < length; step = step * 3 + 1)
            {
                int count = Math.Min(step, length - at);
                stream.Write(bytes, at, count);
                at += count;
            }
        }, Stop);

        Assert.Equal(DigestOf(bytes), digest);
        Assert.Equal(length, size);
        Assert.Equal(bytes, Read(store, digest));
        Assert.True(await store.CheckAsync(digest, Stop));
        Assert.Equal([digest], store.Enumerate());
        Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "incoming")));
        string path = Path.Combine(Folder, "objects", digest.Hex[..2], digest.Hex + ".dcm");
        Assert.True(File.Exists(path));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task Windows_of_a_long_object_are_its_bytes_wherever_they_lie()
    {
        byte[] bytes = Bytes(3_000_000, 2);
        using FolderStore store = FolderStore.Open(Folder);
        (ObjectDigest digest, _) = await store.PutAsync(stream => stream.Write(bytes), Stop);

        using StoredObject stored = store.Open(digest)!;
        foreach ((int offset, int length) in new[] { (0, 10), (5, 1 << 20), (2_999_990, 10), (100, 0), (1_500_000, 1_500_000), (0, 3_000_000) })
            Assert.True(stored.Window(offset, length).SequenceEqual(bytes.AsSpan(offset, length)), $"window at {offset}");
        Assert.Throws<ArgumentOutOfRangeException>(() => { stored.Window(2_999_999, 2); });
        Assert.False(stored.TryGetMemory(out _));
    }

    [Fact]
    public async Task What_is_there_already_is_not_written_again()
    {
        byte[] bytes = Bytes(50_000, 3);
        using FolderStore store = FolderStore.Open(Folder);
        (ObjectDigest first, _) = await store.PutAsync(stream => stream.Write(bytes), Stop);
        string path = Path.Combine(Folder, "objects", first.Hex[..2], first.Hex + ".dcm");
        var old = new DateTime(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
        File.SetLastWriteTimeUtc(path, old);

        (ObjectDigest second, _) = await store.PutAsync(stream => stream.Write(bytes), Stop);

        Assert.Equal(first, second);
        Assert.Equal(old, File.GetLastWriteTimeUtc(path));
    }

    [Fact]
    public async Task A_damaged_object_is_noticed_and_put_right_when_it_comes_again()
    {
        byte[] bytes = Bytes(50_000, 4);
        using FolderStore store = FolderStore.Open(Folder);
        (ObjectDigest digest, _) = await store.PutAsync(stream => stream.Write(bytes), Stop);
        string path = Path.Combine(Folder, "objects", digest.Hex[..2], digest.Hex + ".dcm");
        byte[] damaged = [.. bytes];
        damaged[777] ^= 1;
        File.Delete(path);
        File.WriteAllBytes(path, damaged);
        Assert.False(await store.CheckAsync(digest, Stop));

        await store.PutAsync(stream => stream.Write(bytes), Stop);

        Assert.True(await store.CheckAsync(digest, Stop));
        Assert.Equal(bytes, Read(store, digest));
    }

    [Fact]
    public async Task Where_the_writer_throws_nothing_stays_and_its_own_exception_comes_out()
    {
        using FolderStore store = FolderStore.Open(Folder);

        await Assert.ThrowsAsync<IOException>(() => store.PutAsync(stream =>
        {
            stream.Write(Bytes(1_000_000, 5));
            throw new IOException("the sender went away");
        }, Stop));

        Assert.Empty(store.Enumerate());
        Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "incoming")));
    }

    [Fact]
    public async Task A_second_gateway_on_the_folder_is_refused_and_looking_is_not()
    {
        using (FolderStore.Open(Folder))
        {
            var refused = Assert.Throws<RegistryException>(() => FolderStore.Open(Folder));
            Assert.Contains("in use", refused.Message);
            using FolderStore looking = FolderStore.OpenReadOnly(Folder);
            await Assert.ThrowsAsync<InvalidOperationException>(() => looking.PutAsync(_ => { }, Stop));
        }
        FolderStore.Open(Folder).Dispose();
        Assert.Throws<RegistryException>(() => FolderStore.OpenReadOnly(_scratch.PathOf("nothing")));
    }

    [Fact]
    public async Task Opening_removes_what_a_crash_left_and_only_that()
    {
        ObjectDigest kept;
        using (FolderStore store = FolderStore.Open(Folder)) (kept, _) = await store.PutAsync(stream => stream.Write("kept"u8), Stop);
        string incoming = Path.Combine(Folder, "incoming");
        File.WriteAllText(Path.Combine(incoming, "0123.part"), "half");
        File.WriteAllText(Path.Combine(incoming, "spooled.tmp"), "half");
        Directory.CreateDirectory(Path.Combine(incoming, "deep", "er"));
        File.WriteAllText(Path.Combine(incoming, "deep", "er", "x"), "half");

        using FolderStore opened = FolderStore.Open(Folder);

        Assert.Empty(Directory.GetFileSystemEntries(incoming));
        Assert.Equal([kept], opened.Enumerate());
        Assert.Equal(256, Directory.GetDirectories(Path.Combine(Folder, "objects")).Length);
        Assert.Null(opened.Open(DigestOf([])));
    }

    [Fact]
    public async Task Objects_are_listed_in_order_and_strange_names_are_passed_over()
    {
        using FolderStore store = FolderStore.Open(Folder);
        var put = new List<ObjectDigest>();
        for (int i = 0; i < 40; i++) put.Add((await store.PutAsync(stream => stream.Write(Bytes(100, 100 + i)), Stop)).Digest);
        File.WriteAllText(Path.Combine(Folder, "objects", "00", "zz.dcm"), "");
        File.WriteAllText(Path.Combine(Folder, "objects", "00", new string('f', 64) + ".dcm"), "");

        Assert.Equal(put.OrderBy(digest => digest.Hex, StringComparer.Ordinal), store.Enumerate());
    }

    [Fact]
    public async Task Many_at_once_all_arrive()
    {
        using FolderStore store = FolderStore.Open(Folder);

        (ObjectDigest Digest, long Size)[] put = await Task.WhenAll(Enumerable.Range(0, 48).Select(i => store.PutAsync(stream => stream.Write(Bytes(20_000, i % 16)), Stop)));

        Assert.Equal(16, store.Enumerate().Count());
        foreach ((ObjectDigest digest, _) in put) Assert.True(await store.CheckAsync(digest, Stop));
    }

    [Theory]
    [InlineData(FaultKind.Lost)]
    [InlineData(FaultKind.DoneButReportedLost)]
    [InlineData(FaultKind.Half)]
    public async Task Whatever_step_fails_a_digest_has_whole_bytes_or_none_and_the_next_try_succeeds(FaultKind kind)
    {
        byte[] bytes = Bytes(600_000, 7);
        FolderStore.Open(Folder).Dispose();
        var counting = new FaultyDisk(kind, int.MaxValue);
        int opening, all;
        using (FolderStore store = FolderStore.Open(Folder, counting))
        {
            opening = counting.Count;
            await store.PutAsync(stream => stream.Write(bytes), Stop);
            all = counting.Count;
        }
        Assert.Equal(["create", "write", "flush", "rename", "flush folder"], counting.Steps[opening..]);

        for (int failing = opening + 1; failing <= all; failing++)
        {
            string folder = _scratch.PathOf($"{kind}-{failing}");
            FolderStore.Open(folder).Dispose();
            using (FolderStore store = FolderStore.Open(folder, new FaultyDisk(kind, failing)))
            {
                var fault = await Assert.ThrowsAsync<RegistryException>(() => store.PutAsync(stream => stream.Write(bytes), Stop));
                Assert.True(fault.CanRetry);
                foreach (ObjectDigest digest in store.Enumerate()) Assert.True(await store.CheckAsync(digest, Stop));
                (ObjectDigest again, _) = await store.PutAsync(stream => stream.Write(bytes), Stop);
                Assert.Equal(bytes, Read(store, again));
            }
            using FolderStore opened = FolderStore.Open(folder);
            Assert.Equal([DigestOf(bytes)], opened.Enumerate());
            Assert.Empty(Directory.GetFiles(Path.Combine(folder, "incoming")));
        }
    }

    [Theory]
    [InlineData(FaultKind.Lost)]
    [InlineData(FaultKind.DoneButReportedLost)]
    public void Whatever_step_of_the_opening_fails_the_next_opening_succeeds(FaultKind kind)
    {
        var counting = new FaultyDisk(kind, int.MaxValue);
        FolderStore.Open(_scratch.PathOf("count"), counting).Dispose();
        Assert.True(counting.Count >= 3);

        for (int failing = 1; failing <= counting.Count; failing++)
        {
            string folder = _scratch.PathOf($"open-{failing}");
            Assert.Throws<RegistryException>(() => FolderStore.Open(folder, new FaultyDisk(kind, failing)));
            FolderStore.Open(folder).Dispose();
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public async Task A_disk_that_writes_something_else_and_says_nothing_is_found_out(int write)
    {
        byte[] bytes = Bytes(300_000, 4);
        using FolderStore store = FolderStore.Open(Folder, new FaultyDisk(FaultKind.Wrong, write));

        await Assert.ThrowsAsync<RegistryException>(() => store.PutAsync(Write, Stop));
        Assert.Empty(store.Enumerate());
        Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "incoming")));
        (ObjectDigest digest, _) = await store.PutAsync(Write, Stop);
        Assert.Equal(digest, Assert.Single(store.Enumerate()));

        void Write(Stream output)
        {
            for (int i = 0; i < 3; i++) output.Write(bytes);
        }
    }

    [Fact]
    public async Task A_full_disk_is_called_so_and_may_be_tried_again()
    {
        const int noSpace = 28;
        FolderStore.Open(Folder).Dispose();
        var counting = new FaultyDisk(FaultKind.Lost, int.MaxValue);
        FolderStore.Open(Folder, counting).Dispose();
        using FolderStore store = FolderStore.Open(Folder, new FaultyDisk(FaultKind.Half, counting.Count + 2, errno: noSpace));

        var fault = await Assert.ThrowsAsync<RegistryException>(() => store.PutAsync(stream => stream.Write(new byte[10]), Stop));

        Assert.Contains("the disk is full", fault.Message);
        Assert.True(fault.CanRetry);
        Assert.Empty(Directory.GetFiles(Path.Combine(Folder, "incoming")));
        await store.PutAsync(stream => stream.Write(new byte[10]), Stop);
    }
}
