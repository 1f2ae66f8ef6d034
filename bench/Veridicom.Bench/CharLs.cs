using System.Runtime.InteropServices;

namespace Veridicom.Bench;

/// <summary>CharLS in this process, where it is installed: the library of GDCM and, in an older form, of DCMTK.</summary>
internal static partial class CharLs
{
    private const string Library = "libcharls.so.2";

    /// <summary>Whether it can be loaded.</summary>
    public static bool IsInstalled => NativeLibrary.TryLoad(Library, out _);

    /// <summary>Decodes one codestream into memory that is long enough; throws where it cannot.</summary>
    public static void Decode(byte[] code, byte[] cells)
    {
        nint decoder = Create();
        try
        {
            Check(SetSource(decoder, code, (nuint)code.Length));
            Check(ReadHeader(decoder));
            Check(DecodeTo(decoder, cells, (nuint)cells.Length, 0));
        }
        finally
        {
            Destroy(decoder);
        }
    }

    private static void Check(int error)
    {
        if (error != 0) throw new InvalidOperationException($"CharLS error {error}");
    }

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_create")]
    private static partial nint Create();

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_destroy")]
    private static partial void Destroy(nint decoder);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_set_source_buffer")]
    private static partial int SetSource(nint decoder, byte[] code, nuint length);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_read_header")]
    private static partial int ReadHeader(nint decoder);

    [LibraryImport(Library, EntryPoint = "charls_jpegls_decoder_decode_to_buffer")]
    private static partial int DecodeTo(nint decoder, byte[] cells, nuint length, uint stride);
}
