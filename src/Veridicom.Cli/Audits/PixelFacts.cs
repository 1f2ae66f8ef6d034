using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Veridicom.Dicom;
using Veridicom.Forensics;
using Veridicom.Forensics.Similarity;
using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Png;
using Veridicom.Pixels.Rendering;

namespace Veridicom.Cli.Audits;

/// <summary>What the pixels of one file are: their shape, a digest that is the same in every lossless format, and a sketch to find their like by.</summary>
internal static class PixelFacts
{
    private static readonly DicomTag Manufacturer = new(0x0008, 0x0070), Model = new(0x0008, 0x1090);

    // ITU-T T.81 Table K.1, summed: encoders scale it by their quality.
    private const int LuminanceSum = 3688;

    /// <summary>Fills in what is known of an opened picture.</summary>
    /// <exception cref="Veridicom.Pixels.PixelException">A frame cannot be decoded.</exception>
    public static void Fill(AuditedFile into, PictureFile file)
    {
        into.Frames = file.Frames;
        if (file.Png is { } png) (into.Rows, into.Columns, into.Bits, into.Colour) = (png.Height, png.Width, png.Depth, png.Colour.ToString());
        else if (file.Jpeg is { } jpeg)
        {
            (into.Rows, into.Columns, into.Bits, into.Colour) = (jpeg.Rows, jpeg.Columns, 8, jpeg.Model.ToString());
            into.Quality = QualityOf(jpeg);
        }
        else if (file.Geometry is { } g)
        {
            (into.Rows, into.Columns, into.Bits, into.Colour) = (g.Rows, g.Columns, g.BitsStored, g.Photometric);
            into.Device = DeviceOf(file.Dicom!.DataSet);
        }
        into.Pixels = DigestOf(file);
        int middle = file.Frames / 2;
        into.Sketch = PictureSketch.Of(file.Shown(middle));
        into.IsQuantised = into.Bits > 8 && IsQuantised(file.Stored(middle));
    }

    /// <summary>
    /// SHA-256 of rows, columns, frames, channels (each 32 bits, little endian) and of all samples as 32-bit floating-point numbers, frame by frame: gray as it is stored, colours as red, green
    /// and blue in 8 bits, colours that are all gray as gray. Null where a sample has more bits than such a number.
    /// </summary>
    internal static Digest? DigestOf(PictureFile file)
    {
        if (file.Geometry is { BitsStored: > 24 }) return null;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> shape = stackalloc byte[16];
        for (int frame = 0; frame < file.Frames; frame++)
        {
            Raster? colours = ColoursOf(file, frame);
            GrayPicture? gray = colours is null ? file.Stored(frame) : null;
            if (frame == 0)
            {
                BinaryPrimitives.WriteInt32LittleEndian(shape, colours?.Height ?? gray!.Rows);
                BinaryPrimitives.WriteInt32LittleEndian(shape[4..], colours?.Width ?? gray!.Columns);
                BinaryPrimitives.WriteInt32LittleEndian(shape[8..], file.Frames);
                BinaryPrimitives.WriteInt32LittleEndian(shape[12..], colours is null ? 1 : 3);
                hash.AppendData(shape);
            }
            if (gray is not null) hash.AppendData(MemoryMarshal.AsBytes(gray.Values));
            else Append(hash, colours!.Samples);
        }
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return Digest.Of(digest);
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> samples)
    {
        Span<float> part = stackalloc float[1024];
        for (int at = 0; at < samples.Length; at += part.Length)
        {
            int count = Math.Min(part.Length, samples.Length - at);
            for (int i = 0; i < count; i++) part[i] = samples[at + i];
            hash.AppendData(MemoryMarshal.AsBytes(part[..count]));
        }
    }

    /// <summary>Red, green and blue of a frame; null where it is gray.</summary>
    private static Raster? ColoursOf(PictureFile file, int frame)
    {
        Raster picture;
        if (file.Png is { Colour: PngColour.Rgb or PngColour.Rgba or PngColour.Palette } png)
        {
            picture = new Raster(png.Width, png.Height, 3);
            byte[] rgba = png.ToRgba8();
            for (int i = 0; i < png.Width * png.Height; i++) rgba.AsSpan(4 * i, 3).CopyTo(picture.Samples.AsSpan(3 * i));
        }
        else if (file.Jpeg is { Samples: 3 } jpeg)
        {
            picture = new Raster(jpeg.Columns, jpeg.Rows, 3);
            jpeg.Pixels.CopyTo(picture.Samples);
        }
        else if (file.Geometry is { } g && (g.Samples > 1 || g.Photometric == "PALETTE COLOR")) picture = file.Rendering!.Render(frame).Picture;
        else return null;
        for (int i = 0; i < picture.Samples.Length; i += 3)
        {
            if (picture.Channels != 3 || picture.Samples[i] != picture.Samples[i + 1] || picture.Samples[i] != picture.Samples[i + 2]) return picture;
        }
        return null;
    }

    /// <summary>As libjpeg counts: 50 uses the example tables of T.81 as they are, 100 steps of 1.</summary>
    private static int QualityOf(JpegPicture jpeg)
    {
        int sum = jpeg.Components[0].Quantization.Sum(step => step);
        double scale = 100.0 * sum / LuminanceSum;
        return Math.Clamp((int)Math.Round(scale <= 100 ? (200 - scale) / 2 : 5000 / scale), 1, 100);
    }

    private static bool IsQuantised(GrayPicture stored)
    {
        const int most = 256, leastPixels = 4096;
        if (stored.Values.Length < leastPixels) return false;
        var seen = new HashSet<float>(most + 1);
        float low = float.MaxValue, high = float.MinValue;
        foreach (float value in stored.Values)
        {
            (low, high) = (Math.Min(low, value), Math.Max(high, value));
            if (seen.Count <= most) seen.Add(value);
            else return false;
        }
        return high - low > 2 * most; // few levels over a wide range: stretched from 8 bits
    }

    private static string? DeviceOf(DicomDataSet set)
    {
        string name = (set.Ascii(Manufacturer) + " " + set.Ascii(Model)).Trim();
        return name.Length == 0 ? null : name.Length > 80 ? name[..80] : name;
    }
}
