using System.Globalization;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Testing;

namespace Veridicom.Interop.Pixels;

/// <summary>docs/reference/pixels.md, and the reasons why a tool and we differ.</summary>
internal static class PixelsPage
{
    private const string WideColour = "GDCM mixes up the bytes of colour samples of more than 8 bits in RLE; DCMTK does not";

    private static readonly string[] HighThroughput = ["1.2.840.10008.1.2.4.201", "1.2.840.10008.1.2.4.202", "1.2.840.10008.1.2.4.203"];

    /// <summary>A file or "encoder, kind" (a star stands for anything), who differs (a tool, or the encoder itself), why.</summary>
    public static IReadOnlyList<(string What, string Who, string Why)> Reasons { get; } =
    [
        ("dicom/pydicom/J2K_pixelrep_mismatch.dcm", "GDCM", "the codestream says unsigned, Pixel Representation says signed: we go by the attribute in all encodings, GDCM by the codestream"),
        ("dicom/pydicom/SC_rgb_rle_16bit.dcm", "GDCM", WideColour),
        ("dicom/pydicom/SC_rgb_rle_32bit.dcm", "GDCM", WideColour),
        ("dicom/pydicom/SC_rgb_rle_16bit_2frame.dcm", "GDCM", WideColour + "; with two frames it gives up"),
        ("dicom/pydicom/SC_rgb_rle_32bit_2frame.dcm", "GDCM", WideColour + "; with two frames it gives up"),
        ("dcmcrle, RGB 16", "GDCM", WideColour),
        ("dicom/wg04/JLSL/MR1_JLSL.dcm", "GDCM", "GDCM gives up; DCMTK gives our samples, which are those of the reference"),
        ("dicom/wg04/JPLY/RG3_JPLY.dcm", "GDCM", "some samples overshoot the 10 bits that Bits Stored says, in a codestream of 12: GDCM cuts them off, DCMTK and we keep them"),
        ("dcmconv +td, 1", "GDCM", "GDCM writes one byte for each pixel of one bit where the file was deflated"),
        ("*, PALETTE 16", "GDCM", "GDCM refuses a palette of 256 entries for samples of 16 bits"),
        ("dcmcjpeg *, RGB 8 planar", "encoder", "dcmcjpeg's lossless encoder takes planes for pixels: all three decoders agree on the samples that are wrong"),
    ];

    /// <summary>Files with pixel data of which we give no samples; the page has the reasons.</summary>
    public static IReadOnlyList<string> NotDecoded { get; } =
    [
        .. new[]
        {
            "JPEG2000-embedded-sequence-delimiter", "MR_small_padded", "MR_truncated", "SC_rgb_jpeg", "badVR", "meta_missing_tsyntax", "nested_priv_SQ", "no_meta",
            "rtplan_truncated",
        }.Select(name => $"dicom/pydicom/{name}.dcm"),
    ];

    /// <summary>Why, null where nobody knows.</summary>
    public static string? Reason(string what, string who) => Reasons.FirstOrDefault(reason => Fits(reason, what, who)).Why;

    /// <summary>Whether a reason is about this.</summary>
    public static bool Fits((string What, string Who, string) reason, string what, string who)
    {
        string[] parts = reason.What.Split('*');
        return reason.Who == who && (parts.Length == 1 ? what == reason.What : what.StartsWith(parts[0], StringComparison.Ordinal) && what.EndsWith(parts[1], StringComparison.Ordinal));
    }

    /// <summary>Whether files of this syntax lose nothing.</summary>
    public static bool IsLossless(string syntax) => TransferSyntax.TryFind(syntax, out TransferSyntax? found) && found.IsLossless == true;

    public static string Text()
    {
        var text = new StringBuilder();
        text.Append("""
            # Pixels: what is decoded, and who else gives the same samples

            This page is made by a test (`Make_the_page` of SamePixelsTests) from files that are made for it and from the reference folder; another test
            holds it to what happens. DCMTK is asked through `dcmconv`, `dcmdrle`, `dcmdjpeg +cn` and `dcmdjpls`, GDCM through `gdcmconv --raw`. What they write is
            compared cell by cell, all frames, all bits that are allocated.


            """);
        text.Append(SamePixels.Versions()).Append("\n\n");
        Made(text);
        Others(text);
        Real(text);
        Families(text);
        return text.ToString();
    }

    private static void Made(StringBuilder text)
    {
        text.Append("""
            ## Encodings and kinds of pixels

            Each cell is covered by `SamePixelsTests.Made_files_of_every_kind_decode_as_the_peers_decode_them`, those of the rows from vectors by
            `OpenJpegWorkersTests.A_codestream_gives_the_picture_it_was_made_from`. `=` our samples are those that went in, `~` the encoding is lossy, `!` the encoder changed
            them though it should not have; `D` DCMTK and `G` GDCM decode the same as we do, `d` and `g` they refuse or differ (why stands below); no letter where
            there is no decoder. A dot: no encoder at hand takes this kind.


            """);
        text.Append("| transfer syntax | made by | ").AppendJoin(" | ", MadePixels.Kinds.Select(k => k.Name)).Append(" |\n|---|---")
            .Append(string.Concat(Enumerable.Repeat("|---", MadePixels.Kinds.Count))).Append("|\n");
        foreach (PixelEncoder encoder in MadePixels.Encoders)
        {
            text.Append($"| {Name(encoder.Syntax)} | {(encoder.Program.Length == 0 ? "as made" : $"`{encoder}`")} | ")
                .AppendJoin(" | ", MadePixels.Kinds.Select(kind => Cell(MadePixels.Images.FirstOrDefault(m => m.Kind == kind && m.Encoder == encoder)))).Append(" |\n");
        }
        foreach ((string syntax, Jpeg2000Vector[] vectors) in Vectors())
        {
            text.Append($"| {Name(syntax)} | vectors | ").AppendJoin(" | ", MadePixels.Kinds.Select(kind => Vector(kind, vectors))).Append(" |\n");
        }
        text.Append("\n1 to 16 are bits stored of one sample, in cells of 8 or 16 (10, 12). Native YBR_FULL_422 is given with each chrominance twice, for the eye; seals bind its bytes.\n");
        text.Append("JPEG 2000 of 24 bits in cells of 32 is covered by a vector too.\n");
    }

    private static IEnumerable<(string Syntax, Jpeg2000Vector[] Vectors)> Vectors()
    {
        foreach (string syntax in HighThroughput)
            yield return (syntax, [.. Jpeg2000Vector.All.Where(v => v.HighThroughput && (v.Error == 0) == (syntax != HighThroughput[2]) && (syntax != HighThroughput[1] || v.Options.Contains("RPCL", StringComparison.Ordinal)))]);
    }

    private static string Vector(PixelKind kind, Jpeg2000Vector[] vectors)
    {
        Jpeg2000Vector? found = vectors.FirstOrDefault(v => kind is { Planar: false, Photometric: "MONOCHROME2" or "RGB" } && (v.Samples, v.Precision, v.Signed) == (kind.Samples, kind.Stored, kind.Signed));
        return found is null ? "." : found.Error == 0 ? "=" : "~";
    }

    private static string Cell(MadeImage? made) => made is null || made.Refused == "-" ? "."
        : made.Refused is not null ? "?"
        : (made.Original ? "=" : IsLossless(made.Encoder.Syntax) ? "!" : "~") + Letter(made.Dcmtk!, "D") + Letter(made.Gdcm!, "G");

    private static string Letter(PeerAnswer answer, string letter) => answer.Mark switch { "=" => letter, " " => "", _ => letter.ToLowerInvariant() };

    private static void Others(StringBuilder text) => text.Append("""

        What the peers' encoders do not write is covered by the decoders' own tests (`tests/Veridicom.Tests/Pixels`): restart intervals, all predictors and point transforms, all
        interleave modes of JPEG-LS, progressive JPEG, native cells of 64 bits, planes and byte orders. Pictures of PNG and JPEG files have tests there too.


        """);

    private static void Real(StringBuilder text)
    {
        IReadOnlyList<RealImage> images = RealPixels.Images;
        text.Append("## Real files\n\n| transfer syntax | files decoded | same as DCMTK | same as GDCM |\n|---|---|---|---|\n");
        foreach (IGrouping<string, RealImage> syntax in images.Where(i => i.Refused is null).GroupBy(i => i.Syntax).OrderBy(g => g.Key, StringComparer.Ordinal))
        {
            string Same(Func<RealImage, PeerAnswer> of) => syntax.All(i => of(i).Mark == " ") ? "no decoder" : syntax.Count(i => of(i).Mark == "=").ToString(CultureInfo.InvariantCulture);
            text.Append(CultureInfo.InvariantCulture, $"| {Name(syntax.Key)} | {syntax.Count()} | {Same(i => i.Dcmtk)} | {Same(i => i.Gdcm)} |\n");
        }
        text.Append("\n## Where they differ\n\n| file | who | how | why |\n|---|---|---|---|\n");
        foreach (MadeImage made in MadePixels.Images.Where(m => m.Refused is null))
        {
            string name = $"{made.Encoder}, {made.Kind.Name}";
            if (!made.Original && IsLossless(made.Encoder.Syntax)) text.Append($"| made: {name} | the encoder | changes samples | {Reason(name, "encoder")} |\n");
            Row(text, "made: ", name, "DCMTK", made.Dcmtk!);
            Row(text, "made: ", name, "GDCM", made.Gdcm!);
        }
        foreach (RealImage image in images.Where(i => i.Refused is null))
        {
            Row(text, "", image.File, "DCMTK", image.Dcmtk);
            Row(text, "", image.File, "GDCM", image.Gdcm);
        }
        text.Append("\n## Real files that are not decoded\n\n| file | why | DCMTK | GDCM |\n|---|---|---|---|\n");
        foreach (RealImage image in images.Where(i => i.Refused is not null)) text.Append($"| {image.File} | {image.Refused} | {image.Dcmtk.Words} | {image.Gdcm.Words} |\n");
    }

    private static void Row(StringBuilder text, string before, string name, string who, PeerAnswer answer)
    {
        if (answer.Mark is "x" or "-") text.Append($"| {before}{name} | {who} | {(answer.Mark == "-" ? "refuses" : answer.Words)} | {Reason(name, who)} |\n");
    }

    private static void Families(StringBuilder text)
    {
        text.Append("""

            ## The families of DICOM's working group 4

            The same images in each encoding. RLE, JPLL, JLSL and J2KR are the reference, sample by sample. The others beside it:

            | file | stated error | largest difference | signal to noise, dB |
            |---|---|---|---|

            """);
        foreach (Familiar one in new[] { "JLSN", "JPLY", "J2KI" }.SelectMany(Wg04.Family))
            text.Append(CultureInfo.InvariantCulture, $"| {one.File} | {(one.Bound < 0 ? "none" : one.Bound)} | {one.Largest} | {one.Decibel:F1} |\n");
    }

    private static string Name(string syntax) => TransferSyntax.TryFind(syntax, out TransferSyntax? found) ? found.Name : syntax;
}
