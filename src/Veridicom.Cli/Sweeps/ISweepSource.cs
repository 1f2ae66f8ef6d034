using Veridicom.Dicom;
using Veridicom.Gateway.Sweep;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Sweeps;

/// <summary>What became of one instance.</summary>
/// <param name="Verdict">Of the instance as it is now.</param>
/// <param name="IsSealed">It was sealed by this sweep.</param>
internal sealed record Swept(Verdict Verdict, bool IsSealed = false)
{
    /// <summary>A file that is no DICOM file: passed over.</summary>
    public static Swept NotDicom { get; } = new((Verdict)null!);

    /// <summary>True for <see cref="NotDicom"/>.</summary>
    public bool IsNotDicom => ReferenceEquals(this, NotDicom);
}

/// <summary>What is swept: a folder, or an archive elsewhere.</summary>
internal interface ISweepSource
{
    /// <summary>What was passed over, in words; empty where nothing was.</summary>
    string PassedOver { get; }

    /// <summary>The instances that the state does not have.</summary>
    IAsyncEnumerable<SweepItem> ListAsync(SweepState state, CancellationToken stop);

    /// <summary>Looks at one, and seals it where that is wanted. Called by several at once.</summary>
    Task<Swept> LookAsync(SweepItem item, CancellationToken stop);
}

/// <summary>Verifies, and seals as found. Safe for several threads.</summary>
internal sealed class SweepJudge(Surroundings surroundings, VerifyOptions verify, SealOptions? seal)
{
    public Verdict Verify(ByteSource source, ReadOnlyMemory<byte>? beside, out DicomFile? file) => Verifier.Verify(source, beside, verify with { Now = surroundings.Now }, out file);

    public SealOutcome Seal(DicomFile file, ReadOnlyMemory<byte>? beside) =>
        Sealer.Seal(file, (seal ?? throw new InvalidOperationException("nothing is sealed here")) with { At = surroundings.Now }, beside);
}
