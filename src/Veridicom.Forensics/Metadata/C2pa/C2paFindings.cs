using System.Globalization;

namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>
/// What the C2PA manifest of a PNG or JPEG file says, and what of it holds (C2PA 2.1 15). No certificate is anchored: no list of whom to trust is shipped, so that a manifest
/// counts as the word of whoever holds the key, about exactly these bytes.
/// </summary>
internal static class C2paFindings
{
    private const int MaxManifests = 64, MaxText = 120;
    private const string Created = "c2pa.created";

    // the last parts of https://cv.iptc.org/newscodes/digitalsourcetype/
    private static readonly HashSet<string> Generated = ["trainedAlgorithmicMedia", "algorithmicMedia"];
    private static readonly HashSet<string> Composite = ["compositeWithTrainedAlgorithmicMedia", "compositeSynthetic"];
    private static readonly HashSet<string> Drawn = ["digitalArt", "digitalCreation", "virtualRecording", "compositeCapture", "humanEdits", "minorHumanEdits"];
    private static readonly HashSet<string> Edits = ["c2pa.edited", "c2pa.drawing", "c2pa.filtered", "c2pa.placed", "c2pa.removed", "c2pa.deleted", "c2pa.adjustedColor", "c2pa.color_adjustments", "c2pa.edited.metadata", "c2pa.added"];

    /// <summary>Findings; none where the file carries no manifest.</summary>
    public static IEnumerable<Evidence> Of(PictureFile file)
    {
        try
        {
            return EmbeddedStore.Find(file) is { } store ? Of(file, store) : [];
        }
        catch (ManifestException e)
        {
            return [MetadataCode.C2paBroken.Finding("The file carries a C2PA manifest that cannot be read: " + e.Message + ".")];
        }
    }

    private static List<Evidence> Of(PictureFile file, EmbeddedStore embedded)
    {
        JumbfBox store = JumbfBox.Read(embedded.Jumbf);
        if (store.Type != "c2pa" || store.Label != "c2pa" || store.Boxes.Count == 0) throw new ManifestException("the store holds no manifest");
        if (store.Boxes.Count > MaxManifests) throw new ManifestException("the store holds too many manifests");
        JumbfBox active = store.Boxes[^1];
        if (active.Type is not ("c2ma" or "c2um")) throw new ManifestException("the active manifest is of a kind that is not read");
        var budget = new HashBudget(embedded.Jumbf.Length);
        var manifest = new Manifest(store, active, budget);
        History history = History.Of(store, active, manifest, budget);
        BindingState binding = Bind(file, embedded, history);
        var found = new List<Evidence> { Present(manifest, history, binding) };
        CoseSignature[] signatures = [.. history.Manifests.Select(m => m.Signature)];
        bool wrong = signatures.Any(s => s.State == SignatureState.Wrong) || history.Manifests.Any(m => m.AssertionsThatFit + m.AssertionsUnchecked < m.Assertions) || history.Differs || history.IsCut;
        bool isPartial = signatures.Any(s => s.State == SignatureState.Unsupported) || history.Manifests.Any(m => m.AssertionsUnchecked > 0) || binding is BindingState.Unchecked or BindingState.Loose || history.IsPartial;
        if (wrong) found.Add(MetadataCode.C2paBroken.Finding(WhatIsWrong(history, signatures)));
        if (binding == BindingState.Differs)
            found.Add(MetadataCode.C2paChangedSince.Finding("The file is not the one that its C2PA manifest was signed for: bytes outside of the manifest have changed since, or the manifest was taken from another file."));
        if (isPartial) found.Add(MetadataCode.C2paUnchecked.Finding(WhatWasNotChecked(signatures, binding)));
        bool holds = !wrong && !isPartial && binding == BindingState.Fits;
        string standing = holds ? "signature and hash fit this file" : wrong || binding == BindingState.Differs ? "but the manifest does not hold for this file: it may have been changed, or taken from another" : "which could not be checked in full";
        // only the action that begins an image speaks of all of it: what a generator did later to an opened one is a part
        if (history.Origins.Find(a => a.Name == Created && Generated.Contains(a.SourceType)) is { } made)
            found.Add(MetadataCode.C2paGenerator.Finding($"Its C2PA manifest says that a generator made the image ({Quote(made.SourceType)}{By(made.Agent)}); {standing}.", holds));
        if ((history.Origins.Find(a => Composite.Contains(a.SourceType) || (a.Name != Created && Generated.Contains(a.SourceType))) ?? history.Parts.Find(a => Generated.Contains(a.SourceType) || Composite.Contains(a.SourceType))) is { } mixed)
            found.Add(MetadataCode.C2paComposite.Finding($"Its C2PA manifest says that a part of the image came from a generator ({Quote(mixed.SourceType)}{By(mixed.Agent)}); {standing}.", holds));
        if (history.Origins.Find(a => Drawn.Contains(a.SourceType) || Edits.Contains(a.Name)) is { } edit)
            found.Add(MetadataCode.C2paEdited.Finding($"Its C2PA manifest tells of an edit ({Quote(edit.Name)}{(edit.SourceType.Length > 0 ? ", " + Quote(edit.SourceType) : "")}{By(edit.Agent)}); {standing}."));
        return found;
    }

    private static Evidence Present(Manifest manifest, History history, BindingState binding)
    {
        CoseSignature signature = manifest.Signature;
        string issued = string.Concat(signature.Chain.Select(name => ", issued by " + Quote(name)));
        string signed = signature.State switch
        {
            SignatureState.Fits => $"its {signature.Algorithm} signature fits the certificate of {Quote(signature.Signer)}{issued}; who that is was not checked",
            SignatureState.Wrong => $"its {signature.Algorithm} signature does not fit the certificate of {Quote(signature.Signer)}",
            _ => $"its {signature.Algorithm} signature was not checked: the algorithm, the key or the certificate is not supported",
        };
        string time = signature.Time is { } stamped ? ". A time stamp in it says " + stamped.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture) + " UTC, unchecked" : "";
        return MetadataCode.C2paPresent.Finding($"The file carries a C2PA manifest written by {Quote(manifest.Generator)}; {signed}{time}.", false,
            MetadataCode.Number("manifests", history.Manifests.Count), MetadataCode.Number("assertions", history.Manifests.Sum(m => m.Assertions)),
            MetadataCode.Number("assertions-that-fit", history.Manifests.Sum(m => m.AssertionsThatFit)), MetadataCode.Number("hash-fits", binding is BindingState.Fits or BindingState.Loose ? 1 : 0));
    }

    /// <summary>The hash of the newest manifest that has one: an update manifest leaves it to what it updates (C2PA 2.1 11.2.3).</summary>
    private static BindingState Bind(PictureFile file, EmbeddedStore store, History history)
    {
        Manifest? bound = history.Line.Find(m => m.DataHash is not null);
        return bound is null ? BindingState.Unchecked : HardBinding.Check(bound.DataHash!, bound.Algorithm, file.Bytes, store);
    }

    private static string WhatIsWrong(History history, CoseSignature[] signatures)
    {
        var parts = new List<string>();
        if (signatures.Any(s => s.State == SignatureState.Wrong)) parts.Add("a signature was not made over this claim with the key of its certificate");
        int missing = history.Manifests.Sum(m => m.Assertions - m.AssertionsThatFit - m.AssertionsUnchecked);
        if (missing > 0) parts.Add(FormattableString.Invariant($"{missing} assertions are missing or not those that were signed"));
        if (history.Differs) parts.Add("the manifest of an ingredient is not the one that was referred to");
        if (history.IsCut) parts.Add("the manifest of an ingredient, which is referred to, was taken out");
        return "The C2PA manifest does not hold: " + string.Join("; ", parts) + ".";
    }

    private static string WhatWasNotChecked(CoseSignature[] signatures, BindingState binding)
    {
        var parts = new List<string>();
        if (Array.Find(signatures, s => s.State == SignatureState.Unsupported) is { } signature) parts.Add($"a signature ({signature.Algorithm})");
        if (binding == BindingState.Unchecked) parts.Add("whether it belongs to this file, which no data hash of SHA-256, SHA-384 or SHA-512 says");
        if (binding == BindingState.Loose) parts.Add("parts of the file, which its hash leaves out though they are not the manifest");
        if (parts.Count == 0) parts.Add("assertions or ingredients");
        return "Of the C2PA manifest was not checked: " + string.Join("; ", parts) + ".";
    }

    private static string By(string agent) => agent.Length > 0 ? ", by " + Quote(agent) : "";

    private static string Quote(string text) => text.Length == 0 ? "nobody named" : "'" + (text.Length > MaxText ? text[..MaxText] + "..." : text) + "'";
}
