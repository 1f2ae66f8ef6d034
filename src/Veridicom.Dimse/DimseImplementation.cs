namespace Veridicom.Dimse;

/// <summary>How this implementation names itself on associations (PS3.7-2023b D.3.3.2) and in files that it writes (PS3.10-2023b 7.1).</summary>
public static class DimseImplementation
{
    /// <summary>Implementation Class UID; the same in manifests.</summary>
    public const string ClassUid = "2.25.281537978174250285424918143551577076922";

    /// <summary>Implementation Version Name, at most 16 characters.</summary>
    public const string VersionName = "VERIDICOM_0_1";
}
