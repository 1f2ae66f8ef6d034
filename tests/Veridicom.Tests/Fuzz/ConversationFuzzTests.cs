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
