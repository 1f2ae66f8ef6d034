using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Headers;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Net.Http.Headers;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Multipart;
using Veridicom.Pixels;
using Veridicom.Pixels.Transcoding;
using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.DicomWeb.Retrieve;

/// <summary>
/// WADO-RS (PS3.18-2023b 10.4): instances of a study or series, or one, as PS3.10 files. Without a transfer syntax asked for they come as they are stored,
/// byte for byte, rather than in the standard's default (8.7.3.5.2): a seal and what was archived shall not depend on who asks. Another syntax is made where
/// that loses nothing, and keeps the seal verifiable.
/// </summary>
internal static class RetrieveInstances
{
    private const string Dicom = "application/dicom";
    private const int HeldInMemory = 4 << 20;

    public static async Task HandleAsync(DicomWebRequest request)
    {
        await request.DemandAsync(Scope.Read);
        InstanceSet instances = await InstanceSet.FindAsync(request);
        (bool multipart, TransferSyntax? syntax) = await ChooseAsync(request, instances);
        if (multipart) await SendAsync(request, instances, syntax);
        else await SendOneAsync(request, instances, syntax);
    }

    /// <summary>The form best liked in which all of them can be given; no transfer syntax means the stored one.</summary>
    private static async Task<(bool Multipart, TransferSyntax? Syntax)> ChooseAsync(DicomWebRequest request, InstanceSet instances)
    {
        string reason = "instances are given as application/dicom";
        foreach (AcceptedMedia media in AcceptedMedia.Of(request.Http.Request))
        {
            bool multipart = media.TakesParts(Dicom);
            if (!multipart && (!media.Takes(Dicom) || instances.Count > 1)) continue;
            TransferSyntax? syntax = null;
            if (media.TransferSyntax is not (null or "*") && !TransferSyntax.TryFind(media.TransferSyntax, out syntax))
            {
                reason = "the transfer syntax asked for is not known";
                continue;
            }
            if (syntax is null || await WhyNotAsync(request, instances, syntax) is not { } why) return (multipart, syntax);
            reason = why;
        }
        throw ProblemException.NotAcceptable(reason, "accept multipart/related; type=\"application/dicom\"; transfer-syntax=*, which gives every instance as it is stored");
    }

    /// <summary>Why not all can be given in a transfer syntax, null where they can as far as their first frames tell.</summary>
    private static async Task<string?> WhyNotAsync(DicomWebRequest request, InstanceSet instances, TransferSyntax syntax)
    {
        await foreach (StoredInstance instance in instances.AllAsync(request.Stop))
        {
            if (instance.TransferSyntaxUid == syntax.Uid) continue;
            if (!Transcoder.Targets.Contains(syntax)) return "an instance is stored in another transfer syntax, and the one asked for is not made here";
            string? why = await request.WorkAsync(() =>
            {
                using StoredObject stored = InstanceSet.Open(request, instance);
                try
                {
                    Transcoder.Open(DicomFile.Parse(stored), syntax, lossyAllowed: false, request.Source.Jpeg2000);
                    return null;
                }
                catch (Exception e) when (e is TranscodingException or PixelException)
                {
                    return "an instance cannot be converted: " + e.Message;
                }
            });
            if (why is not null) return why;
        }
        return null;
    }

    private static async Task SendAsync(DicomWebRequest request, InstanceSet instances, TransferSyntax? syntax)
    {
        await instances.RecordAsync("instances");
        HttpResponse http = request.Http.Response;
        var writer = new MultipartWriter(http.BodyWriter, Dicom);
        http.ContentType = writer.ContentType;
        await foreach (StoredInstance instance in instances.AllAsync(request.Stop))
        {
            using StoredObject stored = InstanceSet.Open(request, instance);
            string uid = syntax?.Uid ?? instance.TransferSyntaxUid;
            if (uid == instance.TransferSyntaxUid)
            {
                writer.Begin($"{Dicom}; transfer-syntax={uid}", InstanceSet.UrlOf(request, instance));
                await MultipartWriter.CopyAsync(stored, 0, stored.Length, http.BodyWriter, request.Stop);
                continue;
            }
            await using FileBufferingWriteStream converted = await ConvertAsync(request, stored, syntax!);
            writer.Begin($"{Dicom}; transfer-syntax={uid}", InstanceSet.UrlOf(request, instance));
            await converted.DrainBufferAsync(http.BodyWriter, request.Stop);
        }
        await writer.CompleteAsync(request.Stop);
    }

    /// <summary>One instance by itself. As it is stored it has a strong validator, its digest, and can be fetched in ranges (RFC 9110 13, 14).</summary>
    private static async Task SendOneAsync(DicomWebRequest request, InstanceSet instances, TransferSyntax? syntax)
    {
        StoredInstance instance = instances.First;
        using StoredObject stored = InstanceSet.Open(request, instance);
        HttpResponse http = request.Http.Response;
        string uid = syntax?.Uid ?? instance.TransferSyntaxUid;
        if (uid != instance.TransferSyntaxUid)
        {
            await using FileBufferingWriteStream converted = await ConvertAsync(request, stored, syntax!);
            await instances.RecordAsync("instance");
            http.ContentType = $"{Dicom}; transfer-syntax={uid}";
            http.ContentLength = converted.Length;
            await converted.DrainBufferAsync(http.BodyWriter, request.Stop);
            return;
        }
        var tag = new EntityTagHeaderValue($"\"{instance.Object.Hex}\"");
        RequestHeaders asked = request.Http.Request.GetTypedHeaders();
        http.Headers.ETag = tag.ToString();
        http.Headers.AcceptRanges = "bytes";
        // whoever holds these bytes already is given nothing; that it asked is still known
        await instances.RecordAsync("instance");
        if (asked.IfNoneMatch.Any(known => known.Equals(EntityTagHeaderValue.Any) || known.Compare(tag, useStrongComparison: false)))
        {
            http.StatusCode = StatusCodes.Status304NotModified;
            return;
        }
        (long from, long count) = (0, stored.Length);
        if (asked.Range is { Unit.Value: "bytes", Ranges.Count: 1 } range && (asked.IfRange is null || (asked.IfRange.EntityTag is { } same && same.Compare(tag, useStrongComparison: true))))
        {
            RangeItemHeaderValue one = range.Ranges.First();
            from = one.From ?? Math.Max(0, stored.Length - one.To!.Value);
            count = Math.Min(stored.Length - 1, one.From is null ? stored.Length - 1 : one.To ?? stored.Length - 1) - from + 1;
            if (from >= stored.Length || count <= 0)
            {
                http.Headers.ContentRange = new ContentRangeHeaderValue(stored.Length).ToString();
                throw new ProblemException(StatusCodes.Status416RangeNotSatisfiable, "No such range", "the range lies behind the end of the file", "ask for a range within it");
            }
            http.StatusCode = StatusCodes.Status206PartialContent;
            http.Headers.ContentRange = new ContentRangeHeaderValue(from, from + count - 1, stored.Length).ToString();
        }
        http.ContentType = $"{Dicom}; transfer-syntax={uid}";
        http.ContentLength = count;
        await MultipartWriter.CopyAsync(stored, from, count, http.BodyWriter, request.Stop);
    }

    /// <summary>The converted file, beyond a few megabytes in a temporary file that goes with it.</summary>
    private static Task<FileBufferingWriteStream> ConvertAsync(DicomWebRequest request, StoredObject stored, TransferSyntax syntax) => request.WorkAsync(() =>
    {
        var output = new FileBufferingWriteStream(HeldInMemory, tempFileDirectoryAccessor: () => request.Source.ScratchFolder);
        try
        {
            Transcoder.Open(DicomFile.Parse(stored), syntax, lossyAllowed: false, request.Source.Jpeg2000).WriteTo(output);
            return output;
        }
        catch (Exception e)
        {
            output.Dispose();
            if (e is TranscodingException or PixelException) throw ProblemException.NotAcceptable("the instance cannot be converted: " + e.Message, "accept transfer-syntax=*");
            throw;
        }
    });
}
