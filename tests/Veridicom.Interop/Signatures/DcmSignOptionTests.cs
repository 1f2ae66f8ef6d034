using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Trust;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Signatures;

/// <summary>What dcmsign can do beside a plain signature: time-stamps, items, several signatures, purposes, tag lists; and odd values.</summary>
public sealed class DcmSignOptionTests
{
    private const string TsaConfig = """
        [tsa]
        default_tsa = here
        [here]
        serial = tsaserial
        signer_digest = sha256
        default_policy = 1.2.3.4.1
        digests = sha256, sha384, sha512
        """;

    private static string Ct => RealFiles.PathOf("dicom", "pydicom", "CT_small.dcm");

    private static IReadOnlyList<SignatureResult> Verify(SignatureKit kit, string path, DateTimeOffset? at = null) =>
        SignatureCheck.VerifyAll(DicomFile.Parse(new MemorySource(File.ReadAllBytes(path))), kit.Trust, at ?? kit.Now.AddMinutes(1));

    [Theory]
    [InlineData("rsa", "+m2", "+tm2", "+pc")]
    [InlineData("rsa", "+mr", "+tm5", "+pb")]
    [InlineData("ec256", "+m3", "+tm3", "-pf")]
    [InlineData("ec384", "+m5", "+tm2", "-pf")]
    public void A_time_stamp_of_openssl_proves_the_time_beyond_the_certificate(string key, string mac, string stampMac, string profile)
    {
        using var kit = new SignatureKit();
        Peer openSsl = Peer.Require("openssl");
        string query = kit.PathOf("q.tsq"), uid = kit.PathOf("q.uid"), reply = kit.PathOf("q.tsr"), stamped = kit.PathOf("stamped.dcm");
        File.WriteAllText(kit.PathOf("tsa.cnf"), TsaConfig);
        File.WriteAllText(kit.PathOf("tsaserial"), "01\n");
        string signed = kit.Sign(Ct, "signed.dcm", key, mac, profile, "+ts", query, uid, stampMac)!;
        openSsl.Run(["ts", "-reply", "-config", "tsa.cnf", "-queryfile", query, "-signer", "tsa.pem", "-inkey", "tsa.key", "-out", reply], null, Path.GetDirectoryName(reply)).Succeeded();
        kit.DcmSign.Run("+t", query, reply, uid, signed, stamped).Succeeded();

        SignatureResult now = Assert.Single(Verify(kit, stamped));
        Assert.Equal(SignatureVerdict.Partial, now.Verdict);
        Assert.Equal(CheckState.Passed, now[SignatureFinding.Timestamp].State);
        Assert.True(now.IsTimeProven);
        Assert.InRange(now.JudgedAt, kit.Now.AddMinutes(-5), kit.Now.AddMinutes(5));
        // Two hundred days on the signer's certificate has expired: with the token it does not matter, without it does.
        Assert.Equal(SignatureVerdict.Partial, Assert.Single(Verify(kit, stamped, kit.Now.AddDays(200))).Verdict);
        SignatureResult bare = Assert.Single(Verify(kit, signed, kit.Now.AddDays(200)));
        Assert.Equal(SignatureVerdict.Untrusted, bare.Verdict);
        Assert.StartsWith("expired", bare[SignatureFinding.Signer].Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void A_signature_in_an_item_binds_the_item_alone()
    {
        using var kit = new SignatureKit();
        string signed = kit.PathOf("item.dcm");
        kit.DcmSign.Run("+si", kit.PathOf("rsa.key"), kit.PathOf("rsa.pem"), "OtherPatientIDsSequence[0]", "+m2", Ct, signed).Succeeded();
        SignatureResult result = Assert.Single(Verify(kit, signed));
        Assert.Equal(SignatureVerdict.Partial, result.Verdict);
        Assert.Equal("(0010,1002)[1]", result.Signature.LevelPath);
        Assert.Equal(SignatureReason.ItemOnly, result[SignatureFinding.Context].Reason);
        Assert.Equal(SignatureProfile.Base, result.Profile);
    }

    [Fact]
    public void Tag_lists_and_purposes_are_read_as_dcmsign_writes_them()
    {
        using var kit = new SignatureKit();
        string signed = kit.Sign(Ct, "tags.dcm", "rsa", "+m2", "+pc", "+sp", "5", "-t", "0010,0010")!;
        SignatureResult result = Assert.Single(Verify(kit, signed));
        Assert.Equal(SignatureVerdict.Partial, result.Verdict);
        Assert.Equal("5", result.Signature.Purpose!.Code);
        Assert.Equal(SignatureProfile.Creator, result.Profile);
        Assert.True(result.Coverage.Covers(new DicomTag(0x0010, 0x0010)));
        Assert.Contains(result.Coverage.Uncovered, element => element.Name == "PatientID");
    }

    [Theory]
    [InlineData("CT_small.dcm")]
    [InlineData("MR_small_implicit.dcm")]
    [InlineData("MR_small_bigendian.dcm")]
    [InlineData("MR_small_RLE.dcm")]
    public void Ours_joins_those_of_dcmsign_and_leaves_them_as_they_were(string name)
    {
        using var kit = new SignatureKit();
        string first = kit.Sign(RealFiles.PathOf("dicom", "pydicom", name), "1.dcm", "rsa", "+m2", "+pb")!;
        foreach (string lengths in new[] { "+e", "-e" })
        {
            string second = kit.Sign(first, "2.dcm", "ec384", "+m5", lengths)!;
            byte[] original = File.ReadAllBytes(second);
            SignatureEdits edits = kit.SignOurs(original, "3.dcm", "ec256", SignatureProfile.None, DigestAlgorithm.Sha256);
            Assert.False(edits.MacSequenceCreated || edits.SignatureSequenceCreated);
            Assert.Equal(2, edits.MacId);
            kit.Accepted(kit.PathOf("3.dcm"));
            Assert.Equal([SignatureVerdict.Partial, SignatureVerdict.Partial, SignatureVerdict.Partial], Verify(kit, kit.PathOf("3.dcm")).Select(r => r.Verdict));

            DicomFile signed = DicomFile.Parse(new MemorySource(File.ReadAllBytes(kit.PathOf("3.dcm"))));
            var back = SignatureWriter.Remove(signed, [edits.SignatureUid], edits.MacSequenceCreated, edits.SignatureSequenceCreated);
            Assert.Equal(original, SignatureKit.Written(signed, [], back));
        }
    }

    [Theory]
    [InlineData("+ti")]
    [InlineData("+tb")]
    [InlineData("+td")]
    [InlineData("+te", "-e", "+g")]
    public void A_signature_survives_another_native_encoding(params string[] options)
    {
        using var kit = new SignatureKit();
        Peer dcmconv = Peer.Require("dcmconv");
        foreach (string name in new[] { "MR_small.dcm", "SC_rgb_small_odd.dcm", "rtdose_1frame.dcm", "examples_palette.dcm", "reportsi.dcm" })
        {
            byte[] original = File.ReadAllBytes(RealFiles.PathOf("dicom", "pydicom", name));
            kit.SignOurs(original, "signed.dcm", "rsa", SignatureProfile.Base, DigestAlgorithm.Sha256);
            string converted = kit.PathOf("converted.dcm");
            dcmconv.Run([.. options, kit.PathOf("signed.dcm"), converted]).Succeeded();
            SignatureResult result = Assert.Single(Verify(kit, converted));
            Assert.True(result.Verdict == SignatureVerdict.Partial, $"{name}: {result.Verdict} {string.Join(", ", result.Findings.Where(f => f.State == CheckState.Failed))}");
        }
    }

    [Fact]
    public void A_private_representation_that_was_lost_is_not_called_altered()
    {
        using var kit = new SignatureKit();
        byte[] original = File.ReadAllBytes(RealFiles.PathOf("dicom", "pydicom", "waveform_ecg.dcm"));
        kit.SignOurs(original, "signed.dcm", "rsa", SignatureProfile.Base, DigestAlgorithm.Sha256);
        Peer.Require("dcmconv").Run("+ti", kit.PathOf("signed.dcm"), kit.PathOf("implicit.dcm")).Succeeded();
        SignatureResult result = Assert.Single(Verify(kit, kit.PathOf("implicit.dcm")));
        Assert.Equal(SignatureVerdict.Unverifiable, result.Verdict);
        Assert.Equal(SignatureReason.NotSignable, result[SignatureFinding.Signable].Reason);
    }

    [Fact]
    public void What_was_compressed_after_signing_is_not_called_altered()
    {
        using var kit = new SignatureKit();
        kit.SignOurs(File.ReadAllBytes(Ct), "signed.dcm", "rsa", SignatureProfile.Base, DigestAlgorithm.Sha256);
        Peer.Require("dcmcrle").Run(kit.PathOf("signed.dcm"), kit.PathOf("rle.dcm")).Succeeded();
        SignatureResult result = Assert.Single(Verify(kit, kit.PathOf("rle.dcm")));
        Assert.Equal(SignatureVerdict.Unverifiable, result.Verdict);
        Assert.Equal(SignatureReason.TransferSyntaxChanged, result[SignatureFinding.TransferSyntax].Reason);
        Peer.Require("dcmdrle").Run(kit.PathOf("rle.dcm"), kit.PathOf("back.dcm")).Succeeded();
        Assert.Equal(SignatureVerdict.Partial, Assert.Single(Verify(kit, kit.PathOf("back.dcm"))).Verdict);
    }

    [Fact]
    public void Odd_and_overpadded_values_enter_the_stream_as_with_dcmsign()
    {
        using var kit = new SignatureKit();
        var writer = new ElementWriter();
        writer.Text(new DicomTag(0x0002, 0x0010), Vr.UI, "1.2.840.10008.1.2.1");
        Odd(writer, 0x00080008, Vr.CS, "ABC");
        Odd(writer, 0x00080016, Vr.UI, "1.2.840.10008.5.1.4.1.1.7");
        Odd(writer, 0x00080018, Vr.UI, "1.2 .3\0");
        Odd(writer, 0x00080070, Vr.LO, "AB ");
        Odd(writer, 0x00080080, Vr.LO, "ABC\0");
        Odd(writer, 0x00080081, Vr.ST, "x  \0");
        Odd(writer, 0x00081010, Vr.SH, "   ");
        Odd(writer, 0x00081030, Vr.LO, "a   ");
        Odd(writer, 0x00081040, Vr.LO, "\0\0");
        Odd(writer, 0x00101030, Vr.DS, "1.5  \\2 ");
        Odd(writer, 0x0020000D, Vr.UI, "1.2.3 ");
        Odd(writer, 0x0020000E, Vr.UI, "1.2\0\0\0");
        Odd(writer, 0x00204000, Vr.LT, new string(' ', 9000));
        Odd(writer, 0x7FE00010, Vr.OB, "abc");
        byte[] file = [.. new byte[128], .. "DICM"u8, .. writer.Written];
        string source = kit.PathOf("odd.dcm"), dump = kit.PathOf("dump");
        File.WriteAllBytes(source, file);
        Assert.NotNull(kit.Sign(source, "out.dcm", "rsa", "+m2", "+d", dump));
        DicomFile parsed = DicomFile.Parse(new MemorySource(file));
        var tags = new HashSet<DicomTag>();
        foreach (DicomNode element in parsed.DataSet.Root) tags.Add(element.Tag);
        using var stream = new MemoryStream();
        MacStream.WriteElements(parsed.DataSet.Root, tags, stream);
        Assert.Equal(stream.ToArray(), File.ReadAllBytes(dump).AsSpan(0, (int)stream.Length).ToArray());

        kit.SignOurs(file, "ours.dcm", "rsa", SignatureProfile.Creator, DigestAlgorithm.Sha512);
        kit.Accepted(kit.PathOf("ours.dcm"), "+rc");
    }

    [Fact]
    public void The_stream_is_that_of_an_independent_program()
    {
        Peer python = Peer.RequirePydicom();
        string tools = Path.Combine(RealFiles.Root, "..", "tools");
        Assert.SkipUnless(File.Exists(Path.Combine(tools, "macstream.py")), "macstream.py is not beside the data folder");
        using var kit = new SignatureKit();
        var expected = new StringBuilder();
        var paths = new List<string>();
        foreach (string name in new[] { "CT_small", "MR_small_RLE", "JPEG2000", "test-SR", "examples_overlay", "waveform_ecg", "SC_rgb_small_odd", "reportsi", "SC_rgb_rle_2frame" })
        {
            byte[] original = File.ReadAllBytes(RealFiles.PathOf("dicom", "pydicom", name + ".dcm"));
            kit.SignOurs(original, name, "rsa", SignatureProfile.None, DigestAlgorithm.Sha256);
            DicomSignature signature = SignatureReader.Read(DicomFile.Parse(new MemorySource(File.ReadAllBytes(kit.PathOf(name)))).DataSet).Single();
            using var digest = new MacDigest(DigestAlgorithm.Sha256);
            MacStream.WriteElements(signature.Level, new HashSet<DicomTag>(signature.Tags), digest);
            MacStream.WriteSignatureItem(signature.Item, digest);
            long length = digest.Length;
            expected.Append(length).Append(' ').Append(Convert.ToHexStringLower(digest.Finish())).Append('\n');
            paths.Add(kit.PathOf(name));
        }
        const string Script = """
            import sys, hashlib
            sys.path.insert(0, sys.argv[1])
            import macstream
            for path in sys.argv[2:]:
                (_, stream, _), = macstream.streams(path)
                print(len(stream), hashlib.sha256(stream).hexdigest())
            """;
        PeerResult result = python.Run(["-c", Script, tools, .. paths]).Succeeded();
        Assert.Equal(expected.ToString(), result.OutputText.ReplaceLineEndings("\n"));
    }

    /// <summary>An element with its value as given, odd or not.</summary>
    private static void Odd(ElementWriter writer, uint tag, Vr vr, string value) =>
        writer.Header(new DicomTag(tag), vr, (uint)value.Length).Raw(Encoding.Latin1.GetBytes(value));
}
