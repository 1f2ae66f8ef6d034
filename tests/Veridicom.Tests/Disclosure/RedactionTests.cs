using System.Security.Cryptography;
using System.Text;
using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Disclosure;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Tree;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;
using Veridicom.Testing;
using Veridicom.Tests.Trust;
using Xunit;

namespace Veridicom.Tests.Disclosure;

/// <summary>What is withheld is gone for good, what is shown is proven as before, and nobody can withhold what the statement keeps.</summary>
public sealed class RedactionTests
{
    private static readonly Party Root = TrustKit.Authority();
    private static readonly KeySigner Signer = TrustKit.Signer(Root).Signer();
    private static readonly CountingRandomness Randomness = new();
    private static readonly VerifyOptions Options = new() { Trust = TrustKit.Trusting(Root), Now = TrustKit.Now };

    public static TheoryData<string> Samples => [.. SampleFiles.All().Where(s => s.Name is not "no data set").Select(s => s.Name)];

    [Theory]
    [MemberData(nameof(Samples))]
    public void Every_disclosed_subset_verifies_as_redacted(string sample)
    {
        DicomFile file = Sealed(SampleFiles.All().First(s => s.Name == sample).Bytes);
        string[] leaves = [.. Withholdable(file).Where(path => file.Meta is null || path != "(0008,0018)")]; // that one needs a new value
        Assert.NotEmpty(leaves);
        var random = new Random(7);
        for (int round = 0; round < 12; round++)
        {
            string[] some = round == 0 ? leaves : [.. leaves.Where(_ => random.Next(3) == 0)];
            if (some.Length == 0) continue;

            Verdict verdict = Verify(Redaction.Withhold(file, some));

            Assert.Equal(VerdictKind.Redacted, verdict.Kind);
            Assert.Equal(6, verdict.ExitCode);
            Assert.Superset(some.ToHashSet(), verdict.Reasons.Where(r => r.Code == ReasonCode.Withheld).Select(r => r.Path!).ToHashSet());
            Assert.DoesNotContain(PartState.Altered, verdict.Parts.Values);
        }
    }

    [Fact]
    public void Withholding_goes_on_where_it_stopped()
    {
        DicomFile once = Redaction.Withhold(Sealed(), ["(0010,0010)"]);

        Verdict twice = Verify(Redaction.Withhold(once, ["(0010,0020)"]));

        Assert.Equal(VerdictKind.Redacted, twice.Kind);
        Assert.Equal(2, twice.Reasons.Count(r => r.Code == ReasonCode.Withheld && r.Part == Part.Patient));
        Assert.Equal(PartState.Withheld, twice.Parts[Part.Patient]);
    }

    [Fact]
    public void A_change_beside_what_is_withheld_is_altered()
    {
        byte[] bytes = Bytes(Redaction.Withhold(Sealed(), ["(0010,0010)"]));
        int place = bytes.AsSpan().IndexOf("47-11"u8);

        bytes[place] ^= 1;

        Assert.Equal(VerdictKind.Altered, Verify(bytes).Kind);
    }

    [Theory]
    [InlineData("(0028,0010)", "may-not-be-withheld")]
    [InlineData("(7FE0,0010)", "may-not-be-withheld")]
    [InlineData("(0002,0010)", "may-not-be-withheld")]
    [InlineData("(0008,0018)", "needs-a-new-uid")]
    [InlineData("(0010,4000)", "no-such-element")]
    public void What_is_not_allowed_is_refused(string path, string code) =>
        Assert.Equal(code, Assert.Throws<SealRefusedException>(() => Redaction.Withhold(Sealed(), ["(0010,0010)", path])).Refusals[0].Code);

    [Fact]
    public void What_is_withheld_without_leave_is_altered()
    {
        // a redacted opening made by hand, in which Rows is withheld though the statement keeps it
        DicomFile file = Redaction.Withhold(Sealed(), ["(0010,0010)"]);
        (SealBlock block, _, Opening opening) = Open(file);
        IndexEntry[] entries = [.. opening.Elements.Select(e => LeafPath.Text(e.Path.Span) == "(0028,0010)" ? e with { Withheld = true, Salt = default } : e)];
        var forged = new Opening { Carrier = opening.Carrier, Elements = entries, Pixels = opening.Pixels, PixelSalts = opening.PixelSalts };

        Verdict verdict = Verify(WithOpening(file, block, forged.Encode()));

        Assert.Equal(VerdictKind.Altered, verdict.Kind);
        Assert.Contains(verdict.Reasons, r => r.Code == ReasonCode.WithheldWithoutLeave && r.Path == "(0028,0010)");
    }

    [Fact]
    public void Leave_cannot_be_given_afterwards()
    {
        DicomFile file = Redaction.Withhold(Sealed(), ["(0010,0010)"]);
        (SealBlock block, _, Opening opening) = Open(file);
        var forged = new Opening
        {
            Carrier = opening.Carrier, Elements = [.. opening.Elements.Select(e => e with { MayWithhold = true })], Pixels = opening.Pixels, PixelSalts = opening.PixelSalts,
        };

        Assert.Equal(VerdictKind.Unverifiable, Verify(WithOpening(file, block, forged.Encode())).Kind);
    }

    [Fact]
    public void Name_secret_salts_and_signatures_are_gone()
    {
        DicomFile whole = Sealed();
        (_, Statement statement, Opening full) = Open(whole);
        using var salts = new Salts(full.Secret!);
        int name = full.Elements.ToList().FindIndex(e => LeafPath.Text(e.Path.Span) == "(0010,0010)");
        byte[] salt = salts.Take(Section.Elements, name, 1).ToArray();

        byte[] bytes = Bytes(Redaction.Withhold(whole, ["(0010,0010)"]));

        Assert.Equal(-1, bytes.AsSpan().IndexOf("Probe"u8));
        Assert.Equal(-1, bytes.AsSpan().IndexOf(full.Secret));
        Assert.Equal(-1, bytes.AsSpan().IndexOf(salt));
        Assert.NotEmpty(statement.SignatureUids);
        Assert.False(DicomFile.Parse(new MemorySource(bytes)).DataSet.TryFind(new(0xFFFAFFFA), out _));
    }

    [Fact]
    public void A_guess_cannot_be_tried_without_the_salt()
    {
        DicomFile whole = Sealed();
        (_, _, Opening full) = Open(whole);
        (_, _, Opening open) = Open(Redaction.Withhold(whole, ["(0010,0010)"]));
        int at = open.Elements.ToList().FindIndex(e => e.Withheld && LeafPath.Text(e.Path.Span) == "(0010,0010)");
        byte[] Guess(string name, ReadOnlySpan<byte> salt)
        {
            byte[] hash = new byte[32];
            new LeafHasher().HashBytes(salt, LeafKind.Value, open.Elements[at].Vr, open.Elements[at].Padding, open.Elements[at].Path.Span, Encoding.ASCII.GetBytes(name), hash);
            return hash;
        }

        // with its salt the right name gives the hash; without it nothing that is shown does, neither other salts nor none
        using var salts = new Salts(full.Secret!);
        Assert.Equal(open.Elements[at].Hash.ToArray(), Guess("Probe^Anna", salts.Take(Section.Elements, at, 1)));
        var known = open.Elements.Where(e => !e.Withheld).Select(e => e.Salt.ToArray()).Append(new byte[16]);
        Assert.All(known, salt => Assert.NotEqual(open.Elements[at].Hash.ToArray(), Guess("Probe^Anna", salt)));
    }

    [Fact]
    public void A_new_instance_uid_stands_in_data_set_and_meta_elements()
    {
        var values = new Dictionary<string, ReadOnlyMemory<byte>> { ["(0008,0018)"] = "2.25.99"u8.ToArray(), ["(0010,0010)"] = "Anonymous"u8.ToArray() };

        DicomFile file = Redaction.Withhold(Sealed(), ["(0010,0020)"], values);

        Assert.Equal("2.25.99", file.DataSet.Ascii(new(0x00080018)));
        Assert.Equal("2.25.99", file.Meta!.Ascii(new(0x00020003)));
        Assert.Equal("Anonymous", file.DataSet.Ascii(new(0x00100010)));
        Assert.Equal((VerdictKind.Redacted, 0), (Verify(Sealed(Bytes(file), SealPurpose.Deidentification)).Kind, 0));
    }

    [Theory]
    [InlineData("(0010,0010)", "Mallory", VerdictKind.Altered)]
    [InlineData("(0008,0018)", "2.25.99", VerdictKind.Extended)]
    public void What_stands_in_the_place_of_withheld_values_needs_a_seal(string path, string value, VerdictKind without)
    {
        byte[] bytes = Bytes(Redaction.Withhold(Sealed(), ["(0010,0020)"], new Dictionary<string, ReadOnlyMemory<byte>> { [path] = Encoding.ASCII.GetBytes(value) }));

        Assert.Equal(without, Verify(bytes).Kind);
        Verdict under = Verify(Sealed(bytes, SealPurpose.Deidentification));
        Assert.Equal((VerdictKind.Redacted, 0), (under.Kind, under.ExitCode));
        Assert.DoesNotContain(PartState.Altered, under.Parts.Values);
        Assert.Contains(under.Reasons, r => r.Code == ReasonCode.AmendedElement && r.Path == path);
    }

    [Fact]
    public void Under_a_trusted_seal_of_de_identification_it_passes()
    {
        var values = new Dictionary<string, ReadOnlyMemory<byte>> { ["(0010,0010)"] = "Anonymous"u8.ToArray() };
        DicomFile redacted = Redaction.Withhold(Sealed(), ["(0010,0020)"], values);

        Verdict verdict = Verify(Sealed(Bytes(redacted), SealPurpose.Deidentification));

        Assert.Equal((VerdictKind.Redacted, 0), (verdict.Kind, verdict.ExitCode));
        Assert.Equal(PartState.Withheld, verdict.Parts[Part.Patient]);
    }

    [Theory]
    [InlineData(SealPurpose.Amendment, VerdictKind.Amended)]
    [InlineData(SealPurpose.Deidentification, VerdictKind.Redacted)]
    public void Only_that_purpose_makes_it_a_redaction(SealPurpose purpose, VerdictKind kind) =>
        Assert.Equal(kind, Verify(Sealed(Bytes(Redaction.Withhold(Sealed(), ["(0010,0010)"])), purpose)).Kind);

    [Fact]
    public void Under_an_untrusted_one_it_does_not()
    {
        KeySigner stranger = TrustKit.Signer(TrustKit.Authority("Other CA")).Signer();
        DicomFile redacted = Redaction.Withhold(Sealed(), ["(0010,0010)"]);

        Verdict verdict = Verify(Sealed(Bytes(redacted), SealPurpose.Deidentification, stranger));

        Assert.NotEqual(0, verdict.ExitCode);
    }

    [Fact]
    public void A_changed_element_beside_makes_it_an_amendment_not_a_redaction()
    {
        byte[] bytes = Bytes(Redaction.Withhold(Sealed(), ["(0010,0010)"]));
        bytes[bytes.AsSpan().IndexOf("47-11"u8)] ^= 1;

        Assert.Equal(VerdictKind.Amended, Verify(Sealed(bytes, SealPurpose.Deidentification)).Kind);
    }

    [Fact]
    public void Earlier_seals_go_with_their_secrets()
    {
        byte[] first = Bytes(Sealed());
        (_, _, Opening earlier) = Open(DicomFile.Parse(new MemorySource(first)));
        first[first.AsSpan().IndexOf("47-11"u8)] ^= 1;
        DicomFile amended = Sealed(first, SealPurpose.Amendment);
        Assert.Equal(VerdictKind.Amended, Verify(amended).Kind);

        byte[] bytes = Bytes(Redaction.Withhold(amended, ["(0010,0010)"]));

        Assert.Equal(VerdictKind.Redacted, Verify(bytes).Kind);
        Assert.Equal(-1, bytes.AsSpan().IndexOf(earlier.Secret));
        DicomFile again = Sealed(bytes, SealPurpose.Deidentification);
        (_, Statement statement, _) = Open(again);
        Assert.Equal(2, statement.Previous.Count);
        Assert.Equal((VerdictKind.Redacted, 0), (Verify(again).Kind, Verify(again).ExitCode));
    }

    [Fact]
    public void A_redacted_copy_does_not_unseal_to_what_was_sealed()
    {
        UnsealOutcome outcome = Unsealer.Unseal(Redaction.Withhold(Sealed(), ["(0010,0010)"]));

        Assert.False(outcome.Exact);
        Assert.Contains("withheld", outcome.Note, StringComparison.Ordinal);
    }

    private static DicomFile Sealed(byte[]? file = null, SealPurpose purpose = SealPurpose.Acquisition, ISigner? signer = null)
    {
        SealOutcome outcome = Sealer.Seal(DicomFile.Parse(new MemorySource(file ?? SampleFiles.All()[0].Bytes)), new SealOptions
        {
            Claims = new Claims("Test Hospital", purpose, "", "tests", SyntheticClaim.No, [], ""), Signer = signer ?? Signer, Randomness = Randomness,
            At = TrustKit.Now, Trust = Options.Trust,
        });
        Assert.False(outcome.AlreadySealed);
        using var stream = new MemoryStream();
        outcome.WriteTo(stream);
        return DicomFile.Parse(new MemorySource(stream.ToArray()));
    }

    private static string[] Withholdable(DicomFile file) => [.. Open(file).Opening.Elements.Where(e => e.MayWithhold).Select(e => LeafPath.Text(e.Path.Span)).Distinct()];

    private static (SealBlock Block, Statement Statement, Opening Opening) Open(DicomFile file)
    {
        SealBlock block = SealBlock.Find(file.DataSet)[^1];
        Statement statement = Statement.Read(SealCms.Read(block.Cms, Oids.SealStatement, new CertificateCache()).Statement);
        return (block, statement, Opening.Read(block.Opening, statement, out _));
    }

    private static byte[] WithOpening(DicomFile file, SealBlock block, byte[] opening)
    {
        DicomNode[] own = [.. Enumerable.Range(1, file.DataSet.NodeCount - 1).Select(i => file.DataSet[i]).Where(n => n.Tag.Group == 0x7FF1 && n.Tag.Element >> 8 == block.Number)];
        var writer = new ElementWriter();
        SealBlock.Write(writer, block.Number, block.Cms.Span, opening, part: 1);
        var splice = new Splice(file.DataSet.Source);
        splice.Replace(own[0].HeaderOffset, own[^1].EndOffset - own[0].HeaderOffset, writer.ToArray());
        return Bytes(file.Respliced(splice));
    }

    private static byte[] Bytes(DicomFile file)
    {
        using var stream = new MemoryStream();
        file.WriteTo(stream);
        return stream.ToArray();
    }

    private static Verdict Verify(DicomFile file) => Verify(Bytes(file));

    private static Verdict Verify(byte[] bytes) => Verifier.Verify(new MemorySource(bytes), null, Options);
}
