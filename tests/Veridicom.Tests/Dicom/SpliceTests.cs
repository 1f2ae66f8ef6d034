using Veridicom.Dicom;
using Veridicom.Dicom.Writing;
using Xunit;

namespace Veridicom.Tests.Dicom;

/// <summary>Edited bytes as a stream and as a source, and files whose data set was edited.</summary>
public sealed class SpliceTests
{
    private static readonly byte[] Digits = [.. "0123456789"u8];

    private static Splice Edited()
    {
        var splice = new Splice(new MemorySource(Digits));
        splice.Replace(0, 0, "<"u8.ToArray());
        splice.Replace(2, 3, "ab"u8.ToArray());
        splice.Replace(5, 0, "c"u8.ToArray());
        splice.Replace(7, 2, default);
        splice.Replace(10, 0, ">"u8.ToArray());
        return splice;
    }

    private const string Result = "<01abc569>";

    [Fact]
    public void Edits_are_applied_in_order()
    {
        using var output = new MemoryStream();
        Edited().WriteTo(output);

        Assert.Equal(Result, System.Text.Encoding.ASCII.GetString(output.ToArray()));
        Assert.Equal(Result.Length, Edited().Length);
    }

    [Fact]
    public void Every_window_of_the_edited_source_is_that_part_of_the_result()
    {
        ByteSource source = Edited().ToSource();

        Assert.Equal(Result.Length, source.Length);
        for (int from = 0; from <= Result.Length; from++)
        {
            for (int length = 0; length <= Result.Length - from; length++)
                Assert.Equal(Result.Substring(from, length), System.Text.Encoding.ASCII.GetString(source.Window(from, length)));
        }
        Assert.False(source.TryGetMemory(out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => source.Window(Result.Length, 1).Length);
    }

    [Fact]
    public void Every_part_is_copied_as_a_window_would_show_it()
    {
        // A splice of a splice, as a file has that was signed and then sealed.
        ByteSource once = Edited().ToSource();
        var again = new Splice(once);
        again.Replace(3, 2, "XYZ"u8.ToArray());
        ByteSource twice = again.ToSource();

        foreach (ByteSource source in (ByteSource[])[once, twice])
        {
            for (int from = 0; from <= source.Length; from++)
            {
                for (int length = 0; length <= source.Length - from; length++)
                {
                    using var output = new MemoryStream();
                    source.CopyTo(output, from, length);
                    Assert.Equal(source.Window(from, length).ToArray(), output.ToArray());
                }
            }
            Assert.Throws<ArgumentOutOfRangeException>(() => source.CopyTo(Stream.Null, 0, source.Length + 1));
            Assert.Throws<ArgumentOutOfRangeException>(() => source.CopyTo(Stream.Null, -1, 1));
        }
    }

    [Fact]
    public void Without_edits_the_source_is_the_one_given()
    {
        var source = new MemorySource(Digits);

        Assert.Same(source, new Splice(source).ToSource());
    }

    [Fact]
    public void Later_edits_do_not_show_in_a_source_taken_before()
    {
        var splice = new Splice(new MemorySource(Digits));
        splice.Replace(0, 1, default);
        ByteSource source = splice.ToSource();
        splice.Replace(5, 1, default);

        Assert.Equal("123456789"u8, source.Window(0, (int)source.Length));
    }

    [Fact]
    public void Edits_that_overlap_or_pass_the_end_are_refused()
    {
        var splice = new Splice(new MemorySource(Digits));
        splice.Replace(2, 3, default);

        Assert.Throws<ArgumentOutOfRangeException>(() => splice.Replace(4, 1, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => splice.Replace(9, 2, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => splice.Replace(6, -1, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => splice.WriteTo(Stream.Null, 3));
    }

    [Fact]
    public void Writing_can_start_behind_the_first_bytes()
    {
        var splice = new Splice(new MemorySource(Digits));
        splice.Replace(5, 1, default);
        using var output = new MemoryStream();
        splice.WriteTo(output, 4);

        Assert.Equal("46789"u8, output.ToArray());
    }
}
