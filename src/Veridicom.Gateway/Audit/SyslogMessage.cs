using System.Globalization;
using System.Text;
using Veridicom.Registry.Journal;

namespace Veridicom.Gateway.Audit;

/// <summary>An audit message as syslog (RFC 5424), framed by its length in octets as syslog over TLS wants it (RFC 5425 4.3).</summary>
internal static class SyslogMessage
{
    private const int SecurityFacility = 10, Warning = 4, Notice = 5, LongestHost = 255;

    /// <summary>Of these parts; the message is UTF-8 and is announced as such by a byte order mark (RFC 5424 6.4, PS3.15-2023b A.6).</summary>
    public static byte[] Frame(DateTimeOffset at, EntryOutcome outcome, string host, int process, ReadOnlySpan<byte> message)
    {
        int priority = SecurityFacility * 8 + (outcome == EntryOutcome.Success ? Notice : Warning);
        byte[] header = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture,
            $"<{priority}>1 {at.UtcDateTime:yyyy-MM-ddTHH:mm:ss.fffZ} {Name(host)} veridicom {process} DICOM+RFC3881 - "));
        ReadOnlySpan<byte> mark = Encoding.UTF8.Preamble;
        byte[] length = Encoding.ASCII.GetBytes((header.Length + mark.Length + message.Length).ToString(CultureInfo.InvariantCulture) + ' ');
        return [.. length, .. header, .. mark, .. message];
    }

    /// <summary>Printable ASCII without spaces; "-" where nothing is left (RFC 5424 6.2.4).</summary>
    private static string Name(string host)
    {
        string good = new([.. host.Where(c => c is > ' ' and <= '~').Take(LongestHost)]);
        return good.Length > 0 ? good : "-";
    }
}
