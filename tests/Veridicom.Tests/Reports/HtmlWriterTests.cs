using System.Text;
using Veridicom.Reports.Html;
using Xunit;

namespace Veridicom.Tests.Reports;

/// <summary>Nothing that a file says gets out of its place.</summary>
public sealed class HtmlWriterTests
{
    private static string Write(Action<HtmlWriter> write)
    {
        using var stream = new MemoryStream();
        using (var html = new HtmlWriter(stream))
        {
            write(html);
            html.DemandClosed();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [Fact]
    public void Text_and_values_are_escaped() =>
        Assert.Equal("<p>a &lt;b&gt; &amp; &quot;c&quot; &#39;d&#39;<bdi>&lt;/bdi&gt;&lt;script&gt;</bdi></p>\n",
            Write(html => html.Open("p").Text("a <b> & \"c\" 'd'").Value("</bdi><script>").Close("p")));

    [Fact]
    public void Attributes_are_escaped() =>
        Assert.Equal("<section aria-label=\"&quot; onclick=&quot;x&quot; &lt;&#39;\"></section>\n", Write(html => html.Open("section", ("aria-label", "\" onclick=\"x\" <'")).Close("section")));

    [Fact]
    public void What_acts_is_spelled_out_and_values_are_shortened()
    {
        Assert.Equal("<bdi>a\\u{202E}b\\u{0}\\u{1B}[31m\\u{A}</bdi>", Write(html => html.Value("a\u202Eb\0\e[31m\n")));
        Assert.Equal("<bdi>\\u{D800}</bdi>", Write(html => html.Value("\ud800")));
        Assert.Equal("<bdi>abc…</bdi>", Write(html => html.Value("abcdef", 3)));
    }

    [Fact]
    public void Pictures_carry_their_bytes_whatever_their_length()
    {
        foreach (int length in (int[])[1, 2, 3, 12287, 12288, 12289, 40000])
        {
            byte[] png = new byte[length];
            new Random(length).NextBytes(png);
            string html = Write(h => h.Picture(png, 3, 4, "a \"picture\""));
            Assert.Equal($"<img width=\"3\" height=\"4\" alt=\"a &quot;picture&quot;\" src=\"data:image/png;base64,{Convert.ToBase64String(png)}\">", html);
        }
    }

    [Theory]
    [InlineData("script")]
    [InlineData("iframe")]
    [InlineData("p onclick=x")]
    public void Other_elements_cannot_be_written(string element) => Assert.Throws<ArgumentException>(() => Write(html => html.Open(element)));

    [Theory]
    [InlineData("onclick")]
    [InlineData("style")]
    [InlineData("src")]
    [InlineData("href")]
    public void Other_attributes_cannot_be_written(string attribute) => Assert.Throws<ArgumentException>(() => Write(html => html.Open("p", (attribute, "x"))));

    [Fact]
    public void Elements_close_in_order_and_all_of_them()
    {
        Assert.Throws<InvalidOperationException>(() => Write(html => html.Open("p").Open("strong").Close("p")));
        Assert.Throws<InvalidOperationException>(() => Write(html => html.Open("p")));
        Assert.Throws<InvalidOperationException>(() => Write(html => html.Close("p")));
    }
}
