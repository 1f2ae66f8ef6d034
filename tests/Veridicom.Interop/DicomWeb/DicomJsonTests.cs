using System.Globalization;
using System.Text;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Gateway.DicomWeb.Json;
using Xunit;

namespace Veridicom.Interop.DicomWeb;

/// <summary>pydicom makes the same DICOM JSON of every real file that it reads; where it does not, the reason is listed here, and one listed for nothing fails.</summary>
public sealed class DicomJsonTests
{
    private static readonly Dictionary<string, string> Otherwise = new()
    {
        ["badVR.dcm 00280008"] = "an IS that is no number: text for us, an error for pydicom",
        ["priv_SQ.dcm 3F031001"] = "UN that holds items: a sequence for us",
    };

    [Fact]
    public void Pydicom_makes_the_same_of_every_file()
    {
        IReadOnlyList<string> paths = RealFiles.Below("dicom");
        string[] lines = Peer.RequirePydicom().Run([Repository.PathOf("tests", "Veridicom.Interop", "DicomWeb", "dicom_json.py")], Encoding.UTF8.GetBytes(string.Join('\n', paths) + "\n"), limit: TimeSpan.FromMinutes(5)).Succeeded().OutputText.TrimEnd('\n').Split('\n');
        Assert.Equal(paths.Count, lines.Length);
        var differences = new List<string>();
        int same = 0;
        for (int i = 0; i < lines.Length; i++)
        {
            DicomFile file;
            try
            {
                file = DicomFile.Parse(new MemorySource(File.ReadAllBytes(paths[i])));
            }
            catch (DicomException)
            {
                continue;
            }
            using JsonDocument theirs = JsonDocument.Parse(lines[i], new JsonDocumentOptions { MaxDepth = 256 });
            if (theirs.RootElement.ValueKind == JsonValueKind.Null) continue;
            using var output = new MemoryStream();
            using (var json = new Utf8JsonWriter(output)) DicomJson.Write(json, file.DataSet, null);
            using JsonDocument ours = JsonDocument.Parse(output.ToArray(), new JsonDocumentOptions { MaxDepth = 256 });
            int before = differences.Count;
            Compare(Path.GetFileName(paths[i]), file.TransferSyntax.IsBigEndian, "", ours.RootElement, theirs.RootElement, differences);
            if (differences.Count == before) same++;
        }
        Assert.Equal(Otherwise.Keys.Order(StringComparer.Ordinal), differences.Where(line => Otherwise.Keys.Any(key => line.StartsWith(key + ":", StringComparison.Ordinal))).Select(line => line[..line.IndexOf(':', StringComparison.Ordinal)]).Order(StringComparer.Ordinal));
        differences.RemoveAll(line => Otherwise.Keys.Any(key => line.StartsWith(key + ":", StringComparison.Ordinal)));
        Assert.True(differences.Count == 0 && same > 150, $"{same} files are the same\n" + string.Join('\n', differences.Take(200)));
    }

    private static void Compare(string file, bool bigEndian, string path, JsonElement ours, JsonElement theirs, List<string> differences)
    {
        foreach (JsonProperty their in theirs.EnumerateObject())
        {
            string place = path + their.Name;
            if (!ours.TryGetProperty(their.Name, out JsonElement our)) differences.Add($"{file} {place}: we have none, pydicom {their.Value}");
            else if (their.Name == "00080005") continue; // ours are Unicode, and say so
            else if (their.Value.TryGetProperty("error", out JsonElement error)) differences.Add($"{file} {place}: {error}");
            // pydicom has dictionaries of private attributes
            else if (our.GetProperty("vr").GetString() == "UN" && new DicomTag(Convert.ToUInt32(their.Name, 16)) is { IsPrivate: true, IsPrivateCreator: false }) continue;
            else if (our.GetProperty("vr").GetString() != their.Value.GetProperty("vr").GetString()) differences.Add($"{file} {place}: {our.GetProperty("vr")}, pydicom {their.Value.GetProperty("vr")}");
            else if (our.GetProperty("vr").GetString() == "SQ") Items(file, bigEndian, place, our, their.Value, differences);
            // F.2.7: bulk data is little endian; pydicom gives it as it stands in the file
            else if (bigEndian && our.GetProperty("vr").GetString() == "OW") continue;
            else if (Values(our) != Values(their.Value)) differences.Add($"{file} {place}: {Cut(Values(our))}, pydicom {Cut(Values(their.Value))}");
        }
        foreach (JsonProperty our in ours.EnumerateObject().Where(our => !theirs.TryGetProperty(our.Name, out _))) differences.Add($"{file} {path}{our.Name}: pydicom has none");
    }

    private static void Items(string file, bool bigEndian, string place, JsonElement ours, JsonElement theirs, List<string> differences)
    {
        JsonElement[] our = Array(ours), their = Array(theirs);
        if (our.Length != their.Length) differences.Add($"{file} {place}: {our.Length} items, pydicom {their.Length}");
        else for (int i = 0; i < our.Length; i++) Compare(file, bigEndian, $"{place}[{i + 1}].", our[i], their[i], differences);

        static JsonElement[] Array(JsonElement element) => element.TryGetProperty("Value", out JsonElement value) ? [.. value.EnumerateArray()] : [];
    }

    /// <summary>Values as text, numbers by their value, without the padding that pydicom leaves at either end.</summary>
    private static string Values(JsonElement element)
    {
        if (element.TryGetProperty("InlineBinary", out JsonElement binary)) return binary.GetString()!;
        if (!element.TryGetProperty("Value", out JsonElement values)) return "";
        string vr = element.GetProperty("vr").GetString()!;
        return string.Join('\\', values.EnumerateArray().Select(value => value.ValueKind switch
        {
            JsonValueKind.Null => "",
            JsonValueKind.Number when vr == "FL" => ((float)value.GetDouble()).ToString("R", CultureInfo.InvariantCulture),
            JsonValueKind.Number => value.GetDouble().ToString("R", CultureInfo.InvariantCulture),
            JsonValueKind.Object => string.Join('=', ((string[])["Alphabetic", "Ideographic", "Phonetic"]).Select(group => value.TryGetProperty(group, out JsonElement name) ? name.GetString()!.Trim(' ', '\0') : "")).TrimEnd('='),
            _ => value.GetString()!.Trim(' ', '\0'),
        })).TrimEnd('\\');
    }

    private static string Cut(string text) => text.Length > 80 ? text[..80] + "..." : text;
}
