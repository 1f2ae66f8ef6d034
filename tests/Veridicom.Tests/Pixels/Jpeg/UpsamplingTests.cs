using Veridicom.Pixels.Jpeg;
using Veridicom.Pixels.Jpeg.Dct;
using Xunit;

namespace Veridicom.Tests.Pixels.Jpeg;

/// <summary>Rows of the picture's size against the formulas of spec/jpeg.md 5, sample by sample.</summary>
public sealed class UpsamplingTests
{
    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(2, 2)]
    [InlineData(1, 2)]
    [InlineData(4, 1)]
    [InlineData(4, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 1)]
    [InlineData(4, 4)]
    public void Every_sample_is_what_the_formulas_say(int h, int w)
    {
        var random = new Random(h + 10 * w);
        foreach (int columns in new[] { 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 33, 47, 64, 99 })
        {
            foreach (int rows in new[] { 1, 2, 3, 9, 16 })
            {
                using var component = new Component(columns, rows, new JpegComponent(1, 1, 1, 0), (h, w));
                for (int down = 0; down < component.BlocksDown; down++)
                {
                    for (int across = 0; across < component.BlocksAcross; across++)
                    {
                        Span<ushort> block = component.Block(across, down);
                        for (int y = 0; y < 8; y++)
                            for (int x = 0; x < 8; x++) block[y * component.Stride + x] = (ushort)(random.Next(4) == 0 ? 4095 : random.Next(4096));
                    }
                }
                Assert.Equal(((columns + h - 1) / h, (rows + w - 1) / w), (component.Columns, component.Rows));
                ushort[] found = new ushort[columns + 3], sums = new ushort[columns];
                for (int y = 0; y < rows; y++)
                {
                    Upsampling.Row(component, y, found, sums);
                    for (int x = 0; x < columns; x++) Assert.Equal(Expected(component, y, x, h, w), found[x]);
                }
            }
        }
    }

    private static int Expected(Component c, int y, int x, int h, int w)
    {
        int S(int row, int column) => c.Row(Math.Clamp(row, 0, c.Rows - 1))[Math.Clamp(column, 0, c.Columns - 1)];
        int i = x / 2, j = y / 2, beside = x % 2 == 0 ? i - 1 : i + 1, other = y % 2 == 0 ? j - 1 : j + 1;
        if (h == 2 && w == 1 && c.Columns > 2) return (3 * S(y, i) + S(y, beside) + (x % 2 == 0 ? 1 : 2)) >> 2;
        if (h == 2 && w == 2 && c.Columns > 2)
        {
            int T(int column) => 3 * S(j, column) + S(other, column);
            return (3 * T(i) + T(beside) + (x % 2 == 0 ? 8 : 7)) >> 4;
        }
        return S(y / w, x / h);
    }
}
