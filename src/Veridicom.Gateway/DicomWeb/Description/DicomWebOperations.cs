using Veridicom.Dicom;
using Veridicom.Dicom.Dictionary;
using Veridicom.Gateway.DicomWeb.Search;
using Veridicom.Registry;

namespace Veridicom.Gateway.DicomWeb.Description;

/// <summary>Descriptions of the endpoints of this folder.</summary>
internal static class DicomWebOperations
{
    private const string Json = "application/dicom+json", Dicom = "application/dicom", Multipart = "multipart/related";

    private static readonly QueryParameter Accept = new("accept", "Media types accepted, in place of the header (PS3.18-2023b 8.3.3.1)");

    private static readonly OperationAnswer[] Errors =
    [
        new(400, "The request cannot be understood"), new(401, "No token or certificate, or one that is not known"), new(403, "The scope is missing"),
        new(404, "Not there, or not for this caller"), new(406, "Not available in a form that is accepted"), new(429, "Too many requests"),
        new(500, "A stored file cannot be read"), new(503, "Store, registry or audit trail do not answer"),
    ];

    public static OperationDescription Store(string level) => new("store-" + level, "STOW-RS", "Stores instances")
    {
        Scope = "write", Query = [Accept], Bodies = [Multipart, Dicom],
        Answers =
        [
            new(200, "All are stored", Json), new(202, "Some are stored, or something is to be said of one", Json), new(409, "None is stored", Json),
            new(413, "Longer than is taken"), new(415, "No instances as PS3.10 files"), .. Errors,
        ],
    };

    public static OperationDescription Retrieve(string level) => Read("retrieve-" + level, "WADO-RS", "Instances as they are stored, or in another transfer syntax",
        [new(200, "The instances", Multipart, Dicom), .. level == "instance" ? (OperationAnswer[])[new(206, "A range of one", Dicom), new(304, "Not changed"), new(416, "No such range")] : []]);

    public static OperationDescription Metadata(string level) => Read("metadata-" + level, "WADO-RS", "Attributes of instances, long values as URLs", [new(200, "The attributes", Json)]);

    public static OperationDescription Thumbnail(string level) => Read("thumbnail-" + level, "WADO-RS", "A small picture", [new(200, "The picture", "image/jpeg", "image/png")], [new("quality", "Of image/jpeg, 1 to 100", Number: true)]);

    public static OperationDescription Frames() => Read("frames", "WADO-RS", "Frames as they are encoded, or as samples", [new(200, "The frames", Multipart, "application/octet-stream", "image/jpeg", "image/jls", "image/jp2", "image/dicom-rle")]);

    public static OperationDescription BulkData() => Read("bulk-data", "WADO-RS", "The value of one element", [new(200, "The value", Multipart, "application/octet-stream")]);

    public static OperationDescription Rendered(string level) => Read("rendered-" + level, "WADO-RS", "A picture for the eye", [new(200, "The picture", "image/jpeg", "image/png")],
    [
        new("window", "Centre, width and function: linear, linear-exact or sigmoid"), new("viewport", "Columns and rows of the picture at most", "^[0-9]+,[0-9]+$"), new("quality", "Of image/jpeg, 1 to 100", Number: true),
        .. level == "instance" ? (QueryParameter[])[new("frame", "Number of the frame from 1", Number: true)] : [],
    ]);

    public static OperationDescription Search(SearchLevel level, string under) => new($"search-{level.ToString().ToLowerInvariant()}-{under}", "QIDO-RS", $"Searches for {(level == SearchLevel.Study ? "studies" : level == SearchLevel.Series ? "series" : "instances")}")
    {
        Scope = "read",
        Query =
        [
            new("limit", "Most results, at most 1000", Number: true), new("offset", "Results passed over", Number: true), new("fuzzymatching", "Names match by their words", "^(true|false)$"),
            new("includefield", "Attributes beside the usual ones, by keyword or tag; all"), Accept,
            .. SearchParameters.Keys(level).Select(tag => DicomDictionary.TryFind(tag, out DictionaryEntry entry) ? new QueryParameter(entry.Keyword, $"{tag} {entry.Name}") : new QueryParameter(tag.ToString(), "")),
        ],
        Answers = [new(200, "Results", Json), new(204, "None"), .. Errors],
    };

    public static OperationDescription Verdicts(string level) => Read("verdicts-" + level, "Verdicts", "What verification says of stored instances now, those in conflict and quarantine among them", [new(200, "Verdicts, as 'veridicom verify --json' gives them", "application/json")]) with { Scope = "verify" };

    public static OperationDescription Judge() => new("judge", "Verdicts", "What verification says of a file that is sent; nothing is stored")
    {
        Scope = "verify", Query = [Accept], Bodies = [Dicom, Multipart], Answers = [new(200, "The verdict", "application/json"), new(413, "Longer than is judged"), new(415, "No DICOM file"), .. Errors],
    };

    public static OperationDescription Report() => Read("report", "Verdicts", "A report on a study for people", [new(200, "The page", "text/html")], [new("patient", "hidden leaves out who the patient is", "^(hidden|shown)$")]) with { Scope = "verify" };

    public static OperationDescription Capabilities(string method) => new("capabilities-" + method, "Description", "What the DICOMweb service can do (PS3.18-2023b 8.9)") { Query = [Accept], Answers = [new(200, "As WADL", CapabilitiesPage.Wadl), new(406, "Not available in a form that is accepted")] };

    private static OperationDescription Read(string name, string group, string summary, OperationAnswer[] answers, QueryParameter[]? query = null) =>
        new(name, group, summary) { Scope = "read", Query = [.. query ?? [], Accept], Answers = [.. answers, .. Errors] };
}
