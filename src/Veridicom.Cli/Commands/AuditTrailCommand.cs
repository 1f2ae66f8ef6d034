using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Veridicom.Cli.Home;
using Veridicom.Dicom.Text;
using Veridicom.Registry;
using Veridicom.Registry.Journal;
using Veridicom.Seals.Trust;

namespace Veridicom.Cli.Commands;

/// <summary>audit-trail verify, show, checkpoint: looks into the journal of a gateway, running or not, and changes nothing.</summary>
public static class AuditTrailCommand
{
    private const int Altered = 1, Untrusted = 4, Unreadable = 5, Page = 1000;

    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings) => new("audit-trail", "Shows and proves what a gateway did: who sent, saw and received what.")
    {
        Verify(surroundings), Show(surroundings), Keep(surroundings),
    };

    private static Option<string?> Folder() => new("--folder") { Description = "The gateway's folder (default: gateway below $VERIDICOM_HOME, or what --config says).", HelpName = "DIR" };

    private static Option<string?> Config() => new("--config") { Description = "The gateway's settings, for its folder and its database.", HelpName = "FILE" };

    private static Command Verify(Surroundings surroundings)
    {
        Option<string?> folder = Folder(), config = Config();
        var checkpoint = new Option<string[]>("--checkpoint") { Description = "A checkpoint that was kept elsewhere: only it can show that the end was cut off.", HelpName = "FILE" };
        Option<string[]> trust = SharedOptions.Trust();
        Option<bool> json = SharedOptions.Json();
        var command = new Command("verify", "Proves that no line of the audit trail was changed, removed or put in: the chain, the signed checkpoints, and the database against the files.") { folder, config, checkpoint, trust, json };
        command.SetAction(parsed =>
        {
            GatewayPlace place = GatewayPlace.Of(surroundings, parsed.GetValue(folder), parsed.GetValue(config));
            TrustList trusted = TrustFolder.Load(parsed.GetValue(trust) ?? [], new OrganisationHome(surroundings));
            List<(Checkpoint, SealMessage)> kept = [.. (parsed.GetValue(checkpoint) ?? []).Select(file => ReadKept(file, trusted))];
            TrailReport report = VerifyAsync(surroundings, place, trusted, kept).GetAwaiter().GetResult();
            int code = ExitCode(report);
            if (parsed.GetValue(json)) new JsonLine(surroundings.Out).Write(w => Write(w, place.Folder.Journal, report, code));
            else Write(surroundings.Out, place.Folder.Journal, report, kept.Count > 0, code);
            return code;
        });
        return command;
    }

    private static (Checkpoint, SealMessage) ReadKept(string file, TrustList trust)
    {
        var info = new FileInfo(file);
        if (!info.Exists) throw FaultException.World("not-found", file, "does not exist", "check the name");
        if (info.Length > 2 * Checkpoint.MostBytes) throw FaultException.World("checkpoint", file, "is too long for a checkpoint", "name the file that audit-trail checkpoint wrote");
        try
        {
            return Checkpoint.ReadFile(File.ReadAllBytes(file), trust.Certificates);
        }
        catch (FormatException e)
        {
            throw FaultException.World("checkpoint", file, e.Message, "name the file that audit-trail checkpoint wrote");
        }
    }

    private static async Task<TrailReport> VerifyAsync(Surroundings surroundings, GatewayPlace place, TrustList trust, List<(Checkpoint, SealMessage)> kept)
    {
        await using IRegistry? registry = place.OpenRegistry();
        // Asked first: what a running gateway adds meanwhile is then in the files for certain, and is not looked for in the database.
        long newest = registry is null ? 0 : (await registry.NewestAsync(surroundings.Stop)).Sequence;
        return await AuditTrail.VerifyAsync(JournalLines.Read(place.Folder.Journal), new TrailEvidence
        {
            Trust = trust, Now = surroundings.Now, Kept = kept, Registry = registry is null ? null : LinesAsync(registry, surroundings.Stop), RegistryNewest = newest,
        }, surroundings.Stop);
    }

    private static async IAsyncEnumerable<RegistryLine> LinesAsync(IRegistry registry, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken stop)
    {
        for (long after = 0; ;)
        {
            IReadOnlyList<(long Sequence, string Hash, string Line)> lines = await registry.JournalAsync(after, Page, stop);
            if (lines.Count == 0) yield break;
            foreach ((long sequence, string hash, string line) in lines) yield return new RegistryLine(sequence, hash, line);
            after = lines[^1].Sequence;
        }
    }

    private static int ExitCode(TrailReport report) =>
        report.IsAltered ? Altered
        : report.Problems.Any(p => p.Finding == TrailFinding.EntryUnreadable) ? Unreadable
        : report.ProblemCount > 0 ? Untrusted
        : 0;

    private static string Word(int code) => code switch
    {
        0 => "right",
        Altered => "altered",
        Untrusted => "untrusted",
        _ => "unreadable",
    };

    private static void Write(TextWriter output, string journal, TrailReport report, bool kept, int code)
    {
        CultureInfo invariant = CultureInfo.InvariantCulture;
        output.WriteLine($"journal      {report.JournalId ?? "without identity"}, {TextDisplay.Escape(journal)}");
        output.WriteLine(string.Create(invariant, $"entries      {report.Entries}{(report.Unfinished ? ", and a last line that is not finished and never counted" : "")}"));
        output.WriteLine(report.Signed is { } signed
            ? string.Create(invariant, $"checkpoints  {report.Checkpoints}; the newest that is trusted covers entry {signed.Sequence}, {signed.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC, signed by {TextDisplay.Escape(report.SignedBy!)}")
            : string.Create(invariant, $"checkpoints  {report.Checkpoints}, and none that is trusted"));
        if (kept) output.WriteLine(string.Create(invariant, $"kept         agrees up to entry {report.KeptUpTo}"));
        output.WriteLine(!report.RegistryCompared ? "registry     not there, so not compared"
            : string.Create(invariant, $"registry     compared{(report.RegistryBehind > 0 ? $"; the last {report.RegistryBehind} entries are yet to come, at the latest when the gateway starts" : "")}"));
        foreach (TrailProblem problem in report.Problems) output.WriteLine($"  {TextDisplay.Escape(problem.Place)}: {TextDisplay.Escape(problem.Text)}");
        if (report.ProblemCount > report.Problems.Count) output.WriteLine(string.Create(invariant, $"  and {report.ProblemCount - report.Problems.Count} more"));
        output.WriteLine(string.Create(invariant, $"{Word(code).ToUpperInvariant()}  {Meaning(report, code)}"));
    }

    /// <summary>What is proven and what is not.</summary>
    private static string Meaning(TrailReport report, int code)
    {
        if (code == Altered) return "the audit trail was changed: see the lines above";
        if (code == Untrusted) return "the chain is whole, but nobody who is trusted vouches for it: who can write the files could have made all of it anew";
        if (code == Unreadable) return "the chain is whole, but this version cannot read all of it: use a newer one";
        long proven = Math.Max(report.Signed!.Sequence, report.KeptUpTo);
        string end = report.Newest - proven > 1 ? $"; entries {proven + 1} to {report.Newest} are chained, but not signed yet" : "";
        return string.Create(CultureInfo.InvariantCulture,
            $"nothing up to entry {proven} was changed by anyone without the key{end}. That nothing was cut off behind it only a later checkpoint kept elsewhere can show");
    }

    private static void Write(Utf8JsonWriter json, string journal, TrailReport report, int code)
    {
        json.WriteString("path", journal);
        json.WriteString("result", Word(code));
        json.WriteNumber("exitCode", code);
        json.WriteString("journal", report.JournalId);
        json.WriteNumber("entries", report.Entries);
        json.WriteNumber("newest", report.Newest);
        json.WriteString("hash", report.Hash);
        json.WriteBoolean("unfinished", report.Unfinished);
        json.WriteNumber("checkpoints", report.Checkpoints);
        if (report.Signed is { } signed)
        {
            json.WriteStartObject("signed");
            json.WriteNumber("sequence", signed.Sequence);
            JsonLine.Time(json, "time", signed.Time);
            json.WriteString("signer", report.SignedBy);
            json.WriteEndObject();
        }
        else json.WriteNull("signed");
        json.WriteNumber("keptUpTo", report.KeptUpTo);
        json.WriteBoolean("registryCompared", report.RegistryCompared);
        json.WriteNumber("registryBehind", report.RegistryBehind);
        json.WriteNumber("problemCount", report.ProblemCount);
        json.WriteStartArray("problems");
        foreach (TrailProblem problem in report.Problems)
        {
            json.WriteStartObject();
            json.WriteString("finding", JsonNamingPolicy.KebabCaseLower.ConvertName(problem.Finding.ToString()));
            json.WriteNumber("sequence", problem.Sequence);
            json.WriteString("place", problem.Place);
            json.WriteString("text", problem.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static Command Show(Surroundings surroundings)
    {
        Option<string?> folder = Folder(), config = Config();
        var study = new Option<string?>("--study") { Description = "Only what concerns this study.", HelpName = "UID" };
        var who = new Option<string?>("--who") { Description = "Only what this AE title, user or destination did.", HelpName = "NAME" };
        var since = new Option<string?>("--since") { Description = "Only from this time on: 2026-11-22 or 2026-11-22T15:04:05, UTC.", HelpName = "TIME" };
        Option<bool> json = SharedOptions.Json();
        var command = new Command("show", "Shows the entries of the audit trail, oldest first. It does not prove them: see verify.") { folder, config, study, who, since, json };
        command.SetAction(parsed =>
        {
            GatewayPlace place = GatewayPlace.Of(surroundings, parsed.GetValue(folder), parsed.GetValue(config));
            DateTimeOffset from = TimeOf(parsed.GetValue(since));
            string? name = parsed.GetValue(who), uid = parsed.GetValue(study);
            bool asJson = parsed.GetValue(json), unread = false;
            foreach (JournalLine line in JournalLines.Read(place.Folder.Journal))
            {
                surroundings.Stop.ThrowIfCancellationRequested();
                if (!line.IsWhole) continue; // being written
                try
                {
                    if (!JournalChain.TrySplit(line.Bytes, out _, out ReadOnlyMemory<byte> bytes)) throw new FormatException("it is not a hash and an entry");
                    (long sequence, JournalEntry entry) = JournalText.Read(bytes.Span);
                    if (entry.At < from || (uid is not null && entry.StudyUid != uid) || (name is not null && !string.Equals(entry.Who.Name, name, StringComparison.OrdinalIgnoreCase))) continue;
                    surroundings.Out.WriteLine(asJson ? Encoding.ASCII.GetString(JournalText.Write(sequence, entry)) : Row(sequence, entry));
                }
                catch (FormatException e)
                {
                    unread = true;
                    surroundings.Error.WriteLine($"veridicom: {TextDisplay.Escape(line.Place)}: {TextDisplay.Escape(e.Message)}");
                }
            }
            return unread ? Unreadable : 0;
        });
        return command;
    }

    private static DateTimeOffset TimeOf(string? text)
    {
        if (text is null) return DateTimeOffset.MinValue;
        string[] formats = ["yyyy-MM-dd", "yyyy-MM-ddTHH:mm", "yyyy-MM-ddTHH:mm:ss", "yyyy-MM-ddTHH:mm:ssZ", "yyyy-MM-ddTHH:mm:ss.fffZ"];
        return DateTimeOffset.TryParseExact(text, formats, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out DateTimeOffset time)
            ? time
            : throw FaultException.Usage("--since is no time", "write it as 2026-11-22 or 2026-11-22T15:04:05, in UTC");
    }

    private static string Row(long sequence, JournalEntry entry)
    {
        var row = new StringBuilder();
        row.Append(CultureInfo.InvariantCulture, $"{sequence,8}  {entry.At.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}  {entry.Kind.Word(),-20} {TextDisplay.Escape(entry.Who.Name)}");
        if (entry.Who.Address.Length > 0) row.Append(" at ").Append(TextDisplay.Escape(entry.Who.Address));
        if (entry.Outcome != EntryOutcome.Success) row.Append(", ").Append(entry.Outcome.Word());
        Add("why", entry.Why);
        Add("study", entry.StudyUid);
        Add("instance", entry.SopInstanceUid);
        Add("instances", entry.Instances?.ToString(CultureInfo.InvariantCulture));
        Add("entry", entry.Instance?.ToString(CultureInfo.InvariantCulture));
        Add("state", entry.State?.Word());
        Add("verdict", entry.Verdict);
        Add("to", entry.Destination);
        if (entry.Kind != EntryKind.Checkpoint) Add("detail", entry.Detail);
        return row.ToString();

        void Add(string what, string? value)
        {
            if (!string.IsNullOrEmpty(value)) row.Append(", ").Append(what).Append(' ').Append(TextDisplay.Escape(value));
        }
    }

    private static Command Keep(Surroundings surroundings)
    {
        Option<string?> folder = Folder(), config = Config();
        var command = new Command("checkpoint", "Writes the newest signed checkpoint on standard output. Keep it where nobody who can write the trail can change it.") { folder, config };
        command.SetAction(parsed =>
        {
            GatewayPlace place = GatewayPlace.Of(surroundings, parsed.GetValue(folder), parsed.GetValue(config));
            (Checkpoint Read, string Text)? newest = null;
            foreach (JournalLine line in JournalLines.Read(place.Folder.Journal))
            {
                surroundings.Stop.ThrowIfCancellationRequested();
                if (line.IsWhole && CheckpointOf(line) is { } found) newest = found;
            }
            if (newest is not { } checkpoint) throw FaultException.World("checkpoint", place.Folder.Journal, "has no checkpoint yet", "the gateway writes one when it starts");
            surroundings.Out.WriteLine(checkpoint.Text);
            surroundings.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"checkpoint over entry {checkpoint.Read.Sequence} of journal {checkpoint.Read.JournalId}, {checkpoint.Read.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC"));
            return 0;
        });
        return command;
    }

    private static (Checkpoint, string)? CheckpointOf(JournalLine line)
    {
        try
        {
            if (!JournalChain.TrySplit(line.Bytes, out _, out ReadOnlyMemory<byte> json)) return null;
            JournalEntry entry = JournalText.Read(json.Span).Entry;
            return entry is { Kind: EntryKind.Checkpoint, Detail: { } text } ? (Checkpoint.ReadText(text, new CertificateCache()).Checkpoint, text) : null;
        }
        catch (FormatException)
        {
            return null; // verify says what is wrong
        }
    }
}
