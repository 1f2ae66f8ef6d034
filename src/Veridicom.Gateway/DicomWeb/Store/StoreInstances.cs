using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Multipart;
using Veridicom.Gateway.Intake;

namespace Veridicom.Gateway.DicomWeb.Store;

/// <summary>
/// STOW-RS (PS3.18-2023b 10.5): instances in a body of multipart/related, or one as application/dicom. Each goes to the intake as soon as it has come;
/// a few are taken in at the same time, so that one flush serves several. The answer keeps the order of the parts.
/// </summary>
internal static class StoreInstances
{
    /// <summary>Instances in one request.</summary>
    public const int Most = 100_000;

    private const int AtOnce = 8, Buffer = 256 << 10;
    private const string Dicom = "application/dicom";

    public static async Task HandleAsync(DicomWebRequest request)
    {
        await request.DemandAsync(Scope.Write);
        if (!AcceptedMedia.Of(request.Http.Request).Any(media => media.Takes("application/dicom+json") || media.Takes("application/json")))
            throw ProblemException.NotAcceptable("the answer to a store is given as application/dicom+json alone", "accept application/dicom+json");
        var source = new ArrivalSource(request.Caller.Who, ArrivalProtocol.Stow, null, null, request.Caller.Purpose, request.StudyUid is { } study ? [study] : request.Caller.Studies(Scope.Write));
        var intake = new StoreQueue(request.Source.Desk, source, AtOnce);
        try
        {
            await ReadAsync(request, intake);
        }
        catch (ProblemException problem) when (intake.Count > 0)
        {
            int kept = await intake.DrainAsync();
            throw new ProblemException(problem.Status, problem.Title, $"{problem.Message}; {kept} instances before it were stored", problem.Remedy);
        }
        catch
        {
            await intake.DrainAsync();
            throw;
        }
        IReadOnlyList<IntakeResult> results = await intake.ResultsAsync();
        if (results.Count == 0) throw ProblemException.BadRequest("the body holds no part", "send each instance as a part of type application/dicom");
        await AnswerAsync(request, new StoreResponse(request.ServiceUrl, results));
    }

    private static async Task ReadAsync(DicomWebRequest request, StoreQueue intake)
    {
        if (!MediaTypeHeaderValue.TryParse(request.Http.Request.ContentType, out MediaTypeHeaderValue? type)) throw Unsupported();
        if (type.MediaType.Equals(Dicom, StringComparison.OrdinalIgnoreCase))
        {
            await intake.AddAsync(BodyStream.Of(request.Http.Request), request.Stop);
            return;
        }
        string parts = Part(type);
        if (!type.MediaType.Equals("multipart/related", StringComparison.OrdinalIgnoreCase) || parts is not (Dicom or "")) throw Unsupported();
        MultipartBody body = MultipartBody.Open(type, BodyStream.Of(request.Http.Request));
        while (await body.NextAsync(request.Stop) is { } part)
        {
            if (part.MediaType is not (Dicom or "")) throw ProblemException.UnsupportedMedia("a part is not application/dicom", "send instances as PS3.10 files, each a part of type application/dicom");
            if (intake.Count == Most) throw ProblemException.TooLarge($"more than {Most} instances in one request");
            await intake.AddAsync(part.Body, request.Stop);
        }
    }

    private static string Part(MediaTypeHeaderValue type)
    {
        foreach (NameValueHeaderValue parameter in type.Parameters)
        {
            if (parameter.Name.Equals("type", StringComparison.OrdinalIgnoreCase)) return HeaderUtilities.RemoveQuotes(parameter.Value).ToString().ToLowerInvariant();
        }
        return "";
    }

    private static ProblemException Unsupported() =>
        ProblemException.UnsupportedMedia("instances are taken as PS3.10 files only", "send multipart/related; type=\"application/dicom\"; boundary=..., or one instance as application/dicom");

    private static async Task AnswerAsync(DicomWebRequest request, StoreResponse response)
    {
        HttpResponse http = request.Http.Response;
        http.StatusCode = response.Status;
        http.ContentType = "application/dicom+json";
        if (http.StatusCode == StatusCodes.Status503ServiceUnavailable) http.Headers.RetryAfter = "10";
        await using (var json = new Utf8JsonWriter(http.BodyWriter)) response.Write(json);
        await http.BodyWriter.FlushAsync(request.Stop);
    }

    /// <summary>What is being taken in, in the order in which it came.</summary>
    private sealed class StoreQueue(IIntakeDesk desk, ArrivalSource source, int atOnce)
    {
        private readonly List<Task<IntakeResult>> _tasks = [];
        private readonly SemaphoreSlim _places = new(atOnce);

        public int Count => _tasks.Count;

        /// <summary>Reads an instance to its end, and has it taken in.</summary>
        public async Task AddAsync(Stream body, CancellationToken stop)
        {
            await _places.WaitAsync(stop);
            Arrival? arrival = null;
            try
            {
                arrival = desk.Begin();
                if (await FillAsync(arrival, body, stop) is { } refused) _tasks.Add(Task.FromResult(refused));
                else
                {
                    _tasks.Add(AcceptAsync(arrival, stop));
                    arrival = null;
                }
            }
            finally
            {
                if (arrival is not null)
                {
                    await arrival.DisposeAsync();
                    _places.Release();
                }
            }
        }

        public async Task<IReadOnlyList<IntakeResult>> ResultsAsync() => await Task.WhenAll(_tasks);

        /// <summary>Waits for what has begun, whatever becomes of it; gives the number that were stored.</summary>
        public async Task<int> DrainAsync()
        {
            await Task.WhenAll(_tasks).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            return _tasks.Count(task => task.IsCompletedSuccessfully && task.Result.Instance is not null);
        }

        private static async Task<IntakeResult?> FillAsync(Arrival arrival, Stream body, CancellationToken stop)
        {
            byte[] buffer = ArrayPool<byte>.Shared.Rent(Buffer);
            try
            {
                IntakeResult? refused = null;
                for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
                {
                    if (refused is not null) continue; // the parts behind it may still be stored
                    try
                    {
                        await arrival.WriteAsync(buffer.AsMemory(0, read), stop);
                    }
                    catch (ArrivalTooLongException e)
                    {
                        refused = new IntakeResult(IntakeOutcome.Refused, null, null, e.Message, 0xA700);
                    }
                    catch (IOException e)
                    {
                        refused = new IntakeResult(IntakeOutcome.Unavailable, null, null, e.GetType().Name);
                    }
                }
                return refused;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer, clearArray: true);
            }
        }

        private async Task<IntakeResult> AcceptAsync(Arrival arrival, CancellationToken stop)
        {
            try
            {
                // the answer names instances and no verdicts: those of a hundred thousand are not kept until it is written
                await using (arrival) return await desk.AcceptAsync(arrival, source, stop) with { Verdict = null };
            }
            finally
            {
                _places.Release();
            }
        }
    }
}
