namespace Veridicom.Dicom;

/// <summary>A value representation (PS3.5-2023b 6.2). The number is its two ASCII characters, the first one in the high byte.</summary>
public enum Vr : ushort
{
    /// <summary>No value representation: items and delimiters.</summary>
    None = 0,
#pragma warning disable CS1591 // the names are those of PS3.5-2023b Table 6.2-1
    AE = 0x4145, AS = 0x4153, AT = 0x4154, CS = 0x4353, DA = 0x4441, DS = 0x4453, DT = 0x4454, FD = 0x4644, FL = 0x464C,
    IS = 0x4953, LO = 0x4C4F, LT = 0x4C54, OB = 0x4F42, OD = 0x4F44, OF = 0x4F46, OL = 0x4F4C, OV = 0x4F56, OW = 0x4F57,
    PN = 0x504E, SH = 0x5348, SL = 0x534C, SQ = 0x5351, SS = 0x5353, ST = 0x5354, SV = 0x5356, TM = 0x544D, UC = 0x5543,
    UI = 0x5549, UL = 0x554C, UN = 0x554E, UR = 0x5552, US = 0x5553, UT = 0x5554, UV = 0x5556,
#pragma warning restore CS1591
}

/// <summary>What PS3.5 says of each value representation.</summary>
public static class VrFacts
{
    /// <summary>True for the 34 representations of PS3.5-2023b Table 6.2-1.</summary>
    public static bool IsKnown(this Vr vr) => IsShort(vr) || IsLong(vr);

    /// <summary>True where the explicit header is 12 bytes: two reserved bytes and a 32-bit length (PS3.5-2023b 7.1.2).</summary>
    public static bool IsLong(this Vr vr) => vr is Vr.OB or Vr.OD or Vr.OF or Vr.OL or Vr.OV or Vr.OW or Vr.SQ or Vr.SV or Vr.UC
        or Vr.UN or Vr.UR or Vr.UT or Vr.UV;

    /// <summary>True where the explicit header is 8 bytes with a 16-bit length (PS3.5-2023b 7.1.2).</summary>
    public static bool IsShort(this Vr vr) => vr is Vr.AE or Vr.AS or Vr.AT or Vr.CS or Vr.DA or Vr.DS or Vr.DT or Vr.FD or Vr.FL
        or Vr.IS or Vr.LO or Vr.LT or Vr.PN or Vr.SH or Vr.SL or Vr.SS or Vr.ST or Vr.TM or Vr.UI or Vr.UL or Vr.US;

    /// <summary>True for values made of characters.</summary>
    public static bool IsText(this Vr vr) => vr is Vr.AE or Vr.AS or Vr.CS or Vr.DA or Vr.DS or Vr.DT or Vr.IS or Vr.LO or Vr.LT
        or Vr.PN or Vr.SH or Vr.ST or Vr.TM or Vr.UC or Vr.UI or Vr.UR or Vr.UT;

    /// <summary>The byte that makes an odd value even: space for text, NUL for UI and everything else (PS3.5-2023b 6.2).</summary>
    public static byte PadByte(this Vr vr) => vr != Vr.UI && vr.IsText() ? (byte)' ' : (byte)0;

    /// <summary>Bytes that swap as one between little and big endian: 1, 2, 4 or 8 (PS3.5-2023b 7.3).</summary>
    public static int SwapUnit(this Vr vr) => vr switch
    {
        Vr.AT or Vr.OW or Vr.SS or Vr.US => 2,
        Vr.FL or Vr.OF or Vr.OL or Vr.SL or Vr.UL => 4,
        Vr.FD or Vr.OD or Vr.OV or Vr.SV or Vr.UV => 8,
        _ => 1,
    };

    /// <summary>The two characters, or "--" for none.</summary>
    public static string Text(this Vr vr) => vr == Vr.None ? "--" : new string([(char)((ushort)vr >> 8), (char)((ushort)vr & 0xFF)]);
}
