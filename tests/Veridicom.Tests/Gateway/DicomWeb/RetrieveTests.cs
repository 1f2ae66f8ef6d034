using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.WebUtilities;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb;
using Veridicom.Gateway.DicomWeb.Retrieve;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Png;
using Veridicom.Registry.Journal;
using Veridicom.Testing.DicomWeb;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Gateway.DicomWeb;

/// <summary>WADO-RS: what was stored comes out, byte for byte, in every form that is promised.</summary>
public sealed class RetrieveTests
{
    private const string Study = "/dicom-web/studies/2.25.10", Series = Study + "/series/2.25.20", Instance = Series + "/instances/2.25.30";

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Studies_series_and_instances_come_as_they_were_stored()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        byte[][] files = [Images.Make(), Images.Make(instance: "2.25.31", syntax: SampleFiles.Implicit), Images.Make(series: "2.25.21", instance: "2.25.32", syntax: SampleFiles.BigEndian)];
        foreach (byte[] file in files) await host.StoreAsync(file); // one by one: of one request several are taken in at the same time

        Assert.Equal(files, await PartsAsync(host, Study, "multipart/related; type=\"application/dicom\"; transfer-syntax=*"));
        Assert.Equal(files, await PartsAsync(host, Study, null));
        Assert.Equal(files[..2], await PartsAsync(host, Series, "multipart/related"));
        Assert.Equal(files[..1], await PartsAsync(host, Instance, "multipart/related; type=\"application/dicom\""));
        Assert.Equal(files[0], await BytesAsync(host, Instance, "application/dicom"));
        Assert.Equal(files[0], await BytesAsync(host, Instance + "?accept=application/dicom", "text/html"));
        JournalEntry entry = host.Journal.Last();
        Assert.Equal((EntryKind.Retrieved, "2.25.10", "2.25.20", "2.25.30", "4711", 1, "tester", "testing"), (entry.Kind, entry.StudyUid, entry.SeriesUid, entry.SopInstanceUid, entry.PatientId, entry.Instances, entry.Who.Name, entry.Why));
        Assert.Equal(3, host.Journal.First().Instances);
    }

    [Fact]
    public async Task A_single_file_has_a_validator_and_ranges()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        byte[] file = Images.Make();
        await host.StoreAsync(file);
        using HttpClient client = host.Client();

        using HttpResponseMessage whole = await SendAsync(client, Instance, "application/dicom");
        Assert.Equal($"\"{Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(file))}\"", whole.Headers.ETag?.Tag);
        foreach ((string range, int from, int to) in ((string, int, int)[])[("bytes=0-9", 0, 10), ("bytes=128-131", 128, 132), ("bytes=-5", file.Length - 5, file.Length), ("bytes=100-", 100, file.Length), ("bytes=0-999999", 0, file.Length)])
        {
            using HttpResponseMessage part = await SendAsync(client, Instance, "application/dicom", ("Range", range));
            Assert.Equal((HttpStatusCode.PartialContent, $"bytes {from}-{to - 1}/{file.Length}"), (part.StatusCode, part.Content.Headers.ContentRange?.ToString()));
            Assert.Equal(file[from..to], await part.Content.ReadAsByteArrayAsync(Stop));
        }
        using HttpResponseMessage beyond = await SendAsync(client, Instance, "application/dicom", ("Range", "bytes=999999-"));
        Assert.Equal((HttpStatusCode.RequestedRangeNotSatisfiable, $"bytes */{file.Length}"), (beyond.StatusCode, beyond.Content.Headers.ContentRange?.ToString()));
        using HttpResponseMessage known = await SendAsync(client, Instance, "application/dicom", ("If-None-Match", whole.Headers.ETag!.Tag));
        Assert.Equal((HttpStatusCode.NotModified, 0), (known.StatusCode, (await known.Content.ReadAsByteArrayAsync(Stop)).Length));
        using HttpResponseMessage other = await SendAsync(client, Instance, "application/dicom", ("Range", "bytes=0-9"), ("If-Range", "\"other\""));
        Assert.Equal((HttpStatusCode.OK, file.Length), (other.StatusCode, (await other.Content.ReadAsByteArrayAsync(Stop)).Length));
    }

    [Fact]
    public async Task Another_transfer_syntax_is_made_and_the_seal_stays_good()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        byte[] file = SealKit.Seal(Images.Make());
        await host.StoreAsync(file);

        foreach (TransferSyntax syntax in (TransferSyntax[])[TransferSyntax.JpegLsLossless, TransferSyntax.RleLossless, TransferSyntax.ImplicitVrLittleEndian])
        {
            byte[] single = await BytesAsync(host, Instance, $"application/dicom; transfer-syntax={syntax.Uid}");
            Assert.Equal(syntax, SealKit.Parse(single).TransferSyntax);
            Assert.True(SealKit.Passes(SealKit.Verify(single)), SealKit.Say(SealKit.Verify(single)));
            Assert.Equal([single], await PartsAsync(host, Study, $"multipart/related; type=\"application/dicom\"; transfer-syntax={syntax.Uid}"));
        }
        using HttpClient client = host.Client();
        using HttpResponseMessage refused = await SendAsync(client, Instance, $"application/dicom; transfer-syntax={TransferSyntax.Jpeg2000.Uid}");
        Assert.Equal(HttpStatusCode.NotAcceptable, refused.StatusCode);
        // the second choice is taken where the first cannot be had
        using HttpResponseMessage second = await SendAsync(client, Instance, $"application/dicom; transfer-syntax={TransferSyntax.Jpeg2000.Uid}, application/dicom; transfer-syntax=*; q=0.5");
        Assert.Equal(file, await second.Content.ReadAsByteArrayAsync(Stop));
    }

    [Fact]
    public async Task Who_may_not_know_of_a_study_is_told_that_there_is_none()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make());
        using HttpClient client = host.Client();
        host.Grants = [new(Scope.Read, "2.25.11")];
        using HttpResponseMessage hidden = await SendAsync(client, Study, null), absent = await SendAsync(client, Study + "0", null);
        Assert.Equal((HttpStatusCode.NotFound, await absent.Content.ReadAsStringAsync(Stop)), (hidden.StatusCode, await hidden.Content.ReadAsStringAsync(Stop)));
        host.Grants = [new(Scope.Write, null)];
        foreach (string path in (string[])[Study, Study + "/metadata", Instance + "/frames/1", Instance + "/rendered", Instance + "/bulkdata/7FE00010", Study + "/thumbnail", "/dicom-web/studies", "/verdicts/studies/2.25.10", "/studies/2.25.10/report"])
        {
            using HttpResponseMessage forbidden = await SendAsync(client, path, null);
            Assert.Equal((path, HttpStatusCode.Forbidden), (path, forbidden.StatusCode));
        }
        Assert.DoesNotContain(host.Journal, entry => entry.Kind == EntryKind.Retrieved);
    }

    [Fact]
    public async Task Nothing_is_given_out_that_the_audit_trail_does_not_have()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make());
        host.JournalFails = true;
        using HttpClient client = host.Client();
        foreach (string path in (string[])[Study, Instance, Study + "/metadata", Instance + "/frames/1", Instance + "/rendered", Instance + "/bulkdata/7FE00010", Study + "/thumbnail", "/dicom-web/studies", "/verdicts/studies/2.25.10", "/studies/2.25.10/report"])
        {
            using HttpResponseMessage response = await SendAsync(client, path, null);
            string body = await response.Content.ReadAsStringAsync(Stop);
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, response.StatusCode));
            Assert.Contains("audit trail", body, StringComparison.Ordinal);
            Assert.DoesNotContain("Doe", body, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Instances_in_conflict_or_quarantine_are_not_given()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        byte[] first = Images.Make();
        await host.StoreAsync(first);
        await host.StoreAsync(Images.Make(name: "Other"), Images.Make(instance: "2.25.31", modality: "OT"));
        Assert.Equal([first], await PartsAsync(host, Study, null));
    }

    [Theory]
    [InlineData(SampleFiles.Explicit)]
    [InlineData(SampleFiles.BigEndian)]
    public async Task Native_frames_come_as_little_endian_samples(string syntax)
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make(frames: 3, syntax: syntax));
        byte[] cells = Images.Cells(3);

        List<byte[]> frames = await PartsAsync(host, Instance + "/frames/3,1", "multipart/related; type=\"application/octet-stream\"");
        Assert.Equal([cells[256..384], cells[..128]], frames);
        Assert.Equal(cells[128..256], await BytesAsync(host, Instance + "/frames/2", "application/octet-stream"));
        Assert.Equal(cells, Assert.Single(await PartsAsync(host, Instance + "/bulkdata/7FE00010", "multipart/related; type=\"application/octet-stream\"")));
        Assert.Equal(cells, await BytesAsync(host, Instance + "/bulkdata/7FE00010", "application/octet-stream"));
        using HttpClient client = host.Client();
        foreach ((string list, HttpStatusCode expected) in ((string, HttpStatusCode)[])[("4", HttpStatusCode.NotFound), ("0", HttpStatusCode.BadRequest), ("1,,2", HttpStatusCode.BadRequest), ("-1", HttpStatusCode.BadRequest), ("99999999999", HttpStatusCode.BadRequest)])
        {
            using HttpResponseMessage response = await SendAsync(client, $"{Instance}/frames/{list}", null);
            Assert.Equal((list, expected), (list, response.StatusCode));
        }
    }

    [Fact]
    public void What_frames_take_is_bounded_over_all_requests()
    {
        var budget = new ByteBudget(100);
        IDisposable first = budget.Take(60);
        using IDisposable second = budget.Take(40);
        Assert.Equal(503, Assert.Throws<ProblemException>(() => budget.Take(1)).Status);
        first.Dispose();
        first.Dispose();
        Assert.Throws<ProblemException>(() => budget.Take(61));
        budget.Take(60).Dispose();
    }

    [Fact]
    public async Task Frames_for_which_there_is_no_memory_now_are_asked_for_again()
    {
        var frames = new ByteBudget(256);
        await using DicomWebHost host = await DicomWebHost.StartAsync(frames: frames);
        await host.StoreAsync(Images.Make(frames: 3));
        using HttpClient client = host.Client();
        using (frames.Take(200))
        {
            using HttpResponseMessage busy = await SendAsync(client, Instance + "/frames/1", "application/octet-stream");
            Assert.Equal((HttpStatusCode.ServiceUnavailable, true), (busy.StatusCode, busy.Headers.RetryAfter is not null));
        }
        for (int i = 0; i < 4; i++) Assert.Equal(128, (await BytesAsync(host, Instance + "/frames/2", "application/octet-stream")).Length);
    }

    [Fact]
    public async Task Compressed_frames_come_as_they_are_or_as_samples()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make(frames: 2));
        byte[] compressed = await BytesAsync(host, Instance, $"application/dicom; transfer-syntax={TransferSyntax.JpegLsLossless.Uid}");
        await using DicomWebHost other = await DicomWebHost.StartAsync();
        await other.StoreAsync(compressed);

        using HttpClient client = other.Client();
        using HttpResponseMessage stored = await SendAsync(client, Instance + "/frames/1", "multipart/related; type=\"image/jls\"");
        Assert.Equal("multipart/related", stored.Content.Headers.ContentType?.MediaType);
        byte[] code = Assert.Single(await PartsAsync(other, Instance + "/frames/1", "multipart/related; type=\"image/jls\""));
        Assert.Equal([0xFF, 0xD8], code[..2]);
        Assert.Equal(code, Assert.Single(await PartsAsync(other, Instance + "/frames/1", "multipart/related; type=\"*/*\"; transfer-syntax=*")));
        Assert.Equal([Images.Cells(2)[..128], Images.Cells(2)[128..]], await PartsAsync(other, Instance + "/frames/1,2", "multipart/related; type=\"application/octet-stream\""));
        Assert.Equal(2, (await PartsAsync(other, Instance + "/bulkdata/7FE00010", "multipart/related; type=\"image/jls\"")).Count);
        using HttpResponseMessage refused = await SendAsync(client, Instance + "/frames/1", "image/jp2");
        Assert.Equal(HttpStatusCode.NotAcceptable, refused.StatusCode);
    }

    [Fact]
    public async Task Values_within_items_are_found_by_the_url_that_metadata_gives()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        byte[] value = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i % 251))];
        await host.StoreAsync(Images.Make(syntax: SampleFiles.BigEndian, more: w => w.BeginSequence(new(0x00289145)).BeginItem().EndItem().BeginItem().Bytes(new(0x00283006), Vr.OW, value).EndItem().EndSequence()));
        using HttpClient client = host.Client();
        using HttpResponseMessage response = await SendAsync(client, Instance + "/metadata", "application/dicom+json");
        JsonElement set = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop)).RootElement[0];

        string url = set.GetProperty("00289145").GetProperty("Value")[1].GetProperty("00283006").GetProperty("BulkDataURI").GetString()!;

        Assert.Equal($"{host.Address}{Instance[1..]}/bulkdata/00289145/2/00283006", url);
        Assert.Equal(value, await BytesAsync(host, new Uri(url).AbsolutePath, "application/octet-stream"));
        foreach (string path in (string[])["7FE0", "00289145", "00289145/1/00283006", "00289145/3/00283006", "00289145/2", "zzzzzzzz", "00289145/2/00283006/1/00283006", string.Join('/', Enumerable.Repeat("1", 500))])
        {
            using HttpResponseMessage none = await SendAsync(client, $"{Instance}/bulkdata/{path}", null);
            Assert.Equal((path, HttpStatusCode.NotFound), (path, none.StatusCode));
        }
    }

    [Fact]
    public async Task Pictures_are_drawn_with_the_window_and_size_that_are_asked_for()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make(frames: 2));

        PngPicture picture = PngReader.Read(await BytesAsync(host, Instance + "/frames/1/rendered?window=32,64,linear-exact", "image/png"));
        Assert.Equal((8, 8), (picture.Width, picture.Height));
        Assert.Equal([0, 4, 8], picture.Samples[..3]);
        Assert.Equal(4, PngReader.Read(await BytesAsync(host, Instance + "/rendered?viewport=4,9", "image/png")).Width);
        Assert.Equal(8, JpegPicture.Read(await BytesAsync(host, Study + "/thumbnail", "image/*")).Columns);
        JpegPicture jpeg = JpegPicture.Read(await BytesAsync(host, Instance + "/frames/1/rendered?window=32,64,linear-exact&quality=100", "image/jpeg"));
        Assert.Equal((picture.Width, picture.Height, 1), (jpeg.Columns, jpeg.Rows, jpeg.Samples));
        for (int i = 0; i < picture.Samples.Length; i++) Assert.InRange(jpeg.Pixels[i] - picture.Samples[i], -2, 2);
        Assert.Equal(picture.Samples, PngReader.Read(await BytesAsync(host, Instance + "/rendered?frame=1&window=32,64,linear-exact", "image/png")).Samples);
        using HttpClient client = host.Client();
        foreach ((string path, string accept, HttpStatusCode expected) in ((string, string, HttpStatusCode)[])
        [
            ("/rendered", "image/gif", HttpStatusCode.NotAcceptable), ("/rendered?quality=0", "image/jpeg", HttpStatusCode.BadRequest), ("/rendered?window=1", "image/png", HttpStatusCode.BadRequest), ("/rendered?window=1,2,cubic", "image/png", HttpStatusCode.BadRequest),
            ("/rendered?window=1,-2", "image/png", HttpStatusCode.BadRequest), ("/rendered?viewport=0,9", "image/png", HttpStatusCode.BadRequest), ("/rendered?viewport=9999999,9", "image/png", HttpStatusCode.BadRequest),
            ("/rendered?frame=3", "image/png", HttpStatusCode.NotFound), ("/frames/1,2/rendered", "image/png", HttpStatusCode.NotAcceptable),
        ])
        {
            using HttpResponseMessage response = await SendAsync(client, Instance + path, accept);
            Assert.Equal((path, expected), (path, response.StatusCode));
        }
    }

    [Fact]
    public async Task A_stored_file_that_is_gone_is_a_fault_that_is_told()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make());
        foreach (string path in Directory.GetFiles(host.ObjectFolder, "*", SearchOption.AllDirectories)) File.Delete(path);
        using HttpClient client = host.Client();
        using HttpResponseMessage response = await SendAsync(client, Instance, "application/dicom");
        Assert.Equal(HttpStatusCode.InternalServerError, response.StatusCode);
        Assert.Contains("registry check", await response.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Empty(host.Unhandled);
    }

    private static async Task<HttpResponseMessage> SendAsync(HttpClient client, string path, string? accept, params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);
        foreach ((string name, string value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        HttpResponseMessage response = await client.SendAsync(request, Stop);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
        Assert.True(response.Headers.CacheControl?.NoStore);
        return response;
    }

    private static async Task<byte[]> BytesAsync(DicomWebHost host, string path, string accept)
    {
        using HttpClient client = host.Client();
        using HttpResponseMessage response = await SendAsync(client, path, accept);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {await response.Content.ReadAsStringAsync(Stop)}");
        return await response.Content.ReadAsByteArrayAsync(Stop);
    }

    private static async Task<List<byte[]>> PartsAsync(DicomWebHost host, string path, string? accept)
    {
        using HttpClient client = host.Client();
        using HttpResponseMessage response = await SendAsync(client, path, accept);
        Assert.True(response.IsSuccessStatusCode, $"{path}: {response.StatusCode} {await response.Content.ReadAsStringAsync(Stop)}");
        MediaTypeHeaderValue type = response.Content.Headers.ContentType!;
        Assert.Equal("multipart/related", type.MediaType);
        var reader = new MultipartReader(type.Parameters.Single(p => p.Name == "boundary").Value!, await response.Content.ReadAsStreamAsync(Stop));
        var parts = new List<byte[]>();
        while (await reader.ReadNextSectionAsync(Stop) is { } section)
        {
            using var content = new MemoryStream();
            await section.Body.CopyToAsync(content, Stop);
            parts.Add(content.ToArray());
        }
        return parts;
    }
}
