using System.Globalization;
using Veridicom.Forensics.Generation;
using Veridicom.Train.Card;
using Veridicom.Train.Corpus;
using Xunit;

namespace Veridicom.Tests.Forensics.Training;

public sealed class ModelCardTests
{
    private static readonly string Page = File.ReadAllText(Repository.PathOf("docs", "reference", "detector.md"));

    [Fact]
    public void The_card_speaks_of_the_model_inside_of_the_program()
    {
        // version, hash, seed, thresholds: all that the part says must be what the file says
        Assert.Equal(ModelCard.Model(GenerationModel.Shipped), CardText.Part(Page, ModelCard.ModelPart));
    }

    [Fact]
    public void The_card_has_the_figures_that_the_model_carries()
    {
        Assert.NotEmpty(GenerationModel.Shipped.Figures);
        Assert.Equal(ModelCard.Figures(GenerationModel.Shipped), CardText.Part(Page, ModelCard.FiguresPart));
    }

    [Fact]
    public void Key_figures_are_the_worst_rows_of_the_tables()
    {
        string sources = CardText.Part(Page, "sources");
        double least = sources.Split('\n').Where(line => line.Contains(", against ", StringComparison.Ordinal) && !line.Contains("| AUC |", StringComparison.Ordinal) && !line.Contains(", chests, ", StringComparison.Ordinal) && !line.Contains(", other body parts, ", StringComparison.Ordinal)).Min(line => double.Parse(line.Split('|')[5], CultureInfo.InvariantCulture));

        Assert.Equal(GenerationModel.Shipped.Figures.Single(figure => figure.Key == "unseen source, least AUC, worst variant").Value, least, 0.0006);
    }

    [Fact]
    public void A_change_of_the_model_changes_the_part()
    {
        GenerationModel shipped = GenerationModel.Shipped;
        var other = new GenerationModel(shipped.Terms, shipped.Bias + 1e-6, shipped.Centres, shipped.Precision, shipped.ShippedThresholds, shipped.Origin) { Figures = shipped.Figures };

        Assert.NotEqual(ModelCard.Model(shipped), ModelCard.Model(other));
    }

    [Fact]
    public void Parts_are_replaced_and_the_rest_stays()
    {
        const string Text = "a\n<!-- begin one -->\nold\n<!-- end one -->\nb\n<!-- begin two -->\n<!-- end two -->\n";

        string page = CardText.With(Text, [new("two", "second\n"), new("one", "first")]);

        Assert.Equal("a\n<!-- begin one -->\nfirst\n<!-- end one -->\nb\n<!-- begin two -->\nsecond\n<!-- end two -->\n", page);
        Assert.Equal("first", CardText.Part(page, "one"));
        Assert.Throws<CorpusException>(() => CardText.Part(page, "three"));
        Assert.Throws<CorpusException>(() => CardText.Part(page + page, "one"));
    }
}
