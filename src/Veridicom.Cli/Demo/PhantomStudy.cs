using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;

namespace Veridicom.Cli.Demo;

/// <summary>
/// A CT study of a chest that never was: for demonstrations, tests and measurements where real images may not go. The files are CT Image Storage
/// (PS3.3-2023b A.3) with preamble and meta elements, explicit VR little endian.
/// </summary>
public static class PhantomStudy
{
    /// <summary>SOP Class UID of CT Image Storage.</summary>
    public const string SopClass = "1.2.840.10008.5.1.4.1.1.2";

    /// <summary>Stored value outside of the reconstructed circle, for signed samples.</summary>
    public const short SignedPadding = -2000;

    private const string ExplicitLittleEndian = "1.2.840.10008.1.2.1";
    private const int Intercept = -1024;

    /// <summary>SOP Instance UID of a slice: 2.25 and a number drawn from the seed.</summary>
    public static string InstanceUid(int index, PhantomOptions options) => Uid(options, string.Create(CultureInfo.InvariantCulture, $"instance/{index}"));

    /// <summary>A slice as a DICOM file. Safe for several threads at once.</summary>
    /// <param name="index">From 0, the topmost slice.</param>
    /// <param name="options">What to make.</param>
    /// <exception cref="ArgumentOutOfRangeException">No such slice, or options outside of their bounds.</exception>
    public static byte[] Slice(int index, PhantomOptions options)
    {
        short[] samples = Samples(index, options);
        byte[] bytes = new byte[samples.Length * 2];
        Buffer.BlockCopy(samples, 0, bytes, 0, bytes.Length);
        if (!BitConverter.IsLittleEndian) ElementWriter.SwapUnits(bytes, 2);

        ElementWriter set = Attributes(index, options);
        set.Bytes(new(0x7FE0, 0x0010), Vr.OW, bytes);
        ReadOnlySpan<byte> meta = Meta(InstanceUid(index, options)).Written;
        byte[] file = new byte[132 + meta.Length + set.Written.Length];
        "DICM"u8.CopyTo(file.AsSpan(128));
        meta.CopyTo(file.AsSpan(132));
        set.Written.CopyTo(file.AsSpan(132 + meta.Length));
        return file;
    }

    /// <summary>Stored values of a slice, [row, column]; HU are 1024 less. Unsigned ones fit a short as well: they have 12 bits.</summary>
    public static short[] Samples(int index, PhantomOptions options)
    {
        options.Check();
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, options.Slices);
        var canvas = new PhantomCanvas(options.Size, PhantomAnatomy.FieldOfView);
        PhantomAnatomy.Paint(canvas, AnatomyAt(index * options.SliceSpacing), options.SliceSpacing, options);
        PhantomNoise.Blur(canvas.Values, canvas.Size);
        PhantomNoise.Add(canvas, PhantomAnatomy.FieldOfView, new PhantomRandom(options.Seed, string.Create(CultureInfo.InvariantCulture, $"noise/{index}")));
        return Quantise(canvas, options.Samples);
    }

    // The anatomy is finite: longer series run through it downwards and upwards in turn.
    private static double AnatomyAt(double depth)
    {
        double turn = depth / (2 * PhantomAnatomy.Height);
        turn = 2 * (turn - Math.Floor(turn));
        return PhantomAnatomy.Height * (turn <= 1 ? turn : 2 - turn);
    }

    private static short[] Quantise(PhantomCanvas canvas, PhantomSamples kind)
    {
        short[] samples = new short[canvas.Values.Length];
        short padding = kind == PhantomSamples.Signed16 ? SignedPadding : (short)0;
        float lowest = kind == PhantomSamples.Signed16 ? 0 : 1;
        double radius = PhantomAnatomy.FieldOfView / 2;
        for (int row = 0; row < canvas.Size; row++)
        {
            double y = canvas.Position(row);
            for (int column = 0; column < canvas.Size; column++)
            {
                int at = row * canvas.Size + column;
                double x = canvas.Position(column);
                float stored = Math.Clamp(MathF.Floor(canvas.Values[at] - Intercept + 0.5f), lowest, 4095);
                samples[at] = x * x + y * y > radius * radius ? padding : unchecked((short)stored);
            }
        }
        return samples;
    }

    private static ElementWriter Meta(string instance)
    {
        ElementWriter rest = new ElementWriter()
            .Bytes(new(0x0002, 0x0001), Vr.OB, [0, 1])
            .Text(new(0x0002, 0x0002), Vr.UI, SopClass)
            .Text(new(0x0002, 0x0003), Vr.UI, instance)
            .Text(new(0x0002, 0x0010), Vr.UI, ExplicitLittleEndian)
            .Text(new(0x0002, 0x0012), Vr.UI, ImplementationUid)
            .Text(new(0x0002, 0x0013), Vr.SH, "VERIDICOM_DEMO");
        return new ElementWriter().UInt32(new(0x0002, 0x0000), (uint)rest.Written.Length).Raw(rest.Written);
    }

    /// <summary>Implementation Class UID of the files.</summary>
    public static string ImplementationUid { get; } = PhantomRandom.Uid(0, "implementation");

    private static ElementWriter Attributes(int index, PhantomOptions options)
    {
        string date = options.AcquiredAt.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        string time = options.AcquiredAt.ToString("HHmmss", CultureInfo.InvariantCulture);
        double depth = index * options.SliceSpacing, step = PhantomAnatomy.FieldOfView / options.Size;
        string corner = Number(-PhantomAnatomy.FieldOfView / 2 + step / 2), spacing = Number(step);
        bool signed = options.Samples == PhantomSamples.Signed16;
        ushort stored = signed ? (ushort)16 : (ushort)12;
        var w = new ElementWriter();
        w.Text(new(0x0008, 0x0005), Vr.CS, "ISO_IR 100")
            .Text(new(0x0008, 0x0008), Vr.CS, @"ORIGINAL\PRIMARY\AXIAL")
            .Text(new(0x0008, 0x0016), Vr.UI, SopClass)
            .Text(new(0x0008, 0x0018), Vr.UI, InstanceUid(index, options))
            .Text(new(0x0008, 0x0020), Vr.DA, date).Text(new(0x0008, 0x0021), Vr.DA, date)
            .Text(new(0x0008, 0x0022), Vr.DA, date).Text(new(0x0008, 0x0023), Vr.DA, date)
            .Text(new(0x0008, 0x0030), Vr.TM, time).Text(new(0x0008, 0x0031), Vr.TM, time)
            .Text(new(0x0008, 0x0032), Vr.TM, time).Text(new(0x0008, 0x0033), Vr.TM, time)
            .Text(new(0x0008, 0x0050), Vr.SH, "DEMO-1")
            .Text(new(0x0008, 0x0060), Vr.CS, "CT")
            .Text(new(0x0008, 0x0070), Vr.LO, "Veridicom")
            .Text(new(0x0008, 0x0080), Vr.LO, "Sample Hospital")
            .Text(new(0x0008, 0x0090), Vr.PN, "")
            .Text(new(0x0008, 0x1030), Vr.LO, "Chest")
            .Text(new(0x0008, 0x103E), Vr.LO, "Phantom, axial")
            .Text(new(0x0008, 0x1090), Vr.LO, "Computed phantom")
            .Text(new(0x0010, 0x0010), Vr.PN, options.PatientName)
            .Text(new(0x0010, 0x0020), Vr.LO, options.PatientId)
            .Text(new(0x0010, 0x0030), Vr.DA, "")
            .Text(new(0x0010, 0x0040), Vr.CS, "O")
            .Text(new(0x0010, 0x4000), Vr.LT, "Not a person: computed by veridicom demo.")
            .Text(new(0x0018, 0x0015), Vr.CS, "CHEST")
            .Text(new(0x0018, 0x0050), Vr.DS, Number(options.SliceSpacing))
            .Text(new(0x0018, 0x0060), Vr.DS, "120")
            .Text(new(0x0018, 0x0090), Vr.DS, "500")
            .Text(new(0x0018, 0x1000), Vr.LO, "0")
            .Text(new(0x0018, 0x1020), Vr.LO, "1")
            .Text(new(0x0018, 0x1030), Vr.LO, "Chest routine")
            .Text(new(0x0018, 0x1100), Vr.DS, Number(PhantomAnatomy.FieldOfView))
            .Text(new(0x0018, 0x1120), Vr.DS, "0")
            .Text(new(0x0018, 0x1130), Vr.DS, "125")
            .Text(new(0x0018, 0x1140), Vr.CS, "CW")
            .Text(new(0x0018, 0x1150), Vr.IS, "500")
            .Text(new(0x0018, 0x1151), Vr.IS, "240")
            .Text(new(0x0018, 0x1152), Vr.IS, "120")
            .Text(new(0x0018, 0x1210), Vr.SH, "STANDARD")
            .Text(new(0x0018, 0x5100), Vr.CS, "HFS");
        w.Bytes(new(0x0018, 0x9345), Vr.FD, BitConverter.GetBytes(BitConverter.IsLittleEndian ? 8.1 : Swapped(8.1)));
        w.BeginSequence(new(0x0018, 0x9346)).BeginItem() // CTDI Phantom Type Code Sequence: the dose figure below refers to it
            .Text(new(0x0008, 0x0100), Vr.SH, "113691")
            .Text(new(0x0008, 0x0102), Vr.SH, "DCM")
            .Text(new(0x0008, 0x0104), Vr.LO, "IEC Body Dosimetry Phantom")
            .EndItem().EndSequence();
        w.Text(new(0x0020, 0x000D), Vr.UI, Uid(options, "study"))
            .Text(new(0x0020, 0x000E), Vr.UI, Uid(options, "series"))
            .Text(new(0x0020, 0x0010), Vr.SH, "1")
            .Text(new(0x0020, 0x0011), Vr.IS, "2")
            .Text(new(0x0020, 0x0012), Vr.IS, "1")
            .Text(new(0x0020, 0x0013), Vr.IS, (index + 1).ToString(CultureInfo.InvariantCulture))
            .Text(new(0x0020, 0x0032), Vr.DS, $"{corner}\\{corner}\\{Number(-depth)}")
            .Text(new(0x0020, 0x0037), Vr.DS, @"1\0\0\0\1\0")
            .Text(new(0x0020, 0x0052), Vr.UI, Uid(options, "frame of reference"))
            .Text(new(0x0020, 0x1040), Vr.LO, "SN")
            .Text(new(0x0020, 0x1041), Vr.DS, Number(-depth))
            .UInt16(new(0x0028, 0x0002), 1)
            .Text(new(0x0028, 0x0004), Vr.CS, "MONOCHROME2")
            .UInt16(new(0x0028, 0x0010), (ushort)options.Size)
            .UInt16(new(0x0028, 0x0011), (ushort)options.Size)
            .Text(new(0x0028, 0x0030), Vr.DS, $"{spacing}\\{spacing}")
            .UInt16(new(0x0028, 0x0100), 16)
            .UInt16(new(0x0028, 0x0101), stored)
            .UInt16(new(0x0028, 0x0102), (ushort)(stored - 1))
            .UInt16(new(0x0028, 0x0103), signed ? (ushort)1 : (ushort)0);
        // The VR of the padding value follows Pixel Representation (PS3.6-2023b 6, US or SS).
        if (signed) w.Bytes(new(0x0028, 0x0120), Vr.SS, [unchecked((byte)SignedPadding), unchecked((byte)(SignedPadding >> 8))]);
        else w.UInt16(new(0x0028, 0x0120), 0);
        return w.Text(new(0x0028, 0x0300), Vr.CS, "YES") // Quality Control Image: of a phantom, not of a patient
            .Text(new(0x0028, 0x1050), Vr.DS, @"40\-600")
            .Text(new(0x0028, 0x1051), Vr.DS, @"400\1500")
            .Text(new(0x0028, 0x1052), Vr.DS, Intercept.ToString(CultureInfo.InvariantCulture))
            .Text(new(0x0028, 0x1053), Vr.DS, "1")
            .Text(new(0x0028, 0x1054), Vr.LO, "HU")
            .Text(new(0x0028, 0x1055), Vr.LO, @"MEDIASTINUM\LUNG")
            .Text(new(0x0029, 0x0010), Vr.LO, "VERIDICOM PHANTOM 1")
            .Text(new(0x0029, 0x1001), Vr.IS, options.Seed.ToString(CultureInfo.InvariantCulture));
    }

    private static double Swapped(double value) =>
        BitConverter.Int64BitsToDouble(System.Buffers.Binary.BinaryPrimitives.ReverseEndianness(BitConverter.DoubleToInt64Bits(value)));

    // A DS has at most 16 characters (PS3.5-2023b 6.2).
    private static string Number(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Uid(PhantomOptions options, string name) => PhantomRandom.Uid(options.Seed, name);
}
