using Veridicom.Cli;
using Veridicom.Cli.Files;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>Outputs stand whole under their name, or not at all; nothing is overwritten by surprise.</summary>
public sealed class AtomicOutputTests
{
    private static void AssertClean(ScratchFolder scratch) => Assert.Empty(Directory.GetFiles(scratch.Root, ".veridicom-*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 }));

    private static Fault FaultOf(Action action) => Assert.Throws<FaultException>(action).Fault;

    [Fact]
    public void A_file_appears_with_its_folders()
    {
        using var scratch = new ScratchFolder();
        var output = new AtomicOutput();
        output.Write(scratch.PathOf("a", "b", "c"), stream => stream.Write("whole"u8), replace: false);
        output.Complete();
        Assert.Equal("whole", File.ReadAllText(scratch.PathOf("a", "b", "c")));
        AssertClean(scratch);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_writer_that_fails_leaves_what_was_there(bool existed)
    {
        using var scratch = new ScratchFolder();
        if (existed) scratch.Write("x", "before"u8);
        Assert.Throws<IOException>(() => new AtomicOutput().Write(scratch.PathOf("x"), stream =>
        {
            stream.Write(new byte[1 << 20]);
            throw new IOException("No space left on device");
        }, replace: true));
        Assert.Equal(existed ? ["x"] : [], Directory.GetFileSystemEntries(scratch.Root).Select(Path.GetFileName));
        if (existed) Assert.Equal("before", File.ReadAllText(scratch.PathOf("x")));
    }

    [Fact]
    public void A_check_before_the_rename_can_still_refuse()
    {
        using var scratch = new ScratchFolder();
        scratch.Write("x", "before"u8);
        Assert.Throws<FaultException>(() => new AtomicOutput().Write(scratch.PathOf("x"), stream => stream.Write("after"u8), replace: true, beforeRename: () => throw FaultException.World("changed", null, "", "")));
        Assert.Equal("before", File.ReadAllText(scratch.PathOf("x")));
        AssertClean(scratch);
    }

    [Fact]
    public void An_interrupted_writer_leaves_nothing()
    {
        using var scratch = new ScratchFolder();
        using var stop = new CancellationTokenSource();
        Assert.Throws<OperationCanceledException>(() => new AtomicOutput(stop.Token).Write(scratch.PathOf("x"), stream =>
        {
            stream.Write("half"u8);
            stop.Cancel();
            stream.Write("never"u8);
        }, replace: false));
        Assert.Empty(Directory.GetFileSystemEntries(scratch.Root));
    }

    [Fact]
    public void A_file_that_is_there_is_replaced_only_on_demand()
    {
        using var scratch = new ScratchFolder();
        scratch.Write("x", "before"u8);
        Assert.Equal(("exists", 7), (FaultOf(() => new AtomicOutput().Write(scratch.PathOf("x"), _ => { }, replace: false)).Code, 7));
        Assert.Equal("before", File.ReadAllText(scratch.PathOf("x")));
    }

    [Fact]
    public void A_file_that_appears_meanwhile_stays()
    {
        using var scratch = new ScratchFolder();
        Fault fault = FaultOf(() => new AtomicOutput().Write(scratch.PathOf("x"), stream =>
        {
            stream.Write("ours"u8);
            scratch.Write("x", "theirs"u8);
        }, replace: false));
        Assert.Equal("exists", fault.Code);
        Assert.Equal("theirs", File.ReadAllText(scratch.PathOf("x")));
        AssertClean(scratch);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_symbolic_link_is_neither_followed_nor_replaced(bool dangling)
    {
        using var scratch = new ScratchFolder();
        if (!dangling) scratch.Write("target", "before"u8);
        File.CreateSymbolicLink(scratch.PathOf("link"), scratch.PathOf("target"));
        Assert.Equal("symbolic-link", FaultOf(() => new AtomicOutput().Write(scratch.PathOf("link"), stream => stream.Write("after"u8), replace: true)).Code);
        Assert.Equal(!dangling, File.Exists(scratch.PathOf("target")));
        Assert.NotNull(new FileInfo(scratch.PathOf("link")).LinkTarget);
        AssertClean(scratch);
    }

    [Fact]
    public void A_folder_or_a_file_in_the_way_is_said()
    {
        using var scratch = new ScratchFolder();
        Directory.CreateDirectory(scratch.PathOf("folder"));
        scratch.Write("file", "x"u8);
        Assert.Equal("name", FaultOf(() => new AtomicOutput().Write(scratch.PathOf("folder"), _ => { }, replace: true)).Code);
        Exception e = Assert.ThrowsAny<IOException>(() => new AtomicOutput().Write(scratch.PathOf("file", "below"), _ => { }, replace: true));
        Assert.Equal(7, Fault.From(e)!.ExitCode);
    }

    [Fact]
    public void A_full_disk_is_exit_code_7_and_loses_nothing()
    {
        Assert.SkipUnless(File.Exists("/dev/full"), "needs /dev/full");
        using var full = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, 0);
        IOException e = Assert.ThrowsAny<IOException>(() => full.Write("x"u8));
        Fault fault = Fault.From(e, "x.dcm")!;
        Assert.Equal((7, "disk-full"), (fault.ExitCode, fault.Code));
        Assert.Equal("x.dcm: no space is left on the device - free some space and run it again; nothing was lost", fault.ToString());
    }

    [Fact]
    public void Ctrl_C_ends_a_run_without_partial_files()
    {
        using CliSession session = CliSession.WithOrganisation();
        for (int i = 0; i < 60; i++) session.WriteSlice($"study/{i:D2}.dcm", i % 4);
        using var stop = new CancellationTokenSource();
        using var output = new StoppingWriter(stop, afterLines: 5);
        using var error = new StringWriter();

        int code = CommandLine.Run(["seal", session.PathOf("study"), "--out", session.PathOf("out")], session.With(output, error, stop.Token));

        Assert.Equal(130, code);
        Assert.Contains("interrupted", error.ToString(), StringComparison.Ordinal);
        session.AssertNoLeftovers();
        string[] written = Directory.GetFiles(session.PathOf("out"));
        Assert.InRange(written.Length, 5, 59);
        session.Run("verify", session.PathOf("out")).Exited(0); // each that is there is whole
    }

    /// <summary>Stands for a person who presses Ctrl-C after some lines.</summary>
    private sealed class StoppingWriter(CancellationTokenSource stop, int afterLines) : StringWriter
    {
        private int _lines;

        public override void WriteLine(string? value)
        {
            base.WriteLine(value);
            if (++_lines == afterLines) stop.Cancel();
        }
    }
}
