using Veridicom.Dicom;
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
    private static readonly SealVectors Vectors = new("pixels", PixelVectorGenerator.At);

    public static TheoryData<string> Files => Vectors.Files;

    [Fact]
    public void Manifest_and_folder_agree() => Vectors.AssertComplete(40);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_is_judged_as_the_manifest_says(string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Vectors.Folder, name));
        foreach (ByteSource source in new ByteSource[] { new MemorySource(bytes), new PoisonedSource(new MemorySource(bytes)) })
        {
            Verdict verdict = Verifier.Verify(source, null, Vectors.Options);

            Vectors.AssertJudged(name, verdict);
            Assert.Equal(Vectors.Manifest[name].GetProperty("boxes").EnumerateArray().Select(b => b.GetString()), verdict.Reasons.Where(r => r.Box is not null).Select(r => $"{r.Box!.Value.Frame}:{r.Box.Value.Column},{r.Box.Value.Row}"));
        }
    }

    [Fact(Explicit = true)]
    public void Make_the_pixel_vectors() => new PixelVectorGenerator(Vectors.Folder).Run();
}
