namespace Veridicom.Train.Corpus;

/// <summary>The folder of data: <c>train/</c>, which models may be fitted on, and <c>calibrate/</c>, on which only thresholds are set. Each has a labels.csv: <c>file,label,source</c>.</summary>
/// <param name="Train">Lines of train/labels.csv in the order of their names.</param>
/// <param name="Calibrate">Lines of calibrate/labels.csv in the order of their names.</param>
public sealed record LabelledFolder(IReadOnlyList<LabelledImage> Train, IReadOnlyList<LabelledImage> Calibrate)
{
    /// <summary>Reads both lists; the images are opened later.</summary>
    /// <exception cref="CorpusException">A list is missing or broken, names a file twice or one outside its folder, or a patient is in both parts.</exception>
    public static LabelledFolder Read(string folder)
    {
        LabelledImage[] train = Part(Path.Combine(folder, "train")), calibrate = Part(Path.Combine(folder, "calibrate"));
        string? both = train.Select(image => image.Group).Intersect(calibrate.Select(image => image.Group)).FirstOrDefault();
        if (both is not null) throw new CorpusException($"{folder}: images of {both} are both in train and in calibrate");
        if (!train.Any(image => image.Generated) || train.All(image => image.Generated)) throw new CorpusException($"{folder}: train needs real and generated images");
        if (calibrate.All(image => image.Generated)) throw new CorpusException($"{folder}: calibrate needs real images");
        return new LabelledFolder(train, calibrate);
    }

    private static LabelledImage[] Part(string folder)
    {
        string list = Path.Combine(folder, "labels.csv");
        if (!File.Exists(list)) throw new CorpusException($"{list} is missing: each of train and calibrate needs a list file,label,source");
        string[] lines = File.ReadAllLines(list);
        if (lines.Length == 0 || lines[0].Trim() != "file,label,source") throw new CorpusException($"{list}, line 1: 'file,label,source' is expected");
        var images = new SortedDictionary<string, LabelledImage>(StringComparer.Ordinal);
        for (int i = 1; i < lines.Length; i++)
        {
            if (lines[i].Length == 0) continue;
            string[] fields = lines[i].Split(',');
            if (fields is not [{ Length: > 0 } name, "real" or "generated", { Length: > 0 } source]) throw Bad("a file name, 'real' or 'generated', and a source are expected");
            if (name != Path.GetFileName(name) || name is "." or "..") throw Bad("the file must lie in the same folder");
            string path = Path.Combine(folder, name);
            if (!File.Exists(path)) throw Bad($"{name} is missing");
            if (!images.TryAdd(name, new LabelledImage(path, name, fields[1] == "generated", source, LabelledImage.GroupOf(name)))) throw Bad($"{name} is listed twice");

            CorpusException Bad(string what) => new($"{list}, line {i + 1}: {what}");
        }
        return images.Count > 0 ? [.. images.Values] : throw new CorpusException($"{list} lists no image");
    }
}
