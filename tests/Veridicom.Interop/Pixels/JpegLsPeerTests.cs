using System.Globalization;
using Veridicom.Pixels;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>JPEG-LS as DCMTK and GDCM write it and read it: the same samples, lossless and near-lossless, whatever the interleaving and the parameters.</summary>
public sealed class JpegLsPeerTests
{
    [Theory]
    [InlineData("CT1")]
    [InlineData("MR1")]
    [InlineData("MR2")]
    [InlineData("NM1")]
    [InlineData("RG3")]
    public void Files_of_working_group_4_are_their_originals(string name)
    {
        byte[] original = LosslessFrames.Of(RealFiles.PathOf("dicom", "wg04", "REF", name + "_UNC.dcm"), out PixelGeometry geometry, out _);
        Assert.True(original.AsSpan().SequenceEqual(LosslessFrames.Of(RealFiles.PathOf("dicom", "wg04", "JLSL", name + "_JLSL.dcm"), out _, out int near)));
        Assert.Equal(0, near);
        byte[] nearly = LosslessFrames.Of(RealFiles.PathOf("dicom", "wg04", "JLSN", name + "_JLSN.dcm"), out _, out near);
        Assert.InRange(near, 1, 255);
        Assert.InRange(LosslessFrames.Difference(original, nearly, geometry), 1, near);
    }

    [Theory]
    [InlineData("CT1")]
    [InlineData("MR1")]
    [InlineData("MR2")]
    [InlineData("NM1")]
    [InlineData("RG3")]
    [InlineData("US1")]
    [InlineData("VL6")]
    public void What_DCMTK_and_GDCM_encode_is_read(string name)
    {
        Peer dcmcjpls = Peer.Require("dcmcjpls"), gdcmconv = Peer.Require("gdcmconv");
        using var folder = new ScratchFolder();
        string native = RealFiles.PathOf("dicom", "wg04", "REF", name + "_UNC.dcm"), encoded = folder.PathOf("encoded.dcm");
        byte[] expected = LosslessFrames.Of(native, out PixelGeometry geometry, out _);

        gdcmconv.Run("--jpegls", native, encoded).Succeeded();
        Assert.True(expected.AsSpan().SequenceEqual(LosslessFrames.Of(encoded)), "gdcmconv --jpegls");
        foreach (string interleave in geometry.Samples == 1 ? ["--interleave-none"] : new[] { "--interleave-none", "--interleave-line", "--interleave-sample" })
        {
            string[] plain = ["+el", interleave], tuned = [.. plain, "+t1", "5", "+t2", "9", "+t3", "40", "+rs", "31"];
            // CharLS writes pictures by sample with such parameters that it cannot read itself
            foreach (string[] option in interleave == "--interleave-sample" ? [plain] : new[] { plain, tuned })
            {
                dcmcjpls.Run([.. option, native, encoded]).Succeeded();
                Assert.Equal("1.2.840.10008.1.2.4.80", LosslessFrames.Syntax(encoded));
                Assert.True(expected.AsSpan().SequenceEqual(LosslessFrames.Of(encoded)), string.Join(' ', option));
            }
            if (geometry.Signed) continue; // DCMTK allows no error for signed samples
            foreach (int error in new[] { 1, 3 })
            {
                dcmcjpls.Run("+en", "+md", error.ToString(CultureInfo.InvariantCulture), interleave, native, encoded).Succeeded();
                byte[] decoded = LosslessFrames.Of(encoded, out _, out int near);
                Assert.Equal(error, near);
                Assert.InRange(LosslessFrames.Difference(expected, decoded, geometry), 1, error);
                string theirs = folder.PathOf("theirs.dcm");
                Peer.Require("dcmdjpls").Run(encoded, theirs).Succeeded();
                Assert.True(LosslessFrames.Of(theirs).AsSpan().SequenceEqual(decoded), $"dcmdjpls, error {error}, {interleave}");
            }
        }
    }

    [Theory]
    [InlineData("MR_small_jpeg_ls_lossless")]
    [InlineData("JPEGLSNearLossless_08")]
    [InlineData("JPEGLSNearLossless_16")]
    [InlineData("SC_rgb_jls_lossy_line")]
    [InlineData("SC_rgb_jls_lossy_sample")]
    public void Files_of_pydicom_are_what_DCMTK_and_GDCM_read(string name)
    {
        using var folder = new ScratchFolder();
        string file = RealFiles.PathOf("dicom", "pydicom", name + ".dcm"), decoded = folder.PathOf("decoded.dcm");
        byte[] ours = LosslessFrames.Of(file);
        Peer.Require("dcmdjpls").Run(file, decoded).Succeeded();
        Assert.True(ours.AsSpan().SequenceEqual(LosslessFrames.Of(decoded)), "dcmdjpls");
        Peer.Require("gdcmconv").Run("--raw", file, decoded).Succeeded();
        Assert.True(ours.AsSpan().SequenceEqual(LosslessFrames.Of(decoded)), "gdcmconv");
    }
}
