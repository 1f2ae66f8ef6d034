using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Net.Http.Headers;
using Veridicom.Gateway.DicomWeb;
using Veridicom.Gateway.DicomWeb.Multipart;
using Xunit;

namespace Veridicom.Tests.Gateway.DicomWeb;

public sealed class MultipartTests
{
    private const string Boundary = "----=_b";

    /// <summary>However the bytes of a body are cut into reads, its parts are the same: also where their content is full of beginnings of the boundary.</summary>
    [Fact]
    public void Parts_do_not_depend_on_how_the_bytes_come()
    {
        Gen<byte[]> piece = Gen.Elements((string[])["\r", "\n", "\r\n", "-", "--", "\r\n--", "\r\n------=", "\r\n------=_", "x", "\0", "\r\n------=_c"]).Select(Encoding.Latin1.GetBytes);
        Gen<byte[]> content = piece.ListOf().Select(pieces => pieces.SelectMany(p => p).ToArray());
        Gen<(byte[][], int[])> subject = content.ListOf().Resize(12).Zip(Gen.Choose(1, 40).ListOf().Resize(30)).Select(both => (both.Item1.ToArray(), both.Item2.ToArray()));
        Prop.ForAll(subject.ToArbitrary(), both =>
        {
            (byte[][] parts, int[] cuts) = both;
            if (parts.Length == 0) return;
            byte[] body = Write(parts);
            Assert.Equal(parts, Read(new CutStream(body, cuts.Length == 0 ? [1] : cuts)).GetAwaiter().GetResult());
        }).QuickCheckThrowOnFailure();
    }

    [Fact]
    public async Task What_stands_before_and_after_the_parts_is_passed_over()
    {
        byte[] body = [.. "a preamble\r\n"u8, .. Write("one"u8.ToArray(), "two"u8.ToArray()), .. "an epilogue"u8];
        Assert.Equal(["one"u8.ToArray(), "two"u8.ToArray()], await Read(new MemoryStream(body)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("nothing at all")]
    [InlineData("------=_b")]
    [InlineData("------=_b\r\n")]
    [InlineData("------=_b\r\nContent-Type: application/dicom\r\n\r\nno end")]
    [InlineData("------=_b\r\nContent-Type: application/dicom\r\n\r\nno end\r\n------=_b")]
    [InlineData("------=_b\r\nno header\r\n\r\n\r\n------=_b--\r\n")]
    [InlineData("------=_b\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\r\n\r\n--x--\r\n------=_b--\r\n")]
    [InlineData("------=_b\r\nContent-Type: ;;;\r\n\r\n\r\n------=_b--\r\n")]
    public async Task A_broken_body_is_a_bad_request(string body)
    {
        ProblemException problem = await Assert.ThrowsAsync<ProblemException>(() => Read(new MemoryStream(Encoding.Latin1.GetBytes(body))));
        Assert.Equal(400, problem.Status);
    }

    [Fact]
    public async Task An_endless_preamble_and_endless_headers_end_early()
    {
        foreach (string start in (string[])["", "------=_b\r\nX: ", "------=_b\r\nX: y\r\n"])
        {
            var endless = new EndlessStream(Encoding.Latin1.GetBytes(start), start.EndsWith('\n') ? "X: y\r\n"u8.ToArray() : "a"u8.ToArray());
            Assert.Equal(400, (await Assert.ThrowsAsync<ProblemException>(() => Read(endless))).Status);
            Assert.InRange(endless.Given, 1, 1 << 20);
        }
    }

    [Theory]
    [InlineData("multipart/related")]
    [InlineData("multipart/related; boundary=\"\"")]
    [InlineData("multipart/related; boundary=\"with space \"")]
    [InlineData("multipart/related; boundary=\"a*b\"")]
    [InlineData("multipart/related; boundary=012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123456789012345678")]
    public void A_boundary_that_is_none_is_refused(string type)
    {
        ProblemException problem = Assert.Throws<ProblemException>(() => MultipartBody.Open(MediaTypeHeaderValue.Parse(type), Stream.Null));
        Assert.Equal(400, problem.Status);
    }

    private static byte[] Write(params byte[][] parts)
    {
        using var body = new MemoryStream();
        for (int i = 0; i < parts.Length; i++)
        {
            body.Write(Encoding.Latin1.GetBytes($"{(i == 0 ? "" : "\r\n")}--{Boundary}\r\nContent-Type: application/dicom\r\n\r\n"));
            body.Write(parts[i]);
        }
        body.Write(Encoding.Latin1.GetBytes($"\r\n--{Boundary}--\r\n"));
        return body.ToArray();
    }

    private static async Task<List<byte[]>> Read(Stream stream)
    {
        MultipartBody body = MultipartBody.Open(MediaTypeHeaderValue.Parse($"multipart/related; boundary=\"{Boundary}\""), stream);
        var parts = new List<byte[]>();
        while (await body.NextAsync(TestContext.Current.CancellationToken) is { } part)
        {
            using var content = new MemoryStream();
            await part.Body.CopyToAsync(content, TestContext.Current.CancellationToken);
            parts.Add(content.ToArray());
        }
        return parts;
    }

    /// <summary>Gives bytes in pieces of these lengths, again and again.</summary>
    private sealed class CutStream(byte[] bytes, int[] cuts) : MemoryStream(bytes)
    {
        private int _next;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken stop = default) => base.ReadAsync(buffer[..Math.Min(buffer.Length, cuts[_next++ % cuts.Length])], stop);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken stop) => base.ReadAsync(buffer, offset, Math.Min(count, cuts[_next++ % cuts.Length]), stop);
    }

    private sealed class EndlessStream(byte[] start, byte[] again) : Stream
    {
        public long Given { get; private set; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count)
        {
            for (int i = 0; i < count; i++)
            {
                buffer[offset + i] = Given < start.Length ? start[Given] : again[(Given - start.Length) % again.Length];
                Given++;
            }
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken stop) => Task.FromResult(Read(buffer, offset, count));

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken stop = default)
        {
            byte[] bytes = new byte[buffer.Length];
            int read = Read(bytes, 0, bytes.Length);
            bytes.CopyTo(buffer);
            return ValueTask.FromResult(read);
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
