using System.Globalization;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Trust;
using F = Veridicom.Seals.Manifest.ManifestFormat;

namespace Veridicom.Seals.Manifest;

/// <summary>Writes a manifest as a Key Object Selection Document (PS3.3-2023b A.35.4), not yet sealed.</summary>
public static class ManifestWriter
{
    /// <summary>Implementation Class UID of the file.</summary>
    public const string ImplementationUid = "2.25.281537978174250285424918143551577076922";

    private const string ExplicitLittleEndian = "1.2.840.10008.1.2.1", WaveformClasses = "1.2.840.10008.5.1.4.1.1.9.";

    /// <summary>The bytes of the file: preamble, meta elements, data set in explicit VR little endian.</summary>
    /// <param name="plan">What it lists.</param>
    /// <param name="at">Content date and time, stated in the time zone of the instances where they state one, else in UTC.</param>
    /// <param name="randomness">Source of its UIDs.</param>
    public static byte[] Write(ManifestPlan plan, DateTimeOffset at, IRandomness randomness)
    {
        string instance = Sealer.NewUid(randomness);
        ElementWriter set = DataSet(plan, at, instance, Sealer.NewUid(randomness));
        ElementWriter rest = new ElementWriter()
            .Bytes(new(0x0002, 0x0001), Vr.OB, [0, 1])
            .Text(new(0x0002, 0x0002), Vr.UI, F.SopClass)
            .Text(new(0x0002, 0x0003), Vr.UI, instance)
            .Text(new(0x0002, 0x0010), Vr.UI, ExplicitLittleEndian)
            .Text(new(0x0002, 0x0012), Vr.UI, ImplementationUid)
            .Text(new(0x0002, 0x0013), Vr.SH, "VERIDICOM");
        ReadOnlySpan<byte> meta = new ElementWriter().UInt32(new(0x0002, 0x0000), (uint)rest.Written.Length).Raw(rest.Written).Written;
        byte[] file = new byte[132 + meta.Length + set.Written.Length];
        "DICM"u8.CopyTo(file.AsSpan(128));
        meta.CopyTo(file.AsSpan(132));
        set.Written.CopyTo(file.AsSpan(132 + meta.Length));
        return file;
    }

    private static ElementWriter DataSet(ManifestPlan plan, DateTimeOffset at, string instance, string series)
    {
        StudyHeader h = plan.Header;
        DateTimeOffset local = at.ToOffset(Zone(h.Of(0x00080201)));
        var w = new ElementWriter();
        Optional(w, h, 0x00080005, Vr.CS);
        w.Text(F.SopClassUid, Vr.UI, F.SopClass).Text(new(0x0008, 0x0018), Vr.UI, instance);
        Required(w, h, 0x00080020, Vr.DA);
        w.Text(new(0x0008, 0x0023), Vr.DA, local.ToString("yyyyMMdd", CultureInfo.InvariantCulture));
        Required(w, h, 0x00080030, Vr.TM);
        w.Text(new(0x0008, 0x0033), Vr.TM, local.ToString("HHmmss", CultureInfo.InvariantCulture));
        Required(w, h, 0x00080050, Vr.SH);
        w.Text(new(0x0008, 0x0060), Vr.CS, "KO").Text(new(0x0008, 0x0070), Vr.LO, "Veridicom");
        Required(w, h, 0x00080090, Vr.PN);
        Optional(w, h, 0x00080201, Vr.SH);
        Optional(w, h, 0x00081030, Vr.LO);
        w.Text(new(0x0008, 0x103E), Vr.LO, "Manifest of sealed instances").Text(new(0x0008, 0x1090), Vr.LO, "veridicom");
        w.BeginSequence(new(0x0008, 0x1111)).EndSequence();
        Required(w, h, 0x00100010, Vr.PN);
        Required(w, h, 0x00100020, Vr.LO);
        Optional(w, h, 0x00100021, Vr.LO);
        Required(w, h, 0x00100030, Vr.DA);
        Required(w, h, 0x00100040, Vr.CS);
        w.Text(F.StudyUid, Vr.UI, plan.Study).Text(F.SeriesUid, Vr.UI, series);
        Required(w, h, 0x00200010, Vr.SH);
        w.Text(new(0x0020, 0x0011), Vr.IS, "9999").Text(new(0x0020, 0x0013), Vr.IS, "1");
        w.Text(new(0x0040, 0xA040), Vr.CS, "CONTAINER");
        Code(w, F.Title, "Manifest");
        w.Text(new(0x0040, 0xA050), Vr.CS, "SEPARATE");
        Evidence(w, plan);
        w.BeginSequence(new(0x0040, 0xA504)).BeginItem()
            .Text(new(0x0008, 0x0105), Vr.CS, "DCMR").Text(new(0x0040, 0xDB00), Vr.CS, "2010")
            .EndItem().EndSequence();
        Content(w, plan);
        byte[] previous = [.. plan.Previous.SelectMany(p => p.ToArray())];
        return w.Text(F.Private(0, 0x10), Vr.LO, F.Creator).Bytes(F.Private(0x10, F.Previous), Vr.OB, previous);
    }

    private static void Evidence(ElementWriter w, ManifestPlan plan)
    {
        w.BeginSequence(F.Evidence).BeginItem().BeginSequence(F.ReferencedSeries);
        foreach (IReadOnlyList<SealedInstance> series in plan.Series)
        {
            w.BeginItem().BeginSequence(F.ReferencedSop);
            for (int i = 0; i < series.Count; i++)
            {
                Slice slice = series[i].Facts.Slice;
                w.BeginItem().Text(F.ReferencedClass, Vr.UI, series[i].Facts.SopClass).Text(F.ReferencedInstance, Vr.UI, slice.Instance)
                    .Text(F.Private(0, 0x10), Vr.LO, F.Creator)
                    .Bytes(F.Private(0x10, F.Identity), Vr.OB, series[i].Identity.ToArray())
                    .Text(F.Private(0x10, F.Place), Vr.IS, Text(i + 1));
                if (slice.Number is { } number) w.Text(F.Private(0x10, F.Number), Vr.IS, Text(number));
                if (slice.Position.Length > 0) w.Text(F.Private(0x10, F.Position), Vr.LO, slice.Position).Text(F.Private(0x10, F.Orientation), Vr.LO, slice.Orientation);
                w.EndItem();
            }
            w.EndSequence().Text(F.SeriesUid, Vr.UI, series[0].Facts.Series);
            if (series[0].Facts.SeriesNumber is { } seriesNumber)
                w.Text(F.Private(0, 0x10), Vr.LO, F.Creator).Text(F.Private(0x10, F.SeriesNumber), Vr.IS, Text(seriesNumber));
            w.EndItem();
        }
        w.EndSequence().Text(F.StudyUid, Vr.UI, plan.Study).EndItem().EndSequence();
    }

    // PS3.16-2023b TID 2010
    private static void Content(ElementWriter w, ManifestPlan plan)
    {
        w.BeginSequence(new(0x0040, 0xA730)).BeginItem().Text(new(0x0040, 0xA010), Vr.CS, "CONTAINS").Text(new(0x0040, 0xA040), Vr.CS, "TEXT");
        Code(w, "113012", "Key Object Description");
        w.Text(new(0x0040, 0xA160), Vr.UT, "Lists the instances of this study that were sealed, and the identity of each seal.").EndItem();
        foreach (SealedInstance one in plan.Series.SelectMany(s => s))
        {
            string kind = one.Facts.HasPixels ? "IMAGE" : one.Facts.SopClass.StartsWith(WaveformClasses, StringComparison.Ordinal) ? "WAVEFORM" : "COMPOSITE";
            w.BeginItem()
                .BeginSequence(F.ReferencedSop).BeginItem().Text(F.ReferencedClass, Vr.UI, one.Facts.SopClass).Text(F.ReferencedInstance, Vr.UI, one.Facts.Slice.Instance).EndItem().EndSequence()
                .Text(new(0x0040, 0xA010), Vr.CS, "CONTAINS").Text(new(0x0040, 0xA040), Vr.CS, kind)
                .EndItem();
        }
        w.EndSequence();
    }

    private static void Code(ElementWriter w, string value, string meaning) => w.BeginSequence(F.ConceptName).BeginItem()
        .Text(F.CodeValue, Vr.SH, value).Text(F.CodingScheme, Vr.SH, F.Scheme).Text(new(0x0008, 0x0104), Vr.LO, meaning)
        .EndItem().EndSequence();

    private static void Required(ElementWriter w, StudyHeader header, uint tag, Vr vr) => w.Bytes(new(tag), vr, header.Of(tag));

    private static void Optional(ElementWriter w, StudyHeader header, uint tag, Vr vr)
    {
        if (header.Of(tag) is { } value) w.Bytes(new(tag), vr, value);
    }

    // PS3.3-2023b C.12.1.1.8: "&ZZXX", and every time of the document is in it
    private static TimeSpan Zone(byte[]? offset)
    {
        if (offset is not { Length: 5 } || offset[0] is not ((byte)'+' or (byte)'-') || offset.AsSpan(1).ContainsAnyExceptInRange((byte)'0', (byte)'9')) return TimeSpan.Zero;
        int minutes = ((offset[1] - '0') * 10 + offset[2] - '0') * 60 + (offset[3] - '0') * 10 + offset[4] - '0';
        return minutes > 14 * 60 ? TimeSpan.Zero : TimeSpan.FromMinutes(offset[0] == '-' ? -minutes : minutes);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
