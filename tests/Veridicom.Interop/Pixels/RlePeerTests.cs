using System.Security.Cryptography;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>RLE as DCMTK, GDCM and pydicom write it and read it.</summary>
public sealed class RlePeerTests
{
    [Theory]
    [InlineData("CT1")]
    [InlineData("MR1")]
    [InlineData("MR2")]
    [InlineData("NM1")]
    [InlineData("RG3")]
    [InlineData("US1")]
    [InlineData("VL6")]
    public void What_others_encode_is_read(string name)
    {
        using var folder = new ScratchFolder();
        string native = RealFiles.PathOf("dicom", "wg04", "REF", name + "_UNC.dcm"), encoded = folder.PathOf("encoded.dcm");
        byte[] expected = LosslessFrames.Of(native);
        Assert.True(expected.AsSpan().SequenceEqual(LosslessFrames.Of(RealFiles.PathOf("dicom", "wg04", "RLE", name + "_RLE.dcm"))), "working group 4");
        Peer.Require("dcmcrle").Run(native, encoded).Succeeded();
        Assert.True(expected.AsSpan().SequenceEqual(LosslessFrames.Of(encoded)), "dcmcrle");
        Peer.Require("gdcmconv").Run("--rle", native, encoded).Succeeded();
        Assert.True(expected.AsSpan().SequenceEqual(LosslessFrames.Of(encoded)), "gdcmconv");
    }

    /// <summary>
    /// The most significant byte of the first sample comes first, in colour too (PS3.5-2023b G.2): so read DCMTK and pydicom. GDCM, which does not for cells of more than a byte in colour,
    /// is not asked for those.
    /// </summary>
    [Theory]
    [InlineData("MR_small_RLE", true)]
    [InlineData("SC_rgb_rle", true)]
    [InlineData("SC_rgb_rle_2frame", true)]
    [InlineData("SC_rgb_rle_16bit", false)]
    [InlineData("SC_rgb_rle_16bit_2frame", false)]
    [InlineData("SC_rgb_rle_32bit", false)]
    [InlineData("SC_rgb_rle_32bit_2frame", false)]
    [InlineData("rtdose_rle", true)]
    [InlineData("rtdose_rle_1frame", true)]
    public void Files_of_pydicom_are_what_others_read(string name, bool gdcm)
    {
        using var folder = new ScratchFolder();
        string file = RealFiles.PathOf("dicom", "pydicom", name + ".dcm"), decoded = folder.PathOf("decoded.dcm");
        byte[] ours = LosslessFrames.Of(file);
        Peer.Require("dcmdrle").Run(file, decoded).Succeeded();
        Assert.True(ours.AsSpan().SequenceEqual(LosslessFrames.Of(decoded)), "dcmdrle");
        Assert.Equal(System.Convert.ToHexStringLower(SHA256.HashData(ours)), Pydicom(file));
        if (!gdcm) return;
        Peer.Require("gdcmconv").Run("--raw", file, decoded).Succeeded();
        Assert.True(ours.AsSpan().SequenceEqual(LosslessFrames.Of(decoded)), "gdcmconv");
    }

    internal static string Pydicom(string file)
    {
        PeerResult run = Peer.RequirePydicom().Run("-c", "import sys,hashlib,pydicom;print(hashlib.sha256(pydicom.dcmread(sys.argv[1]).pixel_array.astype('<'+pydicom.dcmread(sys.argv[1]).pixel_array.dtype.str[1:]).tobytes()).hexdigest())", file);
        // pixel_array needs numpy, which pydicom does not bring
        Assert.SkipWhen(run.ExitCode != 0 && run.ErrorText.Contains("NumPy", StringComparison.OrdinalIgnoreCase) && !Peer.IsCi, "python3 has no numpy");
        return run.Succeeded().OutputText.Trim();
    }
}
