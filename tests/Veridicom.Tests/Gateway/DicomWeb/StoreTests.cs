using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.Intake;
using Veridicom.Registry;
using Veridicom.Testing.DicomWeb;
using Xunit;

namespace Veridicom.Tests.Gateway.DicomWeb;

/// <summary>STOW-RS: what the sender is told is what has become of each instance.</summary>
public sealed class StoreTests
{
    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Instances_are_stored_and_named_in_their_order()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        byte[][] files = [.. Enumerable.Range(0, 9).Select(i => Images.Make(instance: $"2.25.3{i}"))];

        (HttpStatusCode status, JsonElement answer) = await PostAsync(host, DicomWebHost.Body(files));

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Equal(Enumerable.Range(0, 9).Select(i => $"2.25.3{i}"), Items(answer, "00081199").Select(item => Value(item, "00081155")));
        Assert.All(Items(answer, "00081199"), item => Assert.Equal(Images.SopClass, Value(item, "00081150")));
        Assert.Equal($"{host.Address}dicom-web/studies/2.25.10", Value(answer, "00081190"));
        Assert.Equal($"{host.Address}dicom-web/studies/2.25.10/series/2.25.20/instances/2.25.30", Value(Items(answer, "00081199")[0], "00081190"));
        Assert.False(answer.TryGetProperty("00081198", out _));
        Assert.All(host.Desk.Sources, source => Assert.Equal((ArrivalProtocol.Stow, "tester", "testing", null), (source.Protocol, source.Who.Name, source.Why, source.Studies)));
        Assert.Equal(0, host.Desk.Held);
    }

    [Fact]
    public async Task A_few_are_taken_in_at_the_same_time_and_no_more()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        var gate = new TaskCompletionSource();
        host.Desk.Gate = gate.Task;

        Task<(HttpStatusCode, JsonElement)> answer = PostAsync(host, DicomWebHost.Body([.. Enumerable.Range(0, 20).Select(i => Images.Make(instance: $"2.25.3{i}"))]));
        await Until(() => host.Desk.MostAtOnce == 8);
        gate.SetResult();

        Assert.Equal(HttpStatusCode.OK, (await answer).Item1);
        Assert.Equal(8, host.Desk.MostAtOnce);
    }

    [Fact]
    public async Task One_instance_may_come_by_itself_and_again()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        for (int i = 0; i < 2; i++)
        {
            var body = new ByteArrayContent(Images.Make());
            body.Headers.ContentType = new MediaTypeHeaderValue("application/dicom");
            (HttpStatusCode status, JsonElement answer) = await PostAsync(host, body);
            Assert.Equal((HttpStatusCode.OK, "2.25.30"), (status, Value(Assert.Single(Items(answer, "00081199")), "00081155")));
        }
        Assert.Single(await host.Vault.Registry.InstancesAsync("2.25.30", Stop));
    }

    [Fact]
    public async Task Other_content_of_the_same_name_is_kept_with_a_warning_and_no_url()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        await host.StoreAsync(Images.Make());

        (HttpStatusCode status, JsonElement answer) = await PostAsync(host, DicomWebHost.Body(Images.Make(name: "Other"), Images.Make(instance: "2.25.31", modality: "OT")));

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.All(Items(answer, "00081199"), item => Assert.Equal(0xB000, item.GetProperty("00081196").GetProperty("Value")[0].GetInt32()));
        Assert.All(Items(answer, "00081199"), item => Assert.False(item.TryGetProperty("00081190", out _)));
        Assert.Equal(2, Items(answer, "00081199").Count);
        // and the same again where it comes again
        (HttpStatusCode repeated, JsonElement again) = await PostAsync(host, DicomWebHost.Body(Images.Make(name: "Other")));
        Assert.Equal(HttpStatusCode.Accepted, repeated);
        Assert.Equal(0xB000, Items(again, "00081199")[0].GetProperty("00081196").GetProperty("Value")[0].GetInt32());
    }

    [Fact]
    public async Task What_is_not_stored_is_named_with_its_reason()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        host.Desk.Fault = file => file.DataSet.Ascii(new(0x00080018)) switch
        {
            "2.25.31" => new IntakeResult(IntakeOutcome.Refused, null, null, "class", 0x0122),
            "2.25.32" => new IntakeResult(IntakeOutcome.Unavailable, null, null, "disk"),
            _ => null,
        };

        (HttpStatusCode status, JsonElement answer) = await PostAsync(host, DicomWebHost.Body(Images.Make(), Images.Make(instance: "2.25.31"), Images.Make(instance: "2.25.32"), "no DICOM"u8.ToArray()));

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal([("2.25.31", 0x0122), ("2.25.32", 0xA700)], Items(answer, "00081198").Select(item => (Value(item, "00081155"), Reason(item))));
        Assert.Equal(0xC000, Reason(Assert.Single(Items(answer, "0008119A"))));
        Assert.Equal("2.25.30", Value(Assert.Single(Items(answer, "00081199")), "00081155"));
    }

    [Fact]
    public async Task Where_nothing_is_stored_the_status_says_whether_to_try_again()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(host, DicomWebHost.Body("no DICOM"u8.ToArray()))).Status);
        host.Desk.Fault = _ => new IntakeResult(IntakeOutcome.Unavailable, null, null, "disk");
        using HttpClient client = host.Client();
        using HttpResponseMessage response = await client.PostAsync("/dicom-web/studies", DicomWebHost.Body(Images.Make()), Stop);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.NotNull(response.Headers.RetryAfter);
        host.Desk.Fault = _ => null;
        host.Desk.MaxInstance = 100;
        Assert.Equal(HttpStatusCode.Conflict, (await PostAsync(host, DicomWebHost.Body(Images.Make()))).Status);
        Assert.Equal(0, host.Desk.Held);
    }

    [Fact]
    public async Task Only_what_belongs_to_the_study_of_the_url_is_stored()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();

        (HttpStatusCode status, JsonElement answer) = await PostAsync(host, DicomWebHost.Body(Images.Make(), Images.Make(study: "2.25.11", instance: "2.25.31")), "/dicom-web/studies/2.25.10");

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal("2.25.31", Value(Assert.Single(Items(answer, "00081198")), "00081155"));
        Assert.Empty(await host.Vault.Registry.InstancesAsync("2.25.31", Stop));
        Assert.Single(await host.Vault.Registry.InstancesAsync("2.25.30", Stop));
    }

    [Fact]
    public async Task A_caller_for_one_study_stores_to_that_alone()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        host.Grants = [new(Scope.Write, "2.25.11")];

        (HttpStatusCode status, JsonElement answer) = await PostAsync(host, DicomWebHost.Body(Images.Make(), Images.Make(study: "2.25.11", instance: "2.25.31")));

        Assert.Equal(HttpStatusCode.Accepted, status);
        Assert.Equal((0x0124, "2.25.30"), (Reason(Items(answer, "00081198")[0]), Value(Items(answer, "00081198")[0], "00081155")));
        Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(host, DicomWebHost.Body(Images.Make()), "/dicom-web/studies/2.25.10")).Status);
        host.Grants = [new(Scope.Read, null)];
        Assert.Equal(HttpStatusCode.Forbidden, (await PostAsync(host, DicomWebHost.Body(Images.Make()))).Status);
    }

    [Theory]
    [InlineData("multipart/related; type=\"application/dicom\"; boundary=b", "--b\r\nContent-Type: application/dicom\r\n\r\nno end", null, HttpStatusCode.BadRequest)]
    [InlineData("multipart/related; type=\"application/dicom\"; boundary=b", "--b--\r\n", null, HttpStatusCode.BadRequest)]
    [InlineData("multipart/related; type=\"application/dicom\"", "x", null, HttpStatusCode.BadRequest)]
    [InlineData("multipart/related; type=\"application/dicom+json\"; boundary=b", "--b--", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("multipart/form-data; boundary=b", "--b--", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("text/plain", "hello", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("multipart/related; boundary=b", "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b--\r\n", null, HttpStatusCode.UnsupportedMediaType)]
    [InlineData("application/dicom", "x", "application/dicom+xml", HttpStatusCode.NotAcceptable)]
    [InlineData("application/dicom", "x", ";;;", HttpStatusCode.BadRequest)]
    public async Task A_request_that_is_none_is_told_so(string type, string body, string? accept, HttpStatusCode expected)
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        using HttpClient client = host.Client();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/dicom-web/studies") { Content = new ByteArrayContent(System.Text.Encoding.Latin1.GetBytes(body)) };
        request.Content.Headers.TryAddWithoutValidation("Content-Type", type);
        if (accept is not null) request.Headers.TryAddWithoutValidation("Accept", accept);

        using HttpResponseMessage response = await client.SendAsync(request, Stop);

        Assert.Equal(expected, response.StatusCode);
        Assert.Equal("application/problem+json", response.Content.Headers.ContentType?.MediaType);
        using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop));
        Assert.NotEqual("", problem.RootElement.GetProperty("remedy").GetString());
        Assert.Equal(0, host.Desk.Held);
    }

    [Fact]
    public async Task What_came_whole_before_a_break_is_stored_and_the_answer_says_how_many()
    {
        await using DicomWebHost host = await DicomWebHost.StartAsync();
        byte[] whole = await DicomWebHost.Body(Images.Make(), Images.Make(instance: "2.25.31")).ReadAsByteArrayAsync(Stop);
        using HttpClient client = host.Client();
        string boundary = System.Text.Encoding.Latin1.GetString(whole).Split("\r\n")[0][2..];
        var body = new ByteArrayContent(whole[..^80]);
        body.Headers.TryAddWithoutValidation("Content-Type", $"multipart/related; type=\"application/dicom\"; boundary=\"{boundary}\"");

        using HttpResponseMessage response = await client.PostAsync("/dicom-web/studies", body, Stop);

        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        Assert.Contains("1 instances before it were stored", await response.Content.ReadAsStringAsync(Stop), StringComparison.Ordinal);
        Assert.Single(await host.Vault.Registry.InstancesAsync("2.25.30", Stop));
        Assert.Empty(await host.Vault.Registry.InstancesAsync("2.25.31", Stop));
    }

    private static async Task<(HttpStatusCode Status, JsonElement Answer)> PostAsync(DicomWebHost host, HttpContent body, string path = "/dicom-web/studies")
    {
        using HttpClient client = host.Client();
        using HttpResponseMessage response = await client.PostAsync(path, body, Stop);
        string text = await response.Content.ReadAsStringAsync(Stop);
        if ((int)response.StatusCode is 200 or 202 or 409) Assert.Equal("application/dicom+json", response.Content.Headers.ContentType?.MediaType);
        return (response.StatusCode, JsonDocument.Parse(text).RootElement.Clone());
    }

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!condition()) await Task.Delay(5, limit.Token);
    }

    private static List<JsonElement> Items(JsonElement answer, string tag) => answer.TryGetProperty(tag, out JsonElement element) ? [.. element.GetProperty("Value").EnumerateArray()] : [];

    private static string? Value(JsonElement item, string tag) => item.GetProperty(tag).GetProperty("Value")[0].GetString();

    private static int Reason(JsonElement item) => item.GetProperty("00081197").GetProperty("Value")[0].GetInt32();
}
