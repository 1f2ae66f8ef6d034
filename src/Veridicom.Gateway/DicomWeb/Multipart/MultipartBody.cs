using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Veridicom.Gateway.DicomWeb.Multipart;

/// <summary>A part: its headers, and its body as a stream that must be read before the next part is asked for.</summary>
/// <param name="MediaType">Lower case, without parameters; empty where the part does not say.</param>
/// <param name="Body">Ends with the part. Reading it throws <see cref="ProblemException"/> where the message breaks off.</param>
public sealed record MultipartPart(string MediaType, Stream Body);

/// <summary>
/// Reads a body of multipart/related (RFC 2387, RFC 2046 5.1) part by part; nothing is held but a buffer. Bounded are the boundary, what stands
/// before the first and after the last part, and the headers of a part; the length of parts is the reader's business.
/// </summary>
public sealed class MultipartBody
{
    // RFC 2046 5.1.1 says 70; Orthanc 1.10 sends 73
    private const int LongestBoundary = 128;

    private const int Buffer = 64 << 10, MostHeaderBytes = 8 << 10, MostHeaders = 16;

    private readonly MultipartReader _reader;

    private MultipartBody(string boundary, Stream body) =>
        _reader = new MultipartReader(boundary, body, Buffer) { HeadersCountLimit = MostHeaders, HeadersLengthLimit = MostHeaderBytes };

    /// <summary>Opens a body by its Content-Type.</summary>
    /// <param name="contentType">A value of multipart/related.</param>
    /// <param name="body">The bytes.</param>
    /// <exception cref="ProblemException">400: no boundary, or none that can be used.</exception>
    public static MultipartBody Open(MediaTypeHeaderValue contentType, Stream body)
    {
        string boundary = HeaderUtilities.RemoveQuotes(contentType.Boundary).ToString();
        return IsBoundary(boundary) ? new MultipartBody(boundary, body)
            : throw ProblemException.BadRequest("the Content-Type has no boundary that can be used", "give boundary=, 1 to 70 letters, digits and '()+_,-./:=? without a space at the end");
    }

    /// <summary>The next part, null after the last. What is left of the part before is passed over.</summary>
    /// <exception cref="ProblemException">400: not built as RFC 2046 says, or it breaks off.</exception>
    public async Task<MultipartPart?> NextAsync(CancellationToken stop)
    {
        try
        {
            MultipartSection? section = await _reader.ReadNextSectionAsync(stop);
            if (section is null) return null;
            string type = "";
            if (!StringValues.IsNullOrEmpty(section.ContentType))
            {
                if (!MediaTypeHeaderValue.TryParse(section.ContentType, out MediaTypeHeaderValue? parsed)) throw Broken("the Content-Type of a part is no media type");
                type = parsed.MediaType.ToString().ToLowerInvariant();
            }
            if (type.StartsWith("multipart/", StringComparison.Ordinal)) throw Broken("a part is itself multipart");
            return new MultipartPart(type, new BodyStream(section.Body, "the body breaks off within a part"));
        }
        catch (Exception e) when (e is InvalidDataException || (e is IOException && e is not BadHttpRequestException))
        {
            throw Broken("the parts are not delimited as the boundary says, a header is too long, or the body breaks off");
        }
    }

    /// <summary>bchars of RFC 2046 5.1.1, and more of them.</summary>
    private static bool IsBoundary(string text) =>
        text.Length is > 0 and <= LongestBoundary && text[^1] != ' ' && text.All(c => char.IsAsciiLetterOrDigit(c) || "'()+_,-./:=? ".Contains(c, StringComparison.Ordinal));

    private static ProblemException Broken(string detail) => ProblemException.BadRequest(detail, "send multipart/related as RFC 2046 5.1 lays it down, to its end");
}
