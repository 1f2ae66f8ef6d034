using System.Text;
using Veridicom.DictionaryGenerator;
using Xunit;

namespace Veridicom.Tests.Attributes;

public sealed class DictionaryGeneratorTests
{
    [Fact]
    public void The_tables_checked_in_are_those_the_facts_give()
    {
        var facts = StandardFacts.Read(Path.Combine(RealFiles.Root, "standard"));

        var tables = Tables.Generate(facts);

        var folder = Repository.PathOf("src", "Veridicom.Dicom", "Dictionary");
        Assert.Equal(
            Directory.GetFiles(folder, "*.g.cs").Select(file => Path.GetFileName(file)).Order(StringComparer.Ordinal),
            tables.Keys.Order(StringComparer.Ordinal));
        foreach (var (name, content) in tables)
        {
            Assert.True(File.ReadAllText(Path.Combine(folder, name)).ReplaceLineEndings("\n") == content,
                $"{name} is not what the generator writes: run tools/Veridicom.DictionaryGenerator");
        }
    }

    [Fact]
    public void A_row_that_is_not_understood_stops_the_generator()
    {
        Assert.NotEmpty(Tables.Generate(Read(Folder())));
        Assert.Contains("not a tag", Refused(Folder(tag: "(0010,00)")), StringComparison.Ordinal);
        Assert.Contains("representation", Refused(Folder(vr: "U")), StringComparison.Ordinal);
        Assert.Contains("retired", Refused(Folder(retired: "maybe")), StringComparison.Ordinal);
        Assert.Contains("information object", Refused(Folder(ciod: "Other")), StringComparison.Ordinal);
        Assert.Contains("action", Refused(Folder(action: "K")), StringComparison.Ordinal);
        Assert.Contains("twice", Refused(Folder(tag: "(0010,0020)")), StringComparison.Ordinal);
        Assert.Contains("empty", Refused(Folder(sops: "[]")), StringComparison.Ordinal);
    }

    [Fact]
    public void Texts_are_quoted_as_source()
    {
        var source = new SourceText("partial class X");
        source.Texts("T", ["a\t\"b\"\\\n", "µ"]);

        string text = source.End();

        Assert.Contains("\"a\\t\\\"b\\\"\\\\\\nµ\"u8;", text, StringComparison.Ordinal);
        Assert.Contains("0, 7, 9,", text, StringComparison.Ordinal);
    }

    private static string Refused(Dictionary<string, string> files) =>
        Assert.Throws<InvalidDataException>(() => Tables.Generate(Read(files))).Message;

    private static StandardFacts Read(Dictionary<string, string> files)
    {
        using var folder = new ScratchFolder();
        foreach (var (name, content) in files) folder.Write(name, Encoding.UTF8.GetBytes(content));
        return StandardFacts.Read(folder.Root);
    }

    private static Dictionary<string, string> Folder(
        string tag = "(0010,0010)", string vr = "PN", string retired = "N", string ciod = "CT Image", string action = "Z", string? sops = null) => new()
    {
        ["attributes.json"] = $$"""
            [{"tag":"{{tag}}","name":"Patient's Name","keyword":"PatientName","valueRepresentation":"{{vr}}","valueMultiplicity":"1","retired":"{{retired}}"},
             {"tag":"(0010,0020)","name":"Patient ID","keyword":"PatientID","valueRepresentation":"LO","valueMultiplicity":"1","retired":"N"},
             {"tag":"(60XX,3000)","name":"Overlay Data","keyword":"OverlayData","valueRepresentation":"OB or OW","valueMultiplicity":"1","retired":"N"}]
            """,
        ["sops.json"] = sops ?? $$"""[{"id":"1.2.840.10008.5.1.4.1.1.2","name":"CT Image Storage","ciod":"{{ciod}}"}]""",
        ["ciods.json"] = """[{"name":"CT Image"}]""",
        ["confidentiality_profile_attributes.json"] = $$"""[{"tag":"(0010,0010)","basicProfile":"{{action}}"},{"tag":"(GGGG,EEEE) WHERE GGGG IS ODD","basicProfile":"X"}]""",
    };
}
