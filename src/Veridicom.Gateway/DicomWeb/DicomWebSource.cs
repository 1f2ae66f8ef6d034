using Veridicom.Gateway.DicomWeb.Retrieve;
using Veridicom.Gateway.Intake;
using Veridicom.Pixels.Jpeg2000;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Registry.Store;
using Veridicom.Seals.Verify;

namespace Veridicom.Gateway.DicomWeb;

/// <summary>What the endpoints of DICOMweb, verdicts and reports stand on.</summary>
public sealed record DicomWebSource
{
    /// <summary>Takes in what STOW-RS brings.</summary>
    public required IIntakeDesk Desk { get; init; }

    /// <summary>Answers searches.</summary>
    public required IRegistry Registry { get; init; }

    /// <summary>Holds the files.</summary>
    public required IObjectStore Store { get; init; }

    /// <summary>Adds a line to the audit trail and ends when it is durable: <c>Vault.RecordAsync</c>. Nothing is given out before.</summary>
    public required Func<JournalEntry, CancellationToken, Task> Record { get; init; }

    /// <summary>Trust and policy of verdicts, with the time of the call.</summary>
    public required Func<VerifyOptions> Verification { get; init; }

    /// <summary>Decodes JPEG 2000 for pictures and conversions; null where nothing here does.</summary>
    public IJpeg2000? Jpeg2000 { get; init; }

    /// <summary>Folder for what waits in files without a name: bodies to be judged, pages being made.</summary>
    public string ScratchFolder { get; init; } = Path.GetTempPath();

    /// <summary>Name and version of this program, in reports.</summary>
    public string Program { get; init; } = "veridicom " + typeof(DicomWebSource).Assembly.GetName().Version?.ToString(3);

    /// <summary>The clock of the audit trail.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;

    /// <summary>What frames take that callers have not read yet, over all requests: 512 mebibytes.</summary>
    public ByteBudget Frames { get; init; } = new(512L << 20);

    /// <summary>Decoding, verifying and drawing at the same time, over all requests; others wait.</summary>
    public SemaphoreSlim Work { get; init; } = new(Math.Max(2, Environment.ProcessorCount));
}
