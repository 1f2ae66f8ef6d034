using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Veridicom.Gateway.DicomWeb.Description;
using Veridicom.Gateway.DicomWeb.Retrieve;
using Veridicom.Gateway.DicomWeb.Search;
using Veridicom.Gateway.DicomWeb.Store;
using Veridicom.Gateway.DicomWeb.Verdicts;
using Veridicom.Registry;

namespace Veridicom.Gateway.DicomWeb;

/// <summary>Maps DICOMweb (PS3.18-2023b 10), verdicts and reports. The access middleware must run before them.</summary>
public static class DicomWebEndpoints
{
    private const string Web = "/dicom-web", Study = "/studies/{study}", Series = Study + "/series/{series}", Instance = Series + "/instances/{instance}";

    /// <summary>Maps all of them, and the description of every endpoint of the gateway, for which <see cref="OpenApiPage.AddOpenApiPage"/> must have been called.</summary>
    public static void MapDicomWeb(this IEndpointRouteBuilder app, DicomWebSource source)
    {
        ArgumentNullException.ThrowIfNull(app);
        foreach ((string path, string level) in ((string, string)[])[("/studies", "any"), (Study, "study")]) Map("POST", Web + path, StoreInstances.HandleAsync, DicomWebOperations.Store(level));
        foreach ((string path, string level) in ((string, string)[])[(Study, "study"), (Series, "series"), (Instance, "instance")])
        {
            Map("GET", Web + path, RetrieveInstances.HandleAsync, DicomWebOperations.Retrieve(level));
            Map("GET", Web + path + "/metadata", RetrieveMetadata.HandleAsync, DicomWebOperations.Metadata(level));
            Map("GET", Web + path + "/thumbnail", RetrieveRendered.ThumbnailAsync, DicomWebOperations.Thumbnail(level));
            Map("GET", "/verdicts" + path, VerdictAnswer.HandleAsync, DicomWebOperations.Verdicts(level));
        }
        Map("GET", Web + Instance + "/rendered", RetrieveRendered.RenderedAsync, DicomWebOperations.Rendered("instance"));
        Map("GET", Web + Instance + "/frames/{frames}/rendered", RetrieveRendered.RenderedAsync, DicomWebOperations.Rendered("frame"));
        Map("GET", Web + Instance + "/frames/{frames}", RetrieveFrames.HandleAsync, DicomWebOperations.Frames());
        Map("GET", Web + Instance + "/bulkdata/{**path}", RetrieveFrames.BulkDataAsync, DicomWebOperations.BulkData());
        Find(SearchLevel.Study, "all", "/studies");
        Find(SearchLevel.Series, "all", "/series");
        Find(SearchLevel.Series, "study", Study + "/series");
        Find(SearchLevel.Instance, "all", "/instances");
        Find(SearchLevel.Instance, "study", Study + "/instances");
        Find(SearchLevel.Instance, "series", Series + "/instances");
        Map("POST", "/verdicts", JudgeBody.HandleAsync, DicomWebOperations.Judge());
        Map("GET", Study + "/report", StudyReport.HandleAsync, DicomWebOperations.Report());
        Map("GET", Web + "/", CapabilitiesPage.HandleAsync, DicomWebOperations.Capabilities("get"));
        Map("OPTIONS", Web + "/", CapabilitiesPage.HandleAsync, DicomWebOperations.Capabilities("options"));
        app.MapOpenApiPage();

        void Map(string method, string path, Func<DicomWebRequest, Task> operation, OperationDescription description) =>
            app.MapMethods(path, [method], DicomWebRequest.Handler(source, operation)).WithMetadata(description);

        void Find(SearchLevel level, string under, string path) => Map("GET", Web + path, SearchInstances.Handler(level), DicomWebOperations.Search(level, under));
    }
}
