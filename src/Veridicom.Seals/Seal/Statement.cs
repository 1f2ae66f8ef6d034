using System.Formats.Asn1;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Seals.Tree;

namespace Veridicom.Seals.Seal;

/// <summary>
/// What a seal says, and all it says (spec/seal.md, Statement): the content of the CMS, in DER. The identity of a seal is the SHA-256 of these bytes.
/// </summary>
public sealed record Statement
{
    /// <summary>The version this code writes and the only one it reads.</summary>
    public const int Version = 1;

    /// <summary>SHA-256 (RFC 5754 2.2).</summary>
    public const string Sha256Oid = "2.16.840.1.101.3.4.2.1";

    /// <summary>The most earlier seals a chain may have.</summary>
    public const int MaxPrevious = 64;

    /// <summary>SOP Class UID as sealed, empty where the data set had none.</summary>
    public required string SopClass { get; init; }

    /// <summary>Transfer Syntax UID as sealed.</summary>
    public required string TransferSyntax { get; init; }

    /// <summary>When it was sealed, whole seconds, UTC; the signing time of the CMS is the same.</summary>
    public required DateTimeOffset SealedAt { get; init; }

    /// <summary>Leaves of preamble and meta elements.</summary>
    public required int CarrierLeaves { get; init; }

    /// <summary>Root over them.</summary>
    public required byte[] CarrierRoot { get; init; }

    /// <summary>Leaves of the data set.</summary>
    public required int ElementLeaves { get; init; }

    /// <summary>Root over them.</summary>
    public required byte[] ElementsRoot { get; init; }

    /// <summary>The pixel tree; null where the data set had no pixel element.</summary>
    public required PixelBinding? Pixels { get; init; }

    /// <summary>Root of the pixel tree, empty without one.</summary>
    public required byte[] PixelsRoot { get; init; }

    /// <summary>Root of the tree over decoded cells beside encoded bytes, empty without one.</summary>
    public byte[] DecodedRoot { get; init; } = [];

    /// <summary>SHA-256 of the index of the opening, with prefixes of 8 bytes.</summary>
    public required byte[] IndexDigest { get; init; }

    /// <summary>Identities of earlier seals of this file, oldest first.</summary>
    public required IReadOnlyList<byte[]> Previous { get; init; }

    /// <summary>Digital Signature UIDs of the PS3.15 signatures that sealing wrote.</summary>
    public required IReadOnlyList<string> SignatureUids { get; init; }

    /// <summary>True where sealing made the MAC Parameters Sequence.</summary>
    public required bool MadeMacSequence { get; init; }

    /// <summary>True where sealing made the Digital Signatures Sequence.</summary>
    public required bool MadeSignatureSequence { get; init; }

    /// <summary>SHA-256 of the SubjectPublicKeyInfo of every key that must have signed this statement.</summary>
    public required IReadOnlyList<byte[]> RequiredSigners { get; init; }

    /// <summary>What the sealing party claims.</summary>
    public required Claims Claims { get; init; }

    /// <summary>SHA-256 of the encoded statement.</summary>
    public static byte[] IdentityOf(ReadOnlySpan<byte> encoded) => SHA256.HashData(encoded);

    /// <summary>The DER form.</summary>
    public byte[] Encode()
    {
        var w = new AsnWriter(AsnEncodingRules.DER);
        using (w.PushSequence())
        {
            w.WriteInteger(Version);
            w.WriteObjectIdentifier(Sha256Oid);
            Text(w, SopClass);
            Text(w, TransferSyntax);
            w.WriteGeneralizedTime(SealedAt, omitFractionalSeconds: true);
            Root(w, CarrierLeaves, CarrierRoot);
            Root(w, ElementLeaves, ElementsRoot);
            if (Pixels is not null)
            {
                using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0)))
                {
                    w.WriteInteger((int)Pixels.Kind);
                    w.WriteInteger(Pixels.Element.Value);
                    w.WriteInteger(Pixels.Frames);
                    w.WriteInteger(Pixels.Rows);
                    w.WriteInteger(Pixels.Columns);
                    w.WriteInteger(Pixels.Samples);
                    w.WriteInteger(Pixels.BitsAllocated);
                    Root(w, Pixels.Leaves, PixelsRoot);
                    Text(w, Pixels.Reason);
                    if (Pixels.DecodedLeaves > 0)
                    {
                        using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0))) Root(w, Pixels.DecodedLeaves, DecodedRoot);
                    }
                }
            }
            w.WriteOctetString(IndexDigest);
            using (w.PushSequence())
            {
                foreach (byte[] identity in Previous) w.WriteOctetString(identity);
            }
            using (w.PushSequence())
            {
                foreach (string uid in SignatureUids) Text(w, uid);
            }
            w.WriteBoolean(MadeMacSequence);
            w.WriteBoolean(MadeSignatureSequence);
            using (w.PushSequence())
            {
                foreach (byte[] key in RequiredSigners) w.WriteOctetString(key);
            }
            using (w.PushSequence())
            {
                Text(w, Claims.Organisation);
                w.WriteInteger((int)Claims.Purpose);
                Text(w, Claims.Device);
                Text(w, Claims.Software);
                w.WriteInteger((int)Claims.Synthetic);
                using (w.PushSequence())
                {
                    foreach (AiModel model in Claims.Models)
                    {
                        using (w.PushSequence())
                        {
                            Text(w, model.Name);
                            Text(w, model.Version);
                        }
                    }
                }
                Text(w, Claims.Note);
            }
        }
        return w.Encode();
    }

    /// <summary>Reads a statement. Only the bytes that <see cref="Encode"/> would write are one.</summary>
    /// <exception cref="SealFormatException">Anything else.</exception>
    public static Statement Read(ReadOnlyMemory<byte> encoded)
    {
        Statement statement;
        try
        {
            var outer = new AsnReader(encoded, AsnEncodingRules.DER);
            AsnReader r = outer.ReadSequence();
            outer.ThrowIfNotEmpty();
            statement = Read(r);
            r.ThrowIfNotEmpty();
            statement.Claims.Check();
        }
        catch (Exception e) when (e is AsnContentException or ArgumentException or OverflowException or FormatException)
        {
            throw new SealFormatException("the statement of the seal is not in the form that spec/seal.md fixes");
        }
        if (!statement.Encode().AsSpan().SequenceEqual(encoded.Span)) throw new SealFormatException("the statement of the seal has a second form beside the one allowed");
        return statement;
    }

    private static Statement Read(AsnReader r)
    {
        if (!r.TryReadInt32(out int version) || version != Version) throw new SealFormatException("the seal is of a version that this program does not know: a newer veridicom may");
        if (r.ReadObjectIdentifier() != Sha256Oid) throw new SealFormatException("the seal uses a hash that this program does not know");
        string sopClass = Text(r, 64), syntax = Text(r, 64);
        DateTimeOffset at = r.ReadGeneralizedTime();
        (int carrierLeaves, byte[] carrierRoot) = Root(r);
        (int elementLeaves, byte[] elementsRoot) = Root(r);
        PixelBinding? pixels = null;
        byte[] pixelsRoot = [], decodedRoot = [];
        var context = new Asn1Tag(TagClass.ContextSpecific, 0, isConstructed: true);
        if (r.HasData && r.PeekTag() == context)
        {
            AsnReader p = r.ReadSequence(context);
            var kind = (PixelBindingKind)Int(p, 2);
            if (kind is not (PixelBindingKind.Samples or PixelBindingKind.Encoded)) throw new FormatException();
            if (!p.TryReadUInt32(out uint element)) throw new FormatException();
            int frames = Int(p, int.MaxValue), rows = Int(p, 65535), columns = Int(p, 65535), samples = Int(p, 65535), bits = Int(p, 65535);
            (int leaves, pixelsRoot) = Root(p);
            pixels = new PixelBinding(kind, new DicomTag(element), frames, rows, columns, samples, bits, leaves, Text(p, 256));
            if (p.HasData)
            {
                AsnReader d = p.ReadSequence(context);
                (int decoded, decodedRoot) = Root(d);
                d.ThrowIfNotEmpty();
                pixels = pixels with { DecodedLeaves = decoded };
            }
            p.ThrowIfNotEmpty();
            bool shaped = frames > 0 && rows > 0 && columns > 0 && samples is > 0 and <= 4 && bits is 1 or 8 or 16 or 32 or 64;
            if (kind == PixelBindingKind.Samples && (!shaped || (long)pixels.Grid.Count * frames != leaves)) throw new FormatException();
            if ((long)leaves + pixels.DecodedLeaves > PixelBinding.MaxLeaves) throw new FormatException();
            if (decodedRoot.Length > 0 && (kind != PixelBindingKind.Encoded || !shaped || !PixelBinding.HasFixedCells(syntax) || (long)pixels.Grid.Count * frames != pixels.DecodedLeaves)) throw new FormatException();
        }
        byte[] digest = Hash(r);
        var previous = new List<byte[]>();
        for (AsnReader list = r.ReadSequence(); list.HasData;)
        {
            previous.Add(Hash(list));
            if (previous.Count > MaxPrevious) throw new FormatException();
        }
        var uids = new List<string>();
        for (AsnReader list = r.ReadSequence(); list.HasData;)
        {
            uids.Add(Text(list, 64));
            if (uids.Count > 16) throw new FormatException();
        }
        bool mac = r.ReadBoolean(), signature = r.ReadBoolean();
        var keys = new List<byte[]>();
        for (AsnReader list = r.ReadSequence(); list.HasData;)
        {
            keys.Add(Hash(list));
            if (keys.Count > 16) throw new FormatException();
        }
        return new Statement
        {
            SopClass = sopClass, TransferSyntax = syntax, SealedAt = at, CarrierLeaves = carrierLeaves, CarrierRoot = carrierRoot,
            ElementLeaves = elementLeaves, ElementsRoot = elementsRoot, Pixels = pixels, PixelsRoot = pixelsRoot, DecodedRoot = decodedRoot, IndexDigest = digest, Previous = previous,
            SignatureUids = uids, MadeMacSequence = mac, MadeSignatureSequence = signature, RequiredSigners = keys, Claims = ReadClaims(r.ReadSequence()),
        };
    }

    private static Claims ReadClaims(AsnReader r)
    {
        string organisation = Text(r, Claims.MaxText);
        var purpose = (SealPurpose)Int(r, 255);
        string device = Text(r, Claims.MaxText), software = Text(r, Claims.MaxText);
        var synthetic = (SyntheticClaim)Int(r, 255);
        var models = new List<AiModel>();
        for (AsnReader list = r.ReadSequence(); list.HasData;)
        {
            AsnReader model = list.ReadSequence();
            models.Add(new AiModel(Text(model, Claims.MaxText), Text(model, Claims.MaxText)));
            model.ThrowIfNotEmpty();
        }
        string note = Text(r, Claims.MaxText);
        r.ThrowIfNotEmpty();
        return new Claims(organisation, purpose, device, software, synthetic, models, note);
    }

    private static void Text(AsnWriter w, string text) => w.WriteCharacterString(UniversalTagNumber.UTF8String, text);

    private static string Text(AsnReader r, int max)
    {
        string text = r.ReadCharacterString(UniversalTagNumber.UTF8String);
        return text.Length <= max ? text : throw new FormatException();
    }

    private static void Root(AsnWriter w, int leaves, byte[] root)
    {
        w.WriteInteger(leaves);
        w.WriteOctetString(root);
    }

    private static (int Leaves, byte[] Root) Root(AsnReader r) => (Int(r, int.MaxValue), Hash(r));

    private static byte[] Hash(AsnReader r)
    {
        byte[] hash = r.ReadOctetString();
        return hash.Length == TreeHash.Size ? hash : throw new FormatException();
    }

    private static int Int(AsnReader r, int max) => r.TryReadInt32(out int value) && value >= 0 && value <= max ? value : throw new FormatException();
}
