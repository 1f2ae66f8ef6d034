using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Xunit;

namespace Veridicom.Tests.Attributes;

public sealed class DicomUidsTests
{
    [Fact]
    public void A_storage_class_is_found_with_its_information_object()
    {
        Assert.True(DicomUids.TryFindSopClass("1.2.840.10008.5.1.4.1.1.2", out var ct));

        Assert.Equal(new SopClass("1.2.840.10008.5.1.4.1.1.2", "CT Image Storage", "CT Image"), ct);
        Assert.Equal(175, DicomUids.SopClassCount);
    }

    [Theory]
    [InlineData("1.2.840.10008.5.1.4.1.1.1")] // the first row
    [InlineData("1.2.840.10008.1.3.10")]
    [InlineData("1.2.840.10008.5.1.4.45.1")] // the last rows
    [InlineData("1.2.840.10008.5.1.4.1.1.9.6.2")]
    public void Rows_at_both_ends_are_found(string uid)
    {
        Assert.True(DicomUids.TryFindSopClass(uid, out var sopClass));
        Assert.Equal(uid, sopClass.Uid);
    }

    [Theory]
    [InlineData("")]
    [InlineData("1.2.840.10008.5.1.4.1.1.2\0")]
    [InlineData("1.2.840.10008.5.1.4.1.1.")]
    [InlineData("1.2.840.10008.5.1.4.1.1.é")]
    [InlineData("1.2.840.10008.5.1.4.1.1.22222222222222222222222222222222222222222222222222222222222")]
    public void Other_texts_are_no_storage_class(string uid)
    {
        Assert.False(DicomUids.TryFindSopClass(uid, out _));
        Assert.Null(DicomUids.NameOf(uid));
    }

    [Fact]
    public void Names_of_both_kinds_are_given()
    {
        Assert.Equal("RLE Lossless", DicomUids.NameOf("1.2.840.10008.1.2.5"));
        Assert.Equal("MR Image Storage", DicomUids.NameOf("1.2.840.10008.5.1.4.1.1.4"));
    }

    [Theory]
    // explicit, big endian, deflated, encapsulated, pixels elsewhere, lossless
    [InlineData("1.2.840.10008.1.2", false, false, false, false, false, true)]
    [InlineData("1.2.840.10008.1.2.1", true, false, false, false, false, true)]
    [InlineData("1.2.840.10008.1.2.1.98", true, false, false, true, false, true)]
    [InlineData("1.2.840.10008.1.2.1.99", true, false, true, false, false, true)]
    [InlineData("1.2.840.10008.1.2.2", true, true, false, false, false, true)]
    [InlineData("1.2.840.10008.1.2.4.50", true, false, false, true, false, false)]
    [InlineData("1.2.840.10008.1.2.4.70", true, false, false, true, false, true)]
    [InlineData("1.2.840.10008.1.2.4.81", true, false, false, true, false, null)]
    [InlineData("1.2.840.10008.1.2.4.91", true, false, false, true, false, null)]
    [InlineData("1.2.840.10008.1.2.4.94", true, false, false, false, true, null)]
    [InlineData("1.2.840.10008.1.2.4.95", true, false, true, false, true, null)]
    [InlineData("1.2.840.10008.1.2.4.102.1", true, false, false, true, false, false)]
    [InlineData("1.2.840.10008.1.2.4.108", true, false, false, true, false, false)]
    [InlineData("1.2.840.10008.1.2.4.201", true, false, false, true, false, true)]
    [InlineData("1.2.840.10008.1.2.4.202", true, false, false, true, false, true)]
    [InlineData("1.2.840.10008.1.2.4.203", true, false, false, true, false, null)]
    [InlineData("1.2.840.10008.1.2.4.205", true, false, true, false, true, null)]
    [InlineData("1.2.840.10008.1.2.5", true, false, false, true, false, true)]
    [InlineData("1.2.840.10008.1.2.7.1", true, false, false, false, true, true)]
    [InlineData("1.2.840.10008.1.2.8.1", true, false, false, true, false, true)]
    [InlineData("1.2.840.10008.1.20", false, false, false, false, false, true)]
    public void A_transfer_syntax_says_how_bytes_lie(
        string uid, bool isExplicit, bool bigEndian, bool deflated, bool encapsulated, bool elsewhere, bool? lossless)
    {
        Assert.True(TransferSyntax.TryFind(uid, out var syntax));

        Assert.Equal(
            (uid, isExplicit, bigEndian, deflated, encapsulated, elsewhere, lossless),
            (syntax.Uid, syntax.IsExplicit, syntax.IsBigEndian, syntax.IsDeflated, syntax.IsEncapsulated, syntax.HasReferencedPixels, syntax.IsLossless));
        Assert.Equal($"{syntax.Name} ({uid})", syntax.ToString());
    }

    [Fact]
    public void Nothing_is_assumed_of_an_unknown_syntax()
    {
        Assert.False(TransferSyntax.TryFind("1.2.840.10008.1.2.4.999", out var syntax));
        Assert.Null(syntax);
        Assert.False(TransferSyntax.TryFind("1.2.840.10008.1.2\0", out _));
        Assert.False(TransferSyntax.TryFind("1.2.840.10008.1.2.6.2", out _)); // XML is no binary data set
    }

    [Fact]
    public void The_named_instances_are_those_of_the_table()
    {
        Assert.True(TransferSyntax.TryFind(TransferSyntax.JpegBaseline.Uid, out var baseline));
        Assert.Same(TransferSyntax.JpegBaseline, baseline);
        Assert.True(TransferSyntax.ExplicitVrBigEndian.IsRetired);
        Assert.False(TransferSyntax.Htj2k.IsRetired);
        Assert.Equal(61, TransferSyntax.All.Count);
    }
}
