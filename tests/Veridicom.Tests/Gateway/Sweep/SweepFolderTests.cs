using System.Text.Json.Nodes;
using Veridicom.Dicom;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Gateway.Sweep;

public sealed class SweepFolderTests : IDisposable
{
    private readonly CliSession _session = CliSession.WithOrganisation();

    public void Dispose() => _session.Dispose();

    private string Archive => _session.PathOf("archive");

    private JsonObject Sweep(int exitCode, params string[] more) => JsonNode.Parse(_session.Run(["sweep", "--folder", Archive, "--rate", "0", "--json", .. more]).Exited(exitCode).Lines[^1])!.AsObject();

    private string[] Files() => [.. Enumerable.Range(0, 3).Select(i => _session.WriteSlice($"archive/{i / 2}/{i}.dcm", i))];

    /// <summary>Changes one pixel.</summary>
    private static void Alter(string path)
    {
        byte[] file = File.ReadAllBytes(path);
        Assert.True(DicomFile.Parse(new MemorySource(file)).DataSet.TryFind(new(0x7FE0_0010), out DicomNode pixels));
        file[(int)pixels.ValueOffset + 2000] ^= 4;
        File.WriteAllBytes(path, file);
    }

    [Fact]
    public void A_folder_is_verified_and_what_was_looked_at_is_left_out_until_it_changes()
    {
        string[] files = Files();
        _session.Write("archive/notes.txt", "no image"u8);
        _session.Run("seal", "--in-place", "--no-manifest", files[0]).Exited(0);

        JsonObject first = Sweep(3), second = Sweep(3);

        Assert.Equal((3, 0, 1), ((int)first["instances"]!, (int)first["earlier"]!, (int)first["verdicts"]!["authentic"]!));
        Assert.Equal((3, 3), ((int)second["instances"]!, (int)second["earlier"]!));
        Alter(files[0]);
        File.SetLastWriteTimeUtc(files[0], DateTime.UtcNow.AddMinutes(1));
        Assert.Equal(1, (int)Sweep(1)["verdicts"]!["altered"]!);
    }

    [Fact]
    public void Sealed_copies_are_written_and_the_archive_stays_as_it_is()
    {
        string[] files = Files();
        byte[] before = File.ReadAllBytes(files[1]);
        string to = _session.PathOf("copies");

        JsonObject summary = Sweep(0, "--seal-as-found", "--out", to);

        Assert.Equal(3, (int)summary["sealed"]!);
        Assert.Equal(before, File.ReadAllBytes(files[1]));
        Assert.Contains("3 files: 3 authentic", _session.Run("verify", to).Exited(0).Output, StringComparison.Ordinal);
        _session.AssertNoLeftovers();
    }

    [Fact]
    public void In_place_files_are_sealed_once()
    {
        string[] files = Files();
        _session.Run("seal", "--in-place", "--no-manifest", files[0]).Exited(0);
        byte[] already = File.ReadAllBytes(files[0]);

        Assert.Equal(2, (int)Sweep(0, "--seal-as-found", "--in-place")["sealed"]!);
        Assert.Equal(already, File.ReadAllBytes(files[0]));
        byte[] now = File.ReadAllBytes(files[1]);
        Sweep(0, "--seal-as-found", "--in-place", "--restart");
        Assert.Equal(now, File.ReadAllBytes(files[1]));
    }

    [Fact]
    public void What_is_altered_is_neither_sealed_nor_copied()
    {
        string[] files = Files();
        _session.Run("seal", "--in-place", "--no-manifest", files[0]).Exited(0);
        Alter(files[0]);
        string to = _session.PathOf("copies");

        JsonObject summary = Sweep(1, "--seal-as-found", "--out", to);

        Assert.Equal(files[0], (string)summary["altered"]!.AsArray().Single()!);
        Assert.Equal(2, Directory.GetFiles(to, "*", SearchOption.AllDirectories).Length);
    }

    [Fact]
    public void The_state_goes_on_behind_a_torn_line_and_is_refused_where_it_is_damaged()
    {
        Files();
        Sweep(3);
        string state = Assert.Single(Directory.GetFiles(Path.Combine(_session.Home, "sweeps")));
        string whole = File.ReadAllText(state);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(state));
        File.WriteAllText(state, whole[..^20]);

        JsonObject again = Sweep(3);
        Assert.Equal((3, 2), ((int)again["instances"]!, (int)again["earlier"]!));
        Assert.Equal(whole.Split('\n').Order(), File.ReadAllText(state).Split('\n').Order());

        File.WriteAllText(state, whole.Replace("\"verdict\"", "\"vxrdict\"", StringComparison.Ordinal));
        Assert.Contains("--restart", _session.Run("sweep", "--folder", Archive).Exited(7).Error, StringComparison.Ordinal);
        Sweep(3, "--restart");
    }

    [Fact]
    public void Two_sweeps_of_one_archive_do_not_run_at_the_same_time()
    {
        Files();
        Sweep(3);
        string state = Assert.Single(Directory.GetFiles(Path.Combine(_session.Home, "sweeps")));
        using FileStream other = new(state, FileMode.Open, FileAccess.ReadWrite, FileShare.None);

        Assert.Contains("another sweep", _session.Run("sweep", "--folder", Archive).Exited(7).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void A_folder_without_images_is_no_archive()
    {
        _session.Write("archive/notes.txt", "no image"u8);

        Assert.Contains("holds no DICOM instance", _session.Run("sweep", "--folder", Archive).Exited(5).Error, StringComparison.Ordinal);
    }
}
