using System.Collections.Concurrent;
using Veridicom.Dicom;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Signatures;

/// <summary>DCMTK's dcmsign as judge and as signer, on every real file that it can sign itself.</summary>
public sealed class DcmSignTests
{
    /// <summary>Real files that dcmsign cannot read: cut off, or without a readable encoding.</summary>
    private static readonly string[] NotForDcmSign = ["MR_truncated.dcm", "SC_rgb_jpeg.dcm", "no_meta.dcm", "rtplan_truncated.dcm"];

    /// <summary>Neither names its encoding nor begins with a group that a data set may have: dcmsign guesses, we refuse to.</summary>
    private const string NotForUs = "meta_missing_tsyntax.dcm";

    private static readonly (string Key, SignatureProfile Profile)[] Ways =
        [("rsa", SignatureProfile.Base), ("rsa", SignatureProfile.Creator), ("ec256", SignatureProfile.None), ("ec384", SignatureProfile.None)];

    private static readonly DigestAlgorithm[] Sha2 = [DigestAlgorithm.Sha256, DigestAlgorithm.Sha384, DigestAlgorithm.Sha512];

    private static readonly (DigestAlgorithm Digest, string Option)[] Macs =
    [
        (DigestAlgorithm.Ripemd160, "+mr"), (DigestAlgorithm.Sha1, "+ms"), (DigestAlgorithm.Md5, "+mm"),
        (DigestAlgorithm.Sha256, "+m2"), (DigestAlgorithm.Sha384, "+m3"), (DigestAlgorithm.Sha512, "+m5"),
    ];

    /// <summary>Small files several times over, in other ways each time, series and large ones once.</summary>
    private static List<(string Path, int Way)> Cases()
    {
        var cases = new List<(string, int)>();
        int way = 0;
        foreach (string path in RealFiles.Below("dicom", "*.dcm"))
        {
            if (NotForDcmSign.Contains(Path.GetFileName(path))) continue;
            int times = new FileInfo(path).Length < 20_000 ? 3 : 1;
            for (int i = 0; i < times; i++) cases.Add((path, way++));
        }
        return cases;
    }

    private static void OnEach(Action<string, int, string> test)
    {
        var failures = new ConcurrentBag<string>();
        List<(string Path, int Way)> cases = Cases();
        Parallel.For(0, cases.Count, new ParallelOptions { MaxDegreeOfParallelism = Environment.ProcessorCount }, i =>
        {
            (string path, int way) = cases[i];
            try
            {
                test(path, way, $"{i}.dcm");
            }
            catch (Exception e)
            {
                failures.Add($"{Path.GetFileName(path)}, way {way}: {e.Message}");
            }
        });
        Assert.True(failures.IsEmpty, $"{failures.Count} of {cases.Count}\n{string.Join('\n', failures.Order())}");
    }

    [Fact]
    public void What_we_sign_dcmsign_accepts_and_taking_it_out_gives_the_original()
    {
        using var kit = new SignatureKit();
        OnEach((path, way, name) =>
        {
            if (Path.GetFileName(path) == NotForUs) return;
            byte[] original = File.ReadAllBytes(path);
            DicomFile file = DicomFile.Parse(new MemorySource(original));
            (string key, SignatureProfile profile) = Ways[way % 4];
            if (profile == SignatureProfile.Creator && !CreatorProfile.Required.All(tag => file.DataSet.TryFind(tag, out DicomNode node) && Signable.IsSignableElement(node))) profile = SignatureProfile.Base;
            SignatureEdits edits = kit.SignOurs(original, name, key, profile, Sha2[way / 4 % 3]);
            string[] policy = profile == SignatureProfile.Creator ? ["+rc"] : [];
            kit.Accepted(kit.PathOf(name), policy);

            byte[] signedBytes = File.ReadAllBytes(kit.PathOf(name));
            DicomFile signed = DicomFile.Parse(new MemorySource(signedBytes));
            SignatureResult result = Assert.Single(SignatureCheck.VerifyAll(signed, kit.Trust, kit.Now.AddMinutes(1)));
            Assert.True(result.Verdict == SignatureVerdict.Partial, Said(result));
            Assert.True(result.Profile >= profile);

            Assert.True(edits.MacSequenceCreated && edits.SignatureSequenceCreated);
            var back = SignatureWriter.Remove(signed, [edits.SignatureUid], edits.MacSequenceCreated, edits.SignatureSequenceCreated);
            using var restored = new MemoryStream();
            SourceEdit.Apply(back, signed.DataSet.Source).WriteTo(restored);
            Assert.True(restored.ToArray().AsSpan().SequenceEqual(All(file.DataSet.Source)), "not the original bytes");
            File.Delete(kit.PathOf(name));
        });
    }

    [Fact]
    public void What_dcmsign_signs_we_verify_over_the_same_bytes()
    {
        using var kit = new SignatureKit();
        OnEach((path, way, name) =>
        {
            (DigestAlgorithm digest, string option) = Macs[way % 6];
            (string key, SignatureProfile profile) = Ways[(way + (way / 6)) % 4];
            if (way % 7 == 0 && key != "rsa") key = "ec521";
            string dump = kit.PathOf(name + ".mac");
            string[] asked = profile switch { SignatureProfile.Base => ["+pb"], SignatureProfile.Creator => ["+pc"], _ => [] };
            string? output = kit.Sign(path, name, key, [option, "+d", dump, .. asked]);
            if (output is null && profile == SignatureProfile.Creator)
            {
                profile = SignatureProfile.Base; // without the four UIDs there is no Creator signature
                output = kit.Sign(path, name, key, option, "+d", dump, "+pb");
            }
            Assert.NotNull(output);
            DicomFile file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(output)));
            SignatureResult result = Assert.Single(SignatureCheck.VerifyAll(file, kit.Trust, kit.Now.AddMinutes(1)));
            bool isWeak = digest is DigestAlgorithm.Md5 or DigestAlgorithm.Sha1;
            Assert.True(result.Verdict == (isWeak ? SignatureVerdict.Untrusted : SignatureVerdict.Partial), Said(result));
            Assert.Equal(CheckState.Passed, result[SignatureFinding.Mac].State);
            Assert.Equal(isWeak ? CheckState.Failed : CheckState.Passed, result[SignatureFinding.Strength].State);
            Assert.True(result.Profile >= profile);

            DicomSignature signature = result.Signature;
            using var stream = new MemoryStream();
            MacStream.WriteElements(signature.Level, new HashSet<DicomTag>(signature.Tags), stream);
            MacStream.WriteSignatureItem(signature.Item, stream);
            Assert.True(stream.ToArray().AsSpan().SequenceEqual(File.ReadAllBytes(dump)), "the stream differs from that of dcmsign");
            // dcmsign writes values out canonically; over the file as it came the elements must give the same stream.
            if (Path.GetFileName(path) != NotForUs)
            {
                DicomFile source = DicomFile.Parse(new MemorySource(File.ReadAllBytes(path)));
                using var elements = new MemoryStream();
                MacStream.WriteElements(source.DataSet.Root, new HashSet<DicomTag>(signature.Tags), elements);
                Assert.True(stream.ToArray().AsSpan().StartsWith(elements.ToArray()), "the stream of the unsigned file differs");
            }
            File.Delete(output);
            File.Delete(dump);
        });
    }

    private static string Said(SignatureResult result) =>
        $"{result.Verdict}: " + string.Join("; ", result.Findings.Where(f => f.State != CheckState.Passed).Select(f => $"{f.Name} {f.State} {f.Reason} {f.Detail}"));

    private static ReadOnlySpan<byte> All(ByteSource source) => source.Window(0, (int)source.Length);
}
