using Veridicom.Forensics.Metadata.C2pa;
using Xunit;

namespace Veridicom.Tests.Forensics.Metadata;

/// <summary>CBOR as RFC 8949 fixes it, and what is refused.</summary>
public sealed class CborReaderTests
{
    private static CborItem Read(string hex) => CborReader.Read(Convert.FromHexString(hex));

    [Theory] // of RFC 8949 appendix A
    [InlineData("00", 0)]
    [InlineData("1818", 24)]
    [InlineData("1903e8", 1000)]
    [InlineData("1b000000e8d4a51000", 1000000000000)]
    [InlineData("20", -1)]
    [InlineData("3903e7", -1000)]
    public void Integers(string hex, long value) => Assert.Equal((CborKind.Integer, value), (Read(hex).Kind, Read(hex).Number));

    [Fact]
    public void Strings_arrays_maps_and_tags_of_both_forms()
    {
        Assert.Equal("IETF", Read("6449455446").Text);
        Assert.Equal("streaming", Read("7f657374726561646d696e67ff").Text);
        Assert.Equal([1, 2, 3, 4, 5], Read("5f42010243030405ff").Bytes.ToArray());
        Assert.Equal([1L, 2, 3], Read("83010203").Items.Select(i => i.Number));
        Assert.Equal(25, Read("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff").Items.Count);
        Assert.Equal("C", Read("826161bf61626163ff").Items[1].TextAt("b")?.ToUpperInvariant());
        Assert.Equal(3L, Read("a201020304")[3L]!.Number - 1);
        Assert.Equal((CborKind.Tag, 18L, CborKind.Array), (Read("d280").Kind, Read("d280").Number, Read("d280").Items[0].Kind));
        Assert.Equal([CborKind.Null, CborKind.Other, CborKind.Other, CborKind.Array], Read("84f6f5fb3ff199999999999a80").Items.Select(i => i.Kind));
        Assert.Empty(Read("a0").Items);
    }

    [Theory]
    [InlineData("", "nothing")]
    [InlineData("0000", "two items")]
    [InlineData("61", "text that ends")]
    [InlineData("1c", "a reserved length")]
    [InlineData("ff", "a break alone")]
    [InlineData("81ff", "a break in a definite array")]
    [InlineData("bf6161ff", "a key without a value")]
    [InlineData("a2616101616102", "a key twice")]
    [InlineData("61ff", "no UTF-8")]
    [InlineData("5f6161ff", "a chunk of another type")]
    [InlineData("5f5f4101ffff", "a chunk without a length")]
    [InlineData("1bffffffffffffffff", "a number beyond 64 bits with sign")]
    [InlineData("9bffffffffffffffff", "a length that no bytes hold")]
    [InlineData("9a7fffffff00", "a length that these bytes do not hold")]
    [InlineData("1f", "a number without length")]
    public void What_is_no_good_CBOR_is_refused(string hex, string why) => Assert.True(Assert.Throws<ManifestException>(() => Read(hex)).Message.Length > 0, why);

    [Fact]
    public void Depth_and_number_of_items_have_limits()
    {
        Assert.Equal(CborKind.Array, CborReader.Read((byte[])[.. Enumerable.Repeat((byte)0x81, CborReader.MaxDepth), 0]).Kind);
        Assert.Throws<ManifestException>(() => CborReader.Read((byte[])[.. Enumerable.Repeat((byte)0x81, 100000), 0]));
        Assert.Throws<ManifestException>(() => CborReader.Read((byte[])[.. Enumerable.Repeat((byte)0xC1, 100000), 0]));
        Assert.Throws<ManifestException>(() => CborReader.Read((byte[])[0x9F, .. new byte[CborReader.MaxItems + 1], 0xFF]));
        Assert.Throws<ManifestException>(() => CborReader.Read((byte[])[0x5F, .. Enumerable.Repeat((byte)0x40, CborReader.MaxItems + 1), 0xFF]));
    }
}
