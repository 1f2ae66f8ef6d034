namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>
/// How many bytes of a store may be hashed for all its references together. Each box is referred to once or twice in what generators write; without a limit a small file could ask
/// for the same large box a thousand times.
/// </summary>
/// <param name="store">Bytes of the store.</param>
internal sealed class HashBudget(long store)
{
    private const int Times = 8;
    private long _left = store * Times;

    /// <summary>Takes the bytes of one more box.</summary>
    /// <exception cref="ManifestException">There are none left.</exception>
    public void Take(long bytes)
    {
        _left -= bytes;
        if (_left < 0) throw new ManifestException("its references go over the same boxes again and again");
    }
}
