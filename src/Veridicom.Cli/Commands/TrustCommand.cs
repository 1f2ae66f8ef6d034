using System.CommandLine;
using System.Globalization;
using System.Text;
using Veridicom.Cli.Files;
using Veridicom.Cli.Home;
using Veridicom.Cli.Reports;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Commands;

/// <summary>trust add, list, remove, export.</summary>
public static class TrustCommand
{
    /// <summary>The command.</summary>
    public static Command Create(Surroundings surroundings) => new("trust", "Decides whose seals are believed. Compare fingerprints by telephone before you trust.")
    {
        Add(surroundings), List(surroundings), Remove(surroundings), Export(surroundings),
    };

    private static Command Add(Surroundings surroundings)
    {
        var files = new Argument<string[]>("FILE") { Description = "Certificates or revocation lists, PEM or DER.", Arity = ArgumentArity.OneOrMore };
        var fingerprint = new Option<string?>("--fingerprint") { Description = "Add it only if it has this SHA-256 fingerprint, all 64 digits, as read over the telephone.", HelpName = "DIGITS" };
        var yes = new Option<bool>("--yes") { Description = "Do not ask: the fingerprint was compared already." };
        var command = new Command("add", "Trusts the owner of a certificate, after you compared its fingerprint; or takes in a revocation list.") { files, fingerprint, yes };
        command.SetAction(parsed =>
        {
            var home = new OrganisationHome(surroundings);
            List<TrustEntry> entries = [.. parsed.GetRequiredValue(files).SelectMany(TrustFolder.Read)];
            if (entries.Count == 0) throw FaultException.World("trust", parsed.GetRequiredValue(files)[0], "holds neither a certificate nor a revocation list", "name a PEM or DER file");
            foreach (TrustEntry entry in entries) Describe(surroundings, entry);
            Confirm(surroundings, entries, parsed.GetValue(fingerprint), parsed.GetValue(yes));
            home.CreateFolders();
            var output = new AtomicOutput();
            foreach (IGrouping<string, TrustEntry> file in entries.GroupBy(e => e.Path))
            {
                // Certificates of one file stay in one file: together they are anchors and what may stand in between.
                TrustEntry first = file.FirstOrDefault(e => e.Kind == TrustKind.Anchor) ?? file.First();
                string label = first.Certificate is { } certificate ? OrganisationHome.NameOf(certificate) : "revoked";
                string to = Path.Combine(home.TrustFolder, TrustFolder.FileNameOf(first, label));
                output.Write(to, stream => stream.Write(Encoding.ASCII.GetBytes(string.Concat(file.Select(Pem)))), replace: true);
            }
            output.Complete();
            surroundings.Out.WriteLine(entries.Count == 1 ? "added" : $"added all {entries.Count}");
            return 0;
        });
        return command;
    }

    private static string Pem(TrustEntry entry) => PemBlocks.Write(entry.Kind == TrustKind.RevocationList ? PemBlocks.RevocationListLabel : PemBlocks.CertificateLabel, entry.Der.Span);

    private static void Describe(Surroundings surroundings, TrustEntry entry)
    {
        TextWriter output = surroundings.Out;
        if (entry.Certificate is { } certificate)
        {
            output.WriteLine($"certificate  {TextDisplay.Escape(certificate.SubjectText)}");
            output.WriteLine($"issued by    {(certificate.IsSelfIssued ? "itself" : TextDisplay.Escape(certificate.IssuerText))}");
            output.WriteLine($"valid        {certificate.NotBefore:yyyy-MM-dd} to {certificate.NotAfter:yyyy-MM-dd}{(certificate.NotAfter < surroundings.Now ? " (expired)" : "")}");
            output.WriteLine($"key          {certificate.Key}{(certificate.Key.IsWeak ? " (weak: its seals will not be trusted)" : "")}");
            output.WriteLine($"used as      {(entry.Kind == TrustKind.Anchor ? "anchor: what it signs is believed" : "intermediate: believed only under an anchor")}");
        }
        else
        {
            RevocationList list = RevocationList.Parse(entry.Der);
            output.WriteLine($"revocations  {list.Count} certificates, of {list.ThisUpdate:yyyy-MM-dd}, next by {list.NextUpdate:yyyy-MM-dd}");
        }
        output.WriteLine($"fingerprint  {TrustFolder.Grouped(entry.Fingerprint)}");
        output.WriteLine();
    }

    private static void Confirm(Surroundings surroundings, List<TrustEntry> entries, string? fingerprint, bool yes)
    {
        if (fingerprint is not null)
        {
            string digits = TrustFolder.Digits(fingerprint) ?? throw FaultException.Usage("the fingerprint holds something that is no hexadecimal digit", "give the 64 digits of the SHA-256 fingerprint");
            if (digits.Length != 64) throw FaultException.Usage($"the fingerprint has {digits.Length} digits, not 64", "give all of it: a part can be imitated");
            List<TrustEntry> anchors = entries.FindAll(e => e.Kind == TrustKind.Anchor);
            if (anchors.Count == 0) anchors = entries;
            if (anchors.Count != 1) throw FaultException.Usage("--fingerprint compares one certificate", "add them one by one");
            if (anchors[0].Fingerprint.ToString() != digits)
                throw FaultException.World("fingerprint", anchors[0].Path, "the fingerprint is another one", "do not trust it: it is not the certificate that you were told of");
            return;
        }
        if (yes || entries.All(e => e.Kind == TrustKind.RevocationList)) return; // a revocation list counts only if its issuer is trusted
        if (!surroundings.Person.IsThere) throw FaultException.Usage("nobody can be asked whether the fingerprint is right", "compare it and give it with --fingerprint, or say --yes");
        surroundings.Out.Flush();
        string? answer = surroundings.Person.Ask("Did you compare the fingerprint with its owner? Type yes to trust: ");
        if (!string.Equals(answer?.Trim(), "yes", StringComparison.OrdinalIgnoreCase)) throw FaultException.World("not-confirmed", null, "not added", "compare the fingerprint first");
    }

    private static Command List(Surroundings surroundings)
    {
        Option<bool> json = SharedOptions.Json();
        var command = new Command("list", "Shows whom this organisation trusts.") { json };
        command.SetAction(parsed =>
        {
            var home = new OrganisationHome(surroundings);
            IReadOnlyList<TrustEntry> entries = Directory.Exists(home.TrustFolder) ? TrustFolder.Read(home.TrustFolder) : [];
            bool asJson = parsed.GetValue(json);
            var lines = new JsonLine(surroundings.Out);
            foreach (TrustEntry entry in entries)
            {
                DateTimeOffset until = entry.Certificate?.NotAfter ?? RevocationList.Parse(entry.Der).NextUpdate;
                string kind = entry.Kind.Word();
                if (asJson)
                {
                    lines.Write(w =>
                    {
                        w.WriteString("file", entry.Path);
                        w.WriteString("kind", kind);
                        w.WriteString("subject", entry.Certificate?.SubjectText);
                        w.WriteString("fingerprint", entry.Fingerprint.ToString());
                        JsonLine.Time(w, "until", until);
                    });
                    continue;
                }
                surroundings.Out.WriteLine($"{kind,-15}  {TextDisplay.Escape(entry.Subject)}, until {until.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture)}{(until < surroundings.Now ? " (past)" : "")}");
                surroundings.Out.WriteLine($"                 {TrustFolder.Grouped(entry.Fingerprint)}");
                surroundings.Out.WriteLine($"                 {TextDisplay.Escape(Path.GetFileName(entry.Path))}");
            }
            if (entries.Count == 0 && !asJson) surroundings.Error.WriteLine("veridicom: nobody is trusted yet - veridicom trust add CERT.pem");
            return 0;
        });
        return command;
    }

    private static Command Remove(Surroundings surroundings)
    {
        var which = new Argument<string>("WHICH") { Description = "The file name that trust list shows, or the first digits (8 or more) of a fingerprint." };
        var command = new Command("remove", "Trusts somebody no longer.") { which };
        command.SetAction(parsed =>
        {
            TrustEntry found = Find(new OrganisationHome(surroundings), parsed.GetRequiredValue(which));
            IReadOnlyList<TrustEntry> gone = TrustFolder.Read(found.Path);
            File.Delete(found.Path);
            foreach (TrustEntry entry in gone) surroundings.Out.WriteLine($"removed {TextDisplay.Escape(entry.Subject)}  {entry.Fingerprint}");
            return 0;
        });
        return command;
    }

    private static TrustEntry Find(OrganisationHome home, string which)
    {
        const int fewestDigits = 8;
        List<TrustEntry> entries = Directory.Exists(home.TrustFolder) ? [.. TrustFolder.Read(home.TrustFolder)] : [];
        string? digits = TrustFolder.Digits(which);
        List<TrustEntry> found = entries.FindAll(e => Path.GetFileName(e.Path) == which
            || (digits is { Length: >= fewestDigits } && e.Fingerprint.ToString().StartsWith(digits, StringComparison.Ordinal)));
        if (found.Count == 0) throw FaultException.World("not-found", null, $"the trust list holds no '{which}'", "see veridicom trust list");
        if (found.Select(e => e.Path).Distinct().Count() > 1) throw FaultException.Usage($"'{which}' is not one entry but several", "give more digits of the fingerprint");
        return found[0];
    }

    private static Command Export(Surroundings surroundings)
    {
        var which = new Argument<string?>("WHICH") { Description = "As for remove; without it the organisation's own authority.", Arity = ArgumentArity.ZeroOrOne };
        var command = new Command("export", "Writes a certificate as PEM on standard output, for others to trust; its fingerprint goes to standard error.") { which };
        command.SetAction(parsed =>
        {
            var home = new OrganisationHome(surroundings);
            IReadOnlyList<TrustEntry> entries = parsed.GetValue(which) is { } wanted ? TrustFolder.Read(Find(home, wanted).Path) : [Own(home)];
            foreach (TrustEntry entry in entries)
            {
                surroundings.Out.Write(Pem(entry));
                surroundings.Error.WriteLine(TextDisplay.Escape(entry.Subject));
                surroundings.Error.WriteLine($"fingerprint  {TrustFolder.Grouped(entry.Fingerprint)}");
            }
            return 0;
        });
        return command;
    }

    private static TrustEntry Own(OrganisationHome home)
    {
        Certificate last = home.Sealing().Certificates[^1];
        return new TrustEntry(home.SealingFile, TrustKind.Anchor, last.Der, last);
    }
}
