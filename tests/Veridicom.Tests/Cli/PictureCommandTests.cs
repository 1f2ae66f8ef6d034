using System.Text.Json;
using Veridicom.Cli.Demo;
using Veridicom.Pixels.Png;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>render, verify --picture and diff --picture, as a user runs them.</summary>
public sealed class PictureCommandTests
{
    [Fact]
    public void A_frame_becomes_a_PNG_file()
    {
        using var session = new CliSession();
        string slice = session.WriteSlice("a.dcm"), png = session.PathOf("a.png");
        Assert.Contains("a.dcm frame 1 of 1  ->  ", Assert.Single(session.Run("render", slice, "--out", png).Exited(0).Lines), StringComparison.Ordinal);
        PngPicture picture = PngReader.Read(File.ReadAllBytes(png));
        Assert.Equal((64, 64, PngColour.Grey, 8), (picture.Width, picture.Height, picture.Colour, picture.Depth));
        Assert.True(picture.Samples.Distinct().Count() > 20, "an empty picture");

        JsonElement json = JsonDocument.Parse(session.Run("render", slice, "--frame", "1", "--out", session.PathOf("b.png"), "--window", "-600,1500", "--json").Exited(0).Lines[0]).RootElement;
        Assert.Equal("caller", json.GetProperty("windowing").GetProperty("source").GetString());
        Assert.Equal(-600, json.GetProperty("windowing").GetProperty("centre").GetDouble());
        Assert.Equal(64, json.GetProperty("width").GetInt32());
        Assert.NotEqual(File.ReadAllBytes(png), File.ReadAllBytes(session.PathOf("b.png")));
        session.AssertNoLeftovers();
    }

    [Fact]
    public void What_cannot_be_rendered_is_said_and_nothing_is_overwritten()
    {
        using var session = new CliSession();
        string slice = session.WriteSlice("a.dcm"), png = session.Write("a.png", "mine"u8);
        Assert.Contains("exists already", session.Run("render", slice, "--out", png).Exited(7).Error, StringComparison.Ordinal);
        Assert.Equal("mine"u8, File.ReadAllBytes(png));
        Assert.Contains("a.dcm: there is no frame 2 - it has one", session.Run("render", slice, "--frame", "2", "--out", session.PathOf("b.png")).Exited(2).Error, StringComparison.Ordinal);
        Assert.Contains("'x' is no number of a frame", session.Run("render", slice, "--frame", "x", "--out", session.PathOf("b.png")).Exited(2).Error, StringComparison.Ordinal);
        Assert.Contains("'0' is no number of a frame", session.Run("render", slice, "--frame", "0", "--out", session.PathOf("b.png")).Exited(2).Error, StringComparison.Ordinal);
        Assert.Contains("end in .png", session.Run("render", slice, "--out", session.PathOf("b.jpg")).Exited(2).Error, StringComparison.Ordinal);
        Assert.Contains("is no window", session.Run("render", slice, "--window", "wide", "--out", session.PathOf("b.png")).Exited(2).Error, StringComparison.Ordinal);
        string bare = session.Write("bare.dcm", SampleFiles.File(SampleFiles.Explicit, []));
        Assert.Contains("no pixel data", session.Run("render", bare, "--out", session.PathOf("b.png")).Exited(5).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(session.PathOf("b.png")));
    }

    [Fact]
    public void Altered_frames_are_drawn_and_named_by_their_place()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.Run("seal", session.WriteSlice("study/a.dcm"), session.WriteSlice("study/b.dcm", 1), "--out", session.PathOf("sealed")).Exited(0);
        session.Write("got/1/a b.dcm", Tampering.OnePixel(File.ReadAllBytes(session.PathOf("sealed/a.dcm")), 40, 50));
        session.Write("got/2/a b.dcm", Tampering.OnePixel(File.ReadAllBytes(session.PathOf("sealed/b.dcm")), 1, 1));
        session.Write("got/3.dcm", File.ReadAllBytes(session.PathOf("sealed/b.dcm")));
        string got = session.PathOf("got"), pictures = session.PathOf("pictures");

        string[] lines = session.Run("verify", got, "--picture", pictures, "--original", session.PathOf("sealed"), "--json").Exited(1).Lines;
        Assert.Equal(["0002-a_b-frame-1.png", "0003-a_b-frame-1.png"], Directory.GetFiles(pictures).Select(p => Path.GetFileName(p)!).Order(StringComparer.Ordinal));
        JsonElement[] files = [.. lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal([0, 1, 1], files.Select(f => f.GetProperty("pictures").GetArrayLength()));
        Assert.DoesNotContain(files, f => f.TryGetProperty("pictureNote", out _));

        // 64 x 64 pixels are enlarged eight times; tile 4 of 4 begins in column 256, row 256
        PngPicture picture = PngReader.Read(File.ReadAllBytes(Path.Combine(pictures, "0002-a_b-frame-1.png")));
        Assert.Equal(512, picture.Width);
        Assert.Equal((255, 32, 32), At(picture, 256, 300));
        Assert.Equal((255, 255, 255), At(picture, 255, 300));
        Assert.NotEqual((255, 32, 32), At(picture, 100, 300));
        // the pixel itself is tinted yellow: more red and green than blue
        (int red, int green, int blue) = At(picture, 50 * 8 + 4, 40 * 8 + 4);
        Assert.True(red > blue + 50 && green > blue + 50, $"{red} {green} {blue}");
        session.AssertNoLeftovers();
    }

    [Fact]
    public void Pictures_go_to_a_folder_of_their_own_and_originals_must_be_intact()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.Run("seal", session.WriteSlice("a.dcm"), "--out", session.PathOf("sealed")).Exited(0);
        byte[] sealedFile = File.ReadAllBytes(session.PathOf("sealed/a.dcm"));
        string changed = session.Write("changed.dcm", Tampering.OnePixel(sealedFile, 40, 50)), other = session.Write("other/b.dcm", Tampering.OnePixel(sealedFile, 1, 1));

        Assert.Contains("not empty", session.Run("verify", changed, "--picture", session.PathOf("sealed")).Exited(7).Error, StringComparison.Ordinal);
        Assert.Contains("--original says where pixels differ", session.Run("verify", changed, "--original", session.PathOf("sealed")).Exited(2).Error, StringComparison.Ordinal);
        Assert.Contains("holds no sealed file", session.Run("verify", changed, "--picture", session.PathOf("p1"), "--original", other).Exited(5).Error, StringComparison.Ordinal);
        session.Run("seal", session.WriteSlice("c.dcm", 2), "--out", session.PathOf("foreign")).Exited(0);
        Assert.Contains("no intact original carries this seal", session.Run("verify", changed, "--picture", session.PathOf("p2"), "--original", session.PathOf("foreign")).Exited(1).Output, StringComparison.Ordinal);
        Assert.Contains("picture  ", session.Run("verify", changed, "--picture", session.PathOf("p3")).Exited(1).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_crop_and_a_change_are_found_and_drawn()
    {
        using var session = new CliSession();
        string a = session.WriteSlice("a.dcm"), b = session.Write("b.dcm", Tampering.OnePixel(CliSession.Slice(0), 40, 50)), png = session.PathOf("d.png");
        string output = session.Run("diff", a, b, "--picture", png).Exited(1).Output;
        Assert.Contains("~ pixels of frame 1: 1 cells differ, by at most 1, in columns 50 to 50, rows 40 to 40", output, StringComparison.Ordinal);
        Assert.Contains("picture: ", output, StringComparison.Ordinal);
        PngPicture picture = PngReader.Read(File.ReadAllBytes(png));
        // three pictures of 64 pixels, enlarged four times
        Assert.Equal(3 * 256 + 2 * 8, picture.Width);
        JsonElement json = JsonDocument.Parse(session.Run("diff", a, b, "--picture", session.PathOf("folder"), "--json").Exited(1).Lines[0]).RootElement;
        Assert.EndsWith("frame-0001.png", Assert.Single(json.GetProperty("pictures").EnumerateArray()).GetString(), StringComparison.Ordinal);
        Assert.False(json.GetProperty("pixels").TryGetProperty("registration", out _));
        Assert.Contains("exists already", session.Run("diff", a, b, "--picture", png).Exited(7).Error, StringComparison.Ordinal);
    }

    private static (int Red, int Green, int Blue) At(PngPicture picture, int x, int y)
    {
        int at = (y * picture.Width + x) * 3;
        return (picture.Samples[at], picture.Samples[at + 1], picture.Samples[at + 2]);
    }
}
