using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Disclosure;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Testing;

/// <summary>
/// Writes the files of tests/vectors/seal with their manifest. What a release sealed must verify for ever, so it runs only when asked for (see
/// README.md there), and never to make a test pass.
/// </summary>
public sealed class SealVectorGenerator(string folder)
{
    /// <summary>When the vectors were sealed, and the time at which they are judged.</summary>
    public static readonly DateTimeOffset At = new(2026, 11, 22, 10, 0, 0, TimeSpan.Zero);

    private static readonly DateTimeOffset From = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero), Until = new(2099, 12, 31, 23, 59, 59, TimeSpan.Zero);
    private readonly List<string> _manifest = [];
    private readonly Counter _randomness = new();
    private VerifyOptions _options = null!;
    private KeySigner _p256 = null!, _p384 = null!, _rsa = null!, _stranger = null!;

    private sealed class Counter : IRandomness
    {
        private int _next;
        public void Fill(Span<byte> destination) => SHA256.HashData(BitConverter.GetBytes(++_next)).AsSpan(0, destination.Length).CopyTo(destination);
    }

    /// <summary>Makes keys, files and manifest.</summary>
    public void Run()
    {
        foreach (string old in Directory.GetFiles(folder, "*.dcm").Concat(Directory.GetFiles(folder, "*.seal"))) File.Delete(old);
        Organisation("root.pem", "Vector Hospital CA", out _p256, out _p384, out _rsa);
        Organisation("stranger.pem", "Unknown CA", out _stranger, out _, out _);
        _options = new VerifyOptions { Trust = TrustList.Create([Certificate.Parse(PemBlocks.Read(File.ReadAllText(Path.Combine(folder, "root.pem")))[0].Der).Der]), Now = At };
        Good();
        Moved();
        Several();
        Withheld();
        Bad();
        File.WriteAllText(Path.Combine(folder, "manifest.jsonl"), string.Join('\n', _manifest) + "\n");
    }

    private void Organisation(string anchor, string name, out KeySigner p256, out KeySigner p384, out KeySigner rsa)
    {
        using AsymmetricAlgorithm authorityKey = CertificateIssuing.CreateKey(KeyChoice.P256);
        Certificate authority = CertificateIssuing.CreateAuthority(CertificateIssuing.Name(name), authorityKey, From, Until, _randomness);
        KeySigner Signer(AsymmetricAlgorithm key, string device) => new(key, [CertificateIssuing.CreateSealing(
            CertificateIssuing.Name(device), CertificateIssuing.PublicKeyOf(key), authority, authorityKey, From, Until, _randomness)]);
        p256 = Signer(CertificateIssuing.CreateKey(KeyChoice.P256), "Scanner P-256");
        p384 = Signer(CertificateIssuing.CreateKey(KeyChoice.P384), "Scanner P-384");
        rsa = Signer(RSA.Create(2048), "Scanner RSA");
        File.WriteAllText(Path.Combine(folder, anchor), PemBlocks.Write(PemBlocks.CertificateLabel, authority.Der.Span));
    }

    private void Good()
    {
        foreach ((string name, byte[] bytes, string comment) in SealVectorImages.All()) Add(name, Seal(bytes), VerdictKind.Authentic, comment);
        byte[] image = Plain();
        Add("p384", Seal(image, _p384), VerdictKind.Authentic, "signed with ECDSA on P-384");
        Add("rsa-pss", Seal(image, _rsa), VerdictKind.Authentic, "signed with RSA-PSS");
        Add("standard-signature", Seal(image, standard: true), VerdictKind.Authentic, "with a PS3.15 signature beside the seal");
        Add("standard-signature-rsa", Seal(image, _rsa, standard: true), VerdictKind.Authentic, "with a PS3.15 signature of the Creator profile");
        SealOutcome detached = Sealer.Seal(Parse(image), Options(_p256, SealPurpose.AsFound, false) with { Detached = true });
        Add("detached", image, VerdictKind.Authentic, "the seal stands beside the file", detached.Block.ToArray());
        Add("detached-wrong-file", SealVectorImages.All().First(i => i.Name == "one-frame").Bytes, VerdictKind.Altered, "the seal of another file", detached.Block.ToArray());
    }

    /// <summary>Sealed in one encoding, brought to another by DCMTK.</summary>
    private void Moved()
    {
        foreach (string name in new[] { "explicit", "hard-elements", "colour-by-plane", "bits" })
        {
            byte[] sealedBytes = Seal(SealVectorImages.All().First(i => i.Name == name).Bytes);
            foreach ((string to, string[] arguments) in new (string, string[])[]
                { ("implicit", ["+ti"]), ("big-endian", ["+tb"]), ("deflated", ["+td"]), ("undefined-lengths", ["+te", "-e"]), ("group-lengths", ["+te", "+g"]) })
                Add($"moved-{name}-{to}", Convert(sealedBytes, arguments), VerdictKind.Authentic, $"sealed in explicit VR, then dcmconv {string.Join(' ', arguments)}");
        }
    }

    private void Several()
    {
        byte[] first = Seal(Plain());
        byte[] renamed = Replaced(first, "Probe^Anna", "Prove^Anna");
        Add("amended", Seal(renamed, purpose: SealPurpose.Amendment), VerdictKind.Amended, "a corrected name under a second seal that names the first");
        Add("amended-twice", Seal(Replaced(Seal(renamed, purpose: SealPurpose.Amendment), "47-11", "47-12"), _p384, SealPurpose.Amendment), VerdictKind.Amended, "three seals");
        Add("amended-unknown", Seal(renamed, _stranger, SealPurpose.Amendment), VerdictKind.Altered, "the second seal is of an unknown signer: it excuses nothing");
        Add("amended-unknown-unchanged", Seal(first, _stranger, SealPurpose.Amendment, trust: TrustList.Empty), VerdictKind.Extended, "a second seal of an unknown signer over an unchanged file");
    }

    private void Withheld()
    {
        byte[] redacted = Bytes(Redaction.Withhold(Parse(Seal(Plain(), standard: true)), ["(0010,0010)", "(0009,00xx VERIDICOM SAMPLE)"]));
        Add("redacted", redacted, VerdictKind.Redacted, "name and a private block withheld");
        Add("redacted-changed", Replaced(redacted, "47-11", "47-12"), VerdictKind.Altered, "withheld, and something shown was changed");
        byte[] replaced = Bytes(Redaction.Withhold(Parse(Seal(Plain())), ["(0010,0020)"], new Dictionary<string, ReadOnlyMemory<byte>>
        {
            ["(0010,0010)"] = "Anonymous"u8.ToArray(), ["(0008,0018)"] = "2.25.99"u8.ToArray(),
        }));
        Add("replaced", replaced, VerdictKind.Altered, "another name in the place of a withheld one, and nobody vouches for it");
        Add("de-identified", Seal(replaced, _p384, SealPurpose.Deidentification), VerdictKind.Redacted, "the same under a trusted seal of de-identification: exit code 0");
    }

    private void Bad()
    {
        byte[] good = Seal(Plain());
        DicomFile file = Parse(good);
        Add("unsealed", Plain(), VerdictKind.Unsealed, "no seal at all");
        Add("untrusted", Seal(Plain(), _stranger), VerdictKind.Untrusted, "sealed by a stranger");
        Add("one-pixel", Flipped(good, Offset(file, 0x7FE00010) + 9), VerdictKind.Altered, "one bit of one pixel");
        Add("other-name", Replaced(good, "Probe^Anna", "Probe^Anne"), VerdictKind.Altered, "one letter of the name");
        Add("nested-element", Replaced(good, "T-D1100", "T-D1101"), VerdictKind.Altered, "an element four levels down");
        Add("private-element", Flipped(good, Offset(file, 0x00091001)), VerdictKind.Altered, "one bit of a private value");
        Add("removed", Without(good, 0x00189087), VerdictKind.Altered, "an element is missing");
        Add("overlay-added", With(good, 0x60000000, w => w.UInt16(new(0x6000, 0x0010), 8)), VerdictKind.Altered, "a display element was added");
        Add("private-added", With(good, 0x000B0000, w => w.Text(new(0x000B, 0x0010), Vr.LO, "PAYLOAD").Bytes(new(0x000B, 0x1000), Vr.OB, [1, 2])), VerdictKind.Extended, "a private block was added");
        Add("twice", With(good, 0x00100011, w => w.Text(new(0x0010, 0x0010), Vr.PN, "EVE^DUP")), VerdictKind.Unverifiable, "a tag stands twice");
        Add("preamble-program", [.. "MZ"u8, .. good[2..]], VerdictKind.Altered, "a program in the preamble");
        Add("meta-instance", Replaced(good, "2.25.1\u0002\0\u0010", "2.25.7\u0002\0\u0010"), VerdictKind.Altered, "the meta elements name another instance");
        Add("meta-implementation", Replaced(good, "2.25.2", "2.25.9"), VerdictKind.Authentic, "the implementation class UID is free: the carrier is rewritten");
        Add("vr-changed", Replaced(good, "\u0008\0\u0060\0CS", "\u0008\0\u0060\0AS"), VerdictKind.Altered, "a VR was changed");
        Add("rows-changed", Replaced(good, "\u0028\0\u0010\0US\u0002\0\u0008", "\u0028\0\u0010\0US\u0002\0\u0004"), VerdictKind.Altered, "Rows says less than there is");
        SealBlock block = SealBlock.Find(file.DataSet)[0];
        byte[] cms = block.Cms.ToArray();
        Add("forged", WithBlock(file, Flipped(cms, cms.Length - 1), block.Opening.ToArray()), VerdictKind.Altered, "the signature of the seal is wrong");
        byte[] opening = block.Opening.ToArray();
        Add("index-changed", WithBlock(file, cms, Replaced(opening, "S\0\u0008\0\u0005", "S\0\u0008\0\u0006")), VerdictKind.Unverifiable, "a path in the index was changed: it no longer has the signed digest");
        Add("secret-changed", WithBlock(file, cms, Flipped(opening, 2)), VerdictKind.Altered, "the secret of the salts was changed: no leaf fits");
        Add("block-damaged", Flipped(good, good.AsSpan().IndexOf(opening) + 40), VerdictKind.Unverifiable, "the seal block does not fit its digest");
    }

    private void Add(string name, byte[] bytes, VerdictKind expect, string comment, byte[]? seal = null)
    {
        Verdict verdict = Verifier.Verify(new MemorySource(bytes), seal is null ? null : (ReadOnlyMemory<byte>?)seal, _options);
        if (verdict.Kind != expect) throw new InvalidOperationException($"{name}: {verdict.Kind} where {expect} is expected: {string.Join("; ", verdict.Reasons.Select(r => r.Text).Concat(verdict.Seals.Select(s => s.Signer + " " + s.Verdict)))}");
        File.WriteAllBytes(Path.Combine(folder, name + ".dcm"), bytes);
        if (seal is not null) File.WriteAllBytes(Path.Combine(folder, name + ".dcm.seal"), seal);
        var parts = verdict.Parts.ToDictionary(p => p.Key.Word(), p => p.Value.Word());
        _manifest.Add(JsonSerializer.Serialize(new { file = name + ".dcm", expect = verdict.Kind.Word(), exitCode = verdict.ExitCode, parts, comment }));
    }

    private byte[] Seal(byte[] bytes, KeySigner? signer = null, SealPurpose purpose = SealPurpose.Acquisition, bool standard = false, TrustList? trust = null)
    {
        SealOptions options = Options(signer ?? _p256, purpose, standard);
        SealOutcome outcome = Sealer.Seal(Parse(bytes), trust is null ? options : options with { Trust = trust });
        if (outcome.AlreadySealed) throw new InvalidOperationException("sealed already");
        using var stream = new MemoryStream();
        outcome.WriteTo(stream);
        return stream.ToArray();
    }

    private SealOptions Options(KeySigner signer, SealPurpose purpose, bool standard) => new()
    {
        Claims = new Claims("Vector Hospital", purpose, "Scanner", "vectors", SyntheticClaim.No, [], ""), Signer = signer, Randomness = _randomness, At = At, Trust = _options.Trust,
        StandardSignature = standard,
    };

    private static byte[] Plain(int at = 0) => SampleFiles.All()[at].Bytes;

    private static DicomFile Parse(byte[] bytes) => DicomFile.Parse(new MemorySource(bytes));

    private static byte[] Bytes(DicomFile file)
    {
        using var stream = new MemoryStream();
        file.WriteTo(stream);
        return stream.ToArray();
    }

    private static byte[] Flipped(byte[] bytes, long at)
    {
        byte[] copy = [.. bytes];
        copy[at] ^= 1;
        return copy;
    }

    private static byte[] Replaced(byte[] bytes, string what, string by)
    {
        int at = bytes.AsSpan().IndexOf(Encoding.Latin1.GetBytes(what));
        if (at < 0 || what.Length != by.Length) throw new InvalidOperationException("nothing to replace");
        byte[] copy = [.. bytes];
        Encoding.Latin1.GetBytes(by).CopyTo(copy, at);
        return copy;
    }

    private static long Offset(DicomFile file, uint tag) => file.DataSet.TryFind(new DicomTag(tag), out DicomNode node) ? node.ValueOffset : throw new InvalidOperationException("no such element");

    private static byte[] Without(byte[] bytes, uint tag)
    {
        Parse(bytes).DataSet.TryFind(new DicomTag(tag), out DicomNode node);
        return [.. bytes[..(int)node.HeaderOffset], .. bytes[(int)node.EndOffset..]];
    }

    private static byte[] With(byte[] bytes, uint before, Action<ElementWriter> write)
    {
        var writer = new ElementWriter();
        write(writer);
        int at = bytes.Length;
        foreach (DicomNode node in Parse(bytes).DataSet.Root)
        {
            if (node.Tag.Value < before) continue;
            at = (int)node.HeaderOffset;
            break;
        }
        return [.. bytes[..at], .. writer.ToArray(), .. bytes[at..]];
    }

    private static byte[] WithBlock(DicomFile file, byte[] cms, byte[] opening)
    {
        byte[] bare = Bytes(Unsealer.RemoveBlock(file, 0x10));
        return With(bare, 0x7FF10000, w =>
        {
            SealBlock.Write(w, 0x10, cms, opening, part: 0);
            SealBlock.Write(w, 0x10, cms, opening, part: 1);
        });
    }

    private static byte[] Convert(byte[] bytes, string[] arguments)
    {
        using var scratch = new ScratchFolder();
        string from = scratch.Write("from.dcm", bytes), to = scratch.PathOf("to.dcm");
        using Process process = Process.Start("dcmconv", [.. arguments, from, to]);
        process.WaitForExit();
        return process.ExitCode == 0 ? File.ReadAllBytes(to) : throw new InvalidOperationException("dcmconv failed");
    }
}
