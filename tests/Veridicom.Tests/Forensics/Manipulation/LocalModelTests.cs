using Veridicom.Forensics.Manipulation;
using Veridicom.Forensics;
using Veridicom.Train.Tampering;
using Xunit;

namespace Veridicom.Tests.Forensics.Manipulation;

public sealed class LocalModelTests
{
    [Fact]
    public void A_model_written_and_read_is_the_same()
    {
        byte[] file = LocalModel.Shipped.Write();

        LocalModel again = LocalModel.Read(file);

        Assert.Equal(file, again.Write());
        Assert.Equal((LocalModel.Shipped.Version, LocalModel.Shipped.Threshold, LocalModel.Shipped.Seed), (again.Version, again.Threshold, again.Seed));
        Assert.True(file.Length < 300_000);
    }

    [Fact]
    public void At_most_two_in_a_hundred_untouched_slices_lie_above_the_threshold() => Assert.InRange(LocalModel.Shipped.Calibrated(LocalModel.Shipped.Threshold), 0.97, 1);

    [Fact]
    public void Broken_models_are_told_by_one_kind_of_exception()
    {
        byte[] file = LocalModel.Shipped.Write();
        Assert.Throws<FormatException>(() => LocalModel.Read([]));
        Assert.Throws<FormatException>(() => LocalModel.Read([.. file, 0]));
        for (int length = 0; length < file.Length; length += 97) Assert.Throws<FormatException>(() => LocalModel.Read(file.AsSpan(0, length)));
        for (int at = 0; at < 1200; at++)
        {
            byte[] damaged = [.. file];
            damaged[at] ^= 0xFF;
            try { LocalModel.Read(damaged); }
            catch (FormatException) { }
        }
    }

    [Fact]
    public void Tampering_depends_on_its_seed_only_and_gives_the_true_box()
    {
        GrayPicture slice = PhantomSlices.Series[2], donor = PhantomSlices.Series[5];
        foreach (TamperKind kind in LocalTampering.Kinds)
        {
            TamperedPicture a = LocalTampering.Apply(slice, donor, kind, 4)!, b = LocalTampering.Apply(slice, donor, kind, 4)!, other = LocalTampering.Apply(slice, donor, kind, 5)!;

            Assert.Equal(a.Picture.Values.ToArray(), b.Picture.Values.ToArray());
            Assert.Equal(a.Box, b.Box);
            Assert.NotEqual(a.Box, other.Box);
            int changed = 0;
            for (int at = 0; at < slice.Values.Length; at++)
            {
                int row = at / slice.Columns, column = at % slice.Columns;
                bool inside = column >= a.Box.X - 3 && column < a.Box.X + a.Box.Width + 3 && row >= a.Box.Y - 3 && row < a.Box.Y + a.Box.Height + 3;
                if (a.Picture.Values[at] == slice.Values[at]) continue;
                changed++;
                Assert.True(inside, $"{kind} changed row {row}, column {column} outside of {a.Box}");
            }
            Assert.True(changed > a.Box.Width * a.Box.Height / 4, $"{kind} changed {changed} pixels of {a.Box}");
        }
    }
}
