using System.Text.Json;
using Microsoft.Net.Http.Headers;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Multipart;
using Veridicom.Gateway.DicomWeb.Retrieve;
using Veridicom.Gateway.Intake;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Reports;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.DicomWeb.Verdicts;

/// <summary>POST /verdicts: judges a file that the caller sends, as 'veridicom verify' does, with a detached seal where one comes with it. Nothing is stored.</summary>
internal static class JudgeBody
{
    /// <summary>Media type of a detached seal (spec/seal.md).</summary>
    public const string Seal = "application/vnd.veridicom.seal";

    /// <summary>What stands for the path.</summary>
    public const string Path = "body";

    private const string Dicom = "application/dicom";
    private const int LongestSeal = 64 << 20;

    public static async Task HandleAsync(DicomWebRequest request)
    {
        await request.DemandAsync(Scope.Verify);
        if (!VerdictAnswer.IsAccepted(request)) throw VerdictAnswer.NotJson();
        (Spool file, ReadOnlyMemory<byte>? seal) = await ReadAsync(request);
        using (file)
        {
            VerifyOptions options = request.Source.Verification();
            (Verdict? verdict, Fault? fault) = await request.WorkAsync<(Verdict?, Fault?)>(() =>
            {
                try
                {
                    return (Verifier.Verify(file, seal, options), null);
                }
                catch (Exception e) when (e is not OperationCanceledException && Fault.From(e) is not null)
                {
                    return (null, Fault.From(e));
                }
            });
            await request.RecordAsync(new JournalEntry
            {
                Kind = EntryKind.Verified, At = request.Now, Who = request.Caller.Who, Why = request.Caller.Purpose, Verdict = verdict?.Kind.Word(), SealIdentity = verdict?.SealIdentity is { Length: > 0 } identity ? identity : null,
                Size = file.Length, Instances = 1, Detail = "a file that the caller sent",
            });
            request.Http.Response.ContentType = "application/json";
            await using (var json = new Utf8JsonWriter(request.Http.Response.BodyWriter, RetrieveMetadata.Options))
            {
                json.WriteStartObject();
                if (verdict is not null) VerdictJson.Write(json, Path, verdict);
                else VerdictJson.Write(json, Path, fault!);
                json.WriteEndObject();
            }
            await request.Http.Response.BodyWriter.FlushAsync(request.Stop);
        }
    }

    private static async Task<(Spool File, ReadOnlyMemory<byte>? Seal)> ReadAsync(DicomWebRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.Http.Request.ContentType, out MediaTypeHeaderValue? type)) throw Unsupported();
        if (type.MediaType.Equals(Dicom, StringComparison.OrdinalIgnoreCase)) return (await SpooledBody.ReadAsync(BodyStream.Of(request.Http.Request), request.Source.ScratchFolder, request.Stop), null);
        if (!type.MediaType.Equals("multipart/related", StringComparison.OrdinalIgnoreCase)) throw Unsupported();
        MultipartBody body = MultipartBody.Open(type, BodyStream.Of(request.Http.Request));
        Spool? file = null;
        ReadOnlyMemory<byte>? seal = null;
        try
        {
            while (await body.NextAsync(request.Stop) is { } part)
            {
                if (part.MediaType == Dicom && file is null) file = await SpooledBody.ReadAsync(part.Body, request.Source.ScratchFolder, request.Stop);
                else if (part.MediaType == Seal && seal is null) seal = await ReadSealAsync(part.Body, request.Stop);
                else throw ProblemException.BadRequest("there are more parts than one file and one seal, or parts of another type", $"send one part {Dicom} and at most one {Seal}");
            }
            return (file ?? throw ProblemException.BadRequest("no part is a DICOM file", $"send one part {Dicom}"), seal);
        }
        catch
        {
            file?.Dispose();
            throw;
        }
    }

    private static async Task<ReadOnlyMemory<byte>> ReadSealAsync(Stream body, CancellationToken stop)
    {
        using var seal = new MemoryStream();
        byte[] buffer = new byte[64 << 10];
        for (int read; (read = await body.ReadAsync(buffer, stop)) > 0;)
        {
            if (seal.Length + read > LongestSeal) throw ProblemException.TooLarge("no seal is that long");
            seal.Write(buffer, 0, read);
        }
        return seal.ToArray();
    }

    private static ProblemException Unsupported() => ProblemException.UnsupportedMedia("a file to be judged is sent as application/dicom", $"send {Dicom}, or multipart/related with one such part and one of {Seal}");
}
