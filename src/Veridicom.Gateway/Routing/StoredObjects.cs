using Veridicom.Registry;
using Veridicom.Registry.Store;

namespace Veridicom.Gateway.Routing;

/// <summary>A stored object is gone, or its bytes do not have its digest.</summary>
internal sealed class DamagedObjectException(string text) : Exception(text);

/// <summary>Opens what is to be sent, after it was read once and found to be what was stored.</summary>
internal static class StoredObjects
{
    /// <summary>Opens an object whose bytes have its digest.</summary>
    /// <exception cref="DamagedObjectException">There is none, or its bytes are others.</exception>
    public static async Task<StoredObject> OpenCheckedAsync(this IObjectStore store, ObjectDigest digest, CancellationToken stop)
    {
        StoredObject found = store.Open(digest) ?? throw new DamagedObjectException("the stored file is missing");
        try
        {
            // read twice, the second time from the system's cache: what goes out must be right before its first byte does, since a file cannot be called back
            return await store.CheckAsync(digest, stop) ? found : throw new DamagedObjectException("the stored file is damaged");
        }
        catch
        {
            found.Dispose();
            throw;
        }
    }
}
