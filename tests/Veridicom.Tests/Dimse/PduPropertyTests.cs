using FsCheck;
using FsCheck.Fluent;
using Veridicom.Dimse.Pdu;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>What holds for every PDU.</summary>
public sealed class PduPropertyTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(300);
    private static readonly Gen<string> Uid = from parts in Gen.Choose(0, 99999).ListOf(8) select "1.2." + string.Join('.', parts);
    private static readonly Gen<string> Title = Gen.Elements("A", "VERIDICOM", "SIXTEEN LETTERS!", "x_1");
    private static readonly Gen<byte> Octet = Gen.Choose(0, 255).Select(value => (byte)value);
    private static readonly Gen<byte[]> Bytes = from length in Gen.Choose(0, 40) from bytes in Octet.ListOf(length) select bytes.ToArray();
    private static readonly Gen<ushort> Number = Gen.Choose(0, 65535).Select(value => (ushort)value);

    private static Gen<IReadOnlyList<T>> Few<T>(Gen<T> of, int least, int most) =>
        from count in Gen.Choose(least, most) from items in of.ListOf(count) select (IReadOnlyList<T>)[.. items];

    private static Gen<UserInformation> User(bool asks) =>
        from maximum in Gen.Elements<uint?>(null, 0, 8, 16384, uint.MaxValue)
        from implementation in Gen.OneOf(Uid, Gen.Constant(""))
        from version in Gen.Elements("", "VERIDICOM_0_1", "x")
        from window in Gen.OneOf(Gen.Constant<AsynchronousOperations?>(null), from a in Number from b in Number select (AsynchronousOperations?)new AsynchronousOperations(a, b))
        from roles in Few(from uid in Uid from a in Octet from b in Octet select new RoleSelection(uid, a > 127, b > 127), 0, 3)
        from extended in Few(from uid in Uid from bytes in Bytes select new ExtendedNegotiation(uid, bytes), 0, 3)
        from common in Few(from uid in Uid from service in Uid from related in Few(Uid, 0, 3) select new CommonExtendedNegotiation(uid, service, related), 0, asks ? 2 : 0)
        from type in Octet
        from primary in Bytes
        from secondary in Bytes
        select new UserInformation
        {
            MaxLength = maximum, ImplementationClassUid = implementation, ImplementationVersion = version, Asynchronous = window, Roles = roles, Extended = extended,
            CommonExtended = common, Identity = asks && type < 100 ? new UserIdentity(type, type > 50, primary, secondary) : null,
            IdentityResponse = !asks && type < 100 ? primary : null,
        };

    private static readonly Gen<AssociateRequest> Requests =
        from called in Title
        from calling in Title
        from application in Uid
        from count in Gen.Choose(1, 128)
        from first in Gen.Choose(0, 127)
        from contexts in (from uid in Uid from syntaxes in Few(Uid, 1, 5) select (uid, syntaxes)).ListOf(count)
        from user in User(asks: true)
        select new AssociateRequest
        {
            CalledAe = called, CallingAe = calling, ApplicationContext = application, User = user,
            Contexts = [.. contexts.Select((context, at) => new ProposedContext((byte)((((first + at) % 128) * 2) + 1), context.uid, context.syntaxes))],
        };

    private static readonly Gen<AssociateAccept> Accepts =
        from count in Gen.Choose(0, 128)
        from contexts in (from result in Gen.Elements(Enum.GetValues<ContextResult>()) from uid in Uid select (result, uid)).ListOf(count)
        from user in User(asks: false)
        from title in Title
        select new AssociateAccept
        {
            CalledAe = title, CallingAe = title, User = user,
            Contexts = [.. contexts.Select((context, at) => new AnsweredContext((byte)((at * 2) + 1), context.result, context.uid))],
        };

    private static readonly Gen<ControlPdu> Pdus = Gen.OneOf(
        Requests.Select(pdu => (ControlPdu)pdu),
        Accepts.Select(pdu => (ControlPdu)pdu),
        from a in Octet from b in Octet from c in Octet select (ControlPdu)new AssociateReject(a, b, c),
        from a in Octet from b in Octet select (ControlPdu)new Abort((AbortSource)a, (AbortReason)b),
        Gen.Elements<ControlPdu>(new ReleaseRequest(), new ReleaseResponse()));

    [Fact]
    public void What_is_written_is_read_the_same() => Prop.ForAll(Pdus.ToArbitrary(), pdu =>
    {
        byte[] bytes = PduCodec.Write(pdu);
        Assert.True(PduCodec.TryRead([.. bytes, 9, 9], PduLimits.Default, out ControlPdu? read, out int consumed));
        Assert.Equal(bytes.Length, consumed);
        Assert.Equal(PduVectorTests.Describe(pdu), PduVectorTests.Describe(read!));
        Assert.Equal(bytes, PduCodec.Write(read!));
    }).Check(Runs);

    [Fact]
    public void No_part_of_a_pdu_is_taken_for_a_whole_one() => Prop.ForAll(Pdus.ToArbitrary(), Gen.Choose(0, int.MaxValue).ToArbitrary(), (pdu, at) =>
    {
        byte[] bytes = PduCodec.Write(pdu);
        return !PduCodec.TryRead(bytes.AsSpan(0, at % bytes.Length), PduLimits.Default, out _, out int consumed) && consumed == 0;
    }).Check(Runs);

    [Fact]
    public void Changed_bytes_give_a_pdu_or_a_documented_error()
    {
        var changed = from pdu in Pdus
                      from at in Gen.Choose(0, int.MaxValue).ListOf(4)
                      from values in Octet.ListOf(4)
                      from count in Gen.Choose(1, 4)
                      select (pdu, at, values, count);
        int refused = 0;
        Prop.ForAll(changed.ToArbitrary(), change =>
        {
            byte[] bytes = PduCodec.Write(change.pdu);
            for (int i = 0; i < change.count; i++) bytes[change.at[i] % bytes.Length] = change.values[i];
            try
            {
                PduCodec.TryRead(bytes, PduLimits.Default, out _, out _);
            }
            catch (PduException fault)
            {
                refused++;
                Assert.InRange(fault.Offset, 0, bytes.Length);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(2000));
        Assert.NotEqual(0, refused);
    }

    [Fact]
    public void Values_of_a_P_DATA_TF_are_found_where_they_were_put()
    {
        var values = Few(from context in Octet from control in Gen.Choose(0, 3) from fragment in Bytes select (context, control, fragment), 1, 6);
        Prop.ForAll(values.ToArbitrary(), all =>
        {
            var body = new List<byte>();
            foreach (var (context, control, fragment) in all)
            {
                byte[] header = new byte[PduCodec.DataHeaderLength];
                PduCodec.WriteDataHeader(header, fragment.Length, context, (control & 1) != 0, (control & 2) != 0);
                body.AddRange(header[PduCodec.HeaderLength..]);
                body.AddRange(fragment);
            }

            byte[] bytes = [.. body];
            int position = 0;
            foreach (var (context, control, fragment) in all)
            {
                Assert.True(PduCodec.TryNextValue(bytes, ref position, out DataValue value));
                Assert.Equal((context, (control & 1) != 0, (control & 2) != 0), (value.ContextId, value.IsCommand, value.IsLast));
                Assert.Equal(fragment, bytes[value.Start..(value.Start + value.Length)]);
            }

            Assert.False(PduCodec.TryNextValue(bytes, ref position, out _));
        }).Check(Runs);
    }

    [Fact]
    public void A_user_identity_shows_no_secret() =>
        Assert.Equal("user identity of type 2", new UserIdentity(2, true, "name"u8.ToArray(), "secret"u8.ToArray()).ToString());
}
