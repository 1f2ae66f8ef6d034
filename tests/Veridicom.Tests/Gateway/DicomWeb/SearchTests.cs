using System.Net;
using System.Text.Json;
using Veridicom.Gateway.Access;
using Veridicom.Registry.Journal;
using Veridicom.Testing.DicomWeb;
using Xunit;

namespace Veridicom.Tests.Gateway.DicomWeb;

/// <summary>QIDO-RS over a registry of three studies.</summary>
public sealed class SearchTests : IAsyncLifetime
{
    private DicomWebHost _host = null!;

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _host = await DicomWebHost.StartAsync();
        await _host.StoreAsync(Images.Make(), Images.Make(series: "2.25.21", instance: "2.25.31", modality: "MR"), Images.Make(instance: "2.25.32"),
            Images.Make(study: "2.25.11", series: "2.25.22", instance: "2.25.33", name: "M\u00FCller^J\u00F6rg", id: "4712", date: "20260701", characterSet: "ISO_IR 100"),
            Images.Make(study: "2.25.12", series: "2.25.23", instance: "2.25.34", name: "Doe^John", id: "4713", date: "20260801"));
    }

    public ValueTask DisposeAsync() => _host.DisposeAsync();

    [Theory]
    [InlineData("/studies", "2.25.12 2.25.11 2.25.10")]
    [InlineData("/studies?PatientName=Doe*", "2.25.12 2.25.10")]
    [InlineData("/studies?00100010=Doe%5EJane", "2.25.10")]
    [InlineData("/studies?PatientName=j%C3%B6rg+M%C3%BCller&fuzzymatching=true", "2.25.11")]
    [InlineData("/studies?StudyDate=20260615-", "2.25.12 2.25.11")]
    [InlineData("/studies?ModalitiesInStudy=MR", "2.25.10")]
    [InlineData("/studies?StudyInstanceUID=2.25.10,2.25.11", "2.25.11 2.25.10")]
    [InlineData("/studies?StudyInstanceUID=2.25.10%5C2.25.12&PatientID=4713", "2.25.12")]
    [InlineData("/studies?PatientID=%27%20OR%201%3D1--", "")]
    [InlineData("/series?Modality=MR", "2.25.21")]
    [InlineData("/series?PatientID=4712", "2.25.22")]
    [InlineData("/studies/2.25.10/series", "2.25.20 2.25.21")]
    [InlineData("/studies/2.25.10/instances", "2.25.30 2.25.32 2.25.31")]
    [InlineData("/studies/2.25.10/series/2.25.20/instances", "2.25.30 2.25.32")]
    [InlineData("/instances?SOPInstanceUID=2.25.33", "2.25.33")]
    [InlineData("/studies?limit=1&offset=1", "2.25.11")]
    [InlineData("/studies?offset=3", "")]
    public async Task A_search_finds(string path, string uids)
    {
        (HttpStatusCode status, JsonElement found, _) = await GetAsync(path);

        Assert.Equal(uids.Length == 0 ? HttpStatusCode.NoContent : HttpStatusCode.OK, status);
        string tag = path.Contains("/instances", StringComparison.Ordinal) ? "00080018" : path.Contains("/series", StringComparison.Ordinal) ? "0020000E" : "0020000D";
        Assert.Equal(uids, string.Join(' ', found.EnumerateArray().Select(row => Value(row, tag).GetString())));
    }

    [Fact]
    public async Task A_study_has_the_attributes_that_the_standard_demands()
    {
        JsonElement study = (await GetAsync("/studies?PatientID=4711")).Found[0];
        Assert.Equal(("ISO_IR 192", "20260601", "ONLINE", "Doe^Jane", "4711", 2, 3), (Value(study, "00080005").GetString(), Value(study, "00080020").GetString(), Value(study, "00080056").GetString(),
            Value(study, "00100010").GetProperty("Alphabetic").GetString(), Value(study, "00100020").GetString(), Value(study, "00201206").GetInt32(), Value(study, "00201208").GetInt32()));
        Assert.Equal(["CT", "MR"], study.GetProperty("00080061").GetProperty("Value").EnumerateArray().Select(v => v.GetString()).Order());
        Assert.Equal($"{_host.Address}dicom-web/studies/2.25.10", Value(study, "00081190").GetString());
        Assert.Equal(study.EnumerateObject().Select(p => p.Name).Order(StringComparer.Ordinal), study.EnumerateObject().Select(p => p.Name));
        foreach (string tag in (string[])["00080030", "00080050", "00080090", "00100030", "00100040", "00200010"]) Assert.True(study.TryGetProperty(tag, out _), tag);
        JsonElement series = (await GetAsync("/studies/2.25.10/series?Modality=CT")).Found[0];
        Assert.Equal(("CT", 2, 1), (Value(series, "00080060").GetString(), Value(series, "00201209").GetInt32(), Value(series, "00200011").GetInt32()));
        Assert.False(series.TryGetProperty("00100010", out _));
        JsonElement instance = (await GetAsync("/studies/2.25.10/instances?SOPInstanceUID=2.25.30")).Found[0];
        Assert.Equal((8, 7, Images.SopClass, SampleFiles.Explicit), (Value(instance, "00280010").GetInt32(), Value(instance, "00200013").GetInt32(), Value(instance, "00080016").GetString(), Value(instance, "00083002").GetString()));
        Assert.Equal("CT", Value((await GetAsync("/studies/2.25.10/instances?includefield=Modality")).Found[0], "00080060").GetString());
    }

    [Fact]
    public async Task Names_come_as_Unicode() => Assert.Equal("M\u00FCller^J\u00F6rg", Value((await GetAsync("/studies?PatientID=4712")).Found[0], "00100010").GetProperty("Alphabetic").GetString());

    [Fact]
    public async Task Fields_of_instances_are_read_from_their_files()
    {
        JsonElement row = (await GetAsync("/studies/2.25.10/instances?includefield=BitsStored,00280102&includefield=PhotometricInterpretation")).Found[0];
        Assert.Equal((12, 11, "MONOCHROME2"), (Value(row, "00280101").GetInt32(), Value(row, "00280102").GetInt32(), Value(row, "00280004").GetString()));
        JsonElement all = (await GetAsync("/studies/2.25.10/instances?includefield=all")).Found[0];
        Assert.Equal(12, Value(all, "00280101").GetInt32());
        Assert.True(all.TryGetProperty("7FE00010", out _));
        (_, _, string warning) = await GetAsync("/studies?includefield=BitsStored");
        Assert.Contains("can be included", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task More_results_are_told_of()
    {
        (_, JsonElement found, string warning) = await GetAsync("/studies?limit=2");
        Assert.Equal(2, found.GetArrayLength());
        Assert.StartsWith("299 ", warning, StringComparison.Ordinal);
        Assert.Equal("", (await GetAsync("/studies?limit=1000000")).Warning);
    }

    [Theory]
    [InlineData("Nonsense=1", "Nonsense")]
    [InlineData("BitsStored=1", "BitsStored")]
    [InlineData("Modality=CT", "Modality")]
    [InlineData("00081110.00081155=1", "00081110.00081155")]
    [InlineData("includefield=Nonsense", "Nonsense")]
    [InlineData("%1b%5B31m=1", "u{1B}")]
    [InlineData("limit=0", "limit")]
    [InlineData("limit=many", "limit")]
    [InlineData("offset=-1", "offset")]
    [InlineData("fuzzymatching=perhaps", "fuzzymatching")]
    [InlineData("PatientID=1&PatientID=2", "PatientID")]
    [InlineData("StudyInstanceUID=abc", "StudyInstanceUID")]
    public async Task What_cannot_be_searched_by_is_named(string query, string named)
    {
        using HttpClient client = _host.Client();
        using HttpResponseMessage response = await client.GetAsync("/dicom-web/studies?" + query, Stop);
        Assert.Equal(HttpStatusCode.BadRequest, response.StatusCode);
        using JsonDocument problem = JsonDocument.Parse(await response.Content.ReadAsStringAsync(Stop));
        Assert.Contains(named, problem.RootElement.GetProperty("detail").GetString()!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_caller_sees_the_studies_that_are_for_it()
    {
        _host.Grants = [new(Scope.Read, "2.25.11"), new(Scope.Read, "2.25.99")];
        Assert.Equal("2.25.11", Value(Assert.Single((await GetAsync("/studies")).Found.EnumerateArray()), "0020000D").GetString());
        Assert.Equal("2.25.33", Value(Assert.Single((await GetAsync("/instances")).Found.EnumerateArray()), "00080018").GetString());
        Assert.Equal(HttpStatusCode.NotFound, (await GetAsync("/studies/2.25.10/series")).Status);
        Assert.Equal(HttpStatusCode.NoContent, (await GetAsync("/studies?StudyInstanceUID=2.25.10")).Status);
    }

    [Fact]
    public async Task The_audit_trail_tells_what_was_searched_by_and_not_what_for()
    {
        await GetAsync("/studies?PatientName=Doe*&PatientID=4711");
        JournalEntry entry = _host.Journal.Last();
        Assert.Equal((EntryKind.Queried, 1, "study by (0010,0010),(0010,0020)"), (entry.Kind, entry.Instances, entry.Detail));
    }

    private async Task<(HttpStatusCode Status, JsonElement Found, string Warning)> GetAsync(string path)
    {
        using HttpClient client = _host.Client();
        using HttpResponseMessage response = await client.GetAsync("/dicom-web" + path, Stop);
        string text = await response.Content.ReadAsStringAsync(Stop);
        string warning = response.Headers.TryGetValues("Warning", out IEnumerable<string>? warnings) ? warnings.First() : "";
        if (response.StatusCode == HttpStatusCode.OK) Assert.Equal("application/dicom+json", response.Content.Headers.ContentType?.MediaType);
        return (response.StatusCode, JsonDocument.Parse(text.Length == 0 ? "[]" : text).RootElement.Clone(), warning);
    }

    private static JsonElement Value(JsonElement row, string tag) => row.GetProperty(tag).GetProperty("Value")[0];
}
