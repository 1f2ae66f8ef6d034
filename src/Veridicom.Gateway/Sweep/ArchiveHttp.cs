using System.Buffers;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Authentication;
using System.Text.Json;
using Veridicom.Dimse.Tls;
using Veridicom.Gateway.Intake;
using Veridicom.Gateway.Routing;

namespace Veridicom.Gateway.Sweep;

/// <summary>How an archive is reached over HTTP.</summary>
/// <param name="Url">Its service; https beyond loopback.</param>
/// <param name="TokenFile">A file with a bearer token, readable by its owner only; null for none.</param>
/// <param name="AuthoritiesFile">Authorities of its certificate, PEM; null for those of the system.</param>
/// <param name="Folder">Where long instances stand while they are looked at.</param>
public sealed record ArchiveAddress(string Url, string? TokenFile, string? AuthoritiesFile, string Folder);

/// <summary>Requests to an archive; whatever goes wrong is a <see cref="SweepException"/>.</summary>
internal sealed class ArchiveHttp : IDisposable
{
    /// <summary>The longest answer in JSON, bytes.</summary>
    public const int MostJson = 64 << 20;

    private const int Step = 1 << 17;

    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(60);
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 32, AllowDuplicateProperties = false };

    private readonly HttpClient _client;
    private readonly string? _tokenFile;
    private readonly string _folder;
    private readonly TimeProvider _clock;

    /// <exception cref="FormatException">The URL is none that may be called.</exception>
    /// <exception cref="TlsException">The authorities cannot be read.</exception>
    public ArchiveHttp(ArchiveAddress address, TimeProvider clock)
    {
        Base = OutboundHttp.Url(address.Url.TrimEnd('/') + "/");
        if (Base.Query.Length > 0) throw new FormatException("a URL without a query is needed");
        _client = OutboundHttp.Client(Base, address.AuthoritiesFile);
        (_tokenFile, _folder, _clock) = (address.TokenFile, address.Folder, clock);
        if (_tokenFile is not null) OutboundHttp.Secret(_tokenFile); // before hours of work, not within
    }

    /// <summary>The service, with a slash behind.</summary>
    public Uri Base { get; }

    /// <summary>A JSON answer; null where there is none (204).</summary>
    public Task<JsonDocument?> JsonAsync(string path, string accept, CancellationToken stop) => SendAsync(Request(HttpMethod.Get, path, accept), async (response, end, renew) =>
    {
        if (response.StatusCode == HttpStatusCode.NoContent) return null;
        byte[] body = await OutboundHttp.BodyAsync(response, MostJson, end);
        return body.Length == 0 ? null : JsonDocument.Parse(body, Strict);
    }, stop);

    /// <summary>A body that is an instance, or holds one where <paramref name="part"/> finds it.</summary>
    public Task<Spool> InstanceAsync(string path, string accept, Func<HttpResponseMessage, Stream, CancellationToken, Task<Stream>> part, CancellationToken stop) =>
        SendAsync(Request(HttpMethod.Get, path, accept), async (response, end, renew) =>
        {
            var spool = new Spool(_folder);
            byte[] piece = ArrayPool<byte>.Shared.Rent(Step);
            try
            {
                await using Stream body = await response.Content.ReadAsStreamAsync(end);
                Stream instance = await part(response, body, end);
                for (int read; (read = await instance.ReadAsync(piece, end)) > 0;)
                {
                    await spool.Input.WriteAsync(piece.AsMemory(0, read), end);
                    renew();
                }
                if (spool.Length == 0) throw new SweepException(SweepTrouble.Nonsense, "the archive answered without an instance");
                return spool;
            }
            catch
            {
                spool.Dispose();
                throw;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(piece, clearArray: true);
            }
        }, stop);

    /// <summary>Posts a body; the answer is given to <paramref name="read"/> whatever its status, unless it denies us or asks for patience.</summary>
    public async Task<T> PostAsync<T>(string path, Func<Action, HttpContent> content, string accept, Func<int, byte[], T> read, CancellationToken stop)
    {
        HttpRequestMessage request = Request(HttpMethod.Post, path, accept);
        return await SendAsync(request, async (response, end, renew) => read((int)response.StatusCode, await OutboundHttp.BodyAsync(response, MostJson, end)), stop, content, statusIsAnswer: true);
    }

    private HttpRequestMessage Request(HttpMethod method, string path, string accept)
    {
        var request = new HttpRequestMessage(method, new Uri(Base, path));
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (_tokenFile is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", OutboundHttp.Secret(_tokenFile));
        return request;
    }

    private async Task<T> SendAsync<T>(HttpRequestMessage request, Func<HttpResponseMessage, CancellationToken, Action, Task<T>> read, CancellationToken stop,
        Func<Action, HttpContent>? content = null, bool statusIsAnswer = false)
    {
        using var patience = new CancellationTokenSource(Silence, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        using (request)
        {
            try
            {
                request.Content = content?.Invoke(Renew);
                using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
                if (Trouble(response, statusIsAnswer) is { } trouble) throw trouble;
                return await read(response, either.Token, Renew);
            }
            catch (OperationCanceledException e) when (!stop.IsCancellationRequested)
            {
                throw new SweepException(SweepTrouble.Unreachable, $"nothing came for {Silence.TotalSeconds:0} s", e);
            }
            catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.SecureConnectionError || e.InnerException is AuthenticationException)
            {
                throw new SweepException(SweepTrouble.Denied, "there is no TLS with the archive: its certificate is not trusted, or nothing is supported by both", e);
            }
            catch (HttpRequestException e)
            {
                throw new SweepException(SweepTrouble.Unreachable, $"no answer: {e.HttpRequestError}", e);
            }
            catch (JsonException e)
            {
                throw new SweepException(SweepTrouble.Nonsense, "the archive answered something that is no JSON", e);
            }
            catch (InvalidDataException e)
            {
                throw new SweepException(SweepTrouble.Nonsense, $"the archive answered {e.Message}", e);
            }
            catch (IOException e) when (e is HttpIOException || e.InnerException is System.Net.Sockets.SocketException)
            {
                throw new SweepException(SweepTrouble.Unreachable, "the connection was lost", e);
            }
        }

        void Renew() => patience.CancelAfter(Silence);
    }

    private SweepException? Trouble(HttpResponseMessage response, bool statusIsAnswer)
    {
        int status = (int)response.StatusCode;
        return status switch
        {
            >= 200 and < 300 => null,
            401 or 403 or 407 => new SweepException(SweepTrouble.Denied, $"the archive does not let us (HTTP {status})"),
            429 or 503 => new SweepException(SweepTrouble.Busy, $"the archive is busy (HTTP {status})") { RetryAfter = RetryAfter(response.Headers.RetryAfter) },
            408 or 500 or 502 or 504 => new SweepException(SweepTrouble.Busy, $"the archive failed (HTTP {status})"),
            _ when statusIsAnswer => null,
            404 or 410 => new SweepException(SweepTrouble.Gone, $"the archive does not have it (HTTP {status})"),
            _ => new SweepException(SweepTrouble.Refused, $"the archive answered HTTP {status}"),
        };
    }

    private TimeSpan? RetryAfter(RetryConditionHeaderValue? said) => said?.Delta ?? (said?.Date is { } date ? date - _clock.GetUtcNow() : null);

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();
}
