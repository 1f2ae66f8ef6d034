using System.Globalization;
using System.Security.Cryptography;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

/// <summary>
/// The seal messages in tests/vectors/seal-message, for us and for whoever writes a second verifier. Each file has a header (expect, at,
/// comment, spec), the anchor, and the message as PEM. <see cref="Make_the_vectors"/> wrote them; it runs only when asked for:
/// dotnet run --project tests/Veridicom.Tests -- -explicit only -method '*Make_the_vectors'
/// </summary>
public sealed class SealMessageVectorTests
{
    private const string MessageLabel = "CMS";
    private static readonly string Folder = Repository.PathOf("tests", "vectors", "seal-message");

    public static TheoryData<string> Names => [.. Directory.GetFiles(Folder, "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)!).Order(StringComparer.Ordinal)];

    [Fact]
    public void There_are_vectors() => Assert.True(Names.Count > 20);

    [Theory]
    [MemberData(nameof(Names))]
    public void A_vector_is_judged_as_it_says(string name)
    {
        string text = File.ReadAllText(Path.Combine(Folder, name + ".txt"));
        string Header(string key) => text.Split('\n').Single(l => l.StartsWith(key + ": ", StringComparison.Ordinal))[(key.Length + 2)..];
        var blocks = PemBlocks.Read(text);
        var trust = TrustList.Create(blocks.Where(b => b.Label == PemBlocks.CertificateLabel).Select(b => (ReadOnlyMemory<byte>)b.Der));
        TrustCode found;
        try
        {
            var message = SealCms.Read(blocks.Single(b => b.Label == MessageLabel).Der, Oids.SealStatement, trust.Certificates);
            found = SealTrust.Evaluate(message, trust, DateTimeOffset.Parse(Header("at"), CultureInfo.InvariantCulture)).Code;
        }
        catch (TrustException e)
        {
            found = e.Code;
        }
        Assert.Equal(Header("expect"), found.Name());
    }

    [Fact(Explicit = true)]
    public void Make_the_vectors()
    {
        Directory.CreateDirectory(Folder);
        byte[] statement = "a statement"u8.ToArray();
        var root = TrustKit.Authority();
        var device = TrustKit.Signer(root);
        byte[] Seal(Party party, DigestAlgorithm? digest = null) => SealCms.Write(statement, Oids.SealStatement, party.Signer(withRoot: true), TrustKit.Now, digest);
        byte[] Stamped(byte[] message, DateTimeOffset at)
        {
            var read = SealCms.Read(message, Oids.SealStatement, new CertificateCache());
            return SealCms.WithToken(read, TrustKit.Token(TrustKit.TimestampAuthority(root), read.Signature.ToArray(), at));
        }
        void Write(string name, string comment, TrustCode expect, byte[] message, DateTimeOffset? at = null, Party? anchor = null, string spec = "spec/seal-message.md, Form") =>
            File.WriteAllText(Path.Combine(Folder, name + ".txt"),
                $"expect: {expect.Name()}\nat: {at ?? TrustKit.Now:yyyy-MM-dd'T'HH:mm:ss'Z'}\ncomment: {comment}\nspec: {spec}\n\n"
                + PemBlocks.Write(PemBlocks.CertificateLabel, (anchor ?? root).Der.Span) + PemBlocks.Write(MessageLabel, message));

        const string judging = "spec/seal-message.md, Judging";
        Write("good-p256", "ECDSA on P-256", TrustCode.Ok, Seal(device));
        Write("good-p384", "ECDSA on P-384", TrustCode.Ok, Seal(TrustKit.Signer(root, key: ECDsa.Create(ECCurve.NamedCurves.nistP384))));
        Write("good-pss-sha256", "RSA-PSS with SHA-256", TrustCode.Ok, Seal(TrustKit.Signer(root, key: RSA.Create(2048))));
        Write("good-pss-sha512", "RSA-PSS with SHA-512", TrustCode.Ok, Seal(TrustKit.Signer(root, key: RSA.Create(2048)), DigestAlgorithm.Sha512));
        Write("good-token", "with a time-stamp, judged when the signer has expired", TrustCode.Ok, Stamped(Seal(TrustKit.Signer(root, until: TrustKit.Now.AddDays(1))), TrustKit.Now), TrustKit.Now.AddDays(9), spec: judging);
        Write("good-another-writer", "the same form from the writer that makes the bad ones", TrustCode.Ok, Mutant.Make("none", root, device, statement));
        foreach (string form in SealCmsTests.Forms.Select(row => row.Data))
        {
            Write("bad-" + form.Replace(' ', '-'), form + ", properly signed", TrustCode.Malformed, Mutant.Make(form, root, device, statement));
        }
        byte[] forged = Seal(device);
        forged[forged.AsSpan().IndexOf(statement)] ^= 1;
        Write("bad-statement", "one bit of the statement differs", TrustCode.BadSignature, forged, spec: judging);
        Write("untrusted-unknown", "an authority of the same name with another key", TrustCode.UnknownSigner, Seal(device), anchor: TrustKit.Authority(), spec: judging);
        Write("untrusted-expired", "the certificate has expired and there is no time-stamp", TrustCode.Expired, Seal(device), TrustKit.End.AddDays(1), spec: judging);
        Write("untrusted-web", "a certificate for servers", TrustCode.NotAllowed, Seal(TrustKit.Signer(root, purposes: [Oids.ServerAuthentication])), spec: judging);
        Write("untrusted-no-usage", "a certificate without key usage", TrustCode.NotAllowed, Seal(TrustKit.Signer(root, usage: null)), spec: judging);
        Write("untrusted-authority", "issued by a certificate that is no authority", TrustCode.NotAnAuthority, Seal(TrustKit.Signer(TrustKit.Authority("No CA", root, isAuthority: false))), spec: judging);
        var other = SealCms.Read(Seal(device), Oids.SealStatement, new CertificateCache());
        Write("bad-token", "a time-stamp for something else", TrustCode.TokenMismatch, SealCms.WithToken(other, TrustKit.Token(TrustKit.TimestampAuthority(root), statement, TrustKit.Now)), spec: judging);
    }
}
