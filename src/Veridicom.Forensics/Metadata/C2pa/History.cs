namespace Veridicom.Forensics.Metadata.C2pa;

/// <summary>
/// The active manifest with those of all that went into the asset, as far as the store holds them. Walked with a queue and a set of what was seen: references may form a ring.
/// </summary>
internal sealed class History
{
    private const int MaxManifests = 64;

    // actions after which the one thing that went in is still the whole image (C2PA 2.1 18.12.2)
    private static readonly HashSet<string> Converting = ["c2pa.converted", "c2pa.transcoded", "c2pa.repackaged", "c2pa.published", "c2pa.resized"];

    /// <summary>All manifests, the active one first.</summary>
    public List<Manifest> Manifests { get; } = [];

    /// <summary>The active manifest, then what it is a version of, and so on.</summary>
    public List<Manifest> Line { get; } = [];

    /// <summary>Actions on the image as a whole: of the line, and of the one ingredient that was only converted or wrapped.</summary>
    public List<ManifestAction> Origins { get; } = [];

    /// <summary>Actions on what became a part of it.</summary>
    public List<ManifestAction> Parts { get; } = [];

    /// <summary>A manifest of an ingredient is not the one that was referred to.</summary>
    public bool Differs { get; private set; }

    /// <summary>A manifest of an ingredient is referred to and not in the store.</summary>
    public bool IsCut { get; private set; }

    /// <summary>A manifest of an ingredient is hashed, referred to or packed in a way that is not known here.</summary>
    public bool IsPartial { get; private set; }

    /// <summary>Reads all that can be reached.</summary>
    /// <exception cref="ManifestException">One of them cannot be read.</exception>
    public static History Of(JumbfBox store, JumbfBox active, Manifest manifest, HashBudget budget)
    {
        var history = new History();
        var seen = new HashSet<JumbfBox>(ReferenceEqualityComparer.Instance) { active };
        var open = new Queue<(Manifest Manifest, bool IsWhole, bool IsLine)>();
        open.Enqueue((manifest, true, true));
        while (open.TryDequeue(out var next))
        {
            if (history.Manifests.Count == MaxManifests) throw new ManifestException("the store holds too many manifests");
            history.Manifests.Add(next.Manifest);
            if (next.IsLine) history.Line.Add(next.Manifest);
            (next.IsWhole ? history.Origins : history.Parts).AddRange(next.Manifest.Actions);
            IReadOnlyList<ManifestIngredient> ingredients = next.Manifest.Ingredients;
            // what is converted or wrapped names its source as its only ingredient, and does nothing else to it
            bool single = ingredients.Count == 1 && next.Manifest.Actions.All(a => Converting.Contains(a.Name));
            foreach (ManifestIngredient ingredient in ingredients)
            {
                history.Differs |= ingredient.Check == HashCheck.Differs;
                history.IsCut |= ingredient.Check == HashCheck.Missing;
                history.IsPartial |= ingredient.Check is HashCheck.UnknownAlgorithm or HashCheck.Unread;
                if (ingredient is not { Check: HashCheck.Fits, Manifest: { } box } || !seen.Add(box)) continue;
                open.Enqueue((new Manifest(store, box, budget), next.IsWhole && (ingredient.IsParent || single), next.IsLine && ingredient.IsParent));
            }
        }
        return history;
    }
}
