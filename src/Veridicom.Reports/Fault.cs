using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Text;
using Veridicom.Pixels;
using Veridicom.Pixels.Transcoding;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports;

/// <summary>Something that kept a command from doing its work on one file, or at all.</summary>
/// <param name="ExitCode">5 for bad input, 7 for a fault of disk, key or network, 2 for wrong usage.</param>
/// <param name="Code">Kebab-case code for JSON.</param>
/// <param name="File">The file concerned as the user named it, null where none is.</param>
/// <param name="Text">What is wrong. May hold text from a file: escaped when shown.</param>
/// <param name="Remedy">What helps, may be empty.</param>
/// <param name="Offset">Byte offset, -1 where none.</param>
/// <param name="Path">Tag path, empty where none.</param>
public sealed record Fault(int ExitCode, string Code, string? File, string Text, string Remedy, long Offset = -1, string Path = "")
{
    /// <summary>Exit code of wrong usage.</summary>
    public const int Usage = 2;

    /// <summary>Exit code of bad input.</summary>
    public const int BadInput = 5;

    /// <summary>Exit code of a fault of disk, key or network.</summary>
    public const int World = 7;

    /// <summary>The line for people: "FILE: what (at byte N, (gggg,eeee)) - remedy".</summary>
    public override string ToString()
    {
        var line = new StringBuilder();
        if (File is not null) line.Append(TextDisplay.Escape(File)).Append(": ");
        line.Append(TextDisplay.Escape(Text));
        if (Offset >= 0 || Path.Length > 0)
        {
            line.Append(" (");
            if (Offset >= 0) line.Append(CultureInfo.InvariantCulture, $"at byte {Offset}");
            if (Path.Length > 0) line.Append(Offset >= 0 ? ", " : "").Append(TextDisplay.Escape(Path));
            line.Append(')');
        }
        if (Remedy.Length > 0) line.Append(" - ").Append(TextDisplay.Escape(Remedy));
        return line.ToString();
    }

    /// <summary>The same fault of a file.</summary>
    public Fault Of(string file) => File is null ? this with { File = file } : this;

    /// <summary>
    /// What an exception says to the user. Null for what is no fault but a defect of this program: that must not be dressed up.
    /// </summary>
    public static Fault? From(Exception exception, string? file = null) => exception switch
    {
        FaultException e => file is null ? e.Fault : e.Fault.Of(file),
        DicomException e => new(BadInput, e.Code.Word(), file, e.Message, Remedies.Of(e.Code), e.Offset, e.Message.Contains(e.Path, StringComparison.Ordinal) ? "" : e.Path),
        PixelException e => Pixels(e, file),
        TranscodingException e => new(BadInput, e.Code.Word(), file, e.Message, Remedies.Of(e.Code), Path: e.Path),
        SealRefusedException e => Refused(e.Refusals[0], e.Refusals.Count - 1, file),
        SealFormatException e => new(BadInput, "seal-damaged", file, e.Message, ""),
        TrustException e => new(World, e.Code.Name(), file, e.Message, ""),
        CryptographicException e => new(World, "key", file, e.Message, "look whether the key file is whole and the passphrase is the right one"),
        FileNotFoundException or DirectoryNotFoundException => new(World, "not-found", file, "does not exist", "check the name"),
        UnauthorizedAccessException => new(World, "access", file, "access is denied", "check owner and mode of the file and its folder"),
        PathTooLongException => new(World, "name-too-long", file, "the name is too long", "use a shorter one"),
        InvalidDataException e => new(BadInput, "bad-archive", file, e.Message, "the archive may be damaged or encrypted: unpack it with another tool"),
        IOException e => Disk(e, file),
        _ => null,
    };

    /// <summary>A defect of this program, called by its name.</summary>
    public static Fault Defect(Exception exception) => new(World, "defect", null,
        $"this program is defective: {exception.GetType().Name}: {exception.Message}{exception.StackTrace?.Split('\n')[0].TrimEnd()}", "please report it, with the file if you may");

    /// <summary>A refusal of the sealer.</summary>
    public static Fault Refused(SealRefusal refusal, int more, string? file) => new(BadInput, refusal.Code, file,
        more > 0 ? string.Create(CultureInfo.InvariantCulture, $"{refusal.Text}; and {more} more") : refusal.Text, refusal.Remedy, refusal.Offset, refusal.Path);

    /// <summary>Pixels that cannot be had: a fault of the file, unless a library is missing or its process failed.</summary>
    private static Fault Pixels(PixelException e, string? file) => e.Code switch
    {
        PixelError.LibraryMissing => new(World, e.Code.Word(), file, e.Message, "install it and run it again"),
        PixelError.WorkerFailed => new(World, e.Code.Word(), file, e.Message, "run it again; where it fails again, the file may be broken"),
        _ => new(BadInput, e.Code.Word(), file, e.Message, e.Code == PixelError.Unsupported ? "convert it with another tool" : "fetch it again from where it came", e.Offset),
    };

    private static Fault Disk(IOException e, string? file)
    {
        const int noSpace = 28, windowsDiskFull = 0x70;
        int code = e.HResult & 0xFFFF;
        bool full = code == windowsDiskFull || e.HResult == noSpace || e.Message.Contains("No space left", StringComparison.OrdinalIgnoreCase);
        return full
            ? new(World, "disk-full", file, "no space is left on the device", "free some space and run it again; nothing was lost")
            : new(World, "disk", file, e.Message, "run it again; nothing was lost");
    }
}

/// <summary>A <see cref="Fault"/> on its way to whoever reports it.</summary>
public sealed class FaultException(Fault fault) : Exception(fault.Text)
{
    /// <summary>The fault.</summary>
    public Fault Fault { get; } = fault;

    /// <summary>Wrong usage, exit code 2.</summary>
    public static FaultException Usage(string text, string remedy = "") => new(new Fault(Fault.Usage, "usage", null, text, remedy));

    /// <summary>A fault of disk or key, exit code 7.</summary>
    public static FaultException World(string code, string? file, string text, string remedy) => new(new Fault(Fault.World, code, file, text, remedy));

    /// <summary>Bad input, exit code 5.</summary>
    public static FaultException Bad(string code, string? file, string text, string remedy) => new(new Fault(Fault.BadInput, code, file, text, remedy));
}

/// <summary>What helps against each error of the parser.</summary>
public static class Remedies
{
    /// <summary>A phrase for the end of an error message.</summary>
    public static string Of(DicomError code) => code switch
    {
        DicomError.None => "",
        DicomError.NotDicom => "name a DICOM file",
        DicomError.Truncated => "the file is cut off or damaged: fetch it again from where it came",
        DicomError.UnknownTransferSyntax => "convert it to a transfer syntax of PS3.6, for example with dcmconv",
        DicomError.TooDeep or DicomError.TooMany or DicomError.InflateLimit or DicomError.ValueTooLong => "no real image comes near this limit: look where the file came from",
        DicomError.BadDeflate => "the deflated stream is damaged: fetch the file again from where it came",
        DicomError.TrailingData => "something was appended to the file: fetch it again from where it came",
        DicomError.GroupLengthWrong => "write the file anew without group lengths, for example with dcmconv -g",
        _ => "the file can be read in more than one way: have the program that wrote it write it again",
    };

    /// <summary>What helps where a file cannot be converted.</summary>
    public static string Of(TranscodingError code) => code switch
    {
        TranscodingError.Unsound => "have the program that wrote it write it again",
        TranscodingError.NoMeta => "write meta elements, for example with dcmconv",
        TranscodingError.Directory => "convert the files that it lists, and make a new one",
        TranscodingError.ReferencedPixels => "fetch the pixels from their provider first",
        TranscodingError.NoPixels or TranscodingError.NotEncodable or TranscodingError.TooLong => "choose another transfer syntax",
        TranscodingError.Lossy => "name --decompress-lossy where that is meant",
        TranscodingError.BitsOutside => "rle and the uncompressed transfer syntaxes keep them",
        TranscodingError.NestedPixels => "decompress the icon with another tool first",
        _ => "",
    };
}
