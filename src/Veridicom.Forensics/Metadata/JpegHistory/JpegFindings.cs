using Veridicom.Dicom;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Pixels.Jpeg;

namespace Veridicom.Forensics.Metadata.JpegHistory;

/// <summary>
/// How often, and how, a picture went through JPEG. Of JPEG files and frames: the tables, and periods in the counts of coefficients that an earlier, different quantisation
/// leaves. Of uncompressed pictures of 8 bits: coefficients that still stand on the multiples of a step, on a grid of any offset. All of it has ordinary causes (archives,
/// portals, viewers that save): nothing here is ever decisive.
/// </summary>
internal static class JpegFindings
{
    private const int LeastModes = 3;

    // set on images of known history, far from what single compression and no compression give: see the tests
    private const double LeastFit = 0.45, LeastGain = 0.06;

    /// <summary>Findings.</summary>
    public static IEnumerable<Evidence> Of(PictureFile file)
    {
        if (file.Jpeg is { } jpeg) return OfEncoded(jpeg, file.Shown(0), "file");
        if (file.Dicom is null) return OfDecoded(file.Shown(0));
        if (Frame(file) is { } frame) return OfEncoded(frame, GrayValues.Of(frame), "frame");
        // what another codec lost, or more than 8 bits, shows no steps of JPEG
        return file.Geometry is { BitsStored: 8 } && file.Dicom.TransferSyntax.IsLossless == true && Stored(file) is { } stored ? OfDecoded(stored) : [];
    }

    /// <summary>The first frame of a DICOM file with 8-bit JPEG.</summary>
    public static JpegPicture? Frame(PictureFile file) => Frame(file, out _);

    /// <summary>The same with its bytes.</summary>
    public static JpegPicture? Frame(PictureFile file, out byte[] code)
    {
        code = [];
        if (file.Dicom is not { } dicom || dicom.TransferSyntax.Uid != TransferSyntax.JpegBaseline.Uid && dicom.TransferSyntax.Uid != TransferSyntax.JpegExtended.Uid) return null;
        if (!PixelGeometry.TryFindPixels(dicom.DataSet, out DicomNode pixels) || pixels.Kind != NodeKind.Encapsulated) return null;
        try
        {
            if (EncapsulatedFrames.Find(pixels, file.Frames, out _) is not { } frames) return null;
            code = frames.Codestream(0).ToArray();
            return JpegPicture.Read(code);
        }
        catch (Exception e) when (e is PixelException or DicomException)
        {
            return null;
        }
    }

    private static List<Evidence> OfEncoded(JpegPicture jpeg, GrayPicture picture, string what)
    {
        IReadOnlyList<ushort> steps = jpeg.Components[0].Quantization;
        (int quality, bool exact) = QuantisationTables.Quality(steps);
        string tables = exact ? FormattableString.Invariant($"the standard's example table at quality {quality}") : FormattableString.Invariant($"a table of the encoder's own, nearest to quality {quality}");
        var found = new List<Evidence>
        {
            MetadataCode.JpegQuantisation.Finding($"The JPEG {what} was quantised with {tables}.", false,
                MetadataCode.Number("quality", quality), MetadataCode.Number("exact", exact ? 1 : 0), MetadataCode.Number("scans", jpeg.Scans)),
        };
        // inks are no luminance
        if (jpeg.Model is JpegColourModel.Cmyk or JpegColourModel.Ycck or JpegColourModel.Rgb || picture.Rows < 64 || picture.Columns < 64) return found;
        float[][] coefficients = BlockTransform.Coefficients(picture, 0, 0), shifted = BlockTransform.Coefficients(picture, 4, 4);
        var modes = new List<(int Mode, int Step, double Gain)>();
        int asked = 0;
        for (int m = 0; m < coefficients.Length; m++)
        {
            // the modes follow the zigzag from the first AC coefficient on
            if (EarlierSteps.OfQuantised(EarlierSteps.Sizes(coefficients[m]), EarlierSteps.Sizes(shifted[m]), steps[m + 1]) is not { } one) continue;
            asked++;
            if (one.Gain >= LeastGain) modes.Add((m, one.Step, one.Gain));
        }
        if (modes.Count >= LeastModes && 2 * modes.Count >= asked)
        {
            double gain = modes.Average(m => m.Gain);
            found.Add(MetadataCode.JpegDouble.Finding(FormattableString.Invariant($"Coefficients of the JPEG {what} were quantised twice: {modes.Count} of {asked} frequencies show the periods of other steps before (the first: {modes[0].Step} before {steps[modes[0].Mode + 1]}). Any program that opens and saves does that."), false,
                MetadataCode.Number("frequencies", modes.Count), MetadataCode.Number("asked", asked), MetadataCode.Number("gain", gain), MetadataCode.Number("earlier-step", modes[0].Step)));
        }
        return found;
    }

    private static List<Evidence> OfDecoded(GrayPicture picture)
    {
        if (picture.Rows < 64 || picture.Columns < 64 || picture.Levels != 256) return [];
        (int row, int column, double strength) = BlockTransform.Grid(picture);
        foreach ((int r, int c) in row == 0 && column == 0 ? [(0, 0)] : ((int, int)[])[(0, 0), (row, column)])
        {
            float[][] coefficients = BlockTransform.Coefficients(picture, r, c);
            int asked = 0, firstStep = 0;
            var fits = new List<double>();
            foreach (float[] mode in coefficients)
            {
                if (EarlierSteps.OfDecoded(EarlierSteps.Sizes(mode)) is not { } one) continue;
                asked++;
                if (one.Fit < LeastFit) continue;
                if (fits.Count == 0) firstStep = one.Step;
                fits.Add(one.Fit);
            }
            if (fits.Count < LeastModes || 2 * fits.Count < asked) continue;
            return
            [
                MetadataCode.JpegEarlier.Finding(FormattableString.Invariant($"The picture was JPEG before: {fits.Count} of {asked} frequencies stand on multiples of a step (the first: {firstStep}), on a grid that begins at column {c}, row {r}. Many archives of real images were made so."), false,
                    MetadataCode.Number("frequencies", fits.Count), MetadataCode.Number("asked", asked), MetadataCode.Number("fit", fits.Average()), MetadataCode.Number("row", r), MetadataCode.Number("column", c), MetadataCode.Number("step", firstStep), MetadataCode.Number("blockiness", strength)),
            ];
        }
        return [];
    }

    private static GrayPicture? Stored(PictureFile file)
    {
        try
        {
            return file.Stored(0);
        }
        catch (PixelException)
        {
            return null;
        }
    }
}
