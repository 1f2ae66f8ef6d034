using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>
/// What was sealed once must verify for ever: the files of tests/vectors/seal, through every way of reading. They are made anew only by
/// dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*Make_the_seal_vectors'
/// </summary>
public sealed class SealVectorTests
{
    private static readonly string Folder = Repository.PathOf("tests", "vectors", "seal");
    private static readonly Dictionary<string, JsonElement> Manifest = File.ReadAllLines(Path.Combine(Folder, "manifest.jsonl"))
        .Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(e => e.GetProperty("file").GetString()!, StringComparer.Ordinal);
    private static readonly VerifyOptions Options = new()
    {
        Trust = TrustList.Create(PemBlocks.Read(File.ReadAllText(Path.Combine(Folder, "root.pem"))).Select(b => (ReadOnlyMemory<byte>)b.Der)), Now = SealVectorGenerator.At,
    };

    public static TheoryData<string> Files => [.. Manifest.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Manifest_and_folder_agree()
    {
        Assert.True(Manifest.Count >= 80);
        Assert.Equal(Directory.GetFiles(Folder, "*.dcm").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal), Manifest.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_is_judged_as_the_manifest_says(string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, name));
        string beside = Path.Combine(Folder, name + ".seal");
        ReadOnlyMemory<byte>? seal = File.Exists(beside) ? (ReadOnlyMemory<byte>?)File.ReadAllBytes(beside) : null;
        var poisoned = new PoisonedSource(new MemorySource(bytes));
        foreach (ByteSource source in new ByteSource[] { new MemorySource(bytes), poisoned })
        {
            Verdict verdict = Verifier.Verify(source, seal, Options);

            Assert.Equal(Manifest[name].GetProperty("expect").GetString(), verdict.Kind.Word());
            Assert.Equal(Manifest[name].GetProperty("exitCode").GetInt32(), verdict.ExitCode);
            var parts = Manifest[name].GetProperty("parts").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString());
            Assert.Equal(parts, verdict.Parts.ToDictionary(p => p.Key.Word(), p => (string?)p.Value.Word()));
        }
        Assert.InRange(poisoned.Longest, 1, bytes.Length);
    }

    [Fact(Explicit = true)]
    public void Make_the_seal_vectors() => new SealVectorGenerator(Folder).Run();
}
