using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Dimse.Messages;
using Veridicom.Dimse.Provider;
using Xunit;

namespace Veridicom.Tests.Dimse;

public sealed class CommitmentDataSetTests
{
    private const string Ct = "1.2.840.10008.5.1.4.1.1.2";

    public static TheoryData<NodeForm> Forms => [NodeForm.None, NodeForm.Implicit, NodeForm.BigEndian];

    private static CommitmentReference Reference(int i) => new(Ct, $"1.2.3.{i}");

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_request_is_read_as_it_was_written(NodeForm form)
    {
        var request = new CommitmentRequest("1.2.99", [Reference(1), Reference(2)]);

        CommitmentRequest read = CommitmentDataSet.ReadRequest(new MemorySource(CommitmentDataSet.Write(request, form)), form);

        Assert.Equal(request.TransactionUid, read.TransactionUid);
        Assert.Equal(request.References, read.References);
    }

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_result_is_read_as_it_was_written(NodeForm form)
    {
        var result = new CommitmentResult("1.2.99", [Reference(1)], [new(Reference(2), 0x0112), new(Reference(3), 0x0119)]);

        CommitmentResult read = CommitmentDataSet.ReadResult(new MemorySource(CommitmentDataSet.Write(result, form)), form);

        Assert.Equal(result.TransactionUid, read.TransactionUid);
        Assert.Equal(result.Committed, read.Committed);
        Assert.Equal(result.Failed, read.Failed);
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(0, 1)]
    public void A_result_needs_only_one_of_its_sequences(int committed, int failed)
    {
        var result = new CommitmentResult("1.2.99", [.. Enumerable.Range(0, committed).Select(Reference)], [.. Enumerable.Range(0, failed).Select(i => new CommitmentFailure(Reference(i), 0x0110))]);

        CommitmentResult read = CommitmentDataSet.ReadResult(new MemorySource(CommitmentDataSet.Write(result, NodeForm.None)), NodeForm.None);

        Assert.Equal((committed, failed), (read.Committed.Count, read.Failed.Count));
    }

    [Fact]
    public void As_many_references_as_may_be_are_read()
    {
        byte[] bytes = CommitmentDataSet.Write(new CommitmentRequest("1.2.99", [.. Enumerable.Range(0, CommitmentDataSet.MaxReferences).Select(Reference)]), NodeForm.Implicit);

        Assert.Equal(CommitmentDataSet.MaxReferences, CommitmentDataSet.ReadRequest(new MemorySource(bytes), NodeForm.Implicit).References.Count);
    }

    [Fact]
    public void One_reference_more_is_refused()
    {
        var item = new ElementWriter().BeginItem().Text(new(0x0008_1150), Vr.UI, Ct).Text(new(0x0008_1155), Vr.UI, "1.2.3").EndItem().ToArray();
        var set = new ElementWriter().Text(new(0x0008_1195), Vr.UI, "1.2.99").BeginSequence(new(0x0008_1199));
        for (int i = 0; i <= CommitmentDataSet.MaxReferences; i++) set.Raw(item);

        Assert.Equal(DicomError.TooMany, Refused(set.EndSequence().ToArray()));
    }

    [Fact]
    public void Nothing_is_written_that_would_not_be_read()
    {
        Assert.Throws<ArgumentException>(() => CommitmentDataSet.Write(new CommitmentRequest("1.2", []), NodeForm.None));
        Assert.Throws<ArgumentException>(() => CommitmentDataSet.Write(new CommitmentRequest("one", [Reference(1)]), NodeForm.None));
        Assert.Throws<ArgumentException>(() => CommitmentDataSet.Write(new CommitmentRequest("1.2", [.. Enumerable.Range(0, CommitmentDataSet.MaxReferences + 1).Select(Reference)]), NodeForm.None));
    }

    [Fact]
    public void What_must_be_there_is_demanded()
    {
        byte[] references = new ElementWriter().BeginSequence(new(0x0008_1199)).BeginItem().Text(new(0x0008_1150), Vr.UI, Ct).Text(new(0x0008_1155), Vr.UI, "1.2.3").EndItem().EndSequence().ToArray();
        byte[] transaction = new ElementWriter().Text(new(0x0008_1195), Vr.UI, "1.2.99").ToArray();

        Assert.Single(CommitmentDataSet.ReadRequest(new MemorySource((byte[])[.. transaction, .. references]), NodeForm.None).References);
        Assert.Equal(DicomError.BadElement, Refused(references));
        Assert.Equal(DicomError.BadElement, Refused(transaction));
        Assert.Equal(DicomError.Duplicate, Refused([.. transaction, .. references, .. references]));
        Assert.Equal(DicomError.BadElement, Refused([.. transaction, .. new ElementWriter().BeginSequence(new(0x0008_1199)).BeginItem().EndItem().EndSequence().ToArray()]));
        Assert.Equal(DicomError.BadElement, Refused([.. new ElementWriter().Text(new(0x0008_1195), Vr.UI, "1.2.99/..").ToArray(), .. references]));
        Assert.Equal(DicomError.BadElement, Refused([.. transaction, .. new ElementWriter().Bytes(new(0x0008_1199), Vr.OB, [1, 2]).ToArray()]));
        Assert.Equal(DicomError.Truncated, Refused(((byte[])[.. transaction, .. references])[..^20]));
    }

    [Fact]
    public void A_failure_without_reason_is_refused()
    {
        byte[] set = new ElementWriter().Text(new(0x0008_1195), Vr.UI, "1.2.99").BeginSequence(new(0x0008_1198)).BeginItem()
            .Text(new(0x0008_1150), Vr.UI, Ct).Text(new(0x0008_1155), Vr.UI, "1.2.3").EndItem().EndSequence().ToArray();

        var error = Assert.Throws<DicomException>(() => CommitmentDataSet.ReadResult(new MemorySource(set), NodeForm.None));
        Assert.Equal("(0008,1198)[1].(0008,1197)", error.Path);
    }

    [Fact]
    public void A_cut_or_changed_data_set_gives_only_documented_errors()
    {
        byte[] whole = CommitmentDataSet.Write(new CommitmentResult("1.2.99", [Reference(1)], [new(Reference(2), 0x0112)]), NodeForm.None);
        var random = new Random(4);
        int refused = 0;
        for (int run = 0; run < 5000; run++)
        {
            byte[] bytes = whole[..(run % 2 == 0 ? whole.Length : random.Next(whole.Length))];
            for (int i = 0; i < 2 && bytes.Length > 0; i++) bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            try
            {
                CommitmentDataSet.ReadResult(new MemorySource(bytes), NodeForm.None);
            }
            catch (DicomException)
            {
                refused++;
            }
        }
        Assert.True(refused > 1000);
    }

    private static DicomError Refused(byte[] bytes) => Assert.Throws<DicomException>(() => CommitmentDataSet.ReadRequest(new MemorySource(bytes), NodeForm.None)).Code;
}
