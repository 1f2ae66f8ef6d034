using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>
/// Sealed pictures in every encoding that is decoded in this process, as DCMTK and GDCM wrote them, and attacks on them. The files of
/// tests/vectors/pixels are made anew only by
/// dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*Make_the_pixel_vectors'
/// </summary>
public sealed class PixelVectorTests
{
    private static readonly string Folder = Repository.PathOf("tests", "vectors", "pixels");
    private static readonly Dictionary<string, JsonElement> Manifest = File.ReadAllLines(Path.Combine(Folder, "manifest.jsonl"))
        .Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(e => e.GetProperty("file").GetString()!, StringComparer.Ordinal);
    private static readonly VerifyOptions Options = new()
    {
        Trust = TrustList.Create(PemBlocks.Read(File.ReadAllText(Path.Combine(Folder, "root.pem"))).Select(b => (ReadOnlyMemory<byte>)b.Der)), Now = PixelVectorGenerator.At,
    };

    public static TheoryData<string> Files => [.. Manifest.Keys.Order(StringComparer.Ordinal)];

    [Fact]
    public void Manifest_and_folder_agree()
    {
        Assert.True(Manifest.Count >= 40);
        Assert.Equal(Directory.GetFiles(Folder, "*.dcm").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal), Manifest.Keys.Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_is_judged_as_the_manifest_says(string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Folder, name));
        foreach (ByteSource source in new ByteSource[] { new MemorySource(bytes), new PoisonedSource(new MemorySource(bytes)) })
        {
            Verdict verdict = Verifier.Verify(source, null, Options);

            Assert.True(Manifest[name].GetProperty("expect").GetString() == verdict.Kind.Word(), SealKit.Say(verdict));
            Assert.Equal(Manifest[name].GetProperty("exitCode").GetInt32(), verdict.ExitCode);
            var parts = Manifest[name].GetProperty("parts").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString());
            Assert.Equal(parts, verdict.Parts.ToDictionary(p => p.Key.Word(), p => (string?)p.Value.Word()));
            Assert.Equal(Manifest[name].GetProperty("boxes").EnumerateArray().Select(b => b.GetString()), verdict.Reasons.Where(r => r.Box is not null).Select(r => $"{r.Box!.Value.Frame}:{r.Box.Value.Column},{r.Box.Value.Row}"));
        }
    }

    [Fact(Explicit = true)]
    public void Make_the_pixel_vectors() => new PixelVectorGenerator(Folder).Run();
}
