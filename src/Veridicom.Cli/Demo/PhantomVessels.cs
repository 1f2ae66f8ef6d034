namespace Veridicom.Cli.Demo;

/// <summary>A piece of a vessel with its airway's place beside it; mm, z from the aortic arch downwards.</summary>
internal readonly record struct Vessel((double X, double Y, double Z) From, (double X, double Y, double Z) To, double RadiusFrom, double RadiusTo, int Order);

/// <summary>The pulmonary vessels: a tree per lung that branches from the hilum outwards.</summary>
internal static class PhantomVessels
{
    private const int Orders = 6;

    /// <summary>Grows both trees.</summary>
    public static List<Vessel> Grow(PhantomRandom random)
    {
        var all = new List<Vessel>(4096);
        Grow(all, ref random, (-40, 6, 58), -1);
        Grow(all, ref random, (42, 8, 60), 1);
        return all;
    }

    private static void Grow(List<Vessel> all, ref PhantomRandom random, (double X, double Y, double Z) hilum, int side)
    {
        int first = all.Count;
        for (int i = 0; i < 22; i++)
        {
            // Lobes lie above, below, before and behind the hilum; all of them outwards of it.
            (double X, double Y, double Z) way = (side * random.Between(0.25, 1), random.Between(-0.9, 0.9), random.Between(-1.3, 1.1));
            Branch(all, ref random, hilum, way, random.Between(2.6, 4.2), 0);
        }
        for (int at = first; at < all.Count; at++)
        {
            Vessel parent = all[at];
            if (parent.Order + 1 >= Orders) continue;
            (double X, double Y, double Z) way = (parent.To.X - parent.From.X, parent.To.Y - parent.From.Y, parent.To.Z - parent.From.Z);
            Branch(all, ref random, parent.To, Bent(ref random, way, 0.45), parent.RadiusTo * random.Between(0.78, 0.92), parent.Order + 1);
            Branch(all, ref random, parent.To, Bent(ref random, way, 0.95), parent.RadiusTo * random.Between(0.5, 0.75), parent.Order + 1);
        }
    }

    private static (double X, double Y, double Z) Bent(ref PhantomRandom random, (double X, double Y, double Z) way, double by)
    {
        double length = Math.Sqrt(way.X * way.X + way.Y * way.Y + way.Z * way.Z);
        return (way.X / length + random.Between(-by, by), way.Y / length + random.Between(-by, by), way.Z / length + random.Between(-by, by));
    }

    private static void Branch(List<Vessel> all, ref PhantomRandom random, (double X, double Y, double Z) from, (double X, double Y, double Z) way, double radius, int order)
    {
        double length = Math.Max(0.1, Math.Sqrt(way.X * way.X + way.Y * way.Y + way.Z * way.Z));
        double reach = random.Between(17, 29) * (1 - 0.06 * order) / length;
        all.Add(new Vessel(from, (from.X + way.X * reach, from.Y + way.Y * reach, from.Z + way.Z * reach), radius, radius * 0.86, order));
    }
}
