using System.Text.Json;
using Veridicom.Cli;
using Veridicom.Cli.Demo;
using Xunit;

namespace Veridicom.Tests.Demo;

/// <summary>veridicom demo as a person runs it, without a process.</summary>
public sealed class DemoCommandTests
{
    [Fact]
    public void The_table_is_the_one_of_the_walk_through_and_the_files_are_there_to_try()
    {
        using var scratch = new ScratchFolder();
        string folder = scratch.PathOf("demo");

        (int code, string output, string error) = Run("demo", "--out", folder);

        Assert.Equal(0, code);
        Assert.DoesNotContain("veridicom:", error, StringComparison.Ordinal);
        string[] lines = output.ReplaceLineEndings("\n").Split('\n');
        Assert.Equal(Table.ReplaceLineEndings("\n").Split('\n'), lines[..12].Select(line => line.TrimEnd()));
        Assert.Contains($"All files lie in {folder}", output, StringComparison.Ordinal);
        Assert.Equal(24, Directory.GetFiles(Path.Combine(folder, "study")).Length);
        Assert.Equal(25, Directory.GetFiles(Path.Combine(folder, "sealed")).Length);
        foreach (DemoCase one in Demonstration.Cases) Assert.True(File.Exists(Path.Combine(folder, one.Folder, one.Name + ".dcm")), one.Name);
        Assert.NotEmpty(Directory.GetFiles(Path.Combine(folder, "home", "trust")));
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(folder, "passphrase")));
        Assert.DoesNotContain("Paula", output + error, StringComparison.Ordinal);
    }

    private const string Table = """
        what was done to a sealed slice               verdict    why
        --------------------------------------------  ---------  ---
        nothing                                       authentic  everything as sealed
        stored in another encoding, as archives do    authentic  everything as sealed; file header rewritten, as it may be
        one pixel made brighter by 1 HU               altered    pixels differ in frame 1, columns 128 to 191, rows 192 to 255
        the patient's name replaced                   altered    patient: PatientName is not what was sealed
        a ring drawn over it as an overlay            altered    display: OverlayRows was added, and 6 more
        passed off as another slice, under a new UID  altered    structure: SOPInstanceUID is not what was sealed
        seal and signature stripped                   unsealed   no seal and no signature: nothing speaks for it
        seal stripped, the standard's signature left  partial    a valid signature of the standard, which leaves open: structure, carrier
        taken out of its study                        altered    the study's manifest: series 2, image 9 (place 16 of 24) is missing

        """;

    [Fact]
    public void Json_has_one_object_for_each_copy_and_nothing_else()
    {
        (int code, string output, _) = Run("demo", "--json");

        Assert.Equal(0, code);
        string[] lines = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Demonstration.Cases.Count + 1, lines.Length);
        Assert.Equal("missing", JsonDocument.Parse(lines[^1]).RootElement.GetProperty("findings")[0].GetProperty("code").GetString());
        foreach ((string line, DemoCase one) in lines.Zip(Demonstration.Cases))
        {
            using JsonDocument document = JsonDocument.Parse(line);
            Assert.Equal(one.Name, document.RootElement.GetProperty("case").GetString());
            Assert.True(document.RootElement.GetProperty("asExpected").GetBoolean());
            Assert.Equal(document.RootElement.GetProperty("expected").GetString(), document.RootElement.GetProperty("verdict").GetString());
        }
    }

    [Fact]
    public void A_folder_that_holds_something_is_left_alone()
    {
        using var scratch = new ScratchFolder();
        string mine = scratch.Write("mine.txt", "mine"u8);

        (int code, string output, string error) = Run("demo", "--out", scratch.Root);

        Assert.Equal(7, code);
        Assert.Empty(output);
        Assert.Contains("is not empty", error, StringComparison.Ordinal);
        Assert.Equal([mine], Directory.GetFileSystemEntries(scratch.Root));
    }

    private static (int Code, string Output, string Error) Run(params string[] args)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        int code = CommandLine.Run(args, output, error, new Dictionary<string, string>());
        return (code, output.ToString(), error.ToString());
    }
}
