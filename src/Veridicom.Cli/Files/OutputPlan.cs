namespace Veridicom.Cli.Files;

/// <summary>Where the outputs of a command go: into a folder, in place of the inputs, or beside them.</summary>
public sealed class OutputPlan
{
    private readonly string? _folder;
    private readonly bool _detached;

    private OutputPlan(string? folder, bool inPlace, bool detached)
    {
        _folder = folder;
        IsInPlace = inPlace;
        _detached = detached;
    }

    /// <summary>Each file is replaced.</summary>
    public bool IsInPlace { get; }

    /// <summary>The output folder, null without one.</summary>
    public string? Folder => _folder;

    /// <summary>Detached seals stand beside their files.</summary>
    public bool IsBeside => _detached && _folder is null;

    /// <summary>Exactly one place must be named, and an output folder must not lie within a folder that is walked.</summary>
    public static OutputPlan Of(string? folder, bool inPlace, bool detached, IReadOnlyList<string> paths)
    {
        if (inPlace && (detached || folder is not null)) throw FaultException.Usage("--in-place stands alone", "choose one of --out DIR, --in-place and --detached");
        if (!inPlace && !detached && folder is null) throw FaultException.Usage("where shall the output go?", "name --out DIR or --in-place");
        if (folder is not null)
        {
            if (File.Exists(folder)) throw FaultException.Usage($"'{folder}' is a file", "name a folder");
            string full = WithSlash(folder);
            foreach (string path in paths)
            {
                if (Directory.Exists(path) && full.StartsWith(WithSlash(path), StringComparison.Ordinal))
                    throw FaultException.Usage($"the output folder '{folder}' lies within '{path}', which is walked", "choose a folder outside of it");
            }
        }
        return new OutputPlan(folder, inPlace, detached);
    }

    /// <summary>The output of one input.</summary>
    public string TargetOf(Input input)
    {
        if (_folder is not null) return Path.Combine(_folder, input.Relative + (_detached ? ".seal" : ""));
        if (input.FilePath is not { } path)
            throw FaultException.World("archive", null, "stands in an archive, which is not changed", "name --out DIR");
        if (!_detached) return path;
        AtomicOutput.Demand(Path.GetFullPath(path + ".seal"), path + ".seal", replace: true);
        return path + ".seal";
    }

    private static string WithSlash(string path) => Path.TrimEndingDirectorySeparator(Path.GetFullPath(path)) + Path.DirectorySeparatorChar;
}
