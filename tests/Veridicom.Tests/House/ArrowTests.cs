using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Xml.Linq;
using Xunit;

namespace Veridicom.Tests.House;

/// <summary>Arrows between projects go one way: Dicom &lt;- Pixels &lt;- Seals &lt;- Reports, Registry &lt;- Gateway &lt;- Cli; Dicom &lt;- Dimse &lt;- Gateway; Pixels &lt;- OpenJpeg &lt;- Cli; Seals &lt;- Forensics &lt;- Cli.</summary>
public sealed class ArrowTests
{
    // For each project what it may refer to: projects, then packages. The kernel takes nothing from outside.
    private static readonly Dictionary<string, (string[] Projects, string[] Packages)> Allowed = new()
    {
        ["Veridicom.Dicom"] = ([], []),
        ["Veridicom.Pixels"] = (["Veridicom.Dicom"], []),
        ["Veridicom.OpenJpeg"] = (["Veridicom.Dicom", "Veridicom.Pixels"], []),
        ["Veridicom.Seals"] = (["Veridicom.Dicom", "Veridicom.Pixels"], []),
        ["Veridicom.Reports"] = (["Veridicom.Dicom", "Veridicom.Pixels", "Veridicom.Seals"], []),
        ["Veridicom.Forensics"] = (["Veridicom.Dicom", "Veridicom.Pixels", "Veridicom.Seals"], []),
        ["Veridicom.Dimse"] = (["Veridicom.Dicom"], []),
        ["Veridicom.Registry"] = (
            ["Veridicom.Dicom", "Veridicom.Pixels", "Veridicom.Seals"],
            ["Dapper", "Microsoft.Data.Sqlite", "Npgsql", "System.Security.Cryptography.Pkcs"]),
        ["Veridicom.Gateway"] = (
            ["Veridicom.Dicom", "Veridicom.Pixels", "Veridicom.Seals", "Veridicom.Reports", "Veridicom.Dimse", "Veridicom.Registry"],
            ["Microsoft.AspNetCore.OpenApi", "Microsoft.IdentityModel.JsonWebTokens", "Microsoft.IdentityModel.Tokens", "Microsoft.OpenApi"]),
        ["Veridicom.Cli"] = (
            ["Veridicom.Dicom", "Veridicom.Pixels", "Veridicom.OpenJpeg", "Veridicom.Seals", "Veridicom.Reports", "Veridicom.Forensics", "Veridicom.Dimse", "Veridicom.Registry", "Veridicom.Gateway"],
            ["System.CommandLine", "System.Security.Cryptography.Pkcs"]),
    };

    public static TheoryData<string> Projects => [.. Allowed.Keys];

    [Fact]
    public void Every_project_has_its_place_in_the_table()
    {
        var found = Directory.GetFiles(Repository.PathOf("src"), "*.csproj", SearchOption.AllDirectories)
            .Select(Path.GetFileNameWithoutExtension);

        Assert.Equal(Allowed.Keys.Order(), found.Order());
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_file_refers_only_to_what_it_may(string project)
    {
        var file = XDocument.Load(Repository.PathOf("src", project, project + ".csproj"));
        var (projects, packages) = Allowed[project];

        Findings.None(Included(file, "ProjectReference").Select(path => Path.GetFileNameWithoutExtension(path)).Except(projects), "projects");
        Findings.None(Included(file, "PackageReference").Except(packages), "packages");
    }

    [Theory]
    [MemberData(nameof(Projects))]
    public void An_assembly_refers_only_to_what_it_may(string project)
    {
        using var image = new PEReader(File.OpenRead(CompiledAssembly.PathOf(project)));
        var metadata = image.GetMetadataReader();
        var references = metadata.AssemblyReferences
            .Select(handle => metadata.GetString(metadata.GetAssemblyReference(handle).Name))
            .ToList();

        var (projects, packages) = Allowed[project];
        Findings.None(references.Where(IsOurs).Except(projects), "projects");
        Findings.None(references.Where(name => !IsOurs(name) && !IsPlatform(name)).Except(packages), "packages");
    }

    private static IEnumerable<string> Included(XDocument project, string item) =>
        project.Descendants(item).Select(element => element.Attribute("Include")!.Value);

    private static bool IsOurs(string assembly) => assembly.StartsWith("Veridicom.", StringComparison.OrdinalIgnoreCase);

    // What stands beside the runtime itself, or beside the web server that comes with it, is the platform; what was restored lies beside the tests.
    private static bool IsPlatform(string assembly) => new[] { typeof(object), typeof(Microsoft.AspNetCore.Http.HttpContext) }
        .Any(type => File.Exists(Path.Combine(Path.GetDirectoryName(type.Assembly.Location)!, assembly + ".dll")));
}
