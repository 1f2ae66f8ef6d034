namespace Veridicom.Cli.Demo;

/// <summary>An ellipse, rounded towards a rectangle, turned and dented. All lengths are mm; x runs to the patient's left, y to the back.</summary>
/// <param name="X">Centre.</param>
/// <param name="Y">Centre.</param>
/// <param name="A">Semi-axis along its own first direction.</param>
/// <param name="B">Semi-axis along the other.</param>
internal readonly record struct Blob(double X, double Y, double A, double B)
{
    /// <summary>0 for an ellipse, towards 1 for a rectangle.</summary>
    public double Square { get; init; }

    /// <summary>Turn of the first axis from x to y, in radians.</summary>
    public double Turn { get; init; }

    /// <summary>Depth of three dents around it, as a fraction of the radius.</summary>
    public double Dent { get; init; }

    /// <summary>The same shape, larger by <paramref name="mm"/> all around, or smaller where negative.</summary>
    public Blob Grown(double mm) => this with { A = A + mm, B = B + mm };
}

/// <summary>
/// One slice while it is painted: attenuation in HU, row by row, in mm around its centre. Shapes cover what was there in the order in which they
/// are painted, with soft edges. Uses the four operations and the square root only, so that every machine gets the same bits.
/// </summary>
internal sealed class PhantomCanvas
{
    private readonly double _step;

    public PhantomCanvas(int size, double fieldOfView)
    {
        Size = size;
        _step = fieldOfView / size;
        Values = new float[size * size];
        Array.Fill(Values, -1000f);
    }

    /// <summary>Rows and columns.</summary>
    public int Size { get; }

    /// <summary>HU, [row, column].</summary>
    public float[] Values { get; }

    /// <summary>Millimetres from the centre to the middle of a row or column.</summary>
    public double Position(int index) => (index + 0.5 - Size / 2.0) * _step;

    /// <summary>Covers a blob with a value.</summary>
    /// <param name="blob">Where.</param>
    /// <param name="hu">Value inside.</param>
    /// <param name="edge">Width of the soft edge in mm.</param>
    /// <param name="airOnly">Leaves tissue alone: paints into lung only.</param>
    public void Fill(Blob blob, double hu, double edge = 1.2, bool airOnly = false)
    {
        if (blob.A <= 0 || blob.B <= 0) return;
        double reach = Math.Max(blob.A, blob.B) * (1 + blob.Dent) * (1 + 0.45 * blob.Square) + edge;
        (double cos, double sin) = Direction(blob.Turn);
        double soft = Math.Max(edge, _step);
        // Where the square of the radius is outside of these two, the edge is surely far: most pixels need no square root.
        double band = soft / Math.Min(blob.A, blob.B), dents = 1.05 * blob.Dent;
        double inner = Math.Max(0, 1 - band - dents), outer = 1 + band + dents;
        (inner, outer) = (inner * inner, outer * outer);
        (int top, int bottom) = Span(blob.Y, reach);
        (int left, int right) = Span(blob.X, reach);
        for (int row = top; row < bottom; row++)
        {
            double dy = Position(row) - blob.Y;
            Span<float> line = Values.AsSpan(row * Size, Size);
            for (int column = left; column < right; column++)
            {
                double dx = Position(column) - blob.X;
                double u = (dx * cos + dy * sin) / blob.A, v = (dy * cos - dx * sin) / blob.B;
                double uu = u * u, vv = v * v;
                double f = uu + vv - blob.Square * uu * vv;
                if (f >= outer) continue;
                if (f < inner)
                {
                    Blend(ref line[column], hu, 1, airOnly);
                    continue;
                }
                double radius = Math.Sqrt(f), length = Math.Sqrt(dx * dx + dy * dy);
                // The cosine of three times the angle, from the direction alone.
                if (blob.Dent > 0 && f > 1e-6) radius /= 1 + blob.Dent * (4 * u * uu / (f * radius) - 3 * u / radius);
                double distance = f < 1e-6 ? -Math.Min(blob.A, blob.B) : (radius - 1) / radius * length;
                double cover = Cover(distance, soft);
                if (cover > 0) Blend(ref line[column], hu, cover, airOnly);
            }
        }
    }

    /// <summary>
    /// Paints a tube between two points of space where the slice cuts it, into lung only: [x, y, z] in mm, z relative to the slice. Thin tubes fade by
    /// the part of the slice's thickness that they fill.
    /// </summary>
    public void Tube((double X, double Y, double Z) from, (double X, double Y, double Z) to, double radiusFrom, double radiusTo, double hu, double thickness)
    {
        double widest = Math.Max(radiusFrom, radiusTo), slack = 0.3 * thickness;
        if (Math.Min(from.Z, to.Z) - widest - slack > 0 || Math.Max(from.Z, to.Z) + widest + slack < 0) return;
        double ax = to.X - from.X, ay = to.Y - from.Y, az = to.Z - from.Z, square = ax * ax + ay * ay + az * az;
        if (square <= 0) return;
        double soft = Math.Max(0.8, _step);
        (int top, int bottom) = Span((from.Y + to.Y) / 2, Math.Abs(ay) / 2 + widest + soft);
        (int left, int right) = Span((from.X + to.X) / 2, Math.Abs(ax) / 2 + widest + soft);
        for (int row = top; row < bottom; row++)
        {
            double y = Position(row);
            Span<float> line = Values.AsSpan(row * Size, Size);
            for (int column = left; column < right; column++)
            {
                double x = Position(column);
                double along = Math.Clamp(((x - from.X) * ax + (y - from.Y) * ay - from.Z * az) / square, 0, 1);
                double dx = x - from.X - along * ax, dy = y - from.Y - along * ay;
                double dz = Math.Max(0, Math.Abs(from.Z + along * az) - slack);
                double radius = radiusFrom + along * (radiusTo - radiusFrom);
                double cover = Cover(Math.Sqrt(dx * dx + dy * dy + dz * dz) - radius, soft) * Math.Min(1, 2.2 * radius / thickness);
                if (cover > 0) Blend(ref line[column], hu, cover, airOnly: true);
            }
        }
    }

    /// <summary>Calls <paramref name="change"/> with x, y and the value of every pixel, and keeps what it returns.</summary>
    public void Map(Func<double, double, float, float> change)
    {
        for (int row = 0; row < Size; row++)
        {
            double y = Position(row);
            Span<float> line = Values.AsSpan(row * Size, Size);
            for (int column = 0; column < Size; column++) line[column] = change(Position(column), y, line[column]);
        }
    }

    /// <summary>Cosine and sine of an angle in radians, by halving it seven times and squaring back.</summary>
    public static (double Cos, double Sin) Direction(double angle)
    {
        double x = angle / 128, xx = x * x;
        double cos = 1 - xx / 2 * (1 - xx / 12), sin = x * (1 - xx / 6 * (1 - xx / 20));
        for (int i = 0; i < 7; i++) (cos, sin) = (cos * cos - sin * sin, 2 * cos * sin);
        return (cos, sin);
    }

    private static double Cover(double distance, double soft)
    {
        double part = 0.5 - distance / soft;
        return part <= 0 ? 0 : part >= 1 ? 1 : part * part * (3 - 2 * part);
    }

    private static void Blend(ref float value, double hu, double cover, bool airOnly)
    {
        if (airOnly) cover *= Math.Clamp((-350 - value) / 250, 0, 1);
        value += (float)((hu - value) * cover);
    }

    private (int From, int To) Span(double centre, double reach)
    {
        unchecked
        {
            int from = (int)Math.Clamp((centre - reach) / _step + Size / 2.0 - 1, 0, Size);
            int to = (int)Math.Clamp((centre + reach) / _step + Size / 2.0 + 2, 0, Size);
            return (from, to);
        }
    }
}
