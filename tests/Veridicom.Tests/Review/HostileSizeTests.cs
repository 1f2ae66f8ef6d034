using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Veridicom.Seals.Inventory;
using Veridicom.Seals.Signatures;
using Veridicom.Seals.Verify;
using Veridicom.Testing;
using Veridicom.Tests.Seals;
using Xunit;

namespace Veridicom.Tests.Review;

/// <summary>Small files that would once have cost gigabytes or hours.</summary>
public sealed class HostileSizeTests
{
    [Fact]
    public void Many_private_creators_do_not_cost_the_square_of_their_number()
    {
        var w = new ElementWriter();
        for (int group = 0x0009; group < 0x7F00; group += 2)
        {
            for (int block = 0x10; block < 0x20; block++) w.Bytes(new((ushort)group, (ushort)block), Vr.LO, "A "u8);
            w.Bytes(new((ushort)group, 0x1F01), Vr.OB, [1, 2]).Bytes(new((ushort)group, 0xFF01), Vr.OB, [1, 2]);
        }
        DicomDataSet set = DicomDataSet.Parse(new MemorySource(w.ToArray()), NodeForm.None);

        Inventory inventory = Inventory.Walk(set, default);

        Assert.Equal(set.NodeCount - 1, inventory.Count);
        Assert.Equal([(byte)'C', 0x7E, 0xFF, 15, 1, (byte)'A'], inventory.Path(inventory.Count - 3).ToArray());
        Assert.Equal([(byte)'P', 0x7E, 0xFF, 15, 1, (byte)'A', 0x01], inventory.Path(inventory.Count - 2).ToArray());
        Assert.Equal((byte)'R', inventory.Path(inventory.Count - 1)[0]);
    }

    [Fact]
    public void Paths_that_would_take_gigabytes_are_a_limit_and_no_defect()
    {
        string name = new('N', 64);
        var w = new ElementWriter();
        for (int depth = 0; depth < 40; depth++) w.Text(new(0x0009, 0x0010), Vr.LO, name).Header(new(0x0009, 0x1001), Vr.SQ, 0xFFFFFFFF).BeginItem();
        for (int element = 0x0008; element < 0x0008 + 60_000; element++) w.Bytes(new(0x0010, (ushort)element), Vr.CS, []);
        for (int depth = 0; depth < 40; depth++) w.EndItem().EndSequence();
        byte[] file = SealKit.Added(SealKit.Seal(SealKit.Tiny(SampleFiles.Explicit)), [.. new ElementWriter().Header(new(0x0041, 0x1001), Vr.SQ, 0xFFFFFFFF).BeginItem().Written, .. w.Written, .. new ElementWriter().EndItem().EndSequence().Written]);
        long before = GC.GetAllocatedBytesForCurrentThread();

        Verdict verdict = SealKit.Verify(file);

        Assert.Equal((VerdictKind.Unverifiable, ReasonCode.LimitExceeded), (verdict.Kind, verdict.Reasons[0].Code));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 400 << 20);
    }

    [Fact]
    public void Many_signatures_share_the_list_of_one_MAC()
    {
        var w = new ElementWriter().Header(new(0x4FFE, 0x0001), Vr.SQ, 0xFFFFFFFF).BeginItem()
            .UInt16(new(0x0400, 0x0005), 1).Bytes(new(0x0400, 0x0020), Vr.AT, new byte[60_000]).EndItem().EndSequence()
            .Header(new(0xFFFA, 0xFFFA), Vr.SQ, 0xFFFFFFFF);
        for (int i = 0; i < 5_000; i++) w.BeginItem().UInt16(new(0x0400, 0x0005), 1).EndItem();
        DicomDataSet set = DicomDataSet.Parse(new MemorySource(w.EndSequence().ToArray()), NodeForm.None);
        long before = GC.GetAllocatedBytesForCurrentThread();

        IReadOnlyList<DicomSignature> signatures = SignatureReader.Read(set);

        Assert.Equal(5_000, signatures.Count);
        Assert.All(signatures, s => Assert.Equal(15_000, s.Tags.Count));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 40 << 20);
    }
}
