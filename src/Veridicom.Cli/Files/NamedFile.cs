using Veridicom.Dicom;

namespace Veridicom.Cli.Files;

/// <summary>A single file that the user named, for commands that take one or two and not many; each fault carries its name.</summary>
public static class NamedFile
{
    /// <summary>Opens it.</summary>
    /// <exception cref="FaultException">It cannot be had.</exception>
    public static OpenedFile Open(string path)
    {
        try
        {
            return new DiskInput(path) { Name = path, Relative = "" }.Open(new FileBuffers(2));
        }
        catch (Exception e) when (Fault.From(e, path) is { } fault)
        {
            throw new FaultException(fault);
        }
    }

    /// <summary>Parses it.</summary>
    /// <exception cref="FaultException">It is not DICOM, or broken.</exception>
    public static DicomFile Parse(string path, OpenedFile opened)
    {
        ArgumentNullException.ThrowIfNull(opened);
        try
        {
            return DicomFile.Parse(opened.Source);
        }
        catch (DicomException e)
        {
            throw new FaultException(Fault.From(e, path)!);
        }
    }
}
