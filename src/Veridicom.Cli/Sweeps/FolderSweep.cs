using System.Collections.Concurrent;
using System.Globalization;
using System.Runtime.CompilerServices;
using Veridicom.Cli.Files;
using Veridicom.Dicom;
using Veridicom.Gateway.Sweep;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Sweeps;

/// <summary>The files below a folder, swept where they lie.</summary>
internal sealed class FolderSweep(Surroundings surroundings, string folder, SweepJudge judge, OutputPlan? plan, AtomicOutput output, bool mayReplace) : ISweepSource
{
    private readonly ConcurrentBag<FileBuffers> _buffers = [];
    private readonly Inputs _inputs = new([folder]);

    private sealed record Place(Input Input, string Key) : SweepItem(Key, Input.Name);

    /// <inheritdoc/>
    public string PassedOver => _inputs.PassedOver;

    /// <inheritdoc/>
    public async IAsyncEnumerable<SweepItem> ListAsync(SweepState state, [EnumeratorCancellation] CancellationToken stop)
    {
        foreach (Input input in _inputs)
        {
            stop.ThrowIfCancellationRequested();
            var item = new Place(input, KeyOf(input));
            if (state.IsDone(item.Key)) input.Done();
            else yield return item;
        }
        await Task.CompletedTask;
    }

    /// <inheritdoc/>
    public Task<Swept> LookAsync(SweepItem item, CancellationToken stop)
    {
        Input input = ((Place)item).Input;
        if (!_buffers.TryTake(out FileBuffers? buffers)) buffers = new FileBuffers(surroundings.Workers);
        try
        {
            using OpenedFile opened = input.Open(buffers);
            if (!input.IsNamed && !DicomSniff.MeansDicom(input.Name, opened.Source))
            {
                Interlocked.Increment(ref _inputs.NotWanted);
                return Task.FromResult(Swept.NotDicom);
            }
            if (opened.Source.Length == 0) throw FaultException.Bad("empty", null, "is empty, or no regular file", "name a DICOM file");
            ReadOnlyMemory<byte>? beside = input.ReadSeal();
            Verdict verdict = judge.Verify(opened.Source, beside, out DicomFile? file);
            Swept swept = plan is null || file is null ? new Swept(verdict) : Keep(input, opened, file, beside, verdict);
            opened.DemandUnchanged();
            return Task.FromResult(swept);
        }
        finally
        {
            _buffers.Add(buffers);
            input.Done();
        }
    }

    private Swept Keep(Input input, OpenedFile opened, DicomFile file, ReadOnlyMemory<byte>? beside, Verdict verdict)
    {
        string target = plan!.TargetOf(input);
        if (verdict.Kind == VerdictKind.Unsealed)
        {
            SealOutcome outcome = judge.Seal(file, beside);
            output.Write(target, outcome.WriteTo, plan.IsInPlace || mayReplace, beforeRename: opened.Finish);
            return new Swept(outcome.Verdict, IsSealed: true);
        }
        // a copy of what is sealed and good already belongs to a sealed copy of the folder; what is altered does not
        if (!plan.IsInPlace && verdict.ExitCode == 0) output.Write(target, file.WriteTo, mayReplace, beforeRename: opened.Finish);
        return new Swept(verdict);
    }

    /// <summary>Length and time of the last change are part of it: a file that was changed since is looked at again.</summary>
    private static string KeyOf(Input input)
    {
        if (input is MissingInput) return "missing " + input.Name;
        string? path = input.FilePath;
        for (int at = 0; path is null && (at = input.Name.IndexOf('!', at)) >= 0; at++)
        {
            if (File.Exists(input.Name[..at])) path = input.Name[..at];
        }
        FileInfo? info = path is null ? null : new FileInfo(path);
        return info is { Exists: true } ? string.Create(CultureInfo.InvariantCulture, $"{input.Place}|{info.Length}|{info.LastWriteTimeUtc.Ticks}") : input.Place;
    }
}
