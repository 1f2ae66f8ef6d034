using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Veridicom.OpenJpeg;

/// <summary>libopenjp2 2.x, as its header openjpeg.h declares it. Runs in the worker only, on one thread.</summary>
internal sealed unsafe class OpenJpegLibrary
{
    private const int Codestream = 0; // OPJ_CODEC_J2K

    private static bool _outOfMemory;

    private readonly delegate* unmanaged<nuint, int, nint> _streamCreate;
    private readonly delegate* unmanaged<nint, delegate* unmanaged<byte*, nuint, Source*, nuint>, void> _streamSetRead;
    private readonly delegate* unmanaged<nint, delegate* unmanaged<long, Source*, long>, void> _streamSetSkip;
    private readonly delegate* unmanaged<nint, delegate* unmanaged<long, Source*, int>, void> _streamSetSeek;
    private readonly delegate* unmanaged<nint, Source*, nint, void> _streamSetData;
    private readonly delegate* unmanaged<nint, ulong, void> _streamSetLength;
    private readonly delegate* unmanaged<nint, void> _streamDestroy;
    private readonly delegate* unmanaged<int, nint> _createDecompress;
    private readonly delegate* unmanaged<nint, delegate* unmanaged<byte*, void*, void>, void*, int> _setErrorHandler;
    private readonly delegate* unmanaged<byte*, void> _setDefaults;
    private readonly delegate* unmanaged<nint, byte*, int> _setup;
    private readonly delegate* unmanaged<nint, int, int> _setStrict;
    private readonly delegate* unmanaged<nint, nint, Image**, int> _readHeader;
    private readonly delegate* unmanaged<nint, nint, Image*, int> _decode;
    private readonly delegate* unmanaged<nint, nint, int> _end;
    private readonly delegate* unmanaged<nint, void> _destroyCodec;
    private readonly delegate* unmanaged<Image*, void> _destroyImage;

    private OpenJpegLibrary(nint handle)
    {
        nint Export(string name) => NativeLibrary.GetExport(handle, "opj_" + name);
        _streamCreate = (delegate* unmanaged<nuint, int, nint>)Export("stream_create");
        _streamSetRead = (delegate* unmanaged<nint, delegate* unmanaged<byte*, nuint, Source*, nuint>, void>)Export("stream_set_read_function");
        _streamSetSkip = (delegate* unmanaged<nint, delegate* unmanaged<long, Source*, long>, void>)Export("stream_set_skip_function");
        _streamSetSeek = (delegate* unmanaged<nint, delegate* unmanaged<long, Source*, int>, void>)Export("stream_set_seek_function");
        _streamSetData = (delegate* unmanaged<nint, Source*, nint, void>)Export("stream_set_user_data");
        _streamSetLength = (delegate* unmanaged<nint, ulong, void>)Export("stream_set_user_data_length");
        _streamDestroy = (delegate* unmanaged<nint, void>)Export("stream_destroy");
        _createDecompress = (delegate* unmanaged<int, nint>)Export("create_decompress");
        _setErrorHandler = (delegate* unmanaged<nint, delegate* unmanaged<byte*, void*, void>, void*, int>)Export("set_error_handler");
        _setDefaults = (delegate* unmanaged<byte*, void>)Export("set_default_decoder_parameters");
        _setup = (delegate* unmanaged<nint, byte*, int>)Export("setup_decoder");
        _readHeader = (delegate* unmanaged<nint, nint, Image**, int>)Export("read_header");
        _decode = (delegate* unmanaged<nint, nint, Image*, int>)Export("decode");
        _end = (delegate* unmanaged<nint, nint, int>)Export("end_decompress");
        _destroyCodec = (delegate* unmanaged<nint, void>)Export("destroy_codec");
        _destroyImage = (delegate* unmanaged<Image*, void>)Export("image_destroy");
        // since 2.5; before it the library could do nothing else than be strict about tile-parts
        if (NativeLibrary.TryGetExport(handle, "opj_decoder_set_strict_mode", out nint strict))
            _setStrict = (delegate* unmanaged<nint, int, int>)strict;
    }

    /// <summary>The library under the first of these names that is there; null where none is, or where it lacks what is used here.</summary>
    public static OpenJpegLibrary? Load(IEnumerable<string> names)
    {
        foreach (string name in names)
        {
            if (!NativeLibrary.TryLoad(name, out nint handle)) continue;
            try
            {
                return new OpenJpegLibrary(handle);
            }
            catch (EntryPointNotFoundException)
            {
                // another library of the same name
            }
        }
        return null;
    }

    /// <summary>Reads the codestream of a request, decodes it, and writes the answer.</summary>
    /// <exception cref="IOException">Nobody is at the other end any more.</exception>
    public void Answer(in Request request, Stream input, Stream output)
    {
        byte* code;
        try
        {
            code = (byte*)NativeMemory.Alloc((nuint)request.CodeLength);
        }
        catch (OutOfMemoryException)
        {
            throw new IOException("there is no memory for the codestream");
        }
        try
        {
            input.ReadExactly(new Span<byte>(code, request.CodeLength));
            Decode(request, code, output);
        }
        finally
        {
            NativeMemory.Free(code);
        }
    }

    private void Decode(in Request request, byte* code, Stream output)
    {
        var source = new Source { Bytes = code, Length = request.CodeLength };
        nint stream = 0, codec = 0;
        Image* image = null;
        _outOfMemory = false;
        try
        {
            stream = _streamCreate(1 << 16, 1);
            codec = _createDecompress(Codestream);
            if (stream == 0 || codec == 0)
            {
                output.WriteByte((byte)OpenJpeg.Answer.NoMemory);
                return;
            }
            _streamSetRead(stream, &Read);
            _streamSetSkip(stream, &Skip);
            _streamSetSeek(stream, &Seek);
            _streamSetData(stream, &source, 0);
            _streamSetLength(stream, (ulong)request.CodeLength);
            _setErrorHandler(codec, &OnError, null);
            byte* parameters = stackalloc byte[1 << 14]; // more than any version's opj_dparameters_t
            _setDefaults(parameters);
            bool done = _setup(codec, parameters) != 0
                && (_setStrict == null || _setStrict(codec, 1) != 0)
                && _readHeader(stream, codec, &image) != 0
                && _decode(codec, stream, image) != 0
                && _end(codec, stream) != 0;
            Answer answer = done ? Check(image, request) : _outOfMemory ? OpenJpeg.Answer.NoMemory : OpenJpeg.Answer.Refused;
            output.WriteByte((byte)answer);
            if (answer == OpenJpeg.Answer.Cells) Write(image, request, output);
        }
        finally
        {
            if (image != null) _destroyImage(image);
            if (codec != 0) _destroyCodec(codec);
            if (stream != 0) _streamDestroy(stream);
        }
    }

    private static Answer Check(Image* image, in Request request)
    {
        if (image->Count != request.Samples) return OpenJpeg.Answer.OtherShape;
        for (int i = 0; i < request.Samples; i++)
        {
            Component* component = image->Components + i;
            if (component->Width != request.Columns || component->Height != request.Rows || component->Precision != request.Precision) return OpenJpeg.Answer.OtherShape;
            if (component->Data == null) return OpenJpeg.Answer.Refused;
        }
        return OpenJpeg.Answer.Cells;
    }

    /// <summary>Cells colour by pixel, the low bytes of each sample.</summary>
    private static void Write(Image* image, in Request request, Stream output)
    {
        int samples = request.Samples, pixels = Math.Max(1, (1 << 16) / (samples * request.CellBytes));
        byte[] buffer = new byte[pixels * samples * request.CellBytes];
        long all = (long)request.Rows * request.Columns;
        for (long first = 0; first < all; first += pixels)
        {
            int count = (int)Math.Min(pixels, all - first);
            Span<byte> part = buffer.AsSpan(0, count * samples * request.CellBytes);
            for (int sample = 0; sample < samples; sample++)
            {
                var data = new ReadOnlySpan<int>(image->Components[sample].Data + first, count);
                switch (request.CellBytes)
                {
                    case 1:
                        Narrow(data, part, sample, samples);
                        break;
                    case 2:
                        Narrow(data, MemoryMarshal.Cast<byte, short>(part), sample, samples);
                        break;
                    case 4:
                        Narrow(data, MemoryMarshal.Cast<byte, int>(part), sample, samples);
                        break;
                    default:
                        Narrow(data, MemoryMarshal.Cast<byte, long>(part), sample, samples);
                        break;
                }
            }
            output.Write(part);
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static void Narrow<T>(ReadOnlySpan<int> data, Span<T> cells, int first, int step) where T : unmanaged, System.Numerics.IBinaryInteger<T>
    {
        for (int i = 0, to = first; i < data.Length; i++, to += step) cells[to] = T.CreateTruncating(data[i]);
    }

    [UnmanagedCallersOnly]
    private static nuint Read(byte* to, nuint count, Source* source)
    {
        long left = source->Length - source->At;
        if (left <= 0) return nuint.MaxValue; // the library's end of file
        nuint taken = Math.Min(count, (nuint)left);
        NativeMemory.Copy(source->Bytes + source->At, to, taken);
        source->At += (long)taken;
        return taken;
    }

    [UnmanagedCallersOnly]
    private static long Skip(long count, Source* source)
    {
        if (count < 0 || count > source->Length - source->At) return -1;
        source->At += count;
        return count;
    }

    [UnmanagedCallersOnly]
    private static int Seek(long to, Source* source)
    {
        if (to < 0 || to > source->Length) return 0;
        source->At = to;
        return 1;
    }

    [UnmanagedCallersOnly]
    private static void OnError(byte* message, void* _)
    {
        // its words are not passed on: only this one thing is wanted of them
        ReadOnlySpan<byte> words = MemoryMarshal.CreateReadOnlySpanFromNullTerminated(message);
        _outOfMemory |= words.IndexOf("memory"u8) >= 0 || words.IndexOf("malloc"u8) >= 0;
    }

    private struct Source
    {
        public byte* Bytes;
        public long Length, At;
    }

#pragma warning disable CS0649 // opj_image_t and opj_image_comp_t: the library fills them
    private struct Image
    {
        public uint X0, Y0, X1, Y1, Count;
        public int ColourSpace;
        public Component* Components;
    }

    private struct Component
    {
        public uint Dx, Dy, Width, Height, X0, Y0, Precision, Bpp, Signed, Resolutions, Factor;
        public int* Data;
        public ushort Alpha;
    }
#pragma warning restore CS0649
}
