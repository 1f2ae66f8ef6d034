using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Pixels.Png;
using Veridicom.Tests.Cli;

namespace Veridicom.Tests.Audits;

/// <summary>Makes data sets: pictures of soft random shapes, each number another one, as PNG and as DICOM.</summary>
internal static class MadeSet
{
    public const int Side = 160;

    /// <summary>Gray values 0..255, [row, column].</summary>
    public static byte[] Picture(int number, int side = Side)
    {
        var random = new Random(1000 + number);
        var waves = new (double Y, double X, double Phase, double Weight)[24];
        for (int i = 0; i < waves.Length; i++) waves[i] = (random.NextDouble() * 14 - 7, random.NextDouble() * 14 - 7, random.NextDouble() * 6.28, 0.3 + random.NextDouble());
        var values = new double[side * side];
        for (int row = 0; row < side; row++)
        {
            for (int column = 0; column < side; column++)
            {
                double sum = 0;
                foreach ((double y, double x, double phase, double weight) in waves) sum += weight * Math.Sin(6.2832 * (y * row + x * column) / side + phase);
                values[row * side + column] = sum;
            }
        }
        double low = values.Min(), range = values.Max() - low;
        return [.. values.Select(value => (byte)(16 + 220 * (value - low) / range))];
    }

    public static byte[] Png(byte[] picture, int width = Side) => PngWriter.Write(width, picture.Length / width, PngColour.Grey, 8, picture);

    public static byte[] Changed(byte[] picture, Func<byte, int> change) => [.. picture.Select(value => (byte)Math.Clamp(change(value), 0, 255))];

    public static byte[] Mirrored(byte[] picture, int width = Side)
    {
        byte[] mirrored = [.. picture];
        for (int row = 0; row < picture.Length / width; row++) mirrored.AsSpan(row * width, width).Reverse();
        return mirrored;
    }

    /// <summary>Every second row and column, each the mean of four.</summary>
    public static byte[] Halved(byte[] picture, int width = Side)
    {
        int half = width / 2, rows = picture.Length / width / 2;
        var halved = new byte[half * rows];
        for (int row = 0; row < rows; row++)
        {
            for (int column = 0; column < half; column++)
            {
                int at = 2 * row * width + 2 * column;
                halved[row * half + column] = (byte)((picture[at] + picture[at + 1] + picture[at + width] + picture[at + width + 1] + 2) / 4);
            }
        }
        return halved;
    }

    /// <summary>A secondary capture without anything that identifies; <paramref name="more"/> adds elements of groups 0009 to 0012 in their order.</summary>
    public static byte[] Dicom(byte[] picture, Action<ElementWriter>? early = null, Action<ElementWriter>? more = null, string photometric = "MONOCHROME2", ushort bits = 8)
    {
        var writer = new ElementWriter(NodeForm.None)
            .Text(new(0x0008, 0x0005), Vr.CS, "ISO_IR 192")
            .Text(new(0x0008, 0x0016), Vr.UI, "1.2.840.10008.5.1.4.1.1.7")
            .Text(new(0x0008, 0x0018), Vr.UI, "2.25." + ((uint)picture.GetHashCode()).ToString(CultureInfo.InvariantCulture));
        early?.Invoke(writer);
        writer.Text(new(0x0008, 0x0060), Vr.CS, "OT");
        more?.Invoke(writer);
        int side = (int)Math.Sqrt(picture.Length);
        writer.UInt16(new(0x0028, 0x0002), 1).Text(new(0x0028, 0x0004), Vr.CS, photometric).UInt16(new(0x0028, 0x0010), (ushort)side).UInt16(new(0x0028, 0x0011), (ushort)side)
            .UInt16(new(0x0028, 0x0100), bits > 8 ? (ushort)16 : (ushort)8).UInt16(new(0x0028, 0x0101), bits).UInt16(new(0x0028, 0x0102), (ushort)(bits - 1)).UInt16(new(0x0028, 0x0103), 0);
        byte[] cells = bits <= 8 ? picture : [.. picture.SelectMany(value => BitConverter.GetBytes((ushort)(value * 16)))];
        return SampleFiles.File(SampleFiles.Explicit, writer.Bytes(new(0x7FE0, 0x0010), bits > 8 ? Vr.OW : Vr.OB, cells).ToArray());
    }

    /// <summary>Twelve pictures of twelve patients in two parts with two labels, all in order; returns the labels file.</summary>
    public static string Clean(CliSession session)
    {
        var labels = new List<string> { "file,label,source,split,patient" };
        for (int i = 0; i < 12; i++)
        {
            string split = i < 8 ? "train" : "test";
            session.Write($"set/{split}/{i}.png", Png(Picture(i)));
            labels.Add($"{split}/{i}.png,{(i % 2 == 0 ? "normal" : "finding")},clinic {(i / 2) % 2},{split},P{i}");
        }
        return session.Write("labels.csv", System.Text.Encoding.UTF8.GetBytes(string.Join("\r\n", labels)));
    }
}
