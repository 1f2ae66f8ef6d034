using System.Buffers;
using Veridicom.Dicom.Dictionary;

namespace Veridicom.Dimse.Messages;

/// <summary>UIDs as messages carry them.</summary>
public static class DimseUid
{
    private static readonly SearchValues<char> Allowed = SearchValues.Create("0123456789.");

    /// <summary>Verification SOP class (PS3.4-2023b A.4).</summary>
    public const string Verification = "1.2.840.10008.1.1";

    /// <summary>Storage commitment push model SOP class (PS3.4-2023b J.3).</summary>
    public const string StorageCommitment = "1.2.840.10008.1.20.1";

    /// <summary>The well-known instance that storage commitment is asked of (PS3.4-2023b J.3.5).</summary>
    public const string StorageCommitmentInstance = "1.2.840.10008.1.20.1.1";

    /// <summary>
    /// True for 1 to 64 digits and full stops (PS3.5-2023b 9.1). Components that are empty or begin with a zero are let through: instances
    /// with such UIDs exist, and refusing them would lose images.
    /// </summary>
    public static bool IsValid(ReadOnlySpan<char> uid) => uid.Length is >= 1 and <= 64 && !uid.ContainsAnyExcept(Allowed);

    /// <summary>True for a SOP class that is stored by C-STORE, by the table of PS3.4-2023b B.5.</summary>
    public static bool IsStorageClass(string uid) => DicomUids.TryFindSopClass(uid, out _);
}
