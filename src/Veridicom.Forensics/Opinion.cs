namespace Veridicom.Forensics;

/// <summary>What the detector thinks of an image. There is no word for 'authentic': only a seal says that.</summary>
public enum Opinion
{
    /// <summary>Nothing was found. That is no proof of anything.</summary>
    NoSignsFound,

    /// <summary>Not enough is known: the score lies between the thresholds, the image is unlike all that the thresholds were set on, or it is too small.</summary>
    Inconclusive,

    /// <summary>A part of the image looks changed.</summary>
    SignsOfManipulation,

    /// <summary>The image as a whole looks made by a generator, or says so itself.</summary>
    SignsOfGeneration,
}

/// <summary>Words of opinions, as programs read them.</summary>
public static class OpinionWords
{
    /// <summary>The word.</summary>
    public static string Word(this Opinion opinion) => opinion switch
    {
        Opinion.NoSignsFound => "no-signs-found",
        Opinion.Inconclusive => "inconclusive",
        Opinion.SignsOfManipulation => "signs-of-manipulation",
        _ => "signs-of-generation",
    };
}
