using System.Text;
using Veridicom.Dicom.Text;

namespace Veridicom.Reports.Html;

/// <summary>
/// Writes HTML that cannot be broken out of: text and attribute values have no way in but escaped, elements close in order, and there is
/// neither script nor style nor address among what can be written. Elements and attributes are those of the lists below. Not thread-safe.
/// </summary>
public sealed class HtmlWriter : IDisposable
{
    /// <summary>The most characters that are shown of a value of a file, unless a caller says otherwise.</summary>
    public const int LongestValue = 160;

    private const int LongestAttribute = 600;

    private static readonly HashSet<string> Elements = new(StringComparer.Ordinal)
    {
        "html", "head", "title", "body", "header", "main", "footer", "nav", "section", "article", "h1", "h2", "h3", "h4", "p", "ul", "ol", "li", "dl", "dt", "dd", "div",
        "span", "strong", "code", "pre", "bdi", "time", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "details", "summary", "small",
        "svg", "g", "rect", "line", "text",
    };

    // No on..., style, href to elsewhere or src: what is not here cannot be written.
    private static readonly HashSet<string> Attributes = new(StringComparer.Ordinal)
    {
        "class", "id", "lang", "scope", "datetime", "aria-label", "aria-labelledby", "aria-hidden", "open",
        "role", "viewBox", "width", "height", "x", "y", "x1", "x2", "y1", "y2", "text-anchor",
    };

    private readonly Stack<string> _open = new();
    private readonly Stream _output;
    private readonly StreamWriter _text;

    /// <summary>Writes to a stream, which stays open.</summary>
    public HtmlWriter(Stream output)
    {
        _output = output;
        _text = new StreamWriter(output, new UTF8Encoding(false), 1 << 14, leaveOpen: true) { NewLine = "\n" };
    }

    /// <summary>Opens an element, of a class of the style sheet where one is given.</summary>
    public HtmlWriter Open(string element, string? style = null) => style is null ? Open(element, []) : Open(element, [("class", style)]);

    /// <summary>Opens an element with attributes.</summary>
    public HtmlWriter Open(string element, params ReadOnlySpan<(string Name, string Value)> attributes)
    {
        if (!Elements.Contains(element)) throw new ArgumentException("no element of a report: " + element, nameof(element));
        _text.Write('<');
        _text.Write(element);
        foreach ((string name, string value) in attributes)
        {
            if (!Attributes.Contains(name)) throw new ArgumentException("no attribute of a report: " + name, nameof(attributes));
            Attribute(name, value);
        }
        _text.Write('>');
        _open.Push(element);
        return this;
    }

    /// <summary>Closes the element opened last, which must be of this name.</summary>
    public HtmlWriter Close(string element)
    {
        if (_open.Count == 0 || _open.Pop() != element) throw new InvalidOperationException("not the element to close: " + element);
        _text.Write("</");
        _text.Write(element);
        _text.Write(element is "p" or "li" or "dd" or "tr" or "h1" or "h2" or "h3" or "h4" or "section" or "article" or "table" or "details" ? ">\n" : ">");
        return this;
    }

    /// <summary>Text of our own, escaped like any other.</summary>
    public HtmlWriter Text(string text)
    {
        Escape(TextDisplay.Escape(text));
        return this;
    }

    /// <summary>
    /// A value that comes from a file: shortened, with everything that could act instead of being seen spelled out, and kept apart from the
    /// direction of writing around it.
    /// </summary>
    public HtmlWriter Value(string text, int longest = LongestValue)
    {
        _text.Write("<bdi>");
        Escape(TextDisplay.Escape(text, longest));
        _text.Write("</bdi>");
        return this;
    }

    /// <summary>A value in the type of machines: a digest, a UID, the name of a file.</summary>
    public HtmlWriter Code(string text, int longest = LongestValue)
    {
        _text.Write("<code>");
        Value(text, longest);
        _text.Write("</code>");
        return this;
    }

    /// <summary>An element that holds nothing but text of our own.</summary>
    public HtmlWriter Line(string element, string text, string? style = null) => Open(element, style).Text(text).Close(element);

    /// <summary>Lines to copy, as they are.</summary>
    public HtmlWriter Lines(params ReadOnlySpan<string> lines)
    {
        Open("pre");
        for (int i = 0; i < lines.Length; i++)
        {
            if (i > 0) _text.Write('\n');
            Text(lines[i]);
        }
        return Close("pre");
    }

    /// <summary>A link to a place on the page.</summary>
    public HtmlWriter Jump(string id, string text)
    {
        _text.Write("<a");
        Attribute("href", "#" + id);
        _text.Write('>');
        Text(text);
        _text.Write("</a>");
        return this;
    }

    /// <summary>A PNG image, its bytes in the page.</summary>
    /// <param name="png">The file.</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="alt">What it shows, in words.</param>
    public HtmlWriter Picture(ReadOnlySpan<byte> png, int width, int height, string alt)
    {
        _text.Write("<img");
        Attribute("width", width.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Attribute("height", height.ToString(System.Globalization.CultureInfo.InvariantCulture));
        Attribute("alt", alt);
        _text.Write(" src=\"data:image/png;base64,");
        const int part = 3 << 12; // whole groups of three bytes: no padding but at the end
        for (int at = 0; at < png.Length; at += part) _text.Write(Convert.ToBase64String(png.Slice(at, Math.Min(part, png.Length - at))));
        _text.Write("\">");
        return this;
    }

    /// <summary>What stands before the first element: constants of <see cref="ReportPage"/>, nothing from a file.</summary>
    internal void Markup(string constant) => _text.Write(constant);

    /// <summary>Hands over bytes that another of these writers wrote.</summary>
    internal void Fragment(Action<Stream> copy)
    {
        _text.Flush();
        copy(_output);
    }

    /// <summary>Everything is written, and every element closed.</summary>
    public void Dispose()
    {
        _text.Dispose();
    }

    /// <summary>Throws where an element is open still.</summary>
    public void DemandClosed()
    {
        if (_open.Count > 0) throw new InvalidOperationException("still open: " + string.Join(", ", _open));
        _text.Flush();
    }

    private void Attribute(string name, string value)
    {
        _text.Write(' ');
        _text.Write(name);
        _text.Write("=\"");
        Escape(TextDisplay.Escape(value, LongestAttribute));
        _text.Write('"');
    }

    private void Escape(string text)
    {
        foreach (char c in text)
        {
            switch (c)
            {
                case '&': _text.Write("&amp;"); break;
                case '<': _text.Write("&lt;"); break;
                case '>': _text.Write("&gt;"); break;
                case '"': _text.Write("&quot;"); break;
                case '\'': _text.Write("&#39;"); break;
                default: _text.Write(c); break;
            }
        }
    }
}
