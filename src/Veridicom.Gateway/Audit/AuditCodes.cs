namespace Veridicom.Gateway.Audit;

/// <summary>A coded value (PS3.15-2023b A.5.1).</summary>
/// <param name="Code">csd-code.</param>
/// <param name="System">codeSystemName.</param>
/// <param name="Meaning">originalText.</param>
internal readonly record struct AuditCode(string Code, string System, string Meaning)
{
    public static AuditCode Dicom(string code, string meaning) => new(code, "DCM", meaning);
}

/// <summary>The codes used here (PS3.16-2023b CID 400 to 405, and those of PS3.15-2023b A.5.1.2.4).</summary>
internal static class AuditCodes
{
    public static readonly AuditCode ApplicationActivity = AuditCode.Dicom("110100", "Application Activity");
    public static readonly AuditCode AuditLogUsed = AuditCode.Dicom("110101", "Audit Log Used");
    public static readonly AuditCode InstancesAccessed = AuditCode.Dicom("110103", "DICOM Instances Accessed");
    public static readonly AuditCode InstancesTransferred = AuditCode.Dicom("110104", "DICOM Instances Transferred");
    public static readonly AuditCode Query = AuditCode.Dicom("110112", "Query");
    public static readonly AuditCode SecurityAlert = AuditCode.Dicom("110113", "Security Alert");
    public static readonly AuditCode UserAuthentication = AuditCode.Dicom("110114", "User Authentication");

    public static readonly AuditCode Start = AuditCode.Dicom("110120", "Application Start");
    public static readonly AuditCode Stop = AuditCode.Dicom("110121", "Application Stop");
    public static readonly AuditCode Login = AuditCode.Dicom("110122", "Login");
    public static readonly AuditCode NodeAuthentication = AuditCode.Dicom("110126", "Node Authentication");
    public static readonly AuditCode RestrictedFunction = AuditCode.Dicom("110132", "Use of Restricted Function");
    public static readonly AuditCode ObjectSecurityChanged = AuditCode.Dicom("110135", "Object Security Attributes Changed");
    public static readonly AuditCode Checkpoint = new("checkpoint", "99VERIDICOM", "Signed Checkpoint of the Audit Trail");

    public static readonly AuditCode Application = AuditCode.Dicom("110150", "Application");
    public static readonly AuditCode Destination = AuditCode.Dicom("110152", "Destination Role ID");
    public static readonly AuditCode Source = AuditCode.Dicom("110153", "Source Role ID");

    public static readonly AuditCode StudyUid = AuditCode.Dicom("110180", "Study Instance UID");
    public static readonly AuditCode NodeId = AuditCode.Dicom("110182", "Node ID");
    public static readonly AuditCode PatientNumber = new("2", "RFC-3881", "Patient Number");
    public static readonly AuditCode SearchCriteria = new("10", "RFC-3881", "Search Criteria");
    public static readonly AuditCode Uri = new("12", "RFC-3881", "URI");
}
