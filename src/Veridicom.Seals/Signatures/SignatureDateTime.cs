using System.Globalization;

namespace Veridicom.Seals.Signatures;

/// <summary>
/// A DT value (PS3.5-2023b 6.2) as the span of time it can mean: a value without seconds or without a zone is not a point.
/// </summary>
/// <param name="Earliest">First instant it can mean, UTC.</param>
/// <param name="Latest">Last instant it can mean, UTC.</param>
public readonly record struct SignatureDateTime(DateTimeOffset Earliest, DateTimeOffset Latest)
{
    // PS3.5-2023b 6.2: offsets from -1200 to +1400
    private const int WestMinutes = -12 * 60, EastMinutes = 14 * 60;

    /// <summary>Reads YYYYMMDD[HH[MM[SS[.F-FFFFFF]]]][&amp;ZZXX].</summary>
    /// <param name="text">The value without padding.</param>
    /// <param name="defaultZone">Timezone Offset From UTC of the data set, where the value itself has none; may be null.</param>
    /// <param name="value">The span.</param>
    public static bool TryParse(string? text, string? defaultZone, out SignatureDateTime value)
    {
        value = default;
        if (text is null) return false;
        int sign = text.AsSpan().IndexOfAny('+', '-');
        string local = sign < 0 ? text : text[..sign];
        string? zone = sign < 0 ? defaultZone : text[sign..];
        int west = WestMinutes, east = EastMinutes;
        if (!string.IsNullOrEmpty(zone))
        {
            if (!TryZone(zone, out west)) return false;
            east = west;
        }
        if (!TryLocal(local, out DateTime from, out long ticks)) return false;
        try
        {
            value = new SignatureDateTime(
                new DateTimeOffset(from.AddMinutes(-east), TimeSpan.Zero), new DateTimeOffset(from.AddMinutes(-west).AddTicks(ticks - 1), TimeSpan.Zero));
            return true;
        }
        catch (ArgumentOutOfRangeException)
        {
            return false; // at the edges of the calendar
        }
    }

    /// <summary>The value as it is written here: UTC with microseconds, 26 characters. UTC because DCMTK compares without the zone.</summary>
    public static string Format(DateTimeOffset at) =>
        at.UtcDateTime.ToString("yyyyMMddHHmmss.ffffff", CultureInfo.InvariantCulture) + "+0000";

    private static bool TryLocal(string text, out DateTime from, out long ticks)
    {
        from = default;
        ticks = 0;
        int dot = text.IndexOf('.', StringComparison.Ordinal);
        string whole = dot < 0 ? text : text[..dot];
        (string? format, ticks) = whole.Length switch
        {
            8 => ("yyyyMMdd", TimeSpan.TicksPerDay),
            10 => ("yyyyMMddHH", TimeSpan.TicksPerHour),
            12 => ("yyyyMMddHHmm", TimeSpan.TicksPerMinute),
            14 => ("yyyyMMddHHmmss", TimeSpan.TicksPerSecond),
            _ => (null, 0L),
        };
        if (format is null || !DateTime.TryParseExact(whole, format, CultureInfo.InvariantCulture, DateTimeStyles.None, out from)) return false;
        if (dot < 0) return true;
        ReadOnlySpan<char> fraction = text.AsSpan(dot + 1);
        if (whole.Length != 14 || fraction.Length is 0 or > 6 || fraction.ContainsAnyExceptInRange('0', '9')) return false;
        foreach (char digit in fraction)
        {
            ticks /= 10;
            from = from.AddTicks((digit - '0') * ticks);
        }
        return true;
    }

    private static bool TryZone(string text, out int minutes)
    {
        minutes = 0;
        if (text.Length != 5 || text[0] is not ('+' or '-') || text.AsSpan(1).ContainsAnyExceptInRange('0', '9')) return false;
        int hours = int.Parse(text.AsSpan(1, 2), CultureInfo.InvariantCulture), rest = int.Parse(text.AsSpan(3, 2), CultureInfo.InvariantCulture);
        minutes = ((hours * 60) + rest) * (text[0] == '-' ? -1 : 1);
        return rest < 60 && minutes is >= WestMinutes and <= EastMinutes;
    }
}
