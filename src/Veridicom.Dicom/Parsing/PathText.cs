using System.Globalization;
using System.Text;

namespace Veridicom.Dicom.Parsing;

/// <summary>Puts a tag path together from the top: "(0008,1140)[2].(0008,1150)"; items and fragments count from 1.</summary>
internal readonly struct PathText()
{
    private readonly StringBuilder _text = new();

    public void Element(DicomTag tag)
    {
        if (_text.Length > 0) _text.Append('.');
        _text.Append(tag.ToString());
    }

    public void Item(int ordinal) => _text.Append(CultureInfo.InvariantCulture, $"[{ordinal}]");

    public override string ToString() => _text.ToString();
}
