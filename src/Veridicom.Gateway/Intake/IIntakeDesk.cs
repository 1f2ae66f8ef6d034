namespace Veridicom.Gateway.Intake;

/// <summary>Takes instances in, whatever brought them: parse, policy, seal or verify, store, register. Implemented by <c>IntakeDesk</c> and by tests that let steps fail.</summary>
public interface IIntakeDesk
{
    /// <summary>Begins an instance. A C-STORE gives the PS3.10 preamble and meta elements first.</summary>
    Arrival Begin();

    /// <summary>
    /// Takes an instance in. When the task ends with Stored, Repeated, Conflict or Quarantined the file is flushed and the row is committed: only
    /// then may the sender be told. Never throws for bad input or a failing disk: these are outcomes. The arrival stays the caller's to dispose.
    /// </summary>
    Task<IntakeResult> AcceptAsync(Arrival arrival, ArrivalSource source, CancellationToken stop);
}
