using System.Globalization;
using System.Text;
using Veridicom.Seals.Manifest;
using Veridicom.Seals.Verify;

namespace Veridicom.Cli.Demo;

/// <summary>One thing that is done to a sealed slice, and the verdict that must come of it.</summary>
/// <param name="Name">Kebab-case name; also that of the file.</param>
/// <param name="Folder">"honest" or "tampered".</param>
/// <param name="Done">What is done, in words.</param>
/// <param name="Change">Does it.</param>
/// <param name="Expected">The verdict.</param>
/// <param name="Altered">The part that must be named as altered; null where none may be.</param>
public sealed record DemoCase(string Name, string Folder, string Done, Func<byte[], byte[]> Change, VerdictKind Expected, Part? Altered)
{
    /// <summary>Whether a verdict is the expected one, down to the part and, for pixels, a box around the pixel that was changed.</summary>
    public bool Fits(Verdict verdict)
    {
        if (verdict.Kind != Expected) return false;
        foreach ((Part part, PartState state) in verdict.Parts)
        {
            if (state == PartState.Altered != (part == Altered)) return false;
        }
        return Altered != Part.Pixels || verdict.Reasons.Any(reason => reason.Box is { Frame: 1 } box
            && Demonstration.Column >= box.Column && Demonstration.Column < box.Column + box.Width
            && Demonstration.Row >= box.Row && Demonstration.Row < box.Row + box.Height);
    }
}

/// <summary>The main job on one page: what becomes of a sealed slice, and what a verifier says of it.</summary>
public static class Demonstration
{
    /// <summary>The slice that is worked on, from 0: through the middle of the phantom's nodule.</summary>
    public const int Slice = 8;

    /// <summary>Centre of the nodule in that slice, from 0.</summary>
    public const int Row = 232, Column = 148;

    private const int Ring = 14;

    /// <summary>UID under which the slice is passed off as another one.</summary>
    public static string ForgedUid { get; } = PhantomRandom.Uid(0, "forged instance");

    /// <summary>Honest changes first, then forgeries.</summary>
    public static IReadOnlyList<DemoCase> Cases { get; } =
    [
        new("untouched", "honest", "nothing", bytes => bytes, VerdictKind.Authentic, null),
        new("implicit-vr", "honest", "stored in another encoding, as archives do", Tampering.ToImplicitVr, VerdictKind.Authentic, null),
        new("one-pixel", "tampered", "one pixel made brighter by 1 HU", bytes => Tampering.OnePixel(bytes, Row, Column), VerdictKind.Altered, Part.Pixels),
        new("patient-name", "tampered", "the patient's name replaced", bytes => Tampering.PatientName(bytes, "Nobody^Norbert"), VerdictKind.Altered, Part.Patient),
        new("overlay", "tampered", "a ring drawn over it as an overlay", bytes => Tampering.Overlay(bytes, Row, Column, Ring), VerdictKind.Altered, Part.Display),
        new("other-slice", "tampered", "passed off as another slice, under a new UID", bytes => Tampering.OtherInstance(bytes, ForgedUid), VerdictKind.Altered, Part.Structure),
        new("stripped", "tampered", "seal and signature stripped", Tampering.WithoutAnySignature, VerdictKind.Unsealed, null),
        new("seal-stripped", "tampered", "seal stripped, the standard's signature left", Tampering.WithoutSeal, VerdictKind.Partial, null),
    ];

    /// <summary>What is done to the study as a whole, in words.</summary>
    public const string TakenOut = "taken out of its study";

    /// <summary>Whether the verdict on a study without the slice is the expected one: that it is missing, and nothing else.</summary>
    public static bool Fits(StudyVerdict study) =>
        study is { Kind: StudyVerdictKind.Altered, Findings: [{ Code: StudyFindingCode.Missing } finding] } && finding.Instance == PhantomStudy.InstanceUid(Slice, new PhantomOptions());

    /// <summary>What a verdict says, in a few words and without any value of an attribute.</summary>
    public static string Explain(Verdict verdict)
    {
        switch (verdict.Kind)
        {
            case VerdictKind.Unsealed:
                return "no seal and no signature: nothing speaks for it";
            case VerdictKind.Authentic:
                return verdict.Parts.GetValueOrDefault(Part.Carrier) == PartState.Rewritten ? "everything as sealed; file header rewritten, as it may be" : "everything as sealed";
            case VerdictKind.Partial:
                return "a valid signature of the standard, which leaves open: " + string.Join(", ", verdict.Parts.Where(p => p.Value == PartState.NotCovered).Select(p => p.Key.Word()));
        }
        var said = new List<string>();
        foreach (IGrouping<(Part, ReasonCode), Reason> alike in verdict.Reasons.Where(r => r.Code != ReasonCode.CarrierRewritten).GroupBy(r => (r.Part, r.Code)))
        {
            var text = new StringBuilder();
            Reason first = alike.First();
            if (!first.Text.StartsWith(first.Part.Word() + " ", StringComparison.OrdinalIgnoreCase)) text.Append(first.Part.Word()).Append(": ");
            text.Append(first.Text);
            if (alike.Skip(1).Any()) text.Append(CultureInfo.InvariantCulture, $", and {alike.Count() - 1} more");
            said.Add(text.ToString());
        }
        return string.Join("; ", said);
    }
}
