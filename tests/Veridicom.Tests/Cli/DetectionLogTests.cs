using System.Text;
using Veridicom.Cli.Detection;
using Veridicom.Forensics;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>The file that lets an interrupted run go on: torn, foreign, changed.</summary>
public sealed class DetectionLogTests : IDisposable
{
    private static readonly LogHeader Header = new("veridicom 1", "m1", "shipped 1 2 3", "");
    private readonly ScratchFolder _scratch = new();

    private string Path => _scratch.PathOf("log.jsonl");

    public void Dispose() => _scratch.Dispose();

    [Fact]
    public void What_was_judged_stands_there_when_it_is_opened_again_and_what_changed_does_not()
    {
        Fill("a", "b");
        using DetectionLog log = DetectionLog.Open(Path, Header);
        Assert.Equal(2, log.Earlier);
        Assert.True(log.IsDone("a", (1, 2), out Opinion opinion, out int code));
        Assert.Equal((Opinion.Inconclusive, 6), (opinion, code));
        Assert.False(log.IsDone("a", (1, 3), out _, out _));
        Assert.False(log.IsDone("a", (2, 2), out _, out _));
        Assert.False(log.IsDone("a", null, out _, out _));
        Assert.False(log.IsDone("c", (1, 2), out _, out _));
    }

    [Fact]
    public void A_line_that_was_torn_at_any_byte_is_cut_away_and_the_others_stay()
    {
        Fill("a");
        int before = File.ReadAllBytes(Path).Length;
        Fill("b");
        byte[] whole = File.ReadAllBytes(Path);
        for (int length = 0; length <= whole.Length; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            using (DetectionLog log = DetectionLog.Open(Path, Header))
            {
                Assert.Equal(length >= before, log.IsDone("a", (1, 2), out _, out _));
                Assert.Equal(length == whole.Length, log.IsDone("b", (1, 2), out _, out _));
                Add(log, "c");
            }
            using DetectionLog again = DetectionLog.Open(Path, Header);
            Assert.True(again.IsDone("c", (1, 2), out _, out _), $"cut at {length}");
        }
    }

    [Fact]
    public void Results_of_another_model_and_files_of_another_kind_are_left_alone()
    {
        Fill("a");
        byte[] whole = File.ReadAllBytes(Path);
        foreach (LogHeader other in (LogHeader[])[Header with { Model = "m2" }, Header with { Program = "veridicom 2" }, Header with { Thresholds = "x" }, Header with { Options = "no-local" }])
            Assert.Contains("another model", Assert.Throws<FaultException>(() => DetectionLog.Open(Path, other)).Fault.Text, StringComparison.Ordinal);
        Assert.Equal(whole, File.ReadAllBytes(Path));

        foreach (string foreign in (string[])["hello", "hello\n", "{}\n", "[]\n", "{\"veridicomDetect\":7}\n", Encoding.UTF8.GetString(whole).Replace("\"result\"", "\"x\"", StringComparison.Ordinal) + Encoding.UTF8.GetString(whole)])
        {
            File.WriteAllText(Path, foreign);
            Assert.Contains("no file of results", Assert.Throws<FaultException>(() => DetectionLog.Open(Path, Header)).Fault.Text, StringComparison.Ordinal);
            Assert.Equal(foreign, File.ReadAllText(Path));
        }
    }

    [Theory]
    [InlineData("signs-of-generation", "0")]
    [InlineData("inconclusive", "4711")]
    [InlineData("no-signs-found", "\"x\"")]
    [InlineData("authentic", "0")]
    public void A_result_that_this_program_never_writes_is_judged_again(string opinion, string code)
    {
        Fill("a", "b");
        string text = File.ReadAllText(Path);
        int at = text.IndexOf("{\"opinion\"", StringComparison.Ordinal);
        File.WriteAllText(Path, text[..at] + $"{{\"opinion\":\"{opinion}\",\"exitCode\":{code}}}" + text[text.IndexOf("}}\n", at, StringComparison.Ordinal)..][1..]);
        using DetectionLog log = DetectionLog.Open(Path, Header);
        Assert.False(log.IsDone("a", (1, 2), out _, out _));
        Assert.True(log.IsDone("b", (1, 2), out _, out _));
    }

    [Fact]
    public void A_file_that_others_may_write_is_refused()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no modes of files");
        if (OperatingSystem.IsWindows()) return;
        Fill("a");
        foreach (UnixFileMode others in (UnixFileMode[])[UnixFileMode.GroupWrite, UnixFileMode.OtherWrite])
        {
            File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | others);
            Assert.Equal("mode", Assert.Throws<FaultException>(() => DetectionLog.Open(Path, Header)).Fault.Code);
        }
        File.SetUnixFileMode(Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.OtherRead);
        using DetectionLog log = DetectionLog.Open(Path, Header);
        Assert.Equal(1, log.Earlier);
    }

    [Fact]
    public void Only_one_run_writes_to_it()
    {
        using DetectionLog log = DetectionLog.Open(Path, Header);
        Assert.Equal("resume", Assert.Throws<FaultException>(() => DetectionLog.Open(Path, Header)).Fault.Code);
    }

    private void Fill(params string[] places)
    {
        using DetectionLog log = DetectionLog.Open(Path, Header);
        foreach (string place in places) Add(log, place);
    }

    private static void Add(DetectionLog log, string place) => log.Add(place, (1, 2), json =>
    {
        json.WriteString("opinion", Opinion.Inconclusive.Word());
        json.WriteNumber("exitCode", 6);
    });
}
