using System.IO.Compression;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>seal and verify over archives.</summary>
public sealed class ArchiveCommandTests
{
    private static string Zip(CliSession session, params (string Name, byte[] Bytes)[] entries)
    {
        string path = session.PathOf("study.zip");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, byte[] bytes) in entries)
        {
            using Stream stream = zip.CreateEntry(name).Open();
            stream.Write(bytes);
        }
        return path;
    }

    [Fact]
    public void Entries_are_sealed_into_a_folder_under_clean_names()
    {
        using CliSession session = CliSession.WithOrganisation();
        string zip = Zip(session, ("ok/1.dcm", CliSession.Slice(0)), ("../../../evil.dcm", CliSession.Slice(1)), ("readme.txt", "no image"u8.ToArray()));

        CliResult result = session.Run("seal", zip, "--out", session.PathOf("deep", "out")).Exited(0);

        Assert.Contains("passed over 1 file", result.Error, StringComparison.Ordinal);
        Assert.Equal(["study/_./_./_./evil.dcm", "study/manifest.dcm", "study/ok/1.dcm"],
            Directory.GetFiles(session.PathOf("deep"), "*", SearchOption.AllDirectories).Select(p => Path.GetRelativePath(session.PathOf("deep", "out"), p).Replace('\\', '/')).Order(StringComparer.Ordinal));
        session.Run("verify", session.PathOf("deep")).Exited(0);
    }

    [Fact]
    public void An_archive_itself_is_never_changed()
    {
        using CliSession session = CliSession.WithOrganisation();
        string zip = Zip(session, ("1.dcm", CliSession.Slice(0)));
        byte[] before = File.ReadAllBytes(zip);
        Assert.Contains("study.zip!1.dcm: stands in an archive, which is not changed - name --out DIR", session.Run("seal", zip, "--in-place").Exited(7).Error, StringComparison.Ordinal);
        session.Run("seal", zip, "--detached").Exited(7);
        Assert.Equal(before, File.ReadAllBytes(zip));
    }

    [Fact]
    public void Sealed_entries_verify_inside_of_their_archive_with_many_workers()
    {
        using CliSession session = CliSession.WithOrganisation();
        for (int i = 0; i < 12; i++) session.WriteSlice($"study/{i:D2}.dcm", i);
        session.Run("seal", session.PathOf("study"), "--in-place").Exited(0);
        ZipFile.CreateFromDirectory(session.PathOf("study"), session.PathOf("sealed.zip"));
        session.Workers = 4;
        CliResult result = session.Run("verify", session.PathOf("sealed.zip")).Exited(0);
        Assert.Equal("13 files: 13 authentic", result.Lines[^1]);
        Assert.Equal(Enumerable.Range(0, 12).Select(i => $"!{i:D2}.dcm"), result.Lines[..12].Select(line => line[line.IndexOf('!')..(line.IndexOf('!') + 7)]));
    }
}
