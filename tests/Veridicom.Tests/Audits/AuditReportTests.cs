using System.Text;
using Veridicom.Cli.Audits;
using Veridicom.Dicom;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Audits;

/// <summary>What an audit gives away: the page and the table of files.</summary>
public sealed class AuditReportTests : IDisposable
{
    private readonly CliSession _session = new();

    public void Dispose() => _session.Dispose();

    private (string Page, string[] Csv) Write(int code, string labels)
    {
        string page = _session.PathOf("audit.html"), csv = _session.PathOf("out", "files.csv");
        _session.Run("audit", _session.PathOf("set"), "--labels", labels, "--no-detector", "--report", page, "--csv", _session.PathOf("out")).Exited(code);
        _session.AssertNoLeftovers();
        return (File.ReadAllText(page), File.ReadAllText(csv).Split("\r\n"));
    }

    [Fact]
    public void The_page_says_the_answer_first_and_stands_alone()
    {
        (string page, string[] csv) = Write(0, MadeSet.Clean(_session));

        Assert.Contains("<span>Fit</span>", page, StringComparison.Ordinal);
        Assert.True(page.IndexOf("<span>Fit</span>", StringComparison.Ordinal) < page.IndexOf("All findings", StringComparison.Ordinal));
        Assert.Contains("<svg viewBox=", page, StringComparison.Ordinal);
        Assert.Contains("The same as a table", page, StringComparison.Ordinal);
        foreach (string forbidden in (string[])["<script", " style=\"", "http://", "https://", " onload"]) Assert.DoesNotContain(forbidden, page, StringComparison.OrdinalIgnoreCase);
        string sheet = page[(page.IndexOf("<style>", StringComparison.Ordinal) + 7)..page.IndexOf("</style>", StringComparison.Ordinal)];
        Assert.Contains(Convert.ToBase64String(System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes(sheet))), page, StringComparison.Ordinal);
        Assert.Equal(14, csv.Length);
        Assert.StartsWith("file,format,bytes,", csv[0], StringComparison.Ordinal);
        Assert.StartsWith("test/10.png,png,", csv[1], StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_that_leaves_tells_who_a_patient_is()
    {
        string labels = MadeSet.Clean(_session);
        _session.Write("set/train/Quasimodo^Esmeralda 1948-02-29.dcm", MadeSet.Dicom(MadeSet.Picture(51), more: w => w
            .Text(new DicomTag(0x0010, 0x0010), Vr.PN, "Quasimodo^Esmeralda").Text(new DicomTag(0x0010, 0x0020), Vr.LO, "471147")));
        File.AppendAllText(labels, "\r\nQuasimodo^Esmeralda 1948-02-29.dcm,normal,clinic 0,train,");

        (string page, string[] csv) = Write(1, labels);

        foreach (string secret in (string[])["Quasimodo", "Esmeralda", "471147", "1948-02-29"])
        {
            Assert.DoesNotContain(secret, page, StringComparison.OrdinalIgnoreCase);
            Assert.DoesNotContain(secret, string.Join('\n', csv), StringComparison.OrdinalIgnoreCase);
        }
        Assert.Contains("<span>Not fit</span>", page, StringComparison.Ordinal);
        Assert.Contains(csv, line => System.Text.RegularExpressions.Regex.IsMatch(line, "^file-[0-9a-f]{16}\\.dcm,dicom,"));
    }

    [Fact]
    public void Labels_become_neither_markup_nor_formulas()
    {
        _session.Write("set/train/1.png", MadeSet.Png(MadeSet.Picture(1)));
        string labels = _session.Write("labels.csv", "file,label\n1.png,\"=cmd|'/c calc'!A0<script>\"\"\"\n"u8);

        (string page, string[] csv) = Write(0, labels);

        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.Contains(",\"'=cmd|'/c calc'!A0<script>\"\"\",", csv[1], StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@x", "'@x")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("a\"b", "\"a\"\"b\"")]
    [InlineData("\tx", "'\tx")]
    [InlineData("\r=1", "\"'\r'=1\"")]
    [InlineData("x;=cmd|'/c calc'!A0", "\"x;'=cmd|'/c calc'!A0\"")]
    [InlineData("x; \"-1", "\"x; \"\"'-1\"")]
    [InlineData("x\t+1", "x\t'+1")]
    [InlineData("x,@y\n=z", "\"x,'@y\n'=z\"")]
    [InlineData(" =1", " '=1")]
    [InlineData("a-b = c + d", "a-b = c + d")]
    public void Fields_are_those_of_RFC_4180_without_formulas(string value, string field) => Assert.Equal(field, AuditCsv.Field(value));

    [Fact]
    public void Names_that_folders_hold_are_shown_neither_as_labels_nor_elsewhere()
    {
        using CliSession session = CliSession.WithOrganisation();
        for (int i = 0; i < 4; i++) session.Write($"set/{(i < 2 ? "Meier Hans" : "normal")}/{i}.png", MadeSet.Png(MadeSet.Picture(i)));
        string names = session.Write("names.txt", "Meier\n"u8), page = session.PathOf("audit.html"), csv = session.PathOf("audit.csv"), list = session.PathOf("list.json");
        session.Run("audit", session.PathOf("set"), "--labels-from-folders", "--known-names", names, "--no-detector", "--report", page, "--csv", csv, "--manifest", list).Exited(1);
        foreach (string written in (string[])[page, csv]) Assert.DoesNotContain("Meier", File.ReadAllText(written), StringComparison.OrdinalIgnoreCase);
        Assert.Matches("label-[0-9a-f]{16}", File.ReadAllText(page));
        Assert.Matches("file-[0-9a-f]{16}\\.png,png,.*,label-[0-9a-f]{16},", File.ReadAllText(csv));
        Assert.Contains(",normal,", File.ReadAllText(csv), StringComparison.Ordinal);
        Assert.Contains("\"label\":\"label-", File.ReadAllText(list), StringComparison.Ordinal);
        Assert.DoesNotContain("\"label\":\"Meier", File.ReadAllText(list), StringComparison.Ordinal);
    }

    [Fact]
    public void Variants_of_one_image_count_as_one_in_the_range_of_false_alarms()
    {
        Assert.Equal(110, DetectorExpectation.Independent(439, "thresholds on calibrate, 439 samples of real images: 50 nih, 60 paediatric-jpeg.", "Radiographs. Variants: a, b."));
        Assert.Equal(50, DetectorExpectation.Independent(200, "told nowhere", "Radiographs. Variants: clean, jpeg-75, jpeg-90, half."));
        Assert.Equal(200, DetectorExpectation.Independent(200, "", ""));
        var detector = new Veridicom.Forensics.Detector(Veridicom.Forensics.Generation.GenerationModel.Shipped, Veridicom.Forensics.Generation.GenerationModel.Shipped.ShippedThresholds);
        Assert.True(DetectorExpectation.Independent(detector) < detector.Thresholds.RealScores.Count);
    }

    [Fact]
    public void The_number_of_false_alarms_has_the_range_of_a_beta_binomial_distribution()
    {
        // with a very certain rate it is the binomial one: n = 1000, p = 0.02, 12 to 29 by the tables
        Assert.Equal((12, 29), DetectorExpectation.Range(2_000_000, 98_000_000, 1000));
        // of few calibration images: far wider, and still around the mean
        (int low, int high) = DetectorExpectation.Range(3, 108, 10_000);
        Assert.InRange(low, 20, 100);
        Assert.InRange(high, 500, 900);
        Assert.Equal((0, 0), DetectorExpectation.Range(1, 1e9, 10));
        Assert.Equal(100_000, DetectorExpectation.Range(1e9, 1, 100_000).High);
    }
}
