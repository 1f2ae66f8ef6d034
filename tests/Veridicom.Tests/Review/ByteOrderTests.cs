using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Verify;
using Veridicom.Testing;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Review;

/// <summary>Words in big endian whose VR says that they are bytes: readers differ on what they show.</summary>
public sealed class ByteOrderTests
{
    private static byte[] Words(string syntax, Vr vr, ushort stored)
    {
        NodeForm form = SealKit.Form(syntax);
        ElementWriter w = new ElementWriter(form).Text(new(0x00080016), Vr.UI, SealKit.SopClass).Text(new(0x00080018), Vr.UI, SealKit.Instance)
            .UInt16(new(0x00280002), 1).UInt16(new(0x00280010), 2).UInt16(new(0x00280011), 2).UInt16(new(0x00280100), 16).UInt16(new(0x00280101), stored)
            .Bytes(new(0x7FE00010), vr, [1, 0, 2, 0, 3, 0, 4, 0]);
        return [.. SealKit.Head(syntax), .. w.Written];
    }

    [Theory]
    [InlineData(16)]
    [InlineData(1)] // bits above Bits Stored are set: bound as encoded
    public void Words_do_not_pass_as_bytes(ushort stored)
    {
        byte[] detached = SealKit.SealFile(Words(SampleFiles.Explicit, Vr.OW, stored));
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(Words(SampleFiles.Explicit, Vr.OB, stored), detached).Kind);
        Assert.Equal(VerdictKind.Authentic, SealKit.Verify(Words(SampleFiles.BigEndian, Vr.OW, stored), detached).Kind);

        Verdict verdict = SealKit.Verify(Unswapped(stored), detached);

        Assert.False(SealKit.Passes(verdict), SealKit.Say(verdict));
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.ShapeChanged);

        // the same bytes in their stored order, but OB in big endian
        static byte[] Unswapped(ushort stored)
        {
            byte[] file = Words(SampleFiles.BigEndian, Vr.OB, stored);
            file.AsSpan(file.Length - 8).Clear();
            ((byte[])[1, 0, 2, 0, 3, 0, 4, 0]).CopyTo(file.AsSpan(file.Length - 8));
            return file;
        }
    }
}
