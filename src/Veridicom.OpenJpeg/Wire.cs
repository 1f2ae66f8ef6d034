using System.Buffers.Binary;

namespace Veridicom.OpenJpeg;

/// <summary>What a worker answers, in one byte.</summary>
internal enum Answer : byte
{
    /// <summary>The cells follow, as many bytes as were asked for.</summary>
    Cells,
    /// <summary>The library found the codestream broken, or to end early.</summary>
    Refused,
    /// <summary>The library's picture has another shape than the headers say.</summary>
    OtherShape,
    /// <summary>There was not enough memory within the limit.</summary>
    NoMemory,
}

/// <summary>
/// One frame to decode. On the wire: eight 32-bit numbers, little endian, then the codestream. A worker begins with four bytes of greeting and one that
/// says whether it has the library; then each request is followed by one answer.
/// </summary>
/// <param name="CodeLength">Bytes of the codestream.</param>
/// <param name="Rows">Rows.</param>
/// <param name="Columns">Columns.</param>
/// <param name="Samples">Samples per pixel.</param>
/// <param name="CellBytes">Bytes of a cell: 1, 2, 4 or 8.</param>
/// <param name="Precision">Bits of a sample.</param>
/// <param name="Milliseconds">After this time the worker ends itself, should nobody be left to do so.</param>
/// <param name="Megabytes">How much it may allocate for this frame, 2^20 bytes each.</param>
internal readonly record struct Request(int CodeLength, int Rows, int Columns, int Samples, int CellBytes, int Precision, int Milliseconds, int Megabytes)
{
    public const int Length = 32;

    /// <summary>With which a worker begins.</summary>
    public static ReadOnlySpan<byte> Greeting => "VJ2K"u8;

    /// <summary>Bytes of the cells.</summary>
    public long Bytes => (long)Rows * Columns * Samples * CellBytes;

    public void Write(Span<byte> to)
    {
        ReadOnlySpan<int> numbers = [CodeLength, Rows, Columns, Samples, CellBytes, Precision, Milliseconds, Megabytes];
        for (int i = 0; i < numbers.Length; i++) BinaryPrimitives.WriteInt32LittleEndian(to[(4 * i)..], numbers[i]);
    }

    public static Request Read(ReadOnlySpan<byte> from)
    {
        Span<int> numbers = stackalloc int[8];
        for (int i = 0; i < numbers.Length; i++) numbers[i] = BinaryPrimitives.ReadInt32LittleEndian(from[(4 * i)..]);
        return new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5], numbers[6], numbers[7]);
    }
}
