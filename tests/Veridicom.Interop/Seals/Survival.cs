using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Veridicom.Dicom;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;
using Veridicom.Testing;

namespace Veridicom.Interop.Seals;

/// <summary>What became of one sealed file in one tool.</summary>
/// <param name="File">File below the data folder, or the name of a made one.</param>
/// <param name="Tool">What was done.</param>
/// <param name="Verdict">The verdict, null where sealing or the tool refused.</param>
/// <param name="Words">Why not authentic, or why refused; empty for authentic.</param>
internal sealed record Survivor(string File, string Tool, Verdict? Verdict, string Words);

/// <summary>Sends sealed files through the tools that hospitals use and verifies what comes out.</summary>
internal sealed class Survival : IDisposable
{
    private static readonly string[] PydicomWays = ["save", "implicit", "explicit", "touched"];

    // +te and the others name the encoding; +g and -g the retired group lengths, +e and -e the lengths of sequences
    private static readonly (string Name, string[] Steps)[] Conversions =
    [
        ("dcmconv +ti", ["dcmconv +ti"]), ("dcmconv +te", ["dcmconv +te"]), ("dcmconv +tb", ["dcmconv +tb"]), ("dcmconv +td", ["dcmconv +td"]),
        ("dcmconv +g +e", ["dcmconv +g +e"]), ("dcmconv -g -e", ["dcmconv -g -e"]),
        ("dcmconv +ti, then +te", ["dcmconv +ti", "dcmconv +te"]), ("dcmconv +tb, then +te", ["dcmconv +tb", "dcmconv +te"]), ("dcmconv +td, then +ti", ["dcmconv +td", "dcmconv +ti"]),
        ("gdcmconv --raw", ["gdcmconv --raw"]), ("gdcmconv --implicit", ["gdcmconv --implicit"]), ("gdcmconv --explicit", ["gdcmconv --explicit"]),
        ("gdcmconv --implicit, then dcmconv +te", ["gdcmconv --implicit", "dcmconv +te"]),
    ];

    private readonly ScratchFolder _folder = new();
    private readonly Peer _dcmconv = Peer.Require("dcmconv"), _gdcmconv = Peer.Require("gdcmconv"), _python = Peer.RequirePydicom();

    public static IEnumerable<string> Tools => [.. Conversions.Select(c => c.Name), .. PydicomWays.Select(w => "pydicom " + w)];

    /// <summary>Native files that are tried: every REF image, every uncompressed file of pydicom, one slice of each series, and made ones.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Files()
    {
        foreach ((string Name, byte[] Bytes) made in Made()) yield return made;
        foreach (string folder in (string[])["series-ct", "series-mr", "wg04/REF", "pydicom", "charset"])
        {
            IEnumerable<string> paths = RealFiles.Below("dicom/" + folder);
            if (folder.StartsWith("series", StringComparison.Ordinal)) paths = paths.Where((_, i) => i is 0 or 13);
            foreach (string path in paths)
            {
                byte[] bytes = File.ReadAllBytes(path);
                if (IsNative(bytes)) yield return ($"{folder}/{Path.GetFileName(path)}", bytes);
            }
        }
    }

    /// <summary>Files that need no data folder.</summary>
    public static IEnumerable<(string Name, byte[] Bytes)> Made() => SampleFiles.All().Where(s => s.Name is not "no data set").Select(s => ("made: " + s.Name, s.Bytes));

    /// <summary>The versions of the tools, in one line.</summary>
    public static string Versions()
    {
        string dcmtk = Peer.Require("dcmconv").Run("--version").AllText, gdcm = Peer.Require("gdcmconv").Run("--version").AllText;
        string pydicom = Peer.RequirePydicom().Run("-c", "import pydicom; print(pydicom.__version__)").OutputText.Trim();
        return $"Made with DCMTK {Number(dcmtk)}, GDCM {Number(gdcm)} and pydicom {pydicom}.";
    }

    private static string Number(string text) => Regex.Match(text, @"\d+\.\d+\.\d+").Value;

    private static bool IsNative(byte[] bytes)
    {
        try
        {
            return DicomFile.Parse(new MemorySource(bytes)).IsNative;
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
        var jobs = new List<(string Name, string Way, string Output)>();
        var script = new StringBuilder();
        int number = 0;
        foreach ((string name, byte[] bytes) in files)
        {
            string input = _folder.PathOf(string.Create(CultureInfo.InvariantCulture, $"{number++}.dcm"));
            try
            {
                File.WriteAllBytes(input, SealWorkshop.Seal(bytes));
            }
            catch (SealRefusedException e)
            {
                all.Add(new Survivor(name, "veridicom seal", null, $"refused: {e.Refusals[0].Text}"));
                continue;
            }
            foreach ((string tool, string[] steps) in Conversions) all.Add(Convert(name, tool, input, steps));
            foreach (string way in PydicomWays)
            {
                string output = $"{input}.{way}";
                jobs.Add((name, "pydicom " + way, output));
                script.Append(way).Append('\t').Append(input).Append('\t').Append(output).Append('\n');
            }
        }
        PeerResult python = _python.Run(["-W", "ignore", "-c", PydicomScript], Encoding.UTF8.GetBytes(script.ToString())).Succeeded();
        string[] said = python.OutputText.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < jobs.Count; i++) all.Add(said[i] == "ok" ? Judge(jobs[i].Name, jobs[i].Way, jobs[i].Output) : new Survivor(jobs[i].Name, jobs[i].Way, null, $"refused: {said[i]}"));
        return all;
    }

    private Survivor Convert(string name, string tool, string input, string[] steps)
    {
        string from = input;
        for (int i = 0; i < steps.Length; i++)
        {
            string[] words = steps[i].Split(' ');
            string to = $"{input}.{i}";
            File.Delete(to);
            PeerResult result = (words[0] == "dcmconv" ? _dcmconv : _gdcmconv).Run([.. words[1..], from, to]);
            if (result.ExitCode != 0 || !File.Exists(to)) return new Survivor(name, tool, null, $"refused by {words[0]}");
            from = to;
        }
        return Judge(name, tool, from);
    }

    /// <summary>Verifies what a tool made.</summary>
    public static Survivor Judge(string name, string tool, string path)
    {
        Verdict verdict = SealWorkshop.Verify(File.ReadAllBytes(path));
        string words = verdict.Kind == VerdictKind.Authentic ? ""
            : string.Join("; ", verdict.Reasons.Where(r => r.Code is not (ReasonCode.CarrierRewritten or ReasonCode.BoundAsEncoded)).Take(3).Select(r => r.Text + (r.Path is null || r.Text.Contains(r.Path, StringComparison.Ordinal) ? "" : $" {r.Path}")));
        int more = verdict.Reasons.Count(r => r.Code is not (ReasonCode.CarrierRewritten or ReasonCode.BoundAsEncoded)) - 3;
        return new Survivor(name, tool, verdict, more > 0 ? $"{words}; and {more} more" : words);
    }

    public void Dispose() => _folder.Dispose();

    private const string PydicomScript = """
        import sys, pydicom
        from pydicom.uid import ImplicitVRLittleEndian, ExplicitVRLittleEndian
        def touch(ds):
            for e in ds:
                if e.VR == 'SQ':
                    for item in e.value: touch(item)
                else: e.value
        for line in sys.stdin.read().splitlines():
            way, source, target = line.split('\t')
            try:
                ds = pydicom.dcmread(source, force=True)
                if way == 'touched': touch(ds)
                if way in ('implicit', 'explicit'):
                    if ds.is_little_endian is False: raise ValueError('big endian is not converted')
                    ds.is_little_endian = True
                    ds.is_implicit_VR = way == 'implicit'
                    if not hasattr(ds, 'file_meta'): ds.file_meta = pydicom.dataset.FileMetaDataset()
                    ds.file_meta.TransferSyntaxUID = ImplicitVRLittleEndian if way == 'implicit' else ExplicitVRLittleEndian
                ds.save_as(target, write_like_original=True)
                print('ok')
            except Exception as e:
                print(type(e).__name__ + ': ' + str(e).splitlines()[0])
        """;
}
