using System.Reflection;
using System.Text;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Xunit;

namespace Veridicom.Tests.Registry.Journal;

public sealed class JournalTextTests
{
    private static readonly JournalEntry Full = new()
    {
        Kind = EntryKind.CommitmentRequested,
        At = new DateTimeOffset(2026, 11, 22, 15, 4, 5, 678, TimeSpan.Zero),
        Who = new Actor("<AE\\\"\n>", "certificate", "::1"),
        Outcome = EntryOutcome.SeriousFailure,
        Why = "TREAT",
        StudyUid = "1.2",
        SeriesUid = "1.2.3",
        SopInstanceUid = "1.2.3.4",
        SopClassUid = "1.2.840.10008.5.1.4.1.1.2",
        PatientId = "Müller\u0000\u2028\ud83d\ude00",
        Instances = 7,
        Instance = 41,
        Object = ObjectDigest.Of(new byte[32]),
        Size = 1L << 40,
        TransferSyntaxUid = "1.2.840.10008.1.2.1",
        ContentDigest = new string('a', 64),
        State = InstanceState.Quarantined,
        Route = "default",
        Verdict = "authentic",
        SealIdentity = new string('b', 64),
        Destinations = ["pacs", "vna"],
        Destination = "pacs",
        TransactionUid = "2.25.1",
        Detail = "line\nline",
    };

    [Fact]
    public void Every_member_comes_back_as_it_was()
    {
        byte[] json = JournalText.Write(42, Full);
        (long sequence, JournalEntry read) = JournalText.Read(json);

        Assert.Equal(42, sequence);
        foreach (PropertyInfo member in typeof(JournalEntry).GetProperties().Where(p => p.Name != "EqualityContract"))
        {
            Assert.NotNull(member.GetValue(Full));
            Assert.Equivalent(member.GetValue(Full), member.GetValue(read), strict: true);
        }
        Assert.Equal(json, JournalText.Write(sequence, read));
    }

    [Fact]
    public void An_entry_is_one_line_of_ascii_and_begins_with_its_number()
    {
        string line = Encoding.Latin1.GetString(JournalText.Write(42, Full));

        Assert.StartsWith("{\"sequence\":42,\"at\":\"2026-11-22T15:04:05.678Z\",\"kind\":\"commitment-requested\",", line);
        Assert.DoesNotContain(line, c => c is < ' ' or > '~');
    }

    [Fact]
    public void What_has_no_value_is_left_out()
    {
        JournalEntry entry = TrailKit.Entry(1) with { Detail = null };

        Assert.Equal("""{"sequence":1,"at":"2026-11-22T12:00:01.000Z","kind":"queried","who":{"name":"SCANNER1","means":"ae-title","address":"127.0.0.1"},"outcome":"success"}""",
            Encoding.ASCII.GetString(JournalText.Write(1, entry)));
    }

    [Fact]
    public void Every_kind_state_and_outcome_has_a_word_of_its_own()
    {
        foreach (EntryKind kind in Enum.GetValues<EntryKind>())
        {
            Assert.True(JournalText.TryKind(kind.Word(), out EntryKind back));
            Assert.Equal(kind, back);
            Assert.Matches("^[a-z]+(-[a-z]+)*$", kind.Word());
        }
        Assert.Equal(Enum.GetValues<InstanceState>().Length, Enum.GetValues<InstanceState>().Select(s => s.Word()).Distinct().Count());
        Assert.Equal("minor-failure", EntryOutcome.MinorFailure.Word());
    }

    [Theory]
    [InlineData("", "it is not JSON")]
    [InlineData("[]", "another type")]
    [InlineData("{}", "is missing")]
    [InlineData("{\"at\":\"\",\"sequence\":1}", "does not stand first")]
    [InlineData("{\"sequence\":-1}", "whole number")]
    [InlineData("{\"sequence\":1.5}", "whole number")]
    [InlineData("{\"sequence\":1,\"sequence\":1}", "stands twice")]
    [InlineData("{\"sequence\":1,\"colour\":\"red\"}", "is unknown")]
    [InlineData("{\"sequence\":1,\"why\":null}", "is no text")]
    [InlineData("{\"sequence\":1,\"who\":{\"name\":\"a\",\"name\":\"b\"}}", "stands twice")]
    [InlineData("{\"sequence\":1,\"who\":{\"name\":\"a\",\"shoe\":\"b\"}}", "unknown member")]
    [InlineData("{\"sequence\":1,\"destinations\":[1]}", "is no text")]
    [InlineData("{\"sequence\":1} x", "it is not JSON")]
    public void What_is_not_an_entry_is_refused(string text, string why) =>
        Assert.Contains(why, Assert.Throws<FormatException>(() => JournalText.Read(Encoding.UTF8.GetBytes(text))).Message);

    [Theory]
    [InlineData("\"queried\"", "\"danced\"", "is unknown")]
    [InlineData("\"success\"", "\"sort-of\"", "is unknown")]
    [InlineData("2026-11-22T12:00:01.000Z", "2026-11-22T12:00:01Z", "no time")]
    [InlineData("2026-11-22T12:00:01.000Z", "2026-11-22T12:00:01.000+01:00", "no time")]
    [InlineData("\"address\":\"127.0.0.1\"", "\"address\":7", "is no text")]
    public void A_word_that_is_not_known_is_refused(string known, string unknown, string why)
    {
        string text = Encoding.ASCII.GetString(JournalText.Write(1, TrailKit.Entry(1)));
        Assert.Contains(known, text);

        Assert.Contains(why, Assert.Throws<FormatException>(() => JournalText.Read(Encoding.ASCII.GetBytes(text.Replace(known, unknown, StringComparison.Ordinal)))).Message);
    }

    [Fact]
    public void Nothing_but_the_documented_error_comes_out_of_mutated_entries()
    {
        byte[] whole = JournalText.Write(42, Full);
        var random = new Random(4711);
        int refused = 0;
        for (int i = 0; i < 20_000; i++)
        {
            byte[] mutant = [.. whole];
            for (int changes = random.Next(1, 4); changes > 0; changes--) mutant[random.Next(mutant.Length)] = (byte)random.Next(256);
            try
            {
                JournalText.Read(mutant.AsSpan(0, random.Next(3) == 0 ? random.Next(mutant.Length) : mutant.Length));
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        Assert.InRange(refused, 5_000, 20_000);
    }

    [Fact]
    public void An_entry_that_is_too_long_is_refused_before_it_is_written() =>
        Assert.Throws<ArgumentException>(() => JournalText.Write(1, Full with { Detail = new string('x', JournalText.MostBytes) }));
}
