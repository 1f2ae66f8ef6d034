using System.IO.Compression;
using System.Text;
using Veridicom.Cli.Audits.Identity;
using Veridicom.Forensics.Metadata.Traces;
using Veridicom.Tests.Forensics.Metadata;
using Veridicom.Tests.Pictures;
using Xunit;
using PictureFile = Veridicom.Forensics.PictureFile;

namespace Veridicom.Tests.Audits;

/// <summary>Texts of PNG and JPEG files that tell who a patient is, hostile ones too.</summary>
public sealed class PictureTextTests
{
    private static List<IdentifierFinding> Find(byte[] file) => new PictureText(new TextPatterns(["Jane Roe"])).Find(PictureFile.Open(file));

    private static byte[] Png(params IEnumerable<byte[]> chunks)
    {
        byte[] plain = ManifestKit.PlainPng();
        return [.. plain[..33], .. chunks.SelectMany(c => c), .. plain[33..]];
    }

    private static byte[] Packed(string text)
    {
        var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal)) zlib.Write(Encoding.Latin1.GetBytes(text));
        return PngByHand.Chunk("zTXt", [.. "Comment\0\0"u8, .. packed.ToArray()]);
    }

    [Fact]
    public void Every_kind_of_text_is_looked_at()
    {
        byte[] plain = ManifestKit.PlainJpeg();

        Assert.Contains(Find(Png(PngByHand.Chunk("tEXt", "Comment\0Jane Roe"u8.ToArray()))), f => f is { Kind: IdentifierKind.KnownName, Place: "PNG tEXt" });
        Assert.Contains(Find(Png(PngByHand.Chunk("tEXt", "Jane Roe\0"u8.ToArray()))), f => f.Kind == IdentifierKind.KnownName);
        Assert.Contains(Find(Png(PngByHand.Chunk("iTXt", "Comment\0\0\0\0\0Jane Roe"u8.ToArray()))), f => f is { Kind: IdentifierKind.KnownName, Place: "PNG iTXt" });
        Assert.Contains(Find(Png(Packed("Jane Roe"))), f => f is { Kind: IdentifierKind.KnownName, Place: "PNG zTXt" });
        Assert.Contains(Find([.. plain[..2], 0xFF, 0xFE, 0, 10, .. "Jane Roe"u8, .. plain[2..]]), f => f is { Kind: IdentifierKind.KnownName, Place: "JPEG comment" });
        Assert.Empty(Find(plain).Concat(Find(Png())));
    }

    [Fact]
    public void A_text_that_asks_for_a_dictionary_is_named_and_no_fault()
    {
        // RFC 1950 2.2: 20 in the second byte, the check of the dictionary behind it
        byte[] chunk = PngByHand.Chunk("zTXt", [.. "Comment\0\0"u8, 0x78, 0xBB, 1, 2, 3, 4, 0x4B, 0x4C, 0x4A, 6, 0]);

        Assert.Equal([(IdentifierKind.Text, "PNG zTXt that cannot be read")], Find(Png(chunk)).Select(f => (f.Kind, f.Place)));
    }

    [Fact]
    public void Texts_of_a_file_inflate_together_to_a_limit()
    {
        byte[] many = Png(Enumerable.Repeat(Packed(new string('x', 60_000)), 2000));
        PictureFile picture = PictureFile.Open(many);

        // 2000 texts of 60,000 characters would be 120 million
        Assert.InRange(PngTexts.Read(picture.Png!, picture.Bytes).Sum(t => (long)(t.Value?.Length ?? 0)), 1_000_000, 1 << 20);
        Assert.Contains(Find(many), f => f.Place == "PNG zTXt that cannot be read");
    }
}
