using System.Text;

namespace Veridicom.Cli.Audits.Labels;

/// <summary>What a labels file says of one image. Null where it says nothing.</summary>
/// <param name="Label">What a model shall learn.</param>
/// <param name="Source">Where the image comes from.</param>
/// <param name="Split">Part of the data set, as <see cref="SplitNames"/> has it where it is a usual one.</param>
/// <param name="Patient">Whose it is, in clear: hashed before it goes anywhere.</param>
internal sealed record ImageLabel(string? Label, string? Source, string? Split, string? Patient)
{
    public static ImageLabel None { get; } = new(null, null, null, null);
}

/// <summary>
/// A labels file: CSV whose first record names columns, of which file is needed and label, source, split and patient are used. Files are named by their path below the data set, below
/// the folder of the labels file, or by their name alone where that is the only one.
/// </summary>
internal sealed class LabelTable
{
    /// <summary>The most records that are read.</summary>
    public const int MostRecords = 2_000_000;

    private static readonly string[][] Names =
    [
        ["file", "filename", "file name", "path", "image", "image index", "image_path", "imagepath"], ["label", "labels", "class", "target", "finding", "finding labels", "diagnosis"],
        ["source", "site", "origin", "dataset", "institution"], ["split", "subset", "fold", "partition", "set"], ["patient", "patient id", "patientid", "patient_id", "subject", "subject id", "subject_id"],
    ];

    private readonly Dictionary<string, ImageLabel> _byPath = new(StringComparer.Ordinal);
    private readonly Dictionary<string, string?> _byName = new(StringComparer.Ordinal); // path of the only record with this name; null where there are several
    private readonly HashSet<string> _used = new(StringComparer.Ordinal);

    /// <summary>No labels.</summary>
    public static LabelTable Empty { get; } = new();

    /// <summary>Records of the file.</summary>
    public int Count => _byPath.Count;

    /// <summary>Records that name a file again with something else in them.</summary>
    public int Contradictions { get; private set; }

    /// <summary>Records of which no image was found.</summary>
    public int Unused => _byPath.Count - _used.Count;

    /// <summary>Where the folder of the labels file lies below the data set: "train/" or empty.</summary>
    private string _prefix = "";

    /// <summary>Reads a labels file.</summary>
    /// <exception cref="FaultException">It cannot be read, is no CSV, or has no column 'file'.</exception>
    public static LabelTable Read(string path, string root)
    {
        if (!File.Exists(path)) throw FaultException.World("not-found", path, "does not exist", "check the name");
        try
        {
            using var text = new StreamReader(path, new UTF8Encoding(false, throwOnInvalidBytes: true), detectEncodingFromByteOrderMarks: true);
            string below = Path.GetRelativePath(Path.GetFullPath(root), Path.GetDirectoryName(Path.GetFullPath(path))!).Replace('\\', '/');
            return Read(text, below == "." || below.StartsWith("..", StringComparison.Ordinal) || Path.IsPathRooted(below) ? "" : below + "/");
        }
        catch (FormatException e)
        {
            throw FaultException.Bad("labels", path, e.Message, "name a CSV file with the columns file, label, source, split, patient");
        }
        catch (DecoderFallbackException)
        {
            throw FaultException.Bad("labels", path, "is not UTF-8", "name a CSV file with the columns file, label, source, split, patient");
        }
    }

    /// <summary>Reads labels.</summary>
    /// <exception cref="FormatException">No CSV, or no column 'file'.</exception>
    public static LabelTable Read(TextReader text, string prefix)
    {
        var table = new LabelTable { _prefix = prefix };
        var csv = new CsvReader(text);
        List<string> header = csv.Next() ?? throw new FormatException("is empty");
        int[] columns = [.. Names.Select(names => header.FindIndex(field => names.Contains(field.Trim(), StringComparer.OrdinalIgnoreCase)))];
        if (columns[0] < 0) throw new FormatException("has no column 'file' in its first line");
        while (csv.Next() is { } record)
        {
            if (csv.Record > MostRecords) throw new FormatException($"has more than {MostRecords} records");
            string file = Field(0)?.Replace('\\', '/') ?? "";
            while (file.StartsWith("./", StringComparison.Ordinal)) file = file[2..];
            if (file.Length == 0) continue;
            var label = new ImageLabel(Field(1), Field(2), Field(3) is { } split ? SplitNames.Of(split) ?? split : null, Field(4));
            if (!table._byPath.TryAdd(file, label))
            {
                if (table._byPath[file] != label) table.Contradictions++;
                continue;
            }
            string name = file[(file.LastIndexOf('/') + 1)..];
            if (!table._byName.TryAdd(name, file)) table._byName[name] = null;

            string? Field(int which) => columns[which] >= 0 && columns[which] < record.Count && record[columns[which]].Trim() is { Length: > 0 } field ? field : null;
        }
        return table;
    }

    /// <summary>What it says of a file, by its path below the data set. Used by one thread.</summary>
    public ImageLabel Of(string path)
    {
        if (_byPath.Count == 0) return ImageLabel.None;
        if (Take(path) is { } exact) return exact;
        if (_prefix.Length > 0 && path.StartsWith(_prefix, StringComparison.Ordinal) && Take(path[_prefix.Length..]) is { } beside) return beside;
        return _byName.GetValueOrDefault(path[(path.LastIndexOf('/') + 1)..]) is { } only && (only.IndexOf('/') < 0 || path.EndsWith("/" + only, StringComparison.Ordinal)) ? Take(only)! : ImageLabel.None;

        ImageLabel? Take(string key)
        {
            if (!_byPath.TryGetValue(key, out ImageLabel? label)) return null;
            _used.Add(key);
            return label;
        }
    }
}

/// <summary>The usual names of the parts of a data set.</summary>
internal static class SplitNames
{
    private static readonly Dictionary<string, string> Words = new(StringComparer.OrdinalIgnoreCase)
    {
        ["train"] = "train", ["training"] = "train", ["val"] = "validation", ["valid"] = "validation", ["validation"] = "validation", ["validate"] = "validation", ["dev"] = "validation",
        ["tune"] = "validation", ["tuning"] = "validation", ["test"] = "test", ["testing"] = "test", ["holdout"] = "holdout", ["heldout"] = "holdout", ["hold"] = "holdout",
        ["calibrate"] = "calibrate", ["calibration"] = "calibrate",
    };

    /// <summary>The part that a word names, such as 'train' for Training or train_images; null where it names none.</summary>
    public static string? Of(string name)
    {
        foreach (string word in name.Split(['-', '_', '.', ' '], StringSplitOptions.RemoveEmptyEntries))
        {
            if (Words.TryGetValue(word, out string? split)) return split;
        }
        return null;
    }

    /// <summary>The part in whose folder a file stands: the innermost folder that names one.</summary>
    /// <param name="path">Path below the data set, with '/'.</param>
    public static string? OfPath(string path)
    {
        string[] parts = path.Split('/');
        for (int i = parts.Length - 2; i >= 0; i--)
        {
            if (Of(parts[i]) is { } split) return split;
        }
        return null;
    }

    /// <summary>The folder of a file where that is no part of the data set: the label in data sets laid out by folders.</summary>
    public static string? FolderLabel(string path)
    {
        string[] parts = path.Split('/');
        return parts.Length > 1 && Of(parts[^2]) is null ? parts[^2] : null;
    }
}
