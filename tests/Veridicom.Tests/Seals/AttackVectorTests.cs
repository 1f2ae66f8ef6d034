using System.Text.Json;
using Veridicom.Dicom;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Xunit;

namespace Veridicom.Tests.Seals;

/// <summary>
/// The files of tests/vectors/attacks. Each is judged as its manifest says, and, whatever the manifest says, as is wanted of its row of the
/// catalogue of attacks. They are made anew only by
/// dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*Make_the_attack_vectors'
/// </summary>
public sealed class AttackVectorTests
{
    private const VerdictKind Unverifiable = VerdictKind.Unverifiable, Altered = VerdictKind.Altered, Untrusted = VerdictKind.Untrusted, Partial = VerdictKind.Partial,
        Extended = VerdictKind.Extended, Unsealed = VerdictKind.Unsealed;

    /// <summary>What is wanted of each row: under a signature of PS3.15 alone, and under a seal.</summary>
    private static readonly Dictionary<string, (VerdictKind[] Signature, VerdictKind[] Seal)> Wanted = new()
    {
        ["A1"] = ([Unsealed], [Unsealed]),
        ["A2"] = ([Partial], [Altered, Extended]),
        ["A3"] = ([Partial], [Altered]),
        ["A4"] = ([Partial], [Altered]),
        ["A5"] = ([Partial], [Altered]),
        ["A6"] = ([Unverifiable], [Unverifiable, Altered]),
        ["A7"] = ([Partial, Unsealed], [Altered, Extended]),
        ["A8"] = ([Partial], [Altered]),
        ["A9"] = ([Partial], [Altered]),
        ["A10"] = ([Partial, Unsealed], [Altered, Extended]),
        ["A11"] = ([Unverifiable], [Unverifiable, Altered]),
        ["A12"] = ([Untrusted, Partial], [Untrusted]),
        ["A13"] = ([Untrusted, Partial], [Untrusted]),
        ["A14"] = ([Untrusted, Partial], [Untrusted]),
        ["A15"] = ([Untrusted, Partial], [Untrusted]),
        ["B1"] = ([Unverifiable], [Unverifiable, Altered]),
        ["B2"] = ([Unverifiable], [Unverifiable, Altered]),
        ["B3"] = ([Unverifiable], [Unverifiable, Altered]),
        ["B4"] = ([Partial], [Altered, Extended]),
        ["B5"] = ([Partial], [Altered, Extended]),
        ["B6"] = ([Partial], [Altered, Extended]),
        ["B7"] = ([Partial], [Altered, Extended]),
        ["B8"] = ([Partial], [Altered, Extended]),
        ["C1"] = ([Partial], [Altered, Extended]),
        ["C2"] = ([Partial], [Altered, Extended]),
        ["C3"] = ([Partial], [Altered, Extended]),
        ["E"] = ([Unverifiable], [Unverifiable]),
    };

    private static readonly string Folder = Repository.PathOf("tests", "vectors", "attacks");
    private static readonly Dictionary<string, JsonElement> Manifest = File.ReadAllLines(Path.Combine(Folder, "manifest.jsonl"))
        .Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement).ToDictionary(e => Text(e, "file"), StringComparer.Ordinal);
    private static readonly VerifyOptions Options = new()
    {
        Trust = TrustList.Create(PemBlocks.Read(File.ReadAllText(Path.Combine(Folder, "root.pem"))).Select(b => (ReadOnlyMemory<byte>)b.Der)), Now = SealKit.Now,
    };

    public static TheoryData<string> Files => [.. Manifest.Keys];

    [Fact]
    public void Every_row_has_a_vector_under_a_signature_and_under_a_seal()
    {
        Assert.Equal(Directory.GetFiles(Folder, "*.dcm").Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal), Manifest.Keys.Order(StringComparer.Ordinal));
        foreach (string row in Wanted.Keys)
        {
            foreach (string under in (string[])["signature", "seal"]) Assert.Contains(Manifest.Values, v => Text(v, "attack") == row && Text(v, "under") == under);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void An_attack_gets_the_verdict_that_is_wanted(string name)
    {
        JsonElement vector = Manifest[name];
        Verdict verdict = Verifier.Verify(new MemorySource(File.ReadAllBytes(Path.Combine(Folder, name))), null, Options);
        (VerdictKind[] signature, VerdictKind[] seal) = Wanted[Text(vector, "attack")];
        Assert.True((Text(vector, "under") == "seal" ? seal : signature).Contains(verdict.Kind), $"{name}: {SealKit.Say(verdict)}");
        Assert.Equal(Text(vector, "expect"), verdict.Kind.Word());
        Assert.Equal(vector.GetProperty("exitCode").GetInt32(), verdict.ExitCode);
        Assert.Equal(vector.GetProperty("parts").EnumerateObject().ToDictionary(p => p.Name, p => p.Value.GetString()!), verdict.Parts.ToDictionary(p => p.Key.Word(), p => p.Value.Word()));
        Assert.Equal(vector.GetProperty("reasons").EnumerateArray().Select(r => r.GetString()), verdict.Reasons.Select(r => r.Code.Word()).Distinct());
    }

    /// <summary>What is shown or says who the patient is, is altered; and the reason names it.</summary>
    [Theory]
    [InlineData("A2-overlay-seal", "altered", "display")]
    [InlineData("A2-shutter-seal", "altered", "display")]
    [InlineData("A2-window-width-seal", "altered", "display")]
    [InlineData("A2-patient-comments-seal", "altered", "patient")]
    [InlineData("A2-body-part-seal", "extended", "acquisition")]
    [InlineData("A3-patient-name-seal", "altered", "patient")]
    [InlineData("A3-charset-seal", "altered", "patient")]
    [InlineData("A3-spacing-seal", "altered", "display")]
    [InlineData("B5-syntax-5-seal", "altered", "carrier")]
    [InlineData("B7-rows-seal", "altered", "pixels")]
    [InlineData("B8-lut-seal", "altered", "display")]
    [InlineData("C1-program-seal", "altered", "carrier")]
    [InlineData("C2-padding-seal", "extended", "structure")]
    [InlineData("C3-private-seal", "extended", "structure")]
    [InlineData("C3-signature-item-seal", "extended", "structure")]
    public void The_part_concerned_is_named(string name, string verdict, string part)
    {
        JsonElement vector = Manifest[name + ".dcm"];
        Assert.Equal(verdict, Text(vector, "expect"));
        Assert.Equal(verdict, Text(vector.GetProperty("parts"), part));
    }

    [Fact]
    public void A_certificate_that_a_signature_does_not_bind_is_said_to_be_so() =>
        Assert.Contains("certificate-not-bound", Manifest["A4-certificate-signature.dcm"].GetProperty("reasons").EnumerateArray().Select(r => r.GetString()));

    private static string Text(JsonElement e, string name) => e.GetProperty(name).GetString()!;
}

/// <summary>Apart from the tests, so that vectors can be made where there are none.</summary>
public sealed class AttackVectorMaking
{
    [Fact(Explicit = true)]
    public void Make_the_attack_vectors() => new AttackVectorGenerator(Repository.PathOf("tests", "vectors", "attacks")).Run();
}
