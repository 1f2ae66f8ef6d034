using System.Text.Json;
using Veridicom.Dicom;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>convert, as a user runs it.</summary>
public sealed class ConvertCommandTests
{
    private static TransferSyntax Syntax(string path) => DicomFile.Parse(new MemorySource(File.ReadAllBytes(path))).TransferSyntax;

    /// <summary>A sealed study goes from one transfer syntax to the next and stays authentic; the last unsealing gives the bytes that were sealed.</summary>
    [Fact]
    public void A_sealed_study_stays_authentic_through_every_syntax()
    {
        using CliSession session = CliSession.WithOrganisation();
        for (int i = 0; i < 3; i++) session.WriteSlice($"study/{i}.dcm", i);
        session.Run("seal", session.PathOf("study"), "--out", session.PathOf("0")).Exited(0);
        string[] names = ["jpeg-ls", "rle", "implicit", "deflated", "big-endian", "explicit"];
        for (int i = 0; i < names.Length; i++)
        {
            string from = session.PathOf(i.ToString(System.Globalization.CultureInfo.InvariantCulture)), to = session.PathOf((i + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
            Assert.Empty(session.Run("convert", from, "--to", names[i], "--out", to).Exited(0).Error);
            Assert.NotEqual(Syntax(Path.Combine(from, "1.dcm")), Syntax(Path.Combine(to, "1.dcm")));
            session.Run("verify", to).Exited(0);
        }
        Assert.Equal(TransferSyntax.ExplicitVrLittleEndian, Syntax(session.PathOf("6", "1.dcm")));
        Assert.True(new FileInfo(session.PathOf("1", "1.dcm")).Length < new FileInfo(session.PathOf("0", "1.dcm")).Length);
        session.Run("unseal", session.PathOf("6", "1.dcm"), "--out", session.PathOf("bare")).Exited(0);
        session.Run("diff", session.PathOf("bare", "1.dcm"), session.PathOf("study", "1.dcm")).Exited(0);
        session.AssertNoLeftovers();
    }

    [Fact]
    public void Each_file_gets_a_line()
    {
        using var session = new CliSession();
        session.WriteSlice("study/a.dcm", 1);
        session.Write("study/b.dcm", SampleFiles.File(SampleFiles.Explicit, []));
        session.Write("study/c.dcm", CliSession.Slice(2)[..700]);
        CliResult result = session.Run("convert", session.PathOf("study"), "--to", "rle", "--out", session.PathOf("out"), "--json").Exited(5);
        JsonElement[] lines = [.. result.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["converted", "copied", "refused"], lines.Select(line => line.GetProperty("result").GetString()));
        Assert.Equal("1.2.840.10008.1.2.5", lines[0].GetProperty("to").GetString());
        Assert.Equal(new FileInfo(lines[0].GetProperty("output").GetString()!).Length, lines[0].GetProperty("length").GetInt64());
        Assert.False(lines[0].GetProperty("fromLossy").GetBoolean());
        Assert.Equal(SampleFiles.File(SampleFiles.Explicit, []), File.ReadAllBytes(session.PathOf("out", "b.dcm")));
        Assert.False(File.Exists(session.PathOf("out", "c.dcm")));
        session.AssertNoLeftovers();
    }

    [Fact]
    public void Nothing_is_overwritten_and_wrong_usage_is_named()
    {
        using var session = new CliSession();
        string file = session.WriteSlice("a.dcm");
        Assert.Contains("no transfer syntax", session.Run("convert", file, "--to", "jpeg", "--out", session.PathOf("out")).Exited(2).Error, StringComparison.Ordinal);
        session.Run("convert", file, "--to", "rle").Exited(2);
        session.Run("convert", file, "--out", session.PathOf("out")).Exited(2);
        session.Run("convert", file, "--to", "rle", "--out", session.PathOf("out"), "-q").Exited(0);
        byte[] first = File.ReadAllBytes(session.PathOf("out", "a.dcm"));
        Assert.Contains("exists already", session.Run("convert", file, "--to", "jpeg-ls", "--out", session.PathOf("out")).Exited(7).Error, StringComparison.Ordinal);
        Assert.Equal(first, File.ReadAllBytes(session.PathOf("out", "a.dcm")));
        Assert.StartsWith("copied", session.Run("convert", session.PathOf("out", "a.dcm"), "--to", "1.2.840.10008.1.2.5", "--out", session.PathOf("again")).Exited(0).Output, StringComparison.Ordinal);
        Assert.Equal(first, File.ReadAllBytes(session.PathOf("again", "a.dcm")));
        session.AssertNoLeftovers();
    }
}
