using Veridicom.Cli.Audits;
using Veridicom.Cli.Audits.Identity;
using Veridicom.Cli.Audits.Labels;
using Xunit;

namespace Veridicom.Tests.Audits;

/// <summary>Labels, patterns and measures of an audit, each alone.</summary>
public sealed class AuditPartsTests
{
    private static List<List<string>> Records(string text)
    {
        var csv = new CsvReader(new StringReader(text));
        var records = new List<List<string>>();
        while (csv.Next() is { } record) records.Add(record);
        return records;
    }

    [Fact]
    public void Records_are_read_as_RFC_4180_says()
    {
        Assert.Equal([["file", "label"], ["a,b.png", "say \"no\""], ["c.png", "two\nlines"]], Records("\uFEFFfile,label\r\n\"a,b.png\",\"say \"\"no\"\"\"\r\n\r\nc.png,\"two\nlines\"\r\n"));
        Assert.Equal([["a", "b"], ["1", ""]], Records("a;b\n1;"));
        Assert.Throws<FormatException>(() => Records("a,b\n\"open"));
        Assert.Throws<FormatException>(() => Records("a,b\n" + new string('x', CsvReader.LongestField + 1)));
        Assert.Throws<FormatException>(() => Records("a,b\n" + new string(',', CsvReader.MostFields)));
    }

    [Fact]
    public void Damaged_labels_end_in_a_format_error_or_in_labels()
    {
        const string good = "file,label,split\n\"train/1.png\",\"a\"\"b\",train\n2.png,c,Test";
        var random = new Random(5);
        int read = 0, refused = 0;
        for (int round = 0; round < 5000; round++)
        {
            char[] text = good.ToCharArray();
            for (int k = random.Next(1, 5); k > 0; k--) text[random.Next(text.Length)] = "\",;\n\r\0x\uD800"[random.Next(8)];
            try
            {
                LabelTable.Read(new StringReader(new string(text)), "").Of("train/1.png");
                read++;
            }
            catch (FormatException)
            {
                refused++;
            }
        }
        Assert.True(read > 100 && refused > 100, $"{read} read, {refused} refused");
    }

    [Fact]
    public void Files_are_named_by_path_below_the_set_or_the_labels_file_or_by_name_alone()
    {
        LabelTable table = LabelTable.Read(new StringReader("File;Label;Split\na/1.png;x;Training\n2.png;y;valid\nb\\3.png;z;fold 7"), "sub/");
        Assert.Equal(("x", "train"), (table.Of("a/1.png").Label, table.Of("a/1.png").Split));
        Assert.Equal("x", table.Of("sub/a/1.png").Label);
        Assert.Equal("validation", table.Of("anywhere/2.png").Split);
        Assert.Equal("fold 7", table.Of("b/3.png").Split);
        Assert.Null(table.Of("other/1.png").Label);
        Assert.Equal(0, table.Unused);
    }

    [Theory]
    [InlineData("train/x/1.png", "train")]
    [InlineData("data/Validation/1.png", "validation")]
    [InlineData("test_images/train.png", "test")]
    [InlineData("train/holdout/1.png", "holdout")]
    [InlineData("contest/1.png", null)]
    [InlineData("train.png", null)]
    public void Parts_are_known_by_their_folders(string path, string? split) => Assert.Equal(split, SplitNames.OfPath(path));

    [Theory]
    [InlineData("mail to jane.roe@example.org please", "Email")]
    [InlineData("call +49 (30) 1234567", "Telephone")]
    [InlineData("Tel.: 030 1234567", "Telephone")]
    [InlineData("scanned 2020-01-31", "DateInText")]
    [InlineData("on 31.12.2019 again", "DateInText")]
    [InlineData("12 March 2018", "DateInText")]
    [InlineData("20200131", "DateInText")]
    [InlineData("MRN: 4711-08", "IdentifierInText")]
    [InlineData("078-05-1120", "IdentifierInText")]
    [InlineData("Roe^Jane", "NameInText")]
    [InlineData("seen by Dr. Roe", "NameInText")]
    [InlineData("ask jane  ROE there", "KnownName")]
    public void Text_that_tells_is_found(string text, string kind) =>
        Assert.Contains(Enum.Parse<IdentifierKind>(kind), new TextPatterns(["Jane Roe"]).Find(text).Select(f => f.Kind));

    [Theory]
    [InlineData("AXIAL 5.0 B30f, 120 kVp, 350 mA")]
    [InlineData("1.2.840.10008.1.2.4.90")]
    [InlineData("CHEST PA/LAT 2 VIEWS")]
    [InlineData("sharpness 0.25, version 12.4.1")]
    [InlineData("Janet Roentgen")]
    public void Ordinary_text_is_left_alone(string text) => Assert.Empty(new TextPatterns(["Jane Roe"]).Find(text));

    [Fact]
    public void Masks_show_nothing_but_the_form()
    {
        Assert.Equal("Xxx^Xxxx 99", IdentifierKinds.Mask("Roe^Jane 47"));
        Assert.Equal(25, IdentifierKinds.Mask(new string('a', 100)).Length);
    }

    [Fact]
    public void An_association_is_nothing_for_independent_and_all_for_determined_values()
    {
        (string, string)[] Of(Func<int, string> label, Func<int, string> value) => [.. Enumerable.Range(0, 400).Select(i => (label(i), value(i)))];
        Assert.Equal(0, Association.Of("x", Of(i => (i % 2).ToString(), i => (i / 2 % 2).ToString()))!.V, 2);
        Assert.Equal(1, Association.Of("x", Of(i => (i % 2).ToString(), i => (i % 2).ToString()))!.V, 2);
        // every image another value: nothing can be learned from that
        Assert.InRange(Association.Of("x", Of(i => (i * 7919 % 13 % 2).ToString(), i => i.ToString()))!.V, 0, 0.3);
        Assert.Null(Association.Of("x", [("a", "1"), ("b", "2")]));
        Association table = Association.Of("x", Of(i => (i % 2).ToString(), i => (i % 4).ToString()))!;
        Assert.Equal(400, table.Rows.Sum(row => row.Counts.Sum()));
    }
}
