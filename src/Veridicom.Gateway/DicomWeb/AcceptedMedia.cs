using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace Veridicom.Gateway.DicomWeb;

/// <summary>One form in which the caller would take the answer.</summary>
/// <param name="MediaType">Such as "application/dicom", "multipart/related", "image/*", "*/*"; lower case.</param>
/// <param name="PartType">The type parameter of multipart/related, lower case; null where not given.</param>
/// <param name="TransferSyntax">The transfer-syntax parameter; null where not given.</param>
public sealed record AcceptedMedia(string MediaType, string? PartType, string? TransferSyntax)
{
    private const int Most = 32;

    private static readonly AcceptedMedia Any = new("*/*", null, null);

    /// <summary>True for multipart/related, and for ranges that hold it.</summary>
    public bool IsMultipart => MediaType is "multipart/related" or "multipart/*" or "*/*";

    /// <summary>True where a type is within the range.</summary>
    public bool Takes(string mediaType) => MediaType == "*/*" || MediaType == mediaType
        || (MediaType.EndsWith("/*", StringComparison.Ordinal) && mediaType.StartsWith(MediaType[..^1], StringComparison.Ordinal));

    /// <summary>True where parts of a type within multipart/related are within the range.</summary>
    public bool TakesParts(string mediaType) => IsMultipart && (PartType is null or "*/*" || PartType == mediaType
        || (PartType.EndsWith("/*", StringComparison.Ordinal) && mediaType.StartsWith(PartType[..^1], StringComparison.Ordinal)));

    /// <summary>
    /// What the caller accepts, the best liked first: the query parameter 'accept' where there is one, else the header (PS3.18-2023b 8.3.3.1, 8.7.4; RFC 9110 12.5.1). Nothing said is everything.
    /// </summary>
    /// <exception cref="ProblemException">Not a list of media ranges.</exception>
    public static IReadOnlyList<AcceptedMedia> Of(HttpRequest request)
    {
        IList<string?> texts = request.Query.TryGetValue("accept", out var asked) ? asked : request.Headers.Accept;
        if (texts.Count == 0 || texts.All(string.IsNullOrWhiteSpace)) return [Any];
        if (!MediaTypeHeaderValue.TryParseList([.. texts.Select(text => text ?? "")], out IList<MediaTypeHeaderValue>? ranges) || ranges.Count > Most)
            throw ProblemException.BadRequest("what is accepted is no list of media types", "see RFC 9110 12.5.1; in a URL '+' is written %2B and '\"' %22");
        return [.. ranges.Where(range => range.Quality is not 0).OrderByDescending(range => range.Quality ?? 1).Select(Read)];
    }

    private static AcceptedMedia Read(MediaTypeHeaderValue range) =>
        new(range.MediaType.ToString().ToLowerInvariant(), Parameter(range, "type")?.ToLowerInvariant(), Parameter(range, "transfer-syntax"));

    private static string? Parameter(MediaTypeHeaderValue range, string name)
    {
        foreach (NameValueHeaderValue parameter in range.Parameters)
        {
            if (parameter.Name.Equals(name, StringComparison.OrdinalIgnoreCase)) return HeaderUtilities.RemoveQuotes(parameter.Value).ToString();
        }
        return null;
    }
}
