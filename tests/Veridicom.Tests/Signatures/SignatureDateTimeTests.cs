using System.Globalization;
using Veridicom.Seals.Signatures;
using Xunit;

namespace Veridicom.Tests.Signatures;

/// <summary>DT values as spans of time.</summary>
public sealed class SignatureDateTimeTests
{
    [Theory]
    [InlineData("20260601120000.123456+0000", null, "2026-06-01T12:00:00.1234560", "2026-06-01T12:00:00.1234569")]
    [InlineData("20260601120000.5-0800", null, "2026-06-01T20:00:00.5000000", "2026-06-01T20:00:00.5999999")]
    [InlineData("20260601120000+0530", null, "2026-06-01T06:30:00.0000000", "2026-06-01T06:30:00.9999999")]
    [InlineData("202606011200", "+0100", "2026-06-01T11:00:00.0000000", "2026-06-01T11:00:59.9999999")]
    [InlineData("2026060112", "+0000", "2026-06-01T12:00:00.0000000", "2026-06-01T12:59:59.9999999")]
    [InlineData("20260601", null, "2026-05-31T10:00:00.0000000", "2026-06-02T11:59:59.9999999")]
    [InlineData("20260601120000+0100", "-0800", "2026-06-01T11:00:00.0000000", "2026-06-01T11:00:00.9999999")]
    public void A_value_spans_what_it_can_mean(string text, string? zone, string earliest, string latest)
    {
        Assert.True(SignatureDateTime.TryParse(text, zone, out SignatureDateTime value));
        Assert.Equal(earliest, value.Earliest.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture));
        Assert.Equal(latest, value.Latest.ToString("yyyy-MM-dd'T'HH:mm:ss.fffffff", CultureInfo.InvariantCulture));
        Assert.Equal(TimeSpan.Zero, value.Earliest.Offset);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("2026")]
    [InlineData("20261301")]
    [InlineData("20260601250000")]
    [InlineData("20260601120000.")]
    [InlineData("20260601120000.1234567")]
    [InlineData("20260601120000.12x")]
    [InlineData("202606011200.5")]
    [InlineData("20260601120000+00")]
    [InlineData("20260601120000+0x00")]
    [InlineData("20260601120000+0060")]
    [InlineData("20260601120000+1500")]
    [InlineData("20260601120000-1300")]
    [InlineData("00010101000000+0100")]
    [InlineData("99991231235959-0100")]
    public void Anything_else_is_refused(string? text) => Assert.False(SignatureDateTime.TryParse(text, null, out _));

    [Fact]
    public void A_broken_zone_of_the_data_set_is_not_guessed() => Assert.False(SignatureDateTime.TryParse("20260601120000", "CET", out _));

    [Fact]
    public void Times_are_written_in_utc()
    {
        string text = SignatureDateTime.Format(new DateTimeOffset(2026, 6, 1, 1, 2, 3, 4, TimeSpan.FromHours(2)));
        Assert.Equal("20260531230203.004000+0000", text);
        Assert.True(SignatureDateTime.TryParse(text, null, out _));
    }
}
