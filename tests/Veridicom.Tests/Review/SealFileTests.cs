using System.Runtime.InteropServices;
using Veridicom.Cli.Files;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Review;

/// <summary>What may lie beside a file as FILE.seal in a folder that an adversary filled.</summary>
public sealed class SealFileTests
{
    [Fact]
    public void A_seal_that_leads_to_an_endless_device_is_not_read()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there is no /dev/zero");
        using CliSession session = CliSession.WithOrganisation();
        string file = session.WriteSlice("a.dcm");
        File.CreateSymbolicLink(file + ".seal", "/dev/zero");

        CliResult result = session.Run("verify", file).Exited(5);

        Assert.Contains("no regular file", result.Error);
    }

    [Fact]
    public void A_seal_that_is_a_pipe_is_not_waited_for()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "there are no such pipes");
        using CliSession session = CliSession.WithOrganisation();
        string file = session.WriteSlice("a.dcm");
        Assert.Equal(0, mkfifo(file + ".seal", 0b110_000_000));

        CliResult result = session.Run("verify", file).Exited(5);

        Assert.Contains("no regular file", result.Error);
    }

    [Fact]
    public void A_file_that_is_replaced_is_never_open_to_more_people()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("there are no modes");
            return;
        }
        using CliSession session = CliSession.WithOrganisation();
        string file = session.WriteSlice("a.dcm");
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        UnixFileMode? during = null;

        new AtomicOutput().Write(file, stream =>
        {
            string temporary = Assert.Single(Directory.GetFiles(Path.GetDirectoryName(file)!, AtomicOutput.TemporaryPrefix + "*", new EnumerationOptions { AttributesToSkip = 0 }));
            if (!OperatingSystem.IsWindows()) during = File.GetUnixFileMode(temporary);
        }, replace: true);

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, during);
    }

    [DllImport("libc", EntryPoint = "mkfifo")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int mkfifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);
}
