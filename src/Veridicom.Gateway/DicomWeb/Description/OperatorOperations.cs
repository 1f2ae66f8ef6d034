namespace Veridicom.Gateway.DicomWeb.Description;

/// <summary>Descriptions of the endpoints for operators and their tools, which stand in other folders.</summary>
internal static class OperatorOperations
{
    private const string Json = "application/json", Group = "Operation";

    private static readonly OperationAnswer[] Errors = [new(400, "The request cannot be understood"), new(401, "No token or certificate, or one that is not known"), new(403, "The scope is missing"), new(429, "Too many requests"), new(503, "Store, registry or audit trail do not answer")];

    public static OperationDescription Quarantine { get; } = Admin("quarantine", "Instances that are held back", [new(200, "The instances", Json)],
        [new("state", "quarantined, conflict or rejected", "^(quarantined|conflict|rejected)$"), new("after", "Sequence after which the list begins", Number: true), new("limit", "Most results", Number: true)]);

    public static OperationDescription QuarantinedFile { get; } = Admin("quarantined-file", "The bytes of an instance that is held back", [new(200, "The file", "application/dicom"), new(404, "No such instance")]);

    public static OperationDescription Release { get; } = Admin("release", "Lets an instance that is held back through", [new(200, "Done", Json), new(404, "No such instance"), new(409, "Not held back", "application/problem+json")]) with { Bodies = [Json] };

    public static OperationDescription Reject { get; } = Admin("reject", "Decides against an instance that is held back", [new(200, "Done", Json), new(404, "No such instance"), new(409, "Not held back", "application/problem+json")]) with { Bodies = [Json] };

    public static OperationDescription Deliveries { get; } = Admin("deliveries", "Counts of deliveries to each destination, and those of one in one state", [new(200, "The deliveries", Json)],
        [new("destination", "Name of the destination"), new("state", "waiting, delivered, commitment-asked, committed or undeliverable"), new("after", "Sequence after which the list begins", Number: true), new("limit", "Most results", Number: true)]);

    public static OperationDescription Retry { get; } = Admin("retry-deliveries", "Has deliveries that were given up tried again", [new(200, "Done", Json)]) with { Bodies = [Json] };

    public static OperationDescription AuditTrail { get; } = Admin("audit-trail", "Entries of the audit trail", [new(200, "The entries", Json)],
    [
        new("after", "Sequence after which the list begins", Number: true), new("limit", "Most results", Number: true), new("study", "Study Instance UID"), new("who", "Name of who did it"),
        new("since", "Time from which on"), new("kind", "Kind of entry"),
    ]);

    public static OperationDescription Health { get; } = new("health", Group, "Whether the process lives") { Answers = [new(200, "It does", Json, "text/plain"), new(429, "Too many requests")] };

    public static OperationDescription Readiness { get; } = new("readiness", Group, "Whether store, registry and audit trail work") { Answers = [new(200, "They do", Json, "text/plain"), new(429, "Too many requests"), new(503, "They do not", Json, "text/plain")] };

    public static OperationDescription Metrics { get; } = new("metrics", Group, "Figures for Prometheus") { Scope = "admin", Answers = [new(200, "The figures", "text/plain"), .. Errors] };

    private static OperationDescription Admin(string name, string summary, OperationAnswer[] answers, QueryParameter[]? query = null) =>
        new(name, Group, summary) { Scope = "admin", Query = query ?? [], Answers = [.. answers, .. Errors] };
}
