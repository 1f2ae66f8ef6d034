using Veridicom.Cli.Reports;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Files;

/// <summary>What came of one input: a result, or the fault that prevented one.</summary>
/// <typeparam name="T">Result of one input.</typeparam>
/// <param name="Value">The result, null where there is a fault or the input is not of the kind wanted.</param>
/// <param name="Fault">The fault, null where there is a result.</param>
public readonly record struct Attempt<T>(T? Value, Fault? Fault) where T : class;

/// <summary>One command over many inputs: on all cores, reported in order, with one exit code for all.</summary>
public static class FileRun
{
    private const int FlushEveryMs = 250;

    /// <summary>
    /// Runs <paramref name="work"/> on each input that is of the kind wanted and <paramref name="report"/>, on this thread and in order, on what came of it.
    /// </summary>
    /// <param name="surroundings">Where to write and when to stop.</param>
    /// <param name="paths">What the user named.</param>
    /// <param name="silent">No progress and no line about what was passed over.</param>
    /// <param name="work">Called by the workers with the opened file, which closes behind it.</param>
    /// <param name="report">Writes the result and returns its exit code.</param>
    /// <param name="output">What the work writes through; it is completed however the run ends. The work then waits for the disk: two workers for each core keep both busy.</param>
    /// <param name="passedOver">Told at the end what was passed over, in words; with an empty text where that is nothing.</param>
    /// <param name="kind">The kind of files wanted; DICOM where none is named.</param>
    /// <param name="leaveOut">True for inputs that need no work, such as those of an earlier run.</param>
    /// <returns>The worst of the exit codes.</returns>
    public static int Run<T>(Surroundings surroundings, IReadOnlyList<string> paths, bool silent, Func<Input, OpenedFile, T> work, Func<Input, Attempt<T>, int> report, AtomicOutput? output = null, Action<string>? passedOver = null, FileKind? kind = null, Func<Input, bool>? leaveOut = null) where T : class
    {
        FileKind wanted = kind ?? FileKind.Dicom;
        var listed = new Inputs(paths, wanted);
        int leftOut = 0;
        IEnumerable<Input> inputs = listed.Select(Placed).Where(IsWanted);
        ProgressLine? progress = null;
        if (surroundings.ErrorIsTerminal && !silent)
        {
            List<Input> all = [.. inputs]; // the bar has to know how many there are
            inputs = all;
            progress = new ProgressLine(surroundings.Error, all.Count);
        }
        int worst = 0, done = 0, reported = 0;
        long flushed = Environment.TickCount64;
        try
        {
            Workers<Attempt<T>>.Run(inputs, Attempt, Give, output is null ? surroundings.Workers : 2 * surroundings.Workers, surroundings.Stop);
        }
        finally
        {
            output?.Complete();
        }
        progress?.Clear();
        if (!silent && listed.PassedOver is { Length: > 0 } passed) surroundings.Error.WriteLine("veridicom: passed over " + passed);
        passedOver?.Invoke(listed.PassedOver);
        if (reported + leftOut == 0) throw FaultException.Bad("nothing", paths[0], $"holds no {wanted.Name} file", $"name {wanted.Name} files, or a folder that holds some");
        return worst;

        bool IsWanted(Input input)
        {
            if (leaveOut is null || !leaveOut(input)) return true;
            leftOut++;
            input.Done();
            return false;
        }

        static Input Placed(Input input, int before)
        {
            input.Position = before + 1;
            return input;
        }

        Attempt<T> Attempt(Input input, FileBuffers buffers)
        {
            try
            {
                using OpenedFile opened = input.Open(buffers);
                if (!input.IsNamed && !wanted.Means(input.Name, opened.Source))
                {
                    Interlocked.Increment(ref listed.NotWanted);
                    return default;
                }
                if (opened.Source.Length == 0) throw FaultException.Bad("empty", null, "is empty, or no regular file", $"name a {wanted.Name} file");
                T result = work(input, opened);
                opened.DemandUnchanged();
                return new Attempt<T>(result, null);
            }
            catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
            {
                // A defect of ours met in one file must not keep the others from being looked at.
                return new Attempt<T>(null, (Fault.From(e) ?? Fault.Defect(e)).Of(input.Name));
            }
        }

        void Give(Input input, Attempt<T> attempt)
        {
            done++;
            if (attempt.Value is not null || attempt.Fault is not null)
            {
                reported++;
                if (surroundings.OutIsTerminal || attempt.Fault is not null) progress?.Clear();
                worst = VerdictWords.Worse(worst, report(input, attempt));
            }
            if (Environment.TickCount64 - flushed > FlushEveryMs)
            {
                surroundings.Out.Flush(); // whoever reads a pipe sees results as they come
                flushed = Environment.TickCount64;
            }
            progress?.Set(done);
        }
    }
}
