using System.Collections.Frozen;
using System.Diagnostics.CodeAnalysis;

namespace Veridicom.Dicom;

/// <summary>
/// How a data set and its pixels are laid down in bytes (PS3.5-2023b 10 and annex A, PS3.6-2023b A; frame deflation and
/// JPEG XL as added in 2024). An unknown UID has no transfer syntax: nothing is assumed of it.
/// </summary>
public sealed class TransferSyntax
{
    private TransferSyntax(string uid, string name, Form form, bool? lossless, bool retired)
    {
        (Uid, Name, IsLossless, IsRetired) = (uid, name, lossless, retired);
        IsExplicit = form != Form.Implicit;
        IsBigEndian = form == Form.BigEndian;
        IsDeflated = form is Form.Deflated or Form.ReferencedDeflated;
        IsEncapsulated = form == Form.Encapsulated;
        HasReferencedPixels = form is Form.Referenced or Form.ReferencedDeflated;
    }

    private enum Form
    {
        Implicit,
        Native,
        BigEndian,
        Deflated,
        Encapsulated,
        Referenced,
        ReferencedDeflated,
    }

    /// <summary>The UID, without padding.</summary>
    public string Uid { get; }

    /// <summary>The name in PS3.6-2023b A.</summary>
    public string Name { get; }

    /// <summary>True where each element header names its representation (PS3.5-2023b 7.1.2). False only for implicit VR.</summary>
    public bool IsExplicit { get; }

    /// <summary>True for the one retired syntax whose numbers have their high byte first.</summary>
    public bool IsBigEndian { get; }

    /// <summary>True where the whole data set after the meta elements is one deflated stream (PS3.5-2023b A.5).</summary>
    public bool IsDeflated { get; }

    /// <summary>True where pixel data stands as fragments in items (PS3.5-2023b A.4).</summary>
    public bool IsEncapsulated { get; }

    /// <summary>True where the pixels are elsewhere: a pixel data provider (PS3.5-2023b A.6, A.7) or a video stream (A.8 and after).</summary>
    public bool HasReferencedPixels { get; }

    /// <summary>True where no image of this syntax can have lost anything in it, false where each has, null where the syntax allows both.</summary>
    public bool? IsLossless { get; }

    /// <summary>True where the standard no longer defines it.</summary>
    public bool IsRetired { get; }

    /// <summary>Name and UID.</summary>
    public override string ToString() => $"{Name} ({Uid})";

#pragma warning disable CS1591 // the names are those of PS3.6-2023b A
    public static TransferSyntax ImplicitVrLittleEndian { get; } = New("", "Implicit VR Little Endian", Form.Implicit, true);
    public static TransferSyntax ExplicitVrLittleEndian { get; } = New(".1", "Explicit VR Little Endian", Form.Native, true);
    public static TransferSyntax EncapsulatedUncompressed { get; } =
        New(".1.98", "Encapsulated Uncompressed Explicit VR Little Endian", Form.Encapsulated, true);
    public static TransferSyntax DeflatedExplicitVrLittleEndian { get; } =
        New(".1.99", "Deflated Explicit VR Little Endian", Form.Deflated, true);
    public static TransferSyntax ExplicitVrBigEndian { get; } =
        New(".2", "Explicit VR Big Endian", Form.BigEndian, true, retired: true);
    public static TransferSyntax JpegBaseline { get; } = Encapsulated(".4.50", "JPEG Baseline (Process 1)", false);
    public static TransferSyntax JpegExtended { get; } = Encapsulated(".4.51", "JPEG Extended (Process 2 and 4)", false);
    public static TransferSyntax JpegLossless { get; } =
        Encapsulated(".4.57", "JPEG Lossless, Non-Hierarchical (Process 14)", true);
    public static TransferSyntax JpegLosslessFirstOrder { get; } = Encapsulated(
        ".4.70", "JPEG Lossless, Non-Hierarchical, First-Order Prediction (Process 14 [Selection Value 1])", true);
    public static TransferSyntax JpegLsLossless { get; } = Encapsulated(".4.80", "JPEG-LS Lossless Image Compression", true);
    public static TransferSyntax JpegLsNearLossless { get; } =
        Encapsulated(".4.81", "JPEG-LS Lossy (Near-Lossless) Image Compression", null);
    public static TransferSyntax Jpeg2000Lossless { get; } =
        Encapsulated(".4.90", "JPEG 2000 Image Compression (Lossless Only)", true);
    public static TransferSyntax Jpeg2000 { get; } = Encapsulated(".4.91", "JPEG 2000 Image Compression", null);
    public static TransferSyntax Htj2kLossless { get; } =
        Encapsulated(".4.201", "High-Throughput JPEG 2000 Image Compression (Lossless Only)", true);
    public static TransferSyntax Htj2kLosslessRpcl { get; } =
        Encapsulated(".4.202", "High-Throughput JPEG 2000 with RPCL Options Image Compression (Lossless Only)", true);
    public static TransferSyntax Htj2k { get; } = Encapsulated(".4.203", "High-Throughput JPEG 2000 Image Compression", null);
    public static TransferSyntax RleLossless { get; } = Encapsulated(".5", "RLE Lossless", true);
    public static TransferSyntax DeflatedImageFrame { get; } = Encapsulated(".8.1", "Deflated Image Frame Compression", true);
#pragma warning restore CS1591

    /// <summary>Every transfer syntax of a binary data set, in no particular order. MIME and XML encodings (PS3.6-2023b A, retired) are none.</summary>
    public static IReadOnlyCollection<TransferSyntax> All => Table.ByUid.Values;

    /// <summary>Finds a transfer syntax. The comparison is exact: padding must be gone. False for an unknown UID: nothing may be assumed of it.</summary>
    public static bool TryFind(string uid, [NotNullWhen(true)] out TransferSyntax? syntax)
    {
        ArgumentNullException.ThrowIfNull(uid);
        return Table.ByUid.TryGetValue(uid, out syntax);
    }

    private static TransferSyntax New(string suffix, string name, Form form, bool? lossless, bool retired = false) =>
        new("1.2.840.10008.1.2" + suffix, name, form, lossless, retired);

    private static TransferSyntax Encapsulated(string suffix, string name, bool? lossless) =>
        New(suffix, name, Form.Encapsulated, lossless);

    private static TransferSyntax Retired(string suffix, string name, bool? lossless) =>
        New(suffix, name, Form.Encapsulated, lossless, retired: true);

    // A class of its own, so that it is made on the first look-up and after the named instances above.
    private static class Table
    {
        public static readonly FrozenDictionary<string, TransferSyntax> ByUid = new[]
        {
            ImplicitVrLittleEndian,
            ExplicitVrLittleEndian,
            EncapsulatedUncompressed,
            DeflatedExplicitVrLittleEndian,
            ExplicitVrBigEndian,
            JpegBaseline,
            JpegExtended,
            Retired(".4.52", "JPEG Extended (Process 3 and 5)", false),
            Retired(".4.53", "JPEG Spectral Selection, Non-Hierarchical (Process 6 and 8)", false),
            Retired(".4.54", "JPEG Spectral Selection, Non-Hierarchical (Process 7 and 9)", false),
            Retired(".4.55", "JPEG Full Progression, Non-Hierarchical (Process 10 and 12)", false),
            Retired(".4.56", "JPEG Full Progression, Non-Hierarchical (Process 11 and 13)", false),
            JpegLossless,
            Retired(".4.58", "JPEG Lossless, Non-Hierarchical (Process 15)", true),
            Retired(".4.59", "JPEG Extended, Hierarchical (Process 16 and 18)", false),
            Retired(".4.60", "JPEG Extended, Hierarchical (Process 17 and 19)", false),
            Retired(".4.61", "JPEG Spectral Selection, Hierarchical (Process 20 and 22)", false),
            Retired(".4.62", "JPEG Spectral Selection, Hierarchical (Process 21 and 23)", false),
            Retired(".4.63", "JPEG Full Progression, Hierarchical (Process 24 and 26)", false),
            Retired(".4.64", "JPEG Full Progression, Hierarchical (Process 25 and 27)", false),
            Retired(".4.65", "JPEG Lossless, Hierarchical (Process 28)", true),
            Retired(".4.66", "JPEG Lossless, Hierarchical (Process 29)", true),
            JpegLosslessFirstOrder,
            JpegLsLossless,
            JpegLsNearLossless,
            Jpeg2000Lossless,
            Jpeg2000,
            Encapsulated(".4.92", "JPEG 2000 Part 2 Multi-component Image Compression (Lossless Only)", true),
            Encapsulated(".4.93", "JPEG 2000 Part 2 Multi-component Image Compression", null),
            New(".4.94", "JPIP Referenced", Form.Referenced, null),
            New(".4.95", "JPIP Referenced Deflate", Form.ReferencedDeflated, null),
            Encapsulated(".4.100", "MPEG2 Main Profile / Main Level", false),
            Encapsulated(".4.100.1", "Fragmentable MPEG2 Main Profile / Main Level", false),
            Encapsulated(".4.101", "MPEG2 Main Profile / High Level", false),
            Encapsulated(".4.101.1", "Fragmentable MPEG2 Main Profile / High Level", false),
            Encapsulated(".4.102", "MPEG-4 AVC/H.264 High Profile / Level 4.1", false),
            Encapsulated(".4.102.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.1", false),
            Encapsulated(".4.103", "MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", false),
            Encapsulated(".4.103.1", "Fragmentable MPEG-4 AVC/H.264 BD-compatible High Profile / Level 4.1", false),
            Encapsulated(".4.104", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", false),
            Encapsulated(".4.104.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 2D Video", false),
            Encapsulated(".4.105", "MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", false),
            Encapsulated(".4.105.1", "Fragmentable MPEG-4 AVC/H.264 High Profile / Level 4.2 For 3D Video", false),
            Encapsulated(".4.106", "MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", false),
            Encapsulated(".4.106.1", "Fragmentable MPEG-4 AVC/H.264 Stereo High Profile / Level 4.2", false),
            Encapsulated(".4.107", "HEVC/H.265 Main Profile / Level 5.1", false),
            Encapsulated(".4.108", "HEVC/H.265 Main 10 Profile / Level 5.1", false),
            Encapsulated(".4.110", "JPEG XL Lossless", true),
            // Recompression keeps every bit of a JPEG stream, and what that stream had lost stays lost.
            Encapsulated(".4.111", "JPEG XL JPEG Recompression", false),
            Encapsulated(".4.112", "JPEG XL", null),
            Htj2kLossless,
            Htj2kLosslessRpcl,
            Htj2k,
            New(".4.204", "JPIP HTJ2K Referenced", Form.Referenced, null),
            New(".4.205", "JPIP HTJ2K Referenced Deflate", Form.ReferencedDeflated, null),
            RleLossless,
            New(".7.1", "SMPTE ST 2110-20 Uncompressed Progressive Active Video", Form.Referenced, true),
            New(".7.2", "SMPTE ST 2110-20 Uncompressed Interlaced Active Video", Form.Referenced, true),
            New(".7.3", "SMPTE ST 2110-30 PCM Digital Audio", Form.Referenced, true),
            DeflatedImageFrame,
            new TransferSyntax("1.2.840.10008.1.20", "Papyrus 3 Implicit VR Little Endian", Form.Implicit, true, retired: true),
        }.ToFrozenDictionary(syntax => syntax.Uid, StringComparer.Ordinal);
    }
}
