using System.Text;
using System.Text.Json;
using Veridicom.Cli.Audits;
using Veridicom.Dicom;
using Veridicom.Tests.Cli;
using Xunit;

namespace Veridicom.Tests.Audits;

/// <summary>audit, on data sets with one fault each, and on one without any.</summary>
public sealed class AuditCommandTests : IDisposable
{
    private readonly CliSession _session = new();
    private readonly string _labels;

    public AuditCommandTests() => _labels = MadeSet.Clean(_session);

    public void Dispose() => _session.Dispose();

    private string Set => _session.PathOf("set");

    private void Label(string line) => File.AppendAllText(_labels, "\r\n" + line);

    private (Dictionary<string, string> Findings, string All) Audit(int code, params string[] more)
    {
        CliResult result = _session.Run(["audit", Set, "--labels", _labels, "--json", "--no-detector", .. more]).Exited(code);
        JsonElement whole = JsonDocument.Parse(result.Lines[^1]).RootElement;
        return (whole.GetProperty("findings").EnumerateArray().GroupBy(f => f.GetProperty("code").GetString()!).ToDictionary(g => g.Key, g => g.First().GetProperty("weight").GetString()!), result.Output);
    }

    private void Finds(string finding, string weight, int code, params string[] more)
    {
        (Dictionary<string, string> findings, string all) = Audit(code, more);
        Assert.True(findings.GetValueOrDefault(finding) == weight, $"{finding} is not {weight}:\n{all}");
        Assert.Equal(code, findings.ContainsValue("unfit") ? 1 : 6);
    }

    [Fact]
    public void A_data_set_in_order_is_fit()
    {
        (Dictionary<string, string> findings, string all) = Audit(0);
        Assert.Equal(["burned-in-text", "unsealed"], findings.Keys.Order());
        Assert.Contains("\"answer\":\"fit\"", all, StringComparison.Ordinal);
        string text = _session.Run("audit", Set, "--labels", _labels, "--no-detector").Exited(0).Output;
        Assert.StartsWith("fit  ", text, StringComparison.Ordinal);
        Assert.Contains("part train: 8 files, 8 patients known; 4 finding, 4 normal", text, StringComparison.Ordinal);
        Assert.Empty(_session.Run("audit", Set, "--labels", _labels, "--quiet", "--no-detector").Exited(0).Output);
    }

    [Fact]
    public void Who_a_patient_is_cannot_be_computed_from_the_output()
    {
        string first = Audit(0).All, second = Audit(0).All;
        string Patient(string all) => JsonDocument.Parse(all.Split('\n')[0]).RootElement.GetProperty("patient").GetString()!;
        Assert.Matches("^[0-9a-f]{16}$", Patient(first));
        Assert.NotEqual(Patient(first), Patient(second));
        Assert.DoesNotContain("\"P0\"", first, StringComparison.Ordinal);
    }

    [Fact]
    public void The_same_bytes_in_two_parts_leak()
    {
        _session.Write("set/test/again.png", MadeSet.Png(MadeSet.Picture(3)));
        Label("test/again.png,finding,clinic 1,test,P99");
        Finds("duplicates-across-splits", "unfit", 1);
        Finds("duplicates-across-patients", "reservation", 1);
    }

    [Fact]
    public void The_same_pixels_in_another_format_are_found()
    {
        _session.Write("set/train/again.dcm", MadeSet.Dicom(MadeSet.Picture(3)));
        Label("train/again.dcm,finding,clinic 1,train,P3");
        string all = Audit(6).All;
        Assert.Contains("{\"first\":\"train/3.png\",\"second\":\"train/again.dcm\",\"likeness\":\"pixels\"", all, StringComparison.Ordinal);
        Finds("duplicates", "reservation", 6);
    }

    [Theory]
    [InlineData("half")]
    [InlineData("bright")]
    [InlineData("mirrored")]
    [InlineData("inverted")]
    public void What_looks_the_same_in_two_parts_leaks(string how)
    {
        byte[] picture = MadeSet.Picture(5);
        byte[] other = how switch
        {
            "half" => MadeSet.Png(MadeSet.Halved(picture), MadeSet.Side / 2),
            "bright" => MadeSet.Png(MadeSet.Changed(picture, value => value * 11 / 10 + 9)),
            "mirrored" => MadeSet.Png(MadeSet.Mirrored(picture)),
            _ => MadeSet.Png(MadeSet.Changed(picture, value => 255 - value)),
        };
        _session.Write("set/test/alike.png", other);
        Label("test/alike.png,finding,clinic 1,test,P98");
        Finds("duplicates-across-splits", "unfit", 1);
        Assert.Contains($"\"likeness\":\"near\"", Audit(1).All, StringComparison.Ordinal);
    }

    [Fact]
    public void One_picture_with_two_labels_is_a_contradiction()
    {
        _session.Write("set/train/again.png", MadeSet.Png(MadeSet.Picture(2)));
        Label("train/again.png,finding,clinic 1,train,P2");
        Finds("duplicates-labelled-differently", "unfit", 1);
    }

    [Fact]
    public void A_patient_in_two_parts_leaks()
    {
        _session.Write("set/test/more.png", MadeSet.Png(MadeSet.Picture(77)));
        Label("test/more.png,normal,clinic 0,test,P1");
        Finds("patient-across-splits", "unfit", 1);
    }

    [Fact]
    public void Patients_are_known_by_file_names_only_where_that_is_asked_for()
    {
        _session.Write("other/train/007_1.png", MadeSet.Png(MadeSet.Picture(1)));
        _session.Write("other/test/007_2.png", MadeSet.Png(MadeSet.Picture(2)));
        Assert.Contains("patients-unknown", _session.Run("audit", _session.PathOf("other"), "--json").Exited(6).Output, StringComparison.Ordinal);
        Assert.Contains("patient-across-splits", _session.Run("audit", _session.PathOf("other"), "--json", "--patient-from-name", "_").Exited(1).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_that_says_it_is_synthetic_must_not_be_labelled_as_real()
    {
        _session.Write("set/train/made.dcm", MadeSet.Dicom(MadeSet.Picture(50), early: w => w.Text(new DicomTag(0x0008, 0x001C), Vr.CS, "YES")));
        Label("train/made.dcm,normal,clinic 0,train,P50");
        Finds("synthetic-labelled-otherwise", "unfit", 1);
    }

    [Fact]
    public void An_altered_seal_is_counted_and_named()
    {
        using CliSession session = CliSession.WithOrganisation();
        session.WriteSlice("set/a.dcm");
        session.Run("seal", session.PathOf("set"), "--in-place", "--no-manifest").Exited(0);
        byte[] bytes = File.ReadAllBytes(session.PathOf("set", "a.dcm"));
        Assert.Contains("\"verdict\":\"authentic\"", session.Run("audit", session.PathOf("set"), "--json").Output, StringComparison.Ordinal);
        bytes[bytes.AsSpan().IndexOf((byte[])[0xE0, 0x7F, 0x10, 0x00]) + 500] ^= 1;
        File.WriteAllBytes(session.PathOf("set", "a.dcm"), bytes);
        CliResult result = session.Run("audit", session.PathOf("set"), "--json").Exited(1);
        Assert.Contains("\"code\":\"altered\",\"weight\":\"unfit\",\"count\":1", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Identifiers_are_found_by_kind_and_place_and_never_shown()
    {
        _session.Write("set/train/named.dcm", MadeSet.Dicom(MadeSet.Picture(51), more: w => w
            .Text(new DicomTag(0x0008, 0x103E), Vr.LO, "Thorax Quasimodo call +49 30 1234567")
            .Text(new DicomTag(0x0009, 0x0010), Vr.LO, "MAKER")
            .Text(new DicomTag(0x0009, 0x1001), Vr.LO, "quasimodo@example.org")
            .Text(new DicomTag(0x0010, 0x0010), Vr.PN, "Quasimodo^Esmeralda")
            .Text(new DicomTag(0x0010, 0x0020), Vr.LO, "471147")
            .Text(new DicomTag(0x0010, 0x0030), Vr.DA, "19480229")));
        Label("train/named.dcm,normal,clinic 0,train,P51");
        (Dictionary<string, string> findings, string all) = Audit(1);
        foreach (string kind in (string[])["name", "birth-date", "identifier", "telephone", "email"]) Assert.Equal("unfit", findings["identifiers-" + kind]);
        Assert.Equal("reservation", findings["identifiers-private-element"]);
        Assert.Contains("{\"kind\":\"name\",\"place\":\"(0010,0010)\",\"files\":1,\"form\":\"Xxxxxxxxx^Xxxxxxxxx\"}", all, StringComparison.Ordinal);
        foreach (string secret in (string[])["Quasimodo", "471147", "19480229", "1234567", "example.org"]) Assert.DoesNotContain(secret, all, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public void What_a_file_says_was_replaced_is_no_leak_but_what_should_be_gone_is()
    {
        _session.Write("set/train/clean.dcm", MadeSet.Dicom(MadeSet.Picture(52), more: w => w
            .Text(new DicomTag(0x0010, 0x0010), Vr.PN, "Case^17")
            .Text(new DicomTag(0x0010, 0x0020), Vr.LO, "C17")
            .Text(new DicomTag(0x0012, 0x0062), Vr.CS, "YES")));
        Label("train/clean.dcm,normal,clinic 0,train,P52");
        (Dictionary<string, string> findings, _) = Audit(0);
        Assert.Equal("note", findings["identifiers-stated-replaced"]);
        string names = _session.Write("names.txt", "Nobody Else\nCase\n"u8);
        Finds("identifiers-known-name", "unfit", 1, "--known-names", names);
    }

    [Fact]
    public void Text_in_png_files_and_names_of_files_are_looked_at()
    {
        byte[] png = MadeSet.Png(MadeSet.Picture(53));
        byte[] text = Chunk("tEXt", "Comment\0taken 2019-03-04 for Dr. Frankenstein"u8);
        _session.Write("set/train/x.png", [.. png[..33], .. text, .. png[33..]]);
        _session.Write("set/train/scan_20190304.png", MadeSet.Png(MadeSet.Picture(54)));
        Label("train/x.png,normal,clinic 0,train,P53");
        Label("train/scan_20190304.png,finding,clinic 0,train,P54");
        (Dictionary<string, string> findings, string all) = Audit(6);
        Assert.Equal("reservation", findings["identifiers-date-in-text"]);
        Assert.Equal("reservation", findings["identifiers-name-in-text"]);
        Assert.Contains("\"place\":\"file name\"", all, StringComparison.Ordinal);
        Assert.DoesNotContain("Frankenstein", all, StringComparison.Ordinal);
    }

    [Fact]
    public void Broken_and_emptied_files_do_not_stop_the_run()
    {
        _session.Write("set/train/cut.png", MadeSet.Png(MadeSet.Picture(55)).AsSpan(0, 2000));
        _session.Write("set/train/none.png", []);
        _session.Write("set/train/readme.txt", "no image"u8);
        (Dictionary<string, string> findings, string all) = Audit(1);
        Assert.Equal("unfit", findings["broken"]);
        Assert.Contains("\"count\":2,\"text\":\"2 files cannot be read or decoded\"", all, StringComparison.Ordinal);
        Assert.Contains("\"passedOver\":\"1 file that is not DICOM, PNG or JPEG\"", all, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_claims_very_many_pixels_is_not_decoded()
    {
        byte[] png = MadeSet.Png(MadeSet.Picture(56));
        byte[] header = [.. png.AsSpan(16, 13)];
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header, 16000);
        System.Buffers.Binary.BinaryPrimitives.WriteInt32BigEndian(header.AsSpan(4), 16000);
        _session.Write("set/train/huge.png", [.. png[..8], .. Chunk("IHDR", header), .. png[33..]]);
        Label("train/huge.png,normal,clinic 0,train,P56");
        Assert.Contains("\"code\":\"too-large\"", Audit(1).All, StringComparison.Ordinal);
        Assert.Equal((16L, 32L), FileLook.ShapeOf([0xFF, 0xD8, 0xFF, 0xFF, 0xFE, 0, 4, 1, 2, 0xFF, 0xC2, 0, 11, 8, 0, 16, 0, 32, 1, 1, 17, 0]));
        Assert.Null(FileLook.ShapeOf([0xFF, 0xD8, 0xFF, 0xFE, 0xFF, 0xFF]));
    }

    [Fact]
    public void A_label_that_the_format_gives_away_is_a_shortcut()
    {
        for (int i = 100; i < 124; i++)
        {
            bool odd = i % 2 == 1;
            _session.Write($"set/train/{i}.{(odd ? "dcm" : "png")}", odd ? MadeSet.Dicom(MadeSet.Picture(i)) : MadeSet.Png(MadeSet.Picture(i)));
            Label($"train/{i}.{(odd ? "dcm" : "png")},{(odd ? "tumour" : "none")},clinic 0,train,P{i}");
        }
        Finds("shortcut", "unfit", 1);
    }

    [Fact]
    public void Negatives_among_positives_and_stretched_depths_are_told()
    {
        _session.Write("set/train/a.dcm", MadeSet.Dicom(MadeSet.Picture(60)));
        _session.Write("set/train/b.dcm", MadeSet.Dicom(MadeSet.Picture(61), photometric: "MONOCHROME1"));
        _session.Write("set/train/c.dcm", MadeSet.Dicom(MadeSet.Picture(62), bits: 12));
        for (int i = 0; i < 3; i++) Label($"train/{(char)('a' + i)}.dcm,normal,clinic 0,train,P{60 + i}");
        Finds("inversion-mixed", "reservation", 6);
        Finds("quantised", "reservation", 6);
    }

    [Fact]
    public void Labels_and_files_that_do_not_fit_each_other_are_told()
    {
        _session.Write("set/train/new.png", MadeSet.Png(MadeSet.Picture(70)));
        Label("train/gone.png,normal,clinic 0,train,P70");
        Label("train/1.png,normal,clinic 0,train,P1");
        (Dictionary<string, string> findings, _) = Audit(1);
        Assert.Equal("reservation", findings["unlabelled"]);
        Assert.Equal("reservation", findings["labels-without-file"]);
        Assert.Equal("unfit", findings["labels-contradict"]);
    }

    [Fact]
    public void The_detector_is_asked_and_its_chance_is_told()
    {
        for (int i = 0; i < 3; i++) _session.Write($"large/{i}.png", MadeSet.Png(MadeSet.Picture(i, 512), 512));
        CliResult result = _session.Run("audit", _session.PathOf("large"), "--json");
        JsonElement[] lines = [.. result.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Contains(lines[0].GetProperty("opinion").GetString(), (string[])["no-signs-found", "inconclusive", "signs-of-generation", "signs-of-manipulation"]);
        JsonElement detector = lines[^1].GetProperty("detector");
        int flagged = detector.GetProperty("flagged").GetInt32();
        Assert.Equal(3, detector.GetProperty("judged").GetInt32());
        Assert.Equal(lines[..3].Count(line => line.GetProperty("opinion").GetString() == "signs-of-generation"), flagged);
        Assert.InRange(detector.GetProperty("expected").GetDouble(), 0, 1);
        Assert.Contains("no thresholds of this site", _session.Run("audit", Set, "--site", "nowhere").Exited(7).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Thresholds_of_a_site_are_used_where_they_were_set_by_this_model()
    {
        for (int i = 0; i < 4; i++) _session.Write($"real/{i}.png", DetectCommandTests.Picture(i));
        _session.Run("detect", "calibrate", _session.PathOf("real"), "--site", "st-mary", "--alarm-rate", "0.25").Exited(0);
        CliResult result = _session.Run("audit", _session.PathOf("real"), "--site", "st-mary", "--json");
        Assert.NotEqual(7, result.ExitCode);
        JsonElement whole = JsonDocument.Parse(result.Lines[^1]).RootElement;
        Assert.Equal(("st-mary", 4), (whole.GetProperty("detector").GetProperty("thresholds").GetString(), whole.GetProperty("detector").GetProperty("judged").GetInt32()));
        Assert.Contains("The rate is one of patients", _session.Run("audit", _session.PathOf("real"), "--site", "st-mary").Output, StringComparison.Ordinal);
    }

    [Fact]
    public void What_says_that_a_part_of_it_was_generated_or_edited_is_a_reservation_of_its_own()
    {
        byte[] png = MadeSet.Png(MadeSet.Picture(57));
        byte[] composite = Chunk("iTXt", Encoding.UTF8.GetBytes("XML:com.adobe.xmp\0\0\0\0\0<x:xmpmeta xmlns:x=\"adobe:ns:meta/\"><rdf:RDF xmlns:rdf=\"http://www.w3.org/1999/02/22-rdf-syntax-ns#\"><rdf:Description xmlns:i=\"http://iptc.org/std/Iptc4xmpExt/2008-02-29/\" i:DigitalSourceType=\"http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia\"/></rdf:RDF></x:xmpmeta>"));
        _session.Write("set/train/part.png", [.. png[..33], .. composite, .. png[33..]]);
        Label("train/part.png,normal,clinic 0,train,P57");
        Finds("composite", "reservation", 6);
    }

    [Theory]
    [InlineData("generated", true)]
    [InlineData("GAN, Synthetic", true)]
    [InlineData("fake_images", true)]
    [InlineData("AI-made", true)]
    [InlineData("ai generated", true)]
    [InlineData("degenerated", false)]
    [InlineData("not generated", false)]
    [InlineData("non-synthetic", false)]
    [InlineData("unsimulated", false)]
    [InlineData("real, no fake", false)]
    [InlineData("normal", false)]
    [InlineData(null, false)]
    public void Labels_mean_generated_images_by_whole_words_of_a_closed_list(string? label, bool means) => Assert.Equal(means, AuditRequest.MeansGenerated(label));

    [Fact]
    public void Files_of_hidden_folders_are_looked_at()
    {
        _session.Write("set/train/.more/1.png", MadeSet.Png(MadeSet.Picture(58)));
        Assert.Contains("train/.more/1.png", Audit(6).All, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_usage_is_told()
    {
        Assert.Contains("does not exist", _session.Run("audit", _session.PathOf("nowhere")).Exited(7).Error, StringComparison.Ordinal);
        string noFile = _session.Write("bad.csv", "name,label\na,b"u8);
        Assert.Contains("no column 'file'", _session.Run("audit", Set, "--labels", noFile).Exited(5).Error, StringComparison.Ordinal);
        Assert.Contains("is a JSON file", _session.Run("audit", Set, "--manifest", _session.PathOf("x.dcm")).Exited(2).Error, StringComparison.Ordinal);
        Directory.CreateDirectory(_session.PathOf("empty"));
        _session.Run("audit", _session.PathOf("empty")).Exited(5);
    }

    private static byte[] Chunk(string type, ReadOnlySpan<byte> data)
    {
        byte[] content = [.. Encoding.ASCII.GetBytes(type), .. data];
        uint crc = 0xFFFFFFFF;
        foreach (byte b in content)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++) crc = (crc & 1) != 0 ? 0xEDB88320 ^ (crc >> 1) : crc >> 1;
        }
        byte[] length = BitConverter.GetBytes(data.Length), sum = BitConverter.GetBytes(~crc);
        Array.Reverse(length);
        Array.Reverse(sum);
        return [.. length, .. content, .. sum];
    }
}
