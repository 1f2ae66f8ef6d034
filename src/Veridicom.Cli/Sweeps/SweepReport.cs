using System.Globalization;
using System.Text.Json;
using Veridicom.Cli.Reports;
using Veridicom.Dicom.Text;
using Veridicom.Gateway.Sweep;
using Veridicom.Reports;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Sweeps;

/// <summary>Writes what a sweep finds: each instance as verify does, and at the end how many of each verdict there are, earlier runs included, and every altered one by name.</summary>
internal sealed class SweepReport(Surroundings surroundings, SweepState state, bool asJson, bool quiet, bool seals, int expected)
{
    private static readonly VerdictKind[] Order =
        [VerdictKind.Authentic, VerdictKind.Amended, VerdictKind.Redacted, VerdictKind.Extended, VerdictKind.Partial, VerdictKind.Untrusted, VerdictKind.Unsealed, VerdictKind.Altered, VerdictKind.Unverifiable];

    private readonly VerdictTable _table = new(surroundings, quiet);
    private readonly JsonLine _lines = new(surroundings.Out);
    private readonly ProgressLine? _progress = surroundings.ErrorIsTerminal && !asJson && !quiet ? new ProgressLine(surroundings.Error, expected) : null;
    private readonly int _before = state.Total;
    private int _faultCode, _looked;

    /// <summary>Instances for which there is no verdict.</summary>
    public int NotChecked { get; private set; }

    /// <summary>The worst exit code so far, of earlier runs too.</summary>
    public int ExitCode => VerdictWords.Worse(state.ExitCode, _faultCode);

    /// <summary>One instance was looked at.</summary>
    public void Tell(SweepItem item, Swept? swept, Exception? exception)
    {
        _looked++;
        if (swept is { IsNotDicom: true }) return;
        if (surroundings.OutIsTerminal || exception is not null) _progress?.Clear();
        if (swept is not null)
        {
            if (asJson)
            {
                _lines.Write(json =>
                {
                    VerdictJson.Write(json, item.Name, swept.Verdict);
                    if (seals) json.WriteBoolean("sealed", swept.IsSealed);
                });
            }
            else _table.Write(item.Name, swept.Verdict);
            // after the line: should this process end between the two, it is looked at and told of again
            state.Done(item, swept.Verdict, swept.IsSealed);
        }
        else Tell(FaultOf(exception!).Of(item.Name));
        _progress?.Set(_looked);
    }

    private void Tell(Fault fault)
    {
        NotChecked++;
        _faultCode = VerdictWords.Worse(_faultCode, fault.ExitCode);
        if (asJson) _lines.Write(json => VerdictJson.Write(json, fault.File!, fault));
        else _table.Write(fault);
    }

    /// <summary>The sweep could not go on.</summary>
    public void Broke(Fault fault)
    {
        _progress?.Clear();
        _faultCode = VerdictWords.Worse(_faultCode, fault.ExitCode);
        surroundings.Error.WriteLine("veridicom: " + fault);
    }

    /// <summary>What an exception of an archive or of a file says.</summary>
    public static Fault FaultOf(Exception e) => e is not SweepException archive ? Fault.From(e) ?? Fault.Defect(e) : new Fault(Fault.World, archive.Trouble.Word(), null, archive.Message, archive.Trouble switch
    {
        SweepTrouble.Unreachable or SweepTrouble.Busy => "run it again: it goes on where it was",
        SweepTrouble.Denied => "look at --token-file and --authorities",
        _ => "",
    });

    /// <summary>The end of it.</summary>
    public void Finish(string source, string passedOver)
    {
        _progress?.Clear();
        if (passedOver.Length > 0 && !asJson && !quiet) surroundings.Error.WriteLine("veridicom: passed over " + passedOver);
        IReadOnlyList<string> altered = state.Altered;
        if (asJson)
        {
            _lines.Write(json => Write(json, source, altered));
            return;
        }
        if (quiet && ExitCode == 0) return;
        surroundings.Out.WriteLine();
        surroundings.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{TextDisplay.Escape(source)}: {state.Total} instances{(_before > 0 ? $", {_before} of them in earlier runs" : "")}"));
        foreach (VerdictKind kind in Order)
        {
            if (state.Count(kind) is > 0 and var count) surroundings.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {kind.Word(),-14}{count,10}"));
        }
        if (NotChecked > 0) surroundings.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"not checked",-14}{NotChecked,10}"));
        if (seals) surroundings.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {"sealed here",-14}{state.Sealed,10}"));
        if (altered.Count == 0) return;
        surroundings.Out.WriteLine("altered:");
        foreach (string name in altered) surroundings.Out.WriteLine("  " + TextDisplay.Escape(name));
    }

    private void Write(Utf8JsonWriter json, string source, IReadOnlyList<string> altered)
    {
        json.WriteString("sweep", source);
        json.WriteNumber("instances", state.Total);
        json.WriteNumber("earlier", _before);
        json.WriteStartObject("verdicts");
        foreach (VerdictKind kind in Order) json.WriteNumber(kind.Word(), state.Count(kind));
        json.WriteEndObject();
        json.WriteNumber("notChecked", NotChecked);
        if (seals) json.WriteNumber("sealed", state.Sealed);
        json.WriteStartArray("altered");
        foreach (string name in altered) json.WriteStringValue(name);
        json.WriteEndArray();
        json.WriteNumber("exitCode", ExitCode);
    }
}
