namespace Veridicom.Cli.Audits.Identity;

/// <summary>Kinds of what may tell who a patient is, the gravest first.</summary>
internal enum IdentifierKind
{
    /// <summary>A name of the list that was given.</summary>
    KnownName,
    /// <summary>A person's name in an attribute for names.</summary>
    Name,
    /// <summary>The patient's own name in another place.</summary>
    NameElsewhere,
    /// <summary>A date of birth.</summary>
    BirthDate,
    /// <summary>A number or address by which a hospital knows the patient, or the examination.</summary>
    Identifier,
    /// <summary>An e-mail address in text.</summary>
    Email,
    /// <summary>A telephone number in text.</summary>
    Telephone,
    /// <summary>Where the picture was taken.</summary>
    Location,
    /// <summary>Text that reads like a name.</summary>
    NameInText,
    /// <summary>Text that reads like an identifier: a long number, or one after a word such as MRN.</summary>
    IdentifierInText,
    /// <summary>Text that reads like a date.</summary>
    DateInText,
    /// <summary>A date or time of the examination.</summary>
    Date,
    /// <summary>A value of free text that the profile takes away.</summary>
    Text,
    /// <summary>A private element: nobody but its maker knows what is in it.</summary>
    PrivateElement,
    /// <summary>The file says that people can be recognised in the pixels.</summary>
    BurnedIn,
    /// <summary>Anything else that the profile takes away.</summary>
    Attribute,
    /// <summary>A UID: whether it was replaced cannot be told.</summary>
    Uid,
    /// <summary>A value that the profile replaces, in a file that says that this was done.</summary>
    StatedReplaced,
}

/// <summary>One place of a file that may tell who a patient is.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Place">A tag, such as (0010,0010), or a place of the file, such as 'file name'. Holds nothing of the value.</param>
/// <param name="Masked">The form of the value: letters as x, digits as 9.</param>
internal readonly record struct IdentifierFinding(IdentifierKind Kind, string Place, string Masked);

/// <summary>How much each kind weighs, and its words.</summary>
internal static class IdentifierKinds
{
    public static AuditWeight Weight(this IdentifierKind kind) => kind switch
    {
        <= IdentifierKind.Telephone => AuditWeight.Unfit,
        <= IdentifierKind.BurnedIn => AuditWeight.Reservation,
        _ => AuditWeight.Note,
    };

    public static string Words(this IdentifierKind kind) => kind switch
    {
        IdentifierKind.KnownName => "names of the list that was given",
        IdentifierKind.Name => "names of persons",
        IdentifierKind.NameElsewhere => "the patient's name in other places",
        IdentifierKind.BirthDate => "dates of birth",
        IdentifierKind.Identifier => "numbers and addresses by which a patient or an examination is known",
        IdentifierKind.Email => "e-mail addresses",
        IdentifierKind.Telephone => "telephone numbers",
        IdentifierKind.Location => "places on a map",
        IdentifierKind.NameInText => "text that reads like a name",
        IdentifierKind.IdentifierInText => "text that reads like an identifier",
        IdentifierKind.DateInText => "text that reads like a date",
        IdentifierKind.Date => "dates and times of examinations",
        IdentifierKind.Text => "descriptions and comments",
        IdentifierKind.PrivateElement => "private elements",
        IdentifierKind.BurnedIn => "files that say that persons can be recognised in their pixels",
        IdentifierKind.Attribute => "other attributes that the profile takes away",
        IdentifierKind.Uid => "UIDs, replaced or not",
        _ => "values that were replaced, as their files say",
    };

    /// <summary>Letters as x or X, digits as 9; no longer than 24 characters.</summary>
    public static string Mask(string value)
    {
        const int longest = 24;
        int length = Math.Min(value.Length, longest);
        return string.Create(length, value, static (masked, from) =>
        {
            for (int i = 0; i < masked.Length; i++)
            {
                char c = from[i];
                masked[i] = char.IsDigit(c) ? '9' : c is >= ' ' and <= '~' && !char.IsLetter(c) ? c : char.IsUpper(c) ? 'X' : 'x';
            }
        }) + (value.Length > longest ? "…" : "");
    }
}
