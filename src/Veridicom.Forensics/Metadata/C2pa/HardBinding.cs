namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>How a hard binding holds a file (C2PA 2.1 9.2).</summary>
internal enum BindingState
{
    /// <summary>Every byte outside of the manifest is what was signed.</summary>
    Fits,

    /// <summary>Bytes have changed since.</summary>
    Differs,

    /// <summary>The hash fits, and leaves out more than the manifest: what stands there may be anything.</summary>
    Loose,

    /// <summary>There is none, or one of a kind that is not checked here.</summary>
    Unchecked,
}

/// <summary>The data hash assertion (C2PA 2.1 18.5): a hash over the file without some ranges of bytes.</summary>
internal static class HardBinding
{
    private const int MaxExclusions = 4096;

    /// <summary>Checks the assertion against the file.</summary>
    /// <exception cref="ManifestException">Its ranges are out of order, overlap, or lie outside of the file.</exception>
    public static BindingState Check(CborItem assertion, string algorithm, ReadOnlyMemory<byte> file, EmbeddedStore store)
    {
        if (assertion["hash"] is not { Kind: CborKind.Bytes } hash) throw new ManifestException("a data hash has no hash");
        var parts = new List<ReadOnlyMemory<byte>>();
        bool loose = false;
        int at = 0, carrier = 0;
        if (assertion["exclusions"] is { Kind: CborKind.Array } exclusions)
        {
            if (exclusions.Items.Count > MaxExclusions) throw new ManifestException("a data hash leaves out too many ranges");
            foreach (CborItem range in exclusions.Items)
            {
                if (range["start"] is not { Kind: CborKind.Integer, Number: var start } || range["length"] is not { Kind: CborKind.Integer, Number: var length }
                    || start < at || length < 0 || start > file.Length) throw new ManifestException("the ranges that a data hash leaves out are not in order");
                // a store that grew or shrank since moves the end of the file: that is a difference, not an error
                if (length > file.Length - start) return BindingState.Differs;
                loose |= !IsCarried(store.Carriers, start, start + length, ref carrier);
                parts.Add(file[at..(int)start]);
                at = (int)(start + length);
            }
        }
        parts.Add(file[at..]);
        return HashedUri.Compare(assertion.TextAt("alg") ?? algorithm, hash.Bytes.Span, parts) switch
        {
            HashCheck.Fits => loose ? BindingState.Loose : BindingState.Fits,
            HashCheck.Differs => BindingState.Differs,
            _ => BindingState.Unchecked,
        };
    }

    /// <summary>True where a range lies within carriers of the manifest that stand one behind the other.</summary>
    private static bool IsCarried(IReadOnlyList<(long From, long To)> carriers, long from, long to, ref int carrier)
    {
        while (carrier < carriers.Count && carriers[carrier].To <= from) carrier++;
        for (int i = carrier; i < carriers.Count && carriers[i].From <= from; i++)
        {
            if (carriers[i].To >= to) return true;
            from = carriers[i].To;
        }
        return from == to;
    }
}
