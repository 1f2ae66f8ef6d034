using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Inventory;

namespace Veridicom.Cli.Audits.Identity;

/// <summary>
/// What a DICOM file still says of the patient: attributes that the Basic Application Level Confidentiality Profile (PS3.15-2023b Table E.1-1) removes or replaces and that hold values,
/// private elements, and what the texts of all others hold. Seals and signatures are left aside.
/// </summary>
internal sealed class DicomIdentifiers(TextPatterns patterns)
{
    private const int LongestRead = TextPatterns.LongestText, MostPlaces = 5000;
    private const ushort Signatures = 0xFFFA;

    private static readonly DicomTag CharacterSet = new(0x0008, 0x0005), PatientName = new(0x0010, 0x0010), IdentityRemoved = new(0x0012, 0x0062), BurnedIn = new(0x0028, 0x0301),
        RecognizableFeatures = new(0x0028, 0x0302), PixelData = new(0x7FE0, 0x0000);

    // Numbers, addresses and accounts by which a person or an examination is found: PS3.3-2023b C.2.2, C.2.3, C.7.1.1, C.7.2.1, C.7.3.1.
    private static readonly HashSet<uint> Identifiers =
    [
        0x00080050, 0x00100020, 0x00100021, 0x00101000, 0x00101040, 0x00101050, 0x00101080, 0x00101081, 0x00101090, 0x00102154, 0x00102155, 0x00200010, 0x00380010, 0x00380060,
        0x00380400, 0x00401001, 0x00402016, 0x00402017, 0x00080094,
    ];

    private static readonly string[] Dummies = ["anon", "remove", "deident", "de-ident", "unknown", "none", "redact", "pseudo", "xxx", "n/a", "na", "dummy", "withheld", "blank"];

    /// <summary>All of it, each place once.</summary>
    public List<IdentifierFinding> Find(DicomDataSet set)
    {
        var found = new List<IdentifierFinding>();
        var places = new HashSet<(IdentifierKind, uint)>();
        SpecificCharacterSet characters = set.Ascii(CharacterSet) is { } terms ? SpecificCharacterSet.Parse(terms.Split('\\')) : SpecificCharacterSet.Default;
        bool stated = string.Equals(set.Ascii(IdentityRemoved)?.Trim(), "YES", StringComparison.OrdinalIgnoreCase);
        string[] name = NameOf(set, characters);
        if (IsYes(set, BurnedIn)) found.Add(new(IdentifierKind.BurnedIn, BurnedIn.ToString(), "XXX"));
        else if (IsYes(set, RecognizableFeatures)) found.Add(new(IdentifierKind.BurnedIn, RecognizableFeatures.ToString(), "XXX"));
        foreach (DicomNode top in set.Root)
        {
            // what a seal or a signature is made of says nothing of a patient
            if (top.Tag.Group is Signatures or Inventory.SealGroup || top.Tag >= PixelData) continue;
            for (int i = top.Index; i < top.NextIndex; i++) Look(set[i]);
        }
        return found;

        void Look(DicomNode node)
        {
            if (node.Kind != NodeKind.Element || node.ValueLength == 0 || node.Tag.IsGroupLength || node.Tag.Group == 0x7FE0) return;
            string? text = TextOf(node, characters);
            if (text is { Length: 0 }) return;
            bool listed = false;
            if (node.Tag.IsPrivate)
            {
                if (!node.Tag.IsPrivateCreator) Add(IdentifierKind.PrivateElement, node.Tag, "");
            }
            else if (BasicProfile.TryFind(node.Tag, out ProfileActions action))
            {
                listed = true;
                IdentifierKind kind = KindOf(node);
                bool dummy = text is not null && kind is IdentifierKind.Name or IdentifierKind.Identifier or IdentifierKind.BirthDate && IsDummy(text!, kind);
                if (!dummy) Add(stated && (action & (ProfileActions.Dummy | ProfileActions.Zero)) != 0 ? IdentifierKind.StatedReplaced : kind, node.Tag, text ?? "");
            }
            if (text is null || node.Vr is Vr.UI or Vr.DA or Vr.TM or Vr.DT or Vr.IS or Vr.DS or Vr.AS) return;
            foreach ((IdentifierKind kind, string value) in patterns.Find(text))
            {
                // of what is listed already only graver things are told
                if (!listed || kind <= IdentifierKind.Telephone) Add(kind, node.Tag, value);
            }
            if (node.Tag != PatientName && node.Vr != Vr.PN && name.Length > 0 && name.All(TextPatterns.Words(text).Contains)) Add(IdentifierKind.NameElsewhere, node.Tag, "");
        }

        void Add(IdentifierKind kind, DicomTag tag, string value)
        {
            if (found.Count < MostPlaces && places.Add((kind, tag.Value))) found.Add(new(kind, tag.ToString(), IdentifierKinds.Mask(value)));
        }
    }

    private static string? TextOf(DicomNode node, SpecificCharacterSet characters)
    {
        int length = (int)Math.Min(node.ValueLength, LongestRead);
        if (node.Vr.IsText()) return characters.Decode(node.DataSet.Source.Window(node.ValueOffset, length), node.Vr).Trim(' ', '\0');
        if (node.Vr is not (Vr.UN or Vr.OB) || !node.Tag.IsPrivate) return null;
        // private text often comes as bytes
        ReadOnlySpan<byte> bytes = node.DataSet.Source.Window(node.ValueOffset, Math.Min(length, 4096));
        return PictureText.Printable(bytes) is { Length: > 3 } printable ? printable : null;
    }

    private static IdentifierKind KindOf(DicomNode node) => node.Vr switch
    {
        _ when Identifiers.Contains(node.Tag.Value) => IdentifierKind.Identifier,
        Vr.PN => IdentifierKind.Name,
        Vr.DA when node.Tag.Group == 0x0010 && node.Tag.Element == 0x0030 => IdentifierKind.BirthDate,
        Vr.DA or Vr.DT or Vr.TM => IdentifierKind.Date,
        Vr.UI => IdentifierKind.Uid,
        Vr.LT or Vr.ST or Vr.UT or Vr.LO or Vr.UC => IdentifierKind.Text,
        _ => IdentifierKind.Attribute,
    };

    /// <summary>Words and dates that stand for nothing.</summary>
    private static bool IsDummy(string text, IdentifierKind kind)
    {
        string plain = text.Trim(' ', '^', '=').ToLowerInvariant();
        if (plain.Length == 0 || plain.All(c => !char.IsLetterOrDigit(c))) return true;
        if (kind == IdentifierKind.BirthDate) return plain is "19000101" or "00010101" or "18000101" or "19700101";
        if (plain.All(c => c is '0' or '9' or 'x' or '^' or ' ')) return true;
        return Dummies.Any(word => word.Length > 2 ? plain.StartsWith(word, StringComparison.Ordinal) : plain == word);
    }

    private static string[] NameOf(DicomDataSet set, SpecificCharacterSet characters)
    {
        if (!set.TryFind(PatientName, out DicomNode node) || node.Kind != NodeKind.Element || node.ValueLength is 0 or > 1024) return [];
        string text = characters.Decode(node.Value, Vr.PN).Trim(' ', '\0');
        if (IsDummy(text, IdentifierKind.Name)) return [];
        string[] words = [.. TextPatterns.Words(text.Split('=')[0]).Where(word => word.Length > 2).Take(2)];
        return words.Sum(word => word.Length) >= 5 ? words : [];
    }

    private static bool IsYes(DicomDataSet set, DicomTag tag) => string.Equals(set.Ascii(tag)?.Trim(), "YES", StringComparison.OrdinalIgnoreCase);
}
