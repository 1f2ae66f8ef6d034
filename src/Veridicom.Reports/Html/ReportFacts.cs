using System.Globalization;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Dicom.Text;
using Veridicom.Pixels;

namespace Veridicom.Reports.Html;

/// <summary>Reads what a report tells of a file beside its verdict.</summary>
internal static class ReportFacts
{
    private const int LongestRead = 1024, Window = 1 << 20;

    /// <summary>SHA-256 of all bytes, hexadecimal.</summary>
    public static string Digest(ByteSource source)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long at = 0; at < source.Length; at += Window) hash.AppendData(source.Window(at, (int)Math.Min(Window, source.Length - at)));
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    /// <summary>What the file says of itself.</summary>
    public static ImageFacts Of(DicomFile file)
    {
        DicomDataSet set = file.DataSet;
        string? terms = set.Ascii(new(0x0008, 0x0005));
        SpecificCharacterSet characters = terms is null ? SpecificCharacterSet.Default : SpecificCharacterSet.Parse(terms.Split('\\'));
        string sopClass = Text(0x0008, 0x0016);
        bool isImage = PixelGeometry.TryFindPixels(set, out DicomNode pixels);
        return new ImageFacts
        {
            StudyUid = Text(0x0020, 0x000D), SeriesUid = Text(0x0020, 0x000E), InstanceUid = Text(0x0008, 0x0018),
            SopClass = DicomUids.TryFindSopClass(sopClass, out SopClass known) ? known.Name : sopClass,
            PatientName = Person(Text(0x0010, 0x0010)), PatientId = Text(0x0010, 0x0020), BirthDate = Date(Text(0x0010, 0x0030)),
            StudyTime = $"{Date(Text(0x0008, 0x0020))} {Time(Text(0x0008, 0x0030))}".Trim(), StudyText = Text(0x0008, 0x1030), Accession = Text(0x0008, 0x0050),
            Modality = Text(0x0008, 0x0060), SeriesNumber = Text(0x0020, 0x0011), SeriesText = Text(0x0008, 0x103E), Number = Text(0x0020, 0x0013),
            IsImage = isImage, Frames = isImage ? PixelGeometry.Read(set, pixels, out _)?.Frames ?? 0 : 0,
        };

        string Text(ushort group, ushort element)
        {
            if (!set.TryFind(new DicomTag(group, element), out DicomNode node) || node.Kind != NodeKind.Element || node.ValueLength == 0) return "";
            ReadOnlySpan<byte> value = set.Source.Window(node.ValueOffset, (int)Math.Min(node.ValueLength, LongestRead));
            // implicit VR and UN name no representation: the dictionary's are the same for all that is asked for here
            return characters.Decode(value, VrOf(group, element)).Trim(' ', '\0');
        }
    }

    private static Vr VrOf(ushort group, ushort element) => (group, element) switch
    {
        (0x0010, 0x0010) => Vr.PN,
        (0x0010, 0x0020) or (0x0008, 0x1030) or (0x0008, 0x103E) => Vr.LO,
        (0x0008, 0x0050) => Vr.SH,
        _ => Vr.CS,
    };

    /// <summary>"Family, Given Middle", with the other ways of writing the name behind it.</summary>
    internal static string Person(string value)
    {
        PersonName name = PersonName.Parse(value);
        string[] groups = [.. new[] { name.Alphabetic, name.Ideographic, name.Phonetic }.Where(g => g.Length > 0).Select(Group)];
        return groups.Length > 1 ? $"{groups[0]} ({string.Join("; ", groups[1..])})" : groups.FirstOrDefault() ?? "";

        static string Group(string text)
        {
            PersonNameGroup group = PersonNameGroup.Parse(text);
            string given = string.Join(' ', new[] { group.Prefix, group.Given, group.Middle }.Where(part => part.Length > 0));
            return string.Join(", ", new[] { group.Family, given, group.Suffix }.Where(part => part.Length > 0));
        }
    }

    /// <summary>"2026-06-01" for 20260601; anything else as it is.</summary>
    internal static string Date(string value) => DateOnly.TryParseExact(value, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.None, out DateOnly date)
        ? date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture) : value;

    /// <summary>"14:30" for 143012.5; anything else as it is.</summary>
    internal static string Time(string value) => value.Length >= 4 && value.AsSpan(0, 4).IndexOfAnyExceptInRange('0', '9') < 0 ? $"{value[..2]}:{value[2..4]}" : value;
}
