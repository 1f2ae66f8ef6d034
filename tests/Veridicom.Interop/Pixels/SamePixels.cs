using System.Globalization;
using System.Runtime.InteropServices;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Pixels.Rendering;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>All frames of a file as canonical cells.</summary>
internal sealed record Samples(PixelGeometry Geometry, byte[] Cells, CodestreamColour Colour);

/// <summary>What a peer made of a file that we decoded.</summary>
/// <param name="Mark">"=" the same samples; "-" it refuses; " " it has no decoder; else "x".</param>
/// <param name="Words">For "x", how far they are apart.</param>
internal sealed record PeerAnswer(string Mark, string Words)
{
    public static PeerAnswer Same { get; } = new("=", "");
}

/// <summary>Decodes the same files with DCMTK, with GDCM and here. Peers write native files, whose cells are read here.</summary>
internal sealed class SamePixels(IJpeg2000 jpeg2000, ScratchFolder scratch)
{
    private int _number;

    /// <summary>The line of the page that says whom we asked.</summary>
    public static string Versions()
    {
        string Version(string program, string option, int word) =>
            Peer.Require(program).Run(option).AllText.Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries)[word].TrimStart('v');
        return $"Made with DCMTK {Version("dcmconv", "--version", 2)} and GDCM {Version("gdcmconv", "--version", 2)}.";
    }

    /// <summary>Our samples. Null with a reason where there are none.</summary>
    public Samples? Ours(string path, out string reason)
    {
        try
        {
            DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(path)));
            reason = "no pixels";
            if (!PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels)) return null;
            if (PixelGeometry.Read(file.DataSet, pixels, out reason) is not { } geometry) return null;
            PixelReader? reader = PixelReader.Open(file.TransferSyntax, pixels, geometry, jpeg2000, out reason);
            // for the eye only: sealed by its bytes
            if (reader is null && SubsampledPixels.OpenNative(pixels, geometry, out _) is { } subsampled) reader = subsampled;
            if (reader is null) return null;
            using var all = new MemoryStream();
            for (int frame = 0; frame < geometry.Frames; frame++) all.Write(reader.Rows(frame, 0, geometry.Rows));
            return new Samples(geometry, all.ToArray(), (reader as DecodedPixels)?.Facts(0).Colour ?? CodestreamColour.Unstated);
        }
        catch (Exception error) when (error is PixelException or DicomException)
        {
            reason = error.Message;
            return null;
        }
    }

    /// <summary>The error that a near-lossless file of one frame states.</summary>
    public int NearLossless(string path)
    {
        DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(path)));
        Assert.True(PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels));
        var reader = Assert.IsType<DecodedPixels>(PixelReader.Open(file.TransferSyntax, pixels, PixelGeometry.Read(file.DataSet, pixels, out _)!, jpeg2000, out _));
        return reader.Facts(0).NearLossless;
    }

    /// <summary>DCMTK's decoder for this syntax, null where it has none; no colour is converted.</summary>
    public PeerAnswer Dcmtk(string path, string syntax, Samples ours) => syntax switch
    {
        "1.2.840.10008.1.2.5" => Ask("dcmdrle", [], path, ours),
        "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51" or "1.2.840.10008.1.2.4.57" or "1.2.840.10008.1.2.4.70" => Ask("dcmdjpeg", ["+cn"], path, ours),
        "1.2.840.10008.1.2.4.80" or "1.2.840.10008.1.2.4.81" => Ask("dcmdjpls", [], path, ours),
        _ when syntax.StartsWith("1.2.840.10008.1.2.4.", StringComparison.Ordinal) => new PeerAnswer(" ", ""),
        _ => Ask("dcmconv", ["+te"], path, ours),
    };

    /// <summary>GDCM's decoder.</summary>
    public PeerAnswer Gdcm(string path, string syntax, Samples ours) =>
        // 3.0.21 was made without the block coder of part 15
        syntax.StartsWith("1.2.840.10008.1.2.4.20", StringComparison.Ordinal) ? new PeerAnswer(" ", "") : Ask("gdcmconv", ["--raw"], path, ours);

    /// <summary>Whether a peer makes a native file of what we do not decode.</summary>
    public PeerAnswer Reads(string program, string option, string path)
    {
        string output = scratch.PathOf($"{Interlocked.Increment(ref _number)}.dcm");
        PeerResult result = Peer.Require(program).Run(option, path, output);
        return new PeerAnswer("-", result.ExitCode == 0 && File.Exists(output) ? "writes a file" : "refuses");
    }

    private PeerAnswer Ask(string program, string[] options, string path, Samples ours)
    {
        string output = scratch.PathOf($"{Interlocked.Increment(ref _number)}.dcm");
        PeerResult result = Peer.Require(program).Run([.. options, path, output]);
        if (result.ExitCode != 0 || !File.Exists(output)) return new PeerAnswer("-", "");
        Samples? theirs = Ours(output, out string reason);
        File.Delete(output);
        return theirs is null ? new PeerAnswer("x", $"writes a file that is not sound: {reason}") : Compare(ours, theirs);
    }

    private static PeerAnswer Compare(Samples ours, Samples theirs)
    {
        PixelGeometry a = ours.Geometry, b = theirs.Geometry;
        if ((a.Rows, a.Columns, a.Samples, a.BitsAllocated, a.Frames) != (b.Rows, b.Columns, b.Samples, b.BitsAllocated, b.Frames))
            return new PeerAnswer("x", string.Create(CultureInfo.InvariantCulture, $"gives {b.Frames} x {b.Rows} x {b.Columns} x {b.Samples} cells of {b.BitsAllocated} bits"));
        if (ours.Cells.AsSpan().SequenceEqual(theirs.Cells)) return PeerAnswer.Same;
        long differ = 0, worst = 0;
        int cell = a.CellBytes;
        for (int at = 0; at < ours.Cells.Length; at += cell)
        {
            long apart = Math.Abs(Value(ours.Cells.AsSpan(at, cell), a.Signed) - Value(theirs.Cells.AsSpan(at, cell), a.Signed));
            if (apart > 0) differ++;
            worst = Math.Max(worst, apart);
        }
        double share = 100.0 * differ * cell / ours.Cells.Length;
        return new PeerAnswer("x", string.Create(CultureInfo.InvariantCulture, $"{(share < 1 ? "under 1" : $"{share:F0}")} % of the samples differ, by {worst} at most"));
    }

    /// <summary>One cell as a number.</summary>
    public static long Value(ReadOnlySpan<byte> cell, bool signed) => (cell.Length, signed) switch
    {
        (1, false) => cell[0],
        (1, true) => unchecked((sbyte)cell[0]),
        (2, false) => MemoryMarshal.Read<ushort>(cell),
        (2, true) => MemoryMarshal.Read<short>(cell),
        (4, false) => MemoryMarshal.Read<uint>(cell),
        (4, true) => MemoryMarshal.Read<int>(cell),
        _ => MemoryMarshal.Read<long>(cell),
    };
}
