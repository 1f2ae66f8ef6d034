using Veridicom.Cli.Files;
using Veridicom.Forensics.Calibration;

namespace Veridicom.Cli.Home;

/// <summary>Thresholds that sites set on their own images: $VERIDICOM_HOME/sites/NAME.json, for their owner only.</summary>
internal sealed class SiteFolder(Surroundings surroundings)
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>The folder.</summary>
    public string Folder { get; } = Path.Combine(surroundings.HomeFolder, "sites");

    /// <summary>The file of a site.</summary>
    /// <exception cref="FaultException">The name is none.</exception>
    public string PathOf(string name) => SiteThresholds.IsName(name)
        ? Path.Combine(Folder, name + ".json")
        : throw FaultException.Usage($"'{name}' is no name of a site", $"small letters, digits and hyphens, at most {SiteThresholds.LongestName}, not 'shipped'");

    /// <summary>The thresholds of a site, set by this very model.</summary>
    /// <exception cref="FaultException">There are none, they are damaged, or another model set them.</exception>
    public SiteThresholds Read(string name, string model)
    {
        string path = PathOf(name), remedy = $"set them: veridicom detect calibrate DIR --site {name}";
        var file = new FileInfo(path);
        if (!file.Exists) throw FaultException.World("no-site", path, "there are no thresholds of this site", remedy);
        if (!OperatingSystem.IsWindows() && (File.GetUnixFileMode(path) & (UnixFileMode.GroupWrite | UnixFileMode.OtherWrite)) != 0)
            throw FaultException.World("mode", path, "others may write the thresholds", "chmod 600 it, and set them anew if others may have changed them");
        if (file.Length > SiteThresholds.LongestForm) throw FaultException.World("site", path, "is too long for thresholds of a site", remedy);
        SiteThresholds site;
        try
        {
            site = SiteThresholds.Read(File.ReadAllBytes(path));
        }
        catch (FormatException e)
        {
            throw FaultException.World("site", path, e.Message, remedy);
        }
        if (site.Thresholds.Site != name) throw FaultException.World("site", path, $"holds the thresholds of '{site.Thresholds.Site}'", remedy);
        if (site.Model != model)
            throw FaultException.World("site-model", path, $"was set with model {site.Model}, whose scores mean something else; this is model {model}", $"set them anew: veridicom detect calibrate DIR --site {name}");
        return site;
    }

    /// <summary>Keeps the thresholds of a site in the place of earlier ones.</summary>
    public string Write(SiteThresholds site, CancellationToken stop)
    {
        string path = PathOf(site.Thresholds.Site);
        if (OperatingSystem.IsWindows()) Directory.CreateDirectory(Folder);
        else Directory.CreateDirectory(Folder, OwnerOnly | UnixFileMode.UserExecute);
        byte[] form = site.Write();
        var output = new AtomicOutput(stop);
        output.Write(path, stream => stream.Write(form), replace: true, OwnerOnly);
        output.Complete();
        return path;
    }
}
