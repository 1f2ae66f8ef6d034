namespace Veridicom.Seals.Seal;

/// <summary>What a sealing party says it did to the image; the number stands in the statement.</summary>
public enum SealPurpose
{
    /// <summary>Made by the modality.</summary>
    Acquisition = 1,
    /// <summary>Reconstructed from raw or other data.</summary>
    Reconstruction = 2,
    /// <summary>Made or changed by an AI model, named in the claims.</summary>
    AiProcessing = 3,
    /// <summary>De-identified.</summary>
    Deidentification = 4,
    /// <summary>Corrected by authority: a patient's name, an order number.</summary>
    Amendment = 5,
    /// <summary>Sealed as it was found, with no word on what happened before.</summary>
    AsFound = 6,
    /// <summary>Lossily compressed.</summary>
    LossyCompression = 7,
}

/// <summary>Whether the image shows a person or was generated; the number stands in the statement.</summary>
public enum SyntheticClaim
{
    /// <summary>Nothing is said.</summary>
    Unstated = 0,
    /// <summary>Not synthetic.</summary>
    No = 1,
    /// <summary>Synthetic, wholly or in part.</summary>
    Yes = 2,
}

/// <summary>An AI model that took part.</summary>
public sealed record AiModel(string Name, string Version);

/// <summary>
/// Claims of the sealing party. Each text has at most 256 characters and no control characters; none may name a patient.
/// </summary>
/// <param name="Organisation">Who sealed.</param>
/// <param name="Purpose">What was done.</param>
/// <param name="Device">Device, may be empty.</param>
/// <param name="Software">Software and version, may be empty.</param>
/// <param name="Synthetic">Synthetic or not.</param>
/// <param name="Models">AI models, at most 16.</param>
/// <param name="Note">Free text, may be empty.</param>
public sealed record Claims(string Organisation, SealPurpose Purpose, string Device, string Software, SyntheticClaim Synthetic, IReadOnlyList<AiModel> Models, string Note)
{
    /// <summary>The longest text, in UTF-16 units.</summary>
    public const int MaxText = 256;

    /// <summary>Throws where a text is too long or holds control characters.</summary>
    /// <exception cref="ArgumentException">Names the claim.</exception>
    public void Check()
    {
        Check(Organisation, "organisation");
        Check(Device, "device");
        Check(Software, "software");
        Check(Note, "note");
        if (Models.Count > 16) throw new ArgumentException("at most 16 AI models can be claimed");
        foreach (AiModel model in Models)
        {
            Check(model.Name, "AI model");
            Check(model.Version, "AI model version");
        }
        if (!Enum.IsDefined(Purpose) || !Enum.IsDefined(Synthetic)) throw new ArgumentException("a claim outside of its list");
    }

    private static void Check(string text, string what)
    {
        if (text.Length > MaxText) throw new ArgumentException($"{what}: longer than {MaxText} characters");
        foreach (char c in text)
        {
            if (char.IsControl(c) || char.IsSurrogate(c)) throw new ArgumentException($"{what}: holds a control character");
        }
    }
}

/// <summary>Words of claims as command line and JSON write them.</summary>
public static class ClaimWords
{
    private static readonly (SealPurpose Purpose, string Word)[] Purposes =
    [
        (SealPurpose.Acquisition, "acquisition"), (SealPurpose.Reconstruction, "reconstruction"), (SealPurpose.AiProcessing, "ai-processing"),
        (SealPurpose.Deidentification, "de-identification"), (SealPurpose.Amendment, "amendment"), (SealPurpose.AsFound, "as-found"),
        (SealPurpose.LossyCompression, "lossy-compression"),
    ];

    /// <summary>All words, for help texts.</summary>
    public static IEnumerable<string> All => Purposes.Select(p => p.Word);

    /// <summary>The word of a purpose.</summary>
    public static string Word(this SealPurpose purpose) => Purposes.First(p => p.Purpose == purpose).Word;

    /// <summary>The purpose of a word.</summary>
    public static bool TryPurpose(string word, out SealPurpose purpose)
    {
        foreach ((SealPurpose candidate, string name) in Purposes)
        {
            if (name != word) continue;
            purpose = candidate;
            return true;
        }
        purpose = default;
        return false;
    }

    /// <summary>The word of a claim of synthesis.</summary>
    public static string Word(this SyntheticClaim claim) => claim switch { SyntheticClaim.No => "no", SyntheticClaim.Yes => "yes", _ => "unstated" };
}
