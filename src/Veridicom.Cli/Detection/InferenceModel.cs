using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Buffers;
using System.Text.Json;
using Veridicom.Dimse.Tls;
using Veridicom.Forensics;
using Veridicom.Forensics.Similarity;
using Veridicom.Gateway.Routing;

namespace Veridicom.Cli.Detection;

/// <summary>A model elsewhere said nothing, or nothing that can be used.</summary>
internal sealed class InferenceException(string message) : Exception(message);

/// <summary>
/// A model elsewhere, asked over the REST form of the Open Inference Protocol, version 2: GET v2/models/NAME for the shape of its input, POST v2/models/NAME/infer
/// with one FP32 tensor [1, 1, height, width] of values 0..1, and one number 0..1 as the answer. https beyond loopback, no redirects, limits of time and length.
/// Safe for use by several threads.
/// </summary>
internal sealed class InferenceModel : IDisposable
{
    /// <summary>Code of its evidence.</summary>
    public const string Code = "external-model";

    /// <summary>From here its score speaks for generation.</summary>
    public const double SpeaksFrom = 0.5;

    private const int MostAnswer = 1 << 20, SmallestSide = 16, LargestSide = 2048, UsualSide = 512, LongestName = 128;
    private static readonly JsonDocumentOptions Strict = new() { MaxDepth = 16, AllowDuplicateProperties = false };

    private readonly HttpClient _client;
    private readonly Uri _infer;
    private readonly CancellationToken _stop;
    private (string Input, int Rows, int Columns, string Output) _shape;

    private InferenceModel(HttpClient client, Uri infer, string name, CancellationToken stop) => (_client, _infer, Name, _stop) = (client, infer, name, stop);

    /// <summary>Name of the model.</summary>
    public string Name { get; }

    /// <summary>Where it is asked.</summary>
    public Uri Address => _infer;

    /// <summary>How long one call may take.</summary>
    public TimeSpan Patience { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Finds the model and asks for the shape of its input.</summary>
    /// <param name="url">Address of the server; https beyond loopback.</param>
    /// <param name="name">Name of the model: letters, digits, '.', '-' and '_'.</param>
    /// <param name="authorities">Authorities of the server's certificate, PEM; null for those of the system.</param>
    /// <param name="stop">Ends calls.</param>
    /// <exception cref="FaultException">The address cannot be used, or the model is not there or is none that fits.</exception>
    public static InferenceModel Find(string url, string name, string? authorities, CancellationToken stop)
    {
        if (name.Length is 0 or > LongestName || name[0] == '.' || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '-' or '_'))
            throw FaultException.Usage($"'{name}' is no name of a model", "letters, digits, '.', '-' and '_'");
        InferenceModel? model = null;
        try
        {
            Uri server = OutboundHttp.Url(url.TrimEnd('/') + "/");
            if (server.Query.Length > 0) throw new FormatException("a URL without a query is needed");
            var address = new Uri(server, "v2/models/" + name);
            model = new InferenceModel(OutboundHttp.Client(server, authorities), new Uri(server, $"v2/models/{name}/infer"), name, stop);
            using JsonDocument metadata = model.Send(new HttpRequestMessage(HttpMethod.Get, address));
            model._shape = Shape(metadata.RootElement);
            return model;
        }
        catch (Exception e) when (e is FormatException or TlsException or InferenceException)
        {
            model?.Dispose();
            throw e switch
            {
                FormatException => FaultException.Usage($"--model-url: {e.Message}", "such as https://models.example:8000"),
                TlsException => FaultException.World("model-ca", authorities, e.Message, "name a PEM file with certificates"),
                _ => FaultException.World("external-model", null, $"the model '{name}' cannot be asked: {e.Message}", "see that the server runs and serves it"),
            };
        }
    }

    /// <summary>The model's score of a picture in 8 bits, 0..1.</summary>
    /// <exception cref="InferenceException">It said nothing that can be used.</exception>
    public double Score(GrayPicture shown)
    {
        float[] values = AreaReduction.Reduce(shown.Values, shown.Columns, 0, 0, shown.Rows, shown.Columns, _shape.Rows, _shape.Columns);
        var body = new ArrayBufferWriter<byte>(values.Length * 8);
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartArray("inputs");
            json.WriteStartObject();
            json.WriteString("name", _shape.Input);
            json.WriteString("datatype", "FP32");
            json.WriteStartArray("shape");
            foreach (int side in (int[])[1, 1, _shape.Rows, _shape.Columns]) json.WriteNumberValue(side);
            json.WriteEndArray();
            json.WriteStartArray("data");
            foreach (float value in values) json.WriteNumberValue(MathF.Round(value / (shown.Levels - 1), 6));
            json.WriteEndArray();
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteStartArray("outputs");
            json.WriteStartObject();
            json.WriteString("name", _shape.Output);
            json.WriteEndObject();
            json.WriteEndArray();
            json.WriteEndObject();
        }
        var content = new ReadOnlyMemoryContent(body.WrittenMemory);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using JsonDocument answer = Send(new HttpRequestMessage(HttpMethod.Post, _infer) { Content = content });
        return Answer(answer.RootElement, _shape.Output);
    }

    /// <summary>What it says as evidence. It never decides: where it speaks for generation, an image without other signs becomes inconclusive.</summary>
    /// <param name="shown">The picture in 8 bits.</param>
    /// <param name="fault">Why it said nothing; null where it did.</param>
    public Evidence Judge(GrayPicture shown, out string? fault)
    {
        try
        {
            double score = Score(shown);
            fault = null;
            return new Evidence(EvidenceSource.Pixels, Code, score >= SpeaksFrom ? EvidenceFor.Generation : EvidenceFor.Neither, false,
                string.Create(CultureInfo.InvariantCulture, $"the model '{Name}', which is not part of this program, says {score:0.000}"), [new("score", score)]);
        }
        catch (InferenceException e)
        {
            fault = e.Message;
            return new Evidence(EvidenceSource.Pixels, Code + "-failed", EvidenceFor.Neither, false, $"the model '{Name}' said nothing: {e.Message}");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _client.Dispose();

    private JsonDocument Send(HttpRequestMessage request)
    {
        using var patience = new CancellationTokenSource(Patience);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, _stop);
        try
        {
            using (request)
            {
                request.Headers.TryAddWithoutValidation("Accept", "application/json");
                using HttpResponseMessage response = _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token).GetAwaiter().GetResult();
                if (response.StatusCode == HttpStatusCode.NotFound) throw new InferenceException("the server does not know it (404)");
                if (response.StatusCode != HttpStatusCode.OK) throw new InferenceException($"the server answered {(int)response.StatusCode}");
                return JsonDocument.Parse(OutboundHttp.BodyAsync(response, MostAnswer, either.Token).GetAwaiter().GetResult(), Strict);
            }
        }
        catch (OperationCanceledException) when (!_stop.IsCancellationRequested)
        {
            throw new InferenceException($"no answer within {Patience.TotalSeconds.ToString(CultureInfo.InvariantCulture)} s");
        }
        catch (InvalidDataException e)
        {
            throw new InferenceException(e.Message);
        }
        catch (JsonException)
        {
            throw new InferenceException("the answer is no JSON");
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new InferenceException((e.InnerException ?? e).Message);
        }
    }

    private static (string Input, int Rows, int Columns, string Output) Shape(JsonElement metadata)
    {
        try
        {
            JsonElement inputs = metadata.GetProperty("inputs"), outputs = metadata.GetProperty("outputs");
            if (inputs.GetArrayLength() != 1 || outputs.GetArrayLength() != 1) throw new InferenceException("a model with one input and one output is needed");
            JsonElement input = inputs[0], shape = input.GetProperty("shape");
            if (input.GetProperty("datatype").GetString() != "FP32" || shape.GetArrayLength() != 4 || shape[0].GetInt64() is not (-1 or 1) || shape[1].GetInt64() is not (-1 or 1))
                throw new InferenceException("its input is no FP32 tensor [1, 1, height, width]");
            return (input.GetProperty("name").GetString()!, Side(shape[2]), Side(shape[3]), outputs[0].GetProperty("name").GetString()!);
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InferenceException("its metadata are not those of the Open Inference Protocol");
        }

        static int Side(JsonElement side) => side.GetInt64() switch
        {
            -1 => UsualSide,
            >= SmallestSide and <= LargestSide and var length => (int)length,
            var length => throw new InferenceException($"its input has a side of {length}; {SmallestSide} to {LargestSide} are possible"),
        };
    }

    private static double Answer(JsonElement answer, string output)
    {
        try
        {
            foreach (JsonElement tensor in answer.GetProperty("outputs").EnumerateArray())
            {
                if (tensor.GetProperty("name").GetString() != output) continue;
                JsonElement data = tensor.GetProperty("data");
                // a server may nest the data as the shape has it
                while (data.ValueKind == JsonValueKind.Array && data.GetArrayLength() == 1) data = data[0];
                if (data.ValueKind == JsonValueKind.Number && data.GetDouble() is >= 0 and <= 1 and var score) return score;
                throw new InferenceException("its answer is not one number from 0 to 1");
            }
        }
        catch (Exception e) when (e is KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw new InferenceException("its answer is not that of the Open Inference Protocol");
        }
        throw new InferenceException("its answer lacks the output that it named");
    }
}
