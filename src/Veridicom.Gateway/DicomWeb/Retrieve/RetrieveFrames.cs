using System.Globalization;
using Microsoft.AspNetCore.Http;
using Veridicom.Dicom;
using Veridicom.Gateway.Access;
using Veridicom.Gateway.DicomWeb.Json;
using Veridicom.Gateway.DicomWeb.Multipart;
using Veridicom.Pixels;
using Veridicom.Pixels.Encapsulated;
using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.DicomWeb.Retrieve;

/// <summary>
/// WADO-RS frames (PS3.18-2023b 10.4.1.1.6): each a part; as it is encoded, or decoded to little endian samples, colour by pixel. One frame is held at a time.
/// </summary>
internal static class RetrieveFrames
{
    private const int MostFrames = 10_000, Step = 1 << 20;

    // Held for as long as the caller takes: the largest X-ray images of today are half as large.
    private const long MostDecoded = 256L << 20;

    public static async Task HandleAsync(DicomWebRequest request)
    {
        await request.DemandAsync(Scope.Read);
        int[] frames = Frames(request.Http.Request.RouteValues["frames"] as string ?? "");
        InstanceSet instances = await InstanceSet.FindAsync(request);
        StoredInstance instance = instances.First;
        using StoredObject stored = InstanceSet.Open(request, instance);
        DicomFile file = DicomFile.Parse(stored);
        if (!PixelGeometry.TryFindPixels(file.DataSet, out DicomNode pixels)) throw ProblemException.NotFound("frame: the instance has no pixel data");
        if (PixelGeometry.Read(file.DataSet, pixels, out string reason) is not { } geometry) throw ProblemException.NotAcceptable("the frames cannot be told apart: " + reason, "retrieve the instance as application/dicom");
        if (frames.Any(frame => frame > geometry.Frames)) throw ProblemException.NotFound(string.Create(CultureInfo.InvariantCulture, $"frame: the instance has {geometry.Frames}"));
        (string type, bool multipart, bool decoded) = Choose(request, file, pixels, frames.Length);
        using PixelReader? reader = decoded ? await request.WorkAsync(() => Open(request, file, pixels, geometry)) : null;
        EncapsulatedFrames? encoded = decoded ? null : EncapsulatedFrames.Find(pixels, geometry.Frames, out reason)
            ?? throw ProblemException.NotAcceptable("the frames cannot be told apart: " + reason, "retrieve the instance as application/dicom");
        string syntax = decoded ? TransferSyntax.ExplicitVrLittleEndian.Uid : file.TransferSyntax.Uid, partType = $"{type}; transfer-syntax={syntax}";
        using IDisposable held = request.Source.Frames.Take(decoded ? checked((long)geometry.RowBytes * geometry.Rows) : 2 * frames.Max(frame => encoded!.LengthOf(frame - 1))); // the first, and the one at work
        byte[] cells = decoded ? new byte[checked(geometry.RowBytes * geometry.Rows)] : [];
        ReadOnlyMemory<byte> first = await FrameAsync(frames[0]);
        await instances.RecordAsync(string.Create(CultureInfo.InvariantCulture, $"{frames.Length} frames"));
        HttpResponse http = request.Http.Response;
        if (!multipart)
        {
            http.ContentType = partType;
            http.ContentLength = first.Length;
            await MultipartWriter.CopyAsync(first, http.BodyWriter, request.Stop);
            return;
        }
        var writer = new MultipartWriter(http.BodyWriter, type);
        http.ContentType = writer.ContentType;
        for (int i = 0; i < frames.Length; i++)
        {
            ReadOnlyMemory<byte> frame = i == 0 ? first : await FrameAsync(frames[i]);
            writer.Begin(partType, string.Create(CultureInfo.InvariantCulture, $"{InstanceSet.UrlOf(request, instance)}/frames/{frames[i]}"));
            await MultipartWriter.CopyAsync(frame, http.BodyWriter, request.Stop);
        }
        await writer.CompleteAsync(request.Stop);

        Task<ReadOnlyMemory<byte>> FrameAsync(int frame) => request.WorkAsync(() =>
        {
            if (encoded is not null) return encoded.Codestream(frame - 1).ToArray();
            try
            {
                int step = Math.Max(1, Math.Min(geometry.Rows, Step / geometry.RowBytes));
                for (int row = 0; row < geometry.Rows; row += step)
                    reader!.Rows(frame - 1, row, Math.Min(step, geometry.Rows - row)).CopyTo(cells.AsSpan(row * geometry.RowBytes));
                return (ReadOnlyMemory<byte>)cells;
            }
            catch (PixelException e)
            {
                throw ProblemException.NotAcceptable("a frame cannot be decoded: " + e.Message, "accept the frames as they are encoded, with transfer-syntax=*");
            }
        });
    }

    /// <summary>Numbers from 1, apart by commas, each once or more, in the order wanted.</summary>
    /// <exception cref="ProblemException">400.</exception>
    public static int[] Frames(string list)
    {
        string[] parts = list.Split(',', MostFrames + 1);
        var frames = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (i == MostFrames || !int.TryParse(parts[i], NumberStyles.None, CultureInfo.InvariantCulture, out frames[i]) || frames[i] < 1)
                throw ProblemException.BadRequest("the list of frames is none", $"give numbers from 1, apart by commas, at most {MostFrames}");
        }
        return frames;
    }

    private static (string Type, bool Multipart, bool Decoded) Choose(DicomWebRequest request, DicomFile file, DicomNode pixels, int frames)
    {
        bool encapsulated = pixels.Kind == NodeKind.Encapsulated;
        string stored = encapsulated ? FrameMedia.Of(file.TransferSyntax) : FrameMedia.Octets;
        foreach (AcceptedMedia media in AcceptedMedia.Of(request.Http.Request))
        {
            string? syntax = media.TransferSyntax is "*" ? null : media.TransferSyntax;
            bool whole = syntax is null || syntax == file.TransferSyntax.Uid;
            // an explicit wish for octets is one for samples (table 8.7.3-2); whoever takes anything gets what is there
            bool exact = media.PartType == FrameMedia.Octets || media.MediaType == FrameMedia.Octets;
            bool asStored = whole && (!encapsulated || !exact || media.TransferSyntax is not null);
            if (asStored && media.TakesParts(stored)) return (stored, true, !encapsulated);
            if (asStored && media.Takes(stored) && frames == 1) return (stored, false, !encapsulated);
            // octets beside a compressed stored form with no type of its own
            bool samples = syntax is null || syntax == TransferSyntax.ExplicitVrLittleEndian.Uid || (!encapsulated && whole);
            if (samples && media.TakesParts(FrameMedia.Octets)) return (FrameMedia.Octets, true, true);
            if (samples && media.Takes(FrameMedia.Octets) && frames == 1) return (FrameMedia.Octets, false, true);
        }
        throw ProblemException.NotAcceptable("the frames are not available in that form", $"accept multipart/related; type=\"{stored}\"; transfer-syntax=*, or type=\"{FrameMedia.Octets}\" for decoded samples");
    }

    private static PixelReader Open(DicomWebRequest request, DicomFile file, DicomNode pixels, PixelGeometry geometry)
    {
        if (geometry.FrameBits / 8 > MostDecoded) throw ProblemException.NotAcceptable("a frame is longer than 256 mebibytes", "retrieve the instance as application/dicom");
        return PixelReader.Open(file.TransferSyntax, pixels, geometry, request.Source.Jpeg2000, out string reason)
            ?? throw ProblemException.NotAcceptable("the frames cannot be decoded: " + reason, "accept them as they are encoded, with transfer-syntax=*");
    }

    /// <summary>WADO-RS bulk data (PS3.18-2023b 10.4.1.1.5): the value of one element as octets; of encapsulated ones each fragment behind the offset table as a part.</summary>
    public static async Task BulkDataAsync(DicomWebRequest request)
    {
        await request.DemandAsync(Scope.Read);
        InstanceSet instances = await InstanceSet.FindAsync(request);
        StoredInstance instance = instances.First;
        using StoredObject stored = InstanceSet.Open(request, instance);
        DicomFile file = DicomFile.Parse(stored);
        string path = request.Http.Request.RouteValues["path"] as string ?? "";
        if (!BulkDataPath.TryFind(file.DataSet, path, out DicomNode node)) throw ProblemException.NotFound("bulk data in this instance");
        bool encapsulated = node.Kind == NodeKind.Encapsulated, multipart = false;
        string type = encapsulated ? FrameMedia.Of(file.TransferSyntax) : FrameMedia.Octets;
        bool found = false;
        foreach (AcceptedMedia media in AcceptedMedia.Of(request.Http.Request))
        {
            found = media.TakesParts(type) || (!encapsulated && media.Takes(type));
            multipart = encapsulated || !media.Takes(type) || media.MediaType == "*/*";
            if (found) break;
        }
        if (!found) throw ProblemException.NotAcceptable("bulk data is not available in that form", $"accept multipart/related; type=\"{type}\"; transfer-syntax=*");
        await instances.RecordAsync("bulk data");
        HttpResponse http = request.Http.Response;
        string partType = encapsulated ? $"{type}; transfer-syntax={file.TransferSyntax.Uid}" : type;
        if (!multipart)
        {
            http.ContentType = type;
            http.ContentLength = node.ValueLength;
            await ValueAsync(node, http, request.Stop);
            return;
        }
        var writer = new MultipartWriter(http.BodyWriter, type);
        http.ContentType = writer.ContentType;
        string location = $"{InstanceSet.UrlOf(request, instance)}/bulkdata/{DicomJson.BulkPath(node)}";
        if (!encapsulated)
        {
            writer.Begin(partType, location);
            await ValueAsync(node, http, request.Stop);
        }
        else
        {
            for (int i = node.Index + 2; i < node.NextIndex; i++) // behind the offset table
            {
                writer.Begin(partType, location);
                await MultipartWriter.CopyAsync(file.DataSet.Source, file.DataSet[i].ValueOffset, file.DataSet[i].ValueLength, http.BodyWriter, request.Stop);
            }
        }
        await writer.CompleteAsync(request.Stop);
    }

    private static async Task ValueAsync(DicomNode node, HttpResponse http, CancellationToken stop)
    {
        int unit = node.Vr.SwapUnit();
        if (!node.BigEndian || unit == 1)
        {
            await MultipartWriter.CopyAsync(node.DataSet.Source, node.ValueOffset, node.ValueLength, http.BodyWriter, stop);
            return;
        }
        for (long at = 0; at < node.ValueLength; at += Step)
        {
            byte[] turned = DicomJson.LittleEndian(node, node.Vr, node.DataSet.Source.Window(node.ValueOffset + at, (int)Math.Min(Step, node.ValueLength - at))).ToArray();
            await MultipartWriter.CopyAsync(turned, http.BodyWriter, stop);
        }
    }
}
