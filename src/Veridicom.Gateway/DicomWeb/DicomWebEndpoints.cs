using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Veridicom.Gateway.DicomWeb.Retrieve;
using Veridicom.Gateway.DicomWeb.Store;

namespace Veridicom.Gateway.DicomWeb;

/// <summary>Maps DICOMweb (PS3.18-2023b 10), verdicts and reports. The access middleware must run before them.</summary>
public static class DicomWebEndpoints
{
    private const string Study = "/studies/{study}", Series = Study + "/series/{series}", Instance = Series + "/instances/{instance}";

    /// <summary>Maps all of them.</summary>
    public static void MapDicomWeb(this IEndpointRouteBuilder app, DicomWebSource source)
    {
        ArgumentNullException.ThrowIfNull(app);
        RouteGroupBuilder web = app.MapGroup("/dicom-web");
        foreach (string path in (string[])["/studies", Study]) web.MapPost(path, Run(StoreInstances.HandleAsync));
        foreach (string path in (string[])[Study, Series, Instance])
        {
            web.MapGet(path, Run(RetrieveInstances.HandleAsync));
            web.MapGet(path + "/metadata", Run(RetrieveMetadata.HandleAsync));
            web.MapGet(path + "/thumbnail", Run(RetrieveRendered.ThumbnailAsync));
        }
        web.MapGet(Instance + "/rendered", Run(RetrieveRendered.RenderedAsync));
        web.MapGet(Instance + "/frames/{frames}", Run(RetrieveFrames.HandleAsync));
        web.MapGet(Instance + "/frames/{frames}/rendered", Run(RetrieveRendered.RenderedAsync));
        web.MapGet(Instance + "/bulkdata/{**path}", Run(RetrieveFrames.BulkDataAsync));

        RequestDelegate Run(Func<DicomWebRequest, Task> operation) => DicomWebRequest.Handler(source, operation);
    }
}
