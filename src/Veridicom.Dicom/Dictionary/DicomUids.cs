using System.Text;

namespace Veridicom.Dicom.Dictionary;

/// <summary>A storage SOP class (PS3.4-2023b B.5).</summary>
/// <param name="Uid">Its UID.</param>
/// <param name="Name">Its name in the standard, such as "CT Image Storage".</param>
/// <param name="Iod">The information object that an instance holds, such as "CT Image" (PS3.3-2023b A).</param>
public readonly record struct SopClass(string Uid, string Name, string Iod);

/// <summary>Names of the UIDs that stand in files. Static data of the assembly; a lookup makes only the strings it returns. Thread-safe.</summary>
public static partial class DicomUids
{
    /// <summary>How many storage SOP classes are listed.</summary>
    public static int SopClassCount => SopClassesOffsets.Length - 1;

    /// <summary>Finds a storage SOP class. Padding must be gone: the comparison is exact.</summary>
    public static bool TryFindSopClass(string uid, out SopClass sopClass)
    {
        ArgumentNullException.ThrowIfNull(uid);
        sopClass = default;
        Span<byte> wanted = stackalloc byte[64]; // PS3.5-2023b 9.1: a UID has at most 64 characters
        if (uid.Length > wanted.Length) return false;
        if (Ascii.FromUtf16(uid, wanted, out int length) != System.Buffers.OperationStatus.Done) return false;
        int low = 0, high = SopClassCount - 1;
        while (low <= high)
        {
            int middle = (low + high) / 2;
            ReadOnlySpan<byte> row = SopClassRow(middle);
            int order = wanted[..length].SequenceCompareTo(row[..row.IndexOf((byte)'\t')]);
            if (order == 0)
            {
                string[] parts = Encoding.UTF8.GetString(row).Split('\t');
                sopClass = new SopClass(parts[0], parts[1], parts[2]);
                return true;
            }

            if (order < 0) high = middle - 1;
            else low = middle + 1;
        }

        return false;
    }

    /// <summary>All storage SOP classes, by the bytes of their UIDs.</summary>
    public static IEnumerable<SopClass> StorageClasses()
    {
        for (int row = 0; row < SopClassCount; row++)
        {
            string[] parts = Encoding.UTF8.GetString(SopClassRow(row)).Split('\t');
            yield return new SopClass(parts[0], parts[1], parts[2]);
        }
    }

    /// <summary>The name of a transfer syntax or storage SOP class; null for any other UID.</summary>
    public static string? NameOf(string uid) =>
        TransferSyntax.TryFind(uid, out TransferSyntax? syntax) ? syntax.Name
        : TryFindSopClass(uid, out SopClass sopClass) ? sopClass.Name
        : null;

    private static ReadOnlySpan<byte> SopClassRow(int row) =>
        SopClasses[SopClassesOffsets[row]..SopClassesOffsets[row + 1]];
}
