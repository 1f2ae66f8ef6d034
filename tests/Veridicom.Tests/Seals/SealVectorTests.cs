using Veridicom.Dicom;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>
/// What was sealed once must verify for ever: the files of tests/vectors/seal, through every way of reading. They are made anew only by
/// dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*Make_the_seal_vectors'
/// </summary>
public sealed class SealVectorTests
{
    private static readonly SealVectors Vectors = new("seal", SealVectorGenerator.At);

    public static TheoryData<string> Files => Vectors.Files;

    [Fact]
    public void Manifest_and_folder_agree() => Vectors.AssertComplete(80);

    [Theory]
    [MemberData(nameof(Files))]
    public void A_file_is_judged_as_the_manifest_says(string name)
    {
        byte[] bytes = File.ReadAllBytes(Path.Combine(Vectors.Folder, name));
        string beside = Path.Combine(Vectors.Folder, name + ".seal");
        ReadOnlyMemory<byte>? seal = File.Exists(beside) ? (ReadOnlyMemory<byte>?)File.ReadAllBytes(beside) : null;
        var poisoned = new PoisonedSource(new MemorySource(bytes));
        foreach (ByteSource source in new ByteSource[] { new MemorySource(bytes), poisoned })
        {
            Verdict verdict = Verifier.Verify(source, seal, Vectors.Options);

            Vectors.AssertJudged(name, verdict);
        }
        Assert.InRange(poisoned.Longest, 1, bytes.Length);
    }

    [Fact(Explicit = true)]
    public void Make_the_seal_vectors() => new SealVectorGenerator(Vectors.Folder).Run();
}
