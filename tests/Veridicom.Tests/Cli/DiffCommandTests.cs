using System.Text.Json;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>diff, as a user runs it.</summary>
public sealed class DiffCommandTests
{
    [Fact]
    public void Two_slices_differ_and_a_slice_does_not_differ_from_itself()
    {
        using CliSession session = CliSession.WithOrganisation();
        string a = session.WriteSlice("a.dcm"), same = session.WriteSlice("same.dcm"), b = session.WriteSlice("b.dcm", 1);

        Assert.Equal("no difference", Assert.Single(session.Run("diff", a, same).Exited(0).Lines));
        CliResult result = session.Run("diff", a, b).Exited(1);
        Assert.Contains("~ (0008,0018) SOPInstanceUID  \"2.25.", result.Output, StringComparison.Ordinal);
        Assert.Contains("~ pixels of frame 1: ", result.Output, StringComparison.Ordinal);
        JsonElement json = JsonDocument.Parse(session.Run("diff", a, b, "--json").Exited(1).Lines[0]).RootElement;
        Assert.False(json.GetProperty("same").GetBoolean());
        Assert.Equal("different", json.GetProperty("pixels").GetProperty("state").GetString());
        Assert.Equal(4, json.GetProperty("pixels").GetProperty("frames")[0].GetProperty("box").GetArrayLength());
    }

    [Fact]
    public void A_seal_is_named_and_not_taken_apart()
    {
        using CliSession session = CliSession.WithOrganisation();
        string a = session.WriteSlice("a.dcm"), b = session.WriteSlice("b.dcm");
        session.Run("seal", b, "--in-place").Exited(0);
        string[] lines = session.Run("diff", a, b).Exited(1).Lines;
        Assert.Equal("  pixels: the same", lines[0]);
        Assert.Matches("^\\+ seal [0-9a-f]{64}$", lines[1]);
        Assert.StartsWith("+ signature 2.25.", lines[2], StringComparison.Ordinal);
        Assert.Equal(3, lines.Length);
    }

    [Fact]
    public void A_file_that_is_not_there_or_not_DICOM_is_named()
    {
        using var session = new CliSession();
        string a = session.WriteSlice("a.dcm"), text = session.Write("b.txt", "no image"u8);
        Assert.Contains("b.txt: ", session.Run("diff", a, text).Exited(5).Error, StringComparison.Ordinal);
        Assert.Contains("none.dcm: does not exist", session.Run("diff", session.PathOf("none.dcm"), a).Exited(7).Error, StringComparison.Ordinal);
        Assert.Contains("is a folder", session.Run("diff", session.Root, a).Exited(7).Error, StringComparison.Ordinal);
    }
}
