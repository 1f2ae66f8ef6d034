using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;

namespace Veridicom.Cli.Reports;

/// <summary>The usual help, then command lines to copy.</summary>
public sealed class HelpWithExamples(HelpAction usual) : SynchronousCommandLineAction
{
    private static readonly Dictionary<string, string[]> Examples = new(StringComparer.Ordinal)
    {
        ["veridicom"] = ["veridicom demo", "veridicom init --name \"Example Hospital\"", "veridicom seal study --out sealed", "veridicom verify sealed"],
        ["veridicom init"] = ["veridicom init --name \"Example Hospital\"", "veridicom init --csr --name \"Example Hospital\" > request.pem", "veridicom init --import answer.pem"],
        ["veridicom seal"] = ["veridicom seal study --out sealed", "veridicom seal scan.dcm --in-place --device \"CT 7\"", "veridicom seal study --detached", "veridicom seal result.dcm --in-place --ai-model LungNet:2.1"],
        ["veridicom verify"] = ["veridicom verify sealed", "veridicom verify study.zip --trust other-hospital.pem", "veridicom verify DICOMDIR --json", "veridicom verify received --picture pictures --original sealed", "veridicom verify study --report study.html"],
        ["veridicom detect"] = ["veridicom detect radiograph.png", "veridicom detect study --json", "veridicom detect archive --resume results.jsonl", "veridicom detect study --site st-mary"],
        ["veridicom detect calibrate"] = ["veridicom detect calibrate real-images --site st-mary", "veridicom detect calibrate real-images --site st-mary --alarm-rate 0.01"],
        ["veridicom show"] = ["veridicom show scan.dcm", "veridicom show scan.dcm --json"],
        ["veridicom unseal"] = ["veridicom unseal sealed --out originals"],
        ["veridicom diff"] = ["veridicom diff sent.dcm received.dcm", "veridicom diff sent.dcm received.dcm --picture difference.png"],
        ["veridicom convert"] = ["veridicom convert study --to jpeg-ls --out smaller", "veridicom convert scan.dcm --to explicit --out plain"],
        ["veridicom render"] = ["veridicom render scan.dcm --out scan.png", "veridicom render scan.dcm --frame 12 --out lung.png --window -600,1500"],
        ["veridicom demo"] = ["veridicom demo", "veridicom demo --out demo", "veridicom demo --serve"],
        ["veridicom serve"] = ["veridicom serve", "veridicom serve --config gateway.json"],
        ["veridicom sweep"] = ["veridicom sweep --orthanc http://127.0.0.1:8042", "veridicom sweep --dicomweb https://pacs.example/dicom-web --token-file token --authorities ca.pem", "veridicom sweep --folder archive --seal-as-found --out sealed", "veridicom sweep --orthanc http://127.0.0.1:8042 --follow --json"],
        ["veridicom audit"] = ["veridicom audit dataset --labels dataset/labels.csv", "veridicom audit dataset --labels-from-folders --patient-from-name _ --json", "veridicom audit dataset --labels labels.csv --report audit.html --csv audit.csv --manifest dataset.json", "veridicom audit dataset --check dataset.json"],
        ["veridicom trust add"] = ["veridicom trust add other-hospital.pem", "veridicom trust add other-hospital.pem --fingerprint \"4348 D3D2 ...\""],
        ["veridicom trust list"] = ["veridicom trust list"],
        ["veridicom trust remove"] = ["veridicom trust remove 4348D3D2"],
        ["veridicom trust export"] = ["veridicom trust export > ours.pem"],
        ["veridicom key list"] = ["veridicom key list"],
        ["veridicom key renew"] = ["veridicom key renew"],
        ["veridicom key backup"] = ["veridicom key backup /media/safe/keys.p12"],
        ["veridicom token issue"] = ["veridicom token issue --subject viewer-7 --scope read --hours 12", "veridicom token issue --subject dr.house --scope read --study 1.2.840.99.1 --study 1.2.840.99.2"],
        ["veridicom token keys"] = ["veridicom token keys > token-keys.json", "veridicom token keys --renew > token-keys.json"],
        ["veridicom registry check"] = ["veridicom registry check", "veridicom registry check --config /etc/veridicom/gateway.json --quick --json"],
        ["veridicom registry rebuild"] = ["veridicom registry rebuild --config /etc/veridicom/gateway.json", "veridicom registry rebuild --folder /srv/gateway --adopt"],
        ["veridicom audit-trail verify"] = ["veridicom audit-trail verify", "veridicom audit-trail verify --folder /srv/gateway --checkpoint /media/safe/checkpoint"],
        ["veridicom audit-trail show"] = ["veridicom audit-trail show --study 1.2.840.99.1", "veridicom audit-trail show --who PACS --since 2026-11-22 --json"],
        ["veridicom audit-trail checkpoint"] = ["veridicom audit-trail checkpoint > /media/safe/checkpoint"],
        ["veridicom key restore"] = ["veridicom key restore /media/safe/keys.p12"],
    };

    /// <inheritdoc/>
    public override bool ClearsParseErrors => true;

    /// <summary>Command lines to copy, none for a command that only holds others.</summary>
    public static IReadOnlyList<string> Of(Command command) => Examples.GetValueOrDefault(CommandLine.NameOf(command)) ?? [];

    /// <inheritdoc/>
    public override int Invoke(ParseResult parseResult)
    {
        int code = usual.Invoke(parseResult);
        TextWriter output = parseResult.InvocationConfiguration.Output;
        IReadOnlyList<string> examples = Of(parseResult.CommandResult.Command);
        if (examples.Count > 0)
        {
            output.WriteLine("Examples:");
            foreach (string example in examples) output.WriteLine("  " + example);
            output.WriteLine();
        }
        return code;
    }
}
