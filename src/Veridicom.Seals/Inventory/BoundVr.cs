using Veridicom.Dicom;

namespace Veridicom.Seals.Inventory;

/// <summary>The number by which a leaf commits to its VR (spec/seal.md, Leaves): one byte, stable for ever.</summary>
public static class BoundVr
{
    /// <summary>Private elements: the VR is not bound, since tools lose and replace it.</summary>
    public const byte Unbound = 0;

    /// <summary>Sealed where several VRs are open (implicit VR with more than one in the dictionary, or an unknown tag): any of them.</summary>
    public const byte Choice = 63;

    private static ReadOnlySpan<ushort> Codes =>
    [
        0, 0x4145, 0x4153, 0x4154, 0x4353, 0x4441, 0x4453, 0x4454, 0x4644, 0x464C, 0x4953, 0x4C4F, 0x4C54, 0x4F42, 0x4F44, 0x4F46, 0x4F4C, 0x4F56,
        0x4F57, 0x504E, 0x5348, 0x534C, 0x5351, 0x5353, 0x5354, 0x5356, 0x544D, 0x5543, 0x5549, 0x554C, 0x554E, 0x5552, 0x5553, 0x5554, 0x5556,
    ];

    /// <summary>1 to 34 in alphabetical order of the VRs of PS3.5-2023b Table 6.2-1.</summary>
    public static byte IndexOf(Vr vr) => (byte)Math.Max(0, Codes.BinarySearch((ushort)vr));

    /// <summary>The VR of an index; false for 0, 63 and numbers never given out.</summary>
    public static bool TryVr(byte index, out Vr vr)
    {
        vr = index is > 0 and < 35 ? (Vr)Codes[index] : Vr.None;
        return vr != Vr.None;
    }
}
