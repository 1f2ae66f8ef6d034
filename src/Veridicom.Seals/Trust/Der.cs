using System.Formats.Asn1;

namespace Veridicom.Seals.Trust;

/// <summary>Small pieces of DER reading that several readers share.</summary>
internal static class Der
{
    /// <summary>A reader over bytes that are exactly one DER value, nothing before or after it.</summary>
    public static AsnReader Only(ReadOnlyMemory<byte> bytes)
    {
        AsnDecoder.ReadEncodedValue(bytes.Span, AsnEncodingRules.DER, out _, out _, out int consumed);
        if (consumed != bytes.Length)
        {
            throw TrustException.Malformed("Bytes follow the end of a DER value.");
        }
        return new AsnReader(bytes, AsnEncodingRules.DER);
    }

    /// <summary>Runs a reader and turns what the DER rules refuse into our own error.</summary>
    public static T Strict<T>(string what, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (AsnContentException e)
        {
            throw TrustException.Malformed($"{what} is not strict DER: {e.Message}", e);
        }
    }

    /// <summary>RFC 5280 4.1.2.5: UTCTime until 2049, GeneralizedTime without a fraction, both in Z.</summary>
    public static DateTimeOffset ReadTime(AsnReader reader) =>
        reader.PeekTag() == Asn1Tag.UtcTime ? reader.ReadUtcTime(2049) : ReadWholeSeconds(reader);

    /// <summary>RFC 5652 11.3: dates from 1950 to 2049 as UTCTime, others as GeneralizedTime. Fractions of a second are dropped.</summary>
    public static void WriteTime(AsnWriter writer, DateTimeOffset time)
    {
        time = time.ToUniversalTime();
        if (time.Year is >= 1950 and <= 2049)
        {
            writer.WriteUtcTime(time, 2049);
        }
        else
        {
            writer.WriteGeneralizedTime(time, omitFractionalSeconds: true);
        }
    }

    /// <summary>Walks a Name (RFC 5280 4.1.2.4) so that every level of it is known to be DER, and returns its bytes.</summary>
    public static byte[] ReadName(AsnReader reader)
    {
        byte[] encoded = reader.PeekEncodedValue().ToArray();
        var names = reader.ReadSequence();
        while (names.HasData)
        {
            var set = names.ReadSetOf();
            if (!set.HasData)
            {
                throw TrustException.Malformed("A name holds an empty set.");
            }
            while (set.HasData)
            {
                var pair = set.ReadSequence();
                pair.ReadObjectIdentifier();
                pair.ReadEncodedValue();
                pair.ThrowIfNotEmpty();
            }
        }
        return encoded;
    }

    private static DateTimeOffset ReadWholeSeconds(AsnReader reader)
    {
        var time = reader.ReadGeneralizedTime();
        return time.Ticks % TimeSpan.TicksPerSecond == 0 ? time : throw TrustException.Malformed("A time has a fraction of a second.");
    }
}
