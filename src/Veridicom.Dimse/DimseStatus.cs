namespace Veridicom.Dimse;

/// <summary>Status of a DIMSE response (PS3.7-2023b Annex C, PS3.4-2023b B.2.3 for storage).</summary>
/// <param name="Code">Value of (0000,0900).</param>
/// <param name="Comment">Error Comment (0000,0902): at most 64 characters of the default repertoire, never a value of an attribute; null for none.</param>
public readonly record struct DimseStatus(ushort Code, string? Comment = null)
{
    /// <summary>Success.</summary>
    public static DimseStatus Success => new(0x0000);

    /// <summary>Refused: out of resources (PS3.4-2023b table B.2-1). The sender may try again.</summary>
    public static DimseStatus OutOfResources(string comment) => new(0xA700, comment);

    /// <summary>Error: cannot understand (PS3.4-2023b table B.2-1).</summary>
    public static DimseStatus CannotUnderstand(string comment) => new(0xC000, comment);

    /// <summary>Refused: not authorised (PS3.7-2023b C.5.19).</summary>
    public static DimseStatus NotAuthorised(string comment) => new(0x0124, comment);

    /// <summary>True for success and for warnings, 0001 and Bxxx among them (PS3.7-2023b C.1): the instance was stored.</summary>
    public bool IsStored => Code is 0x0000 or 0x0001 or 0x0107 or 0x0116 || (Code & 0xF000) == 0xB000;
}
