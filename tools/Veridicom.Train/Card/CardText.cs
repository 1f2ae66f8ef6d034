using Veridicom.Train.Corpus;

namespace Veridicom.Train.Card;

/// <summary>A page whose prose people write and whose numbers the command writes, between <c>&lt;!-- begin NAME --&gt;</c> and <c>&lt;!-- end NAME --&gt;</c>.</summary>
internal static class CardText
{
    /// <summary>The page with each part replaced; what stands outside of the marks stays, byte for byte.</summary>
    /// <exception cref="CorpusException">A mark is missing, or stands twice.</exception>
    public static string With(string page, IEnumerable<KeyValuePair<string, string>> parts)
    {
        foreach ((string name, string text) in parts)
        {
            (int from, int to) = Place(page, name);
            page = page[..from] + "\n" + text.Trim('\n') + "\n" + page[to..];
        }
        return page;
    }

    /// <summary>What stands between the marks of a part.</summary>
    /// <exception cref="CorpusException">A mark is missing, or stands twice.</exception>
    public static string Part(string page, string name)
    {
        (int from, int to) = Place(page, name);
        return page[from..to].Trim('\n');
    }

    private static (int From, int To) Place(string page, string name)
    {
        string begin = $"<!-- begin {name} -->", end = $"<!-- end {name} -->";
        int from = page.IndexOf(begin, StringComparison.Ordinal), to = page.IndexOf(end, StringComparison.Ordinal);
        if (from < 0 || to < from || page.LastIndexOf(begin, StringComparison.Ordinal) != from || page.LastIndexOf(end, StringComparison.Ordinal) != to)
            throw new CorpusException($"the model card needs '{begin}' and, after it, '{end}', each once");
        return (from + begin.Length, to);
    }
}
