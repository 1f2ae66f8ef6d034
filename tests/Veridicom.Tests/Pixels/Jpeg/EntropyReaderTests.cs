using Veridicom.Pixels;
using Veridicom.Pixels.Jpeg;
using Xunit;

namespace Veridicom.Tests.Pixels.Jpeg;

/// <summary>Huffman tables and bits against slow readings of the same bytes.</summary>
public sealed class EntropyReaderTests
{
    private static JpegScan Data(int start, int end) => new(0, [], 0, 0, 0, 0, 0, start, end);

    /// <summary>Bytes stuffed as F.1.2.3 says, between bytes that are none of the data.</summary>
    private static byte[] Stuffed(byte[] data)
    {
        var code = new List<byte> { 0xAA };
        foreach (byte value in data)
        {
            code.Add(value);
            if (value == 0xFF) code.Add(0);
        }
        return [.. code, 0xFF, 0xD9];
    }

    [Fact]
    public void Bits_come_as_they_stand_whatever_is_stuffed()
    {
        var random = new Random(1);
        for (int round = 0; round < 200; round++)
        {
            byte[] data = new byte[random.Next(1, 60)];
            random.NextBytes(data);
            for (int i = 0; i < data.Length; i++) if (random.Next(1 + round % 5) == 1) data[i] = 0xFF;
            byte[] code = Stuffed(data);
            var reader = new EntropyReader(code, Data(1, code.Length - 2));
            int at = 0;
            while (at < 8 * data.Length)
            {
                int count = Math.Min(random.Next(0, 17), 8 * data.Length - at), expected = 0;
                for (int i = at; i < at + count; i++) expected = expected << 1 | (data[i / 8] >> (7 - i % 8) & 1);
                reader.Fill();
                Assert.True(reader.Count >= 56);
                if (count > 0) Assert.Equal(expected, reader.Peek(count));
                Assert.Equal(expected, reader.Receive(count));
                reader.Demand();
                at += count;
            }
            reader.Finish();
            Assert.Equal(code.Length - 2, reader.Position);
        }
    }

    [Fact]
    public void Bits_that_are_not_there_are_missed()
    {
        byte[] code = [0x12, 0x34, 0xFF, 0xD9, 0x56, 0x78, 0x9A, 0xBC, 0xDE, 0xF0, 0x11, 0x22];
        var reader = new EntropyReader(code, Data(0, 2));
        reader.Fill();
        Assert.Equal(0x1234, reader.Receive(16));
        reader.Demand();
        reader.Fill();
        Assert.Equal(0, reader.Receive(1));
        PixelError code1 = default;
        try
        {
            reader.Demand();
        }
        catch (PixelException e)
        {
            code1 = e.Code;
        }
        Assert.Equal(PixelError.Truncated, code1);
    }

    [Theory]
    [InlineData("5A FFD3 A5", 8, true)]
    [InlineData("5A FFFFFFD3 A5", 8, true)]
    [InlineData("5A FFD3 A5", 1, true)]
    [InlineData("5A FF00 FFD3 A5", 9, true)]
    [InlineData("5A FFD3 A5", 9, false)]
    [InlineData("5A A5 FFD3 A5", 8, false)]
    [InlineData("5A FF00 FFD3 A5", 8, false)]
    [InlineData("5A FFD4 A5", 8, false)]
    [InlineData("5A", 8, false)]
    [InlineData("5A FF", 8, false)]
    public void A_restart_marker_stands_where_an_interval_ends(string hex, int bits, bool accepted)
    {
        byte[] code = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        bool Restarts()
        {
            var reader = new EntropyReader(code, Data(0, code.Length));
            reader.Fill();
            reader.Receive(bits);
            try
            {
                reader.Restart(3);
            }
            catch (PixelException)
            {
                return false;
            }
            reader.Fill();
            Assert.Equal(0xA5, reader.Receive(8));
            reader.Finish();
            return true;
        }

        Assert.Equal(accepted, Restarts());
    }

    [Fact]
    public void Codes_of_every_length_are_found()
    {
        var random = new Random(2);
        for (int round = 0; round < 100; round++)
        {
            byte[] counts = new byte[16];
            int total = 0;
            for (int length = 1, free = 2; length <= 16; length++, free *= 2)
            {
                // one code always stays free, or the last would be all ones
                int count = Math.Min(random.Next(0, Math.Min(free, 200 - total)), length < 16 ? 40 : 200);
                counts[length - 1] = (byte)count;
                free -= count;
                total += count;
            }
            byte[] values = new byte[total];
            for (int i = 0; i < total; i++) values[i] = (byte)((i * 7 + round) % 256);
            HuffmanTable table = HuffmanTable.Create(counts, values, false, 0);
            int code = 0, next = 0, checkedBits = 0;
            for (int length = 1; length <= 16; length++, code <<= 1)
            {
                for (int i = 0; i < counts[length - 1]; i++, code++, next++)
                {
                    foreach (int rest in new[] { 0, (1 << (16 - length)) - 1 })
                    {
                        Assert.Equal(length << 8 | values[next], table.Find(code << (16 - length) | rest));
                        checkedBits++;
                    }
                }
            }
            Assert.Equal(2 * total, checkedBits);
            Assert.Equal(0, table.Find(0xFFFF));
        }
    }

    [Fact]
    public void Codes_that_cannot_be_are_refused()
    {
        static PixelError? Error(bool dc, byte[] values, params (int Length, int Count)[] codes)
        {
            byte[] counts = new byte[16];
            foreach ((int length, int count) in codes) counts[length - 1] = (byte)count;
            try
            {
                HuffmanTable.Create(counts, values, dc, 0);
                return null;
            }
            catch (PixelException e)
            {
                return e.Code;
            }
        }

        Assert.Null(Error(true, [0], (1, 1)));
        Assert.Null(Error(true, [16], (16, 1)));
        Assert.Null(Error(true, []));
        Assert.Equal(PixelError.Malformed, Error(true, [0, 1], (1, 2)));
        Assert.Equal(PixelError.Malformed, Error(true, [0, 1, 2], (1, 1), (2, 2)));
        Assert.Equal(PixelError.Malformed, Error(true, [0, 1, 2, 3], (1, 1), (2, 3)));
        Assert.Equal(PixelError.Malformed, Error(true, [17], (1, 1)));
        Assert.Null(Error(false, [17], (1, 1)));
    }

    [Fact]
    public void Differences_are_extended_as_their_category_says()
    {
        for (int category = 0; category <= 15; category++)
        {
            foreach (int magnitude in category == 0 ? [0] : new[] { 1 << (category - 1), (1 << category) - 1 })
            {
                foreach (int difference in new[] { magnitude, -magnitude })
                {
                    int bits = difference >= 0 ? difference : difference + (1 << category) - 1;
                    byte[] code = Stuffed([(byte)(bits << (16 - category) >> 8), (byte)(bits << (16 - category) & 0xFF)]);
                    var reader = new EntropyReader(code, Data(1, code.Length - 2));
                    reader.Fill();
                    Assert.Equal(difference, reader.ReceiveExtend(category));
                }
            }
        }
    }
}
