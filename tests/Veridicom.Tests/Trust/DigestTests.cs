using System.Security.Cryptography;
using System.Text;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class DigestTests
{
    // The vectors published with the algorithm (Dobbertin, Bosselaers, Preneel, appendix B).
    [Theory]
    [InlineData("", "9c1185a5c5e9fc54612808977ee8f548b2258d31")]
    [InlineData("a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe")]
    [InlineData("abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")]
    [InlineData("message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36")]
    [InlineData("abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc")]
    [InlineData("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "12a053384a9c0c88e405a06c27dcf49ada62eb2b")]
    [InlineData("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", "b0e20b6e3116640286ed3a87a5713079b21f5189")]
    public void Ripemd160_gives_the_published_values(string text, string expected)
    {
        Assert.Equal(expected, Convert.ToHexStringLower(Ripemd160.HashData(Encoding.ASCII.GetBytes(text))));
    }

    [Fact]
    public void Ripemd160_of_long_inputs()
    {
        var hash = new Ripemd160();
        for (int i = 0; i < 8; i++)
        {
            hash.Append("1234567890"u8);
        }
        Assert.Equal("9b752e45573d4b39f4dbd3323cab82bf63326bfb", Convert.ToHexStringLower(hash.Finish()));
        byte[] thousand = new byte[1000];
        thousand.AsSpan().Fill((byte)'a');
        for (int i = 0; i < 1000; i++)
        {
            hash.Append(thousand);
        }
        Assert.Equal("52783243c1697bdbe16d37f97f68f08325dc1528", Convert.ToHexStringLower(hash.Finish()));
    }

    [Fact]
    public void Ripemd160_does_not_depend_on_how_its_input_is_cut()
    {
        byte[] data = [.. Enumerable.Range(0, 300).Select(i => unchecked((byte)(i * 7)))];
        for (int length = 0; length <= data.Length; length++)
        {
            byte[] whole = Ripemd160.HashData(data.AsSpan(0, length));
            var cut = new Ripemd160();
            for (int at = 0, step = 1; at < length; at += step, step = 1 + (step * 5 % 67))
            {
                cut.Append(data.AsSpan(at, Math.Min(step, length - at)));
            }
            Assert.Equal(whole, cut.Finish());
        }
    }

    [Theory]
    [InlineData(DigestAlgorithm.Md5, 16, true, false, "900150983cd24fb0d6963f7d28e17f72")]
    [InlineData(DigestAlgorithm.Sha1, 20, true, false, "a9993e364706816aba3e25717850c26c9cd0d89d")]
    [InlineData(DigestAlgorithm.Ripemd160, 20, false, false, "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc")]
    [InlineData(DigestAlgorithm.Sha256, 32, false, true, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")]
    [InlineData(DigestAlgorithm.Sha384, 48, false, true, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed8086072ba1e7cc2358baeca134c825a7")]
    [InlineData(DigestAlgorithm.Sha512, 64, false, true, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f")]
    public void Every_digest_is_known_in_all_respects(DigestAlgorithm digest, int size, bool weak, bool sha2, string abc)
    {
        Assert.Equal(abc, Convert.ToHexStringLower(digest.Hash("abc"u8)));
        Assert.Equal(size, digest.Size());
        Assert.Equal(weak, digest.IsWeak());
        Assert.Equal(sha2, digest.IsSha2());
        Assert.Equal(digest, DigestAlgorithms.FromOid(digest.Oid()));
        foreach (var kind in Enum.GetValues<SignatureKind>())
        {
            Assert.NotEmpty(new SignatureAlgorithm(kind, digest).ToString());
        }
    }

    [Fact]
    public void Unknown_digests_are_told_apart()
    {
        Assert.Null(DigestAlgorithms.FromOid("1.2.3"));
        Assert.Throws<ArgumentOutOfRangeException>(() => ((DigestAlgorithm)99).Oid());
        Assert.Throws<ArgumentOutOfRangeException>(() => ((DigestAlgorithm)99).Size());
        Assert.Throws<ArgumentOutOfRangeException>(() => DigestAlgorithm.Ripemd160.PlatformName());
    }

    [Fact]
    public void A_fingerprint_is_its_bytes()
    {
        byte[] hash = SHA256.HashData("abc"u8);
        var fingerprint = new Fingerprint(hash);
        Assert.Equal(hash, fingerprint.ToArray());
        Assert.Equal(Fingerprint.Of("abc"u8), fingerprint);
        Assert.Equal("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", fingerprint.ToString());
        Assert.NotEqual(Fingerprint.Of("abd"u8), fingerprint);
        Assert.Throws<ArgumentException>(() => new Fingerprint(hash.AsSpan(1)));
    }
}
