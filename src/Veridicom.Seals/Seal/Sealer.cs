using System.Globalization;
using System.Numerics;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Tree;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Seals.Seal;

/// <summary>
/// Seals files. The standard's signature comes first, then the seal, which binds it. What was sealed is verified before it is given out, so that
/// nothing leaves here that could not be verified later.
/// </summary>
public static class Sealer
{
    /// <summary>Seals a file, or says that it is sealed already.</summary>
    /// <param name="file">The parsed file.</param>
    /// <param name="options">How.</param>
    /// <param name="detachedSeal">FILE.seal that already stands beside the file, null without one.</param>
    /// <exception cref="SealRefusedException">The file could not be verified later, or was changed since an earlier seal and no purpose is named for that.</exception>
    /// <exception cref="TrustException">The key cannot sign.</exception>
    /// <exception cref="ArgumentException">A claim is too long or holds control characters.</exception>
    public static SealOutcome Seal(DicomFile file, SealOptions options, ReadOnlyMemory<byte>? detachedSeal = null)
    {
        options.Claims.Check();
        RefuseUnsound(file);
        DateTimeOffset at = new(options.At.UtcDateTime.Ticks / TimeSpan.TicksPerSecond * TimeSpan.TicksPerSecond, TimeSpan.Zero);
        var warnings = new List<string>();
        Verdict? before = null;
        if (SealBlock.Find(file.DataSet).Count > 0 || detachedSeal is not null)
        {
            before = Verifier.Verify(file, detachedSeal, new VerifyOptions { Trust = options.Trust, Now = at, Jpeg2000 = options.Jpeg2000 });
            if (before.Kind is VerdictKind.Authentic or VerdictKind.Amended) return new SealOutcome(file, Convert.FromHexString(before.Seals[^1].Identity), before.Seals[^1].Statement?.Previous ?? [], [], [], before, already: true);
            RefuseUnexplained(before, options.Claims.Purpose);
        }
        if (file.SyntaxAssumed) warnings.Add("the file states no transfer syntax: it is sealed in the one its first element shows");

        var work = file;
        IReadOnlyList<string> uids = [];
        bool madeMac = false, madeSignature = false;
        if (options.StandardSignature && !options.Detached)
        {
            if (before is not null) work = WithoutOwnSignatures(work, before);
            if (Sign(work, options, at, warnings) is { } signed)
            {
                work = Apply(work, signed.Edits);
                uids = [signed.SignatureUid];
                madeMac = signed.MacSequenceCreated;
                madeSignature = signed.SignatureSequenceCreated;
                if (signed.LeftOut.Count > 0)
                    warnings.Add($"the standard's signature cannot cover {string.Join(", ", signed.LeftOut.Take(5).Select(DicomDictionary.NameOf))}{(signed.LeftOut.Count > 5 ? $" and {signed.LeftOut.Count - 5} more" : "")}; the seal does");
            }
        }

        byte number = options.Detached ? (byte)0x10 : FreeBlock(work.DataSet);
        byte[] secret = new byte[Salts.SecretSize];
        options.Randomness.Fill(secret);
        (Statement statement, Opening opening) = Commit(work, options, at, secret, options.Detached ? null : number, before, uids, madeMac, madeSignature, warnings);
        byte[] encoded = statement.Encode();
        byte[] cms = SealCms.Write(encoded, Oids.SealStatement, options.Signer, at);
        byte[] open = opening.Encode();
        byte[] block = SealBlock.Encode(0x10, cms, open, NodeForm.None);
        DicomFile result = options.Detached ? file : Insert(work, number, cms, open);
        Verdict verdict = CheckOwnWork(result, options, at, options.Detached ? (ReadOnlyMemory<byte>?)block : null);
        return new SealOutcome(result, Statement.IdentityOf(encoded), statement.Previous, block, warnings, verdict, already: false);
    }

    private static void RefuseUnsound(DicomFile file)
    {
        var refusals = new List<SealRefusal>();
        foreach (DicomDefect defect in file.CarrierDefects.Concat(file.DataSet.Defects).Where(d => !Verifier.IsHarmless(d.Code)))
            refusals.Add(new SealRefusal(defect.Code.Word(), defect.Offset, defect.Path, Verifier.Ambiguity(defect.Code), "repair the file first, for example with 'dcmconv IN OUT', and look at what it changed"));
        if (Verifier.EncodingContradiction(file) is { } pixels)
            refusals.Add(new SealRefusal("pixels-contradict-syntax", pixels.HeaderOffset, pixels.Path, "the form of the pixel data contradicts the transfer syntax", "convert the file with the program that made it"));
        foreach (DicomSignature signature in SignatureReader.Read(file.DataSet))
        {
            if (signature.Problems.Any(p => p.Reason == SignatureReason.DuplicateMacId))
                refusals.Add(new SealRefusal("duplicate-mac-id", signature.Item.HeaderOffset, signature.Item.Path, "two items of MAC parameters have the same number", "remove the signatures first, for example with 'dcmsign --remove-all'"));
        }
        if (refusals.Count > 0) throw new SealRefusedException(refusals);
    }

    private static void RefuseUnexplained(Verdict before, SealPurpose purpose)
    {
        if (before.Kind == VerdictKind.Unverifiable)
            throw new SealRefusedException([new SealRefusal("earlier-seal-unverifiable", before.Reasons[0].Offset, before.Reasons[0].Path ?? "", "the file carries a seal that cannot be verified: " + before.Reasons[0].Text, "take that seal off with 'veridicom unseal' and seal what is left with --purpose as-found")]);
        if (before.Kind is VerdictKind.Altered or VerdictKind.Extended or VerdictKind.Redacted && purpose is SealPurpose.Acquisition or SealPurpose.AsFound)
            throw new SealRefusedException([new SealRefusal("changed-since-sealed", before.Reasons[0].Offset, before.Reasons[0].Path ?? "", "the file was changed since it was sealed: " + before.Reasons[0].Text, "if the change is authorised, say what it was: --purpose amendment, reconstruction, ai-processing, de-identification or lossy-compression")]);
    }

    /// <summary>The signatures that earlier seals wrote no longer fit a file that was changed with authority: the new one takes their place.</summary>
    private static DicomFile WithoutOwnSignatures(DicomFile file, Verdict before)
    {
        List<Statement> earlier = [.. before.Seals.Select(s => s.Statement).OfType<Statement>()];
        List<string> uids = [.. earlier.SelectMany(s => s.SignatureUids)];
        if (uids.Count == 0 || before.Kind == VerdictKind.Untrusted) return file;
        return Apply(file, SignatureWriter.Remove(file, uids, earlier.Any(s => s.MadeMacSequence), earlier.Any(s => s.MadeSignatureSequence)));
    }

    private static SignatureEdits? Sign(DicomFile file, SealOptions options, DateTimeOffset at, List<string> warnings)
    {
        string uid = NewUid(options.Randomness);
        // PS3.15-2023b C.2 names RSA only; ECDSA signatures stand without a profile
        bool rsa = options.Signer.Certificate.Key.Kind == KeyKind.Rsa;
        ReadOnlySpan<SignatureProfile> profiles = rsa ? [SignatureProfile.Creator, SignatureProfile.Base] : [SignatureProfile.None];
        string why = "";
        foreach (SignatureProfile profile in profiles)
        {
            try
            {
                return SignatureWriter.Create(file, options.Signer, new SignatureOptions { Profile = profile, Uid = uid, At = at });
            }
            catch (DicomException e)
            {
                why = e.Message;
            }
            catch (TrustException e) when (e.Code == TrustCode.UnsupportedKey)
            {
                why = e.Message;
            }
        }
        warnings.Add("the standard's signature was left out: " + why);
        return null;
    }

    /// <summary>A UID under 2.25: 122 random bits as a UUID of version 4 (PS3.5-2023b B.2).</summary>
    internal static string NewUid(IRandomness randomness)
    {
        Span<byte> bytes = stackalloc byte[16];
        randomness.Fill(bytes);
        bytes[6] = (byte)(bytes[6] & 0x0F | 0x40);
        bytes[8] = (byte)(bytes[8] & 0x3F | 0x80);
        return "2.25." + new BigInteger(bytes, isUnsigned: true, isBigEndian: true).ToString(CultureInfo.InvariantCulture);
    }

    private static DicomFile Apply(DicomFile file, IReadOnlyList<SourceEdit> edits) => file.Respliced(SourceEdit.Apply(edits, file.DataSet.Source));

    private static (Statement, Opening) Commit(DicomFile file, SealOptions options, DateTimeOffset at, byte[] secret, byte? number, Verdict? before,
        IReadOnlyList<string> uids, bool madeMac, bool madeSignature, List<string> warnings)
    {
        using var salts = new Salts(secret);
        var hasher = new LeafHasher();
        PixelBinding? binding = null;
        byte[] pixelsRoot = [], decodedRoot = [], prefixes = [];
        if (PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels))
        {
            SealedPixels bound = SealedPixels.Of(file, pixels, salts, options.Jpeg2000, out string reason)
                ?? throw new SealRefusedException([new SealRefusal("pixels", pixels.HeaderOffset, pixels.Path, "the pixel data cannot be bound: " + reason, "split the file")]);
            (binding, pixelsRoot, decodedRoot, prefixes) = (bound.Binding, bound.Root, bound.DecodedRoot, bound.Prefixes);
            if (binding.Kind == PixelBindingKind.Encoded) warnings.Add("the pixels are bound as encoded bytes: " + binding.Reason);
        }
        IndexEntry[] elements = Elements(file, binding, number, salts, hasher, options.Jpeg2000, out byte[] elementsRoot);
        IndexEntry[] carrier = Carrier(file, salts, hasher, out byte[] carrierRoot);
        Opening opening = Opening.OfFull(secret, carrier, elements, prefixes);
        var statement = new Statement
        {
            SopClass = file.DataSet.Ascii(new DicomTag(0x0008, 0x0016)) ?? "", TransferSyntax = file.TransferSyntax.Uid, SealedAt = at,
            CarrierLeaves = carrier.Length, CarrierRoot = carrierRoot, ElementLeaves = elements.Length, ElementsRoot = elementsRoot,
            Pixels = binding, PixelsRoot = pixelsRoot, DecodedRoot = decodedRoot, IndexDigest = opening.IndexDigest(),
            Previous = Earlier(before),
            SignatureUids = uids, MadeMacSequence = madeMac, MadeSignatureSequence = madeSignature,
            RequiredSigners = [SealEvaluation.KeyIdentity(options.Signer.Certificate)], Claims = options.Claims,
        };
        return (statement, opening);
    }

    /// <summary>Identities of the seals before this one, oldest first: those here, and those that they name.</summary>
    private static IReadOnlyList<byte[]> Earlier(Verdict? before)
    {
        var identities = new List<string>();
        foreach (SealInfo seal in before?.Seals ?? [])
        {
            if (seal.Statement is null) continue;
            identities.AddRange(seal.Statement.Previous.Select(Convert.ToHexStringLower));
            identities.Add(seal.Identity);
        }
        List<string> distinct = [.. identities.Distinct(StringComparer.Ordinal)];
        if (distinct.Count > Statement.MaxPrevious)
            throw new SealRefusedException([new SealRefusal("too-many-seals", -1, "", $"the file has {distinct.Count} seals, and a seal can name {Statement.MaxPrevious} before it", "take old seals off with 'veridicom unseal'")]);
        return [.. distinct.Select(Convert.FromHexString)];
    }

    private static IndexEntry[] Elements(DicomFile file, PixelBinding? binding, byte? number, Salts salts, LeafHasher hasher, IJpeg2000? jpeg2000, out byte[] root)
    {
        Inventory.Inventory inventory = Inventory.Inventory.Walk(file.DataSet, SealEvaluation.Rules(file.DataSet, binding, number, paddingIsElement: false));
        var forms = new LosslessForms(file.TransferSyntax, binding, jpeg2000);
        var entries = new IndexEntry[inventory.Count];
        byte[] hashes = new byte[checked(inventory.Count * TreeHash.Size)];
        ReadOnlySpan<byte> all = salts.Take(Section.Elements, 0, inventory.Count);
        var tags = new List<DicomTag>();
        for (int i = 0; i < entries.Length; i++)
        {
            DicomNode node = inventory.Node(i);
            byte vr = LeafHasher.VrToSeal(node, inventory.Kind(i), inventory.IsPrivate(i));
            Padding padding = LeafHasher.PaddingToSeal(node, inventory.Kind(i), vr);
            forms.HashToSeal(hasher, inventory, i, vr, padding, all.Slice(i * Salts.Size, Salts.Size), hashes.AsSpan(i * TreeHash.Size, TreeHash.Size));
            byte[] path = inventory.Path(i).ToArray();
            bool withholdable = inventory.Kind(i) != LeafKind.Pixels && LeafPath.TryTags(path, tags) && tags.Any(t => t.IsPrivate || BasicProfile.TryFind(t, out _));
            entries[i] = new IndexEntry(path, vr, padding, withholdable, hashes.AsMemory(i * TreeHash.Size, TreeHash.PrefixSize), default, false);
        }
        root = TreeHash.List(Section.Elements, hashes);
        return entries;
    }

    private static IndexEntry[] Carrier(DicomFile file, Salts salts, LeafHasher hasher, out byte[] root)
    {
        var leaves = new CarrierLeaves(file);
        var entries = new IndexEntry[leaves.Count];
        byte[] hashes = new byte[leaves.Count * TreeHash.Size];
        ReadOnlySpan<byte> all = salts.Take(Section.Carrier, 0, leaves.Count);
        for (int i = 0; i < entries.Length; i++)
        {
            byte vr = leaves.Vr(i);
            Padding padding = leaves.Padding(i);
            leaves.Hash(hasher, i, vr, padding, all.Slice(i * Salts.Size, Salts.Size), hashes.AsSpan(i * TreeHash.Size, TreeHash.Size));
            entries[i] = new IndexEntry(leaves.Path(i).ToArray(), vr, padding, true, hashes.AsMemory(i * TreeHash.Size, TreeHash.Size), default, false);
        }
        root = TreeHash.List(Section.Carrier, hashes);
        return entries;
    }

    private static byte FreeBlock(DicomDataSet set)
    {
        int number = 0x10;
        foreach (DicomNode node in set.Root)
        {
            if (node.Tag.Group != Inventory.Inventory.SealGroup) continue;
            int used = node.Tag.Element >> 8 == 0 ? node.Tag.Element : node.Tag.Element >> 8;
            number = Math.Max(number, used + 1);
        }
        if (number > 0xFF) throw new SealRefusedException([new SealRefusal("no-free-block", -1, "(7FF1,0010)", "every private block of group 7FF1 is taken", "take old seals off with 'veridicom unseal'")]);
        return (byte)number;
    }

    private static DicomFile Insert(DicomFile file, byte number, byte[] cms, byte[] opening)
    {
        DicomDataSet set = file.DataSet;
        NodeForm form = set.Root.Form & (NodeForm.Implicit | NodeForm.BigEndian);
        var creator = new ElementWriter(form);
        SealBlock.Write(creator, number, cms, opening, part: 0);
        var data = new ElementWriter(form);
        SealBlock.Write(data, number, cms, opening, part: 1);
        long creatorAt = Place(set, new DicomTag(Inventory.Inventory.SealGroup, number)), dataAt = Place(set, new DicomTag(Inventory.Inventory.SealGroup, 0xFFFF));
        var edits = new EditList(set);
        if (creatorAt == dataAt) edits.Replace(creatorAt, 0, (byte[])[.. creator.Written, .. data.Written]);
        else
        {
            edits.Replace(creatorAt, 0, creator.ToArray());
            edits.Replace(dataAt, 0, data.ToArray());
        }
        edits.GrowGroup(Inventory.Inventory.SealGroup, creator.Written.Length + data.Written.Length);
        return Apply(file, edits.ToList());
    }

    /// <summary>Offset of the first element above <paramref name="tag"/>, or the end of the data set.</summary>
    private static long Place(DicomDataSet set, DicomTag tag)
    {
        foreach (DicomNode node in set.Root)
        {
            if (node.Tag > tag) return node.HeaderOffset;
        }
        return set.Root.EndOffset;
    }

    private static Verdict CheckOwnWork(DicomFile result, SealOptions options, DateTimeOffset at, ReadOnlyMemory<byte>? detached)
    {
        var verify = new VerifyOptions { Trust = options.Trust, Now = at, Jpeg2000 = options.Jpeg2000 };
        SealBlock block = detached is { } bytes ? SealBlock.ReadDetached(bytes) : SealBlock.Find(result.DataSet)[^1];
        SealEvaluation check = SealEvaluation.Of(result, block, verify);
        bool sound = result.CarrierDefects.Concat(result.DataSet.Defects).All(d => Verifier.IsHarmless(d.Code));
        if (sound && check.IsIntact && !check.Findings.Extended && check.Findings.Parts()[Part.Carrier] is PartState.Intact) return Verifier.Verify(result, detached, verify, check);
        Reason? reason = check.Findings.Reasons.FirstOrDefault(r => r.Code is not (ReasonCode.BoundAsEncoded or ReasonCode.UnknownSigner));
        throw new SealRefusedException([new SealRefusal("would-not-verify", reason?.Offset ?? -1, reason?.Path ?? "", "a seal of this file would not verify: " + (reason?.Text ?? "its structure would not be sound"), "repair the file first, for example with 'dcmconv IN OUT'")]);
    }
}
