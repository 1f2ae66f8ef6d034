using System.Globalization;

namespace Veridicom.Seals.Manifest;

/// <summary>What the order of a series is made from (spec/manifest.md 3).</summary>
/// <param name="Instance">SOP Instance UID.</param>
/// <param name="Number">Instance Number, null where there is none.</param>
/// <param name="Position">Image Position (Patient) as text, three numbers in mm; empty where the instance is not geometric.</param>
/// <param name="Orientation">Image Orientation (Patient) as text, six cosines; empty where the instance is not geometric.</param>
public readonly record struct Slice(string Instance, int? Number, string Position, string Orientation)
{
    private const double Largest = 1e7;
    private const int LongestNumber = 64;

    /// <summary>
    /// A slice from values as a file has them: position and orientation are kept, without the spaces around their numbers, only if both are
    /// usable.
    /// </summary>
    public static Slice Of(string instance, int? number, string? position, string? orientation)
    {
        (string p, string o) = (Trimmed(position), Trimmed(orientation));
        var slice = new Slice(instance, number, p, o);
        return slice.TryPlane(out _) ? slice : slice with { Position = "", Orientation = "" };
    }

    /// <summary>The plane in mm and its normal of length 1; false where the slice is not geometric.</summary>
    public bool TryPlane(out SlicePlane plane)
    {
        plane = default;
        Span<double> p = stackalloc double[3], o = stackalloc double[6];
        if (!TryNumbers(Position, p) || !TryNumbers(Orientation, o)) return false;
        double x = o[1] * o[5] - o[2] * o[4], y = o[2] * o[3] - o[0] * o[5], z = o[0] * o[4] - o[1] * o[3];
        double length = Math.Sqrt(x * x + y * y + z * z);
        if (!(length is >= 0.9 and <= 1.1)) return false;
        plane = new SlicePlane(p[0], p[1], p[2], x / length, y / length, z / length);
        return true;
    }

    private static string Trimmed(string? values)
    {
        if (values is null || values.Length == 0) return "";
        return values.Contains(' ', StringComparison.Ordinal) ? string.Join('\\', values.Split('\\').Select(v => v.Trim(' '))) : values;
    }

    private static bool TryNumbers(string? text, Span<double> numbers)
    {
        ReadOnlySpan<char> rest = text;
        if (rest.IsEmpty) return false;
        for (int i = 0; i < numbers.Length; i++)
        {
            int end = rest.IndexOf('\\');
            if (end < 0 != (i == numbers.Length - 1)) return false;
            ReadOnlySpan<char> one = end < 0 ? rest : rest[..end];
            if (one.Length > LongestNumber || !double.TryParse(one, NumberStyles.AllowLeadingSign | NumberStyles.AllowDecimalPoint | NumberStyles.AllowExponent, CultureInfo.InvariantCulture, out numbers[i])
                || !(Math.Abs(numbers[i]) < Largest)) return false;
            if (end >= 0) rest = rest[(end + 1)..];
        }
        return true;
    }
}

/// <summary>A plane in the patient's coordinates: its first pixel in mm, and its normal of length 1.</summary>
public readonly record struct SlicePlane(double X, double Y, double Z, double NormalX, double NormalY, double NormalZ)
{
    /// <summary>Scalar product of two normals: 1 where they point the same way.</summary>
    public double Along(in SlicePlane other) => NormalX * other.NormalX + NormalY * other.NormalY + NormalZ * other.NormalZ;

    /// <summary>Place of <paramref name="slice"/> along this plane's normal in 0.01 mm, rounded half up.</summary>
    public long Project(in SlicePlane slice) => (long)Math.Floor((NormalX * slice.X + NormalY * slice.Y + NormalZ * slice.Z) * 100 + 0.5);
}
