namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>One action of a history (C2PA 2.1 18.12).</summary>
/// <param name="Name">Such as c2pa.created.</param>
/// <param name="SourceType">The last part of digitalSourceType, of IPTC's code list; empty where none is stated.</param>
/// <param name="Agent">The software; empty where none is stated.</param>
internal sealed record ManifestAction(string Name, string SourceType, string Agent);

/// <summary>Something that went into an asset (C2PA 2.1 18.13).</summary>
/// <param name="IsParent">The asset is a further version of it; else a part, or an input.</param>
/// <param name="Manifest">Its own manifest, null where it has none in this file.</param>
/// <param name="Check">Whether that manifest is still the one that was referred to.</param>
internal sealed record ManifestIngredient(bool IsParent, JumbfBox? Manifest, HashCheck Check);

/// <summary>One manifest of a store, read and checked as far as it is one: claim, signature, assertions (C2PA 2.1 11.1.4, 15.6 to 15.10).</summary>
internal sealed class Manifest
{
    private const int MaxAssertions = 1024;
    private readonly List<ManifestAction> _actions = [];
    private readonly List<ManifestIngredient> _ingredients = [];

    /// <summary>What wrote the claim, for people.</summary>
    public string Generator { get; private set; } = "";

    /// <summary>The signature.</summary>
    public CoseSignature Signature { get; }

    /// <summary>Assertions that the claim names, and how many of them are as they were.</summary>
    public int Assertions { get; private set; }

    /// <summary>See <see cref="Assertions"/>.</summary>
    public int AssertionsThatFit { get; private set; }

    /// <summary>Assertions hashed in a way that is not known here.</summary>
    public int AssertionsUnchecked { get; private set; }

    /// <summary>Actions out of assertions that fit.</summary>
    public IReadOnlyList<ManifestAction> Actions => _actions;

    /// <summary>Ingredients out of assertions that fit.</summary>
    public IReadOnlyList<ManifestIngredient> Ingredients => _ingredients;

    /// <summary>The data hash; null where there is none among the assertions that fit.</summary>
    public CborItem? DataHash { get; private set; }

    /// <summary>The hash algorithm of what names none.</summary>
    public string Algorithm { get; }

    /// <summary>Reads and checks one manifest.</summary>
    /// <exception cref="ManifestException">It has no claim or signature, or one of its parts cannot be read.</exception>
    public Manifest(JumbfBox store, JumbfBox box, HashBudget budget)
    {
        ReadOnlyMemory<byte> claimBytes = (box.Find("c2pa.claim.v2") ?? box.Find("c2pa.claim"))?.Content("cbor") ?? throw new ManifestException("a manifest has no claim");
        ReadOnlyMemory<byte> signature = box.Find("c2pa.signature")?.Content("cbor") ?? throw new ManifestException("a manifest has no signature");
        CborItem claim = CborReader.Read(claimBytes);
        Signature = CoseSignature.Check(signature, claimBytes);
        Algorithm = claim.TextAt("alg") ?? "sha256";
        Generator = NameOf(claim["claim_generator_info"]) is { Length: > 0 } name ? name : claim.TextAt("claim_generator") ?? "";
        // gathered assertions are what others said (C2PA 2.1 10.3.1): they are bound as well as the signer's own
        foreach (string list in (string[])["assertions", "created_assertions", "gathered_assertions"])
        {
            if (claim[list] is { Kind: CborKind.Array } uris) Take(store, box, uris, budget);
        }
    }

    private void Take(JumbfBox store, JumbfBox box, CborItem uris, HashBudget budget)
    {
        foreach (CborItem uri in uris.Items)
        {
            if (++Assertions > MaxAssertions) throw new ManifestException("a claim has too many assertions");
            HashedUri? reference = HashedUri.Read(uri, Algorithm);
            JumbfBox? assertion = reference?.Resolve(store, box);
            HashCheck check = reference?.Check(assertion, budget) ?? HashCheck.Missing;
            if (check == HashCheck.UnknownAlgorithm) AssertionsUnchecked++;
            if (check != HashCheck.Fits) continue;
            AssertionsThatFit++;
            if (assertion!.Content("cbor") is not { } content) continue;
            // a second instance of an assertion has its number behind two underscores (C2PA 2.1 6.4)
            string label = assertion.Label.Split("__", 2)[0];
            if (label is "c2pa.actions" or "c2pa.actions.v2") TakeActions(CborReader.Read(content));
            else if (label is "c2pa.ingredient" or "c2pa.ingredient.v2" or "c2pa.ingredient.v3") TakeIngredient(store, box, CborReader.Read(content), budget);
            else if (label == "c2pa.hash.data") DataHash ??= CborReader.Read(content);
        }
    }

    private void TakeActions(CborItem assertion)
    {
        if (assertion["actions"] is not { Kind: CborKind.Array } actions) return;
        foreach (CborItem action in actions.Items)
        {
            string type = action.TextAt("digitalSourceType") ?? action["parameters"]?.TextAt("digitalSourceType") ?? "";
            string agent = action["softwareAgent"] is { Kind: CborKind.Text } text ? text.Text : NameOf(action["softwareAgent"]);
            _actions.Add(new ManifestAction(action.TextAt("action") ?? "", type[(type.LastIndexOf('/') + 1)..], agent));
        }
    }

    private void TakeIngredient(JumbfBox store, JumbfBox box, CborItem assertion, HashBudget budget)
    {
        CborItem? uri = assertion["activeManifest"] ?? assertion["c2pa_manifest"];
        HashedUri? reference = HashedUri.Read(uri, Algorithm);
        JumbfBox? manifest = reference?.Resolve(store, box);
        HashCheck check = uri is null ? HashCheck.NoReference : reference?.Check(manifest, budget) ?? HashCheck.Unread;
        if (check == HashCheck.Fits && manifest!.Type is not ("c2ma" or "c2um")) check = HashCheck.Unread;
        _ingredients.Add(new ManifestIngredient(assertion.TextAt("relationship") == "parentOf", manifest, check));
    }

    /// <summary>Name and version of a generator's description, or of the first of several.</summary>
    private static string NameOf(CborItem? info)
    {
        if (info is { Kind: CborKind.Array, Items: [{ } first, ..] }) info = first;
        return info?.TextAt("name") is { } name ? info.TextAt("version") is { } version ? name + " " + version : name : "";
    }
}
