using Veridicom.Cli;
using Veridicom.Cli.Files;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>Files as sources: small ones whole, large ones through a window.</summary>
public sealed class FileSourceTests
{
    private static byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        new Random(3).NextBytes(bytes);
        return bytes;
    }

    [Fact]
    public void Every_window_of_a_large_file_holds_its_bytes()
    {
        using var scratch = new ScratchFolder();
        byte[] bytes = Bytes(5 << 20);
        var buffers = new FileBuffers(1000);
        Assert.Equal(2 << 20, buffers.WholeLimit);
        using OpenedFile opened = buffers.Open(scratch.Write("large", bytes));
        Assert.IsType<FileSource>(opened.Source);
        Assert.False(opened.Source.TryGetMemory(out _));
        var random = new Random(5);
        for (int round = 0; round < 2000; round++)
        {
            int length = random.Next(4) == 0 ? random.Next(3 << 20) : random.Next(64);
            int offset = random.Next(bytes.Length - length + 1);
            Assert.True(bytes.AsSpan(offset, length).SequenceEqual(opened.Source.Window(offset, length)), $"{length} bytes at {offset}");
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => opened.Source.Window(bytes.Length - 3, 4).Length);
        opened.DemandUnchanged();
    }

    [Fact]
    public void The_buffers_are_used_again()
    {
        using var scratch = new ScratchFolder();
        string one = scratch.Write("one", Bytes(100_000)), other = scratch.Write("other", Bytes(90_000));
        var buffers = new FileBuffers(2);
        using (OpenedFile opened = buffers.Open(one)) Assert.True(opened.Source.TryGetMemory(out _));
        long before = GC.GetAllocatedBytesForCurrentThread();
        using (OpenedFile opened = buffers.Open(other)) Assert.Equal(90_000, opened.Source.Length);
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 20_000);
    }

    [Fact]
    public void A_large_file_that_is_written_to_meanwhile_is_not_judged()
    {
        using var scratch = new ScratchFolder();
        string path = scratch.Write("large", Bytes(5 << 20));
        using OpenedFile opened = new FileBuffers(1000).Open(path);
        opened.Source.Window(0, 10);
        using (FileStream writer = File.Open(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite)) writer.SetLength(4 << 20);
        Assert.Equal("changed", Assert.Throws<FaultException>(() => opened.Source.Window((5 << 20) - 10, 10).Length).Fault.Code);
        Assert.Equal("changed", Assert.Throws<FaultException>(opened.DemandUnchanged).Fault.Code);
    }

    [Fact]
    public void A_file_larger_than_the_buffers_is_sealed_and_verified_alike()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.Workers = 1000; // 2 MB per worker
        byte[] small = CliSession.Slice(0);
        DicomFile parsed = DicomFile.Parse(new MemorySource(small));
        Assert.True(parsed.DataSet.TryFind(new DicomTag(0x0008, 0x0060), out DicomNode modality));
        // A private element of 6 MB at the end, as vendors add them.
        byte[] more = new ElementWriter().Text(new(0x7FE1, 0x0010), Vr.LO, "VENDOR").Bytes(new(0x7FE1, 0x1001), Vr.OB, Bytes(6 << 20)).ToArray();
        string path = session.Write("large.dcm", [.. small, .. more]), second = session.WriteSlice("small.dcm", 1);
        session.Run("seal", path, second, "--in-place").Exited(0);
        session.Run("verify", path, second).Exited(0);
        session.Run("unseal", path, second, "--in-place").Exited(0);
        Assert.Equal([.. small, .. more], File.ReadAllBytes(path));
        Assert.Equal(2, modality.ValueLength);
    }

    [Fact]
    public void Results_come_in_the_order_of_the_inputs()
    {
        Input[] inputs = [.. Enumerable.Range(0, 500).Select(i => new MissingInput(new Fault(7, "", null, "", "")) { Name = i.ToString(), Relative = "" })];
        var seen = new List<string>();
        var random = new Random(1);
        int[] spins = [.. inputs.Select(_ => random.Next(20_000))];
        Workers<string>.Run(inputs, (input, _) =>
        {
            Thread.SpinWait(spins[int.Parse(input.Name)]);
            return input.Name;
        }, (_, result) => seen.Add(result), 4, TestContext.Current.CancellationToken);
        Assert.Equal(inputs.Select(i => i.Name), seen);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void A_defect_in_the_work_ends_the_run_and_is_not_hidden(int workers)
    {
        Input[] inputs = [.. Enumerable.Range(0, 100).Select(i => new MissingInput(new Fault(7, "", null, "", "")) { Name = i.ToString(), Relative = "" })];
        Assert.Throws<InvalidOperationException>(() => Workers<string>.Run(inputs, (input, _) => input.Name == "50" ? throw new InvalidOperationException() : input.Name, (_, _) => { }, workers, TestContext.Current.CancellationToken));
        Assert.ThrowsAny<Xunit.Sdk.XunitException>(() => Workers<string>.Run(inputs, (input, _) => input.Name, (_, name) => Assert.NotEqual("50", name), workers, TestContext.Current.CancellationToken));
    }
}
