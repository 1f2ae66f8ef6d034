using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.OpenJpeg;
using Veridicom.Pixels.Transcoding;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>What we transcode is read by DCMTK, GDCM and pydicom, with the samples of the original.</summary>
public sealed class TranscodingPeerTests
{
    public static TheoryData<string> Files =>
    [
        "wg04/REF/CT1_UNC.dcm", "wg04/REF/NM1_UNC.dcm", "wg04/REF/RG3_UNC.dcm", "wg04/REF/US1_UNC.dcm", "wg04/REF/VL6_UNC.dcm", "wg04/JPLL/MR1_JPLL.dcm", "wg04/JLSL/CT1_JLSL.dcm", "wg04/RLE/MR2_RLE.dcm",
        "pydicom/SC_rgb_rle_16bit.dcm", "pydicom/rtdose_rle.dcm", "pydicom/examples_palette.dcm", "pydicom/SC_rgb_small_odd.dcm", "pydicom/MR_small_bigendian.dcm", "pydicom/MR_small_implicit.dcm",
        "pydicom/examples_rgb_color.dcm", "pydicom/image_dfl.dcm",
    ];

    [Theory]
    [MemberData(nameof(Files))]
    public void Transcoded_files_are_read_by_others(string name)
    {
        Peer dcmdump = Peer.Require("dcmdump"), dcmdjpls = Peer.Require("dcmdjpls"), dcmdrle = Peer.Require("dcmdrle"), gdcmconv = Peer.Require("gdcmconv");
        using var folder = new ScratchFolder();
        string original = RealFiles.PathOf(["dicom", .. name.Split('/')]), decoded = folder.PathOf("decoded.dcm");
        DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(original)));
        byte[] cells = LosslessFrames.Of(original, out var geometry, out _);
        string hash = System.Convert.ToHexStringLower(SHA256.HashData(cells));
        int read = 0;
        foreach (TransferSyntax target in Transcoder.Targets)
        {
            if (target == TransferSyntax.JpegLsLossless && geometry.BitsAllocated > 16) continue;
            string converted = folder.PathOf(target.Uid + ".dcm");
            using (FileStream output = File.Create(converted)) Transcoder.Open(file, target, false, null).WriteTo(output);
            dcmdump.Run("-q", "--write-pixel", folder.Root, converted).Succeeded();
            Assert.Equal(cells, LosslessFrames.Of(converted));
            bool colourOfWords = geometry.Samples > 1 && geometry.BitsAllocated > 8;
            if (target == TransferSyntax.JpegLsLossless) Same(dcmdjpls.Run(converted, decoded), "dcmdjpls");
            if (target == TransferSyntax.RleLossless) Same(dcmdrle.Run(converted, decoded), "dcmdrle");
            // GDCM reads RLE of colours of more than a byte in another order than PS3.5-2023b G.2 has it
            if (target.IsEncapsulated && !(target == TransferSyntax.RleLossless && colourOfWords)) Same(gdcmconv.Run("--raw", converted, decoded), "gdcmconv");
            // pydicom takes cells of 32 bits in big endian as they are, PS3.5-2023b 7.3 and DCMTK as words
            if (target != TransferSyntax.JpegLsLossless && !(target.IsBigEndian && geometry.BitsAllocated > 16)) Assert.Equal(hash, RlePeerTests.Pydicom(converted));
            read++;

            void Same(PeerResult run, string tool)
            {
                run.Succeeded();
                Assert.True(cells.AsSpan().SequenceEqual(LosslessFrames.Of(decoded)), $"{tool}, {target.Name}");
                File.Delete(decoded);
            }
        }
        Assert.InRange(read, 5, 6);
    }

    /// <summary>PS3.5-2023b 8.2.4: the colour transform of JPEG 2000 is undone and no longer named, and what was coded without loss is the original.</summary>
    [Theory]
    [InlineData("US1")]
    [InlineData("VL6")]
    [InlineData("CT1")]
    public void Jpeg_2000_becomes_what_it_was(string name)
    {
        using OpenJpegWorkers workers = OpenJpegWorkersTests.Require();
        using var folder = new ScratchFolder();
        DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(RealFiles.PathOf("dicom", "wg04", "J2KR", name + "_J2KR.dcm"))));
        byte[] expected = LosslessFrames.Of(RealFiles.PathOf("dicom", "wg04", "REF", name + "_UNC.dcm"), out var geometry, out _);
        foreach (TransferSyntax target in Transcoder.Targets)
        {
            string converted = folder.PathOf(target.Uid + ".dcm");
            using (FileStream output = File.Create(converted)) Transcoder.Open(file, target, false, workers).WriteTo(output);
            Assert.Equal(expected, LosslessFrames.Of(converted, out var now, out _));
            Assert.Equal(geometry.Samples == 3 ? "RGB" : geometry.Photometric, now.Photometric);
        }
    }
}
