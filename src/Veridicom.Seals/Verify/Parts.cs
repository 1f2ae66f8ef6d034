using Veridicom.Dicom;

namespace Veridicom.Seals.Verify;

/// <summary>Which part of a file an element belongs to (spec/verdict.md, Parts).</summary>
public static class Parts
{
    /// <summary>
    /// The part of an element from the tags on its path, outermost first. The innermost tag decides where it is one of display, patient or
    /// pixels; else the outermost that is not structure.
    /// </summary>
    public static Part Of(IReadOnlyList<DicomTag> tags)
    {
        if (tags.Count == 0) return Part.Structure;
        Part inner = Of(tags[^1]);
        if (inner is Part.Display or Part.Patient or Part.Pixels) return inner;
        foreach (DicomTag tag in tags)
        {
            Part part = Of(tag);
            if (part != Part.Structure) return part;
        }
        return Part.Structure;
    }

    /// <summary>The part of one tag.</summary>
    public static Part Of(DicomTag tag)
    {
        if (tag.IsPrivate) return Part.Structure;
        ushort group = tag.Group, element = tag.Element;
        switch (group)
        {
            case 0x0002:
                return Part.Carrier;
            case 0x0008:
                // PS3.3-2023b C.12.1.1.2: the character set decides how every name reads
                if (element is 0x0005 or 0x0006) return Part.Patient;
                if (element is 0x0008 or 0x2111 or 0x9215 or (>= 0x0020 and <= 0x0035) or 0x002A or (>= 0x0060 and <= 0x0070) or 0x1010 or 0x1030 or 0x103E or 0x1090 or (>= 0x2100 and <= 0x2200)) return Part.Acquisition;
                return Part.Structure;
            case 0x0010:
                return Part.Patient;
            case 0x0012:
                return Part.Structure;
            case 0x0018:
                return element is >= 0x1600 and <= 0x1624 ? Part.Display : Part.Acquisition;
            case 0x0020:
                // identity by UIDs is structure, comments are read by people, the rest places the image in space and time
                // left taken for right is the oldest of mistakes in reading an image
                if (element is 0x0020 or 0x0060 or 0x0062 or 0x4000 or 0x9072) return Part.Display;
                return element is 0x000D or 0x000E ? Part.Structure : Part.Acquisition;
            case 0x0028:
                return element is (>= 0x0002 and <= 0x0011) or 0x0014 or 0x0034 or (>= 0x0100 and <= 0x0103) or 0x0300 or 0x0301 or 0x0A02 or 0x0A04 or 0x7FE0 ? Part.Pixels : Part.Display;
            case 0x0038:
                return Part.Patient;
            case 0x0040:
                // report text and measurements are read by people
                return element is (>= 0xA000 and <= 0xAFFF) or (>= 0x9096 and <= 0x9225) or 0x2400 or 0x0310 ? Part.Display : Part.Acquisition;
            case 0x0042:
                return element is 0x0010 or 0x0011 or 0x0012 ? Part.Display : Part.Structure;
            case 0x0048 or 0x0050 or 0x0052 or 0x0054:
                return Part.Acquisition;
            case 0x0070 or 0x0072 or 0x0074 or 0x2050 or 0x3006:
                return Part.Display;
            case 0x7FE0:
                return Part.Pixels;
        }
        // PS3.5-2023b 7.6 ends at 501E and 601E; readers show groups beyond these too
        if (group is (>= 0x5000 and <= 0x50FE) or (>= 0x6000 and <= 0x60FE)) return Part.Display;
        return group is 0x3002 or 0x3004 or 0x3008 or 0x300A or 0x300C or 0x4010 or 0x5400 ? Part.Acquisition : Part.Structure;
    }
}
