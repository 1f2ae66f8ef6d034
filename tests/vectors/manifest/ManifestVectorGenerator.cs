using System.Globalization;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Testing;

/// <summary>
/// Writes the files of tests/vectors/manifest with their cases. What a release sealed must verify for ever, so it runs only when asked for (see
/// README.md there), and never to make a test pass.
/// </summary>
public sealed class ManifestVectorGenerator(string folder)
{
    /// <summary>When the vectors were sealed, and the time at which they are judged.</summary>
    public static readonly DateTimeOffset At = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Until = new(2099, 12, 31, 23, 59, 59, TimeSpan.Zero);
    private readonly Counter _randomness = new();

    private sealed class Counter : IRandomness
    {
        private int _next;
        public void Fill(Span<byte> destination) => SHA256.HashData(BitConverter.GetBytes(++_next)).AsSpan(0, destination.Length).CopyTo(destination);
    }

    /// <summary>Makes keys, files and cases.</summary>
    public void Run()
    {
        foreach (string old in Directory.GetFiles(folder, "*.dcm")) File.Delete(old);
        using AsymmetricAlgorithm authorityKey = CertificateIssuing.CreateKey(KeyChoice.P256), key = CertificateIssuing.CreateKey(KeyChoice.P256);
        Certificate authority = CertificateIssuing.CreateAuthority(CertificateIssuing.Name("Vector Hospital CA"), authorityKey, From, Until, _randomness);
        using var signer = new KeySigner(key, [CertificateIssuing.CreateSealing(CertificateIssuing.Name("Scanner"), CertificateIssuing.PublicKeyOf(key), authority, authorityKey, From, Until, _randomness)]);
        File.WriteAllText(Path.Combine(folder, "root.pem"), PemBlocks.Write(PemBlocks.CertificateLabel, authority.Der.Span));
        VerifyOptions trust = Trust(folder);

        for (int i = 0; i < 5; i++) Write($"{i}.dcm", Seal(Image(i, geometric: true)));
        Write("frames.dcm", Seal(Image(9, geometric: false)));
        Write("manifest.dcm", Seal(Document(["0.dcm", "1.dcm", "2.dcm", "3.dcm", "frames.dcm"])));
        byte[] amended = File.ReadAllBytes(Path.Combine(folder, "1.dcm"));
        amended[amended.AsSpan().IndexOf("Vector^Vera"u8)] = (byte)'H';
        Write("1-amended.dcm", Seal(amended, SealPurpose.Amendment));
        Write("manifest-2.dcm", Seal(Document(["0.dcm", "1-amended.dcm", "2.dcm", "3.dcm", "4.dcm", "frames.dcm", "manifest.dcm"], SealPurpose.Amendment)));
        var cases = new List<string>();
        string[] first = ["0.dcm", "1.dcm", "2.dcm", "3.dcm", "frames.dcm", "manifest.dcm"], second = ["0.dcm", "1-amended.dcm", "2.dcm", "3.dcm", "4.dcm", "frames.dcm", "manifest-2.dcm"];
        Case("whole", first);
        Case("slice missing", [.. first.Where(f => f != "2.dcm")]);
        Case("slice added", [.. first, "4.dcm"]);
        Case("amended slice under the first manifest", [.. first.Select(f => f == "1.dcm" ? "1-amended.dcm" : f)]);
        Case("both manifests", [.. second, "manifest.dcm"]);
        Case("the later manifest alone", second);
        Case("the slice before its amendment", [.. second.Select(f => f == "1-amended.dcm" ? "1.dcm" : f)]);
        Case("slice twice", [.. second, "1.dcm"]);
        File.WriteAllText(Path.Combine(folder, "cases.jsonl"), string.Join('\n', cases) + "\n");

        void Write(string name, byte[] bytes) => File.WriteAllBytes(Path.Combine(folder, name), bytes);

        byte[] Seal(byte[] file, SealPurpose purpose = SealPurpose.Acquisition)
        {
            using var output = new MemoryStream();
            Sealer.Seal(DicomFile.Parse(new MemorySource(file)), new SealOptions
            {
                Claims = new Claims("Vector Hospital", purpose, "", "", SyntheticClaim.Yes, [], ""), Signer = signer, Randomness = _randomness, At = At, Trust = trust.Trust, StandardSignature = false,
            }).WriteTo(output);
            return output.ToArray();
        }

        byte[] Document(string[] files, SealPurpose purpose = SealPurpose.Acquisition)
        {
            var collection = new StudyCollection();
            foreach (string name in files)
            {
                StudyFile kept = Keep(folder, name, trust, out DicomFile file);
                if (kept.Believed is { } manifest) collection.Add(manifest);
                else collection.Add(new SealedInstance(kept.Facts!, kept.Identity!.Value, kept.Earlier), StudyHeader.Read(file.DataSet));
            }
            return ManifestWriter.Write(collection.Decide(purpose).Single().Plan!, At, _randomness);
        }

        void Case(string name, string[] files)
        {
            StudyVerdict verdict = Judge(folder, files, trust);
            cases.Add($$"""{"case":"{{name}}","files":[{{string.Join(',', files.Select(f => $"\"{f}\""))}}],"verdict":"{{verdict.Kind.Word()}}","exitCode":{{verdict.ExitCode}},"findings":[{{string.Join(',', Findings(verdict).Select(f => $"\"{f}\""))}}]}""");
        }
    }

    /// <summary>Code and instance of each finding.</summary>
    public static IEnumerable<string> Findings(StudyVerdict verdict) => verdict.Findings.Select(f => $"{f.Code.Word()} {f.Instance}");

    /// <summary>What is needed to judge the vectors of a folder.</summary>
    public static VerifyOptions Trust(string folder) => new()
    {
        Trust = TrustList.Create(PemBlocks.Read(File.ReadAllText(Path.Combine(folder, "root.pem"))).Select(b => (ReadOnlyMemory<byte>)b.Der)), Now = At,
    };

    /// <summary>The verdict on the study of these files.</summary>
    public static StudyVerdict Judge(string folder, IEnumerable<string> files, VerifyOptions options)
    {
        var ledger = new StudyLedger();
        foreach (string name in files) ledger.Add(Keep(folder, name, options, out _), name);
        return ledger.Judge(requireManifest: false).Single();
    }

    private static StudyFile Keep(string folder, string name, VerifyOptions options, out DicomFile file)
    {
        Verdict verdict = Verifier.Verify(new MemorySource(File.ReadAllBytes(Path.Combine(folder, name))), null, options, out DicomFile? parsed);
        file = parsed!;
        return StudyFile.Of(name, "", parsed, verdict);
    }

    private static byte[] Image(int number, bool geometric)
    {
        string n = number.ToString(CultureInfo.InvariantCulture);
        ElementWriter w = new ElementWriter()
            .Text(new(0x00080016), Vr.UI, "1.2.840.10008.5.1.4.1.1.7").Text(new(0x00080018), Vr.UI, "2.25.100" + n).Text(new(0x00080020), Vr.DA, "20261122").Text(new(0x00080060), Vr.CS, "OT")
            .Text(new(0x00100010), Vr.PN, "Vector^Vera").Text(new(0x00100020), Vr.LO, "VECTOR-1")
            .Text(new(0x0020000D), Vr.UI, "2.25.200").Text(new(0x0020000E), Vr.UI, geometric ? "2.25.201" : "2.25.202").Text(new(0x00200011), Vr.IS, geometric ? "1" : "2").Text(new(0x00200013), Vr.IS, n);
        if (geometric) w.Text(new(0x00200032), Vr.DS, $@"-10\-10.5\{-2 * number}").Text(new(0x00200037), Vr.DS, @"1\0\0\0\1\0");
        w.UInt16(new(0x00280002), 1).Text(new(0x00280004), Vr.CS, "MONOCHROME2").Text(new(0x00280008), Vr.IS, geometric ? "1" : "2")
            .UInt16(new(0x00280010), 4).UInt16(new(0x00280011), 4).UInt16(new(0x00280100), 8).UInt16(new(0x00280101), 8).UInt16(new(0x00280102), 7).UInt16(new(0x00280103), 0)
            .Bytes(new(0x7FE00010), Vr.OW, [.. Enumerable.Range(0, geometric ? 16 : 32).Select(i => (byte)(i * 7 + number))]);
        ElementWriter meta = new ElementWriter().Bytes(new(0x00020001), Vr.OB, [0, 1]).Text(new(0x00020002), Vr.UI, "1.2.840.10008.5.1.4.1.1.7")
            .Text(new(0x00020003), Vr.UI, "2.25.100" + n).Text(new(0x00020010), Vr.UI, "1.2.840.10008.1.2.1").Text(new(0x00020012), Vr.UI, "2.25.2");
        return [.. new byte[128], .. "DICM"u8, .. new ElementWriter().UInt32(new(0x00020000), (uint)meta.Written.Length).Written, .. meta.Written, .. w.Written];
    }
}
