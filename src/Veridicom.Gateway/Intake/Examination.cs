using System.Security.Cryptography;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Seals.Manifest;

namespace Veridicom.Gateway.Intake;

/// <summary>What an arrival is, before anything is decided on it.</summary>
internal sealed class Examination
{
    private const string MediaStorageDirectory = "1.2.840.10008.1.3.10";

    private static readonly DicomTag Modality_ = new(0x0008, 0x0060);

    private Examination(DicomFile? file, InstanceFacts? facts, string digest)
    {
        (File, ContentDigest) = (file, digest);
        StudyUid = Uid(facts?.Study);
        SeriesUid = Uid(facts?.Series);
        SopClassUid = Uid(facts?.SopClass);
        SopInstanceUid = Uid(facts?.Slice.Instance);
    }

    /// <summary>The file, null where it cannot be read.</summary>
    public DicomFile? File { get; }

    /// <summary>Why it cannot be registered as an instance; null where it can.</summary>
    public string? Problem { get; private init; }

    /// <summary>True for what is no DICOM file at all: neither kept nor shown to anybody.</summary>
    public bool IsForeign { get; private init; }

    /// <summary>SHA-256 over the transfer syntax UID, a zero byte and the data set as it arrived; of what cannot be read over all bytes.</summary>
    public string ContentDigest { get; }

    /// <summary>UIDs; empty where missing or not valid.</summary>
    public string StudyUid { get; }

    /// <inheritdoc cref="StudyUid"/>
    public string SeriesUid { get; }

    /// <inheritdoc cref="StudyUid"/>
    public string SopClassUid { get; }

    /// <inheritdoc cref="StudyUid"/>
    public string SopInstanceUid { get; }

    /// <summary>Transfer Syntax UID, empty where unknown.</summary>
    public string TransferSyntaxUid => File?.TransferSyntax.Uid ?? "";

    /// <summary>Modality, empty where it has none.</summary>
    public string Modality { get; private init; } = "";

    /// <summary>Reads an arrival. Bad input is a <see cref="Problem"/>; only the source may throw.</summary>
    public static Examination Of(ByteSource source)
    {
        DicomFile file;
        try
        {
            file = DicomFile.Parse(source);
        }
        catch (DicomException e)
        {
            // what shows itself as DICOM is evidence of something; anything else is an accident or an attempt
            bool foreign = source.Length < 132 || !source.Window(128, 4).SequenceEqual("DICM"u8);
            return new Examination(null, null, foreign ? "" : Digest(source, "", 0)) { IsForeign = foreign, Problem = "it cannot be read: " + e.Message };
        }
        InstanceFacts facts = InstanceFacts.Read(file.DataSet);
        bool directory = file.Meta?.Ascii(new DicomTag(0x0002, 0x0002)) == MediaStorageDirectory;
        var examination = new Examination(file, facts, Digest(source, file.TransferSyntax.Uid, file.DataSetOffset))
        {
            Modality = file.DataSet.Ascii(Modality_) ?? "",
            IsForeign = directory,
            Problem = directory ? "a directory of media is no instance"
                : Missing("SOP Class UID", facts.SopClass) ?? Missing("SOP Instance UID", facts.Slice.Instance) ?? Missing("Study Instance UID", facts.Study) ?? Missing("Series Instance UID", facts.Series),
        };
        return examination;
    }

    private static string Uid(string? text) => text is not null && ScopeText.IsUid(text) ? text : "";

    private static string? Missing(string name, string value) => ScopeText.IsUid(value) ? null : value.Length == 0 ? $"its {name} is missing" : $"its {name} is not valid";

    private static string Digest(ByteSource source, string syntax, long start)
    {
        const int step = 1 << 20;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.ASCII.GetBytes(syntax + "\0"));
        for (long at = start; at < source.Length; at += step) hash.AppendData(source.Window(at, (int)Math.Min(step, source.Length - at)));
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return Convert.ToHexStringLower(digest);
    }
}
