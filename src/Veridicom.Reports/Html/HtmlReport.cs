using Veridicom.Reports.Pictures;
using Veridicom.Dicom;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>
/// One page for people, complete in itself (verify --report, and the report of a study over HTTP). <see cref="Look"/> is for the workers; <see cref="Add"/> and <see cref="Write"/>
/// for the one thread that reports, in the order of the files. Memory: counts and one small entry for each file; all else waits on the disk.
/// </summary>
public sealed class HtmlReport : IDisposable
{
    private readonly ReportSettings _settings;
    private readonly ReportSpool _spool;
    private readonly ReportIndex _index = new();
    private readonly ReportPictures _pictures;

    /// <summary>Begins a report.</summary>
    /// <param name="settings">What was asked for.</param>
    /// <param name="folder">Where what waits for its place is kept, in a file without a name; made where there is none.</param>
    /// <param name="jpeg2000">Decodes JPEG 2000 for pictures; null where nothing here does.</param>
    /// <param name="original">Opens the pixels of a file as it was sealed, for any thread; gives null, or is null, where none are at hand.</param>
    public HtmlReport(ReportSettings settings, string folder, IJpeg2000? jpeg2000 = null, Func<Verdict, IJpeg2000?, OpenedOriginal?>? original = null)
    {
        _settings = settings;
        _spool = new ReportSpool(folder);
        _pictures = new ReportPictures(_spool, jpeg2000, original);
    }

    /// <summary>Keeps a PNG picture until the page is written.</summary>
    public SpoolSlice Keep(ReadOnlySpan<byte> png) => _spool.Append(png);

    /// <summary>Takes from an opened file what the page tells of it beside the verdict. For any thread.</summary>
    /// <param name="name">The file as the user named it.</param>
    /// <param name="source">Its bytes.</param>
    /// <param name="file">The same parsed, null where that failed.</param>
    /// <param name="detachedSeal">The seal beside it, null where there is none.</param>
    /// <param name="verdict">What verification said.</param>
    /// <param name="isManifest">Whether it is a sealed list of a study's images.</param>
    public ReportImage Look(string name, ByteSource source, DicomFile? file, ReadOnlyMemory<byte>? detachedSeal, Verdict verdict, bool isManifest)
    {
        var image = new ReportImage
        {
            Name = name, Verdict = verdict, IsManifest = isManifest, Sha256 = ReportFacts.Digest(source), Length = source.Length,
            SealSha256 = detachedSeal is { } seal ? ReportFacts.Digest(new MemorySource(seal)) : null,
        };
        if (file is null) return image; // the verdict says what is wrong with it
        try
        {
            ImageFacts facts = ReportFacts.Of(file);
            image = image with { Facts = _settings.ShowPatient ? facts : facts.WithoutPatient() };
            return _pictures.Of(image, file, verdict);
        }
        catch (DicomException)
        {
            return image; // a value longer than can be held, met after parsing
        }
    }

    /// <summary>Takes a file into the page. In the order of the files, from one thread.</summary>
    public void Add(ReportImage image)
    {
        using var fragment = new MemoryStream();
        using (var html = new HtmlWriter(fragment))
        {
            if (image.Verdict is not { } verdict) Missing(html, image);
            else if (ReportCard.IsRow(verdict.Kind)) ReportCard.Row(html, image, _pictures.Grant(image.Thumbnail), _spool);
            else
            {
                IReadOnlyList<ReportPicture> granted = _pictures.Grant(image.Pictures);
                string note = granted.Count < image.Pictures.Count ? ReportPictures.OutOfRoom : image.PictureNote;
                ReportCard.Card(html, image with { Pictures = granted, PictureNote = note, Thumbnail = _pictures.Grant(image.Thumbnail) ? image.Thumbnail : null }, verdict, _spool);
            }
            html.DemandClosed();
        }
        SpoolSlice slice = _spool.Append(fragment.GetBuffer().AsSpan(0, (int)fragment.Length));
        if (image.Verdict is { } judged) _index.Add(image, judged, slice);
        else _index.Faults.Add(slice);
    }

    /// <summary>Writes the page.</summary>
    /// <param name="output">Where to; it stays open.</param>
    /// <param name="studies">What was found against sealed lists of studies.</param>
    /// <param name="passedOver">What was not looked at, in words; empty where that is nothing.</param>
    public void Write(Stream output, IReadOnlyList<StudyVerdict> studies, string passedOver)
    {
        _index.Whole = studies;
        ReportPage.Write(output, _index, _settings, _spool, passedOver);
    }

    /// <inheritdoc/>
    public void Dispose() => _spool.Dispose();

    private static void Missing(HtmlWriter html, ReportImage image)
    {
        html.Open("li").Code(image.Name, HtmlWriter.LongestValue * 2);
        if (image.Fault is { } fault)
        {
            html.Text(": ").Value(fault.Text, 300);
            if (fault.Remedy.Length > 0) html.Text(" (").Value(fault.Remedy, 300).Text(")");
        }
        html.Close("li");
    }
}
