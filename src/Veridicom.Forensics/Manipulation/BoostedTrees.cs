using System.Buffers.Binary;

namespace Veridicom.Forensics.Manipulation;

/// <summary>
/// A sum of small decision trees over a few numbers: the logarithm of odds. Every tree is complete, of one depth: node i has the children 2i + 1 and 2i + 2. Safe for use by
/// several threads.
/// </summary>
internal sealed class BoostedTrees
{
    /// <summary>Deepest trees that are read.</summary>
    public const int MaxDepth = 8;

    private const int MaxTrees = 4096;
    private readonly int _depth;
    private readonly byte[] _features;
    private readonly float[] _borders, _leaves;

    /// <summary>Of trees one behind the other.</summary>
    /// <param name="bias">Log odds before the first tree.</param>
    /// <param name="depth">Questions until a leaf.</param>
    /// <param name="features">2^depth - 1 numbers of features for each tree.</param>
    /// <param name="borders">As many borders: a value of at least that goes right.</param>
    /// <param name="leaves">2^depth for each tree.</param>
    public BoostedTrees(float bias, int depth, byte[] features, float[] borders, float[] leaves)
    {
        int nodes = (1 << depth) - 1;
        if (depth is < 1 or > MaxDepth || features.Length != borders.Length || features.Length % nodes != 0 || leaves.Length != features.Length / nodes * (nodes + 1))
            throw new ArgumentException("the trees do not fit each other", nameof(features));
        (Bias, _depth, _features, _borders, _leaves) = (bias, depth, features, borders, leaves);
    }

    /// <summary>Log odds before the first tree.</summary>
    public float Bias { get; }

    /// <summary>The sum for one row of features.</summary>
    public float Sum(ReadOnlySpan<float> values)
    {
        float sum = Bias;
        int nodes = (1 << _depth) - 1;
        for (int node = 0, leaf = 0; node < _features.Length; node += nodes, leaf += nodes + 1)
        {
            int at = 0;
            for (int i = 0; i < _depth; i++) at = 2 * at + (values[_features[node + at]] >= _borders[node + at] ? 2 : 1);
            sum += _leaves[leaf + at - nodes];
        }
        return sum;
    }

    /// <summary>Writes them, little endian.</summary>
    public void Write(Stream to)
    {
        Span<byte> head = stackalloc byte[12];
        BinaryPrimitives.WriteInt32LittleEndian(head, _depth);
        BinaryPrimitives.WriteInt32LittleEndian(head[4..], _features.Length / ((1 << _depth) - 1));
        BinaryPrimitives.WriteSingleLittleEndian(head[8..], Bias);
        to.Write(head);
        to.Write(_features);
        Span<byte> number = stackalloc byte[4];
        foreach (float[] part in (ReadOnlySpan<float[]>)[_borders, _leaves])
        {
            foreach (float value in part)
            {
                BinaryPrimitives.WriteSingleLittleEndian(number, value);
                to.Write(number);
            }
        }
    }

    /// <summary>Reads what <see cref="Write"/> wrote, and takes it off.</summary>
    /// <param name="bytes">What is left to be read.</param>
    /// <param name="features">How many features there are.</param>
    /// <exception cref="FormatException">It is something else.</exception>
    public static BoostedTrees Read(ref ReadOnlySpan<byte> bytes, int features)
    {
        if (bytes.Length < 12) throw new FormatException("trees are cut off");
        int depth = BinaryPrimitives.ReadInt32LittleEndian(bytes), trees = BinaryPrimitives.ReadInt32LittleEndian(bytes[4..]);
        float bias = BinaryPrimitives.ReadSingleLittleEndian(bytes[8..]);
        bytes = bytes[12..];
        if (depth is < 1 or > MaxDepth || trees is < 0 or > MaxTrees) throw new FormatException("no trees of this shape are read");
        int nodes = trees * ((1 << depth) - 1), leaves = trees << depth;
        if (bytes.Length < nodes * 5 + leaves * 4) throw new FormatException("trees are cut off");
        byte[] chosen = bytes[..nodes].ToArray();
        if (chosen.Any(feature => feature >= features)) throw new FormatException("a tree asks for a feature that does not exist");
        float[] borders = Numbers(bytes.Slice(nodes, nodes * 4)), values = Numbers(bytes.Slice(nodes * 5, leaves * 4));
        bytes = bytes[(nodes * 5 + leaves * 4)..];
        return new BoostedTrees(bias, depth, chosen, borders, values);
    }

    private static float[] Numbers(ReadOnlySpan<byte> bytes)
    {
        var numbers = new float[bytes.Length / 4];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
        return numbers;
    }
}
