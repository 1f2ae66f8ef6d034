using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using Veridicom.Gateway.Configuration;
using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.Routing;

/// <summary>
/// Sends by STOW-RS (PS3.18-2023b 10.5): one instance in each request, since the instances of a study keep their order even where one fails.
/// </summary>
internal sealed class StowOutlet : IOutlet
{
    private const int MaxAnswer = 1 << 20;

    private readonly HttpClient _client;
    private readonly Uri _url;
    private readonly string? _tokenFile;
    private readonly TimeSpan _patience;
    private readonly IObjectStore _store;
    private readonly TimeProvider _clock;

    /// <summary>To one destination.</summary>
    /// <exception cref="FormatException">The settings name no URL to which images may be sent.</exception>
    public StowOutlet(DestinationSettings settings, IObjectStore store, TimeProvider clock)
    {
        _url = OutboundHttp.Url((settings.Url ?? throw new FormatException("no URL")).TrimEnd('/') + "/studies");
        _client = OutboundHttp.Client(_url, settings.AuthoritiesFile);
        _tokenFile = settings.TokenFile;
        _patience = TimeSpan.FromSeconds(settings.TimeoutSeconds);
        (_store, _clock) = (store, clock);
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<SendResult> SendAsync(IReadOnlyList<StoredInstance> instances, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (StoredInstance instance in instances)
        {
            yield return await SendAsync(instance, stop);
        }
    }

    private async Task<SendResult> SendAsync(StoredInstance instance, CancellationToken stop)
    {
        using var patience = new CancellationTokenSource(_patience, _clock);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, stop);
        try
        {
            using StoredObject file = await _store.OpenCheckedAsync(instance.Object, stop);
            patience.CancelAfter(_patience);
            using var content = new StowContent(file, () => patience.CancelAfter(_patience));
            try
            {
                return await PostAsync(content, instance.SopInstanceUid, both.Token);
            }
            finally
            {
                await content.LetGoAsync();
            }
        }
        catch (DamagedObjectException e)
        {
            return new(SendOutcome.Damaged, e.Message);
        }
        catch (RegistryException)
        {
            // a disk that fails to read this file stops its study, and not all that goes to the destination
            return new(SendOutcome.Failed, "the stored file cannot be read");
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            return new(SendOutcome.Unreachable, "no answer in time");
        }
        catch (HttpRequestException e) when (e.HttpRequestError is HttpRequestError.ConnectionError or HttpRequestError.NameResolutionError or HttpRequestError.SecureConnectionError)
        {
            return new(SendOutcome.Unreachable, e.HttpRequestError.ToString());
        }
        catch (Exception e) when (e is HttpRequestException or IOException or InvalidDataException or UnauthorizedAccessException)
        {
            return new(SendOutcome.Failed, e is HttpRequestException http ? http.HttpRequestError.ToString() : e.GetType().Name);
        }
    }

    private async Task<SendResult> PostAsync(StowContent content, string sopInstanceUid, CancellationToken stop)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, _url)
        {
            Content = content,
            Headers = { Accept = { new MediaTypeWithQualityHeaderValue("application/dicom+json") } },
        };
        if (_tokenFile is not null) request.Headers.Authorization = new("Bearer", OutboundHttp.Secret(_tokenFile));
        using HttpResponseMessage response = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stop);
        return StowResponse.Read((int)response.StatusCode, await OutboundHttp.BodyAsync(response, MaxAnswer, stop), sopInstanceUid);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _client.Dispose();
        return ValueTask.CompletedTask;
    }
}
