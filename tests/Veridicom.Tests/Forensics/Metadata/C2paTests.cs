using System.Security.Cryptography;
using Veridicom.Forensics;
using Veridicom.Forensics.Metadata;
using Veridicom.Tests.Trust;
using Xunit;

namespace Veridicom.Tests.Forensics.Metadata;

/// <summary>Manifests made and signed here: what holds is decisive, what does not is named.</summary>
public sealed class C2paTests
{
    private static IReadOnlyList<Evidence> Find(byte[] file) => MetadataFindings.Of(PictureFile.Open(file));

    private static string[] Codes(byte[] file) => [.. Find(file).Where(e => e.Code.StartsWith("c2pa", StringComparison.Ordinal)).Select(e => e.Code).Order(StringComparer.Ordinal)];

    [Fact]
    public void A_generator_that_signed_for_these_very_bytes_is_decisive()
    {
        foreach (byte[] file in (byte[][])[new ManifestKit().Png(), new ManifestKit().Jpeg(), new ManifestKit().Jpeg(300)])
        {
            IReadOnlyList<Evidence> found = Find(file);
            Evidence made = found[0], present = Assert.Single(found, e => e.Code == "c2pa-present");

            Assert.Equal(("c2pa-generator", EvidenceFor.Generation, true, EvidenceSource.Metadata), (made.Code, made.For, made.IsDecisive, made.Source));
            Assert.Contains("'Painter 9'", made.Text, StringComparison.Ordinal);
            Assert.Contains("written by 'Test writer 2'; its ES256 signature fits the certificate of 'CN=Test generator', issued by 'CN=Test claim CA'; who that is was not checked", present.Text, StringComparison.Ordinal);
            Assert.Equal(["c2pa-generator", "c2pa-present"], Codes(file));
        }
    }

    public static TheoryData<long, string> Algorithms => new() { { -7, "P-256" }, { -35, "P-384" }, { -36, "P-521" }, { -37, "RSA" }, { -38, "RSA" }, { -39, "RSA" } };

    [Theory]
    [MemberData(nameof(Algorithms))]
    public void Every_algorithm_of_the_specification_but_one_is_checked(long algorithm, string key)
    {
        Party by = key == "RSA" ? ManifestKit.Rsa : TrustKit.Signer(null, "Maker", ECDsa.Create(key switch { "P-384" => ECCurve.NamedCurves.nistP384, "P-521" => ECCurve.NamedCurves.nistP521, _ => ECCurve.NamedCurves.nistP256 }));
        string hash = algorithm is -35 or -38 ? "sha384" : algorithm is -36 or -39 ? "sha512" : "sha256";

        Assert.True(Find(new ManifestKit { Algorithm = algorithm, By = by, HashName = hash }.Png())[0].IsDecisive);
        Assert.Contains("c2pa-broken", Codes(new ManifestKit { Algorithm = algorithm, By = by, HashName = hash, ChangedAssertion = true }.Png()));
    }

    [Fact]
    public void Changed_pixels_are_a_file_changed_since()
    {
        byte[] good = new ManifestKit().Png();
        byte[] jumbf = new ManifestKit().PngStore();
        byte[] other = Veridicom.Pixels.Png.PngWriter.Write(16, 16, Veridicom.Pixels.Png.PngColour.Grey, 8, new byte[256]);
        byte[] moved = [.. other[..33], .. good[33..(33 + jumbf.Length + 12)], .. other[33..]];

        Assert.Equal(["c2pa-changed-since", "c2pa-generator", "c2pa-present"], Codes(moved));
        Assert.DoesNotContain(Find(moved), e => e.IsDecisive);
        Assert.Contains("does not hold for this file", Find(moved).Single(e => e.Code == "c2pa-generator").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_wrong_signature_is_broken_and_decides_nothing()
    {
        byte[] file = new ManifestKit { WrongKey = true }.Png();

        Assert.Contains("c2pa-broken", Codes(file));
        Assert.DoesNotContain(Find(file), e => e.IsDecisive);
    }

    [Fact]
    public void What_a_changed_assertion_says_is_not_repeated()
    {
        byte[] file = new ManifestKit { ChangedAssertion = true }.Png();

        Assert.Equal(["c2pa-broken", "c2pa-present"], Codes(file));
    }

    [Fact]
    public void EdDSA_is_named_as_unsupported()
    {
        IReadOnlyList<Evidence> found = Find(new ManifestKit { Algorithm = -8 }.Png());

        Assert.Contains("EdDSA", Assert.Single(found, e => e.Code == "c2pa-unchecked").Text, StringComparison.Ordinal);
        Assert.DoesNotContain(found, e => e.IsDecisive || e.Code == "c2pa-broken");
    }

    [Fact]
    public void Without_a_hash_over_the_file_nothing_is_decisive()
    {
        IReadOnlyList<Evidence> found = Find(new ManifestKit { WithoutBinding = true }.Png());

        Assert.Contains(found, e => e.Code == "c2pa-unchecked");
        Assert.DoesNotContain(found, e => e.IsDecisive);
    }

    [Fact]
    public void A_hash_that_leaves_out_more_than_the_manifest_is_not_believed()
    {
        IReadOnlyList<Evidence> found = Find(new ManifestKit { Loose = 8 }.Png());

        Assert.Contains("leaves out", Assert.Single(found, e => e.Code == "c2pa-unchecked").Text, StringComparison.Ordinal);
        Assert.DoesNotContain(found, e => e.IsDecisive);
    }

    [Theory]
    [InlineData("parentOf")]
    [InlineData("componentOf")]
    public void The_one_ingredient_of_a_converted_file_is_the_image(string relationship) =>
        Assert.Equal("c2pa-generator", Find(new ManifestKit { Relationship = relationship }.Png()) is [{ IsDecisive: true } first, ..] ? first.Code : "");

    [Theory]
    [InlineData("parentOf", "c2pa.converted", "c2pa-generator")]
    [InlineData("componentOf", "c2pa.converted", "c2pa-generator")]
    [InlineData("parentOf", "c2pa.opened", "c2pa-generator")]
    [InlineData("componentOf", "c2pa.opened", "c2pa-composite")]
    [InlineData("componentOf", "c2pa.placed", "c2pa-composite")]
    [InlineData("componentOf", "c2pa.edited", "c2pa-composite")]
    [InlineData("componentOf", "c2pa.created", "c2pa-composite")]
    public void The_one_ingredient_of_an_asset_with_more_to_it_than_converting_is_a_part(string relationship, string action, string code) =>
        Assert.Equal(code, Find(new ManifestKit { Relationship = relationship, Further = [action] }.Png()) is [{ IsDecisive: true } first, ..] ? first.Code : "");

    [Fact]
    public void What_a_generator_edits_in_an_opened_image_is_a_part()
    {
        IReadOnlyList<Evidence> found = Find(new ManifestKit { Before = ["c2pa.opened"], Action = "c2pa.edited" }.Png());

        Assert.Equal(("c2pa-composite", true), (found[0].Code, found[0].IsDecisive));
        Assert.DoesNotContain(found, e => e.Code == "c2pa-generator");
    }

    [Theory]
    [InlineData("parentOf")]
    [InlineData("componentOf")]
    public void A_manifest_cut_out_of_the_store_is_broken(string relationship)
    {
        IReadOnlyList<Evidence> found = Find(new ManifestKit { Relationship = relationship, Further = ["c2pa.converted"], CutIngredient = true }.Png());

        Assert.Contains("was taken out", Assert.Single(found, e => e.Code == "c2pa-broken").Text, StringComparison.Ordinal);
        Assert.DoesNotContain(found, e => e.IsDecisive);
    }

    [Fact]
    public void Another_ingredient_than_the_one_referred_to_is_broken() =>
        Assert.Equal(["c2pa-broken", "c2pa-present"], Codes(new ManifestKit { Relationship = "parentOf", ChangedIngredient = true }.Png()));

    [Theory]
    [InlineData("c2pa.created", "trainedAlgorithmicMedia", "c2pa-generator", true)]
    [InlineData("c2pa.edited", "compositeWithTrainedAlgorithmicMedia", "c2pa-composite", true)]
    [InlineData("c2pa.drawing", "", "c2pa-edited", false)]
    [InlineData("c2pa.created", "digitalArt", "c2pa-edited", false)]
    [InlineData("c2pa.created", "digitalCapture", "", false)]
    [InlineData("c2pa.created", "algorithmicallyEnhanced", "", false)]
    [InlineData("c2pa.edited", "algorithmicallyEnhanced", "c2pa-edited", false)]
    public void The_source_type_and_the_action_say_what_it_speaks_for(string action, string type, string code, bool decisive)
    {
        Evidence? found = Find(new ManifestKit { Action = action, SourceType = "http://cv.iptc.org/newscodes/digitalsourcetype/" + type }.Png()).FirstOrDefault(e => e.Code != "c2pa-present" && e.Code.StartsWith("c2pa", StringComparison.Ordinal));

        Assert.Equal((code, decisive), (found?.Code ?? "", found?.IsDecisive ?? false));
    }

    [Fact]
    public void The_time_of_a_time_stamp_is_shown_as_unchecked()
    {
        Party authority = TrustKit.TimestampAuthority(TrustKit.Authority());
        byte[] token = TrustKit.Token(authority, [1, 2, 3], TrustKit.Now);

        Assert.Contains("2026-06-01 12:00:00 UTC, unchecked", Find(new ManifestKit { TimeStamp = token }.Png()).Single(e => e.Code == "c2pa-present").Text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_without_a_manifest_says_nothing() => Assert.Empty(Codes(ManifestKit.PlainPng()).Concat(Codes(ManifestKit.PlainJpeg())));

    [Fact]
    public void A_claim_that_names_its_assertions_again_and_again_is_given_up()
    {
        Evidence found = Assert.Single(Find(new ManifestKit { Repeats = 500, Agent = new string('x', 60000) }.Png()));

        Assert.Contains("again and again", found.Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_stores_in_one_file_are_broken()
    {
        byte[] file = new ManifestKit().Png(), jumbf = new ManifestKit().PngStore();
        byte[] twice = [.. file[..33], .. file[33..(33 + jumbf.Length + 12)], .. file[33..]];

        Assert.Equal(["c2pa-broken"], Codes(twice));
    }

    [Fact]
    public void A_store_cut_at_any_byte_is_broken_or_of_no_effect()
    {
        byte[] jumbf = new ManifestKit().PngStore();
        for (int length = 0; length < jumbf.Length; length++)
        {
            IReadOnlyList<Evidence> found = Find(ManifestKit.PngWith(jumbf[..length]));
            Assert.Contains(found, e => e.Code == "c2pa-broken");
            Assert.DoesNotContain(found, e => e.IsDecisive);
        }
    }

    [Fact]
    public void Twenty_thousand_damaged_stores_give_findings_and_nothing_else()
    {
        byte[][] stores = [new ManifestKit().PngStore(), new ManifestKit { Relationship = "parentOf" }.PngStore()];
        var random = new Random(5);
        int broken = 0;
        for (int i = 0; i < 20000; i++)
        {
            byte[] damaged = [.. stores[i % stores.Length]];
            for (int n = random.Next(1, 4); n > 0; n--)
            {
                int at = random.Next(damaged.Length);
                damaged[at] = random.Next(3) switch { 0 => (byte)random.Next(256), 1 => (byte)(damaged[at] ^ (1 << random.Next(8))), _ => (byte)(random.Next(2) * 255) };
            }
            IReadOnlyList<Evidence> found = Find(ManifestKit.PngWith(damaged));
            if (found.Any(e => e.Code == "c2pa-broken")) broken++;
            // what is decisive is still what was signed
            Assert.All(found.Where(e => e.IsDecisive), e => Assert.Contains("('trainedAlgorithmicMedia', by 'Painter 9'); signature and hash fit", e.Text, StringComparison.Ordinal));
            Assert.DoesNotContain(found, e => e.Code == "c2pa-changed-since" && e.IsDecisive);
        }
        Assert.True(broken > 10000, $"{broken} of 20000 were noticed");
    }
}
