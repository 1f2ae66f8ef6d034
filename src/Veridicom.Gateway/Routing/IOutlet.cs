using Veridicom.Registry;

namespace Veridicom.Gateway.Routing;

/// <summary>What became of one instance that was sent.</summary>
internal enum SendOutcome
{
    /// <summary>The destination said that it stored it.</summary>
    Stored,
    /// <summary>The destination does not want this very instance, and says so: class or syntax not supported, data set not understood.</summary>
    Refused,
    /// <summary>What is stored here no longer has its digest, or is gone: it must not be sent.</summary>
    Damaged,
    /// <summary>It did not work this time: out of resources, processing failure, connection lost on the way.</summary>
    Failed,
    /// <summary>The destination could not be reached, or does not talk to us at all: this says nothing about the instance.</summary>
    Unreachable,
}

/// <summary>What became of one instance.</summary>
/// <param name="Outcome">What became of it.</param>
/// <param name="Detail">Status or cause in a few words; never a text that the destination wrote, which could hold attributes.</param>
internal readonly record struct SendResult(SendOutcome Outcome, string Detail);

/// <summary>
/// Hands instances over to one destination. Safe for several studies at once. Implemented for C-STORE, for STOW-RS, and by tests that let sending fail.
/// </summary>
internal interface IOutlet : IAsyncDisposable
{
    /// <summary>
    /// Sends instances of one study in their order, each as it is stored, and says of each, in that order, what became of it. The sequence ends
    /// after the first that is <see cref="SendOutcome.Failed"/> or <see cref="SendOutcome.Unreachable"/>: what comes behind was not sent. An
    /// instance is sent only when the result of the one before has been taken.
    /// </summary>
    IAsyncEnumerable<SendResult> SendAsync(IReadOnlyList<StoredInstance> instances, CancellationToken stop);
}
