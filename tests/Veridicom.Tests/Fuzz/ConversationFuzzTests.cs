using Xunit;

namespace Veridicom.Tests.Fuzz;

/// <summary>5,000 damaged conversations with the DICOM provider. The long run is ./test fuzz.</summary>
public sealed class ConversationFuzzTests
{
    private static readonly CodecFuzz Fuzz = ConversationFuzz.Conversations;

    [Fact]
    public void Five_thousand_damaged_conversations_end_as_documented()
    {
        FuzzRun run = Fuzz.Run(20231);

        Assert.True(run.Run(5_000, Environment.ProcessorCount), "an input did not come back");
        Assert.True(run.Findings.Count == 0, string.Join('\n', run.Findings.Select(found => $"input {found.Input}, from {found.Seed}: {found.Kind} {found.Detail}")));
        Assert.Equal(5_000, run.Outcomes.Sum(outcome => outcome.Value));
        // Each way to end must be gone, or only the first lines were tried.
        foreach (string end in (string[])["released", "Rejected", "protocol Unexpected", "protocol WrongContext", "protocol TooLong", "protocol UnknownPdu", "protocol BadCommand",
            "protocol Truncated", "ended Aborted", "ended ConnectionLost", "ended TooSlow", "ended Idle", "ended WriteTooSlow"])
            Assert.True(run.Outcomes.ContainsKey("dimse " + end), $"no conversation {end}: {string.Join(", ", run.Outcomes.Keys)}");
    }

    [Fact]
    public void Five_thousand_damaged_answers_end_as_documented()
    {
        FuzzRun run = CallFuzz.Calls.Run(20231);

        Assert.True(run.Run(5_000, Environment.ProcessorCount), "an input did not come back");
        Assert.True(run.Findings.Count == 0, string.Join('\n', run.Findings.Select(found => $"input {found.Input}, from {found.Seed}: {found.Kind} {found.Detail}")));
        Assert.Equal(5_000, run.Outcomes.Sum(outcome => outcome.Value));
        foreach (string end in (string[])["reported, released", "not reported, released", "no association: Rejected", "no association: Unexpected", "store True, then ProtocolBroken",
            "echo True, then ClassRefused", "associated, then Aborted", "echo True, then ConnectionLost", "associated, then TimedOut"])
            Assert.True(run.Outcomes.ContainsKey("dimse-user " + end), $"no call {end}: {string.Join("; ", run.Outcomes.Keys)}");
    }

    [Theory]
    [InlineData("answers", "reported, released")]
    [InlineData("report-late", "commitment True, then ProtocolBroken")]
    [InlineData("refusals", "not reported, released")]
    [InlineData("only-echo", "echo True, then ClassRefused")]
    [InlineData("rejected", "no association: Rejected")]
    [InlineData("aborted", "echo True, then Aborted")]
    public void Answers_that_were_not_damaged_are_understood(string name, string outcome)
    {
        byte[] answers = CallFuzz.Calls.Seeds.Single(seed => seed.Name == name).Original;

        Assert.Equal(outcome, CallFuzz.Call([answers], ScriptEnd.Closes, drips: false, takes: int.MaxValue));
        Assert.Equal(outcome, CallFuzz.Call([.. Enumerable.Range(0, answers.Length).Select(at => (ReadOnlyMemory<byte>)answers.AsMemory(at, 1))], ScriptEnd.Closes, drips: false, takes: int.MaxValue));
    }

    [Fact]
    public void What_was_not_damaged_is_served()
    {
        Assert.True(Fuzz.Seeds.Count > 12);
        foreach (FuzzSeed seed in Fuzz.Seeds)
        {
            string outcome = ConversationFuzz.Converse(seed.Original, [seed.Original], ScriptEnd.Closes, drips: false, takes: int.MaxValue);
            Assert.Equal(seed.Name switch { "abort" => "ended Aborted", "nobody" => "Rejected", _ => "released" }, outcome);
            IReadOnlyList<ReadOnlyMemory<byte>> bytes = [.. Enumerable.Range(0, seed.Original.Length).Select(at => (ReadOnlyMemory<byte>)seed.Original.AsMemory(at, 1))];
            Assert.Equal(outcome, ConversationFuzz.Converse(seed.Original, bytes, ScriptEnd.Closes, drips: false, takes: int.MaxValue));
        }
    }

    [Fact]
    public void A_byte_a_second_does_not_last()
    {
        foreach (FuzzSeed seed in Fuzz.Seeds)
        {
            IReadOnlyList<ReadOnlyMemory<byte>> bytes = [.. Enumerable.Range(0, seed.Original.Length).Select(at => (ReadOnlyMemory<byte>)seed.Original.AsMemory(at, 1))];
            Assert.Equal("ended TooSlow", ConversationFuzz.Converse(seed.Original, bytes, ScriptEnd.Closes, drips: true, takes: int.MaxValue));
        }
    }
}
