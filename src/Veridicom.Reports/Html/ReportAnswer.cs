using System.Globalization;
using Veridicom.Seals.Verify;

namespace Veridicom.Reports.Html;

/// <summary>The answer in plain words: what a reader takes away who reads nothing else.</summary>
/// <param name="Tone">Class of the style sheet: good, warn, bad or none.</param>
/// <param name="Sentences">Each with its sign and tone: first how many are as sealed, then the others from the worst.</param>
internal sealed record ReportAnswer(string Tone, IReadOnlyList<(string Sign, string Tone, string Text)> Sentences)
{
    private const int MostNamed = 3, LongestName = 80;

    private static readonly VerdictKind[] Order =
    [
        VerdictKind.Authentic, VerdictKind.Amended, VerdictKind.Altered, VerdictKind.Unverifiable, VerdictKind.Untrusted, VerdictKind.Partial, VerdictKind.Extended,
        VerdictKind.Redacted, VerdictKind.Unsealed,
    ];

    /// <summary>The answer of an index.</summary>
    public static ReportAnswer Of(ReportIndex index)
    {
        // a list that is as sealed is spoken of by what it says; one that is not, as a file among the others
        int lists = index.Lists[(int)VerdictKind.Authentic] + index.Lists[(int)VerdictKind.Amended];
        int total = index.Total - lists, faults = index.Faults.Count;
        bool images = index.Documents == 0 && index.Lists.Sum() == lists;
        string one = images ? "image" : "file", many = images ? "images" : "files";
        var sentences = new List<(string Sign, string Tone, string Text)>();
        foreach (VerdictKind kind in Order)
        {
            int count = index.Verdicts[(int)kind] - (kind is VerdictKind.Authentic or VerdictKind.Amended ? index.Lists[(int)kind] : 0);
            if (count > 0) sentences.Add((ReportWords.Of(kind).Sign, ReportWords.Of(kind).Tone, Sentence(kind, count, total, one, many, Names(index.Organisations(kind)))));
        }
        if (faults > 0) sentences.Add(("!", "warn", faults == 1 ? "1 file could not be read, and nothing is known of it." : $"{faults} files could not be read, and nothing is known of them."));
        IReadOnlyList<(string Sign, string Tone, string Text)> whole = ReportLists.Sentences(index.Whole);
        // a study that is not whole is as grave as an image that is not
        foreach ((string Sign, string Tone, string Text) said in whole)
            sentences.Insert(said.Tone == "bad" ? sentences.FindLastIndex(s => s.Tone is "good" or "bad") + 1 : sentences.Count, said);
        if (sentences.Count == 0) sentences.Add(("–", "none", "There was nothing to look at but lists of images."));
        bool bad = whole.Any(s => s.Tone == "bad") || index.Verdicts[(int)VerdictKind.Altered] + index.Verdicts[(int)VerdictKind.Unverifiable] > 0;
        bool fine = index.Verdicts[(int)VerdictKind.Authentic] + index.Verdicts[(int)VerdictKind.Amended] == index.Total && whole.All(s => s.Tone == "good");
        string tone = bad ? "bad" : fine ? "good" : index.Verdicts[(int)VerdictKind.Unsealed] == total ? "none" : "warn";
        return new ReportAnswer(tone, sentences);
    }

    private static string Sentence(VerdictKind kind, int count, int total, string one, string many, string names)
    {
        string number = count.ToString(CultureInfo.InvariantCulture);
        bool single = count == 1;
        string who = total == 1 ? $"This {one}" : count == total ? $"All {number} {many}" : kind == VerdictKind.Authentic ? $"{number} of {total} {many}" : $"{number} {(single ? one : many)}";
        string are = single ? "is" : "are", were = single ? "was" : "were", carry = single ? "carries" : "carry", it = single ? "it" : "they", shows = single ? "shows" : "show";
        return kind switch
        {
            VerdictKind.Authentic => $"{who} {are} exactly what {names} sealed.",
            VerdictKind.Amended => $"{who} {were} changed by a declared amendment, and {are} exactly what {names} sealed after it.",
            VerdictKind.Redacted => $"{who} {shows} less than was sealed, as the seal allows; all that {it} {(single ? "shows" : "show")} is as sealed.",
            VerdictKind.Extended => $"{who} {are} as sealed, but something was added to {(single ? "it" : "them")} afterwards.",
            VerdictKind.Partial => $"{who} {carry} no seal but another system's signature, which is valid and covers only a part.",
            VerdictKind.Untrusted => $"{who} {are} intact, but the signer is not accepted here.",
            VerdictKind.Unsealed => $"{who} {carry} no seal: nothing can be said about {(single ? "it" : "them")}.",
            VerdictKind.Altered => $"{who} {were} changed after {it} {were} sealed.",
            _ => $"{who} could not be judged: unreadable, ambiguous or damaged.",
        };
    }

    private static string Names(IReadOnlyList<string> names) => names.Count switch
    {
        0 => "a trusted signer",
        1 => Short(names[0]),
        <= MostNamed => string.Join(", ", names.Take(names.Count - 1).Select(Short)) + " and " + Short(names[^1]),
        _ => $"{names.Count} organisations",
    };

    private static string Short(string name) => name.Length > LongestName ? name[..LongestName] + "…" : name;
}
