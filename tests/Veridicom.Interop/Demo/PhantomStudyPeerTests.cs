using System.Globalization;
using Veridicom.Cli.Demo;
using Xunit;

namespace Veridicom.Interop.Demo;

/// <summary>What others say of the phantom's files.</summary>
public sealed class PhantomStudyPeerTests
{
    public static TheoryData<int, PhantomSamples> Slices => new()
    {
        { 0, PhantomSamples.Signed16 }, { 11, PhantomSamples.Signed16 }, { 23, PhantomSamples.Unsigned12 },
    };

    [Theory]
    [MemberData(nameof(Slices))]
    public void Dciodvfy_finds_no_error(int index, PhantomSamples samples)
    {
        Peer judge = Peer.Require("dciodvfy");
        using var scratch = new ScratchFolder();

        string said = judge.Run(Write(scratch, index, samples)).AllText;

        Assert.Contains("CTImage", said, StringComparison.Ordinal);
        Assert.DoesNotContain("Error", said, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Slices))]
    public void Dcmdump_reads_every_element(int index, PhantomSamples samples)
    {
        Peer judge = Peer.Require("dcmdump");
        using var scratch = new ScratchFolder();

        PeerResult said = judge.Run("+Ep", Write(scratch, index, samples)).Succeeded();

        Assert.Empty(said.ErrorText);
        Assert.Contains("CTImageStorage", said.OutputText, StringComparison.Ordinal);
        Assert.Contains("[" + PhantomStudy.InstanceUid(index, new PhantomOptions()) + "]", said.OutputText, StringComparison.Ordinal);
        Assert.Contains("(7fe0,0010) OW", said.OutputText, StringComparison.Ordinal);
        Assert.Contains("# 524288, 1 PixelData", said.OutputText, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Slices))]
    public void Gdcminfo_sees_the_geometry(int index, PhantomSamples samples)
    {
        Peer judge = Peer.Require("gdcminfo");
        using var scratch = new ScratchFolder();

        string said = judge.Run(Write(scratch, index, samples)).Succeeded().OutputText;

        Assert.Contains("Dimensions: (512,512,1)", said, StringComparison.Ordinal);
        Assert.Contains(samples == PhantomSamples.Signed16 ? "INT16" : "UINT16", said, StringComparison.Ordinal);
        Assert.Contains("Rescale Intercept/Slope: (-1024,1)", said, StringComparison.Ordinal);
        Assert.Contains("Orientation Label: AXIAL", said, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Slices))]
    public void Pydicom_reads_the_pixels_that_were_computed(int index, PhantomSamples samples)
    {
        Peer judge = Peer.RequirePydicom();
        using var scratch = new ScratchFolder();
        string path = Write(scratch, index, samples);
        const string script = """
            import pydicom, sys
            d = pydicom.dcmread(sys.argv[1])
            signed = d.PixelRepresentation == 1
            data = d.PixelData
            values = [int.from_bytes(data[i:i + 2], 'little', signed=signed) for i in range(0, len(data), 2)]
            print(d.PatientName, d.InstanceNumber, d.PixelPaddingValue, sum(values), max(values))
            """;

        string said = judge.Run("-c", script, path).Succeeded().OutputText.Trim();

        short[] cells = PhantomStudy.Samples(index, new PhantomOptions { Samples = samples });
        int padding = samples == PhantomSamples.Signed16 ? PhantomStudy.SignedPadding : 0;
        Assert.Equal(string.Create(CultureInfo.InvariantCulture, $"Phantom^Paula {index + 1} {padding} {cells.Sum(cell => (long)cell)} {cells.Max()}"), said);
    }

    private static string Write(ScratchFolder scratch, int index, PhantomSamples samples) =>
        scratch.Write("slice.dcm", PhantomStudy.Slice(index, new PhantomOptions { Samples = samples }));
}
