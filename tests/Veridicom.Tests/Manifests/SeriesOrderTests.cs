using Veridicom.Seals.Manifest;
using Xunit;

namespace Veridicom.Tests.Manifests;

/// <summary>The order of a series as spec/manifest.md 3 has it.</summary>
public sealed class SeriesOrderTests
{
    private const string Axial = @"1\0\0\0\1\0", Coronal = @"1\0\0\0\0\-1", Tilted = @"1\0\0\0\0.9999\0.0141";

    private static Slice At(string uid, int? number, double z, string orientation = Axial) => Slice.Of(uid, number, FormattableString.Invariant($"0\\0\\{z}"), orientation);

    private static string Order(params Slice[] slices) => string.Join(' ', SeriesOrder.ByGeometry(slices).Select(i => slices[i].Instance));

    [Fact]
    public void Slices_stand_by_their_place_along_the_normal_whatever_their_numbers() => Assert.Equal("c b a", Order(At("a", 1, 30), At("b", 2, 20), At("c", 3, -5)));

    [Fact]
    public void Ties_stand_by_number_and_then_by_uid()
    {
        Assert.Equal("b a", Order(At("a", 2, 10), At("b", 1, 10.004)));
        Assert.Equal("a b", Order(At("b", 1, 10), At("a", 1, 10)));
        Assert.Equal("a b", Order(At("b", null, 10), At("a", 7, 10)));
    }

    [Fact]
    public void Stacks_stand_in_the_order_of_their_first_numbers_and_a_slight_tilt_is_none()
    {
        Assert.Equal("b a d c", Order(At("a", 1, 9), At("b", 2, 8), Slice.Of("c", 3, @"0\1\0", Coronal), Slice.Of("d", 4, @"0\0\0", Coronal)));
        Assert.Equal("b a", Order(At("a", 1, 9), At("b", 2, 8, Tilted)));
    }

    [Fact]
    public void What_has_no_geometry_comes_last_by_number() => Assert.Equal("c b a", Order(Slice.Of("a", 2, null, null), Slice.Of("b", 1, "", ""), At("c", 9, 1000)));

    [Theory]
    [InlineData(@"0\0", Axial)]
    [InlineData(@"0\0\0\0", Axial)]
    [InlineData(@"0\0\NaN", Axial)]
    [InlineData(@"0\0\Infinity", Axial)]
    [InlineData(@"0\0\1e7", Axial)]
    [InlineData(@"0\0\", Axial)]
    [InlineData(@"0\0\0x10", Axial)]
    [InlineData(@"0\0\1,5", Axial)]
    [InlineData(@"0\0\0", @"1\0\0\1\0\0")]
    [InlineData(@"0\0\0", @"0\0\0\0\0\0")]
    [InlineData(@"0\0\0", @"2\0\0\0\2\0")]
    [InlineData(@"0\0\0", "")]
    public void Numbers_that_are_none_are_no_geometry(string position, string orientation)
    {
        Slice slice = Slice.Of("a", 1, position, orientation);

        Assert.False(slice.TryPlane(out _));
        Assert.Equal(("", ""), (slice.Position, slice.Orientation));
    }

    [Fact]
    public void Spaces_around_numbers_are_not_kept()
    {
        Slice slice = Slice.Of("a", 1, @" 1.50\ -2 \3e1", Axial);

        Assert.Equal(@"1.50\-2\3e1", slice.Position);
        Assert.True(slice.TryPlane(out SlicePlane plane));
        Assert.Equal((1.5, -2.0, 30.0, 1.0), (plane.X, plane.Y, plane.Z, plane.NormalZ));
    }
}
