using Veridicom.Dicom;

namespace Veridicom.Gateway.DicomWeb.Retrieve;

/// <summary>Media types of encoded frames (PS3.18-2023b tables 8.7.3-2, 8.7.3-5; HTJ2K as added in 2024).</summary>
internal static class FrameMedia
{
    /// <summary>The type of uncompressed frames, and of whatever has no type of its own.</summary>
    public const string Octets = "application/octet-stream";

    /// <summary>The media type of a frame as it is encoded.</summary>
    public static string Of(TransferSyntax syntax)
    {
        if (!syntax.IsEncapsulated || syntax == TransferSyntax.EncapsulatedUncompressed) return Octets;
        const string Jpeg = "1.2.840.10008.1.2.4.";
        if (syntax == TransferSyntax.RleLossless) return "image/dicom-rle";
        if (syntax == TransferSyntax.JpegLsLossless || syntax == TransferSyntax.JpegLsNearLossless) return "image/jls";
        if (syntax == TransferSyntax.Jpeg2000Lossless || syntax == TransferSyntax.Jpeg2000) return "image/jp2";
        if (syntax == TransferSyntax.Htj2kLossless || syntax == TransferSyntax.Htj2kLosslessRpcl || syntax == TransferSyntax.Htj2k) return "image/jphc";
        return syntax.Uid switch
        {
            Jpeg + "92" or Jpeg + "93" => "image/jpx",
            Jpeg + "110" or Jpeg + "111" or Jpeg + "112" => "image/jxl",
            _ when syntax.Uid.StartsWith(Jpeg, StringComparison.Ordinal) && int.TryParse(syntax.Uid[Jpeg.Length..], out int process) && process is >= 50 and <= 70 => "image/jpeg",
            _ => Octets,
        };
    }
}
