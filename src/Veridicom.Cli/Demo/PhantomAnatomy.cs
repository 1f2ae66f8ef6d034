namespace Veridicom.Cli.Demo;

/// <summary>
/// The chest of the phantom from the aortic arch (0 mm) to the dome of the diaphragm (<see cref="Height"/>), after intravenous contrast. Values are HU as
/// textbooks give them for 120 kVp.
/// </summary>
internal static class PhantomAnatomy
{
    /// <summary>Field of view in mm.</summary>
    public const double FieldOfView = 400;

    /// <summary>Height of the anatomy in mm.</summary>
    public const double Height = 120;

    private const double Fat = -102, Muscle = 56, Blood = 185, Cortical = 720, Spongy = 190, Lung = -862, AirInside = -990;

    /// <summary>Paints the slice at <paramref name="z"/> mm below the arch.</summary>
    public static void Paint(PhantomCanvas canvas, double z, double thickness, PhantomOptions options)
    {
        double t = z / Height;
        Table(canvas);
        Wall(canvas, t);
        Blob thorax = Thorax(t);
        canvas.Fill(thorax, Lung, 1.5);
        Parenchyma(canvas, z, new PhantomRandom(options.Seed, "parenchyma"));
        Mediastinum(canvas, t, thorax);
        Liver(canvas, t);
        Spine(canvas, z, thorax);
        Bones(canvas, z, t, thorax);
        Airways(canvas, t);
        foreach (Vessel vessel in PhantomVessels.Grow(new PhantomRandom(options.Seed, "vessels")))
        {
            (double X, double Y, double Z) from = vessel.From with { Z = vessel.From.Z - z }, to = vessel.To with { Z = vessel.To.Z - z };
            if (vessel.Order < 3) Bronchus(canvas, from, to, vessel, thickness);
            canvas.Tube(from, to, vessel.RadiusFrom, vessel.RadiusTo, 90, thickness);
        }
        // A nodule in the right upper lobe, for readers who look for one.
        double off = z - 40;
        if (off * off < 36) canvas.Fill(new Blob(-84, -18, Math.Sqrt(36 - off * off), Math.Sqrt(36 - off * off) * 0.9) { Dent = 0.06 }, 28, 1.4);
    }

    private static Blob Thorax(double t) => new(0, 2, 112 + 24 * t, 66 + 14 * t) { Square = 0.32 };

    private static void Table(PhantomCanvas canvas) => canvas.Map((x, y, hu) =>
    {
        double bend = x * x / (205 * 205), top = 123 - 34 * bend, bottom = 143 - 27 * bend;
        if (x is < -195 or > 195 || y < top || y > bottom) return hu;
        return y < top + 2.2 || y > bottom - 2.2 ? -190 : -925;
    });

    private static void Wall(PhantomCanvas canvas, double t)
    {
        var body = new Blob(0, 0, 171, 113) { Square = 0.3, Dent = 0.01 };
        canvas.Fill(body, 18);
        canvas.Fill(body.Grown(-2.2), Fat);
        canvas.Fill(new Blob(0, 3, 143 + 8 * t, 94 + 5 * t) { Square = 0.42 }, Muscle, 2);
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
        {
            // Pectoral muscles with the fat behind them, then the back's: latissimus, trapezius and the long ones along the spine.
            canvas.Fill(new Blob(side * 62, -88, 52, 9 - 4 * t) { Turn = side * 0.32 }, Muscle, 2);
            canvas.Fill(new Blob(side * 68, -79 - 6 * t, 44, 2.6) { Turn = side * 0.34 }, Fat, 2);
            canvas.Fill(new Blob(side * 138, 22, 9, 40 - 10 * t) { Turn = side * 0.12 }, Muscle, 2);
            canvas.Fill(new Blob(side * (131 + 7 * t), 2, 3, 30) { Turn = side * 0.1 }, Fat, 2.5);
            canvas.Fill(new Blob(side * 95, 82, 42, 6) { Turn = side * -0.5 }, Fat + 20, 3);
            canvas.Fill(new Blob(side * 92, 85, 44, 6) { Turn = side * -0.5 }, Muscle, 2);
            canvas.Fill(new Blob(side * 27, 92, 20, 13) { Square = 0.3 }, Muscle + 6, 2);
            canvas.Fill(new Blob(side * 48, 93, 1.6, 11) { Turn = side * 0.3 }, Fat + 30, 2);
        }
    }

    // Denser towards the back, where blood sinks to, and uneven from lobule to lobule.
    private static void Parenchyma(PhantomCanvas canvas, double z, PhantomRandom random)
    {
        Span<(double X, double Y, double Z, double Depth)> waves = stackalloc (double, double, double, double)[7];
        for (int i = 0; i < waves.Length; i++)
            waves[i] = (random.Between(-0.11, 0.11), random.Between(-0.11, 0.11), random.Between(-0.05, 0.05) * z, random.Between(4, 9));
        (double X, double Y, double Z, double Depth)[] field = waves.ToArray();
        canvas.Map((x, y, hu) =>
        {
            if (hu is > -700 or < -900) return hu;
            double sum = 0.42 * y;
            foreach ((double X, double Y, double Z, double Depth) wave in field)
            {
                double phase = (x * wave.X + y * wave.Y + wave.Z) / 6.283185307179586;
                phase = phase - Math.Floor(phase) - 0.5;
                sum += wave.Depth * (16 * Math.Abs(phase) * (0.5 - Math.Abs(phase)) - 0.66);
            }
            return (float)(hu + sum);
        });
    }

    private static void Mediastinum(PhantomCanvas canvas, double t, Blob thorax)
    {
        double front = thorax.Y - thorax.B, heart = Rise(t, 0.42, 0.75);
        canvas.Fill(new Blob(2, 0, 27 + 10 * heart, thorax.B * 0.98) { Square = 0.6 }, Fat + 55, 3);
        canvas.Fill(new Blob(0, front + 12, 22 - 6 * t, 20) { Square = 0.3 }, Fat, 3);
        canvas.Fill(new Blob(-26, 14, 17, 20) { Dent = 0.08 }, -10, 3);
        canvas.Fill(new Blob(28, 14, 16, 20) { Dent = 0.08 }, -10, 3);

        if (heart > 0.02)
        {
            var sac = new Blob(20, -14, (66 + 4 * t) * heart, 54 * heart) { Turn = 0.45, Square = 0.12, Dent = 0.035 };
            canvas.Fill(sac, Fat + 15, 2);
            canvas.Fill(sac.Grown(-4), 62, 2);
            canvas.Fill(new Blob(46, -2, 27 * heart, 15 * heart) { Turn = 0.6 }, Blood - 20, 2); // left ventricle
            canvas.Fill(new Blob(16, -36, 31 * heart, 14 * heart) { Turn = 0.25 }, Blood - 30, 2); // right ventricle
            canvas.Fill(new Blob(-24, -16, 15 * heart, 22 * heart) { Turn = -0.1 }, Blood - 35, 2); // right atrium
            canvas.Fill(new Blob(4, 20, 25 * heart, 13 * heart), Blood - 15, 2); // left atrium
        }
        double arch = 1 - Rise(t, 0.08, 0.16), ascending = Rise(t, 0.04, 0.14) * (1 - Rise(t, 0.55, 0.68));
        if (arch > 0.02) canvas.Fill(new Blob(6, 2, 38, 13 * arch) { Turn = 1.05, Square = 0.2 }, Blood, 1.6);
        canvas.Fill(new Blob(-12, -20, 17 * ascending, 17 * ascending), Blood, 1.6);
        canvas.Fill(new Blob(25, 44, 12.5, 12.5), Blood, 1.6); // descending aorta
        double trunk = Rise(t, 0.28, 0.36) * (1 - Rise(t, 0.5, 0.6));
        canvas.Fill(new Blob(18, -18, 14 * trunk, 18 * trunk) { Turn = 0.4 }, Blood - 25, 1.6);
        canvas.Fill(new Blob(-14, 5, 31 * trunk, 9 * trunk) { Turn = 0.1 }, Blood - 25, 1.6); // right pulmonary artery
        canvas.Fill(new Blob(-30, -10, 8.5, 10 - 3 * heart), Blood + 25, 1.6); // superior vena cava
        canvas.Fill(new Blob(7, 40, 8, 6), 38, 1.6); // oesophagus
        canvas.Fill(new Blob(7, 40, 2.4, 1.4), -500, 1.4);
    }

    private static void Liver(PhantomCanvas canvas, double t)
    {
        double dome = Rise(t, 0.7, 1.12);
        if (dome <= 0.02) return;
        canvas.Fill(new Blob(-74, -4, 62 * dome, 60 * dome) { Square = 0.15, Dent = 0.03 }, 108, 2.5);
        canvas.Fill(new Blob(-48, 12, 11 * dome, 6 * dome) { Turn = 0.5 }, Blood - 20, 2);
        canvas.Fill(new Blob(-88, -8, 17 * dome, 3 * dome) { Turn = -0.6 }, Blood - 40, 2);
    }

    private static void Spine(PhantomCanvas canvas, double z, Blob thorax)
    {
        // Vertebrae repeat every 24 mm; the last quarter is disc.
        double level = z / 24 - Math.Floor(z / 24), disc = Rise(level, 0.72, 0.78) * (1 - Rise(level, 0.94, 1));
        double y = thorax.Y + thorax.B - 18;
        canvas.Fill(new Blob(0, y + 4, 34, 26) { Square = 0.2 }, Muscle, 2);
        var body = new Blob(0, y, 18.5, 15) { Square = 0.25, Dent = 0.03 };
        canvas.Fill(body, Cortical - disc * 590, 1.4);
        canvas.Fill(body.Grown(-1.8), Spongy + 30 - disc * 120, 1.6);
        double ring = 1 - 0.9 * disc;
        canvas.Fill(new Blob(0, y + 20, 14.5, 13), Muscle + (Cortical - 140) * ring, 1.4);
        canvas.Fill(new Blob(0, y + 38, 3.6, 13), Muscle + (Cortical - 180) * ring, 1.4);
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
        {
            canvas.Fill(new Blob(side * 26, y + 23, 15, 4.6) { Turn = side * 0.42 }, Muscle + (Cortical - 220) * ring, 1.4);
            canvas.Fill(new Blob(side * 26, y + 23, 12, 2.4) { Turn = side * 0.42 }, Muscle + (Spongy + 60) * ring, 1.4);
        }
        canvas.Fill(new Blob(0, y + 20, 9.6, 8.4), -15, 1.4);
        canvas.Fill(new Blob(0, y + 20, 6.4, 5.2), 36, 1.6);
    }

    private static void Bones(PhantomCanvas canvas, double z, double t, Blob thorax)
    {
        double front = thorax.Y - thorax.B;
        var sternum = new Blob(0, front - 6, 19 - 4 * t, 6) { Square = 0.4 };
        canvas.Fill(sternum, Cortical - 260, 1.4);
        canvas.Fill(sternum.Grown(-1.9), Spongy - 40, 1.6);

        // A rib falls by some 85 mm from the spine to its cartilage, so that a slice cuts several of them, each at another angle.
        for (int rib = -4; rib < 6; rib++)
        {
            double part = (z + 10 - rib * 24) / 85;
            if (part is < 0.04 or > 0.97) continue;
            double angle = 0.35 + part * 2.35;
            (double cos, double sin) = PhantomCanvas.Direction(angle);
            foreach (int side in (ReadOnlySpan<int>)[-1, 1])
            {
                double x = side * (thorax.A + 6.5) * sin, y = thorax.Y + (thorax.B + 6.5) * cos;
                // The ring is squared: corners lie farther out.
                double stretch = 1 + 0.32 * 0.6 * sin * sin * cos * cos * 2;
                double turn = Slope(side * (thorax.A + 6.5) * cos, -(thorax.B + 6.5) * sin);
                var cut = new Blob(x * stretch, thorax.Y + (y - thorax.Y) * stretch, 13, 4.4) { Turn = turn, Square = 0.2 };
                bool cartilage = part > 0.84;
                canvas.Fill(cut, cartilage ? 105 : Cortical + 60, 1.4);
                if (!cartilage) canvas.Fill(cut.Grown(-2), Spongy + 40, 1.4);
            }
        }
        double blade = 1 - Rise(t, 0.35, 0.6);
        if (blade < 0.02) return;
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
        {
            canvas.Fill(new Blob(side * 103, 70, 34 * blade, 3.6) { Turn = side * -0.72 }, Cortical - 100, 1.4);
            canvas.Fill(new Blob(side * 103, 70, 30 * blade, 1.6) { Turn = side * -0.72 }, Spongy, 1.4);
        }
    }

    private static void Airways(PhantomCanvas canvas, double t)
    {
        double apart = Rise(t, 0.3, 0.62);
        if (apart < 0.001)
        {
            canvas.Fill(new Blob(-3, 16, 10.4, 9.6), 25, 1.2);
            canvas.Fill(new Blob(-3, 16, 8.8, 8), AirInside, 1.2);
            return;
        }
        double radius = 7.4 - 2.2 * apart, gone = 1 - Rise(t, 0.6, 0.66);
        foreach (int side in (ReadOnlySpan<int>)[-1, 1])
        {
            var tube = new Blob(-2 + side * (6 + 26 * apart), 17, (radius + 2.4 * apart) * gone, radius * gone);
            canvas.Fill(tube.Grown(1.5 * gone), 25, 1.2);
            canvas.Fill(tube, AirInside, 1.2);
        }
    }

    private static void Bronchus(PhantomCanvas canvas, (double X, double Y, double Z) from, (double X, double Y, double Z) to, Vessel vessel, double thickness)
    {
        double radius = vessel.RadiusTo * 0.75, aside = vessel.RadiusFrom + radius + 0.6;
        (double X, double Y, double Z) a = (from.X, from.Y - aside, from.Z), b = (to.X, to.Y - aside, to.Z);
        canvas.Tube(a, b, radius + 1, radius + 0.9, -600, thickness);
        canvas.Tube(a, b, radius, radius * 0.9, AirInside, thickness);
    }

    // From 0 to 1 between two places, without a corner.
    private static double Rise(double at, double from, double to)
    {
        double part = Math.Clamp((at - from) / (to - from), 0, 1);
        return part * part * (3 - 2 * part);
    }

    // The angle of a direction, by bisection over the half turn, as Direction has no inverse with the same bits everywhere.
    private static double Slope(double x, double y)
    {
        if (x < 0) (x, y) = (-x, -y);
        double low = -1.5707963267948966, high = 1.5707963267948966;
        for (int i = 0; i < 30; i++)
        {
            double middle = (low + high) / 2;
            (double cos, double sin) = PhantomCanvas.Direction(middle);
            if (sin * x < y * cos) low = middle;
            else high = middle;
        }
        return (low + high) / 2;
    }
}
