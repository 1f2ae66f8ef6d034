using System.Text;
using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Gateway.DicomWeb.Json;
using Xunit;

namespace Veridicom.Tests.Gateway.DicomWeb;

/// <summary>The DICOM JSON model (PS3.18-2023b Annex F), value by value.</summary>
public sealed class DicomJsonTests
{
    public static TheoryData<Vr, byte[], string> Values => new()
    {
        { Vr.LO, "a\\b "u8.ToArray(), """{"vr":"LO","Value":["a","b"]}""" },
        { Vr.LO, "a\\\\b"u8.ToArray(), """{"vr":"LO","Value":["a",null,"b"]}""" },
        { Vr.LO, "  "u8.ToArray(), """{"vr":"LO"}""" },
        { Vr.LT, "a\\b"u8.ToArray(), """{"vr":"LT","Value":["a\\b"]}""" },
        { Vr.LO, "<script>\u0007\n"u8.ToArray(), """{"vr":"LO","Value":["\u003Cscript\u003E\u0007\n"]}""" },
        { Vr.PN, "Yamada^Tarou=A=B"u8.ToArray(), """{"vr":"PN","Value":[{"Alphabetic":"Yamada^Tarou","Ideographic":"A","Phonetic":"B"}]}""" },
        { Vr.PN, "=A\\"u8.ToArray(), """{"vr":"PN","Value":[{"Ideographic":"A"},null]}""" },
        { Vr.IS, "12\\-3 \\+4"u8.ToArray(), """{"vr":"IS","Value":[12,-3,4]}""" },
        { Vr.IS, "12x"u8.ToArray(), """{"vr":"IS","Value":["12x"]}""" },
        { Vr.DS, "1.50\\ 2e3\\.5\\-0.0 "u8.ToArray(), """{"vr":"DS","Value":[1.50,2e3,0.5,-0.0]}""" },
        { Vr.DS, "1e999\\NaN\\007"u8.ToArray(), """{"vr":"DS","Value":["1e999","NaN",7]}""" },
        { Vr.US, [1, 0, 0xFF, 0xFF], """{"vr":"US","Value":[1,65535]}""" },
        { Vr.SS, [1, 0, 0xFF, 0xFF], """{"vr":"SS","Value":[1,-1]}""" },
        { Vr.UL, [0xFF, 0xFF, 0xFF, 0xFF], """{"vr":"UL","Value":[4294967295]}""" },
        { Vr.SL, [0xFF, 0xFF, 0xFF, 0xFF], """{"vr":"SL","Value":[-1]}""" },
        { Vr.AT, [0x10, 0, 0x20, 0, 0xE0, 0x7F, 0x10, 0], """{"vr":"AT","Value":["00100020","7FE00010"]}""" },
        { Vr.FL, [0, 0, 0x20, 0x40], """{"vr":"FL","Value":[2.5]}""" },
        { Vr.FL, [0, 0, 0xC0, 0x7F, 0, 0, 0x80, 0xFF], """{"vr":"FL","Value":["NaN","-Infinity"]}""" },
        { Vr.FD, [0, 0, 0, 0, 0, 0, 4, 0x40], """{"vr":"FD","Value":[2.5]}""" },
        { Vr.SV, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], """{"vr":"SV","Value":[-1]}""" },
        { Vr.UV, [0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF], """{"vr":"UV","Value":["18446744073709551615"]}""" },
        { Vr.OB, [1, 2, 3, 4], """{"vr":"OB","InlineBinary":"AQIDBA=="}""" },
        { Vr.OW, [1, 2, 3, 4], """{"vr":"OW","InlineBinary":"AQIDBA=="}""" },
        { Vr.UN, [1, 2], """{"vr":"UN","InlineBinary":"AQI="}""" },
        { Vr.OB, [], """{"vr":"OB"}""" },
        { Vr.SQ, [], """{"vr":"SQ"}""" },
        { Vr.UI, "1.2\0"u8.ToArray(), """{"vr":"UI","Value":["1.2"]}""" },
    };

    [Theory]
    [MemberData(nameof(Values))]
    public void A_value_is_written_as_the_model_says(Vr vr, byte[] value, string expected)
    {
        foreach (NodeForm form in (NodeForm[])[NodeForm.None, NodeForm.BigEndian])
        {
            DicomDataSet set = DicomDataSet.Parse(new MemorySource(new ElementWriter(form).Bytes(new(0x00091001), vr, value).ToArray()), form);
            Assert.Equal($$"""{"00091001":{{expected}}}""", Text(set));
        }
    }

    [Fact]
    public void Texts_of_any_character_set_come_as_Unicode_items_by_their_own()
    {
        byte[] bytes = new ElementWriter().Text(new(0x00080005), Vr.CS, "ISO_IR 100").BeginSequence(new(0x00081140))
            .BeginItem().Text(new(0x00080005), Vr.CS, "ISO_IR 144").Bytes(new(0x0008103E), Vr.LO, [0xBF, 0xD5]).EndItem()
            .BeginItem().Bytes(new(0x0008103E), Vr.LO, [0xE4, 0x20]).EndItem().EndSequence().Bytes(new(0x00100010), Vr.PN, [0xD6, 0x20]).ToArray();

        using JsonDocument json = JsonDocument.Parse(Text(DicomDataSet.Parse(new MemorySource(bytes), NodeForm.None)));

        JsonElement items = json.RootElement.GetProperty("00081140").GetProperty("Value");
        Assert.Equal(("Пе", "ä", "Ö"), (First(items[0], "0008103E").GetString(), First(items[1], "0008103E").GetString(), First(json.RootElement, "00100010").GetProperty("Alphabetic").GetString()));
        Assert.Equal(("ISO_IR 192", "ISO_IR 192"), (First(json.RootElement, "00080005").GetString(), First(items[0], "00080005").GetString()));
    }

    [Fact]
    public void Implicit_numbers_have_the_sign_that_the_pixels_have()
    {
        foreach (ushort signed in (ushort[])[0, 1])
        {
            byte[] bytes = new ElementWriter(NodeForm.Implicit).UInt16(new(0x00280103), signed).Bytes(new(0x00280106), Vr.US, [0xFF, 0xFF]).ToArray();
            Assert.Contains(signed == 1 ? "\"00280106\":{\"vr\":\"SS\",\"Value\":[-1]}" : "\"00280106\":{\"vr\":\"US\",\"Value\":[65535]}", Text(DicomDataSet.Parse(new MemorySource(bytes), NodeForm.Implicit)), StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Long_values_and_encapsulated_ones_are_urls_and_group_lengths_are_left_out()
    {
        byte[] bytes = [.. new ElementWriter().UInt32(new(0x00080000), 4).Bytes(new(0x00091001), Vr.OB, new byte[DicomJson.MostInline + 2]).ToArray(), .. SampleFiles.DataSet(NodeForm.None, fragments: true)];
        string json = Text(DicomDataSet.Parse(new MemorySource(bytes), NodeForm.None), "http://x/bulkdata");
        Assert.Contains("\"00091001\":{\"vr\":\"OB\",\"BulkDataURI\":\"http://x/bulkdata/00091001\"}", json, StringComparison.Ordinal);
        Assert.Contains("\"BulkDataURI\":\"http://x/bulkdata/7FE00010\"", json, StringComparison.Ordinal);
        Assert.DoesNotContain("00080000", json, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_unknown_only_to_its_writer_has_the_representation_of_the_dictionary()
    {
        byte[] bytes = new ElementWriter().Bytes(new(0x00090010), Vr.UN, "OWNER "u8).Bytes(new(0x00091001), Vr.UN, [1, 0]).Bytes(new(0x00100010), Vr.UN, "A^B "u8).Bytes(new(0x00280010), Vr.UN, [8, 0]).ToArray();
        Assert.Equal("""{"00090010":{"vr":"LO","Value":["OWNER"]},"00091001":{"vr":"UN","InlineBinary":"AQA="},"00100010":{"vr":"PN","Value":[{"Alphabetic":"A^B"}]},"00280010":{"vr":"US","Value":[8]}}""",
            Text(DicomDataSet.Parse(new MemorySource(bytes), NodeForm.None)));
    }

    [Fact]
    public void A_tag_that_stands_twice_is_given_once()
    {
        byte[] one = new ElementWriter().Text(new(0x00100010), Vr.PN, "A").ToArray(), two = new ElementWriter().Text(new(0x00100010), Vr.PN, "B").ToArray();
        Assert.Equal("""{"00100010":{"vr":"PN","Value":[{"Alphabetic":"A"}]}}""", Text(DicomDataSet.Parse(new MemorySource((byte[])[.. one, .. two]), NodeForm.None)));
    }

    /// <summary>Written in pieces of whatever length it is the same, and the deepest nesting that is parsed is written without recursion.</summary>
    [Fact]
    public void Pieces_make_the_whole()
    {
        var w = new ElementWriter();
        for (int i = 0; i < 60; i++) w.BeginSequence(new(0x00081140)).BeginItem().Text(new(0x00080005), Vr.CS, "ISO_IR 100");
        for (int i = 0; i < 60; i++) w.EndItem().EndSequence();
        foreach (byte[] bytes in (byte[][])[w.ToArray(), SampleFiles.DataSet(NodeForm.None)])
        {
            DicomDataSet set = DicomDataSet.Parse(new MemorySource(bytes), NodeForm.None);
            foreach (int piece in (int[])[1, 7, 64])
            {
                using var output = new MemoryStream();
                using var json = new Utf8JsonWriter(output);
                var writer = new DicomJson(set, "u");
                int pieces = 1;
                while (!writer.Write(json, piece)) pieces++;
                json.Flush();
                Assert.True(pieces > 2);
                Assert.Equal(Text(set, "u"), Encoding.UTF8.GetString(output.ToArray()));
            }
        }
    }

    private static JsonElement First(JsonElement set, string tag) => set.GetProperty(tag).GetProperty("Value")[0];

    private static string Text(DicomDataSet set, string? bulkUrl = null)
    {
        using var output = new MemoryStream();
        using (var json = new Utf8JsonWriter(output)) DicomJson.Write(json, set, bulkUrl);
        return Encoding.UTF8.GetString(output.ToArray());
    }
}
