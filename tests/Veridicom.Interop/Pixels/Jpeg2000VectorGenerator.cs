using System.Globalization;
using System.Text;
using Veridicom.Testing;
using Xunit;

namespace Veridicom.Interop.Pixels;

/// <summary>Makes tests/vectors/jpeg2000; see the README there.</summary>
public sealed class Jpeg2000VectorGenerator
{
    [Fact(Explicit = true)]
    public void Make_the_jpeg_2000_vectors()
    {
        using var scratch = new ScratchFolder();
        foreach (Jpeg2000Vector vector in Jpeg2000Vector.All)
        {
            (Peer encoder, string picture, string shape) = vector.HighThroughput ? OpenJph(vector, scratch) : OpenJpeg(vector, scratch);
            string made = scratch.PathOf(vector.Name + ".j2c");
            encoder.Run([.. $"-i {picture} -o {made} {shape} {vector.Options}".Split(' ', StringSplitOptions.RemoveEmptyEntries)]).Succeeded();
            byte[] code = File.ReadAllBytes(made);
            // OpenJPH takes no signed samples from its raw files: half the range was added to them, and here the header says that it is to be taken off again
            if (vector is { HighThroughput: true, Signed: true }) code[42] |= 0x80;
            File.WriteAllBytes(vector.Path, code);
        }
    }

    // one component after the other, high byte first
    private static (Peer, string, string) OpenJpeg(Jpeg2000Vector vector, ScratchFolder scratch)
    {
        byte[] planes = Planes(vector, high: true, vector.Shape.CellBytes);
        char sign = vector.Signed ? 's' : 'u';
        if (vector.Precision > 16)
        {
            byte[] head = Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"PG ML + {vector.Precision} {Jpeg2000Vector.Columns} {Jpeg2000Vector.Rows}\n"));
            return (Peer.Require("opj_compress"), scratch.Write(vector.Name + ".pgx", [.. head, .. planes]), "");
        }
        string ones = string.Join(':', Enumerable.Repeat("1x1", vector.Samples));
        return (Peer.Require("opj_compress"), scratch.Write(vector.Name + ".raw", planes),
            $"-F {Jpeg2000Vector.Columns},{Jpeg2000Vector.Rows},{vector.Samples},{vector.Precision},{sign}@{ones}");
    }

    private static (Peer, string, string) OpenJph(Jpeg2000Vector vector, ScratchFolder scratch)
    {
        if (vector.Samples == 3)
        {
            byte[] head = Encoding.ASCII.GetBytes($"P6\n{Jpeg2000Vector.Columns} {Jpeg2000Vector.Rows}\n255\n");
            return (Peer.Require("ojph_compress"), scratch.Write(vector.Name + ".ppm", [.. head, .. vector.Cells()]), "");
        }
        return (Peer.Require("ojph_compress"), scratch.Write(vector.Name + ".yuv", Planes(vector, high: false, vector.Shape.CellBytes)),
            $"-dims {{{Jpeg2000Vector.Columns},{Jpeg2000Vector.Rows}}} -num_comps 1 -signed false -bit_depth {vector.Precision} -downsamp {{1,1}}");
    }

    private static byte[] Planes(Jpeg2000Vector vector, bool high, int bytes)
    {
        var planes = new List<byte>();
        for (int sample = 0; sample < vector.Samples; sample++)
        {
            for (int i = 0; i < Jpeg2000Vector.Columns * Jpeg2000Vector.Rows; i++)
            {
                int value = vector.Sample(i / Jpeg2000Vector.Columns, i % Jpeg2000Vector.Columns, sample);
                if (vector is { HighThroughput: true, Signed: true }) value += 1 << (vector.Precision - 1);
                for (int b = 0; b < bytes; b++) planes.Add((byte)(value >> (8 * (high ? bytes - 1 - b : b)) & 0xFF));
            }
        }
        return [.. planes];
    }
}
