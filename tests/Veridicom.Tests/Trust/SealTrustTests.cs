using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class SealTrustTests
{
    private static readonly Party Root = TrustKit.Authority();
    private static readonly Party Device = TrustKit.Signer(Root, until: TrustKit.Now.AddDays(1));
    private static readonly Party Authority = TrustKit.TimestampAuthority(Root);
    private static readonly DateTimeOffset Later = TrustKit.Now.AddDays(30);
    private readonly TrustList trust = TrustKit.Trusting(Root);

    private SealMessage Message(params Func<byte[], byte[]>[] tokens)
    {
        var message = SealCms.Read(SealCms.Write("s"u8, Oids.SealStatement, Device.Signer(), TrustKit.Now), Oids.SealStatement, trust.Certificates);
        foreach (var token in tokens)
        {
            message = SealCms.Read(SealCms.WithToken(message, token(message.Signature.ToArray())), Oids.SealStatement, trust.Certificates);
        }
        return message;
    }

    private SealTrust Judge(DateTimeOffset now, params Func<byte[], byte[]>[] tokens) => SealTrust.Evaluate(Message(tokens), trust, now);

    private static Func<byte[], byte[]> At(DateTimeOffset time, Party? by = null) => signature => TrustKit.Token(by ?? Authority, signature, time);

    [Fact]
    public void Without_a_token_the_signer_is_judged_now()
    {
        Assert.Equal((TrustCode.Ok, false, TrustKit.Now), (Judge(TrustKit.Now).Code, Judge(TrustKit.Now).IsProven, Judge(TrustKit.Now).JudgedAt));
        Assert.Equal(TrustCode.Expired, Judge(Later).Code);
    }

    [Fact]
    public void With_tokens_at_the_earliest_trusted_time()
    {
        var result = Judge(Later, At(TrustKit.Now.AddDays(2)), At(TrustKit.Now.AddHours(1)), At(TrustKit.Now.AddDays(3)));
        Assert.Equal((TrustCode.Ok, true, TrustKit.Now.AddHours(1), 3), (result.Code, result.IsProven, result.JudgedAt, result.Tokens.Count));
    }

    [Fact]
    public void A_token_from_the_future_or_from_a_stranger_proves_nothing()
    {
        Assert.Equal((TrustCode.Ok, false), (Judge(TrustKit.Now, At(Later)).Code, Judge(TrustKit.Now, At(Later)).IsProven));
        var stranger = TrustKit.TimestampAuthority(TrustKit.Authority("Elsewhere"));
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Now, At(TrustKit.Now, stranger)).Code);
        Assert.Equal(TrustCode.Expired, Judge(Later, At(TrustKit.Now, stranger)).Code);
    }

    [Fact]
    public void A_token_for_something_else_or_a_damaged_one_is_named()
    {
        Assert.Equal(TrustCode.TokenMismatch, Judge(TrustKit.Now, _ => TrustKit.Token(Authority, [1, 2, 3], TrustKit.Now)).Code);
        byte[] bytes = Message(At(TrustKit.Now)).Encoded.ToArray();
        int end = bytes.Length - 1;
        bytes[end] ^= 1;
        Assert.Equal(TrustCode.TokenBad, SealTrust.Evaluate(SealCms.Read(bytes, Oids.SealStatement, trust.Certificates), trust, TrustKit.Now).Code);
        bytes[end] ^= 1;
        byte[] unreadable = Rewrite.Replace(bytes, Rewrite.Oid(Oids.TimestampInfo), Rewrite.Oid("1.2.840.113549.1.9.16.1.5"));
        var result = SealTrust.Evaluate(SealCms.Read(unreadable, Oids.SealStatement, trust.Certificates), trust, TrustKit.Now);
        Assert.Equal(TrustCode.TokenBad, result.Code);
        Assert.Single(result.DamagedTokens);
    }

    [Fact]
    public void A_bad_signature_comes_before_all_else()
    {
        byte[] bytes = Message().Encoded.ToArray();
        bytes[^1] ^= 1;
        Assert.Equal(TrustCode.BadSignature, SealTrust.Evaluate(SealCms.Read(bytes, Oids.SealStatement, trust.Certificates), TrustList.Empty, TrustKit.Now).Code);
    }
}
