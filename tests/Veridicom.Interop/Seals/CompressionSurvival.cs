using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Seals;

/// <summary>Sends sealed pictures through lossless compressors, back to native, and through an archive that compresses by itself.</summary>
internal sealed class CompressionSurvival : IDisposable
{
    private const string Jpeg2000Lossless = "1.2.840.10008.1.2.4.90", JpegLs = "1.2.840.10008.1.2.4.80", JpegLossless = "1.2.840.10008.1.2.4.70";

    private static readonly string[][] Conversions =
    [
        ["gdcmconv --j2k"], ["gdcmconv --j2k", "gdcmconv --raw"], ["gdcmconv --jpeg"], ["gdcmconv --jpeg", "gdcmconv --raw"], ["gdcmconv --jpegls"], ["gdcmconv --jpegls", "gdcmconv --raw"],
        ["gdcmconv --rle"], ["gdcmconv --rle", "gdcmconv --raw"], ["dcmcjpeg +e1"], ["dcmcjpeg +e1", "dcmdjpeg"], ["dcmcjpeg +el", "dcmdjpeg", "dcmcjpeg +e1"], ["dcmcjpls"], ["dcmcjpls", "dcmdjpls"],
        ["dcmcrle"], ["dcmcrle", "dcmdrle"], ["dcmdjpeg"], ["dcmdjpeg", "dcmcjpls"],
    ];

    /// <summary>Name, way, transcoding, and whether its plugin for GDCM is loaded (JPEG 2000 needs it; with it JPEG-LS crashes Orthanc 1.10.1, and elements are rewritten).</summary>
    private static readonly (string Name, string Way, string? Transcoding, bool Gdcm)[] Archives =
    [
        ("Orthanc, REST", "rest", null, true), ("Orthanc, DICOMweb", "web", null, true), ("Orthanc, C-STORE and C-GET", "dimse", null, false),
        ("Orthanc, which stores as lossless JPEG", "rest", JpegLossless, false), ("Orthanc, which stores as JPEG-LS", "rest", JpegLs, false), ("Orthanc, which stores as JPEG 2000", "rest", Jpeg2000Lossless, true),
    ];

    private static readonly string[] Pydicom = ["CT_small", "MR_small.", "MR_small_implicit", "MR_small_bigendian", "SC_rgb_small_odd", "SC_rgb_rle", "SC_rgb_jpeg_gdcm", "SC_rgb_jpeg_dcmtk", "examples_", "liver_1frame", "J2K_pixelrep"];

    private readonly ScratchFolder _folder = new();
    private readonly Peer _unshare = Peer.Require("unshare"), _python = Peer.Require("python3");

    public CompressionSurvival()
    {
        foreach (string tool in Conversions.SelectMany(c => c).Select(c => c.Split(' ')[0]).Distinct().Concat(["Orthanc", "storescu", "getscu"])) Peer.Require(tool);
        // libopenjp2, or a named skip
        Pixels.OpenJpegWorkersTests.Require().Dispose();
    }

    public static IEnumerable<string> Tools => [.. Conversions.Select(c => string.Join(", then ", c)), .. Archives.Select(a => a.Name)];

    /// <summary>What the page says of versions beside those of the other tables.</summary>
    public static string Versions() => $"Orthanc {Regex.Match(Peer.Require("Orthanc").Run("--version").AllText, @"\d+\.\d+\.\d+").Value}";

    /// <summary>Pictures: a slice of each series, every family of WG04 in every encoding, and those of pydicom that are unlike these.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Files() =>
        from folder in (string[])["series-ct", "series-mr", "wg04/REF", "wg04/J2KR", "wg04/JLSL", "wg04/JPLL", "wg04/RLE", "wg04/JPLY", "pydicom"]
        from path in RealFiles.Below("dicom/" + folder).Where((p, i) => folder switch { "series-ct" or "series-mr" => i == 0, "pydicom" => Pydicom.Any(n => Path.GetFileName(p).StartsWith(n, StringComparison.Ordinal)), _ => true })
        let bytes = File.ReadAllBytes(path)
        where bytes.Length < 2 << 20 && IsPicture(bytes)
        select ($"{folder}/{Path.GetFileName(path)}", bytes);

    /// <summary>What ./test tries: 16 bits with sign, colours, native, without and with loss.</summary>
    public static bool IsOfSample(string name) => name is "series-ct/01.dcm" or "wg04/J2KR/US1_J2KR.dcm" or "wg04/JPLY/MR1_JPLY.dcm" or "pydicom/SC_rgb_small_odd.dcm";

    private static bool IsPicture(byte[] bytes)
    {
        try
        {
            DicomFile file = DicomFile.Parse(new MemorySource(bytes));
            return file.Meta is not null && PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels) && PixelGeometry.Read(file.DataSet, pixels, out _) is not null;
        }
        catch (DicomException)
        {
            return false;
        }
    }

    /// <summary>Every file through every tool.</summary>
    public IReadOnlyList<Survivor> Run(IEnumerable<(string Name, byte[] Bytes)> files)
    {
        var all = new List<Survivor>();
        var inputs = new List<(string Name, string Path)>();
        foreach ((string name, byte[] bytes) in files)
        {
            string input = _folder.PathOf(string.Create(CultureInfo.InvariantCulture, $"{inputs.Count}.dcm"));
            try
            {
                File.WriteAllBytes(input, SealWorkshop.Seal(bytes));
            }
            catch (SealRefusedException)
            {
                continue; // the other tables name it
            }
            inputs.Add((name, input));
            foreach (string[] steps in Conversions) all.Add(Convert(name, input, steps));
        }
        foreach ((string tool, string way, string? transcoding, bool gdcm) in Archives) Send(transcoding == Jpeg2000Lossless ? [.. inputs.Where(i => IsOfSample(i.Name))] : inputs, tool, way, transcoding, gdcm, all);
        return all;
    }

    private Survivor Convert(string name, string input, string[] steps)
    {
        string from = input, tool = string.Join(", then ", steps);
        for (int i = 0; i < steps.Length; i++)
        {
            string[] words = steps[i].Split(' ');
            string to = $"{input}.{i}";
            File.Delete(to);
            if (Peer.Require(words[0]).Run([.. words[1..], from, to]).ExitCode != 0 || !File.Exists(to)) return new Survivor(name, tool, null, $"refused by {words[0]}");
            from = to;
        }
        return Survival.Judge(name, tool, from);
    }

    private void Send(List<(string Name, string Path)> inputs, string tool, string way, string? transcoding, bool gdcm, List<Survivor> all)
    {
        string job = $$"""{"way": "{{way}}", "transcoding": {{(transcoding is null ? "null" : $"\"{transcoding}\"")}}, "gdcm": {{(gdcm ? "true" : "false")}}}""";
        string lines = string.Concat(inputs.Select(i => $"{i.Path}\t{i.Path}.echo\n"));
        foreach ((_, string path) in inputs) File.Delete(path + ".echo");
        string[] alone = Environment.IsPrivilegedProcess ? ["-n"] : ["-r", "-n"];
        PeerResult result = _unshare.Run([.. alone, _python.Path, Repository.PathOf("tests", "Veridicom.Interop", "Seals", "orthanc_echo.py"), job], Encoding.UTF8.GetBytes(lines), limit: TimeSpan.FromMinutes(10));
        if (result.ErrorText.Contains("Operation not permitted", StringComparison.Ordinal)) Assert.SkipUnless(Peer.IsCi, "no network namespace can be made here (unshare -n)");
        string[] said = result.Succeeded().OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(inputs.Count, said.Length);
        for (int i = 0; i < said.Length; i++)
            all.Add(said[i] == "ok" ? Survival.Judge(inputs[i].Name, tool, inputs[i].Path + ".echo") : new Survivor(inputs[i].Name, tool, null, "refused by Orthanc"));
    }

    public void Dispose() => _folder.Dispose();
}
