using System.Text.Json;
using Veridicom.Cli.Files;
using Veridicom.Cli.Reports;
using Veridicom.Dicom.Text;
using Veridicom.Seals.Trust;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Audits.Manifest;

/// <summary>Compares a data set with a signed manifest of it: what was added, removed, changed, or only written anew with the same pixels.</summary>
internal sealed class ManifestCheck(Surroundings surroundings, DatasetManifest manifest, TrustList trust)
{
    private const int MostShown = 20;
    private readonly List<string> _added = [], _changed = [], _rewritten = [], _unread = [];
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);

    private sealed record Seen(bool IsSame, bool HasSamePixels, Fault? Fault);

    /// <summary>Checks and reports; the exit code: 0 the same, 1 not, 4 the signer is not trusted, 7 a file could not be read.</summary>
    public int Run(string root, bool asJson, bool quiet)
    {
        SealTrust judged = SealTrust.Evaluate(manifest.Message, trust, surroundings.Now);
        ProgressLine? progress = surroundings.ErrorIsTerminal && !asJson && !quiet ? new ProgressLine(surroundings.Error, -1) : null;
        int done = 0;
        var inputs = new Inputs([root], FileKind.Picture) { WithHidden = true };
        Workers<Seen?>.Run(inputs, Look, Give, surroundings.Workers, surroundings.Stop);
        progress?.Clear();
        string[] removed = [.. manifest.Files.Keys.Where(path => !_seen.Contains(path)).Order(StringComparer.Ordinal)];
        int same = manifest.Files.Count - removed.Length - _changed.Count - _rewritten.Count - _unread.Count(manifest.Files.ContainsKey);
        int code = judged.Signature != TrustCode.Ok || removed.Length + _added.Count + _changed.Count + _rewritten.Count + inputs.LinkedFolders.Count > 0 ? 1 : 0;
        if (judged.Code != TrustCode.Ok && judged.Signature == TrustCode.Ok) code = VerdictWords.Worse(code, 4);
        if (_unread.Count > 0) code = VerdictWords.Worse(code, Fault.World);
        if (asJson) new JsonLine(surroundings.Out).Write(json => Write(json, judged, removed, inputs, same, code));
        else if (!quiet || code != 0) Write(judged, removed, inputs, same, code);
        return code;

        void Give(Input input, Seen? seen)
        {
            progress?.Set(++done);
            if (seen is null)
            {
                inputs.NotWanted++;
                return;
            }
            string path = input.Listed;
            bool listed = manifest.Files.ContainsKey(path);
            if (listed) _seen.Add(path);
            if (seen.Fault is not null) _unread.Add(path);
            else if (!listed) _added.Add(path);
            else if (!seen.IsSame) (seen.HasSamePixels ? _rewritten : _changed).Add(path);
        }
    }

    private Seen? Look(Input input, FileBuffers buffers)
    {
        try
        {
            using OpenedFile opened = input.Open(buffers);
            if (FileLook.FormatOf(input.Name, opened.Source) is not { } format) return null;
            if (!manifest.Files.TryGetValue(input.Listed, out ManifestEntry? entry)) return new Seen(false, false, null);
            bool same = opened.Source.Length == entry.Bytes && DatasetManifest.Salted(manifest.Salt, FileLook.HashOf(opened.Source)) == entry.Sha256;
            bool sameSeal = (FileLook.DigestOf(input.ReadSeal()) is { } seal ? DatasetManifest.Salted(manifest.Salt, seal) : null) == entry.Seal;
            bool samePixels = !same && sameSeal && entry.Pixels is not null && FileLook.PixelsOf(opened.Source, format, surroundings.Jpeg2000) is { } pixels && DatasetManifest.Salted(manifest.Salt, pixels) == entry.Pixels;
            opened.DemandUnchanged();
            return new Seen(same && sameSeal, samePixels, null);
        }
        catch (Exception e) when (e is not (OperationCanceledException or OutOfMemoryException))
        {
            Fault fault = Fault.From(e) ?? Fault.Defect(e);
            // what was emptied or damaged is a change, and no fault of this machine
            return fault.ExitCode == Fault.World ? new Seen(false, false, fault) : new Seen(false, false, null);
        }
    }

    private static string WordsOf(SealTrust judged) => judged.Signature != TrustCode.Ok ? "the signature does not fit: the manifest was changed or forged"
        : judged.Code == TrustCode.Ok ? "signed by " : $"the signer is not trusted ({judged.Code.Name()}): ";

    private void Write(SealTrust judged, string[] removed, Inputs inputs, int same, int code)
    {
        TextWriter output = surroundings.Out;
        output.WriteLine($"{(code == 0 ? "unchanged" : code == 4 ? "untrusted" : code == Fault.World ? "not checked" : "changed")}  {same} of {manifest.Files.Count} files are as the manifest of {manifest.MadeAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC lists them");
        output.WriteLine("  " + WordsOf(judged) + (judged.Signature == TrustCode.Ok ? TextDisplay.Escape(manifest.Message.Signer.SubjectText, 200) : ""));
        Tell("changed", _changed);
        Tell("written anew, with the same pixels", _rewritten);
        Tell("removed", removed);
        Tell("added", _added);
        Tell("could not be read", _unread);
        Tell("linked folders, which no manifest covers: not looked into", inputs.LinkedFolders);
        if (inputs.PassedOver.Length > 0) output.WriteLine("  passed over " + inputs.PassedOver);

        void Tell(string what, IReadOnlyCollection<string> paths)
        {
            if (paths.Count == 0) return;
            output.WriteLine($"  {paths.Count} {what}:");
            foreach (string path in paths.Take(MostShown)) output.WriteLine("      " + TextDisplay.Escape(path, 300));
            if (paths.Count > MostShown) output.WriteLine($"      and {paths.Count - MostShown} more: --json lists them");
        }
    }

    private void Write(Utf8JsonWriter json, SealTrust judged, string[] removed, Inputs inputs, int same, int code)
    {
        json.WriteString("check", code == 0 ? "unchanged" : code == 4 ? "untrusted" : code == Fault.World ? "not-checked" : "changed");
        json.WriteNumber("exitCode", code);
        json.WriteString("signer", manifest.Message.Signer.SubjectText);
        json.WriteString("fingerprint", manifest.Message.Signer.Fingerprint.ToString());
        json.WriteString("trust", judged.Code.Name());
        JsonLine.Time(json, "madeAt", manifest.MadeAt);
        json.WriteString("answer", manifest.Answer);
        json.WriteNumber("files", manifest.Files.Count);
        json.WriteNumber("same", same);
        List("changed", _changed);
        List("rewritten", _rewritten);
        List("removed", removed);
        List("added", _added);
        List("unread", _unread);
        List("linkedFolders", inputs.LinkedFolders);
        json.WriteString("passedOver", inputs.PassedOver);

        void List(string name, IEnumerable<string> paths)
        {
            json.WriteStartArray(name);
            foreach (string path in paths) json.WriteStringValue(path);
            json.WriteEndArray();
        }
    }
}
