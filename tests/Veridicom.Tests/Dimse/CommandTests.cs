using FsCheck;
using FsCheck.Fluent;
using Veridicom.Dicom;
using Veridicom.Dimse;
using Veridicom.Dimse.Messages;
using Xunit;

namespace Veridicom.Tests.Dimse;

/// <summary>Whatever command is written is read the same; whatever bytes come, only documented errors come out.</summary>
public sealed class CommandTests
{
    private static readonly Config Runs = Config.QuickThrowOnFailure.WithMaxTest(500);
    private static readonly DicomError[] Documented =
        [DicomError.ValueTooLong, DicomError.Truncated, DicomError.OddLength, DicomError.IllegalGroup, DicomError.Duplicate, DicomError.OutOfOrder, DicomError.BadElement];

    private static readonly Gen<string> Uid = from parts in Gen.Choose(0, 99999).ListOf(10) select "1.2." + string.Join('.', parts);
    private static readonly Gen<ushort> Number = from n in Gen.Choose(0, 65535) select (ushort)n;

    private static Gen<T?> Perhaps<T>(Gen<T> of) where T : class => Gen.Frequency((2, of.Select(v => (T?)v)), (1, Gen.Constant<T?>(null)));

    private static readonly Gen<DimseCommand> Commands =
        from field in Gen.Elements(Enum.GetValues<CommandField>())
        from id in Number
        from name in Uid
        from instance in Uid
        from other in Perhaps(Uid)
        from data in Gen.Elements(true, false)
        from title in Perhaps(Gen.Elements("A", "WORKSTATION", "SIXTEEN LETTERS!"))
        from comment in Perhaps(Gen.Elements("no", new string('x', 64)))
        from type in Number
        let c = new DimseCommand { Field = field }
        let answers = c.IsResponse || field == CommandField.CancelRequest
        select c with
        {
            MessageId = answers ? null : id, RespondedTo = answers ? id : null, AffectedClass = name, RequestedClass = field == CommandField.ActionRequest ? name : other,
            AffectedInstance = instance, RequestedInstance = field == CommandField.ActionRequest ? instance : other, HasDataSet = data, EventType = type, ActionType = type,
            MoveOriginator = title, MoveOriginatorMessage = type, Priority = type, Status = c.IsResponse ? new DimseStatus(type, comment) : null,
        };

    [Fact]
    public void What_is_written_is_read_the_same() => Prop.ForAll(Commands.ToArbitrary(), c => DimseCommand.Decode(c.Encode()) == c).Check(Runs);

    [Fact]
    public void The_group_length_says_how_many_bytes_follow() =>
        Prop.ForAll(Commands.ToArbitrary(), c => c.Encode() is var bytes && BitConverter.ToUInt32(bytes, 8) == bytes.Length - 12).Check(Runs);

    [Fact]
    public void Changed_bytes_give_a_command_or_a_documented_error()
    {
        var changed = from c in Commands
                      from at in Gen.Choose(0, 1000).ListOf(3)
                      from bit in Gen.Choose(0, 7).ListOf(3)
                      from flips in Gen.Choose(0, 3)
                      from cut in Gen.Choose(-40, 20)
                      select (Bytes: c.Encode(), at, bit, flips, cut);
        int read = 0, refused = 0;
        Prop.ForAll(changed.ToArbitrary(), t =>
        {
            for (int i = 0; i < t.flips; i++) t.Bytes[t.at[i] % t.Bytes.Length] ^= (byte)(1 << t.bit[i]);
            try
            {
                DimseCommand command = DimseCommand.Decode(t.Bytes.AsSpan(0, t.Bytes.Length - Math.Max(0, t.cut)));
                read++;
                return DimseCommand.Decode(command.Encode()) == command;
            }
            catch (DicomException e)
            {
                refused++;
                return Documented.Contains(e.Code);
            }
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(3000));
        Assert.True(read > 500 && refused > 500, $"{read} read, {refused} refused");
    }

    [Fact]
    public void An_answer_names_what_it_answers()
    {
        DimseCommand answer = DimseCommand.RequestCommitment(9).Respond(DimseStatus.Success);

        Assert.Equal(CommandField.ActionResponse, answer.Field);
        Assert.Equal((ushort)9, answer.RespondedTo);
        Assert.Equal((DimseUid.StorageCommitment, DimseUid.StorageCommitmentInstance), (answer.AffectedClass, answer.AffectedInstance));
        Assert.False(answer.HasDataSet);
        Assert.Null(answer.RequestedClass);
    }

    [Fact]
    public void A_command_that_nobody_knows_can_be_answered()
    {
        var unknown = new DimseCommand { Field = (CommandField)0x0077, MessageId = 5 };

        Assert.Equal("command 8077H", DimseCommand.Decode(unknown.Respond(new DimseStatus(0x0211)).Encode()).Name);
    }

    [Fact]
    public void An_answer_is_not_answered() =>
        Assert.Throws<InvalidOperationException>(() => DimseCommand.Echo(1).Respond(DimseStatus.Success).Respond(DimseStatus.Success));

    [Theory]
    [InlineData("")]
    [InlineData("1.2.x")]
    [InlineData("1.2\\3")]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    public void What_is_no_UID_is_never_written(string uid) => Assert.Throws<ArgumentException>(() => DimseCommand.Store(1, uid, "1.2").Encode());

    [Fact]
    public void A_comment_is_cut_and_made_plain()
    {
        var answer = DimseCommand.Echo(1).Respond(new DimseStatus(0x0110, "tab\tend" + new string('y', 90)));

        Assert.Equal("tab?end" + new string('y', 57), DimseCommand.Decode(answer.Encode()).Status!.Value.Comment);
    }
}
