using System.Diagnostics;
using Veridicom.OpenJpeg;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>Codestreams through the worker processes, and what becomes of a frame whose worker dies, hangs, or has no library.</summary>
public sealed class OpenJpegWorkersTests
{
    public static TheoryData<string> Vectors => [.. Jpeg2000Vector.All.Select(vector => vector.Name)];

    private static Jpeg2000Vector Vector(string name) => Jpeg2000Vector.All.Single(vector => vector.Name == name);

    /// <summary>Workers that have the library and have decoded a frame; skips the test, or fails it under CI=true, where there is none.</summary>
    internal static OpenJpegWorkers Require(int? workers = null, TimeSpan? limit = null)
    {
        var made = new OpenJpegWorkers(workers, limit);
        try
        {
            Decode(made, Vector("plain-8"));
            return made;
        }
        catch (PixelException missing) when (missing.Code == PixelError.LibraryMissing)
        {
            Assert.SkipUnless(Peer.IsCi, missing.Message);
            throw;
        }
    }

    private static (CodestreamFacts Facts, byte[] Cells) Decode(IJpeg2000 decoder, Jpeg2000Vector vector)
    {
        byte[] cells = new byte[vector.Shape.Bytes];
        cells.AsSpan().Fill(0xA5);
        return (decoder.Decode(vector.Code(), vector.Shape, cells), cells);
    }

    [Theory]
    [MemberData(nameof(Vectors))]
    public void A_codestream_gives_the_picture_it_was_made_from(string name)
    {
        using OpenJpegWorkers workers = Require();
        Jpeg2000Vector vector = Vector(name);

        (CodestreamFacts facts, byte[] cells) = Decode(workers, vector);

        Assert.Equal(new CodestreamFacts(vector.Precision, vector.Signed, vector.Transform ? CodestreamColour.Undone : CodestreamColour.Unstated,
            vector.Error == 0 ? 0 : -1), facts);
        if (vector.Error == 0) Assert.Equal(vector.Cells(), cells);
        // one that lost nothing was not made as its name says
        else Assert.InRange(vector.Difference(cells), 1, vector.Error);
    }

    [Fact]
    public void Cells_wider_than_the_samples_are_filled_with_zeros()
    {
        using OpenJpegWorkers workers = Require();
        foreach (string name in new[] { "plain-8-rgb", "plain-12-signed", "plain-24" })
        {
            Jpeg2000Vector vector = Vector(name);
            byte[] narrow = vector.Cells();
            foreach (int wide in new[] { 2, 4, 8 }.Where(bytes => bytes > vector.Shape.CellBytes))
            {
                byte[] cells = new byte[narrow.Length / vector.Shape.CellBytes * wide];
                cells.AsSpan().Fill(0xA5);

                workers.Decode(vector.Code(), vector.Shape with { CellBytes = wide }, cells);

                Assert.Equal(narrow.Chunk(vector.Shape.CellBytes).SelectMany(cell => cell.Concat(new byte[wide - cell.Length])), cells);
            }
        }
    }

    [Fact]
    public void The_boxes_of_a_jp2_file_and_padding_do_not_matter()
    {
        using OpenJpegWorkers workers = Require();
        Jpeg2000Vector vector = Vector("plain-12-layers");
        byte[] boxed = [0, 0, 0, 12, .. "jP  "u8, 13, 10, 0x87, 10, 0, 0, 0, 9, .. "xml "u8, 32, 0, 0, 0, 0, .. "jp2c"u8, .. vector.Code(), 0, 0];
        byte[] cells = new byte[vector.Shape.Bytes];

        workers.Decode(boxed, vector.Shape, cells);

        Assert.Equal(vector.Cells(), cells);
    }

    [Fact]
    public void Eight_threads_share_two_workers()
    {
        using OpenJpegWorkers workers = Require(2);
        var wrong = new List<string>();
        Thread[] threads = [.. Enumerable.Range(0, 8).Select(number => new Thread(() =>
        {
            foreach (Jpeg2000Vector vector in Jpeg2000Vector.All.Where(v => v.Error == 0).Skip(number))
            {
                bool same = false;
                Exception? error = Record.Exception(() => same = Decode(workers, vector).Cells.AsSpan().SequenceEqual(vector.Cells()));
                if (!same) lock (wrong) wrong.Add($"{vector.Name} {error}");
            }
        }))];
        foreach (Thread thread in threads) thread.Start();
        foreach (Thread thread in threads) thread.Join();

        Assert.Empty(wrong);
        Assert.InRange(workers.IdleProcesses.Count, 1, 2);
    }

    [Fact]
    public void A_frame_without_the_library_says_which_package_to_install()
    {
        using var workers = new OpenJpegWorkers(["libnothing-of-this-name.so.7"]);

        for (int i = 0; i < 2; i++)
        {
            var error = Assert.Throws<PixelException>(() => Decode(workers, Vector("plain-8")));
            Assert.Equal((PixelError.LibraryMissing, "libopenjp2 is not installed: apt-get install libopenjp2-7"), (error.Code, error.Message));
        }
    }

    [Fact]
    public void Another_library_of_that_name_is_none()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "needs the name of a library that is always there");
        using var workers = new OpenJpegWorkers(["libc.so.6"]);

        Assert.Equal(PixelError.LibraryMissing, Assert.Throws<PixelException>(() => Decode(workers, Vector("plain-8"))).Code);
    }

    [Fact]
    public void A_worker_that_dies_within_a_frame_takes_only_that_frame_along()
    {
        using OpenJpegWorkers workers = Require(1);
        int id = Assert.Single(workers.IdleProcesses);
        Signal("STOP", id); // it takes the request and does not answer
        Exception? caught = null;
        var thread = new Thread(() => caught = Record.Exception(() => Decode(workers, Vector("plain-16"))));
        thread.Start();
        SpinWait.SpinUntil(() => workers.IdleProcesses.Count == 0);
        Signal("KILL", id);
        thread.Join();

        var error = Assert.IsType<PixelException>(caught);
        Assert.Equal((PixelError.WorkerFailed, "the process that decodes JPEG 2000 died"), (error.Code, error.Message));
        Assert.Equal(Vector("plain-16").Cells(), Decode(workers, Vector("plain-16")).Cells);
        Assert.NotEqual(id, Assert.Single(workers.IdleProcesses));
    }

    [Fact]
    public void A_worker_that_died_while_it_waited_is_replaced_unnoticed()
    {
        using OpenJpegWorkers workers = Require(1);
        int id = Assert.Single(workers.IdleProcesses);
        using var watched = Process.GetProcessById(id);
        Signal("KILL", id);
        watched.WaitForExit();

        Assert.Equal(Vector("plain-16").Cells(), Decode(workers, Vector("plain-16")).Cells);
        Assert.NotEqual(id, Assert.Single(workers.IdleProcesses));
    }

    [Fact]
    public void A_worker_that_hangs_is_killed_after_its_time()
    {
        using OpenJpegWorkers workers = Require(1, TimeSpan.FromSeconds(2));
        int id = Assert.Single(workers.IdleProcesses);
        using var watched = Process.GetProcessById(id);
        Signal("STOP", id);

        var error = Assert.Throws<PixelException>(() => Decode(workers, Vector("plain-16")));

        Assert.Equal((PixelError.WorkerFailed, "decoding JPEG 2000 took longer than its limit"), (error.Code, error.Message));
        watched.WaitForExit();
        Assert.Empty(workers.IdleProcesses);
    }

    [Fact]
    public void Workers_end_when_whoever_started_them_is_done_with_them()
    {
        using OpenJpegWorkers workers = Require(1);
        using var watched = Process.GetProcessById(Assert.Single(workers.IdleProcesses));

        workers.Dispose();

        watched.WaitForExit();
        Assert.Throws<ObjectDisposedException>(() => Decode(workers, Vector("plain-8")));
    }

    [Fact]
    public void A_worker_sees_nothing_of_the_environment_and_has_its_limits()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "reads /proc");
        Environment.SetEnvironmentVariable("VERIDICOM_TEST_SECRET", "of nobody's business");
        try
        {
            using OpenJpegWorkers workers = Require(1);
            int id = Assert.Single(workers.IdleProcesses);

            Assert.DoesNotContain("VERIDICOM", File.ReadAllText($"/proc/{id}/environ"), StringComparison.Ordinal);
            string[] limits = File.ReadAllLines($"/proc/{id}/limits");
            string[] memory = limits.Single(l => l.StartsWith("Max address space", StringComparison.Ordinal)).Split(' ', StringSplitOptions.RemoveEmptyEntries);
            long size = long.Parse(File.ReadAllText($"/proc/{id}/statm").Split(' ')[0]) * Environment.SystemPageSize;
            // no more than 192 MiB and 16 bytes a sample for a small frame, 4 GiB for any
            Assert.InRange(long.Parse(memory[3]), size - (64L << 20), size + (256L << 20));
            Assert.InRange(long.Parse(memory[4]), size - (64L << 20), size + (4097L << 20));
            Assert.Matches(@"Max core file size +0 +0", string.Join('\n', limits));
            Assert.Matches(@"NoNewPrivs:\s+1", File.ReadAllText($"/proc/{id}/status"));
        }
        finally
        {
            Environment.SetEnvironmentVariable("VERIDICOM_TEST_SECRET", null);
        }
    }

    [Fact]
    public void A_size_that_is_a_bomb_starts_nothing()
    {
        using var workers = new OpenJpegWorkers();
        byte[] code = Vector("plain-8").Code();
        foreach ((int at, PixelError expected) in new[] { (8, PixelError.ShapeMismatch), (12, PixelError.ShapeMismatch), (24, PixelError.TooLarge) })
        {
            byte[] bomb = [.. code];
            bomb.AsSpan(at, 4).Fill(0x00);
            bomb[at + 3] = 1;
            if (at < 24) bomb.AsSpan(at, 2).Fill(0xFF);
            else bomb.AsSpan(at + 4, 4).Clear();
            if (at == 24) bomb[at + 7] = 1; // tiles of one pixel

            Assert.Equal(expected, Assert.Throws<PixelException>(() => workers.Decode(bomb, Vector("plain-8").Shape, new byte[61 * 43])).Code);
        }
        Assert.Empty(workers.IdleProcesses);
    }

    [Fact]
    public void Tables_that_a_small_picture_does_not_justify_are_refused_in_bounded_memory()
    {
        // a picture of 61 x 43 with precincts of one sample and 65,535 layers
        using OpenJpegWorkers workers = Require(1);
        byte[] code = Vector("plain-8").Code();
        int cod = code.AsSpan().IndexOf<byte>([0xFF, 0x52]);
        byte[] style = [0xFF, 0x52, 0, 18, 1, 0, 0xFF, 0xFF, 0, code[cod + 9], code[cod + 10], code[cod + 11], code[cod + 12], code[cod + 13], 0, 0x11, 0x11, 0x11, 0x11, 0x11];
        Assert.Equal(5, code[cod + 9]);
        byte[] bomb = [.. code.AsSpan(0, cod), .. style, .. code.AsSpan(cod + 14)];

        var error = Assert.Throws<PixelException>(() => workers.Decode(bomb, Vector("plain-8").Shape, new byte[61 * 43]));

        Assert.Contains(error.Code, new[] { PixelError.TooLarge, PixelError.Malformed });
        Assert.Equal(Vector("plain-8").Cells(), Decode(workers, Vector("plain-8")).Cells);
    }

    [Fact]
    public void A_codestream_that_ends_early_is_refused_wherever_it_ends()
    {
        using OpenJpegWorkers workers = Require(1);
        var missed = new List<string>();
        foreach (Jpeg2000Vector vector in Jpeg2000Vector.All)
        {
            byte[] code = vector.Code();
            // down to the last byte: the end marker is demanded
            for (int length = code.Length - 1; length >= 0; length -= 1 + code.Length / 40)
            {
                var error = Assert.Throws<PixelException>(() => workers.Decode(code.AsSpan(0, length), vector.Shape, new byte[vector.Shape.Bytes]));
                Assert.Contains(error.Code, new[] { PixelError.Truncated, PixelError.Malformed });
            }
            // a length that was made to fit, with an end: the library misses what its packets announce, or a whole tile
            byte[] cut = [.. code.AsSpan(0, code.Length * 9 / 10), 0xFF, 0xD9];
            int sot = code.AsSpan().LastIndexOf<byte>([0xFF, 0x90, 0x00, 0x0A]);
            if (sot > cut.Length - 32) continue;
            System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(cut.AsSpan(sot + 6), cut.Length - 2 - sot);
            byte[] cells = new byte[vector.Shape.Bytes];
            if (Record.Exception(() => workers.Decode(cut, vector.Shape, cells)) is { } refused) Assert.IsType<PixelException>(refused);
            else missed.Add(vector.Name);
        }
        Assert.Empty(missed);
    }

    [Fact]
    public void Garbage_behind_good_headers_is_decoded_or_refused()
    {
        using OpenJpegWorkers workers = Require();
        var random = new Random(4);
        int refused = 0;
        for (int i = 0; i < 200; i++)
        {
            Jpeg2000Vector vector = Jpeg2000Vector.All[i % Jpeg2000Vector.All.Count];
            byte[] code = vector.Code();
            int data = code.AsSpan().IndexOf<byte>([0xFF, 0x93]) + 2;
            random.NextBytes(code.AsSpan(data, Math.Min(code.Length - data - 2, 1 + random.Next(200))));
            if (Record.Exception(() => workers.Decode(code, vector.Shape, new byte[vector.Shape.Bytes])) is not { } error) continue;
            Assert.IsType<PixelException>(error);
            refused++;
        }
        Assert.InRange(refused, 20, 200);
    }

    private static void Signal(string name, int id)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "sends signals");
        Peer.Require("sh").Run("-c", $"kill -{name} {id}").Succeeded();
    }
}
