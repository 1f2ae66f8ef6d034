using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class TrustListTests
{
    private static readonly Party Root = TrustKit.Authority();

    private static TrustResult Judge(Party party, TrustPurpose purpose = TrustPurpose.Seal, DateTimeOffset? at = null, params Party[] anchors) =>
        TrustKit.Trusting(anchors.Length > 0 ? anchors : [Root]).Evaluate(party.Path(), at ?? TrustKit.Now, purpose);

    private static void Fails(TrustResult result, string check, TrustCode code)
    {
        Assert.Equal(code, result.Code);
        Assert.False(result.IsTrusted);
        Assert.Equal(CheckState.Failed, result[check].State);
        Assert.NotEmpty(result[check].Detail!);
        Assert.All(result.Checks.Where(c => c.Name != check), c => Assert.NotEqual(CheckState.Failed, c.State));
    }

    [Fact]
    public void A_device_under_a_trusted_authority_may_seal()
    {
        var result = Judge(TrustKit.Signer(Root));
        Assert.Equal(TrustCode.Ok, result.Code);
        Assert.Equal(2, result.Path.Count);
        Assert.Equal(9, result.Checks.Count);
        Assert.All(result.Checks, c => Assert.True(c.State == (c.Name == TrustCheck.Revocation ? CheckState.NotChecked : CheckState.Passed), c.ToString()));
        Assert.Equal(TrustCode.CrlMissing, result[TrustCheck.Revocation].Code);
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Signer(Root, purposes: [Oids.DocumentSigning], usage: X509KeyUsageFlags.NonRepudiation)).Code);
    }

    [Fact]
    public void Unknown_signers_and_lookalikes_are_unknown()
    {
        var fake = TrustKit.Authority(); // the same name, another key
        foreach (var issuer in new[] { TrustKit.Authority("Another CA"), fake })
        {
            var result = Judge(TrustKit.Signer(issuer));
            Fails(result, TrustCheck.Chain, TrustCode.UnknownSigner);
            Assert.Equal(2, result.Path.Count);
        }
        Fails(TrustList.Empty.Evaluate(TrustKit.Signer(Root).Certificate, TrustKit.Now, TrustPurpose.Seal), TrustCheck.Chain, TrustCode.UnknownSigner);
        // A path whose second certificate did not sign the first.
        var result2 = TrustKit.Trusting(Root).Evaluate([TrustKit.Signer(fake).Certificate, Root.Certificate], TrustKit.Now, TrustPurpose.Seal);
        Assert.Equal(TrustCode.UnknownSigner, result2.Code);
        Assert.Equal(TrustCode.BadSignature, result2[TrustCheck.LinkSignatures].Code);
        Assert.Throws<ArgumentException>(() => TrustList.Empty.Evaluate([], TrustKit.Now, TrustPurpose.Seal));
    }

    [Fact]
    public void A_pinned_signer_needs_no_authority_and_is_none()
    {
        var self = TrustKit.Signer(null, "Lone device");
        var result = Judge(self, anchors: self);
        Assert.Equal(TrustCode.Ok, result.Code);
        Assert.Equal(TrustCode.CrlMissing, result[TrustCheck.Revocation].Code);
        var device = TrustKit.Signer(Root);
        Assert.Single(Judge(device, anchors: device).Path);
        var impostor = Judge(TrustKit.Signer(self, "Impostor"), anchors: self);
        Assert.Equal(TrustCode.NotAnAuthority, impostor.Code);
        Assert.Equal(TrustCode.NotAnAuthority, impostor[TrustCheck.KeyUsage].Code);
    }

    [Fact]
    public void Validity_is_judged_to_the_second_for_every_certificate()
    {
        var device = TrustKit.Signer(Root, from: TrustKit.Start.AddDays(1), until: TrustKit.End.AddDays(-1));
        var trust = TrustKit.Trusting(Root);
        TrustCode At(DateTimeOffset at) => trust.Evaluate(device.Path(), at, TrustPurpose.Seal).Code;
        Assert.Equal(TrustCode.NotYetValid, At(TrustKit.Start.AddDays(1).AddTicks(-1)));
        Assert.Equal(TrustCode.Ok, At(TrustKit.Start.AddDays(1)));
        Assert.Equal(TrustCode.Ok, At(TrustKit.End.AddDays(-1)));
        Assert.Equal(TrustCode.Expired, At(TrustKit.End.AddDays(-1).AddTicks(1)));
        Assert.Equal(TrustCode.Expired, At(DateTimeOffset.MaxValue));
        Assert.Equal(TrustCode.NotYetValid, At(DateTimeOffset.MinValue));
        var oldRoot = TrustKit.Authority("Old CA", until: TrustKit.Start.AddDays(3));
        Fails(Judge(TrustKit.Signer(oldRoot), anchors: oldRoot), TrustCheck.Validity, TrustCode.Expired);
    }

    [Fact]
    public void Results_are_remembered_for_the_window_in_which_they_hold()
    {
        var device = TrustKit.Signer(Root, from: TrustKit.Start.AddDays(1));
        var trust = TrustKit.Trusting(Root);
        var first = trust.Evaluate(device.Path(), TrustKit.Now, TrustPurpose.Seal);
        Assert.Equal((TrustKit.Start.AddDays(1), TrustKit.End.AddTicks(1)), (first.HoldsFrom, first.HoldsUntil));
        Assert.Same(first, trust.Evaluate(device.Path(), TrustKit.End, TrustPurpose.Seal));
        Assert.Same(first, trust.Evaluate(device.Path(), first.HoldsFrom, TrustPurpose.Seal));
        Assert.NotSame(first, trust.Evaluate(device.Path(), TrustKit.Now, TrustPurpose.DicomSignature));
        Assert.Equal(TrustCode.Expired, trust.Evaluate(device.Path(), first.HoldsUntil, TrustPurpose.Seal).Code);
        Assert.Equal(TrustCode.Ok, trust.Evaluate(device.Path(), TrustKit.Now, TrustPurpose.Seal).Code);
        Parallel.For(0, 200, i => Assert.Equal(i % 2 == 0 ? TrustCode.Ok : TrustCode.Expired,
            trust.Evaluate(device.Path(), TrustKit.Now.AddYears(i % 2), TrustPurpose.Seal).Code));
    }

    public static TheoryData<string[]?, X509KeyUsageFlags?, string?> Sealing => new()
    {
        { [Oids.SealingPurpose], X509KeyUsageFlags.DigitalSignature, null },
        { [Oids.ServerAuthentication, Oids.SealingPurpose], X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyEncipherment, null },
        { [Oids.ServerAuthentication], X509KeyUsageFlags.DigitalSignature, TrustCheck.ExtendedKeyUsage },
        { [Oids.AnyPurpose], X509KeyUsageFlags.DigitalSignature, TrustCheck.ExtendedKeyUsage },
        { [], X509KeyUsageFlags.DigitalSignature, TrustCheck.ExtendedKeyUsage },
        { [Oids.SealingPurpose], X509KeyUsageFlags.KeyEncipherment, TrustCheck.KeyUsage },
        { [Oids.SealingPurpose], null, TrustCheck.KeyUsage },
    };

    [Theory]
    [MemberData(nameof(Sealing))]
    public void Who_may_seal(string[]? purposes, X509KeyUsageFlags? usage, string? failing)
    {
        var result = Judge(TrustKit.Signer(Root, purposes: purposes, usage: usage));
        if (failing is null)
        {
            Assert.Equal(TrustCode.Ok, result.Code);
        }
        else
        {
            Fails(result, failing, TrustCode.NotAllowed);
        }
    }

    public static TheoryData<string[]?, X509KeyUsageFlags?, string?> Signing => new()
    {
        { [], null, null },
        { [], X509KeyUsageFlags.NonRepudiation, null },
        { ["1.3.6.1.5.5.7.3.4"], null, null },
        { [Oids.ServerAuthentication, "1.3.6.1.5.5.7.3.4"], null, null },
        { [Oids.AnyPurpose], null, null },
        { [Oids.ServerAuthentication, Oids.ClientAuthentication], null, TrustCheck.ExtendedKeyUsage },
        { [Oids.TimeStamping], null, TrustCheck.ExtendedKeyUsage },
        { [], X509KeyUsageFlags.KeyEncipherment, TrustCheck.KeyUsage },
    };

    [Theory]
    [MemberData(nameof(Signing))]
    public void Who_may_sign_by_the_standard(string[]? purposes, X509KeyUsageFlags? usage, string? failing)
    {
        var result = Judge(TrustKit.Signer(Root, purposes: purposes, usage: usage), TrustPurpose.DicomSignature);
        if (failing is null)
        {
            Assert.Equal(TrustCode.Ok, result.Code);
        }
        else
        {
            Fails(result, failing, TrustCode.NotAllowed);
        }
    }

    [Fact]
    public void A_version_1_certificate_signs_by_the_standard_but_neither_seals_nor_issues()
    {
        var version1 = new Party(Root.Key, Certificate.Parse(Rewrite.Version1(TrustKit.Signer(null, "V1", Root.Key), Root.Key)), null);
        Assert.Equal(1, version1.Certificate.Version);
        var signs = Judge(version1, TrustPurpose.DicomSignature, anchors: version1);
        Assert.Equal(TrustCode.Ok, signs.Code);
        Assert.Equal((CheckState.NotChecked, TrustCode.UsageUnstated), (signs[TrustCheck.ExtendedKeyUsage].State, signs[TrustCheck.ExtendedKeyUsage].Code));
        Assert.Equal(TrustCode.NotAllowed, Judge(version1, TrustPurpose.Seal, anchors: version1).Code);
        Fails(Judge(TrustKit.Signer(version1), anchors: version1), TrustCheck.BasicConstraints, TrustCode.NotAnAuthority);
    }

    [Fact]
    public void Authorities_must_be_authorities()
    {
        Fails(Judge(TrustKit.Signer(TrustKit.Authority("No CA", Root, isAuthority: false))), TrustCheck.BasicConstraints, TrustCode.NotAnAuthority);
        Fails(Judge(TrustKit.Signer(TrustKit.Authority("No CA", Root, usage: X509KeyUsageFlags.CrlSign))), TrustCheck.KeyUsage, TrustCode.NotAnAuthority);
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Signer(TrustKit.Authority("Silent CA", Root, usage: null))).Code);
        var sealing = TrustKit.Authority("Sealing CA", Root, usage: X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.DigitalSignature, purposes: [Oids.SealingPurpose]);
        Fails(Judge(sealing), TrustCheck.BasicConstraints, TrustCode.NotAllowed);
        Assert.Equal(TrustCode.Ok, Judge(sealing, TrustPurpose.DicomSignature).Code);
    }

    [Fact]
    public void Authorities_below_the_anchor_pass_on_only_their_purposes()
    {
        TrustCode Under(params string[] purposes) => Judge(TrustKit.Signer(TrustKit.Authority("Limited CA", Root, purposes: purposes))).Code;
        Assert.Equal(TrustCode.Ok, Under());
        Assert.Equal(TrustCode.Ok, Under(Oids.SealingPurpose));
        Assert.Equal(TrustCode.Ok, Under(Oids.AnyPurpose));
        Assert.Equal(TrustCode.NotAllowed, Under(Oids.ServerAuthentication));
        var anchor = TrustKit.Authority("Web CA", purposes: [Oids.ServerAuthentication]);
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Signer(anchor), anchors: anchor).Code);
        var unanchored = Judge(TrustKit.Signer(anchor));
        Assert.Equal(CheckState.Failed, unanchored[TrustCheck.ExtendedKeyUsage].State);
    }

    [Fact]
    public void Path_lengths_are_kept()
    {
        var root = TrustKit.Authority("Short CA", pathLength: 0);
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Signer(root), anchors: root).Code);
        var middle = TrustKit.Authority("Middle CA", root);
        Fails(Judge(TrustKit.Signer(middle), anchors: root), TrustCheck.BasicConstraints, TrustCode.PathTooLong);
        // A certificate that an authority issues to itself, for a new key, does not count (RFC 5280 6.1.4 l).
        var renewed = TrustKit.Authority("Short CA", root);
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Signer(renewed), anchors: root).Code);
    }

    [Fact]
    public void Eight_certificates_are_a_path_and_nine_are_not()
    {
        Party issuer = Root;
        for (int i = 0; i < 6; i++)
        {
            issuer = TrustKit.Authority("CA " + i, issuer);
        }
        var eight = TrustKit.Signer(issuer);
        var nine = TrustKit.Signer(TrustKit.Authority("CA 7", issuer));
        Assert.Equal(TrustCode.Ok, Judge(eight).Code);
        Assert.Equal(TrustCode.PathTooLong, Judge(nine).Code);
        var trust = TrustList.Create([Root.Der], nine.Path().Select(c => c.Der));
        Assert.Equal(8, trust.Evaluate(eight.Certificate, TrustKit.Now, TrustPurpose.Seal).Path.Count);
        Assert.Equal(TrustCode.UnknownSigner, trust.Evaluate(nine.Certificate, TrustKit.Now, TrustPurpose.Seal).Code);
    }

    [Fact]
    public void A_leaf_alone_finds_its_path_among_what_is_given()
    {
        var middle = TrustKit.Authority("Middle CA", Root);
        var device = TrustKit.Signer(middle);
        Assert.Equal(TrustCode.UnknownSigner, TrustKit.Trusting(Root).Evaluate(device.Certificate, TrustKit.Now, TrustPurpose.Seal).Code);
        Assert.Equal(TrustCode.Ok, TrustKit.Trusting(Root).Evaluate(device.Certificate, TrustKit.Now, TrustPurpose.Seal, [middle.Certificate]).Code);
        Assert.Equal(TrustCode.Ok, TrustList.Create([Root.Der], [middle.Der]).Evaluate(device.Certificate, TrustKit.Now, TrustPurpose.Seal).Code);
        // Among several of one name the good one is found, whatever comes first.
        var expired = TrustKit.Make("Middle CA", Root, middle.Key, r => r.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true)), until: TrustKit.Start.AddDays(1));
        var trust = TrustList.Create([Root.Der], [expired.Der, middle.Der]);
        Assert.Equal(TrustCode.Ok, trust.Evaluate(device.Certificate, TrustKit.Now, TrustPurpose.Seal).Code);
        Assert.Equal(TrustCode.Expired, TrustList.Create([Root.Der], [expired.Der]).Evaluate(device.Certificate, TrustKit.Now, TrustPurpose.Seal).Code);
    }

    [Fact]
    public void A_crowd_of_authorities_of_one_name_ends_the_search()
    {
        var crowd = Enumerable.Range(0, 70).Select(_ => TrustKit.Authority("Crowd")).ToArray();
        var stranger = TrustKit.Signer(TrustKit.Authority("Crowd"));
        Fails(TrustKit.Trusting(crowd).Evaluate(stranger.Certificate, TrustKit.Now, TrustPurpose.Seal), TrustCheck.Chain, TrustCode.SearchLimit);
    }

    [Fact]
    public void Key_identifiers_part_authorities_of_one_name()
    {
        X509SubjectKeyIdentifierExtension Id(AsymmetricAlgorithm key) => new(PublicKey.CreateFromSubjectPublicKeyInfo(key.ExportSubjectPublicKeyInfo(), out _), false);
        ECDsa first = ECDsa.Create(ECCurve.NamedCurves.nistP256), second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var one = TrustKit.Authority("Twin", key: first, more: Id(first));
        var two = TrustKit.Authority("Twin", key: second, more: Id(second));
        var device = TrustKit.Signer(two, more: X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(Id(second)));
        var result = TrustKit.Trusting(one, two).Evaluate(device.Certificate, TrustKit.Now, TrustPurpose.Seal);
        Assert.Equal(TrustCode.Ok, result.Code);
        Assert.Equal(two.Certificate.Fingerprint, result.Path[1].Fingerprint);
    }

    [Fact]
    public void Critical_extensions_that_are_not_understood_are_refused()
    {
        var odd = TrustKit.Extension("1.2.3.4", [5, 0]);
        Fails(Judge(TrustKit.Signer(Root, more: odd)), TrustCheck.CriticalExtensions, TrustCode.CriticalExtension);
        Fails(Judge(TrustKit.Signer(TrustKit.Authority("Odd CA", Root, more: odd))), TrustCheck.CriticalExtensions, TrustCode.CriticalExtension);
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Signer(Root, more: TrustKit.Extension("1.2.3.4", [5, 0], critical: false))).Code);
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Signer(Root, more: TrustKit.Extension(Oids.CertificatePolicies, [0x30, 0]))).Code);
        Fails(Judge(TrustKit.Signer(TrustKit.Authority("Named CA", Root, more: TrustKit.Extension(Oids.NameConstraints, [0x30, 0])))), TrustCheck.CriticalExtensions, TrustCode.NameConstraints);
    }

    [Fact]
    public void Weak_keys_and_hashes_are_weak_and_not_bad()
    {
        Fails(Judge(TrustKit.Signer(Root, key: RSA.Create(1024))), TrustCheck.Strength, TrustCode.WeakKey);
        Fails(Judge(TrustKit.Signer(Root, key: RSA.Create(512))), TrustCheck.Strength, TrustCode.WeakKey);
        Fails(Judge(TrustKit.Signer(Root, key: ECDsa.Create(ECCurve.NamedCurves.brainpoolP256r1))), TrustCheck.Strength, TrustCode.WeakKey);
        Fails(Judge(TrustKit.Signer(Root, hash: HashAlgorithmName.SHA1)), TrustCheck.Strength, TrustCode.WeakHash);
        var rsaRoot = TrustKit.Authority("RSA CA", key: RSA.Create(2048), hash: HashAlgorithmName.SHA1);
        Fails(Judge(TrustKit.Signer(rsaRoot, hash: HashAlgorithmName.MD5), anchors: rsaRoot), TrustCheck.Strength, TrustCode.WeakHash);
        // The anchor's own signature is not relied on.
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Signer(rsaRoot), anchors: rsaRoot).Code);
        var smallRoot = TrustKit.Authority("Small CA", key: RSA.Create(1024));
        Fails(Judge(TrustKit.Signer(smallRoot), anchors: smallRoot), TrustCheck.Strength, TrustCode.WeakKey);
    }

    [Fact]
    public void Unsupported_keys_and_algorithms_are_named()
    {
        using var strange = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var device = TrustKit.Signer(Root, key: strange);
        byte[] compressed = Rewrite.CompressPoint(device.Der.ToArray());
        var broken = Certificate.Parse(Rewrite.Sign(compressed, Root.Key));
        Fails(TrustKit.Trusting(Root).Evaluate(broken, TrustKit.Now, TrustPurpose.Seal), TrustCheck.Strength, TrustCode.UnsupportedKey);
        // An algorithm that nobody knows cannot be followed to an issuer.
        var unknown = Certificate.Parse(Rewrite.Replace(device.Der.ToArray(), Rewrite.Oid(Oids.EcdsaWithSha256), Rewrite.Oid("1.2.840.10045.4.3.9")));
        Assert.Null(unknown.SignedWith);
        Assert.Equal(TrustCode.UnknownSigner, TrustKit.Trusting(Root).Evaluate(unknown, TrustKit.Now, TrustPurpose.Seal).Code);
        Assert.Equal(TrustCode.UnsupportedAlgorithm, TrustKit.Trusting(Root).Evaluate([unknown, Root.Certificate], TrustKit.Now, TrustPurpose.Seal)[TrustCheck.LinkSignatures].Code);
    }

    [Fact]
    public void The_cache_of_certificates_does_not_grow_without_end()
    {
        var cache = new CertificateCache();
        var first = cache.Get(Root.Der);
        Assert.Same(first, cache.Get(Root.Der.ToArray()));
        byte[] der = TrustKit.Signer(Root).Der.ToArray();
        for (int i = 0; i < 5000; i++)
        {
            BitConverter.TryWriteBytes(der.AsSpan(der.Length - 8), i); // inside the signature, so that each is another certificate
            cache.Get(der);
        }
        Assert.NotSame(first, cache.Get(Root.Der));
    }
}
