using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Veridicom.Cli.Demo;

/// <summary>Repeatable numbers for the phantom: SplitMix64, started from a seed and a name. Never for keys, salts or serial numbers.</summary>
internal struct PhantomRandom
{
    private ulong _state;

    public PhantomRandom(int seed, string name) => _state = BinaryPrimitives.ReadUInt64LittleEndian(Digest(seed, name));

    /// <summary>64 even bits.</summary>
    public ulong Next()
    {
        unchecked
        {
            ulong z = _state += 0x9E3779B97F4A7C15;
            z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
            z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
            return z ^ (z >> 31);
        }
    }

    /// <summary>Even between two bounds.</summary>
    public double Between(double low, double high) => low + (high - low) * ((Next() >> 11) * (1.0 / (1UL << 53)));

    /// <summary>Mean 0, variance 1, near enough to a normal distribution: the sum of four even numbers.</summary>
    public float Normal()
    {
        ulong bits = Next();
        long sum = (long)(bits & 0xFFFF) + (long)((bits >> 16) & 0xFFFF) + (long)((bits >> 32) & 0xFFFF) + (long)(bits >> 48);
        // Each part has mean 32767.5 and variance (2^32 - 1) / 12.
        return (sum - 131070) * (1 / 37837.22f);
    }

    /// <summary>A UID below 2.25: a UUID of version 4 in form, whose bits come from seed and name (PS3.5-2023b B.2).</summary>
    public static string Uid(int seed, string name)
    {
        byte[] digest = Digest(seed, name);
        digest[6] = (byte)((digest[6] & 0x0F) | 0x40);
        digest[8] = (byte)((digest[8] & 0x3F) | 0x80);
        return "2.25." + BinaryPrimitives.ReadUInt128BigEndian(digest).ToString(CultureInfo.InvariantCulture);
    }

    private static byte[] Digest(int seed, string name) =>
        SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"veridicom phantom/{seed}/{name}")));
}
