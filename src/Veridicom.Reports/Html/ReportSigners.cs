using System.Globalization;
using Veridicom.Seals.Seal;

namespace Veridicom.Reports.Html;

/// <summary>Who sealed the images, when, and what the sealing party says of them.</summary>
internal sealed class ReportSigners(HtmlWriter html, ReportIndex index)
{
    /// <summary>Writes the section; nothing where nobody sealed or signed.</summary>
    public void Write()
    {
        if (index.Signers.Count == 0) return;
        html.Open("section", ("aria-labelledby", "signers")).Open("h2", ("id", "signers")).Text("Who sealed, and when").Close("h2");
        foreach (SealGroup group in index.Signers) Write(group);
        if (index.OtherSigners > 0) html.Line("p", string.Create(CultureInfo.InvariantCulture, $"{index.OtherSigners} more files were sealed by others; veridicom verify --json names them."));
        html.Close("section");
    }

    private void Write(SealGroup group)
    {
        html.Open("div", "keep").Open("h3").Value(group.Organisation).Close("h3").Open("dl", "facts");
        Say("Files", string.Create(CultureInfo.InvariantCulture, $"{group.Count}"));
        Say("Accepted", group.Accepted ? "Yes: the trust list vouches for this signer" : "No: the trust list does not vouch for this signer, so the names here are its own word");
        Fact("Certificate", group.Signer);
        if (group.Seal?.Fingerprint is { } fingerprint) html.Line("dt", "Fingerprint").Open("dd").Code(Grouped(fingerprint)).Close("dd");
        if (group.Times is { } times)
            Say("Sealed", times.First == times.Last ? ReportCard.Utc(times.First) : $"{ReportCard.Utc(times.First)} to {ReportCard.Utc(times.Last)}");
        Say("Time proven", Proof(group));
        if (group.Seal?.Statement is { } statement) Claims(statement.Claims, group.Organisation);
        else if (group.Seal is null) Say("Kind", "Digital signature of the DICOM standard (PS3.15), not a seal");
        html.Close("dl").Close("div");
    }

    private static string Proof(SealGroup group)
    {
        if (group.Proven == 0) return "No. The time is the signer's own word; no time-stamp authority confirms it";
        string by = group.LastProven is { } last ? $", at the latest at {ReportCard.Utc(last)}" : "";
        return group.Proven == group.Count
            ? $"Yes. A time-stamp authority confirms that the {(group.Count == 1 ? "seal" : "seals")} existed{by}"
            : string.Create(CultureInfo.InvariantCulture, $"For {group.Proven} of {group.Count} files: a time-stamp authority confirms that their seals existed{by}");
    }

    private void Claims(Claims claims, string organisation)
    {
        if (claims.Organisation.Length > 0 && claims.Organisation != organisation) Fact("Calls itself", claims.Organisation);
        Say("Purpose", Capital(ReportWords.Of(claims.Purpose)));
        if (claims.Device.Length > 0) Fact("Device", claims.Device);
        if (claims.Software.Length > 0) Fact("Software", claims.Software);
        if (claims.Models.Count > 0)
        {
            html.Line("dt", "AI models").Open("dd");
            for (int i = 0; i < claims.Models.Count; i++)
            {
                if (i > 0) html.Text("; ");
                html.Value($"{claims.Models[i].Name} {claims.Models[i].Version}".Trim());
            }
            html.Close("dd");
        }
        else Say("AI models", "None is named");
        Say("Synthetic", claims.Synthetic switch
        {
            SyntheticClaim.Yes => "Yes: generated, wholly or in part, by the word of whoever sealed",
            SyntheticClaim.No => "No: not generated, by the word of whoever sealed",
            _ => "Nothing is said",
        });
        if (claims.Note.Length > 0) Fact("Note", claims.Note);
    }

    private void Fact(string name, string value) => ReportCard.Fact(html, name, value);

    private void Say(string name, string text) => html.Line("dt", name).Line("dd", text);

    private static string Capital(string text) => char.ToUpperInvariant(text[0]) + text[1..];

    /// <summary>A fingerprint in groups of four, as it is compared by telephone.</summary>
    internal static string Grouped(string fingerprint) => string.Join(' ', fingerprint.ToUpperInvariant().Chunk(4).Select(group => new string(group)));
}
