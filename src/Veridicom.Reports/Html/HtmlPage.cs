using System.Security.Cryptography;
using System.Text;

namespace Veridicom.Reports.Html;

/// <summary>A page for people that is complete in itself: the frame around a body, with the style of the reports and a policy that lets the browser do nothing but show it.</summary>
public static class HtmlPage
{
    private const string Plots = """

        svg{display:block;width:100%;height:auto;max-width:46rem}
        svg text{fill:var(--ink);font-size:13px}
        svg .bar{fill:var(--link)}svg .badbar{fill:var(--bad)}svg .warnbar{fill:var(--warn)}svg .back{fill:var(--panel);stroke:var(--line)}
        svg line{stroke:var(--ink);stroke-width:1.5}svg .mark{stroke-dasharray:4 3}
        @media print{details.behind{display:none}svg .bar{fill:#555}svg .badbar{fill:#000}svg .warnbar{fill:#888}}
        """;

    /// <summary>Writes a page.</summary>
    /// <param name="output">Where to; it stays open.</param>
    /// <param name="title">Of our own words.</param>
    /// <param name="body">Writes what stands in it, every element closed.</param>
    public static void Write(Stream output, string title, Action<HtmlWriter> body)
    {
        ArgumentNullException.ThrowIfNull(body);
        if (!title.All(c => char.IsAsciiLetterOrDigit(c) || c == ' ')) throw new ArgumentException("a title has letters, digits and spaces", nameof(title));
        string sheet = ReportStyle.Sheet.Replace("Image integrity report", title, StringComparison.Ordinal) + Plots.ReplaceLineEndings("\n");
        string policy = $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(sheet)))}'; img-src data:; base-uri 'none'; form-action 'none'";
        using var html = new HtmlWriter(output);
        html.Markup("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
        html.Markup($"<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n");
        html.Markup("<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<meta name=\"robots\" content=\"noindex\">\n");
        html.Line("title", title);
        html.Markup($"\n<style>{sheet}</style>\n</head>\n<body>\n");
        body(html);
        html.DemandClosed();
        html.Markup("</body>\n</html>\n");
    }
}
