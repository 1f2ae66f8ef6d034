using System.Globalization;
using Veridicom.Train.Evaluation;
using static Veridicom.Train.Card.MarkdownTable;

namespace Veridicom.Train.Card;

/// <summary>What was measured, as tables: the model card keeps them, and <c>bench/run detect</c> prints the same.</summary>
internal static class CardTables
{
    /// <summary>The areas under the curve.</summary>
    public static string Rankings(IEnumerable<RankingRow> rows)
    {
        var table = new MarkdownTable("generator, against real source", "variant", "generated", "real", "AUC", "95 % interval");
        foreach (RankingRow row in rows)
            table.Row($"{row.Generator}, against {row.Source}", row.Variant, Number(row.Generated), Number(row.Real), Figure(row.Auc.Value), $"{Figure(row.Auc.Low)} to {Figure(row.Auc.High)}");
        return table.ToString();
    }

    /// <summary>What became of generated images.</summary>
    public static string Generated(IEnumerable<AnswerRow> rows)
    {
        var table = new MarkdownTable("generator", "variant", "images", "found at 1 %", "found at 5 %", "answer: signs", "answer: inconclusive", "missed");
        foreach (AnswerRow row in rows)
            table.Row(row.Name, row.Variant, Number(row.Count), Share(row.AtOne, row.Count), Share(row.AtFive, row.Count), Share(row.Signs, row.Count), Share(row.Inconclusive, row.Count), Share(row.Count - row.Signs - row.Inconclusive, row.Count));
        return table.ToString();
    }

    /// <summary>What became of real images.</summary>
    public static string Real(IEnumerable<AnswerRow> rows)
    {
        var table = new MarkdownTable("real source", "variant", "images", "alarms at 1 %", "alarms at 5 %", "answer: signs (false alarm)", "95 % interval", "answer: inconclusive");
        foreach (AnswerRow row in rows)
        {
            (double low, double high) = BaseRate.Wilson(row.Signs, row.Count);
            table.Row(row.Name, row.Variant, Number(row.Count), Share(row.AtOne, row.Count), Share(row.AtFive, row.Count), Share(row.Signs, row.Count), string.Create(CultureInfo.InvariantCulture, $"{100 * low:0.0} to {100 * high:0.0} %"), Share(row.Inconclusive, row.Count));
        }
        return table.ToString();
    }

    /// <summary>What a positive is worth, by how rare fakes are.</summary>
    /// <param name="found">Share of fakes found.</param>
    /// <param name="falseAlarms">Shares of false alarms to show.</param>
    public static string BaseRates(double found, params double[] falseAlarms)
    {
        var table = new MarkdownTable(["one fake in", .. falseAlarms.Select(alarms => string.Create(CultureInfo.InvariantCulture, $"right, at {100 * alarms:0.0} % false alarms"))]);
        foreach (int oneIn in BaseRate.OneIn)
            table.Row([oneIn.ToString("N0", CultureInfo.InvariantCulture), .. falseAlarms.Select(alarms => Odds(BaseRate.Right(oneIn, found, alarms)))]);
        return table.ToString();
    }

    /// <summary>The worst errors with their measured values.</summary>
    public static string Failures(IReadOnlyList<Failure> failures)
    {
        var table = new MarkdownTable("picture", "what it is", "score", "in deviations of real images", "strangeness", "answer", "what spoke loudest");
        for (int i = 0; i < failures.Count; i++)
        {
            Judged judged = failures[i].Image;
            string what = failures[i].IsMiss ? (judged.Sample.Simulated ? $"{judged.Sample.Generator}, made of {judged.Sample.Source}" : judged.Sample.Generator) : $"real, {judged.Sample.Source}";
            string reasons = string.Join(", ", judged.Score.Reasons.Take(3).Select(reason => string.Create(CultureInfo.InvariantCulture, $"{reason.Key} {reason.Value:+0.00;-0.00}")));
            table.Row(failures[i].FileName(i + 1), what, Figure(judged.Score.Raw), Figure(judged.Standard), Figure(judged.Score.Strangeness), Veridicom.Forensics.OpinionWords.Word(judged.Opinion), reasons);
        }
        return table.ToString();
    }

    /// <summary>Every answer, one line each, for tools: comma separated values.</summary>
    public static string Answers(IEnumerable<Judged> judged) => "file,source,generator,variant,score,deviations,strangeness,answer\n" + string.Concat(judged.Select(j => string.Create(CultureInfo.InvariantCulture,
        $"{j.Sample.Name},{j.Sample.Source},{j.Sample.Generator},{j.Sample.Variant},{j.Score.Raw:R},{j.Standard:R},{j.Score.Strangeness:R},{Veridicom.Forensics.OpinionWords.Word(j.Opinion)}\n")));

    private static string Odds(double right) => right <= 0 ? "never"
        : right >= 0.5 ? string.Create(CultureInfo.InvariantCulture, $"{100 * right:0} times in a hundred") : string.Create(CultureInfo.InvariantCulture, $"once in {1 / right:0}");

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
