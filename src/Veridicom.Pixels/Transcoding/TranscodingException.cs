namespace Veridicom.Pixels.Transcoding;

/// <summary>Why a file cannot be written in another transfer syntax.</summary>
public enum TranscodingError
{
    /// <summary>The file can be read in more than one way.</summary>
    Unsound,
    /// <summary>It has no meta elements to say the new transfer syntax.</summary>
    NoMeta,
    /// <summary>It is an index of other files, by their places in it.</summary>
    Directory,
    /// <summary>Its pixels are elsewhere.</summary>
    ReferencedPixels,
    /// <summary>It holds no pixel data that could be compressed.</summary>
    NoPixels,
    /// <summary>Its pixel data cannot be decoded here.</summary>
    NotDecoded,
    /// <summary>An item within it holds compressed pixel data of its own.</summary>
    NestedPixels,
    /// <summary>Its pixels have been compressed with loss, and decompression was not asked for.</summary>
    Lossy,
    /// <summary>Cells have bits outside of Bits Stored, which the target would lose.</summary>
    BitsOutside,
    /// <summary>The target is not defined for pixels of this kind.</summary>
    NotEncodable,
    /// <summary>Attributes and codestream say different things of the colours.</summary>
    Colours,
    /// <summary>The result would be longer than its length fields can say.</summary>
    TooLong,
}

/// <summary>A file cannot be written in another transfer syntax. The message is a phrase for people.</summary>
/// <param name="code">Why.</param>
/// <param name="message">A phrase without a full stop.</param>
/// <param name="path">Tag path of what is at fault, empty where nothing single is.</param>
public sealed class TranscodingException(TranscodingError code, string message, string path = "") : Exception(message)
{
    /// <summary>Why.</summary>
    public TranscodingError Code { get; } = code;

    /// <summary>Tag path of what is at fault, empty where nothing single is.</summary>
    public string Path { get; } = path;
}
