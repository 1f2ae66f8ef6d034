using System.Text.RegularExpressions;
using Veridicom.Dicom;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>spec/seal.md and the code say the same, where a number can be compared.</summary>
public sealed class SealPageTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("spec", "seal.md"));

    [Fact]
    public void The_numbers_of_value_representations_are_those_of_the_page()
    {
        var listed = Regex.Matches(Page, @"(?<![\dA-Za-z])(?<number>[1-9]\d?) (?<vr>[A-Z]{2})(?= |$)", RegexOptions.Multiline).Where(m => Enum.TryParse<Vr>(m.Groups["vr"].Value, out _))
            .Select(m => (Number: byte.Parse(m.Groups["number"].Value, System.Globalization.CultureInfo.InvariantCulture), Vr: Enum.Parse<Vr>(m.Groups["vr"].Value))).ToList();

        Assert.Equal(Enum.GetValues<Vr>().Length - 1, listed.Count);
        Assert.All(listed, pair => Assert.Equal(pair.Number, BoundVr.IndexOf(pair.Vr)));
        Assert.Contains("0 not bound   63 open", Page, StringComparison.Ordinal);
        Assert.Equal((0, 63), (BoundVr.Unbound, BoundVr.Choice));
    }

    [Fact]
    public void Identifiers_and_limits_are_those_of_the_page()
    {
        Assert.All(new[] { Oids.SealStatement, Statement.Sha256Oid, SealBlock.Creator, $"INTEGER (0..{PixelBinding.MaxLeaves})", $"SIZE (0..{Statement.MaxPrevious})", $"SIZE (0..{Claims.MaxText})", $"{PixelBinding.EncodedPart} bytes" },
            text => Assert.Contains(text, Page, StringComparison.Ordinal));
    }

    [Fact]
    public void The_example_is_right()
    {
        byte[] secret = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];
        using var salts = new Salts(secret);
        byte[] salt = salts.Take(Section.Elements, 5, 1).ToArray(), leaf = new byte[32];
        new LeafHasher().HashBytes(salt, LeafKind.Value, BoundVr.IndexOf(Vr.PN), Padding.Proper, [(byte)'S', 0, 0x10, 0, 0x10], "Probe^Anna"u8, leaf);
        byte[] image = SampleFiles.File(SampleFiles.Explicit, new Veridicom.Dicom.Writing.ElementWriter().UInt16(new(0x00280010), 2).UInt16(new(0x00280011), 2).UInt16(new(0x00280100), 8)
            .Bytes(new(0x7FE00010), Vr.OB, [1, 2, 3, 4]).ToArray());
        DicomFile.Parse(new MemorySource(image)).DataSet.TryFind(new(0x7FE00010), out DicomNode pixels);
        Veridicom.Pixels.PixelGeometry geometry = Veridicom.Pixels.PixelGeometry.Read(pixels.DataSet, pixels, out _)!;
        PixelBinding binding = PixelBinding.OfSamples(geometry, out _)!;
        byte[] tile = [], pixelSalt = salts.Take(Section.Pixels, 0, 1).ToArray();
        byte[] root = new PixelTree().Compute(binding, pixels, Veridicom.Pixels.NativePixels.Open(pixels, geometry, out _), new LeafSalts(salts), (_, hash) => tile = hash.ToArray())!;

        Assert.All(new[] { salt, leaf, TreeHash.List(Section.Elements, leaf), pixelSalt, tile, root }, bytes => Assert.Contains(Convert.ToHexStringLower(bytes), Page, StringComparison.Ordinal));
    }
}
