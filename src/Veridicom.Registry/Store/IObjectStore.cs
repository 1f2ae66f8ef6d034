using Veridicom.Dicom;

namespace Veridicom.Registry.Store;

/// <summary>An object opened for reading. Gives windows like every source; not thread-safe.</summary>
public abstract class StoredObject : ByteSource, IDisposable
{
    /// <inheritdoc/>
    public abstract void Dispose();
}

/// <summary>
/// Objects by the SHA-256 of their bytes. What was put is never changed. Errors are <see cref="RegistryException"/>. Safe for use by several threads.
/// </summary>
public interface IObjectStore
{
    /// <summary>
    /// Stores what <paramref name="write"/> writes. When the task ends the object is durable under its digest: bytes flushed, name flushed. An
    /// object that was there already is read and compared, not written again. Where <paramref name="write"/> throws, nothing stays.
    /// </summary>
    Task<(ObjectDigest Digest, long Size)> PutAsync(Action<Stream> write, CancellationToken stop);

    /// <summary>Opens an object, null where there is none.</summary>
    StoredObject? Open(ObjectDigest digest);

    /// <summary>Digests of all objects, in their order.</summary>
    IEnumerable<ObjectDigest> Enumerate();

    /// <summary>Reads an object and says whether its bytes have its digest.</summary>
    Task<bool> CheckAsync(ObjectDigest digest, CancellationToken stop);
}
