using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Veridicom.Seals.Trust;
using Xunit;

namespace Veridicom.Tests.Trust;

public sealed class RevocationListTests
{
    private static readonly Party Root = TrustKit.Authority();
    private static readonly Party Device = TrustKit.Signer(Root);
    private static readonly DateTimeOffset From = TrustKit.Now.AddDays(-10), Until = TrustKit.Now.AddDays(20);

    private static TrustResult Judge(Party party, DateTimeOffset at, params byte[][] lists) =>
        TrustList.Create([Root.Der], revocationLists: lists.Select(l => (ReadOnlyMemory<byte>)l)).Evaluate(party.Path(), at, TrustPurpose.Seal);

    private static TrustCheck Check(Party party, DateTimeOffset at, params byte[][] lists) => Judge(party, at, lists)[TrustCheck.Revocation];

    [Fact]
    public void Silence_of_a_current_list_is_good_news()
    {
        byte[] list = TrustKit.RevocationList(Root, From, Until);
        Assert.Equal(CheckState.Passed, Check(Device, TrustKit.Now, list).State);
        Assert.Equal(CheckState.Passed, Check(Device, Until, list).State);
        // A list made later speaks for earlier days as well, since what was revoked stays on it.
        Assert.Equal(CheckState.Passed, Check(Device, From.AddDays(-1), list).State);
        var stale = Judge(Device, Until.AddTicks(1), list);
        Assert.Equal((CheckState.NotChecked, TrustCode.CrlStale), (stale[TrustCheck.Revocation].State, stale[TrustCheck.Revocation].Code));
        Assert.Equal(TrustCode.Ok, stale.Code);
        Assert.Equal(Until.AddTicks(1), Judge(Device, TrustKit.Now, list).HoldsUntil);
        var parsed = RevocationList.Parse(list);
        Assert.Equal((From, Until, 0), (parsed.ThisUpdate, parsed.NextUpdate, parsed.Count));
        Assert.Equal(list, parsed.Der.ToArray());
    }

    [Fact]
    public void A_revoked_certificate_counts_until_it_was_revoked()
    {
        var day = TrustKit.Now.AddDays(-3);
        byte[] list = TrustKit.RevocationList(Root, From, Until, (Device, day));
        Assert.Equal(TrustCode.Revoked, Judge(Device, TrustKit.Now, list).Code);
        Assert.Equal(TrustCode.Revoked, Judge(Device, day, list).Code);
        Assert.Equal(TrustCode.Revoked, Judge(Device, Until.AddDays(30), list).Code); // also by a stale list
        var before = Judge(Device, day.AddTicks(-1), list);
        Assert.Equal(CheckState.Passed, before[TrustCheck.Revocation].State);
        Assert.Equal(day, before.HoldsUntil);
        Assert.Equal(TrustCode.Ok, Judge(TrustKit.Signer(Root), TrustKit.Now, list).Code);
        // One list among several is enough.
        Assert.Equal(TrustCode.Revoked, Judge(Device, TrustKit.Now, TrustKit.RevocationList(Root, From.AddDays(-1), Until), list).Code);
    }

    [Fact]
    public void An_invalidity_date_counts_where_it_is_earlier()
    {
        var day = TrustKit.Now.AddDays(-3);
        byte[] Entry(DateTimeOffset invalid) => TrustKit.Extension(Oids.InvalidityDate, Encode(w => w.WriteGeneralizedTime(invalid, true)), false).RawData;
        byte[] list = Build(entry: Entry(day.AddDays(-100)), day: day);
        Assert.Equal(TrustCode.Revoked, Judge(Device, day.AddDays(-50), list).Code);
        Assert.Equal(TrustCode.Ok, Judge(Device, day.AddDays(-101), list).Code);
        Assert.Equal(TrustCode.Ok, Judge(Device, day.AddSeconds(-1), Build(entry: Entry(day.AddDays(5)), day: day)).Code);
    }

    [Fact]
    public void Revoked_authorities_take_their_signers_with_them()
    {
        var middle = TrustKit.Authority("Middle CA", Root);
        var device = TrustKit.Signer(middle);
        byte[] roots = TrustKit.RevocationList(Root, From, Until, (middle, From));
        byte[] middles = TrustKit.RevocationList(middle, From, Until);
        Assert.Equal(TrustCode.Revoked, Judge(device, TrustKit.Now, roots, middles).Code);
        Assert.Equal(CheckState.Passed, Check(device, TrustKit.Now, TrustKit.RevocationList(Root, From, Until), middles).State);
        Assert.Equal(TrustCode.CrlMissing, Check(device, TrustKit.Now, middles).Code);
    }

    [Fact]
    public void Lists_of_others_prove_nothing()
    {
        var fake = TrustKit.Authority(); // the same name
        Assert.Equal(TrustCode.CrlBad, Check(Device, TrustKit.Now, TrustKit.RevocationList(fake, From, Until, (Device, From))).Code);
        Assert.Equal(TrustCode.CrlMissing, Check(Device, TrustKit.Now, TrustKit.RevocationList(TrustKit.Authority("Other"), From, Until, (Device, From))).Code);
        var noLists = TrustKit.Authority("No lists", usage: X509KeyUsageFlags.KeyCertSign);
        var device = TrustKit.Signer(noLists);
        var trust = TrustList.Create([noLists.Der], revocationLists: [TrustKit.RevocationList(noLists, From, Until, (device, From))]);
        Assert.Equal(TrustCode.CrlBad, trust.Evaluate(device.Path(), TrustKit.Now, TrustPurpose.Seal)[TrustCheck.Revocation].Code);
        var keyed = TrustKit.Authority("Keyed", more: new X509SubjectKeyIdentifierExtension([9, 9], false));
        var other = RevocationList.Parse(TrustKit.RevocationList(Root, From, Until));
        Assert.Equal(TrustCode.BadSignature, other.VerifyIssuedBy(keyed.Certificate));
    }

    [Fact]
    public void An_expired_certificate_may_have_left_the_list()
    {
        var old = TrustKit.Signer(Root, until: From.AddDays(-1));
        Assert.Equal(TrustCode.CrlStale, Check(old, From.AddDays(-2), TrustKit.RevocationList(Root, From, Until)).Code);
    }

    [Fact]
    public void Weak_hashes_can_revoke_but_not_acquit()
    {
        byte[] silent = Build(day: null, algorithm: Oids.EcdsaWithSha1);
        Assert.Equal(TrustCode.CrlStale, Check(Device, TrustKit.Now, silent).Code);
        Assert.Equal(TrustCode.Revoked, Judge(Device, TrustKit.Now, Build(day: From, algorithm: Oids.EcdsaWithSha1)).Code);
    }

    [Fact]
    public void Lists_that_are_not_complete_lists_of_one_issuer_are_not_used()
    {
        byte[] delta = Build(day: From, list: TrustKit.Extension("2.5.29.27", [2, 1, 1]).RawData, listOid: "2.5.29.27", critical: true);
        Assert.Equal(TrustCode.CrlBad, Check(Device, TrustKit.Now, delta).Code);
        byte[] indirect = Build(day: From, entry: [0x30, 0], entryOid: "2.5.29.29", critical: true);
        Assert.Equal(TrustCode.CrlBad, Check(Device, TrustKit.Now, indirect).Code);
        Assert.Equal(TrustCode.CrlBad, Check(Device, TrustKit.Now, Build(day: From, algorithm: "1.2.3.4")).Code);
        // A number, as every list of version 2 has, and what is not critical are nothing special.
        Assert.Equal(TrustCode.Revoked, Judge(Device, TrustKit.Now, Build(day: From, list: [2, 1, 9], listOid: Oids.CrlNumber, critical: true)).Code);
        Assert.Equal(TrustCode.Revoked, Judge(Device, TrustKit.Now, Build(day: From, list: [2, 1, 9], listOid: "1.2.3")).Code);
        Assert.Equal(TrustCode.Revoked, Judge(Device, TrustKit.Now, Build(day: From, version: null)).Code);
    }

    [Fact]
    public void Every_flipped_bit_is_malformed_or_breaks_the_signature()
    {
        byte[] list = TrustKit.RevocationList(Root, From, Until, (Device, From));
        var survived = new List<int>();
        for (int bit = 0; bit < list.Length * 8; bit++)
        {
            list[bit / 8] ^= (byte)(1 << (bit % 8));
            try
            {
                var parsed = RevocationList.Parse(list);
                if (parsed.UnknownCritical.Count == 0 && parsed.VerifyIssuedBy(Root.Certificate) == TrustCode.Ok)
                {
                    survived.Add(bit);
                }
            }
            catch (TrustException e)
            {
                Assert.Equal(TrustCode.Malformed, e.Code);
            }
            list[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.Empty(survived);
        TrustKit.Refused(TrustCode.Malformed, () => RevocationList.Parse((byte[])[.. list, 0]));
    }

    [Fact]
    public void Other_forms_are_malformed()
    {
        TrustKit.Refused(TrustCode.Malformed, () => RevocationList.Parse(Build(day: From, version: 0)));
        TrustKit.Refused(TrustCode.Malformed, () => RevocationList.Parse(Build(day: From, version: 2)));
        TrustKit.Refused(TrustCode.Malformed, () => RevocationList.Parse(Build(day: From, twice: true)));
        TrustKit.Refused(TrustCode.Malformed, () => RevocationList.Parse(Build(day: null, emptyEntries: true)));
        TrustKit.Refused(TrustCode.Malformed, () => RevocationList.Parse(Build(day: From, outerAlgorithm: Oids.EcdsaWithSha384)));
        TrustKit.Refused(TrustCode.Malformed, () => RevocationList.Parse(Build(day: From, nextUpdate: false)));
        TrustKit.Refused(TrustCode.Malformed, () => RevocationList.Parse(Build(day: From, version: null, list: [2, 1, 9], listOid: Oids.CrlNumber)));
    }

    private static byte[] Encode(Action<AsnWriter> write)
    {
        var writer = new AsnWriter(AsnEncodingRules.DER);
        write(writer);
        return writer.Encode();
    }

    /// <summary>A list signed by the root, with one departure or another.</summary>
    private static byte[] Build(DateTimeOffset? day, byte[]? entry = null, string entryOid = Oids.InvalidityDate, byte[]? list = null, string listOid = "", bool critical = false,
        string algorithm = Oids.EcdsaWithSha256, string? outerAlgorithm = null, int? version = 1, bool twice = false, bool emptyEntries = false, bool nextUpdate = true)
    {
        void Algorithm(AsnWriter w, string oid)
        {
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(oid);
            }
        }
        void Extension(AsnWriter w, string oid, byte[] value)
        {
            using (w.PushSequence())
            using (w.PushSequence())
            {
                w.WriteObjectIdentifier(oid);
                if (critical)
                {
                    w.WriteBoolean(true);
                }
                w.WriteOctetString(value);
            }
        }
        byte[] body = Encode(w =>
        {
            using (w.PushSequence())
            {
                if (version is { } v)
                {
                    w.WriteInteger(v);
                }
                Algorithm(w, algorithm);
                w.WriteEncodedValue(Root.Certificate.Subject.Span);
                w.WriteUtcTime(From);
                if (nextUpdate)
                {
                    w.WriteUtcTime(Until);
                }
                if (day is { } revoked || emptyEntries)
                {
                    using (w.PushSequence())
                    {
                        for (int i = 0; !emptyEntries && i < (twice ? 2 : 1); i++)
                        {
                            using (w.PushSequence())
                            {
                                w.WriteInteger(Device.Certificate.SerialNumber.Span);
                                w.WriteUtcTime(day!.Value);
                                if (entry is not null)
                                {
                                    Extension(w, entryOid, entry);
                                }
                            }
                        }
                    }
                }
                if (list is not null)
                {
                    using (w.PushSequence(new Asn1Tag(TagClass.ContextSpecific, 0, true)))
                    {
                        Extension(w, listOid, list);
                    }
                }
            }
        });
        return Encode(w =>
        {
            using (w.PushSequence())
            {
                w.WriteEncodedValue(body);
                Algorithm(w, outerAlgorithm ?? algorithm);
                var hash = algorithm == Oids.EcdsaWithSha1 ? HashAlgorithmName.SHA1 : HashAlgorithmName.SHA256;
                w.WriteBitString(((ECDsa)Root.Key).SignData(body, hash, DSASignatureFormat.Rfc3279DerSequence));
            }
        });
    }
}
