using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Testing.DicomWeb;

/// <summary>Small images for the service: 8 x 8 samples of 16 bits, in a study and series of their own choice.</summary>
public static class Images
{
    public const string SopClass = "1.2.840.10008.5.1.4.1.1.2";

    public static byte[] Make(string study = "2.25.10", string series = "2.25.20", string instance = "2.25.30", string name = "Doe^Jane", string id = "4711", string modality = "CT", string date = "20260601",
        string? characterSet = null, string syntax = SampleFiles.Explicit, int frames = 1, Action<ElementWriter>? more = null)
    {
        NodeForm form = syntax switch { SampleFiles.Implicit => NodeForm.Implicit, SampleFiles.BigEndian => NodeForm.BigEndian, _ => NodeForm.None };
        var w = new ElementWriter(form);
        if (characterSet is not null) w.Text(new(0x00080005), Vr.CS, characterSet);
        w.Text(new(0x00080016), Vr.UI, SopClass).Text(new(0x00080018), Vr.UI, instance).Text(new(0x00080020), Vr.DA, date).Text(new(0x00080060), Vr.CS, modality)
            .Text(new(0x00081030), Vr.LO, "Thorax").Text(new(0x00100010), Vr.PN, name).Text(new(0x00100020), Vr.LO, id).Text(new(0x0020000D), Vr.UI, study).Text(new(0x0020000E), Vr.UI, series)
            .Text(new(0x00200011), Vr.IS, "1").Text(new(0x00200013), Vr.IS, "7")
            .UInt16(new(0x00280002), 1).Text(new(0x00280004), Vr.CS, "MONOCHROME2").Text(new(0x00280008), Vr.IS, frames.ToString(CultureInfo.InvariantCulture))
            .UInt16(new(0x00280010), 8).UInt16(new(0x00280011), 8).UInt16(new(0x00280100), 16).UInt16(new(0x00280101), 12).UInt16(new(0x00280102), 11).UInt16(new(0x00280103), 0);
        more?.Invoke(w);
        w.Bytes(new(0x7FE00010), Vr.OW, Cells(frames));
        byte[] meta = new ElementWriter().Bytes(new(0x00020001), Vr.OB, [0, 1]).Text(new(0x00020002), Vr.UI, SopClass).Text(new(0x00020003), Vr.UI, instance).Text(new(0x00020010), Vr.UI, syntax).Text(new(0x00020012), Vr.UI, "2.25.2").ToArray();
        return [.. new byte[128], .. "DICM"u8, .. new ElementWriter().UInt32(new(0x00020000), (uint)meta.Length).ToArray(), .. meta, .. w.ToArray()];
    }

    /// <summary>Samples of all frames; value 64 f + i at place i of frame f, little endian.</summary>
    public static byte[] Cells(int frames)
    {
        byte[] cells = new byte[frames * 128];
        for (int i = 0; i < frames * 64; i++)
        {
            cells[2 * i] = (byte)(i & 0xFF);
            cells[2 * i + 1] = (byte)(i >> 8);
        }
        return cells;
    }
}
