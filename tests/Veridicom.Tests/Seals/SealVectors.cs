using System.Text.Json;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>A folder of sealed files with its manifest.jsonl and its root.pem, which must verify for ever.</summary>
internal sealed class SealVectors(string name, DateTimeOffset at)
{
    /// <summary>The folder.</summary>
    public string Folder { get; } = Repository.PathOf("tests", "vectors", name);

    /// <summary>What the manifest says of each file.</summary>
    public Dictionary<string, JsonElement> Manifest { get; } = File.ReadAllLines(Repository.PathOf("tests", "vectors", name, "manifest.jsonl"))
        .Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(e => e.GetProperty("file").GetString()!, StringComparer.Ordinal);

    /// <summary>Trust in root.pem, at the time of sealing.</summary>
    public VerifyOptions Options { get; } = new()
    {
        Trust = TrustList.Create(PemBlocks.Read(File.ReadAllText(Repository.PathOf("tests", "vectors", name, "root.pem"))).Select(b => (ReadOnlyMemory<byte>)b.Der)), Now = at,
    };

    public TheoryData<string> Files => [.. Manifest.Keys.Order(StringComparer.Ordinal)];

    public void AssertComplete(int least)
    {
        Assert.True(Manifest.Count >= least);
        Assert.Equal(Directory.GetFiles(Folder, "*.dcm").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal), Manifest.Keys.Order(StringComparer.Ordinal));
    }

    public void AssertJudged(string file, Verdict verdict)
    {
        Assert.True(Manifest[file].GetProperty("expect").GetString() == verdict.Kind.Word(), SealKit.Say(verdict));
        Assert.Equal(Manifest[file].GetProperty("exitCode").GetInt32(), verdict.ExitCode);
        var parts = Manifest[file].GetProperty("parts").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString());
        Assert.Equal(parts, verdict.Parts.ToDictionary(p => p.Key.Word(), p => (string?)p.Value.Word()));
    }
}
