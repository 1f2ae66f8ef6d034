using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>Lossless JPEG as DCMTK and GDCM write it and read it: the same samples in both directions.</summary>
public sealed class JpegLosslessPeerTests
{
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
        Peer dcmcjpeg = Peer.Require("dcmcjpeg"), gdcmconv = Peer.Require("gdcmconv");
        using var folder = new ScratchFolder();
        string native = RealFiles.PathOf("dicom", "wg04", "REF", name + "_UNC.dcm"), encoded = folder.PathOf("encoded.dcm");
        byte[] expected = LosslessFrames.Of(native);

        dcmcjpeg.Run("+e1", native, encoded).Succeeded();
        Assert.Equal("1.2.840.10008.1.2.4.70", LosslessFrames.Syntax(encoded));
        Assert.True(expected.AsSpan().SequenceEqual(LosslessFrames.Of(encoded)), "dcmcjpeg +e1");
        for (int predictor = 1; predictor <= 7; predictor++)
        {
            dcmcjpeg.Run("+el", "+sv", predictor.ToString(CultureInfo.InvariantCulture), native, encoded).Succeeded();
            Assert.Equal("1.2.840.10008.1.2.4.57", LosslessFrames.Syntax(encoded));
            Assert.True(expected.AsSpan().SequenceEqual(LosslessFrames.Of(encoded)), $"dcmcjpeg +el +sv {predictor}");
        }
        gdcmconv.Run("--jpeg", native, encoded).Succeeded();
        Assert.Equal("1.2.840.10008.1.2.4.70", LosslessFrames.Syntax(encoded));
        Assert.True(expected.AsSpan().SequenceEqual(LosslessFrames.Of(encoded)), "gdcmconv --jpeg");
    }

    [Theory]
    [InlineData("CT1", 3)]
    [InlineData("RG3", 1)]
    [InlineData("US1", 2)]
    public void A_point_transform_loses_what_it_loses_for_DCMTK(string name, int shift)
    {
        Peer dcmcjpeg = Peer.Require("dcmcjpeg"), dcmdjpeg = Peer.Require("dcmdjpeg");
        using var folder = new ScratchFolder();
        string native = RealFiles.PathOf("dicom", "wg04", "REF", name + "_UNC.dcm"), encoded = folder.PathOf("encoded.dcm"), decoded = folder.PathOf("decoded.dcm");
        dcmcjpeg.Run("+el", "+sv", "4", "+pt", shift.ToString(CultureInfo.InvariantCulture), native, encoded).Succeeded();
        dcmdjpeg.Run(encoded, decoded).Succeeded();

        byte[] ours = LosslessFrames.Of(encoded);
        Assert.True(LosslessFrames.Of(decoded).AsSpan().SequenceEqual(ours));
        Assert.False(LosslessFrames.Of(native).AsSpan().SequenceEqual(ours));
    }

    public static TheoryData<int> Predictors => [.. Enumerable.Range(1, 7)];

    [Theory]
    [MemberData(nameof(Predictors))]
    public void Restart_intervals_and_long_codes_are_what_they_are_for_DCMTK_and_GDCM(int predictor)
    {
        Peer dcmdjpeg = Peer.Require("dcmdjpeg"), gdcmconv = Peer.Require("gdcmconv");
        using var folder = new ScratchFolder();
        const int Rows = 21, Columns = 34;
        var random = new Random(predictor);
        foreach ((int precision, int components, int restart, int table) in new[] { (8, 1, 1, 0), (8, 3, 5, 1), (12, 1, 4, 2), (16, 1, 0, 1), (16, 1, 3, 2), (16, 1, 10, 0) })
        {
            var samples = new ushort[Rows * Columns * components];
            for (int i = 0; i < samples.Length; i++) samples[i] = (ushort)(random.Next(3) == 0 ? random.Next(1 << precision) : i * 5 & (1 << precision) - 1);
            // colours are said to be RGB: GDCM asks for that
            byte[] adobe = [0xFF, 0xEE, 0, 14, .. "Adobe"u8, 0, 100, 0, 0, 0, 0, 0];
            byte[] code = new LosslessJpegWriter(Rows, Columns, components, precision, predictor) { RestartRows = restart, Table = table, Before = components == 3 ? adobe : [] }.Encode(samples);
            string encoded = folder.Write("encoded.dcm", Encapsulated(Rows, Columns, components, precision, code)), decoded = folder.PathOf("decoded.dcm");
            byte[] cells = new byte[samples.Length * (precision > 8 ? 2 : 1)];
            for (int i = 0; i < samples.Length; i++)
            {
                cells[precision > 8 ? 2 * i : i] = (byte)(samples[i] & 0xFF);
                if (precision > 8) cells[2 * i + 1] = (byte)(samples[i] >> 8);
            }
            string what = $"{precision} bits, {components} components, restart after {restart} rows, table {table}";

            Assert.True(cells.AsSpan().SequenceEqual(LosslessFrames.Of(encoded)), what);
            dcmdjpeg.Run(encoded, decoded).Succeeded();
            Assert.True(cells.AsSpan().SequenceEqual(LosslessFrames.Of(decoded)), "dcmdjpeg, " + what);
            gdcmconv.Run("--raw", encoded, decoded).Succeeded();
            Assert.True(cells.AsSpan().SequenceEqual(LosslessFrames.Of(decoded)), "gdcmconv, " + what);
        }
    }

    private static byte[] Encapsulated(int rows, int columns, int components, int precision, byte[] code)
    {
        const string SopClass = "1.2.840.10008.5.1.4.1.1.7", Instance = "2.25.4711";
        byte[] meta = new ElementWriter().Bytes(new(0x0002, 0x0001), Vr.OB, [0, 1]).Text(new(0x0002, 0x0002), Vr.UI, SopClass).Text(new(0x0002, 0x0003), Vr.UI, Instance)
            .Text(new(0x0002, 0x0010), Vr.UI, "1.2.840.10008.1.2.4.57").Text(new(0x0002, 0x0012), Vr.UI, "2.25.1").ToArray();
        ElementWriter body = new ElementWriter().UInt32(new(0x0002, 0x0000), (uint)meta.Length).Raw(meta)
            .Text(new(0x0008, 0x0016), Vr.UI, SopClass).Text(new(0x0008, 0x0018), Vr.UI, Instance).Text(new(0x0008, 0x0060), Vr.CS, "OT")
            .UInt16(new(0x0028, 0x0002), (ushort)components).Text(new(0x0028, 0x0004), Vr.CS, components == 3 ? "RGB" : "MONOCHROME2");
        if (components == 3) body.UInt16(new(0x0028, 0x0006), 0);
        int allocated = precision > 8 ? 16 : 8;
        body.UInt16(new(0x0028, 0x0010), (ushort)rows).UInt16(new(0x0028, 0x0011), (ushort)columns).UInt16(new(0x0028, 0x0100), (ushort)allocated)
            .UInt16(new(0x0028, 0x0101), (ushort)precision).UInt16(new(0x0028, 0x0102), (ushort)(precision - 1)).UInt16(new(0x0028, 0x0103), 0);
        if (code.Length % 2 != 0) code = [.. code, 0];
        return [.. new byte[128], .. "DICM"u8, .. body.Header(new(0x7FE0, 0x0010), Vr.OB, 0xFFFFFFFF).ToArray(), 0xFE, 0xFF, 0x00, 0xE0, 0, 0, 0, 0,
            0xFE, 0xFF, 0x00, 0xE0, .. BitConverter.GetBytes(code.Length), .. code, 0xFE, 0xFF, 0xDD, 0xE0, 0, 0, 0, 0];
    }
}
