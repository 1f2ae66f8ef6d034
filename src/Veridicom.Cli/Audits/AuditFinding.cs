namespace Veridicom.Cli.Audits;

/// <summary>How much a finding weighs.</summary>
internal enum AuditWeight
{
    /// <summary>Worth knowing.</summary>
    Note,
    /// <summary>A model may be trained on it by somebody who knows this.</summary>
    Reservation,
    /// <summary>A model trained on it would be wrong, or should not exist.</summary>
    Unfit,
}

/// <summary>Whether a data set is fit to train on.</summary>
internal enum Fitness
{
    /// <summary>Nothing speaks against it that was looked for.</summary>
    Fit,
    /// <summary>It has weaknesses to be known.</summary>
    FitWithReservations,
    /// <summary>Not before it is mended.</summary>
    NotFit,
}

/// <summary>Something found in a data set.</summary>
/// <param name="Code">A fixed word for programs.</param>
/// <param name="Weight">How much it weighs.</param>
/// <param name="Count">How many files, pairs or places.</param>
/// <param name="Text">One sentence for people; holds nothing from a file that tells who a patient is. Escape before showing.</param>
/// <param name="Remedy">What to do; may be empty.</param>
internal sealed record AuditFinding(string Code, AuditWeight Weight, long Count, string Text, string Remedy = "")
{
    /// <summary>Indices of files concerned: the first few.</summary>
    public IReadOnlyList<int> Files { get; init; } = [];
}

/// <summary>Words and exit codes.</summary>
internal static class Fitnesses
{
    /// <summary>The gravest finding decides.</summary>
    public static Fitness Of(IEnumerable<AuditFinding> findings) => (Fitness)(int)findings.Select(finding => finding.Weight).DefaultIfEmpty(AuditWeight.Note).Max();

    /// <summary>For people.</summary>
    public static string Words(this Fitness fitness) => fitness switch { Fitness.Fit => "fit", Fitness.FitWithReservations => "fit with reservations", _ => "not fit" };

    /// <summary>For programs.</summary>
    public static string Code(this Fitness fitness) => fitness switch { Fitness.Fit => "fit", Fitness.FitWithReservations => "fit-with-reservations", _ => "not-fit" };

    /// <summary>0, 6 or 1, as docs/reference/exit-codes.md has them.</summary>
    public static int ExitCode(this Fitness fitness) => fitness switch { Fitness.Fit => 0, Fitness.FitWithReservations => 6, _ => 1 };
}
