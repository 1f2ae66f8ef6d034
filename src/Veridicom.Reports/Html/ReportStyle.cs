using System.Security.Cryptography;
using System.Text;

namespace Veridicom.Reports.Html;

/// <summary>The style sheet of the report. It loads nothing, and the page allows no other: its digest stands in the policy of the page.</summary>
public static class ReportStyle
{
    /// <summary>The sheet. Every pair of colours has a contrast of at least 4.5 to 1, in light and dark; print is black on white.</summary>
    public static string Sheet { get; } = """
        :root{--ink:#16191d;--soft:#4a5159;--line:#c3c9d0;--face:#fff;--panel:#f5f6f8;--good:#0b5c2c;--bad:#9c1414;--warn:#7a4700;--none:#4a5159;--link:#0b4a8f}
        *{box-sizing:border-box}
        html{background:var(--panel);color:var(--ink);font:16px/1.5 "Liberation Sans",Arial,Helvetica,sans-serif;-webkit-text-size-adjust:100%}
        body{margin:0 auto;max-width:60rem;padding:2rem 2.5rem 3rem;background:var(--face);overflow-wrap:anywhere}
        h1{font-size:1.6rem;line-height:1.2;margin:0 0 .3rem}
        h2{font-size:1.3rem;line-height:1.25;margin:2.5rem 0 .75rem;padding-bottom:.3rem;border-bottom:2px solid var(--ink)}
        h3{font-size:1.1rem;margin:1.75rem 0 .5rem}
        h4{font-size:1rem;margin:0 0 .6rem}
        p{margin:0 0 .75rem}
        ul,ol{margin:0 0 .75rem;padding-left:1.4rem}
        li{margin:.15rem 0}
        a{color:var(--link)}
        code,pre{font-family:"Liberation Mono",Consolas,Menlo,monospace;font-size:.85em}
        pre{margin:0 0 .75rem;padding:.6rem .8rem;background:var(--panel);border:1px solid var(--line);white-space:pre-wrap}
        .soft{color:var(--soft)}
        .small{font-size:.875rem}
        .answer{margin:1.5rem 0;padding:1.1rem 1.3rem;border:2px solid currentColor;border-left-width:.75rem}
        .answer p{color:var(--ink);margin:.5rem 0 0;display:flex}
        .answer p:first-child{margin:0}
        .answer .main{font-size:1.35rem;line-height:1.35;font-weight:700}
        .answer .sign{flex:none;width:1.6rem}
        .good{color:var(--good)}.bad{color:var(--bad)}.warn{color:var(--warn)}.none{color:var(--none)}
        .badge{display:inline-block;padding:0 .5rem;border:2px solid currentColor;font-weight:700;font-size:.9rem;white-space:nowrap}
        dl.facts{display:grid;grid-template-columns:minmax(8rem,max-content) 1fr;gap:.2rem 1.2rem;margin:0 0 .9rem}
        dl.facts dt{color:var(--soft)}
        dl.facts dd{margin:0;min-width:0}
        dl.words dt{font-weight:700;margin-top:.6rem}
        dl.words dd{margin:0 0 0 1.2rem}
        table{width:100%;border-collapse:collapse;margin:0 0 1rem}
        caption{text-align:left;font-weight:700;padding:.3rem 0}
        th,td{text-align:left;vertical-align:top;padding:.35rem .6rem .35rem 0;border-bottom:1px solid var(--line)}
        thead th{border-bottom:2px solid var(--ink)}
        tbody th{font-weight:400}
        .number{text-align:right;white-space:nowrap;padding-right:.9rem;overflow-wrap:normal}
        thead .number{white-space:normal;width:5.5rem}
        .images .number{width:3.5rem}
        .images .thumb{width:6.5rem}
        .thumb img{display:block;width:auto;height:auto;max-width:5.5rem;max-height:5.5rem;background:#000}
        .card{border:1px solid var(--line);border-left:.4rem solid currentColor;padding:.9rem 1.1rem;margin:0 0 1rem}
        .card>*{color:var(--ink)}
        .card h4 .badge{margin-right:.6rem}
        .card h3{margin:0 0 .6rem}
        .card h3 .badge{margin-right:.6rem}
        .card h4 .soft{font-weight:400}
        figure{margin:0 0 .9rem}
        figure img{display:block;max-width:100%;height:auto;background:#000;border:1px solid var(--line)}
        figcaption{font-size:.9rem;margin-top:.35rem;color:var(--soft)}
        details{margin:0 0 1rem;border:1px solid var(--line)}
        details>summary{padding:.5rem .8rem;cursor:pointer;font-weight:700;background:var(--panel)}
        details>div{padding:.6rem .8rem}
        .card details>summary{font-weight:400}
        nav ul{list-style:none;padding:0;margin:0;display:flex;flex-wrap:wrap;gap:.2rem 1.2rem}
        footer{margin-top:2.5rem;padding-top:.75rem;border-top:2px solid var(--ink)}
        @media (max-width:40rem){body{padding:1rem}dl.facts{display:block}dl.facts dd{margin-bottom:.45rem}.answer{padding:.8rem .9rem}.answer .main{font-size:1.15rem}
        th,td{padding-right:.4rem}thead .number{width:4rem;font-size:.8rem}.images .number{width:2rem}.images .thumb{width:4.5rem}.thumb img{max-width:4rem;max-height:4rem}.card{padding:.7rem .8rem}}
        @media screen and (prefers-color-scheme:dark){:root{--ink:#e9ecef;--soft:#b4bcc5;--line:#4b535c;--face:#15181b;--panel:#202429;--good:#6fd394;--bad:#ff9a94;--warn:#f0b860;--none:#b4bcc5;--link:#8fc1ff}}
        @page{size:A4;margin:16mm 15mm 18mm;@bottom-left{content:"Image integrity report";font:8pt "Liberation Sans",Arial,sans-serif}@bottom-right{content:"Page " counter(page) " of " counter(pages);font:8pt "Liberation Sans",Arial,sans-serif}}
        @media print{:root{--ink:#000;--soft:#222;--line:#888;--face:#fff;--panel:#fff;--good:#000;--bad:#000;--warn:#000;--none:#000;--link:#000}
        html{font-size:10.5pt;background:#fff}body{max-width:none;padding:0}nav{display:none}a{text-decoration:none}
        h2,h3,h4,caption,summary{break-after:avoid}.answer,.badge,figure,tr,li,.keep{break-inside:avoid}dt,thead,.lead{break-after:avoid}tbody tr:first-child{break-before:avoid}h2{margin-top:1.6rem}
        thead{display:table-header-group}figure img{max-height:110mm}
        details.print::details-content{content-visibility:visible;display:block;block-size:auto;overflow:visible}details.print>summary{list-style:none}}
        """.ReplaceLineEndings("\n"); // as browsers read it, and so as its digest is taken

    /// <summary>
    /// What the browser lets the page do: show the pictures that are in it in this style. No script, no font, no frame, no form, no address is
    /// ever asked for anything.
    /// </summary>
    public static string Policy { get; } =
        $"default-src 'none'; style-src 'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(Sheet)))}'; img-src data:; base-uri 'none'; form-action 'none'";
}
