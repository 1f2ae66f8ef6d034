using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Veridicom.Interop.Crash;

/// <summary>An instance like no other: a small picture of noise, as a data set in explicit VR little endian.</summary>
/// <param name="StudyUid">Study Instance UID.</param>
/// <param name="Uid">SOP Instance UID.</param>
/// <param name="DataSet">What goes over the wire.</param>
public sealed record MadeInstance(string StudyUid, string Uid, byte[] DataSet)
{
    public const string SopClass = "1.2.840.10008.5.1.4.1.1.7", TransferSyntax = "1.2.840.10008.1.2.1";

    /// <summary>What the gateway must call its content: SHA-256 over transfer syntax, a zero byte and the data set.</summary>
    public string ContentDigest { get; } = Convert.ToHexStringLower(SHA256.HashData([.. Encoding.ASCII.GetBytes(TransferSyntax), 0, .. DataSet]));

    /// <summary>Makes the instance of a number: the same number gives the same instance.</summary>
    public static MadeInstance Make(int seed, int number)
    {
        const string root = "1.2.826.0.1.3680043.8.498";
        var random = new Random(seed ^ (number * 7919));
        int size = 16 << random.Next(5); // 512 bytes to 128 KiB of pixels
        byte[] pixels = new byte[size * size * 2];
        random.NextBytes(pixels);
        string study = string.Create(CultureInfo.InvariantCulture, $"{root}.{(uint)seed}.{number / 40}");
        string uid = string.Create(CultureInfo.InvariantCulture, $"{study}.1.{number}");
        using var stream = new MemoryStream();
        Text(0x0008, 0x0016, "UI", SopClass);
        Text(0x0008, 0x0018, "UI", uid);
        Text(0x0008, 0x0060, "CS", "OT");
        Text(0x0010, 0x0010, "PN", $"Crash^{number}");
        Text(0x0010, 0x0020, "LO", $"C{number / 40}");
        Text(0x0020, 0x000D, "UI", study);
        Text(0x0020, 0x000E, "UI", study + ".1");
        Text(0x0020, 0x0013, "IS", number.ToString(CultureInfo.InvariantCulture));
        Short(0x0028, 0x0002, 1);
        Text(0x0028, 0x0004, "CS", "MONOCHROME2");
        Short(0x0028, 0x0010, size);
        Short(0x0028, 0x0011, size);
        Short(0x0028, 0x0100, 16);
        Short(0x0028, 0x0101, 16);
        Short(0x0028, 0x0102, 15);
        Short(0x0028, 0x0103, 0);
        Tag(0x7FE0, 0x0010, "OW");
        stream.Write([0, 0]);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, pixels.Length);
        stream.Write(length);
        stream.Write(pixels);
        return new MadeInstance(study, uid, stream.ToArray());

        void Tag(int group, int element, string vr)
        {
            stream.Write([(byte)(group & 0xFF), (byte)(group >> 8), (byte)(element & 0xFF), (byte)(element >> 8)]);
            stream.Write(Encoding.ASCII.GetBytes(vr));
        }

        void Text(int group, int element, string vr, string value)
        {
            byte[] bytes = Encoding.ASCII.GetBytes(value.Length % 2 == 0 ? value : value + (vr == "UI" ? '\0' : ' '));
            Tag(group, element, vr);
            stream.Write([(byte)bytes.Length, 0]); // all are short
            stream.Write(bytes);
        }

        void Short(int group, int element, int value)
        {
            Tag(group, element, "US");
            stream.Write([2, 0, (byte)(value & 0xFF), (byte)(value >> 8)]);
        }
    }
}
