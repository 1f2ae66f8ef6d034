using System.Net;
using System.Net.Sockets;

namespace Veridicom.Dimse.Provider;

/// <summary>
/// Who may come in. A connection waits until its association is admitted; those that wait are many, cheap, and when there are too many of them the oldest
/// of the address that has most is thrown out, so that silent connections keep nobody away. Associations that stand are counted in total and by address.
/// </summary>
internal sealed class AssociationSlots(int most, int mostOfAddress, int mostWaiting)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Slot> waiting = new();
    private readonly Dictionary<UInt128, (int Waiting, int Standing)> counts = [];
    private int standing;

    /// <summary>Associations that stand.</summary>
    public int Standing
    {
        get
        {
            lock (gate) return standing;
        }
    }

    /// <summary>Connections without an association.</summary>
    public int Waiting
    {
        get
        {
            lock (gate) return waiting.Count;
        }
    }

    /// <summary>A place for a connection that has come. Another may lose its own: then it is told.</summary>
    /// <param name="address">Where it comes from.</param>
    /// <param name="evicted">What is done when it is thrown out while it waits. Must be quick.</param>
    public Slot Enter(IPAddress address, Action evicted)
    {
        var slot = new Slot(this, KeyOf(address), evicted);
        Slot? victim = null;
        lock (gate)
        {
            slot.Node = waiting.AddLast(slot);
            Count(slot.Key, 1, 0);
            if (waiting.Count > mostWaiting) victim = TakeVictim();
        }

        victim?.Evicted();
        return slot;
    }

    /// <summary>Throws out one that waits, where there is any: descriptors are short.</summary>
    public void EvictOne()
    {
        Slot? victim;
        lock (gate) victim = waiting.Count == 0 ? null : TakeVictim();
        victim?.Evicted();
    }

    /// <summary>Throws out all that wait.</summary>
    public void EvictAll()
    {
        Slot[] all;
        lock (gate)
        {
            all = [.. waiting];
            foreach (Slot slot in all) Remove(slot);
        }

        foreach (Slot slot in all) slot.Evicted();
    }

    /// <summary>Makes a waiting connection an association that stands; false where there are too many, or where it has been thrown out.</summary>
    private bool TryStand(Slot slot)
    {
        lock (gate)
        {
            if (slot.Node is null || standing >= most || counts[slot.Key].Standing >= mostOfAddress) return false;
            Remove(slot);
            Count(slot.Key, 0, 1);
            standing++;
            return slot.Stands = true;
        }
    }

    private void Leave(Slot slot)
    {
        lock (gate)
        {
            if (slot.Node is not null) Remove(slot);
            if (!slot.Stands) return;
            slot.Stands = false;
            standing--;
            Count(slot.Key, 0, -1);
        }
    }

    // The first of several that have as many is the oldest.
    private Slot TakeVictim()
    {
        Slot victim = waiting.MaxBy(slot => counts[slot.Key].Waiting)!;
        Remove(victim);
        return victim;
    }

    private void Remove(Slot slot)
    {
        waiting.Remove(slot.Node!);
        slot.Node = null;
        Count(slot.Key, -1, 0);
    }

    private void Count(UInt128 key, int wait, int stand)
    {
        (int Waiting, int Standing) now = counts.GetValueOrDefault(key);
        now = (now.Waiting + wait, now.Standing + stand);
        if (now == (0, 0)) counts.Remove(key);
        else counts[key] = now;
    }

    // One subscriber has a whole /64 of IPv6 addresses: it counts as one.
    private static UInt128 KeyOf(IPAddress address)
    {
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out int count);
        if (address.AddressFamily == AddressFamily.InterNetworkV6) bytes[8..].Clear();
        UInt128 key = 0;
        foreach (byte b in bytes[..count]) key = (key << 8) | b;
        return key;
    }

    /// <summary>The place of one connection. Disposal gives it back.</summary>
    public sealed class Slot(AssociationSlots slots, UInt128 key, Action evicted) : IDisposable
    {
        internal UInt128 Key => key;

        internal Action Evicted => evicted;

        internal LinkedListNode<Slot>? Node { get; set; }

        internal bool Stands { get; set; }

        /// <summary>Takes one of the places of associations, if there is one.</summary>
        public bool TryStand() => slots.TryStand(this);

        /// <inheritdoc/>
        public void Dispose() => slots.Leave(this);
    }
}
