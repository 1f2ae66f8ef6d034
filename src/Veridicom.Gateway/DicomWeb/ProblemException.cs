using Microsoft.AspNetCore.Http;

namespace Veridicom.Gateway.DicomWeb;

/// <summary>A request that is not answered as it was asked: becomes application/problem+json (RFC 9457).</summary>
/// <param name="status">HTTP status.</param>
/// <param name="title">What is wrong: the same for each occurrence.</param>
/// <param name="detail">What is wrong this time; no value of an attribute.</param>
/// <param name="remedy">What the caller can do about it.</param>
public sealed class ProblemException(int status, string title, string detail, string remedy) : Exception(detail)
{
    /// <summary>HTTP status.</summary>
    public int Status { get; } = status;

    /// <summary>What is wrong.</summary>
    public string Title { get; } = title;

    /// <summary>What the caller can do.</summary>
    public string Remedy { get; } = remedy;

    /// <summary>400.</summary>
    public static ProblemException BadRequest(string detail, string remedy) => new(StatusCodes.Status400BadRequest, "The request cannot be understood", detail, remedy);

    /// <summary>404: not there, or not for this caller, which is not told apart.</summary>
    public static ProblemException NotFound(string what) => new(StatusCodes.Status404NotFound, "Not found", $"there is no such {what}", "search for it under /dicom-web/studies");

    /// <summary>406.</summary>
    public static ProblemException NotAcceptable(string detail, string remedy) => new(StatusCodes.Status406NotAcceptable, "Not available in an acceptable form", detail, remedy);

    /// <summary>413.</summary>
    public static ProblemException TooLarge(string detail) => new(StatusCodes.Status413PayloadTooLarge, "Too large", detail, "send fewer or smaller instances in one request");

    /// <summary>415.</summary>
    public static ProblemException UnsupportedMedia(string detail, string remedy) => new(StatusCodes.Status415UnsupportedMediaType, "Media type not supported", detail, remedy);

    /// <summary>403.</summary>
    public static ProblemException Forbidden(string scope) =>
        new(StatusCodes.Status403Forbidden, "Not permitted", $"this needs the scope '{scope}'", "ask the operator of this gateway for it, or present another token or certificate");

    /// <summary>503.</summary>
    public static ProblemException Unavailable(string detail) => new(StatusCodes.Status503ServiceUnavailable, "Not available now", detail, "try again later");
}
