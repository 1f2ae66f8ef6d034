using System.Text.Json;
using Veridicom.Seals.Seal;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports;

/// <summary>A verdict as JSON: one object per file, with the keys that docs/reference/json.md names. Text from files is given as it is.</summary>
public static class VerdictJson
{
    /// <summary>The members of the object of one file.</summary>
    public static void Write(Utf8JsonWriter json, string path, Verdict verdict)
    {
        json.WriteString("path", path);
        json.WriteString("verdict", verdict.Kind.Word());
        json.WriteNumber("exitCode", verdict.ExitCode);
        WriteVerdict(json, verdict);
    }

    /// <summary>The object of a file for which there is no verdict.</summary>
    public static void Write(Utf8JsonWriter json, string path, Fault fault)
    {
        json.WriteString("path", path);
        json.WriteNull("verdict");
        json.WriteNumber("exitCode", fault.ExitCode);
        JsonLine.Error(json, fault);
    }

    private static void WriteVerdict(Utf8JsonWriter json, Verdict verdict)
    {
        json.WriteStartObject("parts");
        foreach (Part part in Enum.GetValues<Part>())
            json.WriteString(part.Word(), verdict.Parts.TryGetValue(part, out PartState state) ? state.Word() : PartState.NotChecked.Word());
        json.WriteEndObject();
        json.WriteStartArray("reasons");
        foreach (Reason reason in verdict.Reasons) Write(json, reason);
        json.WriteEndArray();
        if (verdict.MoreReasons > 0) json.WriteNumber("moreReasons", verdict.MoreReasons);
        json.WriteString("signer", verdict.Signer);
        JsonLine.Time(json, "sealedAt", verdict.SealedAt);
        json.WriteStartArray("checks");
        foreach (Check check in verdict.Checks)
        {
            json.WriteStartObject();
            json.WriteString("name", check.Name);
            json.WriteString("status", check.Status.Word());
            json.WriteString("text", check.Text);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteStartArray("seals");
        foreach (SealInfo seal in verdict.Seals) Write(json, seal);
        json.WriteEndArray();
        json.WriteStartArray("signatures");
        foreach (SignatureInfo signature in verdict.Signatures)
        {
            json.WriteStartObject();
            json.WriteString("uid", signature.Uid);
            json.WriteString("path", signature.Path);
            json.WriteString("signer", signature.Signer);
            JsonLine.Time(json, "signedAt", signature.SignedAt);
            json.WriteString("verdict", signature.Verdict.Word());
            json.WriteBoolean("ofSeal", signature.OfSeal);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    private static void Write(Utf8JsonWriter json, Reason reason)
    {
        json.WriteStartObject();
        json.WriteString("code", reason.Code.Word());
        json.WriteString("text", reason.Text);
        json.WriteString("part", reason.Part.Word());
        if (reason.Path is not null) json.WriteString("path", reason.Path);
        if (reason.Box is { } box)
        {
            json.WriteNumber("frame", box.Frame);
            json.WriteStartArray("box");
            json.WriteNumberValue(box.Column);
            json.WriteNumberValue(box.Row);
            json.WriteNumberValue(box.Width);
            json.WriteNumberValue(box.Height);
            json.WriteEndArray();
        }
        if (reason.Offset >= 0) json.WriteNumber("offset", reason.Offset);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, SealInfo seal)
    {
        json.WriteStartObject();
        json.WriteString("identity", seal.Identity);
        json.WriteString("signer", seal.Signer);
        json.WriteString("fingerprint", seal.Fingerprint);
        JsonLine.Time(json, "sealedAt", seal.SealedAt);
        json.WriteString("verdict", seal.Verdict.Word());
        json.WriteBoolean("detached", seal.Detached);
        if (seal.Statement is { } statement) Write(json, statement);
        json.WriteEndObject();
    }

    private static void Write(Utf8JsonWriter json, Statement statement)
    {
        json.WriteString("transferSyntax", statement.TransferSyntax);
        json.WriteString("pixels", statement.Pixels?.Kind.Word());
        Claims claims = statement.Claims;
        json.WriteStartObject("claims");
        json.WriteString("organisation", claims.Organisation);
        json.WriteString("purpose", claims.Purpose.Word());
        json.WriteString("device", claims.Device);
        json.WriteString("software", claims.Software);
        json.WriteString("synthetic", VerdictWords.Word(claims.Synthetic));
        json.WriteStartArray("models");
        foreach (AiModel model in claims.Models)
        {
            json.WriteStartObject();
            json.WriteString("name", model.Name);
            json.WriteString("version", model.Version);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("note", claims.Note);
        json.WriteEndObject();
        json.WriteStartArray("previous");
        foreach (byte[] identity in statement.Previous) json.WriteStringValue(Convert.ToHexStringLower(identity));
        json.WriteEndArray();
    }
}
