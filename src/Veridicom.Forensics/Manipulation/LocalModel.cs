using System.Buffers.Binary;
using System.Text;

namespace Veridicom.Forensics.Manipulation;

/// <summary>Numbers that the search for changed parts of CT slices rests on, as <c>veridicom-train local</c> measured them. Safe for use by several threads.</summary>
public sealed class LocalModel
{
    private const string Resource = "local.model";
    private static readonly Lazy<LocalModel> Embedded = new(() =>
    {
        using Stream stream = typeof(LocalModel).Assembly.GetManifestResourceStream(Resource) ?? throw new InvalidOperationException("the model is missing from the assembly");
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return Read(bytes);
    });

    private readonly BoostedTrees _trees;
    private readonly float[] _untouched;

    internal LocalModel(string version, string trainedOn, ulong seed, double threshold, float[] untouched, BoostedTrees trees)
    {
        (Version, TrainedOn, Seed, Threshold, _untouched, _trees) = (version, trainedOn, seed, threshold, untouched, trees);
        if (untouched.Length == 0 || !double.IsFinite(threshold) || untouched.Any(float.IsNaN)) throw new FormatException("a model needs scores of untouched slices and a threshold");
    }

    /// <summary>The one that comes with the program.</summary>
    public static LocalModel Shipped => Embedded.Value;

    /// <summary>Version.</summary>
    public string Version { get; }

    /// <summary>What the numbers were measured on, in words.</summary>
    public string TrainedOn { get; }

    /// <summary>The seed that they were measured with.</summary>
    public ulong Seed { get; }

    /// <summary>Contrast from which a part counts as changed.</summary>
    public double Threshold { get; }

    /// <summary>Share of untouched slices with a false finding, 0..1, on the slices that the threshold was set on.</summary>
    public double FalseFindings => _untouched.Count(one => one >= Threshold) / (double)_untouched.Length;

    /// <summary>How many untouched slices stand behind <see cref="Calibrated"/>.</summary>
    public int Untouched => _untouched.Length;

    /// <summary>Share of untouched slices, 0..1, whose most unusual part has less contrast; never quite 1.</summary>
    public double Calibrated(double contrast)
    {
        int below = 0;
        foreach (float one in _untouched) if (one < contrast) below++;
        return (below + 0.5) / (_untouched.Length + 1);
    }

    /// <summary>Log odds that a cell was changed, by its features.</summary>
    internal float LogOdds(ReadOnlySpan<float> features) => Math.Clamp(_trees.Sum(features), -5, 5);

    /// <summary>As a file.</summary>
    public byte[] Write()
    {
        using var to = new MemoryStream();
        to.Write("VLM1"u8);
        Span<byte> number = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(number, Seed);
        to.Write(number);
        BinaryPrimitives.WriteDoubleLittleEndian(number, Threshold);
        to.Write(number);
        foreach (string text in (ReadOnlySpan<string>)[Version, TrainedOn])
        {
            byte[] utf8 = Encoding.UTF8.GetBytes(text);
            BinaryPrimitives.WriteInt32LittleEndian(number, utf8.Length);
            to.Write(number[..4]);
            to.Write(utf8);
        }
        BinaryPrimitives.WriteInt32LittleEndian(number, _untouched.Length);
        to.Write(number[..4]);
        foreach (float one in _untouched)
        {
            BinaryPrimitives.WriteSingleLittleEndian(number, one);
            to.Write(number[..4]);
        }
        _trees.Write(to);
        return to.ToArray();
    }

    /// <summary>Reads a file.</summary>
    /// <exception cref="FormatException">It is none, or broken.</exception>
    public static LocalModel Read(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 20 || !bytes.StartsWith("VLM1"u8)) throw new FormatException("this is no model for local changes");
        ulong seed = BinaryPrimitives.ReadUInt64LittleEndian(bytes[4..]);
        double threshold = BinaryPrimitives.ReadDoubleLittleEndian(bytes[12..]);
        bytes = bytes[20..];
        string version = Text(ref bytes), trainedOn = Text(ref bytes);
        int count = Number(ref bytes);
        if (count < 1 || count > bytes.Length / 4) throw new FormatException("the model is cut off");
        var untouched = new float[count];
        for (int i = 0; i < count; i++) untouched[i] = BinaryPrimitives.ReadSingleLittleEndian(bytes[(4 * i)..]);
        bytes = bytes[(4 * count)..];
        BoostedTrees trees = BoostedTrees.Read(ref bytes, CellFeatures.Count);
        return bytes.IsEmpty ? new LocalModel(version, trainedOn, seed, threshold, untouched, trees) : throw new FormatException("something follows the model");
    }

    private static int Number(ref ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 4) throw new FormatException("the model is cut off");
        int number = BinaryPrimitives.ReadInt32LittleEndian(bytes);
        bytes = bytes[4..];
        return number;
    }

    private static string Text(ref ReadOnlySpan<byte> bytes)
    {
        int length = Number(ref bytes);
        if (length < 0 || length > bytes.Length) throw new FormatException("the model is cut off");
        string text = Encoding.UTF8.GetString(bytes[..length]);
        bytes = bytes[length..];
        return text;
    }
}
