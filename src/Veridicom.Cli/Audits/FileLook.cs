using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Cli.Audits.Identity;
using Veridicom.Cli.Files;
using Veridicom.Dicom;
using Veridicom.Forensics;
using Veridicom.Forensics.Metadata;
using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Pixels.Png;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits;

/// <summary>Looks at one file of a data set. Safe for several threads.</summary>
/// <param name="request">What was asked for.</param>
/// <param name="patterns">What is looked for in text.</param>
/// <param name="salt">Of this run: patients are told apart by a keyed hash with it.</param>
internal sealed class FileLook(AuditRequest request, TextPatterns patterns, byte[] salt)
{
    /// <summary>The longest PNG or JPEG file that is read.</summary>
    public const int LongestPicture = 1 << 29;

    /// <summary>The most pixels of a frame that is looked at: several workers hold a few numbers for each of them.</summary>
    public const int MostPixels = 100_000_000;

    private static readonly DicomTag PatientId = new(0x0010, 0x0020);
    private readonly DicomIdentifiers _dicom = new(patterns);
    private readonly PictureText _texts = new(patterns);

    /// <summary>What there is to be said of it; null where it is no image file at all.</summary>
    public AuditedFile? Look(Input input, FileBuffers buffers)
    {
        string path = input.Listed;
        try
        {
            using OpenedFile opened = input.Open(buffers);
            ByteSource source = opened.Source;
            PictureFormat? format = FormatOf(input.Name, source);
            if (format is null) return null;
            if (source.Length == 0) throw FaultException.Bad("empty", null, "is empty, or no regular file", "take it out of the data set");
            var file = new AuditedFile { Path = path, Format = format, Length = source.Length, Bytes = HashOf(source) };
            LookAtName(file);
            try
            {
                ReadOnlyMemory<byte>? seal = input.ReadSeal();
                file.Seal = DigestOf(seal);
                if (format == PictureFormat.Dicom) LookAtDicom(file, source, seal);
                else LookAtPicture(file, source);
            }
            catch (Exception e) when (e is PixelException or DicomException or FaultException)
            {
                file.Fault = Fault.From(e)!.Of(input.Name);
            }
            opened.DemandUnchanged();
            return file;
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            return new AuditedFile { Path = path, Fault = (Fault.From(e) ?? Fault.Defect(e)).Of(input.Name) };
        }
    }

    /// <summary>The patient by this run's salt: nothing that can be computed from who the patient is without it.</summary>
    public string Pseudonym(string patient) => Convert.ToHexStringLower(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes("patient\0" + patient.Trim())).AsSpan(0, 8));

    /// <summary>A label, source or part as it may be shown: itself, or a keyed hash where it may tell who a patient is.</summary>
    public string? Masked(string? word, out IReadOnlyList<IdentifierFinding> found)
    {
        found = word is null ? [] : FindIn(word, "label");
        return found.Count == 0 ? word : "label-" + Convert.ToHexStringLower(HMACSHA256.HashData(salt, Encoding.UTF8.GetBytes("label\0" + word)).AsSpan(0, 8));
    }

    /// <summary>SHA-256 of a seal file; null where there is none.</summary>
    internal static Digest? DigestOf(ReadOnlyMemory<byte>? seal) => seal is { } bytes ? Digest.Of(SHA256.HashData(bytes.Span)) : null;

    /// <summary>What kind of image file it is or means to be; null for none.</summary>
    internal static PictureFormat? FormatOf(string name, ByteSource source)
    {
        ReadOnlySpan<byte> start = source.Window(0, (int)Math.Min(132, source.Length));
        if (PictureFile.TryRecognise(start, out PictureFormat? format)) return format;
        if (!FileKind.Picture.Means(name, source)) return null;
        return DicomSniff.MeansDicom(name, source) ? PictureFormat.Dicom : name.EndsWith(".png", StringComparison.OrdinalIgnoreCase) ? PictureFormat.Png : PictureFormat.Jpeg;
    }

    /// <summary>SHA-256 of all bytes.</summary>
    internal static Digest HashOf(ByteSource source)
    {
        const int part = 1 << 20;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        for (long at = 0; at < source.Length; at += part) hash.AppendData(source.Window(at, (int)Math.Min(part, source.Length - at)));
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return Digest.Of(digest);
    }

    private void LookAtDicom(AuditedFile file, ByteSource source, ReadOnlyMemory<byte>? seal)
    {
        Verdict verdict = Verifier.Verify(source, seal, request.Verify, out DicomFile? parsed);
        file.Verdict = verdict.Kind;
        if (parsed is null)
        {
            file.Fault = new Fault(Fault.BadInput, "unreadable", null, verdict.Reasons.Count > 0 ? verdict.Reasons[0].Text : "cannot be read", "fetch it again, or take it out of the data set");
            return;
        }
        DicomDataSet set = parsed.DataSet;
        if (set.Ascii(PatientId)?.Trim() is { Length: > 0 } patient) file.Patient = Pseudonym(patient);
        file.Identifiers = [.. file.Identifiers, .. _dicom.Find(set)];
        if (!PixelGeometry.TryFindPixels(set, out _)) return;
        using PictureFile? picture = PictureFile.Open(parsed, request.Jpeg2000, out string reason);
        if (picture is null)
        {
            file.Fault = new Fault(Fault.BadInput, "pixels", null, reason, "fetch it again, or take it out of the data set");
            return;
        }
        DemandSize(picture.Geometry!.Rows, picture.Geometry.Columns);
        LookAtPixels(file, picture);
    }

    private void LookAtPicture(AuditedFile file, ByteSource source)
    {
        using PictureFile picture = OpenPicture(source);
        file.Identifiers = [.. file.Identifiers, .. _texts.Find(picture)];
        LookAtPixels(file, picture);
    }

    /// <summary>The digest of the pixels alone; null where there are none, or none that can be decoded exactly.</summary>
    internal static Digest? PixelsOf(ByteSource source, PictureFormat format, IJpeg2000? jpeg2000)
    {
        using PictureFile? picture = format == PictureFormat.Dicom ? PictureFile.Open(DicomFile.Parse(source), jpeg2000, out _) : OpenPicture(source);
        return picture is null ? null : PixelFacts.DigestOf(picture);
    }

    private static PictureFile OpenPicture(ByteSource source)
    {
        if (source.Length > LongestPicture) throw FaultException.Bad("too-long", null, $"is longer than {LongestPicture} bytes", "no real image comes near this: take it out of the data set");
        var bytes = new byte[source.Length];
        for (int at = 0; at < bytes.Length; at += ByteSource.MaxWindow)
        {
            int count = Math.Min(ByteSource.MaxWindow, bytes.Length - at);
            source.Window(at, count).CopyTo(bytes.AsSpan(at));
        }
        // a few bytes may stand for very many pixels
        if (ShapeOf(bytes) is (var rows, var columns)) DemandSize(rows, columns);
        return PictureFile.Open(bytes);
    }

    private static void DemandSize(long rows, long columns)
    {
        if (rows * columns > MostPixels) throw FaultException.Bad("too-large", null, $"has more than {MostPixels} pixels in a frame", "take it out of the data set, or cut it into parts");
    }

    /// <summary>Rows and columns as the header of a PNG or JPEG file has them; null where it has none.</summary>
    internal static (long Rows, long Columns)? ShapeOf(ReadOnlySpan<byte> file)
    {
        if (PngReader.IsPng(file)) return file.Length < 24 ? null : (BinaryPrimitives.ReadUInt32BigEndian(file[20..]), BinaryPrimitives.ReadUInt32BigEndian(file[16..]));
        for (int at = 2; at + 9 <= file.Length && file[at] == 0xFF;)
        {
            byte marker = file[at + 1];
            if (marker == 0xFF) at++;
            else if (marker is >= 0xC0 and <= 0xCF and not (0xC4 or 0xC8 or 0xCC)) return (BinaryPrimitives.ReadUInt16BigEndian(file[(at + 5)..]), BinaryPrimitives.ReadUInt16BigEndian(file[(at + 7)..]));
            else at += 2 + BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
        }
        return null;
    }

    private void LookAtPixels(AuditedFile file, PictureFile picture)
    {
        PixelFacts.Fill(file, picture);
        IReadOnlyList<Evidence> evidence;
        if (request.Detector is { } detector)
        {
            DetectionResult result = detector.Judge(picture).Result;
            (file.Opinion, file.Score, evidence) = (result.Opinion, result.Score, result.Evidence);
        }
        else evidence = MetadataFindings.Of(picture);
        file.Changes = [.. evidence.Where(e => e.For == EvidenceFor.Manipulation && e.Code != MetadataCode.JpegDouble.Code).Select(e => new SyntheticSign(e.Code, e.IsDecisive))];
        file.Synthetic = [.. evidence.Where(e => e.Source == EvidenceSource.Metadata && e.For == EvidenceFor.Generation).Select(e => new SyntheticSign(e.Code, e.IsDecisive))];
    }

    private void LookAtName(AuditedFile file)
    {
        file.Identifiers = FindIn(System.IO.Path.ChangeExtension(file.Path, null), "file name");
        file.PathTells = file.Identifiers.Count > 0;
    }

    private List<IdentifierFinding> FindIn(string name, string place) => [.. patterns.Find(name.Replace('_', ' ').Replace('/', ' ')).Select(f => new IdentifierFinding(f.Kind, place, IdentifierKinds.Mask(f.Found)))];
}
