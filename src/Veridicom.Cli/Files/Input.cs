using System.IO.Compression;
using Microsoft.Win32.SafeHandles;
using Veridicom.Dicom;

namespace Veridicom.Cli.Files;

/// <summary>One file to work on: of the disk, or an entry of an archive; or the reason why there is none.</summary>
public abstract class Input
{
    /// <summary>The name by which results speak of it: as the user gave it, or below the folder or archive that the user gave. Not escaped.</summary>
    public required string Name { get; init; }

    /// <summary>
    /// Where an output of it goes below an output folder: parts joined by '/', none of them "..", none from an archive without being cleaned.
    /// </summary>
    public required string Relative { get; init; }

    private readonly string? _listed;

    /// <summary>
    /// The path by which lists speak of it: below the folder or archive that the user gave, as it stands there. An archive in a folder counts as a folder of its name. Unlike
    /// <see cref="Relative"/> nothing of it is replaced, so that different names stay different: never used to open or write anything.
    /// </summary>
    public string Listed { get => _listed ?? Relative; init => _listed = value; }

    /// <summary>True where the user named this very file, and did not only name a folder or an archive that holds it.</summary>
    public bool IsNamed { get; init; }

    /// <summary>Its place among the inputs of a run, from 1; 0 outside of one.</summary>
    public int Position { get; internal set; }

    /// <summary>The file on the disk, null for an entry of an archive.</summary>
    public virtual string? FilePath => null;

    /// <summary>What tells it from every other input, however the two were named.</summary>
    public virtual string Place => FilePath is { } path ? Path.GetFullPath(path) : Name;

    /// <summary>The folder in which it stands, of the disk or of its archive.</summary>
    public string Folder => FilePath is { } path ? Path.GetDirectoryName(Path.GetFullPath(path)) ?? "" : Name[..Math.Max(0, Name.LastIndexOfAny(['/', '\\', '!']))];

    /// <summary>Opens it into the buffers of a worker.</summary>
    public abstract OpenedFile Open(FileBuffers buffers);

    /// <summary>The bytes of the seal that stands beside it as FILE.seal; null where none does.</summary>
    public abstract ReadOnlyMemory<byte>? ReadSeal();

    /// <summary>Told once the worker is done with it.</summary>
    public virtual void Done() { }
}

/// <summary>A file of the disk.</summary>
public sealed class DiskInput(string path) : Input
{
    /// <summary>The longest FILE.seal that is read, in bytes.</summary>
    public const int LongestSeal = 64 << 20;

    /// <inheritdoc/>
    public override string FilePath => path;

    /// <inheritdoc/>
    public override OpenedFile Open(FileBuffers buffers)
    {
        if (Directory.Exists(path)) throw FaultException.World("name", null, "is a folder", "name a file");
        return buffers.Open(path);
    }

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte>? ReadSeal() => ReadSeal(path + ".seal");

    /// <summary>The bytes of a seal file; null where it does not exist.</summary>
    public static ReadOnlyMemory<byte>? ReadSeal(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists) return null;
        if (file.LinkTarget is not null) file = file.ResolveLinkTarget(returnFinalTarget: true) as FileInfo ?? file;
        // pipes and devices have no length: to open one could wait for ever, or read without end
        if (!file.Exists || file.Length == 0) throw FaultException.Bad("seal-empty", path, "is empty, or no regular file", "fetch the seal again, or remove it");
        if (file.Length > LongestSeal) throw FaultException.Bad("seal-too-long", path, $"is longer than {LongestSeal} bytes", "no seal is that long: look where it came from");
        using SafeFileHandle handle = File.OpenHandle(file.FullName, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        var bytes = new byte[file.Length];
        FileBuffers.ReadFully(handle, bytes, 0);
        return bytes;
    }
}

/// <summary>A file that cannot be had: the listing of its folder, archive or DICOMDIR said why.</summary>
public sealed class MissingInput(Fault fault) : Input
{
    /// <inheritdoc/>
    public override OpenedFile Open(FileBuffers buffers) => throw new FaultException(fault);

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte>? ReadSeal() => null;
}

/// <summary>An entry of a zip archive.</summary>
public sealed class ArchiveInput : Input
{
    private readonly Archive _archive;
    private readonly ZipArchiveEntry _entry;
    private readonly ZipArchiveEntry? _seal;
    private readonly int _number;

    internal ArchiveInput(Archive archive, ZipArchiveEntry entry, int number, ZipArchiveEntry? seal)
    {
        (_archive, _entry, _number, _seal) = (archive, entry, number, seal);
        archive.Hold();
    }

    /// <inheritdoc/>
    /// <remarks>Several entries may have one name: programs that unpack them keep the one or the other.</remarks>
    public override string Place => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Name}!{_number}");

    /// <inheritdoc/>
    public override OpenedFile Open(FileBuffers buffers) => _archive.Open(_entry, buffers);

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte>? ReadSeal() => _seal is null ? (ReadOnlyMemory<byte>?)null : _archive.ReadSmall(_seal, DiskInput.LongestSeal);

    /// <inheritdoc/>
    public override void Done() => _archive.Release();
}
