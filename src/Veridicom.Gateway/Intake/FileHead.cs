using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Dimse;

namespace Veridicom.Gateway.Intake;

/// <summary>Preamble and meta elements that we write before a data set that came without any (PS3.10-2023b 7.1).</summary>
public static class FileHead
{
    private const int Preamble = 128;

    /// <summary>128 zeros, DICM and group 0002, explicit VR little endian.</summary>
    /// <param name="sopClass">Media Storage SOP Class UID (0002,0002); may be empty.</param>
    /// <param name="sopInstance">Media Storage SOP Instance UID (0002,0003); may be empty.</param>
    /// <param name="syntax">Transfer Syntax UID (0002,0010).</param>
    /// <param name="sourceAe">Source Application Entity Title (0002,0016), null for none.</param>
    public static byte[] Write(string sopClass, string sopInstance, string syntax, string? sourceAe)
    {
        var elements = new ElementWriter(NodeForm.None);
        elements.Bytes(new DicomTag(0x0002, 0x0001), Vr.OB, [0x00, 0x01]);
        elements.Text(new DicomTag(0x0002, 0x0002), Vr.UI, sopClass);
        elements.Text(new DicomTag(0x0002, 0x0003), Vr.UI, sopInstance);
        elements.Text(new DicomTag(0x0002, 0x0010), Vr.UI, syntax);
        elements.Text(new DicomTag(0x0002, 0x0012), Vr.UI, DimseImplementation.ClassUid);
        elements.Text(new DicomTag(0x0002, 0x0013), Vr.SH, DimseImplementation.VersionName);
        if (sourceAe is not null) elements.Text(new DicomTag(0x0002, 0x0016), Vr.AE, sourceAe);
        byte[] length = new ElementWriter(NodeForm.None).UInt32(new DicomTag(0x0002, 0x0000), (uint)elements.Written.Length).ToArray();
        return [.. new byte[Preamble], .. "DICM"u8, .. length, .. elements.Written];
    }
}
