using System.IO.Compression;
using System.Text;
using System.Text.Json;
using Veridicom.Cli.Demo;
using Veridicom.Cli.Detection;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Forensics.Calibration;
using Veridicom.Forensics.Generation;
using Veridicom.Pixels.Png;
using Veridicom.Testing;
using Veridicom.Tests.Pictures;
using Xunit;

namespace Veridicom.Tests.Cli;

/// <summary>detect and detect calibrate, as a user runs them: on images that are made here, and that no model need know.</summary>
public sealed class DetectCommandTests
{
    private const int Side = 320;

    [Fact]
    public void Every_image_gets_one_object_whatever_its_name_says_and_one_that_is_none_gets_a_fault()
    {
        using var session = new CliSession();
        session.Write("in/a.png", Picture(1));
        session.Write("in/b.bin", Generated("Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1, Size: 512x512, Model: x"));
        session.Write("in/c.png", Picture(2).AsSpan(0, 900));
        session.Write("in/d.txt", "no image"u8);
        session.Write("in/e.dcm", CliSession.Slice(1));
        CliResult result = session.Run("detect", session.PathOf("in"), "--json").Exited(1);

        JsonElement[] rows = [.. result.Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["a.png", "b.bin", "c.png", "e.dcm"], rows.Select(row => Path.GetFileName(row.GetProperty("path").GetString())));
        Assert.All(rows, row => Assert.Equal(row.GetProperty("exitCode").GetInt32(), row.GetProperty("opinion").GetString() switch { "no-signs-found" => 0, "inconclusive" => 6, null => 5, _ => 1 }));
        Assert.Equal(["signs-of-generation", null, "inconclusive"], rows[1..].Select(row => row.GetProperty("opinion").GetString()));
        Assert.InRange(rows[0].GetProperty("score").GetDouble(), 0, 1);
        Assert.Equal(ModelIdentity.Of(Veridicom.Forensics.Manipulation.LocalModel.Shipped), rows[0].GetProperty("localModel").GetString());
        Assert.Equal("truncated", rows[2].GetProperty("error").GetProperty("code").GetString());
        // 64 x 64 pixels: no score
        Assert.Equal(JsonValueKind.Null, rows[3].GetProperty("score").ValueKind);
        Assert.Equal([GenerationModel.Shipped.Version, GenerationModel.Shipped.TrainedOn, "shipped"], new[] { "model", "trainedOn", "thresholds" }.Select(key => rows[0].GetProperty(key).GetString()!));
        string[] sources = [.. rows[1].GetProperty("evidence").EnumerateArray().Select(e => e.GetProperty("source").GetString()!)];
        Assert.Equal("metadata", sources[0]);
        Assert.Equal("pixels", sources[^1]);
        Assert.DoesNotContain("authentic", result.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void The_score_is_that_of_the_pixels_whatever_text_stands_beside_them()
    {
        using var session = new CliSession();
        JsonElement plain = One(session, session.Write("a.png", Generated(null))), told = One(session, session.Write("b.png", Generated("Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1")));
        Assert.Equal(plain.GetProperty("score").GetDouble(), told.GetProperty("score").GetDouble());
        Assert.DoesNotContain(plain.GetProperty("evidence").EnumerateArray(), e => e.GetProperty("source").GetString() == "metadata");
        Assert.Equal("signs-of-generation", told.GetProperty("opinion").GetString());
    }

    [Fact]
    public void People_are_told_what_an_opinion_is_worth_and_text_of_files_is_escaped()
    {
        using var session = new CliSession();
        string file = session.Write("b.png", Generated("Steps: 20, Sampler: \u001b[31mEuler, CFG scale: 7, Seed: 1"));
        CliResult result = session.Run("detect", file).Exited(1);
        Assert.StartsWith("signs-of-generation    " + file + "  score ", result.Output, StringComparison.Ordinal);
        Assert.Contains("                       metadata  ", result.Output, StringComparison.Ordinal);
        Assert.Contains("                       pixels    ", result.Output, StringComparison.Ordinal);
        Assert.Contains("This is an opinion and no proof.", result.Output, StringComparison.Ordinal);
        Assert.Contains("of 10,000 images with one generated among them", result.Output, StringComparison.Ordinal);
        string closing = result.Lines[^1];
        Assert.Equal($"Model {GenerationModel.Shipped.Version}, shipped thresholds; trained on: radiographs.", closing);
        Assert.DoesNotContain('\u001b', result.Output);
        Assert.DoesNotContain('\u001b', string.Concat(session.Run("detect", file, "--json").Lines));
    }

    [Fact]
    public void What_holds_no_image_is_said()
    {
        using var session = new CliSession();
        Directory.CreateDirectory(session.PathOf("empty"));
        Assert.Contains("holds no DICOM, PNG or JPEG file", session.Run("detect", session.PathOf("empty")).Exited(5).Error, StringComparison.Ordinal);
        Assert.Contains("is neither DICOM, PNG nor JPEG", session.Run("detect", session.Write("a.png", "text"u8)).Exited(5).Error, StringComparison.Ordinal);
        Assert.Contains("does not exist", session.Run("detect", session.PathOf("none.png")).Exited(7).Error, StringComparison.Ordinal);
        Assert.Contains("is empty", session.Run("detect", session.Write("b.png", [])).Exited(5).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Archives_are_looked_into()
    {
        using var session = new CliSession();
        using (var zip = new ZipArchive(File.Create(session.PathOf("a.zip")), ZipArchiveMode.Create))
        {
            using (Stream entry = zip.CreateEntry("x/one.png").Open()) entry.Write(Picture(1));
            using (Stream entry = zip.CreateEntry("notes.txt").Open()) entry.Write("hello there"u8);
        }
        JsonElement row = JsonDocument.Parse(Assert.Single(session.Run("detect", session.PathOf("a.zip"), "--json").Lines)).RootElement;
        Assert.EndsWith("a.zip!x/one.png", row.GetProperty("path").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_run_goes_on_where_it_was()
    {
        using var session = new CliSession();
        for (int i = 0; i < 3; i++) session.Write($"in/{i}.png", Picture(i));
        session.Write("in/broken.png", Picture(9).AsSpan(0, 500));
        string log = session.PathOf("log.jsonl"), input = session.PathOf("in");
        Assert.Equal(4, session.Run("detect", input, "--json", "--resume", log).Lines.Length);
        byte[] before = File.ReadAllBytes(log);

        session.Write("in/1.png", Generated("Steps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"));
        session.Write("in/4.png", Picture(4));
        JsonElement[] rows = [.. session.Run("detect", input, "--json", "--resume", log).Exited(1).Lines.Select(line => JsonDocument.Parse(line).RootElement)];
        Assert.Equal(["1.png", "4.png", "broken.png"], rows.Select(row => Path.GetFileName(row.GetProperty("path").GetString())));
        Assert.True(File.ReadAllBytes(log).AsSpan().StartsWith(before));

        // all that is left is the file that cannot be read; the opinions of before count
        CliResult last = session.Run("detect", input, "--resume", log).Exited(1);
        Assert.Contains("4 of these files were judged by an earlier run", last.Error, StringComparison.Ordinal);
        Assert.Contains("5 files: ", last.Output, StringComparison.Ordinal);
        Assert.Contains(", 1 not judged", last.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(".png  score", last.Output, StringComparison.Ordinal);
        File.Delete(session.PathOf("in/broken.png"));
        session.Run("detect", input, "--resume", log).Exited(1);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(log));
    }

    [Fact]
    public void A_site_sets_its_own_thresholds()
    {
        using var session = new CliSession();
        for (int i = 0; i < 19; i++) session.Write($"real/{i:00}.png", Picture(i));
        string real = session.PathOf("real");
        Assert.Contains("at least 99 are needed", session.Run("detect", "calibrate", real, "--site", "st-mary", "--alarm-rate", "0.01").Exited(5).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(session.Home, "sites", "st-mary.json")));
        Assert.Contains("no thresholds of this site", session.Run("detect", real, "--site", "st-mary").Exited(7).Error, StringComparison.Ordinal);

        CliResult set = session.Run("detect", "calibrate", real, "--site", "st-mary").Exited(0);
        Assert.Contains("st-mary: thresholds set on 19 real images of 19 patients", set.Output, StringComparison.Ordinal);
        Assert.Contains("too few patients to leave a part out", set.Output, StringComparison.Ordinal);
        string file = Path.Combine(session.Home, "sites", "st-mary.json");
        SiteThresholds site = SiteThresholds.Read(File.ReadAllBytes(file));
        Assert.Equal((ModelIdentity.Of(GenerationModel.Shipped), 0.05, 19, CliSession.Start), (site.Model, site.AlarmRate, site.Images, site.SetAt));
        Assert.StartsWith(GenerationModel.Shipped.Version + " ", site.Model, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(file));
        // none of the images that it was set on lies above: the threshold is just beyond the highest
        string[] lines = session.Run("detect", real, "--site", "st-mary", "--json").Lines;
        Assert.All(lines, line => Assert.DoesNotContain("\"opinion\":\"signs-of-generation\"", line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.Contains("\"thresholds\":\"st-mary\"", line, StringComparison.Ordinal));

        File.WriteAllBytes(file, (site with { Model = "0.0-other" }).Write());
        string refused = session.Run("detect", real, "--site", "st-mary").Exited(7).Error;
        Assert.Contains("was set with model 0.0-other", refused, StringComparison.Ordinal);
        Assert.Contains("veridicom detect calibrate DIR --site st-mary", refused, StringComparison.Ordinal);
        Assert.Equal(19, JsonDocument.Parse(Assert.Single(session.Run("detect", "calibrate", real, "--site", "st-mary", "--json").Exited(0).Lines)).RootElement.GetProperty("patients").GetInt32());
        session.Run("detect", real, "--site", "st-mary");

        // as it was kept before modalities were: refused, with what to do
        File.WriteAllText(file, File.ReadAllText(file).Replace("\"veridicomSite\": 2", "\"veridicomSite\": 1", StringComparison.Ordinal));
        string old = session.Run("detect", real, "--site", "st-mary").Exited(7).Error;
        Assert.Contains("does not say which modalities", old, StringComparison.Ordinal);
        Assert.Contains("veridicom detect calibrate DIR --site st-mary", old, StringComparison.Ordinal);
    }

    [Fact]
    public void A_CT_slice_is_of_another_modality_to_thresholds_that_were_set_on_pictures()
    {
        using var session = new CliSession();
        for (int i = 0; i < 19; i++) session.Write($"real/{i:00}.png", Picture(i));
        session.Run("detect", "calibrate", session.PathOf("real"), "--site", "st-mary").Exited(0);
        string slice = session.Write("a.dcm", PhantomStudy.Slice(11, new PhantomOptions()));
        JsonElement row = JsonDocument.Parse(Assert.Single(session.Run("detect", slice, "--site", "st-mary", "--json").Lines)).RootElement;
        Assert.Contains(row.GetProperty("evidence").EnumerateArray(), e => e.GetProperty("code").GetString() == "other-modality");
    }

    [Fact]
    public void A_word_on_earlier_compression_does_not_end_the_search_for_copies()
    {
        using var session = new CliSession();
        byte[] slice = Copied(PhantomStudy.Slice(11, new PhantomOptions()), (200, 150), (200, 300), 64);
        byte[] said = With(slice, new ElementWriter().Text(new(0x0028, 0x2110), Vr.CS, "01").Text(new(0x0028, 0x2112), Vr.DS, "10").Text(new(0x0028, 0x2114), Vr.CS, "ISO_10918_1").ToArray());
        JsonElement row = One(session, session.Write("a.dcm", said));
        Assert.Equal("signs-of-manipulation", row.GetProperty("opinion").GetString());
        Assert.Contains(row.GetProperty("evidence").EnumerateArray(), e => e.GetProperty("code").GetString() == "noise-not-examined");
        Assert.Contains(row.GetProperty("places").EnumerateArray(), place => place.GetProperty("code").GetString() == "copy-move");
    }

    [Fact]
    public void A_series_that_is_there_twice_is_compared_once()
    {
        using var session = new CliSession();
        for (int i = 0; i < 9; i++)
        {
            byte[] slice = PhantomStudy.Slice(i + 6, new PhantomOptions { Size = 256 });
            session.Write($"in/a/{i}.dcm", slice);
            // a copy of the file, and for one slice the same pixels under another name
            session.Write($"in/b/{i}.dcm", i == 4 ? Renamed(slice) : slice);
        }
        JsonElement series = JsonDocument.Parse(session.Run("detect", session.PathOf("in"), "--json").Exited(6).Lines[^1]).RootElement;
        Assert.Equal(9, series.GetProperty("repeated").GetInt32());
        Assert.DoesNotContain(series.GetProperty("places").EnumerateArray(), place => place.GetProperty("code").GetString() == "slice-shared-noise");
        Assert.NotEqual("signs-of-manipulation", series.GetProperty("opinion").GetString());
        Assert.Contains("9 files are a second copy of a slice", session.Run("detect", session.PathOf("in")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_stretch_of_a_real_series_is_no_sign_of_manipulation()
    {
        using var session = new CliSession();
        for (int i = 10; i <= 26; i++) session.Write($"in/{i}.dcm", File.ReadAllBytes(RealFiles.PathOf("dicom", "series-ct", $"{i}.dcm")));
        CliResult result = session.Run("detect", session.PathOf("in"), "--json");
        Assert.NotEqual(1, result.ExitCode);
        Assert.DoesNotContain("\"signs-of-manipulation\"", result.Output, StringComparison.Ordinal);
        Assert.Contains("false findings in the 17 searched here", session.Run("detect", session.PathOf("in")).Output, StringComparison.Ordinal);
    }

    [Fact]
    public void A_part_copied_within_a_CT_slice_is_found_drawn_and_left_aside_where_that_is_asked_for()
    {
        using var session = new CliSession();
        byte[] slice = PhantomStudy.Slice(11, new PhantomOptions());
        session.Write("in/whole.dcm", slice);
        string copied = session.Write("in/copied.dcm", Copied(slice, (200, 150), (200, 300), 64)), pictures = session.PathOf("pictures");
        JsonElement[] rows = [.. session.Run("detect", session.PathOf("in"), "--json", "--picture", pictures).Exited(1).Lines.Select(line => JsonDocument.Parse(line).RootElement)];

        Assert.Equal("signs-of-manipulation", rows[0].GetProperty("opinion").GetString());
        Assert.Contains(rows[0].GetProperty("places").EnumerateArray(), place => place.GetProperty("code").GetString() == "copy-move" && place.GetProperty("box").EnumerateArray().Select(n => n.GetInt32()).ToArray() is [>= 290 and <= 320, >= 190 and <= 220, _, _]);
        Assert.Equal("inconclusive", rows[1].GetProperty("opinion").GetString());
        Assert.Equal(0, rows[1].GetProperty("places").GetArrayLength());
        string picture = Assert.Single(rows[0].GetProperty("pictures").EnumerateArray()).GetString()!;
        Assert.Equal("0001-copied-frame-1.png", Path.GetFileName(picture));
        Assert.True(PngReader.Read(File.ReadAllBytes(picture)).Width >= 512);
        Assert.Equal([picture], Directory.GetFiles(pictures));
        Assert.Contains("not empty", session.Run("detect", copied, "--picture", pictures).Exited(7).Error, StringComparison.Ordinal);

        Assert.Contains("not looked for", session.Run("detect", session.Write("xray.png", Picture(1))).Output, StringComparison.Ordinal);

        string words = session.Run("detect", copied).Exited(1).Output;
        Assert.Contains("place     columns ", words, StringComparison.Ordinal);
        Assert.DoesNotContain("copy-move", session.Run("detect", copied, "--no-local", "--json").Exited(6).Output, StringComparison.Ordinal);
        Assert.Contains("leave one of them out", session.Run("detect", copied, "--no-local", "--picture", session.PathOf("p")).Exited(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_slices_of_a_series_are_compared_and_what_is_found_is_said_of_the_series()
    {
        using var session = new CliSession();
        for (int i = 0; i < 9; i++) session.Write($"in/{8 - i}.dcm", PhantomStudy.Slice(i + 6, new PhantomOptions { Size = 256 }));
        JsonElement whole = JsonDocument.Parse(session.Run("detect", session.PathOf("in"), "--json").Lines[^1]).RootElement;
        Assert.Equal(9, whole.GetProperty("slices").GetInt32());
        Assert.DoesNotContain(whole.GetProperty("places").EnumerateArray(), IsShared);

        // a part of one slice put into the next but two: in neither is it twice
        byte[] from = File.ReadAllBytes(session.PathOf("in/5.dcm")), into = File.ReadAllBytes(session.PathOf("in/2.dcm"));
        session.Write("in/2.dcm", Copied(into, (100, 90), (100, 90), 48, from));
        string log = session.PathOf("log");
        for (int run = 0; run < 2; run++)
        {
            // also where all slices are known from an earlier run
            JsonElement changed = JsonDocument.Parse(session.Run("detect", session.PathOf("in"), "--json", "--resume", log).Exited(1).Lines[^1]).RootElement;
            Assert.Equal("signs-of-manipulation", changed.GetProperty("opinion").GetString());
            Assert.Contains(changed.GetProperty("places").EnumerateArray(), place => IsShared(place) && place.GetProperty("path").GetString()!.EndsWith("2.dcm", StringComparison.Ordinal));
        }
        Assert.Contains(": 9 slices compared with their neighbours", session.Run("detect", session.PathOf("in"), "-q").Exited(1).Output, StringComparison.Ordinal);

        static bool IsShared(JsonElement place) => place.GetProperty("code").GetString() == "slice-shared-noise";
    }

    [Theory]
    [InlineData("../evil")]
    [InlineData("UPPER")]
    [InlineData("shipped")]
    [InlineData("")]
    public void A_name_that_is_no_plain_word_is_refused(string name)
    {
        using var session = new CliSession();
        session.Write("real/a.png", Picture(0));
        Assert.Contains("is no name of a site", session.Run("detect", session.PathOf("real"), "--site", name).Exited(2).Error, StringComparison.Ordinal);
        Assert.Contains("is no name of a site", session.Run("detect", "calibrate", session.PathOf("real"), "--site", name).Exited(2).Error, StringComparison.Ordinal);
        Assert.Contains("out of range", session.Run("detect", "calibrate", session.PathOf("real"), "--site", "a", "--alarm-rate", "0.9").Exited(2).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void Of_many_frames_the_most_suspicious_counts_and_is_named()
    {
        using var session = new CliSession();
        // the second frame is one even gray: there is nothing to be judged in it
        byte[] frames = [.. Samples(1), .. Enumerable.Repeat((byte)90, Side * Side), .. Samples(2)];
        byte[] elements = new ElementWriter().Text(new(0x0008, 0x0016), Vr.UI, "1.2.840.10008.5.1.4.1.1.7.2").Text(new(0x0008, 0x0018), Vr.UI, "2.25.7").Text(new(0x0008, 0x0060), Vr.CS, "OT")
            .UInt16(new(0x0028, 0x0002), 1).Text(new(0x0028, 0x0004), Vr.CS, "MONOCHROME2").Text(new(0x0028, 0x0008), Vr.IS, "3").UInt16(new(0x0028, 0x0010), Side).UInt16(new(0x0028, 0x0011), Side)
            .UInt16(new(0x0028, 0x0100), 8).UInt16(new(0x0028, 0x0101), 8).UInt16(new(0x0028, 0x0102), 7).UInt16(new(0x0028, 0x0103), 0).Bytes(new(0x7FE0, 0x0010), Vr.OB, frames).ToArray();
        JsonElement row = One(session, session.Write("many.dcm", SampleFiles.File(SampleFiles.Explicit, elements, "1.2.840.10008.5.1.4.1.1.7.2")));
        Assert.Equal((3, 3), (row.GetProperty("frames").GetInt32(), row.GetProperty("framesJudged").GetInt32()));
        Assert.Contains(row.GetProperty("evidence").EnumerateArray(), e => e.GetProperty("code").GetString() == "frames");
        double[] alone = [.. new[] { 1, 2 }.Select(seed => One(session, session.Write($"{seed}.png", Picture(seed))).GetProperty("score").GetDouble())];
        Assert.Contains(row.GetProperty("frame").GetInt32(), new[] { 1, 3 });
        Assert.Equal(alone.Max(), row.GetProperty("score").GetDouble());
    }

    [Fact]
    public void Images_of_one_patient_count_once()
    {
        using var session = new CliSession();
        // the computed study has one patient
        for (int i = 0; i < 3; i++) session.Write($"real/{i:00}.dcm", PhantomStudy.Slice(i, new PhantomOptions()));
        Assert.Contains("images of 1 patient that can be judged are too few", session.Run("detect", "calibrate", session.PathOf("real"), "--site", "a").Exited(5).Error, StringComparison.Ordinal);
    }

    /// <summary>A picture with soft shapes and noise.</summary>
    internal static byte[] Picture(int seed) => PngWriter.Write(Side, Side, PngColour.Grey, 8, Samples(seed));

    private static byte[] Generated(string? parameters)
    {
        byte[]? text = parameters is null ? null : PngByHand.Chunk("tEXt", [.. Encoding.Latin1.GetBytes("parameters"), 0, .. Encoding.Latin1.GetBytes(parameters)]);
        return PngByHand.File(Side, Side, PngColour.Grey, 8, false, [.. Samples(3).Select(v => (ushort)v)], extra: text);
    }

    /// <summary>A square of pixels, rows and columns of 16 bits, copied to another place; from another slice where one is given.</summary>
    private static byte[] Copied(byte[] slice, (int Row, int Column) from, (int Row, int Column) to, int side, byte[]? source = null)
    {
        DicomDataSet set = DicomFile.Parse(new MemorySource(slice)).DataSet;
        ushort columns = 0;
        Assert.True(set.TryFind(new DicomTag(0x7FE0, 0x0010), out DicomNode pixels));
        Assert.True(set.TryUInt16(new DicomTag(0x0028, 0x0011), out columns));
        int start = (int)pixels.ValueOffset;
        var changed = (byte[])slice.Clone();
        for (int row = 0; row < side; row++)
            (source ?? slice).AsSpan(start + 2 * ((from.Row + row) * columns + from.Column), 2 * side).CopyTo(changed.AsSpan(start + 2 * ((to.Row + row) * columns + to.Column)));
        return changed;
    }

    /// <summary>The file with elements put in before its pixels.</summary>
    private static byte[] With(byte[] slice, byte[] elements)
    {
        Assert.True(DicomFile.Parse(new MemorySource(slice)).DataSet.TryFind(new DicomTag(0x7FE0, 0x0010), out DicomNode pixels));
        int at = (int)pixels.HeaderOffset;
        return [.. slice[..at], .. elements, .. slice[at..]];
    }

    /// <summary>The file with another SOP Instance UID of the same length.</summary>
    private static byte[] Renamed(byte[] slice)
    {
        string uid = DicomFile.Parse(new MemorySource(slice)).DataSet.Ascii(new DicomTag(0x0008, 0x0018))!.TrimEnd('\0', ' ');
        byte[] name = Encoding.ASCII.GetBytes(uid), other = [.. name[..^1], (byte)(name[^1] == '1' ? '2' : '1')], changed = (byte[])slice.Clone();
        for (int at; (at = changed.AsSpan().IndexOf(name)) >= 0;) other.CopyTo(changed.AsSpan(at));
        return changed;
    }

    private static byte[] Samples(int seed)
    {
        var random = new Random(seed);
        double x = 2 + random.NextDouble() * 4, y = 2 + random.NextDouble() * 4;
        return [.. Enumerable.Range(0, Side * Side).Select(i => (byte)Math.Clamp(120 + 60 * Math.Sin(x * (i % Side) / Side) * Math.Cos(y * (i / Side) / Side) + 12 * (random.NextDouble() + random.NextDouble() - 1), 0, 255))];
    }

    private static JsonElement One(CliSession session, string path) => JsonDocument.Parse(Assert.Single(session.Run("detect", path, "--json").Lines)).RootElement;
}
