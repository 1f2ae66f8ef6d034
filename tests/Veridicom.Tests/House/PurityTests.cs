using Xunit;

namespace Veridicom.Tests.House;

/// <summary>
/// The kernel is pure: Dicom, Pixels, Seals and Forensics touch no file, network, clock, process or ambient randomness. Whatever they
/// need of the world is handed to them, so that the same bytes give the same verdict everywhere.
/// </summary>
public sealed class PurityTests
{
    // Types of which no member may be used. A name that ends in '.' is a namespace with all below it.
    private static readonly string[] ForbiddenTypes =
    [
        "System.Console", "System.Environment", "System.Random",
        "System.Diagnostics.Process", "System.Diagnostics.ProcessStartInfo", "System.Diagnostics.Stopwatch",
        "System.IO.Directory", "System.IO.DirectoryInfo", "System.IO.DriveInfo", "System.IO.File", "System.IO.FileInfo",
        "System.IO.FileStream", "System.IO.FileSystemInfo", "System.IO.FileSystemWatcher", "System.IO.RandomAccess",
        "System.IO.MemoryMappedFiles.", "System.IO.Pipes.", "System.Net.",
        "System.Security.Cryptography.RandomNumberGenerator",
        "System.Security.Cryptography.X509Certificates.X509Store",
    ];

    // Members of types that are otherwise free to use.
    private static readonly string[] ForbiddenMembers =
    [
        "System.DateTime.get_Now", "System.DateTime.get_Today", "System.DateTime.get_UtcNow",
        "System.DateTimeOffset.get_Now", "System.DateTimeOffset.get_UtcNow", "System.TimeProvider.get_System",
        "System.Guid.NewGuid", "System.Guid.CreateVersion7",
        "System.IO.Path.GetTempPath", "System.IO.Path.GetTempFileName", "System.IO.Path.GetRandomFileName",
        "System.Threading.Thread.Sleep", "System.Threading.Tasks.Task.Delay",
    ];

    // What the compiler itself writes into every iterator, to know whether it is enumerated a second time.
    private const string InIterators = "System.Environment.get_CurrentManagedThreadId";

    // The one place where the kernel meets the world: 'type of ours -> type used'. Each line says why.
    private static readonly string[] Excepted = [];

    [Theory]
    [InlineData("Veridicom.Dicom")]
    [InlineData("Veridicom.Pixels")]
    [InlineData("Veridicom.Seals")]
    [InlineData("Veridicom.Forensics")]
    public void The_kernel_touches_nothing_outside(string project)
    {
        var impure = CompiledAssembly.ForeignUses(CompiledAssembly.PathOf(project))
            .Where(use => IsForbidden(use) && !Excepted.Contains($"{use.Caller} -> {use.Type}"));

        Findings.None(impure, $"{project} touches the world");
    }

    [Fact]
    public void Each_exception_is_still_needed()
    {
        var used = new[] { "Veridicom.Dicom", "Veridicom.Pixels", "Veridicom.Seals", "Veridicom.Forensics" }
            .SelectMany(project => CompiledAssembly.ForeignUses(CompiledAssembly.PathOf(project)))
            .Select(use => $"{use.Caller} -> {use.Type}");

        Findings.None(Excepted.Except(used), "exceptions that nothing needs any more");
    }

    [Fact]
    public void The_scan_sees_what_it_forbids()
    {
        // These tests use files, the environment and processes themselves: a scan that finds nothing here is blind.
        var found = CompiledAssembly.ForeignUses(typeof(PurityTests).Assembly.Location)
            .Where(IsForbidden)
            .Select(use => use.Type)
            .ToHashSet();

        Assert.Superset(
            new HashSet<string> { "System.IO.File", "System.IO.Directory", "System.Environment", "System.Diagnostics.Process" },
            found);
    }

    private static bool IsForbidden(MemberUse use) =>
        $"{use.Type}.{use.Member}" != InIterators
        && (ForbiddenMembers.Contains($"{use.Type}.{use.Member}")
            || ForbiddenTypes.Any(name => name.EndsWith('.')
                ? use.Type.StartsWith(name, StringComparison.Ordinal)
                : use.Type == name));
}
