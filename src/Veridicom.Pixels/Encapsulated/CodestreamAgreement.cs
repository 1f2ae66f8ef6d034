using Veridicom.Dicom;

namespace Veridicom.Pixels.Encapsulated;

/// <summary>
/// Whether an encoded picture and the attributes beside it say the same thing of colours and signs. Where they do not, one reader goes by the
/// codestream and another by the attributes, and two people see two pictures.
/// </summary>
internal static class CodestreamAgreement
{
    /// <summary>A phrase for people, null where both agree.</summary>
    public static string? Disagreement(TransferSyntax syntax, PixelGeometry geometry, CodestreamFacts facts, ReadOnlySpan<byte> code)
    {
        bool jpeg2000 = IsJpeg2000(syntax);
        // PS3.5-2023b A.4.4: no JP2 boxes; a palette or an order of channels in them counts for some readers
        if (jpeg2000 && code.StartsWith((ReadOnlySpan<byte>)[0, 0, 0, 12, (byte)'j', (byte)'P', (byte)' ', (byte)' '])) return "the codestream is wrapped in a JP2 file";
        if (facts is { NearLossless: 0, Extreme: true }) return "the encoded picture holds what some decoders take for something else";
        // PS3.5-2023b 8.2.4: JPEG 2000 has signs of its own; JPEG-LS has none, and gives two's complement as it stands
        if (jpeg2000 && facts.Signed != geometry.Signed && facts.Precision < geometry.BitsAllocated) return "the encoded picture and Pixel Representation differ on signs";
        // lossless JPEG holds them as numbers below zero, of which some readers keep all bits
        if (!jpeg2000 && facts.Signed && !geometry.Signed && facts.Precision < geometry.BitsAllocated) return "the encoded picture has samples below zero, and Pixel Representation knows none";
        // readers that take Bits Stored from the encoded picture find the sign in another bit
        if ((facts.Signed || geometry.Signed) && facts.Precision < geometry.BitsStored) return "the encoded picture has fewer bits than Bits Stored says, and signs";
        if (geometry.Samples == 1) return null;
        // PS3.5-2023b 8.2.1, 8.2.3, 8.2.4: these interleave by themselves, and the attribute is 0; RLE may have either (8.2.2)
        if (geometry.Planar && syntax.Uid != TransferSyntax.RleLossless.Uid) return "Planar Configuration names planes, and this encoding has none";
        string label = geometry.Photometric;
        return facts.Colour switch
        {
            CodestreamColour.Ycc when !label.StartsWith("YBR_", StringComparison.Ordinal) => "the encoded picture says luminance and chrominance, Photometric Interpretation does not",
            CodestreamColour.Ycc or CodestreamColour.Unstated when label is "YBR_RCT" or "YBR_ICT" => "Photometric Interpretation names a colour transform that the encoded picture does not have",
            CodestreamColour.Rgb when label != "RGB" => "the encoded picture says red, green and blue, Photometric Interpretation does not",
            CodestreamColour.Undone when label is not ("RGB" or "YBR_RCT" or "YBR_ICT") => "the encoded picture has a colour transform that Photometric Interpretation does not name",
            _ => null,
        };
    }

    /// <summary>True for JPEG 2000 and High-Throughput JPEG 2000.</summary>
    public static bool IsJpeg2000(TransferSyntax syntax) =>
        syntax.Uid is "1.2.840.10008.1.2.4.90" or "1.2.840.10008.1.2.4.91" or "1.2.840.10008.1.2.4.201" or "1.2.840.10008.1.2.4.202" or "1.2.840.10008.1.2.4.203";
}
