using System.Runtime.InteropServices;
using Veridicom.Cli.Demo;
using Veridicom.Dicom;
using Xunit;

namespace Veridicom.Tests.Demo;

/// <summary>Each forgery changes what it says and nothing else, and leaves a file that reads without a defect: a clumsy one would prove nothing.</summary>
public sealed class TamperingTests
{
    private static readonly byte[] Slice = PhantomStudy.Slice(0, new PhantomOptions { Size = 64 });

    [Fact]
    public void One_pixel_differs_by_one()
    {
        byte[] changed = Sound(Tampering.OnePixel(Slice, 10, 33)).Bytes;

        int[] places = [.. Enumerable.Range(0, Slice.Length).Where(at => changed[at] != Slice[at])];
        int pixel = Slice.Length - 64 * 64 * 2 + 2 * (10 * 64 + 33);
        Assert.NotEmpty(places);
        Assert.All(places, at => Assert.InRange(at, pixel, pixel + 1));
        Assert.Equal(1, MemoryMarshal.Read<short>(changed.AsSpan(pixel)) - MemoryMarshal.Read<short>(Slice.AsSpan(pixel)));
    }

    [Theory]
    [InlineData("Phantom^Paul")]
    [InlineData("A")]
    [InlineData("Somebody^Else^With^A^Long^Name")]
    public void The_name_is_replaced_whatever_its_length(string name)
    {
        DicomFile changed = Sound(Tampering.PatientName(Slice, name)).File;

        Assert.Equal(name, changed.DataSet.Ascii(new(0x00100010)));
        Assert.Equal(DifferentTags(changed), [new(0x00100010)]);
    }

    [Fact]
    public void The_overlay_is_a_whole_plane_of_the_image_s_size()
    {
        DicomFile changed = Sound(Tampering.Overlay(Slice, 32, 32, 9)).File;

        Assert.Equal((uint[])[0x60000010, 0x60000011, 0x60000040, 0x60000050, 0x60000100, 0x60000102, 0x60003000], DifferentTags(changed).Select(tag => tag.Value));
        Assert.True(changed.DataSet.TryFind(new(0x60003000), out DicomNode plane));
        byte[] bits = plane.Value.ToArray();
        Assert.Equal(64 * 64 / 8, bits.Length);
        Assert.NotEqual(0, bits[(32 * 64 + 32 + 9) / 8] & (1 << ((32 + 9) % 8)));
        Assert.Equal(0, bits[(32 * 64 + 32) / 8] & 1);
    }

    [Fact]
    public void Another_instance_says_so_in_both_places()
    {
        DicomFile changed = Sound(Tampering.OtherInstance(Slice, "2.25.7")).File;

        Assert.Equal("2.25.7", changed.DataSet.Ascii(new(0x00080018)));
        Assert.Equal("2.25.7", changed.Meta!.Ascii(new(0x00020003)));
        Assert.Equal(DifferentTags(changed), [new(0x00080018)]);
    }

    [Fact]
    public void Implicit_VR_keeps_every_value()
    {
        DicomFile changed = Sound(Tampering.ToImplicitVr(Slice)).File, original = DicomFile.Parse(new MemorySource(Slice));

        Assert.Equal(TransferSyntax.ImplicitVrLittleEndian, changed.TransferSyntax);
        Assert.Equal(original.DataSet.NodeCount, changed.DataSet.NodeCount);
        for (int i = 1; i < original.DataSet.NodeCount; i++)
        {
            Assert.Equal(original.DataSet[i].Path, changed.DataSet[i].Path);
            if (original.DataSet[i].Kind == NodeKind.Element) Assert.Equal(original.DataSet[i].Value, changed.DataSet[i].Value);
        }
    }

    [Fact]
    public void Stripping_a_file_that_was_never_sealed_changes_nothing()
    {
        Assert.Equal(Slice, Tampering.WithoutSeal(Slice));
        Assert.Equal(Slice, Tampering.WithoutAnySignature(Slice));
    }

    [Fact]
    public void A_file_without_what_is_to_be_changed_is_refused() =>
        Assert.Throws<ArgumentException>(() => Tampering.Overlay([.. Slice.AsSpan(0, Slice.Length - 64 * 64 * 2 - 12)], 1, 1, 1));

    private static (byte[] Bytes, DicomFile File) Sound(byte[] bytes)
    {
        DicomFile file = DicomFile.Parse(new MemorySource(bytes));
        Assert.True(file.IsSound);
        Assert.True(file.HasPreamble);
        return (bytes, file);
    }

    // Elements of the top level that the original lacks or holds with another value.
    private static List<DicomTag> DifferentTags(DicomFile changed)
    {
        DicomFile original = DicomFile.Parse(new MemorySource(Slice));
        var tags = new List<DicomTag>();
        foreach (DicomNode node in changed.DataSet.Root)
        {
            if (node.Kind == NodeKind.Element && !(original.DataSet.TryFind(node.Tag, out DicomNode before) && before.Value.SequenceEqual(node.Value))) tags.Add(node.Tag);
        }
        return tags;
    }
}
