using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using Veridicom.Dimse.Provider;
using Veridicom.Registry;

namespace Veridicom.Gateway.Routing;

/// <summary>A storage commitment that we asked a destination for, and the references to which it has not yet said anything. Safe for several threads.</summary>
internal sealed class Transaction
{
    private readonly Dictionary<string, StoredInstance> _open;

    /// <summary>Over these instances; of several with one SOP Instance UID the first.</summary>
    public Transaction(string uid, IEnumerable<StoredInstance> instances, DateTimeOffset askedAnewAt)
    {
        (Uid, AskedAnewAt) = (uid, askedAnewAt);
        _open = instances.DistinctBy(one => one.SopInstanceUid, StringComparer.Ordinal).ToDictionary(one => one.SopInstanceUid, StringComparer.Ordinal);
    }

    /// <summary>Transaction UID.</summary>
    public string Uid { get; }

    /// <summary>When it is asked for anew, should no answer come.</summary>
    public DateTimeOffset AskedAnewAt { get; set; }

    /// <summary>One answer at a time.</summary>
    public SemaphoreSlim One { get; } = new(1, 1);

    /// <summary>Those without an answer at this moment.</summary>
    public IReadOnlyList<StoredInstance> Open
    {
        get
        {
            lock (_open) return [.. _open.Values];
        }
    }

    /// <summary>The request to send.</summary>
    public CommitmentRequest Request() => new(Uid, [.. Open.Select(one => new CommitmentReference(one.SopClassUid, one.SopInstanceUid))]);

    /// <summary>The instance that a reference of an answer means, null where it was not asked for or was answered.</summary>
    public StoredInstance? Find(CommitmentReference reference)
    {
        lock (_open) return _open.TryGetValue(reference.SopInstanceUid, out StoredInstance? found) && found.SopClassUid == reference.SopClassUid ? found : null;
    }

    /// <summary>It was answered, and that is recorded.</summary>
    public void Close(StoredInstance instance)
    {
        lock (_open) _open.Remove(instance.SopInstanceUid);
    }

    /// <summary>A UID that nobody can guess: 122 bits of chance below 2.25 (PS3.5-2023b B.2).</summary>
    public static string NewUid()
    {
        byte[] number = RandomNumberGenerator.GetBytes(16);
        number[6] = (byte)((number[6] & 0x0F) | 0x40); // RFC 9562 5.4
        number[8] = (byte)((number[8] & 0x3F) | 0x80);
        return "2.25." + new BigInteger(number, isUnsigned: true, isBigEndian: true).ToString(CultureInfo.InvariantCulture);
    }
}
